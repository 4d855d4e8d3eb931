//! Countersign turns requests for fine-grained GitHub tokens into decisions made in Slack.
//!
//! The modules in reading order; `ARCHITECTURE.md` tells the life of one request through them. The core (`request`,
//! `token`, `identity`, `policy`, `audit`) performs no I/O and knows no HTTP, SQL or JSON; the edges hold no rules.

// The core.
pub mod audit;
pub mod identity;
pub mod ids;
pub mod policy;
pub mod request;
pub mod token;

// The edges.
pub mod github;
pub mod http;
mod json;
pub mod sign_in;
pub mod slack;
pub mod store;

// What ties them together.
pub mod app;
mod circuit;
pub mod cli;
pub mod config;
pub mod jobs;
pub mod keyfile;
pub mod manifest;
pub mod pace;
mod tls;
pub mod upstream;
pub mod watch;

// Time and chance are arguments.
pub mod chance;
pub mod clock;

// The world around it, simulated.
pub mod demo;
pub mod simulator;
