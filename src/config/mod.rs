//! The configuration: one file, the environment over it, and every mistake in both told at once.

mod environment;
mod mistake;
mod people;
mod reader;
mod sections;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;

use toml::Table;

use crate::ids::{Login, SlackUserId};
use crate::policy::{Glob, Requirement, Route, Routing};
use reader::{Problem, Reader, Shared};

pub use mistake::{Mistake, Mistakes};
pub use people::{Mapped, Member};
pub use sections::{
    Database, EncryptionKey, GitHubSection, Log, LogFormat, PolicySection, SlackSection, Timing,
};

/// Everything an operator decides.
#[derive(Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub admin_listen: SocketAddr,
    /// `None`: one is made beside the SQLite file.
    pub encryption_key: Option<EncryptionKey>,
    pub log: Log,
    pub database: Database,
    pub github: GitHubSection,
    pub slack: SlackSection,
    pub routes: Vec<Route>,
    pub requirements: Vec<Requirement>,
    pub groups: BTreeMap<String, Vec<Member>>,
    pub repository_groups: BTreeMap<String, Vec<Glob>>,
    pub people: BTreeMap<Login, Mapped>,
    pub policy: PolicySection,
    pub timing: Timing,
    /// What was configured and is not in force in this version, and what may be an oversight.
    pub notices: Vec<String>,
}

impl Config {
    /// Reads the file and the variables over it. Relative paths start at the file's folder.
    pub fn load(
        path: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Mistakes> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let shared = Shared::new(folder);
        let text = std::fs::read_to_string(path).map_err(|error| {
            let problem = format!("the file can't be read: {}", error.kind());
            shared.add(
                &path.display().to_string(),
                Problem::new("unreadable-file", problem, "name it by --config FILE"),
            );
            shared.mistakes.take()
        })?;
        Self::parse(&text, variables, shared)
    }

    fn parse(
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
        shared: Shared,
    ) -> Result<Self, Mistakes> {
        let mut table: Table = text.parse().map_err(|error| {
            shared.add("the file", syntax(text, &error));
            shared.mistakes.take()
        })?;
        environment::overlay(&mut table, variables, &shared);
        let config = read(table, &shared);
        let mistakes = shared.mistakes.take();
        match config {
            Some(config) if mistakes.is_empty() => Ok(Self { notices: shared.notices.take(), ..config }),
            _ => Err(mistakes),
        }
    }

    /// The login that a Slack user is mapped to.
    pub fn login_of(&self, slack: &SlackUserId) -> Option<&Login> {
        self.people.iter().find(|(_, mapped)| mapped.slack == *slack).map(|(login, _)| login)
    }

    /// The groups a Slack user is in, by name or through `[people]`.
    pub fn groups_of(&self, slack: &SlackUserId) -> BTreeSet<String> {
        let login = self.login_of(slack);
        let is_in = |members: &[Member]| {
            members.iter().any(|member| match member {
                Member::Person(person) => Some(person) == login,
                Member::SlackUser(user) => user == slack,
            })
        };
        self.groups.iter().filter(|(_, members)| is_in(members)).map(|(name, _)| name.clone()).collect()
    }
}

impl From<&Config> for Routing {
    fn from(config: &Config) -> Self {
        Self {
            routes: config.routes.clone(),
            requirements: config.requirements.clone(),
            repository_groups: config.repository_groups.clone(),
        }
    }
}

fn read(table: Table, shared: &Shared) -> Option<Config> {
    let top = Reader::new(shared, "", table);
    let people = people::people(top.table("people"));
    let groups = people::groups(top.table("groups"), shared, &people);
    let routes: Vec<_> =
        top.tables("route").into_iter().map(|route| sections::route(route, &groups)).collect();
    let requirements =
        top.tables("require").into_iter().map(|require| sections::requirement(require, &groups)).collect();
    let config = (sections::github(top.table("github")), sections::slack(top.table("slack")));
    let listen = sections::listen(&top, "listen", [0, 0, 0, 0], 3000);
    let admin_listen = sections::listen(&top, "admin_listen", [127, 0, 0, 1], 9464);
    top.optional("public_url", values::url);
    top.not_in_force("public_url");
    top.optional("people_file", values::text);
    top.not_built("people_file", "a file of people");
    let machines = top.table("machines");
    if machines.entries().next().is_some() {
        top.not_built("machines", "a machine account");
    }
    let repository_groups = repository_groups(top.table("repository_groups"));
    sections::later(top.table("reconcile"), "every");
    sections::later(top.table("inventory"), "every");
    sections::later(top.table("reminders"), "after");
    let encryption_key = sections::encryption_key(&top);
    let log = sections::log(top.table("log"));
    let database = sections::database(top.table("database"), &shared.folder);
    let policy = sections::policy(top.table("policy"));
    let timing = sections::timing(top.table("timing"));
    top.finish();
    if routes.is_empty() {
        let notice = "there is no [[route]]: nobody may decide anything".to_owned();
        shared.notices.borrow_mut().push(notice);
    }
    Some(Config {
        listen,
        admin_listen,
        encryption_key,
        log,
        database,
        github: config.0?,
        slack: config.1?,
        routes: routes.into_iter().collect::<Option<_>>()?,
        requirements,
        groups,
        repository_groups,
        people,
        policy,
        timing,
        notices: vec![],
    })
}

/// Names of sets of repositories, for policies.
fn repository_groups(reader: Reader<'_>) -> BTreeMap<String, Vec<Glob>> {
    let mut groups = BTreeMap::new();
    for (name, value) in reader.entries() {
        match values::globs(value) {
            Ok(globs) => drop(groups.insert(name.clone(), globs)),
            Err(problem) => reader.add(name, problem),
        }
    }
    groups
}

/// Where the file breaks TOML's rules, without the line itself: it may hold a secret.
fn syntax(text: &str, error: &toml::de::Error) -> Problem {
    let place = error.span().map_or_else(String::new, |span| {
        let before = &text[..floor(text, span.start)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        format!(" at line {line}, column {column}")
    });
    Problem::new(
        "syntax",
        format!("it is not TOML{place}"),
        "mend the line; docs/setup.md shows a whole file",
    )
}

/// The last character boundary at or before `index`.
fn floor(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
