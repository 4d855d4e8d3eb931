//! Stands in both simulators, spoils calls as the plan says, and notes what has to be judged by its moment: a review
//! that arrives, an outcome that is announced, a click that is accepted.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use countersign::clock::Clock;
use countersign::demo::Stage;
use countersign::ids::RequestId;
use countersign::simulator::github::{self, Action, Moment};
use countersign::simulator::slack;
use serde_json::{Value, json};

use super::plan::{Fault, Place, Plan};

pub(super) struct Witness {
    pub(super) plan: Plan,
    clock: Clock,
    is_raging: AtomicBool,
    calls: Mutex<HashMap<(Place, bool), usize>>,
    spoiled: AtomicUsize,
    /// Life by GitHub's number, known once the first webhook is on its way.
    lives: Mutex<HashMap<RequestId, usize>>,
    pub(super) seen: Mutex<Seen>,
}

/// What was noted.
#[derive(Default)]
pub(super) struct Seen {
    /// Reviews, in the order of their arrival at GitHub.
    pub(super) reviews: Vec<Arrival>,
    pub(super) edits: Vec<Edit>,
    /// What the service answered to with 2xx and no objection.
    pub(super) accepted: Vec<Accepted>,
    /// How many commands to freeze, or to lift that, were answered with 2xx.
    pub(super) brakings: usize,
    /// Whoever opened a modal, once for each time.
    pub(super) opened: Vec<String>,
    /// What operators were told of requests by their keys alone.
    pub(super) told: Vec<Told>,
    /// What was announced before it was true.
    pub(super) early: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Arrival {
    pub(super) request: RequestId,
    pub(super) at: DateTime<Utc>,
    /// How many calls GitHub had got by then.
    pub(super) calls: usize,
}

pub(super) struct Edit {
    pub(super) life: usize,
    pub(super) version: u32,
    pub(super) calls: usize,
}

/// An outcome of which operators were told.
pub(super) struct Told {
    pub(super) key: String,
    /// The lives that GitHub had decided so by then.
    pub(super) true_of: BTreeSet<usize>,
    pub(super) text: String,
}

#[derive(PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) by: String,
    pub(super) key: String,
    /// The modal that was sent, unless a button was pressed. Sent twice it is one wish.
    pub(super) view: Option<String>,
}

impl Witness {
    pub(super) fn new(plan: Plan, clock: Clock) -> Self {
        Self {
            plan,
            clock,
            is_raging: AtomicBool::new(false),
            calls: Mutex::default(),
            spoiled: AtomicUsize::new(0),
            lives: Mutex::default(),
            seen: Mutex::default(),
        }
    }

    /// Takes its place in both simulators.
    pub(super) fn attend(self: &std::sync::Arc<Self>, stage: &Stage) {
        let (witness, github) = (self.clone(), stage.github.clone());
        stage.github.on_call(move |moment| witness.at_github(&github, moment));
        let (witness, its_stage) = (self.clone(), stage.clone());
        stage.slack.on_request(move |method, asked, at| witness.at_slack(&its_stage, method, asked, at));
    }

    pub(super) fn rage(&self, rages: bool) {
        self.is_raging.store(rages, Ordering::SeqCst);
    }

    pub(super) fn is_raging(&self) -> bool {
        self.is_raging.load(Ordering::SeqCst)
    }

    /// How much there was of what counts.
    pub(super) fn summary(&self) -> String {
        let (seen, spoiled) = (self.seen.lock().unwrap(), self.spoiled.load(Ordering::SeqCst));
        let (clicks, reviews) = (seen.accepted.len(), seen.reviews.len());
        format!(
            "{spoiled} calls spoiled, {clicks} clicks accepted, {reviews} reviews sent, {} edits",
            seen.edits.len()
        )
    }

    /// Learns which life a request is.
    pub(super) fn sees_webhook(&self, body: &[u8]) {
        let Ok(payload) = serde_json::from_slice::<Value>(body) else { return };
        let request = &payload["personal_access_token_request"];
        if let (Some(id), Some(life)) =
            (request["id"].as_u64(), request["token_name"].as_str().and_then(life_in))
        {
            self.lives.lock().unwrap().insert(RequestId(id), life);
        }
    }

    pub(super) fn request_of(&self, life: usize) -> Option<RequestId> {
        let lives = self.lives.lock().unwrap();
        lives.iter().find(|(_, of)| **of == life).map(|(request, _)| *request)
    }

    fn fault(&self, place: Place, is_after: bool) -> Option<Fault> {
        if !self.is_raging() {
            return None;
        }
        let nth = {
            let mut calls = self.calls.lock().unwrap();
            let count = calls.entry((place, is_after)).or_default();
            *count += 1;
            *count
        };
        let fault = self.plan.fault(place, is_after, nth);
        self.spoiled.fetch_add(usize::from(fault.is_some()), Ordering::SeqCst);
        fault
    }

    fn at_github(&self, github: &github::GitHub, moment: Moment<'_>) -> github::Verdict {
        let is_after = moment.stage == github::Stage::After;
        if moment.is_review() && !is_after {
            let number = moment.path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("a number");
            let arrival =
                Arrival { request: RequestId(number), at: self.clock.now(), calls: github.calls().len() };
            self.seen.lock().unwrap().reviews.push(arrival);
        }
        let place = if moment.is_review() { Place::Review } else { Place::GitHub };
        match self.fault(place, is_after) {
            None => github::Verdict::Continue,
            Some(Fault::Error) => {
                github::Verdict::Answer(StatusCode::BAD_GATEWAY, json!({"message": "Server Error"}))
            }
            Some(Fault::Reset) => github::Verdict::Reset,
            Some(Fault::Hang) => github::Verdict::Hang,
            Some(Fault::Limit) => {
                github::Verdict::Limit { status: StatusCode::TOO_MANY_REQUESTS, retry_after: 1 }
            }
            Some(Fault::Forbidden) => github::Verdict::Answer(
                StatusCode::FORBIDDEN,
                json!({"message": "Resource not accessible by integration"}),
            ),
        }
    }

    fn at_slack(&self, stage: &Stage, method: &str, asked: &Value, at: slack::Stage) -> slack::Verdict {
        let is_after = at == slack::Stage::After;
        if !is_after && matches!(method, "chat.postMessage" | "chat.update") {
            self.hears(stage, method, asked);
        }
        match self.fault(Place::Slack, is_after) {
            None => slack::Verdict::Continue,
            Some(Fault::Error | Fault::Forbidden) => slack::Verdict::Answer(
                StatusCode::INTERNAL_SERVER_ERROR,
                json!({"ok": false, "error": "internal_error"}),
            ),
            Some(Fault::Reset) => slack::Verdict::Reset,
            Some(Fault::Hang) => slack::Verdict::Hang,
            Some(Fault::Limit) => slack::Verdict::TooMany(1),
        }
    }

    /// The lives that GitHub has decided so.
    fn decided(&self, stage: &Stage, action: Action) -> BTreeSet<usize> {
        let lives = self.lives.lock().unwrap().clone();
        let is_so = |request| stage.github.decision_on(request).is_some_and(|made| made.action == action);
        lives.into_iter().filter(|(request, _)| is_so(*request)).map(|(_, life)| life).collect()
    }

    /// Nothing may be announced that GitHub does not show at that moment.
    fn hears(&self, stage: &Stage, method: &str, asked: &Value) {
        let text = asked["text"].as_str().unwrap_or_default();
        let Some(claimed) = claimed(text) else { return };
        let life = life_in(&asked.to_string()).or_else(|| {
            let (channel, ts) = (asked["channel"].as_str()?, asked["thread_ts"].as_str()?);
            let card = stage.slack.channel(channel).into_iter().find(|card| card.ts == ts)?;
            life_in(&format!("{}{}", card.text, card.blocks))
        });
        if let (None, Some(key)) = (life, key_in(text)) {
            let told =
                Told { key: key.to_owned(), true_of: self.decided(stage, claimed), text: text.to_owned() };
            return self.seen.lock().unwrap().told.push(told);
        }
        let request = life.and_then(|life| self.request_of(life));
        let decided =
            request.and_then(|request| stage.github.decision_on(request)).map(|decision| decision.action);
        if decided != Some(claimed) {
            let words = format!(
                "{method} announced {claimed:?} of life {life:?} while GitHub had {decided:?}: {text}"
            );
            self.seen.lock().unwrap().early.push(words);
        }
    }
}

/// The short key of the request that a text names.
fn key_in(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| word.starts_with("r-"))
}

/// The outcome that a message tells, if it tells one.
fn claimed(text: &str) -> Option<Action> {
    let tells = |start: &str, within: &str| {
        text.lines().any(|line| line.starts_with(start))
            || text.lines().next().is_some_and(|line| line.contains(within))
    };
    if tells("Approved", " was approved") {
        return Some(Action::Approve);
    }
    tells("Denied", " was denied").then_some(Action::Deny)
}

/// What each life's token is called, so that it is found again in whatever is shown of it.
pub(super) fn name_of(life: usize) -> String {
    format!("chaos{life:04}")
}

/// The life whose token is named in a text.
pub(super) fn life_in(text: &str) -> Option<usize> {
    let (_, rest) = text.split_once("chaos")?;
    rest.get(..4)?.parse().ok()
}
