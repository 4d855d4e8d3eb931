//! Why a call came to nothing, in Slack's words.

use serde_json::{Value, json};

use crate::simulator::slack::world::World;

/// An error code with what explains it.
#[derive(Debug)]
pub(in crate::simulator::slack) struct Failure {
    error: &'static str,
    explanation: Explanation,
}

#[derive(Debug)]
enum Explanation {
    None,
    Messages(Vec<String>),
    Scopes { needed: String, provided: String },
}

impl Failure {
    /// An error whose `response_metadata` says what is wrong.
    pub(in crate::simulator::slack) fn explained(error: &'static str, messages: Vec<String>) -> Self {
        let messages = messages.into_iter().map(|message| format!("[ERROR] {message}")).collect();
        Self { error, explanation: Explanation::Messages(messages) }
    }

    pub(super) fn missing_scope(needed: &str, world: &World) -> Self {
        let provided = world.scopes.iter().cloned().collect::<Vec<_>>().join(",");
        Self {
            error: "missing_scope",
            explanation: Explanation::Scopes { needed: needed.to_owned(), provided },
        }
    }

    pub(in crate::simulator::slack) fn into_body(self) -> Value {
        let mut body = json!({"ok": false, "error": self.error});
        match self.explanation {
            Explanation::None => {}
            Explanation::Messages(messages) => body["response_metadata"] = json!({ "messages": messages }),
            Explanation::Scopes { needed, provided } => {
                body["needed"] = needed.into();
                body["provided"] = provided.into();
            }
        }
        body
    }
}

impl From<&'static str> for Failure {
    fn from(error: &'static str) -> Self {
        Self { error, explanation: Explanation::None }
    }
}
