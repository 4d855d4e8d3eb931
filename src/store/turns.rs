//! Whose turn it is to change something in an organization on GitHub: one change at a time, whichever replica makes it,
//! and at a distance from the last one.
//!
//! A turn is taken by the very commit that records what is about to be sent, and ends with the commit of the answer; or
//! by itself, when nothing of what was recorded can be sent any more. The same clock judges as for leases.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::connection::{Connection, Statement};
use super::{Change, Store, StoreError, rows};
use crate::ids::OrganizationId;

/// Longer than any turn with its interval.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// One right to change something, wanted or held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub organization: OrganizationId,
    /// No two that could hold it at once are called the same.
    pub holder: String,
    /// After this time nothing of it can be on its way any more.
    pub lasts: TimeDelta,
    /// How much time lies between its end and the next turn.
    pub interval: TimeDelta,
}

impl Turn {
    /// How long to wait, where the turn is busy and free again in so many milliseconds. While somebody has it nobody
    /// knows when they will be done; but not before another interval will it be free.
    fn wait(&self, busy: i64, free: i64, is_by_database: bool) -> Option<TimeDelta> {
        let own = self.lasts + self.interval;
        // Another replica may have taken it with other settings than ours, and the database's clock is set by nobody.
        let longest = if is_by_database { own.max(LONGEST) } else { own };
        let free = TimeDelta::milliseconds(free);
        // What claims to last longer was written under a clock that has been set since.
        if free <= TimeDelta::zero() || free > longest {
            return None;
        }
        Some(if busy > 0 { self.interval.min(free) } else { free })
    }
}

impl Store {
    /// How long the turn is certainly not to be had; `None` when it may be. `now` is the asker's time.
    pub async fn turn_in(&self, turn: &Turn, now: DateTime<Utc>) -> Result<Option<TimeDelta>, StoreError> {
        let wanted = serde_json::Value::from(vec![turn.organization.0]).to_string();
        let now = self.judge.at(now);
        let rows: Vec<(i64, i64, i64)> =
            self.readers.rows(LOOK, &[wanted.as_str().into(), now.into()]).await?;
        Ok(rows.first().and_then(|(_, busy, free)| turn.wait(*busy, *free, now.is_none())))
    }
}

const LOOK: Statement = Statement {
    sqlite: "SELECT organization_id, busy_until - $2, free_at - $2 FROM turn
             WHERE organization_id IN (SELECT value FROM json_each($1))",
    postgres: "SELECT organization_id,
                   busy_until - coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),
                   free_at - coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
               FROM turn WHERE organization_id IN (
                   SELECT wanted::bigint FROM jsonb_array_elements_text($1::jsonb) AS rows (wanted))",
};

const HELD: Statement = Statement {
    sqlite: LOOK.sqlite,
    // Locked until the end of the transaction.
    postgres: "SELECT organization_id,
                   busy_until - coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint),
                   free_at - coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
               FROM turn WHERE organization_id IN (
                   SELECT wanted::bigint FROM jsonb_array_elements_text($1::jsonb) AS rows (wanted))
               ORDER BY organization_id FOR UPDATE",
};

/// How the turns that some changes want stand: busy and free in so many milliseconds.
pub(super) struct Turns {
    all: HashMap<u64, (i64, i64)>,
    is_by_database: bool,
}

impl Turns {
    /// Reads and locks them, judged at `now`.
    pub(super) async fn wanted(
        connection: &mut Connection,
        changes: &[Change],
        now: Option<i64>,
    ) -> Result<Self, StoreError> {
        let wanted: Vec<_> = changes.iter().filter_map(|change| change.turn.as_ref()).collect();
        if wanted.is_empty() {
            return Ok(Self { all: HashMap::new(), is_by_database: now.is_none() });
        }
        let wanted: Vec<_> = wanted.iter().map(|turn| json!(turn.organization.0)).collect();
        let rows: Vec<(i64, i64, i64)> =
            connection.rows(HELD, &[rows::json(&wanted).as_str().into(), now.into()]).await?;
        let all = rows.into_iter().map(|(id, busy, free)| (id as u64, (busy, free))).collect();
        Ok(Self { all, is_by_database: now.is_none() })
    }

    /// Gives a change the turn it wants, or says how long it has to wait. Of two in a batch the first gets it.
    pub(super) fn take(&mut self, turn: &Turn) -> Result<(), TimeDelta> {
        let (busy, free) = self.all.get(&turn.organization.0).copied().unwrap_or_default();
        if let Some(wait) = turn.wait(busy, free, self.is_by_database) {
            return Err(wait);
        }
        let ends = turn.lasts.num_milliseconds();
        self.all.insert(turn.organization.0, (ends, ends + turn.interval.num_milliseconds()));
        Ok(())
    }
}

/// A turn that nobody has had yet has no row to lock: of two writers that make it, the second waits here for the first
/// and leaves its row alone.
const TAKE: Statement = Statement {
    sqlite: "INSERT INTO turn (organization_id, holder, busy_until, free_at)
             SELECT value ->> 0, value ->> 1, $2 + (value ->> 2), $2 + (value ->> 3) FROM jsonb_each($1) WHERE true
             ON CONFLICT (organization_id) DO UPDATE SET
                 holder = excluded.holder, busy_until = excluded.busy_until, free_at = excluded.free_at
             WHERE turn.free_at <= $2 OR turn.free_at > excluded.free_at",
    postgres: "INSERT INTO turn (organization_id, holder, busy_until, free_at)
               SELECT (v ->> 0)::bigint, v ->> 1, now + (v ->> 2)::bigint, now + (v ->> 3)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v),
                   (SELECT coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) AS now) AS clock
               ON CONFLICT (organization_id) DO UPDATE SET
                   holder = excluded.holder, busy_until = excluded.busy_until, free_at = excluded.free_at
               WHERE turn.free_at <= coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
                   OR turn.free_at > CASE
                       WHEN $2 IS NULL THEN greatest(
                           excluded.free_at, (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 3600000)
                       ELSE excluded.free_at END",
};

/// Writes the turns that the accepted changes take. False when another writer took one after it was looked at.
pub(super) async fn take(
    connection: &mut Connection,
    changes: &[&Change],
    now: Option<i64>,
) -> Result<bool, StoreError> {
    let taken = changes.iter().filter_map(|change| change.turn.as_ref()).map(|turn| {
        let (lasts, interval) = (turn.lasts.num_milliseconds(), turn.interval.num_milliseconds());
        (turn.organization.0, json!([turn.organization.0, turn.holder, lasts, lasts + interval]))
    });
    write(connection, TAKE, rows::one_per_key(taken), now).await
}

const END: Statement = Statement {
    sqlite: "UPDATE turn SET busy_until = $2, free_at = $2 + (ended.value ->> 2) FROM jsonb_each($1) AS ended
             WHERE turn.organization_id = ended.value ->> 0 AND turn.holder = ended.value ->> 1",
    postgres: "UPDATE turn SET busy_until = now, free_at = now + (v ->> 2)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v),
                   (SELECT coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) AS now) AS clock
               WHERE turn.organization_id = (v ->> 0)::bigint AND turn.holder = v ->> 1",
};

/// Ends turns early. One that somebody else has taken since stays theirs.
pub(super) async fn end(
    connection: &mut Connection,
    changes: &[&Change],
    now: Option<i64>,
) -> Result<(), StoreError> {
    let ended = changes.iter().filter_map(|change| change.turn_over.as_ref()).map(|turn| {
        let interval = turn.interval.num_milliseconds();
        ((turn.organization.0, &turn.holder), json!([turn.organization.0, turn.holder, interval]))
    });
    write(connection, END, rows::one_per_key(ended), now).await.map(drop)
}

/// Whether every row was touched.
async fn write(
    connection: &mut Connection,
    statement: Statement,
    rows: Vec<Value>,
    now: Option<i64>,
) -> Result<bool, StoreError> {
    if rows.is_empty() {
        return Ok(true);
    }
    let touched = connection.execute(statement, &[rows::json(&rows).as_str().into(), now.into()]).await?;
    Ok(touched == rows.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_was_taken_with_longer_settings_is_waited_for_where_the_clock_is_nobodys_own() {
        let (lasts, interval) = (TimeDelta::seconds(10), TimeDelta::seconds(1));
        let turn = Turn { organization: OrganizationId(9), holder: "b".into(), lasts, interval };
        let (busy, free) = (10_000, 40_000);

        assert_eq!(turn.wait(busy, free, true), Some(interval));
        // One program alone wrote that before its clock was set.
        assert_eq!(turn.wait(busy, free, false), None);
        assert_eq!(turn.wait(busy, 7_200_000, true), None);
    }
}
