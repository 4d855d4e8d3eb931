//! The app installed on organizations, what it may do there, and the tokens it was given.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::World;
use crate::ids::{GitHubUserId, InstallationId, OrganizationId};

/// How far a permission of the app reaches; writing includes reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Read,
    Write,
}

impl Access {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Read, Self::Write].into_iter().find(|access| access.word() == word)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Installation {
    pub(crate) id: InstallationId,
    pub(crate) organization: OrganizationId,
    pub(crate) permissions: BTreeMap<String, Access>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) suspension: Option<Suspension>,
}

#[derive(Clone, Debug)]
pub(crate) struct Suspension {
    pub(crate) by: GitHubUserId,
    pub(crate) at: DateTime<Utc>,
}

/// What an installation token stands for.
#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) installation: InstallationId,
    pub(crate) permissions: BTreeMap<String, Access>,
    pub(crate) expires_at: DateTime<Utc>,
}

impl World {
    pub(crate) fn install(&mut self, organization: &str, now: DateTime<Utc>) -> InstallationId {
        let organization = self.organization(organization).id;
        let permissions = [
            ("organization_personal_access_token_requests", Access::Write),
            ("organization_personal_access_tokens", Access::Write),
            ("members", Access::Read),
        ];
        let installation = Installation {
            id: InstallationId(self.next_id()),
            organization,
            permissions: permissions.map(|(name, access)| (name.to_owned(), access)).into(),
            created_at: now,
            suspension: None,
        };
        let id = installation.id;
        self.installations.insert(id, installation);
        id
    }

    pub(crate) fn installation_on(&self, organization: OrganizationId) -> Option<&Installation> {
        self.installations.values().find(|installation| installation.organization == organization)
    }

    /// # Panics
    /// When the app was never installed under this id, or is not any more.
    pub(crate) fn installation(&mut self, id: InstallationId) -> &mut Installation {
        self.installations.get_mut(&id).unwrap_or_else(|| panic!("there is no installation {id}"))
    }

    /// GitHub sends an app the events it may read, and nothing while it is suspended.
    pub(crate) fn hears_of_requests(&self, organization: OrganizationId) -> bool {
        self.installation_on(organization).is_some_and(|installation| {
            installation.suspension.is_none()
                && installation.permissions.contains_key("organization_personal_access_token_requests")
        })
    }
}
