//! By whose clock leases begin and end.
//!
//! Where several programs share a database only its own clock can be right for all of them: a replica whose clock is
//! wrong neither takes work that another one has nor loses its own. One program on a SQLite file is its own judge, and a
//! clock that is moved by hand is the time for everybody.

use chrono::{DateTime, Utc};

use super::Database;
use crate::clock::Clock;

/// The clock that counts; cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Judge {
    Database,
    Program(Clock),
}

impl Judge {
    pub(super) fn of(database: &Database, clock: &Clock) -> Self {
        match database {
            Database::Postgres(_) if clock.is_wall() => Self::Database,
            Database::Postgres(_) | Database::Sqlite { .. } => Self::Program(clock.clone()),
        }
    }

    /// The time that counts, in milliseconds, where whoever asks says that it is `now`; `None` is the database's, at the
    /// moment of the statement.
    pub(super) fn at(&self, now: DateTime<Utc>) -> Option<i64> {
        match self {
            Self::Database => None,
            Self::Program(_) => Some(now.timestamp_millis()),
        }
    }

    /// The same for whoever has no time of their own.
    pub(super) fn now(&self) -> Option<i64> {
        match self {
            Self::Database => None,
            Self::Program(clock) => Some(clock.now().timestamp_millis()),
        }
    }
}
