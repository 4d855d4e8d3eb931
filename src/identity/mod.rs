//! CORE: who a Slack user is on GitHub, and what is known, or not known, about both accounts.
//!
//! Everything here says "unknown" rather than guess; the policies turn unknown into a refusal.

mod history;
mod own;
mod ticket;

use crate::ids::{GitHubUserId, Login, SlackUserId};

pub use history::{Held, History, Source, WAIT};
pub use own::{MachineAccount, Machines, Own};
pub use ticket::{Browser, NotLinked, Side, Stage, Ticket, TicketId, TicketSecret, Useless};

/// A Slack user linked to a GitHub account, one to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub slack: SlackUserId,
    pub github: GitHubUserId,
    /// The account's login as GitHub tells it now.
    pub login: Login,
}

/// What Slack says about a user's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlackAccount {
    pub deactivated: bool,
    /// A single- or multi-channel guest.
    pub guest: bool,
    /// From another workspace, by Slack Connect.
    pub external: bool,
    pub bot: bool,
}

/// Whether an account is an active member of an organization, as GitHub says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    Active,
    /// GitHub says no: not a member, or invited and not yet in.
    Inactive,
    /// GitHub could not be asked; the cause is for the person's ears.
    Unknown(String),
}

/// Whom a Slack user is on GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    Linked(Person),
    /// Nobody has linked this Slack user to a GitHub account.
    Unlinked,
    /// The link exists but is not to be relied on: look-up failed, or the login now belongs to another account.
    Doubtful(String),
}
