//! Revoking where one of two organizations is slow or refuses, where the work changes hands in the middle of a call, and
//! where nobody knows yet to which workspace a click belongs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::app::Service;
use countersign::clock::Clock;
use countersign::demo::{APPROVALS, OPERATORS, ORGANIZATION};
use countersign::simulator::github::{
    MembershipState, Moment, NewRequest, Repositories, Role, Stage, Verdict,
};
use countersign::simulator::slack::{self, Slack, render};
use countersign::store::{Probe, Reader};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::revoke::{
    calls, dm, is_for_many, is_for_one, left, on_screen, opens, recorded, revokes, sends, settles,
    with_tokens,
};
use crate::support::{World, push_to_payments};

const OTHER: &str = "octo-org";

/// octocat has a token in acme and two in another organization; alice is a manager, and a member of both.
async fn in_two_organizations() -> World {
    let world = with_tokens(0).await;
    world.github().add_organization(OTHER);
    world.github().set_membership(OTHER, "alice", Role::Member, MembershipState::Active);
    for name in ["ship-to-shops", "test-by-night"] {
        world.github().grant_silently(NewRequest {
            organization: OTHER.to_owned(),
            token_name: name.to_owned(),
            repositories: Repositories::All,
            ..push_to_payments(&world.stage.clock)
        });
    }
    world.github().install(OTHER).await;
    world.quiet().await;
    world.pass(TimeDelta::minutes(15)).await;
    world
}

fn left_in_both(world: &World) -> (usize, usize) {
    (left(world), world.github().grants(OTHER).len())
}

fn is_in_other(moment: &Moment<'_>) -> bool {
    revokes(moment) && moment.stage == Stage::Before && moment.path.starts_with("/orgs/octo-org/")
}

fn reads(slack: &Slack, user: &str, words: &str) -> bool {
    slack.dms(user).pop().is_some_and(|told| told.on_screen().contains(words))
}

#[tokio::test]
async fn of_two_organizations_a_slow_one_holds_the_other_up_in_nothing() {
    let world = in_two_organizations().await;
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, held, both) = (reached.clone(), release.clone(), Arc::new(Notify::new()));
    // GitHub has both calls at once, whichever came first.
    world.github().on_call(move |moment| {
        if is_in_other(&moment) {
            told.notify_one();
            both.notify_one();
            return Verdict::Hold(held.clone());
        }
        match revokes(&moment) && moment.stage == Stage::Before {
            true => Verdict::Hold(both.clone()),
            false => Verdict::Continue,
        }
    });

    let view = opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    assert!(on_screen(&view).contains("You are about to revoke 3 tokens:"), "{}", on_screen(&view));
    world.slack().submit("U0ALICE", &[("reason", "Old")]).await.unwrap();
    reached.notified().await;
    world.slack().until(|slack| reads(slack, "U0ALICE", "1 of 3 done…")).await.unwrap();
    world.slack().until(|slack| reads(slack, "U0OCTOCAT", "revoked a token of yours")).await.unwrap();
    assert_eq!(left_in_both(&world), (0, 2));
    assert!(dm(&world, "U0ALICE").contains("1 revoked · 2 on the way"), "{}", dm(&world, "U0ALICE"));

    release.notify_one();
    settles(&world).await;

    assert_eq!((left_in_both(&world), calls(&world, is_for_many), calls(&world, is_for_one)), ((0, 0), 1, 1));
    assert!(dm(&world, "U0ALICE").starts_with("**Revoked 3 tokens**"), "{}", dm(&world, "U0ALICE"));
    assert_eq!((world.slack().dms("U0ALICE").len(), world.slack().dms("U0OCTOCAT").len()), (1, 2));
    assert!(dm(&world, "U0OCTOCAT").contains("revoked 2 tokens of yours"), "{}", dm(&world, "U0OCTOCAT"));
}

#[tokio::test]
async fn of_two_organizations_one_that_refuses_keeps_its_own_alone() {
    let world = in_two_organizations().await;
    world.github().on_call(|moment| match is_in_other(&moment) {
        true => Verdict::Answer(
            StatusCode::FORBIDDEN,
            json!({ "message": "Resource not accessible by integration" }),
        ),
        false => Verdict::Continue,
    });

    opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;

    assert_eq!(left_in_both(&world), (0, 2));
    let told = dm(&world, "U0ALICE");
    assert!(told.starts_with("**Revoking 3 tokens: 1 of 3 done…**\n1 revoked · 2 on the way"), "{told}");
    assert!(told.contains("⚠ Waits: GitHub forbids it"), "{told}");
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 1, "of what they have lost");
    world.pass(TimeDelta::minutes(5)).await;
    let notices: Vec<_> = world.slack().channel(OPERATORS).into_iter().map(|notice| notice.text).collect();
    assert!(notices.iter().any(|text| text.contains("Tokens of octo-org are to be revoked")), "{notices:?}");
    assert!(!notices.iter().any(|text| text.contains("Tokens of acme")), "{notices:?}");

    world.github().work_normally();
    world.pass(TimeDelta::minutes(5)).await;
    settles(&world).await;
    assert_eq!(left_in_both(&world), (0, 0));
    assert!(dm(&world, "U0ALICE").starts_with("**Revoked 3 tokens**"), "{}", dm(&world, "U0ALICE"));
}

#[tokio::test]
async fn of_two_organizations_only_that_counts_in_which_the_right_was_not_lost() {
    let world = in_two_organizations().await;
    opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    world.github().set_membership(OTHER, "alice", Role::Member, MembershipState::Pending);

    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;

    assert_eq!(left_in_both(&world), (0, 2));
    let told = dm(&world, "U0ALICE");
    assert!(told.starts_with("**Revoked 1 of 3 tokens**\n1 revoked · 2 not revoked"), "{told}");
    assert!(told.contains("Your GitHub account is not an active member of octo-org"), "{told}");
}

/// Whoever hears of what is suspended is on record with just that, whatever else they are answered.
#[tokio::test]
async fn what_is_left_out_is_said_beside_every_answer() {
    let world = in_two_organizations().await;
    world.github().suspend(world.github().installation_in(OTHER).unwrap()).await;
    world.quiet().await;
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, held) = (reached.clone(), release.clone());
    world.github().on_call(move |moment| match revokes(&moment) && moment.stage == Stage::Before {
        true => {
            told.notify_one();
            Verdict::Hold(held.clone())
        }
        false => Verdict::Continue,
    });
    opens(&world, "U0ALICE", "/pat revoke owner:octocat org:acme").await;
    world.slack().submit("U0ALICE", &[("reason", "Old")]).await.unwrap();
    reached.notified().await;

    let under_way = opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    assert_snapshot!(render(&under_way["blocks"]), @"All of that is being revoked already. octo-org: The App is suspended there. As of 23 Nov 2026, 12:15 UTC.");
    assert_eq!(heard_of_suspended(&world).await, 1);

    release.notify_one();
    settles(&world).await;
    let more = ["initech", "hooli", "umbrella", "wonka", "zorg"];
    for organization in more {
        world.github().add_organization(organization);
        world.github().install(organization).await;
    }
    world.quiet().await;
    for organization in more.into_iter().chain([ORGANIZATION]) {
        world.github().suspend(world.github().installation_in(organization).unwrap()).await;
    }
    world.quiet().await;
    let nothing = opens(&world, "U0ALICE", "/pat revoke owner:monalisa").await;
    assert_snapshot!(render(&nothing["blocks"]), @"Nothing that you may revoke fits. acme: The App is suspended there. octo-org: The App is suspended there. initech: The App is suspended there. hooli: The App is suspended there. umbrella: The App is suspended there.");
    // Of more than five it is told by asking for one.
    assert_eq!(heard_of_suspended(&world).await, 1 + 5);
}

async fn heard_of_suspended(world: &World) -> usize {
    let recorded = recorded(world).await;
    let heard = "token.revocation_offered by U0ALICE: nothing shown: suspended";
    recorded.iter().filter(|line| line.starts_with(heard)).count()
}

/// The lease on what is being revoked is over, while GitHub has the call; returns once somebody else has looked at the work.
async fn loses_the_lease(world: &World) {
    world.sql("UPDATE job SET lease_until = 1 WHERE kind = 'revoke'").await;
    // That came past the program, which looks for work with the next commit.
    let wish = NewRequest { owner: "bob".to_owned(), ..push_to_payments(&world.stage.clock) };
    world.github().request_token(wish).await;
    for _ in 0..500 {
        // One reader sees one moment.
        let reader = Reader::open(&world.config().database).await.unwrap();
        let jobs = reader.jobs(world.stage.clock.now()).await.unwrap();
        // Only who has looked and waits for the end of that call puts this down.
        if jobs.iter().any(|job| job.kind == "revoke" && job.cause.is_some()) {
            return;
        }
        Clock::wall().pause(Duration::from_millis(20)).await;
    }
    panic!("nobody took the work over");
}

/// octocat's token is being revoked for alice, and GitHub has the first call and does not answer until it is told to.
async fn in_the_middle_of_a_call() -> (World, Arc<Notify>) {
    let world = with_tokens(0).await;
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, held, is_first) = (reached.clone(), release.clone(), AtomicBool::new(true));
    world.github().on_call(move |moment| {
        let is_it = revokes(&moment) && moment.stage == Stage::Before;
        if is_it && is_first.swap(false, Ordering::SeqCst) {
            told.notify_one();
            return Verdict::Hold(held.clone());
        }
        Verdict::Continue
    });
    opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    world.slack().submit("U0ALICE", &[("reason", "Old")]).await.unwrap();
    reached.notified().await;
    (world, release)
}

fn is_told_once(world: &World) {
    assert!(dm(world, "U0ALICE").starts_with("**Revoked 1 token**"), "{}", dm(world, "U0ALICE"));
    assert_eq!((world.slack().dms("U0ALICE").len(), world.slack().dms("U0OCTOCAT").len()), (1, 1));
}

/// Whoever made the call hears that it is done, and may not say so any more.
#[tokio::test]
async fn a_call_whose_lease_was_lost_meanwhile_is_told_once_by_who_has_the_work_now() {
    let (world, release) = in_the_middle_of_a_call().await;
    loses_the_lease(&world).await;
    release.notify_one();
    world.github().until(|github| github.grants(ORGANIZATION).is_empty()).await.unwrap();
    world.quiet().await;
    let told = dm(&world, "U0ALICE");
    assert!(told.starts_with("**Revoking 1 token: 0 of 1 done…**"), "nobody has looked: {told}");
    settles(&world).await;

    assert_eq!(calls(&world, is_for_one), 1);
    is_told_once(&world);
    let recorded = recorded(&world).await;
    assert_eq!(
        recorded,
        [
            "token.revocation_offered by U0ALICE: done [managers-manage]",
            "token.revoking by U0ALICE: done [managers-manage]",
            "token.revocation_attempted by U0ALICE: done",
            "token.revoked by service: done",
        ]
    );
}

/// The next one looks, finds the token, and has it ended; then the first call goes through after all.
#[tokio::test]
async fn a_call_that_goes_through_after_somebody_else_has_made_another_is_told_once() {
    let (world, release) = in_the_middle_of_a_call().await;
    loses_the_lease(&world).await;
    // Nothing of the first is sent any more.
    world.pass(TimeDelta::seconds(13)).await;
    release.notify_one();
    settles(&world).await;

    assert_eq!((left(&world), calls(&world, is_for_one)), (0, 2));
    is_told_once(&world);
    let recorded = recorded(&world).await;
    let count = |action: &str| recorded.iter().filter(|line| line.starts_with(action)).count();
    let counts = ["token.revocation_attempted", "token.revocation_answered", "token.revoked"].map(count);
    assert_eq!(counts, [2, 1, 1], "{recorded:?}");
}

/// Started again while Slack does not say which workspace this is.
async fn restarted_without_slack(world: &mut World) -> Service {
    world.kill().await;
    world.slack().on_call(|method, _| match method {
        "auth.test" => slack::Verdict::Answer(StatusCode::BAD_GATEWAY, Value::Null),
        _ => slack::Verdict::Continue,
    });
    world.start_without_slack().await
}

#[tokio::test]
async fn before_slack_is_known_neither_a_click_nor_what_is_sent_is_accepted() {
    let mut world = with_tokens(0).await;
    opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    let before = world.slack().ephemerals("U0MONALISA").len();
    world.slack().command("U0MONALISA", APPROVALS, "/pat list").await.unwrap();
    world.slack().until(|slack| slack.ephemerals("U0MONALISA").len() > before).await.unwrap();
    world.quiet().await;
    let recorded_before = recorded(&world).await;
    let service = restarted_without_slack(&mut world).await;

    let click = world.slack().click_ephemeral("U0MONALISA", "revoke").await.unwrap();
    let sent = world.slack().submit("U0ALICE", &[("reason", "Old")]).await.unwrap();

    assert_eq!([click.status, sent.status], [StatusCode::SERVICE_UNAVAILABLE; 2]);
    assert_eq!(world.slack().modal("U0MONALISA"), None);
    drop(service);
    world.slack().work_normally();
    world.open(Probe::default()).await;
    world.quiet().await;
    settles(&world).await;
    assert_eq!((left(&world), recorded(&world).await), (1, recorded_before));
    // Slack leaves the window open: it is sent once more.
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;
    assert_eq!((left(&world), calls(&world, is_for_one)), (0, 1));
}

/// Nobody can be judged meanwhile: that is no reason to give up what was accepted.
#[tokio::test]
async fn what_was_sent_before_a_start_waits_until_slack_is_known_and_counts() {
    let mut world = with_tokens(0).await;
    opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    let reached = Arc::new(Notify::new());
    let told = reached.clone();
    // It is not judged before the end.
    world.github().on_call(move |moment| {
        match moment.stage == Stage::Before && moment.path.contains("/memberships/") {
            true => {
                told.notify_one();
                Verdict::Hold(Arc::new(Notify::new()))
            }
            false => Verdict::Continue,
        }
    });
    world.slack().submit("U0ALICE", &[("reason", "Old")]).await.unwrap();
    reached.notified().await;
    let service = restarted_without_slack(&mut world).await;
    world.github().work_normally();

    for _ in 0..10 {
        world.stage.clock.advance(TimeDelta::seconds(6));
        Clock::wall().pause(Duration::from_millis(20)).await;
    }
    assert_eq!((left(&world), calls(&world, is_for_one)), (1, 0));
    let told = dm(&world, "U0ALICE");
    assert!(told.starts_with("**Revoking 1 token: 0 of 1 done…**"), "{told}");
    world.slack().work_normally();
    for _ in 0..100 {
        world.stage.clock.advance(TimeDelta::seconds(5));
        Clock::wall().pause(Duration::from_millis(20)).await;
        if reads(world.slack(), "U0ALICE", "Revoked 1 token") {
            break;
        }
    }

    assert_eq!((left(&world), calls(&world, is_for_one)), (0, 1));
    assert!(dm(&world, "U0ALICE").starts_with("**Revoked 1 token**"), "{}", dm(&world, "U0ALICE"));
    service.stop().await;
}
