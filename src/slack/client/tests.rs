//! The client against a Slack of a few lines on loopback, which answers as it is told and remembers what it heard.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::*;
use crate::ids::{EnterpriseId, SlackAppId, TeamId};
use crate::slack::Block;

const TOKEN: &str = "xoxb-of-the-tests";

fn client(api_url: &Url, patience: Duration) -> Slack {
    Slack::new(SlackSettings {
        api_url,
        token: &TOKEN.into(),
        patience,
        channel_interval: TimeDelta::seconds(1),
        clock: Clock::manual(chrono::DateTime::UNIX_EPOCH),
    })
    .unwrap()
}

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    method: Method,
    uri: String,
    token: Option<String>,
    body: Value,
}

#[derive(Clone)]
struct FakeSlack {
    api_url: Url,
    heard: Arc<Mutex<Vec<Heard>>>,
    answer: Arc<dyn Fn() -> Option<Response> + Send + Sync>,
}

impl FakeSlack {
    /// Answers everything by `answer`; nothing at all where that is `None`.
    async fn start(answer: impl Fn() -> Option<Response> + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api_url = Url::parse(&format!("http://{}/api", listener.local_addr().unwrap())).unwrap();
        let slack = Self { api_url, heard: Arc::default(), answer: Arc::new(answer) };
        let router = Router::new().fallback(hear).with_state(slack.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        slack
    }

    async fn answering(status: StatusCode, body: Value) -> Self {
        Self::start(move || Some((status, Json(body.clone())).into_response())).await
    }

    async fn ok(body: Value) -> Self {
        Self::answering(StatusCode::OK, body).await
    }

    fn client(&self) -> Slack {
        client(&self.api_url, Duration::from_millis(500))
    }

    fn heard(&self) -> Heard {
        let heard = self.heard.lock().unwrap();
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard[0].clone()
    }
}

async fn hear(
    State(slack): State<FakeSlack>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let token = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    slack.heard.lock().unwrap().push(Heard { method, uri: uri.to_string(), token, body });
    match (slack.answer)() {
        Some(answer) => answer,
        None => std::future::pending().await,
    }
}

fn channel() -> ChannelId {
    ChannelId::new("C0APPROVALS")
}

fn message() -> Message {
    Message::new([Block::section("Hello")], Fallback::from("Hello <all>"))
}

fn blocks() -> Value {
    json!([{ "type": "section", "text": { "type": "plain_text", "text": "Hello", "emoji": false } }])
}

fn installation() -> SlackInstallation {
    SlackInstallation {
        app: SlackAppId::new("A0COUNTER"),
        team: Some(TeamId::new("T0ACME")),
        enterprise: None,
        is_enterprise_install: false,
    }
}

async fn post(slack: &FakeSlack) -> Result<MessageTs, Trouble> {
    slack.client().post_message(&channel(), &message()).await
}

async fn trouble_with(status: StatusCode, body: Value) -> Trouble {
    post(&FakeSlack::answering(status, body).await).await.unwrap_err()
}

/// A program that was stopped for long wakes up with such a deadline.
/// What an upload's address says is in words that nobody documents; only what it refuses is told from what it takes.
#[tokio::test]
async fn a_file_counts_as_put_whatever_is_said_with_200() {
    let place = |slack: &FakeSlack| json!({"ok": true, "upload_url": slack.api_url.join("/upload/v1/secret").unwrap().as_str(), "file_id": "F0FILE"});
    for (answer, is_taken) in [
        ((StatusCode::OK, "OK - 3").into_response(), true),
        ((StatusCode::OK, Json(json!({}))).into_response(), true),
        ((StatusCode::OK, [("content-type", "application/json")], "OK").into_response(), true),
        ((StatusCode::OK, "").into_response(), true),
        ((StatusCode::FORBIDDEN, "expired").into_response(), false),
    ] {
        let answers = Arc::new(Mutex::new(vec![answer]));
        let slack = FakeSlack::start(move || answers.lock().unwrap().pop()).await;
        let url = slack.client().hosts.allow_upload(place(&slack)["upload_url"].as_str().unwrap()).unwrap();

        let taken = slack.client().transport.upload(&url, b"a,b").await;

        assert_eq!(taken.is_ok(), is_taken, "{taken:?}");
        let heard = slack.heard();
        assert_eq!((heard.token, heard.uri.as_str()), (None, "/upload/v1/secret"), "no token goes there");
    }
}

#[tokio::test]
async fn a_file_goes_nowhere_but_to_slack() {
    for (url, id) in [
        ("https://evil.example/upload/v1/x", "F0FILE"),
        ("http://files.slack.com/upload/v1/x", "F0FILE"),
        ("https://files.slack.com/upload/v1/x", "../F0"),
        ("https://files.slack.com/upload/v1/x", ""),
    ] {
        let slack = FakeSlack::ok(json!({"ok": true, "upload_url": url, "file_id": id})).await;

        let refused = slack.client().upload_place("tokens.csv", 3).await.unwrap_err();

        assert!(matches!(&refused, Trouble::Refused { error, .. } if !error.contains("http")), "{refused}");
    }
    let slack = FakeSlack::ok(
        json!({"ok": true, "upload_url": "https://files.slack.com/upload/v1/secret", "file_id": "F0FILE"}),
    )
    .await;
    let place = slack.client().upload_place("tokens.csv", 3).await.unwrap();
    assert!(!format!("{place:?}").contains("secret"));
    assert!(slack.heard().uri.ends_with("files.getUploadURLExternal?filename=tokens.csv&length=3"));
}

#[tokio::test]
async fn nothing_is_sent_after_the_deadline() {
    let slack = FakeSlack::ok(json!({ "ok": true, "ts": "1.2" })).await;
    let clock = Clock::manual(chrono::DateTime::UNIX_EPOCH);
    let deadline = clock.deadline(TimeDelta::seconds(10));
    clock.advance(TimeDelta::seconds(10));

    let posted = slack.client().post_message_before(&deadline, &channel(), &message()).await;

    assert!(!posted.unwrap_err().is_ambiguous());
    assert!(slack.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_has_no_answer_at_the_deadline_may_have_arrived() {
    let clock = Clock::manual(chrono::DateTime::UNIX_EPOCH);
    let passes = clock.clone();
    let slack = FakeSlack::start(move || {
        passes.advance(TimeDelta::seconds(10));
        None
    })
    .await;
    let deadline = clock.deadline(TimeDelta::seconds(10));
    let client = client(&slack.api_url, Duration::from_secs(600));

    let posted = client.post_message_before(&deadline, &channel(), &message()).await;

    let Err(trouble) = posted else { panic!("{posted:?}") };
    assert!(trouble.is_ambiguous());
    assert!(trouble.to_string().contains("before the attempt's time was over"), "{trouble}");
    slack.heard();
}

#[tokio::test]
async fn a_message_goes_out_without_links_or_names_and_with_its_key() {
    // The echo is as strange as Slack's can be; only ts is read.
    let slack =
        FakeSlack::ok(json!({ "ok": true, "ts": "1.2", "message": { "metadata": { "n": 1 } } })).await;
    let message = message().about("r-7f3k2".parse().unwrap()).in_thread(MessageTs::new("1.1"));

    let ts = slack.client().post_message(&channel(), &message).await;

    assert_eq!(ts, Ok(MessageTs::new("1.2")));
    let heard = slack.heard();
    assert_eq!(
        (heard.method, heard.uri.as_str(), heard.token.as_deref()),
        (Method::POST, "/api/chat.postMessage", Some("Bearer xoxb-of-the-tests"))
    );
    assert_eq!(
        heard.body,
        json!({
            "channel": "C0APPROVALS",
            "text": "Hello &lt;all&gt;",
            "blocks": blocks(),
            "parse": "none",
            "unfurl_links": false,
            "unfurl_media": false,
            "thread_ts": "1.1",
            "metadata": { "event_type": "countersign_request", "event_payload": { "key": "r-7f3k2" } },
        })
    );
}

#[tokio::test]
async fn an_update_replaces_text_and_blocks() {
    let slack = FakeSlack::ok(json!({ "ok": true })).await;

    slack.client().update_message(&channel(), &MessageTs::new("1.2"), &message()).await.unwrap();

    let heard = slack.heard();
    assert_eq!(heard.uri, "/api/chat.update");
    let text = "Hello &lt;all&gt;";
    assert_eq!(
        heard.body,
        json!({
            "channel": "C0APPROVALS",
            "ts": "1.2",
            "text": text,
            "blocks": blocks(),
            "parse": "none",
            "metadata": {},
        })
    );
}

#[tokio::test]
async fn one_person_is_told_in_a_channel_or_directly() {
    let slack = FakeSlack::ok(json!({ "ok": true })).await;
    slack.client().post_ephemeral(&channel(), &SlackUserId::new("U0BOB"), &message()).await.unwrap();
    assert_eq!(slack.heard().uri, "/api/chat.postEphemeral");
    assert_eq!(slack.heard().body["user"], "U0BOB");

    let slack = FakeSlack::ok(json!({ "ok": true, "channel": { "id": "D0BOB" } })).await;
    let dm = slack.client().open_dm(&SlackUserId::new("U0BOB")).await;
    assert_eq!(dm, Ok(ChannelId::new("D0BOB")));
    assert_eq!(slack.heard().body, json!({ "users": "U0BOB" }));
}

#[tokio::test]
async fn an_answer_goes_to_the_clicker_alone_and_carries_no_token() {
    let slack = FakeSlack::start(|| Some("ok".into_response())).await;
    let address = slack.api_url.join("/reply/1").unwrap();
    let client = slack.client();
    let to = client.response_url(address.as_str()).unwrap();

    client.respond(&to, &message()).await.unwrap();

    let heard = slack.heard();
    assert_eq!((heard.uri.as_str(), heard.token), ("/reply/1", None));
    assert_eq!(heard.body["response_type"], "ephemeral");
    assert_eq!(heard.body["replace_original"], false);
    assert_eq!(heard.body["blocks"], blocks());
}

#[tokio::test]
async fn an_answer_is_taken_by_an_ok_of_any_type() {
    let types = [Some("text/plain"), Some("text/html"), Some("application/json"), None];
    for content_type in types {
        let slack = FakeSlack::start(move || {
            let mut answer = "ok".into_response();
            answer.headers_mut().remove("content-type");
            if let Some(content_type) = content_type {
                answer.headers_mut().insert("content-type", content_type.parse().unwrap());
            }
            Some(answer)
        })
        .await;
        let client = slack.client();
        let to = client.response_url(slack.api_url.join("/reply/1").unwrap().as_str()).unwrap();

        assert_eq!(client.respond(&to, &message()).await, Ok(()), "{content_type:?}");
    }
}

#[tokio::test]
async fn an_answer_after_its_time_is_known_as_late() {
    let slack = FakeSlack::start(|| Some((StatusCode::NOT_FOUND, "expired_url").into_response())).await;
    let client = slack.client();
    let to = client.response_url(slack.api_url.join("/reply/1").unwrap().as_str()).unwrap();

    let trouble = client.respond(&to, &message()).await.unwrap_err();

    assert_eq!(trouble, Trouble::TriggerExpired { error: "HTTP 404".into() });
}

#[tokio::test]
async fn the_installation_is_what_the_token_says() {
    let slack = FakeSlack::ok(json!({
        "ok": true, "url": "https://acme.slack.com/", "team_id": "T0ACME", "user_id": "U0COUNTER",
        "bot_id": "B0COUNTER", "is_enterprise_install": false
    }))
    .await;

    let authenticated = slack.client().auth_test().await.unwrap();

    assert_eq!(authenticated.installation(SlackAppId::new("A0COUNTER")), installation());
    assert_eq!(authenticated.user, SlackUserId::new("U0COUNTER"));
    assert_eq!(authenticated.bot.as_deref(), Some("B0COUNTER"));
}

#[tokio::test]
async fn an_organization_wide_token_has_no_team() {
    for team_id in [json!(null), json!("E0ACME")] {
        let slack = FakeSlack::ok(json!({
            "ok": true, "team_id": team_id, "enterprise_id": "E0ACME", "user_id": "U0COUNTER",
            "is_enterprise_install": true
        }))
        .await;

        let authenticated = slack.client().auth_test().await.unwrap();

        assert_eq!(authenticated.team, None);
        assert_eq!(authenticated.enterprise, Some(EnterpriseId::new("E0ACME")));
        assert!(authenticated.is_enterprise_install);
    }
}

#[tokio::test]
async fn a_channel_is_shared_unless_slack_says_no() {
    let slack = FakeSlack::ok(json!({ "ok": true, "channel": { "id": "C0APPROVALS" } })).await;

    let unsaid = slack.client().channel(&channel()).await.unwrap();

    assert!(unsaid.ext_shared && unsaid.pending_ext_shared && !unsaid.is_member);
    let heard = slack.heard();
    assert_eq!(
        (heard.method, heard.uri.as_str()),
        (Method::GET, "/api/conversations.info?channel=C0APPROVALS")
    );

    let flags = json!({ "is_ext_shared": false, "is_pending_ext_shared": false, "is_archived": true, "is_member": true });
    let slack = FakeSlack::ok(json!({ "ok": true, "channel": flags })).await;
    assert_eq!(
        slack.client().channel(&channel()).await,
        Ok(Channel { ext_shared: false, pending_ext_shared: false, archived: true, is_member: true })
    );
}

#[tokio::test]
async fn a_user_is_asked_for_by_id() {
    let user = json!({
        "id": "U0BOB", "team_id": "T0ACME", "deleted": false, "is_restricted": true, "is_ultra_restricted": false,
        "is_bot": false
    });
    let slack = FakeSlack::ok(json!({ "ok": true, "user": user })).await;

    let account = slack.client().user(&SlackUserId::new("U0BOB"), &installation()).await.unwrap();

    assert!(account.guest && !account.external && !account.deactivated && !account.bot);
    assert_eq!(slack.heard().uri, "/api/users.info?user=U0BOB");
}

#[tokio::test]
async fn who_is_in_a_user_group_is_asked_for_by_id() {
    let slack = FakeSlack::ok(json!({ "ok": true, "users": ["U0BOB", "", "U0ALICE"] })).await;
    let group = SlackGroupId::new("S0SECURITY");

    let members = slack.client().user_group(&group, None).await.unwrap();

    assert_eq!(members.iter().map(SlackUserId::as_str).collect::<Vec<_>>(), ["U0ALICE", "U0BOB"]);
    assert_eq!(slack.heard().uri, "/api/usergroups.users.list?usergroup=S0SECURITY");
    slack.heard.lock().unwrap().clear();
    slack.client().user_group(&group, Some(&TeamId::new("T0ACME"))).await.unwrap();
    assert_eq!(slack.heard().uri, "/api/usergroups.users.list?usergroup=S0SECURITY&team_id=T0ACME");
}

#[tokio::test]
async fn an_answer_without_a_list_is_no_empty_group() {
    for answer in
        [json!({ "ok": true }), json!({ "ok": true, "users": null }), json!({ "ok": true, "users": "U0BOB" })]
    {
        let slack = FakeSlack::ok(answer.clone()).await;

        let members = slack.client().user_group(&SlackGroupId::new("S0SECURITY"), None).await;

        assert!(matches!(members, Err(Trouble::Unavailable { .. })), "{answer} {members:?}");
    }
}

#[tokio::test]
async fn a_modal_is_opened_and_updated() {
    let slack = FakeSlack::ok(json!({ "ok": true, "view": { "id": "V0", "hash": "1.h" } })).await;
    let view = View::notice("Token request", "Checking…");

    let open = slack.client().views_open(&TriggerId::new("1.2.x"), &view).await.unwrap();

    assert_eq!(open, OpenView { id: "V0".into(), hash: Some("1.h".into()) });
    assert_eq!(slack.heard().body["trigger_id"], "1.2.x");
    slack.heard.lock().unwrap().clear();
    slack.client().views_update(&open, &view).await.unwrap();
    assert_eq!(slack.heard().body["view_id"], "V0");
    assert_eq!(slack.heard().body["hash"], "1.h");
}

#[tokio::test]
async fn slacks_error_codes_are_sorted() {
    let refused = trouble_with(
        StatusCode::OK,
        json!({
            "ok": false, "error": "invalid_blocks", "errors": [{ "secret": "x" }],
            "response_metadata": { "messages": ["[ERROR] must be less than 151 characters\n[json-pointer:/blocks/0]"] }
        }),
    )
    .await;

    assert_eq!(
        refused,
        Trouble::Refused {
            error: "invalid_blocks".into(),
            messages: vec!["[ERROR] must be less than 151 characters [json-pointer:/blocks/0]".into()],
        }
    );
    let archived = trouble_with(StatusCode::OK, json!({ "ok": false, "error": "is_archived" })).await;
    assert_eq!(archived, Trouble::BadTarget { error: "is_archived".into() });
}

#[tokio::test]
async fn a_limit_says_how_long_to_wait() {
    let slack = FakeSlack::start(|| {
        let body = Json(json!({ "ok": false, "error": "ratelimited" }));
        Some((StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], body).into_response())
    })
    .await;

    assert_eq!(post(&slack).await, Err(Trouble::RateLimited { after: Duration::from_secs(7) }));
}

#[tokio::test]
async fn what_is_no_answer_of_slacks_is_no_success() {
    let page = FakeSlack::start(|| {
        Some(([("content-type", "text/html")], "<html>xoxb-of-the-tests</html>").into_response())
    })
    .await;
    let trouble = page.client().update_message(&channel(), &MessageTs::new("1.2"), &message()).await;
    assert!(matches!(trouble, Err(Trouble::Unavailable { ambiguous: true, .. })), "{trouble:?}");

    let refusal = FakeSlack::ok(json!({ "ok": false })).await;
    let trouble = refusal.client().update_message(&channel(), &MessageTs::new("1.2"), &message()).await;
    assert!(matches!(trouble, Err(Trouble::Unavailable { .. })), "{trouble:?}");

    for body in [json!({}), json!({ "ok": false }), json!({ "ok": true }), json!([]), json!("ok")] {
        let trouble = trouble_with(StatusCode::OK, body.clone()).await;
        assert!(matches!(trouble, Trouble::Unavailable { ambiguous: true, .. }), "{body} {trouble:?}");
    }
}

#[tokio::test]
async fn it_is_told_whether_a_lost_call_may_have_arrived() {
    let ambiguous = |trouble: Trouble| match trouble {
        Trouble::Unavailable { ambiguous, .. } => ambiguous,
        other => panic!("{other:?}"),
    };

    assert!(ambiguous(trouble_with(StatusCode::BAD_GATEWAY, json!({})).await));
    assert!(ambiguous(trouble_with(StatusCode::FORBIDDEN, json!({})).await), "Slack itself says so with 200");
    let silent = FakeSlack::start(|| None).await;
    assert!(ambiguous(post(&silent).await.unwrap_err()));

    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api_url = Url::parse(&format!("http://{}/api", nobody.local_addr().unwrap())).unwrap();
    drop(nobody);
    let client = client(&api_url, Duration::from_secs(10));
    assert!(!ambiguous(client.post_message(&channel(), &message()).await.unwrap_err()));
}

#[tokio::test]
async fn no_body_and_no_token_gets_into_an_error() {
    let secret = "Bearer xoxb-of-the-tests https://hooks.slack.com/actions/1";
    let answers = [
        (StatusCode::OK, json!({ "ok": false, "error": secret })),
        (StatusCode::OK, json!({ "ok": true, "ts": { "secret": secret } })),
        (StatusCode::OK, json!({ "ok": secret })),
        (StatusCode::BAD_GATEWAY, json!({ "error": secret })),
        (StatusCode::TOO_MANY_REQUESTS, json!({ "ok": false, "error": secret })),
    ];

    for (status, body) in answers {
        let trouble = trouble_with(status, body).await;
        let printed = format!("{trouble} {trouble:?}");
        assert!(!printed.contains("xoxb") && !printed.contains("hooks"), "{printed}");
    }
    let client = client(&Url::parse("http://127.0.0.1:1/api").unwrap(), Duration::from_secs(10));
    assert!(!format!("{client:?}").contains(TOKEN));
}

#[tokio::test]
async fn every_call_is_measured_by_method_and_outcome() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let slack = FakeSlack::ok(json!({ "ok": true, "ts": "1.2" })).await;
    post(&slack).await.unwrap();
    trouble_with(StatusCode::OK, json!({ "ok": false, "error": "is_archived" })).await;

    let rendered = recorder.handle().render();

    assert!(rendered.contains(r#"countersign_upstream_up{upstream="slack"} 1"#), "{rendered}");
    for status in ["ok", "bad_target"] {
        let labels = format!(r#"upstream="slack",operation="chat.postMessage",status="{status}""#);
        assert!(
            rendered.contains(&format!("countersign_upstream_seconds_count{{{labels}}} 1")),
            "{rendered}"
        );
    }
}

/// A page of history with one message.
fn said(ts: &str, app: &str, event_type: &str, key: serde_json::Value) -> Value {
    json!({ "ts": ts, "app_id": app, "metadata": { "event_type": event_type, "event_payload": { "key": key } } })
}

async fn found(messages: Value) -> Option<String> {
    let slack = FakeSlack::ok(json!({ "ok": true, "messages": messages, "has_more": false })).await;
    let (key, app) = ("r-7f3k2".parse().unwrap(), SlackAppId::new("A0COUNTER"));
    let known = MessageTs::new("9.9");
    let wanted = Wanted {
        key: &key,
        channel: &channel(),
        since: chrono::DateTime::from_timestamp(1_000, 0).unwrap(),
        by: &app,
        other_than: Some(&known),
    };
    let found = slack.client().find_card(wanted).await.unwrap();
    let heard = slack.heard();
    assert_eq!(heard.uri, "/api/conversations.history");
    assert_eq!(
        heard.body,
        json!({ "channel": "C0APPROVALS", "oldest": "700.000000", "limit": 200, "include_all_metadata": true })
    );
    found.map(|ts| ts.to_string())
}

#[tokio::test]
async fn a_card_is_found_again_by_its_key_alone() {
    let ours = |ts| said(ts, "A0COUNTER", "countersign_request", json!("r-7f3k2"));

    assert_eq!(found(json!([{ "ts": "3.1", "metadata": null }, ours("3.0")])).await.as_deref(), Some("3.0"));
    for other in [
        json!([]),
        json!([{ "ts": "3.0", "metadata": [1, { "event_type": null }] }]),
        json!([said("3.0", "A0OTHER", "countersign_request", json!("r-7f3k2"))]),
        json!([said("3.0", "A0COUNTER", "something_else", json!("r-7f3k2"))]),
        json!([said("3.0", "A0COUNTER", "countersign_request", json!({ "r-7f3k2": 1 }))]),
        json!([ours("9.9")]),
    ] {
        assert_eq!(found(other).await, None);
    }
}

#[tokio::test]
async fn a_page_of_any_size_that_is_not_slacks_is_no_answer() {
    let page = format!("<html>{}</html>", "x".repeat(5_000_000));

    for status in [StatusCode::OK, StatusCode::BAD_GATEWAY] {
        let page = page.clone();
        let slack = FakeSlack::start(move || {
            Some((status, [("content-type", "text/html")], page.clone()).into_response())
        })
        .await;

        let trouble = post(&slack).await.unwrap_err();

        assert!(trouble.is_ambiguous(), "{trouble}");
        assert!(trouble.to_string().len() < 100, "{trouble}");
    }
}

#[tokio::test]
async fn a_method_that_rests_is_not_called() {
    let slack = FakeSlack::answering(StatusCode::TOO_MANY_REQUESTS, json!({ "ok": false })).await;
    let client = slack.client();
    let update = || async { client.update_message(&channel(), &MessageTs::new("1.2"), &message()).await };

    let (first, second) = (update().await.unwrap_err(), update().await.unwrap_err());

    assert_eq!((first.class(), second.class()), ("rate_limited", "rate_limited"));
    slack.heard();
}
