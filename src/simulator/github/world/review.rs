//! Decisions on pending requests, by the app or by people on GitHub's page.

use chrono::{DateTime, Utc};

use super::{Standing, World};
use crate::ids::RequestId;

/// What became of a request, and who made it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub action: Action,
    pub by: By,
    pub reason: Option<String>,
    pub at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Approve,
    Deny,
}

impl Action {
    /// The action of the webhook that tells of it.
    pub(crate) fn event(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Deny => "denied",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The app, by a call with an installation token.
    App,
    /// The owner with this login, on GitHub's page.
    User(String),
}

/// Why an act changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    #[error("the request is not pending")]
    NotPending,
    #[error("only an active owner of the organization can decide")]
    NotAnOwner,
}

impl World {
    pub(crate) fn decide(&mut self, id: RequestId, decision: Decision) -> Result<(), NotDone> {
        let request = self.requests.get_mut(&id).ok_or(NotDone::NotPending)?;
        if request.standing != Standing::Pending {
            return Err(NotDone::NotPending);
        }
        let (action, at) = (decision.action, decision.at);
        request.standing = Standing::Decided(decision);
        let access = request.access.clone();
        match action {
            Action::Approve => {
                self.grant(access, at);
            }
            Action::Deny => {}
        }
        Ok(())
    }

    pub(crate) fn cancel(&mut self, id: RequestId) -> Result<(), NotDone> {
        let request = self.request(id);
        if request.standing != Standing::Pending {
            return Err(NotDone::NotPending);
        }
        request.standing = Standing::Cancelled;
        Ok(())
    }
}
