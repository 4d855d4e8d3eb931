//! May this Slack user do this to this request, now? Facts are asked for live, the answer is the policies'.

use std::collections::BTreeMap;

use super::{App, PlaceError, Rules};
use crate::github::Place;
use crate::identity::{Identity, Membership, SlackAccount};
use crate::ids::SlackUserId;
use crate::policy::{Account, Act, Judgement, Question, Settling, Who};
use crate::request::{Facts, Refusal, TokenRequest, Vote};

/// A link from the reviewed mapping is as old as the review: no waiting time applies.
const REVIEWED_LINK_HOURS: i64 = 1_000_000;

/// The group whose members may freeze everything; known by name like in the built-in policies.
const MANAGERS: &str = "managers";

/// Who asks, as far as could be established, and what the policies say.
#[derive(Debug, Clone)]
pub struct Asker {
    pub slack: SlackUserId,
    pub identity: Identity,
    pub judgement: Judgement,
}

impl App {
    /// Judges one person and one act on one request on facts asked for now.
    pub async fn judge(&self, rules: &Rules, slack: &SlackUserId, act: Act, request: &TokenRequest) -> Asker {
        let who = self.who(rules, slack, request).await;
        let judgement = self.judge_as(rules, &who, act, request);
        Asker { slack: slack.clone(), identity: who.identity, judgement }
    }

    /// Judges an act that can't bring anything about on GitHub: a look, or taking back what was never sent. Where GitHub
    /// can't be asked who this is, our own record tells, and what only GitHub could add counts as fine; else the very
    /// trouble that such an act is for would forbid it. Who is known to have no right is still refused.
    pub async fn judge_harmless(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        act: Act,
        request: &TokenRequest,
    ) -> Asker {
        let who = self.who(rules, slack, request).await;
        let judgement = self.judge_as(rules, &who, act, request);
        if !judgement.refusal.as_ref().is_some_and(Refusal::is_uncertain) {
            return Asker { slack: slack.clone(), identity: who.identity, judgement };
        }
        let identity = match who.identity {
            Identity::Doubtful(_) => self.identity_on_record(rules, slack).await,
            known @ (Identity::Linked(_) | Identity::Unlinked) => known,
        };
        let who = Who { identity, is_github_silent: true, ..who };
        let judgement = self.judge_as(rules, &who, act, request);
        Asker { slack: slack.clone(), identity: who.identity, judgement }
    }

    /// Everything that can be established now about a person, as far as the request's organization is concerned.
    pub async fn who(&self, rules: &Rules, slack: &SlackUserId, request: &TokenRequest) -> Who {
        let place = self.place_of(request).await;
        let identity = match &place {
            Ok(place) => self.identity_of(rules, slack, place.installation).await,
            Err(error) => Identity::Doubtful(error.to_string()),
        };
        Who {
            slack: slack.clone(),
            account: self.slack_account(slack).await,
            membership: self.membership_of(&identity, place.as_ref()).await,
            groups: rules.book.groups_of(slack),
            unknown_groups: BTreeMap::new(),
            is_own: is_own(&identity, &request.facts),
            link_age_hours: REVIEWED_LINK_HOURS,
            is_github_silent: false,
            identity,
        }
    }

    /// Judges a person about whom everything has just been established, on any request of that organization.
    pub fn judge_as(&self, rules: &Rules, who: &Who, act: Act, request: &TokenRequest) -> Judgement {
        let who = Who { is_own: is_own(&who.identity, &request.facts), ..who.clone() };
        let route = rules.book.routing.route_for(&request.facts);
        rules.policy.may(&Question {
            who: &who,
            act,
            request,
            approvers: route.map(|route| route.approvers.as_slice()),
            touches: rules.book.routing.touches(&request.facts),
            now: self.clock.now(),
        })
    }

    /// Whether a person may freeze everything, and lift that: a manager by a Slack account in good standing. Neither
    /// GitHub nor an organization has a say in it, so that the brake works whatever else does not.
    pub async fn may_brake(&self, rules: &Rules, slack: &SlackUserId) -> Result<(), Refusal> {
        match self.slack_account(slack).await {
            Account::Unknown(cause) => Err(Refusal::CannotTell { cause }),
            Account::Known(SlackAccount { deactivated: true, .. }) => Err(Refusal::Deactivated),
            Account::Known(SlackAccount { bot: true, .. }) => Err(Refusal::Bot),
            Account::Known(SlackAccount { external: true, .. }) => Err(Refusal::External),
            Account::Known(SlackAccount { guest: true, .. }) => Err(Refusal::Guest),
            Account::Known(_) if rules.book.groups_of(slack).contains(MANAGERS) => Ok(()),
            Account::Known(_) => Err(Refusal::NotAManager),
        }
    }

    async fn slack_account(&self, slack: &SlackUserId) -> Account {
        let Some(workspace) = self.workspace.borrow().clone() else {
            return Account::Unknown("Slack has not told which workspace this is".to_owned());
        };
        match self.slack.user(slack, &workspace).await {
            Ok(account) => Account::Known(account),
            Err(trouble) => Account::Unknown(trouble.to_string()),
        }
    }

    async fn membership_of(&self, identity: &Identity, place: Result<&Place, &PlaceError>) -> Membership {
        let Identity::Linked(person) = identity else {
            return Membership::Unknown("no GitHub account to ask about".to_owned());
        };
        match place {
            Ok(place) => self.github.membership(place, &person.login).await,
            Err(error) => Membership::Unknown(error.to_string()),
        }
    }

    /// Whether these approvals, each judged now, settle the request.
    pub fn settle(&self, rules: &Rules, request: &TokenRequest, approvals: &[Vote]) -> Judgement {
        let route = rules.book.routing.route_for(&request.facts);
        rules.policy.settle(&Settling {
            request,
            approvers: route.map(|route| route.approvers.as_slice()),
            touches: rules.book.routing.touches(&request.facts),
            approvals: u32::try_from(approvals.len()).unwrap_or(u32::MAX),
            needed: rules.book.routing.approvals_for(&request.facts),
            now: self.clock.now(),
        })
    }
}

/// Whether the person asked for this very token.
fn is_own(identity: &Identity, facts: &Facts) -> bool {
    match identity {
        Identity::Linked(person) => person.github == facts.requester.id,
        // Refused anyway, for want of an account.
        Identity::Unlinked | Identity::Doubtful(_) => false,
    }
}
