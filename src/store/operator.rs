//! What an operator changes from the command line, beside a running service.
//!
//! The service holds the lock that keeps another service out, not this: each change here is one short transaction,
//! which waits its turn like any other.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};

use super::connection::{Connection, Statement};
use super::{Database, StoreError, schema};
use crate::audit::{self, Entry};

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
    pub async fn drop_job(&mut self, id: i64, entry: &Entry) -> Result<bool, StoreError> {
        const DROP: Statement = Statement {
            sqlite: "DELETE FROM job WHERE id = $2 AND coalesce(lease_until, 0) <= $1",
            postgres: "DELETE FROM job WHERE id = $2 AND $1 IS NOT NULL
                           AND coalesce(lease_until, 0) <= (extract(epoch FROM clock_timestamp()) * 1000)::bigint",
        };
        self.change(DROP, entry.at.timestamp_millis(), id, entry).await
    }

    /// Commits the change together with its entry in the record, if it did anything.
    async fn change(
        &mut self,
        statement: Statement,
        now: i64,
        id: i64,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        const RECORD: Statement = Statement::both("INSERT INTO audit_entry (at, body) VALUES ($1, $2)");
        self.0.begin().await?;
        if self.0.execute(statement, &[now.into(), id.into()]).await? != 1 {
            self.0.rollback().await?;
            return Ok(false);
        }
        let body = audit::encode(entry);
        self.0.execute(RECORD, &[entry.at.timestamp_millis().into(), body.as_str().into()]).await?;
        self.0.commit().await?;
        Ok(true)
    }
}
