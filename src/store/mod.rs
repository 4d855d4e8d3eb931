//! EDGE: what is kept. SQL lives here and nowhere else, and every write goes through one task.
//!
//! SQLite allows one writer. Instead of letting handlers queue for its lock, they hand finished [`Change`]s to the
//! writer, which commits many at once with one flush to disk. Reading goes over a pool beside it.

mod audit;
mod change;
mod document;
mod jobs;
mod operator;
mod overview;
mod places;
mod postings;
mod requests;
mod rows;
mod schema;
mod story;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::{mpsc, oneshot, watch};

pub use audit::StoredEntry;
pub use change::{
    Card, Change, Committed, Installation, InstallationState, Lasting, Lease, LeasedJob, Link, NewJob,
    PinnedSlack, Posting,
};
pub use jobs::{JobFailure, Kinds};
pub use operator::Operator;
pub use overview::{JobCount, JobState, KnownJob};
pub use writer::{Moment, Probe};

use story::Story;
use writer::{Command, Writer};

/// How many changes may wait for the writer; beyond that callers wait to hand theirs over.
const INBOX: usize = 4_096;

/// Readers beside the one writer.
const READERS: u32 = 8;

/// How long SQLite waits for a lock another process holds before it gives up.
const BUSY: Duration = Duration::from_secs(5);

/// The database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inbox: mpsc::Sender<Command>,
    readers: SqlitePool,
    /// Counts commits that may have made work; the job worker waits on it.
    commits: watch::Receiver<u64>,
    /// Held for as long as anybody may write.
    _lock: Arc<File>,
}

/// The database could not do what was asked; nothing of it happened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
    #[error("row {id} of {table} makes no sense: {cause}")]
    Corrupt { table: &'static str, id: String, cause: String },
    #[error("the database is closed")]
    Closed,
}

impl StoreError {
    fn corrupt(table: &'static str, id: impl ToString, cause: impl ToString) -> Self {
        Self::Corrupt { table, id: id.to_string(), cause: cause.to_string() }
    }
}

impl Store {
    /// Opens the database, made and migrated as needed. Only one program may have it open for writing.
    pub async fn open(path: &Path, probe: Probe) -> Result<Self> {
        let lock = lock(path)?;
        let options = options(path).create_if_missing(true);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .with_context(|| format!("opening the database {}", path.display()))?;
        schema::migrator()
            .run(&writer)
            .await
            .with_context(|| format!("bringing the database {} up to date", path.display()))?;
        let connection = writer.acquire().await?.detach();
        let readers = readers(path);
        let (inbox, commands) = mpsc::channel(INBOX);
        let (commits_made, commits) = watch::channel(0);
        tokio::spawn(Writer { connection, commands, commits: commits_made, probe }.run());
        Ok(Self { inbox, readers, commits, _lock: Arc::new(lock) })
    }

    /// Commits a change as a whole. The one way to write what people decided.
    pub async fn commit(&self, change: Change) -> Result<Committed, StoreError> {
        let story = Story::of(&change);
        let outcome = self.ask(|answer| Command::Commit(Box::new(change), answer)).await?;
        if outcome == Committed::Yes {
            story.tell();
        }
        Ok(outcome)
    }

    /// Changes whenever something was committed that may have made work.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.clone()
    }

    /// Whether a write goes through now: what readiness means.
    pub async fn is_writable(&self) -> bool {
        self.commit(Change::default()).await.is_ok()
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Command,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.inbox.send(command(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

/// A view on a database that another program may be writing; for commands that only read.
pub struct Reader(SqlitePool);

impl Reader {
    /// Opens an existing database for reading.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            bail!(
                "there is no database at {}; has `countersign serve` run with this configuration?",
                path.display()
            );
        }
        Ok(Self(readers(path)))
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
}

fn readers(path: &Path) -> SqlitePool {
    SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(options(path).read_only(true))
}

/// Keeps a second writer out: two programs on one SQLite file would each believe to be alone.
fn lock(path: &Path) -> Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = File::create(&name).with_context(|| format!("making the lock file {}", name.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!("another countersign is using the database {}; stop it first", path.display())
        }
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("locking {}", name.display()))
        }
    }
}

#[cfg(test)]
mod tests;
