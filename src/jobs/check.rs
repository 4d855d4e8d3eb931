//! Looks at GitHub's list for a request that waits: is it still there, and what does it ask for now?

use super::{Done, JobError, Wait, key_of, refusing};
use crate::app::{App, PlaceError};
use crate::github::Listed;
use crate::request::{Facts, Note, State, Step, TokenRequest};
use crate::store::{Change, LeasedJob};

/// Reads the list once. A request that it does not show is looked for again until its absence counts.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let Some(request) = app.store.request_by_key(&key_of(job)?).await? else { return Ok(Change::default()) };
    if !matches!(request.state, State::Pending { .. }) {
        return Ok(Change::default());
    }
    if let Some(cause) = app.refusal_of(request.organization).await? {
        return Ok(on_hold(app, request, &cause));
    }
    let place = match app.place_of(&request).await {
        Ok(place) => place,
        Err(error @ (PlaceError::NotInstalled(_) | PlaceError::Suspended)) => {
            return Ok(on_hold(app, request, &error.to_string()));
        }
        Err(error) if error.needs_people() => return paused(app, job, request, &error.to_string()).await,
        Err(error) => return Err(error.into()),
    };
    match app.listed(&place, &request).await {
        Ok(Listed::Found(facts)) => Ok(found(app, request, *facts)),
        Ok(Listed::Absent) => absent(app, job, request).await,
        Err(trouble) if trouble.needs_people() => {
            let cause = trouble.to_string();
            let met = refusing::met(request.organization, place.installation, &cause, app.clock.now());
            let held = on_hold(app, request, &cause);
            Ok(Change { lasting: met.lasting, jobs: [held.jobs, met.jobs].concat(), ..held })
        }
        Err(trouble) => Err(trouble.into()),
    }
}

fn found(app: &App, request: TokenRequest, facts: Facts) -> Change {
    let before = request.clone();
    let step = Step::quiet(request).then(TokenRequest::seen_on_list).then(|request| request.told(facts));
    if step.request == before {
        return Change::default();
    }
    let mut entries = vec![app.record().seen_on_list(&step.request)];
    if step.request.revision() != before.revision() {
        entries.push(app.record().content_changed(&step.request));
    }
    Change { entries, ..app.change_for(step) }
}

async fn absent(app: &App, job: &LeasedJob, request: TokenRequest) -> Done {
    let (now, gone_after) = (app.clock.now(), app.config.timing.gone_after);
    let since = match &request.state {
        State::Pending { note: Some(Note::NotListed { since }), .. } => *since,
        State::Pending { .. } | State::Deciding(_) | State::Settled(_) => now,
    };
    if let Some(step) = request.missing_from_list(now, gone_after) {
        if matches!(step.request.state, State::Settled(_)) {
            return Ok(app.settled_change(step));
        }
        let entries = vec![app.record().missing_from_list(&step.request)];
        app.commit_for(job, Change { entries, ..app.change_for(step) }).await?;
    }
    let cause = "GitHub's list does not show the request".to_owned();
    Err(JobError::Retry { cause, not_before: Some(Wait::Until(since + gone_after)) })
}

/// The organization is out of reach: the card says so. Whatever finds it back in reach looks at everything that waits
/// there, so nothing is asked for this request alone.
fn on_hold(app: &App, request: TokenRequest, cause: &str) -> Change {
    let Some(step) = request.paused(cause) else { return Change::default() };
    Change { entries: vec![app.record().paused(&step.request, cause)], ..app.change_for(step) }
}

/// Nobody can be asked at all, as when GitHub does not take our key: the card says so, and the looks go on until
/// somebody has mended it.
async fn paused(app: &App, job: &LeasedJob, request: TokenRequest, cause: &str) -> Done {
    let change = on_hold(app, request, cause);
    if !change.requests.is_empty() {
        app.commit_for(job, change).await?;
    }
    Err(JobError::Blocked { cause: cause.to_owned() })
}
