//! Rows of mirrored tokens, and what is read of them whichever way they were found.

use std::collections::HashMap;

use serde_json::json;

use super::{Mirror, Mirrored, Presence, Run};
use crate::ids::{GitHubUserId, GrantId, Login, OrganizationId, RepositoryId, TokenId};
use crate::request::{
    Expiry, Level, Permission, PermissionGroup, Permissions, Repositories, Repository, Requester,
};
use crate::store::connection::{Readable, Statement, Value};
use crate::store::{Reader, Store, StoreError, places};
use crate::token::{Token, TokenKeyError, Use, ranks};

/// Number, organization, login, grant, key, token, owner, owner's login, expires, used, granted, reach and count, name,
/// state, times. As one text: drivers read rows of sixteen columns at most.
pub(super) type TokenRow = (
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

/// Where questions go.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Store(&'a Store),
    Reader(&'a Reader),
}

impl Source<'_> {
    pub(super) async fn rows<T: Readable>(
        self,
        statement: Statement,
        values: &[Value],
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Store(store) => store.readers.rows(statement, values).await,
            Self::Reader(reader) => reader.rows(statement, values).await,
        }
    }

    pub(super) async fn mirrors(self) -> Result<Vec<Mirror>, StoreError> {
        const ALL: Statement = Statement::both(
            "SELECT organization_id, login, baseline_at, finished_at, started_at, cursor, pages, unreadable,
                 nameless, unread
             FROM mirror ORDER BY organization_id",
        );
        self.rows::<MirrorRow>(ALL, &[]).await?.into_iter().map(mirror).collect()
    }

    /// Those of these grants that are known.
    pub(super) async fn among(
        self,
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
        let tokens = self.whole(self.rows(AMONG, &values).await?).await?;
        Ok(tokens.into_iter().map(|one| (one.token.grant, one)).collect())
    }

    /// Rows with what hangs on them.
    pub(super) async fn whole(self, rows: Vec<TokenRow>) -> Result<Vec<Mirrored>, StoreError> {
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

pub(super) fn presence(id: impl ToString, state: &str) -> Result<Presence, StoreError> {
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
