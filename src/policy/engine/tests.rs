//! Each built-in policy, and what never allows anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::identity::{Identity, Machines, Membership, Own, SlackAccount};
use crate::ids::{ChannelId, Login, SlackUserId};
use crate::policy::samples::{HARMLESS, alice, approvers};
use crate::policy::{Account, Act, Approval, Needs, Progress, Requirement, Route, Routing, Unreviewed, Who};
use crate::request::samples::{facts as usual, noon, pending};
use crate::request::{Facts, Level, Permission, PermissionGroup, Permissions, Repositories, TokenRequest};

/// One person of each of these groups has to approve.
fn required(groups: &[&str]) -> Needs {
    Needs::new(1, groups.iter().map(|group| (*group).to_owned()).collect())
}

/// Loading takes longer than asking.
pub(super) fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(&[]).unwrap());
    &ENGINE
}

fn judged(
    engine: &Engine,
    who: &Who,
    act: Act,
    request: &TokenRequest,
    approvers: Option<&[String]>,
) -> Judgement {
    judged_where(&required(&[]), engine, who, act, request, approvers)
}

fn judged_where(
    needs: &Needs,
    engine: &Engine,
    who: &Who,
    act: Act,
    request: &TokenRequest,
    approvers: Option<&[String]>,
) -> Judgement {
    engine.may(&Question {
        who,
        act,
        request,
        approvers,
        needs,
        touches: vec![],
        answered_by: None,
        now: noon(),
    })
}

/// How far as many approvals by deciders go, in these groups.
fn progress(needs: &Needs, approvals: &[&str]) -> Progress {
    let groups: Vec<_> = approvals.iter().map(|group| BTreeSet::from([(*group).to_owned()])).collect();
    needs.progress(groups.iter().map(|groups| Approval { groups, is_decider: true }))
}

fn settled(engine: &Engine, needs: &Needs, progress: &Progress) -> Judgement {
    let (request, approvers) = (pending(), approvers());
    engine.settle(&Settling {
        request: &request,
        approvers: Some(&approvers),
        needs,
        touches: vec![],
        answered_by: None,
        progress,
        now: noon(),
    })
}

fn approve(who: &Who) -> Judgement {
    approve_by(engine(), who)
}

fn approve_by(engine: &Engine, who: &Who) -> Judgement {
    judged(engine, who, Act::Approve, &pending(), Some(&approvers()))
}

fn without(name: &str) -> Engine {
    Engine::new(&[name.to_owned()]).unwrap()
}

fn with_account(account: SlackAccount) -> Who {
    Who { account: Account::Known(account), ..alice() }
}

fn nobody() -> Who {
    Who { groups: BTreeSet::new(), ..alice() }
}

/// Everything about each of them is fine but that one thing could not be established.
fn people_not_established() -> [(Who, Refusal); 3] {
    let cause = || "502".to_owned();
    [
        (Who { account: Account::Unknown(cause()), ..alice() }, Refusal::CannotTell { cause: cause() }),
        (Who { membership: Membership::Unknown(cause()), ..alice() }, Refusal::CannotTell { cause: cause() }),
        (
            Who { identity: Identity::Doubtful(cause()), ..alice() },
            Refusal::DoubtfulAccount { cause: cause() },
        ),
    ]
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

/// Each is an approver against whom one thing speaks: the prohibition of that name and no other.
#[test]
fn each_prohibition_refuses_for_its_own_cause_and_goes_by_its_name() {
    let acme = Login::new("acme");
    let cases = [
        ("deactivated", with_account(SlackAccount { deactivated: true, ..HARMLESS }), Refusal::Deactivated),
        ("bot", with_account(SlackAccount { bot: true, ..HARMLESS }), Refusal::Bot),
        ("external", with_account(SlackAccount { external: true, ..HARMLESS }), Refusal::External),
        ("guest", with_account(SlackAccount { guest: true, ..HARMLESS }), Refusal::Guest),
        ("unknown-account", Who { identity: Identity::Unlinked, ..alice() }, Refusal::UnknownAccount),
        (
            "not-a-member",
            Who { membership: Membership::Inactive, ..alice() },
            Refusal::NotAMember { organization: acme },
        ),
        ("own-request", Who { is_own: true, ..alice() }, Refusal::OwnRequest),
        ("recent-link", Who { link_age_hours: 23, ..alice() }, Refusal::RecentLink),
    ];

    for (name, who, refusal) in cases {
        let judgement = approve(&who);

        assert!(!judgement.allowed, "{name}");
        assert_eq!(judgement.policies, [name]);
        assert_eq!(judgement.refusal, Some(refusal));
        assert!(approve_by(&without(name), &who).allowed, "{name}");
    }
}

#[test]
fn who_can_not_be_established_is_refused_with_the_cause() {
    for (who, refusal) in people_not_established() {
        let judgement = approve(&who);

        assert!(judgement.policies.contains(&"cannot-tell".to_owned()), "{judgement:?}");
        assert_eq!(judgement.refusal, Some(refusal));
    }
}

#[test]
fn who_can_not_be_established_is_refused_whichever_prohibition_is_switched_off() {
    for name in engine().0.names() {
        let engine = without(&name);
        for (who, _) in people_not_established() {
            let judgement = approve_by(&engine, &who);

            assert!(!judgement.allowed, "without {name}: {judgement:?}");
        }
    }
}

#[test]
fn what_could_not_be_told_is_named_even_when_only_the_worst_value_refuses() {
    let engine = without("cannot-tell");
    let [account, membership, _] = people_not_established();

    for (who, refusal) in [account, membership] {
        assert_eq!(approve_by(&engine, &who).refusal, Some(refusal));
    }
}

#[test]
fn what_could_not_be_told_is_named_even_when_only_that_refuses() {
    let [_, (membership, told), (doubtful, _)] = people_not_established();

    assert_eq!(approve_by(&without("not-a-member"), &membership).refusal, Some(told.clone()));
    assert_eq!(approve_by(&without("unknown-account"), &doubtful).refusal, Some(told));
}

#[test]
fn a_link_counts_from_the_hour_it_is_a_day_old() {
    assert!(approve(&Who { link_age_hours: 24, ..alice() }).allowed);
}

#[test]
fn of_several_causes_the_most_telling_is_told() {
    let unlinked = Who {
        identity: Identity::Unlinked,
        membership: Membership::Unknown("no account to ask about".into()),
        ..nobody()
    };
    let guest = Who { is_own: true, ..with_account(SlackAccount { guest: true, ..HARMLESS }) };
    let own = Who { is_own: true, link_age_hours: 1, ..nobody() };

    assert_eq!(approve(&unlinked).refusal, Some(Refusal::UnknownAccount));
    assert_eq!(approve(&guest).refusal, Some(Refusal::Guest));
    assert_eq!(approve(&own).refusal, Some(Refusal::OwnRequest));
}

#[test]
fn somebody_who_is_no_approver_learns_who_is() {
    let refusal = Some(Refusal::NotAnApprover { groups: approvers() });

    for who in [nobody(), Who { groups: BTreeSet::from(["managers".to_owned()]), ..alice() }] {
        assert_eq!(approve(&who).refusal, refusal);
    }
}

#[test]
fn a_route_without_approvers_lets_nobody_decide() {
    for act in [Act::Approve, Act::Deny, Act::Show] {
        assert!(!judged(engine(), &alice(), act, &pending(), Some(&[])).allowed, "{act:?}");
    }
}

#[test]
fn without_a_route_nobody_decides() {
    let judgement = judged(engine(), &alice(), Act::Approve, &pending(), None);

    assert_eq!(judgement.refusal, Some(Refusal::NoRoute));
}

#[test]
fn no_permit_lets_anybody_decide_without_a_route() {
    let permissive = Engine::with_unvalidated(
        r#"@id("whatever") permit (principal, action in [Action::"approve", Action::"deny", Action::"show", Action::"settle"], resource);"#,
    );
    let unknown = of_unknown_group("approvers", nobody());
    for (who, act) in [(&alice(), Act::Approve), (&alice(), Act::Deny), (&unknown, Act::Approve)] {
        let judgement = judged(&permissive, who, act, &pending(), None);

        assert_eq!(judgement.refusal, Some(Refusal::NoRoute), "{act:?}");
        assert!(!judgement.allowed && judgement.policies.is_empty(), "{act:?}");
        assert!(!permissive.again(&judgement.facts).unwrap().is_yes, "{act:?}");
        let routed = judged(&permissive, &nobody(), act, &pending(), Some(&approvers()));
        assert!(routed.allowed && permissive.again(&routed.facts).unwrap().is_yes, "{act:?}");
    }
    assert!(judged(&permissive, &nobody(), Act::Show, &pending(), None).allowed);

    let (needs, request) = (required(&[]), pending());
    let (progress, touches) = (self::progress(&needs, &["approvers"]), vec![]);
    let settling = Settling {
        request: &request,
        approvers: None,
        needs: &needs,
        touches,
        answered_by: None,
        progress: &progress,
        now: noon(),
    };
    let judgement = permissive.settle(&settling);
    assert_eq!(judgement.refusal, Some(Refusal::NoRoute));
    assert!(!judgement.allowed && !permissive.again(&judgement.facts).unwrap().is_yes);

    // Whatever policies permit, nothing is settled without an approval, and so it is worked out again.
    for (approvals, is_yes) in [(&[][..], false), (&["approvers"][..], true)] {
        let progress = self::progress(&needs, approvals);
        let settling = Settling { approvers: Some(&approvers()), progress: &progress, ..settling.clone() };
        let judgement = permissive.settle(&settling);
        assert_eq!(judgement.allowed, is_yes);
        assert_eq!(permissive.again(&judgement.facts).unwrap().is_yes, is_yes);
    }
}

#[test]
fn managers_auditors_and_the_requester_see_and_do_not_decide() {
    let group = |name: &str| Who { groups: BTreeSet::from([name.to_owned()]), ..alice() };
    let cases = [
        ("managers-manage", group("managers")),
        ("auditors-audit", group("auditors")),
        ("own-is-seen", Who { is_own: true, ..nobody() }),
    ];

    for (name, who) in cases {
        let show = |engine: &Engine| judged(engine, &who, Act::Show, &pending(), Some(&approvers()));

        assert_eq!(show(engine()).policies, [name]);
        assert!(show(engine()).allowed && !show(&without(name)).allowed, "{name}");
        for act in [Act::Approve, Act::Deny] {
            assert!(!judged(engine(), &who, act, &pending(), Some(&approvers())).allowed, "{name}");
        }
    }
}

#[test]
fn seeing_takes_somebody_who_is_established_too() {
    let managers = BTreeSet::from(["managers".to_owned()]);
    for (who, refusal) in people_not_established() {
        let who = Who { groups: managers.clone(), ..who };

        assert_eq!(judged(engine(), &who, Act::Show, &pending(), None).refusal, Some(refusal));
    }
}

#[test]
fn without_the_permit_not_even_approvers_decide_or_see() {
    for (name, act) in
        [("approvers-decide", Act::Approve), ("approvers-decide", Act::Deny), ("approvers-see", Act::Show)]
    {
        let judgement = judged(&without(name), &alice(), act, &pending(), Some(&approvers()));

        assert_eq!(judgement.refusal, Some(Refusal::Policy { policies: vec![] }), "{act:?}");
    }
}

#[test]
fn a_policy_of_the_operators_is_named_to_those_who_could_decide_otherwise() {
    let freeze =
        r#"@id("freeze") forbid (principal, action == Action::"approve", resource in Organization::"acme");"#;
    let engine = Engine(Policies::with_unvalidated(freeze));

    assert_eq!(
        approve_by(&engine, &alice()).refusal,
        Some(Refusal::Policy { policies: vec!["freeze".into()] })
    );
    assert_eq!(approve_by(&engine, &nobody()).refusal, Some(Refusal::NotAnApprover { groups: approvers() }));
    assert!(judged(&engine, &alice(), Act::Deny, &pending(), Some(&approvers())).allowed);
}

#[test]
fn who_may_not_see_learns_of_a_policy_that_forbids_it_or_who_may() {
    let secret =
        r#"@id("secret") forbid (principal, action == Action::"show", resource in Organization::"acme");"#;
    let secret = Engine(Policies::with_unvalidated(secret));
    let show =
        |engine: &Engine, who: &Who| judged(engine, who, Act::Show, &pending(), Some(&approvers())).refusal;
    let by_policy = Some(Refusal::Policy { policies: vec!["secret".into()] });

    assert_eq!(show(&secret, &alice()), by_policy);
    assert_eq!(show(&secret, &nobody()), by_policy);
    assert_eq!(show(engine(), &nobody()), Some(Refusal::NotAnApprover { groups: approvers() }));
}

#[test]
fn votes_settle_when_there_are_enough() {
    let settle = |approvals: usize, needed| {
        let needs = Needs::new(needed, BTreeSet::new());
        settled(engine(), &needs, &progress(&needs, &vec!["approvers"; approvals])).allowed
    };

    assert!(settle(1, 1) && settle(3, 2));
    assert!(!settle(1, 2));
    // Not even a requirement of none settles without an approval.
    assert!(!settle(0, 0));
}

#[test]
fn votes_settle_when_every_group_is_represented() {
    let needs = required(&["security", "leads"]);
    let settle = |approvals: &[&str]| settled(engine(), &needs, &progress(&needs, approvals)).allowed;

    assert!(settle(&["security", "leads"]));
    assert!(!settle(&["security", "security"]) && !settle(&["leads"]));
}

#[test]
fn votes_of_required_groups_do_not_settle_without_a_decider() {
    let needs = required(&["security"]);
    let groups = BTreeSet::from(["security".to_owned()]);
    let guest = Approval { groups: &groups, is_decider: false };
    let settle = |approvals: &[Approval<'_>]| {
        settled(engine(), &needs, &needs.progress(approvals.iter().copied())).allowed
    };

    assert!(!settle(&[guest]) && !settle(&[guest, guest]));
    assert!(settle(&[guest, Approval { is_decider: true, ..guest }]));
}

/// In Rust, whatever the policies say, and however wrong the numbers.
#[test]
fn nothing_settles_without_an_approval() {
    let engine = Engine(Policies::with_unvalidated(
        r#"@id("all") permit (principal is Votes, action == Action::"settle", resource);"#,
    ));
    let needs = required(&[]);

    assert!(!settled(&engine, &needs, &progress(&needs, &[])).allowed);
    assert!(settled(&engine, &needs, &progress(&needs, &["approvers"])).allowed);
}

#[test]
fn without_the_permit_no_votes_are_enough() {
    let needs = required(&[]);

    let judgement = settled(&without("votes-settle"), &needs, &progress(&needs, &["approvers"; 2]));

    assert!(!judgement.allowed);
    assert!(judgement.refusal.is_some());
}

#[test]
fn who_is_of_a_required_group_votes_and_sees_and_is_no_decider() {
    let guest = Who { groups: BTreeSet::from(["security".to_owned()]), ..alice() };
    let judged = |engine: &Engine, act, approvers: Option<&[String]>| {
        judged_where(&required(&["security"]), engine, &guest, act, &pending(), approvers)
    };

    for act in [Act::Approve, Act::Deny] {
        let judgement = judged(engine(), act, Some(&approvers()));
        assert_eq!(judgement.policies, ["required-decide"]);
        assert!(judgement.allowed && !judgement.makes_decider());
        assert!(!judged(&without("required-decide"), act, Some(&approvers())).allowed);
        assert!(!judged(engine(), act, None).allowed, "without a route");
    }
    assert!(judged(engine(), Act::Show, Some(&approvers())).allowed);
    assert!(approve(&alice()).makes_decider());
}

#[test]
fn who_has_to_be_represented_is_named_to_who_may_not_vote() {
    let refusal = judged_where(
        &required(&["security"]),
        engine(),
        &nobody(),
        Act::Approve,
        &pending(),
        Some(&approvers()),
    )
    .refusal;

    let groups = ["approvers", "security"].map(str::to_owned).to_vec();
    assert_eq!(refusal, Some(Refusal::NotAnApprover { groups }));
}

#[test]
fn a_name_that_is_no_policy_is_refused_with_the_nearest() {
    let error = |name: &str| Engine::new(&[name.to_owned()]).err().unwrap().to_string();

    assert!(error("own-requests").contains("did you mean own-request?"));
    assert!(error("everything").contains("\"everything\" is no built-in policy"));
}

#[test]
fn each_set_of_policies_has_its_own_hash() {
    let names = engine().0.names();
    let mut hashes: BTreeSet<_> = names.iter().map(|name| without(name).hash().to_owned()).collect();
    hashes.insert(engine().hash().to_owned());

    assert_eq!(hashes.len(), names.len() + 1);
    let both = |one: &str, other: &str| Engine::new(&[one.into(), other.into()]).unwrap().hash().to_owned();
    assert_eq!(both("guest", "bot"), both("bot", "guest"));
}

/// Cedar would skip the failing prohibition and allow.
#[test]
fn a_policy_that_fails_is_a_refusal() {
    let broken =
        r#"@id("broken") forbid (principal, action, resource) when { principal.noSuchFact == true };"#;
    let engine = Engine(Policies::with_unvalidated(broken));
    let needs = required(&[]);

    let judgement = approve_by(&engine, &alice());
    let settling = settled(&engine, &needs, &progress(&needs, &["approvers"]));

    for judgement in [judgement, settling] {
        assert!(!judgement.allowed);
        assert_eq!(judgement.refusal, Some(Refusal::Policy { policies: vec!["broken".into()] }));
        assert!(judgement.facts["failure"].contains("noSuchFact"), "{:?}", judgement.facts["failure"]);
    }
}

const SLACK_IS_DOWN: &str = "Slack does not answer";

/// Somebody of whom nobody can tell whether they are in a group, and of whom everything else is known.
fn of_unknown_group(group: &str, who: Who) -> Who {
    let unknown_groups = BTreeMap::from([(group.to_owned(), SLACK_IS_DOWN.to_owned())]);
    Who { unknown_groups, ..who }
}

fn in_doubt(group: &str) -> Refusal {
    Refusal::CannotTell { cause: format!("membership in {group} is not known: {SLACK_IS_DOWN}") }
}

const NO_CONTRACTORS: &str = r#"@id("no-contractors")
    forbid (principal, action, resource) when { principal in Group::"contractors" };"#;

#[test]
fn an_outage_is_no_way_round_a_prohibition() {
    let engine = Engine(Policies::with_unvalidated(NO_CONTRACTORS));
    assert!(approve_by(&engine, &alice()).allowed);

    let judgement = approve_by(&engine, &of_unknown_group("contractors", alice()));

    assert!(!judgement.allowed);
    assert_eq!(judgement.refusal, Some(in_doubt("contractors")));
    assert_eq!(judgement.policies, ["no-contractors"]);
    assert_eq!(judgement.facts["user.inUnknown"], "contractors");
}

#[test]
fn an_unknown_approver_hears_that_it_is_not_known_and_may_nothing() {
    for act in [Act::Approve, Act::Deny, Act::Show] {
        let who = of_unknown_group("approvers", nobody());
        let judgement = judged(engine(), &who, act, &pending(), Some(&approvers()));

        assert_eq!(judgement.refusal, Some(in_doubt("approvers")), "{act:?}");
    }
    // Known by one of the route's groups, unknown by the other.
    let both = ["approvers".to_owned(), "security".to_owned()];
    let who = of_unknown_group("security", alice());
    let judgement = judged(engine(), &who, Act::Approve, &pending(), Some(&both));
    assert_eq!(judgement.refusal, Some(in_doubt("security")));
}

#[test]
fn a_no_that_stands_in_whatever_group_is_told_as_ever() {
    let own = Who { is_own: true, ..of_unknown_group("approvers", nobody()) };
    let guest = of_unknown_group("approvers", with_account(SlackAccount { guest: true, ..HARMLESS }));
    let unrouted = of_unknown_group("approvers", nobody());

    assert_eq!(approve(&own).refusal, Some(Refusal::OwnRequest));
    assert_eq!(approve(&guest).refusal, Some(Refusal::Guest));
    let judgement = judged(engine(), &unrouted, Act::Approve, &pending(), None);
    assert_eq!(judgement.refusal, Some(Refusal::NoRoute));
}

#[test]
fn a_no_that_hangs_on_an_unknown_group_is_not_certain() {
    let rules = r#"
        @id("excused") forbid (principal, action, resource) unless { principal in Group::"excused" };
        @id("closed") forbid (principal, action, resource) unless { principal in resource.approvers };
    "#;
    let engine = Engine(Policies::with_unvalidated(rules));

    let judgement = approve_by(&engine, &of_unknown_group("excused", alice()));
    assert_eq!(judgement.refusal, Some(in_doubt("excused")));
    let excused = Who { groups: BTreeSet::from(["excused".to_owned()]), ..alice() };
    let judgement = approve_by(&engine, &of_unknown_group("approvers", excused));
    assert_eq!(judgement.refusal, Some(in_doubt("approvers")));
}

#[test]
fn a_group_that_has_to_be_represented_and_is_unknown_is_a_refusal_and_never_counts() {
    let needs = required(&["security"]);
    let judged = |who: Who, act| judged_where(&needs, engine(), &who, act, &pending(), Some(&approvers()));

    for act in [Act::Approve, Act::Deny] {
        // An approver, and somebody who would have a right by that group alone.
        for who in [alice(), nobody()] {
            assert_eq!(judged(of_unknown_group("security", who), act).refusal, Some(in_doubt("security")));
        }
    }
    assert!(judged(of_unknown_group("security", alice()), Act::Show).allowed);
    assert_eq!(judged(of_unknown_group("security", nobody()), Act::Show).refusal, Some(in_doubt("security")));
}

#[test]
fn a_group_that_any_policy_mentions_has_to_be_known() {
    // `managers-manage` is about looking and revoking.
    for act in [Act::Approve, Act::Deny, Act::Show] {
        let who = of_unknown_group("managers", alice());
        let judgement = judged(engine(), &who, act, &pending(), Some(&approvers()));

        assert_eq!(judgement.refusal, Some(in_doubt("managers")), "{act:?}");
        assert_eq!(judgement.policies, ["managers-manage"]);
    }
}

#[test]
fn a_group_that_nothing_hangs_on_may_be_unknown() {
    assert!(approve(&of_unknown_group("leads", alice())).allowed);
    // Seen as a manager, whether or not an approver.
    let manager = Who { groups: BTreeSet::from(["managers".to_owned()]), ..alice() };
    let manager = of_unknown_group("approvers", manager);
    assert!(judged(engine(), &manager, Act::Show, &pending(), Some(&approvers())).allowed);
}

#[test]
fn to_be_seen_by_an_approver_or_not_may_be_forbidden_without_a_name() {
    let rules = r#"@id("blind") forbid (principal, action == Action::"show", resource)
        when { principal in resource.approvers };"#;
    let engine = Engine(Policies::with_unvalidated(rules));
    let manager = Who { groups: BTreeSet::from(["managers".to_owned()]), ..alice() };
    let show = |who: &Who| judged(&engine, who, Act::Show, &pending(), Some(&approvers()));
    assert!(show(&manager).allowed);

    let judgement = show(&of_unknown_group("approvers", manager));

    assert_eq!(judgement.refusal, Some(in_doubt("approvers")));
}

#[test]
fn the_record_holds_all_that_the_answer_hangs_on() {
    let facts = approve(&alice()).facts;

    assert_eq!(facts["schema"], "3");
    assert_eq!((facts["request.isMachine"].as_str(), facts["request.answeredBy"].as_str()), ("false", ""));
    assert_eq!(facts["policies"], engine().hash());
    assert_eq!(facts["action"], "approve");
    assert_eq!(facts["isOwn"], "false");
    assert_eq!(facts["user.isMember"], "true");
    assert_eq!(facts["user.in"], "approvers");
    assert_eq!(facts["user.id"], "U0ALICE");
    assert_eq!(facts["request.in"], "acme");
    assert_eq!(facts["request.permissions"], "contents:write metadata:read");
}

#[test]
fn the_record_of_a_settlement_holds_votes_and_request() {
    let needs = required(&["leads", "security"]);

    let facts = settled(engine(), &needs, &progress(&needs, &["security"])).facts;

    assert_eq!((facts["votes.approvals"].as_str(), facts["votes.needed"].as_str()), ("1", "2"));
    assert_eq!(
        (facts["votes.groupsMet"].as_str(), facts["votes.groupsMissing"].as_str()),
        ("security", "leads")
    );
    assert_eq!(
        (facts["votes.requirementsMet"].as_str(), facts["votes.hasDecider"].as_str()),
        ("false", "true")
    );
    assert_eq!(facts["request.requiredGroups"], "leads security");
    assert_eq!(facts["request.level"], "2");
    assert!(!facts.contains_key("isOwn"));
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
            unknown_groups: BTreeMap::new(),
            is_own,
            own: Own::default(),
            machines: Machines::default(),
            link_age_hours,
            is_github_silent: false,
        })
}

proptest! {
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

    /// Seeing takes less than deciding, but nobody who is not established, linked and a member.
    #[test]
    fn nothing_is_allowed_to_somebody_not_established(who in any_who(), act in any_act()) {
        let is_established = matches!(who.account, Account::Known(_))
            && matches!(who.identity, Identity::Linked(_))
            && who.membership == Membership::Active;

        let judgement = judged(engine(), &who, act, &pending(), Some(&approvers()));

        prop_assert!(is_established || !judgement.allowed);
        prop_assert_eq!(judgement.allowed, judgement.refusal.is_none());
    }

    #[test]
    fn nobody_decides_their_own_or_where_nobody_is_approver(who in any_who(), is_own in any::<bool>()) {
        let who = Who { is_own, ..who };
        let approvers = if is_own { approvers() } else { vec![] };

        for act in [Act::Approve, Act::Deny] {
            prop_assert!(!judged(engine(), &who, act, &pending(), Some(&approvers)).allowed);
        }
    }

    /// By the route, too: a permission that nobody knows leaves no more people who could decide alone, and needs no fewer.
    #[test]
    fn something_unknown_never_turns_a_no_into_a_yes(
        who in any_who(),
        act in any_act(),
        word in "[a-z]{1,8}",
        is_new_group in any::<bool>(),
        is_everywhere in any::<bool>(),
    ) {
        let unknown = if is_new_group {
            (Permission { group: PermissionGroup::Unknown(word.clone()), name: word }, Level::Read)
        } else {
            let level = Level::Unknown(word.clone());
            (Permission { group: PermissionGroup::Repository, name: word }, level)
        };
        let repositories = if is_everywhere { Repositories::All } else { usual().repositories };
        let known = Facts { repositories, ..usual() };
        let permissions: Permissions =
            known.permissions.iter().map(|(one, level)| (one.clone(), level.clone())).chain([unknown]).collect();
        let more = Facts { permissions, ..known.clone() };

        let before = routed(&who, act, known.clone());
        let after = routed(&who, act, more.clone());

        prop_assert!(before || !after);
        let (needs, more_needs) = (routing().needs(&known), routing().needs(&more));
        prop_assert!(needs.approvals() <= more_needs.approvals());
        prop_assert!(needs.groups().is_subset(more_needs.groups()));
    }
}

fn any_act() -> impl Strategy<Value = Act> {
    prop::sample::select(vec![Act::Approve, Act::Deny, Act::Show])
}

fn routing() -> &'static Routing {
    static ROUTING: LazyLock<Routing> = LazyLock::new(payments_apart);
    &ROUTING
}

/// Payments are decided by the approvers, everything else by people that no test knows.
fn payments_apart() -> Routing {
    let route = |repositories: Option<&str>, approvers: &str| Route {
        organization: "acme".parse().unwrap(),
        repositories: repositories.map(|glob| vec![glob.parse().unwrap()]),
        channel: ChannelId::new("C0PAYMENTS"),
        approvers: vec![approvers.to_owned()],
        unreviewed: Unreviewed::Card,
    };
    let requirement = Requirement {
        permissions: Some(vec!["*:admin".parse().unwrap()]),
        repositories: Some(vec!["docs".parse().unwrap()]),
        approvals: 1,
        one_from_each: vec!["managers".to_owned()],
    };
    Routing {
        routes: vec![route(Some("payments-*"), "approvers"), route(None, "security")],
        requirements: vec![requirement],
        ..Routing::default()
    }
}

/// Whether this person may do this, and as for approving, whether it would be enough.
fn routed(who: &Who, act: Act, facts: Facts) -> bool {
    let approvers = routing().route_for(&facts).map(|route| route.approvers.clone());
    let needs = routing().needs(&facts);
    let request = TokenRequest { facts, ..pending() };
    let judgement = judged_where(&needs, engine(), who, act, &request, approvers.as_deref());
    match act {
        Act::Approve => {
            let groups = who.groups.intersection(needs.groups()).cloned().collect();
            let approval = Approval { groups: &groups, is_decider: judgement.makes_decider() };
            judgement.allowed && settled(engine(), &needs, &needs.progress([approval])).allowed
        }
        // A denial gives nobody anything: whose agreement is asked for may deny, too.
        Act::Deny | Act::Show | Act::List | Act::Export | Act::Revoke | Act::AutoApprove | Act::AutoDeny => {
            judgement.makes_decider()
        }
    }
}

fn with_operators(text: &str) -> Engine {
    let file = crate::policy::PolicyFile { name: "p.cedar".into(), text: text.into() };
    Engine::recorded(crate::policy::PolicyTexts::new(vec![file], vec![])).unwrap()
}

#[test]
fn a_policy_of_the_operators_says_what_its_writer_wants_said() {
    let rule = |annotation: &str| {
        let text = format!(
            r#"@id("no-admin") {annotation} forbid (principal is User, action == Action::"approve", resource is TokenRequest) when {{ resource.level >= 2 }};"#
        );
        with_operators(&text)
    };
    let told = |engine: &Engine, who: &Who| approve_by(engine, who).refusal.unwrap();
    let says = |said: &str| Refusal::Policy { policies: vec![said.to_owned()] };

    assert_eq!(told(&rule(""), &alice()), says("no-admin"));
    let with_message = rule(r#"@message("Ask security first.")"#);
    assert_eq!(told(&with_message, &alice()), says("Ask security first."));
    assert_eq!(approve_by(&with_message, &alice()).policies, ["no-admin"]);
    // Whom nothing permits is told who can decide.
    assert_eq!(told(&with_message, &nobody()), Refusal::NotAnApprover { groups: approvers() });
}

#[test]
fn a_prohibition_is_told_to_whom_an_operators_policy_permits() {
    let engine = with_operators(
        r#"@id("all-may") permit (principal is User, action == Action::"approve", resource is TokenRequest);
           @id("not-now") forbid (principal is User, action == Action::"approve", resource is TokenRequest);"#,
    );

    let refusal = approve_by(&engine, &nobody()).refusal;

    assert_eq!(refusal, Some(Refusal::Policy { policies: vec!["not-now".into()] }));
}

#[test]
fn an_answer_is_worked_out_again_from_the_record_alone() {
    let odd = Permission { group: PermissionGroup::Repository, name: "new thing 100%".into() };
    let permissions = Permissions::from_iter([(odd, Level::Read)]);
    let odd = TokenRequest { facts: Facts { permissions, ..usual() }, ..pending() };
    let engine = with_operators(
        r#"@id("by-id") forbid (principal == User::"U0ALICE", action, resource is TokenRequest) when { resource.permissions.contains("unknown:new thing 100%") };"#,
    );
    for request in [pending(), odd] {
        for who in [alice(), nobody(), Who { identity: Identity::Unlinked, ..alice() }] {
            for act in [Act::Approve, Act::Show] {
                let question = Question {
                    who: &who,
                    act,
                    request: &request,
                    approvers: Some(&approvers()),
                    needs: &required(&["security", "two words"]),
                    touches: vec!["pay ments".into()],
                    answered_by: Some(&Login::new("alice")),
                    now: noon(),
                };
                let judgement = engine.may(&question);
                let asked = Asked::of_question(&question);

                let again = engine.again(&judgement.facts).unwrap();

                assert_eq!(again, Recomputed { is_yes: judgement.allowed, policies: judgement.policies });
                let read = Asked::of_record(&judgement.facts).unwrap();
                assert_eq!(read.principal, asked.principal);
                assert_eq!(read.resource, asked.resource);
            }
        }
    }
    let request = pending();
    let needs = required(&["security", "two words"]);
    let (approvers, votes) =
        (approvers(), [&[][..], &["security"], &["security", "two words"], &["two words"]]);
    for (routed, approvals) in votes.iter().flat_map(|votes| [(true, *votes), (false, *votes)]) {
        let progress = progress(&needs, approvals);
        let settling = Settling {
            request: &request,
            approvers: routed.then_some(approvers.as_slice()),
            needs: &needs,
            touches: vec![],
            answered_by: None,
            progress: &progress,
            now: noon(),
        };
        let judgement = engine.settle(&settling);
        let asked = Asked::of_votes(&settling);

        let again = engine.again(&judgement.facts).unwrap();

        assert_eq!(judgement.allowed, routed && approvals.len() == 2, "{approvals:?}");
        assert_eq!(again, Recomputed { is_yes: judgement.allowed, policies: judgement.policies });
        assert_eq!(Asked::of_record(&judgement.facts).unwrap().principal, asked.principal);
    }
}

#[test]
fn to_be_in_two_unknown_groups_at_once_may_be_forbidden_where_neither_is() {
    let rules = r#"@id("not-both") forbid (principal, action == Action::"show", resource)
        when { principal in resource.approvers && principal in resource.requiredGroups };"#;
    let engine = Engine(Policies::with_unvalidated(rules));
    let manager = Who { groups: BTreeSet::from(["managers".to_owned()]), ..alice() };
    let needs = required(&["security"]);
    let show = |unknown: &[&str]| {
        let cause = || "Slack does not answer".to_owned();
        let unknown_groups = unknown.iter().map(|group| ((*group).to_owned(), cause())).collect();
        let who = Who { unknown_groups, ..manager.clone() };
        judged_where(&needs, &engine, &who, Act::Show, &pending(), Some(&approvers()))
    };

    assert!(show(&["approvers"]).allowed && show(&["security"]).allowed);
    assert_eq!(show(&["approvers", "security"]).refusal, Some(in_doubt("approvers")));
}

#[test]
fn what_speaks_for_somebody_and_against_them_is_named() {
    let own = Who { is_own: true, ..alice() };
    let named = |who: &Who| {
        let (request, approvers, needs) = (pending(), approvers(), required(&[]));
        let question = Question {
            who,
            act: Act::Approve,
            request: &request,
            approvers: Some(&approvers),
            needs: &needs,
            touches: vec![],
            answered_by: None,
            now: noon(),
        };
        (engine().permits(&question), engine().forbids(&question))
    };

    assert_eq!(named(&alice()), (vec!["approvers-decide".to_owned()], vec![]));
    assert_eq!(named(&own), (vec!["approvers-decide".to_owned()], vec!["own-request".to_owned()]));
    assert_eq!(named(&nobody()), (vec![], vec![]));
}

#[test]
fn every_policy_in_force_is_shown_by_its_name() {
    let engine = with_operators(
        r#"@id("not-now") forbid (principal, action == Action::"approve", resource is TokenRequest);"#,
    );

    let shown: Vec<_> = engine.shown().map(|one| one.name.as_str()).collect();

    assert!(shown.is_sorted() && shown.contains(&"not-now") && shown.contains(&"own-request"), "{shown:?}");
    assert_eq!(engine.groups().collect::<Vec<_>>(), ["auditors", "managers"]);
    assert!(shown.iter().all(|name| engine.named(name).is_some_and(|one| one.name == *name)));
}

#[test]
fn policies_know_who_answers_for_a_machine() {
    let engine = with_operators(
        r#"@id("machines") forbid (principal, action == Action::"approve", resource is TokenRequest) when { resource.isMachine };
           @id("of-alice") forbid (principal, action == Action::"approve", resource is TokenRequest) when { resource.answeredBy == "alice" };"#,
    );
    let forbidding = |answered_by: Option<&str>| {
        let answered_by = answered_by.map(Login::new);
        let question = Question {
            who: &alice(),
            act: Act::Approve,
            request: &pending(),
            approvers: Some(&approvers()),
            needs: &required(&[]),
            touches: vec![],
            answered_by: answered_by.as_ref(),
            now: noon(),
        };
        let judgement = engine.may(&question);
        if judgement.allowed { vec![] } else { judgement.policies }
    };

    assert_eq!(forbidding(Some("alice")), ["machines", "of-alice"]);
    assert_eq!(forbidding(Some("bob")), ["machines"]);
    assert!(forbidding(None).is_empty());
}

#[test]
fn what_could_not_be_told_of_somebody_is_worked_out_again_as_not_known() {
    let engine = Engine(Policies::with_unvalidated(NO_CONTRACTORS));
    let judgement = approve_by(&engine, &of_unknown_group("contractors", alice()));

    let again = engine.again(&judgement.facts).unwrap();

    assert_eq!(again, Recomputed { is_yes: false, policies: vec!["no-contractors".to_owned()] });
    // Of a group that nothing hangs on.
    let judgement = approve_by(&engine, &of_unknown_group("leads", alice()));
    assert_eq!(judgement.facts["user.inUnknown"], "leads");
    assert!(judgement.allowed && engine.again(&judgement.facts).unwrap().is_yes);
}

/// What is on record from before a fact is there was judged by policies that could not ask for it.
#[test]
fn a_judgement_of_an_earlier_schema_is_worked_out_again() {
    let mut facts = approve(&alice()).facts;
    assert_eq!(facts["schema"], "3");
    facts.insert("schema".into(), "2".into());
    facts.remove("request.isMachine");
    facts.remove("request.answeredBy");

    assert!(engine().again(&facts).unwrap().is_yes);
    facts.insert("schema".into(), "3".into());
    assert!(!engine().again(&facts).is_ok_and(|again| again.is_yes));
}

#[test]
fn facts_that_are_not_whole_are_no_question() {
    let facts = approve(&alice()).facts;
    for name in ["action", "now", "user.in", "request.in", "user.isGuest"] {
        let mut facts = facts.clone();
        facts.remove(name);
        assert!(
            engine().again(&facts).is_ok_and(|again| !again.is_yes) || engine().again(&facts).is_err(),
            "{name}"
        );
    }
}
