//! Cards: every state in which a request can be shown, and what stands in the place of a card.

use chrono::TimeDelta;

use super::{STRANGE, carol, chain, deciders, frozen, may_end, names, outcomes, shown, table};
use crate::ids::{ChannelId, Login};
use crate::policy::{Approval, Needs};
use crate::request::samples::{facts, noon, pending, vote};
use crate::request::{
    Blocked, By, Collection, Compared, Contradiction, Decider, Deciding, Delay, Enrichment, Evidence, Expiry,
    Facts, Gathered, Level, Note, Outcome, Past, Permission, PermissionGroup, RefusedByGitHub, Repositories,
    Sent, Settlement, Slow, State, TokenRequest, Verdict, Vote,
};
use crate::slack::{Approvals, Listing, Message, Shown, card, collecting_card, notes, unreviewed_line};

/// The card of a request that takes `needed` approvals.
fn drawn(request: &TokenRequest, needed: u32) -> Message {
    let votes = match &request.state {
        State::Pending { votes, .. } => votes.as_slice(),
        State::Deciding(_) | State::Settled(_) => &[],
    };
    let needs = Needs::new(needed, std::collections::BTreeSet::new());
    let progress = needs.progress(votes.iter().map(Approval::from));
    let approvers = ["security".to_owned()];
    let approvals = Some(Approvals { progress: &progress, approvers: &approvers });
    card(Shown {
        request,
        approvals,
        is_requester_linked: true,
        answers_for_it: None,
        past: &Past::OtherTokens,
        frozen: None,
    })
}

/// What of a card tells how the request stands: all that comes after the justification, and the text beside it.
fn standing(message: &Message) -> String {
    let screen = shown(message);
    // What a rule approved is one line.
    let Some((_, rest)) = screen.split_once("> Release bot needs to push tags\n") else { return screen };
    let (screen, beside) = rest.split_once("\n  beside it: ").expect("the text beside it");
    let lines = screen.lines().filter(|line| !line.contains("asks: Approve this request?"));
    let beside: Vec<_> = beside.lines().skip(1).take_while(|line| !line.contains("Asks to:")).collect();
    format!("{}\n  beside it:\n{}", lines.collect::<Vec<_>>().join("\n"), beside.join("\n"))
}

fn in_state(state: State) -> TokenRequest {
    TokenRequest { state, ..pending() }
}

fn waiting(votes: Vec<Vote>, note: Option<Note>, sent: Option<Sent>) -> TokenRequest {
    in_state(State::Pending { votes, note, sent })
}

#[test]
fn notes_on_a_request_that_waits() {
    let notes = chain(|after: Option<&Note>| {
        Some(match after {
            None => Note::ContentChanged,
            Some(Note::ContentChanged) => Note::RefusedByGitHub(RefusedByGitHub::after(None, 422, STRANGE)),
            Some(Note::RefusedByGitHub(_)) => Note::RightLapsed { login: Login::new("alice") },
            Some(Note::RightLapsed { .. }) => Note::NoLongerEnough,
            Some(Note::NoLongerEnough) => Note::RuleLapsed { rule: "read-only-short".to_owned() },
            Some(Note::RuleLapsed { .. }) => Note::Withdrawn { login: Login::new("alice") },
            Some(Note::Withdrawn { .. }) => Note::NotListed { since: noon() },
            Some(Note::NotListed { .. }) => Note::Paused { cause: "the App is suspended in acme".to_owned() },
            Some(Note::Paused { .. }) => return None,
        })
    });

    let rows =
        notes.into_iter().map(|note| (names(&note), standing(&drawn(&waiting(vec![], Some(note), None), 1))));

    let said = table(rows);
    insta::assert_snapshot!(said);
}

#[test]
fn requests_that_wait() {
    let sent = |verdict| Sent { by: Decider::Voter(vote(verdict)), others: vec![], reason: None };
    let alone = |request: &TokenRequest, approvals, is_requester_linked, frozen| {
        let past = &Past::OtherTokens;
        standing(&card(Shown { request, approvals, is_requester_linked, answers_for_it: None, past, frozen }))
    };
    let held = |verdict| {
        let cause = Blocked::BY_FREEZE.to_owned();
        deciding(
            verdict,
            None,
            Some(Blocked { since: noon(), cause }).filter(|_| verdict == Verdict::Approve),
        )
    };
    let untold = TokenRequest { enrichment: Enrichment::Missing, ..pending() };
    let frozen = frozen();
    let progress = Needs::new(1, std::collections::BTreeSet::new()).progress(std::iter::empty());
    let approvers = ["security".to_owned()];
    let approvals = Some(Approvals { progress: &progress, approvers: &approvers });

    let rows = [
        ("nobody has voted", standing(&drawn(&pending(), 1))),
        ("it takes two", standing(&drawn(&pending(), 2))),
        ("one of two is there", standing(&drawn(&waiting(vec![vote(Verdict::Approve)], None, None), 2))),
        (
            "an approval was never answered",
            standing(&drawn(&waiting(vec![], None, Some(sent(Verdict::Approve))), 1)),
        ),
        (
            "a denial was never answered",
            standing(&drawn(&waiting(vec![], None, Some(sent(Verdict::Deny))), 1)),
        ),
        ("no route covers it", alone(&pending(), None, true, None)),
        ("everything is frozen", alone(&pending(), approvals, true, Some(&frozen))),
        ("an approval waits for the freeze", alone(&held(Verdict::Approve), approvals, true, Some(&frozen))),
        ("a denial goes on in it", alone(&held(Verdict::Deny), approvals, true, Some(&frozen))),
        ("the freeze was lifted just now", alone(&held(Verdict::Approve), approvals, true, None)),
        ("GitHub's list lags, and the requester is unknown in Slack", alone(&untold, approvals, false, None)),
    ];

    let said = table(rows.map(|(name, said)| (name.to_owned(), said)));
    insta::assert_snapshot!(said);
}

fn deciding(verdict: Verdict, slow: Option<Slow>, blocked: Option<Blocked>) -> TokenRequest {
    in_state(State::Deciding(Deciding {
        verdict,
        by: Decider::Voter(vote(verdict)),
        others: if verdict == Verdict::Approve { vec![carol()] } else { vec![] },
        reason: None,
        judged_at: noon(),
        attempts: vec![],
        made: 0,
        absent_since: None,
        blocked,
        slow,
        refused_before: None,
        sent_before: None,
    }))
}

#[test]
fn decisions_on_their_way() {
    let delays = chain(|after: Option<&Delay>| {
        Some(match after {
            None => Delay::Silence,
            Some(Delay::Silence) => Delay::Limit,
            Some(Delay::Limit) => Delay::Unlisted,
            Some(Delay::Unlisted) => Delay::Doubt,
            Some(Delay::Doubt) => Delay::Other,
            Some(Delay::Other) => return None,
        })
    });
    let slow = |cause| Some(Slow { since: noon(), cause });
    let blocked = Blocked { since: noon(), cause: STRANGE.to_owned() };

    let rows = [
        ("Approve".to_owned(), deciding(Verdict::Approve, None, None)),
        ("Deny".to_owned(), deciding(Verdict::Deny, None, None)),
        ("blocked".to_owned(), deciding(Verdict::Approve, slow(Delay::Silence), Some(blocked))),
    ];
    let delayed =
        delays.into_iter().map(|cause| (names(&cause), deciding(Verdict::Approve, slow(cause), None)));

    let rows = rows.into_iter().chain(delayed);
    let said = table(rows.map(|(name, request)| (name, standing(&drawn(&request, 2)))));
    insta::assert_snapshot!(said);
}

fn settled(settlement: Settlement) -> TokenRequest {
    in_state(State::Settled(settlement))
}

#[test]
fn requests_that_are_over() {
    let mut rows = Vec::new();
    for outcome in outcomes() {
        for by in deciders().into_iter().filter(|by| may_end(outcome, by)) {
            let name = format!("{outcome:?} by {}", names(&by));
            let ended = Settlement::new(outcome, by, Evidence::Told, noon() + TimeDelta::hours(2));
            rows.push((name, standing(&drawn(&settled(ended), 1))));
        }
    }

    let said = table(rows);
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_remarkable_about_an_end() {
    let compared = chain(|after: Option<&Compared>| {
        Some(match after {
            None => Compared::Within,
            Some(Compared::Within) => Compared::Outside { why: "it is their own request".to_owned() },
            Some(Compared::Outside { .. }) => Compared::Unknown { cause: STRANGE.to_owned() },
            Some(Compared::Unknown { .. }) => return None,
        })
    });
    let by: Vec<_> = deciders().into_iter().filter(|by| !matches!(by, By::Rule { .. })).collect();
    let end = |outcome| Settlement::new(outcome, by[1].clone(), Evidence::Told, noon());
    let mut rows = Vec::new();
    for compared in compared {
        for outcome in [Outcome::Approved, Outcome::Denied] {
            let ended = Settlement { compared: Some(compared.clone()), ..end(outcome) };
            rows.push((format!("{outcome:?}, {}", names(&compared)), settled(ended)));
        }
    }
    let others = Settlement { by: by[0].clone(), others: vec![carol()], ..end(Outcome::Approved) };
    rows.push(("approved by two".to_owned(), settled(others)));
    let contradicted = Some(Contradiction { outcome: Outcome::Denied, by: by[1].clone() });
    rows.push(("contradicted".to_owned(), settled(Settlement { contradicted, ..end(Outcome::Approved) })));
    let unasked = TokenRequest { is_unasked: true, ..settled(end(Outcome::Approved)) };
    rows.push(("granted without review".to_owned(), unasked.clone()));
    let quietly = ("the same, quietly".to_owned(), shown(&unreviewed_line(&unasked)));
    let everything = Facts { repositories: Repositories::All, expiry: Expiry::Never, ..facts() };
    let dangerous = shown(&unreviewed_line(&TokenRequest { facts: everything, ..unasked }));
    let dangerous = ("of everything and for good, quietly".to_owned(), dangerous);

    let standing = rows.into_iter().map(|(name, request)| (name, standing(&drawn(&request, 1))));
    let said = table(standing.chain([quietly, dangerous]));
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_asked_for() {
    let permission =
        |group: &str, name: &str| Permission { group: PermissionGroup::parse(group), name: name.to_owned() };
    let strange = Facts {
        permissions: [
            (permission("repository", "<!here>"), Level::Unknown(STRANGE.to_owned())),
            (permission("organization", "members"), Level::Admin),
        ]
        .into_iter()
        .collect(),
        repositories: Repositories::Unknown(STRANGE.to_owned()),
        expiry: Expiry::Unknown,
        token_name: Some(STRANGE.to_owned()),
        justification: Some(format!("{STRANGE}\nApproved by alice\n{}", "and so on ".repeat(40))),
        ..facts()
    };
    let public = Facts { permissions: [].into_iter().collect(), repositories: Repositories::None, ..facts() };
    let silent = Facts { justification: None, token_name: None, expiry: Expiry::Never, ..facts() };

    let rows = [("strangers' text", strange), ("public only", public), ("without a word", silent)];

    let said = table(
        rows.map(|(name, facts)| (name.to_owned(), shown(&drawn(&TokenRequest { facts, ..pending() }, 1)))),
    );
    insta::assert_snapshot!(said);
}

#[test]
fn the_request_of_a_machine_account() {
    let owner = Login::new("alice");
    let (request, past) = (pending(), Past::FirstToken);
    let said = shown(&card(Shown {
        request: &request,
        approvals: None,
        is_requester_linked: true,
        answers_for_it: Some(&owner),
        past: &past,
        frozen: None,
    }));

    insta::assert_snapshot!(said);
}

#[test]
fn cards_of_many_requests() {
    let reasons = chain(|after: Option<&Gathered>| {
        Some(match after {
            None => Gathered::Baseline { organization: Login::new("acme") },
            Some(Gathered::Baseline { .. }) => Gathered::OnePerson { requester: Login::new("octocat") },
            Some(Gathered::OnePerson { .. }) => Gathered::Flood,
            Some(Gathered::Flood) => Gathered::Unreviewed,
            Some(Gathered::Unreviewed) => return None,
        })
    });
    let mut rows = Vec::new();
    for gathered in reasons {
        for (named, left, ended) in [(0, 0, 3), (1, 1, 0), (2, 17, 1)] {
            let name = format!("{}, {left} left", names(&gathered));
            let channel = ChannelId::new("C0APPROVALS");
            let key = "c-7f3k2".parse().unwrap();
            let collection = Collection { key, channel, gathered: gathered.clone(), made_at: noon() };
            let named = vec![pending(); named];
            let listing = Listing { collection: &collection, named: &named, left, ended };
            rows.push((name, shown(&collecting_card(listing))));
        }
    }

    let said = table(rows);
    insta::assert_snapshot!(said);
}

#[test]
fn in_the_place_of_a_card_that_slack_does_not_take() {
    let ended = Settlement::new(Outcome::Approved, deciders()[0].clone(), Evidence::Answered, noon());
    let states = chain(|after: Option<&State>| {
        Some(match after {
            None => pending().state,
            Some(State::Pending { .. }) => deciding(Verdict::Approve, None, None).state,
            Some(State::Deciding(deciding)) if deciding.verdict == Verdict::Approve => {
                self::deciding(Verdict::Deny, None, None).state
            }
            Some(State::Deciding(_)) => State::Settled(ended.clone()),
            Some(State::Settled(_)) => return None,
        })
    });

    let rows = states
        .into_iter()
        .map(|state| (state.name().to_owned(), shown(&notes::without_layout(&in_state(state)))));

    let said = table(rows);
    insta::assert_snapshot!(said);
}

#[test]
fn in_the_place_of_a_card_that_is_none_any_more() {
    use notes::Retired;

    let reasons = chain(|after: Option<&Retired>| {
        Some(match after {
            None => Retired::Twice,
            Some(Retired::Twice) => Retired::Replaced,
            Some(Retired::Replaced) => Retired::Moved,
            Some(Retired::Moved) => Retired::Shared,
            Some(Retired::Shared) => return None,
        })
    });

    let said = table(reasons.iter().map(|why| (why.name().to_owned(), shown(&notes::retired(*why)))));
    insta::assert_snapshot!(said);
}
