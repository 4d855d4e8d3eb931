//! What the rules that decide alone say of a request, on facts established now.

use super::{App, Rules, Told};
use crate::github::Place;
use crate::identity::{Identity, Membership, SlackAccount, WAIT};
use crate::ids::{GitHubUserId, Login};
use crate::jobs::JobError;
use crate::policy::{Account, Advice, Consultation, Consulted, LeftToPeople, Requesting, Who};
use crate::request::TokenRequest;

/// For whom an approval by rule is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub account: GitHubUserId,
    /// Who that is, if they answer for machines.
    pub answering: Option<Login>,
}

impl App {
    /// Asks the rules. Where the organization is out of reach, or is none of ours, people decide.
    pub async fn consult(&self, rules: &Rules, request: &TokenRequest) -> Result<Consulted, JobError> {
        let (place, out_of_reach) = match self.place_of(request).await {
            Ok(place) => (Some(place), None),
            Err(error) if error.needs_people() => (None, Some(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let is_ours = self.config.github.serves(&request.facts.organization);
        let requester = match place {
            None => Requesting::unlinked(rules.book.groups.keys(), "its organization is out of reach"),
            Some(place) => match self.requester_on_slack(rules, request).await? {
                Some(told) => self.requesting(rules, request, &told).await,
                None => self.unlinked(rules, request, &place).await?,
            },
        };
        let route = rules.book.routing.route_for(&request.facts);
        let machines = self.machines(rules).await?;
        let account = &request.facts.requester;
        let consulted = rules.policy.consult(&Consultation {
            request,
            approvers: route.map(|route| route.approvers.as_slice()),
            needs: &rules.book.routing.needs(&request.facts),
            touches: rules.book.routing.touches(&request.facts),
            answered_by: machines.answering_for(account.id, &account.login),
            requester,
            now: self.clock.now(),
        });
        let why = match out_of_reach {
            _ if !is_ours => "its organization is not in github.organizations".into(),
            Some(cause) => LeftToPeople::because("its organization is out of reach", cause),
            None => return Ok(consulted),
        };
        Ok(Consulted { advice: Advice::People(why), ..consulted })
    }

    /// For whom an approval by rule is counted: a person together with the machines they answer for. `None` if nobody can
    /// tell who answers.
    pub async fn counted_for(
        &self,
        rules: &Rules,
        request: &TokenRequest,
    ) -> Result<Option<Counted>, JobError> {
        let requester = &request.facts.requester;
        let place = self.place_of(request).await?;
        let Some(owner) = self.owner_of(rules, requester, place.installation).await? else {
            let has_machines = rules.book.machines.values().any(|machine| machine.owner == requester.login);
            let answering = has_machines.then(|| requester.login.clone());
            return Ok(Some(Counted { account: requester.id, answering }));
        };
        let account = self.account_of(rules, &owner, place.installation).await?;
        Ok(account.map(|account| Counted { account, answering: Some(owner) }))
    }

    /// In which groups the Slack user is who asks, or answers for the machine that does; asked anew. They have to stand as
    /// somebody who clicks has to: by a link that has stood for a day, a Slack account in good standing, and an active
    /// membership.
    async fn requesting(&self, rules: &Rules, request: &TokenRequest, told: &Told) -> Requesting {
        let (who, _) = Box::pin(self.established(rules, &told.slack, request, self.groups.anew())).await;
        match doubt(&who, told, request) {
            Some(doubt) => Requesting::doubtful(doubt),
            None => Requesting {
                is_linked: true,
                groups: who.groups,
                unknown_groups: who.unknown_groups,
                doubt: None,
            },
        }
    }

    /// Whoever asks and is nobody on Slack. They never were, and are a member of the organization by the account's number,
    /// whatever it is called: whoever would not count in a click must not get round that by a new name, or without the link.
    async fn unlinked(
        &self,
        rules: &Rules,
        request: &TokenRequest,
        place: &Place,
    ) -> Result<Requesting, JobError> {
        let requester = &request.facts.requester;
        let book = &rules.book;
        if book.people.contains_key(&requester.login) || book.machines.contains_key(&requester.login) {
            return Ok(Requesting::doubtful("the configuration means another account by that login"));
        }
        if self.store.was_linked(requester.id).await? {
            return Ok(Requesting::doubtful("the account is not linked any more"));
        }
        let current = match self.github.user_by_id(place.installation, requester.id).await {
            Ok(current) => current,
            Err(trouble) if trouble.needs_people() => {
                let why = "whether who asks is a member of the organization is not known";
                return Ok(Requesting::doubtful(LeftToPeople::because(why, trouble.to_string())));
            }
            Err(trouble) => return Err(trouble.into()),
        };
        let membership = match current {
            Some((_, login)) => self.github.standing(place, &login).await.membership,
            None => Membership::Inactive,
        };
        Ok(match doubt_of(&membership) {
            Some(doubt) => Requesting::doubtful(doubt),
            None => Requesting::unlinked(book.groups.keys(), "nobody is linked to the account"),
        })
    }
}

/// Why a membership is none to rely on, if so.
fn doubt_of(membership: &Membership) -> Option<LeftToPeople> {
    match membership {
        Membership::Active => None,
        Membership::Inactive => Some("they are no active member of the organization".into()),
        Membership::Unknown(cause) => {
            let why = "whether who asks is a member of the organization is not known";
            Some(LeftToPeople::because(why, cause))
        }
    }
}

/// Why somebody's groups say nothing about a request, if so.
fn doubt(who: &Who, told: &Told, request: &TokenRequest) -> Option<LeftToPeople> {
    let is_theirs = |account| told.answers_for_it || account == request.facts.requester.id;
    let person = match &who.identity {
        Identity::Linked(person) => person,
        Identity::Unlinked => return Some("the link has just been taken away".into()),
        Identity::Doubtful(cause) => return Some(LeftToPeople::because("who asks is not certain", cause)),
    };
    let account = match &who.account {
        Account::Known(account) => account,
        Account::Unknown(cause) => {
            return Some(LeftToPeople::because("Slack does not tell about the account of who asks", cause));
        }
    };
    let SlackAccount { deactivated, guest, external, bot } = *account;
    let doubts = [
        (!who.is_own || !is_theirs(person.github), "it is asked for by another account"),
        (deactivated || guest || external || bot, "the Slack account is no full member's"),
        (who.link_age_hours < WAIT.num_hours(), "the link between the accounts is new"),
    ];
    let doubt = doubts.into_iter().find(|(is_so, _)| *is_so).map(|(_, why)| why.into());
    doubt_of(&who.membership).or(doubt)
}
