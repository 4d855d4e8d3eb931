//! Why work that reads from GitHub does not go on.

use super::JobError;
use crate::github::Trouble;
use crate::store::StoreError;

/// GitHub's troubles are told apart from the rest: what they mean for the work is up to it.
pub(super) enum Stop {
    GitHub(Trouble),
    Job(JobError),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::GitHub(trouble)
    }
}

impl From<JobError> for Stop {
    fn from(error: JobError) -> Self {
        Self::Job(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Job(error.into())
    }
}

/// For whom both are alike.
impl From<Stop> for JobError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::GitHub(trouble) => trouble.into(),
            Stop::Job(error) => error,
        }
    }
}
