//! The wiring: everything a handler or a job may reach, and the places where the edges meet the core.

mod adopting;
mod cards;
mod clicks;
mod commands;
mod consulting;
mod elsewhere;
mod exporting;
mod groups;
mod home;
mod intake;
mod judging;
mod linking;
pub mod listing;
mod machines;
mod mine;
mod modals;
mod people;
mod places;
mod record;
mod reload;
mod revoking;
mod rules;
mod service;
mod several;
mod submissions;
mod suspended;
pub mod table;
mod tokens;
mod votes;

use std::sync::Arc;

use tokio::sync::{Mutex, watch};

use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::github::GitHub;
use crate::ids::OrganizationId;
use crate::jobs::{JobError, ReadPages};
use crate::pace::Pace;
use crate::request::Step;
use crate::sign_in::SignIn;
use crate::slack::{ReplyHosts, Slack, SlackInstallation};
use crate::store::{Change, Committed, LeasedJob, Store};
use places::Finding;
use reload::Reloads;
use rules::InForce;

pub use cards::Told;
pub use consulting::Counted;
pub use elsewhere::Comparison;
pub(crate) use exporting::{ExportError, Exportable, Exported};
pub use groups::Groups;
pub(crate) use groups::{ListingError, SlackGroupError, TeamError};
pub(crate) use home::{ALL_HOMES, Furnished, LATELY};
pub use intake::Received;
pub use judging::Asker;
pub use linking::{CameBack, Offer, Page, Unlinked};
pub use people::LinkError;
pub use places::PlaceError;
pub(crate) use record::{Appearance, Record};
pub use reload::{Reloaded, Standing};
pub use rules::Rules;
pub use service::{Parts, Service};
pub use submissions::Reply as ModalReply;
pub(crate) use tokens::is_theirs;
pub use votes::{Doubt, Lapsed, Weighed};

/// Handles to everything; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub clock: Clock,
    pub chance: Chance,
    /// All of it but the rulebook.
    pub config: Arc<Config>,
    pub store: Store,
    pub github: GitHub,
    pub slack: Slack,
    pub reply_hosts: ReplyHosts,
    /// Who may decide what, by [`App::rules`].
    rules: InForce,
    /// Who is in which group, as far as that was looked up just now.
    pub groups: Groups,
    /// How these are taken anew.
    reloads: Reloads,
    /// Who waits for their turn to change something in an organization on GitHub.
    pub turns: Pace<OrganizationId>,
    /// Which pages of the lists of active tokens were read.
    pub read_pages: ReadPages,
    /// Where an organization is reached is found out once for all who want to know.
    finding: Finding,
    /// Held while a link is pinned, so that what is pinned at once is pinned and recorded once.
    pinning: Arc<Mutex<()>>,
    /// Held while it is decided whether a request gets a card of its own.
    pub collecting: Arc<Mutex<()>>,
    /// How people sign in to link their accounts; `None` where that is not configured.
    pub sign_in: Option<Arc<SignIn>>,
    /// The one Slack installation we serve; `None` until Slack has told it once.
    pub workspace: watch::Receiver<Option<SlackInstallation>>,
}

impl App {
    /// The same for work that nobody waits for, which leaves an upstream alone while that does not work.
    pub fn patient(&self) -> Self {
        Self { github: self.github.patient(), slack: self.slack.patient(), ..self.clone() }
    }

    /// Commits what a job learnt together with the job's end.
    pub async fn finish(&self, job: &LeasedJob, change: Change) -> Result<(), JobError> {
        self.commit_for(job, Change { is_job_done: true, ..change }).await
    }

    /// Commits a step on a job's way; only while the job is still ours.
    pub async fn commit_for(&self, job: &LeasedJob, change: Change) -> Result<(), JobError> {
        let wanted = change.turn.clone();
        match (self.store.commit(Change { lease: Some(job.lease.clone()), ..change }).await?, wanted) {
            (Committed::Yes, _) => Ok(()),
            // A freeze and a share that is used up are news like a race: decided again, they are met at once.
            (Committed::LostRace | Committed::Frozen | Committed::UsedUp, _) => Err(JobError::Again),
            (Committed::LostLease, _) => Err(JobError::LostLease),
            (Committed::NotYet(wait), Some(turn)) => Err(self.turn_after(job, &turn, wait)),
            (Committed::NotYet(_), None) => Err(JobError::Again),
        }
    }

    /// The change that stores a transition and starts what it causes.
    pub fn change_for(&self, step: Step) -> Change {
        let now = self.clock.now();
        let mut jobs = crate::jobs::for_effects(&step.effects, &step.request.key, now);
        // Whatever else follows, somebody may now do what the token allows.
        jobs.extend(crate::jobs::inventory::of_approved(&step.request, now));
        Change { requests: vec![step.request], jobs, ..Change::default() }
    }
}
