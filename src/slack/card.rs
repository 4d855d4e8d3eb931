//! The card: a projection of one request's state, made for deciding on a phone in ten seconds.
//!
//! Equal states give equal cards, so that whether a card is up to date can be told without asking Slack.

use sha2::{Digest, Sha256};

use super::words::{capitalised, expiry, headline, moment, outcome, permissions, repositories, warnings};
use super::{Block, Button, ButtonElement, Confirm, Fallback, Line, Message, Passage, text};
use crate::request::{By, Deciding, Enrichment, Facts, Note, Settlement, State, TokenRequest, Verdict};

/// The justification is cut here on the card; Details has all of it.
const QUOTED: usize = 200;

/// A request with what the card says about the people around it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    pub request: &'a TokenRequest,
    /// The groups that may decide; `None` when no route covers the request.
    pub approvers: Option<&'a [String]>,
    /// How many approvals the request needs.
    pub needed: u32,
    /// Whether the requester can be told by direct message.
    pub is_requester_linked: bool,
}

/// Renders the card.
pub fn card(shown: Shown<'_>) -> Message {
    let request = shown.request;
    let facts = &request.facts;
    let mut blocks = vec![Block::header(&headline(facts))];
    let warned = warnings(facts);
    if !warned.is_empty() {
        let line = Line::new().bold(&format!("⚠ {}", warned.join(" · ")));
        blocks.push(Block::rich_text([Passage::Lines(vec![line])]));
    }
    blocks.push(Block::rich_text([Passage::Lines(asked(request))]));
    if let Some(justification) = &facts.justification {
        let quote = Line::new().text(&shorten(justification));
        blocks.push(Block::rich_text([
            Passage::Lines(vec![Line::new().bold("They say:")]),
            Passage::Quote(quote),
        ]));
    }
    blocks.push(Block::rich_text([Passage::Lines(standing(shown))]));
    blocks.push(Block::context(&footer(shown)));
    blocks.push(Block::actions(&format!("{}.{}", request.key, request.revision()), buttons(shown)));
    Message::new(blocks.into_iter().collect::<super::Blocks>(), fallback(shown)).about(request.key.clone())
}

/// A digest of a rendered message; equal digests need no update.
pub fn rendering(message: &Message) -> String {
    let blocks = serde_json::to_vec(&message.blocks).expect("blocks always serialise");
    hex::encode(&Sha256::new().chain_update(blocks).chain_update(message.fallback.as_str()).finalize()[..16])
}

fn asked(request: &TokenRequest) -> Vec<Line> {
    let facts = &request.facts;
    vec![
        Line::new().bold("Asks to: ").text(&permissions(facts)),
        Line::new().bold("Where: ").text(&repositories(facts)),
        Line::new().bold("Until: ").text(&expiry(facts, request.received_at)),
    ]
}

fn standing(shown: Shown<'_>) -> Vec<Line> {
    match &shown.request.state {
        State::Pending { votes, note } => {
            let mut lines: Vec<_> = note.iter().map(|note| Line::new().bold(&noted(note))).collect();
            lines.push(match shown.approvers {
                None => {
                    Line::new().text("Nobody may decide this here: no route of the configuration covers it.")
                }
                Some(groups) => {
                    Line::new().text(&format!("{} of {}: {}", votes.len(), shown.needed, groups.join(", ")))
                }
            });
            lines
        }
        State::Deciding(deciding) => under_way(deciding),
        State::Settled(settlement) => vec![settled(settlement)],
    }
}

fn noted(note: &Note) -> String {
    match note {
        Note::ContentChanged => "The request was changed. Please read it again.".to_owned(),
        Note::RefusedByGitHub { status, words } => format!("GitHub refused the review ({status}): {words}"),
        Note::RightLapsed { login } => {
            format!("{login} may no longer decide this. GitHub was not told; please decide again.")
        }
    }
}

fn under_way(deciding: &Deciding) -> Vec<Line> {
    let doing = match deciding.verdict {
        Verdict::Approve => "Approving… by ",
        Verdict::Deny => "Denying… by ",
    };
    let mut lines = vec![Line::new().bold(doing).mention(&deciding.by.slack)];
    if let Some(blocked) = &deciding.blocked {
        lines.push(Line::new().bold("⚠ GitHub can't be told yet: ").text(&blocked.cause));
    }
    lines
}

/// How it ended and who ended it: `Approved by @alice · 23 Nov 2026, 12:04 UTC`.
pub(super) fn settled(settlement: &Settlement) -> Line {
    let line = Line::new().bold(&capitalised(outcome(settlement.outcome)));
    let line = match &settlement.by {
        By::Person { slack, .. } => line.text(" by ").mention(slack),
        By::GitHubUser { login, .. } => line.text(&format!(" on GitHub by {login}")),
        By::Requester | By::Unknown => line,
    };
    line.text(&format!(" · {}", moment(settlement.at)))
}

/// The same in plain text, for where nothing can be mentioned.
pub(super) fn settled_words(settlement: &Settlement) -> String {
    let by = match &settlement.by {
        By::Person { login, .. } => format!(" by {login}"),
        By::GitHubUser { login, .. } => format!(" on GitHub by {login}"),
        By::Requester | By::Unknown => String::new(),
    };
    format!("{}{by}", capitalised(outcome(settlement.outcome)))
}

fn footer(shown: Shown<'_>) -> String {
    let request = shown.request;
    let asked_at = request.facts.created_at.unwrap_or(request.received_at);
    let mut parts = vec![];
    if let Some(name) = &request.facts.token_name {
        parts.push(format!("Token “{}”", text::clean(name)));
    }
    parts.push(format!("asked {}", moment(asked_at)));
    if request.enrichment == Enrichment::Missing {
        parts.push("GitHub has not told the justification yet".to_owned());
    }
    if !shown.is_requester_linked {
        parts.push(format!(
            "{} is not linked to Slack: no direct message went out",
            request.facts.requester.login
        ));
    }
    parts.join(" · ")
}

fn buttons(shown: Shown<'_>) -> Vec<ButtonElement> {
    let request = shown.request;
    let details = ButtonElement::new(&Button::Details, "Details", &request.key);
    let can_be_decided = matches!(request.state, State::Pending { .. }) && shown.approvers.is_some();
    if !can_be_decided {
        return vec![details];
    }
    let approve = ButtonElement::new(&Button::Approve, "Approve…", &request.key)
        .spoken(&format!("Approve {}'s request", request.facts.requester.login))
        .confirm(Confirm {
            title: "Approve this request?",
            text: &consequence(&request.facts),
            confirm: "Approve",
            deny: "Back",
        });
    // What is unusual must not be the easy choice.
    let approve = if warnings(&request.facts).is_empty() { approve.primary() } else { approve };
    vec![approve, details]
}

/// What an approval does, in words: `octocat will be able to write contents … in payments-api until 20 Feb 2027.`
fn consequence(facts: &Facts) -> String {
    let until = match facts.expiry {
        crate::request::Expiry::Never => "with no end date".to_owned(),
        crate::request::Expiry::Unknown => "for a time GitHub does not say".to_owned(),
        crate::request::Expiry::At(at) => format!("until {}", at.format("%-d %b %Y")),
    };
    format!(
        "{} will be able to {}, {until}. Where: {}.",
        facts.requester.login,
        permissions(facts),
        repositories(facts),
    )
}

/// The decision first, because it is what must not be cut; the justification last.
fn fallback(shown: Shown<'_>) -> Fallback {
    let request = shown.request;
    let facts = &request.facts;
    let mut lines = vec![headline(facts)];
    lines.push(match &request.state {
        State::Pending { note: Some(note), .. } => noted(note),
        State::Pending { note: None, .. } => "Waiting for a decision.".to_owned(),
        State::Deciding(deciding) => match deciding.verdict {
            Verdict::Approve => format!("Approving… by {}", deciding.by.login),
            Verdict::Deny => format!("Denying… by {}", deciding.by.login),
        },
        State::Settled(settlement) => settled_words(settlement),
    });
    if !warnings(facts).is_empty() {
        lines.push(format!("Mind: {}", warnings(facts).join(", ")));
    }
    lines.push(format!("Asks to: {}", permissions(facts)));
    lines.push(format!("Where: {}", repositories(facts)));
    lines.push(format!("Until: {}", expiry(facts, request.received_at)));
    lines.extend(facts.justification.as_ref().map(|said| format!("They say: “{}”", text::clean(said))));
    Fallback::from_lines(lines)
}

fn shorten(justification: &str) -> String {
    let said = text::clean(justification);
    match said.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &said[..end]),
        None => said,
    }
}
