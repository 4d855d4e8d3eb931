//! Active tokens: listed, looked into, revoked.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::super::answer::Refusal;
use super::super::auth::Caller;
use super::super::body::Body;
use super::super::listing::{Listing, Page};
use super::super::path::IdInPath;
use super::super::world::{Grant, World};
use super::super::{Access, GitHub, RevokingMany};
use super::TOKENS;
use crate::ids::GrantId;

/// `GET …/personal-access-tokens`; expired ones are listed like others.
pub(crate) async fn list(
    State(github): State<GitHub>,
    caller: Caller,
    listing: Listing,
) -> Result<Response, Refusal> {
    caller.needs(TOKENS, Access::Read)?;
    let kept: Vec<GrantId> = github.look(|world| {
        let own = world.grants.values().filter(|grant| grant.access.organization == caller.organization);
        let mut grants: Vec<&Grant> =
            own.filter(|grant| listing.filter.keeps(world, &grant.access)).collect();
        grants.sort_by_key(|grant| (grant.granted_at, grant.id));
        if !listing.ascending {
            grants.reverse();
        }
        grants.into_iter().map(|grant| grant.id).collect()
    });
    let path = format!("/organizations/{}/personal-access-tokens", caller.organization);
    // One that went since the list was made is no token any more.
    let show = |id: &GrantId| {
        github.look(|world| {
            world.grants.get(id).map_or(Value::Null, |grant| github.view(world).listed_grant(grant))
        })
    };
    Ok(listing.page.of_many(&kept, &github, &path, show))
}

/// `GET …/personal-access-tokens/{id}/repositories`.
pub(crate) async fn repositories(
    State(github): State<GitHub>,
    caller: Caller,
    IdInPath(id): IdInPath,
    page: Page,
) -> Result<Response, Refusal> {
    caller.needs(TOKENS, Access::Read)?;
    let items: Option<Vec<Value>> = github.look(|world| {
        let grant = find(world, &caller, GrantId(id))?;
        let view = github.view(world);
        Some(
            world
                .repositories_of(&grant.access)
                .into_iter()
                .map(|each| view.minimal_repository(each))
                .collect(),
        )
    });
    let items = items.ok_or_else(Refusal::not_found)?;
    let path = format!("/organizations/{}/personal-access-tokens/{id}/repositories", caller.organization);
    Ok(page.of(&items, &github, &path))
}

/// `POST …/personal-access-tokens/{id}`: 204, and no webhook tells of it.
pub(crate) async fn revoke(
    State(github): State<GitHub>,
    caller: Caller,
    IdInPath(id): IdInPath,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    caller.needs(TOKENS, Access::Write)?;
    Body::parse(&body, &["action"])?.word("action", &["revoke"])?;
    let id = GrantId(id);
    let revoked = github.change(|world| {
        find(world, &caller, id)?;
        world.grants.remove(&id)
    });
    revoked.map(|_| StatusCode::NO_CONTENT).ok_or_else(Refusal::not_found)
}

/// As many may be ended in one call (the published OpenAPI description).
const MOST_AT_ONCE: usize = 100;

/// `POST …/personal-access-tokens`: 202, whatever becomes of it.
pub(crate) async fn revoke_many(
    State(github): State<GitHub>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    caller.needs(TOKENS, Access::Write)?;
    let body = Body::parse(&body, &["action", "pat_ids"])?;
    body.word("action", &["revoke"])?;
    let wanted = body.get("pat_ids").and_then(Value::as_array);
    let wanted: Option<Vec<_>> =
        wanted.and_then(|ids| ids.iter().map(|id| id.as_u64().map(GrantId)).collect());
    let ids = wanted.filter(|ids| (1..=MOST_AT_ONCE).contains(&ids.len()));
    let ids = ids.ok_or_else(|| Refusal::invalid("\"pat_ids\" is not 1 to 100 numbers.".to_owned()))?;
    github.change(|world| {
        let (known, unknown): (Vec<_>, Vec<_>) =
            ids.iter().copied().partition(|id| find(world, &caller, *id).is_some());
        match world.variants.revoking_many {
            RevokingMany::KnownOnes => known.iter().for_each(|id| drop(world.grants.remove(id))),
            RevokingMany::AllOrNone if !unknown.is_empty() => {
                return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed"));
            }
            RevokingMany::AllOrNone => known.iter().for_each(|id| drop(world.grants.remove(id))),
            RevokingMany::Nothing => {}
        }
        Ok((StatusCode::ACCEPTED, Json(json!({}))))
    })
}

fn find<'a>(world: &'a World, caller: &Caller, id: GrantId) -> Option<&'a Grant> {
    world.grants.get(&id).filter(|grant| grant.access.organization == caller.organization)
}
