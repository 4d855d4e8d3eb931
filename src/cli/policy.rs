//! `countersign policy check|show|explain`: the policies, and what they would say; beside a running service.

mod explain;
mod file;

use std::path::Path;

use serde_json::json;

use super::{Outcome, check, load};
use crate::config::Config;
use crate::policy::{Engine, Shown};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Find every mistake in the policies, and tell who can decide what.
    Check,
    /// Print every policy in force, with where it comes from.
    Show {
        /// The result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Tell what would happen to a request, why, and what would change it.
    Explain(explain::Arguments),
}

pub(super) fn run(path: &Path, command: Command) -> Outcome {
    let config = load(path)?;
    let engine = Engine::recorded(config.rulebook.policy.texts()).map_err(anyhow::Error::from)?;
    match command {
        Command::Check => check(&config, &engine),
        Command::Show { json: true } => println!("{:#}", as_json(&config, &engine)),
        Command::Show { json: false } => in_words(&config, &engine),
        Command::Explain(arguments) => explain::run(&config, &engine, &arguments)?,
    }
    Ok(())
}

fn check(config: &Config, engine: &Engine) {
    for notice in &config.notices {
        println!("note: {notice}");
    }
    let own = engine.shown().filter(|one| one.place.is_some()).count();
    let built_in = engine.shown().count() - own;
    println!(
        "The policies are in order: {built_in} built in, {own} of your own. Their hash: {}.",
        engine.hash()
    );
    check::tell(config, engine);
}

fn as_json(config: &Config, engine: &Engine) -> serde_json::Value {
    let one = |shown: &Shown| {
        json!({
            "name": shown.name,
            "from": shown.place.as_deref().unwrap_or("built in"),
            "effect": effect(shown),
            "message": shown.message,
            "text": shown.text,
        })
    };
    json!({
        "hash": engine.hash(),
        "without": config.rulebook.policy.without,
        "policies": engine.shown().map(one).collect::<Vec<_>>(),
    })
}

fn in_words(config: &Config, engine: &Engine) {
    println!("// The policies in force; their hash is {}.", engine.hash());
    for name in &config.rulebook.policy.without {
        println!("// Switched off: {name}.");
    }
    for shown in engine.shown() {
        println!("\n// {}: {}\n{}", shown.name, shown.place.as_deref().unwrap_or("built in"), shown.text);
    }
}

fn effect(shown: &Shown) -> &'static str {
    if shown.forbids { "forbid" } else { "permit" }
}
