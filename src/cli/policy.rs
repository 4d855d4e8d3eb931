//! `countersign policy check|show|explain`: the policies, and what they would say; beside a running service.

mod explain;
mod file;
mod required;
mod rules;

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::json;

use super::{Outcome, check, load, runtime};
use crate::config::Config;
use crate::policy::{Engine, Shown};
use crate::store::Reader;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Find every mistake in the policies, and tell who can decide what.
    Check,
    /// Print every policy in force, with where it comes from; or those of a set that is on record.
    Show {
        /// The hash of a set that was ever in force, or how it begins; entries in the record name it.
        #[arg(long, value_name = "HASH")]
        set: Option<String>,
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
        Command::Show { set, json } => {
            let recorded = set.map(|hash| runtime()?.block_on(recorded(&config, &hash))).transpose()?;
            let shown = recorded.as_ref().unwrap_or(&engine);
            if json { say!("{:#}", as_json(shown)) } else { in_words(shown, recorded.is_none()) }
        }
        Command::Explain(arguments) => explain::run(&config, &engine, &arguments)?,
    }
    Ok(())
}

fn check(config: &Config, engine: &Engine) {
    for notice in &config.notices {
        say!("note: {notice}");
    }
    let own = engine.shown().filter(|one| one.place.is_some()).count();
    let built_in = engine.shown().count() - own;
    say!("The policies are in order: {built_in} built in, {own} of your own. Their hash: {}.", engine.hash());
    check::tell(config, engine);
}

/// A set that is on record.
async fn recorded(config: &Config, hash: &str) -> Result<Engine> {
    let reader = Reader::open(&config.database).await?;
    let mut found = reader.policy_sets_beginning(hash).await?;
    match (found.pop(), found.is_empty()) {
        (Some(texts), true) => Ok(Engine::recorded(texts)?),
        (Some(_), false) => bail!("several sets begin with {hash}; name more of it"),
        (None, _) => bail!("no set on record has a hash that begins with {hash}"),
    }
}

fn as_json(engine: &Engine) -> serde_json::Value {
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
        "without": engine.texts().without,
        "policies": engine.shown().map(one).collect::<Vec<_>>(),
    })
}

fn in_words(engine: &Engine, are_in_force: bool) {
    let which = if are_in_force { "in force" } else { "on record" };
    say!("// The policies {which}; their hash is {}.", engine.hash());
    for name in &engine.texts().without {
        say!("// Switched off: {name}.");
    }
    for shown in engine.shown() {
        say!("\n// {}: {}\n{}", shown.name, shown.place.as_deref().unwrap_or("built in"), shown.text);
    }
}

fn effect(shown: &Shown) -> &'static str {
    if shown.forbids { "forbid" } else { "permit" }
}
