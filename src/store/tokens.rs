//! Questions about mirrored tokens.
//!
//! A filter is answered by one statement over all tokens, which means the same as [`Filter::matches`]: what permissions
//! mean is known to the program and not to the database, so their names are looked up first.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::connection::{Readable, Statement, Value};
use super::{Reader, Store, StoreError, places};
use crate::ids::{GitHubUserId, GrantId, Login, OrganizationId, RepositoryId, TokenId};
use crate::request::{
    Expiry, Level, Permission, PermissionGroup, Permissions, Repositories, Repository, Requester,
};
use crate::token::{
    Filter, Pattern, Position, Sort, Token, TokenKey, TokenKeyError, Use, Wanted, levels_of, ranks,
};

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

/// Number, organization, login, grant, key, token, owner, owner's login, expires, used, granted, reach and count, name,
/// state, times. As one text: drivers read rows of sixteen columns at most.
type TokenRow = (
    i64,
    i64,
    String,
    i64,
    String,
    Option<i64>,
    i64,
    String,
    i64,
    i64,
    i64,
    String,
    Option<i64>,
    Option<String>,
    String,
    String,
);

macro_rules! columns {
    () => {
        "t.number, t.organization_id, mirror.login, t.grant_id, t.token_key, t.token_id, t.owner_id, t.owner_login,
         t.expires, t.used, t.granted, t.reach, t.repository_count, t.name, t.state,
         t.first_seen_at || ' ' || t.seen_at || ' ' || coalesce(t.gone_at, -1) || ' ' || coalesce(t.listed_at, -1)"
    };
}

/// Whole tokens under a condition that both databases understand.
macro_rules! tokens {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM token AS t JOIN mirror ON mirror.organization_id = t.organization_id ",
            $condition
        )
    };
}

/// Numbers of a JSON array.
macro_rules! numbers {
    (sqlite, $list:literal) => {
        concat!("SELECT value FROM json_each(", $list, ")")
    };
    (postgres, $list:literal) => {
        concat!("SELECT v::bigint FROM jsonb_array_elements_text(", $list, "::jsonb) AS rows (v)")
    };
}

/// Pairs of numbers of a JSON array.
macro_rules! pairs {
    (sqlite, $list:literal) => {
        concat!("SELECT value ->> 0, value ->> 1 FROM jsonb_each(", $list, ")")
    };
    (postgres, $list:literal) => {
        concat!(
            "SELECT (v ->> 0)::bigint, (v ->> 1)::bigint FROM jsonb_array_elements(",
            $list,
            "::jsonb) AS rows (v)"
        )
    };
}

/// Where a text stands in another; 0 if nowhere.
macro_rules! place_in {
    (sqlite, $text:literal, $word:literal) => {
        concat!("instr(", $text, ", ", $word, ")")
    };
    (postgres, $text:literal, $word:literal) => {
        concat!("strpos(", $text, ", ", $word, ")")
    };
}

/// Whether a token says a word, if one is asked for.
macro_rules! says {
    ($db:ident, $word:literal) => {
        concat!(
            " AND (",
            $word,
            " = '' OR t.words IS NULL OR ",
            place_in!($db, "t.words", $word),
            " > 0 OR ",
            place_in!($db, "t.owner_login", $word),
            " > 0)"
        )
    };
}

/// Whether a token has one of these permissions, if any is asked for. SQLite looks at each token's, of which there are few,
/// and the sign keeps it from looking each permission up; PostgreSQL makes a table of all tokens that have one.
macro_rules! has {
    (sqlite, $permissions:literal) => {
        concat!(
            " AND (",
            $permissions,
            " = 'null' OR EXISTS (SELECT 1 FROM token_permission AS p WHERE p.token = t.number AND +p.permission IN (",
            numbers!(sqlite, $permissions),
            ")))"
        )
    };
    (postgres, $permissions:literal) => {
        concat!(
            " AND (",
            $permissions,
            " = 'null' OR t.number IN (SELECT token FROM token_permission WHERE permission IN (",
            numbers!(postgres, $permissions),
            ")))"
        )
    };
}

/// Whether a token may reach a repository like this, if one is asked for; each database in its way, as above.
macro_rules! reaches {
    ($db:ident, $owner:literal, $name:literal) => {
        concat!(
            " AND (",
            $name,
            " = '' OR t.reach NOT IN ('none', 'subset') OR (t.reach = 'subset' AND (t.is_listed = 0 OR ",
            reaches_by_name!($db),
            "(SELECT number FROM repository WHERE name LIKE ",
            $name,
            " ESCAPE '\\' AND owner LIKE ",
            $owner,
            " ESCAPE '\\')))))"
        )
    };
}

macro_rules! reaches_by_name {
    (sqlite) => {
        "EXISTS (SELECT 1 FROM token_repository AS r WHERE r.token = t.number AND +r.repository IN "
    };
    (postgres) => {
        "t.number IN (SELECT token FROM token_repository WHERE repository IN "
    };
}

/// The condition under which a token is one that is asked for; what costs least comes first. What is not asked for is '',
/// 'null', -1 or 0.
macro_rules! fits {
    ($db:ident) => {
        concat!(
            " WHERE t.state <> 'gone'
             AND ($4 = '' OR t.owner_login = $4)
             AND ($5 = -1 OR t.expires = $6 + 1 OR (t.expires > $7 AND t.expires < $5))
             AND ($8 = -1 OR t.used = -2 OR (t.used >= 0 AND t.used < $8) OR (t.used = -1 AND t.granted < $8))
             AND ($9 = -1 OR t.granted < $9)
             AND ($10 = 0 OR t.expires >= $6)
             AND ($11 = 0 OR t.expires <= $7)
             AND ($12 = 0 OR t.reach NOT IN ('none', 'subset'))",
            says!($db, "$13"),
            says!($db, "$14"),
            says!($db, "$15"),
            says!($db, "$16"),
            // The sign keeps SQLite from going by the organizations' index, where the order's index ends sooner.
            " AND (+t.organization_id IN (",
            numbers!($db, "$1"),
            ") OR ($2 <> '[]' AND (t.organization_id, t.owner_id) IN (",
            pairs!($db, "$2"),
            "))) AND ($3 = '[]' OR (t.organization_id, t.owner_id) NOT IN (",
            pairs!($db, "$3"),
            "))",
            has!($db, "$17"),
            has!($db, "$18"),
            has!($db, "$19"),
            has!($db, "$20"),
            reaches!($db, "$21", "$22"),
            reaches!($db, "$23", "$24"),
            reaches!($db, "$25", "$26"),
            reaches!($db, "$27", "$28"),
        )
    };
}

/// By all tokens in turn: to go by an index and from there to each token takes SQLite several times as long.
const COUNT: Statement = Statement {
    sqlite: concat!("SELECT count(*) FROM token AS t NOT INDEXED", fits!(sqlite)),
    postgres: concat!("SELECT count(*) FROM token AS t", fits!(postgres)),
};

/// A page in the order of a column, behind a place in it.
macro_rules! page {
    ($db:ident, $from:literal, $column:literal, $place:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            $from,
            " JOIN mirror ON mirror.organization_id = t.organization_id ",
            fits!($db),
            " AND $29 IS NOT NULL AND $30 IS NOT NULL AND (",
            $column,
            ", t.organization_id, t.grant_id) > (",
            $place,
            ", $31, $32) ORDER BY ",
            $column,
            ", t.organization_id, t.grant_id LIMIT $33"
        )
    };
}

/// The order of a column in SQLite and in PostgreSQL, which finds the best way by itself: by the column's index, which ends
/// as soon as the page is full; and by all tokens in turn, which takes less where few fit.
macro_rules! in_order_of {
    ($sqlite:literal, $postgres:literal, $place:literal) => {
        [
            Statement {
                sqlite: page!(sqlite, " FROM token AS t", $sqlite, $place),
                postgres: page!(postgres, " FROM token AS t", $postgres, $place),
            },
            Statement {
                sqlite: page!(sqlite, " FROM token AS t NOT INDEXED", $sqlite, $place),
                postgres: page!(postgres, " FROM token AS t", $postgres, $place),
            },
        ]
    };
}

/// So few are found by looking at all tokens.
const FEW: u64 = 300;

fn page_by(sort: Sort, count: u64) -> Statement {
    const EXPIRY: [Statement; 2] = in_order_of!("t.expires", "t.expires", "$29");
    const USED: [Statement; 2] = in_order_of!("t.used", "t.used", "$29");
    const GRANTED: [Statement; 2] = in_order_of!("t.granted", "t.granted", "$29");
    // Both byte by byte.
    const OWNER: [Statement; 2] = in_order_of!("t.owner_login", "t.owner_login COLLATE \"C\"", "$30");
    let [by_index, by_all] = match sort {
        Sort::Expiry => EXPIRY,
        Sort::Used => USED,
        Sort::Granted => GRANTED,
        Sort::Owner => OWNER,
    };
    if count < FEW { by_all } else { by_index }
}

/// Where questions go.
#[derive(Clone, Copy)]
enum Source<'a> {
    Store(&'a Store),
    Reader(&'a Reader),
}

impl Source<'_> {
    async fn rows<T: Readable>(self, statement: Statement, values: &[Value]) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Store(store) => store.readers.rows(statement, values).await,
            Self::Reader(reader) => reader.rows(statement, values).await,
        }
    }

    async fn mirrors(self) -> Result<Vec<Mirror>, StoreError> {
        const ALL: Statement = Statement::both(
            "SELECT organization_id, login, baseline_at, finished_at, started_at, cursor, pages, unreadable,
                 nameless, unread
             FROM mirror ORDER BY organization_id",
        );
        self.rows::<MirrorRow>(ALL, &[]).await?.into_iter().map(mirror).collect()
    }

    async fn tokens(self, question: &TokenQuestion<'_>) -> Result<TokenPage, StoreError> {
        let scope = self.narrowed(question).await?;
        let mut values = self.condition(question, &scope).await?;
        let count: Vec<(i64,)> = self.rows(COUNT, &values).await?;
        let count = count.first().map_or(0, |(count,)| count.unsigned_abs());
        values.extend(behind(question.after));
        values.push((i64::from(question.limit) + 1).into());
        let mut rows: Vec<TokenRow> = self.rows(page_by(question.filter.sort, count), &values).await?;
        // One more than is shown tells whether more come.
        let has_more = rows.len() as u64 > u64::from(question.limit);
        rows.truncate(question.limit as usize);
        Ok(TokenPage { tokens: self.whole(rows).await?, count, has_more })
    }

    /// The scope without the organizations that are not asked for.
    async fn narrowed(self, question: &TokenQuestion<'_>) -> Result<Scope, StoreError> {
        let Some(pattern) = &question.filter.organization else { return Ok(question.scope.clone()) };
        let wanted: BTreeSet<_> = self
            .mirrors()
            .await?
            .into_iter()
            .filter(|mirror| pattern.matches(mirror.login.as_str()))
            .map(|mirror| mirror.organization)
            .collect();
        let mut scope = question.scope.clone();
        scope.organizations.retain(|organization| wanted.contains(organization));
        scope.owners.retain(|(organization, _)| wanted.contains(organization));
        Ok(scope)
    }

    async fn condition(self, question: &TokenQuestion<'_>, scope: &Scope) -> Result<Vec<Value>, StoreError> {
        let TokenQuestion { filter, now, .. } = question;
        let organizations: Vec<_> = scope.organizations.iter().map(|id| id.0).collect();
        let pairs = |all: &BTreeSet<(OrganizationId, GitHubUserId)>| {
            let all: Vec<_> = all.iter().map(|(organization, owner)| [organization.0, owner.0]).collect();
            json!(all).to_string()
        };
        let before = |span: Option<crate::token::Span>| {
            span.map_or(-1, |span| (*now - span.delta()).timestamp_millis().max(0))
        };
        let soon = filter.expires_within.map_or(-1, |span| (*now + span.delta()).timestamp_millis());
        let mut values: Vec<Value> = vec![
            json!(organizations).to_string().as_str().into(),
            pairs(&scope.owners).as_str().into(),
            pairs(&scope.but).as_str().into(),
            filter.owner.as_ref().map_or("", Login::as_str).into(),
            soon.into(),
            ranks::NEVER.into(),
            now.timestamp_millis().into(),
            before(filter.unused_for).into(),
            before(filter.older_than).into(),
            i64::from(filter.never_expires).into(),
            i64::from(filter.expired).into(),
            i64::from(filter.all_repositories).into(),
        ];
        values.extend(slots(&filter.words).map(|word| word.map_or("", String::as_str).into()));
        let known = match filter.permissions.is_empty() {
            true => Vec::new(),
            false => self.permissions().await?,
        };
        values.extend(
            slots(&filter.permissions).map(|wanted| permissions_like(wanted, &known).as_str().into()),
        );
        values.extend(slots(&filter.repositories).flat_map(|pattern| {
            let (owner, name) = pattern.map_or((None, ""), Pattern::parts);
            [like(owner.unwrap_or("*")), like(name)].map(|text| text.as_str().into())
        }));
        Ok(values)
    }

    /// Every permission that any token ever had.
    async fn permissions(self) -> Result<Vec<(i64, Permission, Level)>, StoreError> {
        const ALL: Statement = Statement::both("SELECT number, grp, name, level FROM permission");
        let rows: Vec<(i64, String, String, String)> = self.rows(ALL, &[]).await?;
        let read = |(number, group, name, level): (i64, String, String, String)| {
            (number, Permission { group: PermissionGroup::parse(&group), name }, Level::parse(&level))
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Rows with what hangs on them.
    async fn whole(self, rows: Vec<TokenRow>) -> Result<Vec<Mirrored>, StoreError> {
        const PERMISSIONS: Statement = Statement {
            sqlite: concat!(
                "SELECT token, grp, name, level FROM token_permission
                 JOIN permission ON permission.number = token_permission.permission WHERE token IN (",
                numbers!(sqlite, "$1"),
                ")"
            ),
            postgres: concat!(
                "SELECT token, grp, name, level FROM token_permission
                 JOIN permission ON permission.number = token_permission.permission WHERE token IN (",
                numbers!(postgres, "$1"),
                ")"
            ),
        };
        const REPOSITORIES: Statement = Statement {
            sqlite: concat!(
                "SELECT token, repository_id, full_name, is_private FROM token_repository
                 JOIN repository ON repository.number = token_repository.repository WHERE token IN (",
                numbers!(sqlite, "$1"),
                ") ORDER BY token, full_name, repository_id"
            ),
            postgres: concat!(
                "SELECT token, repository_id, full_name, is_private FROM token_repository
                 JOIN repository ON repository.number = token_repository.repository WHERE token IN (",
                numbers!(postgres, "$1"),
                ") ORDER BY token, full_name COLLATE \"C\", repository_id"
            ),
        };
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let numbers: Vec<_> = rows.iter().map(|row| row.0).collect();
        let numbers = json!(numbers).to_string();
        let mut permissions: HashMap<i64, Vec<(Permission, Level)>> = HashMap::new();
        for (token, group, name, level) in
            self.rows::<(i64, String, String, String)>(PERMISSIONS, &[numbers.as_str().into()]).await?
        {
            let permission = Permission { group: PermissionGroup::parse(&group), name };
            permissions.entry(token).or_default().push((permission, Level::parse(&level)));
        }
        let mut repositories: HashMap<i64, Vec<Repository>> = HashMap::new();
        for (token, id, full_name, private) in
            self.rows::<(i64, i64, String, Option<i64>)>(REPOSITORIES, &[numbers.as_str().into()]).await?
        {
            let id = RepositoryId(id as u64);
            let private = private.map(|private| private != 0);
            repositories.entry(token).or_default().push(Repository { id, full_name, private });
        }
        rows.into_iter()
            .map(|row| {
                let number = row.0;
                let permissions = permissions.remove(&number).unwrap_or_default().into_iter().collect();
                mirrored(row, permissions, repositories.remove(&number).unwrap_or_default())
            })
            .collect()
    }
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
        const AMONG: Statement = Statement {
            sqlite: concat!(
                tokens!("WHERE t.organization_id = $1 AND t.grant_id IN ("),
                numbers!(sqlite, "$2"),
                ")"
            ),
            postgres: concat!(
                tokens!("WHERE t.organization_id = $1 AND t.grant_id IN ("),
                numbers!(postgres, "$2"),
                ")"
            ),
        };
        let grants: Vec<_> = grants.iter().map(|grant| grant.0).collect();
        let values = [organization.0.into(), json!(grants).to_string().as_str().into()];
        let tokens = self.tokens_by(AMONG, &values).await?;
        Ok(tokens.into_iter().map(|one| (one.token.grant, one)).collect())
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
    pub async fn tokens_of(
        &self,
        owners: &BTreeSet<(OrganizationId, GitHubUserId)>,
        after: Option<&Position>,
        limit: u32,
    ) -> Result<TokenPage, StoreError> {
        const PLACES: Statement = Statement::both(
            "SELECT expires, grant_id FROM token
             WHERE organization_id = $1 AND owner_id = $2 AND state <> 'gone'",
        );
        let mut places = Vec::new();
        for (organization, owner) in owners {
            let values = [organization.0.into(), owner.0.into()];
            let rows: Vec<(i64, i64)> = self.readers.rows(PLACES, &values).await?;
            places.extend(rows.into_iter().map(|(number, grant)| Position {
                number,
                text: String::new(),
                organization: *organization,
                grant: GrantId(grant as u64),
            }));
        }
        places.sort_unstable();
        let count = places.len() as u64;
        places.retain(|place| after.is_none_or(|after| place > after));
        let has_more = places.len() > limit as usize;
        places.truncate(limit as usize);
        let mut grants: HashMap<OrganizationId, Vec<GrantId>> = HashMap::new();
        for place in &places {
            grants.entry(place.organization).or_default().push(place.grant);
        }
        let mut found = HashMap::new();
        for (organization, grants) in grants {
            let among = self.tokens_among(organization, &grants).await?;
            found.extend(among.into_iter().map(|(grant, token)| ((organization, grant), token)));
        }
        // One that went meanwhile is left out.
        let tokens = places.iter().filter_map(|place| found.remove(&(place.organization, place.grant)));
        Ok(TokenPage { tokens: tokens.collect(), count, has_more })
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

/// The place behind which a page begins; the first one begins before everything.
fn behind(after: Option<&Position>) -> [Value; 4] {
    match after {
        Some(Position { number, text, organization, grant }) => {
            [(*number).into(), text.as_str().into(), organization.0.into(), grant.0.into()]
        }
        None => [i64::MIN.into(), "".into(), (-1_i64).into(), (-1_i64).into()],
    }
}

/// As many places as a statement has for parts of one kind.
fn slots<T>(parts: &[T]) -> impl Iterator<Item = Option<&T>> {
    debug_assert!(parts.len() <= Filter::MOST_ALIKE);
    (0..Filter::MOST_ALIKE).map(|at| parts.get(at))
}

/// The numbers of the permissions that fit.
fn permissions_like(wanted: Option<&Wanted>, known: &[(i64, Permission, Level)]) -> String {
    let Some(wanted) = wanted else { return "null".to_owned() };
    let fits = |(_, permission, level): &&(i64, Permission, Level)| {
        let one: Permissions = [(permission.clone(), level.clone())].into_iter().collect();
        levels_of(&one).iter().any(|has| wanted.fits(has))
    };
    json!(known.iter().filter(fits).map(|(number, ..)| *number).collect::<Vec<_>>()).to_string()
}

/// A pattern as LIKE reads it.
fn like(pattern: &str) -> String {
    let mut like = String::with_capacity(pattern.len() + 4);
    for letter in pattern.chars() {
        match letter {
            '*' => like.push('%'),
            '?' => like.push('_'),
            '_' | '%' | '\\' => like.extend(['\\', letter]),
            other => like.push(other),
        }
    }
    like
}

/// Organization, login, baseline, finished, started, cursor, pages, unreadable, nameless, unreadable at last.
type MirrorRow = (i64, String, Option<i64>, Option<i64>, Option<i64>, Option<String>, i64, i64, i64, i64);

fn mirror(row: MirrorRow) -> Result<Mirror, StoreError> {
    let (
        organization,
        login,
        baseline_at,
        finished_at,
        started_at,
        cursor,
        pages,
        unreadable,
        nameless,
        unread,
    ) = row;
    let time = |at: Option<i64>| at.map(|at| places::time("mirror", organization, at)).transpose();
    let run = time(started_at)?.map(|started_at| Run {
        started_at,
        cursor,
        pages: pages.unsigned_abs(),
        unreadable: unreadable.unsigned_abs(),
        nameless: nameless.unsigned_abs(),
    });
    Ok(Mirror {
        organization: OrganizationId(organization as u64),
        login: Login::new(&login),
        baseline_at: time(baseline_at)?,
        finished_at: time(finished_at)?,
        unreadable: unread.unsigned_abs(),
        run,
    })
}

fn presence(id: impl ToString, state: &str) -> Result<Presence, StoreError> {
    Presence::parse(state).ok_or_else(|| StoreError::corrupt("token", id, "an unknown state"))
}

fn mirrored(
    row: TokenRow,
    permissions: Permissions,
    listed: Vec<Repository>,
) -> Result<Mirrored, StoreError> {
    let (
        number,
        organization,
        login,
        grant,
        key,
        token,
        owner,
        owner_login,
        expires,
        used,
        granted,
        reach,
        count,
        name,
        state,
        times,
    ) = row;
    let corrupt = |cause: &str| StoreError::corrupt("token", number, cause);
    let at = |millis: i64| places::time("token", number, millis);
    let maybe_at = |millis: i64| (millis >= 0).then(|| at(millis)).transpose();
    let times: Vec<i64> = times.split(' ').filter_map(|time| time.parse().ok()).collect();
    let [first_seen_at, seen_at, gone_at, listed_at] = times[..] else { return Err(corrupt("times")) };
    let token = Token {
        organization: OrganizationId(organization as u64),
        login: Login::new(&login),
        grant: GrantId(grant as u64),
        token: token.map(|id| TokenId(id as u64)),
        key: key.parse().map_err(|error: TokenKeyError| corrupt(&error.to_string()))?,
        name,
        owner: Requester { id: GitHubUserId(owner as u64), login: Login::new(&owner_login) },
        permissions,
        repositories: match reach.as_str() {
            "none" => Repositories::None,
            "all" => Repositories::All,
            "subset" => Repositories::Subset { listed, count: count.map(i64::unsigned_abs) },
            other => Repositories::Unknown(other.trim_start_matches('?').to_owned()),
        },
        granted_at: maybe_at(granted)?,
        expiry: match expires {
            ranks::NEVER => Expiry::Never,
            unknown if unknown > ranks::NEVER => Expiry::Unknown,
            ends => Expiry::At(at(ends)?),
        },
        used: match used {
            ranks::NOT_USED => Use::Never,
            unknown if unknown < ranks::NOT_USED => Use::Unknown,
            last => Use::At(at(last)?),
        },
    };
    Ok(Mirrored {
        token,
        presence: presence(number, &state)?,
        first_seen_at: at(first_seen_at)?,
        seen_at: at(seen_at)?,
        gone_at: maybe_at(gone_at)?,
        listed_at: maybe_at(listed_at)?,
    })
}
