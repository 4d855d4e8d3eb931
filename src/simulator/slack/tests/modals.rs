use super::*;

impl Bench {
    /// Has Alice press Approve and returns the trigger of that.
    async fn trigger(&self) -> Value {
        let ts = self.card().await;
        self.slack.click("U0ALICE", "C0APPROVALS", &ts, "approve").await.unwrap();
        self.service.payload()["trigger_id"].clone()
    }

    async fn opened(&self) -> Value {
        let trigger = self.trigger().await;
        self.call("views.open", json!({"trigger_id": trigger, "view": modal()})).await["view"].clone()
    }
}

#[tokio::test]
async fn a_trigger_opens_one_view_within_three_seconds() {
    let bench = Bench::new().await;
    let open = async |trigger: Value| {
        bench.call("views.open", json!({"trigger_id": trigger, "view": modal()})).await
    };
    let used = bench.trigger().await;
    let late = bench.trigger().await;

    assert_eq!(open(used.clone()).await["ok"], true);
    assert_eq!(open(used).await["error"], "exchanged_trigger_id");
    assert_eq!(open(json!("1.2.made-up")).await["error"], "invalid_trigger_id");
    bench.later(3);
    assert_eq!(open(late).await["error"], "expired_trigger_id");
    assert_eq!(bench.slack.modal("U0ALICE").unwrap()["callback_id"], "deny");
    assert_eq!(bench.slack.modal("U0BOB"), None);
}

#[tokio::test]
async fn an_update_needs_an_open_view_and_the_right_hash() {
    let bench = Bench::new().await;
    let view = bench.opened().await;
    let update = async |id: &Value, hash: &Value| {
        bench.call("views.update", json!({"view_id": id, "hash": hash, "view": modal()})).await
    };

    assert_eq!(update(&view["id"], &json!("old")).await["error"], "hash_conflict");
    assert_eq!(update(&json!("V0NONE"), &Value::Null).await["error"], "not_found");
    assert_eq!(update(&view["id"], &view["hash"]).await["view"]["id"], view["id"]);
    assert_eq!(update(&view["id"], &view["hash"]).await["error"], "hash_conflict");
    bench.slack.close("U0ALICE").await.unwrap();
    assert_eq!(update(&view["id"], &Value::Null).await["error"], "not_found");
}

#[tokio::test]
async fn at_most_three_views_stand_on_each_other() {
    let bench = Bench::new().await;
    let root = bench.opened().await;
    let push = async || {
        let trigger = bench.trigger().await;
        bench.call("views.push", json!({"trigger_id": trigger, "view": modal()})).await
    };

    assert_eq!(push().await["view"]["root_view_id"], root["id"]);
    assert_eq!(push().await["ok"], true);
    assert_eq!(push().await["error"], "push_limit_reached");
}

#[tokio::test]
async fn a_home_is_somebodys_own_and_not_overwritten_by_what_is_older() {
    let bench = Bench::new().await;
    let home = |text: &str| json!({"type": "home", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": text}}]});
    let publish = async |arguments: serde_json::Value| bench.call("views.publish", arguments).await;

    let first = publish(json!({"user_id": "U0ALICE", "view": home("one")})).await;
    let second =
        publish(json!({"user_id": "U0ALICE", "hash": first["view"]["hash"], "view": home("two")})).await;
    let late =
        publish(json!({"user_id": "U0ALICE", "hash": first["view"]["hash"], "view": home("one")})).await;

    assert_eq!((&second["ok"], &second["view"]["id"]), (&json!(true), &first["view"]["id"]));
    assert_eq!(late["error"], "hash_conflict");
    assert_eq!(bench.slack.home("U0ALICE").unwrap()["blocks"][0]["text"]["text"], "two");
    assert!(bench.slack.home("U0BOB").is_none());
    let early = publish(json!({"user_id": "U0BOB", "hash": "1.0001", "view": home("one")})).await;
    assert_eq!(early["error"], "hash_conflict");
    for (arguments, error) in [
        (json!({"user_id": "U0NOBODY", "view": home("one")}), "user_not_found"),
        (json!({"user_id": "U0ALICE", "view": modal()}), "invalid_arguments"),
        (json!({"user_id": "U0ALICE"}), "invalid_arguments"),
        (json!({"view": home("one")}), "invalid_arguments"),
    ] {
        assert_eq!(publish(arguments).await["error"], error);
    }
    bench.slack.set_home_tab(false);
    assert_eq!(publish(json!({"user_id": "U0ALICE", "view": home("one")})).await["error"], "not_enabled");
}

#[tokio::test]
async fn views_are_checked() {
    let bench = Bench::new().await;
    let trigger = bench.trigger().await;
    let open =
        async |view: Value| bench.call("views.open", json!({"trigger_id": trigger, "view": view})).await;

    let mut unsound = modal();
    unsound["title"]["text"] = "a title of many characters".into();
    assert_eq!(open(unsound).await["error"], "invalid_arguments");
    let mut heavy = modal();
    let long = json!({"type": "section", "text": {"type": "plain_text", "text": "x".repeat(3000)}});
    heavy["blocks"] = vec![long; 90].into();
    assert_eq!(open(heavy).await["error"], "view_too_large");
    assert_eq!(bench.slack.modal("U0ALICE"), None);
}

#[tokio::test]
async fn a_submission_carries_what_was_typed() {
    let bench = Bench::new().await;
    bench.opened().await;

    assert!(bench.slack.submit("U0ALICE", &[]).await.is_err(), "the reason is required");
    assert!(bench.slack.submit("U0ALICE", &[("reason", "far too long")]).await.is_err());
    assert!(bench.slack.submit("U0ALICE", &[("nothing", "x")]).await.is_err());
    bench.slack.submit("U0ALICE", &[("reason", "too broad")]).await.unwrap();

    let payload = bench.service.payload();
    assert_eq!(payload["type"], "view_submission");
    assert_eq!(payload["view"]["private_metadata"], "r-7f3k2");
    assert_eq!(payload["view"]["state"]["values"]["reason"]["reason"]["value"], "too broad");
    assert_eq!(bench.slack.modal("U0ALICE"), None);
}

#[tokio::test]
async fn the_answer_to_a_submission_changes_the_screen() {
    let bench = Bench::new().await;
    let view = bench.opened().await;
    let submit = async || bench.slack.submit("U0ALICE", &[("reason", "x")]).await;

    bench.service.answers(json!({"response_action": "errors", "errors": {"reason": "say more"}}));
    submit().await.unwrap();
    assert_eq!(bench.slack.modal("U0ALICE").unwrap()["id"], view["id"]);
    bench.service.answers(json!({"response_action": "errors", "errors": {"more": "no input"}}));
    assert!(submit().await.is_err());
    let mut thanks = modal();
    thanks["title"]["text"] = "Thanks".into();
    bench.service.answers(json!({"response_action": "update", "view": thanks}));
    submit().await.unwrap();
    assert_eq!(bench.slack.modal("U0ALICE").unwrap()["title"]["text"], "Thanks");
    bench.service.answers(json!({"response_action": "push", "view": modal()}));
    submit().await.unwrap();
    assert_eq!(bench.slack.modal("U0ALICE").unwrap()["previous_view_id"], view["id"]);
    bench.service.answers(json!({"response_action": "clear"}));
    submit().await.unwrap();
    assert_eq!(bench.slack.modal("U0ALICE"), None);
}

#[tokio::test]
async fn closing_is_told_only_to_who_asked() {
    let bench = Bench::new().await;
    bench.opened().await;
    bench.slack.press("U0ALICE", "help").await.unwrap();
    assert_eq!(bench.service.payload()["container"]["type"], "view");
    assert!(bench.slack.close("U0ALICE").await.unwrap().is_none());

    let trigger = bench.trigger().await;
    let mut curious = modal();
    curious["notify_on_close"] = true.into();
    bench.call("views.open", json!({"trigger_id": trigger, "view": curious})).await;
    assert!(bench.slack.close("U0ALICE").await.unwrap().is_some());
    assert_eq!(bench.service.payload()["type"], "view_closed");
}
