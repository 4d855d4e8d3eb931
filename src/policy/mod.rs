//! CORE: who may decide what. Deny by default; a prohibition beats every permission; what is unknown is refused.
//!
//! [`Routing`] says who decides a request and what it needs, from the configuration; [`Engine`] asks Cedar. Nothing
//! in here performs I/O: the facts are established by whoever asks.

mod cedar;
mod consulting;
mod engine;
mod explain;
mod facts;
mod fault;
mod glob;
mod permission;
#[cfg(test)]
mod properties;
mod question;
mod quorum;
mod recorded;
mod refusing;
mod routing;
#[cfg(test)]
pub(crate) mod samples;
mod texts;
mod understood;

pub use cedar::Shown;
pub use consulting::{Advice, Consultation, Consulted, Instead, LeftToPeople, Requesting, Widest};
pub use engine::{Engine, Recomputed};
pub use explain::Explanation;
pub use fault::{Fault, Faults, Hint, Vocabulary, code};
pub use glob::{Glob, GlobError};
pub use question::{
    About, Account, Act, Judgement, Question, Settling, TokenQuestion, Who, unknown_membership,
};
pub use quorum::{Approval, Needs, Progress};
pub use routing::{Requirement, Route, Routing, Unreviewed};
pub use texts::{PolicyFile, PolicyTexts};
