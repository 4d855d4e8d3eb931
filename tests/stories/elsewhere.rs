//! What happens on GitHub's own pages is followed, not fought.

use countersign::demo::APPROVALS;
use countersign::simulator::github::Action;
use insta::{assert_json_snapshot, assert_snapshot};

use crate::support::World;

#[tokio::test]
async fn an_approval_on_githubs_page_ends_the_card() {
    let world = World::start().await;
    let request = world.octocat_asks().await;

    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;

    assert_eq!(world.github().reviews(request).attempted, 0);
    assert_json_snapshot!("card_approved_on_github", world.card().blocks);
    assert_json_snapshot!(
        "thread_approved_on_github",
        world.slack().thread(APPROVALS, &world.card().ts)[0].blocks
    );
    assert_json_snapshot!("dm_approved_on_github", world.slack().dms("U0OCTOCAT")[1].blocks);
    assert_snapshot!("record_of_an_approval_on_github", crate::audit_log::told_in_short(&world).await);
}

#[tokio::test]
async fn a_denial_on_githubs_page_ends_the_card() {
    let world = World::start().await;
    let request = world.octocat_asks().await;

    world.github().decide_on_page(request, "monalisa", Action::Deny, Some("not this week")).await.unwrap();
    world.quiet().await;

    assert_json_snapshot!("card_denied_on_github", world.card().blocks);
    assert_json_snapshot!("dm_denied_on_github", world.slack().dms("U0OCTOCAT")[1].blocks);
}

#[tokio::test]
async fn a_request_taken_back_ends_the_card() {
    let world = World::start().await;
    let request = world.octocat_asks().await;

    world.github().cancel_request(request).await.unwrap();
    world.quiet().await;

    assert_json_snapshot!("card_cancelled", world.card().blocks);
    assert_json_snapshot!("thread_cancelled", world.slack().thread(APPROVALS, &world.card().ts)[0].blocks);
    assert_json_snapshot!("dm_cancelled", world.slack().dms("U0OCTOCAT")[1].blocks);
    assert_snapshot!("record_of_a_cancellation", crate::audit_log::told_in_short(&world).await);
}

#[tokio::test]
async fn a_click_after_the_end_learns_how_it_ended() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let before = world.card();
    world.github().decide_on_page(request, "monalisa", Action::Deny, None).await.unwrap();
    world.quiet().await;

    world.slack().click_as_seen("U0ALICE", &before, "approve").await.unwrap();
    world.quiet().await;

    assert_snapshot!(world.told_alone("U0ALICE"), @"This is already over: denied on GitHub by monalisa, 23 Nov 2026, 12:00 UTC.");
    assert_eq!(world.github().reviews(request).attempted, 0);
}

#[tokio::test]
async fn a_newer_request_for_the_same_token_takes_the_place_of_the_older() {
    let world = World::start().await;
    let first = world.octocat_asks().await;
    let token = world.github().token_of(first);
    let again = countersign::simulator::github::NewRequest {
        token,
        ..crate::support::push_to_payments(&world.stage.clock)
    };

    world.github().request_token(again).await;
    world.quiet().await;

    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 2);
    assert!(cards[0].on_screen().contains("Replaced by a newer request"));
    assert!(cards[1].on_screen().contains("[Approve…]"));
}

#[tokio::test]
async fn an_older_request_that_arrives_late_does_not_take_the_newers_place() {
    let world = World::start().await;
    world.github().stop_sending();
    let first = world.github().request_token(crate::support::push_to_payments(&world.stage.clock)).await;
    let lost = world.github().deliveries().pop().expect("a delivery").guid;
    world.stage.lead_to_address(&world.running.as_ref().unwrap().base);
    let again = countersign::simulator::github::NewRequest {
        token: world.github().token_of(first),
        ..crate::support::push_to_payments(&world.stage.clock)
    };
    world.github().request_token(again).await;
    world.quiet().await;

    world.github().redeliver(&lost).await.expect("a known delivery");
    world.quiet().await;

    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 2);
    assert!(cards.iter().all(|card| card.on_screen().contains("[Approve…]")));
}

#[tokio::test]
async fn a_delivery_that_comes_again_changes_nothing() {
    let world = World::start().await;
    world.octocat_asks().await;
    let guid = world.github().deliveries().pop().expect("a delivery").guid;
    let seen = |world: &World| {
        let messages = world.slack().all_messages();
        messages.into_iter().map(|message| (message.ts, message.edited)).collect::<Vec<_>>()
    };
    let before = seen(&world);

    world.github().redeliver(&guid).await.expect("a known delivery");
    world.quiet().await;

    assert_eq!(seen(&world), before);
}
