//! The whole system on one machine: a simulated GitHub and Slack around the real service.

mod script;
mod stage;

pub use script::play;
pub use stage::{APPROVALS, OPERATORS, ORGANIZATION, Stage, StageSettings};
