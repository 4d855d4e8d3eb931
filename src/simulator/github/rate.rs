//! The count behind `x-ratelimit-*`. It is shown, not enforced: a fault hook answers 403 or 429 where a test wants it.

use chrono::{DateTime, Utc};

use super::GitHub;

/// The budget of the current hour, of all callers together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) limit: u64,
    pub(crate) used: u64,
    pub(crate) remaining: u64,
    /// Seconds since 1970.
    pub(crate) reset: i64,
}

/// What an installation may call in an hour, at least (docs.github.com, rate limits for the REST API).
const LIMIT: u64 = 5000;
const HOUR: i64 = 3600;

impl Default for Rate {
    fn default() -> Self {
        Self { limit: LIMIT, used: 0, remaining: LIMIT, reset: 0 }
    }
}

impl Rate {
    pub(crate) fn after_call(self, now: DateTime<Utc>) -> Self {
        let now = now.timestamp();
        let used = if now < self.reset { self.used + 1 } else { 1 };
        let remaining = self.limit.saturating_sub(used);
        Self { used, remaining, reset: (now / HOUR + 1) * HOUR, ..self }
    }
}

impl Rate {
    /// The last call costs nothing.
    pub(crate) fn without_the_last(self) -> Self {
        let used = self.used.saturating_sub(1);
        Self { used, remaining: self.limit.saturating_sub(used), ..self }
    }
}

impl GitHub {
    /// From here on as many calls are allowed in an hour, as an instance's administrators may set it.
    pub fn allow_hourly(&self, calls: u64) {
        self.change(|world| world.rate.limit = calls);
    }

    pub(crate) fn rate(&self) -> Rate {
        self.look(|world| world.rate)
    }
}
