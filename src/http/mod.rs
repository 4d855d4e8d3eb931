//! The router: what is refused before anything is parsed, and which handler gets the rest.

mod admin;
mod github;
mod reject;
mod slack;

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;

pub use admin::Admin;
use reject::Rejection;

/// GitHub never sends a larger event (docs.github.com, webhook events and payloads).
const GITHUB_LIMIT: usize = 25 * 1024 * 1024;

/// Slack's payloads carry at most a message or a view of 250 kB.
const SLACK_LIMIT: usize = 1024 * 1024;

/// A request that takes longer is cut: GitHub gives up after 10 s, Slack after 3 s.
const PATIENCE: Duration = Duration::from_secs(10);

/// What GitHub and Slack reach.
pub fn public(app: App) -> Router {
    Router::new()
        .route("/github/webhooks", post(github::webhook))
        .route("/slack/interactions", post(slack::interaction))
        .route("/slack/commands", post(slack::command))
        .route("/slack/events", post(slack::event))
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::REQUEST_TIMEOUT, PATIENCE))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

/// What operators and their tools reach.
pub fn admin(admin: Admin) -> Router {
    Router::new()
        .route("/livez", get(admin::livez))
        .route("/readyz", get(admin::readyz))
        .route("/metrics", get(admin::metrics))
        .with_state(admin)
}

/// Reads a body of at most `limit` bytes; a longer one is refused as soon as that is known.
async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Rejection> {
    let told = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > limit as u64) {
        return Err(Rejection::TooLarge);
    }
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        let is_limit = std::error::Error::source(&error)
            .is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
        if is_limit { Rejection::TooLarge } else { Rejection::Malformed("the body broke off".to_owned()) }
    })
}

/// A header as text; one that is not plain text counts as missing.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
