//! Reads a question back from the facts that are on record with its answer, so that the answer can be worked out again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Requesting;
use super::facts::{Asked, Fact, Thing};
use super::texts::SCHEMA;

/// The roles in a record, with the type that stands for each.
const PRINCIPALS: [(&str, &str); 3] = [("user", "User"), ("votes", "Votes"), ("rule", "Rule")];

/// The same for what is asked about.
const RESOURCES: [(&str, &str); 3] =
    [("request", "TokenRequest"), ("token", "Token"), ("organization", "Organization")];

const ACTIONS: [&str; 10] = [
    "approve",
    "deny",
    "show",
    "revoke",
    "list",
    "export",
    "settle",
    "autoApprove",
    "autoDeny",
    "autoRevoke",
];

type Record = BTreeMap<String, String>;

impl Asked {
    /// The question of which these are the recorded facts.
    pub(super) fn of_record(record: &Record) -> Result<Self, String> {
        let action = text(record, "action")?;
        let action = ACTIONS.into_iter().find(|known| *known == action);
        let mut principals = PRINCIPALS.into_iter();
        let (role, kind) = principals
            .find(|(role, _)| record.contains_key(&format!("{role}.in")))
            .ok_or("who asked is not on record")?;
        let mut principal = thing(record, role, kind)?;
        principal.parents = parents(record, role)?.iter().map(|name| Thing::named("Group", name)).collect();
        let mut resources = RESOURCES.into_iter();
        let (role, kind) = resources
            .find(|(role, _)| record.contains_key(&format!("{role}.in")))
            .ok_or("what it was about is not on record")?;
        let mut resource = thing(record, role, kind)?;
        if kind == "TokenRequest" && ["1", "2"].contains(&text(record, "schema")?) {
            // Before there were these facts no policy asked for them.
            resource
                .facts
                .extend([("isMachine", Fact::Bool(false)), ("answeredBy", Fact::Text(String::new()))]);
        }
        resource.parents =
            parents(record, role)?.iter().map(|login| super::facts::organization(login)).collect();
        Ok(Self {
            principal,
            action: action.ok_or("the action is none of this version")?,
            resource,
            now: time(text(record, "now")?)?,
            requester: record.get("requesterLinked").map(|linked| Requesting {
                is_linked: linked == "true",
                groups: record
                    .get("requesterGroups")
                    .map(|names| words(names))
                    .into_iter()
                    .flatten()
                    .collect(),
                ..Requesting::default()
            }),
            is_own: record.get("isOwn").map(|own| own == "true"),
            is_github_silent: record.contains_key("githubSilent"),
        })
    }
}

impl Asked {
    /// The groups of which nobody could tell whether the person was in them.
    pub(super) fn unknown_of_record(record: &Record) -> Vec<String> {
        record.get("user.inUnknown").map(|names| words(names)).unwrap_or_default()
    }
}

fn text<'r>(record: &'r Record, name: &str) -> Result<&'r str, String> {
    record.get(name).map(String::as_str).ok_or_else(|| format!("{name} is not on record"))
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    let read = DateTime::parse_from_rfc3339(text).map_err(|error| error.to_string())?;
    Ok(read.with_timezone(&Utc))
}

fn parents(record: &Record, role: &str) -> Result<Vec<String>, String> {
    text(record, &format!("{role}.in")).map(words)
}

/// The facts under a role. `id`, `in` and `inUnknown` are not facts of the schema.
fn thing(record: &Record, role: &str, kind: &'static str) -> Result<Thing, String> {
    let id = record.get(&format!("{role}.id")).cloned().unwrap_or_else(|| role.to_owned());
    let known = types(kind);
    let mut facts = BTreeMap::new();
    for (name, value) in record.iter().filter_map(|(name, value)| Some((name.strip_prefix(role)?, value))) {
        let Some(name) = name.strip_prefix('.').filter(|name| !["id", "in", "inUnknown"].contains(name))
        else {
            continue;
        };
        let (name, spelled) = known
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| format!("the fact {name} of {kind} is none of this version"))?;
        facts.insert(*name, fact(spelled, value).ok_or_else(|| format!("{name} is on record as {value:?}"))?);
    }
    Ok(Thing { id, facts, ..Thing::named(kind, "") })
}

fn fact(spelled: &str, value: &str) -> Option<Fact> {
    match spelled {
        "Bool" => value.parse().ok().map(Fact::Bool),
        "Long" => value.parse().ok().map(Fact::Long),
        "String" => Some(Fact::Text(value.to_owned())),
        "Set<String>" => Some(Fact::Texts(words(value))),
        "Set<Group>" => Some(Fact::Groups(words(value))),
        _ => None,
    }
}

/// The words of a recorded set, without what keeps each in one piece.
fn words(value: &str) -> Vec<String> {
    let one = |word: &str| word.replace("%20", " ").replace("%25", "%");
    value.split(' ').filter(|word| !word.is_empty()).map(one).collect()
}

/// Names and types of an entity's facts, from the schema itself.
fn types(kind: &str) -> Vec<(&'static str, &'static str)> {
    let begins = |line: &&str| {
        let mut words = line.split_whitespace();
        words.next() == Some("entity") && words.next() == Some(kind)
    };
    let lines = SCHEMA.lines().skip_while(|line| !begins(line)).skip(1).take_while(|line| *line != "};");
    let facts = lines.filter_map(|line| line.trim().trim_end_matches(',').split_once(": "));
    facts.filter(|(name, _)| !name.starts_with("//")).collect()
}
