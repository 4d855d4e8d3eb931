//! May this Slack user do this to this request, now? Facts are asked for live, the answer is the policies'.

use super::groups::{Asking, GroupsOf, Of, Whose};
use super::{App, PlaceError, Rules};
use crate::github::{Place, Standing};
use crate::identity::{Identity, SlackAccount};
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
    /// Judges one person and one act on one request on facts asked for now: what brings something about.
    pub async fn judge(&self, rules: &Rules, slack: &SlackUserId, act: Act, request: &TokenRequest) -> Asker {
        let (who, _) = self.established(rules, slack, request, Asking::Anew).await;
        let judgement = self.judge_as(rules, &who, act, request);
        Asker { slack: slack.clone(), identity: who.identity, judgement }
    }

    /// Judges an act that can't bring anything about on GitHub: a look, or taking back what was never sent. Where GitHub
    /// can't be asked who this is, our own record tells, and what only GitHub could add counts as fine; else the very
    /// trouble that such an act is for would forbid it. Who is known to have no right is still refused, and so is who would
    /// have it only by a group that GitHub keeps.
    pub async fn judge_harmless(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        act: Act,
        request: &TokenRequest,
    ) -> Asker {
        let (who, groups) = self.established(rules, slack, request, Asking::Anew).await;
        let judgement = self.judge_as(rules, &who, act, request);
        if !judgement.refusal.as_ref().is_some_and(Refusal::is_uncertain) {
            return Asker { slack: slack.clone(), identity: who.identity, judgement };
        }
        let identity = match who.identity {
            Identity::Doubtful(_) => self.identity_on_record(rules, slack).await,
            known @ (Identity::Linked(_) | Identity::Unlinked) => known,
        };
        let unknown_groups = groups.causes_beside_github();
        let who = Who { identity, unknown_groups, is_github_silent: true, ..who };
        let judgement = self.judge_as(rules, &who, act, request);
        Asker { slack: slack.clone(), identity: who.identity, judgement }
    }

    /// Everything that can be established about a person, as far as the request's organization is concerned; for looks, for
    /// which a membership of a moment ago will do.
    pub async fn who(&self, rules: &Rules, slack: &SlackUserId, request: &TokenRequest) -> Who {
        self.established(rules, slack, request, Asking::Recently).await.0
    }

    async fn established(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        request: &TokenRequest,
        asking: Asking,
    ) -> (Who, GroupsOf) {
        let place = self.place_of(request).await;
        let identity = match &place {
            Ok(place) => self.identity_of(rules, slack, place.installation).await,
            Err(error) => Identity::Doubtful(error.to_string()),
        };
        let standing = self.standing_of(&identity, place.as_ref()).await;
        let of = Of {
            organization: request.organization,
            login: place.as_ref().map_or(&request.facts.organization, |place| &place.organization),
            place: place.as_ref(),
        };
        let whose = Whose { slack, identity: &identity, standing: &standing };
        let groups = Box::pin(self.groups_of(&rules.book, whose, of, asking)).await;
        let who = Who {
            slack: slack.clone(),
            account: self.slack_account(slack).await,
            membership: standing.membership,
            groups: groups.known.clone(),
            unknown_groups: groups.causes(),
            is_own: is_own(&identity, &request.facts),
            link_age_hours: REVIEWED_LINK_HOURS,
            is_github_silent: false,
            identity,
        };
        (who, groups)
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
            Account::Known(_) => match self.is_in_beside_github(&rules.book, slack, MANAGERS).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(Refusal::NotAManager),
                Err(doubt) => Err(Refusal::CannotTell { cause: doubt.cause }),
            },
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

    /// What a person is in the organization now.
    pub(super) async fn standing_of(
        &self,
        identity: &Identity,
        place: Result<&Place, &PlaceError>,
    ) -> Standing {
        let Identity::Linked(person) = identity else {
            return Standing::unknown("no GitHub account to ask about");
        };
        match place {
            Ok(place) => self.github.standing(place, &person.login).await,
            Err(error) => Standing::unknown(error.to_string()),
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
