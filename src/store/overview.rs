//! Questions of operators: what there is, how much of it and since when.

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};

use super::places::{self, InstallationRow};
use super::{Card, Installation, Reader, Store, StoreError, requests, schema};
use crate::ids::RequestId;
use crate::request::{Key, TokenRequest};

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    Waiting,
    /// Somebody holds its lease.
    Running,
    GivenUp,
}

impl JobState {
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Running, Self::GivenUp];

    /// The name in metrics and lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::GivenUp => "given_up",
        }
    }

    fn at(now: DateTime<Utc>, lease_until: Option<i64>, given_up_at: Option<i64>) -> Self {
        let is_leased = lease_until.is_some_and(|until| until > now.timestamp_millis());
        match (given_up_at, is_leased) {
            (Some(_), _) => Self::GivenUp,
            (None, true) => Self::Running,
            (None, false) => Self::Waiting,
        }
    }
}

/// How many jobs of one kind stand alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCount {
    pub kind: String,
    pub state: JobState,
    pub count: i64,
    /// When the oldest of them was asked for.
    pub oldest: DateTime<Utc>,
}

/// A job as operators see it: without its payload, which may hold what nobody should read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownJob {
    pub id: i64,
    pub kind: String,
    pub subject: String,
    pub state: JobState,
    /// How often it failed.
    pub attempts: u32,
    pub asked_at: DateTime<Utc>,
    /// When it runs next; nothing for one that was given up.
    pub next_run: Option<DateTime<Utc>>,
    /// Why it failed last.
    pub cause: Option<String>,
}

impl Store {
    /// How much work there is of each kind, and how it stands at `now`.
    pub async fn jobs_by_kind(&self, now: DateTime<Utc>) -> Result<Vec<JobCount>, StoreError> {
        let rows: Vec<(String, bool, bool, i64, i64)> = sqlx::query_as(
            "SELECT kind, given_up_at IS NOT NULL, coalesce(lease_until, 0) > ?1, count(*), min(created_at)
             FROM job GROUP BY 1, 2, 3",
        )
        .bind(now.timestamp_millis())
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter()
            .map(|(kind, is_given_up, is_leased, count, oldest)| {
                let state = match (is_given_up, is_leased) {
                    (true, _) => JobState::GivenUp,
                    (false, true) => JobState::Running,
                    (false, false) => JobState::Waiting,
                };
                let oldest = places::time("job", &kind, oldest)?;
                Ok(JobCount { kind, state, count, oldest })
            })
            .collect()
    }

    /// Since when the longest waiting undecided request waits.
    pub async fn oldest_pending(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let oldest: Option<i64> =
            sqlx::query_scalar("SELECT min(received_at) FROM request WHERE state = 'pending'")
                .fetch_one(&self.readers)
                .await?;
        oldest.map(|at| places::time("request", "oldest", at)).transpose()
    }

    /// Every installation of our App that was ever told of, as last told.
    pub async fn installations(&self) -> Result<Vec<Installation>, StoreError> {
        let rows: Vec<InstallationRow> = sqlx::query_as(
            "SELECT id, organization_id, login, state, updated_at FROM installation ORDER BY id",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(places::installation).collect()
    }

    /// Whether every migration this release knows was applied.
    pub async fn is_up_to_date(&self) -> Result<bool, StoreError> {
        let applied: Option<i64> =
            sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
                .fetch_one(&self.readers)
                .await?;
        Ok(applied >= schema::migrator().iter().map(|step| step.version).max())
    }
}

impl Reader {
    /// Every job on record, in the order in which they were asked for.
    pub async fn jobs(&self, now: DateTime<Utc>) -> Result<Vec<KnownJob>, StoreError> {
        jobs(self.pool(), now).await
    }

    /// The request people know by this key.
    pub async fn request_by_key(&self, key: &Key) -> Result<Option<TokenRequest>, StoreError> {
        requests::by_key(self.pool(), key).await
    }

    /// The requests that GitHub knows by this number, in all organizations.
    pub async fn requests_numbered(&self, id: RequestId) -> Result<Vec<TokenRequest>, StoreError> {
        requests::numbered(self.pool(), id).await
    }

    /// The keys of all requests, newest first; at most as many as anybody could have mistyped.
    pub async fn request_keys(&self) -> Result<Vec<Key>, StoreError> {
        let keys: Vec<String> =
            sqlx::query_scalar("SELECT request_key FROM request ORDER BY received_at DESC LIMIT 10000")
                .fetch_all(self.pool())
                .await?;
        Ok(keys.iter().filter_map(|key| key.parse().ok()).collect())
    }

    /// Where a request's card stands, once it was posted.
    pub async fn card(&self, key: &Key) -> Result<Option<Card>, StoreError> {
        requests::card(self.pool(), key).await
    }
}

async fn jobs(pool: &SqlitePool, now: DateTime<Utc>) -> Result<Vec<KnownJob>, StoreError> {
    sqlx::query(
        "SELECT id, kind, subject, attempts, created_at, run_at, lease_until, given_up_at, cause
         FROM job ORDER BY created_at, id",
    )
    .fetch_all(pool)
    .await?
    .into_iter()
    .map(|row| job(&row, now))
    .collect()
}

fn job(row: &SqliteRow, now: DateTime<Utc>) -> Result<KnownJob, StoreError> {
    let id: i64 = row.get(0);
    let state = JobState::at(now, row.get(6), row.get(7));
    let run_at = places::time("job", id, row.get(5))?;
    Ok(KnownJob {
        id,
        kind: row.get(1),
        subject: row.get(2),
        state,
        attempts: row.get(3),
        asked_at: places::time("job", id, row.get(4))?,
        next_run: (state == JobState::Waiting).then_some(run_at),
        cause: row.get(8),
    })
}
