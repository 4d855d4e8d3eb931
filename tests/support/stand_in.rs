//! A stand-in for the service: it opens a modal at every click and answers submissions as it is told.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::routing::post;
use axum::{Form, Json, Router};
use countersign::simulator::outbound::Outbound;
use countersign::simulator::slack::Slack;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::World;

/// Clones are the same one.
#[derive(Clone)]
pub(crate) struct StandIn {
    slack: Slack,
    answer: Arc<Mutex<Value>>,
    heard: Arc<Mutex<Value>>,
}

impl StandIn {
    /// Takes the service's place for everything that people do in Slack from now on.
    pub(crate) async fn start(world: &World) -> Self {
        let stand_in = Self { slack: world.slack().clone(), answer: Arc::default(), heard: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        world.slack().serve_at(&format!("http://{}", listener.local_addr().expect("it is bound")));
        let router =
            Router::new().route("/slack/interactions", post(interaction)).with_state(stand_in.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        stand_in
    }

    /// The answer to submissions from now on.
    pub(crate) fn answers(&self, answer: Value) {
        *self.answer.lock().unwrap() = answer;
    }

    /// The last payload.
    pub(crate) fn heard(&self) -> Value {
        self.heard.lock().unwrap().clone()
    }

    /// Updates alice's open modal, as when more is known.
    pub(crate) async fn opens_again(&self, world: &World) {
        let open = world.slack().modal("U0ALICE").expect("a modal is open");
        self.call("views.update", json!({"view_id": open["id"], "view": modal(Some("Now with a note"))}))
            .await;
    }

    async fn call(&self, method: &str, arguments: Value) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let bearer = format!("Bearer {}", self.slack.app().bot_token);
        headers.insert(header::AUTHORIZATION, bearer.parse().expect("a header"));
        let url = format!("{}/{method}", self.slack.api_url());
        let answer =
            Outbound::default().post(&url, headers, arguments.to_string()).await.expect("Slack answers");
        assert!(answer.text().contains(r#""ok":true"#), "{}", answer.text());
    }
}

async fn interaction(
    State(stand_in): State<StandIn>,
    Form(form): Form<std::collections::BTreeMap<String, String>>,
) -> Json<Value> {
    let payload: Value = serde_json::from_str(&form["payload"]).expect("Slack sends JSON");
    let is_click = payload["type"] == "block_actions";
    if is_click {
        let trigger = payload["trigger_id"].clone();
        stand_in.call("views.open", json!({"trigger_id": trigger, "view": modal(None)})).await;
    }
    let answer = if is_click { json!({}) } else { stand_in.answer.lock().unwrap().clone() };
    *stand_in.heard.lock().unwrap() = payload;
    Json(answer)
}

fn modal(note: Option<&str>) -> Value {
    let text = |text: &str| json!({"type": "plain_text", "text": text});
    let option = |words: &str, value: &str| json!({"text": text(words), "value": value});
    json!({
        "type": "modal", "callback_id": "deny", "private_metadata": "r-7f3k2",
        "title": text("Deny"), "submit": text("Deny"), "close": text("Back"),
        "blocks": [
            {"type": "section", "text": text(note.unwrap_or("octocat will be told."))},
            {"type": "input", "block_id": "reason_preset", "label": text("Why"),
             "element": {"type": "static_select", "action_id": "reason_preset",
                "options": [option("Too broad", "too_broad"), option("Lives too long", "too_long")]}},
            {"type": "input", "block_id": "reason", "label": text("In your words"), "hint": text("What the requester will read"),
             "optional": true, "element": {"type": "plain_text_input", "action_id": "reason", "multiline": true, "max_length": 900}},
        ],
    })
}
