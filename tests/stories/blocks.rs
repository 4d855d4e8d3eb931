//! Whatever a stranger types, and however much: valid Block Kit that mentions and links nothing.

use countersign::audit::{Action, Actor, Entry, Field, Subject};
use countersign::chance::Chance;
use countersign::ids::{GitHubUserId, Login, OrganizationId, RepositoryId, RequestId, SlackUserId, TokenId};
use countersign::policy::{Approval, Needs};
use countersign::request::{
    Answer, Attempt, Blocked, By, Comment, Compared, Contradiction, Decider, Deciding, Delay, Enrichment,
    Evidence, Expiry, Facts, Level, Note, Outcome, Past, Permission, PermissionGroup, Permissions,
    RefusedByGitHub, Repositories, Repository, Requester, Ruled, Ruling, Said, Sent, Settlement, Slow, State,
    TokenRequest, Verdict, Vote,
};
use countersign::simulator::slack::block_kit::{
    Surface, mentions_and_links, mentions_and_links_in_text, view_violations, violations,
};
use countersign::slack::messages::{self, Whose};
use countersign::slack::views::{self, Candidate, Details};
use countersign::slack::{Approvals, Opened, Several, Shown, Tick, card, unreviewed_line};
use proptest::prelude::*;

use crate::support::noon;

fn any_text() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "",
        " ",
        "\u{0}",
        "\u{202E}",
        "<!channel>",
        "<!everyone>",
        "<@U0ALICE>",
        "<https://evil.example|docs>",
        "@here",
        "*bold*",
        "`",
        "```",
        "&",
        "&amp;",
        ":tada:",
        "\n>>> Approved by alice",
        "🎉",
        "e\u{301}",
    ]);
    (any::<String>(), nasty, 0usize..600).prop_map(|(text, nasty, times)| text + &nasty.repeat(times))
}

fn any_level() -> impl Strategy<Value = Level> {
    prop_oneof![
        Just(Level::Read),
        Just(Level::Write),
        Just(Level::Admin),
        any_text().prop_map(Level::Unknown)
    ]
}

fn any_permissions() -> impl Strategy<Value = Permissions> {
    let group = prop_oneof![
        Just(PermissionGroup::Repository),
        Just(PermissionGroup::Organization),
        any_text().prop_map(PermissionGroup::Unknown)
    ];
    let permission = (group, any_text(), any_level());
    prop::collection::vec(permission, 0..8).prop_map(|all| {
        all.into_iter().map(|(group, name, level)| (Permission { group, name }, level)).collect()
    })
}

fn any_repositories() -> impl Strategy<Value = Repositories> {
    let listed = prop::collection::vec((any_text(), any::<Option<bool>>()), 0..300).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(id, (full_name, private))| Repository { id: RepositoryId(id as u64), full_name, private })
            .collect()
    });
    prop_oneof![
        Just(Repositories::None),
        Just(Repositories::All),
        any_text().prop_map(Repositories::Unknown),
        (listed, any::<Option<u64>>()).prop_map(|(listed, count)| Repositories::Subset { listed, count }),
    ]
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let expiry = prop_oneof![
        Just(Expiry::Never),
        Just(Expiry::Unknown),
        (-9_000_000_000i64..9_000_000_000).prop_map(|seconds| {
            Expiry::At(chrono::DateTime::from_timestamp(seconds, 0).expect("in range"))
        })
    ];
    let texts = (any_text(), any_text(), any::<Option<String>>(), prop::option::of(any_text()));
    (texts, any_permissions(), any_repositories(), expiry).prop_map(
        |(texts, permissions, repositories, expiry)| {
            let (login, organization, token_name, justification) = texts;
            Facts {
                requester: Requester { id: GitHubUserId(1), login: Login::new(&login) },
                organization: Login::new(&organization),
                permissions,
                repositories,
                expiry,
                token: Some(TokenId(1)),
                token_name,
                justification,
                created_at: Some(noon()),
            }
        },
    )
}

fn vote(login: &str) -> Vote {
    Vote {
        slack: SlackUserId::new("U0ALICE"),
        github: GitHubUserId(101),
        login: Login::new(login),
        verdict: Verdict::Approve,
        comment: Comment::new(login).ok().flatten(),
        at: noon(),
        groups: [login.to_owned()].into(),
        is_decider: true,
    }
}

fn any_note() -> impl Strategy<Value = Note> {
    prop_oneof![
        Just(Note::ContentChanged),
        (any_text(), 1..3_u32).prop_map(|(words, times)| {
            Note::RefusedByGitHub(RefusedByGitHub { status: 422, words, times, looked_again: false })
        }),
        any_text().prop_map(|login| Note::RightLapsed { login: Login::new(&login) }),
        Just(Note::NoLongerEnough),
        any_text().prop_map(|rule| Note::RuleLapsed { rule }),
        any_text().prop_map(|login| Note::Withdrawn { login: Login::new(&login) }),
        Just(Note::NotListed { since: noon() }),
        any_text().prop_map(|cause| Note::Paused { cause }),
    ]
}

fn attempt(answer: Option<Answer>) -> Attempt {
    Attempt { at: noon(), deadline: noon(), answer }
}

fn any_state() -> impl Strategy<Value = State> {
    let pending = (any_text(), prop::option::of(any_note())).prop_map(|(login, note)| {
        let sent =
            note.is_some().then(|| Sent { by: Decider::Voter(vote(&login)), others: vec![], reason: None });
        State::Pending { votes: vec![vote(&login)], note, sent }
    });
    let deciding = (any_text(), any_text(), any::<bool>(), any::<bool>()).prop_map(
        |(login, cause, is_slow, is_ruled)| {
            let unclear = Answer::Unclear { cause: cause.clone() };
            let not_taken = Answer::NotTaken { status: 403, words: cause.clone(), until: None };
            State::Deciding(Deciding {
                verdict: Verdict::Approve,
                by: if is_ruled { Decider::Rule(ruled(&login)) } else { Decider::Voter(vote(&login)) },
                others: vec![vote(&login)],
                reason: None,
                judged_at: noon(),
                attempts: vec![attempt(None), attempt(Some(unclear)), attempt(Some(not_taken))],
                made: 9,
                absent_since: None,
                blocked: (!is_slow).then(|| Blocked { since: noon(), cause }),
                slow: Some(Slow { since: noon(), cause: Delay::Silence }),
                refused_before: None,
                sent_before: None,
            })
        },
    );
    let settled = (any_text(), prop::option::of(any_text())).prop_map(|(login, reason)| {
        let by = By::GitHubUser { id: GitHubUserId(5), login: Login::new(&login) };
        State::Settled(Settlement {
            reason,
            contradicted: Some(Contradiction { outcome: Outcome::Approved, by: by.clone() }),
            compared: Some(Compared::Outside { why: login.clone() }),
            ..Settlement::new(Outcome::Denied, by, Evidence::Told, noon())
        })
    });
    let ruled = (any_text(), any::<bool>()).prop_map(|(policy, is_approved)| {
        let outcome = if is_approved { Outcome::Approved } else { Outcome::Denied };
        State::Settled(Settlement::new(outcome, By::Rule { policy }, Evidence::Told, noon()))
    });
    prop_oneof![pending, deciding, settled, ruled]
}

fn ruled(rule: &str) -> Ruled {
    let reason = Comment::new(rule).ok().flatten();
    Ruled { rule: rule.to_owned(), verdict: Verdict::Approve, reason, at: noon(), rules: String::new() }
}

fn any_ruling() -> impl Strategy<Value = Ruling> {
    prop_oneof![
        Just(Ruling::Never),
        any_text().prop_map(|rule| Ruling::Asked(Said::Would { verdict: Verdict::Deny, rule })),
        any_text().prop_map(|rule| Ruling::Asked(Said::UsedUp { rule, cap: 3, answering: None })),
    ]
}

fn any_request() -> impl Strategy<Value = TokenRequest> {
    let asked = (any_facts(), any_state(), any_ruling(), any::<bool>());
    asked.prop_map(|(facts, state, ruling, is_unasked)| TokenRequest {
        is_unasked,
        ruling,
        organization: OrganizationId(9),
        id: RequestId(7),
        key: "r-7f3k2".parse().expect("a key"),
        version: 1,
        installation: None,
        received_at: noon(),
        facts,
        enrichment: Enrichment::Missing,
        state,
    })
}

/// Everything wrong with a message, limits and mentions alike; our own mention of the decider is allowed.
fn wrong(message: &countersign::slack::Message) -> Vec<String> {
    let blocks = serde_json::to_value(&message.blocks).expect("blocks serialise");
    let mentions = mentions_and_links(&blocks).into_iter().filter(|found| !found.contains("U0ALICE"));
    let mut wrong = violations(&blocks, Surface::Message);
    wrong.extend(mentions);
    // A bare address in the fallback is text: it is sent with parsing switched off.
    wrong.extend(
        mentions_and_links_in_text(message.fallback.as_str()).into_iter().filter(|found| found.contains('<')),
    );
    wrong
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_request_gives_valid_messages_that_mention_and_link_nothing(
        request in any_request(),
        before in any_facts(),
        page in 0_u32..10,
        needed in 1_u32..4,
        required in prop::collection::btree_set(any_text(), 0..3),
        voted in prop::collection::vec(any_text().prop_map(|login| vote(&login)), 0..3),
    ) {
        let groups = vec!["approvers".to_owned()];
        let past = past(&request, before);
        let progress = Needs::new(needed, required.clone()).progress(voted.iter().map(Approval::from));
        let approvals = Some(Approvals { progress: &progress, approvers: &groups });
        let shown = Shown {
            request: &request,
            approvals,
            answers_for_it: (page % 2 == 0).then_some(&request.facts.requester.login),
            is_requester_linked: false,
            past: &past,
            frozen: None,
        };

        prop_assert_eq!(wrong(&card(shown)), Vec::<String>::new());
        let whose = if page % 2 == 0 { Whose::Machine } else { Whose::Yours };
        prop_assert_eq!(wrong(&messages::arrival(&request, whose, approvals)), Vec::<String>::new());
        let row = (request.clone(), approvals.map(|approvals| approvals.words(&voted)));
        prop_assert_eq!(wrong(&messages::pending(&[row.clone(), row], 2, Some(&request.facts.organization))), Vec::<String>::new());
        let counts = messages::vote_counts(Approvals { progress: &progress, approvers: &groups }, &groups, &[]);
        prop_assert_eq!(wrong(&messages::words(&counts)), Vec::<String>::new());
        if let State::Settled(settlement) = &request.state {
            prop_assert_eq!(wrong(&messages::told_outcome(&request, whose, settlement)), Vec::<String>::new());
            prop_assert_eq!(wrong(&messages::reply(&request, settlement)), Vec::<String>::new());
        }
        let record = record(request.facts.requester.login.as_str());
        let key = request.key.clone();
        let opened = Opened { key, revision: request.revision(), channel: None, page };
        let details = Details {
            request: &request,
            past: &past,
            approvals,
            record: &record,
            may_approve: page % 2 == 0,
            opened: &opened,
        };
        let tick = Tick { key: request.key.clone(), revision: request.revision() };
        let several = Several { channel: None, chosen: Some((Verdict::Approve, vec![tick])) };
        let candidates = [Candidate { request: &request, past: &past, approvals, answers_for_it: None }];
        let confirmed = |verdict| views::confirm_several(verdict, &candidates, (&[], false), &several);
        for view in [
            views::details(details),
            views::deny(&request, &opened),
            views::decide_several(&candidates, (30, 2), None, &several),
            confirmed(Verdict::Approve),
            confirmed(Verdict::Deny),
        ] {
            let view = serde_json::to_value(view).expect("views serialise");
            prop_assert_eq!(view_violations(&view), Vec::<String>::new());
            let mentions = mentions_and_links(&view["blocks"]).into_iter();
            let by_strangers: Vec<_> = mentions.filter(|found| !found.contains("U0ALICE")).collect();
            prop_assert_eq!(by_strangers, Vec::<String>::new());
        }
        prop_assert_eq!(wrong(&unreviewed_line(&request)), Vec::<String>::new());
    }
}

/// A record in which every word is this.
fn record(text: &str) -> Vec<Entry> {
    let chance = Chance::seeded(7);
    let entry = |action: &Action| Entry {
        at: noon(),
        action: action.clone(),
        actor: Actor::github_user(GitHubUserId(5), &Login::new(text), &chance),
        subject: Subject::default(),
        result: text.to_owned(),
        policies: vec![],
        fields: vec![Field::personal("cause", text, &chance), Field::plain("attempt", text)],
    };
    Action::ALL.iter().chain(Action::ALL).map(entry).collect()
}

/// The same token, approved before for other content.
fn past(request: &TokenRequest, before: Facts) -> Past {
    let at = noon() - chrono::TimeDelta::days(90);
    let settled = Settlement::new(Outcome::Approved, By::Unknown, Evidence::Told, at);
    let earlier =
        TokenRequest { id: RequestId(1), facts: before, state: State::Settled(settled), ..request.clone() };
    Past::of(request, &[earlier])
}
