//! What the service asked of Slack, and how a test interferes: lost answers, errors, silence.

use std::sync::Arc;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::simulator::connection::Connection;

/// One call as it was made and answered.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    /// The arguments, whether they came as JSON, form or query.
    pub body: Value,
    /// None when the caller got no answer.
    pub status: Option<u16>,
    pub answer: Value,
}

/// When a hook is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing has happened yet.
    Before,
    /// The effect is visible; only the answer is missing.
    After,
}

/// What happens to a call.
#[derive(Clone, Debug)]
pub enum Verdict {
    Continue,
    /// This is the answer instead.
    Answer(StatusCode, Value),
    /// 429 with `Retry-After` in seconds.
    TooMany(u32),
    /// No answer ever; the caller has to give up.
    Hang,
    /// The connection is closed without an answer.
    Reset,
}

pub(super) type Hook = Arc<dyn Fn(&str, &Value, Stage) -> Verdict + Send + Sync>;

/// An answer of Slack; a string is sent as text, everything else as JSON.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    status: StatusCode,
    body: Value,
    retry_after: Option<u32>,
}

/// What the caller gets in the end.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Reply(Reply),
    Hang,
    Reset,
}

impl Verdict {
    pub(super) fn instead_of(self, reply: Reply) -> Outcome {
        match self {
            Self::Continue => Outcome::Reply(reply),
            Self::Answer(status, body) => Outcome::Reply(Reply::new(status, body)),
            Self::TooMany(seconds) => {
                let body = json!({"ok": false, "error": "ratelimited"});
                Outcome::Reply(Reply {
                    status: StatusCode::TOO_MANY_REQUESTS,
                    body,
                    retry_after: Some(seconds),
                })
            }
            Self::Hang => Outcome::Hang,
            Self::Reset => Outcome::Reset,
        }
    }
}

impl Reply {
    pub(super) fn new(status: StatusCode, body: Value) -> Self {
        Self { status, body, retry_after: None }
    }

    pub(super) fn ok(body: Value) -> Self {
        Self::new(StatusCode::OK, body)
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
        match self.body {
            Value::String(text) => (self.status, retry_after, text).into_response(),
            body => (self.status, retry_after, Json(body)).into_response(),
        }
    }
}

impl Outcome {
    pub(super) fn as_call(&self, method: &str, body: Value) -> Call {
        let (status, answer) = match self {
            Self::Reply(reply) => (Some(reply.status.as_u16()), reply.body.clone()),
            Self::Hang | Self::Reset => (None, Value::Null),
        };
        Call { method: method.to_owned(), body, status, answer }
    }

    pub(super) async fn carry_out(self, connection: &Connection) -> Response {
        match self {
            Self::Reply(reply) => reply.into_response(),
            Self::Hang => std::future::pending().await,
            Self::Reset => match connection.cut().await {},
        }
    }
}
