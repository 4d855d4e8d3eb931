//! In whose name nothing is asked for a while, because GitHub said so: it bans apps that go on asking
//! (docs.github.com, best-practices-for-using-the-rest-api).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use super::client::Caller;

/// Until when each caller rests. A limit counts for one installation, or for the App itself; the others go on.
#[derive(Debug, Default)]
pub(super) struct Holds {
    until: Mutex<HashMap<Caller, DateTime<Utc>>>,
    news: Notify,
}

impl Holds {
    /// Until when nothing may be asked in a caller's name.
    pub(super) fn until(&self, caller: Caller, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let holds = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        holds.get(&caller).copied().filter(|until| *until > now)
    }

    /// Who rests until when.
    pub(super) fn all(&self) -> Vec<(Caller, DateTime<Utc>)> {
        let holds = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        holds.iter().map(|(caller, until)| (*caller, *until)).collect()
    }

    /// Returns when somebody new rests, or for longer.
    pub(super) async fn changed(&self) {
        self.news.notified().await;
    }

    /// GitHub said to wait.
    pub(super) fn hold(&self, caller: Caller, until: DateTime<Utc>, now: DateTime<Utc>) {
        let mut holds = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        holds.retain(|_, until| *until > now);
        // Calls that were under way together are told different times; the longest is kept.
        let before = holds.get(&caller).copied();
        if before.is_none_or(|before| before < until) {
            holds.insert(caller, until);
            self.news.notify_one();
            tracing::warn!(%caller, %until, "GitHub wants to be left alone; nothing is asked in this name until then");
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::ids::InstallationId;

    #[test]
    fn a_rest_is_not_cut_short_by_a_shorter_one() {
        let (holds, now) = (Holds::default(), DateTime::UNIX_EPOCH);
        let at = |seconds| now + TimeDelta::seconds(seconds);

        for seconds in [30, 60, 1] {
            holds.hold(Caller::App, at(seconds), now);
        }

        assert_eq!(holds.until(Caller::App, now), Some(at(60)));
        holds.hold(Caller::App, at(65), at(60));
        assert_eq!(holds.until(Caller::App, at(60)), Some(at(65)));
    }

    #[test]
    fn a_caller_rests_alone_and_only_as_long_as_it_was_told() {
        let (holds, now) = (Holds::default(), DateTime::UNIX_EPOCH);
        let (one, until) = (Caller::Installation(InstallationId(5)), now + TimeDelta::seconds(30));

        holds.hold(one, until, now);

        assert_eq!(holds.until(one, now), Some(until));
        assert_eq!(holds.until(Caller::Installation(InstallationId(6)), now), None);
        assert_eq!(holds.until(Caller::App, now), None);
        assert_eq!(holds.until(one, until), None);
    }
}
