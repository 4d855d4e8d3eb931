//! Every story's log, at its most talkative, is searched for what must not be in it.
//!
//! The lines go through the very filter that `serve` uses, libraries' lines included. All stories of a process share
//! one log, so each looks at what was written since it began.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aho_corasick::AhoCorasick;
use countersign::cli::logging;
use countersign::demo::Stage;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How anything secret begins, or what only a payload holds, whoever made it.
const NEVER: [&str; 14] = [
    "Bearer ",
    "eyJ",
    "xoxb-",
    "ghs_",
    "PRIVATE KEY",
    "hooks.slack.com",
    "payload=",
    "block_id",
    "private_metadata",
    "response_url=",
    "trigger_id",
    "repository_selection",
    "token_name",
    "@mail.example",
];

/// Shorter ones turn up by chance.
const SHORTEST: usize = 6;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn log() -> MutexGuard<'static, Vec<u8>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps what is logged in this process from now on; gives where the log stands.
pub(super) fn start() -> usize {
    let lines = logging::lines(false, EnvFilter::new("trace"), || Keeper);
    // The first story of a process starts the log for all.
    tracing_subscriber::registry().with(lines).try_init().ok();
    log().len()
}

struct Keeper;

impl io::Write for Keeper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        log().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Looks at one story's log when the story ends.
pub(crate) struct LogWatch {
    stage: Stage,
    from: usize,
}

impl LogWatch {
    pub(super) fn new(stage: &Stage, from: usize) -> Self {
        Self { stage: stage.clone(), from }
    }

    /// Adds a line that the real program wrote.
    pub(crate) fn program_wrote(line: &str) {
        log().extend_from_slice(format!("{line}\n").as_bytes());
    }
}

/// The lines of a log that hold what must not be in it, each with what it holds.
pub(crate) fn leaks_in(stage: &Stage, log: &str) -> Vec<String> {
    let mut secrets = [stage.github.secrets(), stage.slack.secrets()].concat();
    secrets.extend(sealing_key(stage));
    secrets.extend(NEVER.map(str::to_owned));
    secrets.retain(|secret| secret.len() >= SHORTEST || NEVER.contains(&secret.as_str()));
    // As they are, and as they would stand in JSON.
    let in_json = |secret: &String| serde_json::Value::from(secret.as_str()).to_string();
    let in_json = secrets.iter().map(in_json).map(|secret| secret.trim_matches('"').to_owned());
    let patterns: Vec<_> = secrets.iter().cloned().chain(in_json).collect();
    // A life of two hundred requests leaves thousands of secrets and many megabytes: one pass for all.
    let finder = AhoCorasick::new(&patterns).expect("a few thousand words");
    let leaks = log.lines().filter_map(|line| {
        let secret = finder.find(line).map(|found| patterns[found.pattern().as_usize()].as_str());
        let secret = secret.or_else(|| is_signed(line).then_some("a signature"))?;
        Some(format!("{secret:?} in {line}"))
    });
    leaks.collect()
}

fn sealing_key(stage: &Stage) -> Option<String> {
    let beside = stage.config.with_file_name("countersign.db.key");
    let named = || {
        let text = std::fs::read_to_string(&stage.config).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("encryption_key = \""))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    std::fs::read_to_string(beside).ok().map(|key| key.trim().to_owned()).or_else(named)
}

/// Whether a line holds a signature, not just the words for one.
fn is_signed(line: &str) -> bool {
    ["sha256=", "v0="].iter().any(|name| {
        line.split(name)
            .skip(1)
            .any(|rest| rest.chars().take(16).filter(char::is_ascii_hexdigit).count() == 16)
    })
}

impl Drop for LogWatch {
    fn drop(&mut self) {
        // A story that fails has something else to tell.
        if std::thread::panicking() {
            return;
        }
        let log = String::from_utf8_lossy(&log()[self.from..]).into_owned();
        let leaks = leaks_in(&self.stage, &log);
        assert!(leaks.is_empty(), "the log holds what must not be in it:\n{}", leaks.join("\n"));
    }
}
