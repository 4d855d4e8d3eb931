//! Answers lost, late and wrong.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::json;
use tokio::sync::Notify;

use super::*;

const APPROVE: &str = r#"{"action":"approve"}"#;

fn path(id: RequestId) -> String {
    format!("/orgs/acme/personal-access-token-requests/{id}")
}

/// Reacts to reviews at one stage.
fn fault(scene: &Scene, stage: Stage, verdict: Verdict) {
    scene.github.on_call(move |moment| {
        if moment.is_review() && moment.stage == stage { verdict.clone() } else { Verdict::Continue }
    });
}

#[tokio::test]
async fn a_reset_before_changes_nothing_and_a_reset_after_loses_only_the_answer() {
    for (stage, decided) in [(Stage::Before, false), (Stage::After, true)] {
        let scene = Scene::start().await;
        let id = scene.request().await;
        let client = scene.client().await;
        fault(&scene, stage, Verdict::Reset);

        assert!(client.call(Method::POST, &path(id), APPROVE).await.is_err());

        assert_eq!(scene.github.reviews(id), Reviews { attempted: 1, took_effect: decided });
        assert_eq!(scene.github.calls().last().unwrap().status, None);
        scene.github.settled().await.unwrap();
        assert_eq!(scene.github.deliveries().len(), 2 + usize::from(decided));
    }
}

#[tokio::test]
async fn another_answer_can_stand_before_or_after_the_effect() {
    for (stage, decided) in [(Stage::Before, false), (Stage::After, true)] {
        let scene = Scene::start().await;
        let id = scene.request().await;
        let client = scene.client().await;
        fault(&scene, stage, Verdict::Answer(StatusCode::BAD_GATEWAY, json!({ "message": "Server Error" })));

        let answer = client.post(&path(id), json!({ "action": "approve" })).await;

        assert_eq!(answer.refusal(), (502, "Server Error"));
        assert_eq!(scene.github.decision_on(id).is_some(), decided);
        scene.github.work_normally();
        let again = client.post(&path(id), json!({ "action": "approve" })).await;
        assert_eq!(again.status.as_u16(), if decided { 404 } else { 204 });
    }
}

#[tokio::test]
async fn a_held_call_goes_on_when_it_is_released() {
    let scene = Scene::start().await;
    let id = scene.request().await;
    let client = scene.client().await;
    let release = Arc::new(Notify::new());
    fault(&scene, Stage::After, Verdict::Hold(release.clone()));

    let call =
        tokio::spawn(async move { client.post(&path(id), json!({ "action": "approve" })).await.status });
    scene.github.until(|github| !github.is_pending(id)).await.unwrap();
    assert!(!call.is_finished());
    release.notify_one();

    assert_eq!(call.await.unwrap(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_hanging_call_is_never_answered() {
    let scene = Scene::start().await;
    let id = scene.request().await;
    let client = scene.client().await;
    fault(&scene, Stage::Before, Verdict::Hang);

    let call = tokio::spawn(async move { client.post(&path(id), json!({ "action": "approve" })).await });
    scene.github.until(|github| github.reviews(id).attempted == 1).await.unwrap();
    // What comes after it is answered.
    assert_eq!(scene.client().await.get("/users/octocat").await.status, StatusCode::OK);

    assert!(!call.is_finished());
    assert!(scene.github.is_pending(id));
    call.abort();
}
