//! CORE: an active token as GitHub lists it, and the language in which people ask for some of them.
//!
//! Nothing in here performs I/O. What GitHub did not say stays unknown, and what is unknown fits every question that
//! somebody asks who looks for danger: it is shown as unknown rather than left out.

mod filter;
mod key;
mod origin;
mod pattern;
mod reading;
mod revocation;
#[cfg(test)]
pub(crate) mod samples;
mod sort;
mod span;

use chrono::{DateTime, Utc};

use crate::ids::{GrantId, Login, OrganizationId, TokenId};
use crate::request::{Expiry, Permissions, Repositories, Requester};

pub use filter::{Filter, Permitted, Wanted, levels_of};
pub use key::{TokenKey, TokenKeyError};
pub(crate) use origin::is_younger;
pub use origin::{Approval, led_to};
pub use pattern::{Pattern, PatternError};
pub use reading::{EXAMPLE, NotUnderstood, taken_out};
pub use revocation::{
    Behind, Call, Ending, How, LOOK_AFTER, Listed, Named, Next, Revocation, RevocationId, SETTLES_WITHIN,
    Said, Stage, Underway, Wish,
};
pub use sort::{Position, Sort};
pub(crate) use sort::{expiry_rank, grant_rank, ranks, use_rank};
pub use span::Span;
pub(crate) use span::{LONGEST, SHORTEST, length_of_time};

/// One token's access to one organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub organization: OrganizationId,
    /// The organization's login when it was last told; for people to read.
    pub login: Login,
    pub grant: GrantId,
    pub token: Option<TokenId>,
    pub key: TokenKey,
    /// The owner's own name for the token: a stranger's text.
    pub name: Option<String>,
    pub owner: Requester,
    pub permissions: Permissions,
    /// A subset whose repositories were not read yet is not fully listed.
    pub repositories: Repositories,
    pub granted_at: Option<DateTime<Utc>>,
    pub expiry: Expiry,
    pub used: Use,
}

/// When a token was last used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Use {
    /// GitHub says that it was not used yet.
    Never,
    At(DateTime<Utc>),
    /// Missing or unreadable.
    Unknown,
}

impl Token {
    /// What tells it from others, and whose it is.
    pub fn named(&self) -> Named {
        Named {
            organization: self.organization,
            login: self.login.clone(),
            grant: self.grant,
            token: self.token,
            key: self.key.clone(),
            owner: self.owner.clone(),
            name: self.name.clone(),
        }
    }

    /// Whether it has ended. An end that is not known is none.
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        matches!(self.expiry, Expiry::At(at) if at <= now)
    }
}
