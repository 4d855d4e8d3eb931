//! Where the request stands: who has voted, what is in the way, how it ended.

use super::Shown;
use crate::request::{By, Deciding, Note, Outcome, Settlement, State, TokenRequest, Verdict};
use crate::slack::Line;
use crate::slack::words::{capitalised, moment, outcome};

pub(super) fn standing(shown: Shown<'_>) -> Vec<Line> {
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
        State::Settled(settlement) => ended(shown.request, settlement),
    }
}

fn ended(request: &TokenRequest, settlement: &Settlement) -> Vec<Line> {
    let mut lines = Vec::new();
    if request.is_unasked {
        lines.push(
            Line::new().bold("⚠ Granted without review. ").text("No request for this token reached us."),
        );
    }
    lines.push(settled(settlement));
    lines.extend(settlement.contradicted.as_ref().map(|other| {
        Line::new()
            .bold("⚠ GitHub contradicts itself: ")
            .text(&format!("it also said {}. Please look on GitHub.", ending_words(other.outcome, &other.by)))
    }));
    lines
}

/// What a card says about a waiting request's past.
pub fn noted(note: &Note) -> String {
    match note {
        Note::ContentChanged => "The request was changed. Please read it again.".to_owned(),
        Note::RefusedByGitHub(refused) if refused.is_stuck() => format!(
            "GitHub refused the review {} times ({}): {}. Check again before deciding anew.",
            refused.times, refused.status, refused.words
        ),
        Note::RefusedByGitHub(refused) => {
            format!("GitHub refused the review ({}): {}", refused.status, refused.words)
        }
        Note::RightLapsed { login } => {
            format!("{login} may no longer decide this. GitHub was not told; please decide again.")
        }
        Note::Withdrawn { login } => format!("{login} took the decision back. GitHub was not told."),
        Note::NotListed { since } => format!(
            "GitHub has not listed this request since {}. We look again before we call it over.",
            moment(*since)
        ),
        Note::Paused { cause } => format!("⚠ On hold: {cause}. Nothing can be decided until that is mended."),
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
    } else if let Some(since) = deciding.slow_since {
        let waiting = format!("GitHub does not answer since {}. We keep trying.", moment(since));
        lines.push(Line::new().bold("⚠ ").text(&waiting));
    }
    lines
}

/// How it ended and who ended it: `Approved by @alice · 23 Nov 2026, 12:04 UTC`.
pub(in crate::slack) fn settled(settlement: &Settlement) -> Line {
    let line = Line::new().bold(&capitalised(outcome(settlement.outcome)));
    let line = match &settlement.by {
        By::Person { slack, .. } => line.text(" by ").mention(slack),
        By::GitHubUser { login, .. } => line.text(&format!(" on GitHub by {login}")),
        By::Requester | By::Unknown => line,
    };
    line.text(&format!(" · {}", moment(settlement.at)))
}

/// The same in plain text, for where nothing can be mentioned.
pub(in crate::slack) fn settled_words(settlement: &Settlement) -> String {
    capitalised(&ending_words(settlement.outcome, &settlement.by))
}

fn ending_words(ended: Outcome, by: &By) -> String {
    let by = match by {
        By::Person { login, .. } => format!(" by {login}"),
        By::GitHubUser { login, .. } => format!(" on GitHub by {login}"),
        By::Requester | By::Unknown => String::new(),
    };
    format!("{}{by}", outcome(ended))
}
