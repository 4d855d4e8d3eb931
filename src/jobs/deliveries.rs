//! Takes in the webhooks that did not reach us, as GitHub keeps them: they tell how requests ended and by whom.

use chrono::TimeDelta;

use super::{Done, JobError};
use crate::app::App;
use crate::github::{FailedDelivery, Trouble};
use crate::store::{Change, LeasedJob, Progress};

/// GitHub keeps deliveries for three days, an Enterprise Server for seven (docs.github.com, redelivering webhooks).
const KEPT: TimeDelta = TimeDelta::days(7);

/// The name under which it is kept how far the list was read.
const READ: &str = "deliveries";

/// Reads the failed deliveries that came since the last time, oldest first. The first time nothing is taken in: what
/// was sent before we looked is history, and the list of pending requests tells what still matters.
pub(super) async fn run(app: &App, _: &LeasedJob) -> Done {
    let newest = match app.store.progress(READ).await? {
        Some(before) => take_in_since(app, before).await,
        None => Ok(app.github.newest_failed_delivery().await.map(Option::unwrap_or_default)),
    };
    match newest? {
        Ok(value) => Ok(Change { progress: Some(Progress { name: READ, value }), ..Change::default() }),
        // An App without a webhook has no deliveries.
        Err(Trouble::NotFound { .. }) => Ok(Change::default()),
        Err(trouble) => Err(trouble.into()),
    }
}

/// Gives the number of the newest one, once all are taken in.
async fn take_in_since(app: &App, before: u64) -> Result<Result<u64, Trouble>, JobError> {
    let failed = match app.github.failed_deliveries(before, app.clock.now() - KEPT).await {
        Ok(failed) => failed,
        Err(trouble) => return Ok(Err(trouble)),
    };
    for one in failed.iter().rev() {
        take_in(app, one).await?;
    }
    Ok(Ok(failed.iter().map(|one| one.number).max().unwrap_or(before)))
}

/// Whatever was stored stays so when a later one fails: each is known by its GUID then.
async fn take_in(app: &App, failed: &FailedDelivery) -> Result<(), JobError> {
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
