//! Leaves an upstream alone that does not work: after several failures in a row nothing is sent for a growing while, then
//! one call tries, and its success lets everybody go on.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// As many failures in a row are bad luck; with this one the upstream counts as not working.
const FAILURES: u32 = 5;

/// How long it is left alone at first, and at most.
const SHORTEST: TimeDelta = TimeDelta::seconds(5);
const LONGEST: TimeDelta = TimeDelta::seconds(60);

/// How long the one call that tries has before another one may: longer than calls take that end as they should.
const TRYING: TimeDelta = TimeDelta::seconds(15);

/// How soon to come back while one tries.
const SOON: TimeDelta = TimeDelta::seconds(3);

/// Whether an upstream is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Circuit {
    /// Everything is sent.
    Closed { failures: u32 },
    /// Nothing is sent before `until`, and then one call.
    Open { until: DateTime<Utc>, times: u32, is_trying: bool },
}

impl Default for Circuit {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Circuit {
    /// Lets a call through that can wait, or says when to ask again. What it lets through after a rest is the one call
    /// that tries.
    pub(crate) fn admit(&mut self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        match self {
            Self::Closed { .. } => Ok(()),
            // A rest that is longer than any was begun under a clock that has been set since.
            Self::Open { until, is_trying, .. } if now < *until && *until - now <= LONGEST => {
                Err(if *is_trying { (now + SOON).min(*until) } else { *until })
            }
            Self::Open { until, is_trying, .. } => {
                (*until, *is_trying) = (now + TRYING, true);
                Ok(())
            }
        }
    }

    /// A call got no answer, or none that works; `chance`, from 0 up to 1, shortens the rest. True when that begins it.
    pub(crate) fn failed(&mut self, now: DateTime<Utc>, chance: f64) -> bool {
        match *self {
            Self::Closed { failures } if failures + 1 < FAILURES => {
                *self = Self::Closed { failures: failures + 1 };
                false
            }
            Self::Closed { .. } => {
                *self = Self::Open { until: now + rest(0, chance), times: 1, is_trying: false };
                true
            }
            Self::Open { times, is_trying: true, .. } => {
                let until = now + rest(times, chance);
                *self = Self::Open { until, times: times.saturating_add(1), is_trying: false };
                false
            }
            // Began before the rest did, or could not wait.
            Self::Open { is_trying: false, .. } => false,
        }
    }

    /// A call was answered. True when that ends a rest.
    pub(crate) fn answered(&mut self) -> bool {
        let was_open = matches!(self, Self::Open { .. });
        *self = Self::default();
        was_open
    }

    /// Until when nothing is sent that can wait.
    pub(crate) fn rests_until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Closed { .. } => None,
            Self::Open { until, .. } => Some(*until),
        }
    }
}

/// Doubles from the shortest to the longest; up to a quarter of it is chance, so that replicas do not try together.
fn rest(times: u32, chance: f64) -> TimeDelta {
    let whole = SHORTEST * 2_i32.pow(times.min(4));
    let millis = whole.min(LONGEST).num_milliseconds() as f64;
    TimeDelta::milliseconds((millis * (1.0 - chance.clamp(0.0, 1.0) / 4.0)) as i64)
}

/// One for each of those in whose name an upstream is asked: one that fails holds up none of the others.
#[derive(Debug)]
pub(crate) struct Circuits<K>(Mutex<HashMap<K, Circuit>>);

impl<K> Default for Circuits<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash> Circuits<K> {
    /// See [`Circuit::admit`].
    pub(crate) fn admit(&self, of: K, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        self.all().get_mut(&of).map_or(Ok(()), |circuit| circuit.admit(now))
    }

    /// See [`Circuit::failed`].
    pub(crate) fn failed(&self, of: K, now: DateTime<Utc>, chance: f64) -> bool {
        self.all().entry(of).or_default().failed(now, chance)
    }

    /// See [`Circuit::answered`]. Those that work are not kept.
    pub(crate) fn answered(&self, of: K) -> bool {
        self.all().remove(&of).is_some_and(|mut circuit| circuit.answered())
    }

    /// Until when one is left alone.
    pub(crate) fn rests_until(&self, of: K) -> Option<DateTime<Utc>> {
        self.all().get(&of).and_then(Circuit::rests_until)
    }

    /// Until when the last of them is left alone.
    pub(crate) fn longest(&self) -> Option<DateTime<Utc>> {
        self.all().values().filter_map(Circuit::rests_until).max()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<K, Circuit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// Without chance.
    fn open_at(seconds: i64) -> Circuit {
        let mut circuit = Circuit::default();
        for _ in 1..FAILURES {
            assert!(!circuit.failed(at(seconds), 0.0));
            assert_eq!(circuit.admit(at(seconds)), Ok(()));
        }
        assert!(circuit.failed(at(seconds), 0.0));
        circuit
    }

    #[test]
    fn a_success_between_failures_begins_the_count_anew() {
        let mut circuit = Circuit::default();
        for _ in 0..100 {
            assert!(!circuit.failed(at(0), 0.0) && !circuit.failed(at(0), 0.0) && !circuit.answered());
        }
    }

    #[test]
    fn after_failures_in_a_row_it_rests_and_then_one_call_tries() {
        let mut circuit = open_at(100);
        assert_eq!(circuit.admit(at(100)), Err(at(105)));
        assert_eq!(circuit.admit(at(104)), Err(at(105)));

        assert_eq!(circuit.admit(at(105)), Ok(()));
        assert_eq!(circuit.admit(at(105)), Err(at(108)));

        assert!(circuit.answered());
        assert_eq!((circuit.admit(at(105)), circuit.rests_until()), (Ok(()), None));
    }

    #[test]
    fn rests_grow_up_to_a_minute_and_chance_shortens_them() {
        let mut circuit = open_at(0);
        let mut now = at(5);
        for rest in [10, 20, 40, 60, 60, 60] {
            assert_eq!(circuit.admit(now), Ok(()));
            assert!(!circuit.failed(now, 0.0));
            now += TimeDelta::seconds(rest);
            assert_eq!(circuit.rests_until(), Some(now));
        }
        assert_eq!(circuit.admit(now), Ok(()));
        assert!(!circuit.failed(now, 0.999_999));
        let rest = circuit.rests_until().unwrap() - now;
        assert!(rest >= TimeDelta::seconds(45) && rest < TimeDelta::seconds(46), "{rest}");
    }

    #[test]
    fn what_began_before_the_rest_does_not_lengthen_it() {
        let mut circuit = open_at(0);

        assert!(!circuit.failed(at(3), 0.0));

        assert_eq!(circuit.admit(at(3)), Err(at(5)));
    }

    #[test]
    fn a_call_that_tried_and_never_came_back_is_followed_by_another() {
        let mut circuit = open_at(0);
        assert_eq!(circuit.admit(at(5)), Ok(()));

        assert_eq!(circuit.admit(at(19)), Err(at(20)));
        assert_eq!(circuit.admit(at(20)), Ok(()));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_lengthen_a_rest() {
        let mut circuit = open_at(100_000);

        assert_eq!(circuit.admit(at(0)), Ok(()));
    }
}
