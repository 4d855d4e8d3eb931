//! Who and what there is in a workspace.

use std::collections::BTreeSet;

/// The team of the workspace, unless a person is given another one.
pub(super) const TEAM_ID: &str = "T0ACME";

/// The installed app.
#[derive(Clone)]
pub struct App {
    pub id: String,
    pub bot_token: String,
    pub signing_secret: String,
    pub client_id: String,
    pub client_secret: String,
    /// Where people who signed in may be sent to.
    pub redirect_urls: Vec<String>,
    pub bot_user_id: String,
    pub bot_id: String,
    /// Without it nobody can be written to directly: `messages_tab_disabled`.
    pub has_messages_tab: bool,
    /// Without it nothing can be published in the app's home.
    pub has_home_tab: bool,
}

/// The workspace the app is installed in.
#[derive(Clone, Debug)]
pub struct Workspace {
    pub team_id: String,
    pub name: String,
    pub domain: String,
    pub enterprise: Option<Enterprise>,
}

/// The Enterprise organization of a workspace.
#[derive(Clone, Debug)]
pub struct Enterprise {
    pub id: String,
    pub name: String,
    /// Installed for the whole organization: payloads then carry `"team": null`.
    pub is_org_wide_install: bool,
}

/// A person or bot. All flags have the names of `users.info`.
#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    pub name: String,
    /// Absent for some people of an Enterprise organization.
    pub team_id: Option<String>,
    pub deleted: bool,
    /// A guest of several channels.
    pub is_restricted: bool,
    /// A guest of one channel.
    pub is_ultra_restricted: bool,
    pub is_bot: bool,
    pub is_app_user: bool,
    /// From another company, by Slack Connect.
    pub is_stranger: bool,
    pub enterprise_user: Option<EnterpriseUser>,
}

/// What `users.info` tells about a person of an Enterprise organization.
#[derive(Clone, Debug)]
pub struct EnterpriseUser {
    pub id: String,
    pub enterprise_id: String,
    pub teams: Vec<String>,
}

impl User {
    /// An ordinary full member.
    pub(super) fn member(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            team_id: Some(TEAM_ID.to_owned()),
            deleted: false,
            is_restricted: false,
            is_ultra_restricted: false,
            is_bot: false,
            is_app_user: false,
            is_stranger: false,
            enterprise_user: None,
        }
    }
}

/// A conversation: a channel, or the direct messages between the app and one person.
#[derive(Clone, Debug)]
pub struct Channel {
    pub id: String,
    pub name: String,
    pub is_private: bool,
    pub is_archived: bool,
    pub is_ext_shared: bool,
    pub is_pending_ext_shared: bool,
    pub is_org_shared: bool,
    /// Whether the app's bot is a member.
    pub has_bot: bool,
    /// People of the workspace who are not in it; everybody else is.
    pub outsiders: BTreeSet<String>,
    /// The other side of direct messages.
    pub(super) direct_with: Option<String>,
}

impl Channel {
    /// A public channel with the bot and everybody in it.
    pub(super) fn public(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            is_private: false,
            is_archived: false,
            is_ext_shared: false,
            is_pending_ext_shared: false,
            is_org_shared: false,
            has_bot: true,
            outsiders: BTreeSet::new(),
            direct_with: None,
        }
    }

    /// The direct messages with a person; `U0ALICE` has `D0ALICE`.
    pub(super) fn direct(user_id: &str) -> Self {
        let id = format!("D{}", user_id.get(1..).unwrap_or_default());
        Self { is_private: true, direct_with: Some(user_id.to_owned()), ..Self::public(&id, "directmessage") }
    }

    /// Whether it is the direct messages between the app and one person.
    pub fn is_direct(&self) -> bool {
        self.direct_with.is_some()
    }

    /// Whether this person sees its messages.
    pub(super) fn is_open_to(&self, user_id: &str) -> bool {
        match &self.direct_with {
            Some(other) => other == user_id,
            None => !self.outsiders.contains(user_id),
        }
    }
}

/// A user group.
#[derive(Clone, Debug)]
pub struct Group {
    pub id: String,
    pub handle: String,
    pub members: Vec<String>,
    pub is_external: bool,
    /// Switched off, which the API calls deleted.
    pub is_disabled: bool,
}
