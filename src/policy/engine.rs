//! Cedar: the one file that evaluates policies.
//!
//! The schema and all policies are validated strictly before anything starts. Cedar skips a policy whose condition
//! fails, prohibitions too, so an answer that comes with errors is a refusal whatever it says.

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, Policy, PolicyId, PolicySet, Request,
    Response, Schema, ValidationMode, Validator,
};
use sha2::{Digest, Sha256};

use super::facts::{self, entity, uid};
use super::refusing::refusal;
use super::{Judgement, Question, Settling};
use crate::request::Refusal;

const SCHEMA: &str = include_str!("schema.cedarschema");
const BUILT_IN: &str = include_str!("builtin.cedar");

/// How many differences still make a misspelt name of a policy.
const TYPOS: usize = 4;

/// The loaded policies.
pub struct Engine {
    schema: Schema,
    policies: PolicySet,
    authorizer: Authorizer,
    hash: String,
}

/// Why policies were not loaded.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("the policies can't be read: {0}")]
    Unreadable(String),
    #[error("the policies do not fit the schema: {0}")]
    Invalid(String),
    #[error("a policy has no @id")]
    Nameless,
    #[error("`policy.without` names {name}, which is no built-in policy{}", did_you_mean(.nearest))]
    UnknownName { name: String, nearest: Option<String> },
}

fn did_you_mean(name: &Option<String>) -> String {
    name.as_ref().map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

impl Engine {
    /// Loads the built-in policies but for those named in `without`.
    pub fn new(without: &[String]) -> Result<Self, PolicyError> {
        let schema = Schema::from_str(SCHEMA).map_err(|error| PolicyError::Unreadable(error.to_string()))?;
        let policies = named(BUILT_IN)?;
        for name in without {
            if policies.policy(&PolicyId::new(name)).is_none() {
                return Err(unknown(name, &policies));
            }
        }
        let kept = policies.policies().filter(|policy| {
            let id: &str = policy.id().as_ref();
            !without.iter().any(|name| name == id)
        });
        let policies = PolicySet::from_policies(kept.cloned())
            .map_err(|error| PolicyError::Unreadable(error.to_string()))?;
        let result = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        if !result.validation_passed() {
            return Err(PolicyError::Invalid(result.to_string()));
        }
        Ok(Self::loaded(schema, policies))
    }

    fn loaded(schema: Schema, policies: PolicySet) -> Self {
        let mut texts: Vec<_> =
            policies.policies().map(|policy| format!("{}\n{policy}", policy.id())).collect();
        texts.sort();
        let digest =
            texts.iter().fold(Sha256::new_with_prefix(SCHEMA), |digest, text| digest.chain_update(text));
        let hash = hex::encode(&digest.finalize()[..16]);
        Self { schema, policies, authorizer: Authorizer::new(), hash }
    }

    /// Names the set of policies and the schema: equal sets have equal hashes.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// May this person do this? Whatever can't be asked properly is a no.
    pub fn may(&self, question: &Question<'_>) -> Judgement {
        let (user, request) = facts::of_question(question);
        let facts = facts::recorded([("user", &user), ("request", &request)], question.now);
        let asked = Asked {
            principal: uid("User", question.who.slack.as_str()),
            principal_facts: &user,
            groups: question.who.groups.iter().map(|name| uid("Group", name)).collect(),
            action: question.act.name(),
            resource_facts: &request,
            context: facts::context(question.now, Some(question.who.is_own)),
        };
        match self.ask(asked) {
            Ok(answer) if answer.is_yes => {
                Judgement { allowed: true, policies: answer.policies, refusal: None, facts }
            }
            Ok(answer) => {
                let refusal = Some(refusal(question, &answer.policies));
                Judgement { allowed: false, policies: answer.policies, refusal, facts }
            }
            Err(cause) => failed(&cause, facts),
        }
    }

    /// Are these votes enough? Never without an approval, whatever the policies say.
    pub fn settle(&self, settling: &Settling<'_>) -> Judgement {
        let votes = facts::votes(settling);
        let request = facts::request(settling.request, settling.approvers, &settling.touches, settling.now);
        let facts = facts::recorded([("votes", &votes)], settling.now);
        let asked = Asked {
            principal: uid("Votes", "votes"),
            principal_facts: &votes,
            groups: HashSet::new(),
            action: "settle",
            resource_facts: &request,
            context: facts::context(settling.now, None),
        };
        match self.ask(asked) {
            Ok(answer) => {
                let allowed = answer.is_yes && settling.approvals >= 1;
                let refusal = (!allowed).then(|| Refusal::Policy { policies: answer.policies.clone() });
                Judgement { allowed, policies: answer.policies, refusal, facts }
            }
            Err(cause) => failed(&cause, facts),
        }
    }

    fn ask(&self, asked: Asked<'_>) -> Result<Answer, String> {
        let resource = uid("TokenRequest", "request");
        let mut entities: Vec<Entity> = asked.groups.iter().cloned().map(Entity::with_uid).collect();
        entities.push(entity(asked.principal.clone(), asked.principal_facts, asked.groups)?);
        entities.push(entity(resource.clone(), asked.resource_facts, HashSet::new())?);
        let entities =
            Entities::from_entities(entities, Some(&self.schema)).map_err(|error| error.to_string())?;
        let action = uid("Action", asked.action);
        let request = Request::new(asked.principal, action, resource, asked.context?, Some(&self.schema))
            .map_err(|error| error.to_string())?;
        let response = self.authorizer.is_authorized(&request, &self.policies, &entities);
        Answer::of(&response)
    }
}

/// One question in Cedar's terms.
struct Asked<'a> {
    principal: EntityUid,
    principal_facts: &'a facts::Attributes,
    groups: HashSet<EntityUid>,
    action: &'static str,
    resource_facts: &'a facts::Attributes,
    context: Result<Context, String>,
}

struct Answer {
    is_yes: bool,
    policies: Vec<String>,
}

impl Answer {
    fn of(response: &Response) -> Result<Self, String> {
        let errors: Vec<_> = response.diagnostics().errors().map(ToString::to_string).collect();
        if !errors.is_empty() {
            return Err(errors.join("; "));
        }
        let mut policies: Vec<_> = response.diagnostics().reason().map(ToString::to_string).collect();
        policies.sort();
        Ok(Self { is_yes: response.decision() == Decision::Allow, policies })
    }
}

/// The policies could not answer: a refusal, and news for the operators.
fn failed(cause: &str, facts: BTreeMap<String, String>) -> Judgement {
    tracing::error!(cause, "the policies could not be asked; nobody is allowed anything");
    let refusal = Some(Refusal::Policy { policies: vec!["the policies failed".to_owned()] });
    Judgement { allowed: false, policies: vec![], refusal, facts }
}

/// Reads policies and names each by its `@id`.
fn named(text: &str) -> Result<PolicySet, PolicyError> {
    let read = PolicySet::from_str(text).map_err(|error| PolicyError::Unreadable(error.to_string()))?;
    let named = read
        .policies()
        .map(|policy| {
            let name = policy.annotation("id").ok_or(PolicyError::Nameless)?;
            Ok(policy.new_id(PolicyId::new(name)))
        })
        .collect::<Result<Vec<Policy>, PolicyError>>()?;
    PolicySet::from_policies(named).map_err(|error| PolicyError::Unreadable(error.to_string()))
}

fn unknown(name: &str, policies: &PolicySet) -> PolicyError {
    let names = policies.policies().map(|policy| policy.id().to_string());
    let nearest = names
        .map(|known| (strsim::levenshtein(name, &known), known))
        .filter(|(distance, _)| *distance <= TYPOS)
        .min()
        .map(|(_, known)| known);
    PolicyError::UnknownName { name: name.to_owned(), nearest }
}

#[cfg(test)]
mod tests;
