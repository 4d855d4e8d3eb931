//! Where a Slack user group decides on write access alone: worth a word, because whoever administers the Slack workspace can
//! put themselves into it.

use std::collections::BTreeSet;

use super::groups::{Groups, Member};
use super::reader::Shared;
use crate::policy::{Glob, Requirement, Route, Routing};

/// Any route may get a request to write. Slack does not decide it alone where everything that is to write needs somebody of
/// a group, too, that Slack has no say in.
pub(super) fn tell(shared: &Shared, routing: &Routing, groups: &Groups) {
    let needs_others = |route: &Route| {
        routing.requirements.iter().any(|requirement| {
            touches_all_writing(requirement, route)
                && requirement.one_from_each.iter().any(|group| by_slack(groups, group).is_empty())
        })
    };
    for (index, route) in routing.routes.iter().enumerate() {
        let of_slack: BTreeSet<_> =
            route.approvers.iter().flat_map(|group| by_slack(groups, group)).collect();
        if !of_slack.is_empty() && !needs_others(route) {
            let of_slack: Vec<_> = of_slack.into_iter().collect();
            let message = format!(
                "members of the Slack user group {} decide here alone, on write access too: whoever administers the \
                 Slack workspace can add themselves",
                of_slack.join(", ")
            );
            shared.notice(format!("route[{index}].approvers"), message);
        }
    }
}

/// The Slack user groups that members of a group come from.
fn by_slack(groups: &Groups, group: &str) -> BTreeSet<String> {
    let members = groups.get(group).into_iter().flatten();
    let by_slack = members.filter_map(|member| match member {
        Member::SlackGroup(group) => Some(group.to_string()),
        Member::Person(_) | Member::SlackUser(_) | Member::Team(_) | Member::Owners => None,
    });
    by_slack.collect()
}

/// Only what is certain counts: patterns that are put otherwise may touch as much, and then the word is one too many.
fn touches_all_writing(requirement: &Requirement, route: &Route) -> bool {
    let names = |globs: &[Glob], name: &str| globs.iter().any(|glob| glob.as_str() == name);
    let by_permissions = requirement
        .permissions
        .as_deref()
        .is_none_or(|globs| names(globs, "*:*") || names(globs, "*:write") && names(globs, "*:admin"));
    let by_repositories = requirement.repositories.as_ref().is_none_or(|globs| {
        route.repositories.as_ref().is_some_and(|of_route| of_route.iter().all(|glob| globs.contains(glob)))
    });
    by_permissions && by_repositories
}
