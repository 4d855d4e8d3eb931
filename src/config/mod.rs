//! The configuration: one file, the environment over it, and every mistake in both told at once.
//!
//! Each section has a file that reads it. `reference.toml` beside this module shows every key with its default.

pub(crate) mod address;
mod database;
mod duration;
mod encryption_key;
mod environment;
mod github;
mod groups;
mod log;
mod mistake;
mod names;
mod people;
mod policy;
mod reader;
mod routing;
mod rulebook;
mod secrets;
pub(crate) mod slack;
mod syntax;
mod timing;
mod values;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use chrono::TimeDelta;
use toml::Table;

use crate::policy::Routing;
use crate::store::Database;
use environment::Environment;
use mistake::Problem;
use reader::{Reader, Shared};

pub use encryption_key::EncryptionKey;
pub use github::GitHubSection;
pub use groups::Member;
pub use log::{Log, LogFormat};
pub use mistake::{Mistake, Mistakes, Notice, code};
pub(crate) use names::nearest;
pub use people::Mapped;
pub use policy::{Automatic, PolicySection};
pub use rulebook::Rulebook;
pub use slack::SlackSection;
pub use timing::Timing;

const ENCRYPTION_KEY: secrets::Name = secrets::Name { direct: "encryption_key", file: "encryption_key_file" };

/// Everything an operator decides, as far as this version acts on it.
#[derive(Debug)]
pub struct Config {
    /// Where GitHub and Slack reach the service.
    pub listen: SocketAddr,
    /// Where operators reach it.
    pub admin_listen: SocketAddr,
    /// `None`: one is made beside the SQLite file.
    pub encryption_key: Option<EncryptionKey>,
    pub log: Log,
    pub database: Database,
    pub github: GitHubSection,
    pub slack: SlackSection,
    /// Who may decide what.
    pub rulebook: Rulebook,
    pub timing: Timing,
    /// How often each organization's pending requests are compared with ours.
    pub reconcile_every: TimeDelta,
    /// What was given and is not in force in this version, and what may be an oversight.
    pub notices: Vec<Notice>,
}

impl Config {
    /// Reads the file, the variables over it, and the files of secrets that they name. Relative paths start at the
    /// file's folder.
    pub fn load(
        path: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Mistakes> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let problem = format!("the configuration can't be read: {}", error.kind());
            let problem = Problem::new(code::UNREADABLE_FILE, problem, "name it by --config FILE");
            Mistakes(vec![problem.at(path.display().to_string())])
        })?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("")), variables)
    }

    /// Reads the text of a file that stands in `folder`.
    pub fn parse(
        text: &str,
        folder: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Mistakes> {
        let table = syntax::table(text).map_err(|mistake| Mistakes(vec![mistake]))?;
        let shared = Shared::new(folder, Environment::new(variables));
        let config = read(table, &shared);
        shared.mistakes.borrow_mut().extend(shared.environment.unknown());
        let notices = shared.notices.take();
        match (config, shared.mistakes.take()) {
            (Some(config), mistakes) if mistakes.is_empty() => Ok(Self { notices, ..config }),
            (_, mistakes) => Err(Mistakes(mistakes)),
        }
    }
}

/// Reads everything before it gives up on anything, so that all mistakes are found.
fn read(table: Table, shared: &Shared) -> Option<Config> {
    let top = Reader::top(shared, table);
    let listen = top.or("listen", (Ipv4Addr::UNSPECIFIED, 3000).into(), values::address);
    let admin_listen = top.or("admin_listen", (Ipv4Addr::LOCALHOST, 9464).into(), values::address);
    let encryption_key = top.secret(ENCRYPTION_KEY, EncryptionKey::parse);
    let log = log::read(top.table("log"));
    let database = database::read(top.table("database"));
    if matches!(database, Database::Postgres(_)) {
        top.demand_secret(
            ENCRYPTION_KEY,
            "PostgreSQL has no file to lay one beside: make one with `openssl rand -hex 32`",
        );
    }
    let github = github::read(top.table("github"));
    let slack = slack::read(top.table("slack"));
    let people = people::read(top.table("people"));
    people::machines(top.table("machines"), &people);
    let groups = groups::read(top.table("groups"), &people);
    let routing = Routing {
        routes: routing::routes(&top, &groups),
        requirements: routing::requirements(&top, &groups),
        repository_groups: routing::repository_groups(top.table("repository_groups")),
    };
    let policy = policy::read(top.table("policy"));
    let timing = timing::read(top.table("timing"));
    let reconcile_every = reconcile(top.table("reconcile"));
    later(&top);
    top.finish();
    Some(Config {
        listen,
        admin_listen,
        encryption_key,
        log,
        database,
        github: github?,
        slack: slack?,
        rulebook: Rulebook { routing, groups, people: people.links, policy },
        timing,
        reconcile_every,
        notices: Vec::new(),
    })
}

/// `[reconcile]`: how often GitHub's lists are compared with ours.
fn reconcile(reader: Reader<'_>) -> TimeDelta {
    let every = reader.or("every", TimeDelta::minutes(5), duration::duration);
    reader.finish();
    every
}

/// What is judged already and does nothing in this version.
fn later(top: &Reader<'_>) {
    top.optional("public_url", address::url);
    top.not_in_force("public_url");
    top.optional("people_file", values::text);
    top.not_built("people_file", "a file of people");
    for (section, key) in [("inventory", "every"), ("reminders", "after")] {
        let section = top.table(section);
        section.optional(key, duration::duration);
        section.not_in_force(key);
        section.finish();
    }
}

#[cfg(test)]
mod tests;
