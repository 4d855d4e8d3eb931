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
