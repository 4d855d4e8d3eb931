//! What every call passes: the record, the fault hook, the checks of headers, and the headers of every answer.

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::answer::Refusal;
use super::fault::{Moment, Stage, Verdict};
use super::{Call, GitHub};
use crate::simulator::connection::Connection;

/// Far more than any call of ours needs.
const MOST_BYTES: usize = 1_000_000;

/// Versions of the REST API (docs.github.com, API versions).
const API_VERSIONS: [&str; 2] = ["2022-11-28", "2026-03-10"];

/// Stands around the router: nothing is answered past it.
pub(super) async fn pass(
    State(github): State<GitHub>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BYTES).await else {
        return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large or broken")
            .into_response();
    };
    let call = github.note(&parts, &body);
    let (method, path) = (parts.method.clone(), github.path_of(&parts).to_owned());
    let header = |name: HeaderName| parts.headers.get(name).cloned();
    let (unless, credentials) = (header(header::IF_NONE_MATCH), header(header::AUTHORIZATION));
    let verdict = |stage| github.verdict(Moment { method: &method, path: &path, stage });

    let mut response = match verdict(Stage::Before).carry_out(&connection).await {
        Some(instead) => instead,
        None => {
            let usual = match check(&github, &parts.headers) {
                Ok(()) => next.run(Request::from_parts(parts, Body::from(body))).await,
                Err(refusal) => refusal.into_response(),
            };
            verdict(Stage::After).carry_out(&connection).await.unwrap_or(usual)
        }
    };

    if method == Method::GET && response.status() == StatusCode::OK {
        response = tagged(&github, response, unless.as_ref(), &credentials).await;
    }
    response.headers_mut().extend(github.common_headers());
    github.change(|world| world.calls[call].status = Some(response.status()));
    response
}

/// With a tag of what is said; or, to whoever has that, nothing but that it is still so, which costs no call
/// (docs.github.com, conditional requests). The real one tags what it says to each token differently, and no document tells
/// whether links to other pages are said then: here they are not.
async fn tagged(
    github: &GitHub,
    response: Response,
    unless: Option<&HeaderValue>,
    credentials: &Option<HeaderValue>,
) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut said = Sha256::new();
    said.update(credentials.as_ref().map_or(&b""[..], HeaderValue::as_bytes));
    said.update(&body);
    let tag = format!("W/\"{}\"", hex::encode(said.finalize()));
    let Ok(tag) = HeaderValue::try_from(tag) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if unless == Some(&tag) {
        github.change(|world| world.rate = world.rate.without_the_last());
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    parts.headers.insert(header::ETAG, tag);
    Response::from_parts(parts, Body::from(body))
}

/// What GitHub demands of the headers of any call.
fn check(github: &GitHub, headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if github.0.site.web.strip_prefix("http://") != text("host") {
        return Err(Refusal::not_found());
    }
    if text("user-agent").is_none_or(str::is_empty) {
        let message = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    }
    if let Some(accept) = text("accept").filter(|accept| !accept.contains("json") && !accept.contains("*/*"))
    {
        let message = format!("Unsupported 'Accept' header: '{accept}'. Must accept 'application/json'.");
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    match text("x-github-api-version") {
        Some(version) if !API_VERSIONS.contains(&version) => {
            let message = format!("\"{version}\" is not a supported version of the REST API");
            Err(Refusal::new(StatusCode::BAD_REQUEST, message))
        }
        Some(_) | None => Ok(()),
    }
}

impl GitHub {
    /// Remembers a call and tells its place in the record.
    fn note(&self, parts: &Parts, body: &[u8]) -> usize {
        let mut headers = parts.headers.clone();
        headers.remove(header::AUTHORIZATION);
        let call = Call {
            method: parts.method.clone(),
            path: self.path_of(parts).to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers,
            body: serde_json::from_slice(body).ok(),
            status: None,
        };
        let now = self.0.clock.now();
        self.change(|world| {
            world.rate = world.rate.after_call(now);
            world.calls.push(call);
            world.calls.len() - 1
        })
    }

    /// Without the prefix, so that the record and the hook need not know it.
    fn path_of<'a>(&self, parts: &'a Parts) -> &'a str {
        let path = parts.uri.path();
        path.strip_prefix(&self.0.prefix).unwrap_or(path)
    }

    /// Outside the lock of the world, so that the hook may ask questions of this GitHub.
    fn verdict(&self, moment: Moment<'_>) -> Verdict {
        let hook = self.look(|world| world.hook.clone());
        hook.map_or(Verdict::Continue, |hook| hook(moment))
    }

    fn common_headers(&self) -> HeaderMap {
        let rate = self.rate();
        let [a, b, c, d, e, ..] = self.0.chance.bytes::<8>();
        let pairs = [
            ("x-github-request-id", format!("{a:02X}{b:02X}:{c:02X}{d:02X}:{e:02X}")),
            ("x-ratelimit-limit", rate.limit.to_string()),
            ("x-ratelimit-remaining", rate.remaining.to_string()),
            ("x-ratelimit-used", rate.used.to_string()),
            ("x-ratelimit-reset", rate.reset.to_string()),
            ("x-ratelimit-resource", "core".to_owned()),
        ];
        let valid = pairs.into_iter().filter_map(|(name, value)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
        });
        valid.collect()
    }
}
