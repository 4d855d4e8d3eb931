//! One request through every step without a browser: what each person sees, and whether the world ended up right.

use anyhow::{Context, Result, ensure};
use chrono::TimeDelta;

use super::stage::{APPROVALS, ORGANIZATION, Stage};
use crate::ids::RequestId;
use crate::simulator::github::{Action, By, NewRequest, Permissions, Repositories};
use crate::simulator::slack::Message;

/// As many lines of a card are shown; the buttons' questions are longer than anybody reads in a script.
const CARD_LINES: usize = 8;

/// Plays the story on a stage whose service is open, and tells it line by line.
pub async fn play(stage: &Stage, tell: &mut impl FnMut(&str)) -> Result<()> {
    let approved = approve_in_slack(stage, tell).await?;
    let denied = deny_in_slack(stage, tell).await?;
    let denied_on_github = deny_on_github(stage, tell).await?;
    check_the_world(stage, approved, denied, denied_on_github)?;
    tell("");
    tell("The world ended up right: one decision for each request, and everybody was told.");
    Ok(())
}

async fn approve_in_slack(stage: &Stage, tell: &mut impl FnMut(&str)) -> Result<RequestId> {
    tell("1. octocat asks GitHub for a token, for 90 days.");
    let request = stage.github.request_token(push_to_payments(stage, "deploy-bot")).await;
    let ts = new_card(stage, 1).await?;
    let has_justification = |message: &Message| message.on_screen().contains("They say");
    let card = card_when(stage, &ts, has_justification).await?;
    show(tell, "   #approvals", &card.on_screen(), CARD_LINES);
    told(stage, 1).await?;
    show(tell, "   to octocat", &last_dm(stage)?, 2);

    tell("2. bob, who is no approver, presses Approve.");
    stage.slack.click("U0BOB", APPROVALS, &ts, "approve").await?;
    stage.slack.until(|slack| !slack.ephemerals("U0BOB").is_empty()).await?;
    let refusal = stage.slack.ephemerals("U0BOB").pop().context("bob was told nothing")?;
    show(tell, "   to bob alone", &refusal.on_screen(), 2);
    ensure!(stage.github.is_pending(request), "a refused click decided something");

    tell("3. alice, an approver, presses Approve and confirms.");
    stage.slack.click("U0ALICE", APPROVALS, &ts, "approve").await?;
    card_when(stage, &ts, |message| message.on_screen().contains("Approved")).await?;
    told(stage, 2).await?;
    stage.slack.until(|slack| !slack.thread(APPROVALS, &ts).is_empty()).await?;
    tell("   GitHub confirmed the approval.");
    show_end(stage, tell, &ts)?;
    Ok(request)
}

async fn deny_in_slack(stage: &Stage, tell: &mut impl FnMut(&str)) -> Result<RequestId> {
    tell("4. octocat asks for another token; alice presses Deny… and says why.");
    let request = stage.github.request_token(push_to_payments(stage, "laptop")).await;
    let ts = new_card(stage, 2).await?;
    stage.slack.click("U0ALICE", APPROVALS, &ts, "deny").await?;
    let is_form = |view: serde_json::Value| view["submit"].is_object();
    stage.slack.until(|slack| slack.modal("U0ALICE").is_some_and(is_form)).await?;
    stage.slack.submit("U0ALICE", &[("reason", "One repository will do, please.")]).await?;
    ended(stage, &ts, "denied by alice").await?;
    show_end(stage, tell, &ts)?;
    Ok(request)
}

async fn deny_on_github(stage: &Stage, tell: &mut impl FnMut(&str)) -> Result<RequestId> {
    tell("5. octocat asks for a third; monalisa, an owner, denies it on GitHub's page.");
    let request = stage.github.request_token(push_to_payments(stage, "phone")).await;
    let ts = new_card(stage, 3).await?;
    stage
        .github
        .decide_on_page(request, "monalisa", Action::Deny, None)
        .await
        .context("GitHub's page refused")?;
    ended(stage, &ts, "denied by monalisa").await?;
    show_end(stage, tell, &ts)?;
    Ok(request)
}

/// Waits until card, thread and requester were told of a denial.
async fn ended(stage: &Stage, ts: &str, how: &str) -> Result<()> {
    card_when(stage, ts, |message| message.on_screen().contains("Denied")).await?;
    stage.slack.until(|slack| !slack.thread(APPROVALS, ts).is_empty()).await?;
    stage.slack.until(|slack| slack.dms("U0OCTOCAT").iter().any(|dm| dm.text.contains(how))).await
}

fn show_end(stage: &Stage, tell: &mut impl FnMut(&str), ts: &str) -> Result<()> {
    let card = card(stage, ts).context("the card is gone")?;
    let screen = card.on_screen();
    let end = screen.lines().find(|line| line.contains("Approved") || line.contains("Denied"));
    show(tell, "   #approvals", end.context("the card does not tell the end")?, 1);
    show(tell, "   to octocat", &last_dm(stage)?, 3);
    Ok(())
}

/// Every decision took effect once, and as it was announced.
fn check_the_world(
    stage: &Stage,
    approved: RequestId,
    denied: RequestId,
    denied_on_github: RequestId,
) -> Result<()> {
    let decision = stage.github.decision_on(approved).context("the first request is undecided")?;
    ensure!(
        decision.action == Action::Approve && decision.by == By::App,
        "the first request was not approved by us"
    );
    ensure!(stage.github.reviews(approved).attempted == 1, "the approval was not sent exactly once");
    let decision = stage.github.decision_on(denied).context("the second request is undecided")?;
    let is_ours = decision.action == Action::Deny && decision.by == By::App;
    ensure!(is_ours && decision.reason.is_some(), "the second request was not denied by us with a reason");
    ensure!(stage.github.reviews(denied).attempted == 1, "the denial was not sent exactly once");
    let decision = stage.github.decision_on(denied_on_github).context("the third request is undecided")?;
    ensure!(decision.action == Action::Deny, "the third request was not denied");
    ensure!(
        stage.github.reviews(denied_on_github).attempted == 0,
        "we meddled with a decision made on GitHub"
    );
    ensure!(stage.github.grants(ORGANIZATION).len() == 1, "there is not exactly one grant");
    Ok(())
}

fn push_to_payments(stage: &Stage, token_name: &str) -> NewRequest {
    NewRequest {
        organization: ORGANIZATION.to_owned(),
        owner: "octocat".to_owned(),
        token: None,
        token_name: token_name.to_owned(),
        permissions: Permissions::repository([("contents", "write"), ("metadata", "read")]),
        repositories: Repositories::Subset(vec!["payments-api".to_owned(), "payments-web".to_owned()]),
        expires_at: Some(stage.clock.now() + TimeDelta::days(90)),
        reason: Some("Release bot needs to push tags".to_owned()),
    }
}

/// Waits until so many cards are in the channel; gives the newest one's `ts`.
async fn new_card(stage: &Stage, count: usize) -> Result<String> {
    stage.slack.until(|slack| slack.channel(APPROVALS).len() >= count).await?;
    let card = stage.slack.channel(APPROVALS).pop().context("the card is gone")?;
    Ok(card.ts)
}

async fn card_when(stage: &Stage, ts: &str, is_right: impl Fn(&Message) -> bool) -> Result<Message> {
    let find = |slack: &crate::simulator::slack::Slack| {
        slack.channel(APPROVALS).into_iter().find(|card| card.ts == ts)
    };
    stage.slack.until(|slack| find(slack).is_some_and(|card| is_right(&card))).await?;
    find(&stage.slack).context("the card is gone")
}

fn card(stage: &Stage, ts: &str) -> Option<Message> {
    stage.slack.channel(APPROVALS).into_iter().find(|card| card.ts == ts)
}

async fn told(stage: &Stage, count: usize) -> Result<()> {
    stage.slack.until(|slack| slack.dms("U0OCTOCAT").len() >= count).await
}

fn last_dm(stage: &Stage) -> Result<String> {
    Ok(stage.slack.dms("U0OCTOCAT").pop().context("octocat was told nothing")?.on_screen())
}

/// Prints what somebody sees, with a bar in front.
fn show(tell: &mut impl FnMut(&str), who: &str, screen: &str, lines: usize) {
    tell(&format!("{who}:"));
    screen.lines().take(lines).for_each(|line| tell(&format!("     | {line}")));
}
