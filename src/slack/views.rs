//! Modals: the details of a request, all of them.

use super::card::settled;
use super::words::{expiry, headline, moment, phrase, short_name};
use super::{Block, Line, Passage, View};
use crate::request::{Enrichment, Key, Note, Repositories, State, TokenRequest, Verdict};

const TITLE: &str = "Token request";

/// As many repositories are listed in one modal.
const LISTED: usize = 200;

/// Opened at once, while the asker is judged.
pub fn checking(key: &Key) -> View {
    words("Checking…", key)
}

/// A modal that says one thing.
pub fn words(words: &str, key: &Key) -> View {
    View::details(TITLE, [Block::section(words)], key)
}

/// Everything we know about a request.
pub fn details(request: &TokenRequest) -> View {
    let facts = &request.facts;
    let mut blocks = vec![
        Block::header(&headline(facts)),
        section("Permissions, by GitHub's names", permissions(request)),
        section("Repositories", repositories(request)),
        section("Until", vec![Line::new().text(&expiry(facts, request.received_at))]),
    ];
    if let Some(name) = &facts.token_name {
        blocks.push(section("Token", vec![Line::new().text(name)]));
    }
    blocks.push(match (&facts.justification, request.enrichment) {
        (Some(said), _) => Block::rich_text([
            Passage::Lines(vec![Line::new().bold("They say")]),
            Passage::Quote(Line::new().text(said)),
        ]),
        (None, Enrichment::Complete) => section("They say", vec![Line::new().italic("nothing")]),
        (None, _) => section("They say", vec![Line::new().italic("GitHub has not told yet")]),
    });
    blocks.push(section("What happened", history(request)));
    blocks.push(Block::context(&format!("{} · revision {}", request.key, request.revision())));
    View::details(TITLE, blocks.into_iter().collect::<super::Blocks>(), &request.key)
}

fn section(title: &str, lines: Vec<Line>) -> Block {
    let lines = std::iter::once(Line::new().bold(title)).chain(lines).collect();
    Block::rich_text([Passage::Lines(lines)])
}

fn permissions(request: &TokenRequest) -> Vec<Line> {
    let all = request.facts.permissions.iter();
    let lines: Vec<_> = all
        .map(|(permission, level)| {
            Line::new().text(&format!("{} ({})", phrase(permission, level), permission.group))
        })
        .collect();
    if lines.is_empty() { vec![Line::new().text("nothing beyond public information")] } else { lines }
}

fn repositories(request: &TokenRequest) -> Vec<Line> {
    match &request.facts.repositories {
        Repositories::None => vec![Line::new().text("none of the organization's")],
        Repositories::All => vec![Line::new().text("every one, also those made later")],
        Repositories::Unknown(selection) => {
            vec![Line::new().text(&format!("GitHub's selection “{selection}” is not known to us"))]
        }
        Repositories::Subset { listed, count } => {
            let total = count.unwrap_or(listed.len() as u64);
            let named = listed.iter().take(LISTED);
            let more = total.saturating_sub(named.len() as u64);
            let mut lines: Vec<_> = named
                .map(|one| match one.private {
                    Some(true) => Line::new().text(&format!("{} (private)", short_name(one))),
                    Some(false) => Line::new().text(&format!("{} (public)", short_name(one))),
                    None => Line::new().text(short_name(one)),
                })
                .collect();
            if more > 0 {
                lines.push(Line::new().italic(&format!("and {more} more")));
            }
            lines
        }
    }
}

fn history(request: &TokenRequest) -> Vec<Line> {
    let asked_at = request.facts.created_at.unwrap_or(request.received_at);
    let mut lines = vec![Line::new().text(&format!("Asked · {}", moment(asked_at)))];
    match &request.state {
        State::Pending { votes, note } => {
            lines.extend(votes.iter().map(|vote| {
                Line::new().mention(&vote.slack).text(&format!(" approved · {}", moment(vote.at)))
            }));
            lines.extend(note.iter().map(|note| {
                Line::new().text(match note {
                    Note::ContentChanged => "The content was changed; earlier votes are void",
                    Note::RefusedByGitHub { .. } => "GitHub refused the review",
                    Note::RightLapsed { .. } => "A decider lost the right before GitHub was told",
                })
            }));
        }
        State::Deciding(deciding) => {
            let doing = match deciding.verdict {
                Verdict::Approve => " approved; GitHub is being told · ",
                Verdict::Deny => " denied; GitHub is being told · ",
            };
            lines.push(Line::new().mention(&deciding.by.slack).text(doing).text(&moment(deciding.by.at)));
        }
        State::Settled(settlement) => lines.push(settled(settlement)),
    }
    lines
}
