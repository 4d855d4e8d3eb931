//! CORE: who may decide what. Deny by default; a prohibition beats every permission; what is unknown is refused.
//!
//! [`Routing`] says who decides a request and what it needs, from the configuration; [`Engine`] asks Cedar. Nothing
//! in here performs I/O: the facts are established by whoever asks.

mod cedar;
mod consulting;
mod engine;
mod facts;
mod glob;
mod permission;
#[cfg(test)]
mod properties;
mod question;
mod refusing;
mod routing;
mod understood;

pub use cedar::PolicyError;
pub use consulting::{Advice, Consultation, Consulted, Instead, Requesting};
pub use engine::Engine;
pub use glob::{Glob, GlobError};
pub use question::{Account, Act, Judgement, Question, Settling, Who};
pub use routing::{Requirement, Route, Routing};
