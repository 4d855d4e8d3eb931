//! Deciding: by the app over the API, and by owners on GitHub's page.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::receiver::Receiver;
use super::*;

fn path(id: RequestId) -> String {
    format!("/orgs/acme/personal-access-token-requests/{id}")
}

#[tokio::test]
async fn a_review_decides_and_comes_back_as_a_webhook() {
    for (word, action, event) in [("approve", Action::Approve, "approved"), ("deny", Action::Deny, "denied")]
    {
        let scene = Scene::start().await;
        let receiver = Receiver::start().await;
        scene.github.send_webhooks_to(&receiver.url);
        let id = scene.request().await;
        let client = scene.client().await;

        let answer = client.post(&path(id), json!({ "action": word, "reason": "because" })).await;
        scene.github.settled().await.unwrap();

        assert_eq!((answer.status, answer.json), (StatusCode::NO_CONTENT, Value::Null));
        let decision = Decision { action, by: By::App, reason: Some("because".into()), at: noon() };
        assert_eq!(scene.github.decision_on(id), Some(decision));
        assert_eq!(scene.github.grants("acme").len(), usize::from(action == Action::Approve));
        assert_eq!(scene.github.reviews(id), Reviews { attempted: 1, took_effect: true });
        assert!(!scene.github.is_pending(id));
        let body: Value = serde_json::from_slice(&receiver.received().last().unwrap().1).unwrap();
        assert_eq!((&body["action"], &body["sender"]["login"]), (&json!(event), &json!("countersign[bot]")));
    }
}

#[tokio::test]
async fn only_the_published_body_is_taken() {
    let scene = Scene::start().await;
    let id = scene.request().await;
    let client = scene.client().await;

    for (body, status) in [
        (r#"{"decision":"approve"}"#, 422),
        (r#"{"action":"approve","decision":"approve"}"#, 422),
        (r#"{"action":"Approve"}"#, 422),
        (r#"{"action":null}"#, 422),
        (r#"{"action":"deny","reason":5}"#, 422),
        ("{}", 422),
        ("", 422),
        ("[]", 400),
        ("action=approve", 400),
    ] {
        let answer = client.call(Method::POST, &path(id), body).await.unwrap();
        assert_eq!(answer.status.as_u16(), status, "{body}");
    }
    assert!(scene.github.is_pending(id));
    assert_eq!(scene.github.reviews(id), Reviews { attempted: 9, took_effect: false });
}

#[tokio::test]
async fn a_reason_has_1024_characters_of_whichever_kind() {
    let scene = Scene::start().await;
    let client = scene.client().await;
    let status = async |unit, reason: String| {
        scene.github.vary(|variants| variants.reason_unit = unit);
        let id = scene.request().await;
        client.post(&path(id), json!({ "action": "deny", "reason": reason })).await.status.as_u16()
    };

    for (unit, fits) in [(ReasonUnit::CodePoints, 1024), (ReasonUnit::Utf16, 512), (ReasonUnit::Bytes, 256)] {
        assert_eq!(status(unit, "😀".repeat(fits)).await, 204, "{unit:?}");
        assert_eq!(status(unit, "😀".repeat(fits) + "x").await, 422, "{unit:?}");
    }
}

#[tokio::test]
async fn what_is_not_pending_cannot_be_reviewed() {
    let scene = Scene::start().await;
    let id = scene.request().await;
    let client = scene.client().await;
    let approve = json!({ "action": "approve" });
    client.post(&path(id), approve.clone()).await;

    for (variant, status) in [(NotPendingStatus::NotFound, 404), (NotPendingStatus::Unprocessable, 422)] {
        scene.github.vary(|variants| variants.not_pending = variant);
        for id in [id, RequestId(1)] {
            assert_eq!(client.post(&path(id), approve.clone()).await.status.as_u16(), status);
        }
    }
    assert_eq!(scene.github.grants("acme").len(), 1);
}

#[tokio::test]
async fn reading_is_not_enough_to_review() {
    let scene = Scene::start().await;
    let id = scene.request().await;
    let client = scene.client().await;
    let read = [("organization_personal_access_token_requests", Access::Read)];
    // The token is older than the loss of its permission.
    scene.github.set_permissions(scene.installation, &read).await;

    let answer = client.post(&path(id), json!({ "action": "approve" })).await;

    assert_eq!(answer.refusal(), (403, "Resource not accessible by integration"));
    let accepted = answer.header("x-accepted-github-permissions");
    assert_eq!(accepted, "organization_personal_access_token_requests=write");
    assert!(scene.github.is_pending(id));
    assert_eq!(client.get("/orgs/acme/personal-access-token-requests").await.status, StatusCode::OK);
    assert_eq!(client.get("/orgs/acme/memberships/octocat").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn on_the_page_only_owners_decide_and_only_once() {
    let scene = Scene::start().await;
    let id = scene.request().await;
    let github = &scene.github;

    let by_member = github.decide_on_page(id, "octocat", Action::Approve, None).await;
    let by_owner = github.decide_on_page(id, "monalisa", Action::Deny, Some("too broad")).await;
    let again = github.decide_on_page(id, "monalisa", Action::Approve, None).await;

    assert_eq!(by_member, Err(NotDone::NotAnOwner));
    assert_eq!(by_owner, Ok(()));
    assert_eq!(again, Err(NotDone::NotPending));
    let decision = github.decision_on(id).unwrap();
    assert_eq!((decision.by, decision.action), (By::User("monalisa".into()), Action::Deny));
    assert_eq!(github.cancel_request(id).await, Err(NotDone::NotPending));
    assert_eq!(github.edit_request(id, |_| {}).await, Err(NotDone::NotPending));
}

#[tokio::test]
async fn an_edited_request_keeps_its_id() {
    let scene = Scene::start().await;
    let id = scene.request().await;

    scene.github.edit_request(id, |content| content.repositories = Repositories::All).await.unwrap();

    let list = scene.client().await.get("/orgs/acme/personal-access-token-requests").await.json;
    assert_eq!((ids(&list), &list[0]["repository_selection"]), (vec![id.0], &json!("all")));
}
