//! Where log lines go and what they look like; what the fields mean is told by `docs/logging.md`.

use std::io::IsTerminal;

use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, dynamic_filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::LogFormat;

/// Says what happened to people's requests, and of the libraries only what is wrong.
pub(super) const SERVICE: &str = "countersign=info,warn";

/// Says only what is wrong: the rest is on the screen already.
pub(super) const DEMO: &str = "warn";

/// Starts logging to standard error: readable on a terminal, JSON otherwise, unless the configuration says.
pub(super) fn start(format: LogFormat, default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let is_human = match format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let lines = lines(is_human, filter, std::io::stderr);
    // A second start in one process, as tests may do, keeps the first.
    tracing_subscriber::registry().with(lines).try_init().ok();
}

/// The lines that `filter` asks for and that may be shown.
pub fn lines<S, W>(is_human: bool, filter: EnvFilter, writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = if is_human { lines.boxed() } else { lines.json().flatten_event(true).boxed() };
    let shown = dynamic_filter_fn(|line, _| may_be_shown(line)).with_callsite_filter(is_worth_asking);
    lines.with_filter(filter.and(shown))
}

/// Never for what may not be shown, and else each time: a library that asks through the `log` crate whether a line would
/// be written, and then writes none, as sqlx does for statements and notices, leaves its answer standing for the next
/// line of its thread, where that one is not asked about (tracing-subscriber's filters of a layer).
fn is_worth_asking(line: &'static Metadata<'static>) -> Interest {
    if may_be_shown(line) { Interest::sometimes() } else { Interest::never() }
}

/// Below a warning, libraries write down what they send and receive, secrets included: no filter makes them.
fn may_be_shown(line: &Metadata<'_>) -> bool {
    let target = line.target();
    let is_ours = target == "countersign" || target.starts_with("countersign::");
    is_ours || *line.level() <= Level::WARN
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(filter: &str, log: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = lines(false, EnvFilter::new(filter), move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), log);
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn libraries_say_only_what_is_wrong_whatever_is_asked_for() {
        let text = logged("trace", || {
            tracing::trace!("ours");
            tracing::trace!(target: "hyper::proto", "theirs, in detail");
            tracing::info!(target: "countersigned", "of a namesake");
            tracing::warn!(target: "sqlx", "theirs, a warning");
        });

        assert!(text.contains("ours") && text.contains("theirs, a warning"), "{text}");
        assert!(!text.contains("in detail") && !text.contains("namesake"), "{text}");
    }

    #[test]
    fn less_can_be_asked_for() {
        let text = logged("countersign=warn,off", || {
            tracing::info!("what happened");
            tracing::warn!("what is wrong");
            tracing::error!(target: "sqlx", "theirs");
        });

        assert!(text.contains("what is wrong") && !text.contains("happened") && !text.contains("theirs"));
    }
}
