//! Countersign turns requests for fine-grained GitHub tokens into decisions made in Slack.

pub mod audit;
pub mod chance;
pub mod clock;
pub mod github;
pub mod identity;
pub mod ids;
pub mod request;
pub mod simulator;
pub mod slack;
