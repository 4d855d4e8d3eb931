//! Reads an installation again after an event about it; the event itself is only a hint.

use chrono::{DateTime, Utc};

use super::{Done, JobError, Kind, inventory, of_revocation, refusing};
use crate::app::{App, PlaceError};
use crate::ids::InstallationId;
use crate::store::{Change, Installation, InstallationState, LeasedJob, NewJob};

/// A look that nobody asked for but the one before it.
const AGAIN: &str = "again";

/// Asks GitHub about one installation and has everything looked at that waits in its organization: reviews go on,
/// and the cards of waiting requests say whether anything can be decided. The removal of an installation that another
/// has replaced moves nothing. While something waits for one that is out of reach, it is looked at again and again.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let id = job.subject.parse().map(InstallationId).map_err(JobError::give_up)?;
    let now = app.clock.now();
    let told = app.github.installation(id).await?;
    let known = app.store.installation(id).await?;
    let mut successor = None;
    let installation = match (told, &known) {
        (Some(found), _) => Installation::told(&found, now),
        (None, Some(known)) => {
            successor = successor_of(app, known).await?;
            Installation { state: InstallationState::Removed, updated_at: now, ..known.clone() }
        }
        (None, None) => return Ok(Change::default()),
    };
    let is_as_before = known.is_some_and(|known| Installation { updated_at: now, ..known } == installation);
    let entries = match job.payload == AGAIN && is_as_before {
        true => vec![],
        false => vec![app.record().installation_is(&installation)],
    };
    let jobs = match successor {
        // What is true of the organization is told by reading that one.
        Some(other) => vec![Kind::Installation.on(other, String::new(), now)],
        None => waiting(app, job, &installation, now).await?,
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

/// A look at everything that waits in an organization. The list shows at once what became of all that waits for people;
/// nothing is asked for each.
async fn waiting(
    app: &App,
    job: &LeasedJob,
    installation: &Installation,
    now: DateTime<Utc>,
) -> Result<Vec<NewJob>, JobError> {
    let organization = installation.organization;
    let out_of_reach = match installation.state {
        InstallationState::Active => None,
        InstallationState::Suspended => Some(PlaceError::Suspended),
        InstallationState::Removed => Some(PlaceError::NotInstalled(installation.login.clone())),
    };
    if let Some(cause) = out_of_reach {
        // Told first, so that whoever looks from here on asks nothing.
        app.commit_for(job, Change { installation: Some(installation.clone()), ..Change::default() }).await?;
        refusing::put_on_hold(app, job, organization, &cause.to_string()).await?;
        // Another one may have come meanwhile, and have been looked at before all of this was put down.
        let reached = app.store.installation_of(organization).await?;
        let is_another =
            |known: &Installation| known.id != installation.id && known.state == InstallationState::Active;
        if let Some(other) = reached.filter(is_another) {
            return Ok(vec![Kind::Reconcile.on(other.id, String::new(), now)]);
        }
        let again = Kind::Installation.on(installation.id, AGAIN.to_owned(), now);
        // The event that it is back may get lost.
        let again = NewJob { run_at: now + app.config.timing.retry_max, ..again };
        let is_waited_for = !app.store.open_keys(organization).await?.is_empty();
        return Ok(if is_waited_for { vec![again] } else { vec![] });
    }
    if !app.config.github.serves(&installation.login) {
        return Ok(vec![]);
    }
    let open = app.store.open_keys(organization).await?;
    let deciding = open.into_iter().filter(|(_, state)| state == "deciding");
    let reviews = deciding.map(|(key, _)| Kind::Review.on(&key, String::new(), now));
    let revocations = app.store.revocations_in(organization).await?;
    let revocations = revocations.into_iter().map(|id| of_revocation(&id, organization, now));
    let in_reach = [
        Kind::Reconcile.on(installation.id, String::new(), now),
        inventory::of(installation, now),
        // Its teams and owners are within reach, too.
        Kind::Groups.on(super::groups::ALL, String::new(), now),
    ];
    Ok(reviews.chain(revocations).chain(in_reach).collect())
}
