//! GitHub grants each installation so many calls in an hour, for all that is done in its name. What can wait leaves a share
//! of them to requests and decisions.

use chrono::{DateTime, TimeDelta, Utc};

use super::JobError;
use crate::app::App;
use crate::ids::InstallationId;

/// What github.com grants an installation in an hour at least (docs.github.com, rate limits for the REST API). GitHub
/// Enterprise Server grants what its administrators set.
const LEAST: u64 = 5_000;

/// After this time it is looked whether GitHub allows more again.
const SCARCE: TimeDelta = TimeDelta::minutes(10);

/// What can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patient {
    /// Reading active tokens.
    Reading,
    /// Homes that are made anew because something has changed; they wait before a reading has to.
    Homes,
}

impl Patient {
    /// Whether what GitHub still allows in an installation's name is to be left to others. What is not known is enough: the
    /// next answer tells.
    pub(super) fn has_to_wait(self, app: &App, installation: InstallationId) -> bool {
        let reserve = self.reserve(app.github.hourly(installation));
        app.github.allowance(installation).is_some_and(|remaining| remaining < reserve)
    }

    /// How many calls it leaves to others of so many in an hour: a share, and no more than of the least on github.com.
    fn reserve(self, hourly: Option<u64>) -> u64 {
        let tenths = match self {
            Self::Reading => 5,
            Self::Homes => 7,
        };
        hourly.unwrap_or(LEAST).min(LEAST) * tenths / 10
    }
}

/// It waits, and goes on by itself.
pub(super) fn wait(now: DateTime<Utc>) -> JobError {
    let cause = "GitHub allows few more questions, which requests may need".to_owned();
    JobError::Later { cause, until: now + SCARCE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_what_is_granted_is_left_and_no_more_than_of_the_least_on_github_com() {
        let left = |patient: Patient| {
            [Some(0), Some(1_000), Some(5_000), Some(15_000), None].map(|hourly| patient.reserve(hourly))
        };

        assert_eq!(left(Patient::Reading), [0, 500, 2_500, 2_500, 2_500]);
        assert_eq!(left(Patient::Homes), [0, 700, 3_500, 3_500, 3_500]);
    }
}
