//! One connection and one pool for two databases: statements stand side by side, the Rust around them exists once.
//!
//! sqlx has an `Any` driver, too. It reads every row into boxes of its own and hides what tells the two apart, such as
//! how a transaction begins; this is as short (docs/decisions/0007-postgresql.md).

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Executor, FromRow, PgConnection, PgPool, SqliteConnection, SqlitePool};

use super::{Database, StoreError};

/// Readers beside the writers.
const READERS: u32 = 8;

/// How long to wait for a connection, and SQLite for a lock of another process. Slack waits three seconds for an
/// answer: whoever asked must hear by then that nothing was accepted.
const PATIENCE: Duration = Duration::from_secs(2);

/// No statement of ours takes this long on a healthy PostgreSQL; the server then ends what waits for a lock or a dead
/// client's transaction, so that nobody holds up the others for good.
const LIMITS: &str = "SET statement_timeout = '10s'; SET lock_timeout = '2s'; \
                      SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = 'warning'";

/// One question or command in both dialects. Parameters are `$1`, `$2`, … in both.
#[derive(Clone, Copy)]
pub(super) struct Statement {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

impl Statement {
    /// What both databases understand alike.
    pub(super) const fn both(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }
}

/// A parameter's value.
pub(super) enum Value {
    Number(Option<i64>),
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(Some(number.into()))
    }
}

/// GitHub's numbers; those beyond the signed ones are refused where they are read.
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(Some(number as i64))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(without_nul(text))
    }
}

/// PostgreSQL's text can't hold U+0000, and what one database takes the other must take, too.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// What can be read from a row of either database: tuples of `i64`, `String`, `bool` and their options.
pub(super) trait Readable:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Readable for T {}

/// Binds the values one after the other; a macro because the two queries share no type.
macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Number(number) => query.bind(*number),
                Value::Text(text) => query.bind(text.as_str()),
            };
        }
        query
    }};
}

/// One connection to either database.
pub(super) enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Connection {
    /// Connects for writing; the SQLite file is made when it is not there.
    pub(super) async fn open(database: &Database) -> Result<Self, StoreError> {
        Ok(match database {
            Database::Sqlite { path } => Self::Sqlite(sqlite(path).create_if_missing(true).connect().await?),
            Database::Postgres(url) => Self::Postgres(postgres(&url.options()?).await?),
        })
    }

    /// Connects for reading what another program may be writing.
    pub(super) async fn open_to_read(database: &Database) -> Result<Self, StoreError> {
        Ok(match database {
            Database::Sqlite { path } => Self::Sqlite(sqlite(path).read_only(true).connect().await?),
            Database::Postgres(url) => Self::Postgres(postgres(&url.options()?).await?),
        })
    }

    /// Whether the server is still at the other end.
    pub(super) async fn is_alive(&mut self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(connection) => tokio::time::timeout(PATIENCE, sqlx::Connection::ping(connection))
                .await
                .is_ok_and(|pong| pong.is_ok()),
        }
    }

    /// Begins a transaction that writes. An error later on needs no rollback here: the connection is given up then.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        match self {
            // IMMEDIATE: a deferred transaction that reads before it writes fails at once when another process wrote.
            Self::Sqlite(_) => self.raw("BEGIN IMMEDIATE").await,
            // READ COMMITTED: each statement sees what was committed before it, and rows are locked by hand.
            Self::Postgres(_) => self.raw("BEGIN ISOLATION LEVEL READ COMMITTED").await,
        }
    }

    /// Begins a transaction in which all that is read is of one moment.
    pub(super) async fn begin_to_read(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => self.raw("BEGIN").await,
            Self::Postgres(_) => self.raw("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await,
        }
    }

    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        self.raw("COMMIT").await
    }

    pub(super) async fn rollback(&mut self) -> Result<(), StoreError> {
        self.raw("ROLLBACK").await
    }

    async fn raw(&mut self, text: &'static str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => connection.execute(text).await.map(drop)?,
            Self::Postgres(connection) => connection.execute(sqlx::raw_sql(text)).await.map(drop)?,
        }
        Ok(())
    }

    /// Does what the statement says and tells how many rows it touched.
    pub(super) async fn execute(
        &mut self,
        statement: Statement,
        values: &[Value],
    ) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Sqlite(connection) => {
                bound!(sqlx::query(statement.sqlite), values).execute(connection).await?.rows_affected()
            }
            Self::Postgres(connection) => {
                bound!(sqlx::query(statement.postgres), values).execute(connection).await?.rows_affected()
            }
        })
    }

    /// All rows the statement gives.
    pub(super) async fn rows<T: Readable>(
        &mut self,
        statement: Statement,
        values: &[Value],
    ) -> Result<Vec<T>, StoreError> {
        Ok(match self {
            Self::Sqlite(connection) => {
                bound!(sqlx::query_as(statement.sqlite), values).fetch_all(connection).await?
            }
            Self::Postgres(connection) => {
                bound!(sqlx::query_as(statement.postgres), values).fetch_all(connection).await?
            }
        })
    }

    pub(super) async fn close(self) {
        // A failed close loses nothing: what was answered is on disk.
        match self {
            Self::Sqlite(connection) => sqlx::Connection::close(connection).await.ok(),
            Self::Postgres(connection) => sqlx::Connection::close(connection).await.ok(),
        };
    }
}

/// Connections that only read.
#[derive(Clone)]
pub(super) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    /// Readers that connect when they are needed, and again when a connection was lost.
    pub(super) fn readers(database: &Database) -> Result<Self, StoreError> {
        Ok(match database {
            Database::Sqlite { path } => Self::Sqlite(
                SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .acquire_timeout(PATIENCE)
                    .connect_lazy_with(sqlite(path).read_only(true)),
            ),
            Database::Postgres(url) => Self::Postgres(
                PgPoolOptions::new()
                    .max_connections(READERS)
                    .acquire_timeout(PATIENCE)
                    .after_connect(|connection, _| Box::pin(limit(connection)))
                    .connect_lazy_with(url.options()?),
            ),
        })
    }

    /// All rows the statement gives.
    pub(super) async fn rows<T: Readable>(
        &self,
        statement: Statement,
        values: &[Value],
    ) -> Result<Vec<T>, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => bound!(sqlx::query_as(statement.sqlite), values).fetch_all(pool).await?,
            Self::Postgres(pool) => {
                bound!(sqlx::query_as(statement.postgres), values).fetch_all(pool).await?
            }
        })
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

/// A SQLite file, safe against a loss of power.
pub(super) fn sqlite(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        .disable_statement_logging()
}

async fn postgres(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let connecting = async {
        let mut connection = options.connect().await?;
        limit(&mut connection).await?;
        Ok(connection)
    };
    tokio::time::timeout(PATIENCE, connecting).await.unwrap_or(Err(StoreError::Silent))
}

async fn limit(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute(sqlx::raw_sql(LIMITS)).await.map(drop)
}
