//! What somebody asked for by a click or a submission, as it waits to be judged.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Answer, JobError, Kind, payload_of};
use crate::app::App;
use crate::ids::{ChannelId, SlackUserId};
use crate::request::{Comment, Key, Refusal, Revision};
use crate::slack::{ResponseUrl, messages};
use crate::store::{LeasedJob, NewJob};

/// A click or submission, by somebody whose rights are still to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Click {
    pub by: SlackUserId,
    pub wish: Wish,
    pub key: Key,
    /// What they saw.
    pub revision: Revision,
    pub clicked_at: DateTime<Utc>,
    pub channel: Option<ChannelId>,
    pub response_url: Option<ResponseUrl>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    Approve(Option<Comment>),
    Deny(Option<Comment>),
    Withdraw,
    CheckAgain,
    /// Of a collection, the oldest requests get cards of their own.
    ShowOldest,
    /// Of a collection, all of them.
    ShowAll,
}

/// The click as it is written down until it is judged. What a later release adds to it must not be overlooked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    by: String,
    wish: WrittenWish,
    key: String,
    revision: String,
    clicked_at: i64,
    channel: Option<String>,
    response_url: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum WrittenWish {
    Approve { comment: Option<String> },
    Deny { reason: Option<String> },
    Withdraw,
    CheckAgain,
    ShowOldest,
    ShowAll,
}

impl Click {
    /// The job that judges this click; `id` makes a repeated delivery of one click one job.
    pub fn job(&self, id: &str, now: DateTime<Utc>) -> NewJob {
        let written = Written {
            by: self.by.to_string(),
            wish: (&self.wish).into(),
            key: self.key.to_string(),
            revision: self.revision.to_string(),
            clicked_at: self.clicked_at.timestamp_millis(),
            channel: self.channel.as_ref().map(ToString::to_string),
            response_url: self.response_url.as_ref().map(|url| url.expose().to_owned()),
        };
        let subject = format!("{} {id}", self.key);
        Kind::Judge.on(
            subject,
            serde_json::to_string(&written).expect("text and numbers always serialise"),
            now,
        )
    }

    pub(super) fn of(app: &App, job: &LeasedJob) -> Result<Self, JobError> {
        let written: Written = payload_of(job)?;
        let unreadable = || JobError::unreadable("what this asks for");
        Ok(Self {
            by: SlackUserId::new(written.by),
            wish: written.wish.try_into().map_err(|_| unreadable())?,
            key: written.key.parse().map_err(|_| unreadable())?,
            revision: Revision::from_text(written.revision),
            clicked_at: DateTime::from_timestamp_millis(written.clicked_at).ok_or_else(unreadable)?,
            channel: written.channel.map(ChannelId::new),
            response_url: written.response_url.and_then(|url| app.reply_hosts.allow(&url)),
        })
    }

    pub(super) fn answer(&self, words: String) -> Answer {
        Answer {
            to: self.by.clone(),
            channel: self.channel.clone(),
            response_url: self.response_url.clone(),
            words,
            link: None,
        }
    }

    pub(super) fn refusal(&self, refusal: &Refusal) -> Answer {
        let link =
            matches!(refusal, Refusal::UnknownAccount).then(|| (self.key.clone(), self.revision.clone()));
        Answer { link, ..self.answer(messages::refusal(refusal)) }
    }
}

impl From<&Wish> for WrittenWish {
    fn from(wish: &Wish) -> Self {
        let text = |comment: &Option<Comment>| comment.as_ref().map(ToString::to_string);
        match wish {
            Wish::Approve(comment) => Self::Approve { comment: text(comment) },
            Wish::Deny(reason) => Self::Deny { reason: text(reason) },
            Wish::Withdraw => Self::Withdraw,
            Wish::CheckAgain => Self::CheckAgain,
            Wish::ShowOldest => Self::ShowOldest,
            Wish::ShowAll => Self::ShowAll,
        }
    }
}

impl TryFrom<WrittenWish> for Wish {
    type Error = crate::request::TooLong;

    fn try_from(written: WrittenWish) -> Result<Self, Self::Error> {
        let comment = |text: Option<String>| text.map_or(Ok(None), |text| Comment::new(&text));
        Ok(match written {
            WrittenWish::Approve { comment: text } => Self::Approve(comment(text)?),
            WrittenWish::Deny { reason } => Self::Deny(comment(reason)?),
            WrittenWish::Withdraw => Self::Withdraw,
            WrittenWish::CheckAgain => Self::CheckAgain,
            WrittenWish::ShowOldest => Self::ShowOldest,
            WrittenWish::ShowAll => Self::ShowAll,
        })
    }
}
