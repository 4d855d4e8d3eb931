//! One connection to either of two databases: statements stand side by side, the Rust around them exists once.
//!
//! sqlx has an `Any` driver, too. It reads every row into boxes of its own and hides what tells the two apart, such as
//! how a transaction begins; this is as short (docs/decisions/0007-postgresql.md).

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions, Executor, FromRow, PgConnection, SqliteConnection};

use super::{Database, StoreError};

/// How long to wait for a connection, and SQLite for a lock of another process. Slack waits three seconds for an
/// answer: whoever asked must hear by then that nothing was accepted.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// Beyond every limit that the server sets itself: one that fell silent must not hold its callers for ever.
pub(super) const SILENCE: Duration = Duration::from_secs(15);

/// No statement of ours takes this long on a healthy PostgreSQL; the server then ends what waits for a lock or a dead
/// client's transaction, so that nobody holds up the others for good. Whatever is answered must outlive a loss of power:
/// a server that was told not to wait for its disk waits for us, one that waits for more goes on doing that.
const TO_WRITE: &str = "SET statement_timeout = '10s'; SET lock_timeout = '2s'; \
                        SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = 'warning'; \
                        SELECT set_config('synchronous_commit', 'on', false) \
                        WHERE current_setting('synchronous_commit') = 'off'";

/// Whoever only reads may take long between two statements of one transaction: an export goes as fast as it is taken. Which
/// of a million tokens reach a repository has to fit into memory, or the server looks all of them up again for each token
/// (`token_permission` and `token_repository` in src/store/tokens/search.rs). What is not asked for there is a parameter's
/// value: a plan that is made for all values can't leave it out.
const TO_READ: &str = "SET statement_timeout = '10s'; SET lock_timeout = '2s'; SET work_mem = '64MB'; \
                       SET plan_cache_mode = 'force_custom_plan'; \
                       SET idle_in_transaction_session_timeout = 0; SET client_min_messages = 'warning'; \
                       SET default_transaction_read_only = on";

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
#[derive(Clone)]
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
pub(super) use bound;

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
            Database::Postgres(url) => Self::Postgres(postgres(&url.options()?, TO_WRITE).await?),
        })
    }

    /// Connects for reading what another program may be writing.
    pub(super) async fn open_to_read(database: &Database) -> Result<Self, StoreError> {
        Ok(match database {
            Database::Sqlite { path } => Self::Sqlite(sqlite(path).read_only(true).connect().await?),
            Database::Postgres(url) => Self::Postgres(postgres(&url.options()?, TO_READ).await?),
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
            Self::Sqlite(connection) => Ok(connection.execute(text).await.map(drop)?),
            Self::Postgres(connection) => answer(connection.execute(sqlx::raw_sql(text))).await.map(drop),
        }
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
                answer(bound!(sqlx::query(statement.postgres), values).execute(connection))
                    .await?
                    .rows_affected()
            }
        })
    }

    /// All rows the statement gives.
    pub(super) async fn rows<T: Readable>(
        &mut self,
        statement: Statement,
        values: &[Value],
    ) -> Result<Vec<T>, StoreError> {
        match self {
            Self::Sqlite(connection) => {
                Ok(bound!(sqlx::query_as(statement.sqlite), values).fetch_all(connection).await?)
            }
            Self::Postgres(connection) => {
                answer(bound!(sqlx::query_as(statement.postgres), values).fetch_all(connection)).await
            }
        }
    }

    pub(super) async fn close(self) {
        // A failed close loses nothing: what was answered is on disk.
        match self {
            Self::Sqlite(connection) => sqlx::Connection::close(connection).await.ok(),
            Self::Postgres(connection) => sqlx::Connection::close(connection).await.ok(),
        };
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

async fn postgres(options: &PgConnectOptions, settings: &'static str) -> Result<PgConnection, StoreError> {
    let connecting = async {
        let mut connection = options.connect().await?;
        connection.execute(sqlx::raw_sql(settings)).await?;
        Ok(connection)
    };
    tokio::time::timeout(PATIENCE, connecting).await.unwrap_or(Err(StoreError::Silent))
}

/// What the server answers; an error if that takes longer than its own limits allow.
async fn answer<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    Ok(tokio::time::timeout(SILENCE, asked).await.map_err(|_| StoreError::Silent)??)
}
