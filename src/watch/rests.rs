//! What GitHub and Slack ask of one replica counts for all of them, and for the next run of the program: whom they want
//! to be left alone by, and until when. The longest such time is kept.

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
        for (name, until) in &known {
            let until = i64::try_from(*until).ok().and_then(DateTime::from_timestamp_millis);
            if let Some(until) = until.filter(|until| *until > now && *until - now <= LONGEST) {
                self.keep(name, until);
            }
        }
        let own = [(GITHUB, self.app.github.rests()), (SLACK, self.app.slack.rests())];
        let own = own.into_iter().flat_map(|(of, rests)| {
            let lasting = rests.into_iter().filter(|(_, until)| *until > now);
            lasting.map(move |(name, until)| Progress {
                name: format!("{of}{name}").into(),
                value: millis(until),
            })
        });
        let is_news = |one: &Progress| known.get(one.name.as_ref()).is_none_or(|known| *known < one.value);
        let progress: Vec<_> = own.filter(is_news).collect();
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

fn millis(at: DateTime<Utc>) -> u64 {
    at.timestamp_millis().max(0).unsigned_abs()
}
