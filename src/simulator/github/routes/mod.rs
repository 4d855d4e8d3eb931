//! The routes of the REST API that the service uses. What isn't here is 404, whatever the method.

mod account;
mod app;
mod deliveries;
mod grant;
mod request;
mod sign_in;
mod team;

use axum::routing::{delete, get, post};
use axum::{Extension, Router, middleware};

use super::GitHub;
use super::answer::Refusal;
use super::door;
use super::path::Addressing;

const REQUESTS: &str = "organization_personal_access_token_requests";
const TOKENS: &str = "organization_personal_access_tokens";
const MEMBERS: &str = "members";

pub(crate) fn router(github: GitHub) -> Router {
    let routes = Router::new()
        .route("/app", get(app::show))
        .route("/app/installations", get(app::list_installations))
        .route("/app/installations/{id}", get(app::show_installation))
        .route("/app/installations/{id}/access_tokens", post(app::create_token))
        .route("/app/hook/deliveries", get(deliveries::list))
        .route("/app/hook/deliveries/{id}", get(deliveries::show))
        .route("/users/{username}", get(account::show_by_login))
        .route("/user", get(sign_in::show_signed_in))
        .route("/user/{id}", get(account::show_by_id))
        .route("/applications/{client_id}/token", delete(sign_in::revoke))
        .route("/rate_limit", get(account::rate_limit))
        .nest("/orgs/{org}", of_organization(Addressing::Login))
        // GitHub's own links name the organization by its id.
        .nest("/organizations/{org}", of_organization(Addressing::Id));
    let prefixed = match github.0.prefix.as_str() {
        "" => routes,
        prefix => Router::new().nest(prefix, routes),
    };
    prefixed
        .route("/login/oauth/authorize", get(sign_in::authorize))
        .route("/login/oauth/access_token", post(sign_in::token))
        .fallback(nowhere)
        .method_not_allowed_fallback(nowhere)
        .layer(middleware::from_fn_with_state(github.clone(), door::pass))
        .with_state(github)
}

fn of_organization(addressing: Addressing) -> Router<GitHub> {
    let team = match addressing {
        Addressing::Login => "/teams/{team}",
        Addressing::Id => "/team/{team}",
    };
    Router::new()
        .route(team, get(team::show))
        .route(&format!("{team}/members"), get(team::members))
        .route(&format!("{team}/memberships/{{username}}"), get(team::membership))
        .route("/members", get(team::of_organization))
        .route("/installation", get(app::installation_on))
        .route("/memberships/{username}", get(account::membership))
        .route("/personal-access-token-requests", get(request::list))
        .route("/personal-access-token-requests/{id}", post(request::review))
        .route("/personal-access-token-requests/{id}/repositories", get(request::repositories))
        .route("/personal-access-tokens", get(grant::list).post(grant::revoke_many))
        .route("/personal-access-tokens/{id}", post(grant::revoke))
        .route("/personal-access-tokens/{id}/repositories", get(grant::repositories))
        .layer(Extension(addressing))
}

async fn nowhere() -> Refusal {
    Refusal::not_found()
}
