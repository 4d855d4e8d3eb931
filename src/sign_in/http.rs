//! The HTTP client of sign-in: one TLS stack, no redirects, nothing endless.

use std::error::Error;
use std::pin::Pin;
use std::time::Duration;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use hyper::{Method, Request, StatusCode};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::tls;

/// Larger than any answer that is read here.
const MOST_BYTES: usize = 256 * 1024;

/// GitHub refuses calls without a name.
const NAME: &str = concat!("countersign/", env!("CARGO_PKG_VERSION"));

/// No answer of use. Says nothing of what was sent or came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreachable(String);

#[derive(Clone)]
pub(super) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    patience: Duration,
}

impl Http {
    /// With `plain`, everything is on loopback.
    pub(super) fn new(plain: bool, patience: Duration) -> Result<Self> {
        let connector = tls::connector(plain)?.https_or_http().enable_http1().build();
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(connector), patience })
    }

    /// Gets something, with a token if one is given; anything but 200 is no answer.
    pub(super) async fn get(&self, url: &Url, token: Option<&SecretString>) -> Result<Vec<u8>, Unreachable> {
        let mut request = Request::get(url.as_str()).header(ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.expose_secret()));
        }
        let answer = self.send(built(request, Vec::new())?).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            status => Err(Unreachable(format!("HTTP {}", status.as_u16()))),
        }
    }

    /// Revokes a user's token of GitHub (docs.github.com, delete an app token).
    pub(super) async fn revoke(
        &self,
        url: &Url,
        client: (&str, &SecretString),
        token: &SecretString,
    ) -> Result<(), Unreachable> {
        let body = serde_json::json!({ "access_token": token.expose_secret() }).to_string();
        let request = Request::builder()
            .method(Method::DELETE)
            .uri(url.as_str())
            .header(ACCEPT, "application/vnd.github+json")
            .header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, basic(client.0, client.1.expose_secret()));
        let answer = self.send(built(request, body.into_bytes())?).await?;
        match answer.status() {
            StatusCode::NO_CONTENT => Ok(()),
            status => Err(Unreachable(format!("HTTP {}", status.as_u16()))),
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let (mut parts, body) = request.into_parts();
        parts.headers.insert(USER_AGENT, hyper::header::HeaderValue::from_static(NAME));
        let request = Request::from_parts(parts, Full::from(body));
        let exchange = async {
            let answer = self.client.request(request).await.map_err(broken)?;
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, MOST_BYTES).collect().await;
            let body = body.map_err(|_| Unreachable("the answer broke off, or is too long".to_owned()))?;
            Ok(HttpResponse::from_parts(parts, body.to_bytes().to_vec()))
        };
        let silent = || Err(Unreachable("no answer in time".to_owned()));
        let answer = tokio::time::timeout(self.patience, exchange).await.unwrap_or_else(|_| silent())?;
        match answer.status() {
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(Unreachable(format!("HTTP {}", status.as_u16())))
            }
            _ => Ok(answer),
        }
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Unreachable;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unreachable>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn built(request: hyper::http::request::Builder, body: Vec<u8>) -> Result<HttpRequest, Unreachable> {
    request.body(body).map_err(|_| Unreachable("the question can't be asked".to_owned()))
}

fn broken(error: hyper_util::client::legacy::Error) -> Unreachable {
    let cause = if error.is_connect() { "no connection" } else { "the connection broke" };
    tracing::debug!(cause, source = error.source().map(ToString::to_string), "a sign-in call failed");
    Unreachable(cause.to_owned())
}

/// RFC 7617.
fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
