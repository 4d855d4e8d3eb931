//! The Details button: everything about a request, for who may see it, and the form to approve it with a comment.

use countersign::demo::APPROVALS;
use countersign::simulator::github::{NewRequest, Repositories};
use countersign::simulator::slack::render;
use insta::{assert_json_snapshot, assert_snapshot};

use crate::support::{World, push_to_payments};

#[tokio::test]
async fn an_approver_sees_everything_and_can_approve_with_a_comment() {
    let world = World::start().await;
    let request = world.octocat_asks().await;

    assert_json_snapshot!("details_for_an_approver", World::sent(&world.modal("U0ALICE", "details").await));
    world.submit("U0ALICE", &[("reason", "for the release only")]).await;

    let decision = world.github().decision_on(request).expect("it was decided");
    assert_eq!(decision.reason.as_deref(), Some("for the release only"));
    let dm = world.slack().dms("U0OCTOCAT").pop().expect("octocat was told");
    assert_snapshot!("dm_approved_with_a_comment", dm.on_screen());
}

#[tokio::test]
async fn a_comment_may_be_left_out() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.modal("U0ALICE", "details").await;

    world.submit("U0ALICE", &[]).await;

    assert_eq!(world.github().decision_on(request).expect("it was decided").reason, None);
}

#[tokio::test]
async fn the_requester_sees_their_own_and_can_not_approve_it() {
    let world = World::start().await;
    world.octocat_asks().await;

    let view = world.modal("U0OCTOCAT", "details").await;

    assert!(view["blocks"].to_string().contains("payments-api"));
    assert!(view["submit"].is_null());
}

#[tokio::test]
async fn somebody_without_the_right_is_told_so_in_the_modal() {
    let world = World::start().await;
    world.octocat_asks().await;

    let view = world.modal("U0BOB", "details").await;

    assert_snapshot!(render(&view["blocks"]), @"You can't decide this request. Who can: approvers.");
    let recorded = crate::audit_log::told(&world).await;
    assert!(recorded.contains("details.shown by U0BOB: refused: not_an_approver"), "{recorded}");
}

#[tokio::test]
async fn what_was_read_is_what_is_approved() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.modal("U0ALICE", "details").await;

    world.github().vary(|variants| variants.edits_are_announced = true);
    let edit = world.github().edit_request(request, |content| content.repositories = Repositories::All);
    edit.await.expect("a pending request");
    world.quiet().await;
    world.submit("U0ALICE", &[]).await;

    assert!(world.github().is_pending(request));
    assert_snapshot!(world.told_alone("U0ALICE"), @"The request has changed since that card was made. Please read the card again and decide anew.");
}

#[tokio::test]
async fn many_repositories_are_paged() {
    let world = World::start().await;
    let names: Vec<_> = (1..=120).map(|number| format!("service-{number:03}")).collect();
    for name in &names {
        world.github().add_repository("acme", name, true);
    }
    // The webhook names only some of them; the rest is asked for.
    world.github().vary(|variants| variants.inline_repositories = Some(10));
    let new =
        NewRequest { repositories: Repositories::Subset(names), ..push_to_payments(&world.stage.clock) };
    world.github().request_token(new).await;
    world.quiet().await;

    let first = world.modal("U0ALICE", "details").await.to_string();
    turn(&world, "next_page", "page 2 of 3").await;
    let last = turn(&world, "next_page", "page 3 of 3").await;
    turn(&world, "previous_page", "page 2 of 3").await;

    assert!(first.contains("Repositories (120), page 1 of 3"), "{first}");
    assert!(first.contains("service-050") && !first.contains("service-051"));
    assert!(last.contains("service-101") && last.contains("service-120") && !last.contains("service-100"));
    assert!(!last.contains("next_page"));
    // A message leads to where they can be paged.
    let show = format!("/pat show {}", world.key_of(&world.card()));
    world.slack().close("U0ALICE").await.expect("there is a modal");
    world.slack().command("U0ALICE", APPROVALS, &show).await.unwrap();
    world.slack().until(|slack| !slack.ephemerals("U0ALICE").is_empty()).await.unwrap();
    let told = world.slack().ephemerals("U0ALICE").pop().unwrap().on_screen();
    assert!(told.contains("page 1 of 3") && told.ends_with("[All repositories]"), "{told}");
    world.slack().click_ephemeral("U0ALICE", "details").await.unwrap();
    world.slack().until(|slack| slack.modal("U0ALICE").is_some()).await.unwrap();
    world.filled_modal("U0ALICE").await;
    turn(&world, "next_page", "page 2 of 3").await;
    // Wherever somebody has paged to, the form is still for this request.
    world.submit("U0ALICE", &[]).await;
    assert!(world.card().text.contains("Approved by alice"));
}

#[tokio::test]
async fn turning_a_page_does_not_slip_in_what_has_changed() {
    let world = World::start().await;
    let names: Vec<_> = (1..=60).map(|number| format!("service-{number:03}")).collect();
    for name in &names {
        world.github().add_repository("acme", name, true);
    }
    let new =
        NewRequest { repositories: Repositories::Subset(names), ..push_to_payments(&world.stage.clock) };
    let request = world.github().request_token(new).await;
    world.quiet().await;
    world.modal("U0ALICE", "details").await;
    world.github().vary(|variants| variants.edits_are_announced = true);
    let edit = world.github().edit_request(request, |content| content.expires_at = None);
    edit.await.expect("a pending request");
    world.quiet().await;

    let changed = turn(&world, "next_page", "was changed while this window was open").await;

    assert!(changed.contains("page 1 of 2") && !changed.contains("service-051"), "{changed}");
    assert!(!changed.contains("next_page"), "{changed}");
    assert!(world.slack().modal("U0ALICE").expect("a modal")["submit"].is_null());
    assert!(world.github().is_pending(request));
    world.slack().close("U0ALICE").await.expect("there is a modal");
    world.modal("U0ALICE", "details").await;
    world.submit("U0ALICE", &[]).await;
    assert!(world.card().text.contains("Approved by alice"), "opened anew, it can be approved");
}

/// Presses a button of the modal and gives what it shows then.
async fn turn(world: &World, button: &str, expected: &str) -> String {
    world.slack().press("U0ALICE", button).await.expect("the click is answered");
    let shows = |view: serde_json::Value| view["blocks"].to_string().contains(expected);
    world.slack().until(|slack| slack.modal("U0ALICE").is_some_and(shows)).await.expect("the page is shown");
    world.slack().modal("U0ALICE").expect("a modal")["blocks"].to_string()
}
