//! The shapes of single values: text in, a type out, or what is wrong with it.

use std::net::SocketAddr;

use chrono::TimeDelta;
use toml::Value;
use url::Url;

use super::reader::Problem;
use crate::ids::{ChannelId, SlackAppId, SlackUserId};
use crate::policy::Glob;

type Parsed<T> = Result<T, Problem>;

pub(super) fn text(value: &Value) -> Parsed<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Value::String(_) => Err(Problem::shape("it is empty", "write a value or take the key out")),
        _ => Err(Problem::shape("it is not text", "write it in quotes")),
    }
}

pub(super) fn texts(value: &Value) -> Parsed<Vec<String>> {
    match value {
        Value::Array(all) => all.iter().map(text).collect(),
        _ => Err(Problem::shape("it is not a list", r#"write it as ["one", "two"]"#)),
    }
}

/// A positive whole number; from the environment it comes as text.
pub(super) fn number(value: &Value) -> Parsed<u64> {
    let number = match value {
        Value::Integer(number) => u64::try_from(*number).ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| Problem::shape("it is not a positive whole number", "write digits only"))
}

pub(super) fn address(value: &Value) -> Parsed<SocketAddr> {
    text(value)?
        .parse()
        .map_err(|_| Problem::shape("it is not an address with a port", r#"write it as "0.0.0.0:3000""#))
}

/// `100ms` and up, `90s`, `5m`, `4h`, `30d`.
pub(super) fn duration(value: &Value) -> Parsed<TimeDelta> {
    let wrong =
        || Problem::shape("it is not a duration", r#"write it as "100ms", "90s", "5m", "4h" or "30d""#);
    let text = text(value)?;
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(digits);
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        "d" => number.checked_mul(86_400_000),
        _ => None,
    };
    const LEAST: i64 = 100;
    const MOST: i64 = 10 * 366 * 86_400_000;
    match millis {
        Some(millis) if (LEAST..=MOST).contains(&millis) => Ok(TimeDelta::milliseconds(millis)),
        Some(_) => Err(Problem::shape("it is shorter than 100ms or longer than ten years", "choose another")),
        None => Err(wrong()),
    }
}

/// An address of GitHub or Slack: `https`, or plain `http` on loopback; without a trailing slash.
pub(super) fn url(value: &Value) -> Parsed<Url> {
    let text = text(value)?;
    let wrong = |problem: &str| Problem::shape(problem, r#"write it as "https://HOST/PATH""#);
    let url = Url::parse(text.trim_end_matches('/')).map_err(|_| wrong("it is not a URL"))?;
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(wrong("it holds more than scheme, host, port and path"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(wrong("plain http is allowed on loopback only")),
        _ => Err(wrong("it is neither https nor http")),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

pub(super) fn glob(value: &Value) -> Parsed<Glob> {
    let text = text(value)?;
    text.parse().map_err(|error| {
        Problem::shape(format!("{error}"), r#"write a name, or a pattern like "payments-*""#)
    })
}

pub(super) fn globs(value: &Value) -> Parsed<Vec<Glob>> {
    match value {
        Value::Array(all) if !all.is_empty() => all.iter().map(glob).collect(),
        Value::Array(_) => Err(Problem::shape("it is an empty list", "name something or take the key out")),
        _ => Err(Problem::shape("it is not a list", r#"write it as ["payments-*"]"#)),
    }
}

pub(super) fn channel(value: &Value) -> Parsed<ChannelId> {
    let wrong = || {
        let cure = "copy the channel's id from its details in Slack, such as C0APPROVALS; names can change";
        Problem::shape("it is not a channel id", cure)
    };
    slack_id(&text(value)?, &['C', 'G']).map(ChannelId::new).ok_or_else(wrong)
}

pub(super) fn app(value: &Value) -> Parsed<SlackAppId> {
    let wrong = || {
        Problem::shape("it is not a Slack app id", "copy it from the app's Basic Information, such as A0…")
    };
    slack_id(&text(value)?, &['A']).map(SlackAppId::new).ok_or_else(wrong)
}

pub(super) fn slack_user(text: &str) -> Parsed<SlackUserId> {
    let wrong = || {
        let cure = "copy the member id from the person's profile in Slack, such as U0ALICE";
        Problem::shape("it is not a Slack user id", cure)
    };
    slack_id(text, &['U', 'W']).map(SlackUserId::new).ok_or_else(wrong)
}

/// A letter that tells the kind, then capital letters and digits.
fn slack_id(text: &str, kinds: &[char]) -> Option<String> {
    let is_id = text.starts_with(kinds)
        && (2..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    is_id.then(|| text.to_owned())
}

/// One of a few words.
pub(super) fn word<T: Copy>(words: &'static [(&'static str, T)]) -> impl FnOnce(&Value) -> Parsed<T> {
    move |value| {
        let text = text(value)?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let known: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            Problem::shape("it is none of the known words", format!("write one of {}", known.join(", ")))
        })
    }
}
