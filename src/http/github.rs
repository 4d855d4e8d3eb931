//! `POST /github/webhooks`: verified, parsed, stored, and only then accepted.

use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::{Doors, Rejection, headers};
use crate::app::App;
use crate::github::{Delivery, Event};

/// Takes one delivery. 202 also for duplicates and for events we do not use.
pub(super) async fn webhook(
    State(doors): State<Doors>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Rejection> {
    let started = Instant::now();
    let outcome = take(&doors, &headers, body).await;
    count(match &outcome {
        Ok(labels) => *labels,
        Err(rejection) => refused(rejection),
    });
    metrics::histogram!("countersign_ack_seconds", "endpoint" => "github")
        .record(started.elapsed().as_secs_f64());
    outcome.map(|_| StatusCode::ACCEPTED)
}

/// Everything but POST, before anything else is looked at.
pub(super) async fn wrong_method() -> Rejection {
    count(refused(&Rejection::WrongMethod));
    Rejection::WrongMethod
}

type Labels = (&'static str, &'static str, &'static str);

fn refused(rejection: &Rejection) -> Labels {
    ("unknown", "none", rejection.name())
}

fn count((event, action, result): Labels) {
    metrics::counter!("countersign_deliveries_total", "event" => event, "action" => action, "result" => result)
        .increment(1);
}

async fn take(doors: &Doors, headers: &HeaderMap, body: Body) -> Result<Labels, Rejection> {
    let mut deadline = doors.github.deadline(&doors.app.clock);
    let body = doors.github.read(headers, body, &mut deadline).await?;
    deadline.guard(accept(&doors.app, headers, &body)).await
}

async fn accept(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<Labels, Rejection> {
    let signature = headers::one(headers, "x-hub-signature-256")
        .map_err(|repeated| Rejection::Unauthorized(repeated.to_string()))?;
    let secret = app.config.github.webhook_secret.as_ref().ok_or_else(|| {
        Rejection::Unauthorized("github.webhook_secret is not configured, so no webhook is believed".into())
    })?;
    secret
        .verify(signature.map(HeaderValue::as_bytes), body)
        .map_err(|error| Rejection::Unauthorized(error.to_string()))?;
    if headers::is_encoded(headers) {
        return Err(Rejection::Encoded);
    }
    if !headers::is_json(headers) {
        return Err(Rejection::NotJson);
    }
    let delivery = delivery(headers, body)?;
    let (event, action) = labels(&delivery.event);
    tracing::debug!(delivery_id = delivery.id, event, action, "a delivery arrived");
    let received = app.receive(delivery).await?;
    Ok((event, action, received.name()))
}

fn delivery(headers: &HeaderMap, body: &[u8]) -> Result<Delivery, Rejection> {
    let malformed = |error: &dyn std::error::Error| Rejection::Malformed(error.to_string());
    let event = headers::text(headers, "x-github-event")
        .map_err(|repeated| malformed(&repeated))?
        .ok_or_else(|| Rejection::Malformed("no X-GitHub-Event".into()))?;
    let id = headers::text(headers, "x-github-delivery").map_err(|repeated| malformed(&repeated))?;
    Delivery::parse(event, id, body).map_err(|error| malformed(&error))
}

/// Labels from a closed list: a sender must not be able to grow our metrics.
fn labels(event: &Event) -> (&'static str, &'static str) {
    match event {
        Event::TokenRequest(event) => ("personal_access_token_request", event.action.name()),
        Event::Installation(event) => ("installation", event.action.name()),
        Event::Memberships(_) => ("memberships", "other"),
        Event::Ping => ("ping", "none"),
        Event::Other { .. } => ("other", "other"),
    }
}
