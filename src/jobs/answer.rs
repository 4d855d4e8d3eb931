//! Tells one person something that nobody else sees.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Done, JobError, Kind};
use crate::app::App;
use crate::ids::{ChannelId, SlackUserId};
use crate::slack::{ResponseUrl, messages};
use crate::store::{Change, LeasedJob, NewJob};

/// A few plain words for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub to: SlackUserId,
    pub channel: Option<ChannelId>,
    pub response_url: Option<ResponseUrl>,
    pub words: String,
}

/// The answer as it waits to be told.
#[derive(Serialize, Deserialize)]
struct Written {
    to: String,
    channel: Option<String>,
    response_url: Option<String>,
    words: String,
}

impl Answer {
    /// The job that tells it; `id` makes a repeated cause one answer.
    pub fn job(&self, id: &str, now: DateTime<Utc>) -> NewJob {
        let written = Written {
            to: self.to.to_string(),
            channel: self.channel.as_ref().map(ToString::to_string),
            response_url: self.response_url.as_ref().map(|url| url.expose().to_owned()),
            words: self.words.clone(),
        };
        Kind::Answer.on(id, serde_json::to_string(&written).expect("text always serialises"), now)
    }
}

/// Tells it by the click's own way back, or else in the channel, to this person alone.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let written: Written = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
    let message = messages::words(&written.words);
    if let Some(url) = written.response_url.and_then(|url| app.reply_hosts.allow(&url)) {
        match app.slack.respond(&url, &message).await {
            Ok(()) => return Ok(Change::default()),
            Err(trouble) => tracing::warn!(%trouble, "the click's own way back failed"),
        }
    }
    let Some(channel) = written.channel.map(ChannelId::new) else {
        return Err(JobError::give_up("there is no way to tell the person"));
    };
    app.slack.post_ephemeral(&channel, &SlackUserId::new(written.to), &message).await?;
    Ok(Change::default())
}
