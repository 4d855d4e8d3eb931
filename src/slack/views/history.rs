//! What happened to a request so far, a line for each thing: from its record where that can be read, else from how the
//! request stands.

use crate::audit::{Action, Actor, Entry, FieldValue, Personal};
use crate::ids::SlackUserId;
use crate::request::{
    Answer, Attempt, By, Decider, Deciding, Enrichment, Settlement, State, TokenRequest, Verdict, Vote,
};
use crate::slack::Line;
use crate::slack::card::{noted, settled, unanswered};
use crate::slack::text::cut;
use crate::slack::words::moment;

/// As many things are told; what is older stays in the record.
const NEWEST: usize = 30;

/// As many entries of the record are read for that: some tell nothing.
pub const RECORD: u32 = 150;

/// As much of what somebody wrote is repeated beside each.
const REMARK: usize = 200;

/// `record` are the newest entries about the request, the oldest of them first.
pub(super) fn history(request: &TokenRequest, record: &[Entry]) -> Vec<Line> {
    let mut lines = vec![begun(request)];
    if request.enrichment == Enrichment::Missing {
        lines.push(Line::new().text("GitHub's list has not shown it yet"));
    }
    let told = told(record);
    if told.is_empty() {
        lines.extend(standing(request));
        return lines;
    }
    if told.len() > NEWEST {
        lines.push(Line::new().italic("Older things are left out; the record has them all"));
    }
    lines.extend(told.into_iter().rev().take(NEWEST).rev());
    match &request.state {
        State::Pending { note, sent, .. } => {
            lines.extend(note.iter().map(|note| Line::new().text(&noted(note))));
            lines.extend(sent.iter().map(|sent| Line::new().text(&unanswered(sent))));
        }
        State::Deciding(_) => {}
        State::Settled(settlement) => lines.extend(over(request, settlement)),
    }
    lines
}

fn begun(request: &TokenRequest) -> Line {
    let asked_at = request.facts.created_at.unwrap_or(request.received_at);
    match request.is_unasked {
        true => Line::new().text("No request for it reached us"),
        false => Line::new().text(&format!("Asked · {}", moment(asked_at))),
    }
}

/// The entries that tell something, as lines. How it ended is told by the request itself.
fn told(record: &[Entry]) -> Vec<Line> {
    let lines = record.iter().enumerate().filter_map(|(index, entry)| {
        // A vote that decides is recorded together with what it decided.
        let decision = record[index + 1..].iter().find(|next| next.action == Action::DecisionMade);
        let decision = decision.filter(|next| next.at == entry.at).map(|next| next.result.as_str());
        happened(entry, decision)
    });
    lines.collect()
}

fn happened(entry: &Entry, decision: Option<&str>) -> Option<Line> {
    let line = match &entry.action {
        Action::RequestReceived => Line::new().text("Reached us"),
        Action::RequestEnriched if entry.result == "done" => return None,
        Action::RequestEnriched => Line::new().text("GitHub's list did not show it"),
        Action::RequestChanged => Line::new().text("Its content was changed; votes before are void"),
        Action::RequestSuperseded => Line::new().text("A newer request for the token took its place"),
        Action::RequestPaused => Line::new().text("Its organization was out of reach"),
        Action::RequestRefined => Line::new().text("More became known about how it ended"),
        Action::RequestContradicted => Line::new().text(&sentence(&entry.result)),
        Action::VoteAccepted => {
            let did = if decision == Some("deny") { " denied" } else { " approved" };
            who(Line::new(), &entry.actor).text(did)
        }
        Action::VoteLapsed => who(Line::new().text("The vote of "), &entry.actor).text(" no longer counts"),
        Action::RulesAsked => Line::new().text(&format!("Rules were asked: {}", entry.result)),
        Action::VoteWithdrawn => who(Line::new(), &entry.actor).text(" took their vote back"),
        Action::CheckAsked => who(Line::new(), &entry.actor).text(" had GitHub looked at"),
        Action::RequestNudged if entry.result == "done" => {
            who(Line::new(), &entry.actor).text(" asked to have it looked at")
        }
        Action::ClickRefused => {
            let why = readable(entry.result.strip_prefix("refused: ").unwrap_or(&entry.result));
            who(Line::new(), &entry.actor).text(&format!(" was refused: {why}"))
        }
        Action::DecisionReturned => {
            who_else(Line::new().text("The decision went back to people"), &entry.actor)
                .text(&format!(": {}", readable(&entry.result)))
        }
        Action::DecisionBlocked => Line::new().text("GitHub can't be told until somebody mends the cause"),
        Action::DecisionResumed => Line::new().text("Goes on"),
        Action::DecisionCompared => Line::new().text(&sentence(&entry.result)),
        Action::ReviewAttempted => match plain(entry, "attempt") {
            Some("1") | None => Line::new().text("GitHub was told"),
            Some(attempt) => Line::new().text(&format!("GitHub was told, attempt {attempt}")),
        },
        Action::ReviewAnswered => Line::new().text(&format!("GitHub's answer: {}", entry.result)),
        // What GitHub told is followed by what came of it; the end is told by the request itself; who looked changed
        // nothing.
        Action::TokenRevocationOffered
        | Action::TokenRevoking
        | Action::TokenRevocationAttempted
        | Action::TokenRevocationAnswered
        | Action::TokenRevoked
        | Action::TokenKept
        | Action::RequestTold
        | Action::RequestSettled
        | Action::RequestSeen
        | Action::RequestNudged
        | Action::DecisionMade
        | Action::FormOpened
        | Action::DetailsShown
        | Action::LinkPinned
        | Action::MachinePinned
        | Action::LinkAsked
        | Action::LinkMade
        | Action::LinkRefused
        | Action::LinkEnded
        | Action::TeamPinned
        | Action::SourceFirstRead
        | Action::MemberSeen
        | Action::InstallationChanged
        | Action::SlackInstallationPinned
        | Action::CardsAsked
        | Action::CommandUsed
        | Action::HomeOpened
        | Action::HomeShown
        | Action::TokensListed
        | Action::TokensExported
        | Action::TokenShown
        | Action::TokenAppeared
        | Action::TokenGone
        | Action::FreezeOn
        | Action::FreezeOff
        | Action::JobGivenUp
        | Action::JobRetried
        | Action::JobDropped
        | Action::ServiceStarted
        | Action::RulesReloaded
        | Action::Later(_) => return None,
    };
    let line = line.text(&format!(" · {}", moment(entry.at)));
    let remark = ["comment", "cause", "why"].iter().find_map(|name| personal(entry, name));
    Some(match remark {
        Some(remark) => line.text(" ").italic(&format!("“{}”", cut(remark, REMARK))),
        None => line,
    })
}

/// Who did it, unless that has been forgotten.
fn who(line: Line, actor: &Actor) -> Line {
    let known = |personal: &Personal| personal.value().map(str::to_owned);
    match actor {
        Actor::Person { slack, .. } | Actor::SlackUser { slack } => match known(slack) {
            Some(slack) => line.mention(&SlackUserId::new(slack)),
            None => line.text("somebody"),
        },
        Actor::GitHubUser { login, .. } => line.text(known(login).as_deref().unwrap_or("somebody")),
        Actor::Rule { name } => line.text(name),
        Actor::Operator => line.text("an operator"),
        Actor::Service => line.text("Countersign"),
    }
}

/// The same in brackets, where it was somebody.
fn who_else(line: Line, actor: &Actor) -> Line {
    match actor {
        Actor::Service => line,
        actor => who(line.text(" ("), actor).text(")"),
    }
}

/// The record's names of results, as words.
fn readable(result: &str) -> String {
    result.replace('_', " ")
}

fn sentence(result: &str) -> String {
    crate::slack::words::capitalised(&readable(result))
}

fn plain<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.fields.iter().find(|field| field.name == name).and_then(|field| match &field.value {
        FieldValue::Plain(value) => Some(value.as_str()),
        FieldValue::Personal(_) => None,
    })
}

fn personal<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.fields.iter().find(|field| field.name == name).and_then(|field| match &field.value {
        FieldValue::Plain(_) => None,
        FieldValue::Personal(personal) => personal.value(),
    })
}

/// What the request itself tells, where its record can't be read.
fn standing(request: &TokenRequest) -> Vec<Line> {
    match &request.state {
        State::Pending { votes, note, sent } => {
            let mut lines: Vec<_> = votes.iter().flat_map(voted).collect();
            lines.extend(note.iter().map(|note| Line::new().text(&noted(note))));
            lines.extend(sent.iter().map(|sent| Line::new().text(&unanswered(sent))));
            lines
        }
        State::Deciding(deciding) => under_way(deciding),
        State::Settled(settlement) => over(request, settlement),
    }
}
fn voted(vote: &Vote) -> Vec<Line> {
    let did = match vote.verdict {
        Verdict::Approve => " approved · ",
        Verdict::Deny => " denied · ",
    };
    let line = Line::new().mention(&vote.slack).text(did).text(&moment(vote.at));
    let comment = vote.comment.as_ref().map(|comment| Line::new().italic(&format!("“{comment}”")));
    std::iter::once(line).chain(comment).collect()
}

fn under_way(deciding: &Deciding) -> Vec<Line> {
    let mut lines: Vec<_> = deciding.others.iter().chain(deciding.by.vote()).flat_map(voted).collect();
    if let Decider::Rule(ruled) = &deciding.by {
        let did = match ruled.verdict {
            Verdict::Approve => " approved · ",
            Verdict::Deny => " denied · ",
        };
        lines.push(Line::new().text("Rule ").code(&ruled.rule).text(did).text(&moment(ruled.at)));
    }
    // Many attempts tell no more than the newest of them.
    const NEWEST: usize = 5;
    let shown = deciding.attempts.len().min(NEWEST);
    let left_out = u64::from(deciding.made).saturating_sub(shown as u64);
    if left_out > 0 {
        lines.push(Line::new().italic(&format!("{left_out} earlier attempts to tell GitHub")));
    }
    lines.extend(deciding.attempts.iter().rev().take(shown).rev().map(attempted));
    if let Some(blocked) = &deciding.blocked {
        let since = moment(blocked.since);
        lines.push(Line::new().text(&format!("Waits since {since}: {}", blocked.cause)));
    }
    lines
}

fn attempted(attempt: &Attempt) -> Line {
    let answer = match &attempt.answer {
        None => "no answer yet".to_owned(),
        Some(Answer::Confirmed) => "confirmed".to_owned(),
        Some(Answer::Refused { status, words }) => format!("refused ({status}): {words}"),
        Some(Answer::NotTaken { status: 0, words, .. }) => format!("not sent: {words}"),
        Some(Answer::NotTaken { status, words, .. }) => format!("not taken ({status}): {words}"),
        Some(Answer::StillListed) => "no answer, and the request was still listed".to_owned(),
        Some(Answer::Unclear { cause }) => format!("no clear answer: {cause}"),
    };
    Line::new().text(&format!("Told GitHub · {} · {answer}", moment(attempt.at)))
}

fn over(request: &TokenRequest, settlement: &Settlement) -> Vec<Line> {
    let mut lines = vec![settled(request, settlement)];
    lines.extend(settlement.reason.as_ref().map(|reason| Line::new().italic(&format!("“{reason}”"))));
    if let Some(other) = &settlement.contradicted {
        let by = match &other.by {
            By::Person { login, .. } | By::GitHubUser { login, .. } => format!(" by {login}"),
            By::Rule { policy } => format!(" by rule {policy}"),
            By::Requester | By::Unknown => String::new(),
        };
        let also = crate::slack::words::outcome(other.outcome);
        lines.push(Line::new().text(&format!("GitHub also said: {also}{by}")));
    }
    lines
}
