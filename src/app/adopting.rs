//! A click tells where a card stands: one that nobody knew of is taken as the request's card, a second one is retired.

use super::App;
use crate::jobs::{Kind, retire};
use crate::request::Key;
use crate::slack::{ButtonClick, Retired};
use crate::store::{Card, Change, StoreError};

impl App {
    /// Takes care of the clicked card if it is not the one on record. The click itself counts like any other.
    pub(super) async fn adopt(&self, click: &ButtonClick, key: &Key) -> Result<(), StoreError> {
        let (Some(channel), Some(ts), false) = (&click.channel, &click.message, click.is_ephemeral) else {
            return Ok(());
        };
        let now = self.clock.now();
        let change = match self.store.card(key).await? {
            Some(card) if card.channel == *channel && card.ts == *ts => return Ok(()),
            // It may be the one that is being posted right now; whoever posts it settles that.
            Some(_) if self.store.posting(key).await?.is_some_and(|begun| begun.channel == *channel) => {
                return Ok(());
            }
            Some(_) => {
                tracing::debug!(request = %key, "a second card of one request is retired");
                Change { jobs: vec![retire::job(key, channel, ts, Retired::Twice, now)], ..Change::default() }
            }
            None if !self.knows(key).await? => return Ok(()),
            None => {
                tracing::debug!(request = %key, "a card whose posting was not confirmed is known by a click");
                let rendering = String::new();
                let card = Card { key: key.clone(), channel: channel.clone(), ts: ts.clone(), rendering };
                let jobs = vec![Kind::Card.on(key, String::new(), now)];
                Change { card: Some(card), jobs, ..Change::default() }
            }
        };
        // No request and no lease: this commit can't lose a race.
        let _ = self.store.commit(change).await?;
        Ok(())
    }

    /// Whether a key names anything of ours that has a card.
    async fn knows(&self, key: &Key) -> Result<bool, StoreError> {
        Ok(if key.is_of_collection() {
            self.store.collection(key).await?.is_some()
        } else {
            self.store.request_by_key(key).await?.is_some()
        })
    }
}
