//! How GitHub and Slack are treated: one change at a time in an organization, limits kept, whoever is down left alone; and
//! nobody waits who need not.

use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::APPROVALS;
use countersign::ids::RequestId;
use countersign::simulator::github::{
    GitHub, MembershipState, Moment, NewRequest, Repositories, Role, Stage, Verdict,
};
use countersign::simulator::slack;
use countersign::store::Probe;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{World, get, push_to_payments};

const OTHER: &str = "octo-org";

/// acme, and a second organization in which the same people may ask and decide.
async fn with_two_organizations() -> World {
    let world = World::start().await;
    let github = world.github();
    github.add_organization(OTHER);
    github.add_repository(OTHER, "website", true);
    for member in ["octocat", "alice"] {
        github.set_membership(OTHER, member, Role::Member, MembershipState::Active);
    }
    github.install(OTHER).await;
    world.quiet().await;
    world
}

/// octocat asks for a token in the other organization.
async fn asks_elsewhere(world: &World) -> RequestId {
    let repositories = Repositories::Subset(vec!["website".to_owned()]);
    let wish =
        NewRequest { organization: OTHER.to_owned(), repositories, ..push_to_payments(&world.stage.clock) };
    let request = world.github().request_token(wish).await;
    world.quiet().await;
    request
}

/// Some requests, each with its card, which is the one with the same place.
async fn octocat_asks_for(world: &World, many: usize) -> Vec<RequestId> {
    let mut requests = Vec::new();
    for _ in 0..many {
        requests.push(world.octocat_asks().await);
    }
    requests
}

async fn alice_approves(world: &World, card: usize) {
    let card = &world.slack().channel(APPROVALS)[card];
    world.slack().click_as_seen("U0ALICE", card, "approve").await.expect("the click is answered");
}

fn decided(world: &World, requests: &[RequestId]) -> Vec<bool> {
    requests.iter().map(|request| world.github().decision_on(*request).is_some()).collect()
}

/// How often GitHub was asked about an organization's requests, reviews included.
fn asked_about(world: &World, organization: &str) -> usize {
    let path = format!("/orgs/{organization}/personal-access-token");
    world.github().calls().iter().filter(|call| call.path.starts_with(&path)).count()
}

#[tokio::test]
async fn an_idle_organization_is_told_at_once_and_then_one_decision_each_second_in_their_order() {
    let world = World::start().await;
    let requests = octocat_asks_for(&world, 4).await;

    for card in 0..4 {
        alice_approves(&world, card).await;
        world.quiet().await;
    }
    assert_eq!(decided(&world, &requests), [true, false, false, false]);
    let asked = asked_about(&world, "acme");
    world.pass(TimeDelta::milliseconds(900)).await;
    assert_eq!(asked_about(&world, "acme"), asked, "who waits asks nothing");
    world.pass(TimeDelta::milliseconds(100)).await;
    assert_eq!(decided(&world, &requests), [true, true, false, false]);
    world.pass(TimeDelta::seconds(1)).await;
    assert_eq!(decided(&world, &requests), [true, true, true, false]);
    world.pass(TimeDelta::seconds(1)).await;

    assert_eq!(decided(&world, &requests), [true; 4]);
    for request in requests {
        assert_eq!(world.github().reviews(request).attempted, 1);
    }
}

#[tokio::test]
async fn the_distance_is_the_operators_choice() {
    let world = World::start_with(|config| {
        *config = config.replace("[github]", "[github]\nmutation_interval = \"30s\"")
    })
    .await;
    let requests = octocat_asks_for(&world, 2).await;
    alice_approves(&world, 0).await;
    alice_approves(&world, 1).await;
    world.quiet().await;

    world.pass(TimeDelta::seconds(29)).await;
    assert_eq!(decided(&world, &requests).iter().filter(|is_decided| **is_decided).count(), 1);
    world.pass(TimeDelta::seconds(1)).await;

    assert_eq!(decided(&world, &requests), [true, true]);
}

#[tokio::test]
async fn a_call_without_an_answer_holds_up_its_own_organization_alone() {
    let world = with_two_organizations().await;
    let slow = octocat_asks_for(&world, 2).await;
    let elsewhere = asks_elsewhere(&world).await;
    let release = Arc::new(Notify::new());
    let held = release.clone();
    world.github().on_call(move |moment| match is_review_in("acme", &moment) {
        true => Verdict::Hold(held.clone()),
        false => Verdict::Continue,
    });

    alice_approves(&world, 0).await;
    world.github().until(|github| github.reviews(slow[0]).attempted == 1).await.unwrap();
    alice_approves(&world, 1).await;
    alice_approves(&world, 2).await;
    world.github().until(|github| github.decision_on(elsewhere).is_some()).await.unwrap();

    assert_eq!(world.github().reviews(slow[1]).attempted, 0);
    world.github().work_normally();
    release.notify_one();
    world.quiet().await;
    world.pass(TimeDelta::seconds(2)).await;
    assert_eq!(decided(&world, &slow), [true, true]);
}

fn is_review_in(organization: &str, moment: &Moment<'_>) -> bool {
    moment.is_review()
        && moment.stage == Stage::Before
        && moment.path.starts_with(&format!("/orgs/{organization}/"))
}

/// Whatever else is looked for, however much of it: a decision has room of its own.
#[tokio::test]
async fn a_decision_waits_for_nothing_that_is_only_looked_up() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let release = Arc::new(Notify::new());
    let (held, its_own) = (release.clone(), format!("/{request}/"));
    world.github().on_call(move |moment| {
        match moment.path.ends_with("/repositories") && !moment.path.contains(&its_own) {
            true => Verdict::Hold(held.clone()),
            false => Verdict::Continue,
        }
    });
    for number in 0..12 {
        let owner = format!("dev-{number}");
        world.github().add_user(&owner);
        world.github().request_token(NewRequest { owner, ..push_to_payments(&world.stage.clock) }).await;
    }
    let hanging = |github: &GitHub| github.calls().iter().filter(|call| call.status.is_none()).count();
    world.github().until(|github| hanging(github) >= 8).await.unwrap();

    let card = world.slack().channel(APPROVALS).remove(0);
    world.slack().click_as_seen("U0ALICE", &card, "approve").await.unwrap();
    world.github().until(|github| github.decision_on(request).is_some()).await.unwrap();

    assert_eq!(hanging(world.github()), 8, "none of them has ended, or another would have begun");
    world.github().work_normally();
    release.notify_waiters();
    world.quiet().await;
}

/// Nor for the clicks of others, of whom GitHub or Slack does not tell who they are.
#[tokio::test]
async fn a_decision_goes_on_however_many_clicks_hang() {
    let world = World::start_with(|config| {
        *config = config.replace("[github]", "[github]\nmutation_interval = \"30s\"");
        // None of them ends before this story does.
        config.push_str("\n[timing]\ngithub_timeout = \"120s\"\nlease = \"180s\"\n");
    })
    .await;
    let requests = octocat_asks_for(&world, 3).await;
    alice_approves(&world, 0).await;
    world.quiet().await;
    alice_approves(&world, 1).await;
    world.quiet().await;
    assert_eq!(decided(&world, &requests), [true, false, false]);
    let release = Arc::new(Notify::new());
    let held = release.clone();
    world.github().on_call(move |moment| match moment.path.contains("/memberships/") {
        true => Verdict::Hold(held.clone()),
        false => Verdict::Continue,
    });
    for _ in 0..12 {
        alice_approves(&world, 2).await;
    }
    let hanging = |github: &GitHub| github.calls().iter().filter(|call| call.status.is_none()).count();
    world.github().until(|github| hanging(github) >= 8).await.unwrap();

    world.stage.clock.advance(TimeDelta::seconds(30));

    let second = requests[1];
    world.github().until(|github| github.decision_on(second).is_some()).await.unwrap();
    world.github().work_normally();
    release.notify_waiters();
    world.quiet().await;
}

/// GitHub bans apps that come too early, whichever of their processes it is.
#[tokio::test]
async fn a_rest_outlives_the_program_that_was_asked_for_it() {
    let mut world = World::start().await;
    is_limited_for_two_minutes(&world, "acme");
    world.octocat_asks().await;
    let asked = asked_about(&world, "acme");
    assert!(asked > 0);
    world.pass(TimeDelta::seconds(6)).await;
    world.kill().await;
    world.open(Probe::default()).await;
    world.quiet().await;
    world.outlive_leases().await;

    for _ in 0..5 {
        world.pass(TimeDelta::seconds(18)).await;
        assert_eq!(asked_about(&world, "acme"), asked);
    }
    world.github().work_normally();
    world.pass(TimeDelta::seconds(60)).await;
    world.pass(TimeDelta::minutes(5)).await;

    assert!(asked_about(&world, "acme") > asked);
    assert!(
        world.card().on_screen().contains("Release bot needs to push tags"),
        "{}",
        world.card().on_screen()
    );
}

/// Whoever asks about the organization's requests is told to come again in two minutes.
fn is_limited_for_two_minutes(world: &World, organization: &'static str) {
    world.github().on_call(move |moment| {
        let is_there = moment.path.starts_with(&format!("/orgs/{organization}/personal-access-token"));
        match (is_there, moment.stage) {
            (true, Stage::Before) => Verdict::Limit { status: StatusCode::FORBIDDEN, retry_after: 120 },
            (true, Stage::After) | (false, _) => Verdict::Continue,
        }
    });
}

#[tokio::test]
async fn a_limit_is_kept_by_its_own_installation_and_nobody_else() {
    for status in [StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS] {
        let world = with_two_organizations().await;
        let limited = world.octocat_asks().await;
        let elsewhere = asks_elsewhere(&world).await;
        world.github().on_call(move |moment| match is_review_in("acme", &moment) {
            true => Verdict::Limit { status, retry_after: 30 },
            false => Verdict::Continue,
        });

        alice_approves(&world, 0).await;
        world.quiet().await;
        world.github().work_normally();
        alice_approves(&world, 1).await;
        world.quiet().await;

        assert!(world.github().decision_on(elsewhere).is_some());
        let asked = asked_about(&world, "acme");
        // Not even for somebody who asks now.
        world.octocat_asks().await;
        world.pass(TimeDelta::seconds(29)).await;
        assert_eq!(asked_about(&world, "acme"), asked);
        world.pass(TimeDelta::seconds(2)).await;
        assert!(world.github().decision_on(limited).is_some());
    }
}

fn does_not_work(world: &World) {
    world.github().on_call(|moment| match moment.stage {
        Stage::Before => Verdict::Answer(StatusCode::BAD_GATEWAY, json!({ "message": "Server Error" })),
        Stage::After => Verdict::Continue,
    });
}

async fn status(world: &World, upstream: &str) -> Value {
    let admin = world.running.as_ref().expect("the service runs").admin.clone();
    let told: Value = serde_json::from_str(&get(&format!("{admin}/status")).await.text()).expect("JSON");
    told["upstreams"][upstream].clone()
}

#[tokio::test]
async fn a_github_that_does_not_work_is_left_alone_and_one_call_at_a_time_tries() {
    let world = World::start().await;
    world.octocat_asks().await;
    does_not_work(&world);
    for _ in 0..10 {
        world.octocat_asks().await;
    }
    assert!(status(&world, "github").await["left_alone_until"].is_string());

    // Twelve minutes, in which eleven requests would be asked for every few seconds or minutes.
    let asked = world.github().calls().len();
    for _ in 0..72 {
        world.pass(TimeDelta::seconds(10)).await;
    }
    let tried = world.github().calls().len() - asked;
    assert!((10..=30).contains(&tried), "{tried} calls");

    world.github().work_normally();
    for _ in 0..6 {
        world.pass(TimeDelta::seconds(20)).await;
    }
    assert_eq!(status(&world, "github").await["left_alone_until"], Value::Null);
    // Beyond a handful of one person's they share a card.
    for card in
        world.slack().channel(APPROVALS).iter().filter(|card| !card.on_screen().contains("[Post all]"))
    {
        assert!(card.on_screen().contains("They say"), "{}", card.on_screen());
    }
}

/// Nobody's click may fail because others failed a moment ago.
#[tokio::test]
async fn a_click_is_judged_as_soon_as_github_works_again_however_long_it_is_left_alone_yet() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    does_not_work(&world);
    for _ in 0..10 {
        world.octocat_asks().await;
    }
    assert!(status(&world, "github").await["left_alone_until"].is_string());

    world.github().work_normally();
    alice_approves(&world, 0).await;
    world.quiet().await;

    assert!(world.github().decision_on(request).is_some());
    assert_eq!(world.slack().ephemerals("U0ALICE").len(), 0);
}

#[tokio::test]
async fn a_slack_that_does_not_work_is_left_alone_and_a_modal_opens_as_soon_as_it_works() {
    let world = World::start().await;
    world.octocat_asks().await;
    world.slack().on_call(|_, stage| match stage {
        slack::Stage::Before => slack::Verdict::Answer(StatusCode::SERVICE_UNAVAILABLE, json!({})),
        slack::Stage::After => slack::Verdict::Continue,
    });
    for _ in 0..5 {
        world.octocat_asks().await;
    }
    assert!(status(&world, "slack").await["left_alone_until"].is_string());
    let asked = world.slack().calls().len();
    for _ in 0..18 {
        world.pass(TimeDelta::seconds(10)).await;
    }
    let tried = world.slack().calls().len() - asked;
    assert!((2..=20).contains(&tried), "{tried} calls");

    world.slack().work_normally();
    let modal = world.modal("U0ALICE", "details").await;

    assert!(modal["blocks"].to_string().contains("deploy-bot"), "{modal}");
    for _ in 0..4 {
        world.pass(TimeDelta::seconds(30)).await;
    }
    assert_eq!(world.slack().channel(APPROVALS).len(), 6);
    assert_eq!(status(&world, "slack").await["left_alone_until"], Value::Null);
}
