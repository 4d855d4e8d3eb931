//! However large a request is, its card and the text beside it say where, until when, and what is weightiest.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::ids::{Login, RepositoryId, RequestId, SlackUserId};
use crate::policy::Needs;
use crate::request::samples::{facts, noon, pending, vote};
use crate::request::{
    By, Evidence, Expiry, Facts, Freezer, Level, Note, Permission, PermissionGroup, RefusedByGitHub,
    Repositories, Repository, Requester, Vote, Why,
};
use crate::slack::block_kit_check::violations;

/// Any text, or one that is far longer than anything GitHub sends.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z][a-z0-9-]{0,38}",
        1 => any::<String>(),
        1 => ("[a-z&<🎉]", 1_usize..6_000).prop_map(|(letter, times)| letter.repeat(times)),
    ]
}

fn permission() -> impl Strategy<Value = (Permission, Level)> {
    let known =
        prop::sample::select(vec!["contents", "actions", "secrets", "administration", "workflows", "issues"]);
    let named = prop_oneof![known.prop_map(str::to_owned), name()];
    let group = prop::sample::select(vec!["organization", "repository", "other", "enterprise"]);
    let level =
        prop_oneof![prop::sample::select(vec!["read", "write", "admin"]).prop_map(str::to_owned), name()];
    (group, named, level).prop_map(|(group, name, level)| {
        (Permission { group: PermissionGroup::parse(group), name }, Level::parse(&level))
    })
}

fn any_repositories() -> impl Strategy<Value = Repositories> {
    let one = (any::<u64>(), name(), any::<Option<bool>>()).prop_map(|(id, name, private)| Repository {
        id: RepositoryId(id),
        full_name: format!("acme/{name}"),
        private,
    });
    prop_oneof![
        Just(Repositories::None),
        Just(Repositories::All),
        name().prop_map(Repositories::Unknown),
        (vec(one, 0..40), any::<Option<u64>>())
            .prop_map(|(listed, count)| Repositories::Subset { listed, count }),
    ]
}

fn expiry_of_any_kind() -> impl Strategy<Value = Expiry> {
    let at =
        (-100_000_000_i64..100_000_000).prop_map(|minutes| Expiry::At(noon() + TimeDelta::minutes(minutes)));
    prop_oneof![Just(Expiry::Never), Just(Expiry::Unknown), at]
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let people = (name(), name(), option::of(name()), option::of(name()));
    let asked = (vec(permission(), 0..60), any_repositories(), expiry_of_any_kind(), any::<bool>());
    (people, asked).prop_map(|((requester, organization, token_name, justification), asked)| {
        let (permissions, repositories, expiry, is_dated) = asked;
        Facts {
            requester: Requester { login: Login::new(&requester), ..facts().requester },
            organization: Login::new(&organization),
            permissions: permissions.into_iter().collect(),
            repositories,
            expiry,
            token_name,
            justification,
            created_at: is_dated.then(noon),
            ..facts()
        }
    })
}

fn any_vote() -> impl Strategy<Value = Vote> {
    ("U[A-Z0-9]{2,12}", name()).prop_map(|(slack, login)| Vote {
        slack: SlackUserId::new(slack),
        login: Login::new(&login),
        ..vote(Verdict::Approve)
    })
}

fn state() -> impl Strategy<Value = State> {
    let note = prop_oneof![
        Just(Note::ContentChanged),
        name().prop_map(|words| Note::RefusedByGitHub(RefusedByGitHub::after(None, 422, &words))),
        name().prop_map(|cause| Note::Paused { cause }),
    ];
    let waiting = (vec(any_vote(), 0..30), option::of(note)).prop_map(|(votes, note)| State::Pending {
        votes,
        note,
        sent: None,
    });
    let over = (vec(any_vote(), 0..30), name(), option::of(name())).prop_map(|(others, by, reason)| {
        let by = By::GitHubUser { id: facts().requester.id, login: Login::new(&by) };
        let ended = Settlement::new(Outcome::Approved, by, Evidence::Told, noon());
        State::Settled(Settlement { others, reason, ..ended })
    });
    prop_oneof![waiting, over]
}

/// Everything a card is made of.
#[derive(Debug, Clone)]
struct Whole {
    request: TokenRequest,
    past: Past,
    groups: BTreeSet<String>,
    answers_for_it: Option<Login>,
    frozen: Option<Frozen>,
    is_requester_linked: bool,
}

fn whole() -> impl Strategy<Value = Whole> {
    let before = option::of((any_facts(), name()));
    let around = (btree_set(name(), 0..20), option::of(name()), any::<bool>(), any::<bool>());
    (any_facts(), state(), before, around).prop_map(|(asked, state, before, around)| {
        let (groups, owner, is_frozen, is_requester_linked) = around;
        let answers_for_it = owner.map(|owner| Login::new(&owner));
        let request = TokenRequest { facts: asked, state, ..pending() };
        let past = match before {
            Some((before, login)) => renewed(&request, before, &login),
            None => Past::FirstToken,
        };
        let why = Why::new(&"x".repeat(Why::LONGEST)).expect("it fits");
        let frozen = is_frozen.then(|| Frozen { by: Freezer::Operator, since: noon(), why });
        Whole { request, past, groups, answers_for_it, frozen, is_requester_linked }
    })
}

/// The same token, approved before for other `facts`.
fn renewed(request: &TokenRequest, facts: Facts, by: &str) -> Past {
    let by = By::GitHubUser { id: request.facts.requester.id, login: Login::new(by) };
    let settled = State::Settled(Settlement::new(Outcome::Approved, by, Evidence::Told, noon()));
    let earlier = TokenRequest { id: RequestId(1), facts, state: settled, ..pending() };
    let past = Past::of(request, &[earlier]);
    assert!(matches!(past, Past::Renewal(_)), "by the token's number");
    past
}

fn rendered(whole: &Whole) -> Message {
    let progress = Needs::new(2, whole.groups.clone()).progress(std::iter::empty());
    let approvers: Vec<_> = whole.groups.iter().cloned().collect();
    card(Shown {
        request: &whole.request,
        approvals: Some(Approvals { progress: &progress, approvers: &approvers }),
        is_requester_linked: whole.is_requester_linked,
        answers_for_it: whole.answers_for_it.as_ref(),
        past: &whole.past,
        frozen: whole.frozen.as_ref(),
    })
}

/// The lines of all rich text on a card.
fn lines(blocks: &Value) -> Vec<String> {
    let blocks = blocks.as_array().expect("a list").iter();
    let passages = blocks.filter_map(|block| block["elements"].as_array()).flatten();
    let passages = passages.filter(|passage| passage["type"] == "rich_text_section");
    let texts = passages.map(|passage| {
        let runs = passage["elements"].as_array().expect("runs").iter();
        runs.map(|run| run["text"].as_str().unwrap_or_default()).collect::<String>()
    });
    texts.flat_map(|text| text.split('\n').map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn marked(expiry: Expiry) -> Option<&'static str> {
    match expiry {
        Expiry::Never => Some("never expires"),
        Expiry::Unknown => Some("GitHub does not say when it expires"),
        Expiry::At(_) => None,
    }
}

proptest! {
    #[test]
    fn where_until_when_and_what_never_ends_are_always_on_the_card(whole in whole()) {
        let facts = &whole.request.facts;
        let message = rendered(&whole);
        let blocks = serde_json::to_value(&message.blocks).unwrap();
        let lines = lines(&blocks);
        let has = |line: &String| lines.contains(line);

        let places = text::clean(&repositories(facts, Room::CARD));
        prop_assert!(!places.is_empty());
        prop_assert!(lines.iter().any(|line| text::clean(line) == text::clean(&format!("Where: {places}"))), "{lines:?}");
        prop_assert!(has(&format!("Until: {}", expiry(facts, noon()))), "{lines:?}");
        if let Some(mark) = marked(facts.expiry) {
            prop_assert!(lines.iter().any(|line| line.starts_with(&format!("⚠ {mark}"))), "{lines:?}");
        }
        let is_renewal = matches!(whole.past, Past::Renewal(_));
        prop_assert_eq!(lines.iter().any(|line| line.starts_with("Before: approved")), is_renewal);
        prop_assert!(violations(&blocks).is_empty(), "{:?}", violations(&blocks));
        prop_assert!(blocks.to_string().contains("\"action_id\":\"details\""));
    }

    #[test]
    fn where_until_when_and_what_never_ends_are_always_in_the_text_beside_it(whole in whole()) {
        let facts = &whole.request.facts;
        let message = rendered(&whole);
        let lines: Vec<_> = message.fallback.as_str().split('\n').collect();
        let line = |label: &str| lines.iter().filter(|line| line.starts_with(label)).count();

        let places = text::escape(&text::clean(&format!("Where: {}", repositories(facts, Room::CARD))));
        prop_assert!(lines.contains(&places.as_str()), "{places}: {lines:?}");
        let until = format!("Until: {}", expiry(facts, noon()));
        prop_assert!(lines.contains(&until.as_str()), "{lines:?}");
        if let Some(mark) = marked(facts.expiry) {
            prop_assert_eq!(line(&format!("Mind: {mark}")), 1, "{:?}", lines);
        }
        prop_assert_eq!(line("Before: approved"), usize::from(matches!(whole.past, Past::Renewal(_))));
    }

    #[test]
    fn the_question_before_an_approval_says_until_when_and_where(whole in whole(), takes_many: bool) {
        let facts = &whole.request.facts;
        let progress = Needs::new(2, whole.groups.clone()).progress(std::iter::empty());
        let approvals = Approvals { progress: &progress, approvers: &[] };
        let room = Room::beside_details(300);

        let asked = consequence(facts, takes_many.then_some(approvals), room);

        prop_assert!(text::weight(&asked) <= 300, "{}", asked);
        let until = match facts.expiry {
            Expiry::Never => "No end date. Where: ".to_owned(),
            Expiry::Unknown => "For a time GitHub does not say. Where: ".to_owned(),
            Expiry::At(at) => format!("Until {}. Where: ", at.format("%-d %b %Y")),
        };
        prop_assert!(asked.starts_with(&until), "{}", asked);
        prop_assert!(asked.contains(" will be able to ") && asked.ends_with('.'), "{}", asked);
        prop_assert_eq!(asked.contains("This takes "), takes_many, "{}", asked);
    }
}
