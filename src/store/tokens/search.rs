//! How a filter is put to the database: by one condition over all tokens, which means the same as [`Filter::matches`]. What
//! permissions mean is known to the program and not to the database, so their names are looked up first.

use std::collections::BTreeSet;

use serde_json::json;

use super::rows::{Source, TokenRow};
use super::{Scope, TokenPage, TokenQuestion};
use crate::ids::{GitHubUserId, Login, OrganizationId};
use crate::request::{Level, Permission, PermissionGroup, Permissions};
use crate::store::StoreError;
use crate::store::connection::{Statement, Value};
use crate::token::{Filter, Pattern, Position, Sort, Span, Wanted, levels_of, ranks};

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

/// Whether a token says each of these words. The first that is not asked for, '', is the last that is looked at: with 50,000
/// tokens each look takes a millisecond.
macro_rules! says {
    ($db:ident) => { "" };
    ($db:ident, $word:literal $(, $more:literal)*) => {
        concat!(
            " AND (",
            $word,
            " = '' OR ((t.words IS NULL OR ",
            place_in!($db, "t.words", $word),
            " > 0 OR ",
            place_in!($db, "t.owner_login", $word),
            " > 0)",
            says!($db $(, $more)*),
            "))"
        )
    };
}

/// Whether a token is one that [`found`] looks at: one of every $31, and $32 says which. Not an equation, of which PostgreSQL
/// expects that few are right, and plans for so few.
macro_rules! is_looked_at {
    ($number:literal) => {
        concat!("(", $number, " + $32) % $31 < 1")
    };
}

/// Whether a token has one of these permissions, and one of each of those behind them, as far as any are asked for. `one`
/// looks at the permissions of each token, which takes least for a few tokens; `all` makes a table of all tokens that have
/// one, which takes PostgreSQL least for all of them. "OFFSET 0" keeps it from making that table for a few, and the sign
/// keeps SQLite from looking each permission up.
macro_rules! has {
    ($db:ident, $way:ident) => { "" };
    ($db:ident, $way:ident, $permissions:literal $(, $more:literal)*) => {
        concat!(
            " AND (",
            $permissions,
            " = 'null' OR (",
            has_permission!($db, $way, $permissions),
            has!($db, $way $(, $more)*),
            "))"
        )
    };
}

macro_rules! has_permission {
    (postgres, all, $permissions:literal) => {
        concat!(
            "t.number IN (SELECT token FROM token_permission WHERE permission = ANY (ARRAY(",
            numbers!(postgres, $permissions),
            ")))"
        )
    };
    (postgres, one, $permissions:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM token_permission AS p WHERE p.token = t.number AND p.permission IN (",
            numbers!(postgres, $permissions),
            ") OFFSET 0)"
        )
    };
    (sqlite, $way:ident, $permissions:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM token_permission AS p WHERE p.token = t.number AND +p.permission IN (",
            numbers!(sqlite, $permissions),
            "))"
        )
    };
}

/// Whether a token may reach a repository like each of these, as far as any are asked for; in the same two ways. What is
/// listed is one repository at least, so that of a pattern that fits every one nothing has to be looked up.
macro_rules! reaches {
    ($db:ident, $way:ident) => { "" };
    ($db:ident, $way:ident, [$owner:literal, $name:literal] $(, $more:tt)*) => {
        concat!(
            " AND (",
            $name,
            " = '' OR ((t.reach NOT IN ('none', 'subset') OR (t.reach = 'subset' AND (t.is_listed = 0 OR (",
            $name,
            " = '%' AND ",
            $owner,
            " = '%') OR ",
            reaches_one!($db, $way, $owner, $name),
            ")))",
            reaches!($db, $way $(, $more)*),
            "))"
        )
    };
}

macro_rules! reaches_one {
    (sqlite, all, $owner:literal, $name:literal) => {
        concat!(
            "t.number IN (SELECT token FROM token_repository WHERE ",
            is_looked_at!("token"),
            " AND repository IN (",
            repositories_like!($owner, $name),
            "))"
        )
    };
    (postgres, all, $owner:literal, $name:literal) => {
        concat!(
            "t.number IN (SELECT token FROM token_repository WHERE repository = ANY (ARRAY(",
            repositories_like!($owner, $name),
            ")))"
        )
    };
    (sqlite, one, $owner:literal, $name:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM token_repository AS r WHERE r.token = t.number AND +r.repository IN (",
            repositories_like!($owner, $name),
            "))"
        )
    };
    (postgres, one, $owner:literal, $name:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM token_repository AS r WHERE r.token = t.number AND r.repository IN (",
            repositories_like!($owner, $name),
            ") OFFSET 0)"
        )
    };
}

macro_rules! repositories_like {
    ($owner:literal, $name:literal) => {
        concat!(
            "SELECT number FROM repository WHERE name LIKE ",
            $name,
            " ESCAPE '\\' AND owner LIKE ",
            $owner,
            " ESCAPE '\\'"
        )
    };
}

/// The condition under which a token is one that is asked for; what costs least comes first. What is not asked for is '',
/// 'null', -1 or 0; $29 is 0 where nothing is of $4 to $12. With `all` it takes the parameters of [`found`], too.
macro_rules! fits {
    ($db:ident, $way:ident) => {
        concat!(
            "t.state <> 'gone'
             AND ($29 = 0 OR (
                 ($4 = '' OR t.owner_login = $4)
                 AND ($5 = -1 OR t.expires = $6 + 1 OR (t.expires > $7 AND t.expires < $5))
                 AND ($8 = -1 OR t.used = -2 OR (t.used >= 0 AND t.used < $8) OR (t.used = -1 AND t.granted < $8))
                 AND ($9 = -1 OR t.granted < $9)
                 AND ($10 = 0 OR t.expires >= $6)
                 AND ($11 = 0 OR t.expires <= $7)
                 AND ($12 = 0 OR t.reach NOT IN ('none', 'subset'))))",
            says!($db, "$13", "$14", "$15", "$16"),
            // The sign keeps SQLite from going by the organizations' index, where the order's index ends sooner.
            " AND (+t.organization_id IN (",
            numbers!($db, "$1"),
            ") OR ($2 <> '[]' AND (t.organization_id, t.owner_id) IN (",
            pairs!($db, "$2"),
            "))) AND ($3 = '[]' OR (t.organization_id, t.owner_id) NOT IN (",
            pairs!($db, "$3"),
            "))",
            has!($db, $way, "$17", "$18", "$19", "$20"),
            reaches!($db, $way, ["$21", "$22"], ["$23", "$24"], ["$25", "$26"], ["$27", "$28"]),
        )
    };
}

/// A page of so many is made of their numbers. In tests of few, so that they see both ways.
const FEW: u32 = if cfg!(test) { 100 } else { 3_000 };

/// How many of the tokens that are looked at fit, and the numbers of these if a page is made of them sooner than by the
/// order's index. By all tokens in turn: to go by an index and from there to each token takes SQLite several times as long.
macro_rules! found {
    ($sqlite:ident) => {
        Statement {
            sqlite: concat!(
                "SELECT count(*), CASE WHEN count(*) <= $30 THEN json_group_array(t.number) END
                 FROM token AS t NOT INDEXED WHERE ",
                is_looked_at!("t.number"),
                " AND ",
                fits!(sqlite, $sqlite)
            ),
            postgres: concat!(
                "SELECT count(*),
                     CASE WHEN count(*) <= $30 THEN coalesce(to_json(array_agg(t.number))::text, '[]') END
                 FROM token AS t WHERE ",
                is_looked_at!("t.number"),
                " AND ",
                fits!(postgres, all)
            ),
        }
    };
}

/// A page in the order of a column, behind a place in it.
macro_rules! page {
    ($from:literal, $condition:expr, $column:literal, [$place:literal, $organization:literal, $grant:literal, $limit:literal]) => {
        concat!(
            "SELECT ",
            columns!(),
            $from,
            " JOIN mirror ON mirror.organization_id = t.organization_id ",
            $condition,
            " AND (",
            $column,
            ", t.organization_id, t.grant_id) > (",
            $place,
            ", ",
            $organization,
            ", ",
            $grant,
            ") ORDER BY ",
            $column,
            ", t.organization_id, t.grant_id LIMIT ",
            $limit
        )
    };
}

/// One of what fits, by the column's index, which ends as soon as the page is full.
macro_rules! page_by_index {
    ($db:ident, $column:literal) => {
        page!(" FROM token AS t", concat!("WHERE ", fits!($db, one)), $column, ["$30", "$31", "$32", "$33"])
    };
}

/// One of the tokens of these numbers.
macro_rules! page_of_numbers {
    ($db:ident, $from:literal, $column:literal) => {
        page!(
            $from,
            concat!("WHERE t.number IN (", numbers!($db, "$1"), ") AND t.state <> 'gone'"),
            $column,
            ["$2", "$3", "$4", "$5"]
        )
    };
}

/// Both of them, by a column as each database calls it.
macro_rules! in_order_of {
    ($sqlite:literal, $postgres:literal) => {
        [
            Statement {
                sqlite: page_by_index!(sqlite, $sqlite),
                postgres: page_by_index!(postgres, $postgres),
            },
            Statement {
                sqlite: page_of_numbers!(sqlite, " FROM token AS t NOT INDEXED", $sqlite),
                postgres: page_of_numbers!(postgres, " FROM token AS t", $postgres),
            },
        ]
    };
}

/// The pages in an order: by its index, and of numbers.
fn pages(sort: Sort) -> [Statement; 2] {
    match sort {
        Sort::Expiry => in_order_of!("t.expires", "t.expires"),
        Sort::Used => in_order_of!("t.used", "t.used"),
        Sort::Granted => in_order_of!("t.granted", "t.granted"),
        // Both byte by byte.
        Sort::Owner => in_order_of!("t.owner_login", "t.owner_login COLLATE \"C\""),
    }
}

impl Source<'_> {
    /// Answers a filter.
    pub(super) async fn tokens(self, question: &TokenQuestion<'_>) -> Result<TokenPage, StoreError> {
        let TokenQuestion { filter, after, limit, .. } = *question;
        let scope = self.narrowed(question).await?;
        let condition = self.condition(question, &scope).await?;
        let (count, numbers) = self.found(self.way(filter).await?, &condition).await?;
        let [by_index, of_numbers] = pages(filter.sort);
        let (page, values) = match numbers {
            Some(numbers) => (of_numbers, vec![json!(numbers).to_string().as_str().into()]),
            None => (by_index, condition),
        };
        self.page(page, values, (filter.sort, after, limit), count).await
    }

    /// How many fit, and the numbers of these if they are few. On SQLite two readers look at once, each at every other token;
    /// of several answers one at a time is found so, which leaves most readers to others. One that reads everything as of one
    /// moment has nobody to share with, and on PostgreSQL each would make the same tables of tokens for itself.
    async fn found(
        self,
        statement: Statement,
        condition: &[Value],
    ) -> Result<(u64, Option<Vec<i64>>), StoreError> {
        let pair = match self {
            Self::Store(store) if store.readers.are_of_sqlite() => store.pair.try_acquire().ok(),
            Self::Store(_) | Self::Reader(_) => None,
        };
        let readers = if pair.is_some() { 2 } else { 1 };
        let parts = (0..readers).map(|from| self.found_of(statement, condition, [readers, from]));
        // To the end of each: a server goes on with what nobody waits for any more.
        let found = futures::future::join_all(parts).await;
        let found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
        let count = found.iter().map(|(count, _)| count).sum();
        let numbers: Option<Vec<_>> = found.into_iter().map(|(_, numbers)| numbers).collect();
        let numbers = numbers.map(|parts| parts.concat());
        Ok((count, numbers.filter(|numbers| numbers.len() <= FEW as usize)))
    }

    /// The same of every so many tokens, from one on.
    async fn found_of(
        self,
        statement: Statement,
        condition: &[Value],
        every_from: [i64; 2],
    ) -> Result<(u64, Option<Vec<i64>>), StoreError> {
        let mut values = condition.to_vec();
        values.push(FEW.into());
        values.extend(every_from.map(Value::from));
        let found: Vec<(i64, Option<String>)> = self.rows(statement, &values).await?;
        let (count, numbers) = found.into_iter().next().unwrap_or_default();
        let numbers = numbers.map(|numbers| serde_json::from_str(&numbers)).transpose();
        let numbers = numbers.map_err(|error| StoreError::corrupt("token", "numbers", error))?;
        Ok((count.unsigned_abs(), numbers))
    }

    /// The tokens of these numbers that are active, in the order of [`Sort::Expiry`].
    pub(super) async fn page_of(
        self,
        numbers: &[i64],
        after: Option<&Position>,
        limit: u32,
    ) -> Result<TokenPage, StoreError> {
        let [_, of_numbers] = pages(Sort::Expiry);
        let values = vec![json!(numbers).to_string().as_str().into()];
        self.page(of_numbers, values, (Sort::Expiry, after, limit), numbers.len() as u64).await
    }

    /// A page of so many altogether, by a statement with these values.
    async fn page(
        self,
        page: Statement,
        mut values: Vec<Value>,
        (sort, after, limit): (Sort, Option<&Position>, u32),
        count: u64,
    ) -> Result<TokenPage, StoreError> {
        values.extend(behind(sort, after));
        values.push((i64::from(limit) + 1).into());
        let mut rows: Vec<TokenRow> = self.rows(page, &values).await?;
        // One more than is shown tells whether more come.
        let has_more = rows.len() as u64 > u64::from(limit);
        rows.truncate(limit as usize);
        Ok(TokenPage { tokens: self.whole(rows).await?, count, has_more })
    }

    /// How all that fit are found soonest: where a pattern names most repositories nearly every token reaches one, and SQLite
    /// sees that sooner at its first one than from a table of nearly all.
    async fn way(self, filter: &Filter) -> Result<Statement, StoreError> {
        const ALIKE: Statement = Statement::both(
            "SELECT count(*), coalesce(sum(CASE WHEN name LIKE $2 ESCAPE '\\' AND owner LIKE $1 ESCAPE '\\'
                 THEN 1 ELSE 0 END), 0) FROM repository",
        );
        for pattern in &filter.repositories {
            let alike: Vec<(i64, i64)> = self.rows(ALIKE, &parts_like(Some(pattern))).await?;
            if alike.iter().any(|(all, alike)| *alike > *all / 2) {
                return Ok(found!(one));
            }
        }
        Ok(found!(all))
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
        let before =
            |span: Option<Span>| span.map_or(-1, |span| (*now - span.delta()).timestamp_millis().max(0));
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
        values.extend(slots(&filter.repositories).flat_map(parts_like));
        let spans = [filter.expires_within, filter.unused_for, filter.older_than];
        let flags = [filter.never_expires, filter.expired, filter.all_repositories];
        let is_of_columns =
            filter.owner.is_some() || spans.iter().any(Option::is_some) || flags.contains(&true);
        values.push(i64::from(is_of_columns).into());
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
}

/// The place behind which a page begins; the first one begins before everything.
fn behind(sort: Sort, after: Option<&Position>) -> [Value; 3] {
    let (number, text) = after.map_or((i64::MIN, ""), |after| (after.number, after.text.as_str()));
    let (organization, grant) =
        after.map_or((-1, -1), |after| (after.organization.0 as i64, after.grant.0 as i64));
    let place = match sort {
        Sort::Owner => text.into(),
        Sort::Expiry | Sort::Used | Sort::Granted => number.into(),
    };
    [place, organization.into(), grant.into()]
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

/// What LIKE takes for the owner and the name of a repository; no name where none is asked for.
fn parts_like(pattern: Option<&Pattern>) -> [Value; 2] {
    let (owner, name) = pattern.map_or((None, ""), Pattern::parts);
    [like(owner.unwrap_or("*")), like(name)].map(|text| text.as_str().into())
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
