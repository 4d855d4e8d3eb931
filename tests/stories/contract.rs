//! What we send to GitHub, held against GitHub's own description of its API; and everything that GitHub and Slack have
//! published, sent to us.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use countersign::simulator::github::Call;
use serde_json::{Value, json};

use crate::support::World;

/// The published fixtures; `None` where they are not at hand, which the checks do not accept.
fn fixtures() -> Option<PathBuf> {
    let root = std::env::var_os("COUNTERSIGN_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures"), PathBuf::from);
    if root.is_dir() {
        return Some(root);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "CI=true, and there are no fixtures at {}",
        root.display()
    );
    println!("skipped: there are no fixtures at {}; COUNTERSIGN_FIXTURES names them", root.display());
    None
}

/// The files of a folder whose name ends so, in order.
fn files(folder: &Path, ending: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    paths.sort();
    let named = paths.into_iter().map(|path| {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        (name, std::fs::read(&path).expect("the file can be read"))
    });
    named.collect()
}

/// GitHub's description of its API.
struct Description(Value);

impl Description {
    fn read(fixtures: &Path) -> Self {
        let text = std::fs::read(fixtures.join("github/openapi-pat.json")).expect("the description is there");
        Self(serde_json::from_slice(&text).expect("the description is JSON"))
    }

    /// The operation that a call is, if it is described.
    fn operation(&self, call: &Call) -> Option<&Value> {
        let paths = self.0["paths"].as_object().expect("paths");
        let (_, described) = paths.iter().find(|(template, _)| is_like(template, &call.path))?;
        described.get(call.method.as_str().to_lowercase())
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                self.0.pointer(reference.trim_start_matches('#')).expect("the reference leads somewhere")
            }
            None => value,
        }
    }

    /// What is wrong with a call, by the description.
    fn complaints(&self, call: &Call) -> Vec<String> {
        let Some(operation) = self.operation(call) else {
            return vec!["there is no such operation".to_owned()];
        };
        let mut complaints = self.complaints_of_query(operation, call.query.as_deref().unwrap_or_default());
        complaints.extend(self.complaints_of_body(operation, call.body.as_ref()));
        complaints
    }

    /// Lists are described as `owner` and sent as `owner[]`.
    fn complaints_of_query(&self, operation: &Value, query: &str) -> Vec<String> {
        let parameters =
            operation["parameters"].as_array().into_iter().flatten().map(|one| self.resolved(one));
        let known: BTreeSet<_> = parameters
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| {
                let name = parameter["name"].as_str().expect("a name");
                let is_list = parameter["schema"]["type"] == "array";
                if is_list { format!("{name}[]") } else { name.to_owned() }
            })
            .collect();
        let sent = url::form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned());
        sent.filter(|name| !known.contains(name)).map(|name| format!("the query knows no {name}")).collect()
    }

    fn complaints_of_body(&self, operation: &Value, body: Option<&Value>) -> Vec<String> {
        let described = &operation["requestBody"];
        let schema = &described["content"]["application/json"]["schema"];
        let Some(body) = body else {
            let is_missing = described["required"] == true;
            return if is_missing { vec!["the body is missing".to_owned()] } else { vec![] };
        };
        if schema.is_null() {
            return vec!["no body is described".to_owned()];
        }
        let mut document = nullable_as_json_schema(schema.clone());
        document["components"] = nullable_as_json_schema(self.0["components"].clone());
        let validator = jsonschema::validator_for(&document).expect("the schema is one");
        let mut complaints: Vec<_> = validator.iter_errors(body).map(|error| error.to_string()).collect();
        let known = schema["properties"].as_object().expect("properties");
        let sent = body.as_object().expect("an object");
        complaints.extend(
            sent.keys().filter(|key| !known.contains_key(*key)).map(|key| format!("the body knows no {key}")),
        );
        complaints
    }
}

/// OpenAPI 3.0 says `nullable: true` where JSON Schema lists `null` among the types.
fn nullable_as_json_schema(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(fields) => {
            if fields.remove("nullable") == Some(json!(true))
                && let Some(kind @ Value::String(_)) = fields.get("type").cloned()
            {
                fields.insert("type".to_owned(), json!([kind, "null"]));
            }
            fields.values_mut().for_each(|value| *value = nullable_as_json_schema(value.take()));
        }
        Value::Array(all) => all.iter_mut().for_each(|value| *value = nullable_as_json_schema(value.take())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    schema
}

/// `/orgs/{org}/installation` is like `/orgs/acme/installation`.
fn is_like(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(wanted, found)| wanted.starts_with('{') || wanted == found)
}

#[tokio::test]
async fn every_call_to_github_is_as_github_describes_it() {
    let Some(fixtures) = fixtures() else { return };
    let description = Description::read(&fixtures);
    let world = World::start_with(|config| *config = config.replace("octocat = \"U0OCTOCAT\", ", "")).await;
    world.octocat_asks().await;
    world.github().vary(|variants| variants.created_without_installation = true);
    world.octocat_asks().await;

    world.press("U0ALICE", "approve").await;

    let calls = world.github().calls();
    assert!(
        calls
            .iter()
            .any(|call| call.method == "POST" && call.path.contains("/personal-access-token-requests/"))
    );
    for call in &calls {
        let complaints = description.complaints(call);
        assert!(complaints.is_empty(), "{} {}?{:?}: {complaints:?}", call.method, call.path, call.query);
    }
}

#[test]
fn a_call_that_is_not_as_described_is_found() {
    let Some(fixtures) = fixtures() else { return };
    let description = Description::read(&fixtures);
    let call = |path: &str, query: Option<&str>, body: Value| Call {
        method: if body.is_null() { axum::http::Method::GET } else { axum::http::Method::POST },
        path: path.to_owned(),
        query: query.map(str::to_owned),
        headers: axum::http::HeaderMap::new(),
        body: (!body.is_null()).then_some(body),
        status: None,
    };
    let list = "/orgs/acme/personal-access-token-requests";
    let one = "/orgs/acme/personal-access-token-requests/1";

    for wrong in [
        call("/orgs/acme/tokens", None, Value::Null),
        call(list, Some("owner=octocat"), Value::Null),
        call(one, None, json!({ "decision": "approve" })),
        call(one, None, json!({ "action": "approve", "comment": "x" })),
        call(one, None, json!({ "action": "maybe" })),
    ] {
        assert!(!description.complaints(&wrong).is_empty(), "{} {:?}", wrong.path, wrong.body);
    }
    assert!(description.complaints(&call(one, None, json!({ "action": "deny", "reason": null }))).is_empty());
}

#[tokio::test]
async fn everything_that_github_publishes_is_accepted() {
    let Some(fixtures) = fixtures() else { return };
    let world = World::start().await;
    let payloads = files(&fixtures.join("github/webhooks"), ".json")
        .into_iter()
        .filter(|(name, _)| !name.ends_with("schema.json") && !name.starts_with("signature-vectors"));

    for (name, body) in payloads {
        let event = name.split('.').next().expect("a name");
        let headers = world.github().webhook_headers(event, &world.github().new_guid(), &body);
        let answer = world.github().deliver_raw(headers, body).await.expect("an answer");
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{name}: {}", answer.text());
    }
}

/// They are for other apps and workspaces, which is found out after they were understood.
#[tokio::test]
async fn everything_that_slack_publishes_is_understood() {
    let Some(fixtures) = fixtures() else { return };
    let world = World::start().await;
    const FORM: &str = "application/x-www-form-urlencoded";
    let folder = fixtures.join("slack");
    let post = async |path: &str, kind, body: &[u8], name: &str| {
        let answer = world.slack().signed_post(path, kind, body, |_| {}).await.expect("an answer");
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text());
    };

    // Not the `shape.…` files: their values are blanked, so they name nobody.
    for start in ["block_actions.", "view_", "shortcut.", "block_suggestion.external"] {
        let named = files(&folder, ".json").into_iter().filter(|(name, _)| name.starts_with(start));
        for (name, body) in named {
            let payload = String::from_utf8(body).expect("text");
            let form = serde_urlencoded::to_string([("payload", payload)]).expect("a form");
            post("/slack/interactions", FORM, form.as_bytes(), &name).await;
        }
    }
    for (name, body) in files(&folder, ".form.txt") {
        let path = if name.starts_with("slash_command") { "/slack/commands" } else { "/slack/interactions" };
        let body = String::from_utf8(body).expect("text");
        post(path, FORM, body.trim().as_bytes(), &name).await;
    }
    for (name, body) in files(&folder, ".json").into_iter().filter(|(name, _)| name.starts_with("event.")) {
        post("/slack/events", "application/json", &body, &name).await;
    }
}
