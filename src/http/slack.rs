//! `POST /slack/…`: clicks, commands and events.
//!
//! Slack waits three seconds. What changes something is stored before the answer; what only shows something is
//! worked out after it.

use std::time::Instant;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Rejection, SLACK_LIMIT, read};
use crate::app::App;
use crate::slack::{Event, Interaction, Slash};

/// `POST /slack/interactions`: somebody pressed a button.
pub(super) async fn interaction(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Rejection> {
    let started = Instant::now();
    let outcome = accept_interaction(&app, &headers, body).await;
    let (kind, result) = match &outcome {
        Ok(kind) => (*kind, "accepted"),
        Err(rejection) => ("unknown", rejection.name()),
    };
    metrics::counter!("countersign_interactions_total", "kind" => kind, "result" => result).increment(1);
    metrics::histogram!("countersign_ack_seconds", "endpoint" => "interactions")
        .record(started.elapsed().as_secs_f64());
    outcome.map(|_| StatusCode::OK)
}

async fn accept_interaction(app: &App, headers: &HeaderMap, body: Body) -> Result<&'static str, Rejection> {
    let body = verified(app, headers, body).await?;
    let interaction = Interaction::from_form(&body, &app.reply_hosts).map_err(malformed)?;
    let workspace = app.workspace.borrow().clone().ok_or(Rejection::WorkspaceUnknown)?;
    match interaction {
        Interaction::Button(click) => Ok(app.clicked(*click, &workspace).await?),
        Interaction::Other { .. } => Ok("other"),
    }
}

/// `POST /slack/commands`: `/pat …`. The answer comes at once, or by the command's own way back.
pub(super) async fn command(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Rejection> {
    let started = Instant::now();
    let outcome = accept_command(&app, &headers, body).await;
    let result = outcome.as_ref().map_or_else(Rejection::name, |_| "accepted");
    metrics::counter!("countersign_interactions_total", "kind" => "command", "result" => result).increment(1);
    metrics::histogram!("countersign_ack_seconds", "endpoint" => "commands")
        .record(started.elapsed().as_secs_f64());
    outcome
}

async fn accept_command(app: &App, headers: &HeaderMap, body: Body) -> Result<Response, Rejection> {
    let body = verified(app, headers, body).await?;
    let command = match Slash::from_form(&body, &app.reply_hosts).map_err(malformed)? {
        Slash::SslCheck => return Ok(StatusCode::OK.into_response()),
        Slash::Command(command) => command,
    };
    let workspace = app.workspace.borrow().clone().ok_or(Rejection::WorkspaceUnknown)?;
    match app.commanded(*command, &workspace).await? {
        Some(answer) => Ok(Json(answer.as_answer()).into_response()),
        None => Ok(StatusCode::OK.into_response()),
    }
}

/// `POST /slack/events`: the handshake; other events are accepted and counted.
pub(super) async fn event(
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Rejection> {
    let body = verified(&app, &headers, body).await?;
    match Event::from_json(&body).map_err(malformed)? {
        Event::UrlVerification { challenge } => {
            Ok(Json(serde_json::json!({ "challenge": challenge })).into_response())
        }
        Event::Other { .. } => {
            metrics::counter!("countersign_interactions_total", "kind" => "event", "result" => "ignored")
                .increment(1);
            Ok(StatusCode::OK.into_response())
        }
    }
}

/// The body, once its signature and age are known to be right.
async fn verified(app: &App, headers: &HeaderMap, body: Body) -> Result<Bytes, Rejection> {
    let body = read(headers, body, SLACK_LIMIT).await?;
    app.config
        .slack
        .signing_secret
        .verify(headers, &body, app.clock.now())
        .map_err(|error| Rejection::Unauthorized(error.to_string()))?;
    Ok(body)
}

fn malformed(error: impl ToString) -> Rejection {
    Rejection::Malformed(error.to_string())
}
