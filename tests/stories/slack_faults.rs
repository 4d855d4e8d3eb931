//! Whatever Slack answers, and whenever an answer is lost, the world ends as if nothing had happened.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::APPROVALS;
use countersign::simulator::github::{self, Moment};
use countersign::simulator::slack::{Slack, Stage, Verdict};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{World, get};

/// What can happen to a call, before its effect or after it.
fn faults() -> Vec<(&'static str, Stage, Verdict)> {
    let said = |error: &str| Verdict::Answer(StatusCode::OK, json!({ "ok": false, "error": error }));
    let page = || json!("<html><body>The proxy is on holiday</body></html>");
    vec![
        ("reset before", Stage::Before, Verdict::Reset),
        ("503 before", Stage::Before, Verdict::Answer(StatusCode::SERVICE_UNAVAILABLE, page())),
        ("internal_error before", Stage::Before, said("internal_error")),
        ("429", Stage::Before, Verdict::TooMany(5)),
        ("ratelimited with 200", Stage::Before, said("ratelimited")),
        ("reset after", Stage::After, Verdict::Reset),
        ("502 after", Stage::After, Verdict::Answer(StatusCode::BAD_GATEWAY, page())),
        ("408 after", Stage::After, Verdict::Answer(StatusCode::REQUEST_TIMEOUT, page())),
        ("403 after", Stage::After, Verdict::Answer(StatusCode::FORBIDDEN, page())),
        ("a page with 200 after", Stage::After, Verdict::Answer(StatusCode::OK, page())),
        ("fatal_error after", Stage::After, said("fatal_error")),
        ("no answer", Stage::After, Verdict::Hang),
    ]
}

/// The first call of `method` for each channel meets the fault.
fn meets(slack: &Slack, method: &'static str, at: Stage, fault: Verdict) {
    let met: Mutex<HashSet<String>> = Mutex::default();
    let way_back_is_closed = method == "chat.postEphemeral";
    // A channel is read when it is not known whether a card stands there.
    let cards_are_lost = method == "conversations.history";
    slack.on_request(move |called, asked, stage| {
        if called == "response_url" && way_back_is_closed {
            return Verdict::Answer(StatusCode::NOT_FOUND, json!("expired_url"));
        }
        let is_first = || met.lock().unwrap().insert(format!("{called} {}", asked["channel"]));
        if called == "chat.postMessage" && stage == Stage::After && cards_are_lost && is_first() {
            return Verdict::Reset;
        }
        if called == method && stage == at && is_first() { fault.clone() } else { Verdict::Continue }
    });
}

/// bob is refused, alice approves, and everybody hears of it, although each first call of `method` goes wrong.
async fn a_life_with_faults_at(method: &'static str) {
    for (name, stage, fault) in faults() {
        let world =
            World::start_with(|config| config.push_str("\n[timing]\nslack_timeout = \"300ms\"\n")).await;
        meets(world.slack(), method, stage, fault);
        let request = world.octocat_asks().await;
        // Whatever is tried again has its time.
        for _ in 0..2 {
            world.pass(TimeDelta::seconds(20)).await;
        }
        world.press("U0BOB", "approve").await;
        world.press("U0ALICE", "approve").await;
        for _ in 0..2 {
            world.pass(TimeDelta::seconds(20)).await;
        }

        let at = format!("{method}, {name}");
        assert!(world.github().decision_on(request).is_some(), "{at}");
        assert_eq!(world.github().reviews(request).attempted, 1, "{at}");
        let cards = world.slack().channel(APPROVALS);
        assert_eq!(cards.len(), 1, "{at}");
        assert!(cards[0].text.contains("Approved by alice"), "{at}: {}", cards[0].text);
        assert!(!cards[0].on_screen().contains("[Approve…]"), "{at}");
        assert!(!world.slack().thread(APPROVALS, &cards[0].ts).is_empty(), "{at}");
        let dms: Vec<_> = world.slack().dms("U0OCTOCAT").iter().map(|message| message.text.clone()).collect();
        assert!(dms.iter().any(|text| text.contains("has arrived")), "{at}: {dms:?}");
        assert!(dms.iter().any(|text| text.contains("was approved by alice")), "{at}: {dms:?}");
        assert!(world.told_alone("U0BOB").contains("You can't decide this request"), "{at}");
    }
}

#[tokio::test]
async fn faults_of_posting() {
    a_life_with_faults_at("chat.postMessage").await;
}

#[tokio::test]
async fn faults_of_updating() {
    a_life_with_faults_at("chat.update").await;
}

/// The card goes over to "on hold" and its answer is lost; meanwhile the request is again as it was drawn before.
#[tokio::test]
async fn a_request_that_is_again_as_it_was_is_drawn_again_after_a_lost_answer() {
    let world = World::start().await;
    world.octocat_asks().await;
    let before = world.card();
    world.slack().on_request(|called, _, stage| match (called, stage) {
        ("chat.update", Stage::After) => Verdict::Reset,
        _ => Verdict::Continue,
    });
    let installation = world.github().installation_in("acme").expect("the App is installed");
    world.github().suspend(installation).await;
    world.quiet().await;
    assert!(world.card().on_screen().contains("On hold"));

    world.slack().work_normally();
    world.github().unsuspend(installation).await;
    world.quiet().await;
    world.pass(TimeDelta::seconds(20)).await;

    assert_eq!(world.card().on_screen(), before.on_screen());
}

#[tokio::test]
async fn faults_of_opening_direct_messages() {
    a_life_with_faults_at("conversations.open").await;
}

#[tokio::test]
async fn faults_of_looking_at_the_channel() {
    a_life_with_faults_at("conversations.info").await;
}

#[tokio::test]
async fn faults_of_telling_one_person() {
    a_life_with_faults_at("chat.postEphemeral").await;
}

#[tokio::test]
async fn faults_of_the_clicks_own_way_back() {
    a_life_with_faults_at("response_url").await;
}

#[tokio::test]
async fn faults_of_looking_for_a_card() {
    a_life_with_faults_at("conversations.history").await;
}

/// Whether somebody's modal shows what it was opened for.
fn is_filled(slack: &Slack, user: &str) -> bool {
    slack.modal(user).is_some_and(|modal| !modal["blocks"].to_string().contains("Checking"))
}

#[tokio::test]
async fn a_modal_whose_content_was_lost_once_is_filled_all_the_same() {
    for (name, stage, fault) in faults() {
        let world = World::start_with(|config| config.push_str("\n[timing]\nslack_timeout = \"2s\"\n")).await;
        world.octocat_asks().await;
        meets(world.slack(), "views.update", stage, fault);

        world.press_only("U0ALICE", "details").await;

        // After a 429 the method rests: then the person is told at once.
        if ["429", "ratelimited with 200"].contains(&name) {
            is_told_that_it_was_lost(&world, name).await;
            continue;
        }
        let filled = world.slack().until(|slack| is_filled(slack, "U0ALICE")).await;
        filled.unwrap_or_else(|error| panic!("{name}: {error}"));
        world.quiet().await;
        assert!(world.slack().ephemerals("U0ALICE").is_empty(), "{name}");
    }
}

async fn is_told_that_it_was_lost(world: &World, at: &str) {
    let is_told = |slack: &Slack| !slack.ephemerals("U0ALICE").is_empty();
    world.slack().until(is_told).await.unwrap_or_else(|error| panic!("{at}: {error}"));
    let told = world.told_alone("U0ALICE");
    assert!(told.starts_with("The window may not have been filled."), "{at}: {told}");
}

#[tokio::test]
async fn whose_modal_stays_empty_is_told_by_another_way() {
    for (name, stage, fault) in faults() {
        let world = World::start_with(|config| config.push_str("\n[timing]\nslack_timeout = \"2s\"\n")).await;
        world.octocat_asks().await;
        world.slack().on_call(move |method, at| match (method, at) {
            ("views.update", at) if at == stage => fault.clone(),
            _ => Verdict::Continue,
        });

        world.press_only("U0ALICE", "details").await;

        is_told_that_it_was_lost(&world, name).await;
        let updates = world.slack().calls().iter().filter(|call| call.method == "views.update").count();
        assert!(updates <= 2, "{name}: {updates}");
        assert_eq!(is_filled(world.slack(), "U0ALICE"), stage == Stage::After, "{name}");
    }
}

#[tokio::test]
async fn a_modal_that_was_lost_opens_at_the_next_click() {
    // After a 429 the method rests, and so long no modal opens.
    for (name, stage, fault) in
        faults().into_iter().filter(|(name, ..)| !["429", "ratelimited with 200"].contains(name))
    {
        let world = World::start().await;
        world.octocat_asks().await;
        meets(world.slack(), "views.open", stage, fault);

        world.press_only("U0ALICE", "details").await;
        let is_tried = |slack: &Slack| slack.calls().iter().any(|call| call.method == "views.open");
        world.slack().until(is_tried).await.unwrap();
        world.slack().work_normally();
        world.press_only("U0ALICE", "details").await;

        let is_shown = |slack: &Slack| {
            slack.modal("U0ALICE").is_some_and(|modal| !modal["blocks"].to_string().contains("Checking"))
        };
        world.slack().until(is_shown).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[tokio::test]
async fn without_the_scope_for_looking_a_card_may_stand_twice_and_both_lead_to_one_decision() {
    for clicked in [0, 1] {
        let world = World::start().await;
        world.slack().set_scopes(&["chat:write", "commands", "im:write", "users:read", "channels:read"]);
        meets(world.slack(), "chat.postMessage", Stage::After, Verdict::Reset);
        let request = world.octocat_asks().await;
        world.pass(TimeDelta::seconds(20)).await;
        let cards = world.slack().channel(APPROVALS);
        assert_eq!(cards.len(), 2);

        world.slack().click("U0ALICE", APPROVALS, &cards[clicked].ts, "approve").await.unwrap();
        world.quiet().await;
        if clicked == 1 {
            // The other one still has its buttons, until somebody tries one.
            world.slack().click("U0MONALISA", APPROVALS, &cards[0].ts, "approve").await.unwrap();
            world.quiet().await;
            assert!(world.told_alone("U0MONALISA").contains("already over"));
        }

        assert_eq!(world.github().reviews(request).attempted, 1);
        let screens: Vec<_> =
            world.slack().channel(APPROVALS).iter().map(|message| message.on_screen()).collect();
        assert!(screens.iter().all(|screen| !screen.contains("[Approve…]")), "{screens:?}");
        assert!(screens[0].contains("This card was posted twice"), "{screens:?}");
        assert!(screens[1].contains("Approved"), "{screens:?}");
    }
}

#[tokio::test]
async fn a_card_nobody_knows_of_is_known_by_the_first_click() {
    let world = World::start().await;
    world.slack().set_scopes(&["chat:write", "commands", "im:write", "users:read", "channels:read"]);
    // The card arrives, its answer does not.
    world.slack().on_request(|called, asked, stage| match (called, stage) {
        ("chat.postMessage", Stage::After) if asked["channel"] == APPROVALS => Verdict::Reset,
        _ => Verdict::Continue,
    });
    let request = world.octocat_asks().await;
    world.slack().work_normally();
    assert_eq!(world.slack().channel(APPROVALS).len(), 1);

    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::seconds(20)).await;

    assert!(world.github().decision_on(request).is_some());
    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 1);
    assert!(cards[0].text.contains("Approved by alice"));
}

#[tokio::test]
async fn while_the_token_is_revoked_everything_waits_and_nothing_is_given_up() {
    let world = World::start().await;
    world.slack().revoke_token();
    let request = world.octocat_asks().await;
    // Far longer than anything else is tried.
    world.pass(TimeDelta::days(4)).await;
    world.pass(TimeDelta::minutes(5)).await;
    assert!(world.slack().all_messages().is_empty());
    let admin = world.running.as_ref().unwrap().admin.clone();
    let slack = || async {
        let status: Value = serde_json::from_str(&get(&format!("{admin}/status")).await.text()).unwrap();
        status["upstreams"]["slack"].clone()
    };
    let told = slack().await;
    assert!(told["state"] != "up" && told.to_string().contains("token_revoked"), "{told}");

    world.slack().restore_token();
    world.pass(TimeDelta::minutes(5)).await;
    assert_eq!(slack().await["state"], "up");
    world.press("U0ALICE", "approve").await;

    assert!(world.github().decision_on(request).is_some());
    assert!(world.card().text.contains("Approved by"));
    let told: Vec<_> = world.slack().dms("U0OCTOCAT").iter().map(|message| message.text.clone()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(world.slack().channel(countersign::demo::OPERATORS).is_empty());
}

/// While the card is drawn again after a lost answer, somebody clicks on the one that nobody knew of.
#[tokio::test]
async fn a_card_that_is_clicked_while_it_is_looked_for_stands_once() {
    let world = World::start().await;
    let is_about_octocat = |moment: &Moment<'_>| moment.path.ends_with("/users/octocat");
    world.github().on_call(move |moment| match is_about_octocat(&moment) {
        true => github::Verdict::Answer(StatusCode::BAD_GATEWAY, json!({"message": "Server Error"})),
        false => github::Verdict::Continue,
    });
    meets(world.slack(), "chat.postMessage", Stage::After, Verdict::Reset);
    world.octocat_asks().await;
    let (asked, answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (is_asked, answered) = (asked.clone(), answer.clone());
    world.github().on_call(move |moment| match is_about_octocat(&moment) {
        true if moment.stage == github::Stage::Before => {
            is_asked.notify_one();
            github::Verdict::Hold(answered.clone())
        }
        _ => github::Verdict::Continue,
    });

    world.stage.clock.advance(TimeDelta::seconds(6));
    asked.notified().await;
    world.press_only("U0ALICE", "approve").await;
    world.github().work_normally();
    answer.notify_one();
    world.quiet().await;
    world.pass(TimeDelta::seconds(20)).await;

    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 1);
    assert!(cards[0].text.contains("Approved by alice"), "{}", cards[0].text);
}

/// The first attempt is lost on its way, the second arrives; Slack takes four seconds to show what it took.
#[tokio::test]
async fn after_each_attempt_a_card_is_looked_for_once_slack_shows_it() {
    let world = World::start().await;
    let tried = Arc::new(Mutex::new(Vec::new()));
    let (attempts, clock) = (tried.clone(), world.stage.clock.clone());
    world.slack().on_request(move |called, asked, stage| {
        let mut attempts = attempts.lock().unwrap();
        let is_shown = attempts.last().is_none_or(|last| clock.now() >= *last + TimeDelta::seconds(4));
        match (called, stage) {
            ("chat.postMessage", Stage::Before) if asked["channel"] == APPROVALS => {
                attempts.push(clock.now());
                if attempts.len() == 1 { Verdict::Reset } else { Verdict::Continue }
            }
            ("chat.postMessage", Stage::After) if asked["channel"] == APPROVALS => Verdict::Reset,
            ("conversations.history", Stage::After) if !is_shown => {
                Verdict::Answer(StatusCode::OK, json!({ "ok": true, "messages": [] }))
            }
            _ => Verdict::Continue,
        }
    });

    world.octocat_asks().await;
    for _ in 0..60 {
        world.pass(TimeDelta::seconds(1)).await;
    }

    assert_eq!(tried.lock().unwrap().len(), 2);
    assert_eq!(world.slack().channel(APPROVALS).len(), 1);
    world.press("U0ALICE", "approve").await;
    assert!(world.card().text.contains("Approved by alice"), "{}", world.card().text);
}
