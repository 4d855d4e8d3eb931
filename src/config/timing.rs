//! `[timing]`: how long things may take.

use chrono::TimeDelta;

use super::duration::duration;
use super::mistake::{Problem, code};
use super::reader::Reader;

/// A membership that was looked up longer ago proves nothing: a right that was taken away must end soon.
const MEMBERSHIP_MOST: TimeDelta = TimeDelta::seconds(60);

/// Within less no decision could be told to GitHub.
const LEASE_LEAST: TimeDelta = TimeDelta::seconds(1);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// One call to GitHub, from connecting to the last byte.
    pub github_timeout: TimeDelta,
    pub slack_timeout: TimeDelta,
    /// The first pause between two tries of a job; later ones grow up to `retry_max`.
    pub retry_first: TimeDelta,
    pub retry_max: TimeDelta,
    /// How long a worker owns a job.
    pub lease: TimeDelta,
    pub membership_max_age: TimeDelta,
    pub click_max_age: TimeDelta,
    /// How long absence must last before a request counts as gone.
    pub gone_after: TimeDelta,
    /// A decision that is on its way for longer is said to be.
    pub slow_notice: TimeDelta,
}

pub(super) fn read(reader: Reader<'_>) -> Timing {
    let seconds = |name, default| reader.or(name, TimeDelta::seconds(default), duration);
    let timing = Timing {
        github_timeout: seconds("github_timeout", 10),
        slack_timeout: seconds("slack_timeout", 10),
        retry_first: seconds("retry_first", 1),
        retry_max: seconds("retry_max", 5 * 60),
        lease: seconds("lease", 15),
        membership_max_age: seconds("membership_max_age", 60),
        click_max_age: seconds("click_max_age", 15 * 60),
        gone_after: seconds("gone_after", 5 * 60),
        slow_notice: seconds("slow_notice", 30),
    };
    timing.check(&reader);
    reader.finish();
    timing
}

impl Timing {
    /// How long an attempt to tell GitHub a decision may take. A fifth of the lease is left when it ends, to write down
    /// what came of it; nobody else may send before the lease has run out.
    pub fn attempt(&self) -> TimeDelta {
        self.github_timeout.min(self.lease * 4 / 5)
    }

    /// The same for an attempt to post a card: nobody else may look for it before it is over.
    pub fn posting(&self) -> TimeDelta {
        self.slack_timeout.min(self.lease * 4 / 5)
    }

    fn check(&self, reader: &Reader<'_>) {
        let wrong = |name, problem, cure| reader.add(name, Problem::new(code::OUT_OF_RANGE, problem, cure));
        if self.lease < LEASE_LEAST {
            let problem = "a call to GitHub has to be over within four fifths of it, and could not be";
            wrong("lease", problem, "write 1s or more");
        }
        if self.retry_first > self.retry_max {
            wrong(
                "retry_first",
                "it is longer than timing.retry_max",
                "make it shorter, or the other longer",
            );
        }
        if self.membership_max_age > MEMBERSHIP_MOST {
            wrong(
                "membership_max_age",
                "a right that was lost would count for longer than a minute",
                "write 60s or less",
            );
        }
    }
}
