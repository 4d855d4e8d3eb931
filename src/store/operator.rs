//! What an operator changes from the command line, beside a running service.
//!
//! The service holds the lock that keeps another service out, not this: each change here is one short transaction,
//! which waits its turn like any other.

use std::path::Path;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use sqlx::{Connection, SqliteConnection};

use super::{StoreError, options, schema};
use crate::audit::{self, Entry};

/// A connection for a few changes.
pub struct Operator(SqliteConnection);

impl Operator {
    /// Opens an existing database of this very release.
    pub async fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            bail!("there is no database at {}", path.display());
        }
        let mut connection = SqliteConnection::connect_with(&options(path))
            .await
            .with_context(|| format!("opening the database {}", path.display()))?;
        let applied: Option<i64> =
            sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
                .fetch_one(&mut connection)
                .await?;
        if applied != schema::migrator().iter().map(|step| step.version).max() {
            bail!("the database {} belongs to another release; use that one's `countersign`", path.display());
        }
        Ok(Self(connection))
    }

    /// Makes a job that nobody works on due at once, with a clean slate; false if there is no such job.
    pub async fn retry_job(
        &mut self,
        id: i64,
        entry: &Entry,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query(
            "UPDATE job SET run_at = ?1, created_at = ?1, attempts = 0, given_up_at = NULL
             WHERE id = ?2 AND coalesce(lease_until, 0) <= ?1",
        )
        .bind(now.timestamp_millis())
        .bind(id)
        .execute(&mut *transaction)
        .await?;
        finish(transaction, done.rows_affected() == 1, entry).await
    }

    /// Takes a job that nobody works on away; false if there is no such job.
    pub async fn drop_job(&mut self, id: i64, entry: &Entry) -> Result<bool, StoreError> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        let done = sqlx::query("DELETE FROM job WHERE id = ?1 AND coalesce(lease_until, 0) <= ?2")
            .bind(id)
            .bind(entry.at.timestamp_millis())
            .execute(&mut *transaction)
            .await?;
        finish(transaction, done.rows_affected() == 1, entry).await
    }
}

/// Commits what was done together with its entry in the record, if anything was done.
async fn finish(
    mut transaction: sqlx::Transaction<'_, sqlx::Sqlite>,
    is_done: bool,
    entry: &Entry,
) -> Result<bool, StoreError> {
    if !is_done {
        transaction.rollback().await?;
        return Ok(false);
    }
    sqlx::query("INSERT INTO audit_entry (at, body) VALUES (?, ?)")
        .bind(entry.at.timestamp_millis())
        .bind(audit::encode(entry))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(true)
}
