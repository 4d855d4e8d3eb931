//! Users, organizations, who belongs to them and what repositories they have.

use chrono::{DateTime, Utc};

use super::World;
use crate::ids::{GitHubUserId, OrganizationId, RepositoryId};

/// An account that can act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: GitHubUserId,
    pub login: String,
    pub kind: UserKind,
    pub created_at: DateTime<Utc>,
}

impl User {
    /// The address on their profile.
    pub(crate) fn email(&self) -> String {
        format!("{}@mail.example", self.login)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKind {
    User,
    Bot,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    pub id: OrganizationId,
    pub login: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    pub id: RepositoryId,
    pub organization: OrganizationId,
    pub name: String,
    pub private: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    pub role: Role,
    pub state: MembershipState,
}

/// What the API calls `member` and `admin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Member,
    Owner,
}

/// Only an active member is one; a pending one has not accepted the invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipState {
    Active,
    Pending,
}

impl World {
    /// The user with that login, made now unless there is one.
    pub(crate) fn add_user(&mut self, login: &str, kind: UserKind, now: DateTime<Utc>) -> User {
        if let Some(user) = self.find_user(login) {
            return user.clone();
        }
        let user = User { id: GitHubUserId(self.next_id()), login: login.into(), kind, created_at: now };
        self.users.insert(user.id, user.clone());
        user
    }

    /// The organization with that login, made now unless there is one.
    pub(crate) fn add_organization(&mut self, login: &str) -> Organization {
        if let Some(organization) = self.find_organization(login) {
            return organization.clone();
        }
        let organization = Organization { id: OrganizationId(self.next_id()), login: login.into() };
        self.organizations.insert(organization.id, organization.clone());
        organization
    }

    pub(crate) fn add_repository(&mut self, organization: &str, name: &str, private: bool) -> Repository {
        let organization = self.organization(organization).id;
        let repository =
            Repository { id: RepositoryId(self.next_id()), organization, name: name.into(), private };
        self.repositories.insert(repository.id, repository.clone());
        repository
    }

    /// By login, without regard to case.
    pub(crate) fn find_user(&self, login: &str) -> Option<&User> {
        self.users.values().find(|user| user.login.eq_ignore_ascii_case(login))
    }

    /// By login, without regard to case.
    pub(crate) fn find_organization(&self, login: &str) -> Option<&Organization> {
        self.organizations.values().find(|organization| organization.login.eq_ignore_ascii_case(login))
    }

    pub(crate) fn find_repository(&self, organization: OrganizationId, name: &str) -> Option<&Repository> {
        self.repositories.values().find(|repository| {
            repository.organization == organization && repository.name.eq_ignore_ascii_case(name)
        })
    }

    /// # Panics
    /// When nobody added the user.
    pub(crate) fn user(&self, login: &str) -> &User {
        self.find_user(login).unwrap_or_else(|| panic!("nobody added the user {login}"))
    }

    /// # Panics
    /// When nobody added the organization.
    pub(crate) fn organization(&self, login: &str) -> &Organization {
        self.find_organization(login).unwrap_or_else(|| panic!("nobody added the organization {login}"))
    }

    pub(crate) fn is_active_owner(&self, organization: OrganizationId, user: GitHubUserId) -> bool {
        let owner = Membership { role: Role::Owner, state: MembershipState::Active };
        self.memberships.get(&(organization, user)) == Some(&owner)
    }

    /// Who acts for the organization where a test doesn't say: its first owner, or else the app's.
    pub(crate) fn some_owner(&self, organization: OrganizationId) -> GitHubUserId {
        let mut users = self.users.keys().copied();
        users.find(|user| self.is_active_owner(organization, *user)).unwrap_or(self.app_owner)
    }
}
