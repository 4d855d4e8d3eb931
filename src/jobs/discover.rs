//! Finds out where our App is installed, and has every organization compared with what is kept. This job is the timer
//! of reconciliation: it asks for itself again, so that there is one of it however many replicas run.

use super::{Done, Kind};
use crate::app::App;
use crate::store::{Change, Installation, InstallationState, LeasedJob, NewJob};

/// The one subject.
pub(crate) const ALL: &str = "all";

/// Reads the list of installations once.
pub(super) async fn run(app: &App, _: &LeasedJob) -> Done {
    let found = app.github.installations().await?;
    let known = app.store.installations().await?;
    let now = app.clock.now();
    let mut jobs = vec![Kind::Deliveries.on(ALL, String::new(), now)];
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
    let again = Kind::Discover.on(ALL, String::new(), now);
    jobs.push(NewJob { run_at: now + app.config.reconcile_every, ..again });
    Ok(Change { jobs, ..Change::default() })
}

fn differs(known: &Installation, told: &Installation) -> bool {
    (known.organization, &known.login, known.state) != (told.organization, &told.login, told.state)
}
