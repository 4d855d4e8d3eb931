//! Cedar: the one room that knows the crate. Loads policies, puts a question to them, gives back their answer.
//!
//! The schema and all policies are validated strictly before anything starts. Cedar skips a policy whose condition
//! fails, prohibitions too, so an answer that comes with errors is a failure whatever it says.

mod implied;
mod literals;
mod reading;
mod review;
mod source;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::ffi::DetailedError;
use cedar_policy::{
    ActionConstraint, AuthorizationError, Authorizer, Context, Decision, Entities, Entity, EntityId,
    EntityTypeName, EntityUid, PolicyId, PolicySet, Request, Response, RestrictedExpression, Schema,
    ValidationMode, ValidationWarning, Validator,
};

use super::facts::{Asked, Fact, Thing, spelled_time};
use super::fault::{Fault, Faults, Hint, Vocabulary, code};
use super::texts::PolicyTexts;
use reading::Written;

/// The code of a built-in policy that there is not, as the configuration has it.
const UNKNOWN_POLICY: &str = "unknown-policy";

/// The type of groups in the schema.
const GROUP: &str = "Group";

/// How many differences still make a misspelt name of a policy.
const TYPOS: usize = 4;

/// A loaded set of policies and the schema they are written for.
pub(super) struct Policies {
    schema: Schema,
    set: PolicySet,
    /// Those of them that permit.
    permits: PolicySet,
    authorizer: Authorizer,
    texts: PolicyTexts,
    hash: String,
    shown: BTreeMap<String, Shown>,
    /// The groups that policies mention by name, each with those policies.
    mentioned: BTreeMap<String, Vec<String>>,
}

/// A policy as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub name: String,
    /// The file and line of an operators' policy; `None` for a built-in one.
    pub place: Option<String>,
    pub forbids: bool,
    /// What a person is told whom it refuses.
    pub message: Option<String>,
    pub text: String,
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
    /// The policies of these texts, validated. With a vocabulary, also what the operators' policies name is looked up in
    /// it; without one they are taken as they were accepted once.
    pub(super) fn load(
        texts: PolicyTexts,
        vocabulary: Option<&Vocabulary>,
    ) -> Result<(Self, Vec<Hint>), Faults> {
        let schema = Schema::from_str(&texts.schema).map_err(|error| ours("the schema", error))?;
        let mut faults = Vec::new();
        let written = reading::read(&texts, &mut faults);
        faults.extend(texts.without.iter().filter_map(|name| unknown(name, &written)));
        let is_kept = |one: &&Written| one.place.is_some() || !texts.without.contains(&one.name);
        let kept: Vec<_> = written.iter().filter(is_kept).collect();
        let set = PolicySet::from_policies(kept.iter().map(|one| one.policy.clone()))
            .map_err(|error| ours("the set", error))?;
        let permits = kept.iter().filter(|one| !one.forbids()).map(|one| one.policy.clone());
        let permits = PolicySet::from_policies(permits).map_err(|error| ours("the set", error))?;
        let mut hints = Vec::new();
        validate(&schema, &set, &kept, &texts, &mut faults, &mut hints);
        if let Some(vocabulary) = vocabulary {
            review::all(&kept, vocabulary, &mut faults, &mut hints);
        }
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        let shown = kept.iter().map(|one| (one.name.clone(), one.shown())).collect();
        let hash = texts.hash();
        let mentioned = groups_mentioned(&set);
        Ok((
            Self { schema, set, permits, authorizer: Authorizer::new(), texts, hash, shown, mentioned },
            hints,
        ))
    }

    /// Names the schema and the set: two that may answer differently have different hashes.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    pub(super) fn texts(&self) -> &PolicyTexts {
        &self.texts
    }

    /// Every policy in force, by its name.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Shown> {
        self.shown.values()
    }

    pub(super) fn named(&self, name: &str) -> Option<&Shown> {
        self.shown.get(name)
    }

    /// Whether any policy asks for the groups of who asked for a token. Looked for in what Cedar has read, so that no way
    /// to spell it is missed.
    pub(super) fn ask_for_groups(&self) -> bool {
        const FACT: &str = "requesterGroups";
        let is_asked = |policy: &cedar_policy::Policy| {
            policy.to_json().map_or(true, |json| json.to_string().contains(FACT))
        };
        self.set.policies().any(is_asked)
    }

    /// Whether any policy may tell one owner's tokens from another's: by the fact, or by naming a token. What Cedar can't
    /// give back counts as such.
    pub(super) fn tell_owners_apart(&self) -> bool {
        self.set.policies().any(|policy| policy.to_json().map_or(true, names_owners))
    }

    /// What a policy says beside its rule, under this name.
    pub(super) fn annotation(&self, policy: &str, name: &str) -> Option<String> {
        self.set.policy(&PolicyId::new(policy))?.annotation(name).map(str::to_owned)
    }

    pub(super) fn ask(&self, asked: &Asked) -> Result<Answer, Failure> {
        let (request, entities) = self.put(asked).map_err(|cause| Failure { policies: vec![], cause })?;
        Answer::of(&self.authorizer.is_authorized(&request, &self.set, &entities))
    }

    /// The groups that policies mention by name, each with those policies.
    pub(super) fn groups_mentioned(&self) -> &BTreeMap<String, Vec<String>> {
        &self.mentioned
    }

    /// Whether a policy that may be about one of these actions mentions this group.
    pub(super) fn is_mentioned_about(&self, group: &str, actions: &[&str]) -> bool {
        let is_one = |action: &EntityUid| actions.contains(&action.id().unescaped());
        let is_about = |name: &String| match self.set.policy(&PolicyId::new(name)) {
            None => true,
            Some(policy) => match policy.action_constraint() {
                ActionConstraint::Any => true,
                ActionConstraint::Eq(one) => is_one(&one),
                ActionConstraint::In(some) => some.iter().any(is_one),
            },
        };
        self.mentioned.get(group).is_some_and(|policies| policies.iter().any(is_about))
    }

    /// The policies that permit it, whatever forbids it.
    pub(super) fn permits(&self, asked: &Asked) -> Result<Vec<String>, Failure> {
        let (request, entities) = self.put(asked).map_err(|cause| Failure { policies: vec![], cause })?;
        let answer = Answer::of(&self.authorizer.is_authorized(&request, &self.permits, &entities))?;
        Ok(answer.policies)
    }

    /// The question in Cedar's terms, checked against the schema. Cedar can't list what somebody is in: a group that
    /// neither a policy nor the question names makes no difference, and people are in hundreds.
    fn put(&self, asked: &Asked) -> Result<(Request, Entities), String> {
        let named = asked.groups_named();
        self.put_with(asked, |group| named.contains(group) || self.mentioned.contains_key(group))
    }

    /// The question with those of the groups that are said to matter.
    fn put_with(&self, asked: &Asked, matters: impl Fn(&str) -> bool) -> Result<(Request, Entities), String> {
        let things = [&asked.principal, &asked.resource];
        let mut entities = Vec::new();
        for thing in things {
            let places = thing.parents.iter().filter(|place| place.kind != GROUP || matters(&place.id));
            let places: Vec<_> = places.collect();
            entities.push(entity(thing, &places)?);
            for place in places {
                entities.push(entity(place, &[])?);
            }
        }
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

/// The types of the schema, read once: a judgement names hundreds of groups.
static KINDS: LazyLock<HashMap<&str, EntityTypeName>> = LazyLock::new(|| {
    let kinds = ["Action", "Group", "Organization", "Rule", "Token", "TokenRequest", "User", "Votes"];
    kinds.into_iter().map(|kind| (kind, named(kind))).collect()
});

fn named(kind: &str) -> EntityTypeName {
    kind.parse().expect("our own type names are names")
}

fn uid(kind: &'static str, id: &str) -> EntityUid {
    let kind = KINDS.get(kind).cloned().unwrap_or_else(|| named(kind));
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

fn is_group(literal: &EntityUid) -> bool {
    literal.type_name().to_string() == GROUP
}

fn groups_mentioned(set: &PolicySet) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for policy in set.policies() {
        for group in policy.entity_literals().iter().filter(|literal| is_group(literal)) {
            let policies = groups.entry(group.id().unescaped().to_owned()).or_default();
            policies.push(policy.id().to_string());
        }
    }
    groups.values_mut().for_each(|policies| {
        policies.sort();
        policies.dedup();
    });
    groups
}

fn entity(thing: &Thing, places: &[&Thing]) -> Result<Entity, String> {
    let attributes: HashMap<_, _> =
        thing.facts.iter().map(|(name, fact)| ((*name).to_owned(), expression(fact))).collect();
    let parents: HashSet<_> = places.iter().map(|place| uid(place.kind, &place.id)).collect();
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
            names.iter().map(|name| RestrictedExpression::new_entity_uid(uid(GROUP, name))),
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

/// What the validator says about each policy, with its place.
fn validate(
    schema: &Schema,
    set: &PolicySet,
    written: &[&Written],
    texts: &PolicyTexts,
    faults: &mut Vec<Fault>,
    hints: &mut Vec<Hint>,
) {
    let result = Validator::new(schema.clone()).validate(set, ValidationMode::Strict);
    let place = |id: &PolicyId, error: &DetailedError| {
        let one = written.iter().find(|one| one.policy.id() == id);
        one.map_or_else(|| id.to_string(), |one| one.place_of(error, texts))
    };
    for error in result.validation_errors() {
        let told = DetailedError::from(error);
        let cure =
            told.help.clone().unwrap_or_else(|| "docs/policies.md lists every fact and action".to_owned());
        let problem = told.message.clone();
        faults.push(Fault { place: place(error.policy_id(), &told), code: code::SCHEMA, problem, cure });
    }
    for warning in result.validation_warnings() {
        let told = DetailedError::from(warning);
        let place = place(warning.policy_id(), &told);
        match warning {
            // A prohibition that never applies protects nothing.
            ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_) => {
                let problem = "it can never apply to anything".to_owned();
                let cure = "compare its conditions with docs/policies.md, or take it out".to_owned();
                faults.push(Fault { place, code: code::IMPOSSIBLE, problem, cure });
            }
            _ => hints.push(Hint { place, message: told.message }),
        }
    }
}

/// Something of this release, or of the record, that does not load.
fn ours(what: &str, error: impl ToString) -> Faults {
    let cure = "report this to Countersign's maintainers".to_owned();
    Faults(vec![Fault { place: what.to_owned(), code: code::SYNTAX, problem: error.to_string(), cure }])
}

fn words(error: impl ToString) -> String {
    error.to_string()
}

/// What is wrong with a name in `policy.without`: to pass over it in silence would leave in force what was to go.
fn unknown(name: &str, written: &[Written]) -> Option<Fault> {
    let built_in = || written.iter().filter(|one| one.place.is_none()).map(|one| one.name.as_str());
    if built_in().any(|known| known == name) {
        return None;
    }
    let nearest = built_in()
        .map(|known| (strsim::levenshtein(name, known), known))
        .filter(|(distance, _)| *distance <= TYPOS)
        .min();
    let cure = match nearest {
        Some((_, known)) => format!("did you mean {known}?"),
        None => "name a built-in policy, or take the name out".to_owned(),
    };
    let problem = format!("{name:?} is no built-in policy");
    Some(Fault { place: "policy.without".to_owned(), code: UNKNOWN_POLICY, problem, cure })
}

/// Whether a policy names a token, or has the word `owner` anywhere but beside its rule.
fn names_owners(mut policy: serde_json::Value) -> bool {
    if let Some(policy) = policy.as_object_mut() {
        policy.remove("annotations");
    }
    policy.to_string().contains("owner") || names_a_token(&policy)
}

/// Entities are written as their type and id.
fn names_a_token(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::Object(fields) => {
            let is_token = fields.get("type").and_then(Value::as_str) == Some("Token");
            is_token || fields.values().any(names_a_token)
        }
        Value::Array(items) => items.iter().any(names_a_token),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
impl Policies {
    /// The built-in policies but for those named in `without`.
    pub(super) fn built_in(without: &[String]) -> Result<Self, Faults> {
        Self::load(PolicyTexts::new(vec![], without.to_vec()), None).map(|(policies, _)| policies)
    }

    /// The built-in policies and more, which nobody has validated.
    pub(super) fn with_unvalidated(text: &str) -> Self {
        let policies = Self::built_in(&[]).expect("the built-in policies are in order");
        let (mut set, mut permits) = (policies.set, policies.permits);
        for (name, statement) in source::statements(text).iter().enumerate() {
            let policy = cedar_policy::Policy::parse(None, statement.text).expect("a readable policy");
            let name = policy.annotation("id").map_or_else(|| name.to_string(), str::to_owned);
            let policy = policy.new_id(PolicyId::new(name));
            if policy.effect() == cedar_policy::Effect::Permit {
                permits.add(policy.clone()).expect("a name of its own");
            }
            set.add(policy).expect("a name of its own");
        }
        Self { mentioned: groups_mentioned(&set), set, permits, ..policies }
    }

    pub(super) fn names(&self) -> Vec<String> {
        sorted(self.set.policies().map(cedar_policy::Policy::id))
    }
}

#[cfg(test)]
mod tests;
