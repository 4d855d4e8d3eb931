//! When people were last reminded of what waits: decided in the very commit that reminds them, so that of two clicks or two
//! replicas one does.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::connection::{Connection, Statement};
use super::rows::{bulk, json, one_per_key};
use super::{Change, Store, StoreError, places};
use crate::request::{Key, REST};

/// People are reminded of a request, or of those that share a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nudge {
    pub about: Key,
    pub at: DateTime<Utc>,
}

impl Store {
    /// When people were last reminded of each of these, where that was done.
    pub async fn nudged(&self, about: &[Key]) -> Result<HashMap<Key, DateTime<Utc>>, StoreError> {
        const NUDGED: Statement = Statement {
            sqlite: "SELECT about, nudged_at FROM nudge WHERE about IN (SELECT value FROM json_each($1))",
            postgres: "SELECT about, nudged_at FROM nudge
                       WHERE about IN (SELECT jsonb_array_elements_text($1::jsonb))",
        };
        let about: Vec<_> = about.iter().map(|key| json!(key.as_str())).collect();
        let rows: Vec<(String, i64)> = self.readers.rows(NUDGED, &[json(&about).as_str().into()]).await?;
        let read = |(about, at): (String, i64)| {
            let at = places::time("nudge", &about, at)?;
            let key = about.parse().map_err(|error| StoreError::corrupt("nudge", &about, error))?;
            Ok((key, at))
        };
        rows.into_iter().map(read).collect()
    }
}

/// When people were last reminded of what some changes are to remind them of; and of a batch, by those accepted before.
pub(super) struct Nudges {
    stored: HashMap<String, i64>,
    taken: HashSet<String>,
}

impl Nudges {
    /// Reads and holds them.
    pub(super) async fn wanted(connection: &mut Connection, changes: &[Change]) -> Result<Self, StoreError> {
        const NUDGED: Statement = Statement {
            sqlite: "SELECT about, nudged_at FROM nudge WHERE about IN (SELECT value FROM json_each($1))",
            postgres:
                "SELECT about, nudged_at FROM nudge
                       WHERE about IN (SELECT jsonb_array_elements_text($1::jsonb)) ORDER BY about FOR UPDATE",
        };
        let about = changes.iter().flat_map(|change| &change.nudges).map(|nudge| nudge.about.as_str());
        let about = one_per_key(about.map(|about| (about, json!(about))));
        let mut stored = HashMap::new();
        if !about.is_empty() {
            let rows: Vec<(String, i64)> = connection.rows(NUDGED, &[json(&about).as_str().into()]).await?;
            stored = rows.into_iter().collect();
        }
        Ok(Self { stored, taken: HashSet::new() })
    }

    /// Whether all of it has rested for long enough.
    pub(super) fn allow(&self, change: &Change) -> bool {
        change.nudges.iter().all(|nudge| {
            let about = nudge.about.as_str();
            let has_rested = self.stored.get(about).is_none_or(|at| *at <= before(nudge));
            has_rested && !self.taken.contains(about)
        })
    }

    pub(super) fn take(&mut self, change: &Change) {
        self.taken.extend(change.nudges.iter().map(|nudge| nudge.about.to_string()));
    }
}

/// At or before this they must have been reminded last.
fn before(nudge: &Nudge) -> i64 {
    (nudge.at - REST).timestamp_millis()
}

/// Writes it. False when another writer was faster: what nobody was reminded of yet has no row to hold.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<bool, StoreError> {
    const NUDGES: Statement = Statement {
        sqlite: "INSERT INTO nudge (about, nudged_at)
                 SELECT value ->> 0, value ->> 1 FROM jsonb_each($1) WHERE true
                 ON CONFLICT (about) DO UPDATE SET nudged_at = excluded.nudged_at
                 WHERE nudge.nudged_at <= (SELECT one.value ->> 2 FROM jsonb_each($1) AS one
                                           WHERE one.value ->> 0 = nudge.about)",
        postgres: "INSERT INTO nudge (about, nudged_at)
                   SELECT v ->> 0, (v ->> 1)::bigint
                   FROM jsonb_array_elements($1::jsonb) AS rows (v) ORDER BY v ->> 0
                   ON CONFLICT (about) DO UPDATE SET nudged_at = excluded.nudged_at
                   WHERE nudge.nudged_at <= (SELECT (one ->> 2)::bigint
                                             FROM jsonb_array_elements($1::jsonb) AS rows (one)
                                             WHERE one ->> 0 = nudge.about)",
    };
    const VAIN: Statement = Statement {
        sqlite: "DELETE FROM nudge WHERE EXISTS (
                     SELECT 1 FROM jsonb_each($1) AS vain
                     WHERE vain.value ->> 0 = nudge.about AND vain.value ->> 1 = nudge.nudged_at)",
        postgres: "DELETE FROM nudge USING (
                       SELECT v ->> 0 AS about, (v ->> 1)::bigint AS nudged_at
                       FROM jsonb_array_elements($1::jsonb) AS rows (v)) AS vain
                   WHERE nudge.about = vain.about AND nudge.nudged_at = vain.nudged_at",
    };
    const OLD: Statement = Statement::both("DELETE FROM nudge WHERE nudged_at < $1");
    /// What is older forbids nothing, whatever the replicas' clocks say.
    const KEPT_DAYS: i64 = 7;
    let nudges = || changes.iter().flat_map(|change| &change.nudges);
    let rows = one_per_key(nudges().map(|nudge| {
        let about = nudge.about.as_str();
        (about, json!([about, nudge.at.timestamp_millis(), before(nudge)]))
    }));
    if bulk(connection, NUDGES, &rows).await? != rows.len() as u64 {
        return Ok(false);
    }
    let vain = changes.iter().flat_map(|change| &change.vain_nudges).map(|nudge| {
        let (about, at) = (nudge.about.as_str(), nudge.at.timestamp_millis());
        ((about, at), json!([about, at]))
    });
    bulk(connection, VAIN, &one_per_key(vain)).await?;
    if let Some(newest) = nudges().map(|nudge| nudge.at).max() {
        let old = newest - chrono::TimeDelta::days(KEPT_DAYS);
        connection.execute(OLD, &[old.timestamp_millis().into()]).await?;
    }
    Ok(true)
}
