//! Each built-in policy, and what never allows anything.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::identity::{Identity, Membership, Person, SlackAccount};
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::policy::{Account, Act, Who};
use crate::request::samples::{facts as usual, noon, pending};
use crate::request::{Facts, Level, Permission, PermissionGroup, Permissions, TokenRequest};

const HARMLESS: SlackAccount = SlackAccount { deactivated: false, guest: false, external: false, bot: false };

fn alice() -> Who {
    Who {
        slack: SlackUserId::new("U0ALICE"),
        identity: Identity::Linked(Person {
            slack: SlackUserId::new("U0ALICE"),
            github: GitHubUserId(101),
            login: Login::new("alice"),
        }),
        account: Account::Known(HARMLESS),
        membership: Membership::Active,
        groups: BTreeSet::from(["approvers".to_owned()]),
        is_own: false,
        link_age_hours: 1_000_000,
    }
}

fn approvers() -> Vec<String> {
    vec!["approvers".to_owned()]
}

/// Loading takes longer than asking.
fn engine() -> &'static Engine {
    static ENGINE: std::sync::LazyLock<Engine> = std::sync::LazyLock::new(|| Engine::new(&[]).unwrap());
    &ENGINE
}

fn judged(
    engine: &Engine,
    who: &Who,
    act: Act,
    request: &TokenRequest,
    approvers: Option<&[String]>,
) -> Judgement {
    engine.may(&Question { who, act, request, approvers, touches: vec![], now: noon() })
}

fn approve(who: &Who) -> Judgement {
    judged(engine(), who, Act::Approve, &pending(), Some(&approvers()))
}

#[test]
fn an_approver_may_approve_deny_and_see() {
    for act in [Act::Approve, Act::Deny, Act::Show] {
        let judgement = judged(engine(), &alice(), act, &pending(), Some(&approvers()));

        assert!(judgement.allowed, "{act:?}: {judgement:?}");
        assert_eq!(judgement.refusal, None);
    }
    assert_eq!(approve(&alice()).policies, ["approvers-decide"]);
}

#[test]
fn everybody_else_is_refused_for_the_most_telling_cause() {
    let with = |account| Who { account: Account::Known(account), ..alice() };
    let cases = [
        (Who { groups: BTreeSet::new(), ..alice() }, Refusal::NotAnApprover { groups: approvers() }),
        (Who { is_own: true, ..alice() }, Refusal::OwnRequest),
        (Who { identity: Identity::Unlinked, ..alice() }, Refusal::UnknownAccount),
        (
            Who { identity: Identity::Doubtful("gone".into()), ..alice() },
            Refusal::DoubtfulAccount { cause: "gone".into() },
        ),
        (with(SlackAccount { guest: true, ..HARMLESS }), Refusal::Guest),
        (with(SlackAccount { external: true, ..HARMLESS }), Refusal::External),
        (with(SlackAccount { deactivated: true, ..HARMLESS }), Refusal::Deactivated),
        (with(SlackAccount { bot: true, ..HARMLESS }), Refusal::Bot),
        (
            Who { account: Account::Unknown("slow".into()), ..alice() },
            Refusal::CannotTell { cause: "slow".into() },
        ),
        (
            Who { membership: Membership::Inactive, ..alice() },
            Refusal::NotAMember { organization: Login::new("acme") },
        ),
        (
            Who { membership: Membership::Unknown("502".into()), ..alice() },
            Refusal::CannotTell { cause: "502".into() },
        ),
        (Who { link_age_hours: 23, ..alice() }, Refusal::RecentLink),
    ];

    for (who, refusal) in cases {
        let judgement = approve(&who);
        assert!(!judgement.allowed);
        assert_eq!(judgement.refusal, Some(refusal));
    }
}

#[test]
fn without_a_route_nobody_decides() {
    let judgement = judged(engine(), &alice(), Act::Approve, &pending(), None);

    assert_eq!(judgement.refusal, Some(Refusal::NoRoute));
}

#[test]
fn managers_auditors_and_the_requester_see_and_do_not_decide() {
    let engine = engine();
    let group = |name: &str| Who { groups: BTreeSet::from([name.to_owned()]), ..alice() };
    for who in
        [group("managers"), group("auditors"), Who { is_own: true, groups: BTreeSet::new(), ..alice() }]
    {
        assert!(judged(engine, &who, Act::Show, &pending(), Some(&approvers())).allowed);
        assert!(!judged(engine, &who, Act::Approve, &pending(), Some(&approvers())).allowed);
    }
}

#[test]
fn votes_settle_when_there_are_enough() {
    let (request, approvers) = (pending(), approvers());
    let settle = |approvals, needed| {
        let settling = Settling {
            request: &request,
            approvers: Some(&approvers),
            touches: vec![],
            approvals,
            needed,
            now: noon(),
        };
        engine().settle(&settling).allowed
    };

    assert!(settle(1, 1) && settle(3, 2));
    assert!(!settle(1, 2));
    // Not even a requirement of none settles without an approval.
    assert!(!settle(0, 0));
}

#[test]
fn a_built_in_policy_goes_only_by_its_name() {
    let without = Engine::new(&["own-request".to_owned()]).unwrap();

    assert!(
        judged(&without, &Who { is_own: true, ..alice() }, Act::Approve, &pending(), Some(&approvers()))
            .allowed
    );
    assert_ne!(without.hash(), engine().hash());
    let error = Engine::new(&["own-requests".to_owned()]).err().unwrap().to_string();
    assert!(error.ends_with("did you mean own-request?"), "{error}");
}

/// Cedar would skip the failing prohibition and allow.
#[test]
fn a_policy_that_fails_is_a_refusal() {
    let schema = Schema::from_str(SCHEMA).unwrap();
    let broken = format!(
        "{BUILT_IN}\n@id(\"broken\") forbid (principal, action, resource) when {{ principal.noSuchFact == true }};"
    );
    let engine = Engine::loaded(schema, named(&broken).unwrap());

    let judgement = judged(&engine, &alice(), Act::Approve, &pending(), Some(&approvers()));

    assert!(!judgement.allowed);
}

#[test]
fn the_record_names_the_facts_and_their_schema() {
    let facts = approve(&alice()).facts;

    assert_eq!(facts["schema"], "1");
    assert_eq!(facts["request.permissions"], "contents:write metadata:read");
    assert_eq!(facts["user.isMember"], "true");
}

fn any_who() -> impl Strategy<Value = Who> {
    let account = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(deactivated, guest, external, bot)| {
            Account::Known(SlackAccount { deactivated, guest, external, bot })
        },
    );
    let account = prop_oneof![Just(Account::Known(HARMLESS)), account, Just(Account::Unknown("x".into()))];
    let identity =
        prop_oneof![Just(alice().identity), Just(Identity::Unlinked), Just(Identity::Doubtful("x".into()))];
    let membership = prop_oneof![
        Just(Membership::Active),
        Just(Membership::Inactive),
        Just(Membership::Unknown("x".into()))
    ];
    let groups =
        prop::collection::btree_set(prop::sample::select(vec!["approvers", "managers", "auditors"]), 0..3);
    (account, identity, membership, groups, any::<bool>(), prop_oneof![Just(1_000_000i64), 0..48i64])
        .prop_map(|(account, identity, membership, groups, is_own, link_age_hours)| Who {
            slack: SlackUserId::new("U0ALICE"),
            identity,
            account,
            membership,
            groups: groups.into_iter().map(str::to_owned).collect(),
            is_own,
            link_age_hours,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whoever may approve is an approver about whom everything is known and nothing speaks against.
    #[test]
    fn an_approval_is_allowed_only_if_everything_is_established(who in any_who()) {
        let is_approver = who.groups.contains("approvers");
        let is_clean = is_approver
            && who.account == Account::Known(HARMLESS)
            && matches!(who.identity, Identity::Linked(_))
            && who.membership == Membership::Active
            && !who.is_own
            && who.link_age_hours >= 24;
        let judgement = approve(&who);

        prop_assert_eq!(judgement.allowed, is_clean);
        prop_assert_eq!(judgement.refusal.is_none(), is_clean);
    }

    #[test]
    fn something_unknown_never_turns_a_no_into_a_yes(who in any_who(), word in "[a-z]{1,8}") {
        let unknown = Permission { group: PermissionGroup::parse(&word), name: word.clone() };
        let permissions = usual().permissions.iter()
            .map(|(permission, level)| (permission.clone(), level.clone()))
            .chain([(unknown, Level::Unknown(word))])
            .collect::<Permissions>();
        let request = TokenRequest { facts: Facts { permissions, ..usual() }, ..pending() };

        let before = approve(&who).allowed;
        let after = judged(engine(), &who, Act::Approve, &request, Some(&approvers())).allowed;

        prop_assert!(before || !after);
    }
}
