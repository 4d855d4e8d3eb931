//! `countersign check`: every mistake at once, then who can decide what.

use std::path::Path;

use serde::Serialize;

use super::{Failure, Outcome, deciders, freeze, load, runtime};
use crate::config::{Config, Mistakes};
use crate::policy::Engine;
use crate::slack::messages;

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
            say!("{}", json(&mistakes));
            return Err(Failure::Configuration(mistakes));
        }
        Err(mistakes) => return Err(mistakes.into()),
    };
    let engine = Engine::recorded(config.rulebook.policy.texts()).map_err(anyhow::Error::from)?;
    if arguments.json {
        say!("[]");
        return Ok(());
    }
    for notice in &config.notices {
        say!("note: {notice}");
    }
    say!("The configuration is in order. Policies: {}.", engine.hash());
    tell(&config, &engine);
    // Where there is no database yet, or it can't be read from here, nothing is said of it.
    if let Ok(Some(frozen)) = runtime()?.block_on(freeze::known(&config)).map(|brake| brake.frozen) {
        say!("{}", messages::frozen(&frozen));
    }
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
    deciders::sentences(config, engine).iter().for_each(|sentence| say!("{sentence}"));
    deciders::warnings(config).iter().for_each(|warning| say!("warning: {warning}"));
}
