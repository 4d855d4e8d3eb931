//! An authorised click becomes a decision, and everybody is told.

use countersign::demo::APPROVALS;
use countersign::simulator::github::{Action, By, Stage, Verdict};
use insta::{assert_json_snapshot, assert_snapshot};
use std::sync::Arc;
use tokio::sync::Notify;

use crate::support::World;

#[tokio::test]
async fn a_request_becomes_a_card_and_the_requester_is_told() {
    let world = World::start().await;

    world.octocat_asks().await;

    let card = world.card();
    assert_json_snapshot!("card_pending", card.blocks);
    assert_snapshot!("card_pending_fallback", card.text);
    assert_snapshot!("card_pending_on_screen", card.on_screen());
    let dms = world.slack().dms("U0OCTOCAT");
    assert_eq!(dms.len(), 1);
    assert_json_snapshot!("dm_arrival", dms[0].blocks);
}

#[tokio::test]
async fn an_approval_reaches_github_and_everybody_is_told() {
    let world = World::start().await;
    let request = world.octocat_asks().await;

    world.press("U0ALICE", "approve").await;

    let decision = world.github().decision_on(request).expect("decided");
    assert_eq!((decision.action, decision.by), (Action::Approve, By::App));
    assert_eq!(world.github().reviews(request).attempted, 1);
    let card = world.card();
    assert_json_snapshot!("card_approved", card.blocks);
    assert_snapshot!("card_approved_fallback", card.text);
    assert_json_snapshot!("thread_approved", world.slack().thread(APPROVALS, &card.ts)[0].blocks);
    let dms = world.slack().dms("U0OCTOCAT");
    assert_eq!(dms.len(), 2);
    assert_json_snapshot!("dm_approved", dms[1].blocks);
}

#[tokio::test]
async fn the_card_never_says_approved_before_github_has_confirmed() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let release = Arc::new(Notify::new());
    let held = release.clone();
    world.github().on_call(move |moment| match (moment.is_review(), moment.stage) {
        (true, Stage::Before) => Verdict::Hold(held.clone()),
        _ => Verdict::Continue,
    });

    world.press_only("U0ALICE", "approve").await;
    world.slack().until(|slack| slack.channel(APPROVALS)[0].text.contains("Approving")).await.unwrap();
    let meanwhile = world.card();
    let told_meanwhile = world.slack().dms("U0OCTOCAT").len();
    release.notify_one();
    world.quiet().await;

    assert_json_snapshot!("card_deciding", meanwhile.blocks);
    assert!(!meanwhile.on_screen().contains("Approved") && !meanwhile.on_screen().contains("[Approve"));
    assert_eq!(told_meanwhile, 1);
    assert!(world.github().decision_on(request).is_some());
    assert!(world.card().on_screen().contains("Approved"));
}

#[tokio::test]
async fn a_requester_nobody_has_linked_gets_no_message_and_the_card_says_so() {
    let world = World::start_with(|config| *config = config.replace(r#"octocat = "U0OCTOCAT", "#, "")).await;

    world.octocat_asks().await;

    assert!(world.slack().dms("U0OCTOCAT").is_empty());
    assert!(world.card().on_screen().contains("octocat is not linked to Slack"));
}

#[tokio::test]
async fn the_record_tells_the_whole_story() {
    let world = World::start().await;
    world.octocat_asks().await;

    world.press("U0ALICE", "approve").await;

    assert_snapshot!("record_of_an_approval", crate::audit_log::told_in_short(&world).await);
}
