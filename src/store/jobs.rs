//! Work that must happen: handed out under a lease, put off after a failure, given up loudly.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::connection::{Connection, Statement, Value};
use super::writer::Command;
use super::{Lease, LeasedJob, Store, StoreError};

/// Which jobs are asked for, by the names of their kinds.
#[derive(Debug, Clone, Copy)]
pub enum Kinds<'a> {
    Only(&'a [&'static str]),
    AllBut(&'a [&'static str]),
}

impl Kinds<'_> {
    /// The names as JSON, and 1 if a job's kind has to be among them, else 0.
    fn parameters(self) -> (String, i64) {
        match self {
            Self::Only(names) => (json!(names).to_string(), 1),
            Self::AllBut(names) => (json!(names).to_string(), 0),
        }
    }
}

/// Asks for due work.
pub(super) struct Claim {
    kinds: (String, i64),
    owner: String,
    now: i64,
    until: i64,
    limit: u32,
}

/// A job that failed: when it is tried again, or that it never will be.
#[derive(Debug, Clone)]
pub struct JobFailure {
    pub lease: Lease,
    pub cause: String,
    /// `None` gives the job up; it stays on record.
    pub retry_at: Option<DateTime<Utc>>,
    /// Whether it counts as an attempt; waiting for one's turn does not.
    pub is_attempt: bool,
    pub now: DateTime<Utc>,
}

impl Store {
    /// Leases up to `limit` due jobs of these kinds to `owner`.
    pub async fn claim_jobs(
        &self,
        kinds: Kinds<'_>,
        owner: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        let (now, until) = (now.timestamp_millis(), until.timestamp_millis());
        let claim = Claim { kinds: kinds.parameters(), owner: owner.to_owned(), now, until, limit };
        self.ask(|answer| Command::Claim(claim, answer)).await
    }

    /// Keeps a job for longer; false when it was taken over.
    pub async fn renew_lease(&self, lease: &Lease, until: DateTime<Utc>) -> Result<bool, StoreError> {
        let (lease, until) = (lease.clone(), until.timestamp_millis());
        self.ask(|answer| Command::Renew(lease, until, answer)).await
    }

    /// Puts a failed job off, or gives it up.
    pub async fn job_failed(&self, failure: JobFailure) -> Result<(), StoreError> {
        self.ask(|answer| Command::Fail(failure, answer)).await
    }

    /// Takes over what a former run of the program was working on; returns how much that was. On PostgreSQL another
    /// program may hold leases: there they run out by themselves.
    pub async fn release_leases(&self) -> Result<u64, StoreError> {
        self.ask(Command::ReleaseAll).await
    }

    /// When the next job of these kinds is due that nobody works on.
    pub async fn next_job_at(&self, kinds: Kinds<'_>) -> Result<Option<DateTime<Utc>>, StoreError> {
        const NEXT: Statement = Statement {
            sqlite: "SELECT min(max(run_at, coalesce(lease_until, run_at))) FROM job
                     WHERE given_up_at IS NULL AND (kind IN (SELECT value FROM json_each($1))) = $2",
            postgres: "SELECT min(greatest(run_at, lease_until)) FROM job
                       WHERE given_up_at IS NULL
                           AND (kind IN (SELECT jsonb_array_elements_text($1::jsonb))) = ($2 = 1)",
        };
        let (names, is_among) = kinds.parameters();
        let due: Option<(Option<i64>,)> =
            self.readers.row(NEXT, &[names.as_str().into(), is_among.into()]).await?;
        Ok(due.and_then(|(due,)| due).and_then(DateTime::from_timestamp_millis))
    }
}

/// Id, generation, kind, subject, payload, created at, attempts.
type JobRow = (i64, i64, String, String, String, i64, i64);

impl Claim {
    pub(super) async fn run(self, connection: &mut Connection) -> Result<Vec<LeasedJob>, StoreError> {
        const CLAIM: Statement = Statement {
            sqlite: "UPDATE job SET lease_owner = $1, lease_until = $2
                     WHERE id IN (
                         SELECT id FROM job
                         WHERE given_up_at IS NULL AND run_at <= $3 AND (lease_until IS NULL OR lease_until <= $3)
                             AND (kind IN (SELECT value FROM json_each($5))) = $6
                         ORDER BY run_at, id LIMIT $4)
                     RETURNING id, generation, kind, subject, payload, created_at, attempts",
            // What another claim has its hands on is passed over. MATERIALIZED: looked for once, whatever the plan.
            postgres: "WITH due AS MATERIALIZED (
                           SELECT id FROM job
                           WHERE given_up_at IS NULL AND run_at <= $3 AND (lease_until IS NULL OR lease_until <= $3)
                               AND (kind IN (SELECT jsonb_array_elements_text($5::jsonb))) = ($6 = 1)
                           ORDER BY run_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)
                       UPDATE job SET lease_owner = $1, lease_until = $2 FROM due WHERE job.id = due.id
                       RETURNING job.id, generation, kind, subject, payload, created_at, attempts",
        };
        let (names, is_among) = &self.kinds;
        let values: [Value; 6] = [
            self.owner.as_str().into(),
            self.until.into(),
            self.now.into(),
            self.limit.into(),
            names.as_str().into(),
            (*is_among).into(),
        ];
        let rows: Vec<JobRow> = connection.rows(CLAIM, &values).await?;
        rows.into_iter().map(|row| self.leased(row)).collect()
    }

    fn leased(&self, row: JobRow) -> Result<LeasedJob, StoreError> {
        let (id, generation, kind, subject, payload, created_at, attempts) = row;
        let corrupt = |cause| StoreError::corrupt("job", id, cause);
        Ok(LeasedJob {
            lease: Lease { job: id, owner: self.owner.clone(), generation },
            kind,
            subject,
            payload,
            created_at: DateTime::from_timestamp_millis(created_at)
                .ok_or_else(|| corrupt("created_at out of range"))?,
            attempts: u32::try_from(attempts).map_err(|_| corrupt("attempts out of range"))?,
        })
    }
}

/// Forgets every lease: right after a start nobody else can hold one on a SQLite file. On PostgreSQL whoever holds one
/// may be alive.
pub(super) async fn release_all(connection: &mut Connection) -> Result<u64, StoreError> {
    const RELEASE: Statement = Statement::both(
        "UPDATE job SET lease_owner = NULL, lease_until = NULL WHERE lease_owner IS NOT NULL",
    );
    match connection {
        Connection::Sqlite(_) => connection.execute(RELEASE, &[]).await,
        Connection::Postgres(_) => Ok(0),
    }
}

impl Lease {
    pub(super) async fn renew(self, until: i64, connection: &mut Connection) -> Result<bool, StoreError> {
        const RENEW: Statement =
            Statement::both("UPDATE job SET lease_until = $1 WHERE id = $2 AND lease_owner = $3");
        let values = [until.into(), self.job.into(), Value::from(self.owner.as_str())];
        Ok(connection.execute(RENEW, &values).await? == 1)
    }
}

impl JobFailure {
    pub(super) async fn record(self, connection: &mut Connection) -> Result<(), StoreError> {
        // Work asked for again while this failed starts at once, with a clean slate.
        const FAIL: Statement = Statement::both(
            "UPDATE job SET lease_owner = NULL, lease_until = NULL, cause = $1,
                 run_at = CASE WHEN generation = $2 THEN coalesce($3, run_at) ELSE run_at END,
                 attempts = CASE WHEN generation = $2 THEN attempts + $7 ELSE 0 END,
                 given_up_at = CASE WHEN generation = $2 THEN $4 END
             WHERE id = $5 AND lease_owner = $6",
        );
        let given_up_at = self.retry_at.is_none().then(|| self.now.timestamp_millis());
        let run_at = self.retry_at.map(|at| at.timestamp_millis());
        let values = [
            self.cause.as_str().into(),
            self.lease.generation.into(),
            run_at.into(),
            given_up_at.into(),
            self.lease.job.into(),
            Value::from(self.lease.owner.as_str()),
            i64::from(self.is_attempt).into(),
        ];
        connection.execute(FAIL, &values).await.map(drop)
    }
}
