//! Interaction payloads with every field that real ones have (shapes published with Slack's SDKs).

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::simulator::slack::cast::{Enterprise, User};
use crate::simulator::slack::tickets::Source;
use crate::simulator::slack::world::World;

/// What payloads of every type begin with.
pub(super) fn common(world: &mut World, kind: &str, user: &str) -> Result<Value> {
    let user = world.users.get(user).with_context(|| format!("no user {user}"))?.clone();
    Ok(json!({
        "type": kind,
        "api_app_id": world.app.id,
        "token": "unused",
        "team": team(world, &user),
        "enterprise": world.workspace.enterprise.as_ref().map(|it| json!({"id": it.id, "name": it.name})),
        "is_enterprise_install": is_org_wide(world),
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": team_of_user(world, &user)},
    }))
}

/// Somebody pressed a button, wherever it stands.
pub(super) fn block_actions(world: &mut World, user: &str, pressed: &Pressed) -> Result<Value> {
    let mut payload = common(world, "block_actions", user)?;
    payload["trigger_id"] = world.new_trigger(user).into();
    payload["actions"] = json!([pressed.action(world.next_ts())]);
    payload["state"] = json!({"values": {}});
    Ok(payload)
}

/// A button and the block it stands in.
pub(super) struct Pressed {
    pub(super) block_id: Value,
    pub(super) button: Value,
}

impl Pressed {
    /// Finds a button; an error when no such button is shown.
    pub(super) fn find(blocks: &Value, action_id: &str) -> Result<Self> {
        Self::find_with(blocks, action_id, None)
    }

    /// The same of several that are alike, by its value.
    pub(super) fn find_with(blocks: &Value, action_id: &str, value: Option<&str>) -> Result<Self> {
        for block in blocks.as_array().into_iter().flatten() {
            for element in crate::simulator::slack::block_kit::interactive_elements(block) {
                let said = |name: &str| element.get(name).and_then(Value::as_str);
                if said("action_id") == Some(action_id)
                    && value.is_none_or(|value| said("value") == Some(value))
                {
                    anyhow::ensure!(element["type"] == "button", "{action_id:?} is not a button");
                    return Ok(Self {
                        block_id: block["block_id"].clone(),
                        button: Value::Object(element.clone()),
                    });
                }
            }
        }
        anyhow::bail!("no button {action_id:?} is shown")
    }

    fn action(&self, action_ts: String) -> Value {
        let mut action = json!({
            "type": "button",
            "action_id": self.button["action_id"],
            "block_id": self.block_id,
            "text": self.button["text"],
            "action_ts": action_ts,
        });
        // Filled in where it was not said.
        if action["text"]["emoji"].is_null() {
            action["text"]["emoji"] = true.into();
        }
        for optional in ["value", "style", "confirm", "url"] {
            if let Some(value) = self.button.get(optional) {
                action[optional] = value.clone();
            }
        }
        action
    }
}

/// A fresh response URL for the message that was clicked.
pub(super) fn response_url(world: &mut World, user: &str, channel: &str, message_ts: &str) -> String {
    let source = Source {
        user: user.to_owned(),
        channel: channel.to_owned(),
        message_ts: Some(message_ts.to_owned()),
    };
    world.new_response_url("actions", source)
}

fn team(world: &World, user: &User) -> Value {
    if is_org_wide(world) {
        return Value::Null;
    }
    match &user.team_id {
        Some(theirs) if user.is_stranger && world.variants.team_is_the_strangers => {
            json!({"id": theirs, "domain": "elsewhere"})
        }
        _ => own_team(world),
    }
}

fn own_team(world: &World) -> Value {
    let workspace = &world.workspace;
    let mut team = json!({"id": workspace.team_id, "domain": workspace.domain});
    if let Some(Enterprise { id, name, .. }) = &workspace.enterprise {
        team["enterprise_id"] = id.clone().into();
        team["enterprise_name"] = name.clone().into();
    }
    team
}

fn team_of_user(world: &World, user: &User) -> Value {
    match &world.workspace.enterprise {
        Some(enterprise) if world.variants.user_team_is_enterprise => enterprise.id.clone().into(),
        _ => user.team_id.clone().into(),
    }
}

fn is_org_wide(world: &World) -> bool {
    world.workspace.enterprise.as_ref().is_some_and(|enterprise| enterprise.is_org_wide_install)
}

impl World {
    /// An event in the envelope that the Events API delivers.
    pub(super) fn event_envelope(&mut self, event: Value) -> Value {
        json!({
            "type": "event_callback",
            "token": "unused",
            "team_id": if is_org_wide(self) { Value::Null } else { self.workspace.team_id.clone().into() },
            "api_app_id": self.app.id,
            "event": event,
            "event_id": format!("Ev{:08}", self.next()),
            "event_time": self.now().timestamp(),
            "authorizations": [{
                "enterprise_id": self.workspace.enterprise.as_ref().map(|enterprise| enterprise.id.clone()),
                "team_id": self.workspace.team_id,
                "user_id": self.app.bot_user_id,
                "is_bot": true,
                "is_enterprise_install": is_org_wide(self),
            }],
        })
    }
}
