use super::*;

#[tokio::test]
async fn a_token_is_needed_and_has_to_be_the_right_one() {
    let bench = Bench::new().await;
    let json = "application/json";

    let answer = Outbound::default()
        .post(&format!("{}/auth.test", bench.slack.api_url()), HeaderMap::new(), "")
        .await
        .unwrap();
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(answer, json!({"ok": false, "error": "not_authed"}));
    assert_eq!(bench.send("auth.test", "xoxb-wrong", json, "{}".to_owned()).await["error"], "invalid_auth");
    bench.slack.revoke_token();
    assert_eq!(bench.call("auth.test", json!({})).await["error"], "token_revoked");
}

#[tokio::test]
async fn auth_test_tells_the_installation() {
    let bench = Bench::new().await;
    let answer = bench.call("auth.test", json!({})).await;
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["team_id"], "T0ACME");
    assert_eq!(answer["bot_id"], "B0COUNTER");
    assert_eq!(answer.get("enterprise_id"), None);

    let enterprise = Enterprise { id: "E0ACME".into(), name: "Acme Group".into(), is_org_wide_install: true };
    bench.slack.set_enterprise(Some(enterprise));
    let answer = bench.call("auth.test", json!({})).await;
    assert_eq!(answer["enterprise_id"], "E0ACME");
    assert_eq!(answer["is_enterprise_install"], true);
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let bench = Bench::new().await;
    bench.slack.set_scopes(&["chat:write", "channels:read"]);

    let answer = bench.form("users.info", &[("user", "U0ALICE")]).await;
    assert_eq!(answer["error"], "missing_scope");
    assert_eq!(answer["needed"], "users:read");
    assert_eq!(answer["provided"], "channels:read,chat:write");
    assert_eq!(bench.form("conversations.info", &[("channel", "C0APPROVALS")]).await["ok"], true);
    assert_eq!(bench.form("conversations.info", &[("channel", "C0PRIVATE")]).await["needed"], "groups:read");
}

#[tokio::test]
async fn form_only_methods_ignore_json() {
    let bench = Bench::new().await;

    assert_eq!(bench.call("users.info", json!({"user": "U0ALICE"})).await["error"], "user_not_found");
    assert_eq!(bench.call("users.info?user=U0ALICE", json!({})).await["user"]["name"], "alice");
    assert_eq!(bench.form("users.info", &[("user", "U0ALICE")]).await["user"]["team_id"], "T0ACME");
    assert_eq!(
        bench.call("conversations.info", json!({"channel": "C0APPROVALS"})).await["error"],
        "channel_not_found"
    );
}

#[tokio::test]
async fn get_is_answered_like_post() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let bench = Bench::new().await;
    let host = bench.slack.api_url().trim_start_matches("http://").trim_end_matches("/api").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    let request = format!(
        "GET /api/users.info?user=U0BOB HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n",
        bench.slack.app().bot_token
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();

    assert!(answer.contains(r#""name":"bob""#), "{answer}");
}

#[tokio::test]
async fn what_slack_does_not_know_is_refused_loudly() {
    let bench = Bench::new().await;

    assert_eq!(bench.call("chat.postMesage", json!({})).await["error"], "unknown_method");
    let answer = bench.call("chat.postMessage", json!({"channel": "C0APPROVALS", "txet": "hi"})).await;
    assert_eq!(answer["error"], "invalid_arguments");
    assert_eq!(answer["response_metadata"]["messages"], json!(["[ERROR] unsupported argument: txet"]));
    let mut unsound = card("C0APPROVALS");
    unsound["blocks"][1]["elements"][0]["colour"] = "red".into();
    let answer = bench.call("chat.postMessage", unsound).await;
    assert_eq!(answer["error"], "invalid_blocks");
    assert_eq!(
        answer["response_metadata"]["messages"],
        json!(["[ERROR] blocks/1/elements/0: unknown field \"colour\""])
    );
    assert!(bench.slack.channel("C0APPROVALS").is_empty());
}

#[tokio::test]
async fn a_message_goes_only_where_the_bot_may_write() {
    let bench = Bench::new().await;
    let post =
        async |channel: &str| bench.call("chat.postMessage", json!({"channel": channel, "text": "hi"})).await;

    assert_eq!(post("C0APPROVALS").await["ok"], true);
    assert_eq!(post("C0NOWHERE").await["error"], "channel_not_found");
    bench.slack.change_channel("C0APPROVALS", |channel| channel.has_bot = false).unwrap();
    assert_eq!(post("C0APPROVALS").await["error"], "not_in_channel");
    bench.slack.change_channel("C0PRIVATE", |channel| channel.has_bot = false).unwrap();
    assert_eq!(post("C0PRIVATE").await["error"], "channel_not_found");
    bench
        .slack
        .change_channel("C0PRIVATE", |channel| (channel.has_bot, channel.is_archived) = (true, true))
        .unwrap();
    assert_eq!(post("C0PRIVATE").await["error"], "is_archived");
    assert_eq!(
        bench.call("chat.postMessage", json!({"channel": "C0APPROVALS"})).await["error"],
        "not_in_channel"
    );
}

#[tokio::test]
async fn direct_messages_need_a_person_and_the_messages_tab() {
    let bench = Bench::new().await;
    let open = async |user: &str| bench.call("conversations.open", json!({"users": user})).await;

    assert_eq!(open("U0NOBODY").await["error"], "user_not_found");
    let id = open("U0ALICE").await["channel"]["id"].clone();
    assert_eq!(bench.call("chat.postMessage", json!({"channel": id, "text": "received"})).await["ok"], true);
    assert_eq!(
        bench.call("chat.postMessage", json!({"channel": "U0ALICE", "text": "again"})).await["channel"],
        id
    );
    bench.slack.change_user("U0BOB", |user| user.deleted = true).unwrap();
    assert_eq!(open("U0BOB").await["error"], "user_disabled");
    bench.slack.set_messages_tab(false);
    assert_eq!(
        bench.call("chat.postMessage", json!({"channel": id, "text": "lost"})).await["error"],
        "messages_tab_disabled"
    );

    let texts: Vec<String> = bench.slack.dms("U0ALICE").into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["received", "again"]);
}

#[tokio::test]
async fn only_the_apps_own_messages_can_be_edited() {
    let bench = Bench::new().await;
    let ts = bench.card().await;
    let theirs = bench.slack.says("U0BOB", "C0APPROVALS", "look-alike", json!([])).unwrap();
    let update = async |ts: &str, text: &str| {
        bench.call("chat.update", json!({"channel": "C0APPROVALS", "ts": ts, "text": text})).await
    };

    assert_eq!(update(&ts, &"x".repeat(4000)).await["ok"], true);
    assert_eq!(update(&ts, &"x".repeat(4001)).await["error"], "msg_too_long");
    assert_eq!(update(&theirs.ts, "x").await["error"], "cant_update_message");
    assert_eq!(update("1.000000", "x").await["error"], "message_not_found");
    bench.slack.delete_message("C0APPROVALS", &ts).unwrap();
    assert_eq!(update(&ts, "x").await["error"], "message_not_found");
    bench.slack.change_channel("C0APPROVALS", |channel| channel.is_archived = true).unwrap();
    assert_eq!(update(&theirs.ts, "x").await["error"], "is_inactive");
}

#[tokio::test]
async fn an_edit_keeps_what_it_leaves_out() {
    let bench = Bench::new().await;
    let ts = bench.card().await;
    let before = bench.slack.channel("C0APPROVALS").remove(0);

    bench.call("chat.update", json!({"channel": "C0APPROVALS", "ts": ts, "text": "approved"})).await;
    let after = bench.slack.channel("C0APPROVALS").remove(0);
    assert_eq!(
        (after.text.as_str(), &after.blocks, &after.metadata),
        ("approved", &before.blocks, &before.metadata)
    );
    assert!(after.edited.is_some());

    let plain = json!([{"type": "divider"}]);
    let answer =
        bench.call("chat.update", json!({"channel": "C0APPROVALS", "ts": ts, "blocks": plain})).await;
    assert_eq!(answer["error"], "block_mismatch");
    bench.call("chat.update", json!({"channel": "C0APPROVALS", "ts": ts, "text": "x", "metadata": {}})).await;
    assert_eq!(bench.slack.channel("C0APPROVALS").remove(0).metadata, None);
}

#[tokio::test]
async fn a_deleted_message_is_gone_once() {
    let bench = Bench::new().await;
    let ts = bench.card().await;
    let delete = async || bench.call("chat.delete", json!({"channel": "C0APPROVALS", "ts": ts})).await;

    assert_eq!(delete().await["ok"], true);
    assert!(bench.slack.channel("C0APPROVALS")[0].deleted);
    assert_eq!(delete().await["error"], "message_not_found");
}

#[tokio::test]
async fn replies_hang_under_their_message() {
    let bench = Bench::new().await;
    let ts = bench.card().await;

    let reply = json!({"channel": "C0APPROVALS", "text": "approved by alice", "thread_ts": ts});
    assert_eq!(bench.call("chat.postMessage", reply).await["message"]["thread_ts"], ts.as_str());
    let lost = json!({"channel": "C0APPROVALS", "text": "x", "thread_ts": "1.000000"});
    assert_eq!(bench.call("chat.postMessage", lost).await["error"], "thread_not_found");

    assert_eq!(bench.slack.channel("C0APPROVALS").len(), 1);
    assert_eq!(bench.slack.thread("C0APPROVALS", &ts)[0].text, "approved by alice");
    let replies = bench.form("conversations.replies", &[("channel", "C0APPROVALS"), ("ts", &ts)]).await;
    assert_eq!(replies["messages"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_ephemeral_message_reaches_one_person_in_the_channel() {
    let bench = Bench::new().await;
    let whisper = async |user: &str| {
        bench.call("chat.postEphemeral", json!({"channel": "C0APPROVALS", "user": user, "text": "no"})).await
    };

    assert_eq!(whisper("U0ALICE").await["ok"], true);
    assert_eq!(bench.slack.ephemerals("U0ALICE")[0].text, "no");
    assert!(bench.slack.ephemerals("U0BOB").is_empty());
    bench
        .slack
        .change_channel("C0APPROVALS", |channel| channel.outsiders = ["U0BOB".to_owned()].into())
        .unwrap();
    assert_eq!(whisper("U0BOB").await["error"], "user_not_in_channel");
}

#[tokio::test]
async fn history_finds_a_card_again_by_its_metadata() {
    let bench = Bench::new().await;
    let ts = bench.card().await;
    bench.later(60);
    bench.slack.says("U0BOB", "C0APPROVALS", "chatter", json!([])).unwrap();
    let history = async |more: &[(&str, &str)]| {
        let fields = [&[("channel", "C0APPROVALS")], more].concat();
        bench.form("conversations.history", &fields).await
    };

    let all = history(&[("include_all_metadata", "true")]).await;
    assert_eq!(all["messages"][0]["text"], "chatter");
    assert_eq!(all["messages"][1]["metadata"]["event_payload"]["key"], "r-7f3k2");
    assert_eq!(all["messages"][1]["app_id"], "A0COUNTER");
    assert_eq!(history(&[]).await["messages"][1].get("metadata"), None);
    assert_eq!(history(&[("latest", &ts)]).await["messages"], json!([]));
    assert_eq!(history(&[("latest", &ts), ("inclusive", "true")]).await["messages"][0]["ts"], ts.as_str());
    assert_eq!(history(&[("oldest", &ts)]).await["messages"].as_array().unwrap().len(), 1);
    let page = history(&[("limit", "1")]).await;
    assert_eq!(page["has_more"], true);
    let cursor = page["response_metadata"]["next_cursor"].as_str().unwrap();
    assert_eq!(history(&[("cursor", cursor)]).await["messages"][0]["ts"], ts.as_str());
    assert_eq!(history(&[("cursor", "nonsense")]).await["error"], "invalid_cursor");
    bench.slack.change_channel("C0APPROVALS", |channel| channel.has_bot = false).unwrap();
    assert_eq!(history(&[]).await["error"], "not_in_channel");
}

#[tokio::test]
async fn flags_of_people_channels_and_groups_are_told() {
    let bench = Bench::new().await;
    bench.slack.change_user("U0BOB", |user| user.is_ultra_restricted = true).unwrap();
    bench.slack.change_channel("C0APPROVALS", |channel| channel.is_ext_shared = true).unwrap();
    bench.slack.set_group("S0SECURITY", "security", &["U0ALICE"]);

    assert_eq!(bench.form("users.info", &[("user", "U0BOB")]).await["user"]["is_ultra_restricted"], true);
    let info = bench.form("conversations.info", &[("channel", "C0APPROVALS")]).await;
    assert_eq!(
        (&info["channel"]["is_ext_shared"], &info["channel"]["is_shared"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(bench.form("usergroups.list", &[]).await["usergroups"][0]["handle"], "security");
    let members = async |id: &str| bench.form("usergroups.users.list", &[("usergroup", id)]).await;
    assert_eq!(members("S0SECURITY").await["users"], json!(["U0ALICE"]));
    assert_eq!(members("S0NOTHING").await["error"], "no_such_subteam");
    bench.slack.change_group("S0SECURITY", |group| group.is_disabled = true).unwrap();
    assert_eq!(members("S0SECURITY").await["error"], "no_such_subteam");
}

#[tokio::test]
async fn metadata_has_to_have_its_two_parts() {
    let bench = Bench::new().await;
    let post = async |metadata: Value| {
        let body = json!({"channel": "C0APPROVALS", "text": "x", "metadata": metadata});
        bench.call("chat.postMessage", body).await["error"].clone()
    };

    assert_eq!(post(json!({"event_type": "x"})).await, "invalid_metadata_schema");
    assert_eq!(post(json!("x")).await, "invalid_metadata_format");
    assert_eq!(
        post(json!({"event_type": "x", "event_payload": {"key": "x".repeat(9000)}})).await,
        "metadata_too_large"
    );
}

#[tokio::test]
async fn a_client_message_id_is_honoured_or_not() {
    let bench = Bench::new().await;
    let post = async || {
        let body = json!({"channel": "C0APPROVALS", "text": "x", "client_msg_id": "1b4e28ba"});
        bench.call("chat.postMessage", body).await["ts"].clone()
    };

    assert_ne!(post().await, post().await);
    bench.slack.change_variants(|variants| variants.honours_client_msg_id = true);
    assert_eq!(post().await, post().await);
}
