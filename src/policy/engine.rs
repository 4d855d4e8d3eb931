//! Puts a question to the policies and makes a judgement of their answer. No answer is a no.

use std::collections::{BTreeMap, BTreeSet};

use super::cedar::{Failure, Policies, Shown};
use super::facts::Asked;
use super::fault::{Faults, Hint, Vocabulary};
use super::refusing::{Told, refusal};
use super::texts::PolicyTexts;
use super::{Judgement, Question, Settling};
use crate::request::Refusal;

/// The loaded policies.
pub struct Engine(Policies);

impl Engine {
    /// Loads the built-in policies but for those named in `without`.
    pub fn new(without: &[String]) -> Result<Self, Faults> {
        Self::recorded(PolicyTexts::new(vec![], without.to_vec()))
    }

    /// Loads built-in and operators' policies; whatever is wrong with them is told at once. What they name has to be
    /// configured.
    pub fn load(texts: PolicyTexts, vocabulary: &Vocabulary) -> Result<(Self, Vec<Hint>), Faults> {
        Policies::load(texts, Some(vocabulary)).map(|(policies, hints)| (Self(policies), hints))
    }

    /// Loads a set that was in force once, to see how it answers.
    pub fn recorded(texts: PolicyTexts) -> Result<Self, Faults> {
        Policies::load(texts, None).map(|(policies, _)| Self(policies))
    }

    /// Names the set of policies and the schema; it stands in the record of every judgement.
    pub fn hash(&self) -> &str {
        self.0.hash()
    }

    /// Everything that makes the set.
    pub fn texts(&self) -> &PolicyTexts {
        self.0.texts()
    }

    /// Every policy in force, in the order of their names.
    pub fn shown(&self) -> impl Iterator<Item = &Shown> {
        self.0.shown()
    }

    /// The groups that any policy mentions, the route's approvers aside.
    pub fn groups(&self) -> &BTreeSet<String> {
        self.0.groups()
    }

    /// May this person do this? Whatever can't be asked properly is a no.
    pub fn may(&self, question: &Question<'_>) -> Judgement {
        let asked = Asked::of_question(question);
        let facts = asked.recorded(self.hash());
        match self.0.ask(&asked) {
            Ok(answer) => {
                let refusal = (!answer.is_yes)
                    .then(|| refusal(question, &answer.policies, self.told(&asked, &answer.policies)));
                Judgement { allowed: answer.is_yes, policies: answer.policies, refusal, facts }
            }
            Err(failure) => failed(failure, facts),
        }
    }

    /// The policies that permit it, whatever forbids it.
    pub fn permits(&self, question: &Question<'_>) -> Vec<String> {
        self.0.permits(&Asked::of_question(question)).unwrap_or_default()
    }

    /// The policy of that name.
    pub fn named(&self, name: &str) -> Option<&Shown> {
        self.0.named(name)
    }

    /// Are these votes enough? Never without an approval, whatever the policies say.
    pub fn settle(&self, settling: &Settling<'_>) -> Judgement {
        let asked = Asked::of_votes(settling);
        let facts = asked.recorded(self.hash());
        match self.0.ask(&asked) {
            Ok(answer) => {
                let allowed = answer.is_yes && settling.approvals >= 1;
                let refusal = (!allowed).then(|| Refusal::Policy { policies: answer.policies.clone() });
                Judgement { allowed, policies: answer.policies, refusal, facts }
            }
            Err(failure) => failed(failure, facts),
        }
    }

    /// Works an answer out again, from nothing but the facts that are on record with it.
    pub fn again(&self, recorded: &BTreeMap<String, String>) -> Result<Recomputed, String> {
        let asked = Asked::of_record(recorded)?;
        match self.0.ask(&asked) {
            Ok(answer) => {
                let is_yes = answer.is_yes && asked.approvals().is_none_or(|approvals| approvals >= 1);
                Ok(Recomputed { is_yes, policies: answer.policies })
            }
            Err(failure) => Ok(Recomputed { is_yes: false, policies: failure.policies }),
        }
    }

    /// What those of these policies say to a person that are the operators' own: their message, or their name.
    fn told(&self, asked: &Asked, names: &[String]) -> Told {
        let own = names.iter().filter_map(|name| self.0.named(name)).filter(|one| one.place.is_some());
        Told {
            operators: own.map(|one| one.message.clone().unwrap_or_else(|| one.name.clone())).collect(),
            is_permitted: self.0.permits(asked).is_ok_and(|permits| !permits.is_empty()),
        }
    }
}

/// An answer that was worked out again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recomputed {
    pub is_yes: bool,
    pub policies: Vec<String>,
}

/// The policies gave no answer: a refusal with the cause on the record, and news for the operators.
fn failed(failure: Failure, mut facts: BTreeMap<String, String>) -> Judgement {
    let Failure { policies, cause } = failure;
    tracing::error!(cause, "the policies could not be asked; nobody is allowed anything");
    facts.insert("failure".to_owned(), cause);
    Judgement {
        allowed: false,
        policies: policies.clone(),
        refusal: Some(Refusal::Policy { policies }),
        facts,
    }
}

#[cfg(test)]
mod tests;
