//! What cards and messages need to know of the people around a request.

use super::{App, Rules};
use crate::ids::{ChannelId, Login, SlackUserId};
use crate::jobs::JobError;
use crate::request::TokenRequest;

/// The one to tell about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub slack: SlackUserId,
    /// Whether the requester is a machine account for which this person answers.
    pub answers_for_it: bool,
}

impl App {
    /// The Slack user to tell about a request, if its requester is linked, or a machine account.
    pub async fn requester_on_slack(
        &self,
        rules: &Rules,
        request: &TokenRequest,
    ) -> Result<Option<Told>, JobError> {
        let requester = &request.facts.requester;
        if let Some(owner) = self.owner_on_record(rules, requester).await? {
            return Ok(owner_on_slack(rules, &owner));
        }
        if let Some(slack) = self.mapped_to(rules, requester).await? {
            return Ok(Some(Told::themselves(slack)));
        }
        let is_machine = rules.book.machines.contains_key(&requester.login);
        let mapped = rules.book.people.get(&requester.login);
        if mapped.is_none() && !is_machine && self.store.self_link_to(requester.id).await?.is_none() {
            return Ok(None);
        }
        // Without asking anybody, where another account was pinned under that login before. It may have been pinned since the
        // look above, and then it is theirs.
        if let Some(link) = self.store.link(&requester.login).await?
            && mapped.is_some_and(|mapped| mapped.agrees_with(&link))
        {
            return Ok((link.github == requester.id).then(|| Told::themselves(link.slack)));
        }
        let place = self.place_of(request).await?;
        if let Some(owner) = self.owner_of(rules, requester, place.installation).await? {
            return Ok(owner_on_slack(rules, &owner));
        }
        Ok(self.slack_user_of(rules, requester, place.installation).await?.map(Told::themselves))
    }

    /// Where a card goes that has no place of its own.
    pub fn fallback_channel(&self) -> Option<ChannelId> {
        let slack = &self.config.slack;
        slack.fallback_channel.clone().or_else(|| slack.operators_channel.clone())
    }
}

fn owner_on_slack(rules: &Rules, owner: &Login) -> Option<Told> {
    let mapped = rules.book.people.get(owner)?;
    Some(Told { slack: mapped.slack.clone(), answers_for_it: true })
}

impl Told {
    fn themselves(slack: SlackUserId) -> Self {
        Self { slack, answers_for_it: false }
    }
}
