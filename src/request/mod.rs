//! CORE: one developer's request for a token, from its arrival to its outcome.
//!
//! Nothing in here performs I/O. A transition takes the old value, what happened and the time, and gives the new
//! value with the effects it causes, or the reason why nothing changed.

mod collection;
mod comment;
mod compared;
mod evidence;
mod facts;
mod freeze;
mod key;
mod known;
#[cfg(test)]
mod model;
mod nudge;
mod past;
mod pending;
mod refusal;
mod review;
mod revision;
mod ruling;
#[cfg(test)]
pub(crate) mod samples;
mod state;
mod transition;

pub use collection::{AT_ONCE, AT_ONCE_WITHIN, Collection, GATHERED_FOR, Gathered, OF_ONE_PERSON};
pub use comment::{Comment, TooLong};
pub use compared::Elsewhere;
pub use evidence::{Ending, Learned};
pub use facts::{
    Expiry, Facts, Level, Permission, PermissionGroup, Permissions, Repositories, Repository, Requester,
};
pub use freeze::{Brake, Braking, Freezer, Frozen, Lifts, Why, WhyError};
pub use key::{Key, KeyError, are_letters_of_a_key, letters_of_a_key};
pub use known::{Known, Touches, is_known, is_permission_name, permission_names};
pub use nudge::{NotNudged, REST};
pub use past::{Lifetime, News, Past, Renewal};
pub use pending::{Open, Theirs};
pub use refusal::Refusal;
pub use review::Next;
pub use revision::Revision;
pub use ruling::{KNOWN_WITHIN, Ruled, Ruling, Said};
pub use state::{
    Answer, Attempt, Blocked, By, Compared, Content, Contradiction, Decider, Deciding, Delay, Enrichment,
    Evidence, Note, Outcome, RefusedByGitHub, Sent, Settlement, Slow, State, TokenRequest, Verdict, Vote,
};
pub use transition::{Arrival, Effect, Enough, Step};
