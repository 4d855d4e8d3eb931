//! Tells the operators what needs their hands.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::post::post;
use super::{Done, JobError, Kind, payload_of, place};
use crate::app::App;
use crate::ids::{ChannelId, Login};
use crate::request::{Key, Outcome, State, TokenRequest};
use crate::slack::{Trouble, messages};
use crate::store::{Change, Lasting, LeasedJob, NewJob};

/// How long to wait before the operators' channel is tried again that can't be posted in.
const UNHEARD_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// News for the operators' channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A decision can't reach GitHub until somebody mends the cause.
    Blocked { key: Key, cause: String },
    /// GitHub first told one end of a request, then another.
    Contradiction { key: Key, told: Outcome },
    /// No route says who may decide.
    NoRoute { key: Key },
    /// No card can be posted in a channel.
    ChannelRefused { channel: ChannelId, cause: String },
    /// Cards can be posted there again.
    ChannelWorks { channel: ChannelId },
    /// Slack does not take a card's layout.
    CardRefused { key: Key, cause: String },
    /// A requester can't be told directly.
    Unreachable { login: Login, cause: String },
    /// An organization does not let its requests be read.
    OrganizationRefused { login: Login, cause: String },
    /// It does again.
    OrganizationWorks { login: Login },
    /// What counted as gone is listed again.
    ListedAgain { key: Key },
    /// Changed rules were not taken; `content` names what is wrong.
    RulesRefused { content: String, cause: String },
    /// A job was given up.
    GivenUp { kind: String, subject: String, cause: String },
}

impl Notice {
    /// The job that tells it; the same news about the same thing is told once at a time, lasting trouble once.
    pub fn job(&self, now: DateTime<Utc>) -> NewJob {
        let written = Written { words: self.words(), lasting: self.lasting(), is_over: self.is_over() };
        let payload = serde_json::to_string(&written).expect("text always serialises");
        Kind::Notify.on(written.lasting.unwrap_or_else(|| self.subject()), payload, now)
    }

    /// The name of the lasting trouble this is about.
    pub(super) fn lasting(&self) -> Option<String> {
        match self {
            Self::ChannelRefused { channel, .. } | Self::ChannelWorks { channel } => {
                Some(format!("channel {channel}"))
            }
            Self::Unreachable { login, .. } => Self::reached(login),
            Self::OrganizationRefused { .. }
            | Self::OrganizationWorks { .. }
            | Self::ListedAgain { .. }
            | Self::RulesRefused { .. }
            | Self::Blocked { .. } => Some(self.subject()),
            Self::Contradiction { .. }
            | Self::NoRoute { .. }
            | Self::CardRefused { .. }
            | Self::GivenUp { .. } => None,
        }
    }

    /// The name of the trouble that is over when somebody could be told directly.
    pub(super) fn reached(login: &Login) -> Option<String> {
        Some(format!("unreachable {login}"))
    }

    /// The name of the trouble that is over when rules of other content are read.
    pub(crate) fn rules_refused(content: &str) -> String {
        format!("rules {content}")
    }

    /// The name of the trouble that is over when this decision goes on or ends; `None` if it is not blocked.
    pub(super) fn block_of(request: &TokenRequest) -> Option<String> {
        match &request.state {
            State::Deciding(deciding) => {
                deciding.blocked.as_ref().map(|_| format!("blocked {}", request.key))
            }
            State::Pending { .. } | State::Settled(_) => None,
        }
    }

    fn is_over(&self) -> bool {
        matches!(self, Self::ChannelWorks { .. } | Self::OrganizationWorks { .. })
    }

    pub(super) fn subject(&self) -> String {
        match self {
            Self::Blocked { key, .. } => format!("blocked {key}"),
            Self::Contradiction { key, .. } => format!("contradiction {key}"),
            Self::NoRoute { key } => format!("no_route {key}"),
            Self::ChannelRefused { channel, .. } | Self::ChannelWorks { channel } => {
                format!("channel {channel}")
            }
            Self::CardRefused { key, .. } => format!("card_refused {key}"),
            Self::Unreachable { login, .. } => format!("unreachable {login}"),
            Self::OrganizationRefused { login, .. } | Self::OrganizationWorks { login } => {
                format!("organization {login}")
            }
            Self::ListedAgain { key } => format!("listed_again {key}"),
            Self::RulesRefused { content, .. } => Self::rules_refused(content),
            Self::GivenUp { kind, subject, .. } => format!("given_up {kind} {subject}"),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Blocked { key, cause } => {
                format!("The decision on {key} can't reach GitHub: {cause}. It is kept and tried again.")
            }
            Self::Contradiction { key, told } => format!(
                "GitHub contradicts itself about {key}: now it is said to be {}. The card tells both; please look on \
                 GitHub.",
                messages::outcome(*told),
            ),
            Self::NoRoute { key } => {
                format!("No route in the configuration covers {key}, so nobody can decide it in Slack.")
            }
            Self::ChannelRefused { channel, cause } => format!(
                "Cards can't be posted in {channel}: {cause}. They go to the fallback channel until that is mended."
            ),
            Self::ChannelWorks { channel } => format!("Cards can be posted in {channel} again."),
            Self::CardRefused { key, cause } => format!(
                "The card of {key} could not be shown as it should be: {cause}. It has no buttons; please decide on \
                 GitHub, and report this to Countersign's maintainers."
            ),
            Self::Unreachable { login, cause } => {
                format!("{login} can't be told directly how their requests end: Slack says {cause}.")
            }
            Self::OrganizationRefused { login, cause } => format!(
                "The token requests of {login} can't be read: {cause}. Nothing of {login} can be decided until that is \
                 mended."
            ),
            Self::OrganizationWorks { login } => format!("The token requests of {login} can be read again."),
            Self::ListedAgain { key } => format!(
                "GitHub lists {key} again, which counted as gone. It stays closed here; please decide it on GitHub."
            ),
            Self::RulesRefused { cause, .. } => format!(
                "The changed configuration or policies are not taken: {cause}. What was in force stays in force; \
                 `countersign check` tells all that is wrong."
            ),
            Self::GivenUp { kind, subject, cause } => {
                format!("The job {kind} for {subject} was given up: {cause}.")
            }
        }
    }
}

/// A notice as it waits to be told.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    words: String,
    /// The name of the lasting trouble it is about.
    lasting: Option<String>,
    /// Whether that trouble is over.
    is_over: bool,
}

impl Written {
    /// Whether the operators know this already; the end of what they never heard of is no news.
    async fn is_known(&self, app: &App) -> Result<bool, JobError> {
        let Some(name) = &self.lasting else { return Ok(false) };
        let told = app.store.lasting(name).await?;
        Ok(if self.is_over { told.is_none() } else { told.as_ref() == Some(&self.words) })
    }

    /// The change that remembers that it was told.
    fn told(self, now: DateTime<Utc>) -> Change {
        match self.lasting {
            None => Change::default(),
            Some(name) if self.is_over => Change { is_over: Some(name), ..Change::default() },
            Some(name) => {
                let lasting = Lasting { name, words: self.words, since: now };
                Change { lasting: Some(lasting), ..Change::default() }
            }
        }
    }
}

/// Posts one notice; without an operators' channel the log has to do. After a lost answer it is posted again.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let written: Written = payload_of(job)?;
    if written.is_known(app).await? {
        return Ok(Change::default());
    }
    let Some(channel) = &app.config.slack.operators_channel else {
        tracing::error!(notice = written.words, "there is no operators' channel to tell this to");
        return Ok(written.told(app.clock.now()));
    };
    if let Some(cause) = place::unfit(app, channel).await? {
        return Err(unheard(app, &written, &cause));
    }
    match post(app, job, channel, &messages::words(&written.words)).await? {
        Ok(_) => Ok(written.told(app.clock.now())),
        Err(Trouble::BadTarget { error }) => Err(unheard(app, &written, &error)),
        Err(trouble) => Err(trouble.into()),
    }
}

/// The operators' own channel fails: the log is all there is, and it must not be flooded.
fn unheard(app: &App, written: &Written, cause: &str) -> JobError {
    tracing::error!(notice = written.words, cause, "the operators' channel can't be posted in");
    let cause = format!("the operators' channel can't be posted in: {cause}");
    JobError::Later { cause, until: app.clock.now() + UNHEARD_PAUSE }
}

/// Tells that a job was given up; if even that can't be stored, the log has it.
pub(super) async fn given_up(app: &App, job: &LeasedJob, cause: &str) {
    let notice =
        Notice::GivenUp { kind: job.kind.clone(), subject: job.subject.clone(), cause: cause.to_owned() };
    let entries = vec![app.record().job_given_up(&job.kind, &job.subject, cause)];
    let change = Change { entries, jobs: vec![notice.job(app.clock.now())], ..Change::default() };
    if let Err(error) = app.store.commit(change).await {
        tracing::error!(%error, "the operators could not be told");
    }
}
