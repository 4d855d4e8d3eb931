//! Reads an installation again after an event about it; the event itself is only a hint.

use super::{Done, JobError, Kind};
use crate::app::App;
use crate::ids::InstallationId;
use crate::request::Key;
use crate::store::{Change, Installation, InstallationState, LeasedJob};

/// Asks GitHub about one installation and has everything looked at that waits in its organization: reviews go on,
/// and the cards of waiting requests say whether anything can be decided.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let id = job.subject.parse().map(InstallationId).map_err(JobError::give_up)?;
    let now = app.clock.now();
    let installation = match app.github.installation(id).await? {
        Some(found) => Installation::told(&found, now),
        None => match app.store.installation(id).await? {
            Some(known) => Installation { state: InstallationState::Removed, updated_at: now, ..known },
            None => return Ok(Change::default()),
        },
    };
    let waiting = app.store.open_keys(installation.organization).await?;
    let look = |(key, state): (Key, String)| {
        let kind = if state == "deciding" { Kind::Review } else { Kind::Check };
        kind.on(&key, String::new(), now)
    };
    let compare = (installation.state == InstallationState::Active
        && app.config.github.serves(&installation.login))
    .then(|| Kind::Reconcile.on(installation.id, String::new(), now));
    Ok(Change {
        entries: vec![app.record().installation_is(&installation)],
        jobs: waiting.into_iter().map(look).chain(compare).collect(),
        installation: Some(installation),
        ..Change::default()
    })
}
