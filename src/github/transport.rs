//! HTTP to GitHub's API: the one file that knows `octocrab`.
//!
//! `octocrab` carries requests and no more: its own calls for token requests send a wrong body, and its retries would
//! repeat a POST. Nothing here retries, follows a redirect or leaves the configured host.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, IF_NONE_MATCH, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::TokioExecutor;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::trouble::{Trouble, cut};
use crate::tls;
use crate::upstream::Upstream;

/// A page of 100 repositories is about 600 kB; far more than that is no answer of GitHub's.
const MAX_ANSWER: usize = 16 << 20;

/// One thing to ask of the API.
#[derive(Debug)]
pub(super) struct Ask {
    /// The name in metrics and logs.
    pub(super) operation: &'static str,
    pub(super) method: Method,
    /// Path and query below the API's address.
    pub(super) path: String,
    /// JSON.
    pub(super) body: Option<String>,
    /// Whatever has this tag is not wanted again.
    pub(super) unless: Option<String>,
}

impl Ask {
    pub(super) fn get(operation: &'static str, path: String) -> Self {
        Self { operation, method: Method::GET, path, body: None, unless: None }
    }
}

/// What GitHub answered, whatever the status.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// GitHub has not heard of it, for certain.
    NotSent(Trouble),
    /// It may have arrived.
    Lost(String),
}

impl From<Unanswered> for Trouble {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::NotSent(trouble) => trouble,
            Unanswered::Lost(cause) => Self::Unavailable { cause },
        }
    }
}

/// The connections to one API address.
#[derive(Debug)]
pub(super) struct Transport {
    octocrab: Octocrab,
    api: Url,
    patience: Duration,
    upstream: Upstream,
}

impl Transport {
    /// Must be called within a tokio runtime, on which `octocrab` spawns a task.
    pub(super) fn new(api: Url, version: &str, patience: Duration, upstream: Upstream) -> Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Less than the whole, so that an address where nobody listens is known not to have been sent anything.
        tcp.set_connect_timeout(Some(patience / 2));
        let connector =
            tls::connector(api.scheme() == "http")?.https_or_http().enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new()).build::<_, OctoBody>(connector);
        // Not `Octocrab::builder()`, which sends its own user agent beside ours.
        let octocrab = OctocrabBuilder::new_empty()
            .with_service(client)
            .with_layer(&ExtraHeadersLayer::new(Arc::new(constant_headers(version)?)))
            .with_auth(AuthState::None)
            .build()
            .unwrap_or_else(|never| match never {});
        Ok(Self { octocrab, api, patience, upstream })
    }

    /// Sends once and reads the whole answer, within the configured time.
    pub(super) async fn send(&self, ask: &Ask, credentials: &SecretString) -> Result<Reply, Unanswered> {
        let started = Instant::now();
        let reply = tokio::time::timeout(self.patience, self.exchange(ask, credentials))
            .await
            .unwrap_or_else(|_| Err(Unanswered::Lost(format!("no answer within {:?}", self.patience))));
        observe(ask, &reply, started.elapsed());
        self.watch(&reply);
        reply
    }

    async fn exchange(&self, ask: &Ask, credentials: &SecretString) -> Result<Reply, Unanswered> {
        let request = self.request(ask, credentials).map_err(|error| not_sent(&error))?;
        let answer = self.octocrab.execute(request).await.map_err(|error| {
            if is_connecting(&error) { not_sent(&error) } else { Unanswered::Lost(words(&error)) }
        })?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER)
            .collect()
            .await
            .map_err(|error| Unanswered::Lost(words(&*error)))?
            .to_bytes();
        Ok(Reply { status: parts.status, headers: parts.headers, body })
    }

    fn request(&self, ask: &Ask, credentials: &SecretString) -> Result<Request<String>, axum::http::Error> {
        let base = self.api.as_str().trim_end_matches('/');
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", credentials.expose_secret()))?;
        bearer.set_sensitive(true);
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(format!("{base}{}", ask.path))
            .header(AUTHORIZATION, bearer);
        if ask.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(etag) = &ask.unless {
            request = request.header(IF_NONE_MATCH, etag);
        }
        request.body(ask.body.clone().unwrap_or_default())
    }

    /// What an answer, or its absence, tells operators about GitHub.
    fn watch(&self, reply: &Result<Reply, Unanswered>) {
        let reply = match reply {
            Ok(reply) => reply,
            Err(Unanswered::NotSent(_)) => return self.upstream.fails("no connection"),
            Err(Unanswered::Lost(_)) => return self.upstream.fails("no answer"),
        };
        match reply.status.as_u16() {
            // Whether everything fails, or one organization's calls alone, its status does not tell.
            status @ 500.. => self.upstream.struggles(format!("HTTP {status}")),
            status @ (401 | 403 | 429) => self.upstream.complains(format!("HTTP {status}")),
            _ => self.upstream.answers(),
        }
        let remaining = reply.headers.get("x-ratelimit-remaining").and_then(|value| value.to_str().ok());
        if let Some(remaining) = remaining.and_then(|value| value.trim().parse().ok()) {
            self.upstream.allows(remaining);
        }
    }

    /// How GitHub does.
    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// The API's address.
    pub(super) fn api(&self) -> &Url {
        &self.api
    }
}

/// What GitHub wants with every request (docs.github.com, getting-started-with-the-rest-api).
fn constant_headers(version: &str) -> Result<Vec<(HeaderName, HeaderValue)>> {
    Ok(vec![
        (USER_AGENT, HeaderValue::from_static(concat!("countersign/", env!("CARGO_PKG_VERSION")))),
        (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
        (
            HeaderName::from_static("x-github-api-version"),
            HeaderValue::try_from(version).context("github.api_version")?,
        ),
    ])
}

fn not_sent(error: &(dyn Error + 'static)) -> Unanswered {
    Unanswered::NotSent(Trouble::Unavailable { cause: words(error) })
}

/// Whether an error arose before there was a connection to send anything on.
fn is_connecting(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| cause.downcast_ref::<ClientError>().is_some_and(ClientError::is_connect))
}

/// An error with its causes, for a log line; they name addresses and no request.
fn words(error: &(dyn Error + 'static)) -> String {
    cut(&causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn observe(ask: &Ask, reply: &Result<Reply, Unanswered>, took: Duration) {
    let status = reply.as_ref().map_or("none".to_owned(), |reply| reply.status.as_u16().to_string());
    let github_request_id = reply
        .as_ref()
        .ok()
        .and_then(|reply| reply.headers.get("x-github-request-id")?.to_str().ok())
        .unwrap_or_default();
    tracing::debug!(operation = ask.operation, status, github_request_id, "asked GitHub");
    metrics::histogram!(
        "countersign_upstream_seconds",
        "upstream" => "github", "operation" => ask.operation, "status" => status,
    )
    .record(took);
}
