//! The brake: everything but denials and revocations stops at once, on all replicas, and goes on where it stopped.

use std::sync::Arc;

use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::ids::{ChannelId, SlackUserId};
use countersign::jobs::{FreezeWish, Wisher};
use countersign::simulator::github::{NewRequest, Verdict};
use countersign::slack::messages;
use countersign::store::Change;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::audit_log;
use crate::support::{World, get, push_to_payments};

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

/// The log is all that operators have then, and it must not hold what a manager typed; the search of every story's log
/// would find it.
#[tokio::test]
async fn without_an_operators_channel_the_log_says_that_everything_is_frozen_and_not_why() {
    let world = World::start_with(|config| {
        with_a_manager(config);
        *config = config
            .lines()
            .filter(|line| !line.starts_with("operators_channel"))
            .collect::<Vec<_>>()
            .join("\n");
    })
    .await;

    say(&world, "U0MONALISA", "/pat freeze on the laptop of octocat's sister was stolen").await;
    say(&world, "U0MONALISA", "/pat freeze off").await;

    let logged = world.logged();
    let told = logged.lines().filter(|line| line.contains("there is no operators' channel to tell this to"));
    let told: Vec<_> = told.filter(|line| line.contains("freeze")).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|line| !line.contains("laptop")), "{told:?}");
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
    let (reached, release) = world.holds_the_list();
    world.press_only("U0ALICE", "approve").await;
    reached.notified().await;
    release
}

/// What a command is answered, while other things are still on their way.
pub(crate) async fn say_meanwhile(world: &World, line: &str) {
    let before = world.slack().ephemerals("U0MONALISA").len();
    world.slack().command("U0MONALISA", APPROVALS, line).await.unwrap();
    world.slack().until(|slack| slack.ephemerals("U0MONALISA").len() > before).await.unwrap();
}

/// alice has approved, and everything is frozen before the review's attempt is recorded.
async fn frozen_before_the_attempt(world: &World) {
    let release = stopped_before_the_attempt(world).await;
    say_meanwhile(world, "/pat freeze on a laptop was stolen").await;
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
    **❄ On hold:** everything is frozen by monalisa: a laptop was stolen
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

/// The review has looked at the brake before, and looks at it again in the commit that would send.
#[tokio::test]
async fn after_a_freeze_that_came_and_went_meanwhile_they_are_judged_anew_too() {
    let world = world().await;
    let request = world.octocat_asks().await;
    let release = stopped_before_the_attempt(&world).await;
    say_meanwhile(&world, "/pat freeze on a laptop was stolen").await;
    world.github().remove_member("acme", "alice");
    say_meanwhile(&world, "/pat freeze off").await;

    release.notify_one();
    world.quiet().await;

    assert_eq!(world.github().reviews(request).attempted, 0);
    let screen = world.card().on_screen();
    assert!(screen.contains("alice may no longer decide this"), "{screen}");
}

/// What stood in the way is told as it is: the freeze while it lasts, whatever GitHub asks for, and then no longer.
#[tokio::test]
async fn after_a_freeze_the_card_no_longer_blames_it_although_github_is_down() {
    let world = world().await;
    let request = world.octocat_asks().await;
    frozen_before_the_attempt(&world).await;
    world.github().on_call(|moment| match moment.path.contains("/personal-access-token-requests") {
        true => Verdict::Answer(axum::http::StatusCode::BAD_GATEWAY, json!({})),
        false => Verdict::Continue,
    });

    say(&world, "U0MONALISA", "/pat freeze off").await;

    let screen = world.card().on_screen();
    assert!(screen.contains("Approving…") && !screen.contains("frozen"), "{screen}");
    for _ in 0..3 {
        world.pass(TimeDelta::minutes(5)).await;
    }
    let screen = world.card().on_screen();
    assert!(screen.contains("GitHub has not answered since") && !screen.contains("frozen"), "{screen}");
    assert_eq!(world.github().reviews(request).attempted, 0);
}

/// A decision that waits for a freeze still learns how GitHub has ended its request meanwhile.
#[tokio::test]
async fn what_waits_for_a_freeze_is_looked_for_all_the_same() {
    let world = world().await;
    let request = world.octocat_asks().await;
    frozen_before_the_attempt(&world).await;
    world.github().stop_sending();
    world.github().cancel_request(request).await.unwrap();

    for _ in 0..4 {
        world.pass(TimeDelta::minutes(5)).await;
    }

    let screen = world.card().on_screen();
    assert!(!screen.contains("Approving…"), "{screen}");
    assert_eq!(world.github().reviews(request).attempted, 0);
}

/// Wishes are judged side by side; of two the younger counts.
#[tokio::test]
async fn what_was_frozen_anew_is_not_lifted_by_an_older_wish() {
    let world = World::start_with(|config| {
        with_a_manager(config);
        *config = config.replace("[\"monalisa\"]\n", "[\"monalisa\", \"alice\"]\n");
    })
    .await;
    say(&world, "U0MONALISA", "/pat freeze on a laptop was stolen").await;
    world.pass(TimeDelta::minutes(10)).await;
    let asked_at = world.stage.clock.now();
    world.stage.clock.advance(TimeDelta::seconds(1));
    say(&world, "U0MONALISA", "/pat freeze on the laptop is still gone").await;

    // Slack took its time to tell who alice is.
    let wish = FreezeWish {
        wisher: Wisher {
            by: SlackUserId::new("U0ALICE"),
            channel: Some(ChannelId::new(APPROVALS)),
            response_url: None,
        },
        why: None,
        asked_at,
    };
    let late = Change { jobs: vec![wish.job("late", asked_at)], ..Change::default() };
    let _ = world.running.as_ref().unwrap().app.store.commit(late).await.unwrap();
    world.quiet().await;

    assert_snapshot!(world.told_alone("U0ALICE"), @"Somebody has asked for it anew since you did, so nothing was lifted. ❄ Frozen by monalisa since 23 Nov 2026, 12:00 UTC: a laptop was stolen.");
    assert_eq!(status(&world).await["is_on"], true, "nothing was lifted");
    let recorded = audit_log::told(&world).await;
    assert!(recorded.contains("freeze.off by U0ALICE: frozen anew since"), "{recorded}");
    assert_eq!(say(&world, "U0ALICE", "/pat freeze off").await, messages::LIFTED_NOW);
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

/// Whether it was answered by a limit or by an error that may hide an effect.
#[tokio::test]
async fn what_github_did_not_take_waits_for_a_freeze_and_goes_on_after_it() {
    for (status, words) in [(429, "You have exceeded a secondary rate limit"), (502, "Server Error")] {
        let world = world().await;
        let request = world.octocat_asks().await;
        world.reviews_are_answered(status, words);
        world.press("U0ALICE", "approve").await;
        let before = world.github().reviews(request).attempted;
        assert_eq!(before, 1, "{status}");

        say(&world, "U0MONALISA", "/pat freeze on a laptop was stolen").await;
        world.github().work_normally();
        for _ in 0..4 {
            world.pass(TimeDelta::minutes(5)).await;
        }

        assert_eq!(world.github().reviews(request).attempted, before, "{status}");
        let screen = world.card().on_screen();
        assert!(
            screen.contains("everything is frozen by monalisa: a laptop was stolen"),
            "{status}: {screen}"
        );

        say(&world, "U0MONALISA", "/pat freeze off").await;
        world.pass(TimeDelta::minutes(5)).await;
        assert!(world.card().text.contains("Approved by"), "{status}: {}", world.card().text);
    }
}

#[tokio::test]
async fn a_form_that_was_opened_before_can_not_approve() {
    let world = world().await;
    let request = world.octocat_asks().await;
    let details = world.modal("U0ALICE", "details").await;
    assert!(!details["submit"].is_null(), "{details}");
    say(&world, "U0MONALISA", "/pat freeze on a laptop was stolen").await;

    world.submit("U0ALICE", &[("reason", "for the release only")]).await;

    assert_eq!(world.github().reviews(request).attempted, 0);
    let told = world.told_alone("U0ALICE");
    assert!(told.starts_with("❄ Frozen by monalisa since"), "{told}");
    let recorded = audit_log::told(&world).await;
    assert!(recorded.contains("click.refused by U0ALICE: refused: frozen"), "{recorded}");
}

#[tokio::test]
async fn what_is_shown_of_a_list_is_frozen_too() {
    let world = world().await;
    for number in 0..7 {
        let token_name = format!("laptop-{number}");
        let wish = NewRequest { token_name, ..push_to_payments(&world.stage.clock) };
        world.github().request_token(wish).await;
    }
    world.quiet().await;
    // The collecting card follows in a moment, and Slack takes one card a second.
    world.pass(TimeDelta::minutes(1)).await;
    let cards = world.slack().channel(APPROVALS);
    let list = cards.iter().find(|card| card.on_screen().contains("[Post all]")).expect("a list");
    say(&world, "U0MONALISA", "/pat freeze on a laptop was stolen").await;

    world.slack().click("U0ALICE", APPROVALS, &list.ts, "show_all").await.unwrap();
    world.quiet().await;
    world.pass(TimeDelta::minutes(1)).await;

    let cards = world.slack().channel(APPROVALS);
    let cards: Vec<_> = cards.iter().filter(|card| card.ts != list.ts).map(|card| card.on_screen()).collect();
    assert_eq!(cards.len(), 7);
    for card in cards {
        assert!(card.contains("❄ Frozen by monalisa") && !card.contains("[Approve…]"), "{card}");
    }
}
