//! The brake: everything but denials stops at once, on all replicas, and goes on where it stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::simulator::github::{Stage, Verdict};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::audit_log;
use crate::support::{World, get};

/// monalisa is a manager.
async fn world() -> World {
    World::start_with(with_a_manager).await
}

pub(crate) fn with_a_manager(config: &mut String) {
    *config = config.replace(
        "groups.approvers.members",
        "groups.managers.members = [\"monalisa\"]\ngroups.approvers.members",
    );
}

/// What a command is answered, once everything that follows from it is done.
async fn say(world: &World, user: &str, line: &str) -> String {
    let before = world.slack().ephemerals(user).len();
    let command = world.slack().command(user, APPROVALS, line).await.unwrap();
    assert!(command.answer.status.is_success(), "{:?}", command.answer);
    world.slack().until(|slack| slack.ephemerals(user).len() > before).await.unwrap();
    world.quiet().await;
    world.told_alone(user)
}

async fn status(world: &World) -> Value {
    let running = world.running.as_ref().unwrap();
    let status: Value =
        serde_json::from_str(&get(&format!("{}/status", running.admin)).await.text()).unwrap();
    status["frozen"].clone()
}

#[tokio::test]
async fn nothing_is_approved_and_the_card_says_why_until_it_is_lifted() {
    let world = world().await;
    let request = world.octocat_asks().await;
    let before = world.card();

    let told = say(&world, "U0MONALISA", "/pat freeze on a laptop was stolen <!channel>").await;

    assert_snapshot!(told, @"Everything is frozen from now on: nothing is approved until somebody lifts that. Denials go on. What GitHub was being told already can't be stopped.");
    assert_snapshot!(world.readable(&world.card()), @"
    octocat wants to WRITE to 2 repositories in acme
    **⚠ first token of this person**
    **Asks to:** push code (contents), read metadata
    **Where:** payments-api, payments-web (both private)
    **Until:** 21 Feb 2027 (90 days)
    **They say:**
    > Release bot needs to push tags
    **❄ Frozen by monalisa since 23 Nov 2026, 12:00 UTC: a laptop was stolen <!channel>**
    0 of 1: approvers
    Token “deploy-bot” · asked 23 Nov 2026, 12:00 UTC
    [Deny…] [Details]
    ");
    assert_eq!(
        status(&world).await,
        json!({ "is_on": true, "since": "2026-11-23T12:00:00Z", "by": "manager" })
    );

    world.slack().click_as_seen("U0ALICE", &before, "approve").await.unwrap();
    world.quiet().await;
    assert_snapshot!(world.told_alone("U0ALICE"), @"❄ Frozen by monalisa since 23 Nov 2026, 12:00 UTC: a laptop was stolen <!channel>. Nothing can be approved until that is lifted; denials go on.");
    assert_eq!(world.github().decision_on(request), None);

    let told = say(&world, "U0MONALISA", "/pat freeze off").await;

    assert_snapshot!(told, @"The freeze is lifted. Approvals count again, and decisions that waited are judged anew and go on.");
    assert_eq!(world.card().on_screen(), before.on_screen());
    assert_eq!(status(&world).await, json!({ "is_on": false }));
    world.press("U0ALICE", "approve").await;
    assert!(world.card().text.contains("Approved by"), "{}", world.card().text);
    let recorded = audit_log::told(&world).await;
    for line in [
        "freeze.on by U0MONALISA: done",
        "click.refused by U0ALICE: refused: frozen",
        "freeze.off by U0MONALISA: done",
    ] {
        assert!(recorded.contains(line), "{line} is missing:\n{recorded}");
    }
    assert_eq!(audit_log::values(&world, "why").await, ["a laptop was stolen <!channel>"]);
    let news: Vec<_> = world.slack().channel(OPERATORS).iter().map(|notice| notice.on_screen()).collect();
    assert_eq!(news.len(), 2, "{news:?}");
    assert!(news[0].starts_with("❄ Frozen by monalisa since "), "{news:?}");
}

#[tokio::test]
async fn denials_go_on() {
    let world = world().await;
    let request = world.octocat_asks().await;
    say(&world, "U0MONALISA", "/pat freeze on a laptop was stolen").await;

    world.modal("U0ALICE", "deny").await;
    world.submit("U0ALICE", &[("reason", "not now")]).await;

    assert!(world.github().decision_on(request).is_some());
    assert!(world.card().text.contains("Denied by alice"), "{}", world.card().text);
}

#[tokio::test]
async fn who_opens_the_details_is_not_offered_to_approve() {
    let world = world().await;
    world.octocat_asks().await;
    say(&world, "U0MONALISA", "/pat freeze on a laptop was stolen").await;

    let details = world.modal("U0ALICE", "details").await;

    assert!(details["submit"].is_null(), "{details}");
}

#[tokio::test]
async fn only_managers_freeze_and_lift_and_whoever_tries_is_on_record() {
    let world = world().await;

    for line in ["/pat freeze on I can", "/pat freeze off"] {
        let told = say(&world, "U0ALICE", line).await;
        assert_eq!(told, "Only members of the group managers can do this.");
    }
    world.slack().change_user("U0MONALISA", |user| user.is_restricted = true).unwrap();
    say(&world, "U0MONALISA", "/pat freeze on I can").await;

    assert_snapshot!(say(&world, "U0BOB", "/pat freeze").await, @"Nothing is frozen.");
    let recorded = audit_log::told(&world).await;
    for line in [
        "freeze.on by U0ALICE: refused: not_a_manager",
        "freeze.off by U0ALICE: refused: not_a_manager",
        "freeze.on by U0MONALISA: refused: guest",
    ] {
        assert!(recorded.contains(line), "{line} is missing:\n{recorded}");
    }
}

#[tokio::test]
async fn the_command_wants_a_reason_and_tells_how_it_stands() {
    let world = world().await;

    assert_snapshot!(say(&world, "U0MONALISA", "/pat freeze on").await, @"Please say why in one line, because everybody reads it (it says nothing): /pat freeze on WHY");
    assert_snapshot!(say(&world, "U0MONALISA", "/pat freeze off").await, @"Nothing is frozen.");
    say(&world, "U0MONALISA", "/pat freeze on a laptop was stolen").await;
    assert_snapshot!(say(&world, "U0MONALISA", "/pat freeze on another reason").await, @"It is so already. ❄ Frozen by monalisa since 23 Nov 2026, 12:00 UTC: a laptop was stolen.");
    assert_snapshot!(say(&world, "U0BOB", "/pat freeze").await, @"❄ Frozen by monalisa since 23 Nov 2026, 12:00 UTC: a laptop was stolen");
}

/// alice has approved, and the review is stopped right before its attempt is recorded.
async fn stopped_before_the_attempt(world: &World) -> Arc<Notify> {
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let is_first = AtomicBool::new(true);
    let (told, held) = (reached.clone(), release.clone());
    world.github().on_call(move |moment| {
        let is_list = moment.method == "GET" && moment.path.contains("/personal-access-token-requests");
        match is_list && moment.stage == Stage::Before && is_first.swap(false, Ordering::SeqCst) {
            true => {
                told.notify_one();
                Verdict::Hold(held.clone())
            }
            false => Verdict::Continue,
        }
    });
    world.press_only("U0ALICE", "approve").await;
    reached.notified().await;
    release
}

/// alice has approved, and everything is frozen before the review's attempt is recorded.
async fn frozen_before_the_attempt(world: &World) {
    let release = stopped_before_the_attempt(world).await;
    let before = world.slack().ephemerals("U0MONALISA").len();
    world.slack().command("U0MONALISA", APPROVALS, "/pat freeze on a laptop was stolen").await.unwrap();
    world.slack().until(|slack| slack.ephemerals("U0MONALISA").len() > before).await.unwrap();
    release.notify_one();
    world.quiet().await;
}

#[tokio::test]
async fn what_is_frozen_between_the_vote_and_the_review_is_not_sent_and_goes_on_later() {
    let world = world().await;
    let request = world.octocat_asks().await;
    frozen_before_the_attempt(&world).await;

    assert_eq!(world.github().reviews(request).attempted, 0);
    assert_snapshot!(world.readable(&world.card()), @"
    octocat wants to WRITE to 2 repositories in acme
    **⚠ first token of this person**
    **Asks to:** push code (contents), read metadata
    **Where:** payments-api, payments-web (both private)
    **Until:** 21 Feb 2027 (90 days)
    **They say:**
    > Release bot needs to push tags
    **Approving… by** @U0ALICE
    **⚠ GitHub can't be told yet:** everything is frozen by monalisa: a laptop was stolen
    Token “deploy-bot” · asked 23 Nov 2026, 12:00 UTC
    [Withdraw] [Check again] [Details]
      Withdraw asks: Withdraw? The request goes back to waiting, and GitHub is not told. (Withdraw | Back)
    ");
    world.pass(TimeDelta::minutes(5)).await;
    assert_eq!(world.github().reviews(request).attempted, 0);

    say(&world, "U0MONALISA", "/pat freeze off").await;

    assert_eq!(world.github().reviews(request).attempted, 1);
    assert!(world.card().text.contains("Approved by"), "{}", world.card().text);
}

#[tokio::test]
async fn after_a_freeze_the_deciders_rights_are_judged_anew() {
    let world = world().await;
    let request = world.octocat_asks().await;
    frozen_before_the_attempt(&world).await;
    world.github().remove_member("acme", "alice");

    say(&world, "U0MONALISA", "/pat freeze off").await;

    assert_eq!(world.github().reviews(request).attempted, 0);
    assert!(
        world.card().on_screen().contains("alice may no longer decide this"),
        "{}",
        world.card().on_screen()
    );
}

#[tokio::test]
async fn a_denial_on_its_way_is_not_held_back() {
    let world = world().await;
    let request = world.octocat_asks().await;
    world.reviews_are_answered(503, "Server Error");
    world.modal("U0ALICE", "deny").await;
    world.submit("U0ALICE", &[("reason", "not now")]).await;
    say(&world, "U0MONALISA", "/pat freeze on a laptop was stolen").await;

    world.github().on_call(|_| Verdict::Continue);
    world.pass(TimeDelta::minutes(2)).await;

    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn it_outlasts_a_restart() {
    let mut world = world().await;
    let request = world.octocat_asks().await;
    let before = world.card();
    say(&world, "U0MONALISA", "/pat freeze on a laptop was stolen").await;

    world.kill().await;
    world.open(countersign::store::Probe::default()).await;
    world.quiet().await;
    world.slack().click_as_seen("U0ALICE", &before, "approve").await.unwrap();
    world.quiet().await;

    assert_eq!(world.github().decision_on(request), None);
    assert!(
        world.told_alone("U0ALICE").starts_with("❄ Frozen by monalisa"),
        "{}",
        world.told_alone("U0ALICE")
    );
}
