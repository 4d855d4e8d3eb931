//! What people do on the page, passed on to the simulators.

use anyhow::{Context, Result, anyhow, ensure};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::wish::Wish;
use crate::demo::{ORGANIZATION, Player, Stage};
use crate::ids::RequestId;
use crate::simulator::github::{self, Action, NewRequest};
use crate::simulator::slack::{self, Answer};

/// Who does what.
#[derive(Deserialize)]
pub(super) struct Doing {
    /// A login of the cast.
    person: String,
    #[serde(flatten)]
    act: Act,
}

#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
enum Act {
    Request {
        wish: Wish,
    },
    Edit {
        request: u64,
        wish: Wish,
    },
    Cancel {
        request: u64,
    },
    Decide {
        request: u64,
        approve: bool,
        reason: String,
    },
    Click {
        channel: String,
        ts: String,
        action_id: String,
    },
    Press {
        action_id: String,
    },
    Submit {
        inputs: Vec<(String, String)>,
    },
    Close,
    Command {
        channel: String,
        line: String,
    },
    #[serde(rename = "disturb_github")]
    DisturbGitHub {
        on: bool,
    },
    DisturbSlack {
        on: bool,
    },
}

/// `POST /acts`: what came of it, or why nothing did.
pub(super) async fn act(State(stage): State<Stage>, Json(doing): Json<Doing>) -> Response {
    match perform(&stage, doing).await {
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"problem": format!("{problem:#}")})))
            .into_response(),
    }
}

async fn perform(stage: &Stage, Doing { person, act }: Doing) -> Result<Value> {
    let player = Player::named(&person).context("nobody of that name plays here")?;
    match act {
        Act::Request { wish } => request(stage, player, wish).await?,
        Act::Edit { request, wish } => {
            let (id, asked_at) = own(stage, player, request)?;
            let content = wish.into_content(&stage.github, asked_at)?;
            stage.github.edit_request(id, |current| *current = content).await?;
        }
        Act::Cancel { request } => stage.github.cancel_request(own(stage, player, request)?.0).await?,
        Act::Decide { request, approve, reason } => decide(stage, player, request, approve, &reason).await?,
        Act::Click { channel, ts, action_id } => {
            answered(&stage.slack.click(player.slack, &channel, &ts, &action_id).await?)?;
        }
        Act::Press { action_id } => answered(&stage.slack.press(player.slack, &action_id).await?)?,
        Act::Submit { inputs } => return submit(stage, player, &inputs).await,
        Act::Close => {
            if let Some(answer) = stage.slack.close(player.slack).await? {
                answered(&answer)?;
            }
        }
        Act::Command { channel, line } => {
            answered(&stage.slack.command(player.slack, &channel, &line).await?.answer)?;
        }
        Act::DisturbGitHub { on: true } => stage.github.on_call(|_| bad_gateway()),
        Act::DisturbGitHub { on: false } => stage.github.work_normally(),
        Act::DisturbSlack { on: true } => stage.slack.on_call(|_, _| unavailable()),
        Act::DisturbSlack { on: false } => stage.slack.work_normally(),
    }
    Ok(json!({}))
}

async fn request(stage: &Stage, player: &Player, wish: Wish) -> Result<()> {
    let content = wish.into_content(&stage.github, stage.clock.now())?;
    let new = NewRequest {
        organization: ORGANIZATION.to_owned(),
        owner: player.login.to_owned(),
        token: None,
        token_name: content.token_name,
        permissions: content.permissions,
        repositories: content.repositories,
        expires_at: content.expires_at,
        reason: content.reason,
    };
    // GitHub asks nobody about the tokens of an organization's owners.
    match stage.github.is_owner(ORGANIZATION, player.login) {
        true => stage.github.grant_without_review(new).await,
        false => stage.github.request_token(new).await,
    };
    Ok(())
}

async fn decide(stage: &Stage, player: &Player, id: u64, approve: bool, reason: &str) -> Result<()> {
    let id = find(stage, id)?.id;
    let action = if approve { Action::Approve } else { Action::Deny };
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
    Ok(stage.github.decide_on_page(id, player.login, action, reason).await?)
}

async fn submit(stage: &Stage, player: &Player, inputs: &[(String, String)]) -> Result<Value> {
    let inputs: Vec<_> = inputs.iter().map(|(block, typed)| (block.as_str(), typed.as_str())).collect();
    let answer = stage.slack.submit(player.slack, &inputs).await?;
    answered(&answer)?;
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    Ok(json!({"errors": told["errors"]}))
}

/// Slack shows a warning sign where the service's answer is not 200.
fn answered(answer: &Answer) -> Result<()> {
    ensure!(answer.status == StatusCode::OK, "Slack shows an error: Countersign answered {}", answer.status);
    Ok(())
}

/// A request of the player's own, and when it was made.
fn own(stage: &Stage, player: &Player, id: u64) -> Result<(RequestId, chrono::DateTime<chrono::Utc>)> {
    let request = find(stage, id)?;
    let owner = stage.github.login_of(request.access.owner);
    ensure!(owner.as_deref() == Some(player.login), "GitHub lets only {} do that", owner.unwrap_or_default());
    Ok((request.id, request.created_at))
}

fn find(stage: &Stage, id: u64) -> Result<github::TokenRequest> {
    let mut all = stage.github.requests(ORGANIZATION).into_iter();
    all.find(|request| request.id == RequestId(id)).ok_or_else(|| anyhow!("there is no such request"))
}

fn bad_gateway() -> github::Verdict {
    github::Verdict::Answer(StatusCode::BAD_GATEWAY, json!({"message": "Server Error"}))
}

fn unavailable() -> slack::Verdict {
    slack::Verdict::Answer(StatusCode::SERVICE_UNAVAILABLE, json!("Service Unavailable"))
}
