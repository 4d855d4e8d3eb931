//! What is approved is what was shown.

use countersign::demo::APPROVALS;
use countersign::simulator::github::Repositories;
use insta::{assert_json_snapshot, assert_snapshot};

use crate::support::World;

#[tokio::test]
async fn a_click_on_outdated_content_decides_nothing() {
    let world = World::start().await;
    world.github().vary(|variants| variants.edits_are_announced = true);
    let request = world.octocat_asks().await;
    let before = world.card();
    world.github().edit_request(request, |content| content.repositories = Repositories::All).await.unwrap();
    world.quiet().await;

    world.slack().click_as_seen("U0ALICE", &before, "approve").await.unwrap();
    world.quiet().await;

    assert!(world.github().is_pending(request));
    assert_eq!(world.github().reviews(request).attempted, 0);
    assert_snapshot!(
        world.told_alone("U0ALICE"),
        @"The request has changed since that card was made. Please read the card again and decide anew."
    );
    assert!(world.card().on_screen().contains("ALL repositories"));
}

/// GitHub says nothing of the change: only reading the request once more before the call finds it.
#[tokio::test]
async fn content_that_changed_between_card_and_click_is_shown_anew() {
    let world = World::start().await;
    world.github().vary(|variants| variants.edits_are_announced = false);
    let request = world.octocat_asks().await;
    world.github().edit_request(request, |content| content.repositories = Repositories::All).await.unwrap();

    world.press("U0ALICE", "approve").await;

    assert!(world.github().is_pending(request));
    assert_eq!(world.github().reviews(request).attempted, 0);
    assert_eq!(world.slack().channel(APPROVALS).len(), 1);
    assert_json_snapshot!("card_changed", world.card().blocks);

    world.press("U0ALICE", "approve").await;

    assert!(world.github().decision_on(request).is_some());
}
