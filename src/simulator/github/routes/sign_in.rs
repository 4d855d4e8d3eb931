//! Signing in with GitHub: the code grant of a GitHub App, with PKCE (docs.github.com, generating a user access token).
//!
//! Who is signed in to GitHub in a browser, its cookie says: `user=octocat`. With `declines=yes` they press Cancel.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::super::GitHub;
use super::super::answer::Refusal;
use super::super::world::{SignInCode, UserToken};

/// Codes expire after ten minutes, user tokens after eight hours.
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(8);

/// `GET /login/oauth/authorize`, in a browser.
pub(crate) async fn authorize(
    State(github): State<GitHub>,
    Query(asked): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let said = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let app = github.app();
    if said("client_id") != app.client_id {
        return (StatusCode::NOT_FOUND, "no such app").into_response();
    }
    if !app.callback_urls.iter().any(|url| url == said("redirect_uri")) {
        return (StatusCode::BAD_REQUEST, "The redirect_uri MUST match the registered callback URL")
            .into_response();
    }
    let challenge = match (asked.get("code_challenge"), said("code_challenge_method")) {
        (None, "") => None,
        (Some(challenge), "S256") if challenge.len() == 43 => Some(challenge.clone()),
        _ => return (StatusCode::BAD_REQUEST, "code_challenge_method must be S256").into_response(),
    };
    let user = cookie(&headers, "user")
        .and_then(|login| github.look(|world| world.find_user(&login).map(|user| user.id)));
    let Some(user) = user else { return (StatusCode::UNAUTHORIZED, "nobody is signed in").into_response() };
    let Ok(mut back) = Url::parse(said("redirect_uri")) else {
        return (StatusCode::BAD_REQUEST, "redirect_uri is no URL").into_response();
    };
    if cookie(&headers, "declines").is_some() {
        back.query_pairs_mut().append_pair("error", "access_denied");
    } else {
        let code = hex::encode(github.0.chance.bytes::<10>());
        let made_at = github.0.clock.now();
        let redirect_uri = said("redirect_uri").to_owned();
        let remembered = SignInCode { user, redirect_uri, challenge, made_at };
        github.change(|world| {
            world.sign_in_secrets.push(code.clone());
            world.sign_in_codes.insert(code.clone(), remembered)
        });
        back.query_pairs_mut().append_pair("code", &code);
    }
    back.query_pairs_mut().append_pair("state", said("state"));
    (StatusCode::FOUND, [(header::LOCATION, back.to_string())]).into_response()
}

/// `POST /login/oauth/access_token`: errors come with status 200.
pub(crate) async fn token(State(github): State<GitHub>, headers: HeaderMap, body: Bytes) -> Response {
    let form: BTreeMap<String, String> = serde_urlencoded::from_bytes(&body).unwrap_or_default();
    let answer = exchange(&github, &form).unwrap_or_else(
        |error| json!({ "error": error, "error_description": "…", "error_uri": "https://docs.github.com/" }),
    );
    // Who does not ask for JSON gets a form.
    let wants_json = headers.get(header::ACCEPT).is_some_and(|accept| accept == "application/json");
    if wants_json {
        Json(answer).into_response()
    } else {
        serde_urlencoded::to_string(answer.as_object()).unwrap_or_default().into_response()
    }
}

fn exchange(github: &GitHub, form: &BTreeMap<String, String>) -> Result<Value, &'static str> {
    let said = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let (app, now) = (github.app(), github.0.clock.now());
    if said("client_id") != app.client_id || said("client_secret") != app.client_secret.expose_secret() {
        return Err("incorrect_client_credentials");
    }
    let code =
        github.change(|world| world.sign_in_codes.remove(said("code"))).ok_or("bad_verification_code")?;
    if code.made_at + CODE_LIFE <= now {
        return Err("bad_verification_code");
    }
    if code.redirect_uri != said("redirect_uri") {
        return Err("redirect_uri_mismatch");
    }
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(said("code_verifier")));
    if code.challenge.is_some_and(|expected| expected != challenge) {
        return Err("bad_verification_code");
    }
    let token = format!("ghu_{}", hex::encode(github.0.chance.bytes::<18>()));
    github.change(|world| {
        world.sign_in_secrets.push(token.clone());
        world.user_tokens.insert(token.clone(), UserToken { user: code.user, expires_at: now + TOKEN_LIFE })
    });
    Ok(json!({ "access_token": token, "token_type": "bearer", "scope": "", "expires_in": 28_800 }))
}

/// `GET /user`: the user of a user access token.
pub(crate) async fn show_signed_in(
    State(github): State<GitHub>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = said
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| Refusal::unauthorized("Requires authentication"))?;
    let now = github.0.clock.now();
    let found = github.look(|world| {
        let token = world.user_tokens.get(token).filter(|token| token.expires_at > now)?;
        Some(github.view(world).public_user(&world.users[&token.user]))
    });
    found.map(Json).ok_or_else(Refusal::bad_credentials)
}

/// `DELETE /applications/{client_id}/token`, in the name of the app.
pub(crate) async fn revoke(
    State(github): State<GitHub>,
    Path(client): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let app = github.app();
    let expected = format!("{}:{}", app.client_id, app.client_secret.expose_secret());
    let expected = format!("Basic {}", STANDARD.encode(expected));
    let is_app = headers.get(header::AUTHORIZATION).is_some_and(|value| value == expected.as_str());
    if client != app.client_id || !is_app {
        return Err(Refusal::not_found());
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let token = body["access_token"].as_str().unwrap_or_default();
    let revoked = github.change(|world| world.user_tokens.remove(token));
    revoked
        .map(|_| StatusCode::NO_CONTENT)
        .ok_or_else(|| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed"))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let line = headers.get(header::COOKIE)?.to_str().ok()?;
    let pairs = line.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}
