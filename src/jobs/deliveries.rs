//! Takes in the webhooks that did not reach us, as GitHub keeps them: they tell how requests ended and by whom.
//!
//! How far the list was read is kept in GitHub's own time. Everything is read again that was made within [`OVERLAP`]
//! before it; what was taken in is known by its GUID.

use chrono::{DateTime, TimeDelta, Utc};

use super::Done;
use super::stop::Stop;
use crate::app::App;
use crate::github::{FailedDelivery, Trouble};
use crate::store::{Change, LeasedJob, Progress};

/// A delivery is listed once it has failed, which takes it some time, and perhaps longer than another one after it.
const OVERLAP: TimeDelta = TimeDelta::hours(1);

/// The name under which it is kept how far the list was read, in milliseconds since 1970.
const READ: &str = "deliveries at";

/// The name under which the number of the newest one is kept that was history when we looked first.
const HISTORY: &str = "deliveries";

/// Reads the failed deliveries that came since the last time, oldest first. The first time nothing is taken in: what
/// was sent before we looked is history, and the list of pending requests tells what still matters.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let taken = match app.store.progress(HISTORY).await? {
        Some(history) => {
            let read = app.store.progress(READ).await?.unwrap_or_default();
            take_in_since(app, job, read, history).await
        }
        None => first(app).await,
    };
    match taken {
        // An App without a webhook has no deliveries.
        Err(Stop::GitHub(Trouble::NotFound { .. })) => Ok(Change::default()),
        other => Ok(other?),
    }
}

/// Everything after what is newest now will be taken in.
async fn first(app: &App) -> Result<Change, Stop> {
    let newest = app.github.newest_failed_delivery().await?;
    let history = Progress { name: HISTORY.into(), value: newest.as_ref().map_or(0, |newest| newest.number) };
    // So that the next look begins where this one ended.
    let read = Progress { name: READ.into(), value: newest.map_or(0, |newest| millis(newest.at + OVERLAP)) };
    Ok(Change { progress: vec![history, read], ..Change::default() })
}

/// Whatever was stored stays so when a later one fails: each is known by its GUID then. One that GitHub can't give does
/// not keep the others away, and is asked for again.
async fn take_in_since(app: &App, job: &LeasedJob, before: u64, history: u64) -> Result<Change, Stop> {
    let since = i64::try_from(before).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default();
    let failed = app.github.failed_deliveries(since - OVERLAP).await?;
    let (mut read, mut missed) = (before, None);
    for one in failed.iter().rev().filter(|one| one.number > history) {
        match (take_in(app, one).await, &missed) {
            (Ok(()), None) => read = read.max(millis(one.at)),
            (Ok(()), Some(_)) => {}
            (Err(Stop::GitHub(trouble)), _) => {
                let is_its_own = matches!(trouble, Trouble::Unavailable { .. } | Trouble::Unexpected { .. });
                missed.get_or_insert(trouble);
                if !is_its_own {
                    break;
                }
            }
            (Err(error @ Stop::Job(_)), _) => return Err(error),
        }
    }
    let Some(trouble) = missed else { return Ok(read_to(read)) };
    app.commit_for(job, read_to(read)).await?;
    Err(trouble.into())
}

async fn take_in(app: &App, failed: &FailedDelivery) -> Result<(), Stop> {
    let is_ours = matches!(failed.event.as_str(), "personal_access_token_request" | "installation");
    if !is_ours || app.store.knows_delivery(&failed.guid).await? {
        return Ok(());
    }
    match app.github.delivery(failed).await? {
        Some(Ok(delivery)) => {
            let received = app.receive(delivery).await?;
            tracing::info!(delivery_id = failed.guid, result = received.name(), "a lost webhook was fetched");
            let labels = [("event", "fetched"), ("action", "none"), ("result", received.name())];
            metrics::counter!("countersign_deliveries_total", &labels).increment(1);
        }
        Some(Err(malformed)) => {
            tracing::warn!(delivery_id = failed.guid, %malformed, "a lost webhook makes no sense");
        }
        None => tracing::warn!(delivery_id = failed.guid, "GitHub no longer has a lost webhook"),
    }
    Ok(())
}

fn read_to(value: u64) -> Change {
    Change { progress: vec![Progress { name: READ.into(), value }], ..Change::default() }
}

fn millis(at: DateTime<Utc>) -> u64 {
    at.timestamp_millis().max(0).unsigned_abs()
}
