//! What is sent: messages and modals, finished and valid.

use std::fmt::Display;

use serde::Serialize;

use super::block::{Block, Blocks, PlainText};
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
    /// Whether that answer also stands in the channel.
    pub is_broadcast: bool,
}

impl Message {
    pub fn new(blocks: impl Into<Blocks>, fallback: Fallback) -> Self {
        Self { blocks: blocks.into(), fallback, key: None, thread: None, is_broadcast: false }
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

    /// For those, too, who do not follow the thread: of an answer in it Slack tells nobody else.
    pub fn broadcast(self) -> Self {
        Self { is_broadcast: true, ..self }
    }
}

/// A modal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "modal")]
pub struct View {
    callback_id: &'static str,
    title: PlainText,
    #[serde(skip_serializing_if = "Option::is_none")]
    submit: Option<PlainText>,
    close: PlainText,
    blocks: Blocks,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_metadata: Option<String>,
}

/// The modals there are, by the `callback_id`s that the published interface fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Deny,
    Details,
    Link,
    /// Tokens are revoked.
    Revoke,
    /// Several requests are chosen, and what is to become of them.
    DecideSeveral,
    /// What was chosen is shown, one by one, and confirmed.
    ConfirmSeveral,
}

impl Form {
    pub fn callback_id(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Details => "details",
            Self::Link => "link",
            Self::Revoke => "revoke",
            Self::DecideSeveral => "decide_several",
            Self::ConfirmSeveral => "confirm_several",
        }
    }

    /// The form a modal of ours is; `None` for any other.
    pub fn parse(callback_id: &str) -> Option<Self> {
        let all =
            [Self::Deny, Self::Details, Self::Link, Self::Revoke, Self::DecideSeveral, Self::ConfirmSeveral];
        all.into_iter().find(|form| form.callback_id() == callback_id)
    }
}

impl View {
    /// Slack's limit for a modal's title and buttons.
    const TITLE: usize = 24;

    /// A modal that only shows something; `opened` comes back with whatever happens in it.
    pub fn showing(
        form: Form,
        title: &str,
        blocks: impl IntoIterator<Item = Block>,
        opened: &impl Display,
    ) -> Self {
        Self {
            callback_id: form.callback_id(),
            title: PlainText::new(title, Self::TITLE),
            submit: None,
            close: PlainText::new("Close", Self::TITLE),
            blocks: Blocks::for_modal(blocks),
            private_metadata: Some(opened.to_string()),
        }
    }

    /// A modal about no request that we know.
    pub fn notice(title: &str, words: &str) -> Self {
        Self {
            callback_id: Form::Details.callback_id(),
            title: PlainText::new(title, Self::TITLE),
            submit: None,
            close: PlainText::new("Close", Self::TITLE),
            blocks: Blocks::from([Block::section(words)]),
            private_metadata: None,
        }
    }

    /// A modal that shows what a message would, and stands for no request.
    pub fn telling(title: &str, message: Message) -> Self {
        Self { blocks: message.blocks, ..Self::notice(title, "") }
    }

    /// The same with a button that sends what was filled in.
    pub fn submitted_by(self, label: &str) -> Self {
        Self {
            submit: Some(PlainText::new(label, Self::TITLE)),
            close: PlainText::new("Cancel", Self::TITLE),
            ..self
        }
    }

    /// The same on top of another modal, to which its other button leads back.
    pub fn on_top(self) -> Self {
        Self { close: PlainText::new("Back", Self::TITLE), ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_modal_is_spelled_as_slack_spells_it() {
        let opened: crate::slack::Opened = "r-7f3k2.00ff.C0APPROVALS.0".parse().unwrap();
        let view = View::showing(Form::Deny, "A title that is far too long", [Block::divider()], &opened);

        assert_eq!(
            serde_json::to_value(&view).unwrap(),
            json!({
                "type": "modal",
                "callback_id": "deny",
                "title": { "type": "plain_text", "text": "A title that is far too…", "emoji": false },
                "close": { "type": "plain_text", "text": "Close", "emoji": false },
                "blocks": [{ "type": "divider" }],
                "private_metadata": "r-7f3k2.00ff.C0APPROVALS.0",
            })
        );
        let sent = serde_json::to_value(view.submitted_by("Deny")).unwrap();
        assert_eq!(sent["submit"]["text"], "Deny");
        assert_eq!(sent["close"]["text"], "Cancel");
    }
}
