//! Every promise of the service, held against what GitHub, Slack and the audit log show when all is over.
//!
//! A check complains in words; nothing stops at the first complaint.

mod cards;
mod decisions;
mod guards;
mod told;

use countersign::request::{Outcome, Settlement, State, TokenRequest};
use countersign::simulator::github;
use countersign::simulator::slack::{self, Message};
use countersign::store::{Card, JobState, Reader};

use super::Rest;
use super::plan::REQUESTS;
use super::program::Log;
use super::record::{self, Entry};
use super::town::Town;
use super::witness::life_in;
use crate::support::leaks_in;

/// Everything there is to be looked at.
struct End<'a> {
    town: &'a Town,
    lives: Vec<Option<Lived>>,
    entries: Vec<Entry>,
    /// Of which the record has to tell by now.
    deliveries: Vec<github::Delivery>,
    /// What Slack shows, each with the life it names.
    messages: Vec<(Option<usize>, Message)>,
    slack_calls: Vec<slack::Call>,
    github_calls: Vec<github::Call>,
}

/// A request as the service knows it.
struct Lived {
    number: usize,
    request: TokenRequest,
    card: Option<Card>,
}

impl Lived {
    /// How complaints call it.
    fn name(&self) -> String {
        format!("life {} ({})", self.number, self.request.key)
    }
}

impl End<'_> {
    fn all(&self) -> impl Iterator<Item = &Lived> {
        self.lives.iter().flatten()
    }

    /// What is on record about a request, in order.
    fn entries_of<'a>(&'a self, lived: &'a Lived) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.entries.iter().filter(|entry| entry.key() == lived.request.key.as_str())
    }
}

/// What is wrong, if anything.
pub(super) async fn all(town: &Town, log: &Log, rest: Rest) -> Vec<String> {
    let Rest { left, deliveries } = rest;
    let mut wrong: Vec<String> = left.into_iter().map(|left| format!("it never settled: {left}")).collect();
    let config = town.stage.load().expect("the configuration is in order");
    let reader = Reader::open(&config.database).await.expect("the database is there");
    let mut lives = Vec::new();
    for number in 0..REQUESTS {
        lives.push(lived(town, &reader, number, &mut wrong).await);
    }
    let jobs = reader.jobs(town.stage.clock.now()).await.expect("jobs can be read");
    let given_up = jobs.iter().filter(|job| job.state == JobState::GivenUp);
    wrong.extend(given_up.map(|job| format!("a job was given up: {job:?}")));
    let messages = town.stage.slack.all_messages().into_iter();
    let messages = messages.map(|message| (life_in(&message.blocks.to_string()), message)).collect();
    let (slack_calls, github_calls) = (town.stage.slack.calls(), town.stage.github.calls());
    let entries = record::entries(town);
    let end = End { town, lives, entries, deliveries, messages, slack_calls, github_calls };

    decisions::check(&end, &mut wrong);
    guards::check(&end, &mut wrong);
    cards::check(&end, &mut wrong);
    told::check(&end, &mut wrong);
    let log = log.lock().unwrap();
    verify(town, &log, &mut wrong);
    wrong.extend(leaks_in(&town.stage, &log).into_iter().map(|leak| format!("the log holds {leak}")));
    wrong
}

/// A request that waits on GitHub and is not open here, or the other way round: reconciliation has yet to find it.
pub(super) async fn difference(town: &Town) -> Option<String> {
    let config = town.stage.load().expect("the configuration is in order");
    let reader = Reader::open(&config.database).await.expect("the database is there");
    for number in 0..REQUESTS {
        let Some(id) = town.witness.request_of(number) else { continue };
        let known = reader.requests_numbered(id).await.expect("requests can be read");
        let is_superseded = |settled: &Settlement| settled.outcome == Outcome::Superseded;
        let is_open = match known.first().map(|request| &request.state) {
            // GitHub keeps listing what we replaced by a newer one.
            Some(State::Settled(settled)) if is_superseded(settled) => continue,
            Some(State::Pending { .. } | State::Deciding(_)) => Some(true),
            Some(State::Settled(_)) => Some(false),
            None => None,
        };
        if is_open != Some(town.stage.github.is_pending(id)) {
            return Some(format!("life {number}: here it is open: {is_open:?}"));
        }
    }
    None
}

/// Every request that was made is known, once.
async fn lived(town: &Town, reader: &Reader, number: usize, wrong: &mut Vec<String>) -> Option<Lived> {
    let Some(id) = town.witness.request_of(number) else {
        wrong.push(format!("life {number} never began"));
        return None;
    };
    let mut known = reader.requests_numbered(id).await.expect("requests can be read");
    if known.len() != 1 {
        wrong.push(format!("life {number}: request {id} is known {} times", known.len()));
    }
    let request = known.pop()?;
    let card = reader.card(&request.key).await.expect("cards can be read");
    Some(Lived { number, request, card })
}

/// The chain is whole, and is the very one whose head was logged last.
fn verify(town: &Town, log: &str, wrong: &mut Vec<String>) {
    let sealed = log.lines().rev().find(|line| line.contains("the audit log is sealed up to here"));
    let head = sealed.and_then(|line| line.split_once("\"head\":\"")).and_then(|(_, rest)| rest.get(..64));
    let Some(head) = head else { return wrong.push("no head of the audit log was ever logged".to_owned()) };
    let output = record::command(town, &["audit", "verify", "--head", head]);
    if !output.status.success() {
        wrong.push(format!("the audit log does not verify: {}", String::from_utf8_lossy(&output.stdout)));
    }
}
