//! Two people want the same token gone, and only one at a time has it ended: what that one leaves the other goes on with,
//! and nobody reads that a token is gone, stays, or is left to somebody, where it is not so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use countersign::demo::{OPERATORS, ORGANIZATION};
use countersign::simulator::github::{MembershipState, Role, Stage, Verdict};
use countersign::store::Probe;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::inventory::unannounced;
use crate::policies::command;
use crate::revoke::{
    calls, closed, dm, is_for_one, left, opens, recorded, refuse, revokes, sends, settles, with_tokens,
};
use crate::support::{Running, World};

/// That octocat's token is among what these people were shown. What is being revoked already is not offered.
async fn all_open(world: &World, users: &[&str]) {
    for user in users {
        opens(world, user, "/pat revoke owner:octocat").await;
    }
}

/// Each in turn wants what they were shown revoked.
async fn each_sends(world: &World, users: &[&str]) {
    for user in users {
        sends(world, user, &[("reason", "Leaked")]).await;
        settles(world).await;
    }
}

/// alice is having octocat's token revoked, which GitHub does not allow the App; monalisa wants the same.
async fn behind_alice() -> World {
    let world = with_tokens(0).await;
    refuse(world.github(), 403, "Resource not accessible by integration");
    all_open(&world, &["U0ALICE", "U0MONALISA"]).await;
    each_sends(&world, &["U0ALICE", "U0MONALISA"]).await;
    waits_for_alice(&world);
    world
}

/// As above, but that nobody knows whether GitHub has carried out alice's call: it never answers one.
async fn behind_alices_call() -> World {
    let world = with_tokens(0).await;
    world.github().on_call(|moment| match revokes(&moment) && moment.stage == Stage::Before {
        true => Verdict::Reset,
        false => Verdict::Continue,
    });
    all_open(&world, &["U0ALICE", "U0MONALISA"]).await;
    each_sends(&world, &["U0ALICE", "U0MONALISA"]).await;
    waits_for_alice(&world);
    world
}

fn waits_for_alice(world: &World) {
    let told = dm(world, "U0MONALISA");
    assert!(told.starts_with("**Revoking 1 token: 0 of 1 done…**"), "{told}");
    assert!(told.contains("@U0ALICE") && told.contains("is having it revoked already."), "{told}");
}

/// Whoever waits looks after ten seconds whether the other one has come to an end, whose end may take as long.
async fn both_settle(world: &World) {
    settles(world).await;
    settles(world).await;
}

/// Takes the oldest work away that waits for this.
fn drop_what_waits_for(world: &World, cause: &str) {
    let jobs: Value = serde_json::from_str(&command(world, &["jobs", "list", "--json"])).unwrap();
    let is_it = |job: &&Value| {
        job["kind"] == "revoke" && job["cause"].as_str().is_some_and(|known| known.contains(cause))
    };
    let found = jobs.as_array().unwrap().iter().filter(is_it).filter_map(|job| job["id"].as_u64());
    let oldest = found.min().unwrap_or_else(|| panic!("{jobs}"));
    command(world, &["jobs", "drop", &oldest.to_string(), "--yes"]);
}

fn loses_the_right(world: &World, login: &str) {
    world.github().set_membership(ORGANIZATION, login, Role::Member, MembershipState::Pending);
}

async fn count(world: &World, beginning: &str) -> usize {
    recorded(world).await.iter().filter(|line| line.starts_with(beginning)).count()
}

/// How often tokens were looked for on GitHub's list since it was told to revoke one the last time.
fn looks_after_the_last_call(world: &World) -> usize {
    let calls = world.github().calls();
    let is_look = |query: &String| query.contains("token_id");
    let after = calls.iter().rev().take_while(|call| call.method != Method::POST || !is_for_one(&call.path));
    after.filter(|call| call.query.as_ref().is_some_and(is_look)).count()
}

#[tokio::test]
async fn what_one_may_not_end_any_more_the_other_ends() {
    let world = behind_alice().await;
    loses_the_right(&world, "alice");
    world.github().work_normally();
    world.pass(TimeDelta::minutes(11)).await;
    both_settle(&world).await;

    assert_eq!(left(&world), 0);
    let (alice, monalisa) = (dm(&world, "U0ALICE"), dm(&world, "U0MONALISA"));
    assert!(alice.starts_with("**Nothing was revoked**"), "{alice}");
    assert!(monalisa.starts_with("**Revoked 1 token**"), "{monalisa}");
    let owner = dm(&world, "U0OCTOCAT");
    assert!(owner.contains("@U0MONALISA") && owner.contains("> Leaked"), "{owner}");
    assert_eq!(count(&world, "token.revoked").await, 1);
}

/// Rights come first: who has it revoked is nobody else's business.
#[tokio::test]
async fn who_may_not_revoke_it_waits_for_nobody() {
    let world = with_tokens(0).await;
    refuse(world.github(), 403, "Resource not accessible by integration");
    all_open(&world, &["U0ALICE", "U0MONALISA"]).await;
    each_sends(&world, &["U0ALICE"]).await;
    loses_the_right(&world, "monalisa");
    each_sends(&world, &["U0MONALISA"]).await;

    let told = dm(&world, "U0MONALISA");
    assert!(told.starts_with("**Nothing was revoked**"), "{told}");
    assert!(told.contains("is not an active member of acme") && !told.contains("U0ALICE"), "{told}");
}

/// Nobody wants it any more after a day, but whoever asked later still does.
#[tokio::test]
async fn what_is_given_up_for_one_goes_on_for_the_other() {
    let world = with_tokens(0).await;
    refuse(world.github(), 403, "Resource not accessible by integration");
    all_open(&world, &["U0ALICE", "U0MONALISA"]).await;
    each_sends(&world, &["U0ALICE"]).await;
    world.pass(TimeDelta::minutes(50)).await;
    each_sends(&world, &["U0MONALISA"]).await;
    waits_for_alice(&world);

    world.pass(TimeDelta::minutes(23 * 60 + 15)).await;
    let alice = dm(&world, "U0ALICE");
    assert!(alice.contains("GitHub could not be told within a day. Please ask again."), "{alice}");
    settles(&world).await;
    world.github().work_normally();
    world.pass(TimeDelta::minutes(10)).await;
    both_settle(&world).await;

    assert_eq!(left(&world), 0);
    assert!(dm(&world, "U0MONALISA").starts_with("**Revoked 1 token**"), "{}", dm(&world, "U0MONALISA"));
}

#[tokio::test]
async fn what_an_operator_takes_from_one_the_other_goes_on_with() {
    let world = behind_alice().await;
    drop_what_waits_for(&world, "GitHub forbids it");
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
    all_open(&world, &["U0ALICE", "U0MONALISA"]).await;
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

/// Nothing is decided twice: what alice's call has ended monalisa reads of, whatever became of her right meanwhile.
#[tokio::test]
async fn what_one_has_ended_is_gone_for_the_other_whose_right_was_lost_meanwhile() {
    let world = behind_alice().await;
    loses_the_right(&world, "monalisa");
    world.github().work_normally();
    world.pass(TimeDelta::minutes(11)).await;
    both_settle(&world).await;

    let (alice, monalisa) = (dm(&world, "U0ALICE"), dm(&world, "U0MONALISA"));
    assert!(alice.starts_with("**Revoked 1 token**"), "{alice}");
    assert!(monalisa.starts_with("**Nothing was revoked**\n1 gone already, not by this"), "{monalisa}");
    assert!(!monalisa.contains("Not revoked"), "{monalisa}");
    assert_eq!((count(&world, "token.revoked").await, count(&world, "token.kept").await), (2, 0));
    // GitHub's list may lag, and would have the call made again.
    assert_eq!(looks_after_the_last_call(&world), 0);
}

#[tokio::test]
async fn what_one_has_ended_before_the_other_sends_is_not_looked_for_again() {
    let world = with_tokens(0).await;
    all_open(&world, &["U0ALICE", "U0MONALISA"]).await;
    each_sends(&world, &["U0ALICE", "U0MONALISA"]).await;

    let told = dm(&world, "U0MONALISA");
    assert!(told.starts_with("**Nothing was revoked**\n1 gone already, not by this"), "{told}");
    assert_eq!((calls(&world, is_for_one), looks_after_the_last_call(&world)), (1, 0));
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 1);
}

/// alice's call may have arrived, so that only GitHub can tell, and GitHub can't be asked: nobody waits for that for good.
#[tokio::test]
async fn what_nobody_can_end_is_waited_for_a_day() {
    let world = behind_alices_call().await;
    let installation = world.github().installation_in(ORGANIZATION).unwrap();
    world.github().suspend(installation).await;
    world.pass(TimeDelta::hours(23)).await;
    waits_for_alice(&world);
    world.pass(TimeDelta::hours(1)).await;
    both_settle(&world).await;

    let (alice, monalisa) = (dm(&world, "U0ALICE"), dm(&world, "U0MONALISA"));
    assert!(alice.starts_with("**Revoking 1 token: 0 of 1 done…**"), "{alice}");
    assert!(monalisa.starts_with("**Nothing was revoked**"), "{monalisa}");
    let why = "Not revoked: Another revocation of it was not over within a day.";
    assert!(monalisa.contains(why), "{monalisa}");
    assert_eq!((count(&world, "token.revoked").await, count(&world, "token.kept").await), (0, 1));
}

#[tokio::test]
async fn while_the_app_is_suspended_both_wait() {
    let world = behind_alices_call().await;
    let installation = world.github().installation_in(ORGANIZATION).unwrap();
    world.github().suspend(installation).await;
    world.quiet().await;
    world.pass(TimeDelta::minutes(20)).await;
    let alice = dm(&world, "U0ALICE");
    assert!(alice.contains("⚠ Waits: the installation of our GitHub App is suspended"), "{alice}");
    waits_for_alice(&world);

    world.github().work_normally();
    world.github().unsuspend(installation).await;
    world.pass(TimeDelta::minutes(5)).await;
    both_settle(&world).await;

    assert_eq!(left(&world), 0);
    let (alice, monalisa) = (dm(&world, "U0ALICE"), dm(&world, "U0MONALISA"));
    assert!(alice.starts_with("**Revoked 1 token**"), "{alice}");
    assert!(monalisa.starts_with("**Nothing was revoked**\n1 gone already, not by this"), "{monalisa}");
}

#[tokio::test]
async fn what_waits_in_an_organization_that_is_not_served_any_more_is_given_up() {
    let mut world = behind_alices_call().await;
    world.kill().await;
    world.configure(|text| {
        let served = "webhook_secret_file = \"webhook-secret\"\norganizations = [\"octo-org\"]";
        *text = text.replace("webhook_secret_file = \"webhook-secret\"", served);
    });
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    settles(&world).await;

    let told = dm(&world, "U0MONALISA");
    assert!(told.contains("Not revoked: acme is not served any more"), "{told}");
}

#[tokio::test]
async fn what_waits_goes_on_after_a_start() {
    let mut world = behind_alice().await;
    world.kill().await;
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    settles(&world).await;
    waits_for_alice(&world);

    drop_what_waits_for(&world, "GitHub forbids it");
    world.github().work_normally();
    settles(&world).await;

    assert_eq!(left(&world), 0);
    assert!(dm(&world, "U0MONALISA").starts_with("**Revoked 1 token**"), "{}", dm(&world, "U0MONALISA"));
}

#[tokio::test]
async fn what_an_operator_takes_from_who_waits_is_nothing_to_who_does_not() {
    let world = behind_alice().await;
    drop_what_waits_for(&world, "another revocation is ending the same tokens");
    world.github().work_normally();
    world.pass(TimeDelta::minutes(11)).await;
    both_settle(&world).await;

    assert_eq!((left(&world), calls(&world, is_for_one) > 0), (0, true));
    assert!(dm(&world, "U0ALICE").starts_with("**Revoked 1 token**"), "{}", dm(&world, "U0ALICE"));
    // The command goes by the machine's clock.
    world.pass(TimeDelta::days(3_650)).await;
    let monalisa = dm(&world, "U0MONALISA");
    assert!(monalisa.contains("Not revoked: An operator took this work away."), "{monalisa}");
}

/// Of what alice leaves, one gets hold. The other waits once more, by a right that was judged long before.
#[tokio::test]
async fn of_two_who_wait_one_goes_on_and_is_named_to_nobody() {
    let world = with_tokens(0).await;
    let waiting = ["U0MONALISA", "U0OCTOCAT"];
    refuse(world.github(), 403, "Resource not accessible by integration");
    all_open(&world, &["U0ALICE", "U0MONALISA", "U0OCTOCAT"]).await;
    each_sends(&world, &["U0ALICE", "U0MONALISA", "U0OCTOCAT"]).await;
    for user in waiting {
        let told = dm(&world, user);
        assert!(told.contains("@U0ALICE") && told.contains("is having it revoked already."), "{told}");
    }

    drop_what_waits_for(&world, "GitHub forbids it");
    settles(&world).await;

    let told = waiting.map(|user| dm(&world, user));
    let holds = told.iter().filter(|told| told.contains("⚠ Waits: GitHub forbids it"));
    let waits = told.iter().filter(|told| told.contains("⚠ Waits: It is being revoked already."));
    assert_eq!((holds.count(), waits.count()), (1, 1), "{told:?}");
    assert!(!told.iter().any(|told| told.contains("@U0")), "{told:?}");

    world.github().work_normally();
    world.pass(TimeDelta::minutes(5)).await;
    both_settle(&world).await;
    assert_eq!(left(&world), 0);
    let told = waiting.map(|user| dm(&world, user));
    let ended = told.iter().filter(|told| told.starts_with("**Revoked 1 token**"));
    let gone = told.iter().filter(|told| told.contains("1 gone already, not by this"));
    assert_eq!((ended.count(), gone.count()), (1, 1), "{told:?}");
    assert_eq!(count(&world, "token.revoked by service: done").await, 1);
}

/// The first of octocat's two tokens is alice's to revoke, and GitHub does not let her. monalisa revokes both.
#[tokio::test]
async fn who_has_lost_a_token_hears_of_it_while_another_waits() {
    let mut world = closed(0).await;
    unannounced(&world, "octocat", "laptop");
    world.open(Probe::default()).await;
    world.quiet().await;
    let first = world.github().grants(ORGANIZATION)[0].id;
    world.github().on_call(move |moment| {
        let is_it = revokes(&moment) && moment.path.ends_with(&format!("/personal-access-tokens/{first}"));
        match is_it && moment.stage == Stage::Before {
            true => Verdict::Answer(StatusCode::FORBIDDEN, json!({ "message": "Not by integrations" })),
            false => Verdict::Continue,
        }
    });
    opens(&world, "U0ALICE", &format!("/pat revoke grant:{first}")).await;
    all_open(&world, &["U0MONALISA"]).await;
    each_sends(&world, &["U0ALICE", "U0MONALISA"]).await;

    let told = dm(&world, "U0MONALISA");
    assert!(told.contains("1 revoked · 1 behind another revocation"), "{told}");
    assert!(told.contains("@U0ALICE") && told.contains("is having 1 of these revoked already."), "{told}");
    let owner = dm(&world, "U0OCTOCAT");
    assert!(owner.contains("revoked a token of yours") && owner.contains("“laptop”"), "{owner}");

    loses_the_right(&world, "alice");
    world.github().work_normally();
    world.pass(TimeDelta::minutes(11)).await;
    both_settle(&world).await;

    assert_eq!(left(&world), 0);
    assert!(dm(&world, "U0MONALISA").starts_with("**Revoked 2 tokens**"), "{}", dm(&world, "U0MONALISA"));
    // What they were told before is in it, too.
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 2);
    assert!(dm(&world, "U0OCTOCAT").contains("revoked 2 tokens of yours"), "{}", dm(&world, "U0OCTOCAT"));
}

/// What each of the two holds the other waits for: octocat's second token was theirs to give up, and monalisa, who is blocked
/// nowhere, goes on with it. Nobody waits for anybody with their hands full: each goes on with what they hold.
#[tokio::test]
async fn of_two_each_of_whom_waits_for_the_other_both_come_to_their_end() {
    let mut world = closed(0).await;
    unannounced(&world, "octocat", "laptop");
    world.open(Probe::default()).await;
    world.quiet().await;
    let second = world.github().grants(ORGANIZATION)[1].id;
    refuse(world.github(), 403, "Resource not accessible by integration");
    opens(&world, "U0OCTOCAT", &format!("/pat revoke grant:{second}")).await;
    all_open(&world, &["U0ALICE", "U0MONALISA"]).await;
    each_sends(&world, &["U0OCTOCAT", "U0ALICE", "U0MONALISA"]).await;
    drop_what_waits_for(&world, "GitHub forbids it");
    world.pass(TimeDelta::seconds(11)).await;
    world.pass(TimeDelta::minutes(6)).await;
    for user in ["U0ALICE", "U0MONALISA"] {
        let told = dm(&world, user);
        assert!(told.contains("1 on the way · 1 behind another revocation"), "{told}");
    }

    world.github().work_normally();
    world.pass(TimeDelta::minutes(6)).await;
    both_settle(&world).await;

    assert_eq!(left(&world), 0);
    for user in ["U0ALICE", "U0MONALISA"] {
        let told = dm(&world, user);
        let ended = "**Revoked 1 of 2 tokens**\n1 revoked · 1 gone already, not by this";
        assert!(told.starts_with(ended), "{told}");
    }
    assert_eq!(count(&world, "token.revoked by service: done").await, 2);
}

/// monalisa's is over, and what keeps alice from revoking is not.
#[tokio::test]
async fn the_operators_hear_once_of_what_several_wait_for() {
    let world = with_tokens(1).await;
    let notices = || {
        let notices = world.slack().channel(OPERATORS).into_iter().map(|notice| notice.text);
        notices.filter(|text| text.contains("are to be revoked")).count()
    };
    refuse(world.github(), 403, "Resource not accessible by integration");
    for (user, line) in [("U0ALICE", "/pat revoke owner:octocat"), ("U0MONALISA", "/pat revoke owner:dev-0")]
    {
        opens(&world, user, line).await;
        each_sends(&world, &[user]).await;
        assert_eq!(notices(), 1);
    }
    loses_the_right(&world, "monalisa");
    world.pass(TimeDelta::minutes(11)).await;
    both_settle(&world).await;
    assert!(dm(&world, "U0MONALISA").starts_with("**Nothing was revoked**"), "{}", dm(&world, "U0MONALISA"));

    opens(&world, "U0ALICE", "/pat revoke owner:dev-0").await;
    each_sends(&world, &["U0ALICE"]).await;

    assert_eq!(notices(), 1);
}

/// Moves time on until neither of two replicas has anything to do.
async fn pass_for_both(world: &World, other: &Running, time: TimeDelta) {
    world.stage.clock.advance(time);
    let rests = [world.rest(), other.rest.clone()];
    loop {
        for rest in &rests {
            rest.looked().await;
            rest.reached().await;
        }
        world.github().settled().await.expect("webhooks are answered");
        if rests.iter().all(|rest| rest.is_reached()) {
            return;
        }
    }
}

/// Only told where the stories run on PostgreSQL.
#[tokio::test(flavor = "multi_thread")]
async fn on_two_replicas_what_one_leaves_goes_to_one_of_two() {
    let world = with_tokens(0).await;
    if !world.is_on_postgres() {
        return;
    }
    refuse(world.github(), 403, "Resource not accessible by integration");
    all_open(&world, &["U0ALICE", "U0MONALISA", "U0OCTOCAT"]).await;
    each_sends(&world, &["U0ALICE", "U0MONALISA", "U0OCTOCAT"]).await;
    let other = Running::start(&world.stage, Probe::default()).await;
    drop_what_waits_for(&world, "GitHub forbids it");
    world.github().work_normally();
    for _ in 0..60 {
        pass_for_both(&world, &other, TimeDelta::seconds(6)).await;
    }

    assert_eq!((left(&world), count(&world, "token.revoked by service: done").await), (0, 1));
    let told = ["U0MONALISA", "U0OCTOCAT"].map(|user| dm(&world, user));
    let ended = told.iter().filter(|told| told.starts_with("**Revoked 1 token**"));
    let gone = told.iter().filter(|told| told.contains("1 gone already, not by this"));
    assert_eq!((ended.count(), gone.count()), (1, 1), "{told:?}");
}
