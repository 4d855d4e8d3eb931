//! Questions about mirrored tokens.

#[macro_use]
mod rows;
mod search;

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::json;

use self::rows::{Source, presence};
use super::connection::{Statement, Value};
use super::{Reader, Store, StoreError};
use crate::ids::{GitHubUserId, GrantId, Login, OrganizationId, TokenId};
use crate::request::Requester;
use crate::token::{Filter, Position, Token, TokenKey, TokenKeyError};

/// How far an organization's list of tokens was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    pub organization: OrganizationId,
    pub login: Login,
    /// When the list was read to its end for the first time.
    pub baseline_at: Option<DateTime<Utc>>,
    /// As of when all of it is known: when the last reading that came to its end began.
    pub finished_at: Option<DateTime<Utc>>,
    /// How many tokens made no sense then; they are on no list.
    pub unreadable: u64,
    /// The reading that is on its way.
    pub run: Option<Run>,
}

impl Mirror {
    /// That of an organization whose list nobody has begun to read.
    pub fn not_begun(organization: OrganizationId, login: Login) -> Self {
        Self { organization, login, baseline_at: None, finished_at: None, unreadable: 0, run: None }
    }
}

/// A reading of an organization's list, kept with every page so that it goes on after a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub started_at: DateTime<Utc>,
    /// Where it goes on; nothing at its beginning.
    pub cursor: Option<String>,
    pub pages: u64,
    /// How many of the tokens made no sense.
    pub unreadable: u64,
    /// How many of these do not even say which they are. A list with such is no evidence of absence.
    pub nameless: u64,
}

/// Whether a mirrored token is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Active,
    /// The last whole list did not show it. It is looked for once more before it counts as gone.
    Missing,
    Gone,
}

impl Presence {
    /// The name in the database and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Missing => "missing",
            Self::Gone => "gone",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Missing, Self::Gone].into_iter().find(|one| one.name() == name)
    }
}

/// A token as the mirror shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirrored {
    pub token: Token,
    pub presence: Presence,
    pub first_seen_at: DateTime<Utc>,
    /// When GitHub told of it last.
    pub seen_at: DateTime<Utc>,
    pub gone_at: Option<DateTime<Utc>>,
    /// When the repositories of a subset were read.
    pub listed_at: Option<DateTime<Utc>>,
}

/// The tokens of which somebody may know, organization by organization. Nothing of any other one is read or counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// All tokens there.
    pub organizations: BTreeSet<OrganizationId>,
    /// Also the tokens of these owners there.
    pub owners: BTreeSet<(OrganizationId, GitHubUserId)>,
    /// But not those of these owners, whatever else is said.
    pub but: BTreeSet<(OrganizationId, GitHubUserId)>,
}

impl Scope {
    /// What may be known of other organizations, too.
    pub fn extend(&mut self, other: Self) {
        self.organizations.extend(other.organizations);
        self.owners.extend(other.owners);
        self.but.extend(other.but);
    }
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPage {
    pub tokens: Vec<Mirrored>,
    /// How many the filter finds altogether.
    pub count: u64,
    /// Whether more come behind these.
    pub has_more: bool,
}

/// What is asked of the mirror.
#[derive(Debug, Clone, Copy)]
pub struct TokenQuestion<'a> {
    pub filter: &'a Filter,
    pub scope: &'a Scope,
    pub now: DateTime<Utc>,
    /// Only what comes behind this place.
    pub after: Option<&'a Position>,
    pub limit: u32,
}

impl Store {
    /// Answers a filter from the mirror.
    pub async fn tokens(&self, question: &TokenQuestion<'_>) -> Result<TokenPage, StoreError> {
        Source::Store(self).tokens(question).await
    }

    /// The token that people know by this key, also when it is gone.
    pub async fn token_by_key(&self, key: &TokenKey) -> Result<Option<Mirrored>, StoreError> {
        const BY_KEY: Statement = Statement::both(tokens!("WHERE t.token_key = $1"));
        Ok(self.tokens_by(BY_KEY, &[key.as_str().into()]).await?.into_iter().next())
    }

    /// The tokens that GitHub knows by this number: grants are numbered alike everywhere, but nobody promises that.
    pub async fn tokens_by_grant(&self, grant: GrantId) -> Result<Vec<Mirrored>, StoreError> {
        const BY_GRANT: Statement =
            Statement::both(tokens!("WHERE t.grant_id = $1 ORDER BY t.organization_id"));
        self.tokens_by(BY_GRANT, &[grant.0.into()]).await
    }

    /// Every access that a token has or had, the present ones first.
    pub async fn tokens_by_number(&self, token: TokenId) -> Result<Vec<Mirrored>, StoreError> {
        const BY_TOKEN: Statement = Statement::both(tokens!(
            "WHERE t.token_id = $1
             ORDER BY CASE WHEN t.state = 'gone' THEN 1 ELSE 0 END, t.organization_id, t.grant_id"
        ));
        self.tokens_by(BY_TOKEN, &[token.0.into()]).await
    }

    /// Those of these grants that are known.
    pub async fn tokens_among(
        &self,
        organization: OrganizationId,
        grants: &[GrantId],
    ) -> Result<HashMap<GrantId, Mirrored>, StoreError> {
        Source::Store(self).among(organization, grants).await
    }

    /// Those of these keys that a token has, whatever became of it.
    pub async fn keys_among(&self, keys: &[TokenKey]) -> Result<HashSet<TokenKey>, StoreError> {
        const AMONG: Statement = Statement {
            sqlite: "SELECT token_key FROM token WHERE token_key IN (SELECT value FROM json_each($1))",
            postgres: "SELECT token_key FROM token
                       WHERE token_key IN (SELECT v FROM jsonb_array_elements_text($1::jsonb) AS rows (v))",
        };
        if keys.is_empty() {
            return Ok(HashSet::new());
        }
        let texts: Vec<_> = keys.iter().map(TokenKey::as_str).collect();
        let rows: Vec<(String,)> =
            self.readers.rows(AMONG, &[json!(texts).to_string().as_str().into()]).await?;
        let key = |(key,): (String,)| {
            key.parse().map_err(|error: TokenKeyError| StoreError::corrupt("token", &key, error))
        };
        rows.into_iter().map(key).collect()
    }

    /// Tokens that the last whole list did not show and that can be looked for, those that were not tried lately first; at
    /// most so many. What is being revoked is looked after by that.
    pub async fn missing_tokens(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<Vec<Mirrored>, StoreError> {
        const MISSING: Statement = Statement::both(tokens!(
            "WHERE t.organization_id = $1 AND t.state = 'missing' AND t.token_id IS NOT NULL
                 AND NOT EXISTS (
                     SELECT 1 FROM ending AS e
                     WHERE e.organization_id = t.organization_id AND e.grant_id = t.grant_id AND e.stage = 'revoking')
             ORDER BY coalesce(t.tried_at, 0), t.seen_at, t.number LIMIT $2"
        ));
        self.tokens_by(MISSING, &[organization.0.into(), limit.into()]).await
    }

    /// Tokens whose repositories were never read: those that we approved first, then the newest ones; at most so many.
    pub async fn unlisted_tokens(
        &self,
        organization: OrganizationId,
        limit: u32,
    ) -> Result<Vec<Mirrored>, StoreError> {
        const UNLISTED: Statement = Statement::both(tokens!(
            "WHERE t.organization_id = $1 AND t.reach = 'subset' AND t.listed_at IS NULL AND t.state <> 'gone'
             ORDER BY coalesce(t.tried_at, 0), CASE WHEN EXISTS (
                     SELECT 1 FROM request AS r
                     WHERE r.organization_id = t.organization_id AND r.token_id = t.token_id)
                 THEN 0 ELSE 1 END, t.first_seen_at DESC, t.number LIMIT $2"
        ));
        self.tokens_by(UNLISTED, &[organization.0.into(), limit.into()]).await
    }

    /// Tokens whose repositories were read before `before`, longest ago first; at most so many.
    pub async fn tokens_listed_before(
        &self,
        organization: OrganizationId,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Mirrored>, StoreError> {
        const STALE: Statement = Statement::both(tokens!(
            "WHERE t.organization_id = $1 AND t.reach = 'subset' AND t.listed_at < $2 AND t.state <> 'gone'
                 AND coalesce(t.tried_at, 0) < $2
             ORDER BY t.listed_at, t.number LIMIT $3"
        ));
        let values = [organization.0.into(), before.timestamp_millis().into(), limit.into()];
        self.tokens_by(STALE, &values).await
    }

    /// How many tokens of each organization are there or missing.
    pub async fn tokens_by_state(&self) -> Result<Vec<(Login, Presence, u64)>, StoreError> {
        const BY_STATE: Statement = Statement::both(
            "SELECT mirror.login, t.state, count(*) FROM token AS t
             JOIN mirror ON mirror.organization_id = t.organization_id
             WHERE t.state <> 'gone' GROUP BY 1, 2 ORDER BY 1, 2",
        );
        let rows: Vec<(String, String, i64)> = self.readers.rows(BY_STATE, &[]).await?;
        rows.into_iter()
            .map(|(login, state, count)| {
                let presence = presence(&login, &state)?;
                Ok((Login::new(&login), presence, count.unsigned_abs()))
            })
            .collect()
    }

    /// The owners of all tokens of an organization, by the login that was told last.
    pub async fn token_owners(&self, organization: OrganizationId) -> Result<Vec<Requester>, StoreError> {
        const OWNERS: Statement = Statement::both(
            "SELECT DISTINCT owner_id, owner_login FROM token WHERE organization_id = $1 AND state <> 'gone'
             ORDER BY owner_id, owner_login",
        );
        let rows: Vec<(i64, String)> = self.readers.rows(OWNERS, &[organization.0.into()]).await?;
        let owner =
            |(id, login): (i64, String)| Requester { id: GitHubUserId(id as u64), login: Login::new(&login) };
        Ok(rows.into_iter().map(owner).collect())
    }

    /// A page of all that is active of these owners, in the order of [`Sort::Expiry`]. However many tokens there are of others,
    /// none of them is looked at.
    ///
    /// [`Sort::Expiry`]: crate::token::Sort::Expiry
    pub async fn tokens_of(
        &self,
        owners: &BTreeSet<(OrganizationId, GitHubUserId)>,
        after: Option<&Position>,
        limit: u32,
    ) -> Result<TokenPage, StoreError> {
        const OF: Statement = Statement::both(
            "SELECT number FROM token WHERE organization_id = $1 AND owner_id = $2 AND state <> 'gone'",
        );
        let mut numbers = Vec::new();
        for (organization, owner) in owners {
            let rows: Vec<(i64,)> = self.readers.rows(OF, &[organization.0.into(), owner.0.into()]).await?;
            numbers.extend(rows.into_iter().map(|(number,)| number));
        }
        Source::Store(self).page_of(&numbers, after, limit).await
    }

    /// Where an account has active tokens, each organization under every login that they are known by.
    pub async fn places_of_owner(
        &self,
        owner: GitHubUserId,
    ) -> Result<Vec<(OrganizationId, Login)>, StoreError> {
        const PLACES: Statement = Statement::both(
            "SELECT DISTINCT organization_id, owner_login FROM token
             WHERE organization_id IN (SELECT organization_id FROM mirror) AND owner_id = $1 AND state <> 'gone'
             ORDER BY organization_id, owner_login",
        );
        let rows: Vec<(i64, String)> = self.readers.rows(PLACES, &[owner.0.into()]).await?;
        let place = |(id, login): (i64, String)| (OrganizationId(id as u64), Login::new(&login));
        Ok(rows.into_iter().map(place).collect())
    }

    /// How far the list of every organization was read that was looked at.
    pub async fn mirrors(&self) -> Result<Vec<Mirror>, StoreError> {
        Source::Store(self).mirrors().await
    }

    /// The same for one.
    pub async fn mirror(&self, organization: OrganizationId) -> Result<Option<Mirror>, StoreError> {
        Ok(self.mirrors().await?.into_iter().find(|mirror| mirror.organization == organization))
    }

    async fn tokens_by(&self, statement: Statement, values: &[Value]) -> Result<Vec<Mirrored>, StoreError> {
        let source = Source::Store(self);
        source.whole(source.rows(statement, values).await?).await
    }
}

impl Reader {
    /// Answers a filter from the mirror.
    pub async fn tokens(&self, question: &TokenQuestion<'_>) -> Result<TokenPage, StoreError> {
        Source::Reader(self).tokens(question).await
    }

    /// How far the list of every organization was read that was looked at.
    pub async fn mirrors(&self) -> Result<Vec<Mirror>, StoreError> {
        Source::Reader(self).mirrors().await
    }
}
