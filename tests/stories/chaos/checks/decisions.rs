//! One outcome for each request, by somebody with the right, on what they saw, and all of it on record.

use std::collections::BTreeSet;

use countersign::request::{By, Outcome, Settlement, State};
use countersign::simulator::github::{self, Action, Decision};

use super::super::plan::APPROVERS;
use super::super::record::Entry;
use super::super::town::{approver, requester};
use super::super::witness::Arrival;
use super::{End, Lived};

pub(super) fn check(end: &End<'_>, wrong: &mut Vec<String>) {
    let shown = Shown::of(end);
    for lived in end.all() {
        agrees_with_github(end, lived, wrong);
        is_decided_by_right(end, lived, wrong);
        is_attempted_knowingly(end, lived, wrong);
        is_about_what_was_shown(end, lived, &shown, wrong);
    }
}

/// GitHub's end and ours are the same, by the same; what waits there is open here.
fn agrees_with_github(end: &End<'_>, lived: &Lived, wrong: &mut Vec<String>) {
    let github = &end.town.stage.github;
    let decision = github.decision_on(lived.request.id);
    let is_pending = github.is_pending(lived.request.id);
    let agrees = match (&lived.request.state, &decision) {
        (State::Pending { .. }, _) => is_pending,
        // Every job is done: a decision can't be on its way any more.
        (State::Deciding(_), _) => false,
        (State::Settled(settled), Some(decision)) => is_the_same(end, lived, settled, decision),
        (State::Settled(settled), None) => match settled.outcome {
            Outcome::Cancelled => !is_pending && settled.by == By::Requester,
            // GitHub keeps listing the older one.
            Outcome::Superseded => is_superseded(end, lived),
            Outcome::Approved | Outcome::Denied | Outcome::Gone => false,
        },
    };
    if !agrees {
        let state = &lived.request.state;
        wrong.push(format!(
            "{}: GitHub has {decision:?} (pending: {is_pending}), we have {state:?}",
            lived.name()
        ));
    }
    if let State::Settled(Settlement { contradicted: Some(other), .. }) = &lived.request.state {
        wrong.push(format!("{}: GitHub never contradicted itself: {other:?}", lived.name()));
    }
}

fn is_the_same(end: &End<'_>, lived: &Lived, settled: &Settlement, decision: &Decision) -> bool {
    let outcome = match decision.action {
        Action::Approve => Outcome::Approved,
        Action::Deny => Outcome::Denied,
    };
    let is_by_the_same = match (&settled.by, &decision.by) {
        (By::Person { .. }, github::By::App) => settled.reason == decision.reason,
        // GitHub does not say whom it names for an app's review: what may be ours counts as ours.
        (By::Person { .. }, github::By::User(_)) => {
            end.entries_of(lived).any(|entry| entry.action() == "review.attempted")
        }
        (By::GitHubUser { login, .. }, github::By::User(user)) => login.as_str() == user,
        _ => false,
    };
    settled.outcome == outcome && is_by_the_same
}

fn is_superseded(end: &End<'_>, lived: &Lived) -> bool {
    end.all().any(|other| {
        other.request.facts.token == lived.request.facts.token && other.request.id > lived.request.id
    })
}

/// Whoever is on record for a decision may decide, and did not decide about their own wish.
fn is_decided_by_right(end: &End<'_>, lived: &Lived, wrong: &mut Vec<String>) {
    let approvers: BTreeSet<String> = (0..APPROVERS).map(|number| approver(number).1).collect();
    let own = requester(end.town.witness.plan.lives[lived.number].requester).1;
    for entry in end.entries_of(lived).filter(|entry| entry.action() == "decision.made") {
        let by = entry.slack();
        if !approvers.contains(by) || by == own || !entry.is_by_named_policies() {
            wrong.push(format!("{}: {by} had no right to {}", lived.name(), entry.result()));
        }
    }
}

/// No review arrives that is not on record before: who, by which vote and which policies.
fn is_attempted_knowingly(end: &End<'_>, lived: &Lived, wrong: &mut Vec<String>) {
    let entries: Vec<_> = end.entries_of(lived).collect();
    let attempts = attempts(&entries);
    for (nth, arrival) in arrivals(end, lived).iter().enumerate() {
        // Not every attempt arrives, but each arrival has one of its own.
        let made = attempts.iter().filter(|(_, attempt)| attempt.at() <= arrival.at).count();
        if made <= nth {
            let at = arrival.at;
            wrong.push(format!(
                "{}: review {} arrived at {at} and {made} attempts were on record",
                lived.name(),
                nth + 1
            ));
        }
    }
    for (place, attempt) in attempts {
        let before = &entries[..place];
        let is_about_it = |action: &str, entry: &Entry| {
            let revision = entry.field("revision") == attempt.field("revision");
            entry.action() == action
                && revision
                && entry.slack() == attempt.slack()
                && entry.is_by_named_policies()
        };
        let decided = before.iter().rev().find(|entry| is_about_it("decision.made", entry));
        let voted = before.iter().any(|entry| is_about_it("vote.accepted", entry));
        if !voted || decided.is_none_or(|decided| decided.result() != attempt.result()) {
            let (by, verdict) = (attempt.login(), attempt.result());
            wrong.push(format!("{}: {by}'s {verdict} was sent without a decision on record", lived.name()));
        }
    }
    let effective =
        end.town.stage.github.decision_on(lived.request.id).filter(|decision| decision.by == github::By::App);
    let last = entries.iter().rev().find(|entry| entry.action() == "review.attempted");
    let verdict = effective.map(|decision| match decision.action {
        Action::Approve => "approve",
        Action::Deny => "deny",
    });
    if verdict.is_some_and(|verdict| last.is_none_or(|last| last.result() != verdict)) {
        wrong.push(format!("{}: the effective review is not the one on record", lived.name()));
    }
}

/// The content that was voted on was what GitHub showed when it was last read before the review was sent.
fn is_about_what_was_shown(end: &End<'_>, lived: &Lived, shown: &Shown, wrong: &mut Vec<String>) {
    let entries: Vec<_> = end.entries_of(lived).collect();
    let attempts = attempts(&entries);
    for arrival in arrivals(end, lived) {
        let Some((_, attempt)) = attempts.iter().rev().find(|(_, attempt)| attempt.at() <= arrival.at) else {
            continue;
        };
        let revision = attempt.field("revision");
        let Some(version) = shown.version(end, lived, revision) else {
            wrong.push(format!("{}: revision {revision} was decided on and never shown", lived.name()));
            continue;
        };
        let reads = shown.reads_of(lived, arrival.calls);
        let was_read = reads.iter().any(|read| is_current(end, lived, version, *read));
        if !was_read {
            wrong.push(format!(
                "{}: version {version} was reviewed although GitHub had shown another",
                lived.name()
            ));
        }
    }
}

/// Whether GitHub showed this version when it had got so many calls, or later.
fn is_current(end: &End<'_>, lived: &Lived, version: u32, calls: usize) -> bool {
    let seen = end.town.witness.seen.lock().unwrap();
    let mut later = seen.edits.iter().filter(|edit| edit.life == lived.number && edit.version > version);
    later.all(|edit| edit.calls > calls)
}

fn arrivals(end: &End<'_>, lived: &Lived) -> Vec<Arrival> {
    let seen = end.town.witness.seen.lock().unwrap();
    seen.reviews.iter().filter(|review| review.request == lived.request.id).cloned().collect()
}

fn attempts<'a>(entries: &[&'a Entry]) -> Vec<(usize, &'a Entry)> {
    let places = entries.iter().enumerate();
    places
        .filter(|(_, entry)| entry.action() == "review.attempted")
        .map(|(place, entry)| (place, *entry))
        .collect()
}

/// What cards have shown, and when GitHub's list was read.
struct Shown {
    /// Key and revision, as cards carry them, with the text around.
    cards: Vec<(String, String)>,
    /// The token that was asked for, by the place of the call.
    reads: Vec<(usize, String)>,
}

impl Shown {
    fn of(end: &End<'_>) -> Self {
        let cards = end.slack_calls.iter().filter_map(|call| {
            let blocks = call.body["blocks"].as_array()?;
            let actions = blocks.iter().find(|block| block["type"] == "actions")?;
            Some((actions["block_id"].as_str()?.to_owned(), call.body["text"].as_str()?.to_owned()))
        });
        let reads = end.github_calls.iter().enumerate().filter_map(|(place, call)| {
            let is_list = call.method == "GET" && call.path.ends_with("/personal-access-token-requests");
            Some((place, call.query.clone().filter(|_| is_list)?))
        });
        Self { cards: cards.collect(), reads: reads.collect() }
    }

    /// Which version a revision is, by the day that its card showed.
    fn version(&self, end: &End<'_>, lived: &Lived, revision: &str) -> Option<u32> {
        let id = format!("{}.{revision}", lived.request.key);
        let (_, text) = self.cards.iter().find(|(block, _)| *block == id)?;
        (0..20).find(|version| text.contains(&format!("Until: {} ", end.town.day(*version))))
    }

    /// The last two reads of the list for this token before a call: another replica may have read last.
    fn reads_of(&self, lived: &Lived, before: usize) -> Vec<usize> {
        let Some(token) = lived.request.facts.token else { return vec![] };
        let asked = format!("={token}");
        let is_it =
            |query: &str| query.split('&').any(|part| part.starts_with("token_id") && part.ends_with(&asked));
        let reads = self.reads.iter().rev().filter(|(place, query)| *place < before && is_it(query));
        reads.take(2).map(|(place, _)| *place).collect()
    }
}
