//! The review as work: its row in the job table, a replica's run of it, and what that has on the wire.

use std::sync::Arc;

use super::brake;
use super::stored::Content;
use crate::request::{Answer, Deciding};

/// The review's row in the job table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Job {
    None,
    Waits,
    /// Leased; `again` if it was asked for once more meanwhile.
    Leased {
        again: bool,
    },
}

impl Job {
    pub(super) fn ask(&mut self) {
        *self = match self {
            Self::None | Self::Waits => Self::Waits,
            Self::Leased { .. } => Self::Leased { again: true },
        }
    }

    /// The end of a run that has nothing left to do.
    pub(super) fn done(&mut self) {
        *self = match self {
            Self::Leased { again: false } => Self::None,
            Self::None | Self::Waits | Self::Leased { again: true } => Self::Waits,
        }
    }
}

/// A replica's run of the review, between two of its steps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Run {
    /// Whose the lease is; every commit asks.
    pub(super) hold: Hold,
    /// Whether the stored request is still the one that this run has read; every commit asks.
    pub(super) is_fresh: bool,
    pub(super) stage: Stage,
}

impl Run {
    /// Whether an attempt is under way that has not run out of time.
    pub(super) fn is_on_the_clock(&self) -> bool {
        match &self.stage {
            Stage::Recorded { is_late, .. } => !is_late,
            Stage::Sent(_) => true,
            Stage::Listed { .. } | Stage::Replied { .. } => false,
        }
    }
}

/// What became of a run's lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Hold {
    TakenOver,
    /// It has run out and nobody has noticed.
    RanOut,
    Held,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// The list has shown the request; `before_deadline` if an attempt on record could still be sent when it was read.
    Listed {
        content: Content,
        before_deadline: bool,
        /// Read before the list.
        brake: brake::Read,
    },
    /// The attempt is committed and not sent.
    Recorded {
        flight: Flight,
        is_late: bool,
    },
    Sent(Flight),
    /// The answer, or that there is none, is known to the run alone.
    Replied {
        flight: Flight,
        answer: Answer,
    },
}

/// A review on its way: the decision that it tells.
pub(super) type Flight = Arc<Deciding>;
