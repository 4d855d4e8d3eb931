//! The router: what is refused before anything is parsed, and which handler gets the rest.

mod admin;
mod door;
mod github;
mod head;
mod headers;
mod link;
mod reject;
mod reserve;
mod serve;
mod slack;

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;

pub use admin::{Admin, recorder};
use door::Door;
use reject::Rejection;
use reserve::Reserve;
pub use serve::Server;

/// GitHub never sends a larger event (docs.github.com, webhook events and payloads).
const GITHUB_LIMIT: usize = 25 * 1024 * 1024;

/// GitHub gives up on a delivery after 10 s (docs.github.com, best practices for using webhooks).
const GITHUB_PATIENCE: Duration = Duration::from_secs(9);

/// Slack's payloads carry at most a message or a view of 250 kB.
const SLACK_LIMIT: usize = 1024 * 1024;

/// Slack gives up after 3 s (docs.slack.dev, handling-user-interaction), and then tells the person nothing of use.
const SLACK_PATIENCE: Duration = Duration::from_millis(2_500);

/// A form with one short field.
const FORM_LIMIT: usize = 4 * 1024;

/// Whoever sends it sits in front of it.
const FORM_PATIENCE: Duration = Duration::from_secs(10);

/// As many of the largest bodies as one door takes at once.
const LARGEST_AT_ONCE: usize = 4;

/// Half of the 1,024 files that systems commonly allow a program to have open.
const CONNECTIONS: usize = 512;

/// Operators and their tools are few.
const ADMIN_CONNECTIONS: usize = 64;

/// What the handlers at the public address reach.
#[derive(Clone)]
struct Doors {
    app: App,
    github: Door,
    slack: Door,
    link: Door,
}

/// What GitHub and Slack reach.
pub fn public(app: App) -> Server {
    let door = |limit, patience| Door { limit, patience, reserve: Reserve::new(limit * LARGEST_AT_ONCE) };
    let clock = app.clock.clone();
    let router = Router::new()
        .route("/github/webhooks", post(github::webhook).fallback(github::wrong_method))
        .route("/slack/interactions", post(slack::interaction).fallback(slack::wrong_method))
        .route("/slack/commands", post(slack::command).fallback(slack::wrong_method))
        .route("/slack/events", post(slack::event).fallback(slack::wrong_method))
        .route("/link/{ticket}", get(link::open).fallback(link::wrong_method))
        .route("/link/slack", get(link::from_slack).fallback(link::wrong_method))
        .route("/link/github", get(link::from_github).fallback(link::wrong_method))
        .route("/link/confirm", get(link::confirm).post(link::confirmed).fallback(link::wrong_method))
        .layer(CatchPanicLayer::new())
        .with_state(Doors {
            app,
            github: door(GITHUB_LIMIT, GITHUB_PATIENCE),
            slack: door(SLACK_LIMIT, SLACK_PATIENCE),
            link: door(FORM_LIMIT, FORM_PATIENCE),
        });
    Server { router, clock, connections: CONNECTIONS }
}

/// What operators and their tools reach.
pub fn admin(admin: Admin) -> Server {
    let clock = admin.app.clock.clone();
    let router = Router::new()
        .route("/livez", get(admin::livez))
        .route("/readyz", get(admin::readyz))
        .route("/status", get(admin::status))
        .route("/metrics", get(admin::metrics))
        .with_state(admin);
    Server { router, clock, connections: ADMIN_CONNECTIONS }
}
