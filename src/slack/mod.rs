//! EDGE: Slack's requests turned into our types, and our messages turned into Slack's.
//!
//! Nothing in here decides anything.

mod button;
mod command;
mod command_text;
mod event;
#[cfg(test)]
mod fixtures;
mod interaction;
mod lenient;
mod origin;
mod reply;
mod signature;

pub use button::Button;
pub use command::{Command, Slash};
pub use command_text::CommandText;
pub use event::Event;
pub use interaction::{ButtonClick, Interaction};
pub use lenient::Malformed;
pub use origin::{Foreign, Origin, SlackInstallation};
pub use reply::{ReplyHosts, ResponseUrl, TriggerId};
pub use signature::{EmptySecret, SignatureError, SigningSecret};
