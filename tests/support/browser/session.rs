//! The few commands of WebDriver that the stories need (W3C WebDriver, 6: JSON over HTTP).
//!
//! Written out, because the client crates bring along some twenty others, and a change of features that builds nearly
//! everything anew.

use axum::body::Bytes;
use axum::http::{Method, Request};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// Under this name an element's reference stands (W3C WebDriver, 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One browser, until its driver ends.
pub(super) struct Session {
    http: Client<HttpConnector, Full<Bytes>>,
    url: String,
    pub(super) id: String,
}

/// Something on the page.
pub(super) struct Element(String);

/// What the driver says went wrong.
type Answer = Result<Value, String>;

impl Session {
    /// Starts a browser through the driver at `url`.
    pub(super) async fn start(url: &str, capabilities: Value) -> Result<Self, String> {
        let http = Client::builder(TokioExecutor::new()).build_http();
        let mut session = Self { http, url: format!("{url}/session"), id: String::new() };
        let wanted = json!({"capabilities": {"alwaysMatch": capabilities}});
        let started = session.post("", wanted).await?;
        session.id = started["sessionId"].as_str().ok_or("no session id")?.to_owned();
        session.url = format!("{}/{}", session.url, session.id);
        Ok(session)
    }

    pub(super) async fn go_to(&self, url: &str) -> Answer {
        self.post("/url", json!({"url": url})).await
    }

    /// Runs the body of a function.
    pub(super) async fn run(&self, script: &str) -> Answer {
        self.post("/execute/sync", json!({"script": script, "args": []})).await
    }

    /// Runs the body of a function and returns what it gives to the callback that is its second argument.
    pub(super) async fn wait_for(&self, script: &str, argument: &str) -> Answer {
        self.post("/execute/async", json!({"script": script, "args": [argument]})).await
    }

    pub(super) async fn click(&self, element: &Element) -> Answer {
        self.post(&format!("/element/{}/click", element.0), json!({})).await
    }

    pub(super) async fn clear(&self, element: &Element) -> Answer {
        self.post(&format!("/element/{}/clear", element.0), json!({})).await
    }

    pub(super) async fn type_into(&self, element: &Element, text: &str) -> Answer {
        self.post(&format!("/element/{}/value", element.0), json!({"text": text})).await
    }

    /// What can be seen, as PNG.
    pub(super) async fn picture(&self) -> Result<Vec<u8>, String> {
        let picture = self.send(Method::GET, "/screenshot", Full::default()).await?;
        BASE64_STANDARD.decode(picture.as_str().ok_or("no picture")?).map_err(|error| error.to_string())
    }

    /// Reads a log, `browser` or `performance`, and empties it: an extension of Selenium's.
    pub(super) async fn log(&self, which: &str) -> Answer {
        self.post("/se/log", json!({"type": which})).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Full::from(body.to_string())).await
    }

    async fn send(&self, method: Method, path: &str, body: Full<Bytes>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .body(body);
        let request = request.map_err(|error| error.to_string())?;
        let answer = self.http.request(request).await.map_err(|error| error.to_string())?;
        let is_done = answer.status().is_success();
        let bytes = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        let told: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        if is_done { Ok(told["value"].clone()) } else { Err(told["value"]["message"].to_string()) }
    }
}

impl Element {
    /// An element that a script gave.
    pub(super) fn given(value: &Value) -> Option<Self> {
        value[ELEMENT].as_str().map(|id| Self(id.to_owned()))
    }
}
