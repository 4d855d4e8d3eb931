//! May this Slack user do this to this request, now? Facts are asked for live, the answer is the policies'.

use std::collections::{BTreeMap, BTreeSet};

use super::groups::{Fresh, GroupsOf, Of, Whose};
use super::people::source_of;
use super::{App, PlaceError, Rules};
use crate::github::{self, Place};
use crate::identity::{Identity, Machines, Own, SlackAccount};
use crate::ids::{Login, OrganizationId, SlackUserId};
use crate::policy::{Account, Act, Explanation, Judgement, Question, Who};
use crate::request::{Facts, Refusal, TokenRequest};
use crate::store::StoreError;

/// The group whose members may freeze everything; known by name like in the built-in policies.
const MANAGERS: &str = "managers";

/// Who asks, as far as could be established, and what the policies say.
#[derive(Debug, Clone)]
pub struct Asker {
    pub slack: SlackUserId,
    pub identity: Identity,
    /// Names of the groups they are in.
    pub groups: BTreeSet<String>,
    /// The groups of which nobody could tell whether they are in them, and why.
    pub unknown_groups: BTreeMap<String, String>,
    pub machines: Machines,
    pub judgement: Judgement,
}

impl Asker {
    /// Somebody who was judged.
    pub fn new(who: Who, judgement: Judgement) -> Self {
        let Who { slack, identity, groups, unknown_groups, machines, .. } = who;
        Self { slack, identity, groups, unknown_groups, machines, judgement }
    }
}

/// What our own record tells of somebody; nothing of it says yes.
#[derive(Default)]
struct Standing {
    own: Own,
    machines: Machines,
    link_age_hours: i64,
}

impl App {
    /// Judges one person and one act on one request on facts asked for now: what brings something about.
    pub async fn judge(&self, rules: &Rules, slack: &SlackUserId, act: Act, request: &TokenRequest) -> Asker {
        self.judge_on(rules, (slack, self.groups.anew()), act, request).await
    }

    /// The same, on memberships that are fresh enough for whoever began to judge.
    pub(super) async fn judge_on(
        &self,
        rules: &Rules,
        (slack, fresh): (&SlackUserId, Fresh),
        act: Act,
        request: &TokenRequest,
    ) -> Asker {
        let (who, _) = Box::pin(self.established(rules, slack, request, fresh)).await;
        let judgement = self.judge_as(rules, &who, act, request);
        Asker::new(who, judgement)
    }

    /// Judges an act that can't bring anything about on GitHub and shows nothing: taking back what was never sent, or having
    /// GitHub asked again. Where GitHub can't be asked who this is, our own record tells, and what only GitHub could add
    /// counts as fine; else the very trouble that such an act is for would forbid it. Who is known to have no right is still
    /// refused, and so is who would have it only by a group that GitHub keeps.
    pub async fn judge_harmless(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        act: Act,
        request: &TokenRequest,
    ) -> Asker {
        let (who, groups) = Box::pin(self.established(rules, slack, request, self.groups.anew())).await;
        let judgement = self.judge_as(rules, &who, act, request);
        if !judgement.refusal.as_ref().is_some_and(Refusal::is_uncertain) {
            return Asker::new(who, judgement);
        }
        let who = self.on_record(rules, who, &groups).await;
        let judgement = self.judge_as(rules, &who, act, request);
        Asker::new(who, judgement)
    }

    /// A person as far as it is known without GitHub. They are in none of the groups that it alone could tell of.
    pub(super) async fn on_record(&self, rules: &Rules, who: Who, groups: &GroupsOf) -> Who {
        let identity = match who.identity {
            Identity::Doubtful(_) => self.identity_on_record(rules, &who.slack).await,
            known @ (Identity::Linked(_) | Identity::Unlinked) => known,
        };
        let (identity, standing) = self.standing_of(rules, &who.slack, identity).await;
        let Standing { own, machines, link_age_hours } = standing;
        let unknown_groups = groups.causes_beside_github();
        Who { identity, own, machines, link_age_hours, unknown_groups, is_github_silent: true, ..who }
    }

    /// Everything that can be established about a person, as far as the request's organization is concerned; for looks, for
    /// which a membership of a moment ago will do.
    pub async fn who(&self, rules: &Rules, slack: &SlackUserId, request: &TokenRequest) -> Who {
        Box::pin(self.established(rules, slack, request, self.groups.recently())).await.0
    }

    pub(super) async fn established(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        request: &TokenRequest,
        fresh: Fresh,
    ) -> (Who, GroupsOf) {
        let place = self.place_of(request).await;
        let (organization, login) = (request.organization, &request.facts.organization);
        let (who, groups) = self.established_at(rules, slack, place, (organization, login), fresh).await;
        (Who { is_own: is_own(&who.own, &request.facts), ..who }, groups)
    }

    /// The same where it is about an organization and no request.
    pub(super) async fn established_at(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        place: Result<Place, PlaceError>,
        (organization, login): (OrganizationId, &Login),
        fresh: Fresh,
    ) -> (Who, GroupsOf) {
        let identity = match &place {
            Ok(place) => self.identity_of(rules, slack, place.installation).await,
            Err(error) => Identity::Doubtful(error.to_string()),
        };
        let (identity, standing) = self.standing_of(rules, slack, identity).await;
        let Standing { own, machines, link_age_hours } = standing;
        let at_github = self.at_github(&identity, place.as_ref()).await;
        let of = Of {
            organization,
            login: place.as_ref().map_or(login, |place| &place.organization),
            place: place.as_ref(),
        };
        let whose = Whose { slack, identity: &identity, standing: &at_github };
        let groups = Box::pin(self.groups_of(&rules.book, whose, of, fresh)).await;
        let who = Who {
            slack: slack.clone(),
            account: self.slack_account(slack).await,
            membership: at_github.membership,
            groups: groups.known.clone(),
            unknown_groups: groups.causes(),
            is_own: false,
            own,
            machines,
            link_age_hours,
            is_github_silent: false,
            identity,
        };
        (who, groups)
    }

    /// Judges a person about whom everything has just been established, on any request of that organization.
    pub fn judge_as(&self, rules: &Rules, who: &Who, act: Act, request: &TokenRequest) -> Judgement {
        self.asked(rules, who, act, request, |question| rules.policy.may(question))
    }

    /// The same, with what speaks for it and against it, and what would change it.
    pub fn explain_as(&self, rules: &Rules, who: &Who, act: Act, request: &TokenRequest) -> Explanation {
        let groups = rules.book.groups.keys();
        self.asked(rules, who, act, request, |question| rules.policy.explain(question, groups))
    }

    /// Puts the question.
    fn asked<A>(
        &self,
        rules: &Rules,
        who: &Who,
        act: Act,
        request: &TokenRequest,
        answer: impl FnOnce(&Question<'_>) -> A,
    ) -> A {
        let who = Who { is_own: is_own(&who.own, &request.facts), ..who.clone() };
        let requester = &request.facts.requester;
        let route = rules.book.routing.route_for(&request.facts);
        answer(&Question {
            who: &who,
            act,
            request,
            approvers: route.map(|route| route.approvers.as_slice()),
            needs: &rules.book.routing.needs(&request.facts),
            touches: rules.book.routing.touches(&request.facts),
            answered_by: who.machines.answering_for(requester.id, &requester.login),
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
        let machines = self.machines(rules).await?;
        let mut own = rules.book.login_of(slack).map(|person| machines.of(person)).unwrap_or_default();
        own.accounts.extend(history.accounts_of(slack).chain(account));
        let source = source_of(rules, slack);
        let link_age_hours = history.age_hours(slack, account, source, self.clock.now());
        Ok(Standing { own, machines, link_age_hours })
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
    pub(super) async fn at_github(
        &self,
        identity: &Identity,
        place: Result<&Place, &PlaceError>,
    ) -> github::Standing {
        let Identity::Linked(person) = identity else {
            return github::Standing::unknown("no GitHub account to ask about");
        };
        match place {
            Ok(place) => self.github.standing(place, &person.login).await,
            Err(error) => github::Standing::unknown(error.to_string()),
        }
    }
}

/// Whether the person asked for this very token, by any account they ever had or a machine they answer for.
fn is_own(own: &Own, facts: &Facts) -> bool {
    own.includes(facts.requester.id, &facts.requester.login)
}
