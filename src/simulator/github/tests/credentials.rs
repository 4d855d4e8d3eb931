//! Who gets in, and what everybody must send.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::*;

const NOT_DECODED: &str = "A JSON web token could not be decoded";

#[tokio::test]
async fn the_app_is_known_by_its_ids_as_number_and_as_text() {
    let scene = Scene::start().await;
    let app = scene.github.app();

    for issuer in [json!(app.id), json!(app.id.to_string()), json!(app.client_id)] {
        let claims = json!({ "iat": seconds(-60), "exp": seconds(600), "iss": issuer });
        let answer = Client::of(&scene.github).with_claims(&claims).get("/app").await;
        assert_eq!((answer.status, &answer.json["slug"]), (StatusCode::OK, &json!("countersign")));
    }
}

#[tokio::test]
async fn a_wrong_jwt_is_refused_in_the_words_of_github() {
    let scene = Scene::start().await;
    let id = scene.github.app().id;
    let issued =
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    let expired = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
    let too_far = "'Expiration time' claim ('exp') is too far in the future";

    for (claims, message) in [
        (json!({ "iat": seconds(1), "exp": seconds(540), "iss": id }), issued),
        (json!({ "iat": "now", "exp": seconds(540), "iss": id }), issued),
        (json!({ "iat": seconds(-60), "exp": seconds(601), "iss": id }), too_far),
        (json!({ "iat": seconds(-600), "exp": seconds(0), "iss": id }), expired),
        (json!({ "iat": seconds(-60), "exp": seconds(540), "iss": id + 1 }), NOT_DECODED),
        (json!({ "iat": seconds(-60), "exp": seconds(540) }), "Missing 'issuer' claim ('iss') in assertion"),
        (json!({ "exp": seconds(540), "iss": id }), "Missing 'issued at' claim ('iat') in assertion"),
        (json!({ "iat": seconds(-60), "iss": id }), "Missing 'expiration time' claim ('exp') in assertion"),
    ] {
        let answer = Client::of(&scene.github).with_claims(&claims).get("/app").await;
        assert_eq!(answer.refusal(), (401, message), "{claims}");
    }
}

#[tokio::test]
async fn a_jwt_of_another_key_or_by_another_scheme_is_refused() {
    let scene = Scene::start().await;
    let other = Scene::start().await;

    let foreign = Client::of(&other.github).with_jwt(&other.clock).headers["authorization"].clone();
    let by_foreign_key = Client::of(&scene.github).with("authorization", foreign.to_str().unwrap());
    assert_eq!(by_foreign_key.get("/app").await.refusal(), (401, NOT_DECODED));

    let own = Client::of(&scene.github).with_jwt(&scene.clock).headers["authorization"].clone();
    let as_token = own.to_str().unwrap().replace("Bearer", "token");
    let by_wrong_scheme = Client::of(&scene.github).with("authorization", &as_token);
    assert_eq!(by_wrong_scheme.get("/app").await.refusal(), (401, NOT_DECODED));
}

#[tokio::test]
async fn a_token_lives_for_an_hour() {
    let scene = Scene::start().await;
    let client = scene.client().await;
    assert_eq!(client.get("/users/octocat").await.status, StatusCode::OK);

    scene.clock.advance(TimeDelta::hours(1));

    assert_eq!(client.get("/users/octocat").await.refusal(), (401, "Bad credentials"));
    let nobody = Client::of(&scene.github);
    assert_eq!(nobody.get("/users/octocat").await.refusal(), (401, "Requires authentication"));
}

#[tokio::test]
async fn a_token_can_have_fewer_permissions_but_not_more() {
    let scene = Scene::start().await;
    let app = Client::of(&scene.github).with_jwt(&scene.clock);
    let path = format!("/app/installations/{}/access_tokens", scene.installation);

    let narrow = app.post(&path, json!({ "permissions": { "members": "read" } })).await;
    assert_eq!(narrow.json["permissions"], json!({ "members": "read" }));
    let token = format!("token {}", narrow.json["token"].as_str().unwrap());
    let refused = Client::of(&scene.github)
        .with("authorization", &token)
        .get("/orgs/acme/personal-access-token-requests")
        .await;
    assert_eq!(refused.refusal(), (403, "Resource not accessible by integration"));
    let accepted = refused.header("x-accepted-github-permissions");
    assert_eq!(accepted, "organization_personal_access_token_requests=read");

    for body in [
        json!({ "permissions": { "members": "write" } }),
        json!({ "permissions": { "contents": "read" } }),
        json!({ "permissions": { "members": "admin" } }),
        json!({ "repositories": ["billing"] }),
        json!({ "scopes": [] }),
    ] {
        assert_eq!(app.post(&path, body.clone()).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
}

#[tokio::test]
async fn a_suspended_or_removed_installation_has_no_rights() {
    let scene = Scene::start().await;
    let client = scene.client().await;
    let app = Client::of(&scene.github).with_jwt(&scene.clock);
    let path = format!("/app/installations/{}/access_tokens", scene.installation);
    let suspended = (403, "This installation has been suspended");

    scene.github.suspend(scene.installation).await;
    assert_eq!(app.post(&path, json!({})).await.refusal(), suspended);
    assert_eq!(client.get("/users/octocat").await.refusal(), suspended);
    assert!(app.get("/app/installations").await.json[0]["suspended_at"].is_string());

    scene.github.unsuspend(scene.installation).await;
    assert_eq!(client.get("/users/octocat").await.status, StatusCode::OK);

    scene.github.uninstall(scene.installation).await;
    assert_eq!(app.post(&path, json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get("/users/octocat").await.refusal(), (401, "Bad credentials"));
    assert_eq!(app.get("/orgs/acme/installation").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn both_token_formats_work_and_look_as_announced() {
    let scene = Scene::start().await;
    let short = scene.client().await.headers["authorization"].len() - "Bearer ".len();

    scene.github.vary(|variants| variants.token_format = TokenFormat::Stateless);
    let stateless = scene.client().await;

    assert_eq!(short, 40);
    let text = stateless.headers["authorization"].to_str().unwrap().to_owned();
    assert!((500..540).contains(&text.len()) && text.contains('.'), "{text}");
    assert_eq!(stateless.get("/users/octocat").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_call_must_look_like_one_to_github() {
    let scene = Scene::start().await;
    let client = scene.client().await;
    let with = |name, value| client.clone().with(name, value);
    let mut nameless = client.clone();
    nameless.headers.remove("user-agent");

    assert_eq!(nameless.get("/app").await.status, StatusCode::FORBIDDEN);
    let status = async |client: Client| client.get("/users/octocat").await.status.as_u16();
    assert_eq!(status(with("x-github-api-version", "2020-01-01")).await, 400);
    assert_eq!(status(with("accept", "text/html")).await, 415);
    assert_eq!(status(with("host", "api.github.com")).await, 404);
    assert_eq!(client.get("/users/octocat/keys").await.status, StatusCode::NOT_FOUND);
    let wrong_method = client.call(Method::DELETE, "/users/octocat", "").await.unwrap();
    assert_eq!(wrong_method.json["status"], "404");
    assert_eq!(wrong_method.json["documentation_url"], "https://docs.github.com/rest");
}

#[tokio::test]
async fn every_answer_counts_down_the_rate_limit_and_has_a_request_id() {
    let scene = Scene::start().await;
    let client = scene.client().await;

    let first = client.get("/users/octocat").await;
    let second = client.get("/nowhere").await;

    assert_eq!(first.header("x-ratelimit-remaining"), "4998");
    assert_eq!(second.header("x-ratelimit-remaining"), "4997");
    assert_eq!(second.header("x-ratelimit-reset"), (noon() + TimeDelta::hours(1)).timestamp().to_string());
    assert_ne!(first.header("x-github-request-id"), second.header("x-github-request-id"));
    assert_eq!(client.get("/rate_limit").await.json["resources"]["core"]["used"], 4);
}

#[tokio::test]
async fn a_prefix_stands_before_every_route() {
    let scene = Scene::start().await;
    let settings = Settings { prefix: "/api/v3".into(), ..Settings::new(scene.github.app().clone()) };
    let github = GitHub::start_with(scene.clock.clone(), Chance::seeded(2), settings).await.unwrap();
    let app = Client::of(&github).with_jwt(&scene.clock);

    assert!(github.api_url().ends_with("/api/v3"));
    assert_eq!(app.get("/app").await.status, StatusCode::OK);
    let bare = format!("{}/app", github.api_url().trim_end_matches("/api/v3"));
    assert_eq!(app.get(&bare).await.status, StatusCode::NOT_FOUND);
    assert_eq!(github.calls()[0].path, "/app");
}

#[tokio::test]
async fn calls_are_remembered_without_their_credentials() {
    let scene = Scene::start().await;
    let client = scene.client().await;
    client.get("/orgs/acme/personal-access-token-requests?per_page=5").await;

    let calls = scene.github.calls();
    let call = calls.last().unwrap();
    assert_eq!(
        (call.path.as_str(), call.query.as_deref()),
        ("/orgs/acme/personal-access-token-requests", Some("per_page=5"))
    );
    assert_eq!((call.status, call.body.as_ref()), (Some(StatusCode::OK), None));
    assert!(call.headers.get("authorization").is_none());
    assert_eq!(calls[0].body, Some(json!({})));
}

#[tokio::test]
async fn memberships_and_accounts_are_shown_as_they_are() {
    let scene = Scene::start().await;
    let client = scene.client().await;
    scene.github.add_user("alice");
    scene.github.set_membership("acme", "alice", Role::Member, MembershipState::Pending);
    let shown = async |login: &str| {
        let membership = client.get(&format!("/orgs/ACME/memberships/{login}")).await.json;
        [membership["role"].clone(), membership["state"].clone()]
    };

    assert_eq!(shown("monalisa").await, ["admin", "active"]);
    assert_eq!(shown("OctoCat").await, ["member", "active"]);
    assert_eq!(shown("alice").await, ["member", "pending"]);
    scene.github.remove_member("acme", "octocat");
    assert_eq!(shown("octocat").await, [Value::Null, Value::Null]);

    let octocat = scene.github.add_user("octocat");
    let by_id = client.get(&format!("/user/{}", octocat.id)).await;
    assert_eq!(by_id.json, client.get("/users/octocat").await.json);
    assert_eq!(client.get("/user/1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get("/user/octocat").await.status, StatusCode::NOT_FOUND);
}

fn seconds(from_now: i64) -> i64 {
    noon().timestamp() + from_now
}
