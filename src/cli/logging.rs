//! Where log lines go and what they look like.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Says what happened to people's requests, and of the libraries only what is wrong.
pub(super) const SERVICE: &str = "countersign=info,warn";

/// Says only what is wrong: the rest is on the screen already.
pub(super) const DEMO: &str = "warn";

/// Starts logging to standard error: readable on a terminal, JSON otherwise, unless the configuration says.
pub(super) fn start(format: LogFormat, default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let is_human = match format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    // A second start in one process, as tests may do, keeps the first.
    if is_human {
        lines.try_init().ok();
    } else {
        lines.json().flatten_event(true).try_init().ok();
    }
}
