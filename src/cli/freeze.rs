//! `countersign freeze on --why TEXT|off`: stops everything but denials and revocations, on all replicas; beside a running service.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::{Outcome, load, runtime};
use crate::app::Record;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::request::{Brake, Braking, Freezer, Frozen, Why};
use crate::slack::messages;
use crate::store::{NewJob, Operator, Reader};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Without one it only says whether everything is frozen.
    #[command(subcommand)]
    wish: Option<Wish>,
}

#[derive(clap::Subcommand)]
enum Wish {
    /// Stop everything but denials and revocations, from now on and on all replicas. What GitHub is being told already can't be stopped.
    On {
        /// What everybody reads on the cards: one line.
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Go on: approvals count again, and decisions that waited are judged anew.
    Off,
}

pub(super) fn run(path: &Path, arguments: Arguments) -> Outcome {
    let config = load(path)?;
    let now = Clock::wall().now();
    Ok(runtime()?.block_on(async {
        match arguments.wish {
            None => tell(&config).await,
            Some(Wish::On { why }) => {
                let why = Why::new(&why).context("--why can't stand on the cards")?;
                on(&config, why, now).await
            }
            Some(Wish::Off) => off(&config, now).await,
        }
    })?)
}

async fn tell(config: &Config) -> Result<()> {
    match known(config).await?.frozen {
        Some(frozen) => say!("{}", messages::frozen(&frozen)),
        None => say!("{}", messages::NOT_FROZEN),
    }
    Ok(())
}

async fn on(config: &Config, why: Why, now: DateTime<Utc>) -> Result<()> {
    let entry = Record::at(&Chance::system(), now).braked_by_operator(Some(&why));
    let frozen = Frozen { by: Freezer::Operator, since: now, why };
    let braking = Braking::Freeze { frozen, asked_at: now };
    let mut operator = Operator::open(&config.database).await?;
    match operator.brake(&braking, &entry, &NewJob::redraw(now)).await? {
        true => say!(
            "Everything is frozen: no approval is accepted or begun any more, on any replica; what GitHub was being \
             told already can't be stopped. The cards say so within seconds. Lift it with: countersign freeze off"
        ),
        false => {
            // Who asked to lift it before does not lift it now.
            operator.brake(&Braking::Insist { asked_at: now }, &entry, &NewJob::redraw(now)).await?;
            tell(config).await?;
        }
    }
    Ok(())
}

async fn off(config: &Config, now: DateTime<Utc>) -> Result<()> {
    let entry = Record::at(&Chance::system(), now).braked_by_operator(None);
    let Some(wanted_at) = known(config).await?.wanted_at else {
        say!("{}", messages::NOT_FROZEN);
        return Ok(());
    };
    let mut operator = Operator::open(&config.database).await?;
    match operator.brake(&Braking::Lift { at: now, wanted_at }, &entry, &NewJob::redraw(now)).await? {
        true => {
            say!("The freeze is lifted. Decisions that waited are judged anew and go on within seconds.")
        }
        // Somebody was faster, with lifting it or with freezing anew.
        false => tell(config).await?,
    }
    Ok(())
}

/// How it stands, as the database says.
pub(super) async fn known(config: &Config) -> Result<Brake> {
    Ok(Reader::open(&config.database).await?.brake().await?)
}
