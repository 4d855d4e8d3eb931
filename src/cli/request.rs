//! `countersign request show KEY`: all that is known of one request, on one page; beside a running service.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Result, bail};

use super::audit::Entries;
use super::timeline::Timeline;
use super::{Outcome, load, runtime};
use crate::audit::Recorded;
use crate::clock::Clock;
use crate::config::{Config, nearest};
use crate::ids::RequestId;
use crate::request::{Key, TokenRequest};
use crate::store::{KnownJob, Reader};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Show what was asked for, how it stands, what was tried, and what happened when.
    Show {
        /// The request's key (r-7f3k2a), or GitHub's number for it (request:123).
        #[arg(value_name = "KEY")]
        wanted: Wanted,
        /// The result as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// By what a request is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    Key(Key),
    Number(RequestId),
}

impl FromStr for Wanted {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if ["t-", "token:", "grant:"].iter().any(|kind| text.starts_with(kind)) {
            return Err("that is a token's key, and this version keeps requests only");
        }
        if let Some(number) = text.strip_prefix("request:") {
            let number = number.parse().map_err(|_| "expected a number after request:")?;
            return Ok(Self::Number(RequestId(number)));
        }
        let key = text.parse().map_err(|_| "expected a key such as r-7f3k2a, or request:123")?;
        Ok(Self::Key(key))
    }
}

pub(super) fn run(path: &Path, command: Command) -> Outcome {
    let config = load(path)?;
    let Command::Show { wanted, json } = command;
    let timeline = runtime()?.block_on(timeline(&config, &wanted))?;
    if json {
        say!("{:#}", timeline.as_json());
    } else {
        timeline.lines().iter().for_each(|line| say!("{line}"));
    }
    Ok(())
}

async fn timeline(config: &Config, wanted: &Wanted) -> Result<Timeline> {
    let reader = Reader::open(&config.database).await?;
    let now = Clock::wall().now();
    let request = find(&reader, wanted).await?;
    let card = reader.card(&request.key).await?;
    // Work on a click, a second card or a notice names the request among other things.
    let is_about = |job: &KnownJob| job.subject.split(' ').any(|word| word == request.key.as_str());
    let jobs = reader.jobs(now).await?.into_iter().filter(is_about).collect();
    let history = history(&reader, &request).await?;
    Ok(Timeline { request, card, jobs, history })
}

pub(super) async fn find(reader: &Reader, wanted: &Wanted) -> Result<TokenRequest> {
    match wanted {
        Wanted::Key(key) => match reader.request_by_key(key).await? {
            Some(request) => Ok(request),
            None => {
                let keys = reader.request_keys().await?;
                match nearest(key.as_str(), keys.iter().map(Key::as_str)) {
                    Some(nearest) => bail!("there is no request {key}; did you mean {nearest}?"),
                    None => bail!("there is no request {key}, nor any other in this database yet"),
                }
            }
        },
        Wanted::Number(id) => {
            let mut found = reader.requests_numbered(*id).await?;
            match (found.pop(), found.is_empty()) {
                (Some(request), true) => Ok(request),
                (Some(last), false) => {
                    found.push(last);
                    let keys: Vec<_> = found.iter().map(|request| request.key.as_str()).collect();
                    bail!(
                        "several organizations have a request {id}; name one by its key: {}",
                        keys.join(", ")
                    )
                }
                (None, _) => bail!("there is no request with GitHub's number {id} in this database"),
            }
        }
    }
}

/// What is on record about a request, oldest first.
async fn history(reader: &Reader, request: &TokenRequest) -> Result<Vec<Recorded>> {
    let mut entries = Entries::new(reader);
    let mut history = Vec::new();
    while let Some(recorded) = entries.next().await? {
        let subject = &recorded.entry.subject;
        let is_named = subject.key.as_deref() == Some(request.key.as_str());
        let is_numbered =
            subject.organization == Some(request.organization) && subject.request == Some(request.id);
        if is_named || is_numbered {
            history.push(recorded);
        }
    }
    Ok(history)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_by_its_key_or_by_githubs_number() {
        assert_eq!("request:123".parse(), Ok(Wanted::Number(RequestId(123))));
        assert!(matches!("r-7f3k2a".parse(), Ok(Wanted::Key(_))));
        for other in ["", "7f3k2a", "request:", "request:x", "t-7f3k2a", "token:1", "grant:1"] {
            assert!(other.parse::<Wanted>().is_err(), "{other:?}");
        }
    }
}
