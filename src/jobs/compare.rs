//! Compares a decision that was made on GitHub's page with our policies, and says so where they would not have allowed it.

use chrono::TimeDelta;

use super::{Done, JobError, Notice, key_of};
use crate::app::App;
use crate::request::{Compared, Verdict};
use crate::store::{Change, Counted, LeasedJob};

/// How long it is tried to find out about somebody before it is said that it could not be.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let Some(request) = app.store.request_by_key(&key_of(job)?).await? else { return Ok(Change::default()) };
    let Some(elsewhere) = request.to_compare() else { return Ok(Change::default()) };
    let rules = app.rules();
    let found = app.compare(&rules, &request, elsewhere).await;
    if let Compared::Unknown { cause } = &found.compared
        && !found.is_final
        && app.clock.now() - job.created_at < PATIENCE
    {
        return Err(JobError::retry(cause));
    }
    let result = match &found.compared {
        Compared::Within => None,
        Compared::Outside { .. } => Some("outside"),
        Compared::Unknown { .. } => Some("unknown"),
    };
    let (mut jobs, mut counts) = (Vec::new(), Vec::new());
    if let Some(result) = result {
        let outcome = match elsewhere.verdict {
            Verdict::Approve => "approved",
            Verdict::Deny => "denied",
        };
        counts.push(Counted::OutsidePolicy { outcome, result });
        // A denial gives nobody anything: the card alone says it.
        if elsewhere.verdict == Verdict::Approve {
            let by = elsewhere.by.map(|(_, login)| login.clone());
            let notice =
                Notice::OutsidePolicy { key: request.key.clone(), by, compared: found.compared.clone() };
            jobs.push(notice.job(app.clock.now()));
        }
    }
    let entries = vec![app.record().compared(&request, elsewhere, &found)];
    let Some(step) = request.clone().compared(found.compared) else { return Ok(Change::default()) };
    let change = app.change_for(step);
    Ok(Change { entries, counts, jobs: [change.jobs, jobs].concat(), ..change })
}
