//! What people do on GitHub's pages. Each act returns once its webhook was answered or has failed.

use chrono::{DateTime, Utc};

use super::world::{Standing, World};
use super::{Action, By, Content, Decision, GitHub, NewRequest, NotDone};
use crate::ids::{GitHubUserId, GrantId, RequestId, TokenId};

impl GitHub {
    /// Asks for a token: `created`.
    pub async fn request_token(&self, new: NewRequest) -> RequestId {
        let now = self.0.clock.now();
        let id = self.change(|world| world.add_request(new, Standing::Pending, now));
        self.tell_of_request("created", id, owner).await;
        id
    }

    /// Changes a pending request under its id, which is announced or not, see [`super::Variants`].
    pub async fn edit_request(&self, id: RequestId, edit: impl FnOnce(&mut Content)) -> Result<(), NotDone> {
        let announced = self.change(|world| {
            if world.request(id).standing != Standing::Pending {
                return Err(NotDone::NotPending);
            }
            edit(&mut world.request(id).access.content);
            let content = world.requests[&id].access.content.clone();
            world.remember_typed(&content);
            world.check_repositories(&world.requests[&id].access);
            Ok(world.variants.edits_are_announced)
        })?;
        if announced {
            self.tell_of_request("created", id, owner).await;
        }
        Ok(())
    }

    /// The owner takes the request back: `cancelled`.
    pub async fn cancel_request(&self, id: RequestId) -> Result<(), NotDone> {
        self.change(|world| world.cancel(id))?;
        self.tell_of_request("cancelled", id, owner).await;
        Ok(())
    }

    /// An organization owner decides on GitHub's page: `approved` or `denied`, with that owner as sender.
    pub async fn decide_on_page(
        &self,
        id: RequestId,
        login: &str,
        action: Action,
        reason: Option<&str>,
    ) -> Result<(), NotDone> {
        let decision = Decision {
            action,
            by: By::User(login.to_owned()),
            reason: reason.map(str::to_owned),
            at: self.0.clock.now(),
        };
        let decider = self.change(|world| {
            let (organization, decider) = (world.request(id).access.organization, world.user(login).id);
            if !world.is_active_owner(organization, decider) {
                return Err(NotDone::NotAnOwner);
            }
            world.decide(id, decision).map(|()| decider)
        })?;
        self.tell_of_request(action.event(), id, |_, _| decider).await;
        Ok(())
    }

    /// A token granted at once, as to an organization owner or where no approval is asked for: `approved` alone.
    pub async fn grant_without_review(&self, new: NewRequest) -> RequestId {
        let now = self.0.clock.now();
        let id = self.change(|world| {
            let id = world.add_request(new, Standing::GrantedWithoutReview, now);
            let access = world.request(id).access.clone();
            world.grant(access, now);
            id
        });
        self.tell_of_request("approved", id, owner).await;
        id
    }

    /// The same, and nothing announces it: its webhook is lost, or it was there before we came.
    pub fn grant_silently(&self, new: NewRequest) -> GrantId {
        let now = self.0.clock.now();
        self.change(|world| {
            let id = world.add_request(new, Standing::GrantedWithoutReview, now);
            let access = world.request(id).access.clone();
            world.grant(access, now)
        })
    }

    /// A token loses its access: its owner deletes it, or an organization owner revokes it. Nothing announces that.
    pub fn end_grant(&self, id: GrantId) {
        self.change(|world| world.grants.remove(&id));
    }

    /// The token is used at `at`; nothing announces that.
    pub fn use_token(&self, token: TokenId, at: DateTime<Utc>) {
        self.change(|world| world.last_used.insert(token, at));
    }

    async fn tell_of_request(
        &self,
        action: &'static str,
        id: RequestId,
        sender: impl FnOnce(&World, RequestId) -> GitHubUserId,
    ) {
        let webhook = self.look(|world| {
            let sender = sender(world, id);
            self.view(world).request_webhook(action, id, sender)
        });
        self.send(webhook).await;
    }
}

fn owner(world: &World, id: RequestId) -> GitHubUserId {
    world.requests[&id].access.owner
}
