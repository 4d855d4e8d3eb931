//! A card as it is to be shown, and the two ways of showing it.

use super::{Notice, place};
use crate::app::{App, Rules};
use crate::clock::Deadline;
use crate::ids::{ChannelId, MessageTs};
use crate::request::{Collection, Key, TokenRequest};
use crate::slack::{self, Message, Trouble, notes};
use crate::store::{Card, Change};

/// The newest state of a request or a collection, and its card.
pub(super) struct Drawn {
    pub(super) key: Key,
    pub(super) message: Message,
    pub(super) rendering: String,
    /// Where it may stand, the best place first.
    pub(super) channels: Vec<ChannelId>,
    /// Whether the configuration says who decides.
    pub(super) has_route: bool,
    /// What is shown where Slack does not take the card's layout.
    plain: Message,
}

impl Drawn {
    pub(super) fn of_request(app: &App, rules: &Rules, request: &TokenRequest, message: Message) -> Self {
        Self {
            key: request.key.clone(),
            rendering: slack::rendering(&message),
            message,
            channels: place::candidates(app, rules, request),
            has_route: rules.book.routing.route_for(&request.facts).is_some(),
            plain: notes::without_layout(request),
        }
    }

    pub(super) fn of_collection(app: &App, collection: &Collection, message: Message) -> Self {
        Self {
            key: collection.key.clone(),
            rendering: slack::rendering(&message),
            plain: notes::only_words(&message),
            message,
            channels: place::or_elsewhere(app, Some(collection.channel.clone())),
            // Each of its requests tells the operators if it has none.
            has_route: true,
        }
    }

    /// The change that records where the card stands now.
    pub(super) fn at(&self, channel: ChannelId, ts: MessageTs) -> Change {
        let card = Card { key: self.key.clone(), channel, ts, rendering: self.rendering.clone() };
        Change { card: Some(card), ..Change::default() }
    }

    /// Posts the card before the deadline. One whose layout Slack refuses goes out in plain words, and the operators
    /// learn of it: it is tried again with the next change.
    pub(super) async fn post(
        &self,
        app: &App,
        channel: &ChannelId,
        deadline: &Deadline,
    ) -> Result<(MessageTs, Option<Notice>), Trouble> {
        match app.slack.post_message_before(deadline, channel, &self.message).await {
            Ok(ts) => Ok((ts, None)),
            Err(refusal @ Trouble::Refused { .. }) => {
                let ts = app.slack.post_message_before(deadline, channel, &self.plain).await?;
                Ok((ts, Some(self.refused(&refusal))))
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Changes the card that stands, in the same way.
    pub(super) async fn update(&self, app: &App, card: &Card) -> Result<Option<Notice>, Trouble> {
        match app.slack.update_message(&card.channel, &card.ts, &self.message).await {
            Ok(()) => Ok(None),
            Err(refusal @ Trouble::Refused { .. }) => {
                app.slack.update_message(&card.channel, &card.ts, &self.plain).await?;
                Ok(Some(self.refused(&refusal)))
            }
            Err(trouble) => Err(trouble),
        }
    }

    fn refused(&self, refusal: &Trouble) -> Notice {
        Notice::CardRefused { key: self.key.clone(), cause: refusal.to_string() }
    }
}
