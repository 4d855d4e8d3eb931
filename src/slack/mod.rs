//! EDGE: Slack's requests turned into our types, and our messages turned into Slack's.
//!
//! Nothing in here decides anything.

mod origin;
mod reply;
mod signature;

pub use origin::{Foreign, Origin, SlackInstallation};
pub use reply::{ReplyHosts, ResponseUrl, TriggerId};
pub use signature::{EmptySecret, SignatureError, SigningSecret};
