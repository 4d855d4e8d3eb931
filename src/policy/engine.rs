//! Puts a question to the policies and makes a judgement of their answer. No answer is a no.

use std::collections::BTreeMap;

use super::cedar::{Answer, Failure, Policies};
use super::facts::Asked;
use super::refusing::refusal;
use super::{Act, Judgement, PolicyError, Question, Settling};
use crate::request::Refusal;

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

    /// May this person do this? Whatever can't be asked properly is a no, and so is a yes that hangs on a group of which
    /// nobody could tell whether the person is in it.
    pub fn may(&self, question: &Question<'_>) -> Judgement {
        let asked = Asked::of_question(question);
        let mut facts = asked.recorded(self.hash());
        if !question.who.unknown_groups.is_empty() {
            let names: Vec<_> = question.who.unknown_groups.keys().map(String::as_str).collect();
            facts.insert("user.inUnknown".to_owned(), names.join(" "));
        }
        match self.0.ask(&asked) {
            Ok(answer) => self.told(question, &asked, answer, facts),
            Err(failure) => failed(failure, facts),
        }
    }

    fn told(
        &self,
        question: &Question<'_>,
        asked: &Asked,
        answer: Answer,
        facts: BTreeMap<String, String>,
    ) -> Judgement {
        let Answer { is_yes, policies } = answer;
        match self.doubt(question, is_yes) {
            Some(doubt) if is_yes || !self.stands(question, asked, &policies) => {
                let refusal = Some(Refusal::CannotTell { cause: doubt.cause });
                Judgement { allowed: false, policies: doubt.policies, refusal, facts }
            }
            Some(_) | None => {
                let refusal = (!is_yes).then(|| refusal(question, &policies));
                Judgement { allowed: is_yes, policies, refusal, facts }
            }
        }
    }

    /// The group that the answer hangs on and that is unknown for this person: one that may decide, where that is the
    /// question, else one that a policy speaks of. To have a prohibition miss somebody because nobody could be asked would
    /// be to let them get round it.
    fn doubt(&self, question: &Question<'_>, is_yes: bool) -> Option<Doubt> {
        let unknown = &question.who.unknown_groups;
        if unknown.is_empty() {
            return None;
        }
        let spoken_of = self.0.groups_spoken_of(question.act.name());
        // Who may see for another reason needs no approver's right.
        let is_needless = is_yes && question.act == Act::Show;
        let approvers = question.approvers.filter(|_| !is_needless).unwrap_or_default().iter();
        let (group, cause) =
            approvers.chain(spoken_of.keys()).find_map(|group| unknown.get_key_value(group))?;
        let policies = spoken_of.get(group).cloned().unwrap_or_default();
        Some(Doubt { cause: format!("whether you are in {group} is not known: {cause}"), policies })
    }

    /// Whether a no is one in whatever groups the person is: nobody may decide, or a prohibition that speaks of no unknown
    /// group forbids it, with the person in none of them and in all.
    fn stands(&self, question: &Question<'_>, asked: &Asked, prohibitions: &[String]) -> bool {
        if question.act != Act::Show && question.approvers.is_none() {
            return true;
        }
        let unknown = &question.who.unknown_groups;
        let spoken_of = self.0.groups_spoken_of(question.act.name());
        let is_certain = |name: &String| {
            unknown.keys().all(|group| !spoken_of.get(group).is_some_and(|by| by.contains(name)))
        };
        let certain: Vec<_> = prohibitions.iter().filter(|name| is_certain(name)).collect();
        if certain.is_empty() {
            return false;
        }
        let in_all = asked.clone().of_more_groups(unknown.keys());
        self.0.ask(&in_all).is_ok_and(|answer| certain.iter().any(|name| answer.policies.contains(name)))
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

/// An answer that can't be given.
struct Doubt {
    /// For the person's ears.
    cause: String,
    /// Those that speak of the group.
    policies: Vec<String>,
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
impl Engine {
    /// The built-in policies and others, which nobody has validated.
    pub(super) fn with_unvalidated(text: &str) -> Self {
        Self(Policies::with_unvalidated(text))
    }
}

#[cfg(test)]
mod tests;
