//! `POST /slack/…`: clicks, commands and events.
//!
//! Slack waits three seconds. What changes something is stored before the answer; what only shows something is
//! worked out after it.

use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::door::{Deadline, Held};
use super::{Doors, Rejection, headers};
use crate::app::{App, ModalReply};
use crate::slack::{Event, Interaction, Slash};

/// `POST /slack/interactions`: somebody pressed a button or sent a modal.
pub(super) async fn interaction(
    State(doors): State<Doors>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Rejection> {
    let started = Instant::now();
    let outcome = take_interaction(&doors, &headers, body).await;
    let (kind, result) = match &outcome {
        Ok((kind, _)) => (*kind, "accepted"),
        Err(rejection) => ("unknown", rejection.name()),
    };
    count(kind, result);
    metrics::histogram!("countersign_ack_seconds", "endpoint" => "interactions")
        .record(started.elapsed().as_secs_f64());
    Ok(match outcome?.1.body() {
        Some(body) => Json(body).into_response(),
        None => StatusCode::OK.into_response(),
    })
}

async fn take_interaction(
    doors: &Doors,
    headers: &HeaderMap,
    body: Body,
) -> Result<(&'static str, ModalReply), Rejection> {
    let (body, mut deadline) = verified(doors, headers, body).await?;
    deadline.guard(accept_interaction(&doors.app, &body)).await
}

async fn accept_interaction(app: &App, body: &[u8]) -> Result<(&'static str, ModalReply), Rejection> {
    let interaction = Interaction::from_form(body, &app.reply_hosts).map_err(malformed)?;
    let workspace = app.workspace.borrow().clone().ok_or(Rejection::WorkspaceUnknown)?;
    match interaction {
        Interaction::Button(click) => Ok((app.clicked(*click, &workspace).await?, ModalReply::Close)),
        Interaction::Submission(submission) => Ok(app.submitted(*submission, &workspace).await?),
        Interaction::Other { .. } => Ok(("other", ModalReply::Close)),
    }
}

/// `POST /slack/commands`: `/pat …`. The answer comes at once, or by the command's own way back.
pub(super) async fn command(
    State(doors): State<Doors>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Rejection> {
    let started = Instant::now();
    let outcome = take_command(&doors, &headers, body).await;
    let result = outcome.as_ref().map_or_else(Rejection::name, |_| "accepted");
    count("command", result);
    metrics::histogram!("countersign_ack_seconds", "endpoint" => "commands")
        .record(started.elapsed().as_secs_f64());
    outcome
}

async fn take_command(doors: &Doors, headers: &HeaderMap, body: Body) -> Result<Response, Rejection> {
    let (body, mut deadline) = verified(doors, headers, body).await?;
    deadline.guard(accept_command(&doors.app, &body)).await
}

async fn accept_command(app: &App, body: &[u8]) -> Result<Response, Rejection> {
    let command = match Slash::from_form(body, &app.reply_hosts).map_err(malformed)? {
        Slash::SslCheck => return Ok(StatusCode::OK.into_response()),
        Slash::Command(command) => command,
    };
    let workspace = app.workspace.borrow().clone().ok_or(Rejection::WorkspaceUnknown)?;
    match app.commanded(*command, &workspace).await? {
        Some(answer) => Ok(Json(answer.as_answer()).into_response()),
        None => Ok(StatusCode::OK.into_response()),
    }
}

/// `POST /slack/events`: the handshake, and somebody who opened the app's home; other events are accepted and counted.
pub(super) async fn event(
    State(doors): State<Doors>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Rejection> {
    let started = Instant::now();
    let outcome = take_event(&doors, &headers, body).await;
    metrics::histogram!("countersign_ack_seconds", "endpoint" => "events")
        .record(started.elapsed().as_secs_f64());
    count("event", outcome.as_ref().map_or_else(Rejection::name, |(_, result)| *result));
    outcome.map(|(answer, _)| answer)
}

async fn take_event(
    doors: &Doors,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Response, &'static str), Rejection> {
    let (body, mut deadline) = verified(doors, headers, body).await?;
    deadline.guard(accept_event(&doors.app, &body)).await
}

async fn accept_event(app: &App, body: &[u8]) -> Result<(Response, &'static str), Rejection> {
    Ok(match Event::from_json(body).map_err(malformed)? {
        Event::UrlVerification { challenge } => {
            (Json(serde_json::json!({ "challenge": challenge })).into_response(), "accepted")
        }
        Event::HomeOpened(opened) => {
            let workspace = app.workspace.borrow().clone().ok_or(Rejection::WorkspaceUnknown)?;
            (StatusCode::OK.into_response(), app.home_opened(*opened, &workspace).await?)
        }
        Event::Other { .. } => (StatusCode::OK.into_response(), "ignored"),
    })
}

/// Everything but POST, before anything else is looked at.
pub(super) async fn wrong_method() -> Rejection {
    count("unknown", Rejection::WrongMethod.name());
    Rejection::WrongMethod
}

fn count(kind: &'static str, result: &'static str) {
    metrics::counter!("countersign_interactions_total", "kind" => kind, "result" => result).increment(1);
}

/// The body, once its signature and age are known to be right, and the time that is left for it.
async fn verified(doors: &Doors, headers: &HeaderMap, body: Body) -> Result<(Held, Deadline), Rejection> {
    let mut deadline = doors.slack.deadline(&doors.app.clock);
    let body = doors.slack.read(headers, body, &mut deadline).await?;
    doors
        .app
        .config
        .slack
        .signing_secret
        .verify(headers, &body, doors.app.clock.now())
        .map_err(|error| Rejection::Unauthorized(error.to_string()))?;
    if headers::is_encoded(headers) {
        return Err(Rejection::Encoded);
    }
    Ok((body, deadline))
}

fn malformed(error: impl ToString) -> Rejection {
    Rejection::Malformed(error.to_string())
}
