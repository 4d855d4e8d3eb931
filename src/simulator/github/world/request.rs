//! Token requests, pending and settled.

use chrono::{DateTime, Utc};

use super::super::variants::ListLag;
use super::{Content, Decision, NewRequest, Permissions, TokenAccess, World};
use crate::ids::{OrganizationId, RequestId, TokenId};

#[derive(Clone, Debug)]
pub(crate) struct TokenRequest {
    pub(crate) id: RequestId,
    pub(crate) access: TokenAccess,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) standing: Standing,
    /// What the token could do when this was asked for; nothing for a new one.
    pub(crate) granted_before: Permissions,
    /// Listings that still have to pass before this request shows up.
    hidden_for: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Pending,
    Decided(Decision),
    Cancelled,
    /// The organization asks for no approval, or its owner made the token.
    GrantedWithoutReview,
}

impl World {
    pub(crate) fn add_request(
        &mut self,
        new: NewRequest,
        standing: Standing,
        now: DateTime<Utc>,
    ) -> RequestId {
        let NewRequest {
            organization,
            owner,
            token,
            token_name,
            permissions,
            repositories,
            expires_at,
            reason,
        } = new;
        let access = TokenAccess {
            organization: self.organization(&organization).id,
            owner: self.user(&owner).id,
            token: token.unwrap_or_else(|| TokenId(self.next_id())),
            content: Content { token_name, permissions, repositories, expires_at, reason },
        };
        self.check_repositories(&access);
        self.remember_typed(&access.content);
        let hidden_for = match self.variants.list_lag {
            ListLag::Calls(calls) => calls,
            ListLag::None | ListLag::For(_) => 0,
        };
        let granted_before =
            self.grant_of(access.token).map(|grant| grant.access.content.permissions.clone());
        let granted_before = granted_before.unwrap_or_default();
        let id = RequestId(self.next_id());
        let request = TokenRequest { id, access, created_at: now, standing, granted_before, hidden_for };
        self.requests.insert(id, request);
        id
    }

    /// # Panics
    /// When there never was such a request.
    pub(crate) fn request(&mut self, id: RequestId) -> &mut TokenRequest {
        self.requests.get_mut(&id).unwrap_or_else(|| panic!("there is no request {id}"))
    }

    /// What one listing of the organization's requests shows; counts as a listing for [`ListLag::Calls`].
    pub(crate) fn list_requests(
        &mut self,
        organization: OrganizationId,
        now: DateTime<Utc>,
    ) -> Vec<RequestId> {
        let lag = self.variants.list_lag;
        let mut listed = Vec::new();
        for request in self.requests.values_mut() {
            if request.access.organization != organization || request.standing != Standing::Pending {
                continue;
            }
            let late = matches!(lag, ListLag::For(lag) if now < request.created_at + lag);
            if request.hidden_for > 0 {
                request.hidden_for -= 1;
            } else if !late {
                listed.push((request.created_at, request.id));
            }
        }
        listed.sort();
        listed.into_iter().map(|(_, id)| id).collect()
    }
}
