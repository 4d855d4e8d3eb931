//! Time as an argument: the wall clock in production, a clock moved by hand in tests and demos.
//!
//! Nothing else in the program reads the time of day; `clippy.toml` sees to that.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

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

#[cfg(test)]
mod tests {
    use super::*;

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
