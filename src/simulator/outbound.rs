//! How the simulators call the service: webhooks, clicks and commands as plain HTTP posts.

use std::time::Duration;

use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// GitHub waits 10 s for a webhook's answer (docs.github.com, best practices for using webhooks); Slack less.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the service answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The body as text, for assertions.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Posts bytes with headers, following nothing and trying once.
#[derive(Clone, Debug)]
pub struct Outbound(Client<HttpConnector, Full<Bytes>>);

impl Default for Outbound {
    fn default() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }
}

impl Outbound {
    /// Sends one POST; an error when nobody answers in time.
    pub async fn post(&self, url: &str, headers: HeaderMap, body: impl Into<Bytes>) -> Result<Answer> {
        let mut request = Request::builder().method(Method::POST).uri(url).body(Full::new(body.into()))?;
        request.headers_mut().extend(headers);
        self.send(request).await
    }

    /// Sends one GET.
    pub async fn get(&self, url: &str) -> Result<Answer> {
        self.send(Request::builder().uri(url).body(Full::default())?).await
    }

    /// The same with headers.
    pub async fn get_with(&self, url: &str, headers: HeaderMap) -> Result<Answer> {
        let mut request = Request::builder().uri(url).body(Full::default())?;
        request.headers_mut().extend(headers);
        self.send(request).await
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let answer =
            tokio::time::timeout(PATIENCE, self.0.request(request)).await.context("no answer in time")??;
        let (parts, body) = answer.into_parts();
        let body =
            tokio::time::timeout(PATIENCE, body.collect()).await.context("no whole answer in time")??;
        Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() })
    }
}
