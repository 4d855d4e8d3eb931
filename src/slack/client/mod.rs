//! What we ask Slack and tell it: one method for each.
//!
//! Every call is made once and ends in time; whether and when to try again is for the jobs to say.

mod abilities;
mod answers;
mod history;
mod holds;
#[cfg(test)]
mod tests;
mod transport;
mod trouble;
mod upload;
mod user;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::Serialize;
use url::Url;

use super::block::Blocks;
use super::fallback::Fallback;
use super::home::HomeView;
use super::message::{Message, View};
use super::origin::SlackInstallation;
use super::reply::{ReplyHosts, ResponseUrl, TriggerId};
use crate::clock::{Clock, Deadline};
use crate::identity::SlackAccount;
use crate::ids::{ChannelId, MessageTs, SlackGroupId, SlackUserId, TeamId};
use crate::pace::Pace;
use crate::upstream::Upstream;
use answers::{AuthAnswer, ChannelAnswer, Done, GroupAnswer, Opened, Posted, ViewAnswer};
use transport::Transport;
use user::UserAnswer;

pub use abilities::{Ability, Lack, ScopeNews};
pub use answers::{Authenticated, Channel, OpenView};
pub use history::Wanted;
pub use trouble::Trouble;
pub use upload::UploadPlace;

/// As many messages as a channel takes at once when it was quiet before.
const BURST: i32 = 20;

/// By this metadata a card is found again.
const EVENT_TYPE: &str = "countersign_request";

/// Slack's Web API with our bot's token; cheap to clone.
#[derive(Clone, Debug)]
pub struct Slack {
    transport: Transport,
    hosts: ReplyHosts,
    pace: Pace<ChannelId>,
}

/// What a client has to be told.
pub struct SlackSettings<'a> {
    /// `https://slack.com/api` for the real one.
    pub api_url: &'a Url,
    pub token: &'a SecretString,
    /// The longest one call may take.
    pub patience: Duration,
    /// The distance of messages to one channel, after a burst.
    pub channel_interval: TimeDelta,
    pub clock: Clock,
}

impl Slack {
    /// A client for the API. Fails if the system's certificates can't be read.
    pub fn new(settings: SlackSettings<'_>) -> anyhow::Result<Self> {
        let SlackSettings { api_url, token, patience, channel_interval, clock } = settings;
        Ok(Self {
            transport: Transport::new(api_url, token, patience, clock)?,
            hosts: ReplyHosts::new(api_url.clone()),
            pace: Pace::new(channel_interval, BURST),
        })
    }

    /// The same for work that can wait: while Slack does not work, its calls are not sent. Whatever somebody waits for is
    /// tried all the same.
    pub fn patient(&self) -> Self {
        Self { transport: self.transport.patient(), ..self.clone() }
    }

    /// The methods that Slack asked to leave alone, and until when.
    pub fn rests(&self) -> Vec<(String, DateTime<Utc>)> {
        self.transport.holds().all()
    }

    /// Leaves a method alone; another replica was asked to.
    pub fn rest(&self, method: &str, until: DateTime<Utc>) {
        self.transport.holds().hold_until(method, until);
    }

    /// Returns when Slack has asked to leave a method alone.
    pub async fn is_to_rest(&self) {
        self.transport.holds().changed().await;
    }

    /// Whose turn it is in which channel; whoever posts has to ask.
    pub fn pace(&self) -> &Pace<ChannelId> {
        &self.pace
    }

    /// How Slack does, as far as our calls tell.
    pub fn upstream(&self) -> &Upstream {
        self.transport.upstream()
    }

    /// What the app can't do for want of a scope, as far as Slack has said so to this process.
    pub fn lacks(&self) -> Vec<Lack> {
        self.transport.abilities().missing()
    }

    /// What of that has changed and was not passed on yet.
    pub fn scope_news(&self) -> Vec<ScopeNews> {
        self.transport.abilities().news()
    }

    /// The operators are going to hear of it.
    pub fn scope_news_told(&self, news: &ScopeNews) {
        self.transport.abilities().told(news);
    }

    /// The hosts at which interactions may be answered.
    pub fn reply_hosts(&self) -> &ReplyHosts {
        &self.hosts
    }

    /// Takes back a response_url that was kept.
    pub fn response_url(&self, text: &str) -> Option<ResponseUrl> {
        self.hosts.allow(text)
    }

    /// Whose token this is.
    pub async fn auth_test(&self) -> Result<Authenticated, Trouble> {
        self.transport.post::<AuthAnswer>("auth.test", &NoArguments {}).await.map(Into::into)
    }

    /// Posts a message and says where it stands.
    pub async fn post_message(&self, channel: &ChannelId, message: &Message) -> Result<MessageTs, Trouble> {
        let body = Post::of(channel, message);
        self.transport.post::<Posted>("chat.postMessage", &body).await.map(Into::into)
    }

    /// The same for a message that must not go out late: nothing is sent once the deadline is over, and the connection
    /// is dropped then.
    pub async fn post_message_before(
        &self,
        deadline: &Deadline,
        channel: &ChannelId,
        message: &Message,
    ) -> Result<MessageTs, Trouble> {
        let body = Post::of(channel, message);
        self.transport.post_before::<Posted>(deadline, "chat.postMessage", &body).await.map(Into::into)
    }

    /// Replaces a message of ours: blocks, text and metadata.
    pub async fn update_message(
        &self,
        channel: &ChannelId,
        ts: &MessageTs,
        message: &Message,
    ) -> Result<(), Trouble> {
        let body = Update {
            channel: channel.as_str(),
            ts: ts.as_str(),
            content: message.into(),
            metadata: Option::from(message).map_or(Kept::Nothing {}, Kept::Of),
        };
        self.transport.post::<Done>("chat.update", &body).await.map(drop)
    }

    /// Shows a message to one person in a channel; it can't be changed later.
    pub async fn post_ephemeral(
        &self,
        channel: &ChannelId,
        user: &SlackUserId,
        message: &Message,
    ) -> Result<(), Trouble> {
        let body = Ephemeral {
            channel: channel.as_str(),
            user: user.as_str(),
            content: message.into(),
            thread_ts: message.thread.as_ref().map(MessageTs::as_str),
        };
        self.transport.post::<Done>("chat.postEphemeral", &body).await.map(drop)
    }

    /// The direct-message channel with one person; made if there is none.
    pub async fn open_dm(&self, user: &SlackUserId) -> Result<ChannelId, Trouble> {
        let body = Open { users: user.as_str() };
        self.transport.post::<Opened>("conversations.open", &body).await.map(Into::into)
    }

    /// Who may read along in a channel, and whether we may post.
    pub async fn channel(&self, channel: &ChannelId) -> Result<Channel, Trouble> {
        let arguments = [("channel", channel.as_str())];
        self.transport.get::<ChannelAnswer>("conversations.info", &arguments).await.map(Into::into)
    }

    /// What kind of account a person has, seen from our installation.
    pub async fn user(&self, user: &SlackUserId, ours: &SlackInstallation) -> Result<SlackAccount, Trouble> {
        let answer = self.transport.get::<UserAnswer>("users.info", &[("user", user.as_str())]).await?;
        Ok(answer.account(ours))
    }

    /// Everybody in a user group; `team` is the workspace it is in, which only organization-wide apps have to say. A group
    /// that is switched off is none to Slack, and must not be one to us: so it is not asked for.
    pub async fn user_group(
        &self,
        group: &SlackGroupId,
        team: Option<&TeamId>,
    ) -> Result<BTreeSet<SlackUserId>, Trouble> {
        let team = team.map(|team| ("team_id", team.as_str()));
        let arguments: Vec<_> = [("usergroup", group.as_str())].into_iter().chain(team).collect();
        self.transport.get::<GroupAnswer>("usergroups.users.list", &arguments).await.map(Into::into)
    }

    /// Opens a modal for whoever clicked; the trigger lives 3 s and works once.
    pub async fn views_open(&self, trigger: &TriggerId, view: &View) -> Result<OpenView, Trouble> {
        let body = OpenModal { trigger_id: trigger.expose(), view };
        self.transport.post::<ViewAnswer>("views.open", &body).await.map(Into::into)
    }

    /// Replaces an open modal's content.
    pub async fn views_update(&self, open: &OpenView, view: &View) -> Result<OpenView, Trouble> {
        let body = UpdateModal { view_id: &open.id, hash: open.hash.as_deref(), view };
        self.transport.post::<ViewAnswer>("views.update", &body).await.map(Into::into)
    }

    /// Opens a modal on top of the one in which somebody clicked.
    pub async fn views_push(&self, trigger: &TriggerId, view: &View) -> Result<OpenView, Trouble> {
        let body = OpenModal { trigger_id: trigger.expose(), view };
        self.transport.post::<ViewAnswer>("views.push", &body).await.map(Into::into)
    }

    /// Replaces what somebody's home shows. With the hash of what was published there before, Slack refuses to overwrite
    /// anything else.
    pub async fn views_publish(
        &self,
        user: &SlackUserId,
        hash: Option<&str>,
        view: &HomeView,
    ) -> Result<OpenView, Trouble> {
        let body = PublishHome { user_id: user.as_str(), hash, view };
        self.transport.post::<ViewAnswer>("views.publish", &body).await.map(Into::into)
    }

    /// Tells the person who clicked or typed something that nobody else sees; leaves the clicked message alone.
    pub async fn respond(&self, to: &ResponseUrl, message: &Message) -> Result<(), Trouble> {
        self.answer(to, message, false).await
    }

    /// The same in place of the message that was clicked on.
    pub async fn replace(&self, to: &ResponseUrl, message: &Message) -> Result<(), Trouble> {
        self.answer(to, message, true).await
    }

    async fn answer(
        &self,
        to: &ResponseUrl,
        message: &Message,
        replace_original: bool,
    ) -> Result<(), Trouble> {
        let body = Response {
            response_type: "ephemeral",
            replace_original,
            text: &message.fallback,
            blocks: &message.blocks,
        };
        self.transport.respond(to, &body).await
    }
}

#[derive(Serialize)]
struct NoArguments {}

#[derive(Serialize)]
struct Post<'a> {
    channel: &'a str,
    #[serde(flatten)]
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_ts: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    reply_broadcast: bool,
    unfurl_links: bool,
    unfurl_media: bool,
}

impl<'a> Post<'a> {
    fn of(channel: &'a ChannelId, message: &'a Message) -> Self {
        Self {
            channel: channel.as_str(),
            content: message.into(),
            metadata: message.into(),
            thread_ts: message.thread.as_ref().map(MessageTs::as_str),
            reply_broadcast: message.is_broadcast,
            unfurl_links: false,
            unfurl_media: false,
        }
    }
}

#[derive(Serialize)]
struct Update<'a> {
    channel: &'a str,
    ts: &'a str,
    #[serde(flatten)]
    content: Content<'a>,
    metadata: Kept<'a>,
}

#[derive(Serialize)]
struct Ephemeral<'a> {
    channel: &'a str,
    user: &'a str,
    #[serde(flatten)]
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_ts: Option<&'a str>,
}

/// What every message method takes. `parse: none` keeps Slack from finding links and names in the text.
#[derive(Serialize)]
struct Content<'a> {
    text: &'a Fallback,
    blocks: &'a Blocks,
    parse: &'static str,
}

impl<'a> From<&'a Message> for Content<'a> {
    fn from(message: &'a Message) -> Self {
        Self { text: &message.fallback, blocks: &message.blocks, parse: "none" }
    }
}

#[derive(Serialize)]
struct Metadata<'a> {
    event_type: &'static str,
    event_payload: Payload<'a>,
}

/// What an update says of a message that is about no request: Slack keeps what is left out.
#[derive(Serialize)]
#[serde(untagged)]
enum Kept<'a> {
    Of(Metadata<'a>),
    Nothing {},
}

#[derive(Serialize)]
struct Payload<'a> {
    key: &'a str,
}

impl<'a> From<&'a Message> for Option<Metadata<'a>> {
    fn from(message: &'a Message) -> Self {
        let key = message.key.as_ref()?;
        Some(Metadata { event_type: EVENT_TYPE, event_payload: Payload { key: key.as_str() } })
    }
}

#[derive(Serialize)]
struct Open<'a> {
    users: &'a str,
}

#[derive(Serialize)]
struct OpenModal<'a> {
    trigger_id: &'a str,
    view: &'a View,
}

#[derive(Serialize)]
struct PublishHome<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<&'a str>,
    view: &'a HomeView,
}

#[derive(Serialize)]
struct UpdateModal<'a> {
    view_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<&'a str>,
    view: &'a View,
}

#[derive(Serialize)]
struct Response<'a> {
    response_type: &'static str,
    replace_original: bool,
    text: &'a Fallback,
    blocks: &'a Blocks,
}
