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

/// How many calls GitHub grants an installation in an hour, and how many of them are left; as it said last, if it did.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    hourly: Option<u64>,
    remaining: Option<u64>,
}

/// What can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patient {
    /// Reading active tokens.
    Reading,
    /// Homes that are made anew because something has changed; they wait before a reading has to.
    Homes,
}

impl Patient {
    /// Whether what GitHub still allows in the name of one of these installations is to be left to others.
    pub(super) fn has_to_wait(
        self,
        app: &App,
        installations: impl IntoIterator<Item = InstallationId>,
    ) -> bool {
        let allowances = installations
            .into_iter()
            .map(|one| Allowance { hourly: app.github.hourly(one), remaining: app.github.allowance(one) });
        self.is_short_of_any(allowances)
    }

    /// What is not known is enough: the next answer tells.
    fn is_short_of_any(self, mut allowances: impl Iterator<Item = Allowance>) -> bool {
        allowances.any(|Allowance { hourly, remaining }| {
            remaining.is_some_and(|remaining| remaining < self.reserve(hourly))
        })
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

    #[test]
    fn what_can_wait_does_where_one_installation_has_less_left_than_that_share() {
        let is_short = |patient: Patient, left: &[Option<u64>]| {
            let allowances = left.iter().map(|left| Allowance { hourly: Some(1_000), remaining: *left });
            patient.is_short_of_any(allowances)
        };

        for (patient, share) in [(Patient::Reading, 500), (Patient::Homes, 700)] {
            assert!(!is_short(patient, &[]) && !is_short(patient, &[None]));
            assert!(!is_short(patient, &[Some(share)]) && is_short(patient, &[Some(share - 1)]));
            assert!(is_short(patient, &[Some(share), Some(share - 1), None]));
            assert!(!is_short(patient, &[Some(share), None, Some(share + 1)]));
        }
    }
}
