//! Questions about requests and their cards.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};

use super::document::{self, Columns};
use super::{Card, Reader, Store, StoreError};
use crate::ids::{ChannelId, MessageTs, OrganizationId, RequestId, TokenId};
use crate::request::{Key, TokenRequest};

const COLUMNS: &str = "organization_id, request_id, request_key, version, document";

impl Store {
    /// The request GitHub knows by this number.
    pub async fn request(
        &self,
        organization: OrganizationId,
        id: RequestId,
    ) -> Result<Option<TokenRequest>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM request WHERE organization_id = ? AND request_id = ?"
        )))
        .bind(organization.0 as i64)
        .bind(id.0 as i64)
        .fetch_optional(&self.readers)
        .await?
        .map(request)
        .transpose()
    }

    /// The request people know by this key.
    pub async fn request_by_key(&self, key: &Key) -> Result<Option<TokenRequest>, StoreError> {
        by_key(&self.readers, key).await
    }

    /// Requests that wait for people or for GitHub, oldest first; at most `limit`.
    pub async fn open_requests(&self, limit: u32) -> Result<Vec<TokenRequest>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM request WHERE state IN ('pending', 'deciding') ORDER BY received_at LIMIT ?"
        )))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?
        .into_iter()
        .map(request)
        .collect()
    }

    /// Undecided requests for one token: a newer one takes their place.
    pub async fn pending_for_token(
        &self,
        organization: OrganizationId,
        token: TokenId,
    ) -> Result<Vec<TokenRequest>, StoreError> {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM request WHERE organization_id = ? AND token_id = ? AND state = 'pending'"
        )))
        .bind(organization.0 as i64)
        .bind(token.0 as i64)
        .fetch_all(&self.readers)
        .await?
        .into_iter()
        .map(request)
        .collect()
    }

    /// Keys and states of what waits in an organization, oldest first.
    pub async fn open_keys(&self, organization: OrganizationId) -> Result<Vec<(Key, String)>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT request_key, state FROM request
             WHERE organization_id = ? AND state IN ('pending', 'deciding') ORDER BY received_at",
        )
        .bind(organization.0 as i64)
        .fetch_all(&self.readers)
        .await?;
        let parsed = |(key, state): (String, String)| match key.parse() {
            Ok(key) => Ok((key, state)),
            Err(error) => Err(StoreError::corrupt("request", key, error)),
        };
        rows.into_iter().map(parsed).collect()
    }

    /// What the requester of `request` had asked for before it and GitHub has decided, the newest first; so many as
    /// tell whether this token is known.
    pub async fn earlier_requests(&self, request: &TokenRequest) -> Result<Vec<TokenRequest>, StoreError> {
        const NEWEST: u32 = 50;
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM request
             WHERE organization_id = ? AND requester_id = ? AND state = 'settled' AND received_at <= ?
             ORDER BY received_at DESC LIMIT ?"
        )))
        .bind(request.organization.0 as i64)
        .bind(request.facts.requester.id.0 as i64)
        .bind(request.received_at.timestamp_millis())
        .bind(NEWEST)
        .fetch_all(&self.readers)
        .await?
        .into_iter()
        .map(self::request)
        .collect()
    }

    /// Where a request's card stands, once it was posted.
    pub async fn card(&self, key: &Key) -> Result<Option<Card>, StoreError> {
        card(&self.readers, key).await
    }

    /// How many requests stand in each state, for the gauges.
    pub async fn requests_by_state(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(sqlx::query_as("SELECT state, count(*) FROM request GROUP BY state")
            .fetch_all(&self.readers)
            .await?)
    }
}

impl Reader {
    pub(super) fn pool(&self) -> &SqlitePool {
        &self.0
    }
}

pub(super) async fn by_key(pool: &SqlitePool, key: &Key) -> Result<Option<TokenRequest>, StoreError> {
    sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM request WHERE request_key = ?")))
        .bind(key.as_str())
        .fetch_optional(pool)
        .await?
        .map(request)
        .transpose()
}

pub(super) async fn numbered(pool: &SqlitePool, id: RequestId) -> Result<Vec<TokenRequest>, StoreError> {
    sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM request WHERE request_id = ?")))
        .bind(id.0 as i64)
        .fetch_all(pool)
        .await?
        .into_iter()
        .map(request)
        .collect()
}

pub(super) async fn card(pool: &SqlitePool, key: &Key) -> Result<Option<Card>, StoreError> {
    let row: Option<(String, String, String)> =
        sqlx::query_as("SELECT channel_id, message_ts, rendering FROM card WHERE request_key = ?")
            .bind(key.as_str())
            .fetch_optional(pool)
            .await?;
    Ok(row.map(|(channel, ts, rendering)| Card {
        key: key.clone(),
        channel: ChannelId::new(channel),
        ts: MessageTs::new(ts),
        rendering,
    }))
}

fn request(row: SqliteRow) -> Result<TokenRequest, StoreError> {
    let (organization, id, version): (i64, i64, i64) = (row.get(0), row.get(1), row.get(3));
    let key: String = row.get(2);
    let columns = Columns {
        organization: OrganizationId(organization as u64),
        id: RequestId(id as u64),
        key: key.parse().map_err(|error| StoreError::corrupt("request", &key, error))?,
        version: version as u64,
    };
    document::read(columns, row.get(4)).map_err(|error| StoreError::corrupt("request", key, error))
}
