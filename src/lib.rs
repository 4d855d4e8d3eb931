//! Countersign turns requests for fine-grained GitHub tokens into decisions made in Slack.

pub mod chance;
pub mod clock;
pub mod simulator;
