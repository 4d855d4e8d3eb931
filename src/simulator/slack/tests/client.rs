use hyper_util::client::legacy::connect::HttpConnector;
use slack_morphism::prelude::*;

use super::*;

#[tokio::test]
async fn the_client_library_gets_along_with_it() {
    let bench = Bench::new().await;
    let connector = SlackClientHyperConnector::with_connector(HttpConnector::new());
    let client = SlackClient::new(connector.with_slack_api_url(&bench.slack.api_url()));
    let token = SlackApiToken::new(bench.slack.app().bot_token.into());
    let session = client.open_session(&token);

    assert_eq!(session.auth_test().await.unwrap().team_id.0, "T0ACME");
    let api = &session.http_session_api;
    let posted: Value = api.http_post("chat.postMessage", &card("C0APPROVALS"), None).await.unwrap();
    assert_eq!(posted["ts"], bench.slack.channel("C0APPROVALS")[0].ts.as_str());
    let who: Value =
        api.http_get("users.info", &vec![("user", Some(&"U0ALICE".to_owned()))], None).await.unwrap();
    assert_eq!(who["user"]["name"], "alice");
    let refused: Result<Value, _> =
        api.http_post("chat.postMessage", &card("C0NOWHERE"), None).await.map_err(Box::new);
    assert!(
        matches!(*refused.unwrap_err(), errors::SlackClientError::ApiError(error) if error.code == "channel_not_found")
    );
}
