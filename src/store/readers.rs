//! Connections that only read, a few at a time, beside the writers.
//!
//! sqlx has a pool for PostgreSQL, too, but it waits without a limit for the server's last word on a connection that is
//! given back: with a server that falls silent one after the other is gone for good.

use std::sync::Arc;

use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;
use tokio::sync::{Mutex, Semaphore};

use super::connection::{Connection, PATIENCE, Readable, Statement, Value, bound, sqlite};
use super::{Database, StoreError};

/// How many read at once.
const READERS: u32 = 8;

/// Connects when that is needed, and again when a connection was lost; cheap to clone.
#[derive(Clone)]
pub(super) enum Readers {
    Sqlite(SqlitePool),
    Postgres(Arc<Idle>),
}

/// PostgreSQL connections that nobody uses.
pub(super) struct Idle {
    database: Database,
    places: Semaphore,
    connections: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn of(database: &Database) -> Self {
        match database {
            Database::Sqlite { path } => Self::Sqlite(
                SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .acquire_timeout(PATIENCE)
                    .connect_lazy_with(sqlite(path).read_only(true)),
            ),
            Database::Postgres(_) => Self::Postgres(Arc::new(Idle {
                database: database.clone(),
                places: Semaphore::new(READERS as usize),
                connections: Mutex::default(),
            })),
        }
    }

    pub(super) fn are_of_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// All rows the statement gives.
    pub(super) async fn rows<T: Readable>(
        &self,
        statement: Statement,
        values: &[Value],
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Sqlite(pool) => {
                Ok(bound!(sqlx::query_as(statement.sqlite), values).fetch_all(pool).await?)
            }
            Self::Postgres(idle) => idle.rows(statement, values).await,
        }
    }

    /// The first row, if there is one.
    pub(super) async fn row<T: Readable>(
        &self,
        statement: Statement,
        values: &[Value],
    ) -> Result<Option<T>, StoreError> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }
}

impl Idle {
    /// A connection is kept only if that went well.
    async fn rows<T: Readable>(&self, statement: Statement, values: &[Value]) -> Result<Vec<T>, StoreError> {
        let place = tokio::time::timeout(PATIENCE, self.places.acquire()).await;
        let _place = place.map_err(|_| StoreError::Silent)?.map_err(|_| StoreError::Closed)?;
        let mut connection = self.connection().await?;
        let rows = connection.rows(statement, values).await?;
        self.connections.lock().await.push(connection);
        Ok(rows)
    }

    /// One that is alive, else a new one.
    async fn connection(&self) -> Result<Connection, StoreError> {
        let idle = self.connections.lock().await.pop();
        if let Some(mut connection) = idle
            && connection.is_alive().await
        {
            return Ok(connection);
        }
        Connection::open_to_read(&self.database).await
    }
}
