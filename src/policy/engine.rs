//! Puts a question to the policies and makes a judgement of their answer. No answer is a no.

use std::collections::BTreeMap;

use super::cedar::{Answer, Failure, Policies, Shown};
use super::facts::Asked;
use super::fault::{Faults, Hint, Vocabulary};
use super::refusing::{Told, refusal};
use super::texts::PolicyTexts;
use super::{Judgement, Question, Settling, unknown_membership};
use crate::request::Refusal;

mod consult;
mod tokens;

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

    /// May this person do this? Whatever can't be asked properly is a no, and so is a yes to somebody of whom nobody could
    /// tell whether they are in a group that may matter.
    pub fn may(&self, question: &Question<'_>) -> Judgement {
        let asked = Asked::of_question(question);
        let mut facts = asked.recorded(self.hash());
        asked.record_unknown(question.who.unknown_groups.keys(), &mut facts);
        match self.answer(&asked) {
            Ok(answer) => self.judged(question, &asked, answer, facts),
            Err(failure) => failed(failure, facts),
        }
    }

    /// The policies' answer, but for what none of them may allow: without a route nobody decides anything.
    fn answer(&self, asked: &Asked) -> Result<Answer, Failure> {
        let answer = self.0.ask(asked)?;
        Ok(match answer.is_yes && asked.lacks_route() {
            true => Answer { is_yes: false, policies: Vec::new() },
            false => answer,
        })
    }

    fn judged(
        &self,
        question: &Question<'_>,
        asked: &Asked,
        answer: Answer,
        facts: BTreeMap<String, String>,
    ) -> Judgement {
        let unknown = &question.who.unknown_groups;
        match self.doubt(unknown, asked, &answer) {
            Some(doubt) => {
                let cause = unknown.get(&doubt.group).map_or("", String::as_str);
                let cause = unknown_membership(&doubt.group, cause);
                let refusal = Some(Refusal::CannotTell { cause });
                Judgement { allowed: false, policies: doubt.policies, refusal, facts }
            }
            None => {
                let Answer { is_yes, policies } = answer;
                let refusal = (!is_yes).then(|| refusal(question, &policies, self.told(asked, &policies)));
                Judgement { allowed: is_yes, policies, refusal, facts }
            }
        }
    }

    /// Why an answer can't be given: a yes that hangs on a group of which nobody could tell whether the person is in it, or
    /// a no that does.
    fn doubt<C>(&self, unknown: &BTreeMap<String, C>, asked: &Asked, answer: &Answer) -> Option<Doubt> {
        let doubt = self.group_in_doubt(unknown, asked, answer.is_yes)?;
        (answer.is_yes || !self.stands(unknown, asked, &answer.policies)).then_some(doubt)
    }

    /// The group that is unknown for this person although it may matter: one that may decide or has to be represented,
    /// where that is the question, else one that any policy mentions. To have a prohibition miss somebody because nobody
    /// could be asked would be to let them get round it.
    fn group_in_doubt<C>(&self, unknown: &BTreeMap<String, C>, asked: &Asked, is_yes: bool) -> Option<Doubt> {
        if unknown.is_empty() {
            return None;
        }
        let mentioned = self.0.groups_mentioned();
        // Who may see for another reason needs no right to decide.
        let is_needless = is_yes && asked.is_look() && self.sees_in_whichever(unknown, asked);
        let deciding = asked.deciding_groups().into_iter().filter(|_| !is_needless);
        let group = deciding.chain(mentioned.keys()).find(|group| unknown.contains_key(*group))?;
        let policies = mentioned.get(group).cloned().unwrap_or_default();
        Some(Doubt { group: group.clone(), policies })
    }

    /// Whether somebody may see in whichever of the unknown groups they are, as long as no policy mentions one by name:
    /// policies then tell only groups that decide from those that have to be represented.
    fn sees_in_whichever<C>(&self, unknown: &BTreeMap<String, C>, asked: &Asked) -> bool {
        let unknown = || unknown.keys();
        let is_yes = |asked: &Asked| self.0.ask(asked).is_ok_and(|answer| answer.is_yes);
        unknown().all(|group| is_yes(&asked.clone().of_more_groups([group].into_iter())))
            && is_yes(&asked.clone().of_more_groups(unknown()))
    }

    /// Whether a no is one in whatever groups the person is: nobody may decide, or a prohibition that mentions no unknown
    /// group forbids it, with the person in none of them and in all.
    fn stands<C>(&self, unknown: &BTreeMap<String, C>, asked: &Asked, prohibitions: &[String]) -> bool {
        if asked.lacks_route() {
            return true;
        }
        let mentioned = self.0.groups_mentioned();
        let is_certain = |name: &String| {
            unknown.keys().all(|group| !mentioned.get(group).is_some_and(|by| by.contains(name)))
        };
        let certain: Vec<_> = prohibitions.iter().filter(|name| is_certain(name)).collect();
        if certain.is_empty() {
            return false;
        }
        let in_all = asked.clone().of_more_groups(unknown.keys());
        self.0.ask(&in_all).is_ok_and(|answer| certain.iter().any(|name| answer.policies.contains(name)))
    }

    /// The policies that permit it, whatever forbids it.
    pub fn permits(&self, question: &Question<'_>) -> Vec<String> {
        self.0.permits(&Asked::of_question(question)).unwrap_or_default()
    }

    /// The policies that forbid it.
    pub fn forbids(&self, question: &Question<'_>) -> Vec<String> {
        match self.0.ask(&Asked::of_question(question)) {
            Ok(answer) if answer.is_yes => Vec::new(),
            Ok(answer) => answer.policies,
            Err(failure) => failure.policies,
        }
    }

    /// The policy of that name.
    pub fn named(&self, name: &str) -> Option<&Shown> {
        self.0.named(name)
    }

    /// Are these votes enough? Never without an approval or a route, whatever the policies say.
    pub fn settle(&self, settling: &Settling<'_>) -> Judgement {
        let asked = Asked::of_votes(settling);
        let facts = asked.recorded(self.hash());
        match self.answer(&asked) {
            Ok(answer) => {
                let allowed = answer.is_yes && settling.progress.approvals >= 1;
                let refusal = (!allowed).then(|| match asked.lacks_route() {
                    true => Refusal::NoRoute,
                    false => Refusal::Policy { policies: answer.policies.clone() },
                });
                Judgement { allowed, policies: answer.policies, refusal, facts }
            }
            Err(failure) => failed(failure, facts),
        }
    }

    /// Works an answer out again, from nothing but the facts that are on record with it.
    pub fn again(&self, recorded: &BTreeMap<String, String>) -> Result<Recomputed, String> {
        let asked = Asked::of_record(recorded)?;
        let unknown: BTreeMap<_, _> =
            Asked::unknown_of_record(recorded).into_iter().map(|name| (name, ())).collect();
        match self.answer(&asked) {
            Ok(answer) => {
                if let Some(doubt) = self.doubt(&unknown, &asked, &answer) {
                    return Ok(Recomputed { is_yes: false, policies: doubt.policies });
                }
                let is_yes = answer.is_yes && asked.approvals().is_none_or(|approvals| approvals >= 1);
                Ok(Recomputed { is_yes, policies: answer.policies })
            }
            Err(failure) => Ok(Recomputed { is_yes: false, policies: failure.policies }),
        }
    }

    /// The groups that policies mention by name.
    pub fn groups(&self) -> impl Iterator<Item = String> {
        self.0.groups_mentioned().keys().cloned()
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

/// An answer that can't be given.
struct Doubt {
    /// Of which nobody could tell whether the person is in it.
    group: String,
    /// Those that mention the group.
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
