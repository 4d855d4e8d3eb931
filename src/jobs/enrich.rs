//! Completes a request from GitHub's list: the justification, all repositories, the content as it stands now.

use chrono::TimeDelta;

use super::{Done, JobError, key_of, refusing};
use crate::app::App;
use crate::github::Listed;
use crate::ids::InstallationId;
use crate::request::{Enrichment, Facts, State, Step, TokenRequest};
use crate::store::{Change, LeasedJob};

/// After this long without the list's word the card says so; asking goes on.
const EXPECTED_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// After this long it is no longer asked for.
const ASKED_FOR: TimeDelta = TimeDelta::hours(1);

/// Asks the list once.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let Some(request) = app.store.request_by_key(&key_of(job)?).await? else { return Ok(Change::default()) };
    if matches!(request.state, State::Settled(_)) {
        return Ok(Change::default());
    }
    match look_up(app, job, &request).await {
        Ok((installation, Listed::Found(facts))) => Ok(complete(app, request, installation, *facts)),
        Ok((_, Listed::Absent)) => {
            not_yet(app, job, request, JobError::retry("GitHub's list does not show the request yet")).await
        }
        Err(error) => not_yet(app, job, request, error).await,
    }
}

async fn look_up(
    app: &App,
    job: &LeasedJob,
    request: &TokenRequest,
) -> Result<(InstallationId, Listed), JobError> {
    if let Some(cause) = app.refusal_of(request.organization).await? {
        return Err(JobError::retry(cause));
    }
    let place = app.place_of(request).await?;
    match app.listed(&place, request).await {
        Ok(listed) => Ok((place.installation, listed)),
        Err(trouble) => {
            if trouble.needs_people() {
                let (cause, now) = (trouble.to_string(), app.clock.now());
                let met = refusing::met(request.organization, place.installation, &cause, now);
                app.commit_for(job, met).await?;
            }
            Err(trouble.into())
        }
    }
}

fn complete(app: &App, request: TokenRequest, installation: InstallationId, facts: Facts) -> Change {
    let before = request.clone();
    let step = Step::quiet(request)
        .then(|request| request.installed_as(installation))
        .then(|request| request.completed(facts, app.clock.now()));
    if step.request == before {
        return Change::default();
    }
    let entries = vec![app.record().enriched(&before, &step.request)];
    Change { entries, ..app.change_for(step) }
}

/// The list may lag behind the webhook or be out of reach.
async fn not_yet(app: &App, job: &LeasedJob, request: TokenRequest, error: JobError) -> Done {
    let waited = app.clock.now() - job.created_at;
    if waited >= EXPECTED_WITHIN
        && request.enrichment == Enrichment::Waiting
        && let Some(step) = request.enriched(Enrichment::Missing)
    {
        app.commit_for(job, app.change_for(step)).await?;
    }
    if waited >= ASKED_FOR { Ok(Change::default()) } else { Err(error) }
}
