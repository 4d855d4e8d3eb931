//! CORE: one developer's request for a token, from its arrival to its outcome.
//!
//! Nothing in here performs I/O. A transition takes the old value, what happened and the time, and gives the new
//! value with the effects it causes, or the reason why nothing changed.

mod evidence;
mod facts;
mod key;
mod refusal;
mod review;
mod revision;
#[cfg(test)]
pub(crate) mod samples;
mod state;
mod transition;

pub use evidence::{Ending, Learned};
pub use facts::{
    Expiry, Facts, Level, Permission, PermissionGroup, Permissions, Repositories, Repository, Requester,
};
pub use key::{Key, KeyError};
pub use refusal::Refusal;
pub use review::Next;
pub use revision::Revision;
pub use state::{
    Answer, Attempt, Blocked, By, Deciding, Enrichment, Note, Outcome, Settlement, State, TokenRequest,
    Verdict, Vote,
};
pub use transition::{Arrival, Effect, Enough, Step};
