//! One request's page, for people and for scripts.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::audit::{self, FieldValue, Personal, Recorded};
use crate::request::{
    Answer, Attempt, By, Compared, Decider, Delay, Expiry, Facts, Outcome, Repositories, State, TokenRequest,
    Verdict, Vote,
};
use crate::slack::messages::{noted, unanswered};
use crate::store::{Card, KnownJob};

/// All that is known of one request.
pub(super) struct Timeline {
    pub(super) request: TokenRequest,
    pub(super) card: Option<Card>,
    /// Work that waits, runs or was given up.
    pub(super) jobs: Vec<KnownJob>,
    /// Oldest first.
    pub(super) history: Vec<Recorded>,
}

impl Timeline {
    /// The page as lines; control characters in strangers' text do nothing to a terminal.
    pub(super) fn lines(&self) -> Vec<String> {
        let TokenRequest { facts, state, .. } = &self.request;
        let mut lines = vec![
            format!(
                "{} · {} · asked by {} in {}",
                self.request.key,
                headline(state),
                facts.requester.login,
                facts.organization
            ),
            String::new(),
        ];
        lines.extend(self.asked());
        lines.push(String::new());
        lines.extend(state_lines(&self.request).into_iter().map(|line| format!("  {line}")));
        lines.push(match &self.card {
            Some(card) => format!("  card: message {} in {}", card.ts, card.channel),
            None => "  card: none is posted".to_owned(),
        });
        lines.extend(self.jobs.iter().map(|job| format!("  {}", job_line(job))));
        lines.push(String::new());
        lines.extend(self.history.iter().map(history_line));
        lines.iter().map(|line| line.replace(char::is_control, " ").trim_end().to_owned()).collect()
    }

    /// The page as data. History has the form of `audit export`.
    pub(super) fn as_json(&self) -> Value {
        let TokenRequest { facts, state, organization, id, key, installation, received_at, .. } =
            &self.request;
        let history = self.history.iter().map(|recorded| {
            let line = audit::entry_line(&recorded.entry, recorded.place);
            serde_json::from_str(&line).unwrap_or(Value::String(line))
        });
        json!({
            "key": key.as_str(),
            "organization": facts.organization.as_str(),
            "organization_id": organization.0,
            "request_id": id.0,
            "token_id": facts.token.map(|token| token.0),
            "installation_id": installation.map(|installation| installation.0),
            "revision": self.request.revision().as_str(),
            "received_at": time(*received_at),
            "requester": { "login": facts.requester.login.as_str(), "id": facts.requester.id.0 },
            "token_name": facts.token_name,
            "justification": facts.justification,
            "permissions": permissions(facts),
            "repositories": repositories(&facts.repositories),
            "expires": expiry(facts.expiry),
            "state": state.name(),
            "standing": state_lines(&self.request),
            "card": self.card.as_ref().map(|card| json!({ "channel": card.channel.as_str(), "ts": card.ts.as_str() })),
            "jobs": self.jobs.iter().map(super::jobs::as_json).collect::<Vec<_>>(),
            "history": history.collect::<Vec<_>>(),
        })
    }

    fn asked(&self) -> Vec<String> {
        let facts = &self.request.facts;
        let quoted =
            |text: &Option<String>| text.as_ref().map_or("not told".to_owned(), |text| format!("{text:?}"));
        let number = |number: Option<u64>| number.map_or("not told".to_owned(), |number| number.to_string());
        vec![
            format!("  permissions:   {}", permissions(facts).join(", ")),
            format!("  repositories:  {}", repositories(&facts.repositories).join(", ")),
            format!("  until:         {}", expiry(facts.expiry)),
            format!("  token:         {}", quoted(&facts.token_name)),
            format!("  justification: {}", quoted(&facts.justification)),
            format!("  received:      {}", time(self.request.received_at)),
            format!(
                "  on GitHub:     organization {}, request {}, token {}, installation {}",
                self.request.organization,
                self.request.id,
                number(facts.token.map(|token| token.0)),
                number(self.request.installation.map(|installation| installation.0)),
            ),
            format!("  revision:      {}", self.request.revision().as_str()),
        ]
    }
}

/// How a request stands, in a few words.
fn headline(state: &State) -> String {
    match state {
        State::Pending { .. } => "waits for people".to_owned(),
        State::Deciding(deciding) if deciding.blocked.is_some() => {
            format!("{}, but GitHub can't be told yet", decided(deciding.verdict))
        }
        State::Deciding(deciding) => {
            format!("{}; GitHub has not confirmed it yet", decided(deciding.verdict))
        }
        State::Settled(settlement) => format!("{} {}", ended(settlement.outcome), by(&settlement.by)),
    }
}

fn state_lines(request: &TokenRequest) -> Vec<String> {
    match &request.state {
        State::Pending { votes, note, sent } => {
            let none = votes.is_empty().then(|| "votes: none".to_owned());
            let note = note.iter().map(|note| format!("note: {}", noted(note)));
            let sent = sent.iter().map(|sent| format!("sent: {}", unanswered(sent)));
            none.into_iter().chain(votes.iter().map(vote)).chain(note).chain(sent).collect()
        }
        State::Deciding(deciding) => {
            let votes = deciding.others.iter().chain(deciding.by.vote()).map(vote);
            let rule = match &deciding.by {
                Decider::Voter(_) => None,
                Decider::Rule(ruled) => Some(format!("by rule {}: {}", ruled.rule, time(ruled.at))),
            };
            let reason = deciding.reason.iter().map(|reason| format!("reason: {reason:?}"));
            let attempts = deciding.attempts.iter().map(attempt);
            let blocked = deciding.blocked.iter();
            let blocked =
                blocked.map(|blocked| format!("blocked since {}: {}", time(blocked.since), blocked.cause));
            let slow = deciding.slow.iter();
            let slow = slow.map(|slow| format!("slow since {}: {}", time(slow.since), delay(slow.cause)));
            let made = (deciding.made as usize > deciding.attempts.len())
                .then(|| format!("attempts: {} in all, the newest follow", deciding.made));
            votes.chain(rule).chain(reason).chain(made).chain(attempts).chain(blocked).chain(slow).collect()
        }
        State::Settled(settlement) => {
            let reason = settlement.reason.iter().map(|reason| format!("reason: {reason:?}"));
            let ended =
                format!("{} {}: {}", ended(settlement.outcome), by(&settlement.by), time(settlement.at));
            let other = settlement.contradicted.iter();
            let other = other.map(|other| {
                format!("GitHub also told another end: {} {}", self::ended(other.outcome), by(&other.by))
            });
            let unasked = "asked: never; granted without review, or its beginning has not arrived".to_owned();
            let unasked = request.is_unasked.then_some(unasked);
            let compared = settlement.compared.iter().map(|compared| match compared {
                Compared::Within => "policies: would have allowed it".to_owned(),
                Compared::Outside { why } => format!("policies: outside: {why}"),
                Compared::Unknown { cause } => format!("policies: could not be checked: {cause}"),
            });
            std::iter::once(ended).chain(reason).chain(other).chain(compared).chain(unasked).collect()
        }
    }
}

fn delay(cause: Delay) -> &'static str {
    match cause {
        Delay::Silence => "GitHub gives no answer that tells",
        Delay::Limit => "GitHub asked to be left alone for a while",
        Delay::Unlisted => "GitHub does not list it and has not said how it ended",
        Delay::Doubt => "whether a decider still has the right can't be told",
        Delay::Other => "the log tells why",
    }
}

fn vote(vote: &Vote) -> String {
    let voted = match vote.verdict {
        Verdict::Approve => "approves",
        Verdict::Deny => "denies",
    };
    let comment = vote.comment.as_ref().map(|comment| format!(": {:?}", comment.as_str()));
    let comment = comment.unwrap_or_default();
    format!("vote: {} ({}) {voted}, {}{comment}", vote.login, vote.slack, time(vote.at))
}

fn attempt(attempt: &Attempt) -> String {
    let answer = match &attempt.answer {
        None => "no answer is known".to_owned(),
        Some(Answer::Confirmed) => "confirmed".to_owned(),
        Some(Answer::Refused { status, words, .. }) => format!("refused: {status} {words}"),
        Some(Answer::NotTaken { status, words, .. }) => format!("not taken: {status} {words}"),
        Some(Answer::StillListed) => "no answer, and GitHub still listed the request".to_owned(),
        Some(Answer::Unclear { cause, .. }) => format!("unclear: {cause}"),
    };
    format!("told GitHub at {}: {answer}", time(attempt.at))
}

fn decided(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "approved here",
        Verdict::Deny => "denied here",
    }
}

fn ended(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "approved",
        Outcome::Denied => "denied",
        Outcome::Cancelled => "cancelled",
        Outcome::Superseded => "replaced by a newer request",
        Outcome::Gone => "gone from GitHub's list",
    }
}

fn by(by: &By) -> String {
    match by {
        By::Person { slack, login, .. } => format!("by {login} ({slack})"),
        By::GitHubUser { login, .. } => format!("on GitHub by {login}"),
        By::Rule { policy } => format!("by rule {policy}"),
        By::Requester => "by the requester".to_owned(),
        By::Unknown => "by nobody knows whom".to_owned(),
    }
}

fn permissions(facts: &Facts) -> Vec<String> {
    facts.permissions.iter().map(|(permission, level)| format!("{}:{level}", permission.name)).collect()
}

fn repositories(repositories: &Repositories) -> Vec<String> {
    match repositories {
        Repositories::None => vec!["public ones only".to_owned()],
        Repositories::All => vec!["all, also later ones".to_owned()],
        Repositories::Subset { listed, count } => {
            let names = listed.iter().map(|repository| repository.full_name.clone());
            let is_cut = *count != Some(listed.len() as u64);
            names.chain(is_cut.then(|| "and more that GitHub did not list".to_owned())).collect()
        }
        Repositories::Unknown(selection) => vec![format!("unknown: {selection:?}")],
    }
}

fn expiry(expiry: Expiry) -> String {
    match expiry {
        Expiry::Never => "never expires".to_owned(),
        Expiry::At(at) => time(at),
        Expiry::Unknown => "unknown".to_owned(),
    }
}

fn job_line(job: &KnownJob) -> String {
    let failed = match job.attempts {
        0 => String::new(),
        1 => ", failed once".to_owned(),
        times => format!(", failed {times} times"),
    };
    let next = job.next_run.map_or(String::new(), |at| format!(", next run {}", time(at)));
    let cause = job.cause.as_ref().map_or(String::new(), |cause| format!(": {cause}"));
    format!("job {} ({}): {}{failed}{next}{cause}", job.id, job.kind, job.state.name())
}

/// When, what, by whom, with what result and which details. On what facts was judged is in the JSON.
fn history_line(recorded: &Recorded) -> String {
    let entry = &recorded.entry;
    let who: Vec<_> = entry.actor.personal().iter().map(|(_, personal)| shown(personal)).collect();
    let who = if who.is_empty() { entry.actor.kind().to_owned() } else { who.join("/") };
    let details =
        entry.fields.iter().filter(|field| !field.name.starts_with("fact.") && field.name != "revision");
    let details: String = details
        .map(|field| match &field.value {
            FieldValue::Plain(value) => format!(" {}={value}", field.name),
            FieldValue::Personal(personal) => format!(" {}={:?}", field.name, shown(personal)),
        })
        .collect();
    format!("{}  {:<20} {} by {who}{details}", time(entry.at), entry.action.name(), entry.result)
}

fn shown(personal: &Personal) -> String {
    personal.value().unwrap_or("(forgotten)").to_owned()
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::{noon, pending, vote};

    fn page(change: impl FnOnce(&mut TokenRequest)) -> Vec<String> {
        let mut request = pending();
        change(&mut request);
        let job = KnownJob {
            id: 3,
            kind: "card".into(),
            subject: "r-7f3k2".into(),
            state: crate::store::JobState::Waiting,
            attempts: 1,
            asked_at: noon(),
            next_run: Some(noon()),
            cause: Some("slack is unavailable".into()),
        };
        Timeline { request, card: None, jobs: vec![job], history: vec![] }.lines()
    }

    #[test]
    fn a_waiting_request_shows_its_votes_and_its_work() {
        let lines = page(|request| {
            request.state = State::Pending { votes: vec![vote(Verdict::Approve)], note: None, sent: None };
        });

        assert_eq!(lines[0], "r-7f3k2 · waits for people · asked by octocat in acme");
        for line in [
            "  repositories:  acme/payments-api",
            "  vote: alice (U0ALICE) approves, 2026-11-18T11:06:40Z",
            "  card: none is posted",
            "  job 3 (card): waiting, failed once, next run 2026-11-18T11:06:40Z: slack is unavailable",
        ] {
            assert!(lines.iter().any(|shown| shown == line), "{line:?} is missing: {lines:#?}");
        }
    }

    #[test]
    fn strangers_text_neither_commands_the_terminal_nor_makes_lines() {
        let lines = page(|request| {
            request.facts.token_name = Some("x\u{1b}[2J\nrequest.settled  approved\u{202e}".into());
        });

        assert!(!lines.concat().contains(|letter: char| letter.is_control() || letter == '\u{202e}'));
        assert!(lines.iter().all(|line| !line.starts_with("request.settled")));
    }

    #[test]
    fn what_github_cut_or_did_not_tell_is_said() {
        let lines = page(|request| {
            request.facts.repositories = Repositories::Subset { listed: vec![], count: Some(7) };
            request.facts.expiry = Expiry::Unknown;
            request.facts.justification = None;
        });

        let all = lines.join("\n");
        for told in ["and more that GitHub did not list", "until:         unknown", "justification: not told"]
        {
            assert!(all.contains(told), "{told:?} is missing: {all}");
        }
    }
}
