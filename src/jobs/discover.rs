//! Finds out where our App is installed, and has every organization compared with what is kept. This job is the timer
//! of reconciliation: it asks for itself again, so that there is one of it however many replicas run.

use std::collections::BTreeMap;

use super::place::{self, Unfit};
use super::{Done, JobError, Kind, Notice, card};
use crate::app::App;
use crate::github::Trouble;
use crate::ids::ChannelId;
use crate::request::Key;
use crate::store::{Change, Installation, InstallationState, LeasedJob, NewJob};

/// The one subject.
pub(crate) const ALL: &str = "all";

/// Reads the list of installations once.
pub(super) async fn run(app: &App, _: &LeasedJob) -> Done {
    let now = app.clock.now();
    let found = match app.github.installations().await {
        Ok(found) => found,
        Err(trouble) if trouble.needs_people() => return Ok(refused(app, &trouble)),
        Err(trouble) => return Err(trouble.into()),
    };
    let known = app.store.installations().await?;
    let mut jobs = vec![Kind::Deliveries.on(ALL, String::new(), now)];
    let works = Notice::AppWorks;
    jobs.extend(app.store.lasting(&works.subject()).await?.map(|_| works.job(now)));
    for told in found.iter().map(|found| Installation::told(found, now)) {
        let is_news =
            known.iter().find(|known| known.id == told.id).is_none_or(|known| differs(known, &told));
        if is_news {
            // Read again, put on record, and then compared.
            jobs.push(Kind::Installation.on(told.id, String::new(), now));
        } else if told.state == InstallationState::Active && app.config.github.serves(&told.login) {
            jobs.push(Kind::Reconcile.on(told.id, String::new(), now));
        }
    }
    // A list that shifts may miss one, so each is asked for by its number.
    let missing = known.iter().filter(|known| known.state != InstallationState::Removed);
    let missing = missing.filter(|known| found.iter().all(|found| found.id != known.id));
    jobs.extend(missing.map(|known| Kind::Installation.on(known.id, String::new(), now)));
    jobs.extend(cards_out_of_place(app).await?);
    let again = Kind::Discover.on(ALL, String::new(), now);
    jobs.push(NewJob { run_at: now + app.config.reconcile_every, ..again });
    Ok(Change { jobs, ..Change::default() })
}

/// The operators are told, and GitHub is asked again.
fn refused(app: &App, trouble: &Trouble) -> Change {
    tracing::warn!(%trouble, "GitHub does not say where the App is installed");
    let now = app.clock.now();
    let again = Kind::Discover.on(ALL, String::new(), now);
    let again = NewJob { run_at: now + app.config.reconcile_every.min(app.config.timing.retry_max), ..again };
    Change {
        jobs: vec![Notice::AppRefused { cause: trouble.to_string() }.job(now), again],
        ..Change::default()
    }
}

/// The work that moves cards out of channels in which nothing may be posted any more: nobody sees them there, or strangers
/// do, and nothing else touches them as long as their requests only wait. Slack tells of none of this by itself.
async fn cards_out_of_place(app: &App) -> Result<Vec<NewJob>, JobError> {
    let now = app.clock.now();
    let mut places: BTreeMap<ChannelId, Vec<Key>> = BTreeMap::new();
    for (key, channel) in app.store.open_places().await? {
        places.entry(channel).or_default().push(key);
    }
    let mut jobs = Vec::new();
    for (channel, keys) in places {
        match place::unfit(app, &channel).await {
            Ok(Some(Unfit::For(_))) => {
                jobs.extend(keys.iter().map(|key| Kind::Card.on(key, card::OUT_OF_PLACE.to_owned(), now)));
            }
            Ok(Some(Unfit::Unseen(_)) | None) => {}
            // While Slack does not say, cards stay; the next look comes by itself, and GitHub waits for none of it.
            Err(_) => break,
        }
    }
    Ok(jobs)
}

fn differs(known: &Installation, told: &Installation) -> bool {
    (known.organization, &known.login, known.state) != (told.organization, &told.login, told.state)
}
