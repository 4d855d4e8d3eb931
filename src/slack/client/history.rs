//! Finds a card again whose posting nobody confirmed (docs.slack.dev, conversations.history and message metadata).

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EVENT_TYPE, Slack, Trouble};
use crate::ids::{ChannelId, MessageTs, SlackAppId};
use crate::request::Key;

/// As many messages as are asked for at once; Slack gives at most 999.
const PAGE: u32 = 200;

/// Two thousand messages since the attempt: beyond that the card may be posted again.
const PAGES: usize = 10;

/// Slack's clock and ours may differ by as much as a signature may be old.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

/// The card that is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub key: &'a Key,
    pub channel: &'a ChannelId,
    /// When it may have been posted at the earliest, by our clock.
    pub since: DateTime<Utc>,
    /// Who posted it: anybody may write the same metadata.
    pub by: &'a SlackAppId,
    /// A card that is known already.
    pub other_than: Option<&'a MessageTs>,
}

impl Slack {
    /// The newest such card that stands. Needs `channels:history`, or `groups:history` for private channels.
    pub async fn find_card(&self, wanted: Wanted<'_>) -> Result<Option<MessageTs>, Trouble> {
        let oldest = format!("{}.000000", (wanted.since - MARGIN).timestamp());
        let mut cursor = None;
        for _ in 0..PAGES {
            let body = Ask {
                channel: wanted.channel.as_str(),
                oldest: &oldest,
                limit: PAGE,
                include_all_metadata: true,
                cursor: cursor.as_deref(),
            };
            let page =
                self.transport.post_about::<Page>(body.channel, "conversations.history", &body).await?;
            if let Some(found) = page.messages.into_iter().find(|message| message.is(wanted)) {
                return Ok(Some(MessageTs::new(found.ts)));
            }
            cursor = page.response_metadata.and_then(|more| more.next_cursor).filter(|next| !next.is_empty());
            if cursor.is_none() {
                return Ok(None);
            }
        }
        Ok(None)
    }
}

#[derive(Serialize)]
struct Ask<'a> {
    channel: &'a str,
    oldest: &'a str,
    limit: u32,
    include_all_metadata: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Said>,
    response_metadata: Option<More>,
}

#[derive(Deserialize)]
struct More {
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    ts: String,
    app_id: Option<String>,
    /// Whatever other apps wrote there must not stop the search.
    #[serde(default)]
    metadata: Value,
}

impl Said {
    fn is(&self, wanted: Wanted<'_>) -> bool {
        self.metadata["event_type"] == EVENT_TYPE
            && self.metadata["event_payload"]["key"] == wanted.key.as_str()
            && self.app_id.as_deref().is_none_or(|app| app == wanted.by.as_str())
            && wanted.other_than.is_none_or(|known| known.as_str() != self.ts)
    }
}
