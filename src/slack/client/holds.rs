//! The methods Slack asked to leave alone for a while: until then nothing is asked, so that no call is wasted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;

/// A 429 counts for one method (docs.slack.dev, rate limits). Posting is limited per channel and has a pace of its
/// own; each response_url is a place of its own.
const NOT_HELD: [&str; 2] = ["chat.postMessage", "response_url"];

/// Until when each method rests; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Holds(Arc<Held>);

#[derive(Debug, Default)]
struct Held {
    until: Mutex<HashMap<String, DateTime<Utc>>>,
    news: Notify,
}

impl Holds {
    /// How long a method still rests.
    pub(super) fn left(&self, method: &str, now: DateTime<Utc>) -> Option<Duration> {
        let holds = self.0.until.lock().unwrap_or_else(PoisonError::into_inner);
        (*holds.get(method)? - now).to_std().ok().filter(|left| !left.is_zero())
    }

    /// Slack said to wait.
    pub(super) fn hold(&self, method: &'static str, after: Duration, now: DateTime<Utc>) {
        if NOT_HELD.contains(&method) {
            return;
        }
        self.hold_until(method, now + TimeDelta::from_std(after).unwrap_or(TimeDelta::zero()));
    }

    /// The same, until a moment.
    pub(super) fn hold_until(&self, method: &str, until: DateTime<Utc>) {
        let mut holds = self.0.until.lock().unwrap_or_else(PoisonError::into_inner);
        // Calls that were under way together are told different times; the longest is kept.
        if holds.get(method).is_none_or(|before| *before < until) {
            holds.insert(method.to_owned(), until);
            self.0.news.notify_one();
        }
    }

    /// Which method rests until when.
    pub(super) fn all(&self) -> Vec<(String, DateTime<Utc>)> {
        let holds = self.0.until.lock().unwrap_or_else(PoisonError::into_inner);
        holds.iter().map(|(method, until)| (method.clone(), *until)).collect()
    }

    /// Returns when a method has begun to rest, or rests for longer.
    pub(super) async fn changed(&self) {
        self.0.news.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_not_cut_short_by_a_shorter_one() {
        let (holds, now) = (Holds::default(), DateTime::UNIX_EPOCH);

        for seconds in [30, 60, 1] {
            holds.hold("chat.update", Duration::from_secs(seconds), now);
        }

        assert_eq!(holds.left("chat.update", now), Some(Duration::from_secs(60)));
        holds.hold("chat.update", Duration::from_secs(5), now + TimeDelta::seconds(60));
        assert_eq!(holds.left("chat.update", now + TimeDelta::seconds(60)), Some(Duration::from_secs(5)));
    }

    #[test]
    fn a_method_rests_alone_and_only_as_long_as_it_was_told() {
        let holds = Holds::default();
        let now = DateTime::UNIX_EPOCH;

        holds.hold("chat.update", Duration::from_secs(30), now);
        holds.hold("chat.postMessage", Duration::from_secs(30), now);

        assert_eq!(holds.left("chat.update", now), Some(Duration::from_secs(30)));
        assert_eq!(holds.left("chat.update", now + TimeDelta::seconds(30)), None);
        assert_eq!(holds.left("users.info", now), None);
        assert_eq!(holds.left("chat.postMessage", now), None);
    }
}
