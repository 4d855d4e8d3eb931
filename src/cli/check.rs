//! `countersign check`: every mistake at once, then who can decide what.

use std::path::Path;

use serde::Serialize;

use super::{Failure, Outcome, freeze, load, runtime};
use crate::config::{Automatic, Config, Mistakes};
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
            println!("{}", json(&mistakes));
            return Err(Failure::Configuration(mistakes));
        }
        Err(mistakes) => return Err(mistakes.into()),
    };
    let engine = Engine::new(&config.rulebook.policy.without).map_err(anyhow::Error::from)?;
    if arguments.json {
        println!("[]");
        return Ok(());
    }
    for notice in &config.notices {
        println!("note: {notice}");
    }
    println!("The configuration is in order. Policies: {}.", engine.hash());
    sentences(&config).iter().for_each(|sentence| println!("{sentence}"));
    // Where there is no database yet, or it can't be read from here, nothing is said of it.
    if let Ok(Some(frozen)) = runtime()?.block_on(freeze::known(&config)).map(|brake| brake.frozen) {
        println!("{}", messages::frozen(&frozen));
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

/// Who can decide what, a sentence for each route.
fn sentences(config: &Config) -> Vec<String> {
    let mut sentences: Vec<_> = config
        .rulebook
        .routing
        .routes
        .iter()
        .map(|route| {
            let repositories = match &route.repositories {
                Some(globs) => {
                    format!(
                        "repositories {}",
                        globs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                    )
                }
                None => "any repositories".to_owned(),
            };
            format!(
                "Requests in {} for {repositories} go to {}; {} may decide them.",
                route.organization,
                route.channel,
                people(config, &route.approvers),
            )
        })
        .collect();
    match config.rulebook.policy.automatic {
        Automatic::Off => {}
        Automatic::Announce => {
            sentences.push("Rules decide nothing; cards say what they would do.".to_owned())
        }
        Automatic::On => {
            sentences.push("Rules may approve and deny alone what is wholly understood.".to_owned())
        }
    }
    sentences.push(
        "Nobody decides their own request. A request that no route covers is decided by nobody.".to_owned(),
    );
    sentences
}

fn people(config: &Config, groups: &[String]) -> String {
    let named = groups.iter().map(|group| {
        let members = config
            .rulebook
            .groups
            .get(group)
            .map(|members| members.iter().map(ToString::to_string).collect::<Vec<_>>());
        format!("{group} ({})", members.unwrap_or_default().join(", "))
    });
    named.collect::<Vec<_>>().join(", ")
}
