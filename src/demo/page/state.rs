//! Everything the page shows, as one person sees it.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::sides::{GitHubSide, SlackSide};
use crate::demo::{CAST, Player, Stage};

#[derive(Deserialize)]
pub(super) struct Asked {
    /// A login of the cast.
    person: String,
}

#[derive(Serialize)]
pub(super) struct Seen {
    people: Vec<Person>,
    github: GitHubSide,
    slack: SlackSide,
}

#[derive(Serialize)]
struct Person {
    login: &'static str,
    role: &'static str,
}

/// `GET /state?person=alice`.
pub(super) async fn state(
    State(stage): State<Stage>,
    Query(asked): Query<Asked>,
) -> Result<Json<Seen>, StatusCode> {
    let player = Player::named(&asked.person).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(Seen {
        people: CAST.iter().map(|one| Person { login: one.login, role: one.role }).collect(),
        github: GitHubSide::seen_by(&stage.github, player),
        slack: SlackSide::seen_by(&stage.slack, player),
    }))
}
