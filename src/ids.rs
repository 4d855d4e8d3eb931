//! The names of things: one type per identifier, so that no two can be swapped.
//!
//! GitHub's numbers are stable and are what everything is keyed by; logins and names are for people to read.

use std::fmt;

/// Declares newtypes over GitHub's 64-bit identifiers.
macro_rules! github_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

github_ids! {
    /// GitHub's number for an organization; stays when the organization is renamed.
    OrganizationId;
    /// GitHub's `pat_request_id`.
    RequestId;
    /// The number of the requester's token; ties a request to its grant (`token_id`).
    TokenId;
    /// GitHub's `pat_id`: one token's access to one organization.
    GrantId;
    /// GitHub's number for an account; stays when the login changes.
    GitHubUserId;
    /// One installation of our GitHub App in one organization.
    InstallationId;
    /// GitHub's number for a repository; stays when the repository is renamed.
    RepositoryId;
    /// GitHub's number for a team; stays when the team, and with it its slug, is renamed.
    GitHubTeamId;
}

/// Declares newtypes over identifiers that are text.
macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

text_ids! {
    /// A Slack user, `U…` or `W…`.
    SlackUserId;
    /// A Slack channel or direct message, `C…`, `G…` or `D…`.
    ChannelId;
    /// A message's `ts` within its channel.
    MessageTs;
    /// A Slack workspace, `T…`.
    TeamId;
    /// A Slack Enterprise organization, `E…`.
    EnterpriseId;
    /// A Slack app, `A…`.
    SlackAppId;
    /// A Slack user group, `S…`.
    SlackGroupId;
    /// A file in Slack, `F…`.
    SlackFileId;
    /// A GitHub team's name in addresses; another team may have it tomorrow.
    TeamSlug;
}

/// A GitHub login in lower case, because GitHub compares logins without case. For people to read: who somebody
/// is, is told by [`GitHubUserId`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Login(String);

impl Login {
    pub fn new(login: &str) -> Self {
        Self(login.to_lowercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
