//! The whole system on one machine: a simulated GitHub and Slack around the real service.

mod cast;
pub mod page;
mod script;
mod stage;

pub use cast::{CAST, Player};
pub use script::play;
pub use stage::{APPROVALS, OPERATORS, ORGANIZATION, Stage, StageSettings};
