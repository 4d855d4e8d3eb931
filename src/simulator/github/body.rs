//! Request bodies: one JSON object with permitted keys only, refused in the words GitHub uses.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::answer::Refusal;

pub(crate) struct Body(Map<String, Value>);

impl Body {
    /// An empty body is an empty object; any key not in `permitted` is refused.
    pub(crate) fn parse(bytes: &[u8], permitted: &[&str]) -> Result<Self, Refusal> {
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        let value = serde_json::from_slice(bytes)
            .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "Problems parsing JSON"))?;
        let Value::Object(fields) = value else {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "Body should be a JSON object"));
        };
        match fields.keys().find(|key| !permitted.contains(&key.as_str())) {
            Some(unknown) => Err(Refusal::invalid(format!("\"{unknown}\" is not a permitted key."))),
            None => Ok(Self(fields)),
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// A field that must be there and be one of these words.
    pub(crate) fn word(&self, key: &str, words: &[&str]) -> Result<&str, Refusal> {
        let value = self.get(key).ok_or_else(|| Refusal::invalid(format!("\"{key}\" wasn't supplied.")))?;
        let word = value.as_str().filter(|word| words.contains(word));
        word.ok_or_else(|| Refusal::invalid(format!("{value} is not a member of {words:?}.")))
    }

    /// A text that may be null or missing.
    pub(crate) fn optional_text(&self, key: &str) -> Result<Option<&str>, Refusal> {
        match self.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(Refusal::invalid(format!("For '{key}', {other} is not a string."))),
        }
    }
}
