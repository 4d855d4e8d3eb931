//! The lists of requests and of active tokens.

use axum::http::StatusCode;
use serde_json::json;

use super::*;

const REQUESTS: &str = "/orgs/acme/personal-access-token-requests";
const TOKENS: &str = "/orgs/acme/personal-access-tokens";

#[tokio::test]
async fn a_pending_request_is_listed_with_its_reason() {
    let scene = Scene::start().await;
    let id = scene.request().await;
    let client = scene.client().await;

    let list = client.get(REQUESTS).await.json;

    assert_eq!(ids(&list), [id.0]);
    assert_eq!(list[0]["reason"], "Nightly releases");
    assert_eq!(list[0]["permissions"]["repository"]["contents"], "write");
    assert_eq!(list[0]["created_at"], "2026-11-22T05:00:00.000-07:00");
    let repositories = client.get(list[0]["repositories_url"].as_str().unwrap()).await.json;
    assert_eq!(repositories[0]["full_name"], "acme/billing");
    assert_eq!(repositories.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn pages_are_linked_by_absolute_urls_with_the_id_of_the_organization() {
    let scene = Scene::start().await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.insert(0, scene.request().await.0);
    }
    let client = scene.client().await;
    let organization = scene.github.add_organization("acme").id;
    let base = format!(
        "{}/organizations/{organization}/personal-access-token-requests?owner%5B%5D=octocat&per_page=2&page=",
        scene.github.api_url()
    );

    let first = client.get(&format!("{REQUESTS}?per_page=2&owner[]=octocat")).await;
    let second = client.get(&format!("{base}2")).await;
    let third = client.get(&format!("{base}3")).await;

    assert_eq!([ids(&first.json), ids(&second.json), ids(&third.json)].concat(), all);
    assert_eq!(first.header("link"), format!("<{base}2>; rel=\"next\", <{base}3>; rel=\"last\""));
    let all_four = format!(
        "<{base}1>; rel=\"prev\", <{base}3>; rel=\"next\", <{base}3>; rel=\"last\", <{base}1>; rel=\"first\""
    );
    assert_eq!(second.header("link"), all_four);
    assert_eq!(third.header("link"), format!("<{base}2>; rel=\"prev\", <{base}1>; rel=\"first\""));
    assert_eq!(client.get(REQUESTS).await.header("link"), "");
}

#[tokio::test]
async fn filters_keep_what_they_name() {
    let scene = Scene::start().await;
    scene.github.add_user("alice");
    let first = scene.request().await;
    let second = scene
        .github
        .request_token(NewRequest {
            owner: "alice".into(),
            permissions: Permissions::organization([("members", "read")]),
            repositories: Repositories::None,
            ..wish()
        })
        .await;
    let token = scene.github.token_of(first).unwrap();
    scene.github.use_token(token, noon() - TimeDelta::days(1));
    let client = scene.client().await;
    let listed = async |query: &str| ids(&client.get(&format!("{REQUESTS}?{query}")).await.json);

    assert_eq!(listed("").await, [second.0, first.0]);
    assert_eq!(listed("direction=asc&sort=created_at").await, [first.0, second.0]);
    assert_eq!(listed("owner[]=OCTOCAT").await, [first.0]);
    assert_eq!(listed("owner[]=octocat&owner%5B%5D=alice").await.len(), 2);
    assert_eq!(listed(&format!("token_id[]={token}")).await, [first.0]);
    assert_eq!(listed("repository=billing").await, [first.0]);
    assert_eq!(listed("repository=website").await, [0; 0]);
    assert_eq!(listed("permission=members_read").await, [second.0]);
    assert_eq!(listed("permission=contents_read").await, [0; 0]);
    assert_eq!(listed("last_used_after=2026-11-20T00:00:00Z").await, [first.0]);
    assert_eq!(listed("last_used_before=2026-11-20T00:00:00Z").await, [0; 0]);
}

#[tokio::test]
async fn a_query_unknown_to_github_is_refused() {
    let scene = Scene::start().await;
    let client = scene.client().await;
    let eleven = ["owner[]=octocat"; 11].join("&");

    for query in [
        "owner=octocat",
        "state=pending",
        "per_page=101",
        "per_page=0",
        "page=0",
        "page=first",
        "token_id[]=abc",
        "sort=name",
        "direction=up",
        "permission=issues",
        "last_used_after=yesterday",
        &eleven,
    ] {
        for list in [REQUESTS, TOKENS] {
            let status = client.get(&format!("{list}?{query}")).await.status;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        }
    }
}

#[tokio::test]
async fn other_organizations_are_invisible() {
    let scene = Scene::start().await;
    scene.github.add_organization("umbrella");
    let client = scene.client().await;

    for organization in ["umbrella", "nobody", "%00"] {
        let path = format!("/orgs/{organization}/personal-access-token-requests");
        assert_eq!(client.get(&path).await.refusal(), (404, "Not Found"));
    }
    assert_eq!(client.get("/orgs/AcMe/personal-access-token-requests").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_approved_request_becomes_a_grant_that_can_be_revoked() {
    let scene = Scene::start().await;
    let id = scene.request().await;
    let client = scene.client().await;
    client.post(&format!("{REQUESTS}/{id}"), json!({ "action": "approve" })).await;

    let grant = client.get(TOKENS).await.json[0].clone();
    assert_eq!(grant["token_id"], json!(scene.github.token_of(id).unwrap().0));
    assert_ne!(grant["id"], json!(id.0));
    assert_eq!(grant["access_granted_at"], "2026-11-22T05:00:00.000-07:00");
    assert_eq!(client.get(grant["repositories_url"].as_str().unwrap()).await.json[0]["name"], "billing");
    assert_eq!(client.get(REQUESTS).await.json, json!([]));

    let path = format!("{TOKENS}/{}", grant["id"]);
    assert_eq!(client.post(&path, json!({ "action": "revoke", "reason": "old" })).await.status.as_u16(), 422);
    assert_eq!(client.post(&path, json!({ "action": "revoke" })).await.status, StatusCode::NO_CONTENT);
    assert_eq!(scene.github.grants("acme"), []);
    assert_eq!(client.post(&path, json!({ "action": "revoke" })).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_new_request_may_be_missing_from_the_list_for_a_while() {
    let scene = Scene::start().await;
    let client = scene.client().await;
    scene.github.vary(|variants| variants.list_lag = ListLag::Calls(2));
    scene.request().await;
    let listed = async || ids(&client.get(REQUESTS).await.json).len();
    assert_eq!((listed().await, listed().await, listed().await), (0, 0, 1));

    scene.github.vary(|variants| variants.list_lag = ListLag::For(TimeDelta::seconds(30)));
    scene.request().await;
    scene.clock.advance(TimeDelta::seconds(29));
    assert_eq!(listed().await, 0);
    scene.clock.advance(TimeDelta::seconds(1));
    assert_eq!(listed().await, 2);
}

#[tokio::test]
async fn pages_may_shift_while_they_are_read() {
    let scene = Scene::start().await;
    for _ in 0..4 {
        scene.request().await;
    }
    let client = scene.client().await;
    let listing = async || {
        let page =
            async |number: u8| ids(&client.get(&format!("{REQUESTS}?per_page=2&page={number}")).await.json);
        [page(1).await, page(2).await].concat()
    };
    let complete = listing().await;

    scene.github.vary(|variants| variants.page_shift = PageShift::Repeats);
    let repeated = listing().await;
    scene.github.vary(|variants| variants.page_shift = PageShift::Skips);
    let skipped = listing().await;
    let again = listing().await;

    assert_eq!(repeated, [complete[0], complete[1], complete[1], complete[2]]);
    assert_eq!(skipped, [complete[0], complete[1], complete[3]]);
    assert_eq!(again, complete);
}

#[tokio::test]
async fn an_expired_token_says_so_in_either_format() {
    let scene = Scene::start().await;
    scene.request().await;
    let expiry = async || {
        let list = scene.client().await.get(REQUESTS).await.json;
        (list[0]["token_expires_at"].clone(), list[0]["token_expired"].clone())
    };

    assert_eq!(expiry().await, (json!("2026-12-22T05:00:00.000-07:00"), json!(false)));
    scene.github.vary(|variants| variants.expiry_format = ExpiryFormat::Utc);
    scene.clock.advance(TimeDelta::days(30));
    assert_eq!(expiry().await, (json!("2026-12-22T12:00:00Z"), json!(true)));
}
