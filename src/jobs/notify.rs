//! Tells the operators what needs their hands.

use chrono::{DateTime, Utc};

use super::post::post;
use super::{Done, Kind};
use crate::app::App;
use crate::request::{Key, Outcome};
use crate::slack::messages;
use crate::store::{Change, LeasedJob, NewJob};

/// News for the operators' channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A decision can't reach GitHub until somebody mends the cause.
    Blocked { key: Key, cause: String },
    /// GitHub first told one end of a request, then another.
    Contradiction { key: Key, known: Outcome, told: Outcome },
    /// No route says who may decide.
    NoRoute { key: Key },
    /// A card can't be posted where it belongs.
    ChannelRefused { key: Key, cause: String },
    /// A job was given up.
    GivenUp { kind: String, subject: String, cause: String },
}

impl Notice {
    /// The job that tells it; the same news about the same thing is told once at a time.
    pub fn job(&self, now: DateTime<Utc>) -> NewJob {
        let (about, subject) = match self {
            Self::Blocked { key, .. } => ("blocked", key.to_string()),
            Self::Contradiction { key, .. } => ("contradiction", key.to_string()),
            Self::NoRoute { key } => ("no_route", key.to_string()),
            Self::ChannelRefused { key, .. } => ("channel", key.to_string()),
            Self::GivenUp { kind, subject, .. } => ("given_up", format!("{kind} {subject}")),
        };
        Kind::Notify.on(format!("{about} {subject}"), self.words(), now)
    }

    fn words(&self) -> String {
        match self {
            Self::Blocked { key, cause } => {
                format!("The decision on {key} can't reach GitHub: {cause}. It is kept and tried again.")
            }
            Self::Contradiction { key, known, told } => format!(
                "GitHub contradicts itself about {key}: it was {}, now it is said to be {}. Please look on GitHub.",
                messages::outcome(*known),
                messages::outcome(*told),
            ),
            Self::NoRoute { key } => {
                format!("No route in the configuration covers {key}, so nobody can decide it in Slack.")
            }
            Self::ChannelRefused { key, cause } => {
                format!("The card of {key} is not where it belongs: {cause}.")
            }
            Self::GivenUp { kind, subject, cause } => {
                format!("The job {kind} for {subject} was given up: {cause}.")
            }
        }
    }
}

/// Posts one notice; without an operators' channel the log has to do.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let Some(channel) = &app.config.slack.operators_channel else {
        tracing::error!(notice = job.payload, "there is no operators' channel to tell this to");
        return Ok(Change::default());
    };
    post(app, job, channel, &messages::words(&job.payload)).await??;
    Ok(Change::default())
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
