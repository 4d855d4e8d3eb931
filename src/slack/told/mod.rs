//! Everything that people are shown, a table for each enum: whoever adds a variant is stopped by the compiler until it
//! stands in its table, and reads in a snapshot what people are going to read.

mod cards;
mod exports;
mod messages;
mod mine;
mod modals;
mod refusals;

use chrono::TimeDelta;
use serde_json::Value;

use super::block_kit_check::violations;
use super::{Message, View};
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::request::samples::{noon, vote};
use crate::request::{By, Freezer, Frozen, Outcome, Verdict, Vote, Why};
use crate::simulator::slack::render;

/// All variants of an enum. `next` tells which comes after which, in a `match` without a wildcard.
pub(crate) fn chain<T>(next: impl Fn(Option<&T>) -> Option<T>) -> Vec<T> {
    std::iter::successors(next(None), |one| next(Some(one))).collect()
}

/// A message as it is read, with the text beside it where that says something else; whatever is in it, Slack takes it,
/// and it links and mentions nothing.
pub(crate) fn shown(message: &Message) -> String {
    let blocks = serde_json::to_value(&message.blocks).unwrap();
    let beside = message.fallback.as_str();
    assert_eq!(violations(&blocks), Vec::<String>::new(), "{blocks}");
    assert!(!blocks.to_string().contains("mrkdwn") && !beside.contains(['<', '>']), "{blocks} {beside}");
    let screen = render(&blocks);
    let plain = |text: &str| text.replace("**", "").replace("> ", "");
    if plain(&screen) == beside {
        screen
    } else {
        format!("{screen}\n  beside it: {}", beside.replace('\n', "\n    "))
    }
}

/// A modal as it is read.
fn opened(view: &View) -> String {
    opened_value(&serde_json::to_value(view).unwrap())
}

fn opened_value(view: &Value) -> String {
    let text = |name: &str| view[name]["text"].as_str().map(|text| format!(" [{text}]")).unwrap_or_default();
    let title = view["title"]["text"].as_str().unwrap();
    assert!(!view["blocks"].to_string().contains("mrkdwn"), "{view}");
    format!("{title}\n{}\n{}{}", render(&view["blocks"]), text("submit"), text("close"))
}

/// Tables read one thing after the other.
pub(crate) fn table(rows: impl IntoIterator<Item = (String, String)>) -> String {
    rows.into_iter().map(|(name, said)| format!("{name}\n{said}")).collect::<Vec<_>>().join("\n\n")
}

/// What GitHub or Slack or a person may have written.
const STRANGE: &str = "<!channel> *now* <https://evil.example|here>";

fn carol() -> Vote {
    Vote { slack: SlackUserId::new("U0CAROL"), login: Login::new("carol"), ..vote(Verdict::Approve) }
}

fn frozen() -> Frozen {
    let since = noon() + TimeDelta::hours(1);
    Frozen { by: Freezer::Operator, since, why: Why::new("a laptop was stolen").unwrap() }
}

fn outcomes() -> Vec<Outcome> {
    chain(|after: Option<&Outcome>| {
        Some(match after {
            None => Outcome::Approved,
            Some(Outcome::Approved) => Outcome::Denied,
            Some(Outcome::Denied) => Outcome::Cancelled,
            Some(Outcome::Cancelled) => Outcome::Superseded,
            Some(Outcome::Superseded) => Outcome::Gone,
            Some(Outcome::Gone) => return None,
        })
    })
}

fn deciders() -> Vec<By> {
    chain(|after: Option<&By>| {
        Some(match after {
            None => By::from(&vote(Verdict::Approve)),
            Some(By::Person { .. }) => By::Rule { policy: "read-only-short".to_owned() },
            Some(By::Rule { .. }) => By::GitHubUser { id: GitHubUserId(102), login: Login::new("monalisa") },
            Some(By::GitHubUser { .. }) => By::Requester,
            Some(By::Requester) => By::Unknown,
            Some(By::Unknown) => return None,
        })
    })
}

/// Whether a request may end so by them: nobody but the requester takes one back, and of what is concluded nobody is
/// known.
fn may_end(outcome: Outcome, by: &By) -> bool {
    match (outcome, by) {
        (Outcome::Approved | Outcome::Denied, by) => *by != By::Requester,
        (Outcome::Cancelled, by) => matches!(by, By::Requester | By::Unknown),
        (Outcome::Superseded | Outcome::Gone, by) => *by == By::Unknown,
    }
}

/// The variant's name.
fn names(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split(|char: char| !char.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

#[test]
fn what_is_shown_twice_is_told_apart() {
    let message = super::messages::words("a & b");

    assert_eq!(shown(&message), "a & b\n  beside it: a &amp; b");
    assert_eq!(shown(&super::messages::words("a")), "a");
    assert_eq!(names(&Value::Null), "Null");
}
