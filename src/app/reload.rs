//! Takes rulebook and policies anew while the service runs: as one set, or not at all.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, watch};

use super::{App, Rules};
use crate::config::{Config, Mistakes, Origin, Seen, Sources, once_settled};
use crate::jobs::{Kind, Notice, groups};
use crate::store::{Change, PolicySet, StoreError};

/// How much of the first mistake the operators are told; the log and `check` have all.
const LONGEST_CAUSE: usize = 300;

/// What became of a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reloaded {
    /// Everything is as it was.
    Unchanged,
    /// Another set is in force.
    Taken,
    /// What is written has mistakes; what was in force stays.
    Refused,
}

/// What the operators have to know about the set in force.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// What is written now has mistakes: since when, and their codes.
    pub refused: Option<(DateTime<Utc>, Vec<String>)>,
    /// The keys that say something else than at the start, for which a restart is needed.
    pub restart_for: Vec<String>,
}

/// Where rules come from, and how the last reload went; clones share it.
#[derive(Clone)]
pub(super) struct Reloads(Arc<Inner>);

struct Inner {
    origin: Option<Origin>,
    standing: watch::Sender<Standing>,
    state: Mutex<State>,
}

/// Held during a reload, so that two don't mix.
struct State {
    sources: Sources,
    /// What was read last was refused.
    is_refused: bool,
    /// A reload did not come to its end: the database did not take it.
    is_unfinished: bool,
    /// What follows from other rules is still to be asked for.
    is_work_behind: bool,
}

impl Reloads {
    pub(super) fn new(config: &Config) -> Self {
        let state = State {
            sources: config.sources.clone(),
            is_refused: false,
            is_unfinished: false,
            is_work_behind: false,
        };
        Self(Arc::new(Inner {
            origin: config.origin.clone(),
            standing: watch::Sender::default(),
            state: Mutex::new(state),
        }))
    }
}

impl App {
    /// How the last reload went.
    pub fn standing(&self) -> Standing {
        self.reloads.0.standing.borrow().clone()
    }

    /// What the files hold that the rules come from, if it is not what was read last, or not taken to its end.
    pub(crate) async fn unread(&self) -> Option<Seen> {
        let state = self.reloads.0.state.lock().await;
        let sources = state.sources.clone();
        let seen = tokio::task::spawn_blocking(move || sources.now()).await.ok()?;
        (state.is_unfinished || seen != *state.sources.then()).then_some(seen)
    }

    /// Reads the configuration and all policies again. If they are in order, what decides is replaced as a whole; if not,
    /// everything stays as it was, and the operators are told.
    pub async fn reload(&self) -> Result<Reloaded, StoreError> {
        let Some(origin) = self.reloads.0.origin.clone() else { return Ok(Reloaded::Unchanged) };
        let mut state = self.reloads.0.state.lock().await;
        state.is_unfinished = true;
        let now = self.clock.now();
        let read = tokio::task::spawn_blocking(move || {
            once_settled(|| {
                let (config, sources) = origin.read();
                (config.map_err(Broken::from).and_then(|config| with_rules(config, now)), sources)
            })
        });
        let done = match read.await {
            // Somebody is writing; what is in force stays until they are done.
            Ok(None) => return Ok(Reloaded::Unchanged),
            Ok(Some((Ok((config, rules)), sources))) => {
                state.sources = sources;
                self.take(&mut state, &config, rules).await
            }
            Ok(Some((Err(broken), sources))) => {
                state.sources = sources;
                self.refuse(&mut state, &broken).await
            }
            Err(_) => self.refuse(&mut state, &Broken::without_words()).await,
        };
        state.is_unfinished = done.is_err();
        done
    }

    async fn take(&self, state: &mut State, config: &Config, rules: Rules) -> Result<Reloaded, StoreError> {
        let restart_for = self.config.fixed.differences(&config.fixed);
        if !restart_for.is_empty() {
            let keys = restart_for.join(", ");
            tracing::warn!(keys, "what these keys say counts from the next start on; the rest is taken");
        }
        for notice in &config.notices {
            tracing::warn!("{notice}");
        }
        let before = self.rules();
        let is_new = before.digest != rules.digest;
        let told = state.is_refused || self.store.lasting(Notice::RULES).await?.is_some();
        let news = told.then(|| in_order_again(&rules).job(self.clock.now()));
        let mut change = Change { jobs: news.into_iter().collect(), ..Change::default() };
        if is_new {
            change.entries = vec![self.record().reloaded(&before, &rules)];
            change.policy_set = Some(PolicySet::of(&rules.policy, self.clock.now()));
            change.leave = Some(rules.leave(self.clock.now()));
        }
        // On record before it counts: no judgement goes by rules that the record does not know.
        self.store_alone(change).await?;
        state.is_refused = false;
        self.reloads.0.standing.send_replace(Standing { refused: None, restart_for });
        if is_new {
            tracing::info!(
                before = before.policy.hash(),
                after = rules.policy.hash(),
                "the rules were taken anew"
            );
            self.rules.replace(rules);
            state.is_work_behind = true;
            if let Err(error) = self.pin_changes().await {
                tracing::warn!(%error, "changed links are pinned at their first use");
            }
        }
        if state.is_work_behind {
            self.follow().await?;
            state.is_work_behind = false;
        }
        Ok(if is_new { Reloaded::Taken } else { Reloaded::Unchanged })
    }

    /// Cards say who decides, and homes what may be; and whom groups get from elsewhere is read now, so that teams and machines are pinned before anybody makes
    /// use of their names, and operators hear of what can't be read before it is needed.
    async fn follow(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let open = self.store.open_requests(u32::MAX).await?;
        let cards = open.iter().map(|request| Kind::Card.on(&request.key, String::new(), now));
        let sources = self.sources();
        let sources = sources.iter().map(|member| Kind::Groups.on(member, String::new(), now));
        let accounts = Kind::Groups.on(groups::ACCOUNTS, String::new(), now);
        let homes = self.homes_by_new_rights().await?;
        let jobs = cards.chain(sources).chain([accounts]).chain(homes).collect();
        self.store_alone(Change { jobs, ..Change::default() }).await
    }

    async fn refuse(&self, state: &mut State, broken: &Broken) -> Result<Reloaded, StoreError> {
        metrics::counter!("countersign_reload_failures_total").increment(1);
        let rules = self.rules();
        for mistake in &broken.mistakes {
            tracing::error!(
                cause = mistake,
                in_force = rules.policy.hash(),
                "the changed rules are not taken; what was in force stays in force"
            );
        }
        let now = self.clock.now();
        self.reloads.0.standing.send_modify(|standing| standing.refused = Some((now, broken.codes.clone())));
        state.is_refused = true;
        let notice = Notice::RulesRefused { cause: broken.summary(), policies: short(&rules) };
        self.store_alone(Change { jobs: vec![notice.job(now)], ..Change::default() }).await?;
        Ok(Reloaded::Refused)
    }
}

/// Tells the operators that trouble with rules is over.
pub(super) fn in_order_again(rules: &Rules) -> Notice {
    Notice::RulesTaken { policies: short(rules) }
}

/// As much of a set's name as tells it from others at a glance; the log and `/status` have all of it.
fn short(rules: &Rules) -> String {
    rules.policy.hash().chars().take(12).collect()
}

/// Why a set is not taken.
struct Broken {
    codes: Vec<String>,
    mistakes: Vec<String>,
}

impl Broken {
    fn without_words() -> Self {
        let mistakes = vec!["it could not be read to its end".to_owned()];
        Self { codes: vec!["unreadable".to_owned()], mistakes }
    }

    fn summary(&self) -> String {
        let first: String =
            self.mistakes.first().map_or("", String::as_str).chars().take(LONGEST_CAUSE).collect();
        match self.mistakes.len() {
            0 | 1 => first,
            many => format!("{many} mistakes, the first is {first}"),
        }
    }
}

impl From<Mistakes> for Broken {
    fn from(mistakes: Mistakes) -> Self {
        Self {
            codes: mistakes.iter().map(|mistake| mistake.code.to_owned()).collect(),
            mistakes: mistakes.iter().map(ToString::to_string).collect(),
        }
    }
}

fn with_rules(mut config: Config, now: DateTime<Utc>) -> Result<(Config, Rules), Broken> {
    match Rules::new(std::mem::take(&mut config.rulebook), now) {
        Ok(rules) => Ok((config, rules)),
        Err(faults) => Err(Broken {
            codes: faults.0.iter().map(|fault| fault.code.to_owned()).collect(),
            mistakes: faults.0.iter().map(ToString::to_string).collect(),
        }),
    }
}
