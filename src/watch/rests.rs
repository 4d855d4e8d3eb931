//! What GitHub and Slack ask of one replica counts for all of them, and for the next run of the program: whom they want
//! to be left alone by, and until when. The longest such time is kept.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::store::{Change, Progress, StoreError};

/// How long another replica may not know of it.
const EVERY: TimeDelta = TimeDelta::seconds(5);

/// A time further away was written under a clock that has been set since.
const LONGEST: TimeDelta = TimeDelta::days(1);

const GITHUB: &str = "rest github ";
const SLACK: &str = "rest slack ";

/// Shares the rests.
pub struct Rests {
    pub app: App,
}

impl Rests {
    /// Shares them until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let clock = self.app.clock.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.app.github.is_to_rest() => {}
                () = self.app.slack.is_to_rest() => {}
                () = clock.sleep_until(clock.now() + EVERY) => {}
            }
            self.share().await;
        }
    }

    /// Tells the others, and hears of theirs.
    pub async fn share(&self) {
        if let Err(error) = self.exchange().await {
            tracing::warn!(%error, "what GitHub and Slack ask for can't be shared with other replicas");
        }
    }

    async fn exchange(&self) -> Result<(), StoreError> {
        let now = self.app.clock.now();
        let known = self.app.store.rests().await?;
        for (name, until) in lasting(&known, now) {
            self.keep(name, until);
        }
        let own = [(GITHUB, self.app.github.rests()), (SLACK, self.app.slack.rests())];
        let own = own.into_iter().flat_map(|(of, rests)| {
            let lasting = rests.into_iter().filter(|(_, until)| *until > now);
            lasting.map(move |(name, until)| Progress {
                name: format!("{of}{name}").into(),
                value: millis(until),
            })
        });
        let progress: Vec<_> = own.filter(|one| is_news(&known, one)).collect();
        if !progress.is_empty() {
            let _ = self.app.store.commit(Change { progress, ..Change::default() }).await?;
        }
        Ok(())
    }

    fn keep(&self, name: &str, until: DateTime<Utc>) {
        if let Some(caller) = name.strip_prefix(GITHUB) {
            self.app.github.rest(caller, until);
        }
        if let Some(method) = name.strip_prefix(SLACK) {
            self.app.slack.rest(method, until);
        }
    }
}

/// What others were told and still holds.
fn lasting(known: &HashMap<String, u64>, now: DateTime<Utc>) -> impl Iterator<Item = (&str, DateTime<Utc>)> {
    known.iter().filter_map(move |(name, until)| {
        let until = i64::try_from(*until).ok().and_then(DateTime::from_timestamp_millis)?;
        (until > now && until - now <= LONGEST).then_some((name.as_str(), until))
    })
}

/// Whether others have to hear of it: they rest no longer than this, or not at all.
fn is_news(known: &HashMap<String, u64>, own: &Progress) -> bool {
    known.get(own.name.as_ref()).is_none_or(|known| *known < own.value)
}

fn millis(at: DateTime<Utc>) -> u64 {
    at.timestamp_millis().max(0).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::noon;

    const WHO: &str = "rest github installation 5";

    fn known(until: DateTime<Utc>) -> HashMap<String, u64> {
        HashMap::from([(WHO.to_owned(), millis(until))])
    }

    fn own(until: DateTime<Utc>) -> Progress {
        Progress { name: WHO.into(), value: millis(until) }
    }

    #[test]
    fn others_hear_of_the_longer_rest_alone() {
        let at = |seconds| noon() + TimeDelta::seconds(seconds);

        assert!(is_news(&HashMap::new(), &own(at(30))));
        assert!(is_news(&known(at(30)), &own(at(60))));
        assert!(!is_news(&known(at(60)), &own(at(60))));
        assert!(!is_news(&known(at(60)), &own(at(30))));
    }

    #[test]
    fn what_is_over_and_what_no_clock_can_mean_is_not_heard_of() {
        let heard = |until| lasting(&known(until), noon()).map(|(_, until)| until).collect::<Vec<_>>();

        assert_eq!(heard(noon() + TimeDelta::seconds(1)), [noon() + TimeDelta::seconds(1)]);
        assert!(heard(noon()).is_empty());
        assert_eq!(heard(noon() + LONGEST), [noon() + LONGEST]);
        assert!(heard(noon() + LONGEST + TimeDelta::seconds(1)).is_empty());
    }
}
