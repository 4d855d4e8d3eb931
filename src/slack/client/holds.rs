//! The methods Slack asked to leave alone for a while: until then nothing is asked, so that no call is wasted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// A 429 counts for one method (docs.slack.dev, rate limits). Posting is limited per channel and has a pace of its
/// own; each response_url is a place of its own.
const NOT_HELD: [&str; 2] = ["chat.postMessage", "response_url"];

/// Until when each method rests; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Holds(Arc<Mutex<HashMap<&'static str, DateTime<Utc>>>>);

impl Holds {
    /// How long a method still rests.
    pub(super) fn left(&self, method: &str, now: DateTime<Utc>) -> Option<Duration> {
        let holds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (*holds.get(method)? - now).to_std().ok().filter(|left| !left.is_zero())
    }

    /// Slack said to wait.
    pub(super) fn hold(&self, method: &'static str, after: Duration, now: DateTime<Utc>) {
        if NOT_HELD.contains(&method) {
            return;
        }
        let until = now + TimeDelta::from_std(after).unwrap_or(TimeDelta::zero());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(method, until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
