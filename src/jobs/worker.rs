//! The one worker: leases what is due, runs it beside the rest, and sleeps until something is due again.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    Done, JobError, Kind, Lane, answer, ask_rules, card, check, compare, deliveries, discover, enrich,
    export, freeze, groups, home, installation, inventory, judge, notify, nudge, reconcile, redraw, retire,
    review, revoke, scopes, tell, tell_link, tell_revoked,
};
use crate::app::App;
use crate::clock::Deadline;
use crate::store::{JobFailure, Kinds, LeasedJob, StoreError};

/// A job that has failed for this long is given up; people are told and can start it again.
const PATIENCE: TimeDelta = TimeDelta::days(3);

/// Where GitHub forbids something, asking every second would only fill its log and ours.
const MENDING_TAKES: TimeDelta = TimeDelta::seconds(30);

/// How long to wait before asking a database again that does not answer.
const DATABASE_PAUSE: TimeDelta = TimeDelta::seconds(1);

/// Work may come from outside this process, too, such as from an operator's `jobs retry` or a replica that died: nobody
/// tells of it. Looked for at least three times within a lease, so that the death of a replica is noticed when its
/// leases run out.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(5);

/// How long to wait where work is due and could not be had: somebody has their hands on its row.
const ROW_PAUSE: TimeDelta = TimeDelta::milliseconds(50);

/// What the worker has got done; tests wait on it instead of sleeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The newest commit the worker has looked at.
    pub commits_seen: u64,
    /// Whether nothing ran then.
    pub is_idle: bool,
    /// When something is due next.
    pub wake_at: Option<DateTime<Utc>>,
    /// When the worker looks for work that nobody tells of at the latest.
    pub looks_at: Option<DateTime<Utc>>,
}

impl Progress {
    /// Whether nothing runs and nothing is due, with `commits` made and the clock at `now`.
    pub fn is_at_rest(&self, commits: u64, now: DateTime<Utc>) -> bool {
        self.is_idle && self.commits_seen >= commits && self.wake_at.is_none_or(|at| at > now)
    }
}

/// Runs the jobs of one process.
pub struct Worker {
    app: App,
    name: String,
    claims: u64,
    /// What runs, by lane.
    running: [(Lane, JoinSet<()>); Lane::ALL.len()],
    progress: watch::Sender<Progress>,
}

impl Worker {
    /// A worker with a name of its own for its leases.
    pub fn new(app: App, progress: watch::Sender<Progress>) -> Self {
        let name = hex::encode(app.chance.bytes::<8>());
        Self { app, name, claims: 0, running: Lane::ALL.map(|lane| (lane, JoinSet::new())), progress }
    }

    /// Works until `stop`; then finishes what runs.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut commits = self.app.store.commits();
        while !stop.is_cancelled() {
            let seen = *commits.borrow_and_update();
            let wake_at = self.start_due_jobs().await;
            let is_idle = self.running.iter().all(|(_, jobs)| jobs.is_empty());
            let clock = self.app.clock.clone();
            let latest = clock.now() + LOOK_AGAIN.min(self.app.config.timing.lease / 3);
            let look_at = wake_at.map_or(latest, |at| at.min(latest));
            let looks_at = Some(look_at);
            self.progress.send_replace(Progress { commits_seen: seen, is_idle, wake_at, looks_at });
            tokio::select! {
                () = stop.cancelled() => {}
                _ = commits.changed() => {}
                () = one_ended(&mut self.running) => {}
                () = clock.sleep_until(look_at) => {}
            }
        }
        for (_, jobs) in &mut self.running {
            while jobs.join_next().await.is_some() {}
        }
    }

    /// Starts everything that is due and fits; returns when to look again at the latest.
    async fn start_due_jobs(&mut self) -> Option<DateTime<Utc>> {
        let now = self.app.clock.now();
        match self.start_due_at(now).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "the job worker cannot reach the database");
                Some(now + DATABASE_PAUSE)
            }
        }
    }

    /// While a lane is full nothing is looked for in it: the end of any of its jobs is looked at anyway.
    async fn start_due_at(&mut self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        // A name for each claim: of two runs of one job in this very process only the later one holds the lease.
        self.claims += 1;
        let claim = Claim { app: &self.app, owner: format!("{}-{}", self.name, self.claims), now };
        let due = claim.next_in_lanes().await?;
        let (mut has_looked, mut is_spinning) = (false, false);
        for (lane, jobs) in &mut self.running {
            let is_due = due.get(lane).is_some_and(|at| *at <= now);
            if is_due && jobs.len() < lane.slots() {
                has_looked = true;
                is_spinning |= claim.start(*lane, jobs).await? == 0;
            }
        }
        let due = if has_looked { claim.next_in_lanes().await? } else { due };
        let free = self.running.iter().filter(|(lane, jobs)| jobs.len() < lane.slots());
        let next = free.filter_map(|(lane, _)| due.get(lane).copied()).min();
        // A clock that is moved by hand stands still, and whoever has the row tells when they are done.
        let is_spinning = is_spinning && self.app.clock.is_wall();
        Ok(if is_spinning { next.map(|at| at.max(now + ROW_PAUSE)) } else { next })
    }
}

/// Returns when any job has ended.
async fn one_ended(running: &mut [(Lane, JoinSet<()>)]) {
    let ends =
        running.iter_mut().filter(|(_, jobs)| !jobs.is_empty()).map(|(_, jobs)| Box::pin(jobs.join_next()));
    let ends: Vec<_> = ends.collect();
    if ends.is_empty() {
        return std::future::pending().await;
    }
    futures::future::select_all(ends).await;
}

/// One look for work.
struct Claim<'a> {
    app: &'a App,
    owner: String,
    now: DateTime<Utc>,
}

impl Claim<'_> {
    /// Starts what is due in a lane and fits; returns how much that was.
    async fn start(&self, lane: Lane, running: &mut JoinSet<()>) -> Result<usize, StoreError> {
        let free = lane.slots().saturating_sub(running.len());
        let (store, lease) = (&self.app.store, self.app.config.timing.lease);
        let granted = self.app.clock.deadline(lease);
        let kinds = lane.kinds();
        let jobs = store.claim_jobs(Kinds::Only(&kinds), &self.owner, self.now, lease, free as u32).await?;
        let started = jobs.len();
        for job in jobs {
            running.spawn(run(self.app.clone(), job, granted.clone()));
        }
        Ok(started)
    }

    /// When the next job of each lane is due. Only what is known here: other kinds are left for the replicas of a later
    /// release.
    async fn next_in_lanes(&self) -> Result<HashMap<Lane, DateTime<Utc>>, StoreError> {
        let mut next = HashMap::new();
        for (kind, at) in self.app.store.next_jobs(self.now).await? {
            let Some(kind) = Kind::parse(&kind) else { continue };
            let earliest = next.entry(kind.lane()).or_insert(at);
            *earliest = at.min(*earliest);
        }
        Ok(next)
    }
}

/// Runs one job to its end, keeping its lease alive, and records how it went.
async fn run(app: App, job: LeasedJob, granted: Deadline) {
    let is_awaited = Kind::parse(&job.kind).is_some_and(Kind::is_awaited);
    let app = if is_awaited { app } else { app.patient() };
    let span =
        tracing::info_span!("work", job = %job.kind, subject = %job.subject, attempt = job.attempts + 1);
    async {
        let started = Instant::now();
        let outcome = tokio::select! {
            outcome = AssertUnwindSafe(attempt(&app, &job)).catch_unwind() => {
                outcome.unwrap_or_else(|_| Err(JobError::give_up("it panicked, which is a mistake in Countersign")))
            }
            () = keep_lease(&app, &job, granted) => Err(JobError::LostLease),
        };
        scopes::tell(&app).await;
        let result = match &outcome {
            Ok(()) => "done",
            Err(JobError::Retry { .. } | JobError::Blocked { .. } | JobError::Again) => "retry",
            Err(JobError::Later { .. }) => "later",
            Err(JobError::GiveUp { .. }) => "given_up",
            Err(JobError::LostLease) => "lost",
        };
        metrics::histogram!("countersign_job_seconds", "kind" => job.kind.clone(), "result" => result)
            .record(started.elapsed().as_secs_f64());
        if let Err(error) = outcome {
            record_failure(&app, &job, error).await;
        }
    }
    .instrument(span)
    .await;
}

/// A job repeats itself at once when the state moved under it, but not for ever.
async fn attempt(app: &App, job: &LeasedJob) -> Result<(), JobError> {
    const RACES: usize = 10;
    for _ in 0..RACES {
        let outcome = match perform(app, job).await {
            Ok(change) => app.finish(job, change).await,
            Err(error) => Err(error),
        };
        match outcome {
            Err(JobError::Again) => {}
            other => return other,
        }
    }
    Err(JobError::retry("the state kept moving"))
}

async fn perform(app: &App, job: &LeasedJob) -> Done {
    let Some(kind) = Kind::parse(&job.kind) else {
        return Err(JobError::unreadable("this kind of work"));
    };
    begun(kind, app, job).await
}

/// Some kinds of work are large. On the heap, and made in a call of its own, none takes room on the stack while any is done.
fn begun<'a>(kind: Kind, app: &'a App, job: &'a LeasedJob) -> BoxFuture<'a, Done> {
    match kind {
        Kind::Enrich => Box::pin(enrich::run(app, job)),
        Kind::AskRules => Box::pin(ask_rules::run(app, job)),
        Kind::Card => Box::pin(home::followed(app, card::run(app, job))),
        Kind::TellArrival => Box::pin(tell::arrival(app, job)),
        Kind::TellLink => Box::pin(tell_link::run(app, job)),
        Kind::TellOutcome => Box::pin(tell::outcome(app, job)),
        Kind::Reply => Box::pin(tell::reply(app, job)),
        Kind::Review => Box::pin(review::run(app, job)),
        Kind::Check => Box::pin(check::run(app, job)),
        Kind::Judge => Box::pin(judge::run(app, job)),
        Kind::Answer => Box::pin(answer::run(app, job)),
        Kind::Installation => Box::pin(installation::run(app, job)),
        Kind::Notify => Box::pin(notify::run(app, job)),
        Kind::Compare => Box::pin(compare::run(app, job)),
        Kind::Retire => Box::pin(retire::run(app, job)),
        Kind::Discover => Box::pin(discover::run(app, job)),
        Kind::Reconcile => Box::pin(reconcile::run(app, job)),
        Kind::Inventory => Box::pin(inventory::all(app, job)),
        Kind::Mirror => Box::pin(home::followed(app, inventory::run(app, job))),
        Kind::MirrorToken => Box::pin(home::followed(app, inventory::one(app, job))),
        Kind::Revoke => Box::pin(home::revoked(app, job, revoke::run(app, job))),
        Kind::TellRevocation => Box::pin(tell_revoked::progress(app, job)),
        Kind::TellRevoked => Box::pin(tell_revoked::owner(app, job)),
        Kind::Export => Box::pin(export::run(app, job)),
        Kind::Deliveries => Box::pin(deliveries::run(app, job)),
        Kind::Freeze => Box::pin(freeze::run(app, job)),
        Kind::Redraw => Box::pin(redraw::run(app, job)),
        Kind::Groups => Box::pin(groups::run(app, job)),
        Kind::Home => Box::pin(home::run(app, job)),
        Kind::Homes => Box::pin(home::all(app, job)),
        Kind::Nudge => Box::pin(nudge::run(app, job)),
        Kind::TellNudge => Box::pin(nudge::tell(app, job)),
    }
}

/// Returns only when the lease is lost, or is over because it could not be renewed: whoever takes the job over then must
/// not find it being worked on.
async fn keep_lease(app: &App, job: &LeasedJob, mut granted: Deadline) {
    loop {
        let renewed = tokio::select! {
            renewed = renew(app, job) => renewed,
            () = granted.over() => None,
        };
        match renewed {
            Some(longer) => granted = longer,
            None => return,
        }
    }
}

/// Renews the lease after a third of it, and again if that fails; tells how long it lasts at least, and nothing when
/// somebody else has it.
async fn renew(app: &App, job: &LeasedJob) -> Option<Deadline> {
    let lease = app.config.timing.lease;
    loop {
        app.clock.sleep_until(app.clock.now() + lease / 3).await;
        let granted = app.clock.deadline(lease);
        match app.store.renew_lease(&job.lease, app.clock.now(), lease).await {
            Ok(true) => return Some(granted),
            Ok(false) => return None,
            Err(error) => tracing::warn!(%error, "the lease could not be renewed"),
        }
    }
}

async fn record_failure(app: &App, job: &LeasedJob, error: JobError) {
    let now = app.clock.now();
    let later = |not_before: DateTime<Utc>| Some(not_before.max(now + backoff(app, job.attempts)));
    let (cause, retry_at) = match error {
        // Whoever has the lease now writes down how it goes.
        JobError::LostLease => {
            return tracing::warn!("the job's lease was lost while it ran; whoever has it now goes on");
        }
        // Even after a mistake of ours the clock must go on.
        JobError::GiveUp { cause } if is_endless(job) => (cause, later(now)),
        JobError::GiveUp { cause } => (cause, None),
        JobError::Again => ("the state kept moving".to_owned(), later(now)),
        JobError::Later { cause, until } => return put_off(app, job, cause, until).await,
        JobError::Blocked { cause } if is_endless(job) => {
            (cause, later(now + mending_pause(app, job.attempts)))
        }
        JobError::Blocked { cause } => (cause, later(now)),
        // A limit is no failure, however long ago the job was asked for.
        JobError::Retry { cause, not_before: None } if is_given_up(job, now) => (cause, None),
        JobError::Retry { cause, not_before } => {
            (cause, later(not_before.map_or(now, |wait| wait.ends(now))))
        }
    };
    match retry_at {
        Some(retry_at) => tracing::warn!(cause, %retry_at, "the job failed and will be tried again"),
        None => {
            metrics::counter!("countersign_jobs_given_up_total", "kind" => job.kind.clone()).increment(1);
            tracing::error!(cause, "the job was given up; people must look");
        }
    }
    let given_up = retry_at.is_none() && job.kind != Kind::Notify.name();
    let failure =
        JobFailure { lease: job.lease.clone(), cause: cause.clone(), retry_at, is_attempt: true, now };
    if let Err(error) = app.store.job_failed(failure).await {
        return tracing::error!(%error, "the failure could not be stored; the lease will run out");
    }
    if given_up {
        notify::given_up(app, job, &cause).await;
    }
}

/// Nothing failed: the job comes back exactly at its turn.
async fn put_off(app: &App, job: &LeasedJob, cause: String, until: DateTime<Utc>) {
    tracing::debug!(cause, retry_at = %until, "the job waits for its turn");
    let failure = JobFailure {
        lease: job.lease.clone(),
        cause,
        retry_at: Some(until),
        is_attempt: false,
        now: app.clock.now(),
    };
    if let Err(error) = app.store.job_failed(failure).await {
        tracing::error!(%error, "the turn could not be stored; the lease will run out");
    }
}

fn is_given_up(job: &LeasedJob, now: DateTime<Utc>) -> bool {
    !is_endless(job) && now - job.created_at > PATIENCE
}

fn is_endless(job: &LeasedJob) -> bool {
    Kind::parse(&job.kind).is_some_and(Kind::is_endless)
}

/// Doubles with every failure between `retry_first` and `retry_max`; half of it is chance, so that what failed
/// together does not come back together.
fn backoff(app: &App, attempts: u32) -> TimeDelta {
    doubled(app, app.config.timing.retry_first, attempts)
}

/// The same, beginning with what people take to mend something.
fn mending_pause(app: &App, attempts: u32) -> TimeDelta {
    doubled(app, app.config.timing.retry_first.max(MENDING_TAKES), attempts)
}

fn doubled(app: &App, first: TimeDelta, attempts: u32) -> TimeDelta {
    let retry_max = app.config.timing.retry_max;
    let ceiling = first.checked_mul(2_i32.pow(attempts.min(20))).unwrap_or(retry_max).min(retry_max);
    let millis = ceiling.num_milliseconds();
    TimeDelta::milliseconds(millis / 2 + (millis as f64 / 2.0 * app.chance.fraction()) as i64)
}
