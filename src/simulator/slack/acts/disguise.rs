//! Changes to a payload before it is signed: clicks that come from elsewhere or claim something else.
//!
//! To be given to [`Slack::click_disguised`](super::super::Slack::click_disguised).

use serde_json::{Value, json};

/// From an org-wide install of another or the same organization: `team` is null.
pub fn org_wide(enterprise_id: &str) -> impl FnOnce(&mut Value) {
    move |payload| {
        payload["team"] = Value::Null;
        payload["enterprise"] = json!({"id": enterprise_id, "name": "Acme Group"});
        payload["is_enterprise_install"] = true.into();
    }
}

/// From another workspace.
pub fn from_team(team_id: &str) -> impl FnOnce(&mut Value) {
    move |payload| {
        payload["team"] = json!({"id": team_id, "domain": "elsewhere"});
        payload["user"]["team_id"] = team_id.into();
    }
}

/// With another `user.team_id`, which may be an Enterprise id.
pub fn with_user_team(team_id: &str) -> impl FnOnce(&mut Value) {
    move |payload| payload["user"]["team_id"] = team_id.into()
}

/// For another app.
pub fn from_app(app_id: &str) -> impl FnOnce(&mut Value) {
    move |payload| payload["api_app_id"] = app_id.into()
}

/// With another value than the button has.
pub fn with_value(value: &str) -> impl FnOnce(&mut Value) {
    move |payload| payload["actions"][0]["value"] = value.into()
}

/// With another block id than the actions block has.
pub fn with_block_id(block_id: &str) -> impl FnOnce(&mut Value) {
    move |payload| payload["actions"][0]["block_id"] = block_id.into()
}
