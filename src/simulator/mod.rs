//! A stateful GitHub and a stateful Slack on loopback, as strict as the real ones are known to be.
//!
//! Tests and the demo run the real service against them over HTTP; `serve` has no way to reach them.

mod connection;
pub mod github;
pub mod outbound;
pub mod slack;
