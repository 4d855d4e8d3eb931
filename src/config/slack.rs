//! `[slack]`: the app, its secrets, and the channels that are not routes.

use chrono::TimeDelta;
use secrecy::SecretString;
use toml::Value;
use url::Url;

use super::address::{known, url};
use super::duration::duration;
use super::mistake::{Problem, code};
use super::reader::Reader;
use super::secrets::{Name, token};
use super::sign_in::ClientKeys;
use super::values::{Parsed, channel, slack_app, text, word};
use crate::ids::{ChannelId, SlackAppId};
use crate::slack::SigningSecret;

/// The command in `manifests/slack-app.json`.
pub(crate) const DEFAULT_COMMAND: &str = "/pat";

const BOT_TOKEN: Name = Name { direct: "bot_token", file: "bot_token_file" };
const SIGNING_SECRET: Name = Name { direct: "signing_secret", file: "signing_secret_file" };
const APP_TOKEN: Name = Name { direct: "app_token", file: "app_token_file" };

#[derive(Debug)]
pub struct SlackSection {
    pub app_id: SlackAppId,
    pub bot_token: SecretString,
    pub signing_secret: SigningSecret,
    pub api_url: Url,
    /// With its slash.
    pub command: String,
    /// Where faults and surprises are told.
    pub operators_channel: Option<ChannelId>,
    /// Where cards go that no route covers; the operators' channel when left out.
    pub fallback_channel: Option<ChannelId>,
    /// The distance of messages to one channel, after a burst of 20.
    pub channel_interval: TimeDelta,
}

/// The section, `None` where something without a default is missing or wrong; and the keys of sign-in.
pub(super) fn read(reader: Reader<'_>) -> (Option<SlackSection>, ClientKeys) {
    let keys = ClientKeys::read(&reader);
    (section(reader), keys)
}

fn section(reader: Reader<'_>) -> Option<SlackSection> {
    let cure = "copy it from the Slack app's Basic Information";
    let app_id = reader.required("app_id", cure, slack_app);
    let signing_secret = reader.required_secret(SIGNING_SECRET, cure, signing_secret);
    let cure = "install the Slack app and copy its Bot User OAuth Token";
    let bot_token = reader.required_secret(BOT_TOKEN, cure, token(&["xoxb-", "xoxe.xoxb-"], cure));
    let api_url = reader.or("api_url", known("https://slack.com/api"), url);
    let command = reader.or("command", DEFAULT_COMMAND.to_owned(), command);
    let operators_channel = reader.optional("operators_channel", channel);
    let fallback_channel = reader.optional("fallback_channel", channel).or_else(|| operators_channel.clone());
    let channel_interval = reader.or("channel_interval", TimeDelta::seconds(1), duration);
    later(&reader);
    reader.finish();
    Some(SlackSection {
        app_id: app_id?,
        bot_token: bot_token?,
        signing_secret: signing_secret?,
        api_url,
        command,
        operators_channel,
        fallback_channel,
        channel_interval,
    })
}

/// What is judged already and does nothing in this version.
fn later(reader: &Reader<'_>) {
    let is_http = reader.or("transport", true, word(&[("http", true), ("socket", false)]));
    if !is_http {
        let problem = "Socket Mode does not exist in this version";
        reader.add("transport", Problem::new(code::NOT_BUILT_YET, problem, r#"write transport = "http""#));
    }
    reader.secret(APP_TOKEN, token(&["xapp-"], "copy an App-Level Token from the app's Basic Information"));
    reader.secret_not_in_force(APP_TOKEN);
}

fn signing_secret(secret: SecretString) -> Parsed<SigningSecret> {
    SigningSecret::new(secret).map_err(|error| Problem::shape(error.to_string(), "write another"))
}

/// docs.slack.dev, app manifest: a slash and at most 31 letters; in small letters, as Slack sends it.
fn command(value: &Value) -> Parsed<String> {
    let command = text(value)?;
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let is_command = command
        .strip_prefix('/')
        .is_some_and(|name| (1..=31).contains(&name.len()) && name.bytes().all(is_letter));
    if is_command {
        return Ok(command);
    }
    Err(Problem::shape("it is not a slash command", format!(r#"write it as "{DEFAULT_COMMAND}""#)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_a_slash_and_a_word() {
        let read = |text: &str| command(&Value::String(text.to_owned())).is_ok();

        assert!(read(DEFAULT_COMMAND));
        assert!(read(&format!("/{}", "x".repeat(31))));
        for text in ["pat", "/", "/PAT", "/pat list", "//pat", &format!("/{}", "x".repeat(32))] {
            assert!(!read(text), "{text:?}");
        }
    }
}
