//! Every story's log, at its most talkative, is searched for what must not be in it.
//!
//! The lines go through the very filter that `serve` uses, libraries' lines included. All stories of a process share
//! one log, so each looks at what was written since it began.

use std::io;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

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

/// Shorter ones turn up by chance: they leak where they are the whole of a value.
const SHORTEST: usize = 6;

/// As many letters of a folder's name are drawn.
const RANDOM: usize = 6;

/// Says in the log, at its most talkative, that a story begins: a search of a log that nobody keeps finds nothing.
const BEGINS: &str = "a story begins";

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn log() -> MutexGuard<'static, Vec<u8>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps what is logged in this process from now on; gives where the log stands.
pub(super) fn start() -> usize {
    static STARTED: Once = Once::new();
    // The first story of a process starts the log for all.
    STARTED.call_once(|| {
        let lines = logging::lines(false, EnvFilter::new("trace"), || Keeper);
        tracing_subscriber::registry().with(lines).try_init().expect("nobody else takes the log");
    });
    let from = log().len();
    tracing::trace!(target: "countersign", "{BEGINS}");
    from
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

    /// What was logged in this process since the story began.
    pub(super) fn read(&self) -> String {
        String::from_utf8_lossy(&log()[self.from..]).into_owned()
    }

    /// Adds a line that the real program wrote.
    pub(crate) fn program_wrote(line: &str) {
        log().extend_from_slice(format!("{line}\n").as_bytes());
    }
}

/// The lines of a log that hold what must not be in it, each with what it holds.
pub(crate) fn leaks_in(stage: &Stage, log: &str) -> Vec<String> {
    let secrets = secrets_of(stage);
    // As they are, and as they would stand in JSON.
    let in_json = |secret: &String| serde_json::Value::from(secret.as_str()).to_string();
    let long = || secrets.iter().filter(|secret| secret.len() >= SHORTEST);
    let escaped = long().map(in_json).map(|secret| secret[1..secret.len() - 1].to_owned());
    let patterns: Vec<_> = long().cloned().chain(escaped).chain(NEVER.map(str::to_owned)).collect();
    // The whole of a value: between a field's quotes, or after its sign.
    let short = secrets.iter().filter(|secret| secret.len() < SHORTEST && !secret.trim().is_empty());
    let values = short.flat_map(|secret| [format!(":{}", in_json(secret)), format!("={}", in_json(secret))]);
    let patterns: Vec<_> = patterns.into_iter().chain(values).collect();
    // A life of two hundred requests leaves thousands of secrets and many megabytes: one pass for all.
    let finder = AhoCorasick::new(&patterns).expect("a few thousand words");
    let leaks = log.lines().map(without_folders).filter_map(|line| {
        let line = line.as_str();
        let secret = finder.find(line).map(|found| patterns[found.pattern().as_usize()].as_str());
        let secret = secret.or_else(|| is_signed(line).then_some("a signature"))?;
        Some(format!("{secret:?} in {line}"))
    });
    leaks.collect()
}

/// Three letters of a temporary folder's random name may be those that a token begins with, whichever story's it is.
fn without_folders(line: &str) -> String {
    let mut parts = line.split("/.tmp");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |line, part| format!("{line}/FOLDER{}", part.get(RANDOM..).unwrap_or(part)))
}

/// What this world's people and programs would not want to be read by others.
pub(crate) fn secrets_of(stage: &Stage) -> Vec<String> {
    let mut secrets = [stage.github.secrets(), stage.slack.secrets()].concat();
    secrets.extend(sealing_key(stage));
    secrets
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
        let log = self.read();
        assert!(log.contains(BEGINS), "nobody keeps the log, so nobody can tell what is in it");
        let leaks = leaks_in(&self.stage, &log);
        assert!(leaks.is_empty(), "the log holds what must not be in it:\n{}", leaks.join("\n"));
    }
}
