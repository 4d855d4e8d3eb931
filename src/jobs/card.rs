//! Makes the card in Slack equal to the state of a request or a collection: posts it, updates it, or leaves it alone.

use super::drawn::Drawn;
use super::posting::{self, Old};
use super::{Done, JobError, collecting, key_of, place};
use crate::app::{App, Rules};
use crate::config::Automatic;
use crate::policy::Unreviewed;
use crate::request::{Collection, Decider, Frozen, KNOWN_WITHIN, State, TokenRequest};
use crate::slack::{self, Approvals, Listing, Message, Retired, Shown, Trouble, notes};
use crate::store::{Card, Change, LeasedJob};

/// As many of a collection's requests are named on its card.
pub(super) const NAMED: u32 = 10;

/// With the job: the card may stand where nothing may, although it shows what is so.
pub(super) const OUT_OF_PLACE: &str = "out_of_place";

/// Many changes of one request are one update: the card is made from the newest state.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let key = key_of(job)?;
    if key.is_of_collection() {
        let Some(collection) = app.store.collection(&key).await? else { return Ok(Change::default()) };
        let card = app.store.card(&key).await?;
        let (message, left) = list(app, &collection).await?;
        if card.is_none() && left == 0 {
            // What was collected has a card of its own by now, or is over, and nobody saw this one.
            return Ok(Change::default());
        }
        return show(app, job, &Drawn::of_collection(app, &collection, message), card).await;
    }
    let Some(request) = app.store.request_by_key(&key).await? else { return Ok(Change::default()) };
    let card = app.store.card(&key).await?;
    let rules = app.rules();
    if card.is_none() && is_kept_from_the_channel(app, &rules, &request).await? {
        return Ok(Change::default());
    }
    if card.is_none()
        && let Some(waits) = waits_for_rules(app, &request)
    {
        return waits;
    }
    if card.is_none()
        && let Some(collection) = collecting::collection_of(app, job, &request).await?
    {
        let jobs = vec![collecting::card_of(&collection, app.clock.now())];
        return Ok(Change { jobs, ..Change::default() });
    }
    let brake = app.store.brake().await?;
    let message = render(app, &rules, &request, brake.frozen.as_ref()).await;
    show(app, job, &Drawn::of_request(app, &rules, &request, message), card).await
}

/// A token that was granted without review, in a channel that wants to see nothing of these. One that people can find
/// already, or asked to see, stays.
async fn is_kept_from_the_channel(
    app: &App,
    rules: &Rules,
    request: &TokenRequest,
) -> Result<bool, JobError> {
    Ok(unreviewed(rules, request) == Some(Unreviewed::Off)
        && app.store.showing(&request.key).await?.is_none())
}

/// What the channel is to see of a token that was granted without review; nothing for any other request.
fn unreviewed(rules: &Rules, request: &TokenRequest) -> Option<Unreviewed> {
    // Without a route it goes where somebody looks after what nobody foresaw.
    let route = rules.book.routing.route_for(&request.facts);
    request.is_unreviewed_grant().then(|| route.map_or(Unreviewed::Card, |route| route.unreviewed))
}

/// Nobody should be called for what a rule is about to decide: the first card waits for that, for a minute at most, and
/// then for GitHub's word. Where anything is in the way it comes at once.
fn waits_for_rules(app: &App, request: &TokenRequest) -> Option<Done> {
    match &request.state {
        State::Pending { .. }
            if app.rules().book.policy.automatic == Automatic::On && request.ruling.is_open() =>
        {
            let until = request.received_at + KNOWN_WITHIN;
            let cause = "rules are asked first".to_owned();
            (app.clock.now() < until).then_some(Err(JobError::Later { cause, until }))
        }
        State::Deciding(deciding) => {
            let is_ruled = matches!(deciding.by, Decider::Rule(_));
            let goes_through = deciding.blocked.is_none() && deciding.slow.is_none();
            (is_ruled && goes_through).then(|| Ok(Change::default()))
        }
        State::Pending { .. } | State::Settled(_) => None,
    }
}

async fn show(app: &App, job: &LeasedJob, drawn: &Drawn, card: Option<Card>) -> Done {
    let Some(card) = card else { return posting::post(app, job, drawn, None).await };
    // Whatever the card shows, and whether or not there is another place for it: strangers must not see it.
    if place::became_shared(app, &card.channel).await {
        let why = hide(app, &card).await?;
        return posting::post(app, job, drawn, Some(Old { card, why })).await;
    }
    if card.rendering == drawn.rendering && job.payload != OUT_OF_PLACE {
        return Ok(Change::default());
    }
    update(app, job, drawn, card).await
}

/// Changes the card that stands. One that can't be changed gets a successor.
async fn update(app: &App, job: &LeasedJob, drawn: &Drawn, card: Card) -> Done {
    // Counted from before the lease is renewed: a replica that stalls must not draw over what its successor drew.
    let deadline = app.clock.deadline(app.config.timing.lease * 4 / 5);
    doubt(app, job, &card).await?;
    let updated = tokio::select! {
        biased;
        () = deadline.over() => return Err(JobError::retry("Slack took too long to change the card")),
        updated = drawn.update(app, &card) => updated,
    };
    let why = match updated {
        Ok(notice) => {
            let jobs = notice.iter().map(|notice| notice.job(app.clock.now())).collect();
            return Ok(Change { jobs, ..drawn.at(card.channel, card.ts) });
        }
        Err(Trouble::MessageGone) => None,
        Err(Trouble::NotEditable { .. }) => Some(Retired::Replaced),
        // Not even in plain words: elsewhere, rather than show what is no longer so.
        Err(Trouble::BadTarget { .. } | Trouble::Refused { .. }) => Some(Retired::Moved),
        Err(trouble) => return Err(trouble.into()),
    };
    posting::post(app, job, drawn, Some(Old { card, why })).await
}

/// From here on the card may show the new state or the old one, until Slack has answered. A request that returns to
/// what is on record as drawn must not be taken for drawn meanwhile.
async fn doubt(app: &App, job: &LeasedJob, card: &Card) -> Result<(), JobError> {
    let doubtful = Card { rendering: String::new(), ..card.clone() };
    let renews = Some(app.config.timing.lease);
    app.commit_for(job, Change { card: Some(doubtful), renews, ..Change::default() }).await
}

/// Takes everything of the request off a card at once; gives what is left to say about it.
async fn hide(app: &App, card: &Card) -> Result<Option<Retired>, JobError> {
    match app.slack.update_message(&card.channel, &card.ts, &notes::retired(Retired::Shared)).await {
        Ok(()) | Err(Trouble::MessageGone | Trouble::BadTarget { .. }) => Ok(None),
        Err(Trouble::NotEditable { .. }) => Ok(Some(Retired::Shared)),
        Err(trouble) => Err(trouble.into()),
    }
}

/// A collection's card, and how many requests are left on it.
async fn list(app: &App, collection: &Collection) -> Result<(Message, u64), JobError> {
    let waits = collection.gathered.waits();
    let (named, _) = app.store.collected(&collection.key, waits, None, NAMED).await?;
    let (all, open) = app.store.count_collected(&collection.key).await?;
    let left = if waits { open } else { all };
    let ended = if waits { all - open } else { 0 };
    Ok((slack::collecting_card(Listing { collection, named: &named, left, ended }), left))
}

async fn render(app: &App, rules: &Rules, request: &TokenRequest, frozen: Option<&Frozen>) -> Message {
    match unreviewed(rules, request) {
        Some(Unreviewed::Quiet | Unreviewed::Off) => return slack::unreviewed_line(request),
        Some(Unreviewed::Card) | None => {}
    }
    let route = rules.book.routing.route_for(&request.facts);
    // The card must not wait for GitHub: while it can't be asked who the requester is, their message waits as well,
    // and nothing is said about it.
    let is_requester_linked =
        app.requester_on_slack(rules, request).await.map_or(true, |linked| linked.is_some());
    // By what is on record: whoever is told by direct message is found out by then.
    let owner = app.owner_on_record(rules, &request.facts.requester).await.unwrap_or_default();
    let past = app.past_of(request).await;
    let progress = rules.progress(request);
    slack::card(Shown {
        request,
        past: &past,
        approvals: route.map(|route| Approvals { progress: &progress, approvers: &route.approvers }),
        answers_for_it: owner.as_ref(),
        is_requester_linked,
        frozen,
    })
}
