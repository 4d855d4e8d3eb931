//! `POST /github/webhooks`: verified, parsed, stored, and only then accepted.

use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::{GITHUB_LIMIT, Rejection, read, text};
use crate::app::App;
use crate::github::{Delivery, Event};

/// Takes one delivery. 202 also for duplicates and for events we do not use.
pub(super) async fn webhook(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Rejection> {
    let started = Instant::now();
    let outcome = accept(&app, &headers, body).await;
    let (event, action, result) = match &outcome {
        Ok(accepted) => *accepted,
        Err(rejection) => ("unknown", "none", rejection.name()),
    };
    metrics::counter!("countersign_deliveries_total", "event" => event, "action" => action, "result" => result)
        .increment(1);
    metrics::histogram!("countersign_ack_seconds", "endpoint" => "github")
        .record(started.elapsed().as_secs_f64());
    outcome.map(|_| StatusCode::ACCEPTED)
}

type Labels = (&'static str, &'static str, &'static str);

async fn accept(app: &App, headers: &HeaderMap, body: Body) -> Result<Labels, Rejection> {
    let body = read(headers, body, GITHUB_LIMIT).await?;
    app.config
        .github
        .webhook_secret
        .verify(headers.get("x-hub-signature-256").map(HeaderValue::as_bytes), &body)
        .map_err(|error| Rejection::Unauthorized(error.to_string()))?;
    let is_json = text(headers, CONTENT_TYPE.as_str()).is_some_and(is_json);
    if !is_json {
        return Err(Rejection::NotJson);
    }
    let event =
        text(headers, "x-github-event").ok_or_else(|| Rejection::Malformed("no X-GitHub-Event".into()))?;
    let delivery = Delivery::parse(event, text(headers, "x-github-delivery"), &body)
        .map_err(|error| Rejection::Malformed(error.to_string()))?;
    let (event, action) = labels(&delivery.event);
    tracing::debug!(delivery_id = delivery.id, event, action, "a delivery arrived");
    let received = app.receive(delivery).await?;
    Ok((event, action, received.name()))
}

/// `application/json`, with or without parameters.
fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Labels from a closed list: a sender must not be able to grow our metrics.
fn labels(event: &Event) -> (&'static str, &'static str) {
    match event {
        Event::TokenRequest(event) => ("personal_access_token_request", event.action.name()),
        Event::Installation(event) => ("installation", event.action.name()),
        Event::Ping => ("ping", "none"),
        Event::Other { .. } => ("other", "other"),
    }
}
