//! Answers to a click or command through its `response_url` (docs.slack.dev, handling user interaction).

use axum::body::Bytes;
use axum::extract::{ConnectInfo, OriginalUri, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::Slack;
use super::api::{Arguments, Content, Failure};
use super::fault::Reply;
use super::seen::{Ephemeral, Message};
use super::tickets::Source;
use super::world::World;
use crate::simulator::connection::Connection;

const KNOWN: [&str; 10] = [
    "text",
    "blocks",
    "response_type",
    "replace_original",
    "delete_original",
    "thread_ts",
    "metadata",
    "mrkdwn",
    "unfurl_links",
    "unfurl_media",
];

/// `POST /actions/…` and `POST /commands/…`: the URL itself is the credential.
pub(super) async fn posted(
    State(slack): State<Slack>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    OriginalUri(uri): OriginalUri,
    body: Bytes,
) -> Response {
    let arguments = Arguments::from_json(&body);
    let asked = arguments.as_ref().map_or(Value::Null, Arguments::to_value);
    let effect = |world: &mut World| match world.tickets.use_response_url(uri.path(), world.now()) {
        Err(error) => Reply::new(StatusCode::NOT_FOUND, json!({"ok": false, "error": error})),
        Ok(source) => match arguments.and_then(|arguments| answer(world, &source, &arguments)) {
            // The real one says just "ok", as text.
            Ok(()) => Reply::ok(Value::from("ok")),
            Err(failure) => Reply::new(StatusCode::BAD_REQUEST, failure.into_body()),
        },
    };
    slack.attend("response_url", asked, &connection, effect).await
}

fn answer(world: &mut World, source: &Source, arguments: &Arguments) -> Result<(), Failure> {
    arguments.only(&KNOWN)?;
    if arguments.flag("delete_original") {
        arguments.only(&["delete_original"])?;
        return original(world, source).map(|message| message.deleted = true);
    }
    let content = Content::parse(arguments)?;
    let replaces = arguments.given_flag("replace_original").unwrap_or(world.variants.replaces_by_default);
    let seen = world
        .ephemerals
        .iter_mut()
        .find(|seen| seen.user == source.user && source.message_ts.as_ref() == Some(&seen.ts));
    if let Some(seen) = seen.filter(|_| replaces) {
        (seen.text, seen.blocks) = (content.text, content.blocks);
        return Ok(());
    }
    if replaces && source.message_ts.is_some() {
        let now = world.next_ts();
        return original(world, source).map(|message| content.edit(message, now));
    }
    show(world, source, arguments, content)
}

fn original<'a>(world: &'a mut World, source: &Source) -> Result<&'a mut Message, Failure> {
    let ts = source.message_ts.as_deref().ok_or_else(|| Failure::from("message_not_found"))?;
    world.message_mut(&source.channel, ts).ok_or_else(|| Failure::from("message_not_found"))
}

fn show(world: &mut World, source: &Source, arguments: &Arguments, content: Content) -> Result<(), Failure> {
    let thread_ts = arguments.text("thread_ts").map(str::to_owned);
    let ts = world.next_ts();
    match arguments.text("response_type") {
        None | Some("ephemeral") => world.ephemerals.push(Ephemeral {
            user: source.user.clone(),
            channel: source.channel.clone(),
            ts,
            thread_ts,
            text: content.text,
            blocks: content.blocks,
        }),
        Some("in_channel") => {
            let draft = world.draft(&source.channel, content);
            world.messages.push(Message { thread_ts, ..draft });
        }
        Some(_) => return Err("invalid_response_type".into()),
    }
    Ok(())
}
