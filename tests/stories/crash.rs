//! Killed between any two steps and started again, a request's life ends the same: one decision in effect.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use countersign::demo::{APPROVALS, ORGANIZATION, Stage};
use countersign::ids::RequestId;
use countersign::simulator::github::{
    Action, By, Delivery, Outcome, Stage as GitHubStage, Verdict as GitHubVerdict,
};
use countersign::simulator::slack::{Message, Stage as SlackStage, Verdict};
use countersign::store::{Moment, Probe};
use futures::FutureExt;
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
fn at_commits(_: &World, scythe: &Scythe) -> Probe {
    let scythe = scythe.clone();
    Probe::new(move |moment: Moment| {
        let strikes = match moment {
            Moment::BeforeCommit | Moment::AfterCommit => scythe.strikes(),
        };
        if strikes { std::future::pending().boxed() } else { std::future::ready(()).boxed() }
    })
}

/// Before and after the effect of every call to GitHub and Slack.
fn at_calls(world: &World, scythe: &Scythe) -> Probe {
    let github = scythe.clone();
    world.github().on_call(move |moment| match (moment.stage, github.strikes()) {
        (GitHubStage::Before | GitHubStage::After, true) => GitHubVerdict::Hang,
        (GitHubStage::Before | GitHubStage::After, false) => GitHubVerdict::Continue,
    });
    let slack = scythe.clone();
    world.slack().on_call(move |_, stage| match (stage, slack.strikes()) {
        (SlackStage::Before | SlackStage::After, true) => Verdict::Hang,
        (SlackStage::Before | SlackStage::After, false) => Verdict::Continue,
    });
    Probe::default()
}

/// Before and after every commit, while the first answer to each kind of call gets lost after it took effect. Only
/// who somebody is gets answered: who can't be established is refused, and that is another story.
fn at_commits_among_lost_answers(world: &World, scythe: &Scythe) -> Probe {
    let lost: Arc<Mutex<HashSet<String>>> = Arc::default();
    let is_armed = scythe.is_armed.clone();
    let is_first = move |call: String| {
        is_armed.load(Ordering::SeqCst) && lost.lock().expect("nobody panics").insert(call)
    };
    let github = is_first.clone();
    world.github().on_call(move |moment| match moment.stage {
        GitHubStage::After
            if moment.path.contains("personal-access-token")
                && github(format!("{} {}", moment.method, moment.path)) =>
        {
            GitHubVerdict::Reset
        }
        GitHubStage::Before | GitHubStage::After => GitHubVerdict::Continue,
    });
    world.slack().on_call(move |method, stage| match stage {
        SlackStage::After if method != "users.info" && is_first(method.to_owned()) => Verdict::Reset,
        SlackStage::Before | SlackStage::After => Verdict::Continue,
    });
    at_commits(world, scythe)
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

/// What people do: octocat asks once, alice approves once. Either may meet a dead service; only what was not accepted
/// is done again: GitHub does not deliver again by itself, so the delivery is repeated from its page.
async fn live(stage: Stage, rest: Rest, is_clicked: Arc<AtomicBool>) {
    match created(&stage) {
        None => drop(stage.github.request_token(push_to_payments(&stage.clock)).await),
        Some(Delivery { outcome: Outcome::Answered(status), .. }) if status.is_success() => {}
        Some(delivery) => drop(stage.github.redeliver(&delivery.guid).await),
    }
    let all_quiet = async || {
        // What was lost on the way is tried again after a while.
        for _ in 0..6 {
            rest.reached().await;
            stage.github.settled().await.expect("webhooks are answered or fail");
            rest.reached().await;
            stage.clock.advance(TimeDelta::seconds(6));
        }
        rest.reached().await;
    };
    all_quiet().await;
    let cards = stage.slack.channel(APPROVALS);
    let open = cards.iter().find(|card| card.on_screen().contains("[Approve…]"));
    if let Some(card) = open.filter(|_| !is_clicked.load(Ordering::SeqCst)) {
        let answer = stage.slack.click("U0ALICE", APPROVALS, &card.ts, "approve").await;
        is_clicked.store(answer.is_ok_and(|answer| answer.status.is_success()), Ordering::SeqCst);
    }
    all_quiet().await;
}

/// Plays a life with the scythe at `deadly`; gives how many steps there were, and whether it struck.
async fn play(deadly: usize, at: fn(&World, &Scythe) -> Probe) -> (usize, bool) {
    let scythe = Scythe::at(deadly);
    let mut world = World::closed().await;
    let probe = at(&world, &scythe);
    world.open(probe).await;
    // The first look at GitHub is over; one that is not has a story of its own.
    world.quiet().await;
    scythe.is_armed.store(true, Ordering::SeqCst);
    let is_clicked = Arc::new(AtomicBool::new(false));
    let mut life = tokio::spawn(live(world.stage.clone(), world.rest(), is_clicked.clone()));
    let struck = tokio::select! {
        ended = &mut life => { ended.expect("nobody panics"); false }
        () = scythe.struck.notified() => true,
    };
    if struck {
        world.kill().await;
        life.await.expect("nobody panics");
        world.github().on_call(|_| GitHubVerdict::Continue);
        world.slack().on_call(|_, _| Verdict::Continue);
        world.open(Probe::default()).await;
        // A card that may just have been posted is looked for a little later.
        world.pass(TimeDelta::seconds(10)).await;
        world.outlive_leases().await;
        live(world.stage.clone(), world.rest(), is_clicked).await;
        // Whatever waits for a deadline or its turn to be tried again has its time now.
        for _ in 0..3 {
            world.pass(TimeDelta::minutes(1)).await;
        }
    }
    check(&world, deadly);
    (scythe.steps.load(Ordering::SeqCst), struck)
}

fn check(world: &World, deadly: usize) {
    let at = format!("killed at step {deadly}");
    let payload = created(&world.stage).expect("octocat asked").payload;
    let request = RequestId(payload["personal_access_token_request"]["id"].as_u64().expect("a number"));
    let decision = world.github().decision_on(request).unwrap_or_else(|| panic!("{at}: undecided"));
    assert_eq!((decision.action, decision.by), (Action::Approve, By::App), "{at}");
    assert_eq!(world.github().grants(ORGANIZATION).len(), 1, "{at}");
    let cards = world.slack().channel(APPROVALS);
    let settled = cards.iter().filter(|card| card.text.contains("Approved by")).count();
    // A post whose answer was lost is looked for before it is repeated.
    assert_eq!((settled, cards.len()), (1, 1), "{at}");
    let is_told = |dm: &Message| dm.text.contains("was approved by alice");
    assert!(world.slack().dms("U0OCTOCAT").iter().any(is_told), "{at}: the requester was not told");
}

async fn at_every_step(at: fn(&World, &Scythe) -> Probe) {
    let (steps, struck) = play(usize::MAX, at).await;
    assert!(!struck && steps > 5, "{steps} steps");
    let mut struck = 0;
    for deadly in 1..=steps {
        struck += usize::from(play(deadly, at).await.1);
    }
    // No two lives have quite the same steps; a scythe that hardly ever strikes proves nothing.
    assert!(struck * 10 >= steps * 9, "{struck} deaths at {steps} steps");
}

#[tokio::test]
async fn killed_around_any_commit() {
    at_every_step(at_commits).await;
}

#[tokio::test]
async fn killed_around_any_commit_while_answers_get_lost() {
    at_every_step(at_commits_among_lost_answers).await;
}

#[tokio::test]
async fn killed_around_any_call_to_github_or_slack() {
    at_every_step(at_calls).await;
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
        let probe = at_commits(&world, &scythe);
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
