//! The one task that writes: it takes what waits, commits it with one flush, and answers everybody.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot, watch};

use super::audit::Sealing;
use super::jobs::{Claim, JobFailure};
use super::{Change, Committed, Lease, LeasedJob, StoreError, rows};

/// As many changes as share one flush; more would only make the first wait longer.
const BATCH: usize = 256;

/// What the writer is asked to do.
pub(super) enum Command {
    Commit(Box<Change>, Answer<Committed>),
    Claim(Claim, Answer<Vec<LeasedJob>>),
    Renew(Lease, i64, Answer<bool>),
    Fail(JobFailure, Answer<()>),
    ReleaseAll(Answer<u64>),
    Seal(Box<Sealing>, Answer<()>),
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
    pub(super) connection: SqliteConnection,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) commits: watch::Sender<u64>,
    pub(super) probe: Probe,
}

impl Writer {
    pub(super) async fn run(mut self) {
        let mut waiting = Vec::with_capacity(BATCH);
        while self.commands.recv_many(&mut waiting, BATCH).await > 0 {
            let mut changes = Vec::new();
            for command in waiting.drain(..) {
                match command {
                    Command::Commit(change, answer) => changes.push((*change, answer)),
                    Command::Claim(claim, answer) => {
                        reply(answer, claim.run(&mut self.connection).await);
                    }
                    Command::Renew(lease, until, answer) => {
                        reply(answer, lease.renew(until, &mut self.connection).await);
                    }
                    Command::Fail(failure, answer) => {
                        reply(answer, failure.record(&mut self.connection).await);
                        self.announce();
                    }
                    Command::ReleaseAll(answer) => {
                        reply(answer, rows::release_all(&mut self.connection).await);
                        self.announce();
                    }
                    Command::Seal(sealing, answer) => {
                        reply(answer, sealing.write(&mut self.connection).await);
                    }
                }
            }
            if !changes.is_empty() {
                self.commit(changes).await;
            }
        }
        // A failed close loses nothing: what was answered is on disk.
        self.connection.close().await.ok();
    }

    async fn commit(&mut self, changes: Vec<(Change, Answer<Committed>)>) {
        let (changes, answers): (Vec<_>, Vec<_>) = changes.into_iter().unzip();
        self.probe.reach(Moment::BeforeCommit).await;
        match commit_all(&mut self.connection, &changes).await {
            Ok(outcomes) => {
                self.probe.reach(Moment::AfterCommit).await;
                answers.into_iter().zip(outcomes).for_each(|(answer, outcome)| reply(answer, Ok(outcome)));
            }
            // One change must not take others down with it.
            Err(_) if changes.len() > 1 => {
                for (change, answer) in changes.into_iter().zip(answers) {
                    let outcome = commit_all(&mut self.connection, &[change]).await;
                    reply(answer, outcome.map(|outcomes| outcomes[0]));
                }
            }
            Err(error) => answers.into_iter().for_each(|answer| reply(answer, Err(copy(&error)))),
        }
        self.announce();
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

/// Commits what can be committed in one transaction and tells for each change what became of it.
async fn commit_all(
    connection: &mut SqliteConnection,
    changes: &[Change],
) -> Result<Vec<Committed>, StoreError> {
    // IMMEDIATE: a deferred transaction that reads before it writes fails at once when another process wrote.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let outcomes = judge(&mut transaction, changes).await?;
    let accepted: Vec<_> = changes
        .iter()
        .zip(&outcomes)
        .filter_map(|(change, outcome)| (*outcome == Committed::Yes).then_some(change))
        .collect();
    rows::write(&mut transaction, &accepted).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

/// Compares versions and leases with what is stored. Of two changes to one request in a batch the first wins.
async fn judge(transaction: &mut SqliteConnection, changes: &[Change]) -> Result<Vec<Committed>, StoreError> {
    let versions = rows::versions(transaction, changes).await?;
    let leases = rows::live_leases(transaction, changes).await?;
    let mut taken = HashSet::new();
    let outcomes = changes.iter().map(|change| {
        if change.lease.as_ref().is_some_and(|lease| !leases.contains(&(lease.job, lease.owner.clone()))) {
            return Committed::LostLease;
        }
        let is_fresh = change.requests.iter().all(|request| versions.allow(request));
        let is_free = change.requests.iter().all(|request| {
            !taken.contains(&(request.organization.0, request.id.0)) && !versions.is_drawn(&request.key)
        });
        if !is_fresh || !is_free {
            return Committed::LostRace;
        }
        taken.extend(change.requests.iter().map(|request| (request.organization.0, request.id.0)));
        Committed::Yes
    });
    Ok(outcomes.collect())
}
