//! Everything shown and sent, held against GitHub's published schemas.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::webhooks::requests_told;
use super::*;

#[tokio::test]
async fn every_webhook_about_a_request_is_as_published() {
    let Some(fixtures) = fixtures() else { return };
    let schema = read(&fixtures.join("webhooks/personal_access_token_request.schema.json"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let scene = Scene::start().await;
    let github = &scene.github;

    scene.request().await;
    let (first, second) = (scene.request().await, scene.request().await);
    for repositories in [Repositories::None, Repositories::All] {
        github.request_token(NewRequest { repositories, expires_at: None, ..wish() }).await;
    }
    github.cancel_request(first).await.unwrap();
    github.decide_on_page(second, "monalisa", Action::Deny, None).await.unwrap();
    github.grant_without_review(wish()).await;
    github.vary(|variants| variants.created_without_installation = true);
    let third = scene.request().await;
    let path = format!("/orgs/acme/personal-access-token-requests/{third}");
    scene.client().await.post(&path, json!({ "action": "approve" })).await;
    github.settled().await.unwrap();

    let told = requests_told(github);
    assert_eq!(told.len(), 10);
    for payload in told {
        check(&validator, &payload);
    }
}

#[tokio::test]
async fn every_answer_is_as_published() {
    let Some(fixtures) = fixtures() else { return };
    let description = read(&fixtures.join("openapi-pat.json"));
    let scene = Scene::start().await;
    scene.github.suspend(scene.installation).await;
    let app = Client::of(&scene.github).with_jwt(&scene.clock);
    let installation = format!("/app/installations/{}", scene.installation);
    check(&component(&description, "installation"), &app.get(&installation).await.json);
    scene.github.unsuspend(scene.installation).await;
    let request = scene.request().await;
    scene.github.grant_without_review(wish()).await;
    let client = scene.client().await;

    let requests = "/orgs/acme/personal-access-token-requests";
    let lead = scene.github.set_team("acme", "security", &["monalisa"]);
    let team = scene.github.set_team("acme", "response", &["octocat"]);
    scene.github.change_team(team.id, |team| team.parent = Some(lead.id));
    let organization = format!("/organizations/{}", lead.organization);
    for (schema, shown) in [
        ("team-full", client.get("/orgs/acme/teams/response").await.json),
        ("team-full", client.get(&format!("{organization}/team/{}", lead.id)).await.json),
        ("team-membership", client.get("/orgs/acme/teams/security/memberships/octocat").await.json),
        ("team-member", client.get("/orgs/acme/teams/security/members").await.json[0].clone()),
        ("simple-user", client.get("/orgs/acme/members?role=admin").await.json[0].clone()),
        ("integration", app.get("/app").await.json),
        ("installation", app.get("/app/installations").await.json[0].clone()),
        ("installation", app.get("/orgs/acme/installation").await.json),
        ("installation-token", app.post(&format!("{installation}/access_tokens"), json!({})).await.json),
        ("organization-programmatic-access-grant-request", client.get(requests).await.json[0].clone()),
        (
            "minimal-repository",
            client.get(&format!("{requests}/{request}/repositories")).await.json[0].clone(),
        ),
        (
            "organization-programmatic-access-grant",
            client.get("/orgs/acme/personal-access-tokens").await.json[0].clone(),
        ),
        ("org-membership", client.get("/orgs/acme/memberships/octocat").await.json),
        ("public-user", client.get("/users/octocat").await.json),
        ("rate-limit-overview", client.get("/rate_limit").await.json),
        ("basic-error", client.get("/nowhere").await.json),
    ] {
        check(&component(&description, schema), &shown);
    }
}

fn check(validator: &Validator, value: &Value) {
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty() && value.is_object(), "{errors:#?} in {value:#}");
}

/// A schema of the OpenAPI description as JSON Schema.
fn component(description: &Value, name: &str) -> Validator {
    let schema = json!({
        "$ref": format!("#/components/schemas/{name}"),
        "components": with_null(description["components"].clone()),
    });
    jsonschema::validator_for(&schema).unwrap()
}

/// OpenAPI 3.0 says `nullable` where JSON Schema has a union with null.
fn with_null(schema: Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let nullable = fields.get("nullable") == Some(&json!(true));
            let fields =
                Value::Object(fields.into_iter().map(|(key, value)| (key, with_null(value))).collect());
            if nullable { json!({ "anyOf": [fields, { "type": "null" }] }) } else { fields }
        }
        Value::Array(items) => items.into_iter().map(with_null).collect(),
        other => other,
    }
}

/// The published schemas, which are not part of this repository.
fn fixtures() -> Option<PathBuf> {
    let place = std::env::var("COUNTERSIGN_FIXTURES").unwrap_or_else(|_| "../shared/fixtures".into());
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(place).join("github");
    if place.exists() {
        return Some(place);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "the fixtures are missing at {}", place.display());
    println!("skipped: there are no fixtures at {}", place.display());
    None
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
