//! The demo's page: every role played by hand, in a browser, over the same simulators as the script.
//!
//! Nothing is faked here. An act on the page is an act of the simulators, which send the real service what GitHub and
//! Slack would send; what the page shows is what the simulators hold. Whether an act may be done is theirs and the
//! service's to say.

mod acts;
mod changes;
mod files;
mod guard;
mod sides;
mod state;
mod wish;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use super::Stage;

/// Serves the page of a stage until the runtime ends.
pub async fn serve(stage: Stage, listener: TcpListener) -> std::io::Result<()> {
    // Nobody knows whether GitHub announces an edit. Here it does, so that one sees it arrive.
    stage.github.vary(|variants| variants.edits_are_announced = true);
    axum::serve(listener, router(stage)).await
}

fn router(stage: Stage) -> Router {
    files::router()
        .route("/state", get(state::state))
        .route("/changes", get(changes::changes))
        .route("/acts", post(acts::act))
        .layer(from_fn(guard::guard))
        .with_state(stage)
}
