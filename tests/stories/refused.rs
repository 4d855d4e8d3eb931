//! Clicks that decide nothing: told to the clicker alone, on the record, and GitHub hears nothing.

use countersign::simulator::slack::disguise;
use insta::assert_snapshot;

use countersign::simulator::github::{MembershipState, Stage, Verdict as GitHubVerdict};
use countersign::simulator::slack::{Stage as SlackStage, Verdict};

use crate::audit_log;
use crate::support::World;

/// After a refusal nothing has happened but that it was told to `user` and recorded as `reason`.
async fn refused_as(world: &World, user: &str, reason: &str) -> String {
    let told = world.told_alone(user);
    for other in ["U0ALICE", "U0BOB", "U0MONALISA", "U0OCTOCAT"].into_iter().filter(|other| *other != user) {
        assert!(world.slack().ephemerals(other).is_empty(), "{other} was told as well");
    }
    let calls = world.github().calls();
    let is_review =
        |call: &countersign::simulator::github::Call| call.method == "POST" && call.path.contains("request");
    assert!(!calls.iter().any(is_review), "GitHub was told");
    assert!(world.card().on_screen().contains("[Approve…]"), "the card changed");
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 1, "the requester was told");
    let recorded = audit_log::told(world).await;
    assert!(recorded.contains(&format!("click.refused by {user}: refused: {reason}")), "{recorded}");
    told
}

#[tokio::test]
async fn somebody_who_is_no_approver() {
    let world = World::start().await;
    world.octocat_asks().await;

    world.press("U0BOB", "approve").await;

    let told = refused_as(&world, "U0BOB", "not_an_approver").await;
    assert_snapshot!(told, @"You can't decide this request. Who can: approvers.");
}

#[tokio::test]
async fn an_approver_for_their_own_request() {
    let world = World::start_with(|config| {
        *config = config.replace(r#"["alice", "monalisa"]"#, r#"["alice", "octocat"]"#);
    })
    .await;
    world.octocat_asks().await;

    world.press("U0OCTOCAT", "approve").await;

    let told = refused_as(&world, "U0OCTOCAT", "own_request").await;
    assert_snapshot!(told, @"This is your own request, so somebody else has to decide it.");
}

#[tokio::test]
async fn somebody_whose_github_account_nobody_knows() {
    let world = World::start_with(|config| {
        *config = config.replace(r#"["alice", "monalisa"]"#, r#"["alice", "slack:U0HUBOT"]"#);
    })
    .await;
    world.slack().add_user("U0HUBOT", "hubot");
    world.octocat_asks().await;

    world.press("U0HUBOT", "approve").await;

    let told = refused_as(&world, "U0HUBOT", "unknown_account").await;
    assert_eq!(
        told,
        "We don't know your GitHub account, so your click can't count. Link your accounts, then press the button \
         again.
[Link accounts]"
    );
}

#[tokio::test]
async fn an_approver_who_is_a_guest_in_slack() {
    for is_ultra in [false, true] {
        let world = World::start().await;
        world.octocat_asks().await;
        world
            .slack()
            .change_user("U0ALICE", |user| {
                user.is_restricted = !is_ultra;
                user.is_ultra_restricted = is_ultra;
            })
            .unwrap();

        world.press("U0ALICE", "approve").await;

        let told = refused_as(&world, "U0ALICE", "guest").await;
        assert_eq!(told, "Guests of this workspace can't decide token requests.");
    }
}

#[tokio::test]
async fn an_approver_who_comes_from_another_workspace() {
    let world = World::start().await;
    world.octocat_asks().await;
    world
        .slack()
        .change_user("U0ALICE", |user| {
            user.is_stranger = true;
            user.team_id = Some("T0ELSEWHERE".into());
        })
        .unwrap();

    world.press("U0ALICE", "approve").await;

    let told = refused_as(&world, "U0ALICE", "external").await;
    assert_snapshot!(told, @"People from other workspaces can't decide token requests.");
}

#[tokio::test]
async fn an_approver_whose_slack_account_is_deactivated() {
    let world = World::start().await;
    world.octocat_asks().await;
    let card = world.card();
    world.slack().change_user("U0ALICE", |user| user.deleted = true).unwrap();

    world.slack().click_as_seen("U0ALICE", &card, "approve").await.unwrap();
    world.quiet().await;

    let told = refused_as(&world, "U0ALICE", "deactivated").await;
    assert_snapshot!(told, @"This Slack account is deactivated.");
}

#[tokio::test]
async fn an_approver_who_left_the_organization_on_github() {
    let world = World::start().await;
    world.octocat_asks().await;
    world.github().remove_member("acme", "alice");

    world.press("U0ALICE", "approve").await;

    let told = refused_as(&world, "U0ALICE", "not_a_member").await;
    assert_snapshot!(told, @"Your GitHub account is not an active member of acme, so you can't decide this.");
}

#[tokio::test]
async fn an_approver_who_was_invited_and_has_not_joined() {
    let world = World::start().await;
    world.octocat_asks().await;
    let role = countersign::simulator::github::Role::Member;
    world.github().set_membership("acme", "alice", role, MembershipState::Pending);

    world.press("U0ALICE", "approve").await;

    refused_as(&world, "U0ALICE", "not_a_member").await;
}

#[tokio::test]
async fn an_approver_whose_membership_github_does_not_tell() {
    let world = World::start().await;
    world.octocat_asks().await;
    world.github().on_call(|moment| match (moment.path.contains("/memberships/"), moment.stage) {
        (true, Stage::Before) => GitHubVerdict::Answer(
            axum::http::StatusCode::BAD_GATEWAY,
            serde_json::json!({"message": "Server Error"}),
        ),
        _ => GitHubVerdict::Continue,
    });

    world.press("U0ALICE", "approve").await;

    let told = refused_as(&world, "U0ALICE", "cannot_tell").await;
    assert!(told.starts_with("We can't tell right now whether you may decide this"), "{told}");
}

#[tokio::test]
async fn an_approver_about_whom_slack_does_not_tell() {
    let world = World::start().await;
    world.octocat_asks().await;
    world.slack().on_call(|method, stage| match (method, stage) {
        ("users.info", SlackStage::Before) => {
            Verdict::Answer(axum::http::StatusCode::INTERNAL_SERVER_ERROR, serde_json::Value::Null)
        }
        _ => Verdict::Continue,
    });

    world.press("U0ALICE", "approve").await;

    refused_as(&world, "U0ALICE", "cannot_tell").await;
}

#[tokio::test]
async fn a_click_from_another_workspace() {
    let world = World::start().await;
    world.octocat_asks().await;
    let card = world.card();

    let answer = world
        .slack()
        .click_disguised("U0ALICE", &card, "approve", disguise::from_team("T0ELSEWHERE"))
        .await
        .unwrap();
    world.quiet().await;

    assert!(answer.status.is_success());
    let told = refused_as(&world, "U0ALICE", "other_workspace").await;
    assert_snapshot!(told, @"This Countersign serves another Slack workspace.");
}

#[tokio::test]
async fn a_click_through_another_app() {
    let world = World::start().await;
    world.octocat_asks().await;
    let card = world.card();

    world.slack().click_disguised("U0ALICE", &card, "approve", disguise::from_app("A0OTHER")).await.unwrap();
    world.quiet().await;

    let told = refused_as(&world, "U0ALICE", "other_app").await;
    assert_snapshot!(told, @"This click came through another Slack app.");
}

#[tokio::test]
async fn a_click_with_a_forged_value() {
    for value in ["r-22222", "", "approve everything", "r-7f3k2; DROP TABLE request", "t-7f3k2"] {
        let world = World::start().await;
        world.octocat_asks().await;
        let card = world.card();

        world
            .slack()
            .click_disguised("U0ALICE", &card, "approve", disguise::with_value(value))
            .await
            .unwrap();
        world.quiet().await;

        refused_as(&world, "U0ALICE", "unknown_request").await;
    }
}

#[tokio::test]
async fn a_click_with_a_forged_revision() {
    let world = World::start().await;
    world.octocat_asks().await;
    let card = world.card();
    let key = card.metadata.as_ref().unwrap()["event_payload"]["key"].as_str().unwrap().to_owned();

    let block_id = format!("{key}.00000000000000000000000000000000");
    let forged = disguise::with_block_id(&block_id);
    world.slack().click_disguised("U0ALICE", &card, "approve", forged).await.unwrap();
    world.quiet().await;

    refused_as(&world, "U0ALICE", "content_changed").await;
}

#[tokio::test]
async fn a_click_that_could_only_be_judged_a_quarter_of_an_hour_later() {
    let mut world = World::start().await;
    world.octocat_asks().await;
    // Killed right after the click was stored: it is judged at the next start.
    let judging = countersign::store::Probe::default();
    world.slack().on_call(|method, stage| match (method, stage) {
        ("users.info", SlackStage::Before) => Verdict::Hang,
        _ => Verdict::Continue,
    });
    world.press_only("U0ALICE", "approve").await;
    world.kill().await;
    world.slack().on_call(|_, _| Verdict::Continue);
    world.stage.clock.advance(chrono::TimeDelta::minutes(16));
    world.open(judging).await;
    world.quiet().await;

    let told = refused_as(&world, "U0ALICE", "too_late").await;
    assert!(told.contains("Please click again"), "{told}");
}
