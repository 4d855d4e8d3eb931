//! What is not let in: order and kind of refusals at both doors.

mod bodies;
mod connections;
mod order;
mod raw;

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use countersign::simulator::outbound::{Answer, Outbound};

use crate::support::World;

const MEBIBYTE: usize = 1024 * 1024;

async fn to_github_door(world: &World, headers: HeaderMap, body: Vec<u8>) -> Answer {
    world.github().deliver_raw(headers, body).await.expect("an answer")
}

fn signed(world: &World, event: &str, body: &[u8]) -> HeaderMap {
    world.github().webhook_headers(event, &world.github().new_guid(), body)
}

fn with(mut headers: HeaderMap, name: &'static str, value: &str) -> HeaderMap {
    headers.insert(name, HeaderValue::from_str(value).unwrap());
    headers
}

fn without(mut headers: HeaderMap, name: &str) -> HeaderMap {
    headers.remove(name);
    headers
}

#[tokio::test]
async fn githubs_own_signature_vector_opens_the_door() {
    let world = World::start().await;
    let body = b"Hello, World!".to_vec();
    let vector = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    let answer =
        to_github_door(&world, with(signed(&world, "ping", &body), "x-hub-signature-256", vector), body)
            .await;

    // Let in by its signature, and then found to be no JSON.
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_webhook_without_the_right_signature_is_turned_away() {
    let world = World::start().await;
    let body = br#"{"zen":"Keep it logically awesome."}"#.to_vec();
    let headers = signed(&world, "ping", &body);
    let right = headers["x-hub-signature-256"].to_str().unwrap().to_owned();

    for wrong in
        ["", "sha256=", "sha256=00", &right.to_uppercase(), &right.replace("sha256", "sha1"), &right[7..]]
    {
        let answer =
            to_github_door(&world, with(headers.clone(), "x-hub-signature-256", wrong), body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
    let missing = to_github_door(&world, without(headers.clone(), "x-hub-signature-256"), body.clone()).await;
    assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
    let changed = to_github_door(&world, headers.clone(), [body.as_slice(), b" "].concat()).await;
    assert_eq!(changed.status, StatusCode::UNAUTHORIZED);
    assert_eq!(to_github_door(&world, headers, body).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_body_of_64_mebibytes_is_turned_away_at_every_door() {
    let world = World::start().await;
    let base = world.running.as_ref().unwrap().base.clone();

    for path in ["/github/webhooks", "/slack/interactions", "/slack/commands", "/slack/events"] {
        let answer = Outbound::default()
            .post(&format!("{base}{path}"), HeaderMap::new(), vec![b'x'; 64 * MEBIBYTE])
            .await;
        // The service may close the connection while the body is still being sent.
        assert!(answer.is_err() || answer.unwrap().status == StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    world.octocat_asks().await;
    assert!(world.card().on_screen().contains("octocat"));
}

#[tokio::test]
async fn events_and_actions_we_do_not_use_are_accepted() {
    let world = World::start().await;

    for (event, body) in [
        ("ping", r#"{"zen":"x","hook_id":1}"#),
        ("organization", r#"{"action":"member_added"}"#),
        ("personal_access_token_request", r#"{"action":"pondered","something":"new"}"#),
        ("brand_new_event", r#"{"action":7}"#),
        ("installation_target", r#"{"action":"renamed","account":null}"#),
    ] {
        let answer = to_github_door(&world, signed(&world, event, body.as_bytes()), body.into()).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{event}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_slack_request_without_the_right_signature_is_turned_away() {
    let world = World::start().await;
    let body = b"payload=%7B%22type%22%3A%22shortcut%22%7D";
    const FORM: &str = "application/x-www-form-urlencoded";

    let spoilings: [fn(&mut HeaderMap); 5] = [
        |headers| drop(headers.remove("x-slack-signature")),
        |headers| drop(headers.remove("x-slack-request-timestamp")),
        |headers| drop(headers.insert("x-slack-signature", HeaderValue::from_static("v0=00"))),
        |headers| drop(headers.insert("x-slack-request-timestamp", HeaderValue::from_static("1"))),
        |headers| drop(headers.insert("x-slack-request-timestamp", HeaderValue::from_static("soon"))),
    ];
    for path in ["/slack/interactions", "/slack/commands", "/slack/events"] {
        for spoil in spoilings {
            let answer = world.slack().signed_post(path, FORM, body, spoil).await.unwrap();
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        }
    }
    let right = world.slack().signed_post("/slack/interactions", FORM, body, |_| {}).await.unwrap();
    assert_eq!(right.status, StatusCode::OK);
}

#[tokio::test]
async fn an_old_slack_signature_is_turned_away() {
    let world = World::start().await;
    let body = b"payload=%7B%22type%22%3A%22shortcut%22%7D";
    let mut old = HeaderMap::new();
    world
        .slack()
        .signed_post("/slack/interactions", "application/x-www-form-urlencoded", body, |headers| {
            old = headers.clone()
        })
        .await
        .unwrap();

    world.pass(chrono::TimeDelta::seconds(301)).await;
    let url = format!("{}/slack/interactions", world.running.as_ref().unwrap().base);
    let answer = Outbound::default().post(&url, old, body.to_vec()).await.unwrap();

    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

/// Nothing else tells operators why all clicks come to nothing when a machine's clock is wrong.
#[tokio::test]
async fn by_how_much_a_clock_is_wrong_is_in_the_log() {
    let world = World::start().await;
    const FORM: &str = "application/x-www-form-urlencoded";
    let body = b"payload=%7B%22type%22%3A%22shortcut%22%7D";

    // It is signed, and when it arrives our clock is far ahead.
    let ahead = |_: &mut HeaderMap| world.stage.clock.advance(chrono::TimeDelta::seconds(4_711));
    let answer = world.slack().signed_post("/slack/interactions", FORM, body, ahead).await.unwrap();

    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let logged = world.logged();
    let line = logged.lines().find(|line| line.contains("the signature is 4711 s old by our clock"));
    assert!(
        line.is_some_and(|line| line.contains("WARN") && line.contains("a call was refused")),
        "{line:?}"
    );
}

#[tokio::test]
async fn clicks_wait_until_slack_has_told_which_workspace_this_is() {
    let world = World::closed().await;
    world.slack().on_call(|method, _| match method {
        "auth.test" => {
            countersign::simulator::slack::Verdict::Answer(StatusCode::BAD_GATEWAY, serde_json::Value::Null)
        }
        _ => countersign::simulator::slack::Verdict::Continue,
    });
    let service = world.start_without_slack().await;

    let answer = world
        .slack()
        .signed_post(
            "/slack/interactions",
            "application/x-www-form-urlencoded",
            b"payload=%7B%22type%22%3A%22shortcut%22%7D",
            |_| {},
        )
        .await
        .unwrap();

    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(crate::support::get(&format!("http://{}/readyz", service.admin)).await.status, StatusCode::OK);
    service.stop().await;
}

/// `team` is null and the enterprise vouches, as in an org-wide installation.
#[tokio::test]
async fn an_organization_wide_installation_works_with_a_null_team() {
    use countersign::simulator::slack::{Enterprise, EnterpriseUser, disguise};
    let mut world = World::closed().await;
    let enterprise = Enterprise { id: "E0ACME".into(), name: "Acme".into(), is_org_wide_install: true };
    world.slack().set_enterprise(Some(enterprise));
    world
        .slack()
        .change_user("U0ALICE", |user| {
            let teams = vec!["T0ACME".to_owned()];
            let (id, enterprise_id) = ("U0ALICE".to_owned(), "E0ACME".to_owned());
            user.enterprise_user = Some(EnterpriseUser { id, enterprise_id, teams });
        })
        .unwrap();
    world.open(countersign::store::Probe::default()).await;
    let request = world.octocat_asks().await;
    let card = world.card();

    let other =
        world.slack().click_disguised("U0ALICE", &card, "approve", disguise::org_wide("E0OTHER")).await;
    world.quiet().await;
    assert!(other.unwrap().status.is_success());
    assert!(world.github().is_pending(request));

    world.slack().click_disguised("U0ALICE", &card, "approve", disguise::org_wide("E0ACME")).await.unwrap();
    world.quiet().await;
    let recorded = crate::audit_log::told(&world).await;
    assert!(world.github().decision_on(request).is_some(), "{recorded}");
}

#[tokio::test]
async fn a_user_team_that_is_an_enterprise_id_is_no_obstacle() {
    use countersign::simulator::slack::disguise;
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let card = world.card();

    world
        .slack()
        .click_disguised("U0ALICE", &card, "approve", disguise::with_user_team("E0ACME"))
        .await
        .unwrap();
    world.quiet().await;

    assert!(world.github().decision_on(request).is_some());
}
