use super::*;

/// Asks for a place, as the service does, and gives its address and the file's id.
async fn place(bench: &Bench, length: &str) -> (String, String) {
    let answer =
        bench.form("files.getUploadURLExternal", &[("filename", "tokens.csv"), ("length", length)]).await;
    let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (text("upload_url"), text("file_id"))
}

async fn put(url: &str, bytes: &str) -> (u16, String) {
    let answer = Outbound::default().post(url, HeaderMap::new(), bytes.to_owned()).await.unwrap();
    (answer.status.as_u16(), String::from_utf8(answer.body.to_vec()).unwrap())
}

async fn complete(bench: &Bench, file: &str, channel: &str) -> Value {
    let body =
        json!({"files": [{"id": file, "title": "Tokens"}], "channel_id": channel, "initial_comment": "Here"});
    bench.call("files.completeUploadExternal", body).await
}

#[tokio::test]
async fn a_file_appears_when_it_was_put_there_and_shared() {
    let bench = Bench::new().await;
    bench.call("conversations.open", json!({"users": "U0ALICE"})).await;
    let (url, id) = place(&bench, "3").await;

    assert_eq!(complete(&bench, &id, "D0ALICE").await["error"], "file_not_found", "nothing was put there");
    assert_eq!(put(&url, "a,b").await, (200, "OK - 3".to_owned()));
    assert!(bench.slack.files("U0ALICE").is_empty());
    assert_eq!(complete(&bench, &id, "D0ALICE").await["files"], json!([{"id": id, "title": "Tokens"}]));

    let files = bench.slack.files("U0ALICE");
    assert_eq!(
        (files.len(), files[0].bytes.as_slice(), files[0].comment.as_str()),
        (1, b"a,b".as_slice(), "Here")
    );
    assert_eq!(bench.slack.dms("U0ALICE").pop().unwrap().text, "Here\n[tokens.csv]");
    assert_eq!(complete(&bench, &id, "D0ALICE").await["error"], "file_not_found", "it was shared");
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let bench = Bench::new().await;
    bench.call("conversations.open", json!({"users": "U0ALICE"})).await;
    let (url, id) = place(&bench, "3").await;

    assert_eq!(put(&url, "a,b,c").await.0, 400, "another length");
    assert_eq!(put(&url, "a,b").await.0, 200);
    assert_eq!(put(&url, "x,y").await.0, 400, "a second time");
    assert_eq!(put(&format!("{url}0"), "a,b").await.0, 404);
    assert_eq!(complete(&bench, "F0OTHER", "D0ALICE").await["error"], "file_not_found");
    assert_eq!(complete(&bench, &id, "D0NOBODY").await["error"], "channel_not_found");
    let json = bench.call("files.getUploadURLExternal", json!({"filename": "x", "length": 3})).await;
    assert_eq!(json["ok"], false, "it reads no JSON");
    let empty = bench.form("files.getUploadURLExternal", &[("filename", "x"), ("length", "0")]).await;
    assert_eq!(empty["error"], "missing_argument");
    bench.slack.set_scopes(&["chat:write"]);
    assert_eq!(complete(&bench, &id, "D0ALICE").await["needed"], "files:write");
}
