//! Tells one person something that nobody else sees.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::post::post;
use super::{Done, JobError, Kind, payload_of};
use crate::app::App;
use crate::ids::{ChannelId, SlackUserId};
use crate::request::{Key, Revision};
use crate::slack::{Message, ResponseUrl, Trouble, messages};
use crate::store::{Change, LeasedJob, NewJob};

/// A few plain words for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub to: SlackUserId,
    pub channel: Option<ChannelId>,
    pub response_url: Option<ResponseUrl>,
    pub words: String,
    /// What there is to say about each of several requests.
    pub about_each: Vec<String>,
    /// Offers to link accounts, for the sake of this request.
    pub link: Option<(Key, Revision)>,
}

/// The answer as it waits to be told.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    to: String,
    channel: Option<String>,
    response_url: Option<String>,
    words: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    about_each: Vec<String>,
    link: Option<(String, String)>,
}

impl Answer {
    /// Words alone, by the first of these ways that works, or else by direct message.
    pub fn new(
        to: SlackUserId,
        channel: Option<ChannelId>,
        response_url: Option<ResponseUrl>,
        words: String,
    ) -> Self {
        Self { to, channel, response_url, words, about_each: Vec::new(), link: None }
    }

    /// The job that tells it; `id` makes a repeated cause one answer.
    pub fn job(&self, id: &str, now: DateTime<Utc>) -> NewJob {
        let written = Written {
            to: self.to.to_string(),
            channel: self.channel.as_ref().map(ToString::to_string),
            response_url: self.response_url.as_ref().map(|url| url.expose().to_owned()),
            words: self.words.clone(),
            about_each: self.about_each.clone(),
            link: self.link.as_ref().map(|(key, revision)| (key.to_string(), revision.to_string())),
        };
        Kind::Answer.on(id, serde_json::to_string(&written).expect("text always serialises"), now)
    }
}

/// Tells it by the click's own way back; or in the channel, to this person alone; or by direct message.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let written: Written = payload_of(job)?;
    let message = message(&written)?;
    let to = SlackUserId::new(written.to);
    if let Some(url) = written.response_url.and_then(|url| app.reply_hosts.allow(&url)) {
        match app.slack.respond(&url, &message).await {
            Ok(()) => return Ok(Change::default()),
            Err(trouble) => tracing::warn!(%trouble, "the click's own way back failed"),
        }
    }
    if let Some(channel) = written.channel.map(ChannelId::new) {
        match app.slack.post_ephemeral(&channel, &to, &message).await {
            Ok(()) => return Ok(Change::default()),
            // The person has left the channel, or we have.
            Err(Trouble::BadTarget { error }) => tracing::warn!(error, "the channel is no way to the person"),
            Err(trouble) => return Err(trouble.into()),
        }
    }
    let dm = app.slack.open_dm(&to).await?;
    post(app, job, &dm, &message).await??;
    Ok(Change::default())
}

fn message(written: &Written) -> Result<Message, JobError> {
    let Some((key, revision)) = &written.link else {
        return Ok(messages::words_about_several(&written.words, &written.about_each));
    };
    let key: Key = key.parse().map_err(|_| JobError::unreadable("which request this is about"))?;
    Ok(messages::with_link(&written.words, &key, &Revision::from_text(revision.as_str())))
}
