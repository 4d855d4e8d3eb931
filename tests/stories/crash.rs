//! Killed between any two steps and started again, a request's life ends the same: one decision in effect.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, ORGANIZATION, Stage};
use countersign::ids::RequestId;
use countersign::simulator::github::{
    self, Action, By, Delivery, Outcome, Stage as GitHubStage, Verdict as GitHubVerdict,
};
use countersign::simulator::slack::{Message, Slack, Stage as SlackStage, Verdict};
use countersign::store::{Moment, Probe};
use futures::FutureExt;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{Rest, World, push_to_payments};

/// Counts the steps of a life and stops the world at one of them.
#[derive(Clone)]
struct Scythe {
    steps: Arc<AtomicUsize>,
    deadly: usize,
    /// The life begins when everything has been set up.
    is_armed: Arc<AtomicBool>,
    struck: Arc<Notify>,
}

impl Scythe {
    fn at(deadly: usize) -> Self {
        Self { steps: Arc::default(), deadly, is_armed: Arc::default(), struck: Arc::default() }
    }

    /// True at the step at which the program is to die.
    fn strikes(&self) -> bool {
        let strikes = self.is_armed.load(Ordering::SeqCst)
            && self.steps.fetch_add(1, Ordering::SeqCst) + 1 == self.deadly;
        if strikes {
            self.struck.notify_one();
        }
        strikes
    }
}

/// Before and after every commit.
fn at_commits(_: &World, scythe: &Scythe, _: &Plot) -> Probe {
    let scythe = scythe.clone();
    Probe::new(move |moment: Moment| {
        let strikes = match moment {
            Moment::BeforeCommit | Moment::AfterCommit => scythe.strikes(),
        };
        if strikes { std::future::pending().boxed() } else { std::future::ready(()).boxed() }
    })
}

/// Before and after the effect of every call to GitHub and Slack.
fn at_calls(world: &World, scythe: &Scythe, plot: &Plot) -> Probe {
    let (github, plot) = (scythe.clone(), plot.clone());
    world.github().on_call(move |moment| match (moment.stage, github.strikes()) {
        (GitHubStage::Before | GitHubStage::After, true) => GitHubVerdict::Hang,
        (GitHubStage::Before | GitHubStage::After, false) => plot.github(moment),
    });
    let slack = scythe.clone();
    world.slack().on_call(move |_, stage| match (stage, slack.strikes()) {
        (SlackStage::Before | SlackStage::After, true) => Verdict::Hang,
        (SlackStage::Before | SlackStage::After, false) => Verdict::Continue,
    });
    Probe::default()
}

/// Before and after every commit, while the first answer to each kind of call gets lost after it took effect.
fn at_commits_among_lost_answers(world: &World, scythe: &Scythe, plot: &Plot) -> Probe {
    lose_the_first(world, scythe, plot, GitHubStage::After, SlackStage::After);
    at_commits(world, scythe, plot)
}

/// Before and after every commit, while the first call of each kind never arrives.
fn at_commits_among_lost_calls(world: &World, scythe: &Scythe, plot: &Plot) -> Probe {
    lose_the_first(world, scythe, plot, GitHubStage::Before, SlackStage::Before);
    at_commits(world, scythe, plot)
}

/// Only who somebody is gets answered: who can't be established is refused, and that is another story.
fn lose_the_first(world: &World, scythe: &Scythe, plot: &Plot, at_github: GitHubStage, at_slack: SlackStage) {
    let lost: Arc<Mutex<HashSet<String>>> = Arc::default();
    let is_armed = scythe.is_armed.clone();
    let is_first = move |call: String| {
        is_armed.load(Ordering::SeqCst) && lost.lock().expect("nobody panics").insert(call)
    };
    let (first, plot) = (is_first.clone(), plot.clone());
    world.github().on_call(move |moment| {
        let is_about_tokens = moment.path.contains("personal-access-token");
        // A review that may have arrived can't be taken back: it would be no withdrawal.
        let is_lost = moment.stage == at_github
            && is_about_tokens
            && !(plot.deed == Deed::Withdraw && moment.is_review())
            && first(format!("{} {}", moment.method, moment.path));
        if is_lost { GitHubVerdict::Reset } else { plot.github(moment) }
    });
    world.slack().on_call(move |method, stage| {
        let is_lost = stage == at_slack && method != "users.info" && is_first(method.to_owned());
        if is_lost { Verdict::Reset } else { Verdict::Continue }
    });
}

/// The delivery that told of octocat's request, once it was tried.
fn created(stage: &Stage) -> Option<Delivery> {
    stage
        .github
        .deliveries()
        .into_iter()
        .find(|delivery| delivery.action == "created" && is_request(delivery))
}

fn is_request(delivery: &Delivery) -> bool {
    delivery.event == "personal_access_token_request"
}

/// What alice does with octocat's request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Deed {
    Approve,
    /// By the form that Deny… opens.
    Deny,
    /// GitHub forbids the approval, so alice takes it back.
    Withdraw,
    /// GitHub refuses the approval twice; after a second look it takes it.
    LookAgain,
}

/// A deed, and what of it the service has accepted.
#[derive(Clone)]
struct Plot {
    deed: Deed,
    accepted: Arc<Mutex<Vec<&'static str>>>,
}

impl Plot {
    fn of(deed: Deed) -> Self {
        Self { deed, accepted: Arc::default() }
    }

    fn accepted(&self, what: &str) -> usize {
        self.accepted.lock().expect("nobody panics").iter().filter(|accepted| **accepted == what).count()
    }

    /// From now on GitHub behaves as this goes.
    fn is_played_by(&self, github: &github::GitHub) {
        let plot = self.clone();
        github.on_call(move |moment| plot.github(moment));
    }

    /// How GitHub behaves while this is played.
    fn github(&self, moment: github::Moment<'_>) -> GitHubVerdict {
        let is_asked = moment.is_review() && moment.stage == GitHubStage::Before;
        let refused =
            |status: StatusCode, message: &str| GitHubVerdict::Answer(status, json!({ "message": message }));
        match self.deed {
            Deed::Withdraw if is_asked => {
                refused(StatusCode::FORBIDDEN, "Resource not accessible by integration")
            }
            Deed::LookAgain if is_asked && self.accepted("check_again") == 0 => {
                refused(StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed")
            }
            _ => GitHubVerdict::Continue,
        }
    }

    /// Which button alice presses next on a card that looks like this. What was accepted is not done again.
    fn next(&self, screen: &str) -> Option<&'static str> {
        let is_offered = |label: &str| screen.contains(label);
        let approvals = self.accepted("approve");
        let has_looked = self.accepted("check_again") > 0;
        match self.deed {
            // The approval may be on record although nobody told alice so; what is taken back is not given again.
            Deed::Withdraw if self.accepted("withdraw") > 0 => None,
            Deed::Withdraw if is_offered("[Withdraw]") => Some("withdraw"),
            Deed::Approve | Deed::Withdraw if approvals == 0 && is_offered("[Approve…]") => Some("approve"),
            Deed::Deny if self.accepted("deny") == 0 && is_offered("[Deny…]") => Some("deny"),
            Deed::LookAgain if !has_looked && is_offered("[Check again]") => Some("check_again"),
            Deed::LookAgain if is_offered("[Approve…]") => Some("approve"),
            _ => None,
        }
    }

    /// Alice looks at the card and does what comes next; false when nothing does.
    async fn act(&self, stage: &Stage, rest: &Rest) -> bool {
        let Some(card) = stage.slack.channel(APPROVALS).into_iter().next() else { return true };
        let Some(button) = self.next(&card.on_screen()) else { return false };
        let told = stage.slack.ephemerals("U0ALICE").len();
        let click = stage.slack.click("U0ALICE", APPROVALS, &card.ts, button).await;
        let mut is_accepted = click.is_ok_and(|answer| answer.status.is_success());
        if button == "deny" && is_accepted {
            is_accepted = is_filled(stage, rest, told).await && is_sent(stage).await;
        }
        if is_accepted {
            self.accepted.lock().expect("nobody panics").push(button);
        }
        true
    }
}

/// Whether the form can be filled in; it can't when the service has died or says that it could not open it.
async fn is_filled(stage: &Stage, rest: &Rest, told: usize) -> bool {
    let earlier = stage.slack.calls().len();
    let is_filled = |slack: &Slack| {
        slack.modal("U0ALICE").is_some_and(|view| view["blocks"].to_string().contains("reason_preset"))
    };
    let has_ended = |slack: &Slack| is_filled(slack) || slack.ephemerals("U0ALICE").len() > told;
    let is_word_lost = |slack: &Slack| {
        let calls = slack.calls();
        calls[earlier..].iter().any(|call| call.method == "chat.postEphemeral" && call.status.is_none())
    };
    tokio::select! {
        ended = stage.slack.until(|slack| has_ended(slack) || is_word_lost(slack)) => {
            ended.expect("the form opens, or alice is told");
        }
        () = rest.gone() => {}
    }
    if !has_ended(&stage.slack) {
        // Neither the form nor the word about it has arrived; the word is sent again after a while.
        all_quiet(stage, rest).await;
    }
    is_filled(&stage.slack)
}

async fn is_sent(stage: &Stage) -> bool {
    let answer = stage.slack.submit("U0ALICE", &[("reason", REASON)]).await;
    answer.is_ok_and(|answer| answer.status.is_success())
}

const REASON: &str = "payments-api alone would do";

/// What people do: octocat asks once, alice does her deed. Either may meet a dead service; only what was not accepted
/// is done again: GitHub does not deliver again by itself, so the delivery is repeated from its page.
async fn live(stage: Stage, rest: Rest, plot: Plot) {
    ask(&stage).await;
    // No deed takes more clicks, one lost form included.
    for _ in 0..6 {
        all_quiet(&stage, &rest).await;
        if !plot.act(&stage, &rest).await {
            return;
        }
    }
}

async fn ask(stage: &Stage) {
    match created(stage) {
        None => drop(stage.github.request_token(push_to_payments(&stage.clock)).await),
        Some(Delivery { outcome: Outcome::Answered(status), .. }) if status.is_success() => {}
        Some(delivery) => drop(stage.github.redeliver(&delivery.guid).await),
    }
}

async fn all_quiet(stage: &Stage, rest: &Rest) {
    // What was lost on the way is tried again after a while.
    for _ in 0..6 {
        rest.reached().await;
        stage.github.settled().await.expect("webhooks are answered or fail");
        rest.reached().await;
        stage.clock.advance(TimeDelta::seconds(6));
    }
    rest.reached().await;
}

type Reaping = fn(&World, &Scythe, &Plot) -> Probe;

/// Plays a life with the scythe at `deadly`; gives how many steps there were, and whether it struck.
async fn play(deed: Deed, deadly: usize, at: Reaping) -> (usize, bool) {
    let (scythe, plot) = (Scythe::at(deadly), Plot::of(deed));
    let mut world = World::closed().await;
    plot.is_played_by(world.github());
    let probe = at(&world, &scythe, &plot);
    world.open(probe).await;
    // The first look at GitHub is over; one that is not has a story of its own.
    world.quiet().await;
    // Until its card stands, every request's life is the one in which alice approves, and that one ends there, too.
    if deed != Deed::Approve {
        ask(&world.stage).await;
        all_quiet(&world.stage, &world.rest()).await;
    }
    scythe.is_armed.store(true, Ordering::SeqCst);
    let mut life = tokio::spawn(live(world.stage.clone(), world.rest(), plot.clone()));
    let struck = tokio::select! {
        ended = &mut life => { ended.expect("nobody panics"); false }
        () = scythe.struck.notified() => true,
    };
    if struck {
        world.kill().await;
        life.await.expect("nobody panics");
        plot.is_played_by(world.github());
        world.slack().on_call(|_, _| Verdict::Continue);
        world.open(Probe::default()).await;
        // A card that may just have been posted is looked for a little later.
        world.pass(TimeDelta::seconds(10)).await;
        world.outlive_leases().await;
        live(world.stage.clone(), world.rest(), plot.clone()).await;
        // Whatever waits for a deadline or its turn to be tried again has its time now.
        for _ in 0..3 {
            world.pass(TimeDelta::minutes(1)).await;
        }
    }
    // The life is over: what is looked at now is not interrupted.
    scythe.is_armed.store(false, Ordering::SeqCst);
    check(&world, &plot, &format!("{deed:?}, killed at step {deadly}")).await;
    if deed == Deed::Withdraw && !struck {
        assert!(plot.accepted("withdraw") > 0, "nothing was withdrawn");
    }
    (scythe.steps.load(Ordering::SeqCst), struck)
}

async fn check(world: &World, plot: &Plot, at: &str) {
    let payload = created(&world.stage).expect("octocat asked").payload;
    let request = RequestId(payload["personal_access_token_request"]["id"].as_u64().expect("a number"));
    match plot.deed {
        Deed::Approve | Deed::LookAgain => check_approved(world, request, at),
        Deed::Deny => {
            check_decided(world, request, Action::Deny, "Denied by", at);
            let decision = world.github().decision_on(request).expect("it was decided");
            assert_eq!(decision.reason.as_deref(), Some(REASON), "{at}");
        }
        Deed::Withdraw => check_withdrawn(world, plot, request, at).await,
    }
}

fn check_approved(world: &World, request: RequestId, at: &str) {
    check_decided(world, request, Action::Approve, "Approved by", at);
}

fn check_decided(world: &World, request: RequestId, action: Action, words: &str, at: &str) {
    let decision = world.github().decision_on(request).unwrap_or_else(|| panic!("{at}: undecided"));
    assert_eq!((decision.action, decision.by), (action, By::App), "{at}");
    let granted = usize::from(action == Action::Approve);
    assert_eq!(world.github().grants(ORGANIZATION).len(), granted, "{at}");
    let cards = world.slack().channel(APPROVALS);
    let settled = cards.iter().filter(|card| card.text.contains(words)).count();
    // A post whose answer was lost is looked for before it is repeated.
    assert_eq!((settled, cards.len()), (1, 1), "{at}");
    let told = if granted == 1 { "was approved by alice" } else { "was denied by alice" };
    let is_told = |dm: &Message| dm.text.contains(told);
    assert!(world.slack().dms("U0OCTOCAT").iter().any(is_told), "{at}: the requester was not told");
}

/// What was taken back stays back, however long GitHub works; what may have arrived can't be taken back, and alice
/// was told so or never offered it.
async fn check_withdrawn(world: &World, plot: &Plot, request: RequestId, at: &str) {
    world.github().work_normally();
    for _ in 0..3 {
        world.pass(TimeDelta::minutes(5)).await;
    }
    let is_back = world.card().on_screen().contains("[Approve…]");
    let was_told_no = !world.slack().ephemerals("U0ALICE").is_empty();
    if plot.accepted("withdraw") > 0 && !was_told_no {
        assert!(is_back, "{at}: {}", world.card().on_screen());
    }
    if !is_back {
        return check_approved(world, request, at);
    }
    assert!(world.github().is_pending(request), "{at}");
    let is_told = |dm: &Message| dm.text.contains("was approved");
    assert!(!world.slack().dms("U0OCTOCAT").iter().any(is_told), "{at}: the requester was told of it");
}

async fn at_every_step(deed: Deed, at: Reaping) {
    let (mut steps, struck) = play(deed, usize::MAX, at).await;
    assert!(!struck && steps > 5, "{steps} steps");
    // No two lives have quite the same steps: what is written at the same moment is one commit. They are over when several
    // in a row have outlived theirs.
    let (mut deaths, mut outlived) = (0, 0);
    for deadly in 1.. {
        match play(deed, deadly, at).await {
            (_, true) => (deaths, outlived) = (deaths + 1, 0),
            (taken, false) => (steps, outlived) = (steps.min(taken), outlived + 1),
        }
        if outlived == 3 {
            break;
        }
    }
    // A scythe that hardly ever strikes proves nothing.
    assert!(deaths * 4 >= steps * 3, "{deaths} deaths at {steps} steps");
}

#[tokio::test]
async fn killed_around_any_commit() {
    at_every_step(Deed::Approve, at_commits).await;
}

#[tokio::test]
async fn killed_around_any_commit_while_answers_get_lost() {
    at_every_step(Deed::Approve, at_commits_among_lost_answers).await;
}

#[tokio::test]
async fn killed_around_any_commit_while_calls_get_lost() {
    at_every_step(Deed::Approve, at_commits_among_lost_calls).await;
}

#[tokio::test]
async fn killed_around_any_call_to_github_or_slack() {
    at_every_step(Deed::Approve, at_calls).await;
}

#[tokio::test]
async fn a_denial_killed_around_any_commit() {
    at_every_step(Deed::Deny, at_commits).await;
}

#[tokio::test]
async fn a_denial_killed_around_any_commit_while_answers_get_lost() {
    at_every_step(Deed::Deny, at_commits_among_lost_answers).await;
}

#[tokio::test]
async fn a_denial_killed_around_any_commit_while_calls_get_lost() {
    at_every_step(Deed::Deny, at_commits_among_lost_calls).await;
}

#[tokio::test]
async fn a_denial_killed_around_any_call_to_github_or_slack() {
    at_every_step(Deed::Deny, at_calls).await;
}

#[tokio::test]
async fn a_withdrawal_killed_around_any_commit() {
    at_every_step(Deed::Withdraw, at_commits).await;
}

#[tokio::test]
async fn a_withdrawal_killed_around_any_commit_while_answers_get_lost() {
    at_every_step(Deed::Withdraw, at_commits_among_lost_answers).await;
}

#[tokio::test]
async fn a_withdrawal_killed_around_any_commit_while_calls_get_lost() {
    at_every_step(Deed::Withdraw, at_commits_among_lost_calls).await;
}

#[tokio::test]
async fn a_withdrawal_killed_around_any_call_to_github_or_slack() {
    at_every_step(Deed::Withdraw, at_calls).await;
}

#[tokio::test]
async fn a_second_look_killed_around_any_commit() {
    at_every_step(Deed::LookAgain, at_commits).await;
}

#[tokio::test]
async fn a_second_look_killed_around_any_commit_while_answers_get_lost() {
    at_every_step(Deed::LookAgain, at_commits_among_lost_answers).await;
}

#[tokio::test]
async fn a_second_look_killed_around_any_commit_while_calls_get_lost() {
    at_every_step(Deed::LookAgain, at_commits_among_lost_calls).await;
}

#[tokio::test]
async fn a_second_look_killed_around_any_call_to_github_or_slack() {
    at_every_step(Deed::LookAgain, at_calls).await;
}

/// What waited before the first start is one card, wherever the first look at it is interrupted.
#[tokio::test]
async fn killed_around_any_commit_of_the_first_look() {
    for deadly in 1.. {
        let scythe = Scythe::at(deadly);
        let mut world = World::closed().await;
        world.github().stop_sending();
        for _ in 0..12 {
            world.github().request_token(push_to_payments(&world.stage.clock)).await;
        }
        let probe = at_commits(&world, &scythe, &Plot::of(Deed::Approve));
        // Until the scythe is ready GitHub can't be looked at.
        world.github().on_call(|_| GitHubVerdict::Reset);
        world.open(probe).await;
        world.quiet().await;
        world.github().on_call(|_| GitHubVerdict::Continue);
        scythe.is_armed.store(true, Ordering::SeqCst);
        world.stage.clock.advance(TimeDelta::minutes(1));
        let is_over = tokio::select! {
            () = world.quiet() => true,
            () = scythe.struck.notified() => false,
        };
        world.kill().await;
        world.open(Probe::default()).await;
        world.pass(TimeDelta::seconds(10)).await;
        world.outlive_leases().await;
        for _ in 0..3 {
            world.pass(TimeDelta::minutes(1)).await;
        }

        let cards = world.slack().channel(APPROVALS);
        let open = world.open_requests().await.len();
        assert_eq!((open, cards.len()), (12, 1), "killed at step {deadly}");
        assert!(cards[0].on_screen().contains("12 requests wait in acme"), "{}", cards[0].on_screen());
        if is_over {
            assert!(deadly > 5, "{deadly} steps");
            return;
        }
    }
}
