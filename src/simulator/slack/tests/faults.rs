use super::*;

#[tokio::test]
async fn a_lost_answer_leaves_its_effect() {
    let bench = Bench::new().await;
    bench.slack.on_call(|method, stage| match (method, stage) {
        ("chat.postMessage", Stage::After) => Verdict::Reset,
        _ => Verdict::Continue,
    });
    let url = format!("{}/chat.postMessage", bench.slack.api_url());
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::AUTHORIZATION, format!("Bearer {}", bench.slack.app().bot_token).parse().unwrap());

    let answer = Outbound::default().post(&url, headers, card("C0APPROVALS").to_string()).await;

    assert!(answer.is_err());
    assert_eq!(bench.slack.channel("C0APPROVALS").len(), 1);
    assert_eq!(bench.slack.calls()[0].status, None);
}

#[tokio::test]
async fn an_interference_before_the_effect_prevents_it() {
    let bench = Bench::new().await;
    bench.slack.on_call(|_, stage| match stage {
        Stage::Before => Verdict::Answer(StatusCode::OK, json!({"ok": false, "error": "internal_error"})),
        Stage::After => Verdict::Continue,
    });

    assert_eq!(bench.call("chat.postMessage", card("C0APPROVALS")).await["error"], "internal_error");
    assert!(bench.slack.channel("C0APPROVALS").is_empty());
}

#[tokio::test]
async fn too_many_calls_are_told_when_to_come_back() {
    let bench = Bench::new().await;
    bench.slack.on_call(|_, _| Verdict::TooMany(30));

    let url = format!("{}/auth.test", bench.slack.api_url());
    let answer = Outbound::default().post(&url, HeaderMap::new(), "").await.unwrap();

    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers["retry-after"], "30");
}

#[tokio::test]
async fn a_hanging_call_never_answers_but_is_known() {
    let bench = Bench::new().await;
    bench.slack.on_call(|_, _| Verdict::Hang);
    let url = format!("{}/auth.test", bench.slack.api_url());
    let caller = tokio::spawn(async move { Outbound::default().post(&url, HeaderMap::new(), "").await });

    bench.slack.until(|slack| slack.calls().len() == 1).await.unwrap();

    assert!(!caller.is_finished());
    caller.abort();
}

#[tokio::test]
async fn waiting_ends_with_the_change_that_was_waited_for() {
    let bench = Bench::new().await;
    let waiting = {
        let slack = bench.slack.clone();
        tokio::spawn(async move { slack.until(|slack| slack.channel("C0APPROVALS").len() == 2).await })
    };

    bench.card().await;
    bench.card().await;

    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn calls_are_recorded_without_tokens() {
    let bench = Bench::new().await;
    bench.slack.change_variants(|variants| variants.has_extra_fields = true);
    bench.card().await;

    let call = bench.slack.calls().remove(0);
    assert_eq!((call.method.as_str(), call.status), ("chat.postMessage", Some(200)));
    assert_eq!(call.body["channel"], "C0APPROVALS");
    assert!(call.answer.get("field_of_next_year").is_some());
    assert!(!format!("{call:?}").contains("xoxb-"));
}
