//! `[[route]]`, `[[require]]` and `[repository_groups]`: where requests go and what they need.

use std::collections::BTreeMap;

use toml::Value;

use super::groups::{self, Groups};
use super::mistake::{Problem, code};
use super::reader::Reader;
use super::values::{anything, channel, full_repository, glob, number, permission, repository, word};
use crate::policy::{Glob, Requirement, Route};

/// The group that decides where a route names none.
const APPROVERS: &str = "approvers";

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
    reader.optional("unreviewed", word(&[("card", ()), ("quiet", ()), ("off", ())]));
    reader.not_in_force("unreviewed");
    reader.finish();
    Some(Route { organization, repositories, channel: channel?, approvers })
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

pub(super) fn requirements(top: &Reader<'_>, groups: &Groups) -> Vec<Requirement> {
    top.tables("require").into_iter().map(|reader| requirement(reader, groups)).collect()
}

/// `approvals` may be fewer than the groups of `one_from_each`: these are distinct people, so both hold together.
fn requirement(reader: Reader<'_>, groups: &Groups) -> Requirement {
    let permissions = reader.some("permissions", permission);
    let repositories = reader.some("repositories", repository);
    let approvals = reader.or("approvals", 1, |value| {
        let cure = "write how many people have to approve";
        u32::try_from(number(value)?).map_err(|_| Problem::new(code::OUT_OF_RANGE, "it is too large", cure))
    });
    if approvals > 1 {
        reader.not_built("approvals", "asking for more than one approval");
    }
    let one_from_each = reader.list("one_from_each", |value| groups::known(value, groups));
    if one_from_each.is_some_and(|groups| !groups.is_empty()) {
        reader.not_built("one_from_each", "asking for one approval from each of several groups");
    }
    reader.finish();
    Requirement { permissions, repositories, approvals }
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
