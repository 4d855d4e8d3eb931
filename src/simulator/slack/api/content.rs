//! What a message says: text, blocks and metadata, each within Slack's limits.

use serde_json::{Value, json};

use super::{Arguments, Failure};
use crate::simulator::slack::block_kit::{Surface, violations};
use crate::simulator::slack::seen::Message;
use crate::simulator::slack::world::{World, with_block_ids};

/// Longer text is cut off (docs.slack.dev, chat.postMessage).
const MOST_TEXT: usize = 40_000;
/// `metadata_too_large` exists, its limit is on no page; this is far more than an opaque id needs.
const MOST_METADATA_BYTES: usize = 8_000;

/// The words and blocks of a message, found valid.
pub(in crate::simulator::slack) struct Content {
    pub(in crate::simulator::slack) text: String,
    /// An array, empty without blocks.
    pub(in crate::simulator::slack) blocks: Value,
}

impl Content {
    pub(in crate::simulator::slack) fn parse(arguments: &Arguments) -> Result<Self, Failure> {
        let blocks = blocks(arguments)?.unwrap_or_else(|| json!([]));
        let text = arguments.text("text").unwrap_or_default();
        if text.is_empty() && blocks == json!([]) {
            return Err("no_text".into());
        }
        Ok(Self { text: text.chars().take(MOST_TEXT).collect(), blocks })
    }

    /// Puts this in the place of what a message said.
    pub(in crate::simulator::slack) fn edit(self, message: &mut Message, now: String) {
        message.text = self.text;
        message.blocks = self.blocks;
        message.edited = Some(now);
    }
}

/// The blocks, when there are any, with an id each.
pub(super) fn blocks(arguments: &Arguments) -> Result<Option<Value>, Failure> {
    let Some(blocks) = arguments.structure("blocks") else {
        return Ok(None);
    };
    if !blocks.is_array() {
        return Err("invalid_blocks_format".into());
    }
    let problems = violations(&blocks, Surface::Message);
    if !problems.is_empty() {
        return Err(Failure::explained("invalid_blocks", problems));
    }
    Ok(Some(with_block_ids(blocks)))
}

/// Metadata as given: `{}` clears what was there.
pub(super) fn metadata(arguments: &Arguments) -> Result<Option<Value>, Failure> {
    let Some(metadata) = arguments.structure("metadata") else {
        return Ok(None);
    };
    let fields = metadata.as_object().ok_or("invalid_metadata_format")?;
    let has_type = metadata["event_type"].as_str().is_some_and(|kind| !kind.is_empty());
    let has_payload = metadata["event_payload"].is_object();
    if !fields.is_empty() && (fields.len() != 2 || !has_type || !has_payload) {
        return Err("invalid_metadata_schema".into());
    }
    if metadata.to_string().len() > MOST_METADATA_BYTES {
        return Err("metadata_too_large".into());
    }
    Ok(Some(metadata))
}

impl World {
    /// A message of the app's, with its time but not posted yet.
    pub(in crate::simulator::slack) fn draft(&mut self, channel: &str, content: Content) -> Message {
        Message {
            channel: channel.to_owned(),
            ts: self.next_ts(),
            thread_ts: None,
            is_broadcast: false,
            user: self.app.bot_user_id.clone(),
            text: content.text,
            blocks: content.blocks,
            metadata: None,
            edited: None,
            deleted: false,
            client_msg_id: None,
        }
    }

    /// A message as payloads and answers carry it.
    pub(in crate::simulator::slack) fn message_json(&self, message: &Message, with_metadata: bool) -> Value {
        let mut json = json!({
            "type": "message",
            "user": message.user,
            "team": self.workspace.team_id,
            "ts": message.ts,
            "text": message.text,
            "blocks": message.blocks,
        });
        if message.user == self.app.bot_user_id {
            json["bot_id"] = self.app.bot_id.clone().into();
            json["app_id"] = self.app.id.clone().into();
        }
        if let Some(thread_ts) = &message.thread_ts {
            json["thread_ts"] = thread_ts.clone().into();
        }
        if message.is_broadcast {
            json["subtype"] = "thread_broadcast".into();
        }
        if let Some(edited) = &message.edited {
            json["edited"] = json!({"user": message.user, "ts": edited});
        }
        if let (Some(metadata), true) = (&message.metadata, with_metadata) {
            json["metadata"] = metadata.clone();
        }
        json
    }
}
