//! What GitHub answers to a review, as far as one life goes; the card tells the truth meanwhile.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::simulator::github::{Access, NotPendingStatus, OwnSender, Stage, Verdict};
use serde_json::json;
use tokio::sync::Notify;

use crate::support::World;

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_not_sent_again() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::After) => Verdict::Reset,
        _ => Verdict::Continue,
    });

    world.press("U0ALICE", "approve").await;
    world.github().work_normally();
    world.pass(TimeDelta::minutes(1)).await;

    assert_eq!(world.github().reviews(request).attempted, 1);
    assert!(world.card().text.contains("Approved by"));
}

#[tokio::test]
async fn a_server_error_before_the_effect_is_tried_again_later() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::Before) => Verdict::Answer(StatusCode::BAD_GATEWAY, json!({"message": "Server Error"})),
        _ => Verdict::Continue,
    });

    world.press("U0ALICE", "approve").await;
    assert!(world.card().on_screen().contains("Approving… by"));
    world.github().work_normally();
    world.pass(TimeDelta::minutes(1)).await;
    world.pass(TimeDelta::minutes(1)).await;

    assert!(world.github().decision_on(request).is_some());
    assert!(world.card().text.contains("Approved by"));
}

#[tokio::test]
async fn a_definite_refusal_gives_the_request_back_with_githubs_words() {
    for (status, words) in [(422, "Validation Failed"), (404, "Not Found")] {
        let world = World::start().await;
        let request = world.octocat_asks().await;
        world.reviews_are_answered(status, words);

        world.press("U0ALICE", "approve").await;

        assert!(world.github().is_pending(request), "{status}");
        let screen = world.card().on_screen();
        assert!(screen.contains(&format!("GitHub refused the review ({status}): {words}")), "{screen}");
        assert!(screen.contains("[Approve…]"), "{screen}");
        assert_eq!(world.slack().dms("U0OCTOCAT").len(), 1, "{status}");
    }
}

#[tokio::test]
async fn while_the_installation_is_suspended_nothing_is_decided() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let installation = world.github().installation_in("acme").expect("the App is installed");
    let before = world.card();
    world.github().suspend(installation).await;
    world.quiet().await;

    world.slack().click_as_seen("U0ALICE", &before, "approve").await.unwrap();
    world.quiet().await;

    // Whether alice may decide could not be established either: nothing was decided.
    assert!(world.github().is_pending(request));
    world.github().unsuspend(installation).await;
    world.quiet().await;
    world.press("U0ALICE", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn a_missing_permission_blocks_the_review_and_the_operators_are_told() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::Before) => Verdict::Answer(
            StatusCode::FORBIDDEN,
            json!({"message": "Resource not accessible by integration"}),
        ),
        _ => Verdict::Continue,
    });

    world.press("U0ALICE", "approve").await;

    let screen = world.card().on_screen();
    assert!(screen.contains("GitHub can't be told yet"), "{screen}");
    assert!(world.slack().channel(OPERATORS)[0].on_screen().contains("can't reach GitHub"));
    // By now it is tried only every few seconds, and the organization's turn is free again.
    for seconds in [10, 10, 10, 1] {
        world.pass(TimeDelta::seconds(seconds)).await;
    }
    world.github().work_normally();
    let installation = world.github().installation_in("acme").expect("the App is installed");
    let permissions = [
        ("organization_personal_access_token_requests", Access::Write),
        ("organization_personal_access_tokens", Access::Write),
        ("members", Access::Read),
    ];
    // The organization's owners mend it: the event wakes the review, no time has to pass.
    world.github().set_permissions(installation, &permissions).await;
    world.quiet().await;
    assert!(world.github().decision_on(request).is_some());
    assert!(world.card().text.contains("Approved by"));
}

#[tokio::test]
async fn the_card_goes_out_although_github_does_not_answer() {
    let world = World::start().await;
    world.github().on_call(|moment| match moment.stage {
        Stage::Before => Verdict::Answer(StatusCode::BAD_GATEWAY, json!({"message": "Server Error"})),
        Stage::After => Verdict::Continue,
    });
    world.octocat_asks().await;
    let without_github = world.card().on_screen();

    world.pass(TimeDelta::minutes(2)).await;
    let after_a_while = world.card().on_screen();
    world.github().work_normally();
    // One call finds out that GitHub works again; what it held up comes after.
    for _ in 0..7 {
        world.pass(TimeDelta::minutes(1)).await;
    }

    assert!(without_github.contains("octocat wants to WRITE") && without_github.contains("[Approve…]"));
    assert!(!without_github.contains("They say"));
    assert!(after_a_while.contains("GitHub has not told the justification yet"), "{after_a_while}");
    assert!(world.card().on_screen().contains("Release bot needs to push tags"));
    assert_eq!(world.slack().channel(APPROVALS).len(), 1);
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 1);
}

#[tokio::test]
async fn an_event_that_overtakes_the_answer_settles_and_the_answer_is_still_recorded() {
    let world = World::start().await;
    world.octocat_asks().await;
    let release = Arc::new(Notify::new());
    let held = release.clone();
    world.github().on_call(move |moment| match (moment.is_review(), moment.stage) {
        (true, Stage::After) => Verdict::Hold(held.clone()),
        _ => Verdict::Continue,
    });

    world.press_only("U0ALICE", "approve").await;
    world
        .slack()
        .until(|slack| slack.channel(APPROVALS)[0].text.contains("Approved by alice"))
        .await
        .unwrap();
    release.notify_one();
    world.quiet().await;

    let recorded = crate::audit_log::told(&world).await;
    assert!(recorded.contains("request.settled by U0ALICE: approved"), "{recorded}");
    assert!(recorded.contains("review.answered by service: confirmed"), "{recorded}");
    assert_eq!(recorded.matches("request.settled").count(), 1, "{recorded}");
}

/// Facts nobody could verify: either answer must be safe.
#[tokio::test]
async fn both_variants_of_what_github_does_not_document_end_well() {
    for status in [NotPendingStatus::NotFound, NotPendingStatus::Unprocessable] {
        for sender in [OwnSender::Bot, OwnSender::AppOwner] {
            let world = World::start().await;
            world.github().vary(|variants| {
                variants.not_pending = status;
                variants.own_sender = sender;
                variants.created_without_installation = true;
                variants.reason_in_webhook = true;
            });
            let request = world.octocat_asks().await;

            world.press("U0ALICE", "approve").await;

            assert_eq!(world.github().reviews(request).attempted, 1);
            assert!(world.card().text.contains("Approved by"));
            assert_eq!(world.slack().thread(APPROVALS, &world.card().ts).len(), 1);
        }
    }
}
