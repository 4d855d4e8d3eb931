//! EDGE: GitHub. Webhooks come in as our events, questions and decisions go out as REST calls.
//!
//! Nothing in here decides anything: it says what GitHub said, and keeps "no" apart from "don't know".

#[cfg(test)]
mod fixtures;
mod reading;
mod signature;
mod webhook;

pub use reading::Missing;
pub use signature::{EmptySecret, SignatureError, WebhookSecret};
pub use webhook::{
    Delivery, Event, InstallationAction, InstallationEvent, Malformed, Sender, SenderKind, TokenRequestAction,
    TokenRequestEvent,
};
