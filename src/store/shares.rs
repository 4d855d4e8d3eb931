//! How much rules have approved for each person today: counted in the very commit that approves, so that no race and no
//! second replica lets more through than a rule allows.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::connection::{Connection, Statement};
use super::rows::{bulk, json, one_per_key};
use super::{Change, Store, StoreError};
use crate::ids::GitHubUserId;

/// One approval by a rule, out of what a person may get in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub person: GitHubUserId,
    /// Days since 1970, in UTC.
    pub day: i64,
    /// Including this one.
    pub cap: u32,
}

impl Share {
    /// Of the day that `now` is in.
    pub fn of(person: GitHubUserId, now: DateTime<Utc>, cap: u32) -> Self {
        const DAY_SECONDS: i64 = 86_400;
        Self { person, day: now.timestamp().div_euclid(DAY_SECONDS), cap }
    }
}

impl Store {
    /// How much of a share is used up, at the moment.
    pub async fn used_of(&self, share: &Share) -> Result<u64, StoreError> {
        const USED: Statement = Statement::both("SELECT used FROM share WHERE github_id = $1 AND day = $2");
        let row: Option<(i64,)> = self.readers.row(USED, &[share.person.0.into(), share.day.into()]).await?;
        Ok(row.map_or(0, |(used,)| used.unsigned_abs()))
    }
}

/// What is used up already of the shares that some changes want; and of a batch, by those accepted before.
pub(super) struct Shares {
    stored: HashMap<(u64, i64), i64>,
    taken: HashMap<(u64, i64), i64>,
}

impl Shares {
    /// Reads and holds them.
    pub(super) async fn wanted(connection: &mut Connection, changes: &[Change]) -> Result<Self, StoreError> {
        const USED: Statement = Statement {
            sqlite: "SELECT share.github_id, share.day, share.used FROM json_each($1) AS wanted
                     JOIN share ON share.github_id = wanted.value ->> 0 AND share.day = wanted.value ->> 1",
            postgres: "SELECT github_id, day, used FROM share
                       WHERE (github_id, day) IN (
                           SELECT (wanted ->> 0)::bigint, (wanted ->> 1)::bigint
                           FROM jsonb_array_elements($1::jsonb) AS rows (wanted))
                       ORDER BY github_id, day FOR UPDATE",
        };
        let wanted = changes.iter().filter_map(|change| change.share);
        let wanted = one_per_key(
            wanted.map(|share| ((share.person.0, share.day), json!([share.person.0, share.day]))),
        );
        let mut stored = HashMap::new();
        if !wanted.is_empty() {
            let rows: Vec<(i64, i64, i64)> = connection.rows(USED, &[json(&wanted).as_str().into()]).await?;
            stored = rows.into_iter().map(|(person, day, used)| ((person as u64, day), used)).collect();
        }
        Ok(Self { stored, taken: HashMap::new() })
    }

    /// Whether there is something left of what a change wants.
    pub(super) fn allow(&self, change: &Change) -> bool {
        change.share.is_none_or(|share| self.used(&share) < i64::from(share.cap))
    }

    pub(super) fn take(&mut self, change: &Change) {
        if let Some(share) = change.share {
            *self.taken.entry((share.person.0, share.day)).or_default() += 1;
        }
    }

    fn used(&self, share: &Share) -> i64 {
        let key = (share.person.0, share.day);
        self.stored.get(&key).copied().unwrap_or(0) + self.taken.get(&key).copied().unwrap_or(0)
    }

    /// Writes what the accepted changes took. False when another writer took some after it was looked at: what nobody
    /// has had yet has no row to hold.
    pub(super) async fn write(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        const TAKE: Statement = Statement {
            sqlite: "INSERT INTO share (github_id, day, used)
                     SELECT value ->> 0, value ->> 1, value ->> 3 FROM json_each($1) WHERE true
                     ON CONFLICT (github_id, day) DO UPDATE SET used = excluded.used
                     WHERE EXISTS (SELECT 1 FROM json_each($1) AS one
                                   WHERE one.value ->> 0 = share.github_id AND one.value ->> 1 = share.day
                                       AND one.value ->> 2 = share.used)",
            postgres: "INSERT INTO share (github_id, day, used)
                       SELECT (v ->> 0)::bigint, (v ->> 1)::bigint, (v ->> 3)::bigint
                       FROM jsonb_array_elements($1::jsonb) AS rows (v)
                       ON CONFLICT (github_id, day) DO UPDATE SET used = excluded.used
                       WHERE EXISTS (SELECT 1 FROM jsonb_array_elements($1::jsonb) AS rows (one)
                                     WHERE (one ->> 0)::bigint = share.github_id
                                         AND (one ->> 1)::bigint = share.day
                                         AND (one ->> 2)::bigint = share.used)",
        };
        const OLD: Statement = Statement::both("DELETE FROM share WHERE day < $1");
        /// Days; only today's are asked for, by clocks that may differ.
        const KEPT: i64 = 7;
        let rows = one_per_key(self.taken.iter().map(|(key, taken)| {
            let before = self.stored.get(key).copied().unwrap_or(0);
            (*key, json!([key.0, key.1, before, before + taken]))
        }));
        if bulk(connection, TAKE, &rows).await? != rows.len() as u64 {
            return Ok(false);
        }
        if let Some(newest) = self.taken.keys().map(|(_, day)| *day).max() {
            connection.execute(OLD, &[(newest - KEPT).into()]).await?;
        }
        Ok(true)
    }
}
