//! The audit log's rows: written with what they record, numbered when sealed, read in order.

use sqlx::{Connection, SqliteConnection, SqlitePool};

use super::writer::Command;
use super::{Reader, Store, StoreError};
use crate::audit::{Place, Seal};

/// One row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    pub id: i64,
    /// The entry as `audit::encode` wrote it.
    pub body: String,
    /// Number and hash, once sealed.
    pub sealed: Option<(u64, String)>,
}

/// The numbers and hashes of a sealed batch, and the seal itself.
pub(super) struct Sealing {
    numbered: Vec<(i64, Place)>,
    seal: Seal,
}

impl Store {
    /// Entries that wait to be sealed, in the order they were committed; at most `limit`.
    pub async fn unsealed(&self, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT id, body FROM audit_entry WHERE n IS NULL ORDER BY id LIMIT ?")
                .bind(limit)
                .fetch_all(&self.readers)
                .await?;
        Ok(rows.into_iter().map(|(id, body)| StoredEntry { id, body, sealed: None }).collect())
    }

    /// The newest seal, as `audit::seal_line` wrote it.
    pub async fn last_seal(&self) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT body FROM audit_seal ORDER BY batch DESC LIMIT 1")
            .fetch_optional(&self.readers)
            .await?)
    }

    /// Stores a seal with the numbers and hashes it covers, by row id.
    pub async fn seal(&self, numbered: Vec<(i64, Place)>, seal: Seal) -> Result<(), StoreError> {
        let sealing = Box::new(Sealing { numbered, seal });
        self.ask(|answer| Command::Seal(sealing, answer)).await
    }

    /// How many entries there are, and how many are not sealed yet.
    pub async fn count_entries(&self) -> Result<(i64, i64), StoreError> {
        Ok(sqlx::query_as("SELECT count(*), count(*) - count(n) FROM audit_entry")
            .fetch_one(&self.readers)
            .await?)
    }
}

impl Reader {
    /// Entries after row `id`, sealed first and in sealed order; at most `limit`.
    pub async fn entries_after(&self, id: i64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        entries_after(self.pool(), id, limit).await
    }

    /// Seals after batch `batch`, as `audit::seal_line` wrote them; at most `limit`.
    pub async fn seals_after(&self, batch: i64, limit: u32) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT body FROM audit_seal WHERE batch > ? ORDER BY batch LIMIT ?")
            .bind(batch)
            .bind(limit)
            .fetch_all(self.pool())
            .await?)
    }
}

async fn entries_after(pool: &SqlitePool, id: i64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
    let rows: Vec<(i64, String, Option<i64>, Option<String>)> =
        sqlx::query_as("SELECT id, body, n, hash FROM audit_entry WHERE id > ? ORDER BY id LIMIT ?")
            .bind(id)
            .bind(limit)
            .fetch_all(pool)
            .await?;
    rows.into_iter()
        .map(|(id, body, n, hash)| {
            let sealed = match (n, hash) {
                (None, None) => None,
                (Some(n), Some(hash)) => Some((n as u64, hash)),
                _ => {
                    return Err(StoreError::corrupt(
                        "audit_entry",
                        id,
                        "a number without a hash, or the reverse",
                    ));
                }
            };
            Ok(StoredEntry { id, body, sealed })
        })
        .collect()
}

impl Sealing {
    pub(super) async fn write(self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        for (id, place) in &self.numbered {
            let done = sqlx::query("UPDATE audit_entry SET n = ?, hash = ? WHERE id = ? AND n IS NULL")
                .bind(place.n as i64)
                .bind(place.hash.to_string())
                .bind(id)
                .execute(&mut *transaction)
                .await?;
            if done.rows_affected() != 1 {
                return Err(StoreError::corrupt(
                    "audit_entry",
                    id,
                    "sealed twice or removed while being sealed",
                ));
            }
        }
        sqlx::query("INSERT INTO audit_seal (batch, last, body) VALUES (?, ?, ?)")
            .bind(self.seal.batch as i64)
            .bind(self.seal.last as i64)
            .bind(crate::audit::seal_line(&self.seal))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}
