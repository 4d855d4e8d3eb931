//! Sending webhooks: headers, signature, one attempt each, every attempt remembered.

use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue};
use hmac::{Hmac, Mac};
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::Sha256;
use uuid::Builder;

use super::{Delivery, GitHub, Outcome};
use crate::simulator::outbound::Answer;

/// The id of the app's one hook.
const HOOK_ID: u64 = 292_430_182;

/// An event, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) event: &'static str,
    pub(crate) action: &'static str,
    pub(crate) payload: Value,
}

impl GitHub {
    /// `X-Hub-Signature-256` of a body (docs.github.com, validating webhook deliveries).
    pub fn sign(&self, body: &[u8]) -> String {
        let secret = self.0.app.webhook_secret.expose_secret();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(body);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    /// All headers GitHub sends with a webhook, for this very body.
    pub fn webhook_headers(&self, event: &str, guid: &str, body: &[u8]) -> HeaderMap {
        let pairs = [
            ("accept", "*/*".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("user-agent", "GitHub-Hookshot/5e1f4a0".to_owned()),
            ("x-github-event", event.to_owned()),
            ("x-github-delivery", guid.to_owned()),
            ("x-github-hook-id", HOOK_ID.to_string()),
            ("x-github-hook-installation-target-id", self.0.app.id.to_string()),
            ("x-github-hook-installation-target-type", "integration".to_owned()),
            ("x-hub-signature-256", self.sign(body)),
        ];
        // A test's event name that no header can hold is left out.
        let valid = pairs.into_iter().filter_map(|(name, value)| {
            Some((axum::http::HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
        });
        valid.collect()
    }

    /// Posts these very bytes to the service, for what GitHub would never send; not remembered as a delivery.
    pub async fn deliver_raw(&self, headers: HeaderMap, body: impl Into<Bytes>) -> Result<Answer> {
        let url = self.look(|world| world.webhook_url.clone()).context("no webhook address is set")?;
        self.0.outbound.post(&url, headers, body).await
    }

    /// Sends a remembered delivery again, under the same GUID; `None` if there was none.
    pub async fn redeliver(&self, guid: &str) -> Option<Outcome> {
        let earlier = self.look(|world| world.deliveries.iter().find(|each| each.guid == guid).cloned())?;
        let Delivery { guid, event, action, payload, .. } = earlier;
        Some(self.attempt(guid, event, action, payload, true).await)
    }

    /// A GUID as `X-GitHub-Delivery` has it.
    pub fn new_guid(&self) -> String {
        Builder::from_random_bytes(self.0.chance.bytes()).into_uuid().to_string()
    }

    /// Sends an event once; `None` is one the app may not hear of.
    pub(crate) async fn send(&self, webhook: Option<Webhook>) {
        let Some(Webhook { event, action, payload }) = webhook else { return };
        self.attempt(self.new_guid(), event.to_owned(), action.to_owned(), payload, false).await;
    }

    /// Sends after the call that caused it was answered, as GitHub does; see [`GitHub::settled`].
    pub(crate) fn send_later(&self, webhook: Option<Webhook>) {
        self.change(|world| world.deliveries_under_way += 1);
        let github = self.clone();
        tokio::spawn(async move {
            github.send(webhook).await;
            github.change(|world| world.deliveries_under_way -= 1);
        });
    }

    async fn attempt(
        &self,
        guid: String,
        event: String,
        action: String,
        payload: Value,
        redelivery: bool,
    ) -> Outcome {
        let body = payload.to_string();
        let headers = self.webhook_headers(&event, &guid, body.as_bytes());
        let outcome = match self.deliver_raw(headers, body).await {
            Ok(answer) => Outcome::Answered(answer.status),
            Err(error) => Outcome::Failed(format!("{error:#}")),
        };
        let (at, told) = (self.0.clock.now(), outcome.clone());
        self.change(|world| {
            let number = 1_000_000 + world.deliveries.len() as u64;
            world.deliveries.push(Delivery {
                number,
                at,
                guid,
                event,
                action,
                redelivery,
                outcome: told,
                payload,
            });
        });
        outcome
    }
}
