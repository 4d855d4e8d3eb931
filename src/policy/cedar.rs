//! Cedar: the one file that knows the crate. Loads policies, puts a question to them, gives back their answer.
//!
//! The schema and all policies are validated strictly before anything starts. Cedar skips a policy whose condition
//! fails, prohibitions too, so an answer that comes with errors is a failure whatever it says.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    Policy, PolicyId, PolicySet, Request, Response, RestrictedExpression, Schema, ValidationMode, Validator,
};
use sha2::{Digest, Sha256};

use super::facts::{Asked, Fact, Thing, spelled_time};

const SCHEMA: &str = include_str!("schema.cedarschema");
const BUILT_IN: &str = include_str!("builtin.cedar");

/// How many differences still make a misspelt name of a policy.
const TYPOS: usize = 4;

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

/// A loaded set of policies and the schema they are written for.
pub(super) struct Policies {
    schema: Schema,
    set: PolicySet,
    authorizer: Authorizer,
    hash: String,
}

/// A yes or a no, and the policies that caused it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) is_yes: bool,
    pub(super) policies: Vec<String>,
}

/// There is no answer: policies failed, or the question could not be put.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) policies: Vec<String>,
    pub(super) cause: String,
}

impl Policies {
    /// The built-in policies but for those named in `without`, validated.
    pub(super) fn built_in(without: &[String]) -> Result<Self, PolicyError> {
        let policies = Self::unchecked(BUILT_IN, without)?;
        let result = Validator::new(policies.schema.clone()).validate(&policies.set, ValidationMode::Strict);
        if !result.validation_passed() {
            return Err(PolicyError::Invalid(result.to_string()));
        }
        Ok(policies)
    }

    /// Policies as they are written, whether or not they fit the schema.
    fn unchecked(text: &str, without: &[String]) -> Result<Self, PolicyError> {
        let schema = Schema::from_str(SCHEMA).map_err(unreadable)?;
        let all = named(text)?;
        if let Some(name) = without.iter().find(|name| all.policy(&PolicyId::new(name)).is_none()) {
            return Err(unknown(name, &all));
        }
        let is_kept = |policy: &&Policy| !without.contains(&policy.id().to_string());
        let set = PolicySet::from_policies(all.policies().filter(is_kept).cloned()).map_err(unreadable)?;
        Ok(Self { schema, set, authorizer: Authorizer::new(), hash: hash(text, without) })
    }

    /// Names the schema and the set: two that may answer differently have different hashes.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// What a policy says beside its rule, under this name.
    pub(super) fn annotation(&self, policy: &str, name: &str) -> Option<String> {
        self.set.policy(&PolicyId::new(policy))?.annotation(name).map(str::to_owned)
    }

    pub(super) fn ask(&self, asked: &Asked) -> Result<Answer, Failure> {
        let (request, entities) = self.put(asked).map_err(|cause| Failure { policies: vec![], cause })?;
        Answer::of(&self.authorizer.is_authorized(&request, &self.set, &entities))
    }

    /// The question in Cedar's terms, checked against the schema.
    fn put(&self, asked: &Asked) -> Result<(Request, Entities), String> {
        let things = [&asked.principal, &asked.resource];
        let all = things.into_iter().flat_map(|thing| thing.parents.iter().chain([thing]));
        let entities = all.map(entity).collect::<Result<Vec<_>, _>>()?;
        let entities = Entities::from_entities(entities, Some(&self.schema)).map_err(words)?;
        let [principal, resource] = things.map(|thing| uid(thing.kind, &thing.id));
        let action = uid("Action", asked.action);
        let request = Request::new(principal, action, resource, context(asked)?, Some(&self.schema));
        Ok((request.map_err(words)?, entities))
    }
}

impl Answer {
    fn of(response: &Response) -> Result<Self, Failure> {
        let errors: Vec<_> = response.diagnostics().errors().collect();
        if !errors.is_empty() {
            let cause = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let policies = sorted(errors.into_iter().map(|error| match error {
                AuthorizationError::PolicyEvaluationError(error) => error.policy_id(),
            }));
            return Err(Failure { policies, cause });
        }
        let policies = sorted(response.diagnostics().reason());
        Ok(Self { is_yes: response.decision() == Decision::Allow, policies })
    }
}

fn sorted<'a>(ids: impl Iterator<Item = &'a PolicyId>) -> Vec<String> {
    let mut names: Vec<_> = ids.map(ToString::to_string).collect();
    names.sort();
    names
}

fn uid(kind: &'static str, id: &str) -> EntityUid {
    let kind: EntityTypeName = kind.parse().expect("our own type names are names");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

fn entity(thing: &Thing) -> Result<Entity, String> {
    let attributes: HashMap<_, _> =
        thing.facts.iter().map(|(name, fact)| ((*name).to_owned(), expression(fact))).collect();
    let parents: HashSet<_> = thing.parents.iter().map(|parent| uid(parent.kind, &parent.id)).collect();
    Entity::new(uid(thing.kind, &thing.id), attributes, parents).map_err(words)
}

fn expression(fact: &Fact) -> RestrictedExpression {
    match fact {
        Fact::Bool(yes) => RestrictedExpression::new_bool(*yes),
        Fact::Long(number) => RestrictedExpression::new_long(*number),
        Fact::Text(text) => RestrictedExpression::new_string(text.clone()),
        Fact::Texts(texts) => {
            RestrictedExpression::new_set(texts.iter().cloned().map(RestrictedExpression::new_string))
        }
        Fact::Groups(names) => RestrictedExpression::new_set(
            names.iter().map(|name| RestrictedExpression::new_entity_uid(uid("Group", name))),
        ),
    }
}

fn context(asked: &Asked) -> Result<Context, String> {
    let now = ("now", RestrictedExpression::new_datetime(spelled_time(asked.now)));
    let own = asked.is_own.map(|is_own| ("isOwn", RestrictedExpression::new_bool(is_own)));
    let requester = asked.requester.iter().flat_map(|requester| {
        let groups: Vec<_> = requester.groups.iter().cloned().collect();
        [
            ("requesterLinked", expression(&Fact::Bool(requester.is_linked))),
            ("requesterGroups", expression(&Fact::Groups(groups))),
        ]
    });
    let pairs = [now].into_iter().chain(own).chain(requester).map(|(name, value)| (name.to_owned(), value));
    Context::from_pairs(pairs).map_err(words)
}

/// Reads policies and names each by its `@id`.
fn named(text: &str) -> Result<PolicySet, PolicyError> {
    let read = PolicySet::from_str(text).map_err(unreadable)?;
    let named = read
        .policies()
        .map(|policy| {
            let name = policy.annotation("id").ok_or(PolicyError::Nameless)?;
            Ok(policy.new_id(PolicyId::new(name)))
        })
        .collect::<Result<Vec<_>, PolicyError>>()?;
    PolicySet::from_policies(named).map_err(unreadable)
}

fn unreadable(error: impl ToString) -> PolicyError {
    PolicyError::Unreadable(error.to_string())
}

fn words(error: impl ToString) -> String {
    error.to_string()
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

/// SHA-256 over the texts and the names left out. The texts, not what was read from them, so that a hash survives a
/// new version of Cedar; each with its length, so that no two sets give the same bytes.
fn hash(text: &str, without: &[String]) -> String {
    let mut without: Vec<_> = without.iter().map(String::as_str).collect();
    without.sort_unstable();
    without.dedup();
    let digest = [SCHEMA, text].into_iter().chain(without).fold(Sha256::new(), |digest, part| {
        digest.chain_update((part.len() as u64).to_be_bytes()).chain_update(part)
    });
    hex::encode(digest.finalize())
}

#[cfg(test)]
impl Policies {
    /// The built-in policies and one more, which nobody has validated.
    pub(super) fn with_unvalidated(text: &str) -> Self {
        Self::unchecked(&format!("{BUILT_IN}\n{text}"), &[]).expect("readable policies")
    }

    pub(super) fn names(&self) -> Vec<String> {
        sorted(self.set.policies().map(Policy::id))
    }
}

#[cfg(test)]
mod tests;
