//! What this GitHub remembers of its traffic: calls that came in, webhooks that went out.

use axum::http::{HeaderMap, Method, StatusCode};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// A call of the API, noted when it arrived.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: Method,
    /// Without the prefix.
    pub path: String,
    pub query: Option<String>,
    /// Without `authorization`.
    pub headers: HeaderMap,
    /// `None` where it is empty or not JSON.
    pub body: Option<Value>,
    /// `None` while unanswered, and for good when the answer was lost on purpose.
    pub status: Option<StatusCode>,
}

/// One attempt to send a webhook.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// GitHub's number for this attempt; they rise.
    pub number: u64,
    pub at: DateTime<Utc>,
    /// The same for all attempts at the same event.
    pub guid: String,
    pub event: String,
    pub action: String,
    pub redelivery: bool,
    pub outcome: Outcome,
    pub payload: Value,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Answered(StatusCode),
    /// Nobody was there, or nobody answered in time.
    Failed(String),
}

/// How often a request was reviewed over the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reviews {
    /// Calls that arrived, whatever became of them.
    pub attempted: usize,
    /// Whether one of them decided the request.
    pub took_effect: bool,
}
