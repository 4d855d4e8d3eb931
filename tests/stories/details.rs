//! The Details button: everything about a request, for who may see it.

use insta::{assert_json_snapshot, assert_snapshot};

use crate::support::World;

/// The modal somebody sees once it has been filled.
async fn modal(world: &World, user: &str) -> serde_json::Value {
    world.press_only(user, "details").await;
    let is_filled = |slack: &countersign::simulator::slack::Slack| {
        slack.modal(user).is_some_and(|view| !view["blocks"].to_string().contains("Checking…"))
    };
    world.slack().until(is_filled).await.unwrap();
    world.slack().modal(user).unwrap()["blocks"].take()
}

#[tokio::test]
async fn an_approver_sees_everything() {
    let world = World::start().await;
    world.octocat_asks().await;

    assert_json_snapshot!("details", modal(&world, "U0ALICE").await);
}

#[tokio::test]
async fn the_requester_sees_their_own() {
    let world = World::start().await;
    world.octocat_asks().await;

    assert!(modal(&world, "U0OCTOCAT").await.to_string().contains("payments-api"));
}

#[tokio::test]
async fn somebody_without_the_right_is_told_so_in_the_modal() {
    let world = World::start().await;
    world.octocat_asks().await;

    let blocks = modal(&world, "U0BOB").await;

    assert_snapshot!(countersign::simulator::slack::render(&blocks), @"You can't decide this request. Who can: approvers.");
    let recorded = crate::audit_log::told(&world).await;
    assert!(recorded.contains("details.shown by U0BOB: refused: not_an_approver"), "{recorded}");
}
