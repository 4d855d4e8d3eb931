//! Many requests at once: all are kept, and nobody is buried.

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::APPROVALS;
use countersign::simulator::github::{NewRequest, Outcome};
use futures::future::join_all;
use futures::stream::{self, StreamExt};
use insta::assert_snapshot;

use crate::support::{World, push_to_payments};

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

/// The real program, whose memory can be looked at.
#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_webhooks_at_once_are_kept_and_not_held_in_memory() {
    /// As many connections as GitHub is given here.
    const AT_ONCE: usize = 200;
    const MEBIBYTE: u64 = 1 << 20;
    let world = World::closed_on_the_wall_clock().await;
    let serving = crate::program::serve_quietly(&world);
    world.github().send_webhooks_to(&format!("{}/github/webhooks", serving.base));
    world.slack().serve_at(&serving.base);
    for number in 0..1_000 {
        world.github().add_user(&format!("dev-{number}"));
    }
    let ask = |number: usize| {
        let owner = format!("dev-{}", number % 1_000);
        world.github().request_token(NewRequest { owner, ..push_to_payments(&world.stage.clock) })
    };
    let first: Vec<_> = stream::iter(0..1_000).map(ask).buffer_unordered(AT_ONCE).collect().await;
    let before = serving.most_memory();

    let rest: Vec<_> = stream::iter(1_000..5_000).map(ask).buffer_unordered(AT_ONCE).collect().await;

    let grown = serving.most_memory().saturating_sub(before);
    assert!(grown < 48 * MEBIBYTE, "{} MiB more", grown / MEBIBYTE);
    assert_eq!(first.len() + rest.len(), 5_000);
    let deliveries = world.github().deliveries();
    let accepted = deliveries.iter().filter(|one| one.outcome == Outcome::Answered(StatusCode::ACCEPTED));
    assert_eq!(accepted.count(), 5_000);
    assert!(world.slack().channel(APPROVALS).len() <= 31);
}
