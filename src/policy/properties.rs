//! A spoilt webhook is never less dangerous than the whole one: field by field, and as policies and routes see it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::facts::{Asked, Fact};
use super::{Advice, Consultation, Engine, Glob, Requesting, Requirement, Route, Routing, Settling};
use crate::chance::Chance;
use crate::github::{Delivery, Event, Malformed};
use crate::ids::{ChannelId, InstallationId, OrganizationId, RequestId};
use crate::request::samples::noon;
use crate::request::{Arrival, Enrichment, Facts, Key, Repositories, Repository, TokenRequest};

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
            "created_at": "2026-11-22T12:00:00Z",
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
}

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
        (prop::sample::select(all), prop::sample::select(odd))
            .prop_map(|(path, value)| Spoiling::Retype(path, value)),
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
            if std::mem::discriminant(place) != std::mem::discriminant(value) {
                *place = value.clone();
            }
        }
    }
}

fn read(body: &Value) -> Result<Option<Facts>, Malformed> {
    let delivery = Delivery::parse("personal_access_token_request", None, body.to_string().as_bytes())?;
    Ok(match delivery.event {
        Event::TokenRequest(event) => Some(event.facts),
        Event::Installation(_) | Event::Ping | Event::Other { .. } => None,
    })
}

fn routing() -> Routing {
    let globs = |text: &str| Some(vec![text.parse::<Glob>().unwrap()]);
    let requirement =
        |permissions, repositories, approvals| Requirement { permissions, repositories, approvals };
    Routing {
        routes: vec![Route {
            organization: "acme".parse().unwrap(),
            repositories: globs("payments-*"),
            channel: ChannelId::new("C0PAYMENTS"),
            approvers: vec!["approvers".into()],
        }],
        requirements: vec![
            requirement(globs("*:write"), None, 2),
            requirement(globs("gists:*"), globs("payments-api"), 3),
            requirement(globs("*:admin"), globs("other-*"), 4),
        ],
        repository_groups: [
            ("payments".to_owned(), globs("acme/payments-*").unwrap()),
            ("docs".to_owned(), globs("acme/docs").unwrap()),
        ]
        .into(),
    }
}

/// The request's facts as policies see them.
fn seen(facts: &Facts, routing: &Routing) -> BTreeMap<&'static str, Fact> {
    let arrival = Arrival {
        organization: OrganizationId(9),
        id: RequestId(25_381),
        installation: Some(InstallationId(957_387)),
        facts: facts.clone(),
        has_rules: true,
    };
    let request = TokenRequest::arrived(arrival, Key::random(&Chance::seeded(7)), noon()).request;
    let touches = routing.touches(facts);
    let settling =
        Settling { request: &request, approvers: None, touches, approvals: 0, needed: 1, now: noon() };
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

/// Nothing that a rule could hang a yes on is better than before.
fn is_no_less_dangerous(spoilt: &Facts, whole: &Facts, routing: &Routing) -> bool {
    let route = routing.route_for(spoilt);
    let (touched, touches) = (routing.touches(whole), routing.touches(spoilt));
    let (before, after) = (seen(whole, routing), seen(spoilt, routing));
    let rises = |name: &str| danger(&after[name]) >= danger(&before[name]);
    (route.is_none() || route == routing.route_for(whole))
        && routing.approvals_for(spoilt) >= routing.approvals_for(whole)
        && touched.iter().all(|group| touches.contains(group))
        && ["level", "lifetimeDays", "expiresInDays", "allRepositories", "neverExpires"]
            .into_iter()
            .all(rises)
        && danger(&after["repositoriesKnown"]) <= danger(&before["repositoriesKnown"])
        && spoilt.requester == whole.requester
        && spoilt.organization == whole.organization
}

/// What rules that approve everything say of a request that has been completed.
fn consulted(facts: &Facts) -> Advice {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        Engine::with_unvalidated(
            r#"@id("anything") permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest);"#,
        )
    });
    let arrival = Arrival {
        organization: OrganizationId(9),
        id: RequestId(25_381),
        installation: Some(InstallationId(957_387)),
        facts: facts.clone(),
        has_rules: true,
    };
    let request = TokenRequest::arrived(arrival, Key::random(&Chance::seeded(7)), noon()).request;
    let request = TokenRequest { enrichment: Enrichment::Complete, ..request };
    let approvers = vec!["approvers".to_owned()];
    let consultation = Consultation {
        request: &request,
        approvers: Some(&approvers),
        touches: vec![],
        requester: Requesting::default(),
        now: noon(),
    };
    ENGINE.consult(&consultation).advice
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
fn the_whole_webhook_is_approved_by_such_a_rule() {
    let whole = read(&created()).unwrap().unwrap();

    assert_eq!(consulted(&whole), Advice::Approve { rule: "anything".into(), cap: 5 });
}

proptest! {
    #[test]
    fn a_spoilt_webhook_is_malformed_or_no_less_dangerous(spoilings in prop::collection::vec(spoiling(), 1..4)) {
        let whole = read(&created()).unwrap().unwrap();
        let mut body = created();
        spoilings.iter().for_each(|spoiling| spoil(&mut body, spoiling));

        if let Ok(Some(spoilt)) = read(&body) {
            prop_assert!(is_no_less_dangerous(&spoilt, &whole, &routing()), "{body}");
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
            prop_assert!(!is_approved || of_consequence(&spoilt) == of_consequence(&whole), "{body}");
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
