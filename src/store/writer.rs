//! The tasks that write: each takes what waits, commits it with one flush, and answers everybody.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::{Mutex, mpsc, oneshot, watch};

use super::audit::Sealing;
use super::connection::{Connection, SILENCE, Statement};
use super::groups::{self, Written};
use super::jobs::{Claim, JobFailure, Renewal};
use super::judge::Judge;
use super::links::{self, Touched};
use super::nudges::Nudges;
use super::pins::{self, Taken};
use super::revocations::Claims;
use super::shares::Shares;
use super::turns::Turns;
use super::{Change, Committed, Database, LeasedJob, StoreError, freeze, jobs, rows, schema};

/// As many changes as share one flush; more would only make the first wait longer.
const BATCH: usize = 256;

/// How often a batch that met another writer is judged anew before its callers are told.
const REPEATS: usize = 10;

/// The same for one that waited for a lock in vain, which takes two seconds each time.
const WAITS: usize = 2;

/// What the writers are asked to do.
pub(super) enum Command {
    Commit(Box<Change>, Answer<Committed>),
    Claim(Claim, Answer<Vec<LeasedJob>>),
    Renew(Renewal, Answer<bool>),
    Fail(JobFailure, Answer<()>),
    ReleaseAll(Answer<u64>),
    Seal(Box<Sealing>, Answer<bool>),
    Try(Answer<()>),
}

type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// Where in a commit the program stands; tests stop the world there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    BeforeCommit,
    AfterCommit,
}

/// Called around every commit that holds a change; a test that never returns has killed the program there.
#[derive(Clone, Default)]
pub struct Probe(Option<Arc<dyn Fn(Moment) -> BoxFuture<'static, ()> + Send + Sync>>);

impl Probe {
    pub fn new(probe: impl Fn(Moment) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(probe)))
    }

    async fn reach(&self, moment: Moment) {
        if let Some(probe) = &self.0 {
            probe(moment).await;
        }
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Probe(set)" } else { "Probe(none)" })
    }
}

pub(super) struct Writer {
    pub(super) database: Database,
    /// Given up after any error: what state an error leaves it in need not be thought about.
    pub(super) open: Option<Connection>,
    pub(super) commands: Arc<Mutex<mpsc::Receiver<Command>>>,
    pub(super) commits: watch::Sender<u64>,
    pub(super) judge: Judge,
    pub(super) probe: Probe,
}

impl Writer {
    pub(super) async fn run(mut self) {
        let mut waiting = Vec::with_capacity(BATCH);
        while self.take(&mut waiting).await > 0 {
            let mut changes = Vec::new();
            for command in waiting.drain(..) {
                match command {
                    Command::Commit(change, answer) => changes.push((*change, answer)),
                    other => self.perform(other).await,
                }
            }
            if !changes.is_empty() {
                self.commit(changes).await;
            }
        }
        if let Some(connection) = self.open.take() {
            connection.close().await;
        }
    }

    /// Whichever writer is free takes all that waits.
    async fn take(&self, waiting: &mut Vec<Command>) -> usize {
        self.commands.lock().await.recv_many(waiting, BATCH).await
    }

    async fn perform(&mut self, command: Command) {
        match command {
            Command::Commit(change, answer) => self.commit(vec![(*change, answer)]).await,
            Command::Claim(claim, answer) => {
                reply(answer, self.single(|connection| Box::pin(claim.run(connection))).await);
            }
            Command::Renew(renewal, answer) => {
                reply(answer, self.single(|connection| Box::pin(renewal.run(connection))).await);
            }
            Command::Fail(failure, answer) => {
                let done = self.single(|connection| Box::pin(failure.record(connection))).await;
                self.announce();
                reply(answer, done);
            }
            Command::ReleaseAll(answer) => {
                let done = self.single(|connection| Box::pin(jobs::release_all(connection))).await;
                self.announce();
                reply(answer, done);
            }
            Command::Seal(sealing, answer) => {
                reply(answer, self.single(|connection| Box::pin(sealing.write(connection))).await);
            }
            Command::Try(answer) => {
                reply(answer, self.single(|connection| Box::pin(try_writing(connection))).await);
            }
        }
    }

    /// Does one thing over the connection, which is kept only if that went well.
    async fn single<T>(
        &mut self,
        work: impl for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connect().await?;
        let done = patiently(work(&mut connection)).await?;
        self.open = Some(connection);
        Ok(done)
    }

    /// The connection at hand if it is alive, which SQLite's always is; else another one.
    async fn connect(&mut self) -> Result<Connection, StoreError> {
        if let Some(mut connection) = self.open.take()
            && connection.is_alive().await
        {
            return Ok(connection);
        }
        Connection::open(&self.database).await
    }

    async fn commit(&mut self, changes: Vec<(Change, Answer<Committed>)>) {
        let (changes, answers): (Vec<_>, Vec<_>) = changes.into_iter().unzip();
        self.probe.reach(Moment::BeforeCommit).await;
        let done = self.commit_all(&changes).await;
        if done.is_ok() {
            self.probe.reach(Moment::AfterCommit).await;
        }
        // Before anybody is answered: whoever was answered finds the worker told.
        self.announce();
        match done {
            Ok(outcomes) => {
                answers.into_iter().zip(outcomes).for_each(|(answer, outcome)| reply(answer, Ok(outcome)));
            }
            // One change must not take others down with it.
            Err(error) if changes.len() > 1 && is_one_changes_fault(&error) => {
                for (change, answer) in changes.into_iter().zip(answers) {
                    let outcome = self.commit_all(&[change]).await;
                    self.announce();
                    reply(answer, outcome.map(|outcomes| outcomes[0]));
                }
            }
            Err(error) => answers.into_iter().for_each(|answer| reply(answer, Err(copy(&error)))),
        }
    }

    /// Commits what can be committed in one transaction and tells for each change what became of it.
    async fn commit_all(&mut self, changes: &[Change]) -> Result<Vec<Committed>, StoreError> {
        let (mut repeats, mut waits) = (0, 0);
        loop {
            match patiently(self.attempt(changes)).await {
                Ok(Some(outcomes)) => return Ok(outcomes),
                Ok(None) if repeats < REPEATS => repeats += 1,
                Ok(None) => return Err(StoreError::corrupt("request", "", "its version kept changing")),
                Err(error) => match meeting(&error) {
                    Some(Meeting::Lost) if repeats < REPEATS => repeats += 1,
                    Some(Meeting::WaitedInVain) if waits < WAITS => waits += 1,
                    Some(Meeting::Lost | Meeting::WaitedInVain) | None => return Err(error),
                },
            }
        }
    }

    /// One attempt; nothing when another writer changed a request between our looking and our writing.
    async fn attempt(&mut self, changes: &[Change]) -> Result<Option<Vec<Committed>>, StoreError> {
        let mut connection = self.begin().await?;
        let now = self.judge.now();
        let (outcomes, shares) = judge(&mut connection, changes, now).await?;
        let accepted: Vec<_> = changes
            .iter()
            .zip(&outcomes)
            .filter_map(|(change, outcome)| (*outcome == Committed::Yes).then_some(change))
            .collect();
        let is_written =
            rows::write(&mut connection, &accepted, now).await? && shares.write(&mut connection).await?;
        if is_written {
            connection.commit().await?
        } else {
            connection.rollback().await?
        }
        self.open = Some(connection);
        Ok(is_written.then_some(outcomes))
    }

    /// A connection with a transaction begun. The one at hand may be dead since the database was started anew; nothing
    /// was asked over it yet, so another one is safe.
    async fn begin(&mut self) -> Result<Connection, StoreError> {
        if let Some(mut connection) = self.open.take() {
            match (connection.begin().await, &connection) {
                (Ok(()), _) => return Ok(connection),
                (Err(error), Connection::Sqlite(_)) => return Err(error),
                (Err(_), Connection::Postgres(_)) => {}
            }
        }
        let mut connection = Connection::open(&self.database).await?;
        connection.begin().await?;
        Ok(connection)
    }

    fn announce(&self) {
        self.commits.send_modify(|commits| *commits += 1);
    }
}

/// Whoever asked may have left; what was done stays done.
fn reply<T>(answer: Answer<T>, outcome: Result<T, StoreError>) {
    answer.send(outcome).ok();
}

fn copy(error: &StoreError) -> StoreError {
    StoreError::Database(sqlx::Error::Protocol(error.to_string()))
}

async fn patiently<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(SILENCE, work).await.unwrap_or(Err(StoreError::Silent))
}

/// Whether this release may still write is asked in the same breath: a later one may have come meanwhile.
async fn try_writing(connection: &mut Connection) -> Result<(), StoreError> {
    const TRY: Statement = Statement::both("UPDATE program SET writes = writes + 1 WHERE needs <= $1");
    match connection.execute(TRY, &[schema::NEWEST.into()]).await? {
        0 => Err(StoreError::TooNew),
        _ => Ok(()),
    }
}

/// Whether it may be one change alone that the database refuses, so that certainly nothing happened. A connection that
/// was lost says nothing, and a lock or a full disk refuses all of them, each after its own wait.
fn is_one_changes_fault(error: &StoreError) -> bool {
    match error {
        StoreError::Database(sqlx::Error::Database(refusal)) => {
            let code = refusal.code().unwrap_or_default();
            match refusal.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                // Bad data and violated constraints (PostgreSQL's manual, appendix A).
                Some(_) => code.starts_with("22") || code.starts_with("23"),
                // Too big, a violated constraint, a wrong type (sqlite.org, result codes; the low byte is the kind).
                None => code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 18..=20)),
            }
        }
        StoreError::Corrupt { .. } => true,
        StoreError::Database(_) | StoreError::Silent | StoreError::TooNew | StoreError::Closed => false,
    }
}

/// How another writer got in the way.
enum Meeting {
    /// Judged anew, its rows are seen.
    Lost,
    /// It held a lock for longer than the server lets us wait.
    WaitedInVain,
}

/// Whether PostgreSQL ended the transaction because of another one: a serialization failure, a deadlock, or a row that
/// both made; or a lock that was not to be had (the same appendix). SQLite's codes look different.
fn meeting(error: &StoreError) -> Option<Meeting> {
    match error {
        StoreError::Database(sqlx::Error::Database(refusal)) => match refusal.code().as_deref() {
            Some("40001" | "40P01" | "23505") => Some(Meeting::Lost),
            Some("55P03") => Some(Meeting::WaitedInVain),
            Some(_) | None => None,
        },
        StoreError::Database(_)
        | StoreError::Silent
        | StoreError::Corrupt { .. }
        | StoreError::TooNew
        | StoreError::Closed => None,
    }
}

/// Compares versions, leases, pins, the brake and turns with what is stored. Of two changes to one request in a batch the first wins.
async fn judge(
    connection: &mut Connection,
    changes: &[Change],
    now: Option<i64>,
) -> Result<(Vec<Committed>, Shares), StoreError> {
    let versions = rows::versions(connection, changes).await?;
    let leases = rows::leases(connection, changes, now).await?;
    let mut turns = Turns::wanted(connection, changes, now).await?;
    let pins = pins::pins(connection, changes).await?;
    let mut shares = Shares::wanted(connection, changes).await?;
    let mut brake = freeze::Held::of(connection, changes).await?;
    let kept = groups::kept(connection, changes).await?;
    let mut claims = Claims::of(connection, changes).await?;
    let links = links::links(connection, changes).await?;
    let mut nudges = Nudges::wanted(connection, changes).await?;
    let (mut pinned, mut written, mut touched) = (Taken::default(), Written::default(), Touched::default());
    let mut taken = HashSet::new();
    let mut drawn = HashSet::new();
    let outcomes = changes.iter().map(|change| {
        if !leases.allow(change) {
            return Committed::LostLease;
        }
        let is_fresh = change.requests.iter().all(|request| versions.allow(request));
        let is_free = change.requests.iter().all(|request| {
            !taken.contains(&(request.organization.0, request.id.0))
                && !drawn.contains(&request.key)
                && !versions.is_drawn(&request.key)
        });
        let is_first = pins.allow(change, &mut pinned)
            && kept.allow(change, &mut written)
            && links.allow(change, &mut touched)
            && claims.allow(change)
            && nudges.allow(change);
        if !is_fresh || !is_free || !is_first || !brake.allows(change) {
            return Committed::LostRace;
        }
        if brake.stops(change) {
            return Committed::Frozen;
        }
        if !shares.allow(change) {
            return Committed::UsedUp;
        }
        if let Some(Err(wait)) = change.turn.as_ref().map(|turn| turns.take(turn)) {
            return Committed::NotYet(wait);
        }
        taken.extend(change.requests.iter().map(|request| (request.organization.0, request.id.0)));
        pinned.add(change);
        brake.add(change);
        written.add(change);
        touched.add(change);
        claims.add(change);
        nudges.take(change);
        shares.take(change);
        drawn.extend(change.requests.iter().map(|request| request.key.clone()));
        Committed::Yes
    });
    let outcomes = outcomes.collect();
    Ok((outcomes, shares))
}
