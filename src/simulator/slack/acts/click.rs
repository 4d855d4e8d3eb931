//! Pressing the buttons of messages.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Answer;
use super::payload::{Pressed, block_actions, response_url};
use crate::simulator::slack::Slack;
use crate::simulator::slack::seen::{Ephemeral, Message};
use crate::simulator::slack::world::World;

impl Slack {
    /// Presses a button of the message as it now stands, and the confirming one if it asks.
    pub async fn click(&self, user: &str, channel: &str, ts: &str, action_id: &str) -> Result<Answer> {
        let message = self.see(|world| world.message(channel, ts).cloned());
        match message {
            Some(message) => self.click_as_seen(user, &message, action_id).await,
            None => self.click_alone(user, channel, ts, action_id).await,
        }
    }

    /// Presses a button of a message that this person alone sees.
    async fn click_alone(&self, user: &str, channel: &str, ts: &str, action_id: &str) -> Result<Answer> {
        let payload = self.change(|world| {
            let is_it = |shown: &&Ephemeral| shown.user == user && shown.channel == channel && shown.ts == ts;
            let seen = world.ephemerals.iter().find(is_it).cloned();
            let seen = seen.with_context(|| format!("{user} sees no message {ts} in {channel}"))?;
            let mut payload = payload_from(world, user, &Place::of_private(&seen), action_id)?;
            // The message itself is not sent with it.
            payload["container"]["is_ephemeral"] = true.into();
            anyhow::Ok(payload)
        })?;
        self.interaction(&payload).await
    }

    /// Presses a button of a message as it once stood: on a phone that has not caught up.
    pub async fn click_as_seen(&self, user: &str, seen: &Message, action_id: &str) -> Result<Answer> {
        self.click_disguised(user, seen, action_id, |_| {}).await
    }

    /// Presses a button of the last message that only this person sees.
    pub async fn click_ephemeral(&self, user: &str, action_id: &str) -> Result<Answer> {
        let seen = self.ephemerals(user).pop().with_context(|| format!("{user} alone was told nothing"))?;
        let payload = self.change(|world| {
            let pressed = Pressed::find(&seen.blocks, action_id)?;
            let mut payload = block_actions(world, user, &pressed)?;
            let (channel, ts) = (&seen.channel, world.next_ts());
            // There is no copy of the message: Slack keeps none of what only one person sees.
            payload["container"] =
                json!({"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": true});
            payload["channel"] = json!({"id": channel, "name": "directmessage"});
            // What answers it may take the place of what was seen.
            payload["response_url"] = response_url(world, user, channel, &seen.ts).into();
            anyhow::Ok(payload)
        })?;
        self.interaction(&payload).await
    }

    /// Presses a button, and something between the screen and the service changes the payload.
    pub async fn click_disguised(
        &self,
        user: &str,
        seen: &Message,
        action_id: &str,
        disguise: impl FnOnce(&mut Value),
    ) -> Result<Answer> {
        let mut payload = self.change(|world| click_payload(world, user, seen, action_id))?;
        disguise(&mut payload);
        self.interaction(&payload).await
    }
}

fn click_payload(world: &mut World, user: &str, seen: &Message, action_id: &str) -> Result<Value> {
    let mut payload = payload_from(world, user, &Place::of(seen), action_id)?;
    payload["message"] = world.message_json(seen, true);
    Ok(payload)
}

/// Where a button stands.
struct Place<'a> {
    channel: &'a str,
    ts: &'a str,
    thread_ts: Option<&'a str>,
    blocks: &'a Value,
}

impl<'a> Place<'a> {
    fn of(seen: &'a Message) -> Self {
        let Message { channel, ts, thread_ts, blocks, .. } = seen;
        Self { channel, ts, thread_ts: thread_ts.as_deref(), blocks }
    }

    fn of_private(seen: &'a Ephemeral) -> Self {
        let Ephemeral { channel, ts, thread_ts, blocks, .. } = seen;
        Self { channel, ts, thread_ts: thread_ts.as_deref(), blocks }
    }
}

fn payload_from(world: &mut World, user: &str, place: &Place<'_>, action_id: &str) -> Result<Value> {
    let Place { channel, ts, thread_ts, blocks } = place;
    let room = world.channels.get(*channel).with_context(|| format!("no channel {channel}"))?;
    ensure!(room.is_open_to(user), "{user} is not in {channel}");
    let name = room.name.clone();
    let pressed = Pressed::find(blocks, action_id)?;
    let mut payload = block_actions(world, user, &pressed)?;
    payload["container"] =
        json!({"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false});
    if let Some(thread_ts) = thread_ts {
        payload["container"]["thread_ts"] = (*thread_ts).into();
    }
    payload["channel"] = json!({"id": channel, "name": name});
    payload["response_url"] = response_url(world, user, channel, ts).into();
    Ok(payload)
}
