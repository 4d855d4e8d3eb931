//! Makes the card in Slack equal to the request's state: posts it, updates it, or leaves it alone.

use super::drawn::Drawn;
use super::posting::{self, Old};
use super::{Done, key_of, place};
use crate::app::App;
use crate::request::TokenRequest;
use crate::slack::{self, Message, Retired, Shown, Trouble};
use crate::store::{Card, Change, LeasedJob};

/// Many changes of one request are one update: the card is made from the newest state.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let key = key_of(job)?;
    let Some(request) = app.store.request_by_key(&key).await? else { return Ok(Change::default()) };
    let message = render(app, &request).await;
    let drawn = Drawn { rendering: slack::rendering(&message), request, message };
    match app.store.card(&key).await? {
        Some(card) if card.rendering == drawn.rendering => Ok(Change::default()),
        Some(card) => update(app, job, &drawn, card).await,
        None => posting::post(app, job, &drawn, None).await,
    }
}

/// Changes the card that stands. One that can't be changed, or may not be seen where it is, gets a successor.
async fn update(app: &App, job: &LeasedJob, drawn: &Drawn, card: Card) -> Done {
    let why = if place::became_shared(app, &card.channel).await {
        Some(Retired::Shared)
    } else {
        match drawn.update(app, &card).await {
            Ok(notice) => {
                let jobs = notice.iter().map(|notice| notice.job(app.clock.now())).collect();
                return Ok(Change { jobs, ..drawn.at(card.channel, card.ts) });
            }
            Err(Trouble::MessageGone) => None,
            Err(Trouble::NotEditable { .. }) => Some(Retired::Replaced),
            Err(Trouble::BadTarget { .. }) => Some(Retired::Moved),
            Err(trouble) => return Err(trouble.into()),
        }
    };
    posting::post(app, job, drawn, Some(Old { card, why })).await
}

async fn render(app: &App, request: &TokenRequest) -> Message {
    let route = app.routing.route_for(&request.facts);
    // The card must not wait for GitHub: while it can't be asked who the requester is, their message waits as well,
    // and nothing is said about it.
    let is_requester_linked = app.requester_on_slack(request).await.map_or(true, |linked| linked.is_some());
    let past = app.past_of(request).await;
    slack::card(Shown {
        request,
        past: &past,
        approvers: route.map(|route| route.approvers.as_slice()),
        needed: app.routing.approvals_for(&request.facts),
        is_requester_linked,
    })
}
