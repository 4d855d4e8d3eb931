//! Questions about what Slack may have been told already: cards whose posting began, and lasting trouble that the
//! operators know of.

use super::connection::Statement;
use super::{Posting, Store, StoreError, places};
use crate::ids::ChannelId;
use crate::request::Key;

impl Store {
    /// The posting of a card that began and whose end is not known.
    pub async fn posting(&self, key: &Key) -> Result<Option<Posting>, StoreError> {
        // Version 0.1 does not say when an attempt is over.
        const POSTING: Statement = Statement::both(
            "SELECT channel_id, since, coalesce(over_at, since) FROM posting WHERE request_key = $1",
        );
        let row: Option<(String, i64, i64)> = self.readers.row(POSTING, &[key.as_str().into()]).await?;
        row.map(|(channel, since, over_at)| {
            Ok(Posting {
                key: key.clone(),
                channel: ChannelId::new(channel),
                since: places::time("posting", key, since)?,
                over_at: places::time("posting", key, over_at)?,
            })
        })
        .transpose()
    }

    /// What the operators were last told about lasting trouble of this name, while it lasts.
    pub async fn lasting(&self, name: &str) -> Result<Option<String>, StoreError> {
        const LASTING: Statement = Statement::both("SELECT words FROM lasting WHERE name = $1");
        let row: Option<(String,)> = self.readers.row(LASTING, &[name.into()]).await?;
        Ok(row.map(|(words,)| words))
    }

    /// Whether work of this kind on this subject waits, or is being done.
    pub async fn is_asked_for(&self, kind: &str, subject: &str) -> Result<bool, StoreError> {
        const ASKED_FOR: Statement = Statement::both(
            "SELECT count(*) FROM job WHERE kind = $1 AND subject = $2 AND given_up_at IS NULL",
        );
        let count: Option<(i64,)> = self.readers.row(ASKED_FOR, &[kind.into(), subject.into()]).await?;
        Ok(count.is_some_and(|(count,)| count > 0))
    }
}
