//! Where cards may stand.

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::simulator::slack::{Stage, Verdict};
use serde_json::json;

use crate::support::World;

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
        assert_eq!(
            instead[1].on_screen(),
            "Cards can't be posted in C0APPROVALS: it is shared with another organization. They go to the fallback \
             channel until that is mended."
        );
    }
}

/// An answer that is missing, limited or not understood is none: nobody knows who reads along.
#[tokio::test]
async fn while_slack_does_not_say_whether_a_channel_is_shared_no_card_stands_there() {
    for silence in [
        Verdict::Reset,
        Verdict::Answer(StatusCode::INTERNAL_SERVER_ERROR, json!({})),
        Verdict::Answer(StatusCode::OK, json!({ "ok": false, "error": "internal_error" })),
        Verdict::Answer(StatusCode::OK, json!({ "ok": true, "channel": { "id": APPROVALS } })),
    ] {
        let world = World::start().await;
        let told = silence.clone();
        world.slack().on_call(move |method, stage| match (method, stage) {
            ("conversations.info", Stage::Before) => told.clone(),
            _ => Verdict::Continue,
        });

        world.octocat_asks().await;
        world.pass(TimeDelta::minutes(10)).await;
        assert!(world.slack().channel(APPROVALS).is_empty(), "{silence:?}");

        world.slack().on_call(|_, _| Verdict::Continue);
        world.pass(TimeDelta::minutes(10)).await;
        assert_eq!(world.slack().channel(APPROVALS).len(), 1, "{silence:?}");
    }
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
    // The card and the notice are posted by two jobs, in whichever order.
    let told: Vec<_> = world.slack().channel(OPERATORS).iter().map(|message| message.on_screen()).collect();
    for words in ["Nobody may decide this here", "No route in the configuration covers"] {
        assert!(told.iter().any(|screen| screen.contains(words)), "{told:?}");
    }
    assert!(!told.iter().any(|screen| screen.contains("[Approve")), "{told:?}");
}
