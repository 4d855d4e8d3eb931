//! `[github]`: the App, its secrets, and where GitHub is.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use toml::Value;
use url::Url;

use super::address::{known, url};
use super::duration::duration;
use super::mistake::Problem;
use super::reader::Reader;
use super::secrets::Name;
use super::sign_in::ClientKeys;
use super::values::{Parsed, anything, glob, number, text, word};
use crate::github::WebhookSecret;
use crate::ids::Login;
use crate::policy::Glob;

const PRIVATE_KEY: Name = Name { direct: "private_key", file: "private_key_file" };
const WEBHOOK_SECRET: Name = Name { direct: "webhook_secret", file: "webhook_secret_file" };
/// Allowed, and perhaps an oversight.
const NO_WEBHOOKS: &str =
    "there is none, so no webhook is believed; GitHub is asked for news every reconcile.every alone";

#[derive(Debug)]
pub struct GitHubSection {
    pub app_id: u64,
    /// RSA, in PEM; it has signed once.
    pub private_key: SecretString,
    /// Without one no webhook is believed: everything is read from GitHub's lists.
    pub webhook_secret: Option<WebhookSecret>,
    pub api_url: Url,
    pub web_url: Url,
    /// `X-GitHub-Api-Version`.
    pub api_version: String,
    pub organizations: Vec<Glob>,
    /// How much time lies between the end of one change in an organization and the next.
    pub mutation_interval: TimeDelta,
}

impl GitHubSection {
    /// Whether an organization is one of those we decide for.
    pub fn serves(&self, organization: &Login) -> bool {
        self.organizations.iter().any(|glob| glob.matches(organization.as_str()))
    }
}

/// The section, `None` where something without a default is missing or wrong; and the keys of sign-in.
pub(super) fn read(reader: Reader<'_>) -> (Option<GitHubSection>, ClientKeys) {
    let keys = ClientKeys::read(&reader);
    (section(reader), keys)
}

fn section(reader: Reader<'_>) -> Option<GitHubSection> {
    let app_id = reader.required("app_id", "copy it from the GitHub App's settings", number);
    let cure = "make one in the GitHub App's settings";
    let private_key = reader.required_secret(PRIVATE_KEY, cure, private_key);
    let webhook_secret = reader.secret(WEBHOOK_SECRET, webhook_secret);
    if !reader.has(WEBHOOK_SECRET.direct) && !reader.has(WEBHOOK_SECRET.file) {
        reader.notice(WEBHOOK_SECRET.direct, NO_WEBHOOKS);
    }
    let api_url = reader.or("api_url", known("https://api.github.com"), url);
    let web_url = reader.or("web_url", known("https://github.com"), url);
    let api_version = reader.or("api_version", "2022-11-28".to_owned(), version);
    let organizations = reader.some("organizations", glob).unwrap_or_else(|| vec![anything()]);
    let mutation_interval = reader.or("mutation_interval", TimeDelta::seconds(1), duration);
    later(&reader);
    reader.finish();
    Some(GitHubSection {
        app_id: app_id?,
        private_key: private_key?,
        webhook_secret,
        api_url,
        web_url,
        api_version,
        organizations,
        mutation_interval,
    })
}

/// What is judged already and does nothing in this version.
fn later(reader: &Reader<'_>) {
    let acts_as_app = reader.or("act_as", true, word(&[("app", true), ("approver", false)]));
    if !acts_as_app {
        reader.add("act_as", Problem::not_built("acting as the approver", r#"write act_as = "app""#));
    }
}

/// A key that can sign. That it looks like one is not enough: a cut file does, too.
fn private_key(secret: SecretString) -> Parsed<SecretString> {
    let signed = EncodingKey::from_rsa_pem(secret.expose_secret().as_bytes())
        .and_then(|key| jsonwebtoken::encode(&Header::new(Algorithm::RS256), &(), &key));
    let cure = "use the .pem file that GitHub gave you, unchanged";
    signed.map(|_| secret).map_err(|_| Problem::shape("it is not an RSA key in PEM form", cure))
}

fn webhook_secret(secret: SecretString) -> Parsed<WebhookSecret> {
    WebhookSecret::new(secret).map_err(|error| Problem::shape(error.to_string(), "write another"))
}

/// GitHub names its API's versions by day (docs.github.com, api-versions).
fn version(value: &Value) -> Parsed<String> {
    let text = text(value)?;
    let is_day = chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").is_ok() && text.len() == 10;
    if is_day { Ok(text) } else { Err(Problem::shape("it is not a day", r#"write it as "2022-11-28""#)) }
}
