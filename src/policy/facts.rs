//! Facts as Cedar sees them. What is not known takes the value that is the most dangerous.

use std::collections::{BTreeMap, HashMap, HashSet};

use cedar_policy::{Context, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use chrono::{DateTime, SecondsFormat, Utc};

use super::permission::{highest_rank, spelled};
use super::{Account, Question, Settling, Who};
use crate::identity::{Identity, Membership, SlackAccount};
use crate::request::{Expiry, Facts, Repositories, TokenRequest};

/// Longer than any limit a rule would set.
const FOREVER_DAYS: i64 = 1_000_000;

/// The shape of the facts in the record; rises when a fact is added or changes its meaning.
const SCHEMA: &str = "1";

/// Attributes of one entity, and how the record spells them.
pub(super) type Attributes = BTreeMap<&'static str, Fact>;

/// One fact.
#[derive(Debug, Clone)]
pub(super) enum Fact {
    Bool(bool),
    Long(i64),
    Text(String),
    Texts(Vec<String>),
    Groups(Vec<String>),
}

impl Fact {
    fn expression(&self) -> RestrictedExpression {
        match self {
            Self::Bool(yes) => RestrictedExpression::new_bool(*yes),
            Self::Long(number) => RestrictedExpression::new_long(*number),
            Self::Text(text) => RestrictedExpression::new_string(text.clone()),
            Self::Texts(texts) => {
                RestrictedExpression::new_set(texts.iter().cloned().map(RestrictedExpression::new_string))
            }
            Self::Groups(names) => RestrictedExpression::new_set(
                names.iter().map(|name| RestrictedExpression::new_entity_uid(uid("Group", name))),
            ),
        }
    }

    fn spelled(&self) -> String {
        match self {
            Self::Bool(yes) => yes.to_string(),
            Self::Long(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Texts(texts) | Self::Groups(texts) => texts.join(" "),
        }
    }
}

/// An entity's name.
pub(super) fn uid(kind: &'static str, id: &str) -> EntityUid {
    let kind: EntityTypeName = kind.parse().expect("our own type names are names");
    EntityUid::from_type_name_and_id(kind, EntityId::new(id))
}

/// Builds an entity; fails only if a value can't be evaluated.
pub(super) fn entity(
    name: EntityUid,
    attributes: &Attributes,
    parents: HashSet<EntityUid>,
) -> Result<Entity, String> {
    let attributes: HashMap<_, _> =
        attributes.iter().map(|(name, fact)| ((*name).to_owned(), fact.expression())).collect();
    Entity::new(name, attributes, parents).map_err(|error| error.to_string())
}

/// What everybody's question carries along.
pub(super) fn context(now: DateTime<Utc>, is_own: Option<bool>) -> Result<Context, String> {
    let now = format!(r#"datetime("{}")"#, now.to_rfc3339_opts(SecondsFormat::Millis, true));
    let now: RestrictedExpression =
        now.parse().map_err(|_| "the time can't be told to the policies".to_owned())?;
    let own = is_own.map(|is_own| ("isOwn".to_owned(), RestrictedExpression::new_bool(is_own)));
    Context::from_pairs([("now".to_owned(), now)].into_iter().chain(own)).map_err(|error| error.to_string())
}

/// The person who asks.
pub(super) fn user(who: &Who) -> Attributes {
    // An account that Slack does not tell about may be anything.
    let worst = SlackAccount { deactivated: true, guest: true, external: true, bot: true };
    let (account, is_known) = match &who.account {
        Account::Known(account) => (*account, true),
        Account::Unknown(_) => (worst, false),
    };
    let login = match &who.identity {
        Identity::Linked(person) => person.login.to_string(),
        Identity::Unlinked | Identity::Doubtful(_) => String::new(),
    };
    BTreeMap::from([
        ("isDeactivated", Fact::Bool(account.deactivated)),
        ("isBot", Fact::Bool(account.bot)),
        ("isExternal", Fact::Bool(account.external)),
        ("isGuest", Fact::Bool(account.guest)),
        ("accountKnown", Fact::Bool(is_known)),
        ("hasAccount", Fact::Bool(matches!(who.identity, Identity::Linked(_)))),
        ("login", Fact::Text(login)),
        ("linkAgeHours", Fact::Long(who.link_age_hours)),
        ("isMember", Fact::Bool(who.membership == Membership::Active)),
        ("membershipKnown", Fact::Bool(!matches!(who.membership, Membership::Unknown(_)))),
    ])
}

/// The votes on a request.
pub(super) fn votes(settling: &Settling<'_>) -> Attributes {
    BTreeMap::from([
        ("approvals", Fact::Long(i64::from(settling.approvals))),
        ("needed", Fact::Long(i64::from(settling.needed))),
    ])
}

/// The request.
pub(super) fn request(
    request: &TokenRequest,
    approvers: Option<&[String]>,
    touches: &[String],
    now: DateTime<Utc>,
) -> Attributes {
    let facts = &request.facts;
    let permissions = facts.permissions.iter().map(|(permission, level)| spelled(permission, level));
    BTreeMap::from([
        ("organization", Fact::Text(facts.organization.to_string())),
        ("requester", Fact::Text(facts.requester.login.to_string())),
        ("permissions", Fact::Texts(permissions.collect())),
        ("level", Fact::Long(highest_rank(facts))),
        // A selection that is not understood counts as all.
        (
            "allRepositories",
            Fact::Bool(matches!(facts.repositories, Repositories::All | Repositories::Unknown(_))),
        ),
        ("repositoriesKnown", Fact::Bool(facts.repositories.is_fully_listed())),
        ("touches", Fact::Texts(touches.to_vec())),
        ("lifetimeDays", Fact::Long(days(facts, facts.created_at.unwrap_or(request.received_at)))),
        ("expiresInDays", Fact::Long(days(facts, now))),
        ("neverExpires", Fact::Bool(!matches!(facts.expiry, Expiry::At(_)))),
        ("hasRoute", Fact::Bool(approvers.is_some())),
        ("approvers", Fact::Groups(approvers.unwrap_or_default().to_vec())),
    ])
}

/// Days until the expiry, begun ones counted whole.
fn days(facts: &Facts, from: DateTime<Utc>) -> i64 {
    const DAY_SECONDS: i64 = 86_400;
    match facts.expiry {
        Expiry::Never | Expiry::Unknown => FOREVER_DAYS,
        Expiry::At(at) => {
            let seconds = (at - from).num_seconds().max(0);
            seconds.saturating_add(DAY_SECONDS - 1).saturating_div(DAY_SECONDS).min(FOREVER_DAYS)
        }
    }
}

/// The facts as the record keeps them.
pub(super) fn recorded<'a>(
    all: impl IntoIterator<Item = (&'static str, &'a Attributes)>,
    now: DateTime<Utc>,
) -> BTreeMap<String, String> {
    let named = all.into_iter().flat_map(|(prefix, attributes)| {
        attributes.iter().map(move |(name, fact)| (format!("{prefix}.{name}"), fact.spelled()))
    });
    let always = [
        ("schema".to_owned(), SCHEMA.to_owned()),
        ("now".to_owned(), now.to_rfc3339_opts(SecondsFormat::Secs, true)),
    ];
    named.chain(always).collect()
}

/// What a question says of the person and the request.
pub(super) fn of_question(question: &Question<'_>) -> (Attributes, Attributes) {
    (user(question.who), request(question.request, question.approvers, &question.touches, question.now))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::request::samples::{facts as usual, noon};

    #[test]
    fn an_end_that_is_not_known_is_no_end() {
        for expiry in [Expiry::Never, Expiry::Unknown] {
            assert_eq!(days(&Facts { expiry, ..usual() }, noon()), FOREVER_DAYS);
        }
    }

    #[test]
    fn a_begun_day_counts_whole() {
        let at = |seconds| Facts { expiry: Expiry::At(noon() + TimeDelta::seconds(seconds)), ..usual() };

        assert_eq!(days(&at(-5), noon()), 0);
        assert_eq!(days(&at(1), noon()), 1);
        assert_eq!(days(&at(86_401), noon()), 2);
    }
}
