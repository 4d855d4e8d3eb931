//! The modals on people's screens: a stack of up to three for each person.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// One view and two on top of it (docs.slack.dev, modals).
const MOST_VIEWS: usize = 3;

/// Everybody's open views.
#[derive(Debug, Default)]
pub(super) struct Screens(BTreeMap<String, Vec<Value>>);

impl Screens {
    pub(super) fn top(&self, user: &str) -> Option<&Value> {
        self.0.get(user)?.last()
    }

    /// Shows a view and closes all that this person had open.
    pub(super) fn open(&mut self, user: &str, mut view: Value) -> Value {
        view["root_view_id"] = view["id"].clone();
        view["previous_view_id"] = Value::Null;
        self.0.insert(user.to_owned(), vec![view.clone()]);
        view
    }

    /// Shows a view on top of the others; otherwise Slack's error.
    pub(super) fn push(&mut self, user: &str, mut view: Value) -> Result<Value, &'static str> {
        let stack = self.0.entry(user.to_owned()).or_default();
        let (Some(root), Some(top)) = (stack.first(), stack.last()) else {
            return Err("not_found");
        };
        if stack.len() >= MOST_VIEWS {
            return Err("push_limit_reached");
        }
        view["root_view_id"] = root["id"].clone();
        view["previous_view_id"] = top["id"].clone();
        stack.push(view.clone());
        Ok(view)
    }

    /// Puts a view in the place of the one with this id, while it is open; otherwise Slack's error.
    pub(super) fn replace(
        &mut self,
        id: &str,
        hash: Option<&str>,
        mut view: Value,
    ) -> Result<Value, &'static str> {
        let open = self.0.values_mut().flatten().find(|open| open["id"] == id).ok_or("not_found")?;
        if hash.is_some_and(|hash| open["hash"] != hash) {
            return Err("hash_conflict");
        }
        for kept in ["id", "root_view_id", "previous_view_id"] {
            view[kept] = open[kept].clone();
        }
        *open = view.clone();
        Ok(view)
    }

    /// The id of the open view with this external id.
    pub(super) fn id_of_external(&self, external_id: &str) -> Option<String> {
        let view = self.0.values().flatten().find(|view| view["external_id"] == external_id)?;
        view["id"].as_str().map(str::to_owned)
    }

    /// Takes the topmost view away.
    pub(super) fn close(&mut self, user: &str) -> Option<Value> {
        self.0.get_mut(user)?.pop()
    }

    /// Takes all views away.
    pub(super) fn clear(&mut self, user: &str) {
        self.0.remove(user);
    }
}

/// The fields Slack fills in where a view came without them.
pub(super) fn filled_in(mut view: Value) -> Value {
    let defaults = json!({
        "private_metadata": "", "callback_id": "", "external_id": "", "clear_on_close": false, "notify_on_close": false,
        "submit": null, "close": null, "state": {"values": {}},
    });
    if let (Some(fields), Value::Object(defaults)) = (view.as_object_mut(), defaults) {
        for (name, value) in defaults {
            fields.entry(name).or_insert(value);
        }
    }
    view
}
