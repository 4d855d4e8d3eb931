//! Reads an installation again after an event about it; the event itself is only a hint.

use chrono::{DateTime, Utc};

use super::{Done, JobError, Kind};
use crate::app::App;
use crate::ids::InstallationId;
use crate::request::Key;
use crate::store::{Change, Installation, InstallationState, LeasedJob, NewJob};

/// Asks GitHub about one installation and has everything looked at that waits in its organization: reviews go on,
/// and the cards of waiting requests say whether anything can be decided. The removal of an installation that another
/// has replaced moves nothing.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let id = job.subject.parse().map(InstallationId).map_err(JobError::give_up)?;
    let now = app.clock.now();
    let told = app.github.installation(id).await?;
    let mut successor = None;
    let installation = match told {
        Some(found) => Installation::told(&found, now),
        None => match app.store.installation(id).await? {
            Some(known) => {
                successor = successor_of(app, &known).await?;
                Installation { state: InstallationState::Removed, updated_at: now, ..known }
            }
            None => return Ok(Change::default()),
        },
    };
    let entries = vec![app.record().installation_is(&installation)];
    let jobs = match successor {
        // What is true of the organization is told by reading that one.
        Some(other) => vec![Kind::Installation.on(other, String::new(), now)],
        None => waiting(app, &installation, now).await?,
    };
    Ok(Change { entries, jobs, installation: Some(installation), ..Change::default() })
}

/// The installation that took a removed one's place, if GitHub knows of any.
async fn successor_of(app: &App, removed: &Installation) -> Result<Option<InstallationId>, JobError> {
    let found = app.github.installation_of(&removed.login).await?;
    Ok(found
        .filter(|found| found.organization == removed.organization && found.id != removed.id)
        .map(|found| found.id))
}

/// A look at everything that waits in an organization.
async fn waiting(
    app: &App,
    installation: &Installation,
    now: DateTime<Utc>,
) -> Result<Vec<NewJob>, JobError> {
    let open = app.store.open_keys(installation.organization).await?;
    let look = |(key, state): (Key, String)| {
        let kind = if state == "deciding" { Kind::Review } else { Kind::Check };
        kind.on(&key, String::new(), now)
    };
    let is_served =
        installation.state == InstallationState::Active && app.config.github.serves(&installation.login);
    let in_reach = [
        Kind::Reconcile.on(installation.id, String::new(), now),
        // Its teams and owners are within reach, too.
        Kind::Groups.on(super::groups::ALL, String::new(), now),
    ];
    Ok(open.into_iter().map(look).chain(in_reach.into_iter().filter(|_| is_served)).collect())
}
