//! What an operator changes from the command line, beside a running service.
//!
//! The service holds the lock that keeps another service out, not this: each change here is one short transaction,
//! which waits its turn like any other.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};

use super::connection::{Connection, Statement};
use super::{Database, NewJob, StoreError, freeze, revocations, rows, schema};
use crate::audit::{self, Entry};
use crate::ids::OrganizationId;
use crate::request::Braking;
use crate::token::RevocationId;

/// What is left of a revocation whose work is taken away.
#[derive(Debug, Clone)]
pub struct LeftToPeople {
    pub revocation: RevocationId,
    pub organization: OrganizationId,
    /// Why its tokens stay.
    pub cause: String,
    /// Shows that to who wants them revoked.
    pub told: NewJob,
}

/// A connection for a few changes.
pub struct Operator(Connection);

impl Operator {
    /// Opens an existing database that this release can use.
    pub async fn open(database: &Database) -> Result<Self> {
        if let Database::Sqlite { path } = database
            && !path.exists()
        {
            bail!("there is no database at {}", path.display());
        }
        let mut connection =
            Connection::open(database).await.with_context(|| format!("opening the database {database}"))?;
        schema::refuse_unreadable(&mut connection, database).await?;
        Ok(Self(connection))
    }

    /// Makes a job that nobody works on due at once, with a clean slate; false if there is no such job.
    pub async fn retry_job(
        &mut self,
        id: i64,
        entry: &Entry,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        const RETRY: Statement = Statement {
            sqlite: "UPDATE job SET run_at = $1, created_at = $1, attempts = 0, given_up_at = NULL
                     WHERE id = $2 AND coalesce(lease_until, 0) <= $1",
            postgres: "UPDATE job SET run_at = $1, created_at = $1, attempts = 0, given_up_at = NULL
                       WHERE id = $2
                           AND coalesce(lease_until, 0) <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint",
        };
        self.change(RETRY, now.timestamp_millis(), id, entry).await
    }

    /// Takes a job that nobody works on away; false if there is no such job.
    /// What it was revoking stays, for this cause, and says so by the job that comes with it.
    pub async fn drop_job(
        &mut self,
        id: i64,
        entry: &Entry,
        left: Option<&LeftToPeople>,
    ) -> Result<bool, StoreError> {
        const DROP: Statement = Statement {
            sqlite: "DELETE FROM job WHERE id = $2 AND coalesce(lease_until, 0) <= $1",
            postgres: "DELETE FROM job WHERE id = $2 AND $1 IS NOT NULL
                           AND coalesce(lease_until, 0) <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint",
        };
        self.0.begin().await?;
        if self.0.execute(DROP, &[entry.at.timestamp_millis().into(), id.into()]).await? != 1 {
            self.0.rollback().await?;
            return Ok(false);
        }
        if let Some(LeftToPeople { revocation, organization, cause, told }) = left {
            revocations::leave(&mut self.0, revocation, *organization, cause).await?;
            rows::write_job(&mut self.0, told).await?;
        }
        self.commit_with(entry).await?;
        Ok(true)
    }

    /// Freezes everything, or lifts that, and asks for what follows; false if it was so already.
    pub async fn brake(
        &mut self,
        braking: &Braking,
        entry: &Entry,
        job: &NewJob,
    ) -> Result<bool, StoreError> {
        self.0.begin().await?;
        // In the order in which the service's writers lock rows: work before the brake.
        rows::write_job(&mut self.0, job).await?;
        if !freeze::brake_once(&mut self.0, braking).await? {
            self.0.rollback().await?;
            return Ok(false);
        }
        self.commit_with(entry).await?;
        Ok(true)
    }

    /// Commits the change together with its entry in the record, if it did anything.
    async fn change(
        &mut self,
        statement: Statement,
        now: i64,
        id: i64,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        self.0.begin().await?;
        if self.0.execute(statement, &[now.into(), id.into()]).await? != 1 {
            self.0.rollback().await?;
            return Ok(false);
        }
        self.commit_with(entry).await?;
        Ok(true)
    }

    async fn commit_with(&mut self, entry: &Entry) -> Result<(), StoreError> {
        const RECORD: Statement = Statement::both("INSERT INTO audit_entry (at, body) VALUES ($1, $2)");
        let body = audit::encode(entry);
        self.0.execute(RECORD, &[entry.at.timestamp_millis().into(), body.as_str().into()]).await?;
        self.0.commit().await
    }
}
