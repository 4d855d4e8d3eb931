//! Routes and requirements: who decides a request, and how many of them it takes.

use std::collections::BTreeMap;

use super::permission::{self, spelled};
use super::{Glob, Needs};
use crate::ids::{ChannelId, Login};
use crate::request::{Facts, Repositories, Repository, is_known};

/// Where requests go and who may decide them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub organization: Glob,
    /// `None` covers any repositories, all of them included.
    pub repositories: Option<Vec<Glob>>,
    pub channel: ChannelId,
    /// Names of groups.
    pub approvers: Vec<String>,
    /// What its channel sees of tokens that were granted without review.
    pub unreviewed: Unreviewed,
}

/// What a channel sees of a token that was granted without review.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unreviewed {
    /// A card of its own.
    #[default]
    Card,
    /// One line that calls for nobody.
    Quiet,
    /// Nothing; the record has it.
    Off,
}

/// What requests of a kind need beyond one approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// `contents:write`, `*:admin`; `None` is touched by any permission.
    pub permissions: Option<Vec<Glob>>,
    /// `None` is touched by any repository.
    pub repositories: Option<Vec<Glob>>,
    pub approvals: u32,
    /// Names of groups: one person of each has to approve, distinct ones.
    pub one_from_each: Vec<String>,
}

/// All routes and requirements of the configuration.
#[derive(Debug, Clone, Default)]
pub struct Routing {
    /// In their order: the first that covers a request counts.
    pub routes: Vec<Route>,
    pub requirements: Vec<Requirement>,
    /// Repository groups for policies: `OWNER/NAME` patterns by name.
    pub repository_groups: BTreeMap<String, Vec<Glob>>,
}

impl Routing {
    /// The first route whose organization and repositories match all of the request; `None`: nobody may decide.
    pub fn route_for(&self, facts: &Facts) -> Option<&Route> {
        self.routes.iter().find(|route| route.covers(facts))
    }

    /// Where things about a whole organization go: the first route that is not narrowed to some repositories, else the
    /// first that takes any of it.
    pub fn widest_route_for(&self, organization: &Login) -> Option<&Route> {
        let of_it = || self.routes.iter().filter(|route| route.organization.matches(organization.as_str()));
        of_it().find(|route| route.repositories.is_none()).or_else(|| of_it().next())
    }

    /// What the request needs; every requirement that touches it counts.
    pub fn needs(&self, facts: &Facts) -> Needs {
        let touching = || self.requirements.iter().filter(|requirement| requirement.touches(facts));
        let approvals = touching().map(|requirement| requirement.approvals).max().unwrap_or(1);
        Needs::new(approvals, touching().flat_map(|requirement| requirement.one_from_each.clone()).collect())
    }

    /// The groups whose members may vote on the request: those of its route, and those that have to be represented, which
    /// could not be otherwise. `None` when no route covers it: then nobody may.
    pub fn voters(&self, facts: &Facts) -> Option<Vec<String>> {
        let mut groups = self.route_for(facts)?.approvers.clone();
        for group in self.needs(facts).groups() {
            if !groups.contains(group) {
                groups.push(group.clone());
            }
        }
        Some(groups)
    }

    /// The repository groups that the request reaches into; what can't be told reaches into every one.
    pub fn touches(&self, facts: &Facts) -> Vec<String> {
        let touched = self
            .repository_groups
            .iter()
            .filter(|(_, globs)| reaches(facts, |one| globs.iter().any(|glob| glob.matches(&one.full_name))));
        touched.map(|(name, _)| name.clone()).collect()
    }
}

/// Whether the request reaches into repositories of a kind. One whose repositories are not all known does, and so
/// does one with a permission that is not understood: it may reach beyond them.
fn reaches(facts: &Facts, is_of_the_kind: impl Fn(&Repository) -> bool) -> bool {
    if !permission::all_are_known(facts) {
        return true;
    }
    match &facts.repositories {
        Repositories::None => false,
        Repositories::All | Repositories::Unknown(_) => true,
        Repositories::Subset { listed, .. } => {
            !facts.repositories.is_fully_listed() || listed.iter().any(is_of_the_kind)
        }
    }
}

impl Route {
    fn covers(&self, facts: &Facts) -> bool {
        self.organization.matches(facts.organization.as_str()) && self.covers_repositories(facts)
    }

    /// A narrowed route covers only what is listed whole and matches whole; never an unknown permission.
    fn covers_repositories(&self, facts: &Facts) -> bool {
        let Some(globs) = &self.repositories else { return true };
        let is_understood = permission::all_are_known(facts);
        match &facts.repositories {
            Repositories::Subset { listed, .. } if is_understood && facts.repositories.is_fully_listed() => {
                !listed.is_empty()
                    && listed.iter().all(|one| globs.iter().any(|glob| glob.matches(name(&one.full_name))))
            }
            Repositories::Subset { .. }
            | Repositories::None
            | Repositories::All
            | Repositories::Unknown(_) => false,
        }
    }
}

impl Requirement {
    fn touches(&self, facts: &Facts) -> bool {
        self.touches_permissions(facts) && self.touches_repositories(facts)
    }

    /// None at all may be some that were not told, and touches every requirement.
    fn touches_permissions(&self, facts: &Facts) -> bool {
        let Some(globs) = &self.permissions else { return true };
        facts.permissions.is_empty()
            || facts.permissions.iter().any(|(permission, level)| {
                !is_known(permission, level)
                    || globs.iter().any(|glob| glob.matches(&spelled(permission, level)))
            })
    }

    fn touches_repositories(&self, facts: &Facts) -> bool {
        let Some(globs) = &self.repositories else { return true };
        reaches(facts, |one| globs.iter().any(|glob| glob.matches(name(&one.full_name))))
    }
}

fn name(full_name: &str) -> &str {
    full_name.rsplit('/').next().unwrap_or(full_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Login, RepositoryId};
    use crate::request::samples::facts;
    use crate::request::{Level, Permission, PermissionGroup, Permissions};

    fn globs(texts: &[&str]) -> Vec<Glob> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn route(repositories: Option<&[&str]>) -> Route {
        Route {
            organization: "acme".parse().unwrap(),
            repositories: repositories.map(globs),
            channel: ChannelId::new("C0PAYMENTS"),
            approvers: vec!["approvers".into()],
            unreviewed: Unreviewed::Card,
        }
    }

    /// A requirement that every request touches.
    fn any(approvals: u32) -> Requirement {
        Requirement { permissions: None, repositories: None, approvals, one_from_each: vec![] }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn subset(names: &[&str], count: u64) -> Facts {
        let listed = names.iter().enumerate().map(|(id, name)| Repository {
            id: RepositoryId(id as u64),
            full_name: format!("acme/{name}"),
            private: None,
        });
        Facts {
            repositories: Repositories::Subset { listed: listed.collect(), count: Some(count) },
            ..facts()
        }
    }

    fn with_level(level: Level) -> Facts {
        with_permission(PermissionGroup::Repository, level)
    }

    fn with_permission(group: PermissionGroup, level: Level) -> Facts {
        let permission = Permission { group, name: "contents".into() };
        Facts { permissions: Permissions::from_iter([(permission, level)]), ..facts() }
    }

    #[test]
    fn a_narrowed_route_must_match_every_repository() {
        let route = route(Some(&["payments-*"]));

        assert!(route.covers(&subset(&["payments-api", "Payments-Web"], 2)));
        assert!(!route.covers(&subset(&["payments-api", "docs"], 2)));
        assert!(!route.covers(&Facts { organization: Login::new("other"), ..subset(&["payments-api"], 1) }));
    }

    #[test]
    fn a_narrowed_route_covers_nothing_that_is_not_fully_understood() {
        let route = route(Some(&["*"]));

        for facts in [
            subset(&["payments-api"], 2),
            subset(&[], 0),
            with_level(Level::Unknown("own".into())),
            with_permission(PermissionGroup::Unknown("enterprise".into()), Level::Read),
            Facts { repositories: Repositories::All, ..facts() },
            Facts { repositories: Repositories::None, ..facts() },
            Facts { repositories: Repositories::Unknown("x".into()), ..facts() },
        ] {
            assert!(!route.covers(&facts), "{:?}", facts.repositories);
        }
    }

    #[test]
    fn a_wide_route_covers_everything_of_its_organization() {
        assert!(route(None).covers(&Facts { repositories: Repositories::All, ..facts() }));
    }

    #[test]
    fn the_first_route_counts() {
        let other = Route { channel: ChannelId::new("C0OTHER"), ..route(None) };
        let routing = Routing { routes: vec![route(Some(&["payments-*"])), other], ..Routing::default() };

        assert_eq!(routing.route_for(&facts()).unwrap().channel.as_str(), "C0PAYMENTS");
        assert_eq!(routing.route_for(&subset(&["docs"], 1)).unwrap().channel.as_str(), "C0OTHER");
    }

    #[test]
    fn requirements_add_up_and_unknown_touches_them_all() {
        let requirement = |permission: &str, approvals, groups: &[&str]| Requirement {
            permissions: Some(globs(&[permission])),
            one_from_each: names(groups),
            ..any(approvals)
        };
        let requirements = vec![
            requirement("*:write", 2, &["security"]),
            requirement("contents:*", 1, &["leads", "security"]),
            requirement("*:admin", 4, &["owners"]),
        ];
        let routing = Routing { requirements, ..Routing::default() };
        let needs = |level| {
            let needs = routing.needs(&with_level(level));
            (needs.approvals(), needs.groups().iter().cloned().collect::<Vec<_>>().join(" "))
        };

        assert_eq!(needs(Level::Read), (2, "leads security".to_owned()));
        assert_eq!(needs(Level::Write), (2, "leads security".to_owned()));
        assert_eq!(needs(Level::Unknown("x".into())), (4, "leads owners security".to_owned()));
    }

    #[test]
    fn no_permission_at_all_touches_every_requirement_that_names_some() {
        let write = Requirement { permissions: Some(globs(&["*:write"])), ..any(2) };
        let elsewhere = Requirement { repositories: Some(globs(&["docs"])), ..write.clone() };
        let needs = |requirement: Requirement, facts: Facts| {
            let facts = Facts { permissions: Permissions::default(), ..facts };
            Routing { requirements: vec![requirement], ..Routing::default() }.needs(&facts).approvals()
        };

        assert_eq!(needs(write.clone(), facts()), 2);
        assert_eq!(needs(write, Facts { repositories: Repositories::None, ..facts() }), 2);
        assert_eq!(needs(elsewhere, subset(&["payments-api"], 1)), 1);
    }

    #[test]
    fn who_has_to_be_represented_may_vote_where_a_route_covers_the_request() {
        let required = Requirement { one_from_each: names(&["security", "approvers"]), ..any(1) };
        let routing =
            Routing { routes: vec![route(None)], requirements: vec![required], ..Routing::default() };

        assert_eq!(routing.voters(&facts()), Some(names(&["approvers", "security"])));
        let elsewhere = Facts { organization: Login::new("other"), ..facts() };
        assert_eq!(routing.voters(&elsewhere), None);
    }

    #[test]
    fn a_permission_that_is_not_understood_touches_what_its_repositories_do_not() {
        let requirement = Requirement {
            permissions: Some(globs(&["*:write"])),
            repositories: Some(globs(&["docs"])),
            ..any(2)
        };
        let repository_groups = BTreeMap::from([("docs".to_owned(), globs(&["acme/docs"]))]);
        let routing = Routing { requirements: vec![requirement], repository_groups, ..Routing::default() };
        let unknown_group = PermissionGroup::Unknown("enterprise".into());

        assert_eq!(routing.needs(&with_level(Level::Write)).approvals(), 1);
        assert!(routing.touches(&with_level(Level::Write)).is_empty());
        for facts in [
            with_level(Level::Unknown("own".into())),
            with_permission(unknown_group.clone(), Level::Read),
            Facts { repositories: Repositories::None, ..with_permission(unknown_group, Level::Read) },
        ] {
            assert_eq!(routing.needs(&facts).approvals(), 2, "{facts:?}");
            assert_eq!(routing.touches(&facts), ["docs"], "{facts:?}");
        }
    }

    #[test]
    fn all_repositories_touch_a_requirement_only_if_its_permissions_match() {
        let requirement = Requirement {
            permissions: Some(globs(&["*:write"])),
            repositories: Some(globs(&["docs"])),
            ..any(2)
        };
        let routing = Routing { requirements: vec![requirement], ..Routing::default() };
        let everywhere = |level| Facts { repositories: Repositories::All, ..with_level(level) };

        assert_eq!(routing.needs(&everywhere(Level::Write)).approvals(), 2);
        assert_eq!(routing.needs(&everywhere(Level::Read)).approvals(), 1);
    }

    #[test]
    fn even_a_requirement_of_none_leaves_one_approval() {
        let routing = Routing { requirements: vec![any(0)], ..Routing::default() };

        assert_eq!(routing.needs(&facts()).approvals(), 1);
    }

    #[test]
    fn all_repositories_touch_every_group() {
        let repository_groups = BTreeMap::from([("payments".to_owned(), globs(&["acme/payments-*"]))]);
        let routing = Routing { repository_groups, ..Routing::default() };

        assert_eq!(routing.touches(&facts()), ["payments"]);
        assert_eq!(routing.touches(&Facts { repositories: Repositories::All, ..facts() }), ["payments"]);
        assert!(routing.touches(&subset(&["docs"], 1)).is_empty());
        assert_eq!(routing.touches(&subset(&["docs"], 2)), ["payments"]);
    }

    #[test]
    fn what_concerns_a_whole_organization_goes_by_the_route_of_all_of_it_or_else_by_the_first() {
        let named = |channel: &str, route: Route| Route { channel: ChannelId::new(channel), ..route };
        let elsewhere = Route { organization: "other".parse().unwrap(), ..named("C0OTHER", route(None)) };
        let narrow = named("C0NARROW", route(Some(&["payments-*"])));
        let wide = named("C0WIDE", route(None));
        let widest = |routes: &[&Route], organization: &str| {
            let routes = routes.iter().map(|route| (*route).clone()).collect();
            let routing = Routing { routes, ..Routing::default() };
            let found = routing.widest_route_for(&Login::new(organization)).cloned();
            found.map(|route| route.channel.to_string())
        };

        assert_eq!(widest(&[&elsewhere, &narrow, &wide], "acme").as_deref(), Some("C0WIDE"));
        assert_eq!(widest(&[&elsewhere, &narrow], "acme").as_deref(), Some("C0NARROW"));
        assert_eq!(widest(&[&narrow, &wide], "other"), None);
    }
}
