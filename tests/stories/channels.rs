//! Where cards may stand.

use crate::support::{World, push_to_payments};
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::simulator::slack::{Slack, Stage, Verdict};

#[tokio::test]
async fn a_channel_shared_with_another_company_never_gets_a_card() {
    for is_pending in [false, true] {
        let world = World::start().await;
        world
            .slack()
            .change_channel(APPROVALS, |channel| {
                channel.is_ext_shared = !is_pending;
                channel.is_pending_ext_shared = is_pending;
            })
            .unwrap();

        world.octocat_asks().await;

        assert!(world.slack().channel(APPROVALS).is_empty());
        let instead = world.slack().channel(OPERATORS);
        assert!(instead[0].on_screen().contains("octocat wants to WRITE"));
        let key = world.key_of(&instead[0]);
        let told = instead[1].on_screen().replace(&key, "KEY");
        assert_eq!(
            told,
            "The card of KEY is not where it belongs: C0APPROVALS: it is shared with another organization."
        );
    }
}

#[tokio::test]
async fn a_card_that_slack_refuses_is_given_up_loudly() {
    let world = World::start().await;
    world.slack().on_call(|method, stage| match (method, stage) {
        ("chat.postMessage", Stage::Before) => Verdict::Answer(
            axum::http::StatusCode::OK,
            serde_json::json!({ "ok": false, "error": "invalid_blocks" }),
        ),
        _ => Verdict::Continue,
    });
    world.github().request_token(push_to_payments(&world.stage.clock)).await;
    let is_refused = |slack: &Slack| slack.calls().iter().any(|call| call.method == "chat.postMessage");
    world.slack().until(is_refused).await.unwrap();
    world.slack().on_call(|_, _| Verdict::Continue);
    world.quiet().await;
    world.pass(TimeDelta::minutes(1)).await;

    let told: Vec<_> = world.slack().channel(OPERATORS).iter().map(|message| message.on_screen()).collect();
    assert!(
        told.iter().any(|told| told.contains("was given up: slack refuses it: invalid_blocks")),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_request_no_route_covers_can_be_decided_by_nobody_and_the_operators_are_told() {
    let world = World::start_with(|config| {
        *config = config.replace(
            r#"{ channel = "C0APPROVALS" }"#,
            r#"{ channel = "C0APPROVALS", repositories = ["docs"] }"#,
        );
    })
    .await;

    world.octocat_asks().await;

    assert!(world.slack().channel(APPROVALS).is_empty());
    let told = world.slack().channel(OPERATORS);
    assert!(told[0].on_screen().contains("Nobody may decide this here"));
    assert!(!told[0].on_screen().contains("[Approve"));
    assert!(told[1].on_screen().contains("No route in the configuration covers"));
}
