//! The Web API: who calls, with which scopes and arguments, and what comes of it.
//!
//! Application errors are HTTP 200 with `"ok": false`, as on the real one.

mod arguments;
mod auth;
mod chat;
mod content;
mod conversations;
mod failure;
mod method;
mod people;
mod sharing;
mod views;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::Slack;
use super::fault::Reply;
use super::files;
use super::response_url;
use super::sign_in;
use super::world::World;
use crate::simulator::connection::Connection;

pub(super) use arguments::Arguments;
pub(super) use content::Content;
pub(super) use failure::Failure;
use method::Method;
pub(super) use views::{checked_view, new_view};

/// A request may be this large; the largest allowed view is a quarter of it.
const MOST_BYTES: usize = 1_000_000;

pub(super) fn router(slack: Slack) -> Router {
    Router::new()
        .route("/openid/connect/authorize", get(sign_in::authorize))
        .route("/openid/connect/keys", get(sign_in::keys))
        .route("/api/openid.connect.token", post(sign_in::token))
        .route("/api/{method}", get(called).post(called))
        .route("/actions/{team}/{id}/{secret}", post(response_url::posted))
        .route("/commands/{team}/{id}/{secret}", post(response_url::posted))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .route("/upload/v1/{secret}", post(files::put).layer(DefaultBodyLimit::max(files::LARGEST)))
        .with_state(slack)
}

async fn called(
    State(slack): State<Slack>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let method = Method::named(&name);
    let takes_json = method.is_some_and(|method| method.takes_json);
    let arguments = Arguments::parse(query.as_deref(), &headers, &body, takes_json);
    let asked = arguments.as_ref().map_or(Value::Null, Arguments::to_value);
    let effect = |world: &mut World| {
        let answer = match method {
            None => Err("unknown_method".into()),
            Some(method) => perform(world, method, &headers, arguments),
        };
        Reply::ok(finish(world, answer))
    };
    slack.attend(&name, asked, &connection, effect).await
}

fn perform(
    world: &mut World,
    method: &Method,
    headers: &HeaderMap,
    arguments: Result<Arguments, Failure>,
) -> Result<Value, Failure> {
    authenticate(world, headers)?;
    if !method.scopes.is_empty() && !method.scopes.iter().any(|scope| world.scopes.contains(*scope)) {
        return Err(Failure::missing_scope(&method.scopes.join(","), world));
    }
    let arguments = arguments?;
    arguments.only(method.arguments)?;
    (method.perform)(world, &arguments)
}

fn authenticate(world: &World, headers: &HeaderMap) -> Result<(), Failure> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or("not_authed")?;
    if token != world.app.bot_token {
        return Err("invalid_auth".into());
    }
    if world.is_token_revoked {
        return Err("token_revoked".into());
    }
    Ok(())
}

fn finish(world: &World, answer: Result<Value, Failure>) -> Value {
    let mut body = answer.unwrap_or_else(Failure::into_body);
    if body.get("ok").is_none() {
        body["ok"] = Value::Bool(true);
    }
    if world.variants.has_extra_fields {
        body["warning"] = json!("superfluous_charset");
        body["response_metadata"]["warnings"] = json!(["superfluous_charset"]);
        body["field_of_next_year"] = json!({"nested": [1, null]});
    }
    body
}
