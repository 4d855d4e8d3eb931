//! In whose name nothing is asked for a while, because GitHub said so: it bans apps that go on asking
//! (docs.github.com, best-practices-for-using-the-rest-api).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::client::Caller;

/// Until when each caller rests. A limit counts for one installation, or for the App itself; the others go on.
#[derive(Debug, Default)]
pub(super) struct Holds(Mutex<HashMap<Caller, DateTime<Utc>>>);

impl Holds {
    /// Until when nothing may be asked in a caller's name.
    pub(super) fn until(&self, caller: Caller, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let holds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        holds.get(&caller).copied().filter(|until| *until > now)
    }

    /// GitHub said to wait.
    pub(super) fn hold(&self, caller: Caller, until: DateTime<Utc>, now: DateTime<Utc>) {
        let mut holds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        holds.retain(|_, until| *until > now);
        if holds.insert(caller, until).is_none_or(|before| before < until) {
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
