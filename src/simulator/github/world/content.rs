//! What a token request asks for.

use chrono::{DateTime, Utc};

use super::{Permissions, Repository, World};
use crate::ids::{GitHubUserId, OrganizationId, TokenId};

/// What somebody fills in on GitHub's page to ask for a token.
#[derive(Clone, Debug, Default)]
pub struct NewRequest {
    pub organization: String,
    /// Login of who asks.
    pub owner: String,
    /// A token that exists and asks for other access; `None` makes a new one.
    pub token: Option<TokenId>,
    pub token_name: String,
    pub permissions: Permissions,
    pub repositories: Repositories,
    /// `None` for a token that never expires.
    pub expires_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
}

/// What of a request its owner can change while it is pending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    pub token_name: String,
    pub permissions: Permissions,
    pub repositories: Repositories,
    pub expires_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
}

/// GitHub's `repository_selection`, with the names of a subset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Repositories {
    #[default]
    None,
    All,
    Subset(Vec<String>),
}

/// Whose token may do, or wants to do, what in which organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAccess {
    pub organization: OrganizationId,
    pub owner: GitHubUserId,
    pub token: TokenId,
    pub content: Content,
}

impl Repositories {
    pub(crate) fn selection(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::All => "all",
            Self::Subset(_) => "subset",
        }
    }

    pub(crate) fn include(&self, name: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Subset(names) => names.iter().any(|each| each.eq_ignore_ascii_case(name)),
        }
    }
}

impl World {
    /// The repositories of a subset; none for the other selections, whose list GitHub says not to follow.
    pub(crate) fn repositories_of(&self, access: &TokenAccess) -> Vec<&Repository> {
        match &access.content.repositories {
            Repositories::None | Repositories::All => Vec::new(),
            Repositories::Subset(names) => {
                names.iter().filter_map(|name| self.find_repository(access.organization, name)).collect()
            }
        }
    }

    /// Remembers what somebody typed into a request, for good.
    pub(crate) fn remember_typed(&mut self, content: &Content) {
        let typed = std::iter::once(&content.token_name).chain(&content.reason);
        for text in typed.filter(|text| !text.is_empty()) {
            if !self.typed.contains(text) {
                self.typed.push(text.clone());
            }
        }
    }

    /// # Panics
    /// When a subset names a repository that nobody added.
    pub(crate) fn check_repositories(&self, access: &TokenAccess) {
        if let Repositories::Subset(names) = &access.content.repositories {
            for name in names {
                let known = self.find_repository(access.organization, name).is_some();
                assert!(known, "nobody added the repository {name}");
            }
        }
    }
}
