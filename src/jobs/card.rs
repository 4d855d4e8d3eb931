//! Makes the card in Slack equal to the request's state: posts it, updates it, or leaves it alone.

use super::post::post;
use super::{Done, JobError, Notice, key_of};
use crate::app::App;
use crate::ids::{ChannelId, MessageTs};
use crate::request::{Key, TokenRequest};
use crate::slack::{self, Message, Shown, Trouble};
use crate::store::{Card, Change, LeasedJob};

/// Many changes of one request are one update: the card is made from the newest state.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let key = key_of(job)?;
    let Some(request) = app.store.request_by_key(&key).await? else { return Ok(Change::default()) };
    let message = render(app, &request).await;
    let rendering = slack::rendering(&message);
    match app.store.card(&key).await? {
        Some(card) if card.rendering == rendering => Ok(Change::default()),
        Some(card) => match app.slack.update_message(&card.channel, &card.ts, &message).await {
            Ok(()) => Ok(placed(key, card.channel, card.ts, rendering)),
            // Deleted, or no longer ours to edit: a new one takes its place.
            Err(Trouble::MessageGone | Trouble::NotEditable { .. }) => {
                place(app, job, &request, &message, rendering).await
            }
            Err(trouble) => Err(trouble.into()),
        },
        None => place(app, job, &request, &message, rendering).await,
    }
}

async fn render(app: &App, request: &TokenRequest) -> Message {
    let route = app.routing.route_for(&request.facts);
    // The card must not wait for GitHub: while it can't be asked who the requester is, their message waits as well,
    // and nothing is said about it.
    let is_requester_linked = app.requester_on_slack(request).await.map_or(true, |linked| linked.is_some());
    slack::card(Shown {
        request,
        approvers: route.map(|route| route.approvers.as_slice()),
        needed: app.routing.approvals_for(&request.facts),
        is_requester_linked,
    })
}

/// Posts the card where its route says, or in the fallback channel if that is no place for it.
async fn place(
    app: &App,
    job: &LeasedJob,
    request: &TokenRequest,
    message: &Message,
    rendering: String,
) -> Done {
    let now = app.clock.now();
    let key = request.key.clone();
    let mut notices = Vec::new();
    let route = app.routing.route_for(&request.facts);
    if route.is_none() {
        notices.push(Notice::NoRoute { key: key.clone() });
    }
    let mut candidates = route.map(|route| route.channel.clone()).into_iter().chain(app.fallback_channel());
    let channel = loop {
        let Some(channel) = candidates.next() else {
            return Err(JobError::give_up("there is no channel that the card may be posted in"));
        };
        match refused(app, &channel).await? {
            None => break channel,
            Some(cause) => notices.push(Notice::ChannelRefused { key: key.clone(), cause }),
        }
    };
    let ts = post(app, job, &channel, message).await??;
    let jobs = notices.iter().map(|notice| notice.job(now)).collect();
    Ok(Change { jobs, ..placed(key, channel, ts, rendering) })
}

/// Why a channel is no place for a card: people from outside would see it, or it can't be posted in.
async fn refused(app: &App, channel: &ChannelId) -> Result<Option<String>, JobError> {
    let cause = match app.slack.channel(channel).await {
        Ok(channel) if channel.ext_shared || channel.pending_ext_shared => {
            "it is shared with another organization"
        }
        Ok(channel) if channel.archived => "it is archived",
        Ok(channel) if !channel.is_member => "the app is not in it; invite it",
        Ok(_) => return Ok(None),
        Err(Trouble::BadTarget { error }) => return Ok(Some(format!("{channel}: Slack says {error}"))),
        Err(trouble) => return Err(trouble.into()),
    };
    Ok(Some(format!("{channel}: {cause}")))
}

fn placed(key: Key, channel: ChannelId, ts: MessageTs, rendering: String) -> Change {
    Change { card: Some(Card { key, channel, ts, rendering }), ..Change::default() }
}
