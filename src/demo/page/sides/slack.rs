//! Slack as one person has it on their screen.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::demo::Player;
use crate::simulator::slack::{Channel, Ephemeral, Message, Slack};

#[derive(Serialize)]
pub(in crate::demo::page) struct SlackSide {
    me: &'static str,
    /// By user id.
    names: BTreeMap<String, String>,
    channels: Vec<Room>,
    /// The view on top of the screen, as the service sent it.
    modal: Option<Value>,
    is_disturbed: bool,
}

#[derive(Serialize)]
struct Room {
    id: String,
    name: String,
    is_direct: bool,
    /// Oldest first.
    posts: Vec<Post>,
}

#[derive(Serialize)]
struct Post {
    ts: String,
    from: String,
    text: String,
    blocks: Value,
    is_ephemeral: bool,
    is_edited: bool,
    replies: Vec<Post>,
}

impl SlackSide {
    pub(in crate::demo::page) fn seen_by(slack: &Slack, player: &Player) -> Self {
        let ephemerals = slack.ephemerals(player.slack);
        let channels = slack.channels_of(player.slack).into_iter();
        Self {
            me: player.slack,
            names: slack.names(),
            channels: channels.map(|channel| Room::seen(slack, channel, &ephemerals)).collect(),
            modal: slack.modal(player.slack),
            is_disturbed: slack.is_disturbed(),
        }
    }
}

impl Room {
    fn seen(slack: &Slack, channel: Channel, ephemerals: &[Ephemeral]) -> Self {
        let here = || ephemerals.iter().filter(|shown| shown.channel == channel.id);
        let in_thread = |ts: &str| {
            let private = here().filter(|shown| shown.thread_ts.as_deref() == Some(ts)).map(Post::private);
            let said = slack.thread(&channel.id, ts).into_iter().filter(|message| !message.deleted);
            in_order(said.map(|message| Post::said(message, vec![])).chain(private).collect())
        };
        let said = slack.channel(&channel.id).into_iter().filter(|message| !message.deleted);
        let said = said.map(|message| {
            let replies = in_thread(&message.ts);
            Post::said(message, replies)
        });
        let private = here().filter(|shown| shown.thread_ts.is_none()).map(Post::private);
        Self {
            posts: in_order(said.chain(private).collect()),
            is_direct: channel.is_direct(),
            name: channel.name,
            id: channel.id.clone(),
        }
    }
}

impl Post {
    fn said(message: Message, replies: Vec<Post>) -> Self {
        Self {
            ts: message.ts,
            from: message.user,
            text: message.text,
            blocks: message.blocks,
            is_ephemeral: false,
            is_edited: message.edited.is_some(),
            replies,
        }
    }

    fn private(shown: &Ephemeral) -> Self {
        Self {
            ts: shown.ts.clone(),
            from: String::new(),
            text: shown.text.clone(),
            blocks: shown.blocks.clone(),
            is_ephemeral: true,
            is_edited: false,
            replies: vec![],
        }
    }
}

fn in_order(mut posts: Vec<Post>) -> Vec<Post> {
    posts.sort_by(|one, other| one.ts.cmp(&other.ts));
    posts
}
