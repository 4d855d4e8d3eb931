//! What happened to a request so far, a line for each thing.

use crate::request::{
    Answer, Attempt, By, Decider, Deciding, Enrichment, Settlement, State, TokenRequest, Verdict, Vote,
};
use crate::slack::Line;
use crate::slack::card::{noted, settled, unanswered};
use crate::slack::words::moment;

pub(super) fn history(request: &TokenRequest) -> Vec<Line> {
    let asked_at = request.facts.created_at.unwrap_or(request.received_at);
    let mut lines = vec![match request.is_unasked {
        true => Line::new().text("No request for it reached us"),
        false => Line::new().text(&format!("Asked · {}", moment(asked_at))),
    }];
    if request.enrichment == Enrichment::Missing {
        lines.push(Line::new().text("GitHub's list has not shown it yet"));
    }
    match &request.state {
        State::Pending { votes, note, sent } => {
            lines.extend(votes.iter().flat_map(voted));
            lines.extend(note.iter().map(|note| Line::new().text(&noted(note))));
            lines.extend(sent.iter().map(|sent| Line::new().text(&unanswered(sent))));
        }
        State::Deciding(deciding) => lines.extend(under_way(deciding)),
        State::Settled(settlement) => lines.extend(over(request, settlement)),
    }
    lines
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
