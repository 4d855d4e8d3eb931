//! Where the request stands: who has voted, what is in the way, how it ended.

use super::Shown;
use crate::request::{
    By, Compared, Decider, Deciding, Delay, Frozen, Note, Outcome, Ruling, Said, Sent, Settlement, Slow,
    State, TokenRequest, Verdict, Vote,
};
use crate::slack::words::{capitalised, moment, outcome};
use crate::slack::{Line, messages};

pub(super) fn standing(shown: Shown<'_>) -> Vec<Line> {
    match &shown.request.state {
        State::Pending { votes, note, sent } => {
            let frozen = shown.frozen.map(|frozen| Line::new().bold(&frozen_words(frozen)));
            let mut lines: Vec<_> = frozen.into_iter().collect();
            lines.extend(note.iter().map(|note| Line::new().bold(&noted(note))));
            lines.extend(said_line(shown.request));
            lines.extend(sent.iter().map(|sent| Line::new().bold("⚠ ").text(&unanswered(sent))));
            lines.push(match shown.approvals {
                None => Line::new().text(UNCOVERED),
                Some(approvals) => approvals.line(votes),
            });
            lines
        }
        State::Deciding(deciding) => under_way(deciding, shown.frozen),
        State::Settled(settlement) => ended(shown.request, settlement),
    }
}

pub(super) const UNCOVERED: &str = "Nobody may decide this here: no route of the configuration covers it.";

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

/// Who decided, in plain text.
pub(in crate::slack) fn named(decider: &Decider) -> String {
    match decider {
        Decider::Voter(vote) => vote.login.to_string(),
        Decider::Rule(ruled) => format!("rule {}", ruled.rule),
    }
}

/// What came of asking the rules, where people decide all the same.
pub(in crate::slack) fn said(request: &TokenRequest) -> Option<Vec<(bool, String)>> {
    let Ruling::Asked(said) = &request.ruling else { return None };
    let plain = |words: &str| (false, words.to_owned());
    match said {
        Said::Nothing | Said::Decided => None,
        Said::Would { verdict, rule } => {
            let did = match verdict {
                Verdict::Approve => " would have approved this.",
                Verdict::Deny => " would have denied this.",
            };
            Some(vec![plain("Rule "), (true, rule.clone()), plain(did)])
        }
        Said::UsedUp { rule, cap, answering } => {
            let who = match answering {
                Some(login) => format!("{login} and their machines"),
                None => request.facts.requester.login.to_string(),
            };
            let times = if *cap == 1 { "1 request".to_owned() } else { format!("{cap} requests") };
            let rest = format!(
                " would have approved this, but rules have approved {times} of {who} today, which is all they may."
            );
            Some(vec![plain("Rule "), (true, rule.clone()), plain(&rest)])
        }
    }
}

/// The same in plain text.
pub(in crate::slack) fn said_words(request: &TokenRequest) -> Option<String> {
    said(request).map(|parts| parts.into_iter().map(|(_, words)| words).collect())
}

fn said_line(request: &TokenRequest) -> Option<Line> {
    let parts = said(request)?;
    Some(parts.iter().fold(Line::new(), |line, (is_name, words)| match is_name {
        true => line.code(words),
        false => line.text(words),
    }))
}

/// `❄ Frozen by alice since 23 Nov 2026, 12:04 UTC: a laptop was stolen`.
pub fn frozen_words(frozen: &Frozen) -> String {
    format!("❄ Frozen by {} since {}: {}", frozen.by, moment(frozen.since), frozen.why)
}

/// An earlier decision may yet take effect.
pub fn unanswered(sent: &Sent) -> String {
    let what = match sent.by.verdict() {
        Verdict::Approve => "An approval",
        Verdict::Deny => "A denial",
    };
    format!("{what} by {} was sent to GitHub and never answered; it may still take effect.", named(&sent.by))
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
        Note::RuleLapsed { rule } => {
            format!("Rule {rule} had decided this and would not do so any more. Please decide.")
        }
        Note::Withdrawn { login } => format!("{login} took the decision back. GitHub was not told."),
        Note::NotListed { since } => format!(
            "GitHub has not listed this request since {}. We look again before we call it over.",
            moment(*since)
        ),
        Note::Paused { cause } => format!("⚠ On hold: {cause}. Nothing can be decided until that is mended."),
    }
}

fn under_way(deciding: &Deciding, frozen: Option<&Frozen>) -> Vec<Line> {
    let doing = match deciding.verdict {
        Verdict::Approve => "Approving… by ",
        Verdict::Deny => "Denying… by ",
    };
    let mut lines = vec![match &deciding.by {
        Decider::Voter(vote) => with(Line::new().bold(doing).mention(&vote.slack), &deciding.others),
        Decider::Rule(ruled) => Line::new().bold(doing).text("rule ").code(&ruled.rule),
    }];
    lines.extend(hindrance(deciding, frozen).map(|(mark, words)| Line::new().bold(mark).text(&words)));
    lines
}

/// Who approved earlier and counted: `, with @alice, @bob`.
fn with(line: Line, others: &[Vote]) -> Line {
    let [first, rest @ ..] = others else { return line };
    let line = line.text(", with ").mention(&first.slack);
    rest.iter().fold(line, |line, vote| line.text(", ").mention(&vote.slack))
}

/// The same in plain text.
pub(in crate::slack) fn with_words(others: &[Vote]) -> String {
    let logins: Vec<_> = others.iter().map(|vote| vote.login.as_str()).collect();
    if logins.is_empty() { String::new() } else { format!(", with {}", logins.join(", ")) }
}

/// What a decision on its way waits for, if that takes long. An approval waits for a freeze whatever else is in its way,
/// and for none that was lifted.
fn hindrance(deciding: &Deciding, frozen: Option<&Frozen>) -> Option<(&'static str, String)> {
    if let (Verdict::Approve, Some(frozen)) = (deciding.verdict, frozen) {
        return Some(("❄ On hold: ", messages::frozen_in_short(frozen)));
    }
    let blocked = deciding.blocked.as_ref().filter(|blocked| !blocked.is_by_freeze());
    match (blocked, deciding.slow) {
        (Some(blocked), _) => Some(("⚠ GitHub can't be told yet: ", blocked.cause.clone())),
        (None, Some(slow)) => Some(("⚠ ", delayed(slow))),
        (None, None) => None,
    }
}

/// The same in plain text.
pub(in crate::slack) fn hindered(deciding: &Deciding, frozen: Option<&Frozen>) -> Option<String> {
    hindrance(deciding, frozen).map(|(mark, words)| format!("{mark}{words}"))
}

fn delayed(slow: Slow) -> String {
    let since = moment(slow.since);
    match slow.cause {
        Delay::Silence => format!("GitHub has not answered since {since}. We keep trying."),
        Delay::Limit => format!("GitHub asked us to wait, at {since}. We go on as soon as it lets us."),
        Delay::Unlisted => {
            format!(
                "GitHub has not listed the request since {since} and has not said how it ended. We keep looking."
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
        By::Rule { policy } => line.text(" by rule ").code(policy),
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
        By::Rule { .. } | By::GitHubUser { .. } | By::Requester | By::Unknown => String::new(),
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
        By::Rule { policy } => format!(" by rule {policy}"),
        By::GitHubUser { login, .. } => format!(" on GitHub by {login}"),
        By::Requester | By::Unknown => String::new(),
    };
    format!("{}{by}", outcome(ended))
}
