//! `chat.*`: posting, editing and deleting messages.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::content::{Content, blocks, metadata};
use super::{Arguments, Failure};
use crate::simulator::slack::cast::Channel;
use crate::simulator::slack::seen::{Ephemeral, Message};
use crate::simulator::slack::world::World;

/// An edited text may be no longer, unlike a posted one (docs.slack.dev, chat.update).
const MOST_EDITED_TEXT: usize = 4_000;

pub(super) fn post_message(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let channel = destination(world, arguments)?;
    let content = Content::parse(arguments)?;
    let metadata = metadata(arguments)?.filter(|metadata| *metadata != json!({}));
    let thread_ts = thread(world, &channel, arguments)?;
    let client_msg_id = arguments.text("client_msg_id").map(str::to_owned);
    let message = match earlier(world, &channel, client_msg_id.as_deref()) {
        Some(message) => message.clone(),
        None => {
            let draft = world.draft(&channel.id, content);
            let is_broadcast = thread_ts.is_some() && arguments.flag("reply_broadcast");
            let message = Message { thread_ts, is_broadcast, metadata, client_msg_id, ..draft };
            world.messages.push(message.clone());
            message
        }
    };
    Ok(json!({"channel": channel.id, "ts": message.ts, "message": world.message_json(&message, true)}))
}

/// The message that this call would repeat, in a Slack that honours `client_msg_id`.
fn earlier<'a>(world: &'a World, channel: &Channel, client_msg_id: Option<&str>) -> Option<&'a Message> {
    let id = client_msg_id.filter(|_| world.variants.honours_client_msg_id)?;
    world
        .messages
        .iter()
        .find(|message| message.channel == channel.id && message.client_msg_id.as_deref() == Some(id))
}

pub(super) fn post_ephemeral(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let channel = destination(world, arguments)?;
    let user = arguments.required("user")?.to_owned();
    if !world.users.contains_key(&user) || !channel.is_open_to(&user) {
        return Err("user_not_in_channel".into());
    }
    let content = Content::parse(arguments)?;
    let thread_ts = thread(world, &channel, arguments)?;
    let Content { text, blocks } = content;
    let ts = world.next_ts();
    let channel = channel.id;
    world.ephemerals.push(Ephemeral { user, channel, ts: ts.clone(), thread_ts, text, blocks });
    Ok(json!({"message_ts": ts}))
}

pub(super) fn update(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let (channel, ts) = own_message(world, arguments, "cant_update_message")?;
    let edit = Edit::parse(arguments)?;
    let age = super::conversations::microseconds(&ts).map_or(0, |at| world.now().timestamp_micros() - at);
    if world.edit_window.is_some_and(|window| TimeDelta::microseconds(age) > window) {
        return Err("edit_window_closed".into());
    }
    let now = world.next_ts();
    let message = world.message_mut(&channel, &ts).ok_or("message_not_found")?;
    edit.apply(message, now)?;
    let message = message.clone();
    Ok(
        json!({"channel": channel, "ts": ts, "text": message.text, "message": world.message_json(&message, true)}),
    )
}

pub(super) fn delete(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let (channel, ts) = own_message(world, arguments, "cant_delete_message")?;
    let message = world.message_mut(&channel, &ts).ok_or("message_not_found")?;
    message.deleted = true;
    Ok(json!({"channel": channel, "ts": ts}))
}

/// What an edit changes; what it leaves out stays.
struct Edit {
    text: Option<String>,
    blocks: Option<Value>,
    metadata: Option<Value>,
}

impl Edit {
    fn parse(arguments: &Arguments) -> Result<Self, Failure> {
        let text = arguments.text("text").map(str::to_owned);
        if text.as_ref().is_some_and(|text| text.chars().count() > MOST_EDITED_TEXT) {
            return Err("msg_too_long".into());
        }
        let blocks = blocks(arguments)?;
        if text.is_none() && blocks.is_none() {
            return Err("no_text".into());
        }
        Ok(Self { text, blocks, metadata: metadata(arguments)? })
    }

    fn apply(self, message: &mut Message, now: String) -> Result<(), Failure> {
        if let Some(blocks) = self.blocks {
            if has_rich_text(&message.blocks) && !has_rich_text(&blocks) {
                return Err("block_mismatch".into());
            }
            message.blocks = blocks;
        }
        if let Some(text) = self.text {
            message.text = text;
        }
        if let Some(metadata) = self.metadata {
            message.metadata = Some(metadata).filter(|metadata| *metadata != json!({}));
        }
        message.edited = Some(now);
        Ok(())
    }
}

fn has_rich_text(blocks: &Value) -> bool {
    blocks.as_array().into_iter().flatten().any(|block| block["type"] == "rich_text")
}

/// Where a message goes; a user's id stands for the direct messages with them.
fn destination(world: &mut World, arguments: &Arguments) -> Result<Channel, Failure> {
    let id = arguments.text("channel").ok_or("channel_not_found")?;
    let channel = match world.channels.get(id) {
        Some(channel) => channel.clone(),
        None if world.users.contains_key(id) => world.open_direct(id),
        None => return Err("channel_not_found".into()),
    };
    if channel.direct_with.is_some() && !world.app.has_messages_tab {
        return Err("messages_tab_disabled".into());
    }
    if !channel.has_bot && channel.is_private {
        return Err("channel_not_found".into());
    }
    if !channel.has_bot && !world.scopes.contains("chat:write.public") {
        return Err("not_in_channel".into());
    }
    if channel.is_archived {
        return Err("is_archived".into());
    }
    Ok(channel)
}

fn thread(world: &World, channel: &Channel, arguments: &Arguments) -> Result<Option<String>, Failure> {
    let Some(ts) = arguments.text("thread_ts") else {
        return Ok(None);
    };
    match world.message(&channel.id, ts) {
        // A reply to a reply hangs under the same first message.
        Some(parent) => Ok(Some(parent.thread_ts.clone().unwrap_or_else(|| ts.to_owned()))),
        None => Err("thread_not_found".into()),
    }
}

/// Channel and timestamp of a message that the app itself wrote; of another's, the given error.
fn own_message(
    world: &World,
    arguments: &Arguments,
    otherwise: &'static str,
) -> Result<(String, String), Failure> {
    let id = arguments.text("channel").unwrap_or_default();
    let channel = world.channels.get(id).ok_or("channel_not_found")?;
    if !channel.has_bot && channel.is_private {
        return Err("channel_not_found".into());
    }
    if channel.is_archived {
        return Err("is_inactive".into());
    }
    let message = world.message(id, arguments.required("ts")?).ok_or("message_not_found")?;
    if message.user != world.app.bot_user_id {
        return Err(otherwise.into());
    }
    Ok((channel.id.clone(), message.ts.clone()))
}
