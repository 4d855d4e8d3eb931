//! `countersign jobs list|retry|drop`: work that waits or was given up; beside a running service.

use std::path::Path;

use anyhow::{Result, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{Outcome, load, runtime};
use crate::app::Record;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::jobs::{Kind, parse_revoking};
use crate::store::{JobState, KnownJob, LeftToPeople, Operator, Reader};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Show work that waits, runs, or was given up, with the cause.
    List {
        /// The result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run a job that was given up once more, or a waiting one at once; a running service notices within seconds.
    Retry {
        /// As shown by `countersign jobs list`.
        id: i64,
    },
    /// Take a job away for good. Without --yes it only says what would be lost.
    Drop {
        /// As shown by `countersign jobs list`.
        id: i64,
        /// Really do it; it is recorded.
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn run(path: &Path, command: Command) -> Outcome {
    let config = load(path)?;
    let run = async {
        match command {
            Command::List { json } => list(&config, json).await,
            Command::Retry { id } => retry(&config, id).await,
            Command::Drop { id, yes } => drop(&config, id, yes).await,
        }
    };
    Ok(runtime()?.block_on(run)?)
}

async fn list(config: &Config, json: bool) -> Result<()> {
    let jobs = Reader::open(&config.database).await?.jobs(Clock::wall().now()).await?;
    if json {
        say!("{:#}", Value::Array(jobs.iter().map(as_json).collect()));
        return Ok(());
    }
    if jobs.is_empty() {
        say!("There is no work: nothing waits and nothing was given up.");
        return Ok(());
    }
    say!(
        "{:>6}  {:<12} {:<28} {:<8} {:>6}  {:<20}  cause",
        "id",
        "kind",
        "subject",
        "state",
        "failed",
        "next run"
    );
    for job in jobs {
        let next = job.next_run.map_or("-".to_owned(), time);
        let cause = job.cause.as_deref().unwrap_or("-");
        let (id, state, attempts) = (job.id, job.state.name(), job.attempts);
        let line = format!(
            "{id:>6}  {:<12} {:<28} {state:<8} {attempts:>6}  {next:<20}  {cause}",
            job.kind, job.subject
        );
        say!("{}", line.replace(char::is_control, " "));
    }
    Ok(())
}

async fn retry(config: &Config, id: i64) -> Result<()> {
    let job = find(config, id).await?;
    let now = Clock::wall().now();
    let entry = Record::at(&Chance::system(), now).job_retried(&job.kind, &job.subject);
    let mut operator = Operator::open(&config.database).await?;
    if !operator.retry_job(id, &entry, now).await? {
        bail!("job {id} is being worked on or is gone by now; look again with `countersign jobs list`");
    }
    say!(
        "Job {id} ({} for {}) runs again as soon as `countersign serve` looks: within seconds.",
        job.kind,
        job.subject
    );
    Ok(())
}

async fn drop(config: &Config, id: i64, yes: bool) -> Result<()> {
    let job = find(config, id).await?;
    let lost = Kind::parse(&job.kind).map_or("What it was to do is not known to this version.", lost);
    if !yes {
        bail!("job {id} is still there. {lost} To drop it all the same: countersign jobs drop {id} --yes");
    }
    let now = Clock::wall().now();
    let entry = Record::at(&Chance::system(), now).job_dropped(&job.kind, &job.subject);
    let mut operator = Operator::open(&config.database).await?;
    if !operator.drop_job(id, &entry, left(&job, now).as_ref()).await? {
        bail!("job {id} is being worked on or is gone by now; look again with `countersign jobs list`");
    }
    say!("Job {id} ({} for {}) is dropped, and that is on record. {lost}", job.kind, job.subject);
    Ok(())
}

/// What such a job leaves behind of a revocation.
fn left(job: &KnownJob, now: DateTime<Utc>) -> Option<LeftToPeople> {
    let (revocation, organization) = match Kind::parse(&job.kind)? {
        Kind::Revoke => parse_revoking(&job.subject)?,
        _ => return None,
    };
    let told = Kind::TellRevocation.on(&revocation, String::new(), now);
    let cause = "An operator took this work away. GitHub may have carried some of it out.".to_owned();
    Some(LeftToPeople { revocation, organization, cause, told })
}

async fn find(config: &Config, id: i64) -> Result<KnownJob> {
    let jobs = Reader::open(&config.database).await?.jobs(Clock::wall().now()).await?;
    match jobs.into_iter().find(|job| job.id == id) {
        Some(job) if job.state == JobState::Running => {
            bail!("job {id} is being worked on right now; look again with `countersign jobs list`")
        }
        Some(job) => Ok(job),
        None => bail!("there is no job {id}; `countersign jobs list` shows those there are"),
    }
}

/// What will not happen when such a job is dropped.
fn lost(kind: Kind) -> &'static str {
    match kind {
        Kind::Enrich => "The justification and the full list of repositories may stay missing on the card.",
        Kind::AskRules => "No rule decides the request; people do.",
        Kind::Card => "The card in Slack stays as it is, or missing, until the request changes again.",
        Kind::TellArrival => "The requester is not told that the request arrived.",
        Kind::TellOutcome => "The requester is not told how it ended.",
        Kind::Reply => "The card's thread is not told how it ended.",
        Kind::Review => {
            "GitHub is not told the decision: the request stays undecided there until somebody decides it on GitHub's pages."
        }
        Kind::Check => "What the card says of GitHub's list stays as it is until somebody looks again.",
        Kind::Judge => {
            "Somebody's click comes to nothing, and they are not told; nor are requests judged that they decided together \
             with this one and that come after it."
        }
        Kind::Answer => "Somebody is not told why their click changed nothing.",
        Kind::Installation => "What changed about an installation stays unknown until its next event.",
        Kind::Notify => "The operators' channel is not told.",
        Kind::Discover => {
            "Nothing is reconciled any more until `countersign serve` is started again, or a replica of it."
        }
        Kind::Reconcile => "One organization is not compared with GitHub until the next time.",
        Kind::Deliveries => "Webhooks that did not arrive are not fetched until the next time.",
        Kind::Freeze => "Somebody's command to freeze everything, or to lift that, comes to nothing.",
        Kind::Redraw => {
            "The cards do not say what became of the freeze until they change again, and decisions that waited for its \
             end go on only later. What is frozen stays frozen."
        }
        Kind::Compare => {
            "Whether the policies would have allowed a decision made on GitHub's page is not found out."
        }
        Kind::Groups => {
            "Who is new among the approvers is not told until somebody new is judged, or `serve` is started again; a machine \
             account whose number is not known yet is known by its login alone."
        }
        Kind::TellLink => {
            "Somebody is not told that their accounts were linked, so they can't say that it was not them."
        }
        Kind::Inventory => {
            "No organization's tokens are read any more until `countersign serve` is started again, or a replica of it."
        }
        Kind::Mirror => "One organization's tokens are not read until the next time.",
        Kind::MirrorToken => {
            "A token that was just approved is listed only after the next reading of all of them."
        }
        Kind::Revoke => {
            "What is left of somebody's revocation stays, and they read that. What GitHub was told before may still go: please \
             look at those tokens on GitHub's pages."
        }
        Kind::TellRevocation => "Somebody who revokes tokens is not shown how far that is.",
        Kind::TellRevoked => {
            "An owner is not told which of their tokens were revoked; GitHub's e-mail tells them."
        }
        Kind::Export => "Somebody who asked for a file of tokens does not get it, and is not told.",
        Kind::Nudge => "A requester's click on Nudge comes to nothing, and they are not told.",
        Kind::TellNudge => {
            "Those who can decide a request are not reminded of it until the requester asks again."
        }
        Kind::Home => "Somebody's home in Slack stays as it is until they open it again.",
        Kind::Homes => "Homes in Slack that are open stay as they are until something else changes.",
        Kind::Retire => "A second or outdated card keeps its buttons until somebody presses one.",
    }
}

/// A job as scripts read it.
pub(super) fn as_json(job: &KnownJob) -> Value {
    json!({
        "id": job.id,
        "kind": job.kind,
        "subject": job.subject,
        "state": job.state.name(),
        "failed": job.attempts,
        "asked_at": time(job.asked_at),
        "next_run": job.next_run.map(time),
        "cause": job.cause,
    })
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
