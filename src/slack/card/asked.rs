//! What is asked for, and what of it is new.

use super::Shown;
use crate::request::{By, Facts, Level, Lifetime, News, Past, Permission, Repositories};
use crate::slack::Line;
use crate::slack::listed::Room;
use crate::slack::text::cut;
use crate::slack::words::{LONGEST, expiry, permissions, phrases, repositories};

pub(super) fn asked(shown: Shown<'_>) -> Vec<Line> {
    let facts = &shown.request.facts;
    let machine = machine(shown).map(|machine| Line::new().bold("For: ").text(&machine));
    let mut lines: Vec<_> = machine.into_iter().chain(wanted(shown)).collect();
    lines.push(Line::new().bold("Where: ").text(&repositories(facts, Room::CARD)));
    lines.push(Line::new().bold("Until: ").text(&expiry(facts, shown.request.received_at)));
    lines.extend(before(shown).map(|before| Line::new().bold("Before: ").text(&before)));
    lines
}

/// `deploy-bot (alice answers for it)`.
pub(super) fn machine(shown: Shown<'_>) -> Option<String> {
    let owner = shown.answers_for_it?;
    let login = cut(shown.request.facts.requester.login.as_str(), LONGEST);
    Some(format!("{login} ({} answers for it)", cut(owner.as_str(), LONGEST)))
}

/// What a renewal adds stands apart from what was approved before.
fn wanted(shown: Shown<'_>) -> Vec<Line> {
    let facts = &shown.request.facts;
    let label = if shown.request.is_unasked { "It can: " } else { "Asks to: " };
    let all = || vec![Line::new().bold(label).text(&permissions(facts, Room::CARD))];
    let Past::Renewal(renewal) = shown.past else { return all() };
    let news = renewal.news(facts).permissions;
    let is_new = |asked: &(&Permission, &Level)| news.iter().any(|(new, _)| new == asked.0);
    let (new, known): (Vec<_>, Vec<_>) = facts.permissions.iter().partition(is_new);
    if new.is_empty() {
        return all();
    }
    let mut lines = vec![Line::new().bold("New: ").text(&phrases(new.into_iter(), Room::CARD))];
    if !known.is_empty() {
        lines.push(Line::new().bold("Also: ").text(&phrases(known.into_iter(), Room::CARD)));
    }
    lines
}

/// `approved by alice on 21 Aug 2026; nothing added`.
pub(super) fn before(shown: Shown<'_>) -> Option<String> {
    let Past::Renewal(renewal) = shown.past else { return None };
    let by = match &renewal.by {
        By::Person { login, .. } | By::GitHubUser { login, .. } => {
            format!("by {} ", cut(login.as_str(), LONGEST))
        }
        By::Rule { policy } => format!("by rule {} ", cut(policy, LONGEST)),
        By::Requester | By::Unknown => String::new(),
    };
    let facts = &shown.request.facts;
    let added = added(&renewal.news(facts), facts);
    Some(format!("approved {by}on {}; {added}", renewal.at.format("%-d %b %Y")))
}

fn added(news: &News, facts: &Facts) -> String {
    let mut parts = Vec::new();
    match news.permissions.len() {
        0 => {}
        1 => parts.push("1 permission is new".to_owned()),
        many => parts.push(format!("{many} permissions are new")),
    }
    match news.repositories {
        Some(0) => {}
        Some(1) => parts.push("1 repository is new".to_owned()),
        Some(many) => parts.push(format!("{many} repositories are new")),
        None if facts.repositories == Repositories::All => parts.push("now every repository".to_owned()),
        None => parts.push("which repositories are new can't be told".to_owned()),
    }
    match news.lifetime {
        Lifetime::NotLonger => {}
        Lifetime::Longer { days, before } => {
            parts.push(format!("it lives {days} days instead of {before}"));
        }
        Lifetime::Endless => parts.push("it had an end date then".to_owned()),
        Lifetime::Unknown => parts.push("whether it lives longer can't be told".to_owned()),
    }
    if news.is_nothing() { "nothing added".to_owned() } else { parts.join(", ") }
}
