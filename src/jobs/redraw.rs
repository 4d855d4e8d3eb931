//! After everything was frozen, or that was lifted: each card says so, decisions that wait are looked at, and the
//! operators are told.

use super::{Done, Kind, Notice};
use crate::app::App;
use crate::store::{Change, LeasedJob, NewJob};

/// There is one such job; asked for again, it runs once more.
pub(super) const ALL: &str = "all";

/// Asks for everything that a change of the brake makes true or false. What each says is read when it is done.
pub(super) async fn run(app: &App, _job: &LeasedJob) -> Done {
    let now = app.clock.now();
    let brake = app.store.brake().await?;
    let mut jobs = vec![Notice::brake(brake.frozen.as_ref()).job(now)];
    for (key, state) in app.store.open_with_cards().await? {
        jobs.push(Kind::Card.on(&key, String::new(), now));
        if state == "deciding" {
            jobs.push(Kind::Review.on(&key, String::new(), now));
        }
    }
    Ok(Change { jobs, ..Change::default() })
}

impl NewJob {
    /// The work that shows what became of the brake.
    pub fn redraw(now: chrono::DateTime<chrono::Utc>) -> Self {
        Kind::Redraw.on(ALL, String::new(), now)
    }
}
