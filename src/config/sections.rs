//! The sections of the file, each read into its own struct.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use jsonwebtoken::EncodingKey;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use toml::Value;
use url::Url;

use super::reader::{Problem, Reader, nearest};
use super::values::{app, channel, duration, glob, globs, number, text, texts, url, word};
use crate::github::WebhookSecret;
use crate::ids::{ChannelId, Login, SlackAppId};
use crate::policy::{Engine, Glob, Requirement, Route};
use crate::slack::SigningSecret;

use super::people::Groups;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    Human,
    Json,
}

#[derive(Debug, Clone)]
pub struct Log {
    pub format: LogFormat,
}

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct Database {
    path: PathBuf,
}

impl Database {
    /// The SQLite file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The key from which others are derived; 32 bytes.
pub struct EncryptionKey(SecretBox<Vec<u8>>);

impl EncryptionKey {
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl std::fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EncryptionKey([redacted])")
    }
}

#[derive(Debug)]
pub struct GitHubSection {
    pub app_id: u64,
    pub private_key: SecretString,
    pub webhook_secret: WebhookSecret,
    pub api_url: Url,
    pub web_url: Url,
    pub api_version: String,
    pub organizations: Vec<Glob>,
}

impl GitHubSection {
    /// Whether an organization is one of those we decide for.
    pub fn serves(&self, organization: &Login) -> bool {
        self.organizations.iter().any(|glob| glob.matches(organization.as_str()))
    }
}

#[derive(Debug)]
pub struct SlackSection {
    pub app_id: SlackAppId,
    pub bot_token: SecretString,
    pub signing_secret: SigningSecret,
    pub api_url: Url,
    pub command: String,
    pub operators_channel: Option<ChannelId>,
    pub fallback_channel: Option<ChannelId>,
}

#[derive(Debug, Clone)]
pub struct PolicySection {
    /// Names of built-in policies that are switched off.
    pub without: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Timing {
    pub github_timeout: TimeDelta,
    pub slack_timeout: TimeDelta,
    pub retry_first: TimeDelta,
    pub retry_max: TimeDelta,
    pub lease: TimeDelta,
    pub click_max_age: TimeDelta,
    pub gone_after: TimeDelta,
}

pub(super) fn log(reader: Reader<'_>) -> Log {
    let words = &[("auto", LogFormat::Auto), ("human", LogFormat::Human), ("json", LogFormat::Json)];
    let format = reader.or("format", LogFormat::Auto, word(words));
    reader.finish();
    Log { format }
}

pub(super) fn listen(reader: &Reader<'_>, name: &'static str, default: [u8; 4], port: u16) -> SocketAddr {
    reader.or(name, SocketAddr::from((default, port)), super::values::address)
}

pub(super) fn database(reader: Reader<'_>, folder: &Path) -> Database {
    let path = reader.or("url", folder.join("countersign.db"), |value| {
        let url = text(value)?;
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let cure = "use sqlite://countersign.db for now";
            return Err(Problem::new("not-built-yet", "PostgreSQL does not exist in this version", cure));
        }
        match url.strip_prefix("sqlite://") {
            Some(path) if !path.is_empty() && !path.contains('?') => Ok(folder.join(path)),
            _ => Err(Problem::shape("it is not a database URL", r#"write it as "sqlite://countersign.db""#)),
        }
    });
    reader.finish();
    Database { path }
}

/// 32 bytes, in hexadecimal digits.
pub(super) fn encryption_key(reader: &Reader<'_>) -> Option<EncryptionKey> {
    let text = reader.secret("encryption_key", "encryption_key_file")?;
    match hex::decode(text.expose_secret()) {
        Ok(key) if key.len() == 32 => Some(EncryptionKey(SecretBox::new(Box::new(key)))),
        _ => {
            let cure = "make one with: openssl rand -hex 32";
            reader.add("encryption_key", Problem::shape("it is not 64 hexadecimal digits", cure));
            None
        }
    }
}

pub(super) fn github(reader: Reader<'_>) -> Option<GitHubSection> {
    let app_id = reader.required("app_id", "copy it from the GitHub App's settings", number);
    let private_key = reader.required_secret(
        "private_key",
        "private_key_file",
        "make a private key in the GitHub App's settings",
    );
    if let Some(key) = &private_key
        && EncodingKey::from_rsa_pem(key.expose_secret().as_bytes()).is_err()
    {
        let cure = "use the .pem file that GitHub gave you, unchanged";
        reader.add("private_key", Problem::shape("it is not an RSA key in PEM form", cure));
    }
    let webhook_secret = reader
        .required_secret("webhook_secret", "webhook_secret_file", "set a secret in the GitHub App's settings")
        .and_then(|secret| WebhookSecret::new(secret).ok());
    let api_url = reader.or("api_url", known_url("https://api.github.com"), url);
    let web_url = reader.or("web_url", known_url("https://github.com"), url);
    let api_version = reader.or("api_version", "2022-11-28".to_owned(), text);
    let organizations = reader.or("organizations", vec![anything()], globs);
    reader.not_in_force("client_id");
    reader.not_in_force("mutation_interval");
    reader.optional("mutation_interval", duration);
    reader.not_in_force("client_secret");
    reader.not_in_force("client_secret_file");
    reader.secret("client_secret", "client_secret_file");
    let acts_as_app = reader.or("act_as", true, word(&[("app", true), ("approver", false)]));
    if !acts_as_app {
        reader.not_built("act_as", "acting as the approver");
    }
    reader.finish();
    Some(GitHubSection {
        app_id: app_id?,
        private_key: private_key?,
        webhook_secret: webhook_secret?,
        api_url,
        web_url,
        api_version,
        organizations,
    })
}

pub(super) fn slack(reader: Reader<'_>) -> Option<SlackSection> {
    let app_id = reader.required("app_id", "copy it from the Slack app's Basic Information", app);
    let bot_token =
        reader.required_secret("bot_token", "bot_token_file", "install the Slack app and copy the token");
    if let Some(token) = &bot_token
        && !["xoxb-", "xoxe.xoxb-"].iter().any(|start| token.expose_secret().starts_with(start))
    {
        let cure = "copy the Bot User OAuth Token, which starts with xoxb-";
        reader.add("bot_token", Problem::shape("it is not a bot token", cure));
    }
    let cure = "copy the Signing Secret from the Slack app's Basic Information";
    let signing_secret = reader
        .required_secret("signing_secret", "signing_secret_file", cure)
        .and_then(|secret| SigningSecret::new(secret).ok());
    let api_url = reader.or("api_url", known_url("https://slack.com/api"), url);
    let command = reader.or("command", "/pat".to_owned(), slash);
    let operators_channel = reader.optional("operators_channel", channel);
    let fallback_channel = reader.optional("fallback_channel", channel);
    let is_http = reader.or("transport", true, word(&[("http", true), ("socket", false)]));
    if !is_http {
        let cure = r#"use transport = "http""#;
        reader.add(
            "transport",
            Problem::new("not-built-yet", "Socket Mode does not exist in this version", cure),
        );
    }
    for name in [
        "app_token",
        "app_token_file",
        "client_id",
        "client_secret",
        "client_secret_file",
        "channel_interval",
    ] {
        reader.not_in_force(name);
    }
    reader.optional("channel_interval", duration);
    reader.secret("app_token", "app_token_file");
    reader.secret("client_secret", "client_secret_file");
    reader.finish();
    Some(SlackSection {
        app_id: app_id?,
        bot_token: bot_token?,
        signing_secret: signing_secret?,
        api_url,
        command,
        operators_channel,
        fallback_channel,
    })
}

/// Slack's rule: a slash and at most 31 small letters, digits, hyphens or underscores.
fn slash(value: &Value) -> Result<String, Problem> {
    let command = text(value)?;
    let is_command = command.strip_prefix('/').is_some_and(|name| {
        (1..=31).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    });
    if is_command {
        Ok(command)
    } else {
        Err(Problem::shape("it is not a slash command", r#"write it as "/pat""#))
    }
}

pub(super) fn route(reader: Reader<'_>, groups: &Groups) -> Option<Route> {
    let organization = reader.or("organization", anything(), glob);
    let repositories = reader.optional("repositories", globs);
    let channel = reader.required("channel", "name the channel where the cards go", channel);
    let approvers = reader.or("approvers", vec!["approvers".to_owned()], texts);
    if approvers.is_empty() {
        let cure = "name a group, or take the key out for the group approvers";
        reader.add("approvers", Problem::new("empty-list", "nobody could decide", cure));
    }
    check_groups(&reader, "approvers", &approvers, groups);
    reader.optional("unreviewed", word(&[("card", ()), ("quiet", ()), ("off", ())]));
    reader.not_in_force("unreviewed");
    reader.finish();
    Some(Route { organization, repositories, channel: channel?, approvers })
}

fn check_groups(reader: &Reader<'_>, name: &'static str, wanted: &[String], groups: &Groups) {
    for group in wanted.iter().filter(|group| !groups.contains_key(*group)) {
        let cure = match nearest(group, groups.keys().map(String::as_str)) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => format!("write groups.{group}.members = [\"alice\"]"),
        };
        reader.add(name, Problem::new("unknown-group", format!("there is no group {group}"), cure));
    }
}

pub(super) fn requirement(reader: Reader<'_>, groups: &Groups) -> Requirement {
    let permissions = reader.optional("permissions", globs);
    let repositories = reader.optional("repositories", globs);
    let approvals = reader.or("approvals", 1, |value| {
        u32::try_from(number(value)?).map_err(|_| Problem::shape("it is too large", "write a small number"))
    });
    if approvals > 1 {
        reader.not_built("approvals", "asking for more than one approval");
    }
    let one_from_each = reader.or("one_from_each", vec![], texts);
    check_groups(&reader, "one_from_each", &one_from_each, groups);
    if !one_from_each.is_empty() {
        reader.not_built("one_from_each", "asking for one approval from each of several groups");
    }
    reader.finish();
    Requirement { permissions, repositories, approvals }
}

pub(super) fn policy(reader: Reader<'_>) -> PolicySection {
    reader.optional("directory", text);
    reader.not_built("directory", "a folder of policies");
    let without = reader.or("without", vec![], texts);
    if let Err(error) = Engine::new(&without) {
        let cure = "name built-in policies, or take the name out";
        reader.add("without", Problem::new("unknown-policy", error.to_string(), cure));
    }
    let is_off = reader.or("automatic", true, word(&[("off", true), ("announce", false), ("on", false)]));
    if !is_off {
        reader.not_built("automatic", "deciding by rule");
    }
    reader.finish();
    PolicySection { without }
}

/// A section with one duration that nothing comes of yet.
pub(super) fn later(reader: Reader<'_>, name: &'static str) {
    reader.optional(name, duration);
    reader.not_in_force(name);
    reader.finish();
}

pub(super) fn timing(reader: Reader<'_>) -> Timing {
    let seconds = |name, default| reader.or(name, TimeDelta::seconds(default), duration);
    let timing = Timing {
        github_timeout: seconds("github_timeout", 10),
        slack_timeout: seconds("slack_timeout", 10),
        retry_first: seconds("retry_first", 1),
        retry_max: seconds("retry_max", 300),
        lease: seconds("lease", 15),
        click_max_age: seconds("click_max_age", 15 * 60),
        gone_after: seconds("gone_after", 300),
    };
    let membership = seconds("membership_max_age", 60);
    if membership > TimeDelta::seconds(60) {
        let problem = "it is longer than 60s: a right lost a minute ago must not count";
        reader.add("membership_max_age", Problem::new("out-of-range", problem, "write 60s or less"));
    }
    seconds("slow_notice", 30);
    reader.not_in_force("slow_notice");
    if timing.github_timeout >= timing.lease {
        let problem = "it is not shorter than timing.lease, so two could tell GitHub at once";
        reader.add("github_timeout", Problem::new("out-of-range", problem, "make it shorter than the lease"));
    }
    if timing.retry_first > timing.retry_max {
        let cure = "make it at most timing.retry_max";
        reader.add("retry_first", Problem::new("out-of-range", "it is longer than timing.retry_max", cure));
    }
    reader.finish();
    timing
}

fn known_url(text: &str) -> Url {
    Url::parse(text).expect("our own URLs parse")
}

fn anything() -> Glob {
    "*".parse().expect("our own pattern parses")
}
