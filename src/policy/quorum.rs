//! Whether approvals meet what a request needs: so many people, and one from each of several groups.
//!
//! Every requirement that touches the request counts, all taken together: the largest number of approvals, and the groups
//! of all of them as one set, so that a group which two requirements name is needed once. One person stands for one
//! group; for which one is open until everybody has voted, so that who may stand for two groups keeps nobody out.
//!
//! Who may vote only because their group has to be represented does not decide without somebody who may decide anyway:
//! a requirement more never makes a request easier to approve.

use std::collections::{BTreeMap, BTreeSet};

use crate::request::Vote;

/// What a request needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    approvals: u32,
    groups: BTreeSet<String>,
}

impl Needs {
    /// So many approvals, and one from each group by as many people. One approval is the least.
    pub fn new(approvals: u32, groups: BTreeSet<String>) -> Self {
        Self { approvals: approvals.max(count(groups.len())).max(1), groups }
    }

    /// How many people have to approve; never fewer than there are groups.
    pub fn approvals(&self) -> u32 {
        self.approvals
    }

    /// The groups of which one person each has to approve.
    pub fn groups(&self) -> &BTreeSet<String> {
        &self.groups
    }

    /// How far approvals go. One person gives one: whoever calls has seen to that.
    pub fn progress<'a>(&self, approvals: impl IntoIterator<Item = Approval<'a>>) -> Progress {
        let approvals: Vec<_> = approvals.into_iter().collect();
        let people: Vec<_> = approvals.iter().map(|approval| approval.groups).collect();
        let met = self.represented(&people);
        let missing: BTreeSet<_> = self.groups.difference(&met).cloned().collect();
        let wanted = self.groups.iter().filter(|group| {
            let newcomer = BTreeSet::from([(*group).clone()]);
            let with: Vec<_> = people.iter().copied().chain([&newcomer]).collect();
            self.represented(&with).len() > met.len()
        });
        Progress {
            wanted: wanted.cloned().collect(),
            lacks_decider: !approvals.iter().any(|approval| approval.is_decider),
            approvals: count(people.len()),
            needed: self.approvals,
            met,
            missing,
        }
    }

    /// As many groups as distinct people can stand for at once; where there is a choice, the first by name. Each takes a
    /// person of its own, or one whose group finds another (an augmenting path): the order of the people decides who
    /// stands for which group, and never for how many and for which groups somebody stands.
    fn represented(&self, people: &[&BTreeSet<String>]) -> BTreeSet<String> {
        let mut stands = Stands { people, group_of: BTreeMap::new() };
        let groups = self.groups.iter();
        groups.filter(|group| stands.find(group, &mut BTreeSet::new())).cloned().collect()
    }
}

/// One person's approval, as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub struct Approval<'a> {
    /// The groups that the person is known to be in.
    pub groups: &'a BTreeSet<String>,
    /// Whether the person may decide whichever groups have to be represented.
    pub is_decider: bool,
}

impl<'a> From<&'a Vote> for Approval<'a> {
    fn from(vote: &'a Vote) -> Self {
        Self { groups: &vote.groups, is_decider: vote.is_decider }
    }
}

/// Who stands for which group.
struct Stands<'a> {
    people: &'a [&'a BTreeSet<String>],
    group_of: BTreeMap<usize, &'a str>,
}

impl<'a> Stands<'a> {
    /// Finds somebody for a group, asking nobody twice; nobody who stood for a group is without one afterwards.
    fn find(&mut self, group: &'a str, asked: &mut BTreeSet<usize>) -> bool {
        for (person, groups) in self.people.iter().enumerate() {
            if !groups.contains(group) || !asked.insert(person) {
                continue;
            }
            let is_free = match self.group_of.get(&person).copied() {
                Some(other) => self.find(other, asked),
                None => true,
            };
            if is_free {
                self.group_of.insert(person, group);
                return true;
            }
        }
        false
    }
}

/// How far the approvals of a request go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// How many people have approved, and how many have to.
    pub approvals: u32,
    pub needed: u32,
    /// Required groups for which somebody stands.
    pub met: BTreeSet<String>,
    /// Required groups for which nobody does.
    pub missing: BTreeSet<String>,
    /// The groups of which one more person would bring it further. More than are missing where somebody could stand for
    /// another group instead.
    pub wanted: BTreeSet<String>,
    /// Whether nobody has approved who may decide whichever groups have to be represented.
    pub lacks_decider: bool,
}

impl Progress {
    /// Whether everything that is required is there.
    pub fn is_met(&self) -> bool {
        self.approvals >= self.needed && self.missing.is_empty() && !self.lacks_decider
    }

    /// How many people are missing by number alone.
    pub fn approvals_missing(&self) -> u32 {
        self.needed.saturating_sub(self.approvals)
    }
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn progress(approvals: u32, groups: &[&str], people: &[&[&str]]) -> Progress {
        let people: Vec<_> = people.iter().map(|groups| set(groups)).collect();
        Needs::new(approvals, set(groups)).progress(deciders(&people))
    }

    fn deciders(people: &[BTreeSet<String>]) -> impl Iterator<Item = Approval<'_>> {
        people.iter().map(|groups| Approval { groups, is_decider: true })
    }

    #[test]
    fn one_person_of_all_groups_stands_for_one_of_them() {
        let alone = progress(1, &["leads", "security"], &[&["leads", "security"]]);

        assert!(!alone.is_met());
        assert_eq!((alone.approvals, alone.needed, alone.approvals_missing()), (1, 2, 1));
        assert_eq!(alone.missing.len(), 1);
        // Whoever comes next may be of either group.
        assert_eq!(alone.wanted, set(&["leads", "security"]));
    }

    #[test]
    fn who_could_stand_for_two_groups_makes_room_for_who_can_for_one() {
        for people in [[&["leads", "security"][..], &["leads"]], [&["leads"][..], &["leads", "security"]]] {
            assert!(progress(1, &["leads", "security"], &people).is_met());
        }
    }

    #[test]
    fn many_of_one_group_do_not_make_up_for_another() {
        let all = progress(2, &["leads", "security"], &[&["security"], &["security"], &["security", "x"]]);

        assert!(!all.is_met());
        assert_eq!((all.missing.clone(), all.wanted.clone()), (set(&["leads"]), set(&["leads"])));
        assert_eq!(all.approvals_missing(), 0);
    }

    #[test]
    fn a_number_of_approvals_counts_people_of_any_group() {
        let one = progress(3, &["security"], &[&["approvers"]]);

        assert_eq!((one.approvals_missing(), one.missing), (2, set(&["security"])));
        assert!(progress(3, &["security"], &[&[], &["security"], &[]]).is_met());
        assert!(!progress(3, &[], &[&[], &[]]).is_met());
    }

    #[test]
    fn nothing_required_takes_one_approval() {
        assert!(!progress(0, &[], &[]).is_met());
        assert!(progress(0, &[], &[&[]]).is_met());
    }

    #[test]
    fn who_votes_for_a_required_group_alone_does_not_decide_alone() {
        let (security, approvers) = (set(&["security"]), set(&["approvers"]));
        let needs = Needs::new(1, security.clone());
        let guest = Approval { groups: &security, is_decider: false };
        let decider = Approval { groups: &approvers, is_decider: true };

        assert!(!needs.progress([guest]).is_met());
        assert!(!needs.progress([guest, guest]).is_met());
        assert!(!needs.progress([decider]).is_met());
        assert!(needs.progress([guest, decider]).is_met());
        assert!(needs.progress([Approval { is_decider: true, ..guest }]).is_met());
    }

    const GROUPS: [&str; 4] = ["a", "b", "c", "d"];

    fn any_groups() -> impl Strategy<Value = BTreeSet<String>> {
        prop::collection::btree_set(prop::sample::select(GROUPS.map(str::to_owned).to_vec()), 0..4)
    }

    type Voter = (BTreeSet<String>, bool);

    fn any_people() -> impl Strategy<Value = Vec<Voter>> {
        prop::collection::vec((any_groups(), any::<bool>()), 0..6)
    }

    fn voices(people: &[Voter]) -> impl Iterator<Item = Approval<'_>> {
        people.iter().map(|(groups, is_decider)| Approval { groups, is_decider: *is_decider })
    }

    /// The largest number of groups that distinct people can stand for, by trying everything.
    fn most(groups: &[String], people: &[Voter]) -> usize {
        let Some((first, rest)) = groups.split_first() else { return 0 };
        let without = most(rest, people);
        let with = (0..people.len()).filter(|person| people[*person].0.contains(first)).map(|person| {
            let others = people.iter().enumerate().filter(|(other, _)| *other != person);
            1 + most(rest, &others.map(|(_, voter)| voter.clone()).collect::<Vec<_>>())
        });
        with.max().unwrap_or(0).max(without)
    }

    proptest! {
        #[test]
        fn it_is_met_exactly_when_people_can_be_shared_out(
            approvals in 0u32..5, groups in any_groups(), people in any_people(),
        ) {
            let progress = Needs::new(approvals, groups.clone()).progress(voices(&people));
            let listed: Vec<_> = groups.iter().cloned().collect();

            prop_assert_eq!(progress.met.len(), most(&listed, &people));
            let is_met = people.len() >= approvals.max(1) as usize
                && most(&listed, &people) == groups.len()
                && people.iter().any(|(_, is_decider)| *is_decider);
            prop_assert_eq!(progress.is_met(), is_met);
            prop_assert!(progress.missing.is_subset(&progress.wanted));
        }

        #[test]
        fn the_order_of_votes_never_matters(
            approvals in 0u32..5,
            groups in any_groups(),
            (people, shuffled) in any_people().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            let needs = Needs::new(approvals, groups);

            prop_assert_eq!(needs.progress(voices(&people)), needs.progress(voices(&shuffled)));
        }

        #[test]
        fn another_vote_never_loses_what_was_met(
            approvals in 0u32..5, groups in any_groups(), people in any_people(), newcomer in any_people(),
        ) {
            let needs = Needs::new(approvals, groups);
            let before = needs.progress(voices(&people));
            let after = needs.progress(voices(&people).chain(voices(&newcomer)));

            prop_assert!(before.met.is_subset(&after.met));
            prop_assert!(!before.is_met() || after.is_met());
            prop_assert!(after.approvals_missing() <= before.approvals_missing());
        }

        /// What is not known of a voter's groups is left out, and that never makes it enough.
        #[test]
        fn knowing_fewer_groups_of_somebody_never_meets_more(
            approvals in 0u32..5, groups in any_groups(), people in any_people(), forgotten in any_groups(),
        ) {
            let needs = Needs::new(approvals, groups);
            let known: Vec<_> = people
                .iter()
                .map(|(groups, is_decider)| (groups.difference(&forgotten).cloned().collect(), *is_decider))
                .collect();
            let (before, after) = (needs.progress(voices(&people)), needs.progress(voices(&known)));

            prop_assert!(before.is_met() || !after.is_met());
            prop_assert_eq!(before.needed, after.needed);
            prop_assert!(after.met.is_disjoint(&forgotten));
        }

        /// One requirement more may let more people vote, and never fewer of them decide.
        #[test]
        fn needing_more_is_never_easier_to_meet(
            approvals in 0u32..5, more in 0u32..3, groups in any_groups(), besides in any_groups(),
            people in any_people(), guests in any_people(),
        ) {
            let before = Needs::new(approvals, groups.clone());
            let after = Needs::new(approvals + more, groups.union(&besides).cloned().collect());
            let guests: Vec<_> = guests.into_iter().map(|(groups, _)| (groups, false)).collect();

            // Who may vote only now does not make up for who had to before.
            let with_guests = after.progress(voices(&people).chain(voices(&guests)));
            let is_decided = people.iter().any(|(_, is_decider)| *is_decider);
            prop_assert!(!with_guests.is_met() || is_decided);
            prop_assert!(!after.progress(voices(&people)).is_met() || before.progress(voices(&people)).is_met());
        }

        /// What people are told is true: somebody of a wanted group helps, somebody of none of them does not.
        #[test]
        fn who_is_wanted_helps_and_nobody_else_does(
            groups in any_groups(), people in any_people(), newcomer in any_groups(),
        ) {
            let needs = Needs::new(1, groups);
            let before = needs.progress(voices(&people));
            let after = needs.progress(voices(&people).chain([Approval { groups: &newcomer, is_decider: true }]));

            let helps = after.met.len() > before.met.len();
            prop_assert_eq!(helps, !newcomer.is_disjoint(&before.wanted));
        }

        /// A person is never counted for two groups, whatever else is asked for.
        #[test]
        fn never_more_groups_than_people(approvals in 0u32..5, groups in any_groups(), people in any_people()) {
            let progress = Needs::new(approvals, groups).progress(voices(&people));

            prop_assert!(progress.met.len() <= people.len());
        }
    }
}
