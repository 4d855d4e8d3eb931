//! How a request is written down: one JSON document with a version of its own.
//!
//! A document that makes no sense is an error, never a default: what was decided must be read back exactly.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{
    GitHubUserId, InstallationId, Login, OrganizationId, RepositoryId, RequestId, SlackUserId, TokenId,
};
use crate::request::{
    self, Enrichment, Expiry, Level, Outcome, Permission, PermissionGroup, Repositories, Requester, State,
    TokenRequest, Verdict,
};

/// The document's format; a later one keeps reading this one.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    format: u32,
    installation: Option<u64>,
    received_at: Millis,
    facts: Facts,
    enrichment: Progress,
    state: Standing,
}

/// Milliseconds since 1970.
#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(into = "i64", try_from = "i64")]
struct Millis(DateTime<Utc>);

impl From<Millis> for i64 {
    fn from(time: Millis) -> Self {
        time.0.timestamp_millis()
    }
}

impl TryFrom<i64> for Millis {
    type Error = &'static str;

    fn try_from(millis: i64) -> Result<Self, Self::Error> {
        DateTime::from_timestamp_millis(millis).map(Self).ok_or("a time out of range")
    }
}

#[derive(Serialize, Deserialize)]
struct Facts {
    requester: Account,
    organization: String,
    /// Group, name, level.
    permissions: Vec<(String, String, String)>,
    repositories: Selection,
    expiry: Until,
    token: Option<u64>,
    token_name: Option<String>,
    justification: Option<String>,
    created_at: Option<Millis>,
}

#[derive(Serialize, Deserialize)]
struct Account {
    id: u64,
    login: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Selection {
    None,
    All,
    Subset { listed: Vec<Repository>, count: Option<u64> },
    Unknown(String),
}

#[derive(Serialize, Deserialize)]
struct Repository {
    id: u64,
    name: String,
    private: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    Never,
    At(Millis),
    Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Progress {
    Waiting,
    Complete,
    Missing,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    Pending { votes: Vec<Vote>, note: Option<Note> },
    Deciding(Box<Deciding>),
    Settled(Settlement),
}

#[derive(Serialize, Deserialize)]
struct Deciding {
    verdict: Choice,
    by: Vote,
    others: Vec<Vote>,
    reason: Option<String>,
    judged_at: Millis,
    attempts: Vec<Attempt>,
    absent_since: Option<Millis>,
    blocked: Option<Blocked>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Approve,
    Deny,
}

#[derive(Serialize, Deserialize)]
struct Vote {
    slack: String,
    github: u64,
    login: String,
    verdict: Choice,
    at: Millis,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Note {
    ContentChanged,
    RefusedByGithub { status: u16, words: String },
    RightLapsed { login: String },
}

#[derive(Serialize, Deserialize)]
struct Attempt {
    at: Millis,
    deadline: Millis,
    answer: Option<Answer>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Confirmed,
    Refused { status: u16, words: String },
    NotTaken { status: u16, words: String },
    StillListed,
    Unclear { cause: String },
}

#[derive(Serialize, Deserialize)]
struct Blocked {
    since: Millis,
    cause: String,
}

#[derive(Serialize, Deserialize)]
struct Settlement {
    outcome: Ending,
    by: By,
    at: Millis,
    reason: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ending {
    Approved,
    Denied,
    Cancelled,
    Superseded,
    Gone,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Person { slack: String, github: u64, login: String },
    GithubUser { id: u64, login: String },
    Requester,
    Unknown,
}

/// The row's columns that stand beside the document.
pub(super) struct Columns {
    pub(super) organization: OrganizationId,
    pub(super) id: RequestId,
    pub(super) key: request::Key,
    pub(super) version: u64,
}

/// Writes a request as its document.
pub(super) fn write(request: &TokenRequest) -> String {
    let document = Document {
        format: FORMAT,
        installation: request.installation.map(|id| id.0),
        received_at: Millis(request.received_at),
        facts: (&request.facts).into(),
        enrichment: match request.enrichment {
            Enrichment::Waiting => Progress::Waiting,
            Enrichment::Complete => Progress::Complete,
            Enrichment::Missing => Progress::Missing,
        },
        state: (&request.state).into(),
    };
    serde_json::to_string(&document).expect("strings and numbers always serialise")
}

/// Reads a request back.
pub(super) fn read(columns: Columns, document: &str) -> Result<TokenRequest, serde_json::Error> {
    let document: Document = serde_json::from_str(document)?;
    if document.format != FORMAT {
        return Err(serde::de::Error::custom(format!(
            "format {} is not known to this version",
            document.format
        )));
    }
    Ok(TokenRequest {
        organization: columns.organization,
        id: columns.id,
        key: columns.key,
        version: columns.version,
        installation: document.installation.map(InstallationId),
        received_at: document.received_at.0,
        facts: document.facts.into(),
        enrichment: match document.enrichment {
            Progress::Waiting => Enrichment::Waiting,
            Progress::Complete => Enrichment::Complete,
            Progress::Missing => Enrichment::Missing,
        },
        state: document.state.into(),
    })
}

impl From<&request::Facts> for Facts {
    fn from(facts: &request::Facts) -> Self {
        Self {
            requester: Account { id: facts.requester.id.0, login: facts.requester.login.to_string() },
            organization: facts.organization.to_string(),
            permissions: facts
                .permissions
                .iter()
                .map(|(permission, level)| {
                    (permission.group.to_string(), permission.name.clone(), level.to_string())
                })
                .collect(),
            repositories: (&facts.repositories).into(),
            expiry: match facts.expiry {
                Expiry::Never => Until::Never,
                Expiry::At(at) => Until::At(Millis(at)),
                Expiry::Unknown => Until::Unknown,
            },
            token: facts.token.map(|id| id.0),
            token_name: facts.token_name.clone(),
            justification: facts.justification.clone(),
            created_at: facts.created_at.map(Millis),
        }
    }
}

impl From<Facts> for request::Facts {
    fn from(facts: Facts) -> Self {
        let permission = |(group, name, level): (String, String, String)| {
            (Permission { group: PermissionGroup::parse(&group), name }, Level::parse(&level))
        };
        Self {
            requester: Requester {
                id: GitHubUserId(facts.requester.id),
                login: Login::new(&facts.requester.login),
            },
            organization: Login::new(&facts.organization),
            permissions: facts.permissions.into_iter().map(permission).collect(),
            repositories: facts.repositories.into(),
            expiry: match facts.expiry {
                Until::Never => Expiry::Never,
                Until::At(at) => Expiry::At(at.0),
                Until::Unknown => Expiry::Unknown,
            },
            token: facts.token.map(TokenId),
            token_name: facts.token_name,
            justification: facts.justification,
            created_at: facts.created_at.map(|at| at.0),
        }
    }
}

impl From<&Repositories> for Selection {
    fn from(repositories: &Repositories) -> Self {
        match repositories {
            Repositories::None => Self::None,
            Repositories::All => Self::All,
            Repositories::Unknown(selection) => Self::Unknown(selection.clone()),
            Repositories::Subset { listed, count } => Self::Subset {
                listed: listed
                    .iter()
                    .map(|one| Repository { id: one.id.0, name: one.full_name.clone(), private: one.private })
                    .collect(),
                count: *count,
            },
        }
    }
}

impl From<Selection> for Repositories {
    fn from(selection: Selection) -> Self {
        match selection {
            Selection::None => Self::None,
            Selection::All => Self::All,
            Selection::Unknown(selection) => Self::Unknown(selection),
            Selection::Subset { listed, count } => Self::Subset {
                listed: listed
                    .into_iter()
                    .map(|one| request::Repository {
                        id: RepositoryId(one.id),
                        full_name: one.name,
                        private: one.private,
                    })
                    .collect(),
                count,
            },
        }
    }
}

impl From<&State> for Standing {
    fn from(state: &State) -> Self {
        match state {
            State::Pending { votes, note } => Self::Pending {
                votes: votes.iter().map(Vote::from).collect(),
                note: note.as_ref().map(Note::from),
            },
            State::Deciding(deciding) => Self::Deciding(Box::new(deciding.into())),
            State::Settled(settlement) => Self::Settled(settlement.into()),
        }
    }
}

impl From<Standing> for State {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Pending { votes, note } => Self::Pending {
                votes: votes.into_iter().map(request::Vote::from).collect(),
                note: note.map(request::Note::from),
            },
            Standing::Deciding(deciding) => Self::Deciding((*deciding).into()),
            Standing::Settled(settlement) => Self::Settled(settlement.into()),
        }
    }
}

impl From<&request::Deciding> for Deciding {
    fn from(deciding: &request::Deciding) -> Self {
        Self {
            verdict: deciding.verdict.into(),
            by: (&deciding.by).into(),
            others: deciding.others.iter().map(Vote::from).collect(),
            reason: deciding.reason.clone(),
            judged_at: Millis(deciding.judged_at),
            attempts: deciding.attempts.iter().map(Attempt::from).collect(),
            absent_since: deciding.absent_since.map(Millis),
            blocked: deciding
                .blocked
                .as_ref()
                .map(|blocked| Blocked { since: Millis(blocked.since), cause: blocked.cause.clone() }),
        }
    }
}

impl From<Deciding> for request::Deciding {
    fn from(deciding: Deciding) -> Self {
        Self {
            verdict: deciding.verdict.into(),
            by: deciding.by.into(),
            others: deciding.others.into_iter().map(request::Vote::from).collect(),
            reason: deciding.reason,
            judged_at: deciding.judged_at.0,
            attempts: deciding.attempts.into_iter().map(request::Attempt::from).collect(),
            absent_since: deciding.absent_since.map(|at| at.0),
            blocked: deciding
                .blocked
                .map(|blocked| request::Blocked { since: blocked.since.0, cause: blocked.cause }),
        }
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
            at: Millis(vote.at),
        }
    }
}

impl From<Vote> for request::Vote {
    fn from(vote: Vote) -> Self {
        Self {
            slack: SlackUserId::new(vote.slack),
            github: GitHubUserId(vote.github),
            login: Login::new(&vote.login),
            verdict: vote.verdict.into(),
            at: vote.at.0,
        }
    }
}

impl From<&request::Note> for Note {
    fn from(note: &request::Note) -> Self {
        match note {
            request::Note::ContentChanged => Self::ContentChanged,
            request::Note::RefusedByGitHub { status, words } => {
                Self::RefusedByGithub { status: *status, words: words.clone() }
            }
            request::Note::RightLapsed { login } => Self::RightLapsed { login: login.to_string() },
        }
    }
}

impl From<Note> for request::Note {
    fn from(note: Note) -> Self {
        match note {
            Note::ContentChanged => Self::ContentChanged,
            Note::RefusedByGithub { status, words } => Self::RefusedByGitHub { status, words },
            Note::RightLapsed { login } => Self::RightLapsed { login: Login::new(&login) },
        }
    }
}

impl From<&request::Attempt> for Attempt {
    fn from(attempt: &request::Attempt) -> Self {
        let answer = attempt.answer.clone().map(|answer| match answer {
            request::Answer::Confirmed => Answer::Confirmed,
            request::Answer::Refused { status, words } => Answer::Refused { status, words },
            request::Answer::NotTaken { status, words } => Answer::NotTaken { status, words },
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
            Answer::NotTaken { status, words } => request::Answer::NotTaken { status, words },
            Answer::StillListed => request::Answer::StillListed,
            Answer::Unclear { cause } => request::Answer::Unclear { cause },
        });
        Self { at: attempt.at.0, deadline: attempt.deadline.0, answer }
    }
}

impl From<&request::Settlement> for Settlement {
    fn from(settlement: &request::Settlement) -> Self {
        Self {
            outcome: match settlement.outcome {
                Outcome::Approved => Ending::Approved,
                Outcome::Denied => Ending::Denied,
                Outcome::Cancelled => Ending::Cancelled,
                Outcome::Superseded => Ending::Superseded,
                Outcome::Gone => Ending::Gone,
            },
            by: match &settlement.by {
                request::By::Person { slack, github, login } => {
                    By::Person { slack: slack.to_string(), github: github.0, login: login.to_string() }
                }
                request::By::GitHubUser { id, login } => {
                    By::GithubUser { id: id.0, login: login.to_string() }
                }
                request::By::Requester => By::Requester,
                request::By::Unknown => By::Unknown,
            },
            at: Millis(settlement.at),
            reason: settlement.reason.clone(),
        }
    }
}

impl From<Settlement> for request::Settlement {
    fn from(settlement: Settlement) -> Self {
        Self {
            outcome: match settlement.outcome {
                Ending::Approved => Outcome::Approved,
                Ending::Denied => Outcome::Denied,
                Ending::Cancelled => Outcome::Cancelled,
                Ending::Superseded => Outcome::Superseded,
                Ending::Gone => Outcome::Gone,
            },
            by: match settlement.by {
                By::Person { slack, github, login } => request::By::Person {
                    slack: SlackUserId::new(slack),
                    github: GitHubUserId(github),
                    login: Login::new(&login),
                },
                By::GithubUser { id, login } => {
                    request::By::GitHubUser { id: GitHubUserId(id), login: Login::new(&login) }
                }
                By::Requester => request::By::Requester,
                By::Unknown => request::By::Unknown,
            },
            at: settlement.at.0,
            reason: settlement.reason,
        }
    }
}
