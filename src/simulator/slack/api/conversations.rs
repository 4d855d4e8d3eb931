//! `conversations.*`: opening direct messages, what a channel is, what was said in it.

use serde_json::{Value, json};

use super::{Arguments, Failure};
use crate::simulator::slack::cast::Channel;
use crate::simulator::slack::seen::Message;
use crate::simulator::slack::world::World;

/// How many messages a page has when the call does not say, and at most (docs.slack.dev, conversations.history).
const DEFAULT_LIMIT: u64 = 100;
const MOST_LIMIT: u64 = 999;

pub(super) fn open(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    if let Some(id) = arguments.text("channel") {
        let channel = world.channels.get(id).filter(|channel| channel.direct_with.is_some());
        return Ok(json!({"channel": {"id": channel.ok_or("channel_not_found")?.id}}));
    }
    let id = arguments.text("users").ok_or("users_list_not_supplied")?.to_owned();
    // The app has no business with several people at once; the real one would open a group.
    let user = world.users.get(&id).ok_or("user_not_found")?;
    if user.is_bot {
        return Err("cannot_dm_bot".into());
    }
    if user.deleted {
        return Err("user_disabled".into());
    }
    let was_open = world.channels.contains_key(&Channel::direct(&id).id);
    let channel = world.open_direct(&id);
    Ok(json!({"no_op": was_open, "already_open": was_open, "channel": {"id": channel.id}}))
}

pub(super) fn info(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let channel = visible(world, arguments, "read")?;
    let is_direct = channel.direct_with.is_some();
    let mut info = json!({
        "id": channel.id,
        "is_channel": !channel.is_private,
        "is_group": channel.is_private && !is_direct,
        "is_im": is_direct,
        "is_mpim": false,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_shared": channel.is_ext_shared || channel.is_org_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_pending_ext_shared": channel.is_pending_ext_shared,
        "is_org_shared": channel.is_org_shared,
        "is_member": channel.has_bot,
        "context_team_id": world.workspace.team_id,
    });
    match &channel.direct_with {
        Some(user) => info["user"] = user.clone().into(),
        None => info["name"] = channel.name.clone().into(),
    }
    Ok(json!({ "channel": info }))
}

pub(super) fn history(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let channel = joined(world, arguments)?;
    let said = world.messages.iter().filter(|message| {
        message.channel == channel.id && (message.thread_ts.is_none() || message.is_broadcast)
    });
    // Newest first.
    page(world, said.rev().collect(), arguments)
}

pub(super) fn replies(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let channel = joined(world, arguments)?;
    let ts = arguments.required("ts")?;
    world.message(&channel.id, ts).ok_or("thread_not_found")?;
    let is_part = |message: &&Message| message.ts == ts || message.thread_ts.as_deref() == Some(ts);
    let said = world.messages.iter().filter(|message| message.channel == channel.id).filter(is_part);
    page(world, said.collect(), arguments)
}

/// The channel, if the bot may know of it and has the scope for its kind.
fn visible(world: &World, arguments: &Arguments, right: &str) -> Result<Channel, Failure> {
    let channel =
        arguments.text("channel").and_then(|id| world.channels.get(id)).ok_or("channel_not_found")?;
    let kind = match (&channel.direct_with, channel.is_private) {
        (Some(_), _) => "im",
        (None, true) => "groups",
        (None, false) => "channels",
    };
    let scope = format!("{kind}:{right}");
    if !world.scopes.contains(&scope) {
        return Err(Failure::missing_scope(&scope, world));
    }
    if channel.is_private && !channel.has_bot {
        return Err("channel_not_found".into());
    }
    Ok(channel.clone())
}

fn joined(world: &World, arguments: &Arguments) -> Result<Channel, Failure> {
    let channel = visible(world, arguments, "history")?;
    if channel.has_bot { Ok(channel) } else { Err("not_in_channel".into()) }
}

fn page(world: &World, said: Vec<&Message>, arguments: &Arguments) -> Result<Value, Failure> {
    let limit = arguments.number("limit").unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST_LIMIT).contains(&limit) {
        return Err("invalid_limit".into());
    }
    let start = match arguments.text("cursor").filter(|cursor| !cursor.is_empty()) {
        None => 0,
        Some(cursor) => {
            cursor.strip_prefix("next:").and_then(|start| start.parse().ok()).ok_or("invalid_cursor")?
        }
    };
    let span = Span::parse(arguments)?;
    let wanted: Vec<&Message> =
        said.into_iter().filter(|message| !message.deleted && span.contains(&message.ts)).collect();
    let limit = usize::try_from(limit).map_err(|_| "invalid_limit")?;
    let with_metadata = arguments.flag("include_all_metadata");
    let end = limit.saturating_add(start);
    let shown =
        wanted.iter().skip(start).take(limit).map(|message| world.message_json(message, with_metadata));
    let mut answer = json!({"messages": shown.collect::<Vec<_>>(), "has_more": wanted.len() > end});
    if wanted.len() > end {
        answer["response_metadata"] = json!({"next_cursor": format!("next:{end}")});
    }
    Ok(answer)
}

/// The part of the past that was asked for, in microseconds.
struct Span {
    oldest: i64,
    latest: i64,
}

impl Span {
    fn parse(arguments: &Arguments) -> Result<Self, Failure> {
        // The bounds themselves belong to it only when asked for.
        let margin = i64::from(!arguments.flag("inclusive"));
        let oldest = match arguments.text("oldest") {
            Some(ts) => microseconds(ts).ok_or("invalid_ts_oldest")? + margin,
            None => 0,
        };
        let latest = match arguments.text("latest") {
            Some(ts) => microseconds(ts).ok_or("invalid_ts_latest")? - margin,
            None => i64::MAX,
        };
        Ok(Self { oldest, latest })
    }

    fn contains(&self, ts: &str) -> bool {
        microseconds(ts).is_some_and(|at| (self.oldest..=self.latest).contains(&at))
    }
}

pub(super) fn microseconds(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, "0"));
    let fraction: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction)
}
