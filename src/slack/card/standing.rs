//! Where the request stands: who has voted, what is in the way, how it ended.

use super::Shown;
use crate::request::{
    By, Compared, Deciding, Delay, Frozen, Note, Outcome, Sent, Settlement, Slow, State, TokenRequest,
    Verdict, Vote,
};
use crate::slack::Line;
use crate::slack::words::{capitalised, moment, outcome};

pub(super) fn standing(shown: Shown<'_>) -> Vec<Line> {
    match &shown.request.state {
        State::Pending { votes, note, sent } => {
            let frozen = shown.frozen.map(|frozen| Line::new().bold(&frozen_words(frozen)));
            let mut lines: Vec<_> = frozen.into_iter().collect();
            lines.extend(note.iter().map(|note| Line::new().bold(&noted(note))));
            lines.extend(sent.iter().map(|sent| Line::new().bold("⚠ ").text(&unanswered(sent))));
            lines.push(match shown.approvals {
                None => {
                    Line::new().text("Nobody may decide this here: no route of the configuration covers it.")
                }
                Some(approvals) => approvals.line(votes),
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
        lines.push(Line::new().bold(UNREVIEWED).text(NEVER_ASKED));
    }
    lines.push(settled(request, settlement));
    lines.extend(
        contradicted(settlement).map(|words| Line::new().bold("⚠ GitHub contradicts itself: ").text(&words)),
    );
    lines
}

const UNREVIEWED: &str = "⚠ Granted without review. ";
const NEVER_ASKED: &str = "No request for this token reached us.";

fn contradicted(settlement: &Settlement) -> Option<String> {
    let other = settlement.contradicted.as_ref()?;
    Some(format!("it also said {}. Please look on GitHub.", ending_words(other.outcome, &other.by)))
}

/// What must be said with an end, in plain text, for where there is no card to look at.
pub(in crate::slack) fn reservations(request: &TokenRequest, settlement: &Settlement) -> Vec<String> {
    let unreviewed = request.is_unasked.then(|| format!("{UNREVIEWED}{NEVER_ASKED}"));
    let contradicted = contradicted(settlement).map(|words| format!("⚠ GitHub contradicts itself: {words}"));
    unreviewed.into_iter().chain(contradicted).collect()
}

/// `❄ Frozen by alice since 23 Nov 2026, 12:04 UTC: a laptop was stolen`.
pub fn frozen_words(frozen: &Frozen) -> String {
    format!("❄ Frozen by {} since {}: {}", frozen.by, moment(frozen.since), frozen.why)
}

/// An earlier decision may yet take effect.
pub fn unanswered(sent: &Sent) -> String {
    let what = match sent.by.verdict {
        Verdict::Approve => "An approval",
        Verdict::Deny => "A denial",
    };
    format!("{what} by {} was sent to GitHub and never answered; it may still take effect.", sent.by.login)
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
            format!("{login} may no longer decide this. Please decide again.")
        }
        Note::NoLongerEnough => "The approvals given are no longer enough. Please decide again.".to_owned(),
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
    let mut lines = vec![with(Line::new().bold(doing).mention(&deciding.by.slack), &deciding.others)];
    lines.extend(hindrance(deciding).map(|(mark, words)| Line::new().bold(mark).text(&words)));
    lines
}

/// Who approved earlier and counted: `, with @alice, @bob`.
fn with(line: Line, others: &[Vote]) -> Line {
    let [first, rest @ ..] = others else { return line };
    let line = line.text(", with ").mention(&first.slack);
    rest.iter().fold(line, |line, vote| line.text(", ").mention(&vote.slack))
}

/// The same in plain text.
pub(super) fn with_words(others: &[Vote]) -> String {
    let logins: Vec<_> = others.iter().map(|vote| vote.login.as_str()).collect();
    if logins.is_empty() { String::new() } else { format!(", with {}", logins.join(", ")) }
}

/// What a decision on its way waits for, if that takes long.
fn hindrance(deciding: &Deciding) -> Option<(&'static str, String)> {
    match (&deciding.blocked, deciding.slow) {
        (Some(blocked), _) => Some(("⚠ GitHub can't be told yet: ", blocked.cause.clone())),
        (None, Some(slow)) => Some(("⚠ ", delayed(slow))),
        (None, None) => None,
    }
}

/// The same in plain text.
pub(in crate::slack) fn hindered(deciding: &Deciding) -> Option<String> {
    hindrance(deciding).map(|(mark, words)| format!("{mark}{words}"))
}

fn delayed(slow: Slow) -> String {
    let since = moment(slow.since);
    match slow.cause {
        Delay::Silence => format!("GitHub does not answer since {since}. We keep trying."),
        Delay::Limit => format!("GitHub asked us to wait, at {since}. We go on as soon as it lets us."),
        Delay::Unlisted => {
            format!(
                "GitHub does not list the request since {since} and has not said how it ended. We keep looking."
            )
        }
        Delay::Doubt => {
            format!("Whether a decider still has the right can't be told since {since}. We keep asking.")
        }
        Delay::Other => format!("This takes longer than usual, since {since}. We keep trying."),
    }
}

/// How it ended and who ended it: `Approved by @alice · 23 Nov 2026, 12:04 UTC`.
pub(in crate::slack) fn settled(request: &TokenRequest, settlement: &Settlement) -> Line {
    let line = Line::new().bold(&capitalised(outcome(settlement.outcome)));
    let line = match decider(request, settlement) {
        By::Person { slack, .. } => with(line.text(" by ").mention(slack), &settlement.others),
        By::GitHubUser { login, .. } => line.text(&format!(" on GitHub by {login}")),
        By::Requester | By::Unknown => line,
    };
    let line = match (&settlement.compared, settlement.outcome) {
        (Some(compared), Outcome::Approved) => {
            compared_words(compared).iter().fold(line, |line, words| line.bold(words))
        }
        // A denial gives nobody anything: said, and not shouted.
        (Some(compared), _) => compared_words(compared).iter().fold(line, |line, words| line.text(words)),
        (None, _) => line,
    };
    line.text(&format!(" · {}", moment(settlement.at)))
}

/// What our policies say of a decision made on GitHub's page, after who made it; nothing where all is in order.
pub fn compared_words(compared: &Compared) -> Option<String> {
    match compared {
        Compared::Within => None,
        Compared::Outside { why } => Some(format!(", outside policy: {why}")),
        Compared::Unknown { cause } => {
            Some(format!("; whether policy allows it could not be checked: {cause}"))
        }
    }
}

/// The same in plain text, for where nothing can be mentioned.
pub(in crate::slack) fn settled_words(request: &TokenRequest, settlement: &Settlement) -> String {
    let by = decider(request, settlement);
    let others = match by {
        By::Person { .. } => with_words(&settlement.others),
        By::GitHubUser { .. } | By::Requester | By::Unknown => String::new(),
    };
    let compared = settlement.compared.as_ref().and_then(compared_words).unwrap_or_default();
    format!("{}{others}{compared}", capitalised(&ending_words(settlement.outcome, by)))
}

/// Who decided. For a token that nobody was asked about GitHub's event names somebody, too, and it is not documented
/// whom: nobody is known to have approved it.
fn decider<'a>(request: &TokenRequest, settlement: &'a Settlement) -> &'a By {
    match request.is_unasked && settlement.outcome == Outcome::Approved {
        true => &By::Unknown,
        false => &settlement.by,
    }
}

/// An end in the middle of a sentence, by whom GitHub names.
pub(in crate::slack) fn ended_words(settlement: &Settlement) -> String {
    ending_words(settlement.outcome, &settlement.by)
}

fn ending_words(ended: Outcome, by: &By) -> String {
    let by = match by {
        By::Person { login, .. } => format!(" by {login}"),
        By::GitHubUser { login, .. } => format!(" on GitHub by {login}"),
        By::Requester | By::Unknown => String::new(),
    };
    format!("{}{by}", outcome(ended))
}
