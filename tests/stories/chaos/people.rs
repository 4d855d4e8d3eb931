//! What people do: each life goes its way, whether or not anything answers.
//!
//! Somebody whose click came to nothing presses again, a few times; so does who does not see the card yet.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use countersign::demo::OPERATORS;
use countersign::simulator::github::Action;
use countersign::simulator::outbound::Answer;
use countersign::simulator::slack::Message;
use serde_json::Value;
use tokio::sync::Mutex;

use super::plan::{Act, Hand, MANAGER, Outsider, REQUESTERS};
use super::record;
use super::town::{self, Town, approver, requester};
use super::witness::{Accepted, Edit, life_in};

/// How often somebody tries, and how long they wait in between.
const TRIES: usize = 20;
/// After that nobody does anything more, however late the cards came.
const GOING_HOME: TimeDelta = TimeDelta::seconds(40);
const BETWEEN: Duration = Duration::from_millis(500);

/// Everybody who acts.
pub(super) struct People {
    town: Arc<Town>,
    /// A person has one screen: one modal at a time.
    screens: Vec<Mutex<()>>,
}

impl People {
    pub(super) fn new(town: &Arc<Town>) -> Arc<Self> {
        let screens = (0..super::plan::APPROVERS).map(|_| Mutex::default()).collect();
        Arc::new(Self { town: town.clone(), screens })
    }

    /// Lives a life to its end.
    pub(super) async fn live(self: Arc<Self>, number: usize) {
        let life = self.town.witness.plan.lives[number].clone();
        self.wait(life.asked_at).await;
        let wish = self.town.wish(number);
        let town = self.town.clone();
        // Whoever asks does not wait for the webhook.
        let asking = tokio::spawn(async move { town.stage.github.request_token(wish).await });
        let mut first_seen = None;
        for step in life.steps {
            self.wait(step.after).await;
            if self.is_over() {
                break;
            }
            first_seen = first_seen.or_else(|| self.card(number));
            self.act(number, step.act, first_seen.as_ref()).await;
        }
        asking.await.expect("nobody panics");
    }

    /// Freezes everything and lifts that again, as planned.
    pub(super) async fn brake(self: Arc<Self>) {
        let freezes = self.town.witness.plan.freezes.clone();
        for freeze in freezes {
            let at = self.town.founded + TimeDelta::milliseconds(freeze.at.into());
            self.town.stage.clock.sleep_until(at).await;
            self.brake_by(freeze.on, true).await;
            self.wait(freeze.lasts).await;
            self.brake_by(freeze.off, false).await;
        }
    }

    /// Says it again until it is so.
    async fn brake_by(&self, hand: Hand, is_on: bool) {
        for _ in 0..TRIES {
            if self.is_over() {
                return;
            }
            match hand {
                Hand::Manager => self.brake_in_slack(is_on).await,
                Hand::Operator => brake_on_the_command_line(&self.town, is_on).await,
            }
            if self.town.is_frozen().await == is_on {
                return;
            }
            self.town.stage.clock.pause(BETWEEN).await;
        }
    }

    async fn brake_in_slack(&self, is_on: bool) {
        let (slack, manager) = (&self.town.stage.slack, approver(MANAGER).1);
        let line = if is_on { "/pat freeze on <!here> a laptop was stolen" } else { "/pat freeze off" };
        let answer = slack.command(&manager, &town::channel(0), line).await.map(|command| command.answer);
        if answer.is_ok_and(|answer| answer.status.is_success()) {
            self.town.witness.seen.lock().unwrap().brakings += 1;
        }
    }

    async fn act(self: &Arc<Self>, life: usize, act: Act, first_seen: Option<&Message>) {
        match act {
            Act::Approve(who) => self.press(&approver(who).1, life, "approve").await,
            Act::ApproveBeforeEdit(who) => {
                self.press(&approver(who).1, life, "approve").await;
                self.edit(life).await;
            }
            Act::Crowd => {
                let crowd = [0, 1, 2].map(|who| {
                    let (people, slack) = (self.clone(), approver(who).1);
                    tokio::spawn(async move { people.press(&slack, life, "approve").await })
                });
                futures::future::join_all(crowd).await;
            }
            Act::ApproveAsFirstSeen(who) => {
                if let Some(seen) = first_seen {
                    self.press_seen(&approver(who).1, seen, "approve").await;
                }
            }
            Act::ApproveInDetails(who) => self.fill_in(who, life, "details").await,
            Act::Deny(who) => self.fill_in(who, life, "deny").await,
            Act::Withdraw(who) => self.press(&approver(who).1, life, "withdraw").await,
            Act::CheckAgain(who) => self.press(&approver(who).1, life, "check_again").await,
            Act::Outsider(who) => self.press(&self.outsider(who, life), life, "approve").await,
            Act::Edit => self.edit(life).await,
            Act::Cancel => {
                self.on_github(life, |github, request| async move { github.cancel_request(request).await })
                    .await
            }
            Act::ApproveOnGitHub => self.decide_on_page(life, Action::Approve).await,
            Act::DenyOnGitHub => self.decide_on_page(life, Action::Deny).await,
        }
    }

    fn outsider(&self, who: Outsider, life: usize) -> String {
        match who {
            Outsider::Bob => town::BOB.to_owned(),
            Outsider::Stranger => town::STRANGER.to_owned(),
            Outsider::Guest => town::GUEST.to_owned(),
            Outsider::Requester => requester(life % REQUESTERS).1,
        }
    }

    /// Presses a button of the card as it stands, once the card is there; not one that it does not have.
    async fn press(&self, user: &str, life: usize, button: &str) {
        for _ in 0..TRIES {
            if self.is_over() {
                return;
            }
            if let Some(card) = self.card(life) {
                // What everything is frozen for, people wait for.
                let waits = button == "approve" && has_button(&card, "deny");
                let is_there = has_button(&card, button);
                if (!is_there && !waits) || (is_there && self.press_seen(user, &card, button).await) {
                    return;
                }
            }
            self.town.stage.clock.pause(BETWEEN).await;
        }
    }

    /// Presses a button once; tells whether that was accepted.
    async fn press_seen(&self, user: &str, card: &Message, button: &str) -> bool {
        let answer = self.town.stage.slack.click_as_seen(user, card, button).await;
        let is_accepted = matches!(&answer, Ok(answer) if answer.status.is_success());
        if is_accepted && !matches!(button, "deny" | "details") {
            self.accepted(user, key_of(card), None);
        }
        is_accepted
    }

    /// Opens a modal, waits until it is filled, and sends it.
    async fn fill_in(&self, who: usize, life: usize, button: &str) {
        let _screen = self.screens[who].lock().await;
        let (slack, user) = (&self.town.stage.slack, approver(who).1);
        let Some(card) = self.card(life).filter(|card| has_button(card, button)) else { return };
        self.town.witness.seen.lock().unwrap().opened.push(user.clone());
        if !self.press_seen(&user, &card, button).await {
            return;
        }
        if let Some(view) = self.filled(&user).await
            && !view["submit"].is_null()
        {
            // What they write nobody but the requester is to read.
            let words = format!("typed for life {life:04}");
            for _ in 0..TRIES {
                // A modal that took long to open may stand there by now: what counts is what was sent.
                let mut sent = Value::Null;
                let inputs = [("reason", words.as_str())];
                let sending =
                    slack.submit_disguised(&user, &inputs, |payload| sent = payload["view"].clone());
                let answer: Option<Answer> = sending.await.ok();
                if let Some(answer) = answer.filter(|answer| answer.status.is_success()) {
                    if answer.body.is_empty() {
                        let view = sent["id"].as_str().expect("views have an id").to_owned();
                        self.accepted(&user, key_in(&sent), Some(view));
                    }
                    break;
                }
                self.town.stage.clock.pause(BETWEEN).await;
            }
        }
        while slack.modal(&user).is_some() {
            slack.close(&user).await.ok();
        }
    }

    async fn filled(&self, user: &str) -> Option<Value> {
        for _ in 0..15 {
            let view = self.town.stage.slack.modal(user);
            let is_filled = |view: &Value| !view["blocks"].to_string().contains("Checking…");
            if let Some(view) = view.filter(is_filled) {
                return Some(view);
            }
            self.town.stage.clock.pause(Duration::from_millis(200)).await;
        }
        None
    }

    async fn edit(&self, life: usize) {
        let town = self.town.clone();
        self.on_github(life, |github, request| async move {
            let version = {
                let seen = town.witness.seen.lock().unwrap();
                1 + seen.edits.iter().filter(|edit| edit.life == life).count() as u32
            };
            // Counted before, and a little leniently: who reads at this very moment may read either.
            let edit = Edit { life, version, calls: github.calls().len() + 2 };
            github
                .edit_request(request, |content| {
                    content.expires_at = Some(town.expiry(version));
                    town.witness.seen.lock().unwrap().edits.push(edit);
                })
                .await
        })
        .await;
    }

    async fn decide_on_page(&self, life: usize, action: Action) {
        self.on_github(life, |github, request| async move {
            github.decide_on_page(request, "monalisa", action, None).await
        })
        .await;
    }

    /// Does something on GitHub's pages, where GitHub still allows it, and does not wait for the webhook.
    async fn on_github<F>(
        &self,
        life: usize,
        act: impl FnOnce(countersign::simulator::github::GitHub, countersign::ids::RequestId) -> F,
    ) where
        F: Future<Output = Result<(), countersign::simulator::github::NotDone>>,
    {
        if let Some(request) = self.town.witness.request_of(life) {
            // What is over already is no surprise here.
            act(self.town.stage.github.clone(), request).await.ok();
        }
    }

    /// The newest card of a life that is to be seen.
    fn card(&self, life: usize) -> Option<Message> {
        let team = self.town.witness.plan.lives[life].team;
        let slack = &self.town.stage.slack;
        let of_life = |card: &Message| {
            !card.deleted && life_in(&card.text).or_else(|| life_in(&card.blocks.to_string())) == Some(life)
        };
        [town::channel(team), town::REST.to_owned(), OPERATORS.to_owned()]
            .iter()
            .find_map(|channel| slack.channel(channel).into_iter().rev().find(of_life))
    }

    fn accepted(&self, user: &str, key: String, view: Option<String>) {
        let accepted = Accepted { by: user.to_owned(), key, view };
        let mut seen = self.town.witness.seen.lock().unwrap();
        if accepted.view.is_none() || !seen.accepted.contains(&accepted) {
            seen.accepted.push(accepted);
        }
    }

    fn is_over(&self) -> bool {
        self.town.stage.clock.now() > self.town.founded + GOING_HOME
    }

    async fn wait(&self, milliseconds: u32) {
        self.town.stage.clock.pause(Duration::from_millis(milliseconds.into())).await;
    }
}

/// Freezes everything, or lifts that, beside the running programs.
pub(super) async fn brake_on_the_command_line(town: &Arc<Town>, is_on: bool) {
    let town = town.clone();
    let arguments: &[&str] =
        if is_on { &["freeze", "on", "--why", "a phone was stolen"] } else { &["freeze", "off"] };
    // A database that is busy refuses it; whoever asked looks and asks again.
    let braking = tokio::task::spawn_blocking(move || record::command(&town, arguments));
    braking.await.expect("nobody panics");
}

pub(super) fn has_button(card: &Message, button: &str) -> bool {
    card.blocks.to_string().contains(&format!("\"action_id\":\"{button}\""))
}

/// The short key of the request that a modal is about.
fn key_in(view: &Value) -> String {
    let metadata = view["private_metadata"].as_str().expect("modals say what they are about");
    metadata.split('.').next().expect("it begins with the key").to_owned()
}

/// The short key that a card carries.
pub(super) fn key_of(card: &Message) -> String {
    let key = card.metadata.as_ref().and_then(|metadata| metadata["event_payload"]["key"].as_str());
    key.expect("cards carry their key").to_owned()
}
