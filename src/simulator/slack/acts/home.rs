//! Opening the app's home and pressing its buttons.

use anyhow::{Context, Result};
use serde_json::json;

use super::Answer;
use super::payload::{Pressed, block_actions};
use crate::simulator::slack::Slack;
use crate::simulator::slack::world::World;

impl Slack {
    /// Opens the app's home; the service hears of it.
    pub async fn open_home(&self, user: &str) -> Result<Answer> {
        self.open_tab(user, "home").await
    }

    /// Opens one of the app's tabs, `home` or `messages`.
    pub async fn open_tab(&self, user: &str, tab: &str) -> Result<Answer> {
        let event = self.change(|world: &mut World| {
            let channel = world.open_direct(user);
            let mut event = json!({
                "type": "app_home_opened",
                "user": user,
                "channel": channel.id,
                "tab": tab,
                "event_ts": world.next_ts(),
            });
            // Only of the home, and once something was published there.
            if let Some(home) = world.homes.get(user).filter(|_| tab == "home") {
                event["view"] = home.clone();
            }
            event
        });
        self.event(event).await
    }

    /// Presses a button in the app's home, the one with this value where several are alike.
    pub async fn press_home(&self, user: &str, action_id: &str, value: Option<&str>) -> Result<Answer> {
        let payload = self.change(|world| {
            let home =
                world.homes.get(user).with_context(|| format!("nothing was published for {user}"))?.clone();
            let pressed = Pressed::find_with(&home["blocks"], action_id, value)?;
            let mut payload = block_actions(world, user, &pressed)?;
            payload["container"] = json!({"type": "view", "view_id": home["id"]});
            payload["view"] = home;
            anyhow::Ok(payload)
        })?;
        self.interaction(&payload).await
    }
}
