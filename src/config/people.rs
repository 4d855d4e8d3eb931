//! `[people]` and `[machines]`: reviewed links between GitHub logins and Slack users, one to one, and machine accounts.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::mistake::{Problem, code};
use super::names::{did_you_mean, shown};
use super::reader::Reader;
use super::values::{Parsed, number, slack_user, text};
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::store::Link;

/// A reviewed link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    pub slack: SlackUserId,
    /// The account's number, if the reviewer wrote it down.
    pub github_id: Option<GitHubUserId>,
}

impl Mapped {
    /// Whether a pinned link is what the reviewers wrote down.
    pub fn agrees_with(&self, link: &Link) -> bool {
        self.slack == link.slack && self.github_id.is_none_or(|id| id == link.github)
    }
}

/// A machine account and who answers for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// A login of `[people]`.
    pub owner: Login,
    /// The account's number, if the reviewer wrote it down.
    pub github_id: Option<GitHubUserId>,
}

/// Machine accounts by login.
pub(super) type Machines = BTreeMap<Login, Machine>;

/// Who was found.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) links: BTreeMap<Login, Mapped>,
    /// All who are named, those with mistakes in their links included: they are not unknown.
    named: BTreeSet<Login>,
}

impl People {
    /// Somebody's login, if it is one of `[people]`.
    pub(super) fn known(&self, value: &Value) -> Parsed<Login> {
        let login = login(&text(value)?)?;
        if self.named.contains(&login) {
            return Ok(login);
        }
        let known = self.named.iter().map(Login::as_str);
        let cure = did_you_mean(login.as_str(), known, "add the person to [people]");
        let problem = format!("{} is not in [people]", shown(login.as_str()));
        Err(Problem::new(code::UNKNOWN_PERSON, problem, cure))
    }

    /// Takes a login and its link, unless one of them was given before. What is wrong with the link itself is told where
    /// it is read; the person is known all the same.
    pub(super) fn take(&mut self, login: Login, mapped: Option<Mapped>) -> Parsed<()> {
        if !self.named.insert(login.clone()) {
            let problem = "the login was written before; GitHub ignores case";
            return Err(Problem::new(code::GIVEN_TWICE, problem, "keep one of them"));
        }
        mapped.map_or(Ok(()), |mapped| self.link(login, mapped))
    }

    /// Takes a link unless it is somebody else's already.
    fn link(&mut self, login: Login, mapped: Mapped) -> Parsed<()> {
        let is_same = |other: &Mapped| match (other.github_id, mapped.github_id) {
            (Some(one), Some(other)) if one == other => Some("github_id"),
            _ => (other.slack == mapped.slack).then_some("Slack user"),
        };
        let taken = self.links.iter().find_map(|(other, known)| is_same(known).map(|what| (other, what)));
        if let Some((other, what)) = taken {
            let problem = format!("its {what} is {other}'s already");
            let cure = "a person has one account on each side; keep one of the two links";
            return Err(Problem::new(code::LINKED_TWICE, problem, cure));
        }
        self.links.insert(login, mapped);
        Ok(())
    }
}

pub(super) fn read(reader: Reader<'_>) -> People {
    let mut people = People::default();
    for (name, value) in reader.entries() {
        let mapped = mapped(&reader, name, value);
        if let Err(problem) = login(name).and_then(|login| people.take(login, mapped)) {
            reader.add(name, problem);
        }
    }
    people
}

/// `"U0ALICE"`, or `{ slack = "U0ALICE", github_id = 101 }`.
fn mapped(reader: &Reader<'_>, name: &str, value: &Value) -> Option<Mapped> {
    let Value::Table(table) = value else {
        let slack = slack_user(value).map_err(|problem| reader.add(name, problem)).ok()?;
        return Some(Mapped { slack, github_id: None });
    };
    let link = Reader::nested(reader.shared, reader.key(name), table.clone());
    let slack = link.required("slack", "write the person's Slack member id", slack_user);
    let github_id = link.optional("github_id", number).map(GitHubUserId);
    link.finish();
    Some(Mapped { slack: slack?, github_id })
}

/// Machine accounts and who answers for them. To leave one unknown would let its owner decide what it asks for.
pub(super) fn machines(reader: Reader<'_>, people: &People) -> Machines {
    let mut machines = Machines::new();
    for (name, value) in reader.entries() {
        let machine = machine(&reader, name, value, people);
        let taken = login(name).and_then(|login| take_machine(&mut machines, people, login, machine));
        if let Err(problem) = taken {
            reader.add(name, problem);
        }
    }
    machines
}

/// `"alice"`, or `{ owner = "alice", github_id = 501 }`.
fn machine(reader: &Reader<'_>, name: &str, value: &Value, people: &People) -> Option<Machine> {
    let Value::Table(table) = value else {
        let owner = people.known(value).map_err(|problem| reader.add(name, problem)).ok()?;
        return Some(Machine { owner, github_id: None });
    };
    let machine = Reader::nested(reader.shared, reader.key(name), table.clone());
    let cure = "write the login of who answers for it";
    let owner = machine.required("owner", cure, |value| people.known(value));
    let github_id = machine.optional("github_id", number).map(GitHubUserId);
    machine.finish();
    Some(Machine { owner: owner?, github_id })
}

fn take_machine(
    machines: &mut Machines,
    people: &People,
    login: Login,
    machine: Option<Machine>,
) -> Parsed<()> {
    if machines.contains_key(&login) {
        let problem = "the login was written before; GitHub ignores case";
        return Err(Problem::new(code::GIVEN_TWICE, problem, "keep one of them"));
    }
    if people.named.contains(&login) {
        let problem = "it is the login of somebody in [people]";
        return Err(Problem::new(
            code::GIVEN_TWICE,
            problem,
            "an account is a person's or a machine's; keep one",
        ));
    }
    let Some(machine) = machine else { return Ok(()) };
    if let Some(id) = machine.github_id {
        let persons =
            people.links.iter().find(|(_, mapped)| mapped.github_id == Some(id)).map(|(login, _)| login);
        let machines = machines.iter().find(|(_, other)| other.github_id == Some(id)).map(|(login, _)| login);
        if let Some(other) = persons.or(machines) {
            let problem = format!("its github_id is {other}'s already");
            return Err(Problem::new(
                code::LINKED_TWICE,
                problem,
                "an account has one number; keep one of the two",
            ));
        }
    }
    machines.insert(login, machine);
    Ok(())
}

/// Letters, digits and hyphens; underscores in the logins of managed users; GitHub compares without case.
pub(super) fn login(name: &str) -> Parsed<Login> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if (1..=100).contains(&name.len()) && name.bytes().all(is_letter) {
        return Ok(Login::new(name));
    }
    Err(Problem::shape("it is not a GitHub login", "write it as in the address of the person's profile"))
}
