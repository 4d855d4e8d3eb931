//! EDGE: what is kept. SQL lives here and nowhere else, and every write goes through one door.
//!
//! Handlers and jobs hand finished [`Change`]s to the writers, which commit many at once with one flush to disk: one
//! writer for SQLite, which allows no more, and a few for PostgreSQL. Reading goes over a pool beside them.

mod audit;
mod change;
mod connection;
mod database;
mod document;
mod freeze;
mod groups;
mod history;
mod homes;
mod jobs;
mod judge;
mod leave;
mod links;
mod mirroring;
mod nudges;
mod operator;
mod overview;
mod pins;
mod places;
mod policy_sets;
mod postings;
mod readers;
mod reconciliations;
mod requests;
mod revocations;
mod rows;
mod schema;
mod shares;
mod showings;
mod shown;
mod story;
mod tokens;
mod turns;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot, watch};

pub use audit::StoredEntry;
pub use change::{
    Card, Change, Committed, Counted, Installation, InstallationState, Lasting, Lease, LeasedJob, Leaving,
    Link, NewJob, PinnedMachine, PinnedSlack, Posting, Progress, Reconciled, Showing,
};
pub use database::{Database, PostgresUrl};
pub use groups::{Seen, TeamPin};
pub use homes::{Home, HomeNews};
pub use jobs::{JobFailure, Kinds};
pub use leave::Leave;
pub use links::LinksAbout;
pub use mirroring::{MIRROR_LAG, Mirroring, Told};
pub use nudges::Nudge;
pub use operator::{LeftToPeople, Operator};
pub use overview::{JobCount, JobState, KnownJob};
pub use policy_sets::PolicySet;
pub use reconciliations::Reconciliation;
pub use requests::Asked;
pub use revocations::{Revoking, ShownProgress};
pub use shares::Share;
pub use tokens::{Mirror, Mirrored, Presence, Run, Scope, TokenPage, TokenQuestion};
pub use turns::Turn;
pub use writer::{Moment, Probe};

use crate::clock::Clock;
use connection::{Connection, Readable, Statement, Value};
use judge::Judge;
use readers::Readers;
use story::Story;
use writer::{Command, Writer};

/// How many changes may wait for the writers; beyond that callers wait to hand theirs over.
const INBOX: usize = 4_096;

/// Writers of one process on PostgreSQL: while one waits for its commit, the next batch is on its way
/// (docs/decisions/0001-write-path.md).
const POSTGRES_WRITERS: usize = 3;

/// The database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    inbox: mpsc::Sender<Command>,
    readers: Readers,
    /// For who reads by two readers at once.
    pair: Arc<Semaphore>,
    judge: Judge,
    /// Counts commits that may have made work; the job worker waits on it.
    commits: watch::Receiver<u64>,
    /// Held for as long as anybody may write to a SQLite file.
    _lock: Option<Arc<File>>,
}

/// The database could not do what was asked. Nothing of it happened, unless the connection was lost in the middle of a
/// commit: then nobody knows, and whoever asks again meets either state.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the database does not answer")]
    Silent,
    #[error("row {id} of {table} makes no sense: {cause}")]
    Corrupt { table: &'static str, id: String, cause: String },
    #[error("the database was brought up to date by a later release, which this one is too old for")]
    TooNew,
    #[error("the database is closed")]
    Closed,
}

impl StoreError {
    fn corrupt(table: &'static str, id: impl ToString, cause: impl ToString) -> Self {
        Self::Corrupt { table, id: id.to_string(), cause: cause.to_string() }
    }
}

impl Store {
    /// Opens the database, made (SQLite) and migrated as needed. Only one program may have a SQLite file open for
    /// writing; on PostgreSQL there may be several, and then its clock, not `clock`, says when a lease has run out.
    pub async fn open(database: &Database, clock: &Clock, probe: Probe) -> Result<Self> {
        let judge = Judge::of(database, clock);
        let lock = match database {
            Database::Sqlite { path } => Some(Arc::new(lock(path)?)),
            Database::Postgres(_) => None,
        };
        let opening = || format!("opening the database {database}");
        let mut connection = Connection::open(database).await.with_context(opening)?;
        schema::migrate(&mut connection, database).await?;
        connection.close().await;
        let readers = Readers::of(database);
        let (inbox, commands) = mpsc::channel(INBOX);
        let (commits_made, commits) = watch::channel(0);
        let commands = Arc::new(Mutex::new(commands));
        let writer = || Writer {
            database: database.clone(),
            open: None,
            commands: commands.clone(),
            commits: commits_made.clone(),
            judge: judge.clone(),
            probe: probe.clone(),
        };
        for _ in 0..writers(database) {
            tokio::spawn(writer().run());
        }
        Ok(Self { inbox, readers, pair: Arc::new(Semaphore::new(1)), judge, commits, _lock: lock })
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

    /// Changes whenever this process committed something that may have made work.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.clone()
    }

    /// Whether a write of this release goes through now, tried: what readiness means.
    pub async fn try_writing(&self) -> Result<(), StoreError> {
        self.ask(Command::Try).await
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

/// A view on a database that another program may be writing, as it was at one moment; for commands that only read.
pub struct Reader(Mutex<Connection>);

impl Reader {
    /// Opens an existing database for reading. All that is read belongs together, whatever is written meanwhile.
    pub async fn open(database: &Database) -> Result<Self> {
        if let Database::Sqlite { path } = database
            && !path.exists()
        {
            bail!(
                "there is no database at {}; has `countersign serve` run with this configuration?",
                path.display()
            );
        }
        let mut connection = Connection::open_to_read(database)
            .await
            .with_context(|| format!("opening the database {database}"))?;
        schema::refuse_unreadable(&mut connection, database).await?;
        connection.begin_to_read().await?;
        Ok(Self(Mutex::new(connection)))
    }

    async fn rows<T: Readable>(&self, statement: Statement, values: &[Value]) -> Result<Vec<T>, StoreError> {
        self.0.lock().await.rows(statement, values).await
    }
}

/// SQLite has one writer at a time anyway.
fn writers(database: &Database) -> usize {
    match database {
        Database::Sqlite { .. } => 1,
        Database::Postgres(_) => POSTGRES_WRITERS,
    }
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
