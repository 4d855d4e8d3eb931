//! Work that must happen: handed out under a lease, put off after a failure, given up loudly.
//!
//! When a lease ends is judged by one clock for all who share the database (see [`Judge`](super::judge::Judge)); when
//! work is due is judged by whoever asks.

use chrono::{DateTime, TimeDelta, Utc};
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
    /// When the claim is made, for leases.
    judged_at: Option<i64>,
    lease: i64,
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
    /// Leases up to `limit` jobs of these kinds that are due at `now` to `owner`, for as long as `lease`.
    pub async fn claim_jobs(
        &self,
        kinds: Kinds<'_>,
        owner: &str,
        now: DateTime<Utc>,
        lease: TimeDelta,
        limit: u32,
    ) -> Result<Vec<LeasedJob>, StoreError> {
        let claim = Claim {
            kinds: kinds.parameters(),
            owner: owner.to_owned(),
            now: now.timestamp_millis(),
            judged_at: self.judge.at(now),
            lease: lease.num_milliseconds(),
            limit,
        };
        self.ask(|answer| Command::Claim(claim, answer)).await
    }

    /// Keeps a job for as long as `time` from `now` on; false when it was taken over. A lease that has run out and that
    /// nobody took over is as good as if it never had.
    pub async fn renew_lease(
        &self,
        lease: &Lease,
        now: DateTime<Utc>,
        time: TimeDelta,
    ) -> Result<bool, StoreError> {
        let renewal = Renewal { lease: lease.clone(), judged_at: self.judge.at(now), time };
        self.ask(|answer| Command::Renew(renewal, answer)).await
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

    /// When the next job of each kind is due that nobody works on, in the time of whoever asks and says that it is `now`.
    pub async fn next_jobs(&self, now: DateTime<Utc>) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        const NEXT: Statement = Statement {
            sqlite: "SELECT kind, min(max(run_at, coalesce(lease_until - $2 + $1, run_at))) FROM job
                     WHERE given_up_at IS NULL GROUP BY kind",
            // How long a lease lasts yet is the database's to say; the asker adds it to its own time.
            postgres: "SELECT kind, min(greatest(run_at, lease_until + $1
                           - coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)))
                       FROM job WHERE given_up_at IS NULL GROUP BY kind",
        };
        let values = [now.timestamp_millis().into(), self.judge.at(now).into()];
        let rows: Vec<(String, i64)> = self.readers.rows(NEXT, &values).await?;
        let read = |(kind, at): (String, i64)| {
            let at = DateTime::from_timestamp_millis(at);
            at.map(|at| (kind.clone(), at))
                .ok_or_else(|| StoreError::corrupt("job", kind, "a time out of range"))
        };
        rows.into_iter().map(read).collect()
    }
}

/// Id, generation, kind, subject, payload, created at, attempts.
type JobRow = (i64, i64, String, String, String, i64, i64);

impl Claim {
    pub(super) async fn run(self, connection: &mut Connection) -> Result<Vec<LeasedJob>, StoreError> {
        const CLAIM: Statement = Statement {
            sqlite: "UPDATE job SET lease_owner = $1, lease_until = $7 + $2
                     WHERE id IN (
                         SELECT id FROM job
                         WHERE given_up_at IS NULL AND run_at <= $3 AND (lease_until IS NULL OR lease_until <= $7)
                             AND (kind IN (SELECT value FROM json_each($5))) = $6
                         ORDER BY run_at, id LIMIT $4)
                     RETURNING id, generation, kind, subject, payload, created_at, attempts",
            // What another claim has its hands on is passed over. MATERIALIZED: looked for once, whatever the plan.
            postgres: "WITH due AS MATERIALIZED (
                           SELECT id FROM job
                           WHERE given_up_at IS NULL AND run_at <= $3
                               AND (lease_until IS NULL OR lease_until
                                   <= coalesce($7, (extract(epoch FROM clock_timestamp()) * 1000)::bigint))
                               AND (kind IN (SELECT jsonb_array_elements_text($5::jsonb))) = ($6 = 1)
                           ORDER BY run_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)
                       UPDATE job SET lease_owner = $1,
                           lease_until = $2 + coalesce($7, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
                       FROM due WHERE job.id = due.id
                       RETURNING job.id, generation, kind, subject, payload, created_at, attempts",
        };
        let (names, is_among) = &self.kinds;
        let values: [Value; 7] = [
            self.owner.as_str().into(),
            self.lease.into(),
            self.now.into(),
            self.limit.into(),
            names.as_str().into(),
            (*is_among).into(),
            self.judged_at.into(),
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

/// Asks to keep a job for longer.
pub(super) struct Renewal {
    lease: Lease,
    judged_at: Option<i64>,
    time: TimeDelta,
}

impl Renewal {
    pub(super) async fn run(self, connection: &mut Connection) -> Result<bool, StoreError> {
        const RENEW: Statement = Statement {
            sqlite: "UPDATE job SET lease_until = $1 + $2 WHERE id = $3 AND lease_owner = $4",
            postgres: "UPDATE job SET
                           lease_until = coalesce($1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint) + $2
                       WHERE id = $3 AND lease_owner = $4",
        };
        let owner = Value::from(self.lease.owner.as_str());
        let values =
            [self.judged_at.into(), self.time.num_milliseconds().into(), self.lease.job.into(), owner];
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
