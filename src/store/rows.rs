//! The rows of many changes, written with one constant statement per table.
//!
//! A statement costs the driver a hop to its thread, so rows travel together: as one JSON parameter that `jsonb_each`
//! takes apart (`docs/decisions/0001-write-path.md`).

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteQueryResult;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::{Change, InstallationState, StoreError, document};
use crate::audit;
use crate::request::{Key, TokenRequest};

/// GitHub's numbers fit SQLite's signed ones; one that does not is refused by the STRICT table.
fn number(id: u64) -> Value {
    json!(id)
}

/// What is stored of the requests that some changes touch.
pub(super) struct Versions {
    stored: HashMap<(u64, u64), u64>,
    keys: HashSet<String>,
    drawn: HashSet<String>,
}

impl Versions {
    /// Whether a change decided on what is still stored.
    pub(super) fn allow(&self, request: &TokenRequest) -> bool {
        self.stored.get(&(request.organization.0, request.id.0)).copied().unwrap_or(0) == request.version
    }

    /// Whether a new request drew a key that is taken.
    pub(super) fn is_drawn(&self, key: &Key) -> bool {
        self.drawn.contains(key.as_str()) && self.keys.contains(key.as_str())
    }
}

/// Reads the versions of everything the changes touch.
pub(super) async fn versions(
    connection: &mut SqliteConnection,
    changes: &[Change],
) -> Result<Versions, StoreError> {
    let touched: Vec<_> = changes.iter().flat_map(|change| &change.requests).collect();
    let mut versions = Versions { stored: HashMap::new(), keys: HashSet::new(), drawn: HashSet::new() };
    if touched.is_empty() {
        return Ok(versions);
    }
    versions.drawn = touched
        .iter()
        .filter(|request| request.version == 0)
        .map(|request| request.key.to_string())
        .collect();
    let ids: Vec<_> = touched
        .iter()
        .map(|request| json!([request.organization.0, request.id.0, request.key.as_str()]))
        .collect();
    let rows = sqlx::query(
        "SELECT r.organization_id, r.request_id, r.version, r.request_key FROM jsonb_each(?1) AS wanted
         JOIN request AS r ON (r.organization_id = wanted.value ->> 0 AND r.request_id = wanted.value ->> 1)
         UNION
         SELECT r.organization_id, r.request_id, r.version, r.request_key FROM jsonb_each(?1) AS wanted
         JOIN request AS r ON r.request_key = wanted.value ->> 2",
    )
    .bind(json!(ids).to_string())
    .fetch_all(connection)
    .await?;
    for row in rows {
        let (organization, id, version): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
        versions.stored.insert((organization as u64, id as u64), version as u64);
        versions.keys.insert(row.get(3));
    }
    Ok(versions)
}

/// Which of the changes' leases are still held by who says so.
pub(super) async fn live_leases(
    connection: &mut SqliteConnection,
    changes: &[Change],
) -> Result<HashSet<(i64, String)>, StoreError> {
    let wanted: Vec<_> =
        changes.iter().filter_map(|change| change.lease.as_ref()).map(|lease| lease.job).collect();
    if wanted.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "SELECT job.id, job.lease_owner FROM jsonb_each(?1) AS wanted
         JOIN job ON job.id = wanted.value WHERE job.lease_owner IS NOT NULL",
    )
    .bind(json!(wanted).to_string())
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Forgets every lease: right after a start nobody else can hold one on this file.
pub(super) async fn release_all(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let done =
        sqlx::query("UPDATE job SET lease_owner = NULL, lease_until = NULL WHERE lease_owner IS NOT NULL")
            .execute(connection)
            .await?;
    Ok(done.rows_affected())
}

/// Writes everything the accepted changes hold.
pub(super) async fn write(connection: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StoreError> {
    write_requests(connection, changes).await?;
    write_cards(connection, changes).await?;
    write_postings(connection, changes).await?;
    write_lasting(connection, changes).await?;
    write_entries(connection, changes).await?;
    // Before new work is taken in: a job that asks for itself again must not be removed as done.
    finish_jobs(connection, changes).await?;
    write_jobs(connection, changes).await?;
    write_deliveries(connection, changes).await?;
    write_installations(connection, changes).await?;
    write_links(connection, changes).await?;
    write_slack_installations(connection, changes).await
}

async fn write_requests(connection: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StoreError> {
    let row = |request: &TokenRequest| {
        json!([
            number(request.organization.0),
            number(request.id.0),
            request.key.as_str(),
            request.version + 1,
            request.facts.token.map(|id| id.0),
            request.state.name(),
            request.received_at.timestamp_millis(),
            document::write(request),
            number(request.facts.requester.id.0),
        ])
    };
    let rows: Vec<_> = changes.iter().flat_map(|change| &change.requests).map(row).collect();
    let written = bulk(
        connection,
        "INSERT INTO request
         (organization_id, request_id, request_key, version, token_id, state, received_at, document, requester_id)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
                value ->> 8
         FROM jsonb_each(?1) WHERE true
         ON CONFLICT (organization_id, request_id) DO UPDATE SET
             version = excluded.version, token_id = excluded.token_id, state = excluded.state,
             document = excluded.document
         WHERE request.version = excluded.version - 1",
        &rows,
    )
    .await?;
    // The versions were compared in this very transaction.
    match written {
        Some(done) if done.rows_affected() != rows.len() as u64 => {
            Err(StoreError::corrupt("request", "", "a version changed inside a transaction"))
        }
        _ => Ok(()),
    }
}

async fn write_cards(connection: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .filter_map(|change| change.card.as_ref())
        .map(|card| json!([card.key.as_str(), card.channel.as_str(), card.ts.as_str(), card.rendering]))
        .collect();
    bulk(
        connection,
        "INSERT INTO card (request_key, channel_id, message_ts, rendering)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each(?1) WHERE true
         ON CONFLICT (request_key) DO UPDATE SET
             channel_id = excluded.channel_id, message_ts = excluded.message_ts, rendering = excluded.rendering",
        &rows,
    )
    .await
    .map(drop)
}

async fn write_postings(connection: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StoreError> {
    let posted = changes.iter().filter_map(|change| change.card.as_ref()).map(|card| &card.key);
    let not_posted = changes.iter().filter_map(|change| change.not_posted.as_ref());
    let ended: Vec<_> = posted.chain(not_posted).map(|key| json!(key.as_str())).collect();
    let statement = "DELETE FROM posting WHERE request_key IN (SELECT value FROM json_each(?1))";
    bulk(connection, statement, &ended).await?;
    let rows: Vec<_> = changes
        .iter()
        .filter_map(|change| change.posting.as_ref())
        .map(|one| json!([one.key.as_str(), one.channel.as_str(), one.since.timestamp_millis()]))
        .collect();
    bulk(
        connection,
        "INSERT INTO posting (request_key, channel_id, since)
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?1) WHERE true
         ON CONFLICT (request_key) DO UPDATE SET channel_id = excluded.channel_id, since = excluded.since",
        &rows,
    )
    .await
    .map(drop)
}

async fn write_lasting(connection: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StoreError> {
    let over: Vec<_> =
        changes.iter().filter_map(|change| change.is_over.as_ref()).map(|name| json!(name)).collect();
    let statement = "DELETE FROM lasting WHERE name IN (SELECT value FROM json_each(?1))";
    bulk(connection, statement, &over).await?;
    let rows: Vec<_> = changes
        .iter()
        .filter_map(|change| change.lasting.as_ref())
        .map(|one| json!([one.name, one.words, one.since.timestamp_millis()]))
        .collect();
    bulk(
        connection,
        "INSERT INTO lasting (name, words, since)
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each(?1) WHERE true
         ON CONFLICT (name) DO UPDATE SET words = excluded.words, since = excluded.since",
        &rows,
    )
    .await
    .map(drop)
}

async fn write_entries(connection: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .flat_map(|change| &change.entries)
        .map(|entry| json!([entry.at.timestamp_millis(), audit::encode(entry)]))
        .collect();
    bulk(
        connection,
        "INSERT INTO audit_entry (at, body) SELECT value ->> 0, value ->> 1 FROM jsonb_each(?1)",
        &rows,
    )
    .await
    .map(drop)
}

async fn finish_jobs(connection: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .filter(|change| change.is_job_done)
        .filter_map(|change| change.lease.as_ref())
        .map(|lease| json!([lease.job, lease.generation]))
        .collect();
    bulk(
        connection,
        "DELETE FROM job WHERE (id, generation) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each(?1))",
        &rows,
    )
    .await?;
    // What is left was asked for again while it ran: it runs once more.
    bulk(
        connection,
        "UPDATE job SET lease_owner = NULL, lease_until = NULL, attempts = 0
         WHERE id IN (SELECT value ->> 0 FROM jsonb_each(?1))",
        &rows,
    )
    .await
    .map(drop)
}

async fn write_jobs(connection: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .flat_map(|change| &change.jobs)
        .map(|job| json!([job.kind, job.subject, job.payload, job.run_at.timestamp_millis()]))
        .collect();
    bulk(
        connection,
        "INSERT INTO job (kind, subject, payload, run_at, created_at, attempts, generation)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 3, 0, 1 FROM jsonb_each(?1) WHERE true
         ON CONFLICT (kind, subject) DO UPDATE SET
             payload = excluded.payload, run_at = min(run_at, excluded.run_at), generation = generation + 1,
             created_at = excluded.created_at, attempts = 0, given_up_at = NULL, cause = NULL",
        &rows,
    )
    .await
    .map(drop)
}

/// Remembers deliveries for longer than GitHub offers to send them again: three days, seven on an Enterprise Server
/// (docs.github.com, redelivering webhooks).
async fn write_deliveries(connection: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StoreError> {
    const REMEMBERED: TimeDelta = TimeDelta::days(8);
    let delivered: Vec<_> = changes.iter().filter_map(|change| change.delivery.as_ref()).collect();
    let rows: Vec<_> = delivered.iter().map(|(id, at)| json!([id, at.timestamp_millis()])).collect();
    let written = bulk(
        connection,
        "INSERT INTO delivery (id, received_at) SELECT value ->> 0, value ->> 1 FROM jsonb_each(?1) WHERE true
         ON CONFLICT (id) DO NOTHING",
        &rows,
    )
    .await?;
    if let (Some(_), Some(newest)) = (written, delivered.iter().map(|(_, at)| *at).max()) {
        sqlx::query("DELETE FROM delivery WHERE received_at < ?")
            .bind((newest - REMEMBERED).timestamp_millis())
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn write_installations(
    connection: &mut SqliteConnection,
    changes: &[&Change],
) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .filter_map(|change| change.installation.as_ref())
        .map(|one| {
            let state = installation_state(one.state);
            json!([
                one.id.0,
                one.organization.0,
                one.login.as_str(),
                state,
                one.updated_at.timestamp_millis()
            ])
        })
        .collect();
    bulk(
        connection,
        "INSERT INTO installation (id, organization_id, login, state, updated_at)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each(?1) WHERE true
         ON CONFLICT (id) DO UPDATE SET
             organization_id = excluded.organization_id, login = excluded.login, state = excluded.state,
             updated_at = excluded.updated_at",
        &rows,
    )
    .await
    .map(drop)
}

async fn write_links(connection: &mut SqliteConnection, changes: &[&Change]) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .filter_map(|change| change.link.as_ref())
        .map(|link| {
            json!([
                link.login.as_str(),
                link.github.0,
                link.slack.as_str(),
                link.linked_at.timestamp_millis()
            ])
        })
        .collect();
    bulk(
        connection,
        "INSERT INTO link (login, github_id, slack_id, linked_at)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each(?1) WHERE true
         ON CONFLICT (login) DO UPDATE SET
             github_id = excluded.github_id, slack_id = excluded.slack_id, linked_at = excluded.linked_at",
        &rows,
    )
    .await
    .map(drop)
}

async fn write_slack_installations(
    connection: &mut SqliteConnection,
    changes: &[&Change],
) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .filter_map(|change| change.slack_installation.as_ref())
        .map(|pinned| {
            json!([
                pinned.app.as_str(),
                pinned.team.as_ref().map(|id| id.as_str()),
                pinned.enterprise.as_ref().map(|id| id.as_str()),
                i64::from(pinned.is_enterprise_install),
                pinned.pinned_at.timestamp_millis(),
            ])
        })
        .collect();
    // The first contact pins; later ones are compared with it, not written over it.
    bulk(
        connection,
        "INSERT INTO slack_installation (one, app_id, team_id, enterprise_id, is_enterprise_install, pinned_at)
         SELECT 1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each(?1) WHERE true
         ON CONFLICT (one) DO NOTHING",
        &rows,
    )
    .await
    .map(drop)
}

async fn bulk(
    connection: &mut SqliteConnection,
    statement: &'static str,
    rows: &[Value],
) -> Result<Option<SqliteQueryResult>, StoreError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let rows = serde_json::to_string(rows).expect("JSON values always serialise");
    Ok(Some(sqlx::query(AssertSqlSafe(statement)).bind(rows).execute(connection).await?))
}

pub(super) fn installation_state(state: InstallationState) -> &'static str {
    match state {
        InstallationState::Active => "active",
        InstallationState::Suspended => "suspended",
        InstallationState::Removed => "removed",
    }
}
