//! Whether the people who are named can meet what `[[require]]` asks for, as far as the configuration alone tells.
//!
//! One person too few is a mistake: whatever touches such a requirement could never be approved. What depends on the
//! request, such as who asks for it and which requirements it touches, is at most worth a word.

use std::collections::BTreeSet;

use super::groups::{Groups, Member};
use super::mistake::{Problem, code};
use super::people::People;
use super::reader::Shared;
use crate::ids::SlackUserId;
use crate::policy::{Approval, Needs, Requirement, Route};

/// What the configuration says about people and what they have to agree to.
pub(super) struct Known<'a> {
    pub(super) groups: &'a Groups,
    pub(super) people: &'a People,
    pub(super) routes: &'a [Route],
    pub(super) requirements: &'a [Requirement],
}

impl Known<'_> {
    pub(super) fn tell_what_can_not_be_met(&self, shared: &Shared) {
        let mut is_each_met = true;
        for (place, requirement) in self.requirements.iter().enumerate() {
            if !self.can_be_represented(&requirement.one_from_each) {
                is_each_met = false;
                let problem = "there are not enough different people in these groups";
                let cure = "a person stands for one group only: add members, or name fewer groups";
                let problem = Problem::new(code::NEVER_MET, problem, cure);
                shared.add(problem.at(format!("require[{place}].one_from_each")));
            }
            self.tell_of_number(shared, place, requirement);
        }
        let all: Vec<_> =
            self.requirements.iter().flat_map(|requirement| requirement.one_from_each.clone()).collect();
        if is_each_met && !self.can_be_represented(&all) {
            let words = "a request that touches all of them can't be approved: there are not enough different people \
                         in the groups of one_from_each";
            shared.notice("require", words);
        }
    }

    /// Who may vote on a request are its route's approvers and whoever has to be represented.
    fn tell_of_number(&self, shared: &Shared, place: usize, requirement: &Requirement) {
        if requirement.approvals < 2 {
            return;
        }
        let required: Vec<_> =
            self.requirements.iter().flat_map(|requirement| requirement.one_from_each.clone()).collect();
        let too_few = |route: &Route| {
            let groups: Vec<_> = route.approvers.iter().chain(&required).collect();
            self.people_in(&groups).is_some_and(|people| people.len() < requirement.approvals as usize)
        };
        let routes: Vec<_> = self.routes.iter().enumerate().filter(|(_, route)| too_few(route)).collect();
        if !routes.is_empty() && routes.len() == self.routes.len() {
            let problem = "so many people may not approve anything";
            let cure = "add members to the groups that may approve, or ask for fewer";
            let problem = Problem::new(code::NEVER_MET, problem, cure);
            return shared.add(problem.at(format!("require[{place}].approvals")));
        }
        for (route, _) in routes {
            let words = format!("fewer people may approve its requests than require[{place}] asks for");
            shared.notice(format!("route[{route}].approvers"), words);
        }
    }

    /// Whether distinct people can stand for these groups. Whoever is known to Slack or GitHub alone may be anybody.
    fn can_be_represented(&self, groups: &[String]) -> bool {
        let groups: BTreeSet<_> = groups.iter().cloned().collect();
        let mut people: BTreeSet<SlackUserId> = BTreeSet::new();
        let mut approving: Vec<BTreeSet<String>> = Vec::new();
        for group in &groups {
            match self.people_in(&[group]) {
                Some(named) => people.extend(named),
                None => approving.push([group.clone()].into()),
            }
        }
        let of = |person: &SlackUserId| {
            let is_in =
                |group: &&String| self.people_in(&[group]).is_some_and(|named| named.contains(person));
            groups.iter().filter(is_in).cloned().collect()
        };
        approving.extend(people.iter().map(of));
        let votes = approving.iter().map(|groups| Approval { groups, is_decider: true });
        Needs::new(1, groups.clone()).progress(votes).missing.is_empty()
    }

    /// Everybody in any of these groups; `None` where the configuration does not tell.
    fn people_in(&self, groups: &[&String]) -> Option<BTreeSet<SlackUserId>> {
        let mut all = BTreeSet::new();
        for member in groups.iter().filter_map(|group| self.groups.get(*group)).flatten() {
            match member {
                // Whose link has a mistake is somebody all the same.
                Member::Person(login) => drop(all.insert(self.people.links.get(login)?.slack.clone())),
                Member::SlackUser(user) => drop(all.insert(user.clone())),
                // As many as Slack or GitHub say when they are asked.
                Member::SlackGroup(_) | Member::Team(_) | Member::Owners => return None,
            }
        }
        Some(all)
    }
}
