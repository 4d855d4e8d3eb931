//! What people see on their screens.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Slack;
use super::cast::Channel;
use super::render::render;

/// A message as it now stands.
#[derive(Clone, Debug)]
pub struct Message {
    pub channel: String,
    pub ts: String,
    /// The message under which this one hangs.
    pub thread_ts: Option<String>,
    /// Whether it stands in the channel as well.
    pub is_broadcast: bool,
    /// Who wrote it.
    pub user: String,
    /// What notifications and screen readers say.
    pub text: String,
    /// An array, empty without blocks.
    pub blocks: Value,
    pub metadata: Option<Value>,
    /// When it was last edited.
    pub edited: Option<String>,
    pub deleted: bool,
    pub(super) client_msg_id: Option<String>,
}

/// A message that one person alone sees.
#[derive(Clone, Debug)]
pub struct Ephemeral {
    pub user: String,
    pub channel: String,
    /// Where it stands among the messages; no call knows it by that.
    pub ts: String,
    pub thread_ts: Option<String>,
    pub text: String,
    pub blocks: Value,
}

impl Message {
    /// As lines of plain text: the blocks, or the text of a message without any.
    pub fn on_screen(&self) -> String {
        on_screen(&self.text, &self.blocks)
    }
}

impl Ephemeral {
    /// As lines of plain text: the blocks, or the text of a message without any.
    pub fn on_screen(&self) -> String {
        on_screen(&self.text, &self.blocks)
    }
}

fn on_screen(text: &str, blocks: &Value) -> String {
    if blocks.as_array().is_some_and(|blocks| !blocks.is_empty()) { render(blocks) } else { text.to_owned() }
}

impl Slack {
    /// The messages of a channel but for those in threads, oldest first, deleted ones included.
    pub fn channel(&self, id: &str) -> Vec<Message> {
        self.messages(|message| message.channel == id && message.thread_ts.is_none())
    }

    /// The replies under a message, oldest first.
    pub fn thread(&self, channel: &str, ts: &str) -> Vec<Message> {
        self.messages(|message| message.channel == channel && message.thread_ts.as_deref() == Some(ts))
    }

    /// What the app wrote to a person directly, replies included.
    pub fn dms(&self, user: &str) -> Vec<Message> {
        let channel = Channel::direct(user).id;
        self.messages(|message| message.channel == channel)
    }

    /// Every message, in the order of posting.
    pub fn all_messages(&self) -> Vec<Message> {
        self.messages(|_| true)
    }

    /// What only this person was shown, in any channel, answers to commands included.
    pub fn ephemerals(&self, user: &str) -> Vec<Ephemeral> {
        self.see(|world| world.ephemerals.iter().filter(|shown| shown.user == user).cloned().collect())
    }

    /// The conversations that this person sees, channels before direct messages.
    pub fn channels_of(&self, user: &str) -> Vec<Channel> {
        let mut open: Vec<_> = self.see(|world| {
            world.channels.values().filter(|channel| channel.is_open_to(user)).cloned().collect()
        });
        open.sort_by_key(Channel::is_direct);
        open
    }

    /// Everybody in the workspace, bots included, as id and name.
    pub fn names(&self) -> BTreeMap<String, String> {
        self.see(|world| world.users.values().map(|user| (user.id.clone(), user.name.clone())).collect())
    }

    /// The view on top of this person's screen.
    pub fn modal(&self, user: &str) -> Option<Value> {
        self.see(|world| world.screens.top(user).cloned())
    }

    /// What this person sees in the app's home.
    pub fn home(&self, user: &str) -> Option<Value> {
        self.see(|world| world.homes.get(user).cloned())
    }

    fn messages(&self, is_wanted: impl Fn(&Message) -> bool) -> Vec<Message> {
        self.see(|world| world.messages.iter().filter(|message| is_wanted(message)).cloned().collect())
    }
}
