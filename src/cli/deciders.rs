//! Who can decide what, in sentences; and where that may be fewer people than somebody meant.

use std::collections::BTreeSet;

use crate::config::{Automatic, Config, Member, Rulebook, SIGN_IN_KEYS};
use crate::ids::Login;
use crate::policy::{Engine, Glob, Requirement, Route, Unreviewed};

/// A sentence for each route and requirement, and for what the operators' policies change.
pub(super) fn sentences(config: &Config, engine: &Engine) -> Vec<String> {
    let book = &config.rulebook;
    let mut all: Vec<_> = book.routing.routes.iter().map(|one| route(book, one)).collect();
    all.extend(book.routing.requirements.iter().filter_map(|one| needed(book, one)));
    all.extend(book.machines.iter().map(|(login, machine)| {
        format!("{} answers for {login}: its requests count as {}'s own.", machine.owner, machine.owner)
    }));
    all.push(match &config.sign_in {
        Some(_) => format!("People link their accounts themselves by {} link.", config.slack.command),
        None => {
            format!("People can't link their accounts themselves: that needs {}.", SIGN_IN_KEYS.join(", "))
        }
    });
    match book.policy.automatic {
        Automatic::Off => {}
        Automatic::Announce => all.push("Rules decide nothing; cards say what they would do.".to_owned()),
        Automatic::On => {
            all.push("Rules may approve and deny alone what is wholly understood.".to_owned());
        }
    }
    all.extend(book.policy.without.iter().map(|name| format!("The built-in policy {name} is switched off.")));
    all.extend(engine.shown().filter_map(|one| {
        let place = one.place.as_deref()?;
        let does = if one.forbids { "forbids" } else { "permits" };
        let says = one.message.as_ref().map(|message| format!(": “{message}”")).unwrap_or_default();
        Some(format!("The policy {} ({place}) {does} beyond this{says}.", one.name))
    }));
    let last = "Nobody decides their own request. A request that no route covers is decided by nobody.";
    all.push(match is_off(book, "own-request") {
        true => "A request that no route covers is decided by nobody.".to_owned(),
        false => last.to_owned(),
    });
    all
}

/// Routes that one person alone, or nobody, can decide.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let book = &config.rulebook;
    let can_link = config.sign_in.is_some();
    let few = book.routing.routes.iter().enumerate().filter_map(|(index, route)| {
        let able = able(book, &route.approvers, can_link)?;
        let who = able.iter().map(|login| login.as_str()).collect::<Vec<_>>().join(", ");
        match able.len() {
            0 => Some(format!("route[{index}]: nobody can decide its requests: no approver is in [people]")),
            1 => Some(format!(
                "route[{index}]: of its approvers only {who} can decide its requests, and nobody {who}'s own"
            )),
            _ => None,
        }
    });
    few.collect()
}

/// The people with a known GitHub account in any of the groups; `None` where that is known live alone, or by what people
/// linked themselves.
fn able<'c>(book: &'c Rulebook, groups: &[String], can_link: bool) -> Option<BTreeSet<&'c Login>> {
    let members = groups.iter().filter_map(|name| book.groups.get(name)).flatten();
    let login = |member: &'c Member| match member {
        Member::Person(login) => Some(Some(login)),
        Member::SlackUser(user) => match book.login_of(user) {
            None if can_link => None,
            linked => Some(linked),
        },
        Member::SlackGroup(_) | Member::Team(_) | Member::Owners => None,
    };
    let found: Option<Vec<_>> = members.map(login).collect();
    found.map(|found| found.into_iter().flatten().collect())
}

fn route(book: &Rulebook, route: &Route) -> String {
    let repositories = match &route.repositories {
        Some(globs) => format!("repositories {}", listed(globs)),
        None => "any repositories".to_owned(),
    };
    let decided = match is_off(book, "approvers-decide") {
        true => "only a policy of your own lets anybody decide them".to_owned(),
        false => format!("{} may decide them", people(book, &route.approvers)),
    };
    let unreviewed = match route.unreviewed {
        Unreviewed::Card => "",
        Unreviewed::Quiet => " A token granted without review is one line there that calls for nobody.",
        Unreviewed::Off => " A token granted without review is not shown there.",
    };
    format!(
        "Requests in {} for {repositories} go to {}; {decided}.{unreviewed}",
        route.organization, route.channel
    )
}

fn is_off(book: &Rulebook, built_in: &str) -> bool {
    book.policy.without.iter().any(|name| name == built_in)
}

/// What a requirement adds; nothing where one approval of anybody who may decide is all it asks for.
fn needed(book: &Rulebook, requirement: &Requirement) -> Option<String> {
    let permissions = match &requirement.permissions {
        Some(globs) => format!("permissions {}", listed(globs)),
        None => "any permission".to_owned(),
    };
    let repositories = match &requirement.repositories {
        Some(globs) => format!("repositories {}", listed(globs)),
        None => "any repositories".to_owned(),
    };
    let groups = &requirement.one_from_each;
    let approvals = requirement.approvals.max(u32::try_from(groups.len()).unwrap_or(u32::MAX));
    let many = match approvals {
        0 | 1 => "1 approval".to_owned(),
        many => format!("{many} approvals of different people"),
    };
    let what = format!("Requests that touch {permissions} in {repositories} need at least {many}");
    match groups.as_slice() {
        [] if approvals <= 1 => None,
        [] => Some(format!("{what}.")),
        groups => {
            let may_vote = match is_off(book, "required-decide") {
                true => "Members of these groups vote only if a policy of your own lets them",
                false => "Members of these groups may vote on such requests",
            };
            Some(format!(
                "{what}, one from each of {}. {may_vote}; at least one approval has to be of somebody who may decide them \
                 anyway.",
                people(book, groups),
            ))
        }
    }
}

fn listed(globs: &[Glob]) -> String {
    globs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn people(book: &Rulebook, groups: &[String]) -> String {
    let named = groups.iter().map(|group| {
        let members = book.groups.get(group);
        let members = members.map(|all| all.iter().map(Member::in_words).collect::<Vec<_>>());
        format!("{group} ({})", members.unwrap_or_default().join(", "))
    });
    named.collect::<Vec<_>>().join(", ")
}
