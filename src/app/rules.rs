//! What is in force of who may decide what: the configuration's rulebook and the policies, as one value that is never
//! changed and at most replaced as a whole.
//!
//! Whoever judges takes the rules once and keeps to them to the end, so that no judgement goes by two sets.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::App;
use crate::config::{Automatic, Rulebook};
use crate::policy::{Engine, Faults};
use crate::store::Leave;

/// One set of rules.
pub struct Rules {
    /// Routes, requirements, groups and people, as they are written.
    pub book: Rulebook,
    /// The loaded policies.
    pub policy: Engine,
    /// Tells this set from every other.
    pub digest: String,
    pub loaded_at: DateTime<Utc>,
}

impl Rules {
    /// Loads the policies that the rulebook asks for; what they name was looked up when it was read.
    pub fn new(book: Rulebook, now: DateTime<Utc>) -> Result<Self, Faults> {
        let policy = Engine::recorded(book.policy.texts())?;
        Ok(Self { policy, digest: book.digest(), book, loaded_at: now })
    }

    /// Whether rules decide alone by this set, which is in force now.
    pub(super) fn leave(&self, now: DateTime<Utc>) -> Leave {
        Leave { is_given: self.book.policy.automatic == Automatic::On, at: now }
    }
}

/// The set in force; clones share it.
#[derive(Clone)]
pub(super) struct InForce(watch::Sender<Arc<Rules>>);

impl InForce {
    pub(super) fn new(rules: Rules) -> Self {
        Self(watch::Sender::new(Arc::new(rules)))
    }

    pub(super) fn replace(&self, rules: Rules) {
        self.0.send_replace(Arc::new(rules));
    }
}

impl App {
    /// Tells when other rules come into force.
    pub fn rules_in_force(&self) -> watch::Receiver<Arc<Rules>> {
        self.rules.0.subscribe()
    }

    /// The rules in force now.
    pub fn rules(&self) -> Arc<Rules> {
        self.rules.0.borrow().clone()
    }
}
