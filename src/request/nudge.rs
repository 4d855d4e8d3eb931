//! Whether whoever asked for a token may have those reminded who can decide about it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Frozen, State, TokenRequest};

/// Approvers who are reminded more often than this only learn to look away.
pub const REST: TimeDelta = TimeDelta::hours(4);

/// Why nobody is reminded; one variant for each thing we would say to who asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotNudged {
    Unlinked,
    CannotTell {
        cause: String,
    },
    /// There is no such request, or it is somebody else's: which of both is not theirs to know.
    NotTheirs,
    TooLate {
        clicked_at: DateTime<Utc>,
    },
    BeingDecided,
    Settled,
    Frozen(Box<Frozen>),
    /// Nobody may decide it.
    NoRoute,
    TooSoon {
        again_at: DateTime<Utc>,
    },
}

impl NotNudged {
    /// The name in the record and in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unlinked => "unknown_account",
            Self::CannotTell { .. } => "cannot_tell",
            Self::NotTheirs => "unknown_request",
            Self::TooLate { .. } => "too_late",
            Self::BeingDecided => "already_deciding",
            Self::Settled => "already_settled",
            Self::Frozen(_) => "frozen",
            Self::NoRoute => "no_route",
            Self::TooSoon { .. } => "too_soon",
        }
    }
}

impl TokenRequest {
    /// Whether anybody is to be reminded of it now, where that was last done at `last`.
    pub fn to_nudge(&self, last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), NotNudged> {
        match &self.state {
            State::Pending { .. } => {}
            State::Deciding(_) => return Err(NotNudged::BeingDecided),
            State::Settled(_) => return Err(NotNudged::Settled),
        }
        match last.map(|last| last + REST).filter(|again_at| now < *again_at) {
            Some(again_at) => Err(NotNudged::TooSoon { again_at }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::{noon, pending};

    #[test]
    fn once_in_four_hours_is_enough() {
        let waiting = pending();
        let again_at = noon() + REST;

        assert_eq!(waiting.to_nudge(None, noon()), Ok(()));
        let just_before = again_at - TimeDelta::milliseconds(1);
        assert_eq!(waiting.to_nudge(Some(noon()), just_before), Err(NotNudged::TooSoon { again_at }));
        assert_eq!(waiting.to_nudge(Some(noon()), again_at), Ok(()));
    }
}
