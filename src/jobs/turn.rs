//! Changes in an organization on GitHub go one by one, whichever replica makes them, and at a distance
//! (docs.github.com, best-practices-for-using-the-rest-api). Who has to wait comes back at its turn, and holds up only
//! its organization.
//!
//! In this process everybody waits in one queue and keeps their place; between replicas the turn in the database decides.

use chrono::TimeDelta;

use super::JobError;
use crate::app::App;
use crate::ids::OrganizationId;
use crate::pace;
use crate::store::{LeasedJob, Turn};

/// Passes when it may be the job's turn to change something. It is taken with the commit of the attempt alone, but until
/// it may be had there is no sense in asking GitHub anything.
pub(super) async fn may_be_had<'a>(
    app: &'a App,
    job: &LeasedJob,
    organization: OrganizationId,
) -> Result<Place<'a>, JobError> {
    let now = app.clock.now();
    if let pace::Turn::At(until) = app.turns.turn(&organization, job.lease.job, now) {
        return Err(JobError::Later { cause: cause(organization), until });
    }
    let turn = of(app, job, organization);
    match app.store.turn_in(&turn, now).await? {
        None => Ok(Place { app, organization, is_used: false }),
        Some(wait) => Err(app.turn_after(job, &turn, wait)),
    }
}

/// First place in this process's queue. Whoever does not use it leaves it to the next.
pub(super) struct Place<'a> {
    app: &'a App,
    organization: OrganizationId,
    is_used: bool,
}

impl Place<'_> {
    /// Something is sent, or the job queues up again.
    pub(super) fn used(mut self) {
        self.is_used = true;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if !self.is_used {
            self.app.turns.give_back(&self.organization);
        }
    }
}

/// The turn that a job takes for an attempt.
pub(super) fn of(app: &App, job: &LeasedJob, organization: OrganizationId) -> Turn {
    Turn {
        organization,
        // A claim has a name of its own, and a job makes one attempt after the other.
        holder: format!("{}-{}", job.lease.owner, job.lease.job),
        lasts: app.config.timing.attempt(),
        interval: app.config.github.mutation_interval,
    }
}

impl App {
    /// What a job does whose turn somebody else has: it goes first after `wait`, before all who came after it.
    pub fn turn_after(&self, job: &LeasedJob, turn: &Turn, wait: TimeDelta) -> JobError {
        let now = self.clock.now();
        let until = self.turns.hold(&turn.organization, job.lease.job, now + wait, now);
        JobError::Later { cause: cause(turn.organization), until }
    }
}

fn cause(organization: OrganizationId) -> String {
    format!("changes in organization {organization} on GitHub go one by one")
}
