//! Everything the workspace remembers, behind one lock.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::cast::{App, Channel, Group, TEAM_ID, User, Workspace};
use super::fault::Call;
use super::files::Files;
use super::screens::Screens;
use super::seen::{Ephemeral, Message};
use super::sign_in::SignIns;
use super::tickets::{Source, Tickets};
use super::variants::Variants;
use crate::chance::Chance;
use crate::clock::Clock;

/// The bot scopes that Countersign's manifest asks for.
const SCOPES: [&str; 10] = [
    "chat:write",
    "commands",
    "im:write",
    "users:read",
    "usergroups:read",
    "channels:read",
    "groups:read",
    "channels:history",
    "groups:history",
    "files:write",
];

pub(super) struct World {
    clock: Clock,
    chance: Chance,
    pub(super) base_url: String,
    pub(super) service: Option<String>,
    pub(super) app: App,
    pub(super) is_token_revoked: bool,
    /// How long after posting a message may be edited; the workspace's owners decide.
    pub(super) edit_window: Option<TimeDelta>,
    pub(super) workspace: Workspace,
    pub(super) scopes: BTreeSet<String>,
    pub(super) variants: Variants,
    pub(super) users: BTreeMap<String, User>,
    pub(super) channels: BTreeMap<String, Channel>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) messages: Vec<Message>,
    pub(super) ephemerals: Vec<Ephemeral>,
    pub(super) screens: Screens,
    /// What was published in the app's home, by person.
    pub(super) homes: BTreeMap<String, Value>,
    pub(super) tickets: Tickets,
    /// What people wrote in forms and behind commands.
    pub(super) typed: Vec<String>,
    pub(super) sign_ins: SignIns,
    pub(super) files: Files,
    pub(super) calls: Vec<Call>,
    last_ts: i64,
    serial: u64,
}

impl World {
    pub(super) fn new(clock: Clock, chance: Chance, base_url: String) -> Self {
        let app = App {
            id: "A0COUNTER".to_owned(),
            bot_token: format!("xoxb-{}", hex::encode(chance.bytes::<16>())),
            signing_secret: hex::encode(chance.bytes::<16>()),
            client_id: "25259531569.1115258246291".to_owned(),
            client_secret: "c0ffee00d15ea5e0c0ffee00d15ea5e0".to_owned(),
            redirect_urls: vec!["https://countersign.example.com/link/slack".to_owned()],
            bot_user_id: "U0COUNTER".to_owned(),
            bot_id: "B0COUNTER".to_owned(),
            has_messages_tab: true,
            has_home_tab: true,
        };
        let bot = User { is_bot: true, ..User::member(&app.bot_user_id, "countersign") };
        Self {
            clock,
            chance,
            base_url,
            service: None,
            users: BTreeMap::from([(bot.id.clone(), bot)]),
            app,
            is_token_revoked: false,
            edit_window: None,
            workspace: Workspace {
                team_id: TEAM_ID.to_owned(),
                name: "Acme".to_owned(),
                domain: "acme".to_owned(),
                enterprise: None,
            },
            scopes: SCOPES.map(str::to_owned).into(),
            variants: Variants::default(),
            channels: BTreeMap::new(),
            groups: BTreeMap::new(),
            messages: Vec::new(),
            ephemerals: Vec::new(),
            screens: Screens::default(),
            homes: BTreeMap::new(),
            tickets: Tickets::default(),
            typed: Vec::new(),
            sign_ins: SignIns::default(),
            files: Files::default(),
            calls: Vec::new(),
            last_ts: 0,
            serial: 0,
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Random bytes.
    pub(super) fn drawn<const N: usize>(&self) -> [u8; N] {
        self.chance.bytes()
    }

    /// The next number, for ids.
    pub(super) fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// A message's timestamp: the time in seconds and microseconds, and different from every other.
    pub(super) fn next_ts(&mut self) -> String {
        self.last_ts = self.now().timestamp_micros().max(self.last_ts + 1);
        format!("{}.{:06}", self.last_ts / 1_000_000, self.last_ts % 1_000_000)
    }

    /// A fresh trigger id for something that this person just did.
    pub(super) fn new_trigger(&mut self, user: &str) -> String {
        let id =
            format!("{}.{}.{}", self.next(), self.now().timestamp(), hex::encode(self.chance.bytes::<16>()));
        self.tickets.add_trigger(id.clone(), user, self.now());
        id
    }

    /// A fresh response URL of one kind, `actions` or `commands`.
    pub(super) fn new_response_url(&mut self, kind: &str, source: Source) -> String {
        let secret = hex::encode(self.chance.bytes::<12>());
        let serial = self.next();
        let path = format!("/{kind}/{}/{serial}/{secret}", self.workspace.team_id);
        self.tickets.add_response_url(path.clone(), source, self.now());
        format!("{}{path}", self.variants.response_url_base.as_ref().unwrap_or(&self.base_url))
    }

    /// A message that still stands.
    pub(super) fn message(&self, channel: &str, ts: &str) -> Option<&Message> {
        self.messages
            .iter()
            .find(|message| message.channel == channel && message.ts == ts && !message.deleted)
    }

    pub(super) fn message_mut(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        self.messages
            .iter_mut()
            .find(|message| message.channel == channel && message.ts == ts && !message.deleted)
    }

    /// Opens the direct messages with a person, if they are not open yet.
    pub(super) fn open_direct(&mut self, user_id: &str) -> Channel {
        let channel = Channel::direct(user_id);
        self.channels.entry(channel.id.clone()).or_insert(channel).clone()
    }
}

/// Gives every block an id, as Slack does with those that came without.
pub(super) fn with_block_ids(mut blocks: Value) -> Value {
    for (index, block) in blocks.as_array_mut().into_iter().flatten().enumerate() {
        if let Some(fields) = block.as_object_mut() {
            fields.entry("block_id").or_insert_with(|| Value::from(format!("made-{index}")));
        }
    }
    blocks
}
