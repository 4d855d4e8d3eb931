//! Many requests at once: all are kept, and nobody is buried.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use chrono::TimeDelta;
use countersign::clock::Clock;
use countersign::demo::APPROVALS;
use countersign::ids::RequestId;
use countersign::simulator::github::{Delivery, GitHub, NewRequest, Outcome};
use countersign::store::{Moment, Probe};
use futures::FutureExt;
use futures::future::join_all;
use futures::stream::{self, StreamExt};
use insta::assert_snapshot;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::program::{Serving, serve_quietly};
use crate::support::{World, push_to_payments, was_read};

/// `many` requests of each of the people, asked for at once.
async fn flood(world: &World, people: usize, many: usize) {
    let asking = (0..people * many).map(|number| {
        let owner = format!("dev-{}", number % people);
        world.github().add_user(&owner);
        let token_name = format!("token-{number}");
        let wish = NewRequest { owner, token_name, ..push_to_payments(&world.stage.clock) };
        world.github().request_token(wish)
    });
    join_all(asking).await;
    world.quiet().await;
    // The collecting card follows in a moment, and Slack takes one card a second.
    world.pass(TimeDelta::minutes(1)).await;
}

#[tokio::test]
async fn more_than_a_handful_from_one_person_share_a_card() {
    let world = World::start().await;

    flood(&world, 1, 8).await;

    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 6);
    let list = cards.iter().find(|card| card.on_screen().contains("[Post all]")).unwrap();
    assert_snapshot!("card_of_one_persons_many_requests", world.readable(list));
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 0);
}

#[tokio::test]
async fn more_than_thirty_at_once_share_a_card_and_each_can_be_had() {
    let world = World::start().await;

    flood(&world, 40, 1).await;

    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 31);
    let list = cards.iter().find(|card| card.on_screen().contains("[Post all]")).unwrap();
    assert!(list.on_screen().contains("10 requests wait that came all at once"), "{}", list.on_screen());

    world.slack().click("U0ALICE", APPROVALS, &list.ts, "show_all").await.unwrap();
    world.quiet().await;
    world.pass(TimeDelta::minutes(1)).await;

    assert_eq!(world.slack().channel(APPROVALS).len(), 41);
    assert!(world.again(list).on_screen().contains("Nothing is left"));
}

#[tokio::test]
async fn after_the_flood_requests_have_cards_of_their_own_again() {
    let world = World::start().await;
    flood(&world, 35, 1).await;
    world.pass(TimeDelta::minutes(11)).await;
    let before = world.slack().channel(APPROVALS).len();

    world.octocat_asks().await;

    assert_eq!(world.slack().channel(APPROVALS).len(), before + 1);
    assert!(world.card().on_screen().contains("octocat wants to WRITE"));
}

#[tokio::test]
async fn a_collected_request_that_ends_leaves_the_list() {
    let world = World::start().await;
    flood(&world, 33, 1).await;
    let collected = world.collected().await;
    let list = world.slack().channel(APPROVALS);
    let list = list.iter().find(|card| card.on_screen().contains("[Post all]")).unwrap();
    assert_eq!(collected.len(), 3);

    world.github().cancel_request(collected[0].id).await.unwrap();
    world.quiet().await;
    world.pass(TimeDelta::seconds(2)).await;

    let now = world.again(list).on_screen();
    assert!(now.contains("2 requests wait") && now.contains("1 other is over"), "{now}");
}

/// The commit that ends it asks for all that follows.
#[tokio::test]
async fn a_collected_request_that_ends_leaves_the_list_wherever_the_program_dies() {
    for (deadly, moment) in
        (1..=4).flat_map(|commit| [Moment::BeforeCommit, Moment::AfterCommit].map(|at| (commit, at)))
    {
        let (probe, dying) = dies_at(moment);
        let mut world = World::closed().await;
        world.open(probe).await;
        world.quiet().await;
        flood(&world, 33, 1).await;
        let ending = world.collected().await.remove(0).id;

        dying.left.store(deadly, Ordering::SeqCst);
        let github = world.github().clone();
        let mut end = tokio::spawn(async move { github.cancel_request(ending).await });
        let is_over = tokio::select! {
            () = dying.struck.notified() => false,
            () = async {
                (&mut end).await.expect("nobody panics").unwrap();
                world.quiet().await;
            } => true,
        };
        world.kill().await;
        if !is_over && !end.is_finished() {
            end.await.expect("nobody panics").unwrap();
        }
        world.open(Probe::default()).await;
        world.outlive_leases().await;
        // What GitHub could not deliver is fetched.
        let missed = world.github().deliveries().pop().expect("it was tried");
        world.github().redeliver(&missed.guid).await.expect("a known delivery");
        for _ in 0..3 {
            world.pass(TimeDelta::seconds(10)).await;
        }

        let cards = world.slack().channel(APPROVALS);
        let list = cards.iter().find(|card| card.on_screen().contains("[Post all]")).unwrap().on_screen();
        assert!(
            list.contains("2 requests wait") && list.contains("1 other is over"),
            "{deadly} {moment:?}: {list}"
        );
    }
}

/// How many commits are left to a program, and whether it has come to the last.
#[derive(Clone, Default)]
struct Dying {
    left: Arc<AtomicUsize>,
    struck: Arc<Notify>,
}

/// A program that stops around a commit, once it is told at which.
fn dies_at(deadly: Moment) -> (Probe, Dying) {
    let dying = Dying::default();
    let probe = dying.clone();
    let probe = Probe::new(move |moment| {
        let is_last = moment == deadly
            && probe.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                == Ok(1);
        if !is_last {
            return std::future::ready(()).boxed();
        }
        probe.struck.notify_one();
        std::future::pending().boxed()
    });
    (probe, dying)
}

#[tokio::test]
async fn tokens_granted_without_review_can_flood_nobody_either() {
    let world = World::start().await;

    for number in 0..33 {
        let wish = NewRequest {
            owner: "octocat".to_owned(),
            token_name: format!("token-{number}"),
            ..push_to_payments(&world.stage.clock)
        };
        world.github().grant_without_review(wish).await;
    }
    world.quiet().await;
    world.pass(TimeDelta::minutes(1)).await;

    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 31);
    assert!(cards.iter().any(|card| card.on_screen().contains("3 more tokens were granted without review")));
}

/// The first look at an organization may see requests before their webhooks arrive: these come as a flood all the same.
#[tokio::test]
async fn what_was_found_at_first_sight_and_is_told_of_then_can_flood_nobody_either() {
    let mut world = World::closed().await;
    world.github().stop_sending();
    for number in 0..40 {
        let owner = format!("dev-{number}");
        world.github().add_user(&owner);
        world.github().request_token(NewRequest { owner, ..push_to_payments(&world.stage.clock) }).await;
    }
    world.open(Probe::default()).await;
    world.quiet().await;
    let unsent: Vec<_> = world.github().deliveries().into_iter().map(|one| one.guid).collect();

    for guid in unsent {
        world.github().redeliver(&guid).await.expect("a known delivery");
    }
    world.quiet().await;
    world.pass(TimeDelta::minutes(1)).await;

    buries_nobody(&world);
    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 31);
    assert!(cards.iter().any(|card| card.on_screen().contains("10 requests wait that came all at once")));
}

/// The real program, whose memory can be looked at. It may refuse what it can't take, and some webhooks never get there:
/// nothing that it has accepted is lost, and the rest is found by the next reconciliation.
#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_webhooks_at_once_are_kept_and_not_held_in_memory() {
    /// As many connections as GitHub is given here.
    const AT_ONCE: usize = 200;
    const MEBIBYTE: u64 = 1 << 20;
    let world = World::closed_on_the_wall_clock().await;
    let serving = serve_quietly(&world);
    world.stage.lead_to_address(&serving.base);
    // What the first look finds is another matter.
    let is_seen = |github: &GitHub| was_read(github, "/personal-access-token-requests");
    world.github().until(is_seen).await.unwrap();
    for number in 0..1_000 {
        world.github().add_user(&format!("dev-{number}"));
    }
    let ask = |number: usize| {
        let owner = format!("dev-{}", number % 1_000);
        world.github().request_token(NewRequest { owner, ..push_to_payments(&world.stage.clock) })
    };
    let first: Vec<_> = stream::iter(0..1_000).map(ask).buffer_unordered(AT_ONCE).collect().await;
    let before = serving.most_memory();
    world.github().stop_sending();
    let unheard: Vec<_> = stream::iter(1_000..1_010).then(ask).collect().await;
    world.stage.lead_to_address(&serving.base);

    let rest: Vec<_> = stream::iter(1_010..5_000).map(ask).buffer_unordered(AT_ONCE).collect().await;

    let grown = serving.most_memory().saturating_sub(before);
    assert!(grown < 48 * MEBIBYTE, "{} MiB more", grown / MEBIBYTE);
    println!("{:#?}\n{:#?}", outcomes(&world), refusals(&serving));
    let known = world.on_record().await;
    let lost: Vec<_> = accepted(&world).into_iter().filter(|id| !known.contains(id)).collect();
    assert!(lost.is_empty(), "accepted and lost: {lost:?}");
    let all: HashSet<_> = first.into_iter().chain(unheard).chain(rest).collect();
    assert_eq!(all.len(), 5_000);

    buries_nobody(&world);

    drop(serving);
    // What waits to be shown would be shown first; from here on it is about what is not known yet.
    world.sql("DELETE FROM job").await;
    let again = serve_quietly(&world);
    world.stage.lead_to_address(&again.base);
    let found = async {
        while world.on_record().await != all {
            Clock::wall().pause(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("all are found");
    buries_nobody(&world);
}

/// The door is full of people who send slowly, or a piece of what they announce, and never the rest. Whoever does send waits
/// until the service has had enough of them; what it can't take it refuses, and reconciliation finds it.
#[tokio::test(flavor = "multi_thread")]
async fn six_hundred_who_never_finish_keep_no_webhook_from_being_kept_or_refused() {
    const CROWD: usize = 600;
    const MEBIBYTE: u64 = 1 << 20;
    /// What larger bodies share, and what every connection may have of its own; see `src/http/`.
    const BOUND: u64 = 100 * MEBIBYTE + 512 * (64 + 16) * 1024;
    let world = World::closed_on_the_wall_clock().await;
    let serving = serve_quietly(&world);
    world.stage.lead_to_address(&serving.base);
    let is_seen = |github: &GitHub| was_read(github, "/personal-access-token-requests");
    world.github().until(is_seen).await.unwrap();
    for number in 0..100 {
        world.github().add_user(&format!("dev-{number}"));
    }
    let ask = |number: usize| {
        let owner = format!("dev-{}", number % 100);
        world.github().request_token(NewRequest { owner, ..push_to_payments(&world.stage.clock) })
    };
    let before = serving.most_memory();

    let crowd: Vec<_> = (0..CROWD)
        .map(|number| tokio::spawn(dawdle(serving.base.clone(), head(&world, number), number)))
        .collect();
    Clock::wall().pause(Duration::from_millis(500)).await;
    let asked: Vec<_> = stream::iter(0..200).map(ask).buffer_unordered(100).collect().await;
    let endings = tokio::time::timeout(PATIENCE, join_all(crowd)).await.expect("nobody is kept for ever");
    let after: Vec<_> = stream::iter(200..210).map(ask).buffer_unordered(10).collect().await;

    let mut ended: BTreeMap<Option<u16>, usize> = BTreeMap::new();
    endings.into_iter().for_each(|ending| *ended.entry(ending.expect("nobody panics")).or_default() += 1);
    let outcomes = outcomes(&world);
    println!("{ended:?}\n{outcomes:#?}");
    assert!(ended.keys().all(|status| matches!(status, None | Some(408 | 503))), "{ended:?}");
    let is_foreseen = |outcome: &Outcome| match outcome {
        Outcome::Answered(status) => [202, 503].contains(&status.as_u16()),
        // GitHub does not wait for longer than it takes to be rid of one crowd.
        Outcome::Failed(_) => true,
    };
    assert!(world.github().deliveries().iter().all(|one| is_foreseen(&one.outcome)), "{outcomes:?}");
    let accepted = accepted(&world);
    assert!(after.iter().all(|id| accepted.contains(id)), "once they are gone everything is taken");
    let known = world.on_record().await;
    let lost: Vec<_> = accepted.into_iter().filter(|id| !known.contains(id)).collect();
    assert!(lost.is_empty(), "accepted and lost: {lost:?}");
    let grown = serving.most_memory().saturating_sub(before);
    assert!(grown < BOUND + 48 * MEBIBYTE, "{} MiB more", grown / MEBIBYTE);

    drop(serving);
    let again = serve_quietly(&world);
    world.stage.lead_to_address(&again.base);
    let all: HashSet<_> = asked.into_iter().chain(after).collect();
    let found = async {
        while world.on_record().await != all {
            Clock::wall().pause(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("all are found");
}

/// The head of a webhook in order whose body is large.
fn head(world: &World, number: usize) -> Vec<u8> {
    let headers = world.github().webhook_headers("ping", &world.github().new_guid(), b"{}");
    let mut head = b"POST /github/webhooks HTTP/1.1\r\nhost: localhost\r\n".to_vec();
    for (name, value) in headers.iter().filter(|(name, _)| *name != CONTENT_LENGTH) {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(format!("content-length: {}\r\n\r\n", 8_000_000 + number).into_bytes());
    head
}

/// Sends nothing of a body, a little of it all the time, or much of it at once, and never all; gives what that was answered
/// by, if it was not just closed.
async fn dawdle(base: String, head: Vec<u8>, number: usize) -> Option<u16> {
    const AT_ONCE: usize = 2_000_000;
    let mut connection = TcpStream::connect(base.trim_start_matches("http://")).await.ok()?;
    connection.write_all(&head).await.ok()?;
    let (mut answer, mut body) = connection.split();
    let sending = async {
        let first = if number.is_multiple_of(3) { AT_ONCE } else { 0 };
        body.write_all(&vec![b' '; first]).await.ok();
        while number % 3 == 1 && body.write_all(b" ").await.is_ok() {
            Clock::wall().pause(Duration::from_millis(200)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut said = vec![0; 12];
    tokio::select! {
        read = answer.read_exact(&mut said) => read.ok()?,
        () = sending => return None,
    };
    String::from_utf8_lossy(&said).split(' ').nth(1)?.parse().ok()
}

/// Thirty requests have cards of their own, each one, and one card is about all others, as far as they were posted yet.
fn buries_nobody(world: &World) {
    let cards = world.slack().channel(APPROVALS);
    let keys: BTreeSet<_> = cards.iter().map(|card| world.key_of(card)).collect();
    assert_eq!(keys.len(), cards.len(), "a card stands twice: {keys:?}");
    let lists = keys.iter().filter(|key| key.starts_with("c-")).count();
    assert!(lists <= 1 && cards.len() - lists <= 30, "{keys:?}");
}

/// How long a busy machine may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// How many webhooks ended how.
fn outcomes(world: &World) -> BTreeMap<String, usize> {
    let mut outcomes = BTreeMap::new();
    for delivery in world.github().deliveries() {
        *outcomes.entry(format!("{:?}", delivery.outcome)).or_default() += 1;
    }
    outcomes
}

/// Why the service did not take some of them, in its own words.
fn refusals(serving: &Serving) -> BTreeMap<String, usize> {
    let mut refusals = BTreeMap::new();
    for line in
        serving.logged().iter().filter(|line| line.to_string().contains("a call could not be accepted"))
    {
        let why = line["error"].as_str().or(line["fields"]["error"].as_str()).unwrap_or("it does not say");
        *refusals.entry(why.to_owned()).or_default() += 1;
    }
    refusals
}

/// The requests whose webhooks were answered by 202.
fn accepted(world: &World) -> Vec<RequestId> {
    let deliveries = world.github().deliveries();
    let accepted = deliveries.iter().filter(|one| one.outcome == Outcome::Answered(StatusCode::ACCEPTED));
    let id = |one: &Delivery| one.payload["personal_access_token_request"]["id"].as_u64();
    accepted.filter_map(id).map(RequestId).collect()
}
