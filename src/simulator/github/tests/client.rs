//! A plain HTTP client that behaves as GitHub asks, unless a test wants otherwise.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::super::{App, GitHub};
use crate::clock::Clock;
use crate::ids::InstallationId;

#[derive(Clone)]
pub(super) struct Client {
    http: legacy::Client<HttpConnector, Full<Bytes>>,
    base: String,
    app: App,
    pub(super) headers: HeaderMap,
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) json: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and GitHub's message, for assertions on refusals.
    pub(super) fn refusal(&self) -> (u16, &str) {
        (self.status.as_u16(), self.json["message"].as_str().unwrap_or_default())
    }
}

impl Client {
    /// Without any right.
    pub(super) fn of(github: &GitHub) -> Self {
        let headers = [
            ("user-agent", "countersign-tests"),
            ("accept", "application/vnd.github+json"),
            ("x-github-api-version", "2022-11-28"),
        ];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        Self {
            http: legacy::Client::builder(TokioExecutor::new()).build_http(),
            base: github.api_url().to_owned(),
            app: github.app().clone(),
            headers: headers.into_iter().collect(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    /// As the app, by a JWT with these claims.
    pub(super) fn with_claims(self, claims: &Value) -> Self {
        let key = EncodingKey::from_rsa_pem(self.app.private_key_pem.expose_secret().as_bytes()).unwrap();
        let jwt = jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &key).unwrap();
        self.with("authorization", &format!("Bearer {jwt}"))
    }

    /// As the app, by a JWT as GitHub wants it.
    pub(super) fn with_jwt(self, clock: &Clock) -> Self {
        let now = clock.now().timestamp();
        let claims = json!({ "iat": now - 60, "exp": now + 540, "iss": self.app.client_id });
        self.with_claims(&claims)
    }

    pub(super) async fn with_installation_token(self, clock: &Clock, id: InstallationId) -> Self {
        let path = format!("/app/installations/{id}/access_tokens");
        let answer = self.clone().with_jwt(clock).post(&path, json!({})).await;
        self.with("authorization", &format!("Bearer {}", answer.json["token"].as_str().unwrap()))
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Bytes::new()).await.unwrap()
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, body.to_string()).await.unwrap()
    }

    /// An error is a connection that broke. `path` may be a whole URL, as in a link.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Result<Answer, legacy::Error> {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let mut request = Request::builder().method(method).uri(url).body(Full::new(body.into())).unwrap();
        *request.headers_mut() = self.headers.clone();
        let (parts, body) = self.http.request(request).await?.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Answer { status: parts.status, headers: parts.headers, json })
    }
}
