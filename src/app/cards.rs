//! What cards and messages need to know of the people around a request.

use super::App;
use crate::ids::{ChannelId, SlackUserId};
use crate::jobs::JobError;
use crate::request::TokenRequest;

impl App {
    /// The Slack user to tell about a request, if its requester is linked.
    pub async fn requester_on_slack(&self, request: &TokenRequest) -> Result<Option<SlackUserId>, JobError> {
        let rules = self.rules();
        let Some(mapped) = rules.book.people.get(&request.facts.requester.login) else { return Ok(None) };
        // Without asking anybody, where the link was pinned before.
        if let Some(link) = self.store.link(&request.facts.requester.login).await?
            && link.slack == mapped.slack
        {
            return Ok((link.github == request.facts.requester.id).then_some(link.slack));
        }
        let place = self.place_of(request).await?;
        Ok(self.slack_user_of(&rules, &request.facts.requester, place.installation).await?)
    }

    /// Where a card goes that has no place of its own.
    pub fn fallback_channel(&self) -> Option<ChannelId> {
        let slack = &self.config.slack;
        slack.fallback_channel.clone().or_else(|| slack.operators_channel.clone())
    }
}
