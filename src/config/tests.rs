//! The whole page parses, every mistake is told at once, and no secret is told at all.

use std::sync::OnceLock;

use proptest::prelude::*;
use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

const SECRETS: [(&str, &str); 3] = [
    ("webhook-secret", "HIDDEN-webhook"),
    ("bot-token", "xoxb-HIDDEN"),
    ("signing-secret", "HIDDEN-signing"),
];

/// Making a key takes long: one for all tests.
fn key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| crate::simulator::github::generate_key_pem().unwrap().expose_secret().to_owned())
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("github-app.pem"), key()).unwrap();
    for (name, secret) in SECRETS {
        std::fs::write(folder.path().join(name), format!("{secret}\n")).unwrap();
    }
    folder
}

fn smallest() -> String {
    r#"
route  = [{ channel = "C0APPROVALS" }]
people = { alice = "U0ALICE", bob = "U0BOB" }
groups.approvers.members = ["alice", "bob"]

[github]
app_id = 123456
private_key_file = "github-app.pem"
webhook_secret_file = "webhook-secret"

[slack]
app_id = "A0COUNTER"
bot_token_file = "bot-token"
signing_secret_file = "signing-secret"
"#
    .to_owned()
}

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let folder = folder();
    let path = folder.path().join("countersign.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(&path, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

/// The smallest file with lines added to one of its sections.
fn with(section: &str, lines: &str) -> String {
    let header = format!("[{section}]");
    match section {
        "" => format!("{lines}\n{}", smallest()),
        _ if smallest().contains(&header) => smallest().replace(&header, &format!("{header}\n{lines}")),
        _ => format!("{}\n{header}\n{lines}\n", smallest()),
    }
}

fn mistakes(text: &str) -> Vec<(String, &'static str)> {
    let mistakes = load(text, &[]).expect_err("mistakes");
    mistakes.iter().map(|mistake| (mistake.key.clone(), mistake.code)).collect()
}

#[test]
fn the_smallest_file_gives_the_defaults() {
    let config = load(&smallest(), &[]).unwrap();

    assert_eq!(config.listen.to_string(), "0.0.0.0:3000");
    assert_eq!(config.admin_listen.to_string(), "127.0.0.1:9464");
    assert_eq!(config.github.api_url.as_str(), "https://api.github.com/");
    assert_eq!(config.routes[0].approvers, ["approvers"]);
    assert_eq!(config.timing.lease, chrono::TimeDelta::seconds(15));
    assert!(config.database.path().ends_with("countersign.db"));
    assert_eq!(config.notices, Vec::<String>::new());
}

#[test]
fn every_key_of_the_reference_parses() {
    let config = load(include_str!("reference.toml"), &[]).unwrap();

    assert_eq!(config.routes[0].channel.as_str(), "C0PAYMENTS");
    assert_eq!(config.people[&Login::new("monalisa")].github_id, Some(crate::ids::GitHubUserId(102)));
    assert!(config.notices.iter().any(|notice| notice == "reconcile.every is not in force yet"));
}

#[test]
fn each_mistake_is_told_by_key_and_code() {
    let cases = [
        (with("", "lisen = \"0.0.0.0:1\""), "lisen", "unknown-key"),
        (with("", "listen = \"everywhere\""), "listen", "wrong-value"),
        (with("", "encryption_key = \"short\""), "encryption_key", "wrong-value"),
        (with("", "people_file = \"people.csv\""), "people_file", "not-built-yet"),
        (with("machines", "deploy-bot = \"alice\""), "machines", "not-built-yet"),
        (with("github", "api_url = \"http://github.example\""), "github.api_url", "wrong-value"),
        (with("github", "act_as = \"approver\""), "github.act_as", "not-built-yet"),
        (with("github", "webhook_secret = \"x\""), "github.webhook_secret", "given-twice"),
        (smallest().replace("app_id = 123456", "app_id = \"many\""), "github.app_id", "wrong-value"),
        (smallest().replace("app_id = 123456\n", ""), "github.app_id", "missing"),
        (
            smallest().replace("\"webhook-secret\"", "\"nowhere\""),
            "github.webhook_secret_file",
            "unreadable-file",
        ),
        (
            smallest().replace("webhook_secret_file = \"webhook-secret\"", "webhook_secret = \" \""),
            "github.webhook_secret",
            "empty-secret",
        ),
        (smallest().replace("\"bot-token\"", "\"webhook-secret\""), "slack.bot_token", "wrong-value"),
        (smallest().replace("\"github-app.pem\"", "\"bot-token\""), "github.private_key", "wrong-value"),
        (with("slack", "transport = \"socket\""), "slack.transport", "not-built-yet"),
        (with("slack", "command = \"pat\""), "slack.command", "wrong-value"),
        (with("slack", "operators_channel = \"#ops\""), "slack.operators_channel", "wrong-value"),
        (smallest().replace("\"C0APPROVALS\"", "\"approvals\""), "route[0].channel", "wrong-value"),
        (
            smallest().replace("\"C0APPROVALS\"", "\"C0A\", approvers = [\"aprovers\"]"),
            "route[0].approvers",
            "unknown-group",
        ),
        (
            smallest().replace("[\"alice\", \"bob\"]", "[\"alcie\"]"),
            "groups.approvers.members[0]",
            "unknown-person",
        ),
        (
            smallest().replace("[\"alice\", \"bob\"]", "[\"slack-group:S0SEC\"]"),
            "groups.approvers.members[0]",
            "not-built-yet",
        ),
        (
            smallest().replace("[\"alice\", \"bob\"]", "[\"github-owners\"]"),
            "groups.approvers.members[0]",
            "not-built-yet",
        ),
        (smallest().replace("[\"alice\", \"bob\"]", "[]"), "groups.approvers.members", "empty-group"),
        (smallest().replace("\"U0BOB\"", "\"U0ALICE\""), "people.bob", "linked-twice"),
        (smallest().replace("\"U0BOB\"", "\"bob\""), "people.bob", "wrong-value"),
        (with("", "require = [{ approvals = 2 }]"), "require[0].approvals", "not-built-yet"),
        (
            with("", "require = [{ one_from_each = [\"approvers\"] }]"),
            "require[0].one_from_each",
            "not-built-yet",
        ),
        (with("policy", "directory = \"policies\""), "policy.directory", "not-built-yet"),
        (with("policy", "automatic = \"on\""), "policy.automatic", "not-built-yet"),
        (with("policy", "without = [\"own-requests\"]"), "policy.without", "unknown-policy"),
        (with("database", "url = \"postgres://localhost\""), "database.url", "not-built-yet"),
        (with("timing", "github_timeout = \"15s\""), "timing.github_timeout", "out-of-range"),
        (with("timing", "retry_first = \"10m\""), "timing.retry_first", "out-of-range"),
        (with("timing", "membership_max_age = \"61s\""), "timing.membership_max_age", "out-of-range"),
        (with("timing", "lease = \"50ms\""), "timing.lease", "wrong-value"),
    ];
    for (text, key, code) in cases {
        let found = mistakes(&text);
        assert!(found.contains(&(key.to_owned(), code)), "{key} {code}: {found:?}");
    }
}

#[test]
fn the_nearest_name_is_offered() {
    let said = load(&smallest().replace("[\"alice\", \"bob\"]", "[\"alcie\"]"), &[]).unwrap_err().to_string();
    assert!(said.contains("did you mean alice?"), "{said}");

    let said = load(&with("", "lisen = \"0.0.0.0:1\""), &[]).unwrap_err().to_string();
    assert!(said.contains("lisen: there is no such key; did you mean listen?"), "{said}");
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let found = mistakes("lisen = 1\nroute = [{ channel = 7 }]\n[timing]\nlease = \"soon\"\n");

    for key in ["lisen", "route[0].channel", "timing.lease", "github.app_id", "slack.bot_token"] {
        assert!(found.iter().any(|(found, _)| found == key), "{key}: {found:?}");
    }
}

#[test]
fn the_environment_goes_over_the_file() {
    let variables = [
        ("COUNTERSIGN__LISTEN", "127.0.0.1:8080"),
        ("COUNTERSIGN__GITHUB__APP_ID", "77"),
        ("COUNTERSIGN__GITHUB__WEBHOOK_SECRET", "from the environment"),
        ("COUNTERSIGN__TIMING__LEASE", "20s"),
        ("HOME", "/nowhere"),
    ];

    let config = load(&smallest(), &variables).unwrap();

    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.github.app_id, 77);
    assert_eq!(config.timing.lease, chrono::TimeDelta::seconds(20));
}

#[test]
fn variables_that_reach_nothing_are_mistakes() {
    for name in [
        "COUNTERSIGN__LISEN",
        "COUNTERSIGN__GITHUB__APPID",
        "COUNTERSIGN__PEOPLE__ALICE",
        "COUNTERSIGN__A__B__C",
        "COUNTERSIGN__",
    ] {
        assert!(load(&smallest(), &[(name, "x")]).is_err(), "{name}");
    }
}

#[test]
fn no_secret_is_told() {
    let config = format!("{:?}", load(&smallest(), &[]).unwrap());
    let broken = smallest()
        .replace("\"github-app.pem\"", "\"signing-secret\"")
        .replace("app_id = 123456", "app_id = 0");
    let told = load(&broken, &[("COUNTERSIGN__SLACK__BOT_TOKEN", "HIDDEN")]).unwrap_err().to_string();
    let syntax = load("[github]\nwebhook_secret = \"HIDDEN", &[]).unwrap_err().to_string();

    for text in [config, told, syntax] {
        assert!(!text.contains("HIDDEN") && !text.contains("PRIVATE KEY"), "{text}");
    }
}

#[test]
fn a_syntax_error_names_its_place() {
    let said = load("listen = \"x\"\n[github\n", &[]).unwrap_err().to_string();

    assert!(said.contains("line 2"), "{said}");
}

#[test]
fn a_person_is_in_the_groups_they_are_named_in() {
    let config =
        load(&smallest().replace("[\"alice\", \"bob\"]", "[\"alice\", \"slack:U0BOB\"]"), &[]).unwrap();
    let groups = |slack: &str| config.groups_of(&SlackUserId::new(slack)).into_iter().collect::<Vec<_>>();

    assert_eq!(groups("U0ALICE"), ["approvers"]);
    assert_eq!(groups("U0BOB"), ["approvers"]);
    assert_eq!(groups("U0OCTOCAT"), Vec::<String>::new());
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| format!("{text:?}")),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:?}")),
        Just("true".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("[{ channel = 1 }]".to_owned()),
        Just("2026-11-23".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_it_panic(text: String) {
        load(&text, &[]).ok();
    }

    #[test]
    fn no_value_and_no_variable_makes_it_panic(
        key in prop::sample::select(vec![
            "listen", "route", "require", "people", "groups", "machines", "github", "slack", "policy", "timing", "log",
            "database", "encryption_key", "public_url", "repository_groups", "reconcile",
        ]),
        value in any_value(),
        variable in "COUNTERSIGN__[A-Z_]{0,12}",
        text in any::<String>(),
    ) {
        load(&format!("{key} = {value}\n"), &[(&variable, &text)]).ok();
    }
}
