//! Faults at any step of any call: the answer lost before or after it took effect, late, or another one.

use std::sync::Arc;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::simulator::connection::Connection;

/// Where a call stands when the hook is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Arrived, nothing looked at.
    Before,
    /// Everything it changes is changed; nothing answered.
    After,
}

/// One call at one stage.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    pub stage: Stage,
}

impl Moment<'_> {
    /// Whether this is a review of a token request.
    pub fn is_review(&self) -> bool {
        self.method == Method::POST && self.path.contains("/personal-access-token-requests/")
    }
}

/// What happens to a call.
#[derive(Clone, Debug)]
pub enum Verdict {
    Continue,
    /// Goes on once somebody calls [`Notify::notify_one`].
    Hold(Arc<Notify>),
    /// Answers this instead.
    Answer(StatusCode, Value),
    /// Answers that a secondary limit is reached, and when to come again: with 403 or 429, GitHub uses both.
    Limit {
        status: StatusCode,
        retry_after: u32,
    },
    /// Never answers; the connection stays open.
    Hang,
    /// Closes the connection without an answer.
    Reset,
}

pub(crate) type Hook = Arc<dyn Fn(Moment<'_>) -> Verdict + Send + Sync>;

impl Verdict {
    /// Returns what is to be answered instead, if anything; of a call that hangs or is cut, never.
    pub(super) async fn carry_out(self, connection: &Connection) -> Option<Response> {
        match self {
            Self::Continue => None,
            Self::Hold(release) => {
                release.notified().await;
                None
            }
            Self::Answer(status, body) => Some((status, Json(body)).into_response()),
            Self::Limit { status, retry_after } => {
                let body = json!({"message": "You have exceeded a secondary rate limit."});
                let header = [(RETRY_AFTER, retry_after.to_string())];
                Some((status, header, Json(body)).into_response())
            }
            Self::Hang => std::future::pending().await,
            Self::Reset => match connection.cut().await {},
        }
    }
}
