//! Reading Slack's payloads leniently: what is missing, null or of an unexpected kind is `None`, never an error.
//!
//! Published samples and real payloads differ in every such way; the gates behind the parsers refuse what they
//! can't establish.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Why a signed request could not be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed: {0}")]
pub struct Malformed(pub(super) &'static str);

/// One field of a payload; under `#[serde(default)]` on its struct it may be missing.
pub(super) struct Lenient<T>(pub(super) Option<T>);

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(Self(T::deserialize(value).ok()))
    }
}

/// An id or address that says something: Slack sends empty strings where it has none, and no control characters.
pub(super) fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty() && !text.contains(char::is_control))
}

/// A payload; `None` if it is no JSON, or says something twice.
pub(super) fn payload<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(crate::json::strict(text.as_bytes()).ok()?).ok()
}

/// The body as text; Slack sends UTF-8 only.
pub(super) fn utf8(body: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(body).map_err(|_| Malformed("the body is not UTF-8"))
}
