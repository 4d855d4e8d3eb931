//! The configuration: one file, the environment over it, and every mistake in both told at once.
//!
//! Each section has a file that reads it. `reference.toml` beside this module shows every key with its default.

pub(crate) mod address;
mod database;
mod duration;
mod encryption_key;
mod environment;
mod fixed;
mod github;
mod groups;
mod log;
mod mistake;
mod names;
mod origin;
mod people;
mod people_file;
mod policy;
mod reader;
mod routing;
mod rulebook;
mod secrets;
mod sign_in;
pub(crate) mod slack;
mod slack_alone;
mod sources;
mod sufficiency;
mod syntax;
mod timing;
mod values;

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use chrono::TimeDelta;
use toml::Table;

use crate::ids::Login;
use crate::policy::{Routing, Vocabulary};
use crate::store::Database;
use environment::Environment;
use reader::{Reader, Shared};

pub use encryption_key::EncryptionKey;
pub use fixed::Fixed;
pub use github::GitHubSection;
pub use groups::{Member, SlackGroup, Team};
pub use log::{Log, LogFormat};
pub use mistake::{Mistake, Mistakes, Notice, code};
pub(crate) use names::nearest;
pub use origin::Origin;
pub use people::{Machine, Mapped};
pub use policy::{Automatic, PolicySection};
pub use rulebook::Rulebook;
pub use sign_in::{SIGN_IN_KEYS, SignInClient, SignInSection};
pub use slack::SlackSection;
pub use sources::{Seen, Sources, once_settled};
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
    /// `None`: people can't link their accounts themselves.
    pub sign_in: Option<SignInSection>,
    pub timing: Timing,
    /// How often each organization's pending requests are compared with ours.
    pub reconcile_every: TimeDelta,
    /// How often the active tokens of every organization are read.
    pub inventory_every: TimeDelta,
    /// What was given and is not in force in this version, and what may be an oversight.
    pub notices: Vec<Notice>,
    /// The files it was read from.
    pub sources: Sources,
    /// What of it needs a restart to change.
    pub fixed: Fixed,
    /// How to read it again; `None` for a mere text.
    pub origin: Option<Origin>,
}

impl Config {
    /// Reads the file, the variables over it, and the files of secrets that they name. Relative paths start at the
    /// file's folder.
    pub fn load(
        path: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Mistakes> {
        Origin::new(path, variables).read().0
    }

    /// Reads the text of a file that stands in `folder`.
    pub fn parse(
        text: &str,
        folder: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Mistakes> {
        Self::read(text, folder, variables).0
    }

    /// The same; also tells which files were read, in order or not.
    fn read(
        text: &str,
        folder: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> (Result<Self, Mistakes>, Sources) {
        let table = match syntax::table(text) {
            Ok(table) => table,
            Err(mistake) => return (Err(Mistakes(vec![mistake])), Sources::default()),
        };
        let shared = Shared::new(folder, Environment::new(variables));
        shared.fixed.replace(Fixed::of(&table));
        let config = read(table, &shared);
        shared.mistakes.borrow_mut().extend(shared.environment.unknown());
        let notices = shared.notices.take();
        let (sources, fixed) = (shared.sources.take(), shared.fixed.take());
        let config = match (config, shared.mistakes.take()) {
            (Some(config), mistakes) if mistakes.is_empty() => Ok(Self { notices, fixed, ..config }),
            (_, mistakes) => Err(Mistakes(mistakes)),
        };
        (config, sources)
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
    let (github, github_client) = github::read(top.table("github"));
    let (slack, slack_client) = slack::read(top.table("slack"));
    let public_url =
        sign_in::Key { is_given: top.has("public_url"), value: top.optional("public_url", address::url) };
    let sign_in = sign_in::whole(shared, public_url, github_client, slack_client);
    let mut people = people::read(top.table("people"));
    people_file::read(&top, &mut people);
    let machines = people::machines(top.table("machines"), &people);
    let groups = groups::read(top.table("groups"), &people);
    let routes = routing::routes(&top, &groups);
    let routing = Routing {
        requirements: routing::requirements(&top, &groups, &people, &routes),
        routes,
        repository_groups: routing::repository_groups(top.table("repository_groups")),
    };
    slack_alone::tell(shared, &routing, &groups);
    let logins = people.links.keys().chain(machines.keys()).cloned().collect();
    let policy = policy::read(top.table("policy"), &vocabulary(&groups, &routing, logins, github.as_ref()));
    let timing = timing::read(top.table("timing"));
    let reconcile_every = every(top.table("reconcile"), TimeDelta::minutes(5));
    let inventory_every = every(top.table("inventory"), TimeDelta::minutes(15));
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
        rulebook: Rulebook { routing, groups, people: people.links, machines, policy },
        sign_in,
        timing,
        reconcile_every,
        inventory_every,
        notices: Vec::new(),
        sources: Sources::default(),
        fixed: Fixed::default(),
        origin: None,
    })
}

/// What policies may name.
fn vocabulary(
    groups: &groups::Groups,
    routing: &Routing,
    people: BTreeSet<Login>,
    github: Option<&GitHubSection>,
) -> Vocabulary {
    Vocabulary {
        groups: groups.keys().cloned().collect(),
        repository_groups: routing.repository_groups.keys().cloned().collect(),
        organizations: github.map_or_else(|| vec![values::anything()], |github| github.organizations.clone()),
        people,
    }
}

/// `[reconcile]` and `[inventory]`: how often GitHub's lists are read.
fn every(reader: Reader<'_>, default: TimeDelta) -> TimeDelta {
    let every = reader.or("every", default, duration::duration);
    reader.finish();
    every
}

/// What is judged already and does nothing in this version.
fn later(top: &Reader<'_>) {
    let section = top.table("reminders");
    section.optional("after", duration::duration);
    section.not_in_force("after");
    section.finish();
}

#[cfg(test)]
mod tests;
