//! What the rules that decide alone say of a request, on facts established now.

use super::{App, Rules};
use crate::jobs::JobError;
use crate::policy::{Advice, Consultation, Consulted, Requesting};
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
        let slack = if out_of_reach.is_none() { self.requester_on_slack(request).await? } else { None };
        let groups = slack.as_ref().map(|slack| rules.book.groups_of(slack)).unwrap_or_default();
        let route = rules.book.routing.route_for(&request.facts);
        let consulted = rules.policy.consult(&Consultation {
            request,
            approvers: route.map(|route| route.approvers.as_slice()),
            touches: rules.book.routing.touches(&request.facts),
            requester: Requesting { is_linked: slack.is_some(), groups },
            now: self.clock.now(),
        });
        let why = match out_of_reach {
            _ if !is_ours => "its organization is not in github.organizations".to_owned(),
            Some(cause) => cause,
            None => return Ok(consulted),
        };
        Ok(Consulted { advice: Advice::People { why }, ..consulted })
    }
}
