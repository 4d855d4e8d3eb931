//! Filling in, submitting and closing modals, and pressing their buttons.

use anyhow::{Context, Result, anyhow, ensure};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::payload::{Pressed, block_actions, common};
use super::{Answer, state};
use crate::simulator::slack::Slack;
use crate::simulator::slack::api::{Failure, checked_view, new_view};
use crate::simulator::slack::world::World;

impl Slack {
    /// Submits the topmost modal with a text (or an option's value) by input block id, several times where several are
    /// ticked; the others keep what they began with. An error when Slack would not submit that, or would not accept the service's answer.
    pub async fn submit(&self, user: &str, inputs: &[(&str, &str)]) -> Result<Answer> {
        self.submit_disguised(user, inputs, |_| {}).await
    }

    /// Submits the topmost modal, and something on the way changes the payload.
    pub async fn submit_disguised(
        &self,
        user: &str,
        inputs: &[(&str, &str)],
        disguise: impl FnOnce(&mut Value),
    ) -> Result<Answer> {
        let mut payload = self.change(|world| submission(world, user, inputs))?;
        disguise(&mut payload);
        let answer = self.interaction(&payload).await?;
        if answer.status == StatusCode::OK {
            self.change(|world| follow(world, user, &payload["view"], &answer))?;
        }
        Ok(answer)
    }

    /// Closes the topmost modal; the service hears of it only if the view asked for that.
    pub async fn close(&self, user: &str) -> Result<Option<Answer>> {
        let payload = self.change(|world| {
            let view = world.screens.close(user).with_context(|| format!("{user} sees no modal"))?;
            let mut payload = common(world, "view_closed", user)?;
            payload["is_cleared"] = false.into();
            payload["view"] = view;
            anyhow::Ok(payload)
        })?;
        if payload["view"]["notify_on_close"] != true {
            return Ok(None);
        }
        self.interaction(&payload).await.map(Some)
    }

    /// Presses a button in the topmost modal.
    pub async fn press(&self, user: &str, action_id: &str) -> Result<Answer> {
        let payload = self.change(|world| {
            let view = world.screens.top(user).with_context(|| format!("{user} sees no modal"))?.clone();
            let pressed = Pressed::find(&view["blocks"], action_id)?;
            let mut payload = block_actions(world, user, &pressed)?;
            payload["container"] = json!({"type": "view", "view_id": view["id"]});
            payload["view"] = view;
            anyhow::Ok(payload)
        })?;
        self.interaction(&payload).await
    }
}

fn submission(world: &mut World, user: &str, inputs: &[(&str, &str)]) -> Result<Value> {
    let mut view = world.screens.top(user).with_context(|| format!("{user} sees no modal"))?.clone();
    ensure!(!view["submit"].is_null(), "the modal has no submit button");
    let values = state::values(&view, inputs)?;
    world.typed.extend(state::texts(&values));
    view["state"] = json!({ "values": values });
    let mut payload = common(world, "view_submission", user)?;
    payload["trigger_id"] = world.new_trigger(user).into();
    payload["response_urls"] = json!([]);
    payload["view"] = view;
    Ok(payload)
}

/// Does with the screen what the service answered (docs.slack.dev, modals).
fn follow(world: &mut World, user: &str, submitted: &Value, answer: &Answer) -> Result<()> {
    if answer.body.is_empty() {
        world.screens.close(user);
        return Ok(());
    }
    let told: Value = serde_json::from_slice(&answer.body).context("Slack wants an empty answer or JSON")?;
    match told["response_action"].as_str() {
        None if told == json!({}) => {
            world.screens.close(user);
        }
        Some("clear") => world.screens.clear(user),
        Some("errors") => name_inputs(&told["errors"], submitted)?,
        Some("update") => {
            let view = answered_view(world, &told)?;
            let id = submitted["id"].as_str().unwrap_or_default();
            world.screens.replace(id, None, view).map_err(|error| anyhow!(error))?;
        }
        Some("push") => {
            let view = answered_view(world, &told)?;
            world.screens.push(user, view).map_err(|error| anyhow!(error))?;
        }
        _ => anyhow::bail!("Slack does not know this answer: {told}"),
    }
    Ok(())
}

fn answered_view(world: &mut World, told: &Value) -> Result<Value> {
    let refused = |failure: Failure| anyhow!("Slack refuses the view: {}", failure.into_body());
    let view = checked_view(told["view"].clone()).map_err(refused)?;
    Ok(new_view(world, view))
}

/// Errors may be told for inputs only.
fn name_inputs(errors: &Value, view: &Value) -> Result<()> {
    let errors = errors.as_object().filter(|errors| !errors.is_empty()).context("no errors by block id")?;
    for (block_id, told) in errors {
        let blocks = view["blocks"].as_array().into_iter().flatten();
        let is_input =
            blocks.into_iter().any(|block| block["type"] == "input" && block["block_id"] == *block_id);
        ensure!(
            is_input && told.is_string(),
            "Slack shows no error for {block_id:?}: it is no input of the view"
        );
    }
    Ok(())
}
