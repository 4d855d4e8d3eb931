//! Work that must happen: handed out under a lease, put off after a failure, given up loudly.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{Row, SqliteConnection};

use super::writer::Command;
use super::{Lease, LeasedJob, Store, StoreError};

/// Which jobs are asked for, by the names of their kinds.
#[derive(Debug, Clone, Copy)]
pub enum Kinds<'a> {
    Only(&'a [&'static str]),
    AllBut(&'a [&'static str]),
}

impl Kinds<'_> {
    /// The names as JSON, and whether a job's kind has to be among them.
    fn parameters(self) -> (String, bool) {
        let (names, is_among) = match self {
            Self::Only(names) => (names, true),
            Self::AllBut(names) => (names, false),
        };
        (json!(names).to_string(), is_among)
    }
}

/// Asks for due work.
pub(super) struct Claim {
    kinds: (String, bool),
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

    /// Takes over what a former run of the program was working on; returns how much that was.
    pub async fn release_leases(&self) -> Result<u64, StoreError> {
        self.ask(Command::ReleaseAll).await
    }

    /// When the next job of these kinds is due that nobody works on.
    pub async fn next_job_at(&self, kinds: Kinds<'_>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let (names, is_among) = kinds.parameters();
        let due: Option<i64> = sqlx::query_scalar(
            "SELECT min(max(run_at, coalesce(lease_until, run_at))) FROM job
             WHERE given_up_at IS NULL AND (kind IN (SELECT value FROM json_each(?1))) = ?2",
        )
        .bind(names)
        .bind(is_among)
        .fetch_one(&self.readers)
        .await?;
        Ok(due.and_then(DateTime::from_timestamp_millis))
    }
}

impl Claim {
    pub(super) async fn run(self, connection: &mut SqliteConnection) -> Result<Vec<LeasedJob>, StoreError> {
        let rows = sqlx::query(
            "UPDATE job SET lease_owner = ?1, lease_until = ?2
             WHERE id IN (
                 SELECT id FROM job
                 WHERE given_up_at IS NULL AND run_at <= ?3 AND (lease_until IS NULL OR lease_until <= ?3)
                     AND (kind IN (SELECT value FROM json_each(?5))) = ?6
                 ORDER BY run_at, id LIMIT ?4)
             RETURNING id, generation, kind, subject, payload, created_at, attempts",
        )
        .bind(&self.owner)
        .bind(self.until)
        .bind(self.now)
        .bind(self.limit)
        .bind(&self.kinds.0)
        .bind(self.kinds.1)
        .fetch_all(connection)
        .await?;
        rows.into_iter()
            .map(|row| {
                let (id, created_at): (i64, i64) = (row.get(0), row.get(5));
                Ok(LeasedJob {
                    lease: Lease { job: id, owner: self.owner.clone(), generation: row.get(1) },
                    kind: row.get(2),
                    subject: row.get(3),
                    payload: row.get(4),
                    created_at: DateTime::from_timestamp_millis(created_at)
                        .ok_or_else(|| StoreError::corrupt("job", id, "created_at out of range"))?,
                    attempts: row.get(6),
                })
            })
            .collect()
    }
}

impl Lease {
    pub(super) async fn renew(
        self,
        until: i64,
        connection: &mut SqliteConnection,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE job SET lease_until = ? WHERE id = ? AND lease_owner = ?")
            .bind(until)
            .bind(self.job)
            .bind(&self.owner)
            .execute(connection)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl JobFailure {
    pub(super) async fn record(self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let given_up_at = self.retry_at.is_none().then(|| self.now.timestamp_millis());
        let run_at = self.retry_at.map(|at| at.timestamp_millis());
        // Work asked for again while this failed starts at once, with a clean slate.
        sqlx::query(
            "UPDATE job SET lease_owner = NULL, lease_until = NULL, cause = ?1,
                 run_at = CASE WHEN generation = ?2 THEN coalesce(?3, run_at) ELSE run_at END,
                 attempts = CASE WHEN generation = ?2 THEN attempts + 1 ELSE 0 END,
                 given_up_at = CASE WHEN generation = ?2 THEN ?4 END
             WHERE id = ?5 AND lease_owner = ?6",
        )
        .bind(&self.cause)
        .bind(self.lease.generation)
        .bind(run_at)
        .bind(given_up_at)
        .bind(self.lease.job)
        .bind(&self.lease.owner)
        .execute(connection)
        .await?;
        Ok(())
    }
}
