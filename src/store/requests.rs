//! Questions about requests and their cards.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::connection::{Statement, Value};
use super::document::{self, Columns};
use super::{Card, Reader, Store, StoreError};
use crate::ids::{ChannelId, GitHubUserId, MessageTs, OrganizationId, RequestId, TokenId};
use crate::request::{Key, TokenRequest};

/// Organization, number, key, version, document.
type RequestRow = (i64, i64, String, i64, String);

/// The same, and when it was asked for.
type AskedRow = (i64, i64, String, i64, String, i64);

/// A question for whole requests.
macro_rules! requests {
    ($condition:literal) => {
        Statement::both(concat!(
            "SELECT organization_id, request_id, request_key, version, document FROM request ",
            $condition
        ))
    };
}

/// The same for those of `condition`, each with when it was asked for, which `order` can speak of. That is when GitHub says
/// it was, or else when it came here; whole lists come in any order. Nobody can forge the words that are looked for in
/// what a document says: in what people type, quotation marks are escaped.
macro_rules! as_asked {
    ($condition:literal, $order:literal) => {
        Statement {
            sqlite: concat!(
                "SELECT * FROM (
                     SELECT organization_id, request_id, request_key, version, document,
                         coalesce(CASE WHEN json_valid(document) THEN document ->> '$.facts.created_at' END, received_at)
                             AS asked_at
                     FROM request WHERE ",
                $condition,
                ") WHERE ",
                $order
            ),
            postgres: concat!(
                "SELECT * FROM (
                     SELECT organization_id, request_id, request_key, version, document,
                         coalesce(substring(document FROM '\"created_at\":(-?[0-9]{1,18})')::bigint, received_at)
                             AS asked_at
                     FROM request WHERE ",
                $condition,
                ") AS waiting WHERE ",
                $order
            ),
        }
    };
}

const BY_KEY: Statement = requests!("WHERE request_key = $1");

const NUMBERED: Statement = requests!("WHERE request_id = $1 ORDER BY organization_id");

const CARD: Statement =
    Statement::both("SELECT channel_id, message_ts, rendering FROM card WHERE request_key = $1");

/// A place in the order in which requests were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    at: i64,
    id: i64,
}

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

    /// The requests that GitHub knows by this number, in all organizations.
    pub async fn requests_numbered(&self, id: RequestId) -> Result<Vec<TokenRequest>, StoreError> {
        let rows: Vec<RequestRow> = self.readers.rows(NUMBERED, &[id.0.into()]).await?;
        rows.into_iter().map(request).collect()
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

    /// The requests of a collection in the order in which they were asked for, those that wait or all of them, that come
    /// after `after`; at most `limit`. With them where the last one stands, nothing after the last of all.
    pub async fn collected(
        &self,
        collection: &Key,
        are_open: bool,
        after: Option<Asked>,
        limit: u32,
    ) -> Result<(Vec<TokenRequest>, Option<Asked>), StoreError> {
        const OPEN: Statement = as_asked!(
            "request_key IN (SELECT request_key FROM showing WHERE collection_key = $1)
                 AND state IN ('pending', 'deciding')",
            "(asked_at, request_id) > ($2, $3) ORDER BY asked_at, request_id LIMIT $4"
        );
        const ALL: Statement = as_asked!(
            "request_key IN (SELECT request_key FROM showing WHERE collection_key = $1)",
            "(asked_at, request_id) > ($2, $3) ORDER BY asked_at, request_id LIMIT $4"
        );
        let Asked { at, id } = after.unwrap_or(Asked { at: i64::MIN, id: 0 });
        let values = [collection.as_str().into(), at.into(), id.into(), limit.into()];
        self.in_order(if are_open { OPEN } else { ALL }, &values).await
    }

    /// Requests that wait for people or for GitHub, in the order in which they were asked for; at most `limit`.
    pub async fn open_requests(&self, limit: u32) -> Result<Vec<TokenRequest>, StoreError> {
        const OPEN: Statement =
            as_asked!("state IN ('pending', 'deciding')", "0 = 0 ORDER BY asked_at, request_id LIMIT $1");
        Ok(self.in_order(OPEN, &[limit.into()]).await?.0)
    }

    /// What an account has asked for and what waits for people or for GitHub, in the order in which it was asked for.
    pub async fn open_requests_of(&self, requester: GitHubUserId) -> Result<Vec<TokenRequest>, StoreError> {
        const OPEN_OF: Statement = as_asked!(
            "state IN ('pending', 'deciding') AND requester_id = $1",
            "0 = 0 ORDER BY asked_at, request_id"
        );
        Ok(self.in_order(OPEN_OF, &[requester.0.into()]).await?.0)
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

    /// Every request for a token, the newest first; at most so many as anybody reads of.
    pub async fn requests_for_token(
        &self,
        organization: OrganizationId,
        token: TokenId,
    ) -> Result<Vec<TokenRequest>, StoreError> {
        const FOR_TOKEN: Statement =
            requests!("WHERE organization_id = $1 AND token_id = $2 ORDER BY request_id DESC LIMIT 20");
        let rows: Vec<RequestRow> =
            self.readers.rows(FOR_TOKEN, &[organization.0.into(), token.0.into()]).await?;
        rows.into_iter().map(request).collect()
    }

    /// The requests for each of these tokens, the newest first.
    pub async fn requests_for_tokens(
        &self,
        organization: OrganizationId,
        tokens: &[TokenId],
    ) -> Result<HashMap<TokenId, Vec<TokenRequest>>, StoreError> {
        by_token(self.readers.rows(FOR_TOKENS, &for_tokens(organization, tokens)).await?)
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

    /// Where the cards and lists stand of what is open.
    pub async fn open_places(&self) -> Result<Vec<(Key, ChannelId)>, StoreError> {
        const PLACES: Statement = Statement::both(
            "SELECT card.request_key, card.channel_id FROM card
             WHERE EXISTS (SELECT 1 FROM request
                           WHERE request.request_key = card.request_key AND request.state IN ('pending', 'deciding'))
                OR EXISTS (SELECT 1 FROM showing JOIN request ON request.request_key = showing.request_key
                           WHERE showing.collection_key = card.request_key
                             AND request.state IN ('pending', 'deciding'))
             ORDER BY card.channel_id, card.request_key",
        );
        let rows: Vec<(String, String)> = self.readers.rows(PLACES, &[]).await?;
        let place = |(key, channel)| Ok((parsed_key((key, String::new()))?.0, ChannelId::new(channel)));
        rows.into_iter().map(place).collect()
    }

    /// Those of the requests that have a card of their own, or are about to get one.
    pub async fn with_cards_among(&self, keys: &[Key]) -> Result<HashSet<String>, StoreError> {
        const AMONG: Statement = Statement {
            sqlite: "SELECT value FROM json_each($1)
                     WHERE EXISTS (SELECT 1 FROM card WHERE card.request_key = value)
                         OR EXISTS (SELECT 1 FROM showing
                                    WHERE showing.request_key = value AND collection_key IS NULL)",
            postgres: "SELECT key FROM jsonb_array_elements_text($1::jsonb) AS rows (key)
                       WHERE EXISTS (SELECT 1 FROM card WHERE card.request_key = key)
                           OR EXISTS (SELECT 1 FROM showing
                                      WHERE showing.request_key = key AND collection_key IS NULL)",
        };
        let keys: Vec<_> = keys.iter().map(Key::as_str).collect();
        let keys = serde_json::json!(keys).to_string();
        let rows: Vec<(String,)> = self.readers.rows(AMONG, &[keys.as_str().into()]).await?;
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }

    /// What the requester of `request` had asked for before it and was approved, as far as can be told here, the newest
    /// first; so many as tell whether this token is known. Approvers compare with it: all of it or nothing, because with
    /// one left out more might seem to be approved before than was.
    ///
    /// What is certain not to count is left out by the words of its document, or fifty cancellations would hide what was
    /// approved. Nobody can forge those words: in what people type, quotation marks are escaped. Whatever has other words,
    /// such as those of a later release, is read.
    pub async fn earlier_requests(&self, request: &TokenRequest) -> Result<Vec<TokenRequest>, StoreError> {
        const NEWEST: u32 = 50;
        const EARLIER: Statement = requests!(
            "WHERE organization_id = $1 AND requester_id = $2 AND state = 'settled' AND received_at <= $3
                 AND document NOT LIKE '%{\"settled\":{\"outcome\":\"cancelled\"%'
                 AND document NOT LIKE '%{\"settled\":{\"outcome\":\"denied\"%'
                 AND document NOT LIKE '%{\"settled\":{\"outcome\":\"superseded\"%'
                 AND document NOT LIKE '%{\"settled\":{\"outcome\":\"gone\"%'
                 AND document NOT LIKE '%,\"is_unasked\":true,%'
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
        Ok(rows.into_iter().filter_map(readable).collect())
    }

    /// The same in the order in which they were asked for, with where the last one stands.
    async fn in_order(
        &self,
        statement: Statement,
        values: &[Value],
    ) -> Result<(Vec<TokenRequest>, Option<Asked>), StoreError> {
        let rows: Vec<AskedRow> = self.readers.rows(statement, values).await?;
        let last = rows.last().map(|row| Asked { at: row.5, id: row.1 });
        let rows = rows
            .into_iter()
            .map(|(organization, id, key, version, document, _)| (organization, id, key, version, document));
        Ok((rows.filter_map(readable).collect(), last))
    }
}

fn parsed_key((key, state): (String, String)) -> Result<(Key, String), StoreError> {
    match key.parse() {
        Ok(key) => Ok((key, state)),
        Err(error) => Err(StoreError::corrupt("request", key, error)),
    }
}

const FOR_TOKENS: Statement = Statement {
    sqlite: "SELECT organization_id, request_id, request_key, version, document FROM request
             WHERE organization_id = $1 AND token_id IN (SELECT value FROM json_each($2)) ORDER BY request_id DESC",
    postgres: "SELECT organization_id, request_id, request_key, version, document FROM request
               WHERE organization_id = $1
                   AND token_id IN (SELECT v::bigint FROM jsonb_array_elements_text($2::jsonb) AS rows (v))
               ORDER BY request_id DESC",
};

fn for_tokens(organization: OrganizationId, tokens: &[TokenId]) -> [Value; 2] {
    let tokens: Vec<_> = tokens.iter().map(|token| token.0).collect();
    [organization.0.into(), serde_json::json!(tokens).to_string().as_str().into()]
}

fn by_token(rows: Vec<RequestRow>) -> Result<HashMap<TokenId, Vec<TokenRequest>>, StoreError> {
    let mut all: HashMap<_, Vec<_>> = HashMap::new();
    for request in rows.into_iter().map(request) {
        let request = request?;
        if let Some(token) = request.facts.token {
            all.entry(token).or_default().push(request);
        }
    }
    Ok(all)
}

impl Reader {
    /// The requests for each of these tokens, the newest first.
    pub async fn requests_for_tokens(
        &self,
        organization: OrganizationId,
        tokens: &[TokenId],
    ) -> Result<HashMap<TokenId, Vec<TokenRequest>>, StoreError> {
        by_token(self.rows(FOR_TOKENS, &for_tokens(organization, tokens)).await?)
    }

    /// The request people know by this key.
    pub async fn request_by_key(&self, key: &Key) -> Result<Option<TokenRequest>, StoreError> {
        let rows: Vec<RequestRow> = self.rows(BY_KEY, &[key.as_str().into()]).await?;
        rows.into_iter().next().map(request).transpose()
    }

    /// The requests that GitHub knows by this number, in all organizations.
    pub async fn requests_numbered(&self, id: RequestId) -> Result<Vec<TokenRequest>, StoreError> {
        let rows: Vec<RequestRow> = self.rows(NUMBERED, &[id.0.into()]).await?;
        rows.into_iter().map(self::request).collect()
    }

    /// Where a request's card stands, once it was posted.
    pub async fn card(&self, key: &Key) -> Result<Option<Card>, StoreError> {
        let rows: Vec<CardRow> = self.rows(CARD, &[key.as_str().into()]).await?;
        Ok(rows.into_iter().next().map(|row| card(key, row)))
    }
}

fn readable(row: RequestRow) -> Option<TokenRequest> {
    request(row).inspect_err(report).ok()
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
