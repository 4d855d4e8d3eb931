//! Puts a question to the policies and makes a judgement of their answer. No answer is a no.

use std::collections::BTreeMap;

use super::cedar::{Failure, Policies};
use super::facts::Asked;
use super::refusing::refusal;
use super::{Judgement, PolicyError, Question, Settling};
use crate::request::Refusal;

mod consult;

/// The loaded policies.
pub struct Engine(Policies);

impl Engine {
    /// Loads the built-in policies but for those named in `without`.
    pub fn new(without: &[String]) -> Result<Self, PolicyError> {
        Policies::built_in(without).map(Self)
    }

    /// Names the set of policies and the schema; it stands in the record of every judgement.
    pub fn hash(&self) -> &str {
        self.0.hash()
    }

    /// May this person do this? Whatever can't be asked properly is a no.
    pub fn may(&self, question: &Question<'_>) -> Judgement {
        let asked = Asked::of_question(question);
        let facts = asked.recorded(self.hash());
        match self.0.ask(&asked) {
            Ok(answer) => {
                let refusal = (!answer.is_yes).then(|| refusal(question, &answer.policies));
                Judgement { allowed: answer.is_yes, policies: answer.policies, refusal, facts }
            }
            Err(failure) => failed(failure, facts),
        }
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
}

#[cfg(test)]
impl Engine {
    /// The built-in policies and more, which nobody has validated.
    pub(super) fn with_unvalidated(text: &str) -> Self {
        Self(Policies::with_unvalidated(text))
    }
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
