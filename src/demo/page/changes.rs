//! Tells the page that something changed; what it is the page then asks for.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures::stream::{Stream, unfold};

use crate::demo::Stage;

/// `GET /changes`: one event after every change of either world; changes in quick succession are one event.
pub(super) async fn changes(
    State(stage): State<Stage>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let watched = (stage.github.changes(), stage.slack.changes());
    let events = unfold(watched, async |(mut github, mut slack)| {
        let outcome = tokio::select! {
            outcome = github.changed() => outcome,
            outcome = slack.changed() => outcome,
        };
        outcome.ok().map(|()| (Ok(Event::default().data("changed")), (github, slack)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
