//! What every story's log is searched for is found where it stands.

use countersign::demo::APPROVALS;
use countersign::simulator::github::Content;

use crate::support::{World, leaks_in, secrets_of};

/// A world in which everything that is secret or somebody's own has been used.
async fn well_used() -> World {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let edit = |content: &mut Content| {
        content.token_name = "release-bot".to_owned();
        content.reason = Some("Only for releases".to_owned());
    };
    world.github().edit_request(request, edit).await.expect("it waits");
    world.quiet().await;
    world.slack().command("U0ALICE", APPROVALS, "/pat help we lost a laptop").await.expect("an answer");
    world.modal("U0ALICE", "deny").await;
    world.submit("U0ALICE", &[("reason", "nö")]).await;
    world
}

#[tokio::test]
async fn each_secret_is_found_in_a_line_of_its_own() {
    let world = well_used().await;

    let secrets = secrets_of(&world.stage);

    let taken_back = ["deploy-bot", "Release bot needs to push tags"];
    let typed = ["lost a laptop", "nö", "release-bot", "Only for releases"];
    for expected in typed.into_iter().chain(taken_back).chain(["xoxb-", "ghs_"]) {
        assert!(secrets.iter().any(|secret| secret.starts_with(expected)), "{expected:?} is searched for");
    }
    for secret in &secrets {
        let as_json = serde_json::json!({ "message": "something happened", "field": secret }).to_string();
        assert_eq!(leaks_in(&world.stage, &as_json).len(), 1, "{as_json}");
        let as_debug = format!("something happened field={secret:?}");
        assert_eq!(leaks_in(&world.stage, &as_debug).len(), 1, "{as_debug}");
    }
}

#[tokio::test]
async fn what_is_anybodys_is_no_leak() {
    let world = well_used().await;

    let line =
        r#"{"level":"INFO","message":"a request is settled: approved","request":"r-7f3k2a","none":"nobody"}"#;

    assert!(leaks_in(&world.stage, line).is_empty());
}
