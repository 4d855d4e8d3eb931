use std::path::PathBuf;

use super::*;

/// A published payload, or none where they are not at hand; CI insists on them.
fn published(name: &str) -> Option<Value> {
    let folder = std::env::var_os("COUNTERSIGN_FIXTURES")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures"), PathBuf::from);
    let path = folder.join("slack").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{}: {error}", path.display());
            println!("skipped: {} is not there", path.display());
            None
        }
    }
}

/// The fields of `published`, at any depth, that `ours` lacks.
fn missing(published: &Value, ours: &Value, path: &str) -> Vec<String> {
    match (published, ours) {
        (Value::Object(theirs), Value::Object(fields)) => theirs
            .iter()
            .flat_map(|(name, value)| match fields.get(name) {
                Some(field) => missing(value, field, &format!("{path}/{name}")),
                None => vec![format!("{path}/{name}")],
            })
            .collect(),
        (Value::Array(theirs), Value::Array(list)) => theirs
            .first()
            .zip(list.first())
            .map_or_else(Vec::new, |(value, entry)| missing(value, entry, path)),
        _ => Vec::new(),
    }
}

async fn enterprise_bench() -> Bench {
    let bench = Bench::new().await;
    let enterprise =
        Enterprise { id: "E0ACME".into(), name: "Acme Group".into(), is_org_wide_install: false };
    bench.slack.set_enterprise(Some(enterprise));
    bench
}

#[tokio::test]
async fn a_click_has_every_field_of_a_published_one() {
    let Some(sample) = published("block_actions.message_button.enterprise_team.json") else { return };
    let bench = enterprise_bench().await;
    let ts = bench.card().await;
    bench.slack.click("U0ALICE", "C0APPROVALS", &ts, "approve").await.unwrap();

    assert_eq!(missing(&sample, &bench.service.payload(), ""), Vec::<String>::new());
}

#[tokio::test]
async fn a_submission_has_every_field_of_a_published_one() {
    let Some(sample) = published("view_submission.modal.json") else { return };
    let bench = enterprise_bench().await;
    let ts = bench.card().await;
    bench.slack.click("U0ALICE", "C0APPROVALS", &ts, "approve").await.unwrap();
    let trigger = bench.service.payload()["trigger_id"].clone();
    bench.call("views.open", json!({"trigger_id": trigger, "view": modal()})).await;
    bench.slack.submit("U0ALICE", &[("reason", "x")]).await.unwrap();

    let lacking = missing(&sample, &bench.service.payload(), "");
    // The sample's ids of blocks and actions are data of its app; and whether an input is optional is filled in by Slack.
    let lacking: Vec<&String> = lacking.iter().filter(|path| !path.contains("hspI")).collect();
    assert_eq!(lacking, ["/view/blocks/optional"]);
}

#[tokio::test]
async fn a_command_has_every_field_of_the_published_shape() {
    let Some(sample) = published("shape.slash_command.all_fields.json") else { return };
    let bench = enterprise_bench().await;
    bench.slack.command("U0ALICE", "C0APPROVALS", "/pat").await.unwrap();

    let ours = serde_json::to_value(bench.service.form()).unwrap();
    assert_eq!(missing(&sample, &ours, ""), Vec::<String>::new());
}

#[tokio::test]
async fn an_org_wide_install_has_no_team() {
    let bench = Bench::new().await;
    let enterprise = Enterprise { id: "E0ACME".into(), name: "Acme Group".into(), is_org_wide_install: true };
    bench.slack.set_enterprise(Some(enterprise));
    bench.slack.change_variants(|variants| variants.user_team_is_enterprise = true);
    let ts = bench.card().await;

    bench.slack.click("U0ALICE", "C0APPROVALS", &ts, "approve").await.unwrap();

    let payload = bench.service.payload();
    assert_eq!(payload["team"], Value::Null);
    assert_eq!(payload["enterprise"]["id"], "E0ACME");
    assert_eq!(payload["user"]["team_id"], "E0ACME");
    assert_eq!(payload["is_enterprise_install"], true);
}

#[tokio::test]
async fn a_strangers_click_carries_our_team_or_theirs() {
    let bench = Bench::new().await;
    let ts = bench.card().await;
    let stranger = |user: &mut User| (user.is_stranger, user.team_id) = (true, Some("T0OTHER".to_owned()));
    bench.slack.change_user("U0BOB", stranger).unwrap();
    let team = async || {
        bench.slack.click("U0BOB", "C0APPROVALS", &ts, "approve").await.unwrap();
        bench.service.payload()["team"]["id"].clone()
    };

    assert_eq!(team().await, "T0ACME");
    bench.slack.change_variants(|variants| variants.team_is_the_strangers = true);
    assert_eq!(team().await, "T0OTHER");
    assert_eq!(bench.service.payload()["user"]["team_id"], "T0OTHER");
}

#[tokio::test]
async fn response_urls_may_live_on_another_host() {
    let bench = Bench::new().await;
    let ts = bench.card().await;
    let elsewhere = Some("https://hooks.slack.com".to_owned());
    bench.slack.change_variants(|variants| variants.response_url_base = elsewhere);

    bench.slack.click("U0ALICE", "C0APPROVALS", &ts, "approve").await.unwrap();

    let url = bench.service.payload()["response_url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("https://hooks.slack.com/actions/T0ACME/"), "{url}");
}
