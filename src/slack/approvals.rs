//! How far the approvals of a request go, in words: `1 of 2: approved by @alice; still needs payments-leads`.

use std::collections::BTreeSet;

use super::Line;
use crate::policy::Progress;
use crate::request::Vote;

/// What a request needs, and what of it is there.
#[derive(Debug, Clone, Copy)]
pub struct Approvals<'a> {
    pub progress: &'a Progress,
    /// The groups that may decide, whichever have to be represented.
    pub approvers: &'a [String],
}

impl<'a> Approvals<'a> {
    /// Whether one approval of anybody who may decide is all it takes.
    pub fn takes_one(self) -> bool {
        self.progress.needed == 1 && self.groups().is_empty()
    }

    /// For the card of a request that waits.
    pub fn line(self, votes: &[Vote]) -> Line {
        let [first, rest @ ..] = votes else { return Line::new().text(&self.nothing_yet()) };
        let line = Line::new().text(&self.opening()).mention(&first.slack);
        let line = rest.iter().fold(line, |line, vote| line.text(", ").mention(&vote.slack));
        line.text(&self.rest())
    }

    /// The same in plain text, for where nobody can be mentioned.
    pub fn words(self, votes: &[Vote]) -> String {
        if votes.is_empty() {
            return self.nothing_yet();
        }
        let logins: Vec<_> = votes.iter().map(|vote| vote.login.as_str()).collect();
        format!("{}{}{}", self.opening(), logins.join(", "), self.rest())
    }

    /// What it takes altogether, in a sentence.
    pub fn sentence(self) -> String {
        if self.takes_one() {
            "One approval is enough.".to_owned()
        } else {
            format!("It takes {}.", self.takes())
        }
    }

    /// What it takes altogether, in the middle of a sentence: `2 approvals, one each of payments-leads and security`.
    pub fn takes(self) -> String {
        let many = match self.progress.needed {
            1 => "an approval".to_owned(),
            many => format!("{many} approvals"),
        };
        let is_one = self.progress.needed == 1;
        let of = match self.groups().as_slice() {
            [] => String::new(),
            [one] if is_one => format!(" of {one}"),
            [one] => format!(", one of {one}"),
            groups => format!(", one each of {}", and(groups)),
        };
        let decider = match (self.is_decider_apart(), is_one) {
            (false, _) => String::new(),
            (true, true) => format!(", and one of {} unless that is the same person", or(self.approvers)),
            (true, false) => format!(", at least one of them by {}", or(self.approvers)),
        };
        format!("{many}{of}{decider}")
    }

    /// What is still needed, for a voter: `one of payments-leads and 1 more approval`; `None` if nothing is.
    pub fn still_needed(self) -> Option<String> {
        let more = match self.others_missing() {
            0 => None,
            1 => Some("1 more approval".to_owned()),
            many => Some(format!("{many} more approvals")),
        };
        let parts: Vec<_> = self.missing("one of ").into_iter().chain(more).collect();
        (!parts.is_empty()).then(|| and(&parts))
    }

    fn nothing_yet(self) -> String {
        if self.takes_one() {
            return format!("0 of 1: {}", self.approvers.join(", "));
        }
        if self.progress.needed == 1 {
            return format!("Needs {}", self.takes());
        }
        let from = match self.groups().is_empty() {
            true => self.approvers.join(", "),
            false => self.still(),
        };
        format!("0 of {} approvals: {from}", self.progress.needed)
    }

    /// `; still needs payments-leads`
    fn rest(self) -> String {
        let still = self.still();
        if still.is_empty() { still } else { format!("; still needs {still}") }
    }

    /// `payments-leads, security and 1 more`
    fn still(self) -> String {
        let missing = self.missing("").join(", ");
        match (missing.is_empty(), self.others_missing()) {
            (_, 0) => missing,
            (true, many) => format!("{many} more"),
            (false, many) => format!("{missing} and {many} more"),
        }
    }

    /// `1 of 2: approved by `, or without a number that is reached or nearly so while certain people are missing.
    fn opening(self) -> String {
        let Progress { approvals, needed, .. } = self.progress;
        let missing = self.progress.approvals_missing();
        let is_telling = (missing > 0 && missing >= self.certain_missing()) || self.still().is_empty();
        match is_telling {
            true => format!("{approvals} of {needed}: approved by "),
            false => "Approved by ".to_owned(),
        }
    }

    /// The groups that are missing, each as a person of it; or somebody who may decide, if nobody else is missing.
    fn missing(self, before: &str) -> Vec<String> {
        let Progress { missing, wanted, .. } = self.progress;
        let wanted: Vec<_> = wanted.iter().map(String::as_str).collect();
        let mut parts = match missing.len() {
            0 => vec![],
            many if many == wanted.len() => wanted.iter().map(|group| format!("{before}{group}")).collect(),
            1 => vec![format!("{before}{}", or(&wanted))],
            many => vec![format!("{many} people of different ones of {}", wanted.join(", "))],
        };
        if self.lacks_decider_alone() {
            parts.push(format!("{before}{}", or(self.approvers)));
        }
        parts
    }

    /// How many of certain groups are missing, counted as if nobody were in two of them.
    fn certain_missing(self) -> u32 {
        let decider = self.lacks_decider_alone();
        u32::try_from(self.progress.missing.len()).unwrap_or(u32::MAX).saturating_add(decider.into())
    }

    /// How many of any group are missing besides.
    fn others_missing(self) -> u32 {
        self.progress.approvals_missing().saturating_sub(self.certain_missing())
    }

    /// Every group that has to be represented.
    fn groups(self) -> Vec<&'a str> {
        let Progress { met, missing, .. } = self.progress;
        let groups: BTreeSet<_> = met.iter().chain(missing).map(String::as_str).collect();
        groups.into_iter().collect()
    }

    /// Whether somebody is missing who may decide anyway, and not as one of a missing group.
    fn lacks_decider_alone(self) -> bool {
        self.progress.missing.is_empty() && self.progress.lacks_decider && self.is_decider_apart()
    }

    /// Whether those who may decide anyway are others than those who have to be represented.
    fn is_decider_apart(self) -> bool {
        let groups = self.groups();
        !groups.is_empty() && !self.approvers.iter().any(|group| groups.contains(&group.as_str()))
    }
}

fn and(parts: &[impl AsRef<str>]) -> String {
    joined(parts, " and ")
}

fn or(parts: &[impl AsRef<str>]) -> String {
    joined(parts, " or ")
}

/// `a, b and c`
fn joined(parts: &[impl AsRef<str>], last: &str) -> String {
    let parts: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
    match parts.as_slice() {
        [all @ .., end] if !all.is_empty() => format!("{}{last}{end}", all.join(", ")),
        few => few.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Login, SlackUserId};
    use crate::policy::{Approval, Needs};
    use crate::request::Verdict;
    use crate::request::samples::vote;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn by(login: &str, groups: &[&str]) -> Vote {
        Vote {
            slack: SlackUserId::new(format!("U0{}", login.to_uppercase())),
            login: Login::new(login),
            groups: set(groups),
            is_decider: groups != ["guests"],
            ..vote(Verdict::Approve)
        }
    }

    /// The card's words, what voters are told, and what it takes; the route's approvers are `approvers`.
    fn told(approvals: u32, groups: &[&str], votes: &[Vote]) -> [String; 3] {
        let progress = Needs::new(approvals, set(groups)).progress(votes.iter().map(Approval::from));
        let approvers = ["approvers".to_owned(), "leads".to_owned()];
        let approvals = Approvals { progress: &progress, approvers: &approvers };
        [approvals.words(votes), approvals.still_needed().unwrap_or_default(), approvals.takes()]
    }

    #[test]
    fn a_number_alone_is_told_as_a_number() {
        assert_eq!(told(1, &[], &[])[0], "0 of 1: approvers, leads");
        assert_eq!(told(2, &[], &[])[0], "0 of 2 approvals: approvers, leads");
        assert_eq!(told(2, &[], &[])[2], "2 approvals");
        let [card, still, _] = told(3, &[], &[by("alice", &[])]);
        assert_eq!(card, "1 of 3: approved by alice; still needs 2 more");
        assert_eq!(still, "2 more approvals");
    }

    #[test]
    fn groups_are_named_until_somebody_stands_for_them() {
        let groups = ["leads", "security"];

        assert_eq!(told(2, &groups, &[])[0], "0 of 2 approvals: leads, security");
        assert_eq!(told(2, &groups, &[])[2], "2 approvals, one each of leads and security");
        let [card, still, _] = told(2, &groups, &[by("alice", &["security"])]);
        assert_eq!(card, "1 of 2: approved by alice; still needs leads");
        assert_eq!(still, "one of leads");
        assert_eq!(told(3, &groups, &[])[0], "0 of 3 approvals: leads, security and 1 more");
        assert_eq!(told(3, &groups, &[by("alice", &["security"])])[1], "one of leads and 1 more approval");
    }

    #[test]
    fn who_may_stand_for_either_group_leaves_the_choice() {
        let [card, still, _] = told(2, &["leads", "security"], &[by("alice", &["leads", "security"])]);

        assert_eq!(card, "1 of 2: approved by alice; still needs leads or security");
        assert_eq!(still, "one of leads or security");
        let three = told(3, &["a", "b", "leads"], &[by("alice", &["a", "leads"])]);
        assert_eq!(three[1], "2 people of different ones of a, b, leads");
    }

    #[test]
    fn where_many_agree_and_a_group_is_missing_no_number_misleads() {
        let [card, ..] =
            told(2, &["leads", "security"], &[by("alice", &["security"]), by("carol", &["security"])]);

        assert_eq!(card, "Approved by alice, carol; still needs leads");
    }

    #[test]
    fn who_may_decide_anyway_is_named_where_only_others_have_to_be_represented() {
        let [card, _, takes] = told(1, &["guests"], &[]);
        assert_eq!(
            takes,
            "an approval of guests, and one of approvers or leads unless that is the same person"
        );
        assert_eq!(card, format!("Needs {takes}"));

        let [card, still, _] = told(1, &["guests"], &[by("bob", &["guests"])]);
        assert_eq!(card, "Approved by bob; still needs approvers or leads");
        assert_eq!(still, "one of approvers or leads");
        let two = told(2, &["guests"], &[]);
        assert_eq!(two[0], "0 of 2 approvals: guests and 1 more");
        assert_eq!(two[2], "2 approvals, one of guests, at least one of them by approvers or leads");
    }

    #[test]
    fn nothing_more_is_asked_for_where_everything_is_there() {
        let [card, still, _] = told(1, &["leads"], &[by("alice", &["leads"])]);

        assert_eq!((card.as_str(), still.as_str()), ("1 of 1: approved by alice", ""));
    }
}
