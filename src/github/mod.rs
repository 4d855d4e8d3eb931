//! EDGE: GitHub. Webhooks come in as our events, questions and decisions go out as REST calls.
//!
//! Nothing in here decides anything: it says what GitHub said, and keeps "no" apart from "don't know".

mod signature;

pub use signature::{EmptySecret, SignatureError, WebhookSecret};
