//! The simulator's strictness, over real HTTP on both sides.

mod acts;
mod api;
mod client;
mod faults;
mod files;
mod modals;
mod payloads;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::routing::post;
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};

use super::*;

/// A workspace with two people and two channels, a client for its API, and a service that only listens.
struct Bench {
    slack: Slack,
    clock: Clock,
    service: Service,
}

/// What the pretended service heard, and what it answers.
#[derive(Clone)]
struct Service {
    heard: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answer: Arc<Mutex<(StatusCode, Value)>>,
}

impl Service {
    async fn start() -> (Self, String) {
        let service =
            Self { heard: Arc::default(), answer: Arc::new(Mutex::new((StatusCode::OK, json!("")))) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let handler = {
            let service = service.clone();
            move |headers: HeaderMap, body: String| async move { service.hear(headers, body) }
        };
        tokio::spawn(
            axum::serve(listener, Router::new().route("/slack/{what}", post(handler))).into_future(),
        );
        (service, url)
    }

    fn hear(&self, headers: HeaderMap, body: String) -> Reply {
        self.heard.lock().unwrap().push((headers, body));
        let (status, answer) = self.answer.lock().unwrap().clone();
        Reply::new(status, answer)
    }

    fn answers(&self, answer: Value) {
        self.answer.lock().unwrap().1 = answer;
    }

    fn last(&self) -> (HeaderMap, String) {
        self.heard.lock().unwrap().last().cloned().expect("something was heard")
    }

    /// The last interaction's payload.
    fn payload(&self) -> Value {
        serde_json::from_str(&self.form()["payload"]).unwrap()
    }

    fn form(&self) -> std::collections::BTreeMap<String, String> {
        serde_urlencoded::from_str(&self.last().1).unwrap()
    }
}

impl Bench {
    async fn new() -> Self {
        let clock = Clock::manual(DateTime::from_timestamp(1_780_000_000, 0).unwrap());
        let slack =
            Slack::start(clock.clone(), Chance::seeded(7), "127.0.0.1:0".parse().unwrap()).await.unwrap();
        slack.add_user("U0ALICE", "alice");
        slack.add_user("U0BOB", "bob");
        slack.add_channel("C0APPROVALS", "approvals");
        slack.add_channel("C0PRIVATE", "private");
        slack.change_channel("C0PRIVATE", |channel| channel.is_private = true).unwrap();
        let (service, url) = Service::start().await;
        slack.serve_at(&url);
        Self { slack, clock, service }
    }

    async fn call(&self, method: &str, body: Value) -> Value {
        self.send(method, &self.slack.app().bot_token, "application/json; charset=utf-8", body.to_string())
            .await
    }

    async fn form(&self, method: &str, fields: &[(&str, &str)]) -> Value {
        let body = serde_urlencoded::to_string(fields).unwrap();
        self.send(method, &self.slack.app().bot_token, "application/x-www-form-urlencoded", body).await
    }

    async fn send(&self, method: &str, token: &str, content_type: &'static str, body: String) -> Value {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        let url = format!("{}/{method}", self.slack.api_url());
        let answer = Outbound::default().post(&url, headers, body).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Posts to a full URL, as to a `response_url`.
    async fn respond(&self, url: &str, body: Value) -> (StatusCode, String) {
        let answer = Outbound::default().post(url, HeaderMap::new(), body.to_string()).await.unwrap();
        (answer.status, answer.text())
    }

    /// Posts a card with an Approve button and returns its timestamp.
    async fn card(&self) -> String {
        let answer = self.call("chat.postMessage", card("C0APPROVALS")).await;
        answer["ts"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    fn later(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }
}

fn card(channel: &str) -> Value {
    json!({
        "channel": channel,
        "text": "octocat asks",
        "metadata": {"event_type": "countersign_request", "event_payload": {"key": "r-7f3k2"}},
        "blocks": [
            {"type": "rich_text", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "octocat asks"}]}]},
            {"type": "actions", "block_id": "r-7f3k2.1", "elements": [
                {"type": "button", "action_id": "approve", "value": "r-7f3k2", "text": {"type": "plain_text", "text": "Approve"}}]},
        ],
    })
}

fn modal() -> Value {
    json!({
        "type": "modal", "callback_id": "deny", "private_metadata": "r-7f3k2",
        "title": {"type": "plain_text", "text": "Deny"}, "submit": {"type": "plain_text", "text": "Deny"},
        "blocks": [
            {"type": "input", "block_id": "reason", "label": {"type": "plain_text", "text": "Reason"},
             "element": {"type": "plain_text_input", "action_id": "reason", "max_length": 10}},
            {"type": "actions", "block_id": "more", "elements": [
                {"type": "button", "action_id": "help", "text": {"type": "plain_text", "text": "Help"}}]},
        ],
    })
}
