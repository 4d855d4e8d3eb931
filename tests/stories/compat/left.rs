//! What version 0.1 can leave behind beside a plain life: every state, note and answer, every kind of work, cards on their
//! way and trouble that lasts. A later version keeps this file, and fills in what it added since.

use chrono::TimeDelta;
use countersign::demo::APPROVALS;
use countersign::ids::{
    ChannelId, GitHubUserId, Login, OrganizationId, RepositoryId, RequestId, SlackUserId, TokenId,
};
use countersign::jobs::{
    Answer as Told, Click, FreezeWish, Kind, LinkNews, Notice, NudgeWish, Together, Wish, Wisher,
};
use countersign::request::{
    Answer, Attempt, Blocked, By, Collection, Comment, Content, Contradiction, Decider, Deciding, Delay,
    Enrichment, Evidence, Expiry, Facts, Gathered, Key, Level, Note, Outcome, Permission, PermissionGroup,
    RefusedByGitHub, Repositories, Repository, Requester, Revision, Ruled, Ruling, Said, Sent, Settlement,
    Slow, State, TokenRequest, Verdict, Vote, Why,
};
use countersign::slack::Tick;
use countersign::store::{Change, Installation, Lasting, Link, NewJob, Posting, Showing};

use crate::support::noon;

/// Told to bob alone, and to the operators.
pub(super) const WORDS: &str = "left behind by version 0.1";

/// One request in each state, in an organization where nobody reaches them.
pub(super) fn requests() -> Vec<TokenRequest> {
    let pending = pendings().into_iter();
    let states = pending.chain(decidings().into_iter().map(State::Deciding));
    let states: Vec<_> = states.chain(settlements().into_iter().map(State::Settled)).collect();
    let requests = (1..).zip(states).map(|(id, state)| TokenRequest {
        ruling: Ruling::Never,
        organization: OrganizationId(4_242),
        id: RequestId(id),
        key: format!("r-left{id}").parse().expect("a key"),
        version: 0,
        installation: None,
        received_at: noon(),
        is_unasked: id.is_multiple_of(2),
        facts: facts(id),
        enrichment: [Enrichment::Waiting, Enrichment::Complete, Enrichment::Missing][id as usize % 3],
        state,
    });
    requests.collect()
}

/// What rules have to do with requests, in all its ways; `requests.json` holds these.
pub(super) fn ruled() -> Vec<TokenRequest> {
    let pending = |note| State::Pending { votes: vec![], note, sent: None };
    let would = |verdict| Ruling::Asked(Said::Would { verdict, rule: "read-only-short".to_owned() });
    let used_up = |answering: Option<&str>| {
        let answering = answering.map(Login::new);
        Ruling::Asked(Said::UsedUp { rule: "read-only-short".to_owned(), cap: 3, answering })
    };
    let rulings = [
        Ruling::Awaited { until: noon() },
        Ruling::Due,
        Ruling::People,
        Ruling::Asked(Said::Nothing),
        would(Verdict::Approve),
        would(Verdict::Deny),
        used_up(None),
        used_up(Some("alice")),
    ];
    let lapsed = Note::RuleLapsed { rule: "read-only-short".to_owned() };
    let waiting = rulings.into_iter().map(|ruling| (ruling, pending(None)));
    let decided = || Ruling::Asked(Said::Decided);
    let over = [Some(lapsed), Some(Note::NoLongerEnough)].map(|note| (decided(), pending(note)));
    let on_the_way = [Verdict::Approve, Verdict::Deny].map(|verdict| {
        let by = || Decider::Rule(by_rule(verdict));
        let sent_before = Some(Sent { by: by(), ..sent() });
        let deciding = Deciding { verdict, by: by(), others: vec![], sent_before, ..decidings().remove(0) };
        (decided(), State::Deciding(deciding))
    });
    let by = By::Rule { policy: "read-only-short".to_owned() };
    let settled = (decided(), State::Settled(Settlement { by, ..settlements().remove(0) }));
    let all = waiting.chain(over).chain(on_the_way).chain([settled]);
    let like = requests().remove(0);
    let requests = (101..).zip(all).map(|(id, (ruling, state))| TokenRequest {
        id: RequestId(id),
        key: format!("r-left{id}").parse().expect("a key"),
        facts: facts(id),
        ruling,
        state,
        ..like.clone()
    });
    requests.collect()
}

fn by_rule(verdict: Verdict) -> Ruled {
    let reason = Comment::new("Tokens of acme have to end.").expect("short");
    Ruled { rule: "read-only-short".to_owned(), verdict, reason, at: noon(), rules: "0f1e2d".to_owned() }
}

fn facts(id: u64) -> Facts {
    let named = |group: &str, name: &str, level: &str| {
        (Permission { group: PermissionGroup::parse(group), name: name.to_owned() }, Level::parse(level))
    };
    let listed =
        vec![Repository { id: RepositoryId(1), full_name: "octo-org/website".to_owned(), private: None }];
    Facts {
        requester: Requester { id: GitHubUserId(1_001), login: Login::new("octocat") },
        organization: Login::new("octo-org"),
        permissions: [
            named("repository", "contents", "write"),
            named("organization", "members", "read"),
            named("other", "gists", "admin"),
            named("later", "qubits", "entangle"),
        ]
        .into_iter()
        .collect(),
        repositories: match id % 4 {
            0 => Repositories::None,
            1 => Repositories::All,
            2 => Repositories::Subset { listed, count: Some(12) },
            _ => Repositories::Unknown("by_topic".to_owned()),
        },
        expiry: [Expiry::Never, Expiry::At(noon()), Expiry::Unknown][id as usize % 3],
        token: id.is_multiple_of(2).then_some(TokenId(id)),
        token_name: id.is_multiple_of(2).then(|| "deploy-bot".to_owned()),
        justification: id.is_multiple_of(3).then(|| "\"quoted\" \u{202e}and\nturned\0".to_owned()),
        created_at: id.is_multiple_of(2).then(noon),
    }
}

fn vote(verdict: Verdict) -> Vote {
    Vote {
        slack: SlackUserId::new("U0ALICE"),
        github: GitHubUserId(1_002),
        login: Login::new("alice"),
        verdict,
        comment: Comment::new("for the release only").expect("short"),
        at: noon(),
        groups: [].into(),
        is_decider: true,
    }
}

fn refused(times: u32) -> RefusedByGitHub {
    RefusedByGitHub { status: 422, words: "Unprocessable".to_owned(), times, looked_again: times > 1 }
}

fn sent() -> Sent {
    Sent {
        by: Decider::Voter(vote(Verdict::Approve)),
        others: vec![],
        reason: Some("for the release only".to_owned()),
    }
}

fn pendings() -> Vec<State> {
    let alice = || Login::new("alice");
    let notes = [
        None,
        Some(Note::ContentChanged),
        Some(Note::RefusedByGitHub(refused(2))),
        Some(Note::RightLapsed { login: alice() }),
        Some(Note::Withdrawn { login: alice() }),
        Some(Note::NotListed { since: noon() }),
        Some(Note::Paused { cause: "the App is suspended".to_owned() }),
    ];
    let pending = notes.into_iter().map(|note| State::Pending {
        votes: vec![vote(Verdict::Approve)],
        sent: note.is_some().then(sent),
        note,
    });
    pending.collect()
}

/// Each answer an attempt can have, and whatever else can be said of a decision.
fn decidings() -> Vec<Deciding> {
    let words = || "Resource not accessible by integration".to_owned();
    let answers = [
        None,
        Some(Answer::Confirmed),
        Some(Answer::Refused { status: 422, words: words() }),
        Some(Answer::NotTaken { status: 403, words: words(), until: Some(noon()) }),
        Some(Answer::StillListed),
        Some(Answer::Unclear { cause: "the connection was lost".to_owned() }),
    ];
    let attempts: Vec<_> =
        answers.into_iter().map(|answer| Attempt { at: noon(), deadline: noon(), answer }).collect();
    let deciding = |verdict, slow| Deciding {
        verdict,
        by: Decider::Voter(vote(verdict)),
        others: vec![vote(Verdict::Approve)],
        reason: Some("not this way".to_owned()),
        judged_at: noon(),
        attempts: attempts.clone(),
        made: 7,
        absent_since: Some(noon()),
        blocked: Some(Blocked { since: noon(), cause: words() }),
        slow,
        refused_before: Some(refused(1)),
        sent_before: Some(sent()),
    };
    let causes = [Delay::Silence, Delay::Limit, Delay::Unlisted, Delay::Doubt, Delay::Other];
    let slow = causes.map(|cause| deciding(Verdict::Approve, Some(Slow { since: noon(), cause })));
    slow.into_iter().chain([deciding(Verdict::Deny, None)]).collect()
}

fn settlements() -> Vec<Settlement> {
    let by_somebody = || By::GitHubUser { id: GitHubUserId(7), login: Login::new("monalisa") };
    let ends = [
        (Outcome::Approved, By::from(&vote(Verdict::Approve)), Evidence::Answered),
        (Outcome::Denied, by_somebody(), Evidence::Told),
        (Outcome::Cancelled, By::Requester, Evidence::Told),
        (Outcome::Superseded, By::Unknown, Evidence::Concluded),
        (Outcome::Gone, By::Unknown, Evidence::Concluded),
    ];
    let settled = ends.into_iter().map(|(outcome, by, evidence)| Settlement {
        outcome,
        by,
        others: vec![],
        at: noon(),
        reason: Some("not this way".to_owned()),
        evidence,
        sent: Some(sent()),
        contradicted: Some(Contradiction { outcome: Outcome::Approved, by: by_somebody() }),
        content: Content::AsKnown,
        is_frozen: false,
        compared: None,
    });
    settled.collect()
}

/// Work of every kind, with nothing left to do about the requests themselves: `waiting` is on its card, `settled` was
/// approved.
pub(super) fn jobs(waiting: &str, settled: &str, installation: &Installation) -> Vec<NewJob> {
    let on = |kind: Kind, subject: &str| kind.on(subject, String::new(), noon());
    let installation = installation.id.to_string();
    let retired = format!("{settled} {APPROVALS} 1000.000001");
    let bob = || SlackUserId::new("U0BOB");
    let click = Click {
        by: bob(),
        wish: Wish::Deny(Comment::new("too late").expect("short")),
        key: settled.parse().expect("a key"),
        revision: Revision::from_text("of-another-time".to_owned()),
        clicked_at: noon(),
        channel: Some(ChannelId::new(APPROVALS)),
        response_url: None,
        together: None,
    };
    // What is left of several that were decided at once.
    let tick =
        Tick { key: waiting.parse().expect("a key"), revision: Revision::from_text("of-another-time") };
    let said = vec![(vec![settled.parse().expect("a key")], WORDS.to_owned())];
    let together = Some(Together { left: vec![tick], judged: 1, refused: 1, said });
    let several = Click { together, ..click.clone() };
    let told = Told {
        to: bob(),
        channel: Some(ChannelId::new(APPROVALS)),
        response_url: None,
        words: WORDS.to_owned(),
        about_each: vec![],
        link: None,
    };
    let link =
        Link { login: Login::new("bob"), github: GitHubUserId(1_003), slack: bob(), linked_at: noon() };
    let wisher = Wisher { by: bob(), channel: Some(ChannelId::new(APPROVALS)), response_url: None };
    let freeze =
        FreezeWish { wisher: wisher.clone(), why: Some(Why::new(WORDS).expect("short")), asked_at: noon() };
    let notice = Notice::Blocked { key: settled.parse().expect("a key"), cause: WORDS.to_owned() };
    let nudge = NudgeWish { wisher, key: waiting.parse().expect("a key"), clicked_at: noon() };
    let nudging = serde_json::json!({
        "by": "U0BOB", "key": waiting, "clicked_at": noon().timestamp_millis(), "channel": APPROVALS,
        "response_url": null, "login": "bob",
    })
    .to_string();
    vec![
        on(Kind::Enrich, waiting),
        on(Kind::AskRules, waiting),
        on(Kind::Card, waiting),
        on(Kind::TellArrival, waiting),
        on(Kind::Check, waiting),
        on(Kind::Review, settled),
        on(Kind::TellOutcome, settled),
        on(Kind::Reply, settled),
        on(Kind::Compare, settled),
        on(Kind::Installation, &installation),
        on(Kind::Reconcile, &installation),
        on(Kind::Discover, "all"),
        on(Kind::Deliveries, "all"),
        Kind::Retire.on(retired, "moved".to_owned(), noon()),
        click.job("1", noon()),
        several.job("2", noon()),
        told.job("1", noon()),
        notice.job(noon()),
        freeze.job("1", noon()),
        on(Kind::Redraw, "all"),
        on(Kind::Groups, "all"),
        LinkNews::of(&link).job(noon()),
        nudge.job("3", noon()),
        Kind::TellNudge.on(waiting, nudging, noon()),
        on(Kind::Home, "U0BOB"),
        on(Kind::Homes, "all"),
    ]
}

/// A card on its way, lasting trouble, and a collection.
pub(super) fn odds_and_ends() -> [Change; 2] {
    let key = |text: &str| text.parse::<Key>().expect("a key");
    let channel = || ChannelId::new(APPROVALS);
    let since = noon() - TimeDelta::hours(1);
    let posting = Posting { key: key("r-left1"), channel: channel(), since, over_at: since };
    let lasting = Lasting { name: "channel C0GONE".to_owned(), words: WORDS.to_owned(), since: noon() };
    let gathered = Gathered::OnePerson { requester: Login::new("octocat") };
    let collection = Collection { key: key("c-left1"), channel: channel(), gathered, made_at: noon() };
    let showings = requests().into_iter().map(|request| Showing {
        key: request.key,
        channel: channel(),
        collection: Some(collection.key.clone()),
        since: noon(),
    });
    [
        Change { posting: Some(posting), lasting: Some(lasting), ..Change::default() },
        Change { showings: showings.collect(), collection: Some(collection.clone()), ..Change::default() },
    ]
}
