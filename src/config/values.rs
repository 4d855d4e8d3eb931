//! The shapes of single values: text in, a type out, or what is wrong with it.

use std::net::SocketAddr;

use toml::Value;

use super::mistake::Problem;
use crate::ids::{ChannelId, SlackAppId, SlackUserId};
use crate::policy::Glob;

pub(super) type Parsed<T> = Result<T, Problem>;

pub(super) fn text(value: &Value) -> Parsed<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Value::String(_) => Err(Problem::shape("it is empty", "write a value, or take the key out")),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => Err(Problem::shape("it is not text", "write it in quotes")),
    }
}

/// A positive whole number; the environment has only text, so quotes do no harm.
pub(super) fn number(value: &Value) -> Parsed<u64> {
    let number = match value {
        Value::Integer(number) => u64::try_from(*number).ok(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    };
    let wrong = || Problem::shape("it is not a positive whole number", "write its digits only");
    number.filter(|number| *number > 0).ok_or_else(wrong)
}

/// One of a few words.
pub(super) fn word<T: Copy>(words: &'static [(&'static str, T)]) -> impl Fn(&Value) -> Parsed<T> {
    move |value| {
        let text = text(value)?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let known: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            Problem::shape("it is none of the known words", format!("write one of {}", known.join(", ")))
        })
    }
}

pub(super) fn address(value: &Value) -> Parsed<SocketAddr> {
    let wrong = || Problem::shape("it is not an address with a port", r#"write it as "0.0.0.0:3000""#);
    text(value)?.parse().map_err(|_| wrong())
}

pub(super) fn glob(value: &Value) -> Parsed<Glob> {
    let text = text(value)?;
    text.parse().map_err(|_| Problem::shape("it is not a pattern", r#"write one like "payments-*""#))
}

/// The pattern that every name matches.
pub(super) fn anything() -> Glob {
    "*".parse().expect("our own pattern parses")
}

/// A repository's name without its owner: a pattern with one would never match.
pub(super) fn repository(value: &Value) -> Parsed<Glob> {
    let glob = glob(value)?;
    if glob.as_str().contains('/') {
        return Err(Problem::shape("it has a slash", r#"leave the owner out, as in "payments-*""#));
    }
    Ok(glob)
}

/// A repository's name with its owner.
pub(super) fn full_repository(value: &Value) -> Parsed<Glob> {
    let glob = glob(value)?;
    if glob.as_str().split('/').count() != 2 {
        return Err(Problem::shape("it is not OWNER/NAME", r#"write it as "acme/payments-*""#));
    }
    Ok(glob)
}

/// A permission and its level, `contents:write`, or `*` for all.
pub(super) fn permission(value: &Value) -> Parsed<Glob> {
    let glob = glob(value)?;
    let is_level = |level: &str| ["read", "write", "admin", "*"].contains(&level);
    let is_permission = match glob.as_str().split_once(':') {
        Some((name, level)) => !name.is_empty() && is_level(level),
        None => glob.as_str() == "*",
    };
    if is_permission {
        return Ok(glob);
    }
    Err(Problem::shape("it is not NAME:LEVEL", r#"write it as "contents:write" or "*:admin""#))
}

pub(super) fn channel(value: &Value) -> Parsed<ChannelId> {
    let cure = "copy the channel's id from its details in Slack, such as C0APPROVALS; a name can change";
    let wrong = || Problem::shape("it is not a channel id", cure);
    slack_id(text(value)?, &['C', 'G']).map(ChannelId::new).ok_or_else(wrong)
}

pub(super) fn slack_app(value: &Value) -> Parsed<SlackAppId> {
    let cure = "copy it from the Slack app's Basic Information; it starts with A";
    let wrong = || Problem::shape("it is not a Slack app id", cure);
    slack_id(text(value)?, &['A']).map(SlackAppId::new).ok_or_else(wrong)
}

pub(super) fn slack_user(value: &Value) -> Parsed<SlackUserId> {
    let cure = "copy the member id from the person's profile in Slack, such as U0ALICE";
    let wrong = || Problem::shape("it is not a Slack user id", cure);
    slack_id(text(value)?, &['U', 'W']).map(SlackUserId::new).ok_or_else(wrong)
}

/// A letter that tells the kind, then capital letters and digits.
pub(super) fn slack_id(text: String, kinds: &[char]) -> Option<String> {
    let is_id = text.starts_with(kinds)
        && text.len() >= 2
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_id.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn slack_ids_tell_their_kind_by_their_first_letter() {
        assert_eq!(channel(&value("C0APPROVALS")).unwrap().as_str(), "C0APPROVALS");
        assert!(channel(&value("G0PRIVATE")).is_ok());
        assert!(slack_user(&value("W0ENTERPRISE")).is_ok());
        for text in ["U0ALICE", "approvals", "#approvals", "C", "C0 APPROVALS", "c0approvals"] {
            assert!(channel(&value(text)).is_err(), "{text:?}");
        }
        for text in ["C0APPROVALS", "alice", "@alice", "U", "U0ALICE>"] {
            assert!(slack_user(&value(text)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_positive_and_may_come_as_text() {
        assert_eq!(number(&Value::Integer(123456)).unwrap(), 123456);
        assert_eq!(number(&value("123456")).unwrap(), 123456);
        for wrong in [Value::Integer(0), Value::Integer(-1), Value::Float(1.0), value("x"), value("")] {
            assert!(number(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_permission_has_a_known_level() {
        for text in ["*", "*:write", "contents:*", "contents:read"] {
            assert!(permission(&value(text)).is_ok(), "{text:?}");
        }
        for text in ["contents", "contents:", ":write", "contents:wirte", "contents:read:write"] {
            assert!(permission(&value(text)).is_err(), "{text:?}");
        }
    }
}
