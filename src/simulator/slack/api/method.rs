//! The methods this Slack has, with their scopes and arguments (docs.slack.dev, methods).

use serde_json::Value;

use super::{Arguments, Failure, auth, chat, conversations, people, sharing, views};
use crate::simulator::slack::world::World;

/// One method of the Web API.
pub(super) struct Method {
    name: &'static str,
    /// Whether arguments in a JSON body count.
    pub(super) takes_json: bool,
    /// One of these is enough to call it; which one a channel needs in particular is the method's to say.
    pub(super) scopes: &'static [&'static str],
    pub(super) arguments: &'static [&'static str],
    pub(super) perform: fn(&mut World, &Arguments) -> Result<Value, Failure>,
}

impl Method {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        METHODS.iter().find(|method| method.name == name)
    }
}

const READ: &[&str] = &["channels:read", "groups:read", "im:read", "mpim:read"];
const HISTORY: &[&str] = &["channels:history", "groups:history", "im:history", "mpim:history"];

static METHODS: &[Method] = &[
    Method { name: "auth.test", takes_json: true, scopes: &[], arguments: &[], perform: auth::test },
    Method {
        name: "chat.postMessage",
        takes_json: true,
        scopes: &["chat:write"],
        arguments: &[
            "channel",
            "text",
            "blocks",
            "metadata",
            "thread_ts",
            "reply_broadcast",
            "unfurl_links",
            "unfurl_media",
            "link_names",
            "parse",
            "mrkdwn",
            "client_msg_id",
        ],
        perform: chat::post_message,
    },
    Method {
        name: "chat.update",
        takes_json: true,
        scopes: &["chat:write"],
        arguments: &["channel", "ts", "text", "blocks", "metadata", "link_names", "parse", "reply_broadcast"],
        perform: chat::update,
    },
    Method {
        name: "chat.postEphemeral",
        takes_json: true,
        scopes: &["chat:write"],
        arguments: &["channel", "user", "text", "blocks", "thread_ts", "link_names", "parse"],
        perform: chat::post_ephemeral,
    },
    Method {
        name: "chat.delete",
        takes_json: true,
        scopes: &["chat:write"],
        arguments: &["channel", "ts"],
        perform: chat::delete,
    },
    Method {
        name: "conversations.open",
        takes_json: true,
        scopes: &["im:write", "mpim:write"],
        arguments: &["users", "channel", "return_im", "prevent_creation"],
        perform: conversations::open,
    },
    Method {
        name: "conversations.info",
        takes_json: false,
        scopes: READ,
        arguments: &["channel", "include_locale", "include_num_members"],
        perform: conversations::info,
    },
    Method {
        name: "conversations.history",
        takes_json: true,
        scopes: HISTORY,
        arguments: &["channel", "cursor", "include_all_metadata", "inclusive", "latest", "limit", "oldest"],
        perform: conversations::history,
    },
    Method {
        name: "conversations.replies",
        takes_json: true,
        scopes: HISTORY,
        arguments: &[
            "channel",
            "ts",
            "cursor",
            "include_all_metadata",
            "inclusive",
            "latest",
            "limit",
            "oldest",
        ],
        perform: conversations::replies,
    },
    Method {
        name: "files.getUploadURLExternal",
        takes_json: false,
        scopes: &["files:write"],
        arguments: &["filename", "length", "alt_txt", "snippet_type"],
        perform: sharing::place,
    },
    Method {
        name: "files.completeUploadExternal",
        takes_json: true,
        scopes: &["files:write"],
        arguments: &["files", "channel_id", "channels", "initial_comment", "thread_ts", "blocks"],
        perform: sharing::complete,
    },
    Method {
        name: "users.info",
        takes_json: false,
        scopes: &["users:read"],
        arguments: &["user", "include_locale"],
        perform: people::info,
    },
    Method {
        name: "usergroups.list",
        takes_json: false,
        scopes: &["usergroups:read"],
        arguments: &["include_count", "include_disabled", "include_users", "team_id"],
        perform: people::groups,
    },
    Method {
        name: "usergroups.users.list",
        takes_json: false,
        scopes: &["usergroups:read"],
        arguments: &["usergroup", "include_disabled", "team_id"],
        perform: people::group_members,
    },
    Method {
        name: "views.open",
        takes_json: true,
        scopes: &[],
        arguments: &["trigger_id", "view"],
        perform: views::open,
    },
    Method {
        name: "views.push",
        takes_json: true,
        scopes: &[],
        arguments: &["trigger_id", "view"],
        perform: views::push,
    },
    Method {
        name: "views.update",
        takes_json: true,
        scopes: &[],
        arguments: &["view_id", "external_id", "hash", "view"],
        perform: views::update,
    },
    Method {
        name: "views.publish",
        takes_json: true,
        scopes: &[],
        arguments: &["user_id", "hash", "view"],
        perform: views::publish,
    },
];
