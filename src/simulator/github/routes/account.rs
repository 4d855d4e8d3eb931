//! Users, memberships, and how much may still be called.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::super::answer::Refusal;
use super::super::auth::{Caller, SomeInstallation};
use super::super::path::{IdInPath, NameInPath};
use super::super::{Access, GitHub};
use super::MEMBERS;
use crate::ids::GitHubUserId;

/// `GET /users/{username}`. GitHub answers without a token, too; the service should always send one.
pub(crate) async fn show_by_login(
    State(github): State<GitHub>,
    _: SomeInstallation,
    NameInPath(login): NameInPath,
) -> Result<Json<Value>, Refusal> {
    let found = github.look(|world| world.find_user(&login).map(|user| github.view(world).public_user(user)));
    found.map(Json).ok_or_else(Refusal::not_found)
}

/// `GET /user/{account_id}`: the same by id, which survives a new login.
pub(crate) async fn show_by_id(
    State(github): State<GitHub>,
    _: SomeInstallation,
    IdInPath(id): IdInPath,
) -> Result<Json<Value>, Refusal> {
    let found = github
        .look(|world| world.users.get(&GitHubUserId(id)).map(|user| github.view(world).public_user(user)));
    found.map(Json).ok_or_else(Refusal::not_found)
}

/// `GET /orgs/{org}/memberships/{username}`: 404 is "no member".
pub(crate) async fn membership(
    State(github): State<GitHub>,
    caller: Caller,
    NameInPath(login): NameInPath,
) -> Result<Json<Value>, Refusal> {
    caller.needs(MEMBERS, Access::Read)?;
    let found = github.look(|world| {
        let user = world.find_user(&login)?;
        let membership = world.memberships.get(&(caller.organization, user.id))?;
        Some(github.view(world).membership(&world.organizations[&caller.organization], user, *membership))
    });
    found.map(Json).ok_or_else(Refusal::not_found)
}

/// `GET /rate_limit`.
pub(crate) async fn rate_limit(State(github): State<GitHub>, _: SomeInstallation) -> Json<Value> {
    let rate = github.rate();
    let core = json!({
        "limit": rate.limit, "used": rate.used, "remaining": rate.remaining, "reset": rate.reset, "resource": "core",
    });
    let search =
        json!({ "limit": 30, "used": 0, "remaining": 30, "reset": rate.reset, "resource": "search" });
    Json(json!({ "resources": { "core": core, "search": search }, "rate": core }))
}
