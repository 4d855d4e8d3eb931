//! What Slack's methods answer, cut down to what we read.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::ids::{ChannelId, EnterpriseId, MessageTs, SlackAppId, SlackUserId, TeamId};
use crate::slack::origin::SlackInstallation;

/// Whose token we hold, as `auth.test` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// `None` for an organization-wide installation.
    pub team: Option<TeamId>,
    pub enterprise: Option<EnterpriseId>,
    pub is_enterprise_install: bool,
    /// Our own user.
    pub user: SlackUserId,
    /// Our own `B…`; none means that the token is a person's.
    pub bot: Option<String>,
    /// The workspace's address, for people.
    pub url: Option<String>,
}

impl Authenticated {
    /// The installation that payloads must come from.
    pub fn installation(&self, app: SlackAppId) -> SlackInstallation {
        SlackInstallation {
            app,
            team: self.team.clone(),
            enterprise: self.enterprise.clone(),
            is_enterprise_install: self.is_enterprise_install,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct AuthAnswer {
    team_id: Option<String>,
    enterprise_id: Option<String>,
    is_enterprise_install: Option<bool>,
    user_id: String,
    bot_id: Option<String>,
    url: Option<String>,
}

impl From<AuthAnswer> for Authenticated {
    fn from(answer: AuthAnswer) -> Self {
        // Organization-wide tokens may be told the organization's id as the team's.
        let (organization, team): (Option<_>, Option<_>) = match answer.team_id {
            Some(id) if id.starts_with('E') => (Some(id), None),
            team => (None, team),
        };
        Self {
            team: team.map(TeamId::new),
            enterprise: answer.enterprise_id.or(organization).map(EnterpriseId::new),
            is_enterprise_install: answer.is_enterprise_install.unwrap_or(false),
            user: SlackUserId::new(answer.user_id),
            bot: answer.bot_id,
            url: answer.url,
        }
    }
}

/// What matters about a channel before anything is posted there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channel {
    /// People from other companies read along (Slack Connect); so too if Slack does not say.
    pub ext_shared: bool,
    /// Others are invited to; so too if Slack does not say.
    pub pending_ext_shared: bool,
    pub archived: bool,
    /// Whether we are in it.
    pub is_member: bool,
}

#[derive(Deserialize)]
pub(super) struct ChannelAnswer {
    channel: ChannelFlags,
}

#[derive(Deserialize)]
struct ChannelFlags {
    is_ext_shared: Option<bool>,
    is_pending_ext_shared: Option<bool>,
    is_archived: Option<bool>,
    is_member: Option<bool>,
}

impl From<ChannelAnswer> for Channel {
    fn from(ChannelAnswer { channel }: ChannelAnswer) -> Self {
        Self {
            ext_shared: channel.is_ext_shared.unwrap_or(true),
            pending_ext_shared: channel.is_pending_ext_shared.unwrap_or(true),
            // Posting there will tell; nobody is harmed by the attempt.
            archived: channel.is_archived.unwrap_or(false),
            is_member: channel.is_member.unwrap_or(false),
        }
    }
}

/// An answer without a list is none: nobody is in no group because Slack forgot to say who is.
#[derive(Deserialize)]
pub(super) struct GroupAnswer {
    users: Vec<String>,
}

impl From<GroupAnswer> for BTreeSet<SlackUserId> {
    fn from(GroupAnswer { users }: GroupAnswer) -> Self {
        users.into_iter().filter(|user| !user.is_empty()).map(SlackUserId::new).collect()
    }
}

/// A modal on somebody's screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenView {
    pub id: String,
    /// Given back with an update, it makes Slack refuse to overwrite a newer one.
    pub hash: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ViewAnswer {
    view: ViewIds,
}

#[derive(Deserialize)]
struct ViewIds {
    id: String,
    hash: Option<String>,
}

impl From<ViewAnswer> for OpenView {
    fn from(ViewAnswer { view }: ViewAnswer) -> Self {
        Self { id: view.id, hash: view.hash }
    }
}

#[derive(Deserialize)]
pub(super) struct Posted {
    ts: String,
}

impl From<Posted> for MessageTs {
    fn from(posted: Posted) -> Self {
        Self::new(posted.ts)
    }
}

#[derive(Deserialize)]
pub(super) struct Opened {
    channel: Named,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

impl From<Opened> for ChannelId {
    fn from(opened: Opened) -> Self {
        Self::new(opened.channel.id)
    }
}

/// Nothing but `ok` is read.
#[derive(Deserialize)]
pub(super) struct Done {}
