//! A spoilt webhook is never less dangerous than the whole one: field by field, and as policies and routes see it. And a
//! membership that nobody could establish never yields a yes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::facts::{Asked, Fact};
use super::{
    Account, Act, Advice, Consultation, Engine, Glob, Judgement, Needs, PolicyFile, PolicyTexts, Question,
    Requesting, Requirement, Route, Routing, Settling, Unreviewed, Who,
};
use crate::chance::Chance;
use crate::github::{Delivery, Event, Malformed, facts_listed};
use crate::identity::{Identity, Machines, Membership, Own, Person, SlackAccount};
use crate::ids::{ChannelId, GitHubUserId, InstallationId, Login, OrganizationId, RequestId, SlackUserId};
use crate::request::samples::{noon, pending};
use crate::request::{Arrival, Enrichment, Expiry, Facts, Key, Repositories, Repository, TokenRequest};

/// octocat asks to push to two private repositories of acme for 90 days.
fn created() -> Value {
    json!({
        "action": "created",
        "personal_access_token_request": {
            "id": 25381,
            "owner": { "login": "octocat", "id": 1, "type": "User" },
            "permissions_result": {
                "organization": { "members": "read" },
                "repository": { "contents": "write", "metadata": "read" },
                "other": { "gists": "write" },
            },
            "repository_selection": "subset",
            "repository_count": 2,
            "repositories": [
                { "id": 7, "full_name": "acme/payments-api", "private": true },
                { "id": 8, "full_name": "acme/payments-web", "private": true },
            ],
            "token_id": 98716,
            "token_name": "deploy-bot",
            "token_expires_at": "2027-02-20T12:00:00Z",
            "created_at": "2026-11-18T11:06:40Z",
        },
        "organization": { "login": "acme", "id": 9 },
        "sender": { "login": "octocat", "id": 1, "type": "User" },
        "installation": { "id": 957_387 },
    })
}

/// Every place in a value, by its path.
fn places(value: &Value, path: &str, all: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, value)| (n.to_string(), value)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (name, value) in inner {
        let path = format!("{path}/{name}");
        all.push(path.clone());
        places(value, &path, all);
    }
}

/// The fields that GitHub always sends; to leave out a permission or a repository is to ask for less.
const ALWAYS: [&str; 9] = [
    "/organization",
    "/personal_access_token_request/id",
    "/personal_access_token_request/owner",
    "/personal_access_token_request/permissions_result",
    "/personal_access_token_request/repository_selection",
    "/personal_access_token_request/repository_count",
    "/personal_access_token_request/repositories",
    "/personal_access_token_request/token_expires_at",
    "/personal_access_token_request/created_at",
];

#[derive(Debug, Clone)]
enum Spoiling {
    Drop(&'static str),
    /// In the first place, a value of another type than the one that is there.
    Retype(String, Value),
    /// In the first place, if a text stands there, one that nobody knows.
    Reword(String, &'static str),
    /// The same set or list with nothing in it.
    Empty(&'static str),
    /// Every group of this set is there, with nothing in it.
    EmptyGroups(&'static str),
}

/// What a webhook has that nobody asks for empty.
const EMPTIED: [&str; 2] =
    ["/personal_access_token_request/permissions_result", "/personal_access_token_request/repositories"];

/// The same in GitHub's list.
const LISTED_EMPTIED: [&str; 2] = ["/permissions", "/repositories"];

/// What GitHub never says; where it is a name, the name of another thing.
const ODD_WORDS: [&str; 9] =
    ["", " ", "unheard-of", "Read ", "null", "admin\0", "acme/", "/x", "2026-13-01T00:00:00Z"];

/// The texts that tell of whom or of which place the whole request is: with another one it is another request.
const NAMES: [&str; 3] = ["/login", "/type", "/action"];

fn spoiling() -> impl Strategy<Value = Spoiling> {
    let mut all = Vec::new();
    places(&created(), "", &mut all);
    let odd = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(7),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("none"),
        json!("read"),
        json!("2020-01-01T00:00:00Z"),
        json!([]),
        json!([7]),
        json!({}),
        json!({ "metadata": "read" }),
        json!({ "id": 1, "login": "octocat" }),
    ];
    prop_oneof![
        prop::sample::select(&ALWAYS).prop_map(Spoiling::Drop),
        (prop::sample::select(all.clone()), prop::sample::select(odd))
            .prop_map(|(path, value)| Spoiling::Retype(path, value)),
        (prop::sample::select(all), prop::sample::select(&ODD_WORDS))
            .prop_map(|(path, word)| Spoiling::Reword(path, word)),
        prop::sample::select(&EMPTIED).prop_map(Spoiling::Empty),
        Just(Spoiling::EmptyGroups(EMPTIED[0])),
    ]
}

fn spoil(body: &mut Value, spoiling: &Spoiling) {
    match spoiling {
        Spoiling::Drop(path) => {
            let (parent, name) = path.rsplit_once('/').unwrap();
            if let Some(fields) = body.pointer_mut(parent).and_then(Value::as_object_mut) {
                fields.remove(name);
            }
        }
        Spoiling::Retype(path, value) => {
            // What was spoilt before may have taken the place away.
            let Some(place) = body.pointer_mut(path) else { return };
            // Twice another type could be the first again, with another value: that is no spoilt webhook but another one.
            let is_whole = is_whole(path, place);
            if is_whole && std::mem::discriminant(place) != std::mem::discriminant(value) {
                *place = value.clone();
            }
        }
        Spoiling::Reword(path, word) => {
            let Some(place) = body.pointer_mut(path) else { return };
            let is_name = NAMES.iter().any(|name| path.ends_with(name));
            if place.is_string() && !is_name && is_whole(path, place) {
                *place = json!(word);
            }
        }
        Spoiling::Empty(path) => body.pointer_mut(path).into_iter().for_each(empty),
        Spoiling::EmptyGroups(path) => {
            let groups = body.pointer_mut(path).and_then(Value::as_object_mut);
            groups.into_iter().flat_map(|groups| groups.values_mut()).for_each(empty);
        }
    }
}

fn empty(place: &mut Value) {
    match place {
        Value::Object(fields) => fields.clear(),
        Value::Array(items) => items.clear(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether nothing has been spoilt there before.
fn is_whole(path: &str, place: &Value) -> bool {
    [created(), listed()].iter().any(|whole| whole.pointer(path) == Some(place))
}

/// The same request as GitHub's list tells it, with its repositories from their own list.
fn listed() -> Value {
    let mut request = created()["personal_access_token_request"].take();
    let fields = request.as_object_mut().unwrap();
    let permissions = fields.remove("permissions_result").unwrap();
    fields.insert("permissions".to_owned(), permissions);
    fields.insert("reason".to_owned(), json!("Release bot needs to push tags"));
    fields.remove("repository_count");
    request
}

/// The fields that the list always has.
const LISTED: [&str; 7] = [
    "/id",
    "/owner",
    "/permissions",
    "/repository_selection",
    "/repositories",
    "/token_expires_at",
    "/created_at",
];

fn list_spoiling() -> impl Strategy<Value = Spoiling> {
    let mut all = Vec::new();
    places(&listed(), "", &mut all);
    let odd = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(7),
        json!(1e300),
        json!("none"),
        json!([]),
        json!([7]),
        json!({}),
    ];
    prop_oneof![
        prop::sample::select(&LISTED).prop_map(Spoiling::Drop),
        (prop::sample::select(all.clone()), prop::sample::select(odd))
            .prop_map(|(path, value)| Spoiling::Retype(path, value)),
        (prop::sample::select(all), prop::sample::select(&ODD_WORDS))
            .prop_map(|(path, word)| Spoiling::Reword(path, word)),
        prop::sample::select(&LISTED_EMPTIED).prop_map(Spoiling::Empty),
        Just(Spoiling::EmptyGroups(LISTED_EMPTIED[0])),
    ]
}

fn read(body: &Value) -> Result<Option<Facts>, Malformed> {
    let delivery = Delivery::parse("personal_access_token_request", None, body.to_string().as_bytes())?;
    Ok(match delivery.event {
        Event::TokenRequest(event) => Some(event.facts),
        Event::Installation(_) | Event::Memberships(_) | Event::Ping | Event::Other { .. } => None,
    })
}

fn routing() -> Routing {
    let globs = |text: &str| Some(vec![text.parse::<Glob>().unwrap()]);
    let requirement = |permissions, repositories, approvals, group: &str| Requirement {
        permissions,
        repositories,
        approvals,
        one_from_each: vec![group.to_owned()],
    };
    Routing {
        routes: vec![Route {
            organization: "acme".parse().unwrap(),
            repositories: globs("payments-*"),
            channel: ChannelId::new("C0PAYMENTS"),
            approvers: vec!["approvers".into()],
            unreviewed: Unreviewed::Card,
        }],
        requirements: vec![
            requirement(globs("*:write"), None, 2, "security"),
            requirement(globs("gists:*"), globs("payments-api"), 3, "leads"),
            requirement(globs("*:admin"), globs("other-*"), 4, "owners"),
        ],
        repository_groups: [
            ("payments".to_owned(), globs("acme/payments-*").unwrap()),
            ("docs".to_owned(), globs("acme/docs").unwrap()),
        ]
        .into(),
    }
}

fn arrived(facts: &Facts) -> TokenRequest {
    let arrival = Arrival {
        organization: OrganizationId(9),
        id: RequestId(25_381),
        installation: Some(InstallationId(957_387)),
        facts: facts.clone(),
        has_rules: true,
    };
    TokenRequest::arrived(arrival, Key::random(&Chance::seeded(7)), noon()).request
}

/// The request's facts as policies see them.
fn seen(facts: &Facts, routing: &Routing) -> BTreeMap<&'static str, Fact> {
    let request = arrived(facts);
    let touches = routing.touches(facts);
    let needs = Needs::new(1, BTreeSet::new());
    let progress = needs.progress([]);
    let settling = Settling {
        request: &request,
        approvers: None,
        needs: &needs,
        touches,
        answered_by: None,
        progress: &progress,
        now: noon(),
    };
    Asked::of_votes(&settling).resource.facts
}

/// A fact as a number that rises with the danger.
fn danger(fact: &Fact) -> i64 {
    match fact {
        Fact::Bool(is_so) => i64::from(*is_so),
        Fact::Long(number) => *number,
        Fact::Text(_) | Fact::Texts(_) | Fact::Groups(_) => panic!("{fact:?} can't be compared"),
    }
}

/// Nothing that a rule could hang a yes on is better than before; but for the level of what says that it asks for nothing,
/// which is 0, and which no rule decides.
fn is_no_less_dangerous(spoilt: &Facts, whole: &Facts, spoilings: &[Spoiling], routing: &Routing) -> bool {
    let is_emptied = spoilings.iter().any(|one| matches!(one, Spoiling::Empty(_) | Spoiling::EmptyGroups(_)));
    let says_nothing = is_emptied && spoilt.permissions.is_empty();
    let route = routing.route_for(spoilt);
    let (touched, touches) = (routing.touches(whole), routing.touches(spoilt));
    let (before, after) = (seen(whole, routing), seen(spoilt, routing));
    let rises = |name: &str| danger(&after[name]) >= danger(&before[name]);
    (route.is_none() || route == routing.route_for(whole))
        && routing.needs(spoilt).approvals() >= routing.needs(whole).approvals()
        && routing.needs(spoilt).groups().is_superset(routing.needs(whole).groups())
        && touched.iter().all(|group| touches.contains(group))
        && (says_nothing || rises("level"))
        && ["lifetimeDays", "expiresInDays", "allRepositories", "neverExpires"].into_iter().all(rises)
        && danger(&after["repositoriesKnown"]) <= danger(&before["repositoriesKnown"])
        && spoilt.requester == whole.requester
        && spoilt.organization == whole.organization
}

/// A condition that validates, out of a few facts.
fn condition() -> impl Strategy<Value = String> {
    let simple = prop_oneof![
        (0i64..10).prop_map(|level| format!("resource.level >= {level}")),
        Just("resource.allRepositories".to_owned()),
        Just("resource.permissions.contains(\"contents:write\")".to_owned()),
        Just("principal in resource.approvers".to_owned()),
        Just("principal in Group::\"security\"".to_owned()),
        Just("context.isOwn".to_owned()),
        (0i64..200).prop_map(|days| format!("resource.expiresInDays <= {days}")),
    ];
    simple.prop_recursive(2, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("!({one})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) && ({other})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("({one}) || ({other})")),
        ]
    })
}

/// Somebody about whom everything is known, in some groups and perhaps in others.
fn who(groups: &BTreeSet<String>, unknown: &BTreeSet<String>) -> Who {
    let (slack, github, login) = (SlackUserId::new("U0ALICE"), GitHubUserId(101), Login::new("alice"));
    Who {
        identity: Identity::Linked(Person { slack: slack.clone(), github, login }),
        slack,
        account: Account::Known(SlackAccount {
            deactivated: false,
            guest: false,
            external: false,
            bot: false,
        }),
        membership: Membership::Active,
        groups: groups.clone(),
        unknown_groups: unknown.iter().map(|name| (name.clone(), "502".to_owned())).collect(),
        is_own: false,
        own: Own::default(),
        machines: Machines::default(),
        link_age_hours: 1_000_000,
        is_github_silent: false,
    }
}

const GROUPS: [&str; 6] = ["approvers", "contractors", "managers", "payments", "security", "unheard-of"];

fn some_groups() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set(prop::sample::select(&GROUPS[..]).prop_map(str::to_owned), 0..GROUPS.len())
}

/// Rules of operators that go by groups, in permits and in prohibitions.
const RULES: &str = r#"
    @id("payments-decide") permit (principal in Group::"payments", action, resource) when { resource.level < 3 };
    @id("no-contractors") forbid (principal, action in [Action::"approve", Action::"deny"], resource)
        when { principal in Group::"contractors" && !(principal in Group::"managers") };
"#;

/// The groups of those that stand in permits alone; `managers` excuses from a prohibition.
const PERMITTING: [&str; 4] = ["approvers", "payments", "security", "unheard-of"];

static RULED: LazyLock<Engine> = LazyLock::new(|| Engine::with_unvalidated(RULES));

fn some_act() -> impl Strategy<Value = Act> {
    prop::sample::select(vec![Act::Approve, Act::Deny, Act::Show])
}

/// Somebody's question about octocat's request, which approvers decide and security may have to agree to.
fn ruled(who: &Who, act: Act, needs: &Needs) -> Judgement {
    let request = TokenRequest { facts: read(&created()).unwrap().unwrap(), ..pending() };
    let approvers = ["approvers".to_owned()];
    let (touches, approvers) = (vec![], Some(&approvers[..]));
    RULED.may(&Question {
        who,
        act,
        request: &request,
        approvers,
        needs,
        touches,
        answered_by: None,
        now: noon(),
    })
}

fn needing(is_security_required: bool) -> Needs {
    Needs::new(1, is_security_required.then(|| "security".to_owned()).into_iter().collect())
}

/// What rules that approve everything say of a request that has been completed.
fn consulted(facts: &Facts) -> Advice {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        Engine::with_unvalidated(
            r#"@id("anything") permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest);"#,
        )
    });
    consulted_by(
        &ENGINE,
        &TokenRequest { enrichment: Enrichment::Complete, ..arrived(facts) },
        Requesting::default(),
    )
}

fn consulted_by(engine: &Engine, request: &TokenRequest, requester: Requesting) -> Advice {
    let approvers = vec!["approvers".to_owned()];
    let consultation = Consultation {
        request,
        approvers: Some(&approvers),
        needs: &Needs::new(1, BTreeSet::new()),
        touches: vec![],
        answered_by: None,
        requester,
        now: noon(),
    };
    engine.consult(&consultation).advice
}

/// What comes of it when a webhook is followed by GitHub's list, as far as rules are asked at all.
fn consulted_after(webhook: &Facts, list: Facts) -> Option<Advice> {
    let step = arrived(webhook).completed(list, noon())?;
    step.request.is_for_rules().then(|| {
        let engine = Engine::with_unvalidated(
            r#"@id("anything") permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest);"#,
        );
        consulted_by(&engine, &step.request, Requesting::default())
    })
}

/// A condition that validates, out of what rules are told.
fn rule_condition() -> impl Strategy<Value = String> {
    let simple = prop_oneof![
        (0i64..10).prop_map(|level| format!("resource.level >= {level}")),
        (0i64..200).prop_map(|days| format!("resource.lifetimeDays <= {days}")),
        Just("resource.allRepositories".to_owned()),
        Just("resource.permissions.contains(\"contents:write\")".to_owned()),
        Just("context.requesterLinked".to_owned()),
        prop::sample::select(&GROUPS[..5])
            .prop_map(|group| format!("context.requesterGroups.contains(Group::\"{group}\")")),
    ];
    simple.prop_recursive(2, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("!({one})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one}) && ({other})")),
            (inner.clone(), inner).prop_map(|(one, other)| format!("({one}) || ({other})")),
        ]
    })
}

/// A rule that approves, or denies, or keeps rules from either.
fn rule(id: &str, effect: &str, actions: &str, condition: &str) -> String {
    format!(
        "@id(\"{id}\") {effect} (principal is Rule, action in [{actions}], resource is TokenRequest) when {{ {condition} }};"
    )
}

const APPROVES: &str = "Action::\"autoApprove\"";
const DENIES: &str = "Action::\"autoDeny\"";

/// Loads rules; what can never apply is refused when it is read.
fn loaded(rules: &[String]) -> Option<Engine> {
    let file = PolicyFile { name: "p.cedar".into(), text: rules.join("\n") };
    Engine::recorded(PolicyTexts::new(vec![file], vec![])).ok()
}

/// What rules say of the whole request by somebody in some groups, and perhaps in others.
fn advised(engine: &Engine, groups: &BTreeSet<String>, unknown: &BTreeSet<String>) -> Advice {
    let unknown_groups = unknown.iter().map(|name| (name.clone(), "502".to_owned())).collect();
    let requester = Requesting { is_linked: true, groups: groups.clone(), unknown_groups, doubt: None };
    consulted_by(engine, &pending(), requester)
}

fn approves(advice: &Advice) -> bool {
    matches!(advice, Advice::Approve { .. })
}

/// Whether a rule that approves everything may approve it all the same: nothing of consequence was spoilt, or the end was
/// taken out, which is how GitHub says that there is none. That is more than was asked for, and a rule sees it.
fn is_understood(spoilt: &Facts, whole: &Facts) -> bool {
    let without_end = Facts { expiry: Expiry::Never, ..whole.clone() };
    [whole, &without_end].map(of_consequence).contains(&of_consequence(spoilt))
}

/// The facts without what no rule sees and no approval hangs on.
fn of_consequence(facts: &Facts) -> Facts {
    let repositories = match facts.repositories.clone() {
        Repositories::Subset { listed, count } => {
            let listed = listed.into_iter().map(|one| Repository { private: None, ..one }).collect();
            Repositories::Subset { listed, count }
        }
        other @ (Repositories::None | Repositories::All | Repositories::Unknown(_)) => other,
    };
    Facts { repositories, token_name: None, justification: None, ..facts.clone() }
}

#[test]
fn the_whole_request_is_approved_by_such_a_rule() {
    let (whole, list) = (read(&created()).unwrap().unwrap(), facts_listed(&listed()).unwrap());
    let approve = Advice::Approve { rule: "anything".into(), cap: 5 };

    assert_eq!(consulted(&whole), approve);
    assert_eq!(consulted_after(&whole, list), Some(approve));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever rules approve or deny by themselves.
    #[test]
    fn one_more_prohibition_makes_no_rule_approve(
        approve in rule_condition(),
        deny in prop::option::of(rule_condition()),
        forbid in rule_condition(),
        actions in prop::sample::select(vec![
            APPROVES, DENIES, "Action::\"autoApprove\", Action::\"autoDeny\"",
        ]),
        groups in some_groups(),
        unknown in some_groups(),
    ) {
        let deny = deny.map(|deny| rule("denies", "permit", DENIES, &deny));
        let rules: Vec<_> = [rule("approves", "permit", APPROVES, &approve)].into_iter().chain(deny).collect();
        let forbid = rule("forbids", "forbid", actions, &forbid);
        let more: Vec<_> = rules.iter().cloned().chain([forbid]).collect();
        let (Some(before), Some(after)) = (loaded(&rules), loaded(&more)) else { return Ok(()) };

        let (before, after) = (advised(&before, &groups, &unknown), advised(&after, &groups, &unknown));

        prop_assert!(approves(&before) || !approves(&after), "{before:?} {after:?}");
    }

    /// Who asks leaves a group that rules approve by, and none of those they deny by.
    #[test]
    fn losing_a_membership_that_only_permits_makes_no_rule_approve(
        among in prop::sample::select(&GROUPS[..5]),
        condition in rule_condition(),
        groups in some_groups(),
        lost in prop::sample::select(&GROUPS[..5]),
    ) {
        let positive = format!("context.requesterGroups.contains(Group::\"{among}\") || resource.level > 3");
        let Some(engine) = loaded(&[
            rule("approves", "permit", APPROVES, &positive),
            rule("denies", "permit", DENIES, &condition.replace("context.requesterGroups.contains", "[Group::\"managers\"].contains")),
        ]) else { return Ok(()) };
        let fewer: BTreeSet<_> = groups.iter().filter(|group| *group != lost).cloned().collect();

        let (before, after) = (advised(&engine, &groups, &[].into()), advised(&engine, &fewer, &[].into()));

        prop_assert!(approves(&before) || !approves(&after));
    }

    /// Whatever the groups of who asks are in truth.
    #[test]
    fn an_unknown_membership_makes_no_rule_approve(
        approve in rule_condition(),
        deny in rule_condition(),
        truth in some_groups(),
        unknown in some_groups(),
    ) {
        let rules = [rule("approves", "permit", APPROVES, &approve), rule("denies", "permit", DENIES, &deny)];
        let Some(engine) = loaded(&rules) else { return Ok(()) };
        let known: BTreeSet<_> = truth.difference(&unknown).cloned().collect();

        let (told, in_truth) = (advised(&engine, &known, &unknown), advised(&engine, &truth, &[].into()));

        prop_assert!(approves(&in_truth) || !approves(&told));
        let asks_for_groups = rules.iter().any(|rule| rule.contains("requesterGroups"));
        prop_assert!(unknown.is_empty() || !asks_for_groups || !approves(&told));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_more_prohibition_never_turns_a_no_into_a_yes(
        permit in condition(),
        forbid in condition(),
        groups in some_groups(),
        unknown in some_groups(),
        is_own: bool,
    ) {
        let permit = format!("@id(\"more\") permit (principal is User, action in [Action::\"approve\", Action::\"show\"], resource is TokenRequest) when {{ {permit} }};");
        let forbid = format!("@id(\"less\") forbid (principal is User, action in [Action::\"approve\", Action::\"show\"], resource is TokenRequest) when {{ {forbid} }};");
        // What can never apply is refused when it is read.
        let load = |policies: &[String]| {
            let file = PolicyFile { name: "p.cedar".into(), text: policies.join("\n") };
            Engine::recorded(PolicyTexts::new(vec![file], vec![]))
        };
        let (Ok(before), Ok(after)) = (load(std::slice::from_ref(&permit)), load(&[permit.clone(), forbid])) else { return Ok(()) };
        let (who, request) = (Who { is_own, ..who(&groups, &unknown) }, pending());
        let approvers = ["approvers".to_owned()];
        let needs = Needs::new(1, BTreeSet::from(["security".to_owned()]));
        for act in [Act::Approve, Act::Deny, Act::Show] {
            let question = Question { who: &who, act, request: &request, approvers: Some(&approvers), needs: &needs, touches: vec![], answered_by: None, now: noon() };

            prop_assert!(before.may(&question).allowed || !after.may(&question).allowed);
        }
    }
}

proptest! {
    /// Whatever the person's groups are in truth: where some of them are not known, nothing is allowed that is not
    /// allowed then, and what is allowed is allowed without a membership that nobody could establish.
    #[test]
    fn an_unknown_membership_never_yields_a_yes(
        truth in some_groups(),
        unknown in some_groups(),
        act in some_act(),
        is_security_required in any::<bool>(),
    ) {
        let needs = needing(is_security_required);
        let judged = |who: &Who| {
            let judgement = ruled(who, act, &needs);
            prop_assert_eq!(judgement.allowed, judgement.refusal.is_none());
            Ok(judgement)
        };
        let known: BTreeSet<_> = truth.difference(&unknown).cloned().collect();

        let judgement = judged(&who(&known, &unknown))?;

        let in_truth = judged(&who(&truth, &BTreeSet::new()))?;
        prop_assert!(in_truth.allowed || !judgement.allowed);
        // Nor does it make somebody one who may decide alone.
        prop_assert!(in_truth.makes_decider() || !judgement.makes_decider());
        prop_assert!(judged(&who(&known, &BTreeSet::new()))?.allowed || !judgement.allowed);
        // Nor is anybody said to have no right of whom that is not certain.
        prop_assert!(!in_truth.allowed || judgement.refusal.is_none_or(|refusal| refusal.is_uncertain()));
    }

    /// Whoever leaves a group that only permits something may do nothing more than before.
    #[test]
    fn losing_a_membership_that_only_permits_never_yields_a_yes(
        groups in some_groups(),
        lost in prop::sample::select(&PERMITTING[..]),
        act in some_act(),
        is_security_required in any::<bool>(),
    ) {
        let needs = needing(is_security_required);
        let judged = |groups: &BTreeSet<String>| ruled(&who(groups, &BTreeSet::new()), act, &needs);
        let fewer: BTreeSet<_> = groups.iter().filter(|group| *group != lost).cloned().collect();

        let (before, after) = (judged(&groups), judged(&fewer));

        prop_assert!(before.allowed || !after.allowed);
        prop_assert!(before.makes_decider() || !after.makes_decider());
    }

    #[test]
    fn a_spoilt_webhook_is_malformed_or_no_less_dangerous(spoilings in prop::collection::vec(spoiling(), 1..4)) {
        let whole = read(&created()).unwrap().unwrap();
        let mut body = created();
        spoilings.iter().for_each(|spoiling| spoil(&mut body, spoiling));

        if let Ok(Some(spoilt)) = read(&body) {
            prop_assert!(is_no_less_dangerous(&spoilt, &whole, &spoilings, &routing()), "{body}");
        }
    }

    /// However much the rules would approve: what comes spoilt is for people, unless what was spoilt is of no consequence.
    #[test]
    fn a_spoilt_webhook_is_never_approved_by_rule(spoilings in prop::collection::vec(spoiling(), 1..4)) {
        let whole = read(&created()).unwrap().unwrap();
        let mut body = created();
        spoilings.iter().for_each(|spoiling| spoil(&mut body, spoiling));

        if let Ok(Some(spoilt)) = read(&body) {
            let is_approved = matches!(consulted(&spoilt), Advice::Approve { .. });
            prop_assert!(!is_approved || is_understood(&spoilt, &whole), "{body}");
        }
    }

    /// The same where GitHub's list tells the rest, and either of both may be spoilt.
    #[test]
    fn a_spoilt_request_is_never_approved_by_rule(
        of_webhook in prop::collection::vec(spoiling(), 0..3),
        of_list in prop::collection::vec(list_spoiling(), 0..4),
    ) {
        let whole = facts_listed(&listed()).unwrap();
        let (mut body, mut item) = (created(), listed());
        of_webhook.iter().for_each(|spoiling| spoil(&mut body, spoiling));
        of_list.iter().for_each(|spoiling| spoil(&mut item, spoiling));

        if let (Ok(Some(webhook)), Some(list)) = (read(&body), facts_listed(&item)) {
            let is_approved = consulted_after(&webhook, list.clone()).is_some_and(|advice| approves(&advice));
            prop_assert!(!is_approved || of_consequence(&list) == of_consequence(&whole), "{body} {item}");
        }
    }

    #[test]
    fn any_text_is_a_pattern_or_none_and_a_name_matches_itself(text in ".{0,40}", name in "[a-z0-9._-]{1,40}") {
        if let Ok(glob) = text.parse::<Glob>() {
            prop_assert_eq!(&glob.as_str().parse::<Glob>().unwrap(), &glob);
            let _ = glob.matches(&name);
        }
        let glob: Glob = name.parse().unwrap();
        prop_assert!(glob.matches(&name.to_uppercase()));
        for other in [format!("{name}x"), format!("x/{name}")] {
            prop_assert!(!glob.matches(&other));
        }
    }
}
