//! What tests ask: how the world stands, and what traffic there was.

use std::time::Duration;

use anyhow::{Context, Result};

use super::world::Standing;
use super::{By, fault::Moment, fault::Stage};
use super::{Call, Decision, Delivery, GitHub, Grant, Repository, Reviews, TokenRequest};
use crate::ids::{GitHubUserId, InstallationId, RequestId, TokenId};

/// How long [`GitHub::until`] waits; far more than anything on loopback takes.
const PATIENCE: Duration = Duration::from_secs(30);

impl GitHub {
    /// What was decided on a request; `None` while pending, when cancelled, or granted without review.
    pub fn decision_on(&self, id: RequestId) -> Option<Decision> {
        self.look(|world| match &world.requests.get(&id)?.standing {
            Standing::Decided(decision) => Some(decision.clone()),
            Standing::Pending | Standing::Cancelled | Standing::GrantedWithoutReview => None,
        })
    }

    pub fn is_pending(&self, id: RequestId) -> bool {
        self.look(|world| {
            world.requests.get(&id).is_some_and(|request| request.standing == Standing::Pending)
        })
    }

    /// Every request ever made in an organization, oldest first.
    pub(crate) fn requests(&self, organization: &str) -> Vec<TokenRequest> {
        self.look(|world| {
            let organization = world.organization(organization).id;
            let all = world.requests.values();
            all.filter(|request| request.access.organization == organization).cloned().collect()
        })
    }

    /// The repositories of an organization, in the order of their making.
    pub fn repositories(&self, organization: &str) -> Vec<Repository> {
        self.look(|world| {
            let organization = world.organization(organization).id;
            let all = world.repositories.values();
            all.filter(|repository| repository.organization == organization).cloned().collect()
        })
    }

    /// The login of a user; `None` when nobody added one.
    pub fn login_of(&self, user: GitHubUserId) -> Option<String> {
        self.look(|world| Some(world.users.get(&user)?.login.clone()))
    }

    /// How many tokens of people are good for something.
    pub fn count_user_tokens(&self) -> usize {
        self.look(|world| world.user_tokens.len())
    }

    /// Whether a user is an active owner of an organization.
    pub fn is_owner(&self, organization: &str, login: &str) -> bool {
        self.look(|world| {
            let user = world.find_user(login);
            user.is_some_and(|user| world.is_active_owner(world.organization(organization).id, user.id))
        })
    }

    /// The App's installation in an organization.
    pub fn installation_in(&self, organization: &str) -> Option<InstallationId> {
        self.look(|world| {
            let organization = world.organization(organization).id;
            let installed = world.installations.iter().find(|(_, one)| one.organization == organization);
            installed.map(|(id, _)| *id)
        })
    }

    /// The token that a request is about.
    pub fn token_of(&self, id: RequestId) -> Option<TokenId> {
        self.look(|world| Some(world.requests.get(&id)?.access.token))
    }

    /// The active tokens of an organization, oldest first.
    pub fn grants(&self, organization: &str) -> Vec<Grant> {
        self.look(|world| {
            let organization = world.organization(organization).id;
            world.grants.values().filter(|grant| grant.access.organization == organization).cloned().collect()
        })
    }

    /// All calls of the API so far, in the order of their arrival.
    pub fn calls(&self) -> Vec<Call> {
        self.look(|world| world.calls.clone())
    }

    /// How often the app reviewed this request.
    pub fn reviews(&self, id: RequestId) -> Reviews {
        let by_app = self.decision_on(id).is_some_and(|decision| decision.by == By::App);
        let last = format!("/{id}");
        let reviews = |call: &&Call| {
            let moment = Moment { method: &call.method, path: &call.path, stage: Stage::Before };
            moment.is_review() && call.path.ends_with(&last)
        };
        let attempted = self.look(|world| world.calls.iter().filter(reviews).count());
        Reviews { attempted, took_effect: by_app }
    }

    /// All attempts to send webhooks so far.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.look(|world| world.deliveries.clone())
    }

    /// Returns as soon as it is true, looking again at every change; an error when that takes too long.
    pub async fn until(&self, is_true: impl Fn(&Self) -> bool) -> Result<()> {
        let comes_true = async {
            let mut changed = self.0.changed.subscribe();
            while !is_true(self) {
                changed.changed().await?;
            }
            anyhow::Ok(())
        };
        let outcome = tokio::time::timeout(PATIENCE, comes_true).await;
        outcome.with_context(|| format!("it never came true; the last calls: {}", self.last_calls()))?
    }

    /// Returns once every webhook caused by a call was answered or has failed.
    pub async fn settled(&self) -> Result<()> {
        self.until(|github| github.look(|world| world.deliveries_under_way == 0)).await
    }

    fn last_calls(&self) -> String {
        let calls = self.calls();
        let lines = calls
            .iter()
            .rev()
            .take(5)
            .map(|call| format!("{} {} → {:?}", call.method, call.path, call.status));
        lines.collect::<Vec<_>>().join("; ")
    }
}
