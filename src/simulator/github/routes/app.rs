//! The app about itself, by JWT: its installations, and tokens for them.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::answer::Refusal;
use super::super::auth::{AsApp, new_token};
use super::super::body::Body;
use super::super::listing::Page;
use super::super::path::{IdInPath, OrganizationInPath};
use super::super::representation::app::permission_words;
use super::super::representation::utc_time;
use super::super::world::{AccessToken, Installation};
use super::super::{Access, GitHub};
use crate::ids::InstallationId;

/// `GET /app`.
pub(crate) async fn show(State(github): State<GitHub>, _: AsApp) -> Json<Value> {
    Json(github.look(|world| github.view(world).app()))
}

/// `GET /app/installations`; suspended ones are listed like others.
pub(crate) async fn list_installations(State(github): State<GitHub>, _: AsApp, page: Page) -> Response {
    let items: Vec<Value> = github.look(|world| {
        let view = github.view(world);
        world.installations.values().map(|installation| view.installation(installation)).collect()
    });
    page.of(&items, &github, "/app/installations")
}

/// `GET /app/installations/{id}`.
pub(crate) async fn show_installation(
    State(github): State<GitHub>,
    _: AsApp,
    IdInPath(id): IdInPath,
) -> Result<Json<Value>, Refusal> {
    let found = github.look(|world| {
        let installation = world.installations.get(&InstallationId(id))?;
        Some(github.view(world).installation(installation))
    });
    found.map(Json).ok_or_else(Refusal::not_found)
}

/// `GET /orgs/{org}/installation`: for a webhook that doesn't say.
pub(crate) async fn installation_on(
    State(github): State<GitHub>,
    _: AsApp,
    OrganizationInPath(organization): OrganizationInPath,
) -> Result<Json<Value>, Refusal> {
    let found = github.look(|world| {
        let installation = world.installation_on(organization.id)?;
        Some(github.view(world).installation(installation))
    });
    found.map(Json).ok_or_else(Refusal::not_found)
}

/// `POST /app/installations/{id}/access_tokens`: a token for an hour, with all or fewer of the permissions.
pub(crate) async fn create_token(
    State(github): State<GitHub>,
    _: AsApp,
    IdInPath(id): IdInPath,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let body = Body::parse(&body, &["permissions", "repositories", "repository_ids"])?;
    let expires_at = github.0.clock.now() + TimeDelta::hours(1);
    let installation = github.look(|world| world.installations.get(&InstallationId(id)).cloned());
    let installation = installation.ok_or_else(Refusal::not_found)?;
    if installation.suspension.is_some() {
        return Err(Refusal::suspended());
    }
    if body.get("repositories").or(body.get("repository_ids")).is_some() {
        // The app has no permission on any repository.
        let message = "There is at least one repository that does not exist or is not accessible to the parent installation.";
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message));
    }

    let permissions = narrowed(&installation, body.get("permissions"))?;
    let format = github.look(|world| world.variants.token_format);
    let secret = new_token(format, github.0.app.id, &github.0.chance);
    let answer = json!({
        "token": secret,
        "expires_at": utc_time(expires_at),
        "permissions": permission_words(&permissions),
        "repository_selection": "all",
    });
    let token = AccessToken { installation: installation.id, permissions, expires_at };
    github.change(|world| world.access_tokens.insert(secret, token));
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The permissions asked for, which must all be granted; without a wish, all there are.
fn narrowed(installation: &Installation, wish: Option<&Value>) -> Result<BTreeMap<String, Access>, Refusal> {
    let granted = &installation.permissions;
    let Some(wish) = wish else { return Ok(granted.clone()) };
    let wish = wish.as_object().ok_or_else(|| Refusal::invalid(format!("{wish} is not an object.")))?;
    let mut permissions = BTreeMap::new();
    for (name, level) in wish {
        let access = level.as_str().and_then(Access::from_word);
        let access = access
            .ok_or_else(|| Refusal::invalid(format!("{level} is not a member of [\"read\", \"write\"].")))?;
        if granted.get(name).is_none_or(|held| *held < access) {
            let message = "The permissions requested are not granted to this installation.";
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message));
        }
        permissions.insert(name.clone(), access);
    }
    Ok(permissions)
}
