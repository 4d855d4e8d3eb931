//! What would have to be otherwise for another answer: each single change is tried on the policies themselves.

use std::collections::BTreeSet;

use super::{Engine, Judgement, Question, Who};

/// An answer, what speaks for it and against it, and what would change it.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub judgement: Judgement,
    /// The policies that permit it, whatever forbids it.
    pub permits: Vec<String>,
    /// The policies that forbid it.
    pub forbids: Vec<String>,
    /// Groups that would do: being in one of them alone turns the no into a yes.
    pub groups_that_allow: Vec<String>,
    /// Groups that would help and are not enough: a prohibition fewer, or a permit where there is none.
    pub groups_that_help: Vec<String>,
}

impl Engine {
    /// Explains an answer. `groups` are all there are.
    pub fn explain<'g>(
        &self,
        question: &Question<'_>,
        groups: impl IntoIterator<Item = &'g String>,
    ) -> Explanation {
        let judgement = self.may(question);
        let permits = self.permits(question);
        let forbids = self.forbids(question);
        let (mut allow, mut help) = (Vec::new(), Vec::new());
        for group in groups {
            if judgement.allowed || question.who.groups.contains(group) {
                continue;
            }
            let joined: BTreeSet<_> = question.who.groups.iter().chain([group]).cloned().collect();
            let mut who = Who { groups: joined, ..question.who.clone() };
            who.unknown_groups.remove(group);
            let changed = Question { who: &who, ..question.clone() };
            let then = self.may(&changed);
            if then.allowed {
                allow.push(group.clone());
            } else if self.forbids(&changed).len() < forbids.len()
                || permits.is_empty() && !self.permits(&changed).is_empty()
            {
                help.push(group.clone());
            }
        }
        Explanation { judgement, permits, forbids, groups_that_allow: allow, groups_that_help: help }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::samples::{alice, approvers};
    use crate::policy::{Act, Needs};
    use crate::request::samples::{noon, pending};

    const SECURITY_FIRST: &str = r#"@id("security-first") forbid (principal, action, resource)
        unless { principal in Group::"security" };"#;

    /// Of somebody who wants to approve; there are three groups.
    fn explained(engine: &Engine, who: &Who) -> Explanation {
        let groups = ["approvers", "leads", "security"].map(str::to_owned);
        let (request, approvers, needs) = (pending(), approvers(), Needs::new(1, BTreeSet::new()));
        let question = Question {
            who,
            act: Act::Approve,
            request: &request,
            approvers: Some(&approvers),
            needs: &needs,
            touches: vec![],
            answered_by: None,
            now: noon(),
        };
        engine.explain(&question, &groups)
    }

    fn built_in() -> Engine {
        Engine::new(&[]).unwrap()
    }

    #[test]
    fn who_may_needs_nothing_more() {
        let explained = explained(&built_in(), &alice());

        assert!(explained.judgement.allowed && explained.forbids.is_empty());
        assert_eq!(explained.permits, ["approvers-decide"]);
        assert!(explained.groups_that_allow.is_empty() && explained.groups_that_help.is_empty());
    }

    #[test]
    fn a_group_that_would_do_is_told_and_no_other() {
        let nobody = Who { groups: BTreeSet::new(), ..alice() };

        let explained = explained(&built_in(), &nobody);

        assert_eq!(explained.groups_that_allow, ["approvers"]);
        assert!(explained.groups_that_help.is_empty() && explained.permits.is_empty());
    }

    #[test]
    fn a_group_that_helps_and_is_not_enough_is_told_and_no_other() {
        let own = Who { is_own: true, ..alice() };
        let nobody = Who { groups: BTreeSet::new(), ..own.clone() };
        let helping = |engine: &Engine, who: &Who| {
            let explained = explained(engine, who);
            assert!(explained.groups_that_allow.is_empty());
            explained.groups_that_help
        };

        assert!(helping(&built_in(), &own).is_empty());
        assert_eq!(helping(&built_in(), &nobody), ["approvers"]);
        let engine = Engine::with_unvalidated(SECURITY_FIRST);
        assert_eq!(helping(&engine, &own), ["security"]);
        assert_eq!(helping(&engine, &nobody), ["approvers", "security"]);
    }
}
