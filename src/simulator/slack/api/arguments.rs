//! A call's arguments, from the query, a form or a JSON body.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::Failure;

/// Arguments by name; those given as `null` count as not given.
#[derive(Debug)]
pub(in crate::simulator::slack) struct Arguments(Map<String, Value>);

impl Arguments {
    /// A method that takes no JSON ignores a JSON body, as Slack does.
    pub(super) fn parse(
        query: Option<&str>,
        headers: &HeaderMap,
        body: &[u8],
        takes_json: bool,
    ) -> Result<Self, Failure> {
        let mut arguments = form(query.unwrap_or_default().as_bytes())?;
        let content_type =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match content_type.split(';').next().unwrap_or_default().trim() {
            _ if body.is_empty() => {}
            "application/json" if takes_json => arguments.extend(Self::from_json(body)?.0),
            "application/json" => {}
            "application/x-www-form-urlencoded" => arguments.extend(form(body)?),
            _ => return Err("invalid_post_type".into()),
        }
        Ok(Self(arguments))
    }

    pub(in crate::simulator::slack) fn from_json(body: &[u8]) -> Result<Self, Failure> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => {
                Ok(Self(fields.into_iter().filter(|(_, value)| !value.is_null()).collect()))
            }
            Ok(_) => Err("json_not_object".into()),
            Err(_) => Err("invalid_json".into()),
        }
    }

    /// Refuses any other argument. The real Slack ignores most of them; here a typing mistake shall show.
    pub(in crate::simulator::slack) fn only(&self, known: &[&str]) -> Result<(), Failure> {
        let unknown = self.0.keys().filter(|name| !known.contains(&name.as_str()));
        let messages: Vec<String> = unknown.map(|name| format!("unsupported argument: {name}")).collect();
        if messages.is_empty() { Ok(()) } else { Err(Failure::explained("invalid_arguments", messages)) }
    }

    pub(in crate::simulator::slack) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A text argument, or Slack's complaint about its absence.
    pub(super) fn required(&self, name: &str) -> Result<&str, Failure> {
        let missing =
            || Failure::explained("invalid_arguments", vec![format!("missing required field: {name}")]);
        self.text(name).ok_or_else(missing)
    }

    /// Whether an argument is given and true.
    pub(in crate::simulator::slack) fn flag(&self, name: &str) -> bool {
        self.given_flag(name).unwrap_or(false)
    }

    pub(in crate::simulator::slack) fn given_flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Value::Bool(flag) => Some(*flag),
            other => Some(matches!(other.as_str(), Some("true" | "1"))),
        }
    }

    /// A number, which forms carry as text.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        let value = self.0.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }

    /// An array or object, which forms (and some JSON bodies) carry as JSON within text.
    pub(in crate::simulator::slack) fn structure(&self, name: &str) -> Option<Value> {
        match self.0.get(name)? {
            Value::String(text) => Some(serde_json::from_str(text).unwrap_or(Value::Null)),
            value => Some(value.clone()),
        }
    }

    pub(in crate::simulator::slack) fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

fn form(bytes: &[u8]) -> Result<Map<String, Value>, Failure> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(bytes).map_err(|_| "invalid_form_data")?;
    Ok(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}
