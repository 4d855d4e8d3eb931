//! What people do: press, type, submit, close. Each act is one signed request to the service and returns its answer.
//!
//! Acts that no screen would allow (a button that is not there, a channel one is not in) are errors.

mod click;
mod command;
pub mod disguise;
mod home;
mod modal;
mod payload;
mod signature;
mod state;

use anyhow::{Context, Result};
use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};

use super::Slack;
use super::api::Content;
use super::seen::Message;

pub use crate::simulator::outbound::Answer;
pub use command::CommandAnswer;

const INTERACTIONS: &str = "/slack/interactions";
const COMMANDS: &str = "/slack/commands";
const EVENTS: &str = "/slack/events";

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

impl Slack {
    /// Sends any interaction payload, properly signed; for those that no screen would produce.
    pub async fn interaction(&self, payload: &Value) -> Result<Answer> {
        let form = serde_urlencoded::to_string([("payload", payload.to_string())])?;
        self.signed_post(INTERACTIONS, FORM, form.as_bytes(), |_| {}).await
    }

    /// Delivers an event, as the inner object of an `event_callback`.
    pub async fn event(&self, event: Value) -> Result<Answer> {
        let envelope = self.change(|world| world.event_envelope(event));
        self.signed_post(EVENTS, JSON, envelope.to_string().as_bytes(), |_| {}).await
    }

    /// Asks the service to prove that it owns its events URL.
    pub async fn verify_url(&self, challenge: &str) -> Result<Answer> {
        let body = json!({"type": "url_verification", "token": "unused", "challenge": challenge});
        self.signed_post(EVENTS, JSON, body.to_string().as_bytes(), |_| {}).await
    }

    /// Posts any bytes to a path of the service, signed over them; `change` may spoil the headers afterwards.
    pub async fn signed_post(
        &self,
        path: &str,
        content_type: &'static str,
        body: &[u8],
        change: impl FnOnce(&mut HeaderMap),
    ) -> Result<Answer> {
        let (service, mut headers) = self.see(|world| {
            (world.service.clone(), signature::headers(&world.app.signing_secret, world.now(), body))
        });
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        change(&mut headers);
        let service = service.context("serve_at was not called: nobody knows where the service is")?;
        self.0.outbound.post(&format!("{service}{path}"), headers, body.to_vec()).await
    }

    /// A person (or another app) writes a message, look-alikes of a card included; an error when Slack refuses it.
    pub fn says(&self, user: &str, channel: &str, text: &str, blocks: Value) -> Result<Message> {
        let problems = super::block_kit::violations(&blocks, super::block_kit::Surface::Message);
        anyhow::ensure!(problems.is_empty(), "invalid blocks: {}", problems.join("; "));
        self.change(|world| {
            anyhow::ensure!(world.users.contains_key(user), "no user {user}");
            anyhow::ensure!(world.channels.contains_key(channel), "no channel {channel}");
            let content = Content { text: text.to_owned(), blocks: super::world::with_block_ids(blocks) };
            let message = Message { user: user.to_owned(), ..world.draft(channel, content) };
            world.messages.push(message.clone());
            Ok(message)
        })
    }
}
