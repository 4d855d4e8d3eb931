//! The rows of mirrored tokens.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::connection::{Connection, Statement};
use super::rows::{bulk, bulk_with, one_per_key};
use super::tokens::Mirror;
use super::{Change, StoreError};
use crate::ids::{GrantId, Login, OrganizationId};
use crate::request::{Repositories, Repository};
use crate::token::{SETTLES_WITHIN, Token, expiry_rank, grant_rank, use_rank};

/// GitHub's list may still show what went so lately: it is not there again.
pub const MIRROR_LAG: TimeDelta = SETTLES_WITHIN;

/// What was learnt of tokens.
#[derive(Debug, Clone, Default)]
pub struct Mirroring {
    /// How far an organization's list was read.
    pub mirror: Option<Mirror>,
    /// Tokens that are new, or not as they were.
    pub told: Vec<Told>,
    /// An organization of which nothing is known yet.
    pub met: Option<(OrganizationId, Login)>,
    /// Tokens whose repositories were read; whether they are there stays as it is.
    pub listed: Vec<Told>,
    /// Tokens that GitHub was asked for, each alone, and did not tell; and when.
    pub tried: Vec<(OrganizationId, GrantId, DateTime<Utc>)>,
    /// Tokens that are as they were, and when they were seen.
    pub seen: Vec<(OrganizationId, GrantId, DateTime<Utc>)>,
    /// A whole list did not show what was seen in an organization before this moment.
    pub missing: Option<(OrganizationId, DateTime<Utc>)>,
    /// Tokens that are gone, and since when that is known.
    pub gone: Vec<(OrganizationId, GrantId, DateTime<Utc>)>,
}

/// A token as GitHub tells it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its key counts where the token is new.
    pub token: Token,
    pub at: DateTime<Utc>,
    /// When the repositories of a subset were read; nothing if they were not.
    pub listed_at: Option<DateTime<Utc>>,
}

/// Writes these rows of the accepted changes.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let all: Vec<_> = changes.iter().filter_map(|change| change.mirroring.as_ref()).collect();
    if all.is_empty() {
        return Ok(());
    }
    write_mirrors(connection, &all).await?;
    write_met(connection, &all).await?;
    write_told(connection, &all).await?;
    write_listed(connection, &all).await?;
    write_tried(connection, &all).await?;
    write_seen(connection, &all).await?;
    write_missing(connection, &all).await?;
    write_gone(connection, &all).await
}

const MIRRORS: Statement = Statement {
    sqlite: "INSERT INTO mirror
                 (organization_id, login, baseline_at, finished_at, started_at, cursor, pages, unreadable, nameless, unread)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                 value ->> 7, value ->> 8, value ->> 9
             FROM jsonb_each($1) WHERE true
             ON CONFLICT (organization_id) DO UPDATE SET
                 login = excluded.login, baseline_at = excluded.baseline_at, finished_at = excluded.finished_at,
                 started_at = excluded.started_at, cursor = excluded.cursor, pages = excluded.pages,
                 unreadable = excluded.unreadable, nameless = excluded.nameless, unread = excluded.unread",
    postgres: "INSERT INTO mirror
                   (organization_id, login, baseline_at, finished_at, started_at, cursor, pages, unreadable, nameless, unread)
               SELECT (v ->> 0)::bigint, v ->> 1, (v ->> 2)::bigint, (v ->> 3)::bigint, (v ->> 4)::bigint, v ->> 5,
                   (v ->> 6)::bigint, (v ->> 7)::bigint, (v ->> 8)::bigint, (v ->> 9)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (organization_id) DO UPDATE SET
                   login = excluded.login, baseline_at = excluded.baseline_at, finished_at = excluded.finished_at,
                   started_at = excluded.started_at, cursor = excluded.cursor, pages = excluded.pages,
                   unreadable = excluded.unreadable, nameless = excluded.nameless, unread = excluded.unread",
};

async fn write_mirrors(connection: &mut Connection, all: &[&Mirroring]) -> Result<(), StoreError> {
    let millis = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_millis());
    let rows = one_per_key(all.iter().filter_map(|one| one.mirror.as_ref()).map(|mirror| {
        let run = mirror.run.as_ref();
        let row = json!([
            mirror.organization.0,
            mirror.login.as_str(),
            millis(mirror.baseline_at),
            millis(mirror.finished_at),
            millis(run.map(|run| run.started_at)),
            run.and_then(|run| run.cursor.as_deref()),
            run.map_or(0, |run| run.pages),
            run.map_or(0, |run| run.unreadable),
            run.map_or(0, |run| run.nameless),
            mirror.unreadable,
        ]);
        (mirror.organization, row)
    }));
    bulk(connection, MIRRORS, &rows).await.map(drop)
}

/// Whatever a reading has kept meanwhile counts.
const MET: Statement = Statement {
    sqlite: "INSERT INTO mirror (organization_id, login, pages, unreadable, nameless, unread)
             SELECT value ->> 0, value ->> 1, 0, 0, 0, 0 FROM jsonb_each($1) WHERE true
             ON CONFLICT (organization_id) DO NOTHING",
    postgres: "INSERT INTO mirror (organization_id, login, pages, unreadable, nameless, unread)
               SELECT (v ->> 0)::bigint, v ->> 1, 0, 0, 0, 0 FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (organization_id) DO NOTHING",
};

async fn write_met(connection: &mut Connection, all: &[&Mirroring]) -> Result<(), StoreError> {
    let met = all.iter().filter_map(|one| one.met.as_ref());
    let rows = one_per_key(met.map(|(id, login)| (*id, json!([id.0, login.as_str()]))));
    bulk(connection, MET, &rows).await.map(drop)
}

/// Whether it was seen for the first time, and under which key, stays.
const TOKENS: Statement = Statement {
    sqlite: "INSERT INTO token
                 (organization_id, grant_id, token_key, token_id, owner_id, owner_login, expires, used, granted, reach,
                  repository_count, is_listed, listed_at, state, first_seen_at, seen_at, name, words)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                 value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, 'active',
                 value ->> 13, value ->> 13, value ->> 14, value ->> 15
             FROM jsonb_each($1) WHERE true
             ON CONFLICT (organization_id, grant_id) DO UPDATE SET
                 token_id = excluded.token_id, owner_id = excluded.owner_id, owner_login = excluded.owner_login,
                 expires = excluded.expires, used = excluded.used, granted = excluded.granted,
                 reach = excluded.reach, repository_count = excluded.repository_count,
                 is_listed = excluded.is_listed, listed_at = excluded.listed_at, state = excluded.state,
                 seen_at = excluded.seen_at, gone_at = NULL, name = excluded.name, words = excluded.words
             WHERE token.state <> 'gone' OR token.gone_at + $2 < excluded.seen_at",
    postgres: "INSERT INTO token
                   (organization_id, grant_id, token_key, token_id, owner_id, owner_login, expires, used, granted,
                    reach, repository_count, is_listed, listed_at, state, first_seen_at, seen_at, name, words)
               SELECT (v ->> 0)::bigint, (v ->> 1)::bigint, v ->> 2, (v ->> 3)::bigint, (v ->> 4)::bigint, v ->> 5,
                   (v ->> 6)::bigint, (v ->> 7)::bigint, (v ->> 8)::bigint, v ->> 9, (v ->> 10)::bigint,
                   (v ->> 11)::bigint, (v ->> 12)::bigint, 'active', (v ->> 13)::bigint, (v ->> 13)::bigint,
                   v ->> 14, v ->> 15
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (organization_id, grant_id) DO UPDATE SET
                   token_id = excluded.token_id, owner_id = excluded.owner_id, owner_login = excluded.owner_login,
                   expires = excluded.expires, used = excluded.used, granted = excluded.granted,
                   reach = excluded.reach, repository_count = excluded.repository_count,
                   is_listed = excluded.is_listed, listed_at = excluded.listed_at, state = excluded.state,
                   seen_at = excluded.seen_at, gone_at = NULL, name = excluded.name, words = excluded.words
               WHERE token.state <> 'gone' OR token.gone_at + $2 < excluded.seen_at",
};

const PERMISSIONS: Statement = Statement {
    sqlite: "INSERT INTO permission (grp, name, level)
             SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($1) WHERE true
             ON CONFLICT (grp, name, level) DO NOTHING",
    postgres: "INSERT INTO permission (grp, name, level)
               SELECT v ->> 0, v ->> 1, v ->> 2 FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (grp, name, level) DO NOTHING",
};

const REPOSITORIES: Statement = Statement {
    sqlite: "INSERT INTO repository (organization_id, repository_id, full_name, owner, name, is_private)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
             FROM jsonb_each($1) WHERE true
             ON CONFLICT (organization_id, repository_id) DO UPDATE SET
                 full_name = excluded.full_name, owner = excluded.owner, name = excluded.name,
                 is_private = excluded.is_private",
    postgres: "INSERT INTO repository (organization_id, repository_id, full_name, owner, name, is_private)
               SELECT (v ->> 0)::bigint, (v ->> 1)::bigint, v ->> 2, v ->> 3, v ->> 4, (v ->> 5)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (organization_id, repository_id) DO UPDATE SET
                   full_name = excluded.full_name, owner = excluded.owner, name = excluded.name,
                   is_private = excluded.is_private",
};

/// Takes away what hangs on tokens, before it is written anew.
macro_rules! cleared {
    ($table:literal) => {
        Statement {
            sqlite: concat!(
                "DELETE FROM ",
                $table,
                " WHERE token IN (
                     SELECT number FROM jsonb_each($1) AS wanted
                     JOIN token ON (organization_id = wanted.value ->> 0 AND grant_id = wanted.value ->> 1))"
            ),
            postgres: concat!(
                "DELETE FROM ",
                $table,
                " WHERE token IN (
                     SELECT number FROM token WHERE (organization_id, grant_id) IN (
                         SELECT (v ->> 0)::bigint, (v ->> 1)::bigint
                         FROM jsonb_array_elements($1::jsonb) AS rows (v)))"
            ),
        }
    };
}

const NO_PERMISSIONS: Statement = cleared!("token_permission");
const NO_REPOSITORIES: Statement = cleared!("token_repository");

const TOKEN_PERMISSIONS: Statement = Statement {
    sqlite: "INSERT INTO token_permission (token, permission)
             SELECT token.number, permission.number FROM jsonb_each($1) AS wanted
             JOIN token ON (organization_id = wanted.value ->> 0 AND grant_id = wanted.value ->> 1)
             JOIN permission ON (permission.grp = wanted.value ->> 2 AND permission.name = wanted.value ->> 3
                 AND permission.level = wanted.value ->> 4)
             WHERE true ON CONFLICT (token, permission) DO NOTHING",
    postgres: "INSERT INTO token_permission (token, permission)
               SELECT token.number, permission.number FROM jsonb_array_elements($1::jsonb) AS rows (v)
               JOIN token ON (organization_id = (v ->> 0)::bigint AND grant_id = (v ->> 1)::bigint)
               JOIN permission ON (permission.grp = v ->> 2 AND permission.name = v ->> 3
                   AND permission.level = v ->> 4)
               ON CONFLICT (token, permission) DO NOTHING",
};

const TOKEN_REPOSITORIES: Statement = Statement {
    sqlite: "INSERT INTO token_repository (token, repository)
             SELECT token.number, repository.number FROM jsonb_each($1) AS wanted
             JOIN token ON (token.organization_id = wanted.value ->> 0 AND grant_id = wanted.value ->> 1)
             JOIN repository ON (repository.organization_id = wanted.value ->> 0
                 AND repository_id = wanted.value ->> 2)
             WHERE true ON CONFLICT (token, repository) DO NOTHING",
    postgres: "INSERT INTO token_repository (token, repository)
               SELECT token.number, repository.number FROM jsonb_array_elements($1::jsonb) AS rows (v)
               JOIN token ON (token.organization_id = (v ->> 0)::bigint AND grant_id = (v ->> 1)::bigint)
               JOIN repository ON (repository.organization_id = (v ->> 0)::bigint
                   AND repository_id = (v ->> 2)::bigint)
               ON CONFLICT (token, repository) DO NOTHING",
};

async fn write_told(connection: &mut Connection, all: &[&Mirroring]) -> Result<(), StoreError> {
    // The last word counts.
    let told: BTreeMap<_, _> = all
        .iter()
        .flat_map(|one| &one.told)
        .map(|told| ((told.token.organization, told.token.grant), told))
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    let tokens: Vec<_> = told.values().map(|told| token_row(told)).collect();
    bulk_with(connection, TOKENS, &tokens, lag()).await?;
    let numbers: Vec<_> = told.keys().map(|(organization, grant)| json!([organization.0, grant.0])).collect();
    write_permissions(connection, told.values().map(|told| &told.token), &numbers).await?;
    write_repositories(connection, told.values().map(|told| &told.token), &numbers).await
}

/// What was gone meanwhile stays as it was.
const LISTED: Statement = Statement {
    sqlite:
        "UPDATE token SET reach = wanted.value ->> 9, repository_count = wanted.value ->> 10,
                 is_listed = wanted.value ->> 11, listed_at = wanted.value ->> 12, tried_at = NULL
             FROM jsonb_each($1) AS wanted
             WHERE organization_id = wanted.value ->> 0 AND grant_id = wanted.value ->> 1 AND state <> 'gone'",
    postgres:
        "UPDATE token SET reach = v ->> 9, repository_count = (v ->> 10)::bigint,
                   is_listed = (v ->> 11)::bigint, listed_at = (v ->> 12)::bigint, tried_at = NULL
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               WHERE organization_id = (v ->> 0)::bigint AND grant_id = (v ->> 1)::bigint AND state <> 'gone'",
};

async fn write_listed(connection: &mut Connection, all: &[&Mirroring]) -> Result<(), StoreError> {
    let listed: BTreeMap<_, _> = all
        .iter()
        .flat_map(|one| &one.listed)
        .map(|told| ((told.token.organization, told.token.grant), told))
        .collect();
    if listed.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = listed.values().map(|told| token_row(told)).collect();
    bulk(connection, LISTED, &rows).await?;
    let numbers: Vec<_> =
        listed.keys().map(|(organization, grant)| json!([organization.0, grant.0])).collect();
    write_repositories(connection, listed.values().map(|told| &told.token), &numbers).await
}

const TRIED: Statement = Statement {
    sqlite: "UPDATE token SET tried_at = wanted.value ->> 2 FROM jsonb_each($1) AS wanted
             WHERE organization_id = wanted.value ->> 0 AND grant_id = wanted.value ->> 1",
    postgres: "UPDATE token SET tried_at = (v ->> 2)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v)
               WHERE organization_id = (v ->> 0)::bigint AND grant_id = (v ->> 1)::bigint",
};

async fn write_tried(connection: &mut Connection, all: &[&Mirroring]) -> Result<(), StoreError> {
    let tried = all.iter().flat_map(|one| &one.tried).map(|(organization, grant, at)| {
        ((*organization, *grant), json!([organization.0, grant.0, at.timestamp_millis()]))
    });
    bulk(connection, TRIED, &one_per_key(tried)).await.map(drop)
}

fn token_row(told: &Told) -> Value {
    let Told { token, at, listed_at } = told;
    let (reach, count) = match &token.repositories {
        Repositories::None => ("none".to_owned(), None),
        Repositories::All => ("all".to_owned(), None),
        Repositories::Subset { count, .. } => ("subset".to_owned(), *count),
        // Whatever GitHub's word is, it is none of these.
        Repositories::Unknown(word) => (format!("?{word}"), None),
    };
    json!([
        token.organization.0,
        token.grant.0,
        token.key.as_str(),
        token.token.map(|id| id.0),
        token.owner.id.0,
        token.owner.login.as_str(),
        expiry_rank(token.expiry),
        use_rank(token.used),
        grant_rank(token.granted_at),
        reach,
        count,
        i64::from(token.repositories.is_fully_listed()),
        listed_at.map(|at| at.timestamp_millis()),
        at.timestamp_millis(),
        token.name,
        token.name.as_ref().map(|name| name.to_lowercase()),
    ])
}

async fn write_permissions(
    connection: &mut Connection,
    tokens: impl Iterator<Item = &Token>,
    numbers: &[Value],
) -> Result<(), StoreError> {
    let (mut names, mut rows) = (BTreeSet::new(), Vec::new());
    for token in tokens {
        for (permission, level) in token.permissions.iter() {
            let name = (permission.group.to_string(), permission.name.clone(), level.to_string());
            rows.push(json!([token.organization.0, token.grant.0, name.0, name.1, name.2]));
            names.insert(name);
        }
    }
    let names: Vec<_> = names.into_iter().map(|(group, name, level)| json!([group, name, level])).collect();
    bulk(connection, PERMISSIONS, &names).await?;
    bulk(connection, NO_PERMISSIONS, numbers).await?;
    bulk(connection, TOKEN_PERMISSIONS, &rows).await.map(drop)
}

async fn write_repositories(
    connection: &mut Connection,
    tokens: impl Iterator<Item = &Token>,
    numbers: &[Value],
) -> Result<(), StoreError> {
    let (mut repositories, mut rows) = (BTreeMap::new(), Vec::new());
    for token in tokens {
        let Repositories::Subset { listed, .. } = &token.repositories else { continue };
        for repository in listed {
            rows.push(json!([token.organization.0, token.grant.0, repository.id.0]));
            let row = repository_row(token.organization, repository);
            repositories.insert((token.organization, repository.id), row);
        }
    }
    bulk(connection, REPOSITORIES, &repositories.into_values().collect::<Vec<_>>()).await?;
    bulk(connection, NO_REPOSITORIES, numbers).await?;
    bulk(connection, TOKEN_REPOSITORIES, &rows).await.map(drop)
}

fn repository_row(organization: OrganizationId, repository: &Repository) -> Value {
    let lower = repository.full_name.to_lowercase();
    let (owner, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let private = repository.private.map(i64::from);
    json!([organization.0, repository.id.0, repository.full_name, owner, name, private])
}

fn lag() -> i64 {
    MIRROR_LAG.num_milliseconds()
}

/// What was missing is there again.
const SEEN: Statement = Statement {
    sqlite: "UPDATE token SET seen_at = max(seen_at, wanted.value ->> 2), state = 'active', gone_at = NULL
             FROM jsonb_each($1) AS wanted
             WHERE organization_id = wanted.value ->> 0 AND grant_id = wanted.value ->> 1
                 AND (state <> 'gone' OR gone_at + $2 < wanted.value ->> 2)",
    postgres:
        "UPDATE token SET seen_at = greatest(seen_at, (v ->> 2)::bigint), state = 'active', gone_at = NULL
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               WHERE organization_id = (v ->> 0)::bigint AND grant_id = (v ->> 1)::bigint
                   AND (state <> 'gone' OR gone_at + $2 < (v ->> 2)::bigint)",
};

async fn write_seen(connection: &mut Connection, all: &[&Mirroring]) -> Result<(), StoreError> {
    let seen = all.iter().flat_map(|one| &one.seen).map(|(organization, grant, at)| {
        ((*organization, *grant), json!([organization.0, grant.0, at.timestamp_millis()]))
    });
    bulk_with(connection, SEEN, &one_per_key(seen), lag()).await.map(drop)
}

/// Only what was there: what is gone is not missing.
const MISSING: Statement = Statement::both(
    "UPDATE token SET state = 'missing' WHERE organization_id = $1 AND seen_at < $2 AND state = 'active'",
);

async fn write_missing(connection: &mut Connection, all: &[&Mirroring]) -> Result<(), StoreError> {
    for (organization, before) in all.iter().filter_map(|one| one.missing) {
        let values = [organization.0.into(), before.timestamp_millis().into()];
        connection.execute(MISSING, &values).await?;
    }
    Ok(())
}

const GONE: Statement = Statement {
    sqlite:
        "UPDATE token SET state = 'gone', gone_at = wanted.value ->> 2 FROM jsonb_each($1) AS wanted
             WHERE organization_id = wanted.value ->> 0 AND grant_id = wanted.value ->> 1 AND state <> 'gone'",
    postgres:
        "UPDATE token SET state = 'gone', gone_at = (v ->> 2)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               WHERE organization_id = (v ->> 0)::bigint AND grant_id = (v ->> 1)::bigint AND state <> 'gone'",
};

async fn write_gone(connection: &mut Connection, all: &[&Mirroring]) -> Result<(), StoreError> {
    let gone = all.iter().flat_map(|one| &one.gone).map(|(organization, grant, at)| {
        ((*organization, *grant), json!([organization.0, grant.0, at.timestamp_millis()]))
    });
    bulk(connection, GONE, &one_per_key(gone)).await.map(drop)
}
