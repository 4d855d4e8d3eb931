//! Reads an installation again after an event about it; the event itself is only a hint.

use super::{Done, JobError, Kind};
use crate::app::App;
use crate::ids::InstallationId;
use crate::request::State;
use crate::store::{Change, Installation, InstallationState, LeasedJob};

/// As many waiting reviews are woken at once.
const WOKEN: u32 = 1_000;

/// Asks GitHub about one installation and wakes the reviews that waited for it.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let id = job.subject.parse().map(InstallationId).map_err(JobError::give_up)?;
    let now = app.clock.now();
    let Some(found) = app.github.installation(id).await? else {
        let Some(known) = app.store.installation(id).await? else { return Ok(Change::default()) };
        let removed = Installation { state: InstallationState::Removed, updated_at: now, ..known };
        return Ok(Change {
            entries: vec![app.record().installation_is(&removed)],
            installation: Some(removed),
            ..Change::default()
        });
    };
    let installation = Installation::told(&found, now);
    let mut change = Change {
        entries: vec![app.record().installation_is(&installation)],
        installation: Some(installation),
        ..Change::default()
    };
    if !found.suspended {
        for request in app.store.open_requests(WOKEN).await? {
            let waits = matches!(&request.state, State::Deciding(deciding) if deciding.blocked.is_some());
            if waits && request.organization == found.organization {
                change.jobs.push(Kind::Review.on(&request.key, String::new(), now));
            }
        }
    }
    Ok(change)
}
