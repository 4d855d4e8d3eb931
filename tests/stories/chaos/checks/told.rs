//! What was accepted had an effect or a refusal, and whoever has to hear of something heard it.

use std::collections::{BTreeMap, BTreeSet};

use countersign::request::{Outcome, State};
use countersign::simulator::github::Outcome as Delivered;
use countersign::simulator::slack::Message;
use countersign::store::Card;
use serde_json::Value;

use super::super::town::requester;
use super::{End, Lived};

/// What an accepted click becomes.
const EFFECTS: [&str; 5] =
    ["vote.accepted", "vote.withdrawn", "decision.returned", "check.asked", "click.refused"];

pub(super) fn check(end: &End<'_>, wrong: &mut Vec<String>) {
    let seen = end.town.witness.seen.lock().unwrap();
    wrong.extend(seen.early.iter().cloned());
    for told in &seen.told {
        let life = end.all().find(|lived| lived.request.key.as_str() == told.key).map(|lived| lived.number);
        if !life.is_some_and(|life| told.true_of.contains(&life)) {
            wrong.push(format!("operators were told of life {life:?} before it was so: {}", told.text));
        }
    }
    drop(seen);
    clicks_had_effects(end, wrong);
    refusals_were_told(end, wrong);
    webhooks_were_kept(end, wrong);
    for lived in end.all() {
        outcome_was_told(end, lived, wrong);
    }
}

fn clicks_had_effects(end: &End<'_>, wrong: &mut Vec<String>) {
    let mut accepted: BTreeMap<(String, String), usize> = BTreeMap::new();
    for click in &end.town.witness.seen.lock().unwrap().accepted {
        *accepted.entry((click.by.clone(), click.key.clone())).or_default() += 1;
    }
    for ((by, key), clicks) in accepted {
        let is_effect = |action: &str| EFFECTS.contains(&action);
        let effects = end
            .entries
            .iter()
            .filter(|entry| entry.key() == key && entry.slack() == by && is_effect(entry.action()));
        let effects = effects.count();
        if effects < clicks {
            wrong.push(format!("{by} clicked {clicks} times on {key}, which had {effects} effects"));
        }
    }
}

/// By a message for one person alone, a direct message, or in the modal that was opened.
fn refusals_were_told(end: &End<'_>, wrong: &mut Vec<String>) {
    let refused = end.entries.iter().filter(|entry| entry.action() == "click.refused");
    let mut refusals: BTreeMap<&str, usize> = BTreeMap::new();
    refused.for_each(|entry| *refusals.entry(entry.slack()).or_default() += 1);
    let seen = end.town.witness.seen.lock().unwrap();
    for (who, refusals) in refusals {
        let modals = seen.opened.iter().filter(|by| *by == who).count();
        let alone = end.town.stage.slack.ephemerals(who).len();
        let direct = end.town.stage.slack.dms(who).len();
        if alone + modals + direct < refusals {
            wrong.push(format!(
                "{who} was refused {refusals} times and told {alone} + {modals} + {direct} times"
            ));
        }
    }
}

/// Every webhook that was answered 2xx while there was anything to do is on record.
fn webhooks_were_kept(end: &End<'_>, wrong: &mut Vec<String>) {
    let mut accepted: BTreeMap<(u64, String), BTreeSet<String>> = BTreeMap::new();
    for delivery in &end.deliveries {
        let is_accepted = matches!(delivery.outcome, Delivered::Answered(status) if status.is_success());
        if let Some(request) = request_in(&delivery.payload).filter(|_| is_accepted) {
            accepted.entry((request, delivery.action.clone())).or_default().insert(delivery.guid.clone());
        }
    }
    for ((request, action), guids) in accepted {
        let is_it = |subject: Option<u64>, event: &str| subject == Some(request) && event == action;
        let kept =
            end.entries.iter().filter(|entry| is_it(entry.request().map(|id| id.0), entry.field("event")));
        let kept = kept.count();
        if kept < guids.len() {
            wrong.push(format!(
                "{} times {action} of {request} was accepted, {kept} are on record",
                guids.len()
            ));
        }
    }
}

fn request_in(payload: &Value) -> Option<u64> {
    payload["personal_access_token_request"]["id"].as_u64()
}

/// The requester, and whoever follows the card's thread.
fn outcome_was_told(end: &End<'_>, lived: &Lived, wrong: &mut Vec<String>) {
    let State::Settled(settled) = &lived.request.state else { return };
    // Whose beginning came after the end was never asked, and nobody waits for it.
    let was_asked = end
        .entries_of(lived)
        .any(|entry| entry.action() == "request.settled" && entry.field("asked").is_empty());
    if !was_asked || settled.outcome == Outcome::Superseded {
        return;
    }
    let words = countersign::slack::messages::outcome(settled.outcome);
    let requester = requester(end.town.witness.plan.lives[lived.number].requester).1;
    let is_it = |message: &Message| {
        message.channel == requester.replacen('U', "D", 1) && message.text.contains(&format!(" was {words}"))
    };
    if !end.messages.iter().any(|(life, message)| *life == Some(lived.number) && is_it(message)) {
        wrong.push(format!("{}: {requester} was not told that it was {words}", lived.name()));
    }
    let is_under = |card: &Card, message: &Message| {
        message.channel == card.channel.as_str() && message.thread_ts.as_deref() == Some(card.ts.as_str())
    };
    if let Some(card) = &lived.card
        && !end.messages.iter().any(|(_, message)| is_under(card, message))
    {
        wrong.push(format!("{}: nothing in the card's thread says how it ended", lived.name()));
    }
}
