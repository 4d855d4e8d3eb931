//! Tells the requester, and the card's thread.

use chrono::TimeDelta;

use super::post::post;
use super::{Done, JobError, Notice, key_of, place};
use crate::app::App;
use crate::request::{Decider, Settlement, State, TokenRequest};
use crate::slack::messages::Whose;
use crate::slack::{Approvals, Message, Trouble, messages};
use crate::store::{Change, LeasedJob};

/// What a rule decided is looked at again after this time.
const RULED_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// How often a reply is tried again whose card is not there: by then the card has its successor.
const PATIENCE: u32 = 5;

/// To the requester: it arrived, and who decides.
pub(super) async fn arrival(app: &App, job: &LeasedJob) -> Done {
    let Some(request) = app.store.request_by_key(&key_of(job)?).await? else { return Ok(Change::default()) };
    match &request.state {
        // The outcome is what matters now.
        State::Settled(_) => return Ok(Change::default()),
        // As good as over without anybody's doing; but it may yet come back to people.
        State::Deciding(deciding) if matches!(deciding.by, Decider::Rule(_)) => {
            let until = app.clock.now() + RULED_WITHIN;
            return Err(JobError::Later { cause: "a rule has decided".to_owned(), until });
        }
        State::Deciding(_) | State::Pending { .. } => {}
    }
    let rules = app.rules();
    let route = rules.book.routing.route_for(&request.facts);
    let progress = rules.progress(&request);
    let approvals = route.map(|route| Approvals { progress: &progress, approvers: &route.approvers });
    tell(app, job, &request, |whose| messages::arrival(&request, whose, approvals)).await
}

/// To the requester: how it ended. Only GitHub's confirmation gets a request here.
pub(super) async fn outcome(app: &App, job: &LeasedJob) -> Done {
    match settled(app, job).await? {
        Some((request, settlement)) => {
            tell(app, job, &request, |whose| messages::told_outcome(&request, whose, &settlement)).await
        }
        None => Ok(Change::default()),
    }
}

/// Into the card's thread: how it ended. Waits until the card is there.
pub(super) async fn reply(app: &App, job: &LeasedJob) -> Done {
    let Some((request, settlement)) = settled(app, job).await? else { return Ok(Change::default()) };
    if app.store.showing(&request.key).await?.is_some_and(|showing| showing.collection.is_some()) {
        // It has no card of its own, and the list it stands on is not the place.
        return Ok(Change::default());
    }
    let Some(card) = app.store.card(&request.key).await? else {
        // The card's own job says why, and does not give up either.
        return Err(JobError::Blocked { cause: "the card has not been posted yet".to_owned() });
    };
    if place::became_shared(app, &card.channel).await {
        // The card is on its way to another channel; strangers read what stands under this one.
        return match job.attempts < PATIENCE {
            true => Err(JobError::retry("the card's channel is shared with another organization")),
            false => Ok(Change::default()),
        };
    }
    let message = messages::reply(&request, &settlement).in_thread(card.ts);
    match post(app, job, &card.channel, &message).await? {
        Ok(_) => Ok(Change::default()),
        // The card is getting a successor; the reply goes under that.
        Err(trouble @ (Trouble::MessageGone | Trouble::BadTarget { .. })) if job.attempts < PATIENCE => {
            Err(JobError::retry(trouble))
        }
        // The card itself says how it ended.
        Err(trouble @ (Trouble::MessageGone | Trouble::BadTarget { .. })) => {
            tracing::warn!(%trouble, "nobody could be told in the card's thread");
            Ok(Change::default())
        }
        Err(trouble) => Err(trouble.into()),
    }
}

async fn settled(app: &App, job: &LeasedJob) -> Result<Option<(TokenRequest, Settlement)>, JobError> {
    let Some(request) = app.store.request_by_key(&key_of(job)?).await? else { return Ok(None) };
    let State::Settled(settlement) = request.state.clone() else { return Ok(None) };
    Ok(Some((request, settlement)))
}

/// A requester nobody has linked is not told; the card says so. After a lost answer the message is sent again: better
/// told twice than not at all.
async fn tell(
    app: &App,
    job: &LeasedJob,
    request: &TokenRequest,
    message: impl FnOnce(Whose) -> Message,
) -> Done {
    let Some(told) = app.requester_on_slack(&app.rules(), request).await? else {
        return Ok(Change::default());
    };
    let message = message(if told.answers_for_it { Whose::Machine } else { Whose::Yours });
    let told = match app.slack.open_dm(&told.slack).await {
        Ok(dm) => post(app, job, &dm, &message).await?.map(drop),
        Err(trouble) => Err(trouble),
    };
    let login = request.facts.requester.login.clone();
    match told {
        Ok(()) => Ok(Change { is_over: Notice::reached(&login), ..Change::default() }),
        Err(Trouble::BadTarget { error }) => {
            let jobs = vec![Notice::Unreachable { login, cause: error }.job(app.clock.now())];
            Ok(Change { jobs, ..Change::default() })
        }
        Err(trouble) => Err(trouble.into()),
    }
}
