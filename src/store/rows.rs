//! The rows of many changes, written with one constant statement per table.
//!
//! A statement costs the driver a hop to its thread, or a way to the server and back, so rows travel together: as one JSON
//! parameter that `jsonb_each` (SQLite) or `jsonb_array_elements` (PostgreSQL) takes apart
//! (`docs/decisions/0001-write-path.md`).

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::connection::{Connection, Statement, without_nul};
use super::{
    Change, InstallationState, NewJob, StoreError, document, freeze, groups, history, homes, leave, links,
    mirroring, nudges, pins, policy_sets, revocations, shown, turns,
};
use crate::audit;
use crate::request::{Key, TokenRequest};

/// What is stored of the requests that some changes touch.
pub(super) struct Versions {
    stored: HashMap<(u64, u64), u64>,
    /// Keys of new requests that are taken.
    drawn: HashSet<String>,
}

impl Versions {
    /// Whether a change decided on what is still stored.
    pub(super) fn allow(&self, request: &TokenRequest) -> bool {
        self.stored.get(&(request.organization.0, request.id.0)).copied().unwrap_or(0) == request.version
    }

    /// Whether a new request drew a key that is taken.
    pub(super) fn is_drawn(&self, key: &Key) -> bool {
        self.drawn.contains(key.as_str())
    }
}

/// One column, the key, is filled for what is found by a drawn key; the other ones for what is found by its number.
const VERSIONS: Statement = Statement {
    sqlite: "SELECT r.organization_id, r.request_id, r.version, NULL FROM jsonb_each($1) AS wanted
             JOIN request AS r ON (r.organization_id = wanted.value ->> 0 AND r.request_id = wanted.value ->> 1)
             UNION ALL
             SELECT 0, 0, 0, r.request_key FROM jsonb_each($1) AS wanted
             JOIN request AS r ON r.request_key = wanted.value ->> 2",
    // Locked until the end of the transaction, in the order of their numbers; what another writer changed meanwhile is
    // waited for and read as it is then.
    postgres: "WITH held AS MATERIALIZED (
                   SELECT organization_id, request_id, version FROM request
                   WHERE (organization_id, request_id) IN (
                       SELECT (wanted ->> 0)::bigint, (wanted ->> 1)::bigint
                       FROM jsonb_array_elements($1::jsonb) AS rows (wanted))
                   ORDER BY organization_id, request_id FOR UPDATE)
               SELECT organization_id, request_id, version, NULL FROM held
               UNION ALL
               SELECT 0, 0, 0, request_key FROM request
               WHERE request_key IN (SELECT wanted ->> 2 FROM jsonb_array_elements($1::jsonb) AS rows (wanted))",
};

/// Reads the versions of everything the changes touch.
pub(super) async fn versions(
    connection: &mut Connection,
    changes: &[Change],
) -> Result<Versions, StoreError> {
    let mut versions = Versions { stored: HashMap::new(), drawn: HashSet::new() };
    let wanted: Vec<_> = changes
        .iter()
        .flat_map(|change| &change.requests)
        .map(|request| {
            let drawn = (request.version == 0).then_some(request.key.as_str());
            json!([request.organization.0, request.id.0, drawn])
        })
        .collect();
    if wanted.is_empty() {
        return Ok(versions);
    }
    let rows: Vec<(i64, i64, i64, Option<String>)> =
        connection.rows(VERSIONS, &[json(&wanted).as_str().into()]).await?;
    for (organization, id, version, drawn) in rows {
        match drawn {
            Some(key) => drop(versions.drawn.insert(key)),
            None => drop(versions.stored.insert((organization as u64, id as u64), version as u64)),
        }
    }
    Ok(versions)
}

/// The leases that some changes are made under, as they are stored.
pub(super) struct Leases {
    /// Job and owner, and whether the lease has not run out.
    held: HashMap<(i64, String), bool>,
}

impl Leases {
    /// Whether a change may be made under its lease. Whoever goes on from here needs one that has not run out: the next
    /// one may begin at any moment. What was learnt may be told late, as long as nobody has taken the job over.
    pub(super) fn allow(&self, change: &Change) -> bool {
        let Some(lease) = &change.lease else { return true };
        match self.held.get(&(lease.job, lease.owner.clone())) {
            Some(is_live) => *is_live || change.may_come_late(),
            None => false,
        }
    }
}

const LEASES: Statement = Statement {
    sqlite: "SELECT job.id, job.lease_owner, job.lease_until > $2 FROM jsonb_each($1) AS wanted
             JOIN job ON job.id = wanted.value WHERE job.lease_owner IS NOT NULL AND $3 IS NOT NULL",
    // Locked: nobody takes the job over, or asks for it again, until this transaction has ended. Together with what is
    // asked for again and is there, all in the order of their numbers, so that writers don't wait in a circle.
    postgres: "WITH wanted AS MATERIALIZED (
                   SELECT wanted::bigint AS id FROM jsonb_array_elements_text($1::jsonb) AS rows (wanted)
                   UNION
                   SELECT id FROM job WHERE (kind, subject) IN (
                       SELECT wanted ->> 0, wanted ->> 1 FROM jsonb_array_elements($3::jsonb) AS rows (wanted)))
               SELECT id, coalesce(lease_owner, ''),
                   coalesce(lease_until > coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint), false)
               FROM job JOIN wanted USING (id)
               ORDER BY id FOR UPDATE OF job",
};

/// Reads the leases of the changes, judged at `now`.
pub(super) async fn leases(
    connection: &mut Connection,
    changes: &[Change],
    now: Option<i64>,
) -> Result<Leases, StoreError> {
    let leased: Vec<_> =
        changes.iter().filter_map(|change| change.lease.as_ref()).map(|lease| json!(lease.job)).collect();
    let asked_for: Vec<_> =
        changes.iter().flat_map(|change| &change.jobs).map(|job| json!([job.kind, job.subject])).collect();
    if leased.is_empty() && asked_for.is_empty() {
        return Ok(Leases { held: HashMap::new() });
    }
    let values = [json(&leased).as_str().into(), now.into(), json(&asked_for).as_str().into()];
    let rows: Vec<(i64, String, bool)> = connection.rows(LEASES, &values).await?;
    Ok(Leases { held: rows.into_iter().map(|(job, owner, is_live)| ((job, owner), is_live)).collect() })
}

/// Writes everything the accepted changes hold. False when another writer changed a request, took a turn or pinned
/// something after they were looked at: nothing of it may be committed then.
pub(super) async fn write(
    connection: &mut Connection,
    changes: &[&Change],
    now: Option<i64>,
) -> Result<bool, StoreError> {
    if !write_requests(connection, changes).await? || !turns::take(connection, changes, now).await? {
        return Ok(false);
    }
    turns::end(connection, changes, now).await?;
    freeze::write(connection, changes).await?;
    write_cards(connection, changes).await?;
    write_postings(connection, changes).await?;
    write_lasting(connection, changes).await?;
    write_entries(connection, changes).await?;
    policy_sets::write(connection, changes).await?;
    leave::write(connection, changes).await?;
    // Before new work is taken in: a job that asks for itself again must not be removed as done.
    finish_jobs(connection, changes).await?;
    renew_leases(connection, changes, now).await?;
    write_jobs(connection, changes).await?;
    write_deliveries(connection, changes).await?;
    write_installations(connection, changes).await?;
    shown::write(connection, changes).await?;
    history::write(connection, changes).await?;
    mirroring::write(connection, changes).await?;
    revocations::write(connection, changes).await?;
    homes::write(connection, changes).await?;
    Ok(pins::write(connection, changes).await?
        && groups::write(connection, changes).await?
        && links::write(connection, changes).await?
        && nudges::write(connection, changes).await?)
}

/// A new request has no row to lock: of two writers that make it, the second waits here for the first, finds its row, and
/// leaves it alone.
const REQUESTS: Statement = Statement {
    sqlite: "INSERT INTO request
                 (organization_id, request_id, request_key, version, token_id, state, received_at, document,
                  requester_id)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                 value ->> 7, value ->> 8
             FROM jsonb_each($1) WHERE true
             ON CONFLICT (organization_id, request_id) DO UPDATE SET
                 version = excluded.version, token_id = excluded.token_id, state = excluded.state,
                 document = excluded.document
             WHERE request.version = excluded.version - 1",
    postgres: "INSERT INTO request
                   (organization_id, request_id, request_key, version, token_id, state, received_at, document,
                    requester_id)
               SELECT (v ->> 0)::bigint, (v ->> 1)::bigint, v ->> 2, (v ->> 3)::bigint, (v ->> 4)::bigint, v ->> 5,
                   (v ->> 6)::bigint, v ->> 7, (v ->> 8)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (organization_id, request_id) DO UPDATE SET
                   version = excluded.version, token_id = excluded.token_id, state = excluded.state,
                   document = excluded.document
               WHERE request.version = excluded.version - 1",
};

async fn write_requests(connection: &mut Connection, changes: &[&Change]) -> Result<bool, StoreError> {
    let row = |request: &TokenRequest| {
        let row = json!([
            request.organization.0,
            request.id.0,
            request.key.as_str(),
            request.version + 1,
            request.facts.token.map(|id| id.0),
            request.state.name(),
            request.received_at.timestamp_millis(),
            document::write(request),
            request.facts.requester.id.0,
        ]);
        ((request.organization.0, request.id.0), row)
    };
    let rows = one_per_key(changes.iter().flat_map(|change| &change.requests).map(row));
    Ok(bulk(connection, REQUESTS, &rows).await? == rows.len() as u64)
}

const CARDS: Statement = Statement {
    sqlite: "INSERT INTO card (request_key, channel_id, message_ts, rendering)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each($1) WHERE true
             ON CONFLICT (request_key) DO UPDATE SET
                 channel_id = excluded.channel_id, message_ts = excluded.message_ts, rendering = excluded.rendering",
    postgres: "INSERT INTO card (request_key, channel_id, message_ts, rendering)
               SELECT v ->> 0, v ->> 1, v ->> 2, v ->> 3 FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (request_key) DO UPDATE SET
                   channel_id = excluded.channel_id, message_ts = excluded.message_ts, rendering = excluded.rendering",
};

async fn write_cards(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let rows = one_per_key(changes.iter().filter_map(|change| change.card.as_ref()).map(|card| {
        let row = json!([card.key.as_str(), card.channel.as_str(), card.ts.as_str(), card.rendering]);
        (card.key.clone(), row)
    }));
    bulk(connection, CARDS, &rows).await.map(drop)
}

/// A change with the card ends its posting.
const ENDED_POSTINGS: Statement = Statement {
    sqlite: "DELETE FROM posting WHERE request_key IN (SELECT value FROM json_each($1))",
    postgres: "DELETE FROM posting WHERE request_key IN (
                   SELECT request_key FROM posting
                   WHERE request_key IN (SELECT jsonb_array_elements_text($1::jsonb))
                   ORDER BY request_key FOR UPDATE)",
};

const POSTINGS: Statement = Statement {
    sqlite: "INSERT INTO posting (request_key, channel_id, since, over_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each($1) WHERE true
             ON CONFLICT (request_key) DO UPDATE SET
                 channel_id = excluded.channel_id, since = excluded.since, over_at = excluded.over_at",
    postgres: "INSERT INTO posting (request_key, channel_id, since, over_at)
               SELECT v ->> 0, v ->> 1, (v ->> 2)::bigint, (v ->> 3)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (request_key) DO UPDATE SET
                   channel_id = excluded.channel_id, since = excluded.since, over_at = excluded.over_at",
};

async fn write_postings(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let posted = changes.iter().filter_map(|change| change.card.as_ref()).map(|card| &card.key);
    let not_posted = changes.iter().filter_map(|change| change.not_posted.as_ref());
    let ended: Vec<_> = posted.chain(not_posted).map(|key| json!(key.as_str())).collect();
    bulk(connection, ENDED_POSTINGS, &ended).await?;
    let rows = one_per_key(changes.iter().filter_map(|change| change.posting.as_ref()).map(|one| {
        let times = [one.since, one.over_at].map(|time| time.timestamp_millis());
        (one.key.as_str(), json!([one.key.as_str(), one.channel.as_str(), times[0], times[1]]))
    }));
    bulk(connection, POSTINGS, &rows).await.map(drop)
}

const OVER: Statement = Statement {
    sqlite: "DELETE FROM lasting WHERE name IN (SELECT value FROM json_each($1))",
    postgres: "DELETE FROM lasting WHERE name IN (
                   SELECT name FROM lasting WHERE name IN (SELECT jsonb_array_elements_text($1::jsonb))
                   ORDER BY name FOR UPDATE)",
};

const LASTING: Statement = Statement {
    sqlite: "INSERT INTO lasting (name, words, since)
             SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($1) WHERE true
             ON CONFLICT (name) DO UPDATE SET words = excluded.words, since = excluded.since",
    postgres: "INSERT INTO lasting (name, words, since)
               SELECT v ->> 0, v ->> 1, (v ->> 2)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (name) DO UPDATE SET words = excluded.words, since = excluded.since",
};

async fn write_lasting(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let over: Vec<_> =
        changes.iter().filter_map(|change| change.is_over.as_ref()).map(|name| json!(name)).collect();
    bulk(connection, OVER, &over).await?;
    let rows = one_per_key(
        changes
            .iter()
            .filter_map(|change| change.lasting.as_ref())
            .map(|one| (one.name.as_str(), json!([one.name, one.words, one.since.timestamp_millis()]))),
    );
    bulk(connection, LASTING, &rows).await.map(drop)
}

const ENTRIES: Statement = Statement {
    sqlite: "INSERT INTO audit_entry (at, body, organization_id, request_id)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each($1)",
    postgres: "INSERT INTO audit_entry (at, body, organization_id, request_id)
               SELECT (v ->> 0)::bigint, v ->> 1, (v ->> 2)::bigint, (v ->> 3)::bigint
               FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS rows (v, place) ORDER BY place",
};

async fn write_entries(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .flat_map(|change| &change.entries)
        .map(|entry| {
            let (organization, request) = (entry.subject.organization, entry.subject.request);
            json!([
                entry.at.timestamp_millis(),
                audit::encode(entry),
                organization.map(|id| id.0),
                request.map(|id| id.0),
            ])
        })
        .collect();
    bulk(connection, ENTRIES, &rows).await.map(drop)
}

const DONE_JOBS: Statement = Statement {
    sqlite: "DELETE FROM job WHERE (id, generation) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each($1))",
    postgres: "DELETE FROM job WHERE (id, generation) IN (
                   SELECT (v ->> 0)::bigint, (v ->> 1)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v))",
};

/// What is left was asked for again while it ran: it runs once more.
const JOBS_TO_REPEAT: Statement = Statement {
    sqlite: "UPDATE job SET lease_owner = NULL, lease_until = NULL, attempts = 0
             WHERE id IN (SELECT value ->> 0 FROM jsonb_each($1))",
    postgres: "UPDATE job SET lease_owner = NULL, lease_until = NULL, attempts = 0
               WHERE id IN (SELECT (v ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v))",
};

async fn finish_jobs(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .filter(|change| change.is_job_done)
        .filter_map(|change| change.lease.as_ref())
        .map(|lease| json!([lease.job, lease.generation]))
        .collect();
    if bulk(connection, DONE_JOBS, &rows).await? != rows.len() as u64 {
        bulk(connection, JOBS_TO_REPEAT, &rows).await?;
    }
    Ok(())
}

const RENEWED: Statement = Statement {
    sqlite: "UPDATE job SET lease_until = $2 + (wanted.value ->> 1) FROM jsonb_each($1) AS wanted
             WHERE job.id = wanted.value ->> 0",
    postgres: "UPDATE job SET lease_until = (wanted ->> 1)::bigint
                   + coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
               FROM jsonb_array_elements($1::jsonb) AS rows (wanted) WHERE job.id = (wanted ->> 0)::bigint",
};

/// After their changes were judged the rows are ours.
async fn renew_leases(
    connection: &mut Connection,
    changes: &[&Change],
    now: Option<i64>,
) -> Result<(), StoreError> {
    let renewed = changes.iter().filter_map(|change| {
        let lease = change.lease.as_ref()?;
        Some((lease.job, json!([lease.job, change.renews?.num_milliseconds()])))
    });
    let rows = one_per_key(renewed);
    if rows.is_empty() {
        return Ok(());
    }
    connection.execute(RENEWED, &[json(&rows).as_str().into(), now.into()]).await.map(drop)
}

const JOBS: Statement = Statement {
    sqlite: "INSERT INTO job (kind, subject, payload, run_at, created_at, attempts, generation)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 3, 0, 1
             FROM jsonb_each($1) WHERE true
             ON CONFLICT (kind, subject) DO UPDATE SET
                 payload = excluded.payload, run_at = min(run_at, excluded.run_at), generation = generation + 1,
                 created_at = excluded.created_at, attempts = 0, given_up_at = NULL, cause = NULL",
    postgres: "INSERT INTO job (kind, subject, payload, run_at, created_at, attempts, generation)
               SELECT v ->> 0, v ->> 1, v ->> 2, (v ->> 3)::bigint, (v ->> 3)::bigint, 0, 1
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (kind, subject) DO UPDATE SET
                   payload = excluded.payload, run_at = least(job.run_at, excluded.run_at),
                   generation = job.generation + 1, created_at = excluded.created_at, attempts = 0,
                   given_up_at = NULL, cause = NULL",
};

/// Work wanted twice in a batch is wanted once: as early as one of them asks, with what the last one says.
async fn write_jobs(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let mut jobs: BTreeMap<_, NewJob> = BTreeMap::new();
    for job in changes.iter().flat_map(|change| &change.jobs) {
        let wanted = jobs.entry((job.kind, job.subject.as_str())).or_insert_with(|| job.clone());
        let run_at = wanted.run_at.min(job.run_at);
        *wanted = NewJob { run_at, ..job.clone() };
    }
    let rows: Vec<_> = jobs
        .into_values()
        .map(|job| json!([job.kind, job.subject, job.payload, job.run_at.timestamp_millis()]))
        .collect();
    bulk(connection, JOBS, &rows).await.map(drop)
}

/// The same for one piece of work alone.
pub(super) async fn write_job(connection: &mut Connection, job: &NewJob) -> Result<(), StoreError> {
    let change = Change { jobs: vec![job.clone()], ..Change::default() };
    write_jobs(connection, &[&change]).await
}

const DELIVERIES: Statement = Statement {
    sqlite:
        "INSERT INTO delivery (id, received_at) SELECT value ->> 0, value ->> 1 FROM jsonb_each($1) WHERE true
             ON CONFLICT (id) DO NOTHING",
    postgres: "INSERT INTO delivery (id, received_at)
               SELECT v ->> 0, (v ->> 1)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (id) DO NOTHING",
};

const OLD_DELIVERIES: Statement = Statement {
    sqlite: "DELETE FROM delivery WHERE received_at < $1",
    // What another writer is removing at this moment needs no waiting for.
    postgres: "DELETE FROM delivery WHERE id IN (
                   SELECT id FROM delivery WHERE received_at < $1 ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED)",
};

/// Remembers deliveries for longer than GitHub offers to send them again: three days, seven on an Enterprise Server
/// (docs.github.com, redelivering webhooks).
async fn write_deliveries(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    const REMEMBERED: TimeDelta = TimeDelta::days(8);
    let delivered = || changes.iter().filter_map(|change| change.delivery.as_ref());
    let rows = one_per_key(delivered().map(|(id, at)| (id, json!([id, at.timestamp_millis()]))));
    bulk(connection, DELIVERIES, &rows).await?;
    if let Some(newest) = delivered().map(|(_, at)| *at).max() {
        let before = (newest - REMEMBERED).timestamp_millis();
        connection.execute(OLD_DELIVERIES, &[before.into()]).await?;
    }
    Ok(())
}

/// What was read of GitHub earlier is not written over what was read later.
const INSTALLATIONS: Statement = Statement {
    sqlite: "INSERT INTO installation (id, organization_id, login, state, updated_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each($1) WHERE true
             ON CONFLICT (id) DO UPDATE SET
                 organization_id = excluded.organization_id, login = excluded.login, state = excluded.state,
                 updated_at = excluded.updated_at
             WHERE installation.updated_at <= excluded.updated_at",
    postgres: "INSERT INTO installation (id, organization_id, login, state, updated_at)
               SELECT (v ->> 0)::bigint, (v ->> 1)::bigint, v ->> 2, v ->> 3, (v ->> 4)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (id) DO UPDATE SET
                   organization_id = excluded.organization_id, login = excluded.login, state = excluded.state,
                   updated_at = excluded.updated_at
               WHERE installation.updated_at <= excluded.updated_at",
};

async fn write_installations(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let mut told: Vec<_> = changes.iter().filter_map(|change| change.installation.as_ref()).collect();
    told.sort_by_key(|one| one.updated_at);
    let rows = one_per_key(told.into_iter().map(|one| {
        let row = json!([
            one.id.0,
            one.organization.0,
            one.login.as_str(),
            installation_state(one.state),
            one.updated_at.timestamp_millis(),
        ]);
        (one.id.0, row)
    }));
    bulk(connection, INSTALLATIONS, &rows).await.map(drop)
}

/// One row per key, the last one, in the order of the keys. PostgreSQL refuses a statement that touches a row twice, and
/// writers that lock rows in the same order do not wait for each other in a circle.
pub(super) fn one_per_key<K: Ord>(rows: impl Iterator<Item = (K, Value)>) -> Vec<Value> {
    rows.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// Writes many rows at once and tells how many the statement touched.
pub(super) async fn bulk(
    connection: &mut Connection,
    statement: Statement,
    rows: &[Value],
) -> Result<u64, StoreError> {
    if rows.is_empty() {
        return Ok(0);
    }
    connection.execute(statement, &[json(rows).as_str().into()]).await
}

/// The same with a number that the statement needs beside the rows.
pub(super) async fn bulk_with(
    connection: &mut Connection,
    statement: Statement,
    rows: &[Value],
    number: i64,
) -> Result<u64, StoreError> {
    if rows.is_empty() {
        return Ok(0);
    }
    connection.execute(statement, &[json(rows).as_str().into(), number.into()]).await
}

/// Rows as JSON, without U+0000, which is an escape here that `jsonb` of PostgreSQL refuses. Inside a document it is
/// another text's escape, and stays.
pub(super) fn json(rows: &[Value]) -> String {
    const NUL: &str = "\\u0000";
    let text = |rows: &[Value]| serde_json::to_string(rows).expect("JSON values always serialise");
    let json = text(rows);
    if json.contains(NUL) { text(&rows.iter().map(stripped).collect::<Vec<_>>()) } else { json }
}

fn stripped(value: &Value) -> Value {
    match value {
        Value::String(text) => without_nul(text).into(),
        Value::Array(values) => values.iter().map(stripped).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.clone(),
    }
}

pub(super) fn installation_state(state: InstallationState) -> &'static str {
    match state {
        InstallationState::Active => "active",
        InstallationState::Suspended => "suspended",
        InstallationState::Removed => "removed",
    }
}
