//! `countersign check`: every mistake at once, then who can decide what.

use std::path::Path;

use serde::Serialize;

use super::{Failure, Outcome, deciders, load};
use crate::config::{Config, Mistakes};
use crate::policy::Engine;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The mistakes as JSON.
    #[arg(long)]
    json: bool,
}

/// A mistake as tools read it.
#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    key: &'a str,
    problem: &'a str,
    cure: &'a str,
}

pub(super) fn run(path: &Path, arguments: &Arguments) -> Outcome {
    let config = match load(path) {
        Ok(config) => config,
        Err(mistakes) if arguments.json => {
            println!("{}", json(&mistakes));
            return Err(Failure::Configuration(mistakes));
        }
        Err(mistakes) => return Err(mistakes.into()),
    };
    let engine = Engine::recorded(config.rulebook.policy.texts()).map_err(anyhow::Error::from)?;
    if arguments.json {
        println!("[]");
        return Ok(());
    }
    for notice in &config.notices {
        println!("note: {notice}");
    }
    println!("The configuration is in order. Policies: {}.", engine.hash());
    tell(&config, &engine);
    Ok(())
}

fn json(mistakes: &Mistakes) -> String {
    let findings: Vec<_> = mistakes
        .iter()
        .map(|mistake| Finding {
            code: mistake.code,
            key: &mistake.key,
            problem: &mistake.problem,
            cure: &mistake.cure,
        })
        .collect();
    serde_json::to_string_pretty(&findings).expect("text always serialises")
}

/// Who can decide what, and where that may be too few.
pub(super) fn tell(config: &Config, engine: &Engine) {
    deciders::sentences(config, engine).iter().for_each(|sentence| println!("{sentence}"));
    deciders::warnings(config).iter().for_each(|warning| println!("warning: {warning}"));
}
