//! Time as an argument: the wall clock in production, a clock moved by hand in tests and demos.
//!
//! Nothing else in the program reads the time of day; `clippy.toml` sees to that.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

/// How long it takes at most until a deadline notices that the machine's clock was set.
const NOTICED_WITHIN: Duration = Duration::from_secs(1);

/// Where the program gets the time of day from; cheap to clone, all clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Wall,
    Manual(Arc<watch::Sender<DateTime<Utc>>>),
}

impl Clock {
    /// The machine's clock.
    pub fn wall() -> Self {
        Self(Source::Wall)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(watch::Sender::new(start))))
    }

    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
            Source::Wall => Utc::now(),
            Source::Manual(time) => *time.borrow(),
        }
    }

    /// Whether this is the machine's clock: other machines have others.
    pub fn is_wall(&self) -> bool {
        matches!(self.0, Source::Wall)
    }

    /// The moment that is `within` from now.
    pub fn deadline(&self, within: TimeDelta) -> Deadline {
        let started = Instant::now();
        Deadline {
            clock: self.clone(),
            at: self.now() + within,
            started,
            within: within.to_std().unwrap_or_default(),
        }
    }

    /// Moves a manual clock forward and wakes who waited for the new time.
    ///
    /// # Panics
    /// On the wall clock, which nobody moves.
    pub fn advance(&self, by: TimeDelta) {
        match &self.0 {
            Source::Wall => panic!("only a manual clock can be moved"),
            Source::Manual(time) => time.send_modify(|now| *now += by),
        }
    }

    /// Returns once the clock shows `at` or later.
    pub async fn sleep_until(&self, at: DateTime<Utc>) {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
            Source::Wall => {
                while let Ok(left) = (at - self.now()).to_std() {
                    // A nanosecond more, so that a rounded-down sleep does not spin.
                    tokio::time::sleep(left + Duration::from_nanos(1)).await;
                }
            }
            Source::Manual(time) => {
                let mut time = time.subscribe();
                time.wait_for(|now| *now >= at).await.expect("the sender lives in self");
            }
        }
    }

    /// Returns once `time` has passed. For deadlines: setting the machine's clock neither shortens nor stretches it.
    pub async fn pause(&self, time: Duration) {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
            Source::Wall => tokio::time::sleep(time).await,
            Source::Manual(_) => self.sleep_until(self.now() + time).await,
        }
    }
}

/// A moment after which something must not happen. Setting the machine's clock back does not put it off, and neither
/// does a machine that slept: of the time of day and the time that has passed, whichever is first counts.
#[derive(Clone, Debug)]
pub struct Deadline {
    clock: Clock,
    at: DateTime<Utc>,
    started: Instant,
    within: Duration,
}

impl Deadline {
    /// The moment by the clock that it was asked of.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }

    pub fn is_over(&self) -> bool {
        let has_passed = match &self.clock.0 {
            Source::Wall => self.started.elapsed() >= self.within,
            Source::Manual(_) => false,
        };
        has_passed || self.clock.now() >= self.at
    }

    /// Returns once it is over. Every poll looks at the clocks themselves: a process that was stopped for long and goes
    /// on learns it here before its timers know.
    pub async fn over(&self) {
        while !self.is_over() {
            let mut nap = pin!(self.nap());
            poll_fn(|context| if self.is_over() { Poll::Ready(()) } else { nap.as_mut().poll(context) })
                .await;
        }
    }

    async fn nap(&self) {
        match &self.clock.0 {
            #[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
            Source::Wall => {
                let left = self.within.saturating_sub(self.started.elapsed());
                tokio::time::sleep(left.min(NOTICED_WITHIN)).await;
            }
            Source::Manual(_) => self.clock.sleep_until(self.at).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_deadline_of_a_manual_clock_is_over_when_the_clock_says_so() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let deadline = clock.deadline(TimeDelta::seconds(10));

        clock.advance(TimeDelta::seconds(9));
        assert!(!deadline.is_over());
        clock.advance(TimeDelta::seconds(1));

        deadline.over().await;
        assert_eq!(deadline.at(), DateTime::UNIX_EPOCH + TimeDelta::seconds(10));
    }

    #[tokio::test]
    async fn a_clock_that_was_set_does_not_put_a_deadline_off() {
        let passed = Clock::wall().deadline(TimeDelta::milliseconds(20));
        let set_back = Deadline { at: passed.at + TimeDelta::days(1), ..passed.clone() };
        let slept = Deadline { within: Duration::from_secs(86_400), ..passed };

        set_back.over().await;
        slept.over().await;
    }

    /// A task that did not run for long: its timer has not fired when it is polled, and it must not matter.
    #[tokio::test]
    async fn a_deadline_is_seen_before_its_timer_fires() {
        let deadline = Clock::wall().deadline(TimeDelta::milliseconds(5));
        let mut over = pin!(deadline.over());
        assert!(futures::poll!(over.as_mut()).is_pending());
        let until = Instant::now() + Duration::from_millis(10);
        while Instant::now() < until {}

        assert!(futures::poll!(over.as_mut()).is_ready());
    }

    #[tokio::test]
    async fn a_manual_clock_wakes_sleepers_when_it_is_moved() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(DateTime::UNIX_EPOCH + TimeDelta::seconds(90)).await;
                clock.now()
            }
        });

        clock.advance(TimeDelta::seconds(60));
        assert!(!sleeper.is_finished());
        clock.advance(TimeDelta::seconds(30));

        assert_eq!(sleeper.await.unwrap(), DateTime::UNIX_EPOCH + TimeDelta::seconds(90));
    }
}
