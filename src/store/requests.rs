//! Questions about requests and their cards.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::connection::{Statement, Value};
use super::document::{self, Columns};
use super::{Card, Reader, Store, StoreError};
use crate::ids::{ChannelId, MessageTs, OrganizationId, RequestId, TokenId};
use crate::request::{Key, TokenRequest};

/// Organization, number, key, version, document.
type RequestRow = (i64, i64, String, i64, String);

/// A question for whole requests.
macro_rules! requests {
    ($condition:literal) => {
        Statement::both(concat!(
            "SELECT organization_id, request_id, request_key, version, document FROM request ",
            $condition
        ))
    };
}

const BY_KEY: Statement = requests!("WHERE request_key = $1");

const CARD: Statement =
    Statement::both("SELECT channel_id, message_ts, rendering FROM card WHERE request_key = $1");

/// Channel, time stamp, rendering.
type CardRow = (String, String, String);

impl Store {
    /// The request GitHub knows by this number.
    pub async fn request(
        &self,
        organization: OrganizationId,
        id: RequestId,
    ) -> Result<Option<TokenRequest>, StoreError> {
        const BY_ID: Statement = requests!("WHERE organization_id = $1 AND request_id = $2");
        self.one_request(BY_ID, &[organization.0.into(), id.0.into()]).await
    }

    /// The request people know by this key.
    pub async fn request_by_key(&self, key: &Key) -> Result<Option<TokenRequest>, StoreError> {
        self.one_request(BY_KEY, &[key.as_str().into()]).await
    }

    /// Those of the requests with these numbers that are known; without what is kept of one that can't be read.
    pub async fn requests_among(
        &self,
        organization: OrganizationId,
        numbers: &[RequestId],
    ) -> Result<HashMap<RequestId, Option<TokenRequest>>, StoreError> {
        const AMONG: Statement = Statement {
            sqlite: "SELECT organization_id, request_id, request_key, version, document FROM request
                     WHERE organization_id = $1 AND request_id IN (SELECT value FROM json_each($2))",
            postgres: "SELECT organization_id, request_id, request_key, version, document FROM request
                       WHERE organization_id = $1
                           AND request_id IN (SELECT number::bigint FROM jsonb_array_elements_text($2::jsonb)
                                              AS rows (number))",
        };
        let numbers: Vec<_> = numbers.iter().map(|number| number.0).collect();
        let numbers = serde_json::json!(numbers).to_string();
        let values = [organization.0.into(), numbers.as_str().into()];
        let rows: Vec<RequestRow> = self.readers.rows(AMONG, &values).await?;
        let read = |row: RequestRow| (RequestId(row.1 as u64), request(row).inspect_err(report).ok());
        Ok(rows.into_iter().map(read).collect())
    }

    /// The numbers of what waits in an organization since before `before`, with key and state.
    pub async fn open_before(
        &self,
        organization: OrganizationId,
        before: DateTime<Utc>,
    ) -> Result<Vec<(RequestId, Key, String)>, StoreError> {
        const OPEN: Statement = Statement::both(
            "SELECT request_id, request_key, state FROM request
             WHERE organization_id = $1 AND state IN ('pending', 'deciding') AND received_at < $2",
        );
        let values = [organization.0.into(), before.timestamp_millis().into()];
        let rows: Vec<(i64, String, String)> = self.readers.rows(OPEN, &values).await?;
        let parsed = |(id, key, state): (i64, String, String)| match key.parse() {
            Ok(key) => Ok((RequestId(id as u64), key, state)),
            Err(error) => Err(StoreError::corrupt("request", key, error)),
        };
        rows.into_iter().map(parsed).collect()
    }

    /// The requests of a collection, oldest first, those that wait or all of them, that come after `after`; at most
    /// `limit`.
    pub async fn collected(
        &self,
        collection: &Key,
        are_open: bool,
        after: Option<&TokenRequest>,
        limit: u32,
    ) -> Result<Vec<TokenRequest>, StoreError> {
        const OPEN: Statement = requests!(
            "WHERE request_key IN (SELECT request_key FROM showing WHERE collection_key = $1)
                 AND state IN ('pending', 'deciding') AND (received_at, request_id) > ($2, $3)
             ORDER BY received_at, request_id LIMIT $4"
        );
        const ALL: Statement = requests!(
            "WHERE request_key IN (SELECT request_key FROM showing WHERE collection_key = $1)
                 AND (received_at, request_id) > ($2, $3)
             ORDER BY received_at, request_id LIMIT $4"
        );
        let place = after.map_or((i64::MIN, 0), |after| (after.received_at.timestamp_millis(), after.id.0));
        let values = [collection.as_str().into(), place.0.into(), place.1.into(), limit.into()];
        self.readable_requests(if are_open { OPEN } else { ALL }, &values).await
    }

    /// Requests that wait for people or for GitHub, oldest first; at most `limit`.
    pub async fn open_requests(&self, limit: u32) -> Result<Vec<TokenRequest>, StoreError> {
        const OPEN: Statement =
            requests!("WHERE state IN ('pending', 'deciding') ORDER BY received_at, request_id LIMIT $1");
        self.readable_requests(OPEN, &[limit.into()]).await
    }

    /// Undecided requests for one token: a newer one takes their place.
    pub async fn pending_for_token(
        &self,
        organization: OrganizationId,
        token: TokenId,
    ) -> Result<Vec<TokenRequest>, StoreError> {
        const FOR_TOKEN: Statement = requests!(
            "WHERE organization_id = $1 AND token_id = $2 AND state = 'pending' ORDER BY request_id"
        );
        self.readable_requests(FOR_TOKEN, &[organization.0.into(), token.0.into()]).await
    }

    /// Keys and states of what waits in an organization, oldest first.
    pub async fn open_keys(&self, organization: OrganizationId) -> Result<Vec<(Key, String)>, StoreError> {
        const OPEN: Statement = Statement::both(
            "SELECT request_key, state FROM request
             WHERE organization_id = $1 AND state IN ('pending', 'deciding') ORDER BY received_at, request_id",
        );
        let rows: Vec<(String, String)> = self.readers.rows(OPEN, &[organization.0.into()]).await?;
        rows.into_iter().map(parsed_key).collect()
    }

    /// Keys and states of what is open and has a card of its own, or is about to get one.
    pub async fn open_with_cards(&self) -> Result<Vec<(Key, String)>, StoreError> {
        const SHOWN: Statement = Statement::both(
            "SELECT request_key, state FROM request
             WHERE state IN ('pending', 'deciding') AND (
                 EXISTS (SELECT 1 FROM card WHERE card.request_key = request.request_key)
                 OR EXISTS (SELECT 1 FROM showing
                            WHERE showing.request_key = request.request_key AND collection_key IS NULL))
             ORDER BY received_at, request_id",
        );
        let rows: Vec<(String, String)> = self.readers.rows(SHOWN, &[]).await?;
        rows.into_iter().map(parsed_key).collect()
    }

    /// What the requester of `request` had asked for before it and GitHub has decided, the newest first; so many as
    /// tell whether this token is known. Approvers compare with it: all of it or nothing, because with one left out more
    /// might seem to be approved before than was.
    pub async fn earlier_requests(&self, request: &TokenRequest) -> Result<Vec<TokenRequest>, StoreError> {
        const NEWEST: u32 = 50;
        const EARLIER: Statement = requests!(
            "WHERE organization_id = $1 AND requester_id = $2 AND state = 'settled' AND received_at <= $3
             ORDER BY received_at DESC, request_id DESC LIMIT $4"
        );
        let values = [
            request.organization.0.into(),
            request.facts.requester.id.0.into(),
            request.received_at.timestamp_millis().into(),
            Value::from(NEWEST),
        ];
        self.readers.rows(EARLIER, &values).await?.into_iter().map(self::request).collect()
    }

    /// Where a request's card stands, once it was posted.
    pub async fn card(&self, key: &Key) -> Result<Option<Card>, StoreError> {
        let row: Option<CardRow> = self.readers.row(CARD, &[key.as_str().into()]).await?;
        Ok(row.map(|row| card(key, row)))
    }

    /// How many requests stand in each state, for the gauges.
    pub async fn requests_by_state(&self) -> Result<Vec<(String, i64)>, StoreError> {
        const BY_STATE: Statement = Statement::both("SELECT state, count(*) FROM request GROUP BY state");
        self.readers.rows(BY_STATE, &[]).await
    }

    async fn one_request(
        &self,
        statement: Statement,
        values: &[Value],
    ) -> Result<Option<TokenRequest>, StoreError> {
        self.readers.row(statement, values).await?.map(request).transpose()
    }

    /// One that can't be read is left out, and must not take the others with it: whoever decides about it asks for it
    /// alone, and hears.
    async fn readable_requests(
        &self,
        statement: Statement,
        values: &[Value],
    ) -> Result<Vec<TokenRequest>, StoreError> {
        let rows: Vec<RequestRow> = self.readers.rows(statement, values).await?;
        Ok(rows.into_iter().filter_map(|row| request(row).inspect_err(report).ok()).collect())
    }
}

fn parsed_key((key, state): (String, String)) -> Result<(Key, String), StoreError> {
    match key.parse() {
        Ok(key) => Ok((key, state)),
        Err(error) => Err(StoreError::corrupt("request", key, error)),
    }
}

impl Reader {
    /// The request people know by this key.
    pub async fn request_by_key(&self, key: &Key) -> Result<Option<TokenRequest>, StoreError> {
        let rows: Vec<RequestRow> = self.rows(BY_KEY, &[key.as_str().into()]).await?;
        rows.into_iter().next().map(request).transpose()
    }

    /// The requests that GitHub knows by this number, in all organizations.
    pub async fn requests_numbered(&self, id: RequestId) -> Result<Vec<TokenRequest>, StoreError> {
        const NUMBERED: Statement = requests!("WHERE request_id = $1 ORDER BY organization_id");
        let rows: Vec<RequestRow> = self.rows(NUMBERED, &[id.0.into()]).await?;
        rows.into_iter().map(self::request).collect()
    }

    /// Where a request's card stands, once it was posted.
    pub async fn card(&self, key: &Key) -> Result<Option<Card>, StoreError> {
        let rows: Vec<CardRow> = self.rows(CARD, &[key.as_str().into()]).await?;
        Ok(rows.into_iter().next().map(|row| card(key, row)))
    }
}

fn report(error: &StoreError) {
    tracing::error!(%error, "a request is left out of a list");
}

fn card(key: &Key, (channel, ts, rendering): CardRow) -> Card {
    Card { key: key.clone(), channel: ChannelId::new(channel), ts: MessageTs::new(ts), rendering }
}

fn request((organization, id, key, version, document): RequestRow) -> Result<TokenRequest, StoreError> {
    let columns = Columns {
        organization: OrganizationId(organization as u64),
        id: RequestId(id as u64),
        key: key.parse().map_err(|error| StoreError::corrupt("request", &key, error))?,
        version: version as u64,
    };
    document::read(columns, &document).map_err(|error| StoreError::corrupt("request", key, error))
}
