//! May this Slack user do this to this request, now? Facts are asked for live, the answer is the policies'.

use super::people::source_of;
use super::{App, PlaceError, Rules};
use crate::github::Place;
use crate::identity::{Identity, Membership, Own, SlackAccount};
use crate::ids::SlackUserId;
use crate::policy::{Account, Act, Judgement, Question, Settling, Who};
use crate::request::{Facts, Refusal, TokenRequest, Vote};
use crate::store::StoreError;

/// The group whose members may freeze everything; known by name like in the built-in policies.
const MANAGERS: &str = "managers";

/// Who asks, as far as could be established, and what the policies say.
#[derive(Debug, Clone)]
pub struct Asker {
    pub slack: SlackUserId,
    pub identity: Identity,
    pub judgement: Judgement,
}

/// What our own record tells of somebody; nothing of it says yes.
#[derive(Default)]
struct Standing {
    own: Own,
    link_age_hours: i64,
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
        let (identity, standing) = self.standing_of(rules, slack, identity).await;
        let Standing { own, link_age_hours } = standing;
        let who = Who { identity, own, link_age_hours, is_github_silent: true, ..who };
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
        let (identity, Standing { own, link_age_hours }) = self.standing_of(rules, slack, identity).await;
        Who {
            slack: slack.clone(),
            account: self.slack_account(slack).await,
            membership: self.membership_of(&identity, place.as_ref()).await,
            groups: rules.book.groups_of(slack),
            is_own: is_own(&own, &request.facts),
            own,
            link_age_hours,
            is_github_silent: false,
            identity,
        }
    }

    /// Judges a person about whom everything has just been established, on any request of that organization.
    pub fn judge_as(&self, rules: &Rules, who: &Who, act: Act, request: &TokenRequest) -> Judgement {
        let who = Who { is_own: is_own(&who.own, &request.facts), ..who.clone() };
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

    /// What our own record adds to who somebody is. Where it can't be read nobody is anybody for sure.
    async fn standing_of(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        identity: Identity,
    ) -> (Identity, Standing) {
        match self.read_standing(rules, slack, &identity).await {
            Ok(standing) => (identity, standing),
            Err(error) => (Identity::Doubtful(error.to_string()), Standing::default()),
        }
    }

    async fn read_standing(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        identity: &Identity,
    ) -> Result<Standing, StoreError> {
        let account = match identity {
            Identity::Linked(person) => Some(person.github),
            Identity::Unlinked | Identity::Doubtful(_) => None,
        };
        let history = self.store.links_ever(slack, account).await?;
        let mut own = self.machines_of(rules, slack).await?;
        own.accounts.extend(history.accounts_of(slack).chain(account));
        let source = source_of(rules, slack);
        let link_age_hours = history.age_hours(slack, account, source, self.clock.now());
        Ok(Standing { own, link_age_hours })
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

/// Whether the person asked for this very token, by any account they ever had or a machine they answer for.
fn is_own(own: &Own, facts: &Facts) -> bool {
    own.includes(facts.requester.id, &facts.requester.login)
}
