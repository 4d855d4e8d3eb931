//! What a freeze and a requirement have to keep from GitHub: nothing is approved while everything is frozen, and nothing
//! by one person where two have to agree.

use std::collections::{BTreeMap, BTreeSet};

use countersign::request::{By, Outcome, State, Vote};

use super::super::plan::{MANAGER, Wish};
use super::super::record::Entry;
use super::super::town::approver;
use super::{End, Lived};

pub(super) fn check(end: &End<'_>, wrong: &mut Vec<String>) {
    let frozen = frozen(&end.entries);
    nothing_is_approved_while_frozen(end, &frozen, wrong);
    brakings_had_effects(end, wrong);
    let (mut agreed, mut unknown) = (0, 0);
    for lived in end.all() {
        let life = &end.town.witness.plan.lives[lived.number];
        is_about_what_was_asked(lived, life.wish, wrong);
        unknown += usize::from(life.wish != Wish::Known);
        if life.needs_two() {
            agreed += two_agreed(end, lived, wrong);
        }
    }
    println!(
        "chaos: {} freezes, {agreed} attempts by two, {unknown} requests for the unknown",
        frozen.freezes
    );
    // Where nothing of it happened nothing of it was tested. How many agree in time is the machine's to decide.
    if frozen.freezes == 0 || unknown == 0 {
        wrong.push("nobody froze anything, or nobody asked for the unknown".to_owned());
    }
}

/// When everything was frozen, in the order of the record: a commit that looks at the brake waits for whoever turns it.
struct Frozen<'a> {
    freezes: usize,
    /// Whatever stands in the record between a freeze and its end.
    within: Vec<&'a Entry>,
}

fn frozen(entries: &[Entry]) -> Frozen<'_> {
    let mut is_frozen = false;
    let mut frozen = Frozen { freezes: 0, within: vec![] };
    for entry in entries {
        match (entry.action(), entry.result()) {
            ("freeze.on", "done") => {
                frozen.freezes += usize::from(!is_frozen);
                is_frozen = true;
            }
            ("freeze.off", "done") => is_frozen = false,
            _ if is_frozen => frozen.within.push(entry),
            _ => {}
        }
    }
    frozen
}

/// Neither decided nor begun to be sent. What arrives at GitHub is held against the record elsewhere: each arrival has
/// an attempt of its own before it.
fn nothing_is_approved_while_frozen(end: &End<'_>, frozen: &Frozen<'_>, wrong: &mut Vec<String>) {
    let is_approval = |entry: &&&Entry| {
        matches!(entry.action(), "decision.made" | "review.attempted") && entry.result() == "approve"
    };
    for entry in frozen.within.iter().filter(is_approval) {
        wrong.push(format!("{}: {} to approve at {} while frozen", entry.key(), entry.action(), entry.at()));
    }
    // By the moment of its arrival each review belongs to the newest attempt before it.
    for arrival in &end.town.witness.seen.lock().unwrap().reviews {
        let is_its = |entry: &&Entry| {
            entry.action() == "review.attempted"
                && entry.request() == Some(arrival.request)
                && entry.at() <= arrival.at
        };
        let attempt = end.entries.iter().rev().find(is_its);
        if attempt.is_some_and(|attempt| {
            attempt.result() == "approve" && frozen.within.iter().any(|entry| std::ptr::eq(*entry, attempt))
        }) {
            wrong.push(format!("an approval of {} was sent during a freeze", arrival.request));
        }
    }
}

/// A command that was taken is on record, whatever came of it.
fn brakings_had_effects(end: &End<'_>, wrong: &mut Vec<String>) {
    let manager = approver(MANAGER).1;
    let is_braking = |entry: &&Entry| entry.action().starts_with("freeze.") && entry.slack() == manager;
    let (taken, recorded) =
        (end.town.witness.seen.lock().unwrap().brakings, end.entries.iter().filter(is_braking).count());
    if recorded < taken {
        wrong.push(format!("{taken} commands about the brake were taken, {recorded} are on record"));
    }
}

/// What nobody has heard of is still unknown when it comes to deciding.
fn is_about_what_was_asked(lived: &Lived, wish: Wish, wrong: &mut Vec<String>) {
    let facts = format!("{:?}", lived.request.facts.permissions);
    let is_there = match wish {
        Wish::Known => true,
        Wish::UnknownPermission => facts.contains("time_travel"),
        Wish::UnknownLevel => facts.contains("Unknown(\"own\")"),
    };
    if !is_there {
        wrong.push(format!("{}: it does not ask for what is unknown: {facts}", lived.name()));
    }
}

/// Each attempt to approve comes after the votes of two people for its very revision, as the record tells them; gives how
/// many attempts there were.
fn two_agreed(end: &End<'_>, lived: &Lived, wrong: &mut Vec<String>) -> usize {
    let mut votes: BTreeMap<&str, &str> = BTreeMap::new();
    let mut attempts = 0;
    for entry in end.entries_of(lived) {
        match (entry.action(), entry.result()) {
            ("vote.accepted", _) => drop(votes.insert(entry.slack(), entry.field("revision"))),
            ("vote.withdrawn" | "vote.lapsed", _) => drop(votes.remove(entry.slack())),
            ("decision.made", "deny") | ("decision.returned" | "request.changed", _) => votes.clear(),
            ("review.attempted", "approve") => {
                attempts += 1;
                let revision = entry.field("revision");
                let agreed = votes.values().filter(|voted| **voted == revision).count();
                if agreed < 2 {
                    wrong.push(format!(
                        "{}: sent as approved with {agreed} approvals: {votes:?}",
                        lived.name()
                    ));
                }
            }
            _ => {}
        }
    }
    if let State::Settled(settled) = &lived.request.state
        && settled.outcome == Outcome::Approved
        && let By::Person { slack, .. } = &settled.by
    {
        let others = settled.others.iter().map(|vote: &Vote| vote.slack.as_str());
        if others.chain([slack.as_str()]).collect::<BTreeSet<_>>().len() < 2 {
            wrong.push(format!("{}: approved by {slack} alone", lived.name()));
        }
    }
    attempts
}
