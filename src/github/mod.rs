//! EDGE: GitHub. Webhooks come in as our events, questions and decisions go out as REST calls.
//!
//! Nothing in here decides anything: it says what GitHub said, and keeps "no" apart from "don't know".

mod allowances;
mod app_auth;
mod client;
mod deliveries;
#[cfg(test)]
mod fixtures;
mod grants;
mod holds;
mod installations;
mod links;
mod members;
mod new_token;
mod paths;
#[cfg(test)]
mod properties;
mod reading;
mod reads;
mod requests;
mod review;
mod revoke;
mod signature;
#[cfg(test)]
mod stand_in;
mod teams;
mod transport;
mod trouble;
mod webhook;

pub use client::{GitHub, Settings};
pub use deliveries::FailedDelivery;
pub use grants::{Grant, GrantPage, MOST_TOKENS};
pub use installations::Installation;
pub use members::Standing;
pub use new_token::NewTokenPage;
pub use paths::Place;
pub use reading::Missing;
#[cfg(test)]
pub(crate) use reading::facts_listed;
pub use reads::Page;
pub use requests::{Listed, PendingRequest};
pub use review::Review;
pub use revoke::MOST_AT_ONCE;
pub use signature::{EmptySecret, SignatureError, WebhookSecret};
pub use teams::{Team, TeamPlace, is_slug};
pub use trouble::Trouble;
pub use webhook::{
    Delivery, Event, InstallationAction, InstallationEvent, Malformed, Sender, SenderKind,
    TokenRequestAction, TokenRequestEvent,
};
