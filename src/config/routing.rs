//! `[[route]]`, `[[require]]` and `[repository_groups]`: where requests go and what they need.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::groups::{self, Groups};
use super::mistake::{Problem, code};
use super::people::People;
use super::reader::Reader;
use super::sufficiency::Known;
use super::values::{Parsed, anything, channel, full_repository, glob, number, permission, repository, word};
use crate::policy::{Glob, Requirement, Route, Unreviewed};

/// The group that decides where a route names none.
const APPROVERS: &str = "approvers";

const UNREVIEWED: &[(&str, Unreviewed)] =
    &[("card", Unreviewed::Card), ("quiet", Unreviewed::Quiet), ("off", Unreviewed::Off)];

pub(super) fn routes(top: &Reader<'_>, groups: &Groups) -> Vec<Route> {
    let routes = top.tables("route");
    if routes.is_empty() {
        top.shared.notice("route", "there is none: nobody may decide anything");
    }
    routes.into_iter().filter_map(|reader| route(reader, groups)).collect()
}

fn route(reader: Reader<'_>, groups: &Groups) -> Option<Route> {
    let organization = reader.or("organization", anything(), glob);
    let repositories = reader.some("repositories", repository);
    let channel = reader.required("channel", "name the channel where the cards go", channel);
    let approvers = reader.some("approvers", |value| groups::known(value, groups));
    let approvers = approvers.unwrap_or_else(|| default_approvers(&reader, groups));
    let unreviewed = reader.optional("unreviewed", word(UNREVIEWED)).unwrap_or_default();
    reader.finish();
    Some(Route { organization, repositories, channel: channel?, approvers, unreviewed })
}

fn default_approvers(reader: &Reader<'_>, groups: &Groups) -> Vec<String> {
    let default = Value::String(APPROVERS.to_owned());
    match groups::known(&default, groups) {
        Ok(name) => vec![name],
        Err(problem) => {
            reader.add("approvers", problem);
            Vec::new()
        }
    }
}

/// Nobody runs after more people than that for one token; a larger number is a slip of the pen.
const MOST_APPROVALS: u64 = 20;

pub(super) fn requirements(
    top: &Reader<'_>,
    groups: &Groups,
    people: &People,
    routes: &[Route],
) -> Vec<Requirement> {
    let readers = top.tables("require");
    let requirements: Vec<_> = readers.into_iter().map(|reader| requirement(reader, groups)).collect();
    Known { groups, people, routes, requirements: &requirements }.tell_what_can_not_be_met(top.shared);
    requirements
}

/// `approvals` may be fewer than the groups of `one_from_each`: these are distinct people, so both hold together.
fn requirement(reader: Reader<'_>, groups: &Groups) -> Requirement {
    let permissions = reader.some("permissions", permission);
    let repositories = reader.some("repositories", repository);
    let approvals = reader.or("approvals", 1, approvals);
    let one_from_each =
        reader.some("one_from_each", |value| groups::known(value, groups)).unwrap_or_default();
    let mut distinct = BTreeSet::new();
    if !one_from_each.iter().all(|group| distinct.insert(group)) {
        let cure = "name it once, and say by approvals how many people have to agree";
        reader.add("one_from_each", Problem::new(code::GIVEN_TWICE, "it names a group twice", cure));
    }
    reader.finish();
    Requirement { permissions, repositories, approvals, one_from_each }
}

fn approvals(value: &Value) -> Parsed<u32> {
    let number = number(value)?;
    let cure = format!("write how many people have to approve, {MOST_APPROVALS} at most");
    let too_many = || Problem::new(code::OUT_OF_RANGE, "it is too large", cure);
    u32::try_from(number).ok().filter(|_| number <= MOST_APPROVALS).ok_or_else(too_many)
}

/// Names of sets of repositories, for policies.
pub(super) fn repository_groups(reader: Reader<'_>) -> BTreeMap<String, Vec<Glob>> {
    let mut groups = BTreeMap::new();
    for (name, value) in reader.entries() {
        let globs = reader.some_of(name, value, full_repository);
        if groups.insert(name.to_lowercase(), globs).is_some() {
            let problem = "the group was written before; case makes no difference";
            reader.add(name, Problem::new(code::GIVEN_TWICE, problem, "keep one of them"));
        }
    }
    groups
}
