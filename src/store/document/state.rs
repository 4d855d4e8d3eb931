//! The states, as they are written down.

use serde::{Deserialize, Serialize};

use super::Millis;
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::request::{self, Comment, Outcome, State, Verdict};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Standing {
    Pending { votes: Vec<Vote>, note: Option<Note>, sent: Option<Box<Sent>> },
    Deciding(Box<Deciding>),
    Settled(Box<Settlement>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Deciding {
    verdict: Choice,
    /// Either this or a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Vote>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<Ruled>,
    others: Vec<Vote>,
    reason: Option<String>,
    judged_at: Millis,
    attempts: Vec<Attempt>,
    made: u32,
    absent_since: Option<Millis>,
    blocked: Option<Blocked>,
    slow_since: Option<Millis>,
    slow_cause: Option<Delay>,
    refused_before: Option<Refused>,
    sent_before: Option<Sent>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Delay {
    Silence,
    Limit,
    Unlisted,
    Doubt,
    Other,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Choice {
    Approve,
    Deny,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vote {
    slack: String,
    github: u64,
    login: String,
    verdict: Choice,
    comment: Option<String>,
    at: Millis,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
    /// The voter might vote for the sake of these groups alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    only_for_groups: bool,
}

/// A decision that a rule made.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ruled {
    rule: String,
    verdict: Choice,
    reason: Option<String>,
    at: Millis,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    rules: String,
}

/// Why a state can't be what it says.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    #[error(transparent)]
    TooLong(#[from] request::TooLong),
    #[error("a decision is a person's or a rule's")]
    Decider,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Note {
    ContentChanged,
    RefusedByGithub(Refused),
    RightLapsed { login: String },
    NoLongerEnough,
    RuleLapsed { rule: String },
    Withdrawn { login: String },
    NotListed { since: Millis },
    Paused { cause: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refused {
    status: u16,
    words: String,
    times: u32,
    looked_again: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attempt {
    at: Millis,
    deadline: Millis,
    answer: Option<Answer>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Answer {
    Confirmed,
    Refused { status: u16, words: String },
    NotTaken { status: u16, words: String, until: Option<Millis> },
    StillListed,
    Unclear { cause: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Blocked {
    since: Millis,
    cause: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settlement {
    outcome: Ending,
    by: By,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<Vote>,
    at: Millis,
    reason: Option<String>,
    evidence: Evidence,
    sent: Option<Sent>,
    contradicted: Option<Contradiction>,
    #[serde(default, skip_serializing_if = "Content::is_as_known")]
    content: Content,
    /// Where this is left out nothing was frozen, or nothing could be yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_frozen: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compared: Option<Compared>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Content {
    #[default]
    AsKnown,
    Other,
    Unclear,
}

impl Content {
    fn is_as_known(&self) -> bool {
        matches!(self, Self::AsKnown)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Compared {
    Within,
    Outside { why: String },
    Unknown { cause: String },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Evidence {
    Concluded,
    Answered,
    Told,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sent {
    /// Either this or a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Vote>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<Ruled>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<Vote>,
    reason: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contradiction {
    outcome: Ending,
    by: By,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Ending {
    Approved,
    Denied,
    Cancelled,
    Superseded,
    Gone,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum By {
    Person { slack: String, github: u64, login: String },
    Rule { policy: String },
    GithubUser { id: u64, login: String },
    Requester,
    Unknown,
}

impl From<&State> for Standing {
    fn from(state: &State) -> Self {
        match state {
            State::Pending { votes, note, sent } => Self::Pending {
                votes: votes.iter().map(Vote::from).collect(),
                note: note.as_ref().map(Note::from),
                sent: sent.as_ref().map(|sent| Box::new(sent.into())),
            },
            State::Deciding(deciding) => Self::Deciding(Box::new(deciding.into())),
            State::Settled(settlement) => Self::Settled(Box::new(settlement.into())),
        }
    }
}

impl TryFrom<Standing> for State {
    type Error = Wrong;

    fn try_from(standing: Standing) -> Result<Self, Self::Error> {
        Ok(match standing {
            Standing::Pending { votes, note, sent } => Self::Pending {
                votes: all(votes)?,
                note: note.map(request::Note::from),
                sent: sent.map(|sent| (*sent).try_into()).transpose()?,
            },
            Standing::Deciding(deciding) => Self::Deciding((*deciding).try_into()?),
            Standing::Settled(settlement) => Self::Settled((*settlement).try_into()?),
        })
    }
}

fn all(votes: Vec<Vote>) -> Result<Vec<request::Vote>, request::TooLong> {
    votes.into_iter().map(request::Vote::try_from).collect()
}

impl From<&request::Deciding> for Deciding {
    fn from(deciding: &request::Deciding) -> Self {
        Self {
            verdict: deciding.verdict.into(),
            by: deciding.by.vote().map(Vote::from),
            rule: ruled(&deciding.by),
            others: deciding.others.iter().map(Vote::from).collect(),
            reason: deciding.reason.clone(),
            judged_at: Millis(deciding.judged_at),
            attempts: deciding.attempts.iter().map(Attempt::from).collect(),
            absent_since: deciding.absent_since.map(Millis),
            made: deciding.made,
            blocked: deciding
                .blocked
                .as_ref()
                .map(|blocked| Blocked { since: Millis(blocked.since), cause: blocked.cause.clone() }),
            slow_since: deciding.slow.map(|slow| Millis(slow.since)),
            slow_cause: deciding.slow.map(|slow| slow.cause.into()),
            refused_before: deciding.refused_before.as_ref().map(Refused::from),
            sent_before: deciding.sent_before.as_ref().map(Sent::from),
        }
    }
}

impl TryFrom<Deciding> for request::Deciding {
    type Error = Wrong;

    fn try_from(deciding: Deciding) -> Result<Self, Self::Error> {
        Ok(Self {
            verdict: deciding.verdict.into(),
            by: decider(deciding.by, deciding.rule)?,
            others: all(deciding.others)?,
            reason: deciding.reason,
            judged_at: deciding.judged_at.0,
            attempts: deciding.attempts.into_iter().map(request::Attempt::from).collect(),
            absent_since: deciding.absent_since.map(|at| at.0),
            made: deciding.made,
            blocked: deciding
                .blocked
                .map(|blocked| request::Blocked { since: blocked.since.0, cause: blocked.cause }),
            slow: deciding.slow_since.map(|since| request::Slow {
                since: since.0,
                cause: deciding.slow_cause.map_or(request::Delay::Other, request::Delay::from),
            }),
            refused_before: deciding.refused_before.map(request::RefusedByGitHub::from),
            sent_before: deciding.sent_before.map(request::Sent::try_from).transpose()?,
        })
    }
}

impl From<request::Delay> for Delay {
    fn from(cause: request::Delay) -> Self {
        match cause {
            request::Delay::Silence => Self::Silence,
            request::Delay::Limit => Self::Limit,
            request::Delay::Unlisted => Self::Unlisted,
            request::Delay::Doubt => Self::Doubt,
            request::Delay::Other => Self::Other,
        }
    }
}

impl From<Delay> for request::Delay {
    fn from(cause: Delay) -> Self {
        match cause {
            Delay::Silence => Self::Silence,
            Delay::Limit => Self::Limit,
            Delay::Unlisted => Self::Unlisted,
            Delay::Doubt => Self::Doubt,
            Delay::Other => Self::Other,
        }
    }
}

impl From<&request::Sent> for Sent {
    fn from(sent: &request::Sent) -> Self {
        Self {
            by: sent.by.vote().map(Vote::from),
            rule: ruled(&sent.by),
            others: sent.others.iter().map(Vote::from).collect(),
            reason: sent.reason.clone(),
        }
    }
}

impl TryFrom<Sent> for request::Sent {
    type Error = Wrong;

    fn try_from(sent: Sent) -> Result<Self, Self::Error> {
        Ok(Self { by: decider(sent.by, sent.rule)?, others: all(sent.others)?, reason: sent.reason })
    }
}

/// The rule, if one decided.
fn ruled(by: &request::Decider) -> Option<Ruled> {
    match by {
        request::Decider::Voter(_) => None,
        request::Decider::Rule(ruled) => Some(Ruled {
            rule: ruled.rule.clone(),
            verdict: ruled.verdict.into(),
            reason: ruled.reason.as_ref().map(ToString::to_string),
            at: Millis(ruled.at),
            rules: ruled.rules.clone(),
        }),
    }
}

fn decider(by: Option<Vote>, rule: Option<Ruled>) -> Result<request::Decider, Wrong> {
    match (by, rule) {
        (Some(vote), None) => Ok(request::Decider::Voter(vote.try_into()?)),
        (None, Some(ruled)) => Ok(request::Decider::Rule(request::Ruled {
            rule: ruled.rule,
            verdict: ruled.verdict.into(),
            reason: ruled.reason.map_or(Ok(None), |text| Comment::new(&text))?,
            at: ruled.at.0,
            rules: ruled.rules,
        })),
        (Some(_), Some(_)) | (None, None) => Err(Wrong::Decider),
    }
}

impl From<Verdict> for Choice {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approve => Self::Approve,
            Verdict::Deny => Self::Deny,
        }
    }
}

impl From<Choice> for Verdict {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Approve => Self::Approve,
            Choice::Deny => Self::Deny,
        }
    }
}

impl From<&request::Vote> for Vote {
    fn from(vote: &request::Vote) -> Self {
        Self {
            slack: vote.slack.to_string(),
            github: vote.github.0,
            login: vote.login.to_string(),
            verdict: vote.verdict.into(),
            comment: vote.comment.as_ref().map(ToString::to_string),
            at: Millis(vote.at),
            groups: vote.groups.iter().cloned().collect(),
            only_for_groups: !vote.is_decider,
        }
    }
}

impl TryFrom<Vote> for request::Vote {
    type Error = request::TooLong;

    fn try_from(vote: Vote) -> Result<Self, Self::Error> {
        Ok(Self {
            slack: SlackUserId::new(vote.slack),
            github: GitHubUserId(vote.github),
            login: Login::new(&vote.login),
            verdict: vote.verdict.into(),
            comment: vote.comment.map_or(Ok(None), |text| Comment::new(&text))?,
            at: vote.at.0,
            groups: vote.groups.into_iter().collect(),
            is_decider: !vote.only_for_groups,
        })
    }
}

impl From<&request::Note> for Note {
    fn from(note: &request::Note) -> Self {
        match note {
            request::Note::ContentChanged => Self::ContentChanged,
            request::Note::RefusedByGitHub(refused) => Self::RefusedByGithub(refused.into()),
            request::Note::RightLapsed { login } => Self::RightLapsed { login: login.to_string() },
            request::Note::NoLongerEnough => Self::NoLongerEnough,
            request::Note::RuleLapsed { rule } => Self::RuleLapsed { rule: rule.clone() },
            request::Note::Withdrawn { login } => Self::Withdrawn { login: login.to_string() },
            request::Note::NotListed { since } => Self::NotListed { since: Millis(*since) },
            request::Note::Paused { cause } => Self::Paused { cause: cause.clone() },
        }
    }
}

impl From<Note> for request::Note {
    fn from(note: Note) -> Self {
        match note {
            Note::ContentChanged => Self::ContentChanged,
            Note::RefusedByGithub(refused) => Self::RefusedByGitHub(refused.into()),
            Note::RightLapsed { login } => Self::RightLapsed { login: Login::new(&login) },
            Note::NoLongerEnough => Self::NoLongerEnough,
            Note::RuleLapsed { rule } => Self::RuleLapsed { rule },
            Note::Withdrawn { login } => Self::Withdrawn { login: Login::new(&login) },
            Note::NotListed { since } => Self::NotListed { since: since.0 },
            Note::Paused { cause } => Self::Paused { cause },
        }
    }
}

impl From<&request::RefusedByGitHub> for Refused {
    fn from(refused: &request::RefusedByGitHub) -> Self {
        let request::RefusedByGitHub { status, words, times, looked_again } = refused.clone();
        Self { status, words, times, looked_again }
    }
}

impl From<Refused> for request::RefusedByGitHub {
    fn from(refused: Refused) -> Self {
        let Refused { status, words, times, looked_again } = refused;
        Self { status, words, times, looked_again }
    }
}

impl From<&request::Attempt> for Attempt {
    fn from(attempt: &request::Attempt) -> Self {
        let answer = attempt.answer.clone().map(|answer| match answer {
            request::Answer::Confirmed => Answer::Confirmed,
            request::Answer::Refused { status, words } => Answer::Refused { status, words },
            request::Answer::NotTaken { status, words, until } => {
                Answer::NotTaken { status, words, until: until.map(Millis) }
            }
            request::Answer::StillListed => Answer::StillListed,
            request::Answer::Unclear { cause } => Answer::Unclear { cause },
        });
        Self { at: Millis(attempt.at), deadline: Millis(attempt.deadline), answer }
    }
}

impl From<Attempt> for request::Attempt {
    fn from(attempt: Attempt) -> Self {
        let answer = attempt.answer.map(|answer| match answer {
            Answer::Confirmed => request::Answer::Confirmed,
            Answer::Refused { status, words } => request::Answer::Refused { status, words },
            Answer::NotTaken { status, words, until } => {
                request::Answer::NotTaken { status, words, until: until.map(|at| at.0) }
            }
            Answer::StillListed => request::Answer::StillListed,
            Answer::Unclear { cause } => request::Answer::Unclear { cause },
        });
        Self { at: attempt.at.0, deadline: attempt.deadline.0, answer }
    }
}

impl From<&request::Settlement> for Settlement {
    fn from(settlement: &request::Settlement) -> Self {
        Self {
            outcome: settlement.outcome.into(),
            by: (&settlement.by).into(),
            others: settlement.others.iter().map(Vote::from).collect(),
            at: Millis(settlement.at),
            reason: settlement.reason.clone(),
            evidence: match settlement.evidence {
                request::Evidence::Concluded => Evidence::Concluded,
                request::Evidence::Answered => Evidence::Answered,
                request::Evidence::Told => Evidence::Told,
            },
            sent: settlement.sent.as_ref().map(Sent::from),
            contradicted: settlement
                .contradicted
                .as_ref()
                .map(|other| Contradiction { outcome: other.outcome.into(), by: (&other.by).into() }),
            content: match settlement.content {
                request::Content::AsKnown => Content::AsKnown,
                request::Content::Other => Content::Other,
                request::Content::Unclear => Content::Unclear,
            },
            is_frozen: settlement.is_frozen,
            compared: settlement.compared.clone().map(|compared| match compared {
                request::Compared::Within => Compared::Within,
                request::Compared::Outside { why } => Compared::Outside { why },
                request::Compared::Unknown { cause } => Compared::Unknown { cause },
            }),
        }
    }
}

impl TryFrom<Settlement> for request::Settlement {
    type Error = Wrong;

    fn try_from(settlement: Settlement) -> Result<Self, Self::Error> {
        Ok(Self {
            outcome: settlement.outcome.into(),
            by: settlement.by.into(),
            others: all(settlement.others)?,
            at: settlement.at.0,
            reason: settlement.reason,
            evidence: match settlement.evidence {
                Evidence::Concluded => request::Evidence::Concluded,
                Evidence::Answered => request::Evidence::Answered,
                Evidence::Told => request::Evidence::Told,
            },
            sent: settlement.sent.map(request::Sent::try_from).transpose()?,
            contradicted: settlement
                .contradicted
                .map(|other| request::Contradiction { outcome: other.outcome.into(), by: other.by.into() }),
            content: match settlement.content {
                Content::AsKnown => request::Content::AsKnown,
                Content::Other => request::Content::Other,
                Content::Unclear => request::Content::Unclear,
            },
            is_frozen: settlement.is_frozen,
            compared: settlement.compared.map(|compared| match compared {
                Compared::Within => request::Compared::Within,
                Compared::Outside { why } => request::Compared::Outside { why },
                Compared::Unknown { cause } => request::Compared::Unknown { cause },
            }),
        })
    }
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Approved => Self::Approved,
            Outcome::Denied => Self::Denied,
            Outcome::Cancelled => Self::Cancelled,
            Outcome::Superseded => Self::Superseded,
            Outcome::Gone => Self::Gone,
        }
    }
}

impl From<Ending> for Outcome {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Approved => Self::Approved,
            Ending::Denied => Self::Denied,
            Ending::Cancelled => Self::Cancelled,
            Ending::Superseded => Self::Superseded,
            Ending::Gone => Self::Gone,
        }
    }
}

impl From<&request::By> for By {
    fn from(by: &request::By) -> Self {
        match by {
            request::By::Person { slack, github, login } => {
                Self::Person { slack: slack.to_string(), github: github.0, login: login.to_string() }
            }
            request::By::Rule { policy } => Self::Rule { policy: policy.clone() },
            request::By::GitHubUser { id, login } => Self::GithubUser { id: id.0, login: login.to_string() },
            request::By::Requester => Self::Requester,
            request::By::Unknown => Self::Unknown,
        }
    }
}

impl From<By> for request::By {
    fn from(by: By) -> Self {
        match by {
            By::Person { slack, github, login } => Self::Person {
                slack: SlackUserId::new(slack),
                github: GitHubUserId(github),
                login: Login::new(&login),
            },
            By::Rule { policy } => Self::Rule { policy },
            By::GithubUser { id, login } => {
                Self::GitHubUser { id: GitHubUserId(id), login: Login::new(&login) }
            }
            By::Requester => Self::Requester,
            By::Unknown => Self::Unknown,
        }
    }
}
