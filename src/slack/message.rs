//! What is sent: messages and modals, finished and valid.

use serde::Serialize;

use super::block::{Blocks, PlainText};
use super::fallback::Fallback;
use crate::ids::MessageTs;
use crate::request::Key;

/// A message, wherever it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub blocks: Blocks,
    pub fallback: Fallback,
    /// The request it is about, as metadata: by it a card is found again after a lost answer. Anybody in the
    /// workspace may read it.
    pub key: Option<Key>,
    /// The message to answer in its thread.
    pub thread: Option<MessageTs>,
}

impl Message {
    pub fn new(blocks: impl Into<Blocks>, fallback: Fallback) -> Self {
        Self { blocks: blocks.into(), fallback, key: None, thread: None }
    }

    pub fn about(self, key: Key) -> Self {
        Self { key: Some(key), ..self }
    }

    /// The body that answers a command: for the asker alone.
    pub fn as_answer(&self) -> serde_json::Value {
        serde_json::json!({ "response_type": "ephemeral", "text": self.fallback, "blocks": self.blocks })
    }

    pub fn in_thread(self, thread: MessageTs) -> Self {
        Self { thread: Some(thread), ..self }
    }
}

/// A modal that only shows something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "modal")]
pub struct View {
    callback_id: &'static str,
    title: PlainText,
    close: PlainText,
    blocks: Blocks,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_metadata: Option<String>,
}

impl View {
    /// Slack's limit for a modal's title and buttons.
    const TITLE: usize = 24;

    /// What stands behind the Details button; `key` comes back with whatever happens in it.
    pub fn details(title: &str, blocks: impl Into<Blocks>, key: &Key) -> Self {
        Self {
            callback_id: "details",
            title: PlainText::new(title, Self::TITLE),
            close: PlainText::new("Close", Self::TITLE),
            blocks: blocks.into(),
            private_metadata: Some(key.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::slack::Block;

    #[test]
    fn a_modal_is_spelled_as_slack_spells_it() {
        let view =
            View::details("A title that is far too long", [Block::divider()], &"r-7f3k2".parse().unwrap());

        assert_eq!(
            serde_json::to_value(view).unwrap(),
            json!({
                "type": "modal",
                "callback_id": "details",
                "title": { "type": "plain_text", "text": "A title that is far too…", "emoji": false },
                "close": { "type": "plain_text", "text": "Close", "emoji": false },
                "blocks": [{ "type": "divider" }],
                "private_metadata": "r-7f3k2",
            })
        );
    }
}
