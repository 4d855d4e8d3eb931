//! Slack takes about one message a second for each channel: nothing is lost by that, and nobody else waits.

use chrono::TimeDelta;
use countersign::demo::APPROVALS;
use countersign::simulator::github::Repositories;
use countersign::simulator::slack::{Stage, Verdict};

use crate::support::{World, push_to_payments};

const DOCS: &str = "C0DOCS";

/// Two channels: one for what touches `docs` alone, one for everything else.
async fn with_a_channel_for_docs() -> World {
    let mut world = World::closed().await;
    world.slack().add_channel(DOCS, "docs");
    world.configure(|config| {
        *config = config.replace(
            r#"{ channel = "C0APPROVALS" }"#,
            r#"{ channel = "C0DOCS", repositories = ["docs"] }, { channel = "C0APPROVALS" }"#,
        );
    });
    world.open(countersign::store::Probe::default()).await;
    world.quiet().await;
    world
}

async fn asks_for_docs(world: &World) {
    let wish = push_to_payments(&world.stage.clock);
    let repositories = Repositories::Subset(vec!["docs".to_owned()]);
    world.github().request_token(countersign::simulator::github::NewRequest { repositories, ..wish }).await;
}

fn cards(world: &World, channel: &str) -> usize {
    world.slack().channel(channel).len()
}

#[tokio::test]
async fn after_a_burst_of_twenty_one_card_each_second_and_no_other_channel_waits() {
    let world = with_a_channel_for_docs().await;
    for number in 0..25 {
        // Of one person they would share a card.
        let owner = format!("dev-{number}");
        world.github().add_user(&owner);
        let wish = push_to_payments(&world.stage.clock);
        world.github().request_token(countersign::simulator::github::NewRequest { owner, ..wish }).await;
    }
    world.quiet().await;
    assert_eq!(cards(&world, APPROVALS), 20);

    asks_for_docs(&world).await;
    world.quiet().await;
    assert_eq!((cards(&world, APPROVALS), cards(&world, DOCS)), (20, 1));

    for posted in 21..=25 {
        world.pass(TimeDelta::seconds(1)).await;
        assert_eq!(cards(&world, APPROVALS), posted);
    }
    world.pass(TimeDelta::minutes(1)).await;
    assert_eq!(cards(&world, APPROVALS), 25);
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 1);
}

#[tokio::test]
async fn a_channel_that_slack_wants_left_alone_rests_alone() {
    let world = with_a_channel_for_docs().await;
    world.slack().on_request(|method, asked, stage| match (method, stage) {
        ("chat.postMessage", Stage::Before) if asked["channel"] == APPROVALS => Verdict::TooMany(30),
        _ => Verdict::Continue,
    });

    world.octocat_asks().await;
    world.octocat_asks().await;
    asks_for_docs(&world).await;
    world.quiet().await;
    world.slack().work_normally();
    world.pass(TimeDelta::seconds(29)).await;
    assert_eq!((cards(&world, APPROVALS), cards(&world, DOCS)), (0, 1));

    world.pass(TimeDelta::seconds(1)).await;
    assert_eq!(cards(&world, APPROVALS), 1);
    world.pass(TimeDelta::seconds(1)).await;
    assert_eq!(cards(&world, APPROVALS), 2);
}

#[tokio::test]
async fn a_decision_reaches_github_while_slack_wants_to_be_left_alone() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.slack().on_call(|method, stage| match (method, stage) {
        ("chat.update" | "chat.postMessage", Stage::Before) => Verdict::TooMany(60),
        _ => Verdict::Continue,
    });

    world.press("U0ALICE", "approve").await;

    assert!(world.github().decision_on(request).is_some());
    assert!(world.card().on_screen().contains("[Approve…]"));
    let asked = world.slack().calls().iter().filter(|call| call.method == "chat.update").count();
    world.pass(TimeDelta::seconds(59)).await;
    assert_eq!(world.slack().calls().iter().filter(|call| call.method == "chat.update").count(), asked);
    world.slack().work_normally();
    world.pass(TimeDelta::minutes(2)).await;
    assert!(world.card().text.contains("Approved by"));
}
