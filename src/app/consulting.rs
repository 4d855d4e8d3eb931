//! What the rules that decide alone say of a request, on facts established now.

use super::{App, Rules};
use crate::identity::{Identity, Membership, SlackAccount, WAIT};
use crate::ids::SlackUserId;
use crate::jobs::JobError;
use crate::policy::{Account, Advice, Consultation, Consulted, Requesting, Who};
use crate::request::TokenRequest;

impl App {
    /// Asks the rules. Where the organization is out of reach, or is none of ours, people decide.
    pub async fn consult(&self, rules: &Rules, request: &TokenRequest) -> Result<Consulted, JobError> {
        let out_of_reach = match self.place_of(request).await {
            Ok(_) => None,
            Err(error) if error.needs_people() => Some(error.to_string()),
            Err(error) => return Err(error.into()),
        };
        let is_ours = self.config.github.serves(&request.facts.organization);
        let unlinked = |why| Requesting::unlinked(rules.book.groups.keys(), why);
        let requester = match out_of_reach {
            Some(_) => unlinked("its organization is out of reach"),
            None => match self.requester_on_slack(rules, request).await? {
                Some(told) => self.requesting(rules, request, &told.slack).await,
                None => unlinked("nobody is linked to the account"),
            },
        };
        let route = rules.book.routing.route_for(&request.facts);
        let consulted = rules.policy.consult(&Consultation {
            request,
            approvers: route.map(|route| route.approvers.as_slice()),
            needs: &rules.book.routing.needs(&request.facts),
            touches: rules.book.routing.touches(&request.facts),
            requester,
            now: self.clock.now(),
        });
        let why = match out_of_reach {
            _ if !is_ours => "its organization is not in github.organizations".to_owned(),
            Some(cause) => cause,
            None => return Ok(consulted),
        };
        Ok(Consulted { advice: Advice::People { why }, ..consulted })
    }

    /// In which groups the Slack user is who asks, or answers for the machine that does; asked anew. They have to stand as
    /// somebody who clicks has to: by a link that has stood for a day, a Slack account in good standing, and an active
    /// membership.
    async fn requesting(&self, rules: &Rules, request: &TokenRequest, slack: &SlackUserId) -> Requesting {
        let (who, _) = Box::pin(self.established(rules, slack, request, self.groups.anew())).await;
        match doubt(&who, rules, request) {
            Some(doubt) => Requesting::doubtful(doubt),
            None => Requesting {
                is_linked: true,
                groups: who.groups,
                unknown_groups: who.unknown_groups,
                doubt: None,
            },
        }
    }
}

/// Why somebody's groups say nothing about a request, if so.
fn doubt(who: &Who, rules: &Rules, request: &TokenRequest) -> Option<String> {
    let requester = &request.facts.requester;
    let is_machine = rules.book.machines.contains_key(&requester.login);
    let person = match &who.identity {
        Identity::Linked(person) => person,
        Identity::Unlinked => return Some("the link has just been taken away".to_owned()),
        Identity::Doubtful(cause) => return Some(cause.clone()),
    };
    let account = match &who.account {
        Account::Known(account) => account,
        Account::Unknown(cause) => return Some(cause.clone()),
    };
    if let Membership::Unknown(cause) = &who.membership {
        return Some(cause.clone());
    }
    let SlackAccount { deactivated, guest, external, bot } = *account;
    let doubts = [
        (!who.is_own || !(is_machine || person.github == requester.id), "it is asked for by another account"),
        (deactivated || guest || external || bot, "the Slack account is no full member's"),
        (who.membership != Membership::Active, "they are no active member of the organization"),
        (who.link_age_hours < WAIT.num_hours(), "the link between the accounts is new"),
    ];
    doubts.into_iter().find(|(is_so, _)| *is_so).map(|(_, why)| why.to_owned())
}
