//! The audit log's rows: written with what they record, numbered when sealed, read in order.

use serde_json::json;

use super::connection::{Connection, Statement, Value};
use super::writer::Command;
use super::{Reader, Store, StoreError, rows};
use crate::audit::{self, Entry, Place, Seal};
use crate::request::TokenRequest;

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
    /// Entries that wait to be sealed; at most `limit`. Of two of which one was committed before the other was made, the
    /// earlier comes first; writers that commit at the same time may take any order.
    pub async fn unsealed(&self, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        const UNSEALED: Statement =
            Statement::both("SELECT id, body FROM audit_entry WHERE n IS NULL ORDER BY id LIMIT $1");
        let rows: Vec<(i64, String)> = self.readers.rows(UNSEALED, &[limit.into()]).await?;
        Ok(rows.into_iter().map(|(id, body)| StoredEntry { id, body, sealed: None }).collect())
    }

    /// The newest seal, as `audit::seal_line` wrote it.
    pub async fn last_seal(&self) -> Result<Option<String>, StoreError> {
        const LAST: Statement = Statement::both("SELECT body FROM audit_seal ORDER BY batch DESC LIMIT 1");
        let row: Option<(String,)> = self.readers.row(LAST, &[]).await?;
        Ok(row.map(|(body,)| body))
    }

    /// Stores a seal with the numbers and hashes it covers, by row id. False when another sealer came first: nothing
    /// happened. The seal before must have been read before the entries.
    pub async fn seal(&self, numbered: Vec<(i64, Place)>, seal: Seal) -> Result<bool, StoreError> {
        let sealing = Box::new(Sealing { numbered, seal });
        self.ask(|answer| Command::Seal(sealing, answer)).await
    }

    /// The newest entries about a request, the oldest of them first; at most `limit`.
    pub async fn record_of(&self, request: &TokenRequest, limit: u32) -> Result<Vec<Entry>, StoreError> {
        const ABOUT: Statement = Statement::both(
            "SELECT id, body FROM audit_entry WHERE organization_id = $1 AND request_id = $2
             ORDER BY id DESC LIMIT $3",
        );
        let values = [request.organization.0.into(), request.id.0.into(), limit.into()];
        let rows: Vec<(i64, String)> = self.readers.rows(ABOUT, &values).await?;
        let entry = |(id, body): (i64, String)| {
            audit::decode(&body).map_err(|error| StoreError::corrupt("audit_entry", id, error))
        };
        rows.into_iter().rev().map(entry).collect()
    }

    /// How many entries there are, and how many are not sealed yet.
    pub async fn count_entries(&self) -> Result<(i64, i64), StoreError> {
        const COUNT: Statement = Statement::both("SELECT count(*), count(*) - count(n) FROM audit_entry");
        Ok(self.readers.row(COUNT, &[]).await?.unwrap_or_default())
    }
}

impl Reader {
    /// Sealed entries after number `n`, in sealed order; at most `limit`. Rows are numbered when they are sealed, so the
    /// order of their ids may be another one.
    pub async fn sealed_after(&self, n: u64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        const SEALED: Statement =
            Statement::both("SELECT id, body, n, hash FROM audit_entry WHERE n > $1 ORDER BY n LIMIT $2");
        let rows: Vec<(i64, String, i64, Option<String>)> =
            self.rows(SEALED, &[n.into(), limit.into()]).await?;
        let sealed = |(id, body, n, hash): (i64, String, i64, Option<String>)| {
            let hash =
                hash.ok_or_else(|| StoreError::corrupt("audit_entry", id, "a number without a hash"))?;
            Ok(StoredEntry { id, body, sealed: Some((n as u64, hash)) })
        };
        rows.into_iter().map(sealed).collect()
    }

    /// Entries after row `id` that are not sealed yet; at most `limit`.
    pub async fn unsealed_after(&self, id: i64, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        const UNSEALED: Statement = Statement::both(
            "SELECT id, body, hash FROM audit_entry WHERE n IS NULL AND id > $1 ORDER BY id LIMIT $2",
        );
        let rows: Vec<(i64, String, Option<String>)> =
            self.rows(UNSEALED, &[id.into(), limit.into()]).await?;
        let unsealed = |(id, body, hash): (i64, String, Option<String>)| match hash {
            None => Ok(StoredEntry { id, body, sealed: None }),
            Some(_) => Err(StoreError::corrupt("audit_entry", id, "a hash without a number")),
        };
        rows.into_iter().map(unsealed).collect()
    }

    /// Seals after batch `batch`, as `audit::seal_line` wrote them; at most `limit`.
    pub async fn seals_after(&self, batch: i64, limit: u32) -> Result<Vec<String>, StoreError> {
        const SEALS: Statement =
            Statement::both("SELECT body FROM audit_seal WHERE batch > $1 ORDER BY batch LIMIT $2");
        let rows: Vec<(String,)> = self.rows(SEALS, &[batch.into(), limit.into()]).await?;
        Ok(rows.into_iter().map(|(body,)| body).collect())
    }
}

/// The batch's number belongs to whoever inserts it first; another sealer waits here for the first one's commit.
const SEAL: Statement = Statement::both(
    "INSERT INTO audit_seal (batch, last, body) VALUES ($1, $2, $3) ON CONFLICT (batch) DO NOTHING",
);

const NUMBER: Statement = Statement {
    sqlite: "UPDATE audit_entry SET n = place.value ->> 1, hash = place.value ->> 2
             FROM jsonb_each($1) AS place
             WHERE audit_entry.id = place.value ->> 0 AND audit_entry.n IS NULL",
    postgres: "UPDATE audit_entry SET n = (place ->> 1)::bigint, hash = place ->> 2
               FROM jsonb_array_elements($1::jsonb) AS places (place)
               WHERE audit_entry.id = (place ->> 0)::bigint AND audit_entry.n IS NULL",
};

impl Sealing {
    pub(super) async fn write(self, connection: &mut Connection) -> Result<bool, StoreError> {
        connection.begin().await?;
        let seal: [Value; 3] = [
            self.seal.batch.into(),
            self.seal.last.into(),
            crate::audit::seal_line(&self.seal).as_str().into(),
        ];
        if connection.execute(SEAL, &seal).await? == 0 {
            connection.rollback().await?;
            return Ok(false);
        }
        let places: Vec<_> =
            self.numbered.iter().map(|(id, place)| json!([id, place.n, place.hash.to_string()])).collect();
        if rows::bulk(connection, NUMBER, &places).await? != places.len() as u64 {
            return Err(StoreError::corrupt(
                "audit_entry",
                self.seal.batch,
                "an entry was sealed twice or removed while its batch was being sealed",
            ));
        }
        connection.commit().await?;
        Ok(true)
    }
}
