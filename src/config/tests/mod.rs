//! The loader as an operator meets it: a file in a folder with its secrets, and variables.

mod environment;
mod mistakes;
mod people_file;
mod properties;
mod reference;
mod secrets;
mod smallest;

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::{Config, Mistakes};
use crate::simulator::github::generate_key_pem;

const REFERENCE: &str = include_str!("../reference.toml");

const SMALLEST: &str = r#"
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
"#;

const ENCRYPTION_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// One key for all tests, because making one takes long.
static PRIVATE_KEY: LazyLock<String> =
    LazyLock::new(|| generate_key_pem().unwrap().expose_secret().to_owned());

/// A folder with the secrets that the examples name.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.put("github-app.pem", &PRIVATE_KEY);
        folder.put("webhook-secret", "hunter2-webhook\n");
        folder.put("github-client-secret", "hunter2-github\n");
        folder.put("bot-token", "xoxb-hunter2-bot\r\n");
        folder.put("signing-secret", "hunter2-signing\n");
        folder.put("app-token", "xapp-hunter2-app\n");
        folder.put("slack-client-secret", "hunter2-slack\n");
        folder.put("encryption-key", ENCRYPTION_KEY);
        folder.put("people.csv", "github_login,slack_user\nhubot,U0HUBOT\n");
        folder
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn load(&self, text: &str, variables: &[(&str, &str)]) -> Result<Config, Mistakes> {
        let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        Config::load(&self.put("countersign.toml", text), variables)
    }
}

fn load(text: &str) -> Result<Config, Mistakes> {
    Folder::new().load(text, &[])
}

/// The smallest file with one thing changed.
fn edited(from: &str, to: &str) -> String {
    assert!(SMALLEST.contains(from), "{from}");
    SMALLEST.replacen(from, to, 1)
}

/// The smallest file with keys before its tables.
fn with_top(keys: &str) -> String {
    format!("{keys}\n{SMALLEST}")
}

/// The smallest file with a table after its others.
fn with_table(table: &str) -> String {
    format!("{SMALLEST}\n{table}\n")
}

/// Code and key of each mistake, a line each.
fn told(result: Result<Config, Mistakes>) -> String {
    let mistakes = result.expect_err("there should be mistakes");
    let lines = mistakes.iter().map(|mistake| format!("{} {}", mistake.code, mistake.key));
    lines.collect::<Vec<_>>().join("\n")
}
