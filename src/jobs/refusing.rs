//! An organization that does not let its list be read: one job goes on asking, once per look, and whatever else waits
//! there asks nothing meanwhile. However many requests are known, GitHub forbids one question and not one for each.

use chrono::{DateTime, TimeDelta, Utc};

use super::{JobError, Kind};
use crate::app::App;
use crate::ids::{InstallationId, OrganizationId};
use crate::request::{Key, State, TokenRequest};
use crate::store::{Change, Lasting, LeasedJob, NewJob, StoreError};

/// As many requests are put on hold in one commit.
const AT_ONCE: usize = 200;

/// The list may be readable although one look at it was refused: the look that finds out keeps a distance.
const FOUND_OUT_AFTER: TimeDelta = TimeDelta::seconds(30);

impl App {
    /// Why an organization's list can't be read, as long as it can't.
    pub(super) async fn refusal_of(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<String>, StoreError> {
        self.store.lasting(&name(organization)).await
    }
}

/// The change that remembers that an organization refuses.
pub(super) fn remembered(organization: OrganizationId, cause: &str, now: DateTime<Utc>) -> Change {
    let lasting = Lasting { name: name(organization), words: cause.to_owned(), since: now };
    Change { lasting: Some(lasting), ..Change::default() }
}

/// The same for whoever was refused while looking for one request: the whole list is looked at soon, and tells.
pub(super) fn met(
    organization: OrganizationId,
    installation: InstallationId,
    cause: &str,
    now: DateTime<Utc>,
) -> Change {
    let look = Kind::Reconcile.on(installation, String::new(), now);
    let jobs = vec![NewJob { run_at: now + FOUND_OUT_AFTER, ..look }];
    Change { jobs, ..remembered(organization, cause, now) }
}

/// The change that forgets it: the list was read.
pub(super) fn forgotten(organization: OrganizationId) -> Change {
    Change { is_over: Some(name(organization)), ..Change::default() }
}

/// Everything that waits in an organization out of reach says so on its card, and nothing is asked for it: what brings
/// the organization back into reach has all of it looked at.
pub(super) async fn put_on_hold(
    app: &App,
    job: &LeasedJob,
    organization: OrganizationId,
    cause: &str,
) -> Result<(), JobError> {
    let open = app.store.open_before(organization, DateTime::<Utc>::MAX_UTC).await?;
    for some in open.chunks(AT_ONCE) {
        let numbers: Vec<_> = some.iter().map(|(id, ..)| *id).collect();
        loop {
            let known = app.store.requests_among(organization, &numbers).await?;
            let change = on_hold(app, known.into_values().flatten(), cause);
            if change.requests.is_empty() && change.jobs.is_empty() {
                break;
            }
            match commit_many(app, job, change).await {
                // Somebody decided, or took back: the others are put on hold all the same.
                Err(JobError::Again) => {}
                other => break other?,
            }
        }
    }
    Ok(())
}

fn on_hold(app: &App, requests: impl Iterator<Item = TokenRequest>, cause: &str) -> Change {
    let mut all = Change::default();
    for request in requests {
        let is_held = matches!(&request.state, State::Deciding(deciding) if deciding.blocked.is_some());
        if matches!(request.state, State::Deciding(_)) && !is_held {
            all.jobs.push(Kind::Review.on(&request.key, String::new(), app.clock.now()));
        }
        if let Some(step) = request.paused(cause) {
            all.entries.push(app.record().paused(&step.request, cause));
            let change = app.change_for(step);
            all.requests.extend(change.requests);
            all.jobs.extend(change.jobs);
        }
    }
    all
}

/// Commits what changed many requests at once. Those without a card of their own have none to be drawn: work for each of
/// ten thousand would only find that out.
pub(super) async fn commit_many(app: &App, job: &LeasedJob, mut change: Change) -> Result<(), JobError> {
    let changed: Vec<_> = change.requests.iter().map(|request| request.key.clone()).collect();
    let shown = app.store.with_cards_among(&changed).await?;
    change.jobs.retain(|job| job.kind != Kind::Card.name() || shown.contains(&job.subject));
    app.commit_for(job, change).await?;
    // Shown on its own since, by whoever had read it as it was before.
    let shown_since = app.store.with_cards_among(&changed).await?;
    let is_late = |key: &&Key| shown_since.contains(key.as_str()) && !shown.contains(key.as_str());
    let card = |key: &Key| Kind::Card.on(key, String::new(), app.clock.now());
    let jobs: Vec<_> = changed.iter().filter(is_late).map(card).collect();
    if jobs.is_empty() { Ok(()) } else { app.commit_for(job, Change { jobs, ..Change::default() }).await }
}

fn name(organization: OrganizationId) -> String {
    format!("refusing {organization}")
}
