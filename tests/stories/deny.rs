//! Deny…: a form with reasons to choose from and room for one's own; judged when it opens and when it is sent.

use countersign::simulator::github::{Action, Decision, MembershipState, ReasonUnit, Repositories, Role};
use countersign::simulator::slack::{Stage, Verdict, disguise, render};
use countersign::store::Probe;
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::Value;

use crate::support::World;

/// What GitHub was told.
async fn denied(world: &World, request: countersign::ids::RequestId) -> Decision {
    let decision = world.github().decision_on(request).expect("it was decided");
    assert_eq!(decision.action, Action::Deny);
    decision
}

/// A world in which alice has the form before her.
async fn with_the_form_open() -> (World, countersign::ids::RequestId) {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.modal("U0ALICE", "deny").await;
    (world, request)
}

#[tokio::test]
async fn a_denial_reaches_github_and_the_requester_with_its_reason() {
    let world = World::start().await;
    let request = world.octocat_asks().await;

    assert_json_snapshot!("form_to_deny", World::sent(&world.modal("U0ALICE", "deny").await));
    world
        .submit("U0ALICE", &[("reason_preset", "too_broad"), ("reason", "payments-api alone would do")])
        .await;

    assert_snapshot!(denied(&world, request).await.reason.expect("a reason"), @r"
    This asks for more than the job needs. Please ask again with fewer repositories or permissions.

    payments-api alone would do
    ");
    assert_json_snapshot!("card_denied", world.card().blocks);
    assert_snapshot!("card_denied_fallback", world.card().text);
    assert_json_snapshot!("dm_denied", world.slack().dms("U0OCTOCAT")[1].blocks);
    assert_json_snapshot!(
        "thread_denied",
        world.slack().thread(&world.card().channel, &world.card().ts)[0].blocks
    );
    assert_snapshot!("record_of_a_denial", crate::audit_log::told_in_short(&world).await);
    let comments = crate::audit_log::values(&world, "comment").await;
    assert!(comments[0].ends_with("payments-api alone would do"), "{comments:?}");
}

#[tokio::test]
async fn a_chosen_reason_a_typed_one_or_none_are_enough() {
    for (inputs, reason) in [
        (
            vec![("reason_preset", "too_long")],
            Some("This would last too long. Please ask again with an earlier expiry date."),
        ),
        (vec![("reason", " not now ")], Some("not now")),
        (vec![], None),
    ] {
        let (world, request) = with_the_form_open().await;

        world.submit("U0ALICE", &inputs).await;

        assert_eq!(denied(&world, request).await.reason.as_deref(), reason);
    }
}

#[tokio::test]
async fn the_longest_reason_fits_whichever_way_github_counts() {
    for unit in [ReasonUnit::CodePoints, ReasonUnit::Utf16, ReasonUnit::Bytes] {
        let (world, request) = with_the_form_open().await;
        world.github().vary(|variants| variants.reason_unit = unit);

        let longest = "界".repeat(341);
        world.submit("U0ALICE", &[("reason", &longest)]).await;

        assert_eq!(denied(&world, request).await.reason, Some(longest));
    }
}

#[tokio::test]
async fn a_reason_that_is_too_long_is_said_to_be_under_its_field() {
    let (world, request) = with_the_form_open().await;

    let answer = world.submit("U0ALICE", &[("reason", &"界".repeat(342))]).await;

    let told: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(told["response_action"], "errors");
    assert_snapshot!(told["errors"]["reason"].as_str().expect("words"), @"This is too long for GitHub by 2 bytes. Please shorten it.");
    assert!(world.github().is_pending(request));
    world.submit("U0ALICE", &[("reason", "shorter")]).await;
    assert_eq!(denied(&world, request).await.reason.as_deref(), Some("shorter"));
}

#[tokio::test]
async fn somebody_who_may_not_deny_is_told_so_when_the_form_would_open() {
    let world = World::start().await;
    let request = world.octocat_asks().await;

    let view = world.modal("U0BOB", "deny").await;

    assert_snapshot!(render(&view["blocks"]), @"You can't decide this request. Who can: approvers.");
    assert!(view["submit"].is_null(), "there is nothing to send");
    assert!(world.github().is_pending(request));
    let recorded = crate::audit_log::told(&world).await;
    assert!(recorded.contains("click.refused by U0BOB: refused: not_an_approver"), "{recorded}");
}

#[tokio::test]
async fn a_right_lost_while_the_form_was_open_is_lost() {
    let (world, request) = with_the_form_open().await;
    world.github().set_membership("acme", "alice", Role::Member, MembershipState::Pending);

    world.submit("U0ALICE", &[("reason", "no")]).await;

    assert!(world.github().is_pending(request));
    assert_snapshot!(world.told_alone("U0ALICE"), @"Your GitHub account is not an active member of acme, so you can't decide this.");
    assert!(world.card().on_screen().contains("[Deny…]"));
}

#[tokio::test]
async fn who_has_left_the_channel_is_told_by_direct_message() {
    let (world, request) = with_the_form_open().await;
    world.github().remove_member("acme", "alice");
    let channel = world.card().channel;
    world.slack().change_channel(&channel, |room| room.outsiders.extend(["U0ALICE".to_owned()])).unwrap();

    world.submit("U0ALICE", &[("reason", "no")]).await;

    assert!(world.github().is_pending(request));
    let dm = world.slack().dms("U0ALICE").pop().expect("alice was told");
    assert!(dm.text.contains("not an active member of acme"), "{}", dm.text);
}

#[tokio::test]
async fn content_that_changed_under_the_form_is_shown_anew() {
    let (world, request) = with_the_form_open().await;
    world.github().vary(|variants| variants.edits_are_announced = true);
    world.github().edit_request(request, |content| content.repositories = Repositories::All).await.unwrap();
    world.quiet().await;

    world.submit("U0ALICE", &[("reason", "no")]).await;

    assert!(world.github().is_pending(request));
    assert!(world.told_alone("U0ALICE").contains("has changed since that card was made"));
    assert!(world.card().on_screen().contains("every repository"));
}

#[tokio::test]
async fn a_form_sent_after_the_end_changes_nothing() {
    let (world, request) = with_the_form_open().await;
    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;

    world.submit("U0ALICE", &[("reason", "no")]).await;

    assert_eq!(world.github().reviews(request).attempted, 0);
    assert_snapshot!(world.told_alone("U0ALICE"), @"This is already over: approved on GitHub by monalisa, 23 Nov 2026, 12:00 UTC.");
}

#[tokio::test]
async fn a_form_from_elsewhere_or_another_version_is_turned_away_in_its_own_window() {
    for (pointer, value) in
        [("/api_app_id", "A0OTHER"), ("/view/private_metadata", "{}"), ("/view/callback_id", "novelty")]
    {
        let (world, request) = with_the_form_open().await;
        let forge = |payload: &mut Value| {
            *payload.pointer_mut(pointer).expect("a field") = value.into();
        };

        world.slack().submit_disguised("U0ALICE", &[("reason", "no")], forge).await.unwrap();
        world.quiet().await;

        assert!(world.github().is_pending(request), "{pointer}");
        let view = world.slack().modal("U0ALICE").expect("the window says why");
        assert!(view["submit"].is_null(), "{pointer}");
        let recorded = crate::audit_log::told(&world).await;
        assert!(recorded.contains("click.refused by U0ALICE"), "{pointer}: {recorded}");
    }
}

#[tokio::test]
async fn a_reason_of_another_version_is_not_taken_for_one_of_ours() {
    let (world, request) = with_the_form_open().await;
    let forge = |payload: &mut Value| {
        let chosen = "/view/state/values/reason_preset/reason_preset/selected_option";
        *payload.pointer_mut(chosen).expect("a field") = serde_json::json!({ "value": "novelty" });
    };

    let answer =
        world.slack().submit_disguised("U0ALICE", &[("reason_preset", "too_long")], forge).await.unwrap();
    world.quiet().await;

    assert!(String::from_utf8_lossy(&answer.body).contains("not offered any more"));
    assert!(world.github().is_pending(request));
}

#[tokio::test]
async fn a_window_that_does_not_open_is_apologised_for() {
    let world = World::start().await;
    world.octocat_asks().await;
    world.slack().on_call(|method, stage| match (method, stage) {
        ("views.open", Stage::Before) => Verdict::Reset,
        _ => Verdict::Continue,
    });

    world.press_only("U0ALICE", "deny").await;

    world.slack().until(|slack| !slack.ephemerals("U0ALICE").is_empty()).await.unwrap();
    assert_snapshot!(world.told_alone("U0ALICE"), @"The window could not be opened in time. Please click again.");
}

#[tokio::test]
async fn an_accepted_form_survives_the_service() {
    let (mut world, request) = with_the_form_open().await;
    world.slack().on_call(|_, _| Verdict::Hang);
    world.github().on_call(|_| countersign::simulator::github::Verdict::Hang);
    world.slack().submit("U0ALICE", &[("reason", "no")]).await.expect("it is accepted");

    world.kill().await;
    world.slack().on_call(|_, _| Verdict::Continue);
    world.github().work_normally();
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    world.quiet().await;

    assert_eq!(denied(&world, request).await.reason.as_deref(), Some("no"));
}

#[tokio::test]
async fn a_guest_from_another_workspace_is_turned_away() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let card = world.card();

    world.slack().click_disguised("U0ALICE", &card, "deny", disguise::from_team("T0OTHER")).await.unwrap();
    world.quiet().await;

    assert_eq!(world.told_alone("U0ALICE"), "This Countersign serves another Slack workspace.");
    assert!(world.slack().modal("U0ALICE").is_none());
    assert!(world.github().is_pending(request));
}
