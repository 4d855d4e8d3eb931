//! A scripted GitHub on loopback for this module's tests; the stateful one is in `simulator`.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::{GitHub, Place, Settings};
use crate::clock::Clock;
use crate::ids::{InstallationId, Login};

/// What the stand-in was asked.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Seen {
    pub(super) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    pub(super) fn token(&self) -> &str {
        self.headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap()
    }
}

/// What a script does with a question; what it leaves alone is a 404, or a minted token.
pub(super) enum Does {
    Answers(Response),
    NeverAnswers,
    Default,
}

/// Answers with JSON.
pub(super) fn answers(status: u16, body: &Value) -> Does {
    Does::Answers((StatusCode::from_u16(status).unwrap(), body.to_string()).into_response())
}

pub(super) struct StandIn {
    pub(super) clock: Clock,
    pub(super) github: GitHub,
    pub(super) address: String,
    script: Arc<Script>,
}

type Doing = dyn Fn(&Seen, usize) -> Does + Send + Sync;

struct Script {
    clock: Clock,
    does: Box<Doing>,
    seen: Mutex<Vec<Seen>>,
    hung_up: Notify,
}

/// Tells when a question that gets no answer is given up by who asked it.
struct TellsHangingUp(Arc<Script>);

impl Drop for TellsHangingUp {
    fn drop(&mut self) {
        self.0.hung_up.notify_one();
    }
}

pub(super) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

pub(super) fn acme() -> Place {
    Place { installation: InstallationId(5), organization: Login::new("acme") }
}

impl StandIn {
    /// `does` sees each question and how many came before it.
    pub(super) async fn start(does: impl Fn(&Seen, usize) -> Does + Send + Sync + 'static) -> Self {
        let clock = Clock::manual(noon());
        let script = Arc::new(Script {
            clock: clock.clone(),
            does: Box::new(does),
            seen: Mutex::default(),
            hung_up: Notify::new(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        let github = github(&format!("{address}/api/v3"), &clock);
        Self { clock, github, address, script }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.script.seen.lock().unwrap().clone()
    }

    pub(super) fn mints(&self) -> usize {
        self.seen().iter().filter(|seen| seen.path.ends_with("/access_tokens")).count()
    }

    /// Returns once somebody has stopped waiting for an answer.
    pub(super) async fn hung_up(&self) {
        tokio::time::timeout(Duration::from_secs(10), self.script.hung_up.notified()).await.unwrap();
    }

    /// What was asked beside tokens.
    pub(super) fn paths(&self) -> Vec<String> {
        let asked = self.seen().into_iter().filter(|seen| !seen.path.ends_with("/access_tokens"));
        asked.map(|seen| seen.path).collect()
    }
}

/// A client with little patience.
pub(super) fn github(api_url: &str, clock: &Clock) -> GitHub {
    let settings = Settings {
        api_url: api_url.parse().unwrap(),
        api_version: "2022-11-28".into(),
        app_id: 123_456,
        private_key: private_key().into(),
        timeout: Duration::from_millis(500),
    };
    GitHub::new(settings, clock.clone()).unwrap()
}

/// One key for all tests of a run, because making one takes a good part of a second.
pub(super) fn private_key() -> String {
    static KEY: LazyLock<String> = LazyLock::new(|| {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        pem("PRIVATE KEY", der.as_ref())
    });
    KEY.clone()
}

/// RFC 7468, by hand because nothing but tests writes it.
fn pem(label: &str, der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in der.chunks(3) {
        let bits =
            three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for i in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= three.len() { char::from(digit) } else { '=' });
        }
        if text.len() % 65 == 64 {
            text.push('\n');
        }
    }
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

async fn answer(State(script): State<Arc<Script>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().unwrap().as_str().to_owned();
    let asked = Seen {
        method: parts.method.to_string(),
        path: path.strip_prefix("/api/v3").unwrap_or("outside the base path").to_owned(),
        headers: parts.headers,
        body: to_bytes(body, 1 << 20).await.unwrap(),
    };
    let before = {
        let mut seen = script.seen.lock().unwrap();
        seen.push(asked.clone());
        seen.len() - 1
    };
    match (script.does)(&asked, before) {
        Does::Answers(response) => response,
        Does::NeverAnswers => {
            let _tells = TellsHangingUp(script);
            std::future::pending().await
        }
        Does::Default if asked.path.ends_with("/access_tokens") => minted(before, script.clock.now()),
        Does::Default => (StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#).into_response(),
    }
}

/// A token as long as the stateless ones that GitHub has begun to mint.
fn minted(number: usize, now: DateTime<Utc>) -> Response {
    let token = format!("ghs_{number}_{}", "x".repeat(520));
    let body = json!({ "token": token, "expires_at": now + TimeDelta::hours(1) });
    (StatusCode::CREATED, body.to_string()).into_response()
}
