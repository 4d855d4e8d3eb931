//! Modals: what stands in them while the asker is judged, what they say and what they ask.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::{STRANGE, carol, chain, deciders, frozen, may_end, names, opened, opened_value, outcomes, table};
use crate::audit::{Action, Actor, Entry, Field, Subject};
use crate::chance::Chance;
use crate::ids::{ChannelId, GitHubUserId, Login, SlackUserId};
use crate::policy::{Needs, Progress};
use crate::request::samples::{facts, noon, pending, vote};
use crate::request::{
    Answer, Attempt, Blocked, By, Contradiction, Decider, Deciding, Enrichment, Evidence, Expiry, Facts,
    Level, Note, Outcome, Past, Permission, PermissionGroup, Refusal, RefusedByGitHub, Repositories,
    Repository, Requester, Revision, Sent, Settlement, State, TokenRequest, Verdict,
};
use crate::simulator::slack::block_kit::view_violations;
use crate::slack::tokens::{AsOf, Row};
use crate::slack::views::{self, Candidate, Details, ToRevoke};
use crate::slack::{AT_ONCE, Approvals, Form, Offered, Opened, Preset, Several, Tick, View, messages};
use crate::store::{Mirrored, Presence};
use crate::token::samples::token;
use crate::token::{RevocationId, Token};

fn about() -> Opened {
    let channel = Some(ChannelId::new("C0APPROVALS"));
    Opened { key: pending().key, revision: pending().revision(), channel, page: 0 }
}

fn details(request: &TokenRequest, may_approve: bool) -> View {
    let revision = request.revision();
    looked_at(request, &[], may_approve, &Opened { revision, ..about() })
}

fn looked_at(request: &TokenRequest, record: &[Entry], may_approve: bool, opened: &Opened) -> View {
    let past = &Past::OtherTokens;
    views::details(Details { request, past, approvals: None, record, may_approve, opened })
}

/// What stands under "What happened".
fn history(request: &TokenRequest, record: &[Entry]) -> String {
    let revision = request.revision();
    let screen = opened(&looked_at(request, record, false, &Opened { revision, ..about() }));
    let (_, rest) = screen.split_once("**What happened**\n").expect("the history");
    rest.lines().take_while(|line| !line.starts_with("r-7f3k2")).collect::<Vec<_>>().join("\n")
}

fn deciding() -> Deciding {
    Deciding {
        verdict: Verdict::Approve,
        by: Decider::Voter(vote(Verdict::Approve)),
        others: vec![carol()],
        reason: None,
        judged_at: noon(),
        attempts: vec![],
        made: 0,
        absent_since: None,
        blocked: None,
        slow: None,
        refused_before: None,
        sent_before: None,
    }
}

/// A request for repositories of which GitHub has told `told` and counts `count`.
fn for_repositories(told: u64, count: u64) -> TokenRequest {
    let one = |number: u64| Repository {
        id: crate::ids::RepositoryId(number),
        full_name: format!("acme/service-{number:03}"),
        private: match number % 3 {
            0 => None,
            1 => Some(true),
            _ => Some(false),
        },
    };
    let repositories = Repositories::Subset { listed: (1..=told).map(one).collect(), count: Some(count) };
    TokenRequest { facts: Facts { repositories, ..facts() }, ..pending() }
}

#[test]
fn what_stands_in_a_modal_while_the_asker_is_judged() {
    let forms = chain(|after: Option<&Form>| {
        Some(match after {
            None => Form::Deny,
            Some(Form::Deny) => Form::Details,
            Some(Form::Details) => Form::Link,
            Some(Form::Link) => Form::Revoke,
            Some(Form::Revoke) => Form::DecideSeveral,
            Some(Form::DecideSeveral) => Form::ConfirmSeveral,
            Some(Form::ConfirmSeveral) => return None,
        })
    });

    let rows =
        forms.iter().map(|form| (form.callback_id().to_owned(), opened(&views::checking(*form, &about()))));

    let said = table(rows);
    insta::assert_snapshot!(said);
}

#[test]
fn what_modals_say_and_ask() {
    let rows = [
        ("the form to deny", views::deny(&pending(), &about())),
        ("details", details(&pending(), false)),
        ("details, for who may approve", details(&pending(), true)),
        ("about no request", View::notice("Token request", messages::TRY_AGAIN)),
        ("words", views::words(Form::Link, STRANGE, &about())),
        ("the offer to link accounts", views::sign_in("https://countersign.example.com/link?t=1", &about())),
    ];

    let said = table(rows.map(|(name, view)| (name.to_owned(), opened(&view))));
    insta::assert_snapshot!(said);
}

#[test]
fn the_modal_to_revoke_tokens() {
    let id = RevocationId::parse("0123456789abcdef");
    let mirrored = |key: &str, name: &str| Mirrored {
        token: Token { key: key.parse().unwrap(), name: Some(name.to_owned()), ..token() },
        presence: Presence::Active,
        first_seen_at: noon(),
        seen_at: noon(),
        gone_at: None,
        listed_at: None,
    };
    let row = |key: &str, name: &str, owner: Option<&str>| Row {
        mirrored: mirrored(key, name),
        owner: owner.map(SlackUserId::new),
        revoked_by: None,
    };
    let rows = [row("t-1", "deploy-bot", Some("U0OCTOCAT")), row("t-2", STRANGE, None)];
    let (first, last) = (Offered { id: id.clone(), page: 0 }, Offered { id, page: 1 });
    let left_out = [(Login::new("globex"), "The App is suspended there.".to_owned())];
    let as_of = [("acme", Some(noon())), ("initech", None)].map(|(login, at)| AsOf {
        organization: Login::new(login),
        at,
        unreadable: 0,
    });
    let one = ToRevoke {
        offered: &first,
        rows: &rows[..1],
        count: 1,
        all: 1,
        under_way: 0,
        is_own: true,
        left_out: &[],
        as_of: &as_of[..1],
        now: noon(),
    };
    let several = ToRevoke {
        rows: &rows,
        count: 2,
        all: 2,
        under_way: 1,
        is_own: false,
        left_out: &left_out,
        as_of: &as_of,
        ..one
    };
    let pages = ToRevoke { rows: &rows, count: 22, all: 5_000, under_way: 2, is_own: false, ..one };
    let rows = [
        ("one's own", views::revoke(&one)),
        ("several", views::revoke(&several)),
        ("many", views::revoke(&pages)),
        (
            "the last page of many",
            views::revoke(&ToRevoke { offered: &last, all: 22, under_way: 0, ..pages }),
        ),
    ];

    let said = table(rows.map(|(name, view)| (name.to_owned(), opened(&view))));
    insta::assert_snapshot!(said);
}

/// Octocat's request, one that a stranger may have written, and one that takes two.
fn some_that_wait() -> [TokenRequest; 3] {
    let strange = Facts {
        requester: Requester { login: Login::new(STRANGE), ..facts().requester },
        repositories: Repositories::All,
        expiry: Expiry::Never,
        ..facts()
    };
    let keyed = |key: &str, facts| TokenRequest { key: key.parse().unwrap(), facts, ..pending() };
    [pending(), keyed("r-8f3k2", strange), keyed("r-9f3k2", for_repositories(12, 12).facts)]
}

fn candidates<'a>(requests: &'a [TokenRequest], progress: &'a [Progress; 2]) -> Vec<Candidate<'a>> {
    const APPROVERS: &[String] = &[];
    let candidate = |(number, request)| Candidate {
        request,
        past: if number == 0 { &Past::OtherTokens } else { &Past::FirstToken },
        approvals: Some(Approvals { progress: &progress[usize::from(number == 2)], approvers: APPROVERS }),
        answers_for_it: None,
    };
    requests.iter().enumerate().map(candidate).collect()
}

fn both_kinds_of_progress() -> [Progress; 2] {
    [1, 2].map(|needed| Needs::new(needed, BTreeSet::new()).progress(std::iter::empty()))
}

#[test]
fn the_two_steps_to_decide_several_requests() {
    let (requests, progress) = (some_that_wait(), both_kinds_of_progress());
    let candidates = candidates(&requests, &progress);
    let channel = Some(ChannelId::new("C0APPROVALS"));
    let first = Several { channel: channel.clone(), chosen: None };
    let tick = |one: &TokenRequest| Tick { key: one.key.clone(), revision: one.revision() };
    let second = |verdict| Several {
        channel: channel.clone(),
        chosen: Some((verdict, requests.iter().map(tick).collect())),
    };
    let left_out = [messages::left_out(&pending().key, &Refusal::ContentChanged)];
    let confirm = |verdict, left_out: &[String]| {
        opened(&views::confirm_several(verdict, &candidates, (left_out, false), &second(verdict)))
    };

    let rows = [
        ("choosing", opened(&views::decide_several(&candidates, (3, 0), None, &first))),
        (
            "more than fit, and frozen",
            opened(&views::decide_several(&candidates[..1], (37, 2), Some(&frozen()), &first)),
        ),
        ("approving", confirm(Verdict::Approve, &[])),
        ("denying, with one left out", confirm(Verdict::Deny, &left_out)),
    ];

    let said = table(rows.map(|(name, screen)| (name.to_owned(), screen)));
    insta::assert_snapshot!(said);
}

/// None of what is confirmed may be cut away.
#[test]
fn as_many_as_are_decided_at_once_have_room_however_long_they_are() {
    let permission =
        |letter: char| Permission { group: PermissionGroup::Repository, name: letter.to_string().repeat(20) };
    let longest = Facts {
        requester: Requester { login: Login::new(&"&".repeat(7)), ..facts().requester },
        organization: Login::new(&"o".repeat(39)),
        permissions: ('a'..='g').map(|letter| (permission(letter), Level::Unknown("?".repeat(9)))).collect(),
        repositories: Repositories::Unknown("r".repeat(40)),
        expiry: Expiry::Unknown,
        justification: Some("&".repeat(900)),
        ..facts()
    };
    let groups = (0..2).map(|group| format!("a-group-with-a-long-name-{group}")).collect();
    let progress = Needs::new(20, groups).progress(std::iter::empty());
    let keyed = |number: usize| {
        let key = format!("r-7f3{number:02}").replace('0', "x").replace('1', "y").parse().unwrap();
        TokenRequest { key, facts: longest.clone(), ..pending() }
    };
    let requests: Vec<_> = (0..AT_ONCE).map(keyed).collect();
    let approvals = Some(Approvals { progress: &progress, approvers: &[] });
    let candidate = |request| Candidate { request, past: &Past::Unknown, approvals, answers_for_it: None };
    let candidates: Vec<_> = requests.iter().map(candidate).collect();
    let several = Several { channel: None, chosen: None };
    assert!(candidates.iter().all(|candidate| candidate.is_told_whole()));
    let left_out: Vec<_> = (1..AT_ONCE).map(|_| format!("r-8f3k2. {}", "why ".repeat(300))).collect();

    let views = [
        views::decide_several(&candidates, (500, 20), Some(&frozen()), &several),
        views::confirm_several(Verdict::Approve, &candidates, (&[], true), &several),
        views::confirm_several(Verdict::Deny, &candidates, (&left_out, false), &several),
    ];

    for view in views {
        let view = serde_json::to_value(view).unwrap();
        assert_eq!(view_violations(&view), Vec::<String>::new(), "{view}");
        let screen = opened_value(&view);
        assert_eq!(screen.matches("r-7f3").count(), AT_ONCE, "{screen}");
        assert!(!screen.contains("… and "), "{screen}");
    }
    let confirming =
        opened(&views::confirm_several(Verdict::Approve, &candidates, (&left_out, true), &several));
    assert_eq!(confirming.matches("⚠ UNKNOWN").count(), 7 * AT_ONCE, "{confirming}");
}

/// It would be approved unread.
#[test]
fn what_can_not_be_told_whole_is_not_confirmed_together_with_others() {
    let is_told_whole = |facts: Facts| {
        let request = TokenRequest { facts, ..pending() };
        let candidate =
            Candidate { request: &request, past: &Past::OtherTokens, approvals: None, answers_for_it: None };
        let several = Several { channel: None, chosen: None };
        let screen = opened(&views::confirm_several(Verdict::Approve, &[candidate], (&[], false), &several));
        let is_cut = screen.contains(" more") || screen.contains('…');
        assert!(!candidate.is_told_whole() || !is_cut, "{screen}");
        candidate.is_told_whole()
    };
    let permission = |number| {
        let name = format!("permission_{number}");
        (Permission { group: PermissionGroup::Repository, name }, Level::Write)
    };
    let asking = |many: u32| Facts { permissions: (0..many).map(permission).collect(), ..facts() };

    // More than a card names.
    assert!(is_told_whole(asking(14)));
    assert!(is_told_whole(for_repositories(12, 12).facts));
    assert!(is_told_whole(Facts { repositories: Repositories::All, ..facts() }));
    // What has no room, and what GitHub has not told.
    assert!(!is_told_whole(asking(60)));
    assert!(!is_told_whole(for_repositories(150, 150).facts));
    assert!(!is_told_whole(for_repositories(12, 40).facts));
    assert!(!is_told_whole(for_repositories(0, 3).facts));
}

/// What its card says has to be read here, too.
#[test]
fn what_its_card_says_beside_that_is_in_the_confirmation() {
    let sent = Sent { by: Decider::Voter(vote(Verdict::Approve)), others: vec![], reason: None };
    let note = Note::RefusedByGitHub(RefusedByGitHub::after(None, 422, "no"));
    let request = TokenRequest {
        facts: Facts { justification: Some("for the release".to_owned()), ..facts() },
        state: State::Pending { votes: vec![], note: Some(note), sent: Some(sent) },
        ..pending()
    };
    let owner = Login::new("bob");
    let candidate = Candidate {
        request: &request,
        past: &Past::OtherTokens,
        approvals: None,
        answers_for_it: Some(&owner),
    };
    let several = Several { channel: None, chosen: None };

    let screen = opened(&views::confirm_several(Verdict::Approve, &[candidate], (&[], false), &several));

    for said in [
        "For: octocat (bob answers for it)",
        "GitHub refused the review (422): no",
        "was sent to GitHub and never answered",
        "They say: “for the release”",
    ] {
        assert!(screen.contains(said), "{said}: {screen}");
    }
}

#[test]
fn what_was_tried_so_far() {
    let answers = chain(|after: Option<&Option<Answer>>| {
        Some(Some(match after {
            None => return Some(None),
            Some(None) => Answer::Confirmed,
            Some(Some(Answer::Confirmed)) => Answer::Refused { status: 422, words: STRANGE.to_owned() },
            Some(Some(Answer::Refused { .. })) => {
                Answer::NotTaken { status: 403, words: STRANGE.to_owned(), until: None }
            }
            Some(Some(Answer::NotTaken { .. })) => Answer::StillListed,
            Some(Some(Answer::StillListed)) => {
                Answer::Unclear { cause: "the connection was lost".to_owned() }
            }
            Some(Some(Answer::Unclear { .. })) => return None,
        }))
    });
    let unsent = Answer::NotTaken { status: 0, words: "no connection".to_owned(), until: None };
    let told = |answer| {
        let attempts = vec![Attempt { at: noon(), deadline: noon(), answer }];
        let blocked = Some(Blocked { since: noon(), cause: STRANGE.to_owned() });
        let state = State::Deciding(Deciding { attempts, made: 1, blocked, ..deciding() });
        history(&TokenRequest { state, ..pending() }, &[])
    };

    let all = answers.into_iter().chain([Some(unsent)]);
    let said = table(all.map(|answer| (answer.as_ref().map_or("no answer".to_owned(), names), told(answer))));
    insta::assert_snapshot!(said);
}

#[test]
fn many_attempts_are_counted() {
    let attempt = |_| Attempt { at: noon(), deadline: noon(), answer: Some(Answer::StillListed) };
    let state = State::Deciding(Deciding { attempts: (0..6).map(attempt).collect(), made: 14, ..deciding() });

    let said = history(&TokenRequest { state, ..pending() }, &[]);
    insta::assert_snapshot!(said);
}

#[test]
fn details_that_were_overtaken_or_take_pages() {
    let other = Opened { revision: Revision::from_text("00ff"), ..about() };
    let shown = |request: &TokenRequest, page| {
        let revision = request.revision();
        opened(&looked_at(request, &[], true, &Opened { revision, page, ..about() }))
    };
    let many = for_repositories(104, 120);

    let rows = [
        ("changed meanwhile", opened(&looked_at(&for_repositories(60, 60), &[], true, &other))),
        ("the first page", shown(&many, 0)),
        ("the one in the middle", shown(&many, 1)),
        ("the last page", shown(&many, 2)),
        ("beyond it", shown(&many, 9)),
    ];

    // The pages differ in their ends alone.
    let shortened = rows.map(|(name, screen)| {
        let lines: Vec<_> = screen.lines().filter(|line| !line.starts_with("service-0")).collect();
        (name.to_owned(), lines.join("\n"))
    });
    let said = table(shortened);
    insta::assert_snapshot!(said);
}

#[test]
fn what_github_has_not_told_yet() {
    let progress = chain(|after: Option<&Enrichment>| {
        Some(match after {
            None => Enrichment::Waiting,
            Some(Enrichment::Waiting) => Enrichment::Missing,
            Some(Enrichment::Missing) => Enrichment::Complete,
            Some(Enrichment::Complete) => return None,
        })
    });
    let untold = Facts { justification: None, token_name: None, ..facts() };

    let said = table(progress.into_iter().map(|enrichment| {
        let request = TokenRequest { enrichment, facts: untold.clone(), ..pending() };
        (names(&enrichment), opened(&details(&request, false)))
    }));
    insta::assert_snapshot!(said);
}

#[test]
fn what_happened_to_a_request_that_waits() {
    let notes = chain(|after: Option<&Note>| {
        Some(match after {
            None => Note::ContentChanged,
            Some(Note::ContentChanged) => Note::RefusedByGitHub(RefusedByGitHub::after(None, 422, STRANGE)),
            Some(Note::RefusedByGitHub(_)) => Note::RightLapsed { login: Login::new("alice") },
            Some(Note::RightLapsed { .. }) => Note::NoLongerEnough,
            Some(Note::NoLongerEnough) => Note::RuleLapsed { rule: "read-only-short".to_owned() },
            Some(Note::RuleLapsed { .. }) => Note::Withdrawn { login: Login::new("alice") },
            Some(Note::Withdrawn { .. }) => Note::NotListed { since: noon() },
            Some(Note::NotListed { .. }) => Note::Paused { cause: STRANGE.to_owned() },
            Some(Note::Paused { .. }) => return None,
        })
    });
    let waiting =
        |votes, note, sent| TokenRequest { state: State::Pending { votes, note, sent }, ..pending() };
    let sent = |verdict| Sent { by: Decider::Voter(vote(verdict)), others: vec![], reason: None };

    let noted = notes.into_iter().map(|note| (names(&note), waiting(vec![], Some(note), None)));
    let others = [
        ("nothing", waiting(vec![], None, None)),
        ("one vote", waiting(vec![carol()], None, None)),
        ("an approval without an answer", waiting(vec![], None, Some(sent(Verdict::Approve)))),
        ("a denial without an answer", waiting(vec![], None, Some(sent(Verdict::Deny)))),
    ];
    let all = noted.chain(others.map(|(name, request)| (name.to_owned(), request)));
    let said = table(all.map(|(name, request)| (name, history(&request, &[]))));
    insta::assert_snapshot!(said);
}

#[test]
fn what_happened_to_a_request_that_is_over() {
    let over = |settlement| TokenRequest { state: State::Settled(settlement), ..pending() };
    let ends = outcomes().into_iter().flat_map(|outcome| {
        let by = deciders().into_iter().filter(move |by| may_end(outcome, by));
        by.map(move |by| {
            let name = format!("{outcome:?} by {}", names(&by));
            let reason = (outcome == Outcome::Denied).then(|| STRANGE.to_owned());
            (name, Settlement { reason, ..Settlement::new(outcome, by, Evidence::Told, noon()) })
        })
    });
    let contradicted = |by: By| {
        let end = Settlement::new(Outcome::Approved, By::from(&carol()), Evidence::Answered, noon());
        let also = Contradiction { outcome: Outcome::Denied, by: by.clone() };
        (format!("contradicted by {}", names(&by)), Settlement { contradicted: Some(also), ..end })
    };
    let all = ends.chain(deciders().into_iter().map(contradicted));
    let mut rows: Vec<_> = all.map(|(name, end)| (name, history(&over(end), &[]))).collect();
    let end = Settlement::new(Outcome::Approved, By::Unknown, Evidence::Told, noon());
    let unasked = TokenRequest { is_unasked: true, ..over(end) };
    rows.push(("granted without review".to_owned(), history(&unasked, &[])));

    let said = table(rows);
    insta::assert_snapshot!(said);
}

/// Every entry, the same for each action.
fn recorded(action: &Action, minute: i64) -> Entry {
    let chance = Chance::seeded(7);
    let (actor, result, field) = match action {
        Action::RequestEnriched => (Actor::Service, "the list does not show it", None),
        Action::ClickRefused => {
            (Actor::slack_user(&SlackUserId::new("U0BOB"), &chance), "refused: not_an_approver", None)
        }
        Action::VoteAccepted => {
            let comment = Field::personal("comment", STRANGE, &chance);
            (Actor::slack_user(&SlackUserId::new("U0ALICE"), &chance), "done", Some(comment))
        }
        Action::VoteLapsed | Action::VoteWithdrawn | Action::CheckAsked => {
            (Actor::slack_user(&SlackUserId::new("U0CAROL"), &chance), "done", None)
        }
        Action::DecisionReturned => (
            Actor::slack_user(&SlackUserId::new("U0ALICE"), &chance),
            "withdrawn before GitHub was told",
            None,
        ),
        Action::DecisionBlocked | Action::RequestPaused => {
            (Actor::Service, "waits for people", Some(Field::personal("cause", STRANGE, &chance)))
        }
        Action::DecisionCompared => {
            let monalisa = Actor::github_user(GitHubUserId(102), &Login::new("monalisa"), &chance);
            (monalisa, "outside policy", Some(Field::personal("why", STRANGE, &chance)))
        }
        Action::ReviewAttempted => (Actor::Service, "approve", Some(Field::plain("attempt", "2"))),
        Action::ReviewAnswered => (Actor::Service, "not taken: 403", None),
        Action::RequestContradicted => (Actor::Service, "GitHub now says: denied", None),
        _ => (Actor::Service, "done", None),
    };
    Entry {
        at: noon() + TimeDelta::minutes(minute),
        action: action.clone(),
        actor,
        subject: Subject::default(),
        result: result.to_owned(),
        policies: vec![],
        fields: field.into_iter().collect(),
    }
}

#[test]
fn what_the_record_tells() {
    let record: Vec<_> =
        Action::ALL.iter().zip(1..).map(|(action, minute)| recorded(action, minute)).collect();
    let said = |entry: &Entry| {
        let told = history(&pending(), std::slice::from_ref(entry));
        told.lines().skip(1).collect::<Vec<_>>().join("\n")
    };

    let said = table(record.iter().map(|entry| (entry.action.name().to_owned(), said(entry))));
    insta::assert_snapshot!(said);
}

#[test]
fn of_a_long_record_the_newest_is_told() {
    let mut record: Vec<_> = (1..=40).map(|minute| recorded(&Action::ReviewAttempted, minute)).collect();
    // A vote that decides, and who it was has been forgotten since.
    let mut denial = recorded(&Action::VoteAccepted, 41);
    denial.forget("U0ALICE");
    record.extend([denial, Entry { result: "deny".to_owned(), ..recorded(&Action::DecisionMade, 41) }]);
    let state = State::Settled(Settlement::new(Outcome::Denied, By::Unknown, Evidence::Told, noon()));

    let said = history(&TokenRequest { state, ..pending() }, &record);
    assert_eq!(said.lines().filter(|line| line.starts_with("GitHub was told")).count(), 29);
    let ends = said.lines().enumerate().filter(|(number, _)| *number < 4 || *number > 29);
    let said = ends.map(|(_, line)| line).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(said);
}

#[test]
fn reasons_to_deny() {
    let presets = chain(|after: Option<&Preset>| {
        Some(match after {
            None => Preset::TooBroad,
            Some(Preset::TooBroad) => Preset::TooLong,
            Some(Preset::TooLong) => Preset::Unexplained,
            Some(Preset::Unexplained) => Preset::UseAnApp,
            Some(Preset::UseAnApp) => Preset::NotExpected,
            Some(Preset::NotExpected) => return None,
        })
    });
    assert_eq!(presets, Preset::ALL);

    let said = table(presets.iter().map(|preset| (preset.label().to_owned(), preset.words().to_owned())));
    insta::assert_snapshot!(said);
}
