//! Pending token requests: listed, looked into, reviewed.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::super::answer::Refusal;
use super::super::auth::Caller;
use super::super::body::Body;
use super::super::listing::{Listing, Page};
use super::super::path::IdInPath;
use super::super::variants::{OwnSender, Variants};
use super::super::world::Standing;
use super::super::{Access, Action, By, Decision, GitHub};
use super::REQUESTS;
use crate::ids::RequestId;

/// The longest reason (published OpenAPI description).
const LONGEST_REASON: usize = 1024;

/// `GET …/personal-access-token-requests`: the pending ones.
pub(crate) async fn list(
    State(github): State<GitHub>,
    caller: Caller,
    listing: Listing,
) -> Result<Response, Refusal> {
    caller.needs(REQUESTS, Access::Read)?;
    let now = github.0.clock.now();
    let kept: Vec<RequestId> = github.change(|world| {
        let mut requests = world.list_requests(caller.organization, now);
        if !listing.ascending {
            requests.reverse();
        }
        requests.retain(|id| listing.filter.keeps(world, &world.requests[id].access));
        requests
    });
    let path = format!("/organizations/{}/personal-access-token-requests", caller.organization);
    let show = |id: &RequestId| github.look(|world| github.view(world).listed_request(&world.requests[id]));
    Ok(listing.page.of_many(&kept, &github, &path, show))
}

/// `GET …/personal-access-token-requests/{id}/repositories`.
pub(crate) async fn repositories(
    State(github): State<GitHub>,
    caller: Caller,
    IdInPath(id): IdInPath,
    page: Page,
) -> Result<Response, Refusal> {
    caller.needs(REQUESTS, Access::Read)?;
    let items: Option<Vec<Value>> = github.look(|world| {
        let request = world.requests.get(&RequestId(id))?;
        if request.access.organization != caller.organization || request.standing != Standing::Pending {
            return None;
        }
        let view = github.view(world);
        Some(
            world
                .repositories_of(&request.access)
                .into_iter()
                .map(|each| view.minimal_repository(each))
                .collect(),
        )
    });
    let items = items.ok_or_else(Refusal::not_found)?;
    let path =
        format!("/organizations/{}/personal-access-token-requests/{id}/repositories", caller.organization);
    Ok(page.of(&items, &github, &path))
}

/// `POST …/personal-access-token-requests/{id}`: 204, and the decision comes back as a webhook.
pub(crate) async fn review(
    State(github): State<GitHub>,
    caller: Caller,
    IdInPath(id): IdInPath,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    caller.needs(REQUESTS, Access::Write)?;
    let variants = github.look(|world| world.variants.clone());
    let (action, reason) = decision(&body, &variants)?;
    let id = RequestId(id);
    let decision = Decision { action, by: By::App, reason, at: github.0.clock.now() };

    let webhook = github.change(|world| {
        let request = world.requests.get(&id)?;
        if request.access.organization != caller.organization {
            return None;
        }
        world.decide(id, decision).ok()?;
        let sender = match variants.own_sender {
            OwnSender::Bot => world.bot,
            OwnSender::AppOwner => world.app_owner,
        };
        Some(github.view(world).request_webhook(action.event(), id, sender))
    });
    match webhook {
        Some(webhook) => {
            github.send_later(webhook);
            Ok(StatusCode::NO_CONTENT)
        }
        None => Err(variants.not_pending.refusal()),
    }
}

fn decision(bytes: &[u8], variants: &Variants) -> Result<(Action, Option<String>), Refusal> {
    let body = Body::parse(bytes, &["action", "reason"])?;
    let action = match body.word("action", &["approve", "deny"])? {
        "approve" => Action::Approve,
        _ => Action::Deny,
    };
    let reason = body.optional_text("reason")?;
    let length = reason.map_or(0, |reason| variants.reason_unit.length(reason));
    if length > LONGEST_REASON {
        let detail = format!("Only {LONGEST_REASON} characters are allowed; {length} were supplied.");
        return Err(Refusal::invalid(detail));
    }
    Ok((action, reason.map(str::to_owned)))
}
