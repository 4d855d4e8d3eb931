//! What is asked for, and what of it is new.

use super::Shown;
use crate::request::{By, Facts, Level, News, Past, Permission, Repositories};
use crate::slack::Line;
use crate::slack::words::{expiry, permissions, phrases, repositories};

pub(super) fn asked(shown: Shown<'_>) -> Vec<Line> {
    let facts = &shown.request.facts;
    let mut lines = wanted(shown);
    lines.push(Line::new().bold("Where: ").text(&repositories(facts)));
    lines.push(Line::new().bold("Until: ").text(&expiry(facts, shown.request.received_at)));
    lines.extend(before(shown).map(|before| Line::new().bold("Before: ").text(&before)));
    lines
}

/// What a renewal adds stands apart from what was approved before.
fn wanted(shown: Shown<'_>) -> Vec<Line> {
    let facts = &shown.request.facts;
    let label = if shown.request.is_unasked { "It can: " } else { "Asks to: " };
    let all = || vec![Line::new().bold(label).text(&permissions(facts))];
    let Past::Renewal(renewal) = shown.past else { return all() };
    let news = renewal.news(facts).permissions;
    let is_new = |asked: &(&Permission, &Level)| news.iter().any(|(new, _)| new == asked.0);
    let (new, known): (Vec<_>, Vec<_>) = facts.permissions.iter().partition(is_new);
    if new.is_empty() {
        return all();
    }
    let mut lines = vec![Line::new().bold("New: ").text(&phrases(new.into_iter()))];
    if !known.is_empty() {
        lines.push(Line::new().bold("Also: ").text(&phrases(known.into_iter())));
    }
    lines
}

/// `approved by alice on 21 Aug 2026; nothing added`.
pub(super) fn before(shown: Shown<'_>) -> Option<String> {
    let Past::Renewal(renewal) = shown.past else { return None };
    let by = match &renewal.by {
        By::Person { login, .. } | By::GitHubUser { login, .. } => format!("by {login} "),
        By::Rule { policy } => format!("by rule {policy} "),
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
    if news.loses_its_end {
        parts.push("it had an end date then".to_owned());
    }
    if news.is_nothing() { "nothing added".to_owned() } else { parts.join(", ") }
}
