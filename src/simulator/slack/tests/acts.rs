use super::*;

#[tokio::test]
async fn a_click_is_signed_and_carries_the_button() {
    let bench = Bench::new().await;
    let ts = bench.card().await;

    let answer = bench.slack.click("U0ALICE", "C0APPROVALS", &ts, "approve").await.unwrap();

    assert_eq!(answer.status, StatusCode::OK);
    let (headers, _) = bench.service.last();
    assert_eq!(headers["x-slack-request-timestamp"], "1780000000");
    assert!(headers["x-slack-signature"].to_str().unwrap().starts_with("v0="));
    let payload = bench.service.payload();
    assert_eq!(payload["user"]["id"], "U0ALICE");
    assert_eq!(payload["container"]["message_ts"], ts.as_str());
    assert_eq!(payload["actions"][0]["value"], "r-7f3k2");
    assert_eq!(payload["actions"][0]["block_id"], "r-7f3k2.1");
    assert_eq!(payload["message"]["metadata"]["event_payload"]["key"], "r-7f3k2");
}

#[tokio::test]
async fn nobody_presses_what_they_do_not_see() {
    let bench = Bench::new().await;
    let ts = bench.card().await;
    let old = bench.slack.channel("C0APPROVALS").remove(0);
    let click =
        async |user: &str, action: &str| bench.slack.click(user, "C0APPROVALS", &ts, action).await.is_ok();

    assert!(!click("U0ALICE", "deny").await);
    assert!(!click("U0NOBODY", "approve").await);
    bench
        .slack
        .change_channel("C0APPROVALS", |channel| channel.outsiders = ["U0BOB".to_owned()].into())
        .unwrap();
    assert!(!click("U0BOB", "approve").await);
    bench.call("chat.delete", json!({"channel": "C0APPROVALS", "ts": ts})).await;
    assert!(!click("U0ALICE", "approve").await);
    assert!(bench.slack.click_as_seen("U0ALICE", &old, "approve").await.is_ok());
}

#[tokio::test]
async fn a_button_that_one_alone_sees_is_pressed_by_them_alone() {
    let bench = Bench::new().await;
    let mut whisper = card("C0APPROVALS");
    whisper["user"] = "U0BOB".into();
    whisper.as_object_mut().unwrap().remove("metadata");
    let answer = bench.call("chat.postEphemeral", whisper).await;
    let ts = answer["message_ts"].as_str().unwrap_or_else(|| panic!("{answer}"));

    assert!(bench.slack.click("U0ALICE", "C0APPROVALS", ts, "approve").await.is_err());
    bench.slack.click("U0BOB", "C0APPROVALS", ts, "approve").await.unwrap();

    let payload = bench.service.payload();
    assert_eq!(payload["container"]["is_ephemeral"], true);
    assert_eq!(payload["container"]["message_ts"], ts);
    assert!(payload.get("message").is_none());
}

#[tokio::test]
async fn a_disguised_click_is_still_signed() {
    let bench = Bench::new().await;
    bench.card().await;
    let seen = bench.slack.channel("C0APPROVALS").remove(0);
    let slack = &bench.slack;

    slack.click_disguised("U0ALICE", &seen, "approve", disguise::org_wide("E0OTHER")).await.unwrap();
    assert_eq!(bench.service.payload()["team"], Value::Null);
    assert_eq!(bench.service.payload()["enterprise"]["id"], "E0OTHER");
    slack.click_disguised("U0ALICE", &seen, "approve", disguise::from_team("T0OTHER")).await.unwrap();
    assert_eq!(bench.service.payload()["team"]["id"], "T0OTHER");
    slack.click_disguised("U0ALICE", &seen, "approve", disguise::from_app("A0OTHER")).await.unwrap();
    assert_eq!(bench.service.payload()["api_app_id"], "A0OTHER");
    slack.click_disguised("U0ALICE", &seen, "approve", disguise::with_value("r-99999")).await.unwrap();
    assert_eq!(bench.service.payload()["actions"][0]["value"], "r-99999");
    slack.click_disguised("U0ALICE", &seen, "approve", disguise::with_block_id("r-7f3k2.9")).await.unwrap();
    assert_eq!(bench.service.payload()["actions"][0]["block_id"], "r-7f3k2.9");
    slack.click_disguised("U0ALICE", &seen, "approve", disguise::with_user_team("E0ACME")).await.unwrap();
    assert_eq!(bench.service.payload()["user"]["team_id"], "E0ACME");
}

#[tokio::test]
async fn a_response_url_whispers_five_times_in_half_an_hour() {
    let bench = Bench::new().await;
    let ts = bench.card().await;
    let no = json!({"response_type": "ephemeral", "replace_original": false, "text": "no"});
    let url = async || {
        bench.slack.click("U0BOB", "C0APPROVALS", &ts, "approve").await.unwrap();
        bench.service.payload()["response_url"].as_str().unwrap().to_owned()
    };

    let first = url().await;
    for _ in 0..5 {
        assert_eq!(bench.respond(&first, no.clone()).await, (StatusCode::OK, "ok".to_owned()));
    }
    assert_eq!(bench.respond(&first, no.clone()).await.0, StatusCode::NOT_FOUND);
    assert_eq!(bench.slack.ephemerals("U0BOB").len(), 5);
    assert!(bench.slack.ephemerals("U0ALICE").is_empty());
    let second = url().await;
    bench.later(30 * 60);
    assert_eq!(bench.respond(&second, no.clone()).await.0, StatusCode::NOT_FOUND);
    assert_eq!(bench.respond(&format!("{second}x"), no).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_response_url_can_replace_or_delete_its_message() {
    let bench = Bench::new().await;
    let ts = bench.card().await;
    bench.slack.click("U0BOB", "C0APPROVALS", &ts, "approve").await.unwrap();
    let url = bench.service.payload()["response_url"].as_str().unwrap().to_owned();

    assert_eq!(bench.slack.channel("C0APPROVALS")[0].on_screen(), "octocat asks\n[Approve]");
    bench.respond(&url, json!({"replace_original": true, "text": "decided"})).await;
    assert_eq!(bench.slack.channel("C0APPROVALS")[0].on_screen(), "decided");
    assert_eq!(bench.respond(&url, json!({"text": "x", "txet": "y"})).await.0, StatusCode::BAD_REQUEST);
    bench.slack.change_variants(|variants| variants.replaces_by_default = true);
    bench.respond(&url, json!({"text": "replaced without a word"})).await;
    assert_eq!(bench.slack.channel("C0APPROVALS")[0].text, "replaced without a word");
    bench.respond(&url, json!({"delete_original": true})).await;
    assert!(bench.slack.channel("C0APPROVALS")[0].deleted);
}

#[tokio::test]
async fn a_command_is_answered_in_text_or_blocks_to_one_person() {
    let bench = Bench::new().await;

    bench.service.answers(json!("nothing is pending"));
    let answer = bench.slack.command("U0ALICE", "C0APPROVALS", "/pat pending org:acme").await.unwrap();
    assert_eq!(answer.shown.unwrap().text, "nothing is pending");
    let form = bench.service.form();
    assert_eq!((form["command"].as_str(), form["text"].as_str()), ("/pat", "pending org:acme"));

    bench.service.answers(json!({"text": "one", "blocks": [{"type": "divider"}]}));
    bench.slack.command("U0ALICE", "C0APPROVALS", "/pat").await.unwrap();
    bench.respond(&bench.service.form()["response_url"], json!({"text": "and later"})).await;
    let texts: Vec<String> = bench.slack.ephemerals("U0ALICE").into_iter().map(|shown| shown.text).collect();
    assert_eq!(texts, ["nothing is pending", "one", "and later"]);
    assert!(bench.slack.channel("C0APPROVALS").is_empty());

    bench.service.answers(json!({"blocks": [{"type": "sektion"}]}));
    assert!(bench.slack.command("U0ALICE", "C0APPROVALS", "/pat").await.is_err());
    bench.slack.change_user("U0BOB", |user| user.is_stranger = true).unwrap();
    assert!(bench.slack.command("U0BOB", "C0APPROVALS", "/pat").await.is_err());
}

#[tokio::test]
async fn a_commands_words_may_be_escaped() {
    let bench = Bench::new().await;
    let line = "/pat list @alice #private expires<30d https://example.com";
    let sent = async |text: CommandText| {
        bench.slack.change_variants(|variants| variants.command_text = text);
        bench.slack.command("U0BOB", "C0APPROVALS", line).await.unwrap();
        bench.service.form()["text"].clone()
    };

    assert_eq!(sent(CommandText::AsTyped).await, "list @alice #private expires<30d https://example.com");
    assert_eq!(
        sent(CommandText::WithEntities).await,
        "list @alice #private expires&lt;30d https://example.com"
    );
    assert_eq!(
        sent(CommandText::Escaped).await,
        "list <@U0ALICE|alice> <#C0PRIVATE|> expires&lt;30d <https://example.com>"
    );
}

#[tokio::test]
async fn events_and_forged_posts_arrive() {
    let bench = Bench::new().await;

    bench.slack.verify_url("abc").await.unwrap();
    assert!(bench.service.last().1.contains(r#""challenge":"abc""#));
    bench.slack.event(json!({"type": "app_uninstalled"})).await.unwrap();
    let envelope: Value = serde_json::from_str(&bench.service.last().1).unwrap();
    assert_eq!(
        (&envelope["type"], &envelope["event"]["type"]),
        (&json!("event_callback"), &json!("app_uninstalled"))
    );
    let forge = |headers: &mut HeaderMap| {
        headers.insert("x-slack-signature", HeaderValue::from_static("v0=00"));
    };
    bench.slack.signed_post("/slack/events", "application/json", b"{}", forge).await.unwrap();
    assert_eq!(bench.service.last().0["x-slack-signature"], "v0=00");
}
