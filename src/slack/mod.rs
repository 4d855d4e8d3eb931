//! EDGE: Slack's requests turned into our types, and our messages turned into Slack's.
//!
//! [`Interaction`], [`Slash`] and [`Event`] read what comes in behind [`SigningSecret`]; [`Slack`] asks and tells;
//! [`Block`] and its kin hold what is told to Slack's limits. Nothing in here decides anything.

mod actions;
mod approvals;
mod block;
#[cfg(test)]
mod block_kit_check;
mod button;
mod card;
mod client;
mod collecting;
mod command;
mod command_text;
mod event;
pub mod exports;
mod fallback;
#[cfg(test)]
mod fixtures;
pub mod home;
mod input;
mod interaction;
mod lenient;
mod listed;
mod message;
pub mod messages;
pub mod mine;
pub mod notes;
mod offered;
mod opened;
mod origin;
#[cfg(test)]
mod properties;
mod reasons;
mod refusals;
mod reply;
pub mod revocations;
mod rich_text;
mod scope_words;
mod several;
mod signature;
pub mod text;
pub mod tokens;
#[cfg(test)]
pub(crate) mod told;
pub mod views;
mod words;

pub use actions::{ButtonElement, Confirm};
pub use approvals::Approvals;
pub use block::{Block, Blocks};
pub use button::Button;
pub use card::{Shown, card, rendering, unreviewed_line};
pub use client::{
    Ability, Authenticated, Channel, Lack, OpenView, ScopeNews, Slack, SlackSettings, Trouble, UploadPlace,
    Wanted,
};
pub use collecting::{Listing, collecting_card};
pub use command::{Command, Slash};
pub use command_text::CommandText;
pub use event::{Event, HomeOpened};
pub use fallback::Fallback;
pub use input::{Input, Tickable};
pub use interaction::{ButtonClick, InModal, Interaction, Submission};
pub use lenient::Malformed;
pub use message::{Form, Message, View};
pub use notes::Retired;
pub use offered::{COUNT, NotOfRevoking, Offered};
pub use opened::{NotOurs, Opened};
pub use origin::{Foreign, Origin, SlackInstallation};
pub use reasons::Preset;
pub use reply::{ReplyHosts, ResponseUrl, TriggerId, UploadUrl};
pub use rich_text::{Line, Passage};
pub use several::{AT_ONCE, FIRST_REQUESTS, NotOfSeveral, Several, Tick, VERDICT};
pub use signature::{EmptySecret, SignatureError, SigningSecret};
