//! Where a card may stand.

use crate::app::{App, Rules};
use crate::ids::ChannelId;
use crate::jobs::{JobError, Notice};
use crate::request::TokenRequest;
use crate::slack::{Channel, Trouble};

/// The channels a card may go to, the best first: its route's, the fallback, the operators'.
pub(super) fn candidates(app: &App, rules: &Rules, request: &TokenRequest) -> Vec<ChannelId> {
    or_elsewhere(app, rules.book.routing.route_for(&request.facts).map(|route| route.channel.clone()))
}

/// A channel, and where to go when it is no place for a card.
pub(super) fn or_elsewhere(app: &App, channel: Option<ChannelId>) -> Vec<ChannelId> {
    let mut found = Vec::new();
    let operators = app.config.slack.operators_channel.clone();
    for channel in [channel, app.fallback_channel(), operators].into_iter().flatten() {
        if !found.contains(&channel) {
            found.push(channel);
        }
    }
    found
}

/// Why nothing may be posted in a channel.
pub(super) enum Unfit {
    /// People from outside would see it, or it can't be posted in.
    For(String),
    /// Slack does not let the app see whether people from outside read along; the operators hear of the missing scope by
    /// itself.
    Unseen(Trouble),
}

/// Why nothing may be posted in a channel, if so.
pub(super) async fn unfit(app: &App, channel: &ChannelId) -> Result<Option<Unfit>, JobError> {
    let cause = match app.slack.channel(channel).await {
        Ok(told) if is_shared(told) => "it is shared with another organization".to_owned(),
        Ok(told) if told.archived => "it is archived".to_owned(),
        Ok(told) if !told.is_member => "the app is not in it; invite it".to_owned(),
        Ok(_) => return Ok(None),
        Err(Trouble::BadTarget { error }) => format!("Slack says {error}"),
        Err(trouble) if trouble.is_missing_scope() => return Ok(Some(Unfit::Unseen(trouble))),
        Err(trouble) => return Err(trouble.into()),
    };
    Ok(Some(Unfit::For(cause)))
}

/// Whether people of another company read along where a card stands already. While Slack does not say, it stays: it
/// was not shared when the card was posted.
pub(super) async fn became_shared(app: &App, channel: &ChannelId) -> bool {
    app.slack.channel(channel).await.is_ok_and(is_shared)
}

fn is_shared(channel: Channel) -> bool {
    channel.ext_shared || channel.pending_ext_shared
}

/// The news that a channel can be posted in again, if the operators were told that it could not.
pub(super) async fn recovered(app: &App, channel: &ChannelId) -> Result<Option<Notice>, JobError> {
    let works = Notice::ChannelWorks { channel: channel.clone() };
    let known = match works.lasting() {
        Some(name) => app.store.lasting(&name).await?,
        None => None,
    };
    Ok(known.map(|_| works))
}
