//! The card: a projection of one request's state, made for deciding on a phone in ten seconds.
//!
//! Equal states give equal cards, so that whether a card is up to date can be told without asking Slack.

mod asked;
mod buttons;
#[cfg(test)]
mod properties;
mod standing;

use sha2::{Digest, Sha256};

use super::listed::Room;
use super::words::{LONGEST, expiry, granted, headline, marks, moment, permissions, repositories, warnings};
use super::{Approvals, Block, Fallback, Line, Message, Passage, text};
use crate::ids::Login;
use crate::request::{
    By, Compared, Enrichment, Frozen, Outcome, Past, Settlement, State, TokenRequest, Verdict,
};

use asked::{asked, before, machine};
use buttons::buttons;
use standing::standing;

pub(super) use buttons::consequence;
use standing::{UNCOVERED, hindered, said_words};
pub use standing::{compared_words, frozen_words, noted, unanswered};
pub(super) use standing::{ended_words, named, reservations, settled, settled_words, with_words};

/// The justification is cut here on the card; Details has all of it.
const QUOTED: usize = 200;

/// A request with what the card says about the people around it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    pub request: &'a TokenRequest,
    /// What it takes to approve it, and what of that is there; `None` when no route covers the request.
    pub approvals: Option<Approvals<'a>>,
    /// Who answers for the requester, which is a machine account then.
    pub answers_for_it: Option<&'a Login>,
    /// Whether the requester can be told by direct message.
    pub is_requester_linked: bool,
    /// What our own record knows of the requester's earlier tokens.
    pub past: &'a Past,
    /// Whether everything is frozen, so that nothing can be approved.
    pub frozen: Option<&'a Frozen>,
}

/// What the card says of a waiting request beside what it asks for: whose machine asks, what was approved before, what
/// happened since, and why they ask. Each is cut at `most`.
pub(super) fn beside(shown: Shown<'_>, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(machine(shown).map(|machine| format!("For: {machine}")));
    lines.extend(before(shown).map(|before| format!("Before: {before}")));
    if let State::Pending { note, sent, .. } = &shown.request.state {
        lines.extend(note.as_ref().map(noted));
        lines.extend(sent.as_ref().map(|sent| format!("⚠ {}", unanswered(sent))));
    }
    let justification = shown.request.facts.justification.as_ref();
    lines.extend(justification.map(|said| format!("They say: “{}”", shorten(said))));
    lines.into_iter().map(|line| text::cut(&text::clean(&line), most)).collect()
}

/// Renders the card.
pub fn card(shown: Shown<'_>) -> Message {
    let request = shown.request;
    if let State::Settled(settlement) = &request.state
        && is_quiet(settlement)
    {
        return quiet(request, settlement);
    }
    let facts = &request.facts;
    let mut blocks = vec![Block::header(&heading(request))];
    blocks.extend(marks(facts, shown.past).map(|marks| {
        let line = Line::new().bold(&format!("⚠ {marks}"));
        Block::rich_text([Passage::Lines(vec![line])])
    }));
    blocks.push(Block::rich_text([Passage::Lines(asked(shown))]));
    if let Some(justification) = &facts.justification {
        let quote = Line::new().text(&shorten(justification));
        blocks.push(Block::rich_text([
            Passage::Lines(vec![Line::new().bold("They say:")]),
            Passage::Quote(quote),
        ]));
    }
    blocks.push(Block::rich_text([Passage::Lines(standing(shown))]));
    blocks.push(Block::context(&footer(shown)));
    blocks.push(Block::actions_on(request, buttons(shown)));
    Message::new(blocks.into_iter().collect::<super::Blocks>(), fallback(shown)).about(request.key.clone())
}

/// What a rule approved calls for nobody, unless GitHub contradicts itself about it.
fn is_quiet(settlement: &Settlement) -> bool {
    matches!(settlement.by, By::Rule { .. })
        && settlement.outcome == Outcome::Approved
        && settlement.contradicted.is_none()
        && matches!(settlement.compared, None | Some(Compared::Within))
}

/// One line without buttons.
fn quiet(request: &TokenRequest, settlement: &Settlement) -> Message {
    let until = expiry(&request.facts, request.received_at);
    let asked = format!("{} · until {until} · {}", headline(&request.facts), request.key);
    let line = settled(request, settlement).text(&format!(" · {asked}"));
    let words = format!("{}: {asked}", settled_words(request, settlement));
    one_line(request, line, &words)
}

/// A token that was granted without review, in one line without buttons that mentions nobody.
pub fn unreviewed_line(request: &TokenRequest) -> Message {
    let until = expiry(&request.facts, request.received_at);
    let since = match &request.state {
        State::Settled(settlement) => settlement.at,
        State::Pending { .. } | State::Deciding(_) => request.received_at,
    };
    // What was approved before does not matter for what it can do now.
    let warned = warnings(&request.facts, &Past::OtherTokens);
    let warned = if warned.is_empty() { String::new() } else { format!(" · ⚠ {}", warned.join(" · ")) };
    let can = granted(&request.facts);
    let got = format!("{} · {can}{warned} · until {until} · {}", moment(since), request.key);
    let line = Line::new().bold(UNREVIEWED).text(&format!(" · {got}"));
    one_line(request, line, &format!("{UNREVIEWED}: {got}"))
}

const UNREVIEWED: &str = "Granted without review";

fn one_line(request: &TokenRequest, line: Line, words: &str) -> Message {
    Message::new([Block::rich_text([Passage::Lines(vec![line])])], Fallback::from(words))
        .about(request.key.clone())
}

/// A digest of a rendered message; equal digests need no update.
pub fn rendering(message: &Message) -> String {
    let blocks = serde_json::to_vec(&message.blocks).expect("blocks always serialise");
    hex::encode(&Sha256::new().chain_update(blocks).chain_update(message.fallback.as_str()).finalize()[..16])
}

/// What was asked for; or, where nobody was asked, what was got.
fn heading(request: &TokenRequest) -> String {
    match (&request.state, request.is_unasked) {
        (State::Settled(Settlement { outcome: Outcome::Approved, .. }), true) => granted(&request.facts),
        (State::Pending { .. } | State::Deciding(_) | State::Settled(_), _) => headline(&request.facts),
    }
}

fn footer(shown: Shown<'_>) -> String {
    let request = shown.request;
    let asked_at = request.facts.created_at.unwrap_or(request.received_at);
    let mut parts = vec![];
    if let Some(name) = &request.facts.token_name {
        parts.push(format!("Token “{}”", text::cut(&text::clean(name), LONGEST)));
    }
    parts.push(format!("asked {}", moment(asked_at)));
    if request.enrichment == Enrichment::Missing {
        parts.push("GitHub has not told the justification yet".to_owned());
    }
    if !shown.is_requester_linked {
        parts.push(format!(
            "{} is not linked to Slack: no direct message went out",
            text::cut(request.facts.requester.login.as_str(), LONGEST)
        ));
    }
    parts.join(" · ")
}

/// How much of the fallback text tells how it stands: so much that what is asked for has room below it.
const STANDING: usize = 1600;

/// The decision first, then all that it hangs on, which is never cut away; the justification last.
fn fallback(shown: Shown<'_>) -> Fallback {
    let request = shown.request;
    let facts = &request.facts;
    let heading = text::cut(&heading(request), LONGEST);
    let mut lines = within(std::iter::once(heading).chain(stands(shown)), STANDING);
    let warned = warnings(facts, shown.past);
    if !warned.is_empty() {
        lines.push(format!("Mind: {}", warned.join(", ")));
    }
    lines.extend(machine(shown).map(|machine| format!("For: {machine}")));
    lines.push(format!("Asks to: {}", permissions(facts, Room::CARD)));
    lines.push(format!("Where: {}", repositories(facts, Room::CARD)));
    lines.push(format!("Until: {}", expiry(facts, request.received_at)));
    lines.extend(before(shown).map(|before| format!("Before: {before}")));
    lines.extend(facts.justification.as_ref().map(|said| format!("They say: “{}”", text::clean(said))));
    Fallback::from_lines(lines)
}

/// How it stands, in plain text.
fn stands(shown: Shown<'_>) -> Vec<String> {
    let request = shown.request;
    let mut lines = Vec::new();
    match &request.state {
        State::Pending { votes, note, sent } => {
            lines.extend(shown.frozen.map(frozen_words));
            lines.push(note.as_ref().map_or_else(|| "Waiting for a decision.".to_owned(), noted));
            lines.extend(shown.approvals.is_none().then(|| UNCOVERED.to_owned()));
            lines.extend(said_words(request));
            lines.extend(sent.as_ref().map(unanswered));
            let progress = shown.approvals.filter(|approvals| !approvals.takes_one() || !votes.is_empty());
            lines.extend(progress.map(|approvals| approvals.words(votes)));
        }
        State::Deciding(deciding) => {
            lines.push(match deciding.verdict {
                Verdict::Approve => {
                    format!("Approving… by {}{}", named(&deciding.by), with_words(&deciding.others))
                }
                Verdict::Deny => format!("Denying… by {}", named(&deciding.by)),
            });
            lines.extend(hindered(deciding, shown.frozen));
        }
        State::Settled(settlement) => {
            lines.push(settled_words(request, settlement));
            lines.extend(reservations(request, settlement));
        }
    }
    lines
}

/// Lines as long as there is room, the last of them cut.
fn within(lines: impl IntoIterator<Item = String>, limit: usize) -> Vec<String> {
    let mut left = limit;
    let kept = lines.into_iter().map(|line| {
        let kept = text::cut(&text::clean(&line), left);
        left -= text::weight(&kept);
        kept
    });
    kept.collect()
}

fn shorten(justification: &str) -> String {
    let said = text::clean(justification);
    match said.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &said[..end]),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_justification_two_hundred_characters_are_quoted() {
        let said = |letters: usize| shorten(&"é".repeat(letters));

        assert_eq!(said(QUOTED), "é".repeat(200));
        assert_eq!(said(QUOTED + 1), format!("{}…", "é".repeat(200)));
        // What is not shown does not count.
        assert_eq!(shorten(&format!("{}\u{200B}\n ", "é".repeat(200))), "é".repeat(200));
    }
}
