//! Questions about where people find requests: on cards of their own, or in collections.

use chrono::{DateTime, Utc};

use super::connection::Statement;
use super::{Showing, Store, StoreError, places};
use crate::ids::{ChannelId, GitHubUserId, OrganizationId};
use crate::request::{Collection, Gathered, Key};

/// Key, channel, cause, about, made at.
type CollectionRow = (String, String, String, String, i64);

impl Store {
    /// Where people find a request; nothing while that has not been decided.
    pub async fn showing(&self, key: &Key) -> Result<Option<Showing>, StoreError> {
        const SHOWING: Statement =
            Statement::both("SELECT channel_id, collection_key, since FROM showing WHERE request_key = $1");
        let row: Option<(String, Option<String>, i64)> =
            self.readers.row(SHOWING, &[key.as_str().into()]).await?;
        row.map(|(channel, collection, since)| {
            Ok(Showing {
                key: key.clone(),
                channel: ChannelId::new(channel),
                collection: collection.map(|key| parsed("showing", &key)).transpose()?,
                since: places::time("showing", key, since)?,
            })
        })
        .transpose()
    }

    /// How many requests got a card of their own in a channel after `since`.
    pub async fn own_cards_since(
        &self,
        channel: &ChannelId,
        since: DateTime<Utc>,
    ) -> Result<i64, StoreError> {
        const SINCE: Statement = Statement::both(
            "SELECT count(*) FROM showing WHERE channel_id = $1 AND since > $2 AND collection_key IS NULL",
        );
        let values = [channel.as_str().into(), since.timestamp_millis().into()];
        let count: Option<(i64,)> = self.readers.row(SINCE, &values).await?;
        Ok(count.map_or(0, |(count,)| count))
    }

    /// How many undecided requests of one person people can find already.
    pub async fn shown_pending_of(
        &self,
        organization: OrganizationId,
        requester: GitHubUserId,
    ) -> Result<i64, StoreError> {
        const SHOWN: Statement = Statement::both(
            "SELECT count(*) FROM request JOIN showing ON showing.request_key = request.request_key
             WHERE organization_id = $1 AND requester_id = $2 AND state = 'pending'",
        );
        let count: Option<(i64,)> =
            self.readers.row(SHOWN, &[organization.0.into(), requester.0.into()]).await?;
        Ok(count.map_or(0, |(count,)| count))
    }

    /// The collection of this key.
    pub async fn collection(&self, key: &Key) -> Result<Option<Collection>, StoreError> {
        const BY_KEY: Statement = Statement::both(
            "SELECT collection_key, channel_id, cause, about, made_at FROM collection WHERE collection_key = $1",
        );
        let row: Option<CollectionRow> = self.readers.row(BY_KEY, &[key.as_str().into()]).await?;
        row.map(collection).transpose()
    }

    /// The newest collection of this kind in a channel that was begun after `since`.
    pub async fn collection_since(
        &self,
        channel: &ChannelId,
        gathered: &Gathered,
        since: DateTime<Utc>,
    ) -> Result<Option<Collection>, StoreError> {
        const SINCE: Statement = Statement::both(
            "SELECT collection_key, channel_id, cause, about, made_at FROM collection
             WHERE channel_id = $1 AND cause = $2 AND about = $3 AND made_at > $4
             ORDER BY made_at DESC, collection_key LIMIT 1",
        );
        let (cause, about) = gathered.written();
        let values = [channel.as_str().into(), cause.into(), about.into(), since.timestamp_millis().into()];
        let row: Option<CollectionRow> = self.readers.row(SINCE, &values).await?;
        row.map(collection).transpose()
    }

    /// How many requests stand in a collection, and how many of them wait.
    pub async fn count_collected(&self, collection: &Key) -> Result<(u64, u64), StoreError> {
        const COUNT: Statement = Statement::both(
            "SELECT count(*), count(CASE WHEN state <> 'settled' THEN 1 END)
             FROM showing JOIN request ON request.request_key = showing.request_key
             WHERE collection_key = $1",
        );
        let count: Option<(i64, i64)> = self.readers.row(COUNT, &[collection.as_str().into()]).await?;
        let (all, open) = count.unwrap_or_default();
        Ok((all.unsigned_abs(), open.unsigned_abs()))
    }
}

fn collection((key, channel, cause, about, made_at): CollectionRow) -> Result<Collection, StoreError> {
    let gathered = Gathered::read(&cause, &about);
    Ok(Collection {
        gathered: gathered.ok_or_else(|| StoreError::corrupt("collection", &key, "an unknown cause"))?,
        channel: ChannelId::new(channel),
        made_at: places::time("collection", &key, made_at)?,
        key: parsed("collection", &key)?,
    })
}

fn parsed(table: &'static str, key: &str) -> Result<Key, StoreError> {
    key.parse().map_err(|error| StoreError::corrupt(table, key, error))
}
