//! People and groups: reviewed links between GitHub logins and Slack users, one to one, and who belongs to what.

use std::collections::BTreeMap;
use std::fmt;

use toml::Value;

use super::reader::{Problem, Reader, nearest};
use super::values::{number, slack_user, text, texts};
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

/// Somebody in a group.
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

pub(super) type People = BTreeMap<Login, Mapped>;
pub(super) type Groups = BTreeMap<String, Vec<Member>>;

pub(super) fn people(reader: Reader<'_>) -> People {
    let mut people = People::new();
    for (name, value) in reader.entries() {
        match mapped(value) {
            Ok(mapped) if !is_login(name) => {
                let _ = mapped;
                let cure = "write the login as in the profile's address";
                reader.add(name, Problem::shape("it is not a GitHub login", cure));
            }
            Ok(mapped) => {
                if let Some((other, what)) = taken(&people, name, &mapped) {
                    let problem = format!("its {what} already belongs to {other}");
                    reader.add(
                        name,
                        Problem::new("linked-twice", problem, "one person has one account on each side"),
                    );
                }
                people.insert(Login::new(name), mapped);
            }
            Err(problem) => reader.add(name, problem),
        }
    }
    people
}

/// `"U0ALICE"`, or `{ slack = "U0ALICE", github_id = 101 }`.
fn mapped(value: &Value) -> Result<Mapped, Problem> {
    let Value::Table(table) = value else {
        return Ok(Mapped { slack: slack_user(&text(value)?)?, github_id: None });
    };
    let unknown = table.keys().find(|key| !["slack", "github_id"].contains(&key.as_str()));
    if let Some(unknown) = unknown {
        let problem = format!("there is no such key as {unknown}");
        return Err(Problem::new("unknown-key", problem, "write { slack = \"U0ALICE\", github_id = 101 }"));
    }
    let slack = table.get("slack").ok_or_else(|| Problem::new("missing", "slack is missing", "write it"))?;
    Ok(Mapped {
        slack: slack_user(&text(slack)?)?,
        github_id: table.get("github_id").map(number).transpose()?.map(GitHubUserId),
    })
}

fn taken<'p>(people: &'p People, name: &str, mapped: &Mapped) -> Option<(&'p Login, &'static str)> {
    let login = Login::new(name);
    people.iter().find_map(|(other, known)| match () {
        () if *other == login => Some((other, "login")),
        () if known.slack == mapped.slack => Some((other, "Slack user")),
        () if known.github_id.is_some() && known.github_id == mapped.github_id => Some((other, "github_id")),
        () => None,
    })
}

/// Letters, digits and hyphens; an underscore in the logins of managed users.
fn is_login(name: &str) -> bool {
    (1..=60).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// `[groups.NAME] members = […]`.
pub(super) fn groups(reader: Reader<'_>, shared: &super::reader::Shared, people: &People) -> Groups {
    let mut groups = Groups::new();
    for (name, value) in reader.entries() {
        let Value::Table(table) = value else {
            let cure = format!("write groups.{name}.members = [\"alice\"]");
            reader.add(name, Problem::shape("it is not a table", cure));
            continue;
        };
        let group = Reader::new(shared, reader.key(name), table.clone());
        let names = group.required("members", "list its members", texts).unwrap_or_default();
        if group.has("members") && names.is_empty() {
            let cure = "name somebody or take the group out";
            group.add("members", Problem::new("empty-group", "nobody is in it", cure));
        }
        let mut members = Vec::new();
        for (i, text) in names.iter().enumerate() {
            match member(text, people) {
                Ok(member) => members.push(member),
                Err(problem) => group.add(&format!("members[{i}]"), problem),
            }
        }
        group.finish();
        groups.insert(name.clone(), members);
    }
    groups
}

fn member(text: &str, people: &People) -> Result<Member, Problem> {
    if let Some(slack) = text.strip_prefix("slack:") {
        return Ok(Member::SlackUser(slack_user(slack)?));
    }
    let is_of_a_later_version =
        ["slack-group:", "github-team:"].iter().any(|kind| text.starts_with(kind)) || text == "github-owners";
    if is_of_a_later_version {
        let problem = "groups of that kind do not exist in this version";
        return Err(Problem::new("not-built-yet", problem, "name people of [people], or slack:U0…"));
    }
    let login = Login::new(text);
    if people.contains_key(&login) {
        return Ok(Member::Person(login));
    }
    let nearest = nearest(login.as_str(), people.keys().map(Login::as_str));
    let cure = match nearest {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => "add the person to [people], or write slack:U0…".to_owned(),
    };
    Err(Problem::new("unknown-person", "nobody of that name is in [people]", cure))
}
