//! Questions of operators: what there is, how much of it and since when.

use chrono::{DateTime, Utc};

use super::connection::Statement;
use super::places::{self, InstallationRow};
use super::{Installation, Reader, Store, StoreError, schema};
use crate::request::Key;

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
        const BY_KIND: Statement = Statement::both(
            "SELECT kind, given_up_at IS NOT NULL, coalesce(lease_until, 0) > $1, count(*), min(created_at)
             FROM job GROUP BY 1, 2, 3",
        );
        let rows: Vec<(String, bool, bool, i64, i64)> =
            self.readers.rows(BY_KIND, &[now.timestamp_millis().into()]).await?;
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
        const OLDEST: Statement =
            Statement::both("SELECT min(received_at) FROM request WHERE state = 'pending'");
        let oldest: Option<(Option<i64>,)> = self.readers.row(OLDEST, &[]).await?;
        oldest.and_then(|(oldest,)| oldest).map(|at| places::time("request", "oldest", at)).transpose()
    }

    /// Every installation of our App that was ever told of, as last told.
    pub async fn installations(&self) -> Result<Vec<Installation>, StoreError> {
        const ALL: Statement = Statement::both(
            "SELECT id, organization_id, login, state, updated_at FROM installation ORDER BY id",
        );
        let rows: Vec<InstallationRow> = self.readers.rows(ALL, &[]).await?;
        rows.into_iter().map(places::installation).collect()
    }

    /// Whether every migration this release knows was applied.
    pub async fn is_up_to_date(&self) -> Result<bool, StoreError> {
        let applied: Option<(Option<i64>,)> = self.readers.row(schema::APPLIED, &[]).await?;
        Ok(applied.and_then(|(applied,)| applied) >= Some(schema::NEWEST))
    }
}

/// Id, kind, subject, attempts, created at, run at, lease until, given up at, cause.
type JobRow = (i64, String, String, i64, i64, i64, Option<i64>, Option<i64>, Option<String>);

impl Reader {
    /// Every job on record, in the order in which they were asked for.
    pub async fn jobs(&self, now: DateTime<Utc>) -> Result<Vec<KnownJob>, StoreError> {
        const JOBS: Statement = Statement::both(
            "SELECT id, kind, subject, attempts, created_at, run_at, lease_until, given_up_at, cause
             FROM job ORDER BY created_at, id",
        );
        let rows: Vec<JobRow> = self.rows(JOBS, &[]).await?;
        rows.into_iter().map(|row| job(row, now)).collect()
    }

    /// The keys of all requests, newest first; at most as many as anybody could have mistyped.
    pub async fn request_keys(&self) -> Result<Vec<Key>, StoreError> {
        const KEYS: Statement =
            Statement::both("SELECT request_key FROM request ORDER BY received_at DESC LIMIT 10000");
        let keys: Vec<(String,)> = self.rows(KEYS, &[]).await?;
        Ok(keys.iter().filter_map(|(key,)| key.parse().ok()).collect())
    }
}

fn job(row: JobRow, now: DateTime<Utc>) -> Result<KnownJob, StoreError> {
    let (id, kind, subject, attempts, created_at, run_at, lease_until, given_up_at, cause) = row;
    let state = JobState::at(now, lease_until, given_up_at);
    let run_at = places::time("job", id, run_at)?;
    let attempts = u32::try_from(attempts);
    Ok(KnownJob {
        id,
        kind,
        subject,
        state,
        attempts: attempts.map_err(|_| StoreError::corrupt("job", id, "attempts out of range"))?,
        asked_at: places::time("job", id, created_at)?,
        next_run: (state == JobState::Waiting).then_some(run_at),
        cause,
    })
}
