//! What the service is told, and how.

use serde_json::{Value, json};

use super::receiver::Receiver;
use super::*;

const EVENT: &str = "personal_access_token_request";

#[tokio::test]
async fn a_webhook_has_all_the_headers_of_github_and_a_valid_signature() {
    let scene = Scene::start().await;
    let receiver = Receiver::start().await;
    scene.github.send_webhooks_to(&receiver.url);

    let id = scene.request().await;

    let (headers, body) = receiver.received().pop().unwrap();
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-github-event"), EVENT);
    assert_eq!(header("content-type"), "application/json");
    assert!(header("user-agent").starts_with("GitHub-Hookshot/"));
    assert_eq!(header("x-github-hook-installation-target-type"), "integration");
    assert_eq!(header("x-github-hook-installation-target-id"), scene.github.app().id.to_string());
    assert!(header("x-github-hook-id").parse::<u64>().is_ok());
    assert_eq!(header("x-hub-signature-256"), scene.github.sign(&body));
    let delivery = scene.github.deliveries().pop().unwrap();
    assert_eq!(header("x-github-delivery"), delivery.guid);
    assert_eq!(delivery.outcome, Outcome::Answered(axum::http::StatusCode::ACCEPTED));
    let payload: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(payload["personal_access_token_request"]["id"], json!(id.0));
    assert_eq!(payload, delivery.payload);
}

#[tokio::test]
async fn the_official_signature_vector_holds() {
    // docs.github.com, validating webhook deliveries.
    let app = App::new(generate_key_pem().unwrap(), "It's a Secret to Everybody".to_owned().into());
    let clock = Clock::manual(noon());
    let github = GitHub::start_with(clock, Chance::seeded(1), Settings::new(app)).await.unwrap();

    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(github.sign(b"Hello, World!"), signature);
}

#[tokio::test]
async fn a_failed_delivery_can_be_sent_again_under_its_guid() {
    let scene = Scene::start().await;
    let receiver = Receiver::start().await;
    scene.request().await;
    let failed = scene.github.deliveries().pop().unwrap();
    assert!(matches!(failed.outcome, Outcome::Failed(_)));

    scene.github.send_webhooks_to(&receiver.url);
    scene.github.redeliver(&failed.guid).await.unwrap();

    let (headers, body) = receiver.received().pop().unwrap();
    assert_eq!(headers["x-github-delivery"], failed.guid.as_str());
    assert_eq!(body, failed.payload.to_string());
    assert!(scene.github.deliveries().pop().unwrap().redelivery);
    assert_eq!(scene.github.redeliver("unknown").await, None);
    scene.github.stop_sending();
    assert!(matches!(scene.github.redeliver(&failed.guid).await, Some(Outcome::Failed(_))));
}

#[tokio::test]
async fn anything_can_be_delivered_raw() {
    let scene = Scene::start().await;
    let receiver = Receiver::start().await;
    scene.github.send_webhooks_to(&receiver.url);

    let headers = scene.github.webhook_headers("ping", "not-a-guid", b"{}");
    scene.github.deliver_raw(headers, "\u{FFFD}").await.unwrap();

    let (headers, body) = receiver.received().pop().unwrap();
    assert_eq!((headers["x-github-event"].as_bytes(), &body[..]), (&b"ping"[..], "\u{FFFD}".as_bytes()));
}

#[tokio::test]
async fn each_act_of_people_is_told_with_its_sender() {
    let scene = Scene::start().await;
    let github = &scene.github;
    let (first, second) = (scene.request().await, scene.request().await);

    github.cancel_request(first).await.unwrap();
    github.decide_on_page(second, "monalisa", Action::Approve, None).await.unwrap();
    let third = github.grant_without_review(wish()).await;

    let told: Vec<(Value, Value, Value)> = requests_told(github)
        .into_iter()
        .map(|payload| {
            let id = payload["personal_access_token_request"]["id"].clone();
            (id, payload["action"].clone(), payload["sender"]["login"].clone())
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!(first.0), json!("created"), json!("octocat")),
            (json!(second.0), json!("created"), json!("octocat")),
            (json!(first.0), json!("cancelled"), json!("octocat")),
            (json!(second.0), json!("approved"), json!("monalisa")),
            (json!(third.0), json!("approved"), json!("octocat")),
        ]
    );
    assert_eq!(github.grants("acme").len(), 2);
    assert_eq!(github.decision_on(third), None);
}

#[tokio::test]
async fn installations_are_told_whatever_the_permissions_and_requests_are_not() {
    let scene = Scene::start().await;
    let github = &scene.github;

    github.set_permissions(scene.installation, &[]).await;
    scene.request().await;
    github.suspend(scene.installation).await;
    scene.request().await;
    github.unsuspend(scene.installation).await;
    github.uninstall(scene.installation).await;
    scene.request().await;

    let told: Vec<String> = github
        .deliveries()
        .into_iter()
        .map(|delivery| format!("{}.{}", delivery.event, delivery.action))
        .collect();
    let actions = ["created", "new_permissions_accepted", "suspend", "unsuspend", "deleted"];
    assert_eq!(told, actions.map(|action| format!("installation.{action}")));
}

#[tokio::test]
async fn repositories_are_named_only_for_a_subset_and_perhaps_not_all() {
    let scene = Scene::start().await;
    let github = &scene.github;
    let both = Repositories::Subset(vec!["billing".into(), "website".into()]);
    github.request_token(NewRequest { repositories: Repositories::All, ..wish() }).await;
    github.vary(|variants| variants.inline_repositories = Some(1));
    github.request_token(NewRequest { repositories: both, ..wish() }).await;

    let [all, subset] = &requests_told(github)[..] else { panic!("two requests were made") };
    let request = &all["personal_access_token_request"];
    assert_eq!((&request["repositories"], &request["repository_count"]), (&Value::Null, &Value::Null));
    let request = &subset["personal_access_token_request"];
    assert_eq!(request["repository_count"], 2);
    assert_eq!(request["repositories"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_that_asks_for_more_says_what_is_new() {
    let scene = Scene::start().await;
    let first = scene.github.grant_without_review(wish()).await;

    let permissions =
        Permissions::repository([("contents", "admin"), ("issues", "read"), ("metadata", "read")]);
    let token = scene.github.token_of(first);
    let second = scene.github.request_token(NewRequest { token, permissions, ..wish() }).await;
    scene.github.decide_on_page(second, "monalisa", Action::Approve, None).await.unwrap();

    for payload in &requests_told(&scene.github)[1..] {
        let request = &payload["personal_access_token_request"];
        assert_eq!(request["permissions_added"]["repository"], json!({ "issues": "read" }));
        assert_eq!(request["permissions_upgraded"]["repository"], json!({ "contents": "admin" }));
        assert_eq!(request["permissions_result"]["repository"].as_object().unwrap().len(), 3);
    }
    assert_eq!(scene.github.grants("acme").len(), 1);
}

#[tokio::test]
async fn the_unverified_parts_of_a_webhook_can_be_switched() {
    let scene = Scene::start().await;
    let github = &scene.github;
    github.vary(|variants| {
        variants.created_without_installation = true;
        variants.reason_in_webhook = true;
        variants.edits_are_announced = true;
        variants.own_sender = OwnSender::AppOwner;
    });

    let id = scene.request().await;
    github.edit_request(id, |content| content.token_name = "release".into()).await.unwrap();
    let path = format!("/orgs/acme/personal-access-token-requests/{id}");
    scene.client().await.post(&path, json!({ "action": "approve" })).await;
    github.settled().await.unwrap();

    let [created, edited, approved] = &requests_told(github)[..] else { panic!("three webhooks are due") };
    assert_eq!(created["installation"], Value::Null);
    assert_eq!(created["personal_access_token_request"]["reason"], "Nightly releases");
    assert_eq!(edited["action"], "created");
    assert_eq!(edited["personal_access_token_request"]["token_name"], "release");
    assert_eq!(approved["installation"]["id"], json!(scene.installation.0));
    assert_eq!(approved["sender"]["login"], "countersign-maintainer");
}

/// The payloads about requests so far, delivered or not.
pub(super) fn requests_told(github: &GitHub) -> Vec<Value> {
    let about_requests = github.deliveries().into_iter().filter(|delivery| delivery.event == EVENT);
    about_requests.map(|delivery| delivery.payload).collect()
}
