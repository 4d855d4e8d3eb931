//! Active tokens: what approved requests become.

use chrono::{DateTime, Utc};

use super::{TokenAccess, World};
use crate::ids::{GrantId, TokenId};

/// An active token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub access: TokenAccess,
    pub granted_at: DateTime<Utc>,
}

impl World {
    pub(crate) fn grant_of(&self, token: TokenId) -> Option<&Grant> {
        self.grants.values().find(|grant| grant.access.token == token)
    }

    /// Makes the access a grant, or changes the grant that the token has.
    pub(crate) fn grant(&mut self, access: TokenAccess, now: DateTime<Utc>) -> GrantId {
        let id = match self.grant_of(access.token) {
            Some(grant) => grant.id,
            None => GrantId(self.next_id()),
        };
        self.grants.insert(id, Grant { id, access, granted_at: now });
        id
    }
}
