//! Two people want the same token gone, and only one at a time has it ended: what that one leaves the other goes on with,
//! and nobody reads that a token is gone, or left to somebody, where it is not so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::ORGANIZATION;
use countersign::simulator::github::{MembershipState, Role, Stage, Verdict};
use serde_json::json;
use tokio::sync::Notify;

use crate::revoke::{
    calls, dm, is_for_one, left, opens, recorded, refuse, revokes, sends, settles, with_tokens,
};
use crate::support::World;

/// alice is having octocat's token revoked, which GitHub does not allow the App; monalisa wants the same.
async fn behind_alice() -> World {
    let world = with_tokens(0).await;
    refuse(world.github(), 403, "Resource not accessible by integration");
    for (user, reason) in [("U0ALICE", "Old"), ("U0MONALISA", "Leaked")] {
        // What is being revoked already is not offered to anybody else.
        opens(&world, user, "/pat revoke owner:octocat").await;
        assert!(world.slack().modal(user).is_some(), "{reason}");
    }
    for (user, reason) in [("U0ALICE", "Old"), ("U0MONALISA", "Leaked")] {
        sends(&world, user, &[("reason", reason)]).await;
        settles(&world).await;
    }
    world
}

fn waits_for_alice(world: &World) {
    let told = dm(world, "U0MONALISA");
    assert!(told.starts_with("**Revoking 1 token: 0 of 1 done…**"), "{told}");
    assert!(
        told.contains(
            "**⚠ Waits:** @U0ALICE is having 1 of these revoked already. What that leaves, this revokes."
        ),
        "{told}"
    );
}

#[tokio::test]
async fn what_one_may_not_end_any_more_the_other_ends() {
    let world = behind_alice().await;
    waits_for_alice(&world);
    world.github().set_membership(ORGANIZATION, "alice", Role::Member, MembershipState::Pending);
    world.github().work_normally();
    world.pass(TimeDelta::minutes(11)).await;
    settles(&world).await;

    assert_eq!(left(&world), 0);
    let (alice, monalisa) = (dm(&world, "U0ALICE"), dm(&world, "U0MONALISA"));
    assert!(alice.starts_with("**Nothing was revoked**"), "{alice}");
    assert!(monalisa.starts_with("**Revoked 1 token**"), "{monalisa}");
    let owner = dm(&world, "U0OCTOCAT");
    assert!(owner.contains("@U0MONALISA") && owner.contains("> Leaked"), "{owner}");
    let recorded = recorded(&world).await;
    let ended = recorded.iter().filter(|line| line.starts_with("token.revoked")).count();
    assert_eq!(ended, 1, "{recorded:?}");
}

/// Rights come first: who has it revoked is nobody else's business.
#[tokio::test]
async fn who_may_not_revoke_it_waits_for_nobody() {
    let world = with_tokens(0).await;
    refuse(world.github(), 403, "Resource not accessible by integration");
    for user in ["U0ALICE", "U0MONALISA"] {
        opens(&world, user, "/pat revoke owner:octocat").await;
    }
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;
    world.github().set_membership(ORGANIZATION, "monalisa", Role::Member, MembershipState::Pending);
    sends(&world, "U0MONALISA", &[("reason", "Leaked")]).await;
    settles(&world).await;

    let told = dm(&world, "U0MONALISA");
    assert!(told.starts_with("**Nothing was revoked**"), "{told}");
    assert!(told.contains("is not an active member of acme") && !told.contains("U0ALICE"), "{told}");
}

/// Nobody wants it any more after a day, but whoever asked later still does.
#[tokio::test]
async fn what_is_given_up_for_one_goes_on_for_the_other() {
    let world = with_tokens(0).await;
    refuse(world.github(), 403, "Resource not accessible by integration");
    for user in ["U0ALICE", "U0MONALISA"] {
        opens(&world, user, "/pat revoke owner:octocat").await;
    }
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;
    world.pass(TimeDelta::minutes(50)).await;
    sends(&world, "U0MONALISA", &[("reason", "Leaked")]).await;
    settles(&world).await;
    waits_for_alice(&world);

    world.pass(TimeDelta::minutes(23 * 60 + 15)).await;
    let alice = dm(&world, "U0ALICE");
    assert!(alice.contains("GitHub could not be told within a day. Please ask again."), "{alice}");
    settles(&world).await;
    world.github().work_normally();
    world.pass(TimeDelta::minutes(10)).await;
    settles(&world).await;

    assert_eq!(left(&world), 0);
    assert!(dm(&world, "U0MONALISA").starts_with("**Revoked 1 token**"), "{}", dm(&world, "U0MONALISA"));
}

#[tokio::test]
async fn what_an_operator_takes_from_one_the_other_goes_on_with() {
    let world = behind_alice().await;
    let jobs = crate::policies::command(&world, &["jobs", "list", "--json"]);
    let jobs: serde_json::Value = serde_json::from_str(&jobs).unwrap();
    let jobs = jobs.as_array().or(jobs["jobs"].as_array()).unwrap();
    let job = jobs.iter().find(|job| job["kind"] == "revoke").expect("the work waits");
    crate::policies::command(&world, &["jobs", "drop", &job["id"].to_string(), "--yes"]);
    world.github().work_normally();
    settles(&world).await;

    assert_eq!(left(&world), 0);
    assert!(dm(&world, "U0MONALISA").starts_with("**Revoked 1 token**"), "{}", dm(&world, "U0MONALISA"));
}

/// Both chose it before either was asked for; GitHub refuses it once.
#[tokio::test]
async fn what_github_keeps_from_one_is_asked_for_again_by_the_other() {
    let world = with_tokens(0).await;
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, held) = (reached.clone(), release.clone());
    let (is_first_look, is_first_call) = (AtomicBool::new(true), AtomicBool::new(true));
    for user in ["U0ALICE", "U0MONALISA"] {
        opens(&world, user, "/pat revoke owner:octocat").await;
    }
    world.github().on_call(move |moment| {
        let is_before = moment.stage == Stage::Before;
        let is_list = moment.method == "GET" && moment.path.contains("/personal-access-tokens");
        if is_before && is_list && is_first_look.swap(false, Ordering::SeqCst) {
            told.notify_one();
            return Verdict::Hold(held.clone());
        }
        if is_before && revokes(&moment) && is_first_call.swap(false, Ordering::SeqCst) {
            return Verdict::Answer(StatusCode::UNPROCESSABLE_ENTITY, json!({ "message": "Not now" }));
        }
        Verdict::Continue
    });

    world.slack().submit("U0ALICE", &[("reason", "Old")]).await.unwrap();
    reached.notified().await;
    world.slack().submit("U0MONALISA", &[("reason", "Leaked")]).await.unwrap();
    let is_told = |slack: &countersign::simulator::slack::Slack| {
        slack.dms("U0MONALISA").pop().is_some_and(|told| told.on_screen().contains("is having"))
    };
    world.slack().until(is_told).await.unwrap();
    waits_for_alice(&world);
    release.notify_one();
    for _ in 0..8 {
        settles(&world).await;
    }

    assert_eq!((left(&world), calls(&world, is_for_one)), (0, 2));
    let (alice, monalisa) = (dm(&world, "U0ALICE"), dm(&world, "U0MONALISA"));
    assert!(alice.contains("Not revoked: GitHub refused: Not now"), "{alice}");
    assert!(monalisa.starts_with("**Revoked 1 token**"), "{monalisa}");
}
