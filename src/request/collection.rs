//! Many requests that share one card, because each on its own would only be in the way.

use chrono::{DateTime, TimeDelta, Utc};

use super::Key;
use crate::ids::{ChannelId, Login};

/// As many undecided requests of one person get cards of their own.
pub const OF_ONE_PERSON: i64 = 5;

/// As many requests get cards of their own in one channel within [`AT_ONCE_WITHIN`].
pub const AT_ONCE: i64 = 30;

/// See [`AT_ONCE`].
pub const AT_ONCE_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// A collection is added to for this long; what comes later begins another one, which people notice.
pub const GATHERED_FOR: TimeDelta = TimeDelta::hours(1);

/// One such card in one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// What people and buttons call it by: `c-7f3k2`.
    pub key: Key,
    pub channel: ChannelId,
    pub gathered: Gathered,
    pub made_at: DateTime<Utc>,
}

/// Why requests were collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gathered {
    /// They waited already when the organization was seen for the first time.
    Baseline { organization: Login },
    /// One person asks for more than a handful at a time.
    OnePerson { requester: Login },
    /// Too many come at once in one channel.
    Flood,
    /// Too many tokens at once were granted without review.
    Unreviewed,
}

impl Gathered {
    /// Whether what is collected waits for a decision, and leaves the collection with it.
    pub fn waits(&self) -> bool {
        match self {
            Self::Baseline { .. } | Self::OnePerson { .. } | Self::Flood => true,
            Self::Unreviewed => false,
        }
    }

    /// The cause and what it is about, as they are kept.
    pub fn written(&self) -> (&'static str, &str) {
        match self {
            Self::Baseline { organization } => ("baseline", organization.as_str()),
            Self::OnePerson { requester } => ("one_person", requester.as_str()),
            Self::Flood => ("flood", ""),
            Self::Unreviewed => ("unreviewed", ""),
        }
    }

    /// Reads what [`Gathered::written`] gave.
    pub fn read(cause: &str, about: &str) -> Option<Self> {
        match cause {
            "baseline" => Some(Self::Baseline { organization: Login::new(about) }),
            "one_person" => Some(Self::OnePerson { requester: Login::new(about) }),
            "flood" => Some(Self::Flood),
            "unreviewed" => Some(Self::Unreviewed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_reads_back() {
        for gathered in [
            Gathered::Baseline { organization: Login::new("acme") },
            Gathered::OnePerson { requester: Login::new("octocat") },
            Gathered::Flood,
            Gathered::Unreviewed,
        ] {
            let (cause, about) = gathered.written();

            assert_eq!(Gathered::read(cause, about), Some(gathered.clone()));
        }
        assert_eq!(Gathered::read("later", ""), None);
    }

    #[test]
    fn what_was_granted_without_review_waits_for_nobody() {
        assert!(Gathered::Flood.waits());
        assert!(!Gathered::Unreviewed.waits());
    }
}
