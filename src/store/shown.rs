//! The rows of what the watch finds out: where people find requests, and how far GitHub's lists were read.

use serde_json::json;

use super::connection::{Connection, Statement};
use super::rows::{bulk, one_per_key};
use super::{Change, StoreError};

/// Writes these rows of the accepted changes.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    write_leavings(connection, changes).await?;
    write_showings(connection, changes).await?;
    write_collections(connection, changes).await?;
    write_reconciled(connection, changes).await?;
    write_progress(connection, changes).await
}

/// Since when something was shown first is kept: it tells how much came at once.
const SHOWINGS: Statement = Statement {
    sqlite: "INSERT INTO showing (request_key, channel_id, collection_key, since)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each($1) WHERE true
             ON CONFLICT (request_key) DO UPDATE SET
                 channel_id = excluded.channel_id, collection_key = excluded.collection_key",
    postgres: "INSERT INTO showing (request_key, channel_id, collection_key, since)
               SELECT v ->> 0, v ->> 1, v ->> 2, (v ->> 3)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (request_key) DO UPDATE SET
                   channel_id = excluded.channel_id, collection_key = excluded.collection_key",
};

async fn write_showings(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let rows = one_per_key(changes.iter().flat_map(|change| &change.showings).map(|showing| {
        let collection = showing.collection.as_ref().map(|key| key.as_str());
        let since = showing.since.timestamp_millis();
        (showing.key.as_str(), json!([showing.key.as_str(), showing.channel.as_str(), collection, since]))
    }));
    bulk(connection, SHOWINGS, &rows).await.map(drop)
}

/// Only from the collection that was seen: it may have been shown elsewhere since.
const LEAVINGS: Statement = Statement {
    sqlite: "DELETE FROM showing
             WHERE (request_key, collection_key) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each($1))",
    postgres: "DELETE FROM showing WHERE request_key IN (
                   SELECT request_key FROM showing
                   WHERE (request_key, collection_key) IN (
                       SELECT v ->> 0, v ->> 1 FROM jsonb_array_elements($1::jsonb) AS rows (v))
                   ORDER BY request_key FOR UPDATE)",
};

async fn write_leavings(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let leaving = changes.iter().filter_map(|change| change.leaving.as_ref());
    let rows: Vec<_> = leaving.map(|one| json!([one.key.as_str(), one.collection.as_str()])).collect();
    bulk(connection, LEAVINGS, &rows).await.map(drop)
}

const COLLECTIONS: Statement = Statement {
    sqlite: "INSERT INTO collection (collection_key, channel_id, cause, about, made_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each($1) WHERE true
             ON CONFLICT (collection_key) DO NOTHING",
    postgres: "INSERT INTO collection (collection_key, channel_id, cause, about, made_at)
               SELECT v ->> 0, v ->> 1, v ->> 2, v ->> 3, (v ->> 4)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (collection_key) DO NOTHING",
};

async fn write_collections(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let rows = one_per_key(changes.iter().filter_map(|change| change.collection.as_ref()).map(|one| {
        let (cause, about) = one.gathered.written();
        let row =
            json!([one.key.as_str(), one.channel.as_str(), cause, about, one.made_at.timestamp_millis(),]);
        (one.key.as_str(), row)
    }));
    bulk(connection, COLLECTIONS, &rows).await.map(drop)
}

/// The first time counts as the baseline.
const RECONCILED: Statement = Statement {
    sqlite:
        "INSERT INTO reconciliation (organization_id, baseline_at, finished_at)
             SELECT value ->> 0, value ->> 1, value ->> 1 FROM jsonb_each($1) WHERE true
             ON CONFLICT (organization_id) DO UPDATE SET finished_at = max(finished_at, excluded.finished_at)",
    postgres: "INSERT INTO reconciliation (organization_id, baseline_at, finished_at)
               SELECT (v ->> 0)::bigint, (v ->> 1)::bigint, (v ->> 1)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (organization_id) DO UPDATE SET
                   finished_at = greatest(reconciliation.finished_at, excluded.finished_at)",
};

async fn write_reconciled(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let reconciled = changes.iter().filter_map(|change| change.reconciled);
    let rows =
        one_per_key(reconciled.map(|one| {
            (one.organization.0, json!([one.organization.0, one.finished_at.timestamp_millis()]))
        }));
    bulk(connection, RECONCILED, &rows).await.map(drop)
}

const PROGRESS: Statement = Statement {
    sqlite: "INSERT INTO progress (name, value)
             SELECT value ->> 0, value ->> 1 FROM jsonb_each($1) WHERE true
             ON CONFLICT (name) DO UPDATE SET value = max(progress.value, excluded.value)",
    postgres: "INSERT INTO progress (name, value)
               SELECT v ->> 0, (v ->> 1)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (name) DO UPDATE SET value = greatest(progress.value, excluded.value)",
};

async fn write_progress(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let mut progress: Vec<_> = changes.iter().flat_map(|change| &change.progress).collect();
    // Of two that share a flush the larger is the last, and stays.
    progress.sort_by_key(|one| one.value);
    let progress = progress.into_iter();
    let rows = one_per_key(progress.map(|one| (one.name.as_ref(), json!([one.name.as_ref(), one.value]))));
    bulk(connection, PROGRESS, &rows).await.map(drop)
}
