//! Whether a request gets a card of its own: what comes in masses shares one.

use chrono::{DateTime, TimeDelta, Utc};

use super::{JobError, Kind, place};
use crate::app::App;
use crate::ids::ChannelId;
use crate::request::{
    AT_ONCE, AT_ONCE_WITHIN, Collection, GATHERED_FOR, Gathered, Key, OF_ONE_PERSON, State, TokenRequest,
};
use crate::store::{Change, LeasedJob, NewJob, Showing};

/// How long a collection's card may be behind.
const A_MOMENT: TimeDelta = TimeDelta::seconds(2);

/// The collection that a request without a card stands in; nothing when it gets a card of its own. Decided once.
pub(super) async fn collection_of(
    app: &App,
    job: &LeasedJob,
    request: &TokenRequest,
) -> Result<Option<Key>, JobError> {
    if let Some(showing) = app.store.showing(&request.key).await? {
        return Ok(showing.collection);
    }
    let Some(channel) = place::candidates(app, &app.rules(), request).into_iter().next() else {
        return Ok(None);
    };
    // One after the other, or many would be counted before any of them is written down. Replicas may each let a few
    // more through.
    let _one_at_a_time = app.collecting.lock().await;
    let Some(gathered) = too_many(app, request, &channel).await? else {
        let own = showing(app, request, &channel, None);
        app.commit_for(job, Change { showings: vec![own], ..Change::default() }).await?;
        return Ok(None);
    };
    let now = app.clock.now();
    let known = app.store.collection_since(&channel, &gathered, now - GATHERED_FOR).await?;
    let new = match known {
        Some(_) => None,
        None => {
            let key = Key::of_collection(&app.chance);
            Some(Collection { key, channel: channel.clone(), gathered, made_at: now })
        }
    };
    let key = known.as_ref().or(new.as_ref()).map(|collection| collection.key.clone());
    let showings = vec![showing(app, request, &channel, key.clone())];
    let jobs = key.iter().map(|key| card_of(key, now)).collect();
    app.commit_for(job, Change { showings, jobs, collection: new, ..Change::default() }).await?;
    Ok(key)
}

/// The work that brings a collection's card up to date: once for all that is collected within a moment, because Slack
/// takes no more than about one change a second.
pub(crate) fn card_of(collection: &Key, now: DateTime<Utc>) -> NewJob {
    NewJob { run_at: now + A_MOMENT, ..Kind::Card.on(collection, String::new(), now) }
}

/// Why the request would be one card too many.
async fn too_many(
    app: &App,
    request: &TokenRequest,
    channel: &ChannelId,
) -> Result<Option<Gathered>, JobError> {
    let requester = &request.facts.requester;
    if matches!(request.state, State::Pending { .. })
        && app.store.shown_pending_of(request.organization, requester.id).await? >= OF_ONE_PERSON
    {
        return Ok(Some(Gathered::OnePerson { requester: requester.login.clone() }));
    }
    let since = app.clock.now() - AT_ONCE_WITHIN;
    if app.store.own_cards_since(channel, since).await? < AT_ONCE {
        return Ok(None);
    }
    Ok(Some(if request.is_unasked { Gathered::Unreviewed } else { Gathered::Flood }))
}

fn showing(app: &App, request: &TokenRequest, channel: &ChannelId, collection: Option<Key>) -> Showing {
    Showing { key: request.key.clone(), channel: channel.clone(), collection, since: app.clock.now() }
}
