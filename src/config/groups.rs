//! `[groups]`: who belongs together.

use std::collections::BTreeMap;
use std::fmt;

use toml::{Table, Value};

use super::mistake::{Problem, code};
use super::names::{did_you_mean, shown};
use super::people::People;
use super::reader::Reader;
use super::values::{Parsed, slack_user, text};
use crate::ids::{Login, SlackUserId};

/// Somebody in a group. Slack user groups, GitHub teams and organization owners will be further kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// By the login in `[people]`.
    Person(Login),
    SlackUser(SlackUserId),
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(login) => login.fmt(f),
            Self::SlackUser(slack) => write!(f, "slack:{slack}"),
        }
    }
}

/// Groups by name, in lower case as policies spell them.
pub(super) type Groups = BTreeMap<String, Vec<Member>>;

pub(super) fn read(reader: Reader<'_>, people: &People) -> Groups {
    let mut groups = Groups::new();
    for (written, value) in reader.entries() {
        let members = members(&reader, written, value, people);
        let was = groups.insert(written.to_lowercase(), members);
        if was.is_some() {
            let problem = "the group was written before; case makes no difference";
            reader.add(written, Problem::new(code::GIVEN_TWICE, problem, "keep one of them"));
        }
    }
    groups
}

fn members(reader: &Reader<'_>, name: &str, value: &Value, people: &People) -> Vec<Member> {
    let cure = format!("write groups.{}.members = [\"alice\"]", shown(name));
    let Value::Table(table) = value else {
        reader.add(name, Problem::shape("it is not a table", cure));
        return Vec::new();
    };
    let group = Reader::nested(reader.shared, reader.key(name), Table::clone(table));
    let members = group.some("members", |value| member(value, people));
    if !group.has("members") {
        group.add("members", Problem::new(code::MISSING, "it is missing", cure));
    }
    group.finish();
    members.unwrap_or_default()
}

fn member(value: &Value, people: &People) -> Parsed<Member> {
    let text = text(value)?;
    let later = |what: &str| {
        let cure = r#"name logins of [people], or Slack users as "slack:U0BOB""#;
        Err(Problem::not_built(what, cure))
    };
    match text.split_once(':') {
        Some(("slack", user)) => slack_user(&Value::String(user.to_owned())).map(Member::SlackUser),
        Some(("slack-group", _)) => later("a Slack user group as a member"),
        Some(("github-team", _)) => later("a GitHub team as a member"),
        Some(_) => Err(Problem::shape(
            "it is no kind of member",
            "write a login, slack:…, slack-group:…, github-team:… or github-owners",
        )),
        None if text == "github-owners" => later("an organization's owners as members"),
        None => people.known(value).map(Member::Person),
    }
}

/// The name of a group that is defined.
pub(super) fn known(value: &Value, groups: &Groups) -> Parsed<String> {
    let name = text(value)?.to_lowercase();
    if groups.contains_key(&name) {
        return Ok(name);
    }
    let otherwise = format!("write groups.{}.members = [\"alice\"]", shown(&name));
    let cure = did_you_mean(&name, groups.keys().map(String::as_str), &otherwise);
    Err(Problem::new(code::UNKNOWN_GROUP, format!("there is no group {}", shown(&name)), cure))
}
