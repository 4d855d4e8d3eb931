//! Who can decide what, in sentences; and where that may be fewer people than somebody meant.

use std::collections::BTreeSet;

use crate::config::{Config, Member, Rulebook};
use crate::ids::{Login, SlackUserId};
use crate::policy::{Engine, Glob, Requirement, Route};

/// A sentence for each route and requirement, and for what the operators' policies change.
pub(super) fn sentences(config: &Config, engine: &Engine) -> Vec<String> {
    let book = &config.rulebook;
    let mut all: Vec<_> = book.routing.routes.iter().map(|one| route(book, one)).collect();
    all.extend(book.routing.requirements.iter().map(requirement));
    all.extend(book.policy.without.iter().map(|name| format!("The built-in policy {name} is switched off.")));
    all.extend(engine.shown().filter_map(|one| {
        let place = one.place.as_deref()?;
        let does = if one.forbids { "forbids" } else { "permits" };
        let says = one.message.as_ref().map(|message| format!(": “{message}”")).unwrap_or_default();
        Some(format!("The policy {} ({place}) {does} beyond this{says}.", one.name))
    }));
    let last = "Nobody decides their own request. A request that no route covers is decided by nobody.";
    let is_kept = !book.policy.without.iter().any(|name| name == "own-request");
    all.push(if is_kept {
        last.to_owned()
    } else {
        "A request that no route covers is decided by nobody.".to_owned()
    });
    all
}

/// Routes that one person alone, or nobody, can decide.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let book = &config.rulebook;
    let few = book.routing.routes.iter().enumerate().filter_map(|(index, route)| {
        let able = able(book, &route.approvers)?;
        let who = able.iter().map(|login| login.as_str()).collect::<Vec<_>>().join(", ");
        match able.len() {
            0 => Some(format!("route[{index}]: nobody can decide its requests: no approver is in [people]")),
            1 => Some(format!("route[{index}]: only {who} can decide its requests, and nobody {who}'s own")),
            _ => None,
        }
    });
    few.collect()
}

/// The people with a known GitHub account in any of the groups; `None` where that is known live alone.
fn able<'c>(book: &'c Rulebook, groups: &[String]) -> Option<BTreeSet<&'c Login>> {
    let members = groups.iter().filter_map(|name| book.groups.get(name)).flatten();
    let login = |member: &'c Member| match member {
        Member::Person(login) => Some(Some(login)),
        Member::SlackUser(user) => Some(linked(book, user)),
    };
    let found: Option<Vec<_>> = members.map(login).collect();
    found.map(|found| found.into_iter().flatten().collect())
}

fn linked<'c>(book: &'c Rulebook, user: &SlackUserId) -> Option<&'c Login> {
    book.login_of(user)
}

fn route(book: &Rulebook, route: &Route) -> String {
    let repositories = match &route.repositories {
        Some(globs) => format!("repositories {}", listed(globs)),
        None => "any repositories".to_owned(),
    };
    format!(
        "Requests in {} for {repositories} go to {}; {} may decide them.",
        route.organization,
        route.channel,
        people(book, &route.approvers),
    )
}

fn requirement(requirement: &Requirement) -> String {
    let permissions = requirement.permissions.as_ref().map(|globs| format!("asks for {}", listed(globs)));
    let repositories =
        requirement.repositories.as_ref().map(|globs| format!("reaches into {}", listed(globs)));
    let touched: Vec<_> = permissions.into_iter().chain(repositories).collect();
    let which = if touched.is_empty() {
        "Every request".to_owned()
    } else {
        format!("What {}", touched.join(" and "))
    };
    let needed = match requirement.approvals {
        0 | 1 => "one approval".to_owned(),
        many => format!("{many} approvals"),
    };
    format!("{which} needs {needed}.")
}

fn listed(globs: &[Glob]) -> String {
    globs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn people(book: &Rulebook, groups: &[String]) -> String {
    let named = groups.iter().map(|group| {
        let members = book.groups.get(group);
        let members = members.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        format!("{group} ({})", members.unwrap_or_default().join(", "))
    });
    named.collect::<Vec<_>>().join(", ")
}
