//! What people are told of what is their own.

use serde_json::Value;

use super::{STRANGE, chain, frozen, names, shown, table};
use crate::ids::{Login, SlackUserId};
use crate::request::samples::{noon, pending};
use crate::request::{NotNudged, REST, Refusal, Requester, TokenRequest};
use crate::simulator::slack::block_kit::home_violations;
use crate::simulator::slack::render;
use crate::slack::home::{self, Home, HomeView, ToDecide};
use crate::slack::mine::{self, Mine, OwnRequest};
use crate::slack::tokens::{AsOf, Row};
use crate::store::{Mirrored, Presence};
use crate::token::samples::token;
use crate::token::{Sort, Token};

fn row(token: Token) -> Row {
    let mirrored = Mirrored {
        token,
        presence: Presence::Active,
        first_seen_at: noon(),
        seen_at: noon(),
        gone_at: None,
        listed_at: Some(noon()),
    };
    Row { mirrored, owner: None, revoked_by: None }
}

fn own() -> OwnRequest {
    let deciders = Some("Can be decided by anybody in: security. One approval is enough.".to_owned());
    OwnRequest { request: pending(), deciders, nudged_at: None }
}

fn mine() -> Mine {
    Mine {
        waiting: vec![],
        waiting_count: 0,
        tokens: vec![],
        count: 0,
        is_continued: false,
        next: None,
        as_of: vec![AsOf { organization: Login::new("acme"), at: Some(noon()), unreadable: 0 }],
        is_all_read: true,
        suspended: vec![],
        unseen: vec![],
        now: noon(),
    }
}

fn said(all: Mine) -> String {
    shown(&mine::mine(&all, "/pat"))
}

#[test]
fn what_is_somebodys_own() {
    let strange = Token { name: Some(STRANGE.to_owned()), key: "t-2".parse().unwrap(), ..token() };
    let some = Mine {
        waiting: vec![own()],
        waiting_count: 3,
        tokens: vec![row(token()), row(strange)],
        count: 12,
        next: Some(Sort::Expiry.position(&token())),
        ..mine()
    };
    let nudged = OwnRequest { nudged_at: Some(noon()), ..own() };
    let nobodys = OwnRequest { deciders: None, ..own() };
    let waiting = |one: OwnRequest| said(Mine { waiting: vec![one], waiting_count: 1, ..mine() });
    let acme = || Login::new("acme");
    let unseen = [
        Refusal::CannotTell { cause: "502".to_owned() },
        Refusal::NotAMember { organization: acme() },
        Refusal::Guest,
        Refusal::External,
        Refusal::Policy { policies: vec!["no-fridays".to_owned()] },
    ];
    let unseen = unseen.into_iter().map(|refusal| (acme(), refusal)).collect();
    let rows = [
        ("some of it", said(some)),
        ("the last page", said(Mine { count: 9, is_continued: true, tokens: vec![row(token())], ..mine() })),
        ("nothing", said(mine())),
        ("nothing was read", said(Mine { as_of: vec![], ..mine() })),
        ("nudged a moment ago", waiting(nudged)),
        ("nobody can decide it", waiting(nobodys)),
        ("not all was read", said(Mine { is_all_read: false, ..mine() })),
        ("not shown", said(Mine { unseen, suspended: vec![Login::new("globex")], ..mine() })),
        ("not linked", shown(&mine::not_linked(&SlackUserId::new("U0ALICE"), "/pat", true))),
        ("not linked, nor can be", shown(&mine::not_linked(&SlackUserId::new("U0ALICE"), "/pat", false))),
        ("unsure", shown(&mine::unsure("502"))),
        ("help", shown(&mine::help("/pat"))),
    ];
    insta::assert_snapshot!(table(rows.map(|(name, said)| (name.to_owned(), said))));
}

fn in_the_home(view: &HomeView) -> String {
    let view = serde_json::to_value(view).unwrap();
    assert_eq!(home_violations(&view), Vec::<String>::new(), "{view}");
    assert!(!view.to_string().contains("mrkdwn"), "{view}");
    render(&view["blocks"])
}

fn to_decide() -> ToDecide {
    let progress = Some("1 of 2: approved by alice; still needs 1 more".to_owned());
    ToDecide { request: pending(), progress, has_voted: true }
}

fn empty() -> Home {
    Home { to_decide: vec![], to_decide_count: 0, is_doubtful: false, mine: mine(), may_list: false }
}

#[test]
fn what_stands_in_the_home() {
    let said = |home: Home| in_the_home(&home::home(&home, "/pat"));
    let mine =
        Mine { waiting: vec![own()], waiting_count: 2, tokens: vec![row(token())], count: 3, ..mine() };
    let mut first = to_decide();
    (first.request.key, first.progress, first.has_voted) = ("r-9".parse().unwrap(), None, false);
    let mut own = mine;
    own.waiting[0].request.key = "r-8".parse().unwrap();
    let all = Home {
        to_decide: vec![first, to_decide()],
        to_decide_count: 4,
        is_doubtful: false,
        mine: own,
        may_list: true,
    };
    let alice = SlackUserId::new("U0ALICE");
    let rows = [
        ("all of it", said(all)),
        ("nothing", said(empty())),
        ("can't be told", said(Home { is_doubtful: true, ..empty() })),
        ("nothing was read", said(Home { mine: Mine { as_of: vec![], ..super::mine::mine() }, ..empty() })),
        ("not linked", in_the_home(&home::of_nobody(&alice, "/pat", true))),
        ("not linked, nor can be", in_the_home(&home::of_nobody(&alice, "/pat", false))),
        ("not opened for an hour", in_the_home(&home::closed())),
        ("unsure", in_the_home(&home::unsure("502"))),
    ];
    insta::assert_snapshot!(table(rows.map(|(name, said)| (name.to_owned(), said))));
}

/// What is gone, or being revoked, is not given up once more.
#[test]
fn what_has_ended_is_not_offered_to_be_given_up() {
    let gone = Mirrored { presence: Presence::Gone, ..row(token()).mirrored };
    let revoked_by = Some(SlackUserId::new("U0ALICE"));
    for (row, offered) in [
        (row(token()), true),
        (Row { mirrored: gone, ..row(token()) }, false),
        (Row { revoked_by, ..row(token()) }, false),
    ] {
        let listed = Mine { tokens: vec![row], count: 1, ..mine() };
        let at_home = in_the_home(&home::home(&Home { mine: listed.clone(), ..empty() }, "/pat"));
        for seen in [said(listed), at_home] {
            assert_eq!(seen.contains("[Give up…]"), offered, "{seen}");
        }
    }
}

/// However much there is, and however long it is, every button is there.
#[test]
fn a_home_holds_as_much_as_is_told_one_by_one() {
    let long = "&".repeat(3_000);
    let keys = |first: char| (0..10).map(move |number| format!("{first}{number}"));
    let to_decide = keys('a').map(|key| {
        let mut one = to_decide();
        (one.request.key, one.progress) = (format!("r-{key}").parse().unwrap(), Some(long.clone()));
        one
    });
    let waiting = keys('b').take(5).map(|key| {
        let mut one = own();
        (one.request.key, one.deciders) = (format!("r-{key}").parse().unwrap(), Some(long.clone()));
        one
    });
    let tokens = keys('c').map(|key| {
        row(Token { key: format!("t-{key}").parse().unwrap(), name: Some(long.clone()), ..token() })
    });
    let mine =
        Mine { waiting: waiting.collect(), waiting_count: 5, tokens: tokens.collect(), count: 10, ..mine() };
    let home = Home {
        to_decide: to_decide.collect(),
        to_decide_count: 10,
        is_doubtful: false,
        mine,
        may_list: true,
    };

    let view = serde_json::to_value(home::home(&home, "/pat")).unwrap();

    assert_eq!(home_violations(&view), Vec::<String>::new());
    let rows: Vec<&Value> =
        view["blocks"].as_array().unwrap().iter().filter(|block| block["type"] == "actions").collect();
    // Of each request and token, of several at once, and the quick lists.
    assert_eq!(rows.len(), 10 + 1 + 5 + 10 + 1);
}

#[test]
fn to_those_who_can_decide_and_to_who_asked_them() {
    let key = pending().key;
    let machine = Requester { login: Login::new("hubot"), ..pending().facts.requester };
    let of_machine = || {
        let mut request: TokenRequest = pending();
        request.facts.requester = machine.clone();
        request
    };
    let octocat = Login::new("octocat");
    let rows = [
        ("under its card", shown(&mine::nudge(&pending(), &octocat, true))),
        ("under a card that others share", shown(&mine::nudge(&pending(), &octocat, false))),
        ("for a machine", shown(&mine::nudge(&of_machine(), &octocat, false))),
        ("done", mine::nudged(&key, noon() + REST)),
        ("no card", mine::nudged_nobody(&key)),
        ("too late", mine::nudge_is_late(&key)),
    ];
    insta::assert_snapshot!(table(rows.map(|(name, said)| (name.to_owned(), said))));
}

#[test]
fn to_whom_nobody_is_reminded_for() {
    let all = chain(|after: Option<&NotNudged>| {
        Some(match after {
            None => NotNudged::Unlinked,
            Some(NotNudged::Unlinked) => NotNudged::CannotTell { cause: STRANGE.to_owned() },
            Some(NotNudged::CannotTell { .. }) => NotNudged::NotTheirs,
            Some(NotNudged::NotTheirs) => NotNudged::TooLate { clicked_at: noon() },
            Some(NotNudged::TooLate { .. }) => NotNudged::BeingDecided,
            Some(NotNudged::BeingDecided) => NotNudged::Settled,
            Some(NotNudged::Settled) => NotNudged::Frozen(Box::new(frozen())),
            Some(NotNudged::Frozen(_)) => NotNudged::NoRoute,
            Some(NotNudged::NoRoute) => NotNudged::TooSoon { again_at: noon() + REST },
            Some(NotNudged::TooSoon { .. }) => return None,
        })
    });

    let rows = all.iter().map(|one| (names(one), mine::not_nudged(one, "/pat")));
    insta::assert_snapshot!(table(rows));
}
