//! `[groups]`: who belongs together.

use std::collections::BTreeMap;
use std::fmt;

use toml::{Table, Value};

use super::mistake::{Problem, code};
use super::names::{did_you_mean, shown};
use super::people::{People, login};
use super::reader::Reader;
use super::values::{Parsed, slack_id, slack_user, text};
use crate::github::is_slug;
use crate::ids::{GitHubTeamId, Login, SlackGroupId, SlackUserId, TeamId, TeamSlug};

/// Somebody in a group, or where its members come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Member {
    /// By the login in `[people]`.
    Person(Login),
    SlackUser(SlackUserId),
    SlackGroup(SlackGroup),
    Team(Team),
    /// The owners of the organization that is asked for.
    Owners,
}

/// A Slack user group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SlackGroup {
    /// The workspace it is in, which Slack wants to know of an app that is installed for a whole organization.
    pub team: Option<TeamId>,
    pub id: SlackGroupId,
}

/// A GitHub team and those below it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Team {
    pub organization: Login,
    pub slug: TeamSlug,
    /// The team's number, if a reviewer wrote it down; then the slug is for people to read.
    pub id: Option<GitHubTeamId>,
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(login) => login.fmt(f),
            Self::SlackUser(slack) => write!(f, "slack:{slack}"),
            Self::SlackGroup(group) => write!(f, "slack-group:{group}"),
            Self::Team(team) => write!(f, "github-team:{team}"),
            Self::Owners => f.write_str("github-owners"),
        }
    }
}

impl fmt::Display for SlackGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.team {
            Some(team) => write!(f, "{team}/{}", self.id),
            None => self.id.fmt(f),
        }
    }
}

impl fmt::Display for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.organization, self.slug)?;
        self.id.map_or(Ok(()), |id| write!(f, "#{id}"))
    }
}

impl Member {
    /// Who this is, in a sentence.
    pub fn in_words(&self) -> String {
        match self {
            Self::Person(login) => login.to_string(),
            Self::SlackUser(slack) => format!("the Slack user {slack}"),
            Self::SlackGroup(group) => format!("everybody in the Slack user group {group}"),
            Self::Team(team) => format!("everybody in the GitHub team {team} and the teams below it"),
            Self::Owners => "every owner of the organization on GitHub".to_owned(),
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
    match text.split_once(':') {
        Some(("slack", user)) => slack_user(&Value::String(user.to_owned())).map(Member::SlackUser),
        Some(("slack-group", group)) => slack_group(group).map(Member::SlackGroup),
        Some(("github-team", name)) => team(name).map(Member::Team),
        Some(_) => Err(Problem::shape(
            "it is no kind of member",
            "write a login, slack:…, slack-group:…, github-team:… or github-owners",
        )),
        None if text == "github-owners" => Ok(Member::Owners),
        None => people.known(value).map(Member::Person),
    }
}

/// `S0SECURITY`, or `T0ACME/S0SECURITY`.
fn slack_group(text: &str) -> Parsed<SlackGroup> {
    let cure = "copy the id from the user group's address in Slack, such as slack-group:S0SECURITY; a handle can change";
    let wrong = || Problem::shape("it is not a Slack user group id", cure);
    let (team, group) = match text.split_once('/') {
        Some((team, group)) => (Some(slack_id(team.to_owned(), &['T']).ok_or_else(wrong)?), group),
        None => (None, text),
    };
    let id = slack_id(group.to_owned(), &['S']).ok_or_else(wrong)?;
    Ok(SlackGroup { team: team.map(TeamId::new), id: SlackGroupId::new(id) })
}

/// `acme/security`, or `acme/security#4711` with the team's number.
fn team(text: &str) -> Parsed<Team> {
    let cure = "write it as in the team's address, github-team:acme/security";
    let wrong = || Problem::shape("it is not a GitHub team", cure);
    let (name, number) = match text.split_once('#') {
        Some((name, number)) => (name, Some(number)),
        None => (text, None),
    };
    let (organization, slug) = name.split_once('/').ok_or_else(wrong)?;
    let slug = slug.to_lowercase();
    if !is_slug(&slug) {
        return Err(wrong());
    }
    let id = match number {
        Some(digits) => Some(GitHubTeamId(number_of(digits).ok_or_else(wrong)?)),
        None => None,
    };
    Ok(Team { organization: login(organization)?, slug: TeamSlug::new(slug), id })
}

/// A number that a database's signed 64 bits can hold.
fn number_of(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_number && i64::try_from(*number).is_ok_and(|number| number > 0))
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
