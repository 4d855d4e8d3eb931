//! `/link…`: the pages on which people link their accounts. Plain HTML, no script, nothing from elsewhere.
//!
//! Whoever comes here is a stranger with a browser: nothing is stored before the ticket, the cookie and what Slack or
//! GitHub say agree.

mod cookie;
mod pages;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use serde::Deserialize;

use super::{Doors, Rejection, headers};
use crate::app::{App, CameBack, Page};
use crate::identity::Side;
use crate::store::StoreError;

/// Nothing is loaded, nothing runs, nobody frames it, and forms go to ourselves.
const POLICY: &str = "default-src 'none'; style-src 'sha256-STYLE'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What stands in the address when somebody comes back from Slack or GitHub.
#[derive(Deserialize, Default)]
struct Query {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Form {
    token: String,
}

/// `GET /link/TICKET`: the start.
pub(super) async fn open(
    State(doors): State<Doors>,
    Path(secret): Path<String>,
    headers: HeaderMap,
) -> Response {
    shown(&doors.app, doors.app.open_link(&secret, cookie::browser(&headers)).await)
}

/// `GET /link/slack`: back from Slack.
pub(super) async fn from_slack(State(doors): State<Doors>, query: RawQuery, headers: HeaderMap) -> Response {
    came_back(&doors.app, Side::Slack, query, &headers).await
}

/// `GET /link/github`: back from GitHub.
pub(super) async fn from_github(State(doors): State<Doors>, query: RawQuery, headers: HeaderMap) -> Response {
    came_back(&doors.app, Side::GitHub, query, &headers).await
}

async fn came_back(app: &App, side: Side, RawQuery(query): RawQuery, headers: &HeaderMap) -> Response {
    // Said twice is not said: the crate refuses a repeated field.
    let query: Query = serde_urlencoded::from_str(query.as_deref().unwrap_or_default()).unwrap_or_default();
    let came = CameBack { state: query.state, code: query.code, is_error: query.error.is_some() };
    shown(app, app.came_back(side, came, cookie::browser(headers)).await)
}

/// `GET /link/confirm`: both sides.
pub(super) async fn confirm(State(doors): State<Doors>, headers: HeaderMap) -> Response {
    shown(&doors.app, doors.app.to_confirm(cookie::browser(&headers)).await)
}

/// `POST /link/confirm`: they are one person's.
pub(super) async fn confirmed(State(doors): State<Doors>, headers: HeaderMap, body: Body) -> Response {
    let mut deadline = doors.link.deadline(&doors.app.clock);
    let form = match doors.link.read(&headers, body, &mut deadline).await {
        Ok(body) => serde_urlencoded::from_bytes::<Form>(&body).ok(),
        Err(rejection) => return guarded(rejection.into_response()),
    };
    let token = form.map(|form| form.token).unwrap_or_default();
    let is_ours = doors.app.sign_in.as_ref().is_some_and(|sign_in| comes_from(&headers, &sign_in.origin()));
    let page = doors.app.confirmed(&token, is_ours, cookie::browser(&headers)).await;
    shown(&doors.app, page)
}

pub(super) async fn wrong_method() -> Response {
    guarded(StatusCode::METHOD_NOT_ALLOWED.into_response())
}

/// Whether a form was sent from our own page, as far as the browser tells. Because our pages ask for no referrer, browsers
/// name their origin `null` (fetch.spec.whatwg.org, "append a request `Origin` header"), as they would for a stranger's
/// page: the form's token is what counts, this is beside it.
fn comes_from(headers: &HeaderMap, ours: &str) -> bool {
    let said = |name| headers::text(headers, name);
    let is_origin_ours = match said("origin") {
        Ok(None | Some("null")) => true,
        Ok(Some(origin)) => origin == ours,
        Err(_) => false,
    };
    let is_site_ours = match said("sec-fetch-site") {
        Ok(None) => true,
        Ok(Some(site)) => site == "same-origin",
        Err(_) => false,
    };
    is_origin_ours && is_site_ours
}

fn shown(app: &App, page: Result<Page, StoreError>) -> Response {
    let page = match page {
        Ok(page) => page,
        Err(error) => return guarded(Rejection::from(error).into_response()),
    };
    let (status, cookie) = match &page {
        Page::Begin { browser, .. } => (StatusCode::OK, Some(cookie::set(browser))),
        Page::To(to) => return to_address(to),
        Page::Linked { .. } => (StatusCode::OK, Some(cookie::taken_back())),
        Page::Confirm { .. } | Page::Cancelled { .. } => (StatusCode::OK, None),
        Page::Refused(_) => (StatusCode::FORBIDDEN, None),
        Page::Useless(_) => (StatusCode::GONE, None),
        Page::Unknown => (StatusCode::NOT_FOUND, None),
        Page::Silent { .. } | Page::Misconfigured(_) => (StatusCode::BAD_GATEWAY, None),
    };
    let mut answer = (status, pages::page(&page, &app.config.slack.command)).into_response();
    if let Some(cookie) = cookie {
        answer.headers_mut().insert(SET_COOKIE, cookie);
    }
    guarded(answer)
}

fn to_address(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) => guarded((StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()),
        Err(_) => guarded(StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    }
}

/// What every answer here carries.
fn guarded(mut answer: Response) -> Response {
    let policy = POLICY.replace("STYLE", &pages::style_digest());
    let policy = HeaderValue::from_str(&policy).expect("our own policy is plain ASCII");
    let headers = answer.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (HeaderName::from_static("x-frame-options"), "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

impl IntoResponse for pages::Html {
    fn into_response(self) -> Response {
        let Self(markup): Self = self;
        let markup: Markup = markup;
        axum::response::Html(markup.into_string()).into_response()
    }
}
