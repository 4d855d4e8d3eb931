//! A card as it is to be shown, and the two ways of showing it.

use super::Notice;
use crate::app::App;
use crate::ids::{ChannelId, MessageTs};
use crate::request::{Key, TokenRequest};
use crate::slack::{Message, Trouble, notes};
use crate::store::{Card, Change};

/// The newest state of a request and its card.
pub(super) struct Drawn {
    pub(super) request: TokenRequest,
    pub(super) message: Message,
    pub(super) rendering: String,
}

impl Drawn {
    pub(super) fn key(&self) -> &Key {
        &self.request.key
    }

    /// The change that records where the card stands now.
    pub(super) fn at(&self, channel: ChannelId, ts: MessageTs) -> Change {
        let card = Card { key: self.key().clone(), channel, ts, rendering: self.rendering.clone() };
        Change { card: Some(card), ..Change::default() }
    }

    /// Posts the card. One whose layout Slack refuses goes out in plain words, and the operators learn of it: it is
    /// tried again with the next change.
    pub(super) async fn post(
        &self,
        app: &App,
        channel: &ChannelId,
    ) -> Result<(MessageTs, Option<Notice>), Trouble> {
        match app.slack.post_message(channel, &self.message).await {
            Ok(ts) => Ok((ts, None)),
            Err(refusal @ Trouble::Refused { .. }) => {
                let ts = app.slack.post_message(channel, &notes::without_layout(&self.request)).await?;
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
                let plain = notes::without_layout(&self.request);
                app.slack.update_message(&card.channel, &card.ts, &plain).await?;
                Ok(Some(self.refused(&refusal)))
            }
            Err(trouble) => Err(trouble),
        }
    }

    fn refused(&self, refusal: &Trouble) -> Notice {
        Notice::CardRefused { key: self.key().clone(), cause: refusal.to_string() }
    }
}
