//! How an upstream does: whether it answers, since when, and what went wrong last, for operators; and whether it is left
//! alone for a while because it does not work.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::chance::Chance;
use crate::circuit::Circuit;
use crate::clock::Clock;

/// GitHub or Slack, watched by its client; clones watch the same one.
#[derive(Debug, Clone)]
pub struct Upstream(Arc<Inner>);

struct Inner {
    name: &'static str,
    clock: Clock,
    /// Of its own: when an upstream fails must not change what else comes out of chance.
    chance: Chance,
    standing: Mutex<Standing>,
    circuit: Mutex<Circuit>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What is known about an upstream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    pub reach: Reach,
    /// What went wrong last, also where it answered: our own word or a code, never a body.
    pub last_error: Option<(String, DateTime<Utc>)>,
    /// How many calls it still allows, as its last answer said.
    pub rate_remaining: Option<u64>,
}

/// Whether an upstream answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Nothing was asked yet.
    #[default]
    Unknown,
    Up {
        since: DateTime<Utc>,
    },
    Down {
        since: DateTime<Utc>,
    },
}

impl Upstream {
    /// `name` is the `upstream` label of the metrics.
    pub fn new(name: &'static str, clock: Clock) -> Self {
        let (standing, circuit) = Default::default();
        Self(Arc::new(Inner { name, clock, chance: Chance::system(), standing, circuit }))
    }

    /// What is known now.
    pub fn standing(&self) -> Standing {
        self.lock().clone()
    }

    /// Until when nothing is sent that can wait, because it failed several times in a row.
    pub fn rests_until(&self) -> Option<DateTime<Utc>> {
        self.circuit().rests_until()
    }

    /// Lets a call through that can wait; or tells until when to wait, and then it certainly was not sent.
    pub(crate) fn admit(&self) -> Result<(), DateTime<Utc>> {
        let now = self.0.clock.now();
        self.circuit().admit(now)
    }

    /// It answered, and there is nothing for operators to know.
    pub(crate) fn answers(&self) {
        self.works();
        self.is_up(true);
    }

    /// It answered, but with something operators should know: credentials, permissions, limits.
    pub(crate) fn complains(&self, error: impl Into<String>) {
        self.works();
        self.failed(error);
        self.is_up(true);
    }

    /// It answered, but will do nothing for us until somebody mends that.
    pub(crate) fn locks_us_out(&self, error: impl Into<String>) {
        self.works();
        self.failed(error);
        self.is_up(false);
    }

    /// It answered that it does not work, to somebody in whose name it is left alone for a while where that lasts.
    pub(crate) fn struggles(&self, error: impl Into<String>) {
        // It was left alone by all, and does not work yet.
        if self.rests_until().is_some() {
            return self.fails(error);
        }
        self.failed(error);
        self.is_up(false);
    }

    /// It did not answer, or only to say that it does not work.
    pub(crate) fn fails(&self, error: impl Into<String>) {
        self.failed(error);
        self.is_up(false);
        let (now, chance) = (self.0.clock.now(), self.0.chance.fraction());
        let (has_begun, until) = {
            let mut circuit = self.circuit();
            (circuit.failed(now, chance), circuit.rests_until())
        };
        if let Some(until) = until.filter(|_| has_begun) {
            let upstream = self.0.name;
            tracing::warn!(upstream, %until, "an upstream failed several times in a row and is left alone for a while");
        }
    }

    fn works(&self) {
        if self.circuit().answered() {
            tracing::info!(upstream = self.0.name, "an upstream works again; work for it goes on");
        }
    }

    /// It said how many calls it still allows.
    pub fn allows(&self, remaining: u64) {
        self.lock().rate_remaining = Some(remaining);
        metrics::gauge!("countersign_upstream_rate_remaining", "upstream" => self.0.name)
            .set(remaining as f64);
    }

    fn failed(&self, error: impl Into<String>) {
        let now = self.0.clock.now();
        self.lock().last_error = Some((error.into(), now));
    }

    fn is_up(&self, up: bool) {
        let now = self.0.clock.now();
        let before = {
            let mut standing = self.lock();
            let before = standing.reach;
            standing.reach = match (before, up) {
                (Reach::Up { .. }, true) | (Reach::Down { .. }, false) => before,
                (Reach::Unknown | Reach::Down { .. }, true) => Reach::Up { since: now },
                (Reach::Unknown | Reach::Up { .. }, false) => Reach::Down { since: now },
            };
            before
        };
        metrics::gauge!("countersign_upstream_up", "upstream" => self.0.name).set(f64::from(u8::from(up)));
        self.say(before, up);
    }

    /// Once per change: each call's own failure is told by whoever made it.
    fn say(&self, before: Reach, up: bool) {
        let upstream = self.0.name;
        match (before, up) {
            (Reach::Unknown | Reach::Up { .. }, false) => {
                let error = self.lock().last_error.clone().map(|(error, _)| error);
                tracing::warn!(upstream, error, "an upstream does not answer; work for it waits");
            }
            (Reach::Down { since }, true) => {
                tracing::info!(upstream, down_since = %since, "an upstream answers again");
            }
            (Reach::Unknown | Reach::Up { .. }, true) | (Reach::Down { .. }, false) => {}
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.0.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.0.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn an_upstream_is_down_from_its_first_silence_until_it_answers() {
        let start = DateTime::UNIX_EPOCH;
        let clock = Clock::manual(start);
        let github = Upstream::new("github", clock.clone());
        assert_eq!(github.standing(), Standing::default());

        github.answers();
        clock.advance(TimeDelta::seconds(10));
        github.fails("no answer");
        clock.advance(TimeDelta::seconds(10));
        github.fails("HTTP 502");

        let standing = github.standing();
        assert_eq!(standing.reach, Reach::Down { since: start + TimeDelta::seconds(10) });
        assert_eq!(standing.last_error, Some(("HTTP 502".into(), start + TimeDelta::seconds(20))));
        github.complains("HTTP 401");
        assert_eq!(github.standing().reach, Reach::Up { since: start + TimeDelta::seconds(20) });
    }

    #[test]
    fn an_upstream_that_only_fails_is_left_alone_until_it_answers() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let slack = Upstream::new("slack", clock.clone());
        for _ in 0..5 {
            assert_eq!(slack.admit(), Ok(()));
            slack.fails("HTTP 503");
        }
        let until = slack.admit().unwrap_err();
        assert_eq!(slack.rests_until(), Some(until));

        // What does not wait is sent all the same, and its answer lets everybody go on.
        slack.locks_us_out("invalid_auth");

        assert_eq!((slack.admit(), slack.rests_until()), (Ok(()), None));
        assert!(matches!(slack.standing().reach, Reach::Down { .. }));
    }
}
