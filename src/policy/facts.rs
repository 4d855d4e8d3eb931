//! Facts as policies see them. What is not known takes the value that is the most dangerous.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::permission::{highest_rank, spelled};
use super::{
    About, Account, Act, Consultation, Needs, Progress, Question, Requesting, Settling, TokenQuestion, Who,
};
use crate::identity::{Identity, Membership, SlackAccount};
use crate::ids::Login;
use crate::request::{Expiry, Facts, Repositories, TokenRequest};

/// Longer than any limit a rule would set.
const FOREVER_DAYS: i64 = 1_000_000;

/// By how much GitHub's clock may be ahead of ours.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(60);

/// The shape of the facts in the record; rises when a fact is added or changes its meaning.
const SCHEMA: &str = "3";

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    Bool(bool),
    Long(i64),
    Text(String),
    Texts(Vec<String>),
    Groups(Vec<String>),
}

impl Fact {
    fn spelled(&self) -> String {
        match self {
            Self::Bool(yes) => yes.to_string(),
            Self::Long(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Texts(texts) | Self::Groups(texts) => {
                texts.iter().map(|text| in_one_piece(text)).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

/// Somebody or something that policies speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    /// Its type in the schema.
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) facts: BTreeMap<&'static str, Fact>,
    /// What it is `in`.
    pub(super) parents: Vec<Thing>,
}

impl Thing {
    /// One of which nothing but its name is of interest.
    pub(super) fn named(kind: &'static str, id: &str) -> Self {
        Self { kind, id: id.to_owned(), facts: BTreeMap::new(), parents: vec![] }
    }

    fn recorded(&self, role: &str) -> BTreeMap<String, String> {
        let parents: Vec<_> = self.parents.iter().map(|parent| in_one_piece(&parent.id)).collect();
        let facts = self.facts.iter().map(|(name, fact)| (format!("{role}.{name}"), fact.spelled()));
        let place = (format!("{role}.in"), parents.join(" "));
        facts.chain([(format!("{role}.id"), self.id.clone()), place]).collect()
    }
}

/// One question, before Cedar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) principal: Thing,
    pub(super) action: &'static str,
    pub(super) resource: Thing,
    pub(super) now: DateTime<Utc>,
    /// `None` where the principal is nobody.
    pub(super) is_own: Option<bool>,
    /// Who asked for the token, where rules are asked alone.
    pub(super) requester: Option<Requesting>,
    /// Whether what only GitHub could tell of the principal was taken for granted.
    pub(super) is_github_silent: bool,
}

impl Asked {
    /// May this person?
    pub(super) fn of_question(question: &Question<'_>) -> Self {
        let Question { who, act, request: asked, approvers, needs, touches, answered_by, now } = question;
        Self {
            principal: user(who),
            action: act.name(),
            resource: request(asked, *approvers, needs, touches, *answered_by, *now),
            now: *now,
            is_own: Some(who.is_own),
            requester: None,
            is_github_silent: who.is_github_silent,
        }
    }

    /// May this person see tokens, or end them?
    pub(super) fn of_tokens(question: &TokenQuestion<'_>) -> Self {
        let TokenQuestion { who, organization: login, about, now } = question;
        let (action, resource, is_own) = match about {
            About::All => (Act::List, organization(login.as_str()), false),
            About::Export => (Act::Export, organization(login.as_str()), false),
            About::Of { owner, is_own } => (Act::Show, token(login, owner), *is_own),
            About::Ending { owner, is_own } => (Act::Revoke, token(login, owner), *is_own),
        };
        Self {
            principal: user(who),
            action: action.name(),
            resource,
            now: *now,
            is_own: Some(is_own),
            requester: None,
            is_github_silent: who.is_github_silent,
        }
    }

    /// Are these votes enough?
    pub(super) fn of_votes(settling: &Settling<'_>) -> Self {
        let Settling { request: asked, approvers, needs, touches, answered_by, progress, now } = settling;
        Self {
            principal: votes(progress),
            action: "settle",
            resource: request(asked, *approvers, needs, touches, *answered_by, *now),
            now: *now,
            is_own: None,
            requester: None,
            is_github_silent: false,
        }
    }

    /// May a rule alone?
    pub(super) fn of_rules(consultation: &Consultation<'_>, act: Act) -> Self {
        let Consultation { request: asked, approvers, needs, touches, answered_by, requester, now } =
            consultation;
        Self {
            principal: Thing::named("Rule", "rules"),
            action: act.name(),
            resource: request(asked, *approvers, needs, touches, *answered_by, *now),
            now: *now,
            is_own: None,
            requester: Some(requester.clone()),
            is_github_silent: false,
        }
    }

    /// The same question from somebody who is in these groups, too.
    pub(super) fn of_more_groups<'n>(mut self, names: impl Iterator<Item = &'n String>) -> Self {
        self.principal.parents.extend(names.map(|name| Thing::named("Group", name)));
        self
    }

    /// Puts on record of which groups nobody could tell whether the person is in them.
    pub(super) fn record_unknown<'n>(
        &self,
        names: impl Iterator<Item = &'n String>,
        facts: &mut BTreeMap<String, String>,
    ) {
        let names: Vec<_> = names.map(|name| in_one_piece(name)).collect();
        if !names.is_empty() {
            facts.insert(format!("{}.inUnknown", self.principal.kind.to_lowercase()), names.join(" "));
        }
    }

    /// Whether nothing comes of it but a look.
    pub(super) fn is_look(&self) -> bool {
        [Act::Show, Act::List, Act::Export].map(Act::name).contains(&self.action)
    }

    /// Whether it would decide a request, and no route covers that.
    pub(super) fn lacks_route(&self) -> bool {
        let has_route = matches!(self.resource.facts.get("hasRoute"), Some(Fact::Bool(true)));
        ["approve", "deny", "settle"].contains(&self.action) && !has_route
    }

    /// The groups whose members may decide or have to be represented; none where nobody may decide.
    pub(super) fn deciding_groups(&self) -> Vec<&String> {
        let groups = ["approvers", "requiredGroups"].into_iter().filter_map(|name| {
            match self.resource.facts.get(name) {
                Some(Fact::Groups(groups)) => Some(groups),
                Some(_) | None => None,
            }
        });
        groups.flatten().collect()
    }

    /// Every group that the question itself names, but for those that somebody is in.
    pub(super) fn groups_named(&self) -> BTreeSet<&str> {
        let facts = self.principal.facts.values().chain(self.resource.facts.values());
        let in_facts = facts.filter_map(|fact| match fact {
            Fact::Groups(names) => Some(names),
            Fact::Bool(_) | Fact::Long(_) | Fact::Text(_) | Fact::Texts(_) => None,
        });
        let of_the_requester = self.requester.iter().flat_map(|requester| &requester.groups);
        in_facts.flatten().chain(of_the_requester).map(String::as_str).collect()
    }

    /// The approvals that votes are judged by; nothing where no votes are.
    pub(super) fn approvals(&self) -> Option<i64> {
        let counted = || match self.principal.facts.get("approvals") {
            Some(Fact::Long(approvals)) => *approvals,
            Some(_) | None => 0,
        };
        (self.principal.kind == "Votes").then(counted)
    }

    /// As what the record keeps the resource.
    fn role(&self) -> &'static str {
        match self.resource.kind {
            "Token" => "token",
            "Organization" => "organization",
            _ => "request",
        }
    }

    /// Everything that the answer hangs on, as the record keeps it; `policies` is the hash of the set.
    pub(super) fn recorded(&self, policies: &str) -> BTreeMap<String, String> {
        let always = [
            ("schema", SCHEMA.to_owned()),
            ("policies", policies.to_owned()),
            ("action", self.action.to_owned()),
            ("now", spelled_time(self.now)),
        ];
        let own = self.is_own.map(|is_own| ("isOwn", is_own.to_string()));
        let silent = self.is_github_silent.then(|| ("githubSilent", "true".to_owned()));
        let requester = self.requester.iter().flat_map(|requester| {
            let groups: Vec<_> = requester.groups.iter().map(|group| in_one_piece(group)).collect();
            [("requesterLinked", requester.is_linked.to_string()), ("requesterGroups", groups.join(" "))]
        });
        let of_the_question = always
            .into_iter()
            .chain(own)
            .chain(silent)
            .chain(requester)
            .map(|(name, value)| (name.to_owned(), value));
        let principal = self.principal.recorded(&self.principal.kind.to_lowercase());
        of_the_question.chain(principal).chain(self.resource.recorded(self.role())).collect()
    }
}

/// A word of a recorded set, so that it can be told from the next one.
fn in_one_piece(word: &str) -> String {
    word.replace('%', "%25").replace(' ', "%20")
}

/// The time as policies read it.
pub(super) fn spelled_time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The person who asks.
fn user(who: &Who) -> Thing {
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
    let is_excused = who.is_github_silent;
    let is_doubtful = matches!(who.identity, Identity::Doubtful(_));
    let is_unknown_member = matches!(who.membership, Membership::Unknown(_));
    let is_linked = matches!(who.identity, Identity::Linked(_)) || is_doubtful && is_excused;
    let is_member = who.membership == Membership::Active || is_unknown_member && is_excused;
    let facts = BTreeMap::from([
        ("isDeactivated", Fact::Bool(account.deactivated)),
        ("isBot", Fact::Bool(account.bot)),
        ("isExternal", Fact::Bool(account.external)),
        ("isGuest", Fact::Bool(account.guest)),
        ("slackKnown", Fact::Bool(is_known)),
        ("isLinked", Fact::Bool(is_linked)),
        ("linkKnown", Fact::Bool(!is_doubtful || is_excused)),
        ("login", Fact::Text(login)),
        ("linkAgeHours", Fact::Long(who.link_age_hours)),
        ("isMember", Fact::Bool(is_member)),
        ("membershipKnown", Fact::Bool(!is_unknown_member || is_excused)),
    ]);
    let parents = who.groups.iter().map(|name| Thing::named("Group", name)).collect();
    Thing { kind: "User", id: who.slack.to_string(), facts, parents }
}

/// The votes on a request, taken together.
fn votes(progress: &Progress) -> Thing {
    let facts = BTreeMap::from([
        ("approvals", Fact::Long(i64::from(progress.approvals))),
        ("needed", Fact::Long(i64::from(progress.needed))),
        ("hasDecider", Fact::Bool(!progress.lacks_decider)),
        ("requirementsMet", Fact::Bool(progress.is_met())),
        ("groupsMet", Fact::Groups(progress.met.iter().cloned().collect())),
        ("groupsMissing", Fact::Groups(progress.missing.iter().cloned().collect())),
    ]);
    Thing { facts, ..Thing::named("Votes", "votes") }
}

/// The request.
fn request(
    request: &TokenRequest,
    approvers: Option<&[String]>,
    needs: &Needs,
    touches: &[String],
    answered_by: Option<&Login>,
    now: DateTime<Utc>,
) -> Thing {
    let facts = &request.facts;
    let permissions = facts.permissions.iter().map(|(permission, level)| spelled(permission, level));
    // Without a route nobody may decide, for whichever group.
    let required = approvers.map(|_| needs.groups().iter().cloned().collect()).unwrap_or_default();
    // A selection that is not understood counts as all.
    let is_all = matches!(facts.repositories, Repositories::All | Repositories::Unknown(_));
    let attributes = BTreeMap::from([
        ("organization", Fact::Text(facts.organization.to_string())),
        ("requester", Fact::Text(facts.requester.login.to_string())),
        ("isMachine", Fact::Bool(answered_by.is_some())),
        ("answeredBy", Fact::Text(answered_by.map(Login::to_string).unwrap_or_default())),
        ("permissions", Fact::Texts(permissions.collect())),
        ("level", Fact::Long(highest_rank(facts))),
        ("allRepositories", Fact::Bool(is_all)),
        ("repositoriesKnown", Fact::Bool(facts.repositories.is_fully_listed())),
        ("touches", Fact::Texts(touches.to_vec())),
        ("lifetimeDays", Fact::Long(lifetime(facts, now))),
        ("expiresInDays", Fact::Long(days(facts, now))),
        ("neverExpires", Fact::Bool(!matches!(facts.expiry, Expiry::At(_)))),
        ("hasRoute", Fact::Bool(approvers.is_some())),
        ("approvers", Fact::Groups(approvers.unwrap_or_default().to_vec())),
        ("requiredGroups", Fact::Groups(required)),
    ]);
    let parents = vec![organization(facts.organization.as_str())];
    Thing { kind: "TokenRequest", id: request.id.to_string(), facts: attributes, parents }
}

/// The organization of that login.
pub(super) fn organization(login: &str) -> Thing {
    let facts = BTreeMap::from([("login", Fact::Text(login.to_owned()))]);
    Thing { facts, ..Thing::named("Organization", login) }
}

/// The tokens of an owner in an organization: policies tell tokens apart by nothing else.
fn token(organization: &Login, owner: &Login) -> Thing {
    let facts = BTreeMap::from([
        ("organization", Fact::Text(organization.to_string())),
        ("owner", Fact::Text(owner.to_string())),
    ]);
    let id = format!("{organization}/{owner}");
    Thing { kind: "Token", id, facts, parents: vec![self::organization(organization.as_str())] }
}

/// When it was asked for. A time to come is none: it would make a long life look short.
pub(super) fn asked_at(facts: &Facts, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    facts.created_at.filter(|at| *at <= now + CLOCKS_DIFFER)
}

/// Days from the asking to the expiry. One that lies before the asking makes no sense and counts as unknown.
fn lifetime(facts: &Facts, now: DateTime<Utc>) -> i64 {
    match (asked_at(facts, now), facts.expiry) {
        (Some(from), Expiry::At(at)) if from <= at => days(facts, from),
        (Some(_) | None, Expiry::At(_) | Expiry::Never | Expiry::Unknown) => FOREVER_DAYS,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::{facts as usual, noon, pending};

    fn long(thing: &Thing, name: &str) -> i64 {
        match thing.facts[name] {
            Fact::Long(number) => number,
            ref other => panic!("{name} is {other:?}"),
        }
    }

    fn asked_for(facts: Facts) -> Thing {
        request(
            &TokenRequest { facts, ..pending() },
            None,
            &Needs::new(1, BTreeSet::new()),
            &[],
            None,
            noon(),
        )
    }

    #[test]
    fn an_end_that_is_not_known_is_no_end() {
        for expiry in [Expiry::Never, Expiry::Unknown] {
            let thing = asked_for(Facts { expiry, ..usual() });

            assert_eq!(long(&thing, "lifetimeDays"), FOREVER_DAYS);
            assert_eq!(long(&thing, "expiresInDays"), FOREVER_DAYS);
            assert!(matches!(thing.facts["neverExpires"], Fact::Bool(true)));
        }
        assert!(matches!(asked_for(usual()).facts["neverExpires"], Fact::Bool(false)));
    }

    #[test]
    fn a_beginning_that_is_not_known_makes_the_longest_life() {
        let thing = asked_for(Facts { created_at: None, ..usual() });

        assert_eq!(long(&thing, "lifetimeDays"), FOREVER_DAYS);
        assert_eq!(long(&thing, "expiresInDays"), 90);
        assert_eq!(long(&asked_for(usual()), "lifetimeDays"), 90);
    }

    #[test]
    fn a_beginning_to_come_makes_the_longest_life() {
        let begun = |seconds| Facts { created_at: Some(noon() + TimeDelta::seconds(seconds)), ..usual() };

        assert_eq!(long(&asked_for(begun(60)), "lifetimeDays"), 90, "clocks differ a little");
        assert_eq!(long(&asked_for(begun(61)), "lifetimeDays"), FOREVER_DAYS);
        assert_eq!(long(&asked_for(begun(89 * 86_400)), "lifetimeDays"), FOREVER_DAYS);
    }

    #[test]
    fn an_end_before_the_beginning_is_no_short_life() {
        let backwards = Facts { expiry: Expiry::At(noon() - TimeDelta::days(1)), ..usual() };

        assert_eq!(long(&asked_for(backwards), "lifetimeDays"), FOREVER_DAYS);
    }

    #[test]
    fn a_begun_day_counts_whole() {
        let at = |seconds| Facts { expiry: Expiry::At(noon() + TimeDelta::seconds(seconds)), ..usual() };

        assert_eq!(days(&at(-5), noon()), 0);
        assert_eq!(days(&at(1), noon()), 1);
        assert_eq!(days(&at(86_401), noon()), 2);
    }
}
