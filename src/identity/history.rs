//! Every link a Slack user or a GitHub account ever had, and what follows from it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::{GitHubUserId, Login, SlackUserId};

/// How long a link that is new can't decide, unless a policy says otherwise (`recent-link`).
pub const WAIT: TimeDelta = TimeDelta::hours(24);

/// As old as nothing is: no waiting time applies.
const FOREVER_HOURS: i64 = 1_000_000;

/// Where a link comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Somebody wrote it into the configuration.
    Reviewed,
    /// The person signed in on both sides.
    SignedIn,
}

/// A link as it stood from then on, and perhaps until some day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub slack: SlackUserId,
    pub github: GitHubUserId,
    /// As it was when the link was made.
    pub login: Login,
    pub source: Source,
    pub since: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// All links that a Slack user, or the GitHub account they are linked to, ever had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History(pub Vec<Held>);

impl History {
    /// Every account that this Slack user was ever linked to.
    pub fn accounts_of(&self, slack: &SlackUserId) -> impl Iterator<Item = GitHubUserId> {
        self.0.iter().filter(move |held| held.slack == *slack).map(|held| held.github)
    }

    /// Since when the two are linked, by a link that stands.
    pub fn since(&self, slack: &SlackUserId, github: GitHubUserId, source: Source) -> Option<DateTime<Utc>> {
        let of_both = self.0.iter().filter(|held| held.slack == *slack && held.github == github);
        let standing = of_both.filter(|held| held.source == source && held.ended_at.is_none());
        standing.map(|held| held.since).max()
    }

    /// Since when the two are linked, and neither was linked to anybody else in between. `None` where that is not so: a
    /// reviewed link is back, and as far as the record knows a later one still stands in its place.
    pub fn undisturbed_since(
        &self,
        slack: &SlackUserId,
        github: GitHubUserId,
        source: Source,
    ) -> Option<DateTime<Utc>> {
        if source == Source::Reviewed && self.is_displaced(slack, github) {
            return None;
        }
        let others = self.others(slack, Some(github)).map(|other| other.ended_at.unwrap_or(other.since));
        others.chain([self.since(slack, github, source)?]).max()
    }

    /// Whether another reviewed link of either side began after that of the two and never ended: a configuration took the
    /// one in place of the other, and may have gone back since.
    pub fn is_displaced(&self, slack: &SlackUserId, github: GitHubUserId) -> bool {
        let since = self.since(slack, github, Source::Reviewed);
        let standing = |other: &&Held| other.source == Source::Reviewed && other.ended_at.is_none();
        let mut others = self.others(slack, Some(github)).filter(standing);
        others.any(|other| since.is_none_or(|since| other.since > since))
    }

    /// The links of one side that are not the other's.
    fn others(&self, slack: &SlackUserId, github: Option<GitHubUserId>) -> impl Iterator<Item = &Held> {
        self.0.iter().filter(move |held| (held.slack == *slack) != (Some(held.github) == github))
    }

    /// For how many whole hours the two have been linked, and to nobody else. A reviewed link that is the first of both is
    /// as old as the review, so that nothing has to be waited for. One that takes the place of another is new, whoever
    /// reviewed it and even if it was there before: a slip, or a hand on the configuration, must not make an approver within
    /// minutes. What is not on record is new. `github` is `None` where the account's number is not known.
    pub fn age_hours(
        &self,
        slack: &SlackUserId,
        github: Option<GitHubUserId>,
        source: Source,
        now: DateTime<Utc>,
    ) -> i64 {
        match source {
            Source::Reviewed if self.others(slack, github).next().is_none() => FOREVER_HOURS,
            Source::Reviewed | Source::SignedIn => {
                let since = github.and_then(|github| self.undisturbed_since(slack, github, source));
                since.map_or(0, |since| (now - since).num_hours().max(0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::noon;

    fn held(slack: &str, github: u64, source: Source, hours: i64) -> Held {
        Held {
            slack: SlackUserId::new(slack),
            github: GitHubUserId(github),
            login: Login::new("alice"),
            source,
            since: noon() - TimeDelta::hours(hours),
            ended_at: None,
        }
    }

    fn ended(held: Held) -> Held {
        Held { ended_at: Some(noon()), ..held }
    }

    fn age(history: Vec<Held>, source: Source) -> i64 {
        let github = Some(GitHubUserId(101));
        History(history).age_hours(&SlackUserId::new("U0ALICE"), github, source, noon())
    }

    #[test]
    fn a_link_stands_by_its_own_source_and_until_it_ends() {
        let since = |history: Vec<Held>| {
            History(history).since(&SlackUserId::new("U0ALICE"), GitHubUserId(101), Source::Reviewed)
        };

        assert_eq!(
            since(vec![held("U0ALICE", 101, Source::Reviewed, 5)]),
            Some(noon() - TimeDelta::hours(5))
        );
        assert_eq!(since(vec![ended(held("U0ALICE", 101, Source::Reviewed, 5))]), None);
        assert_eq!(since(vec![held("U0ALICE", 101, Source::SignedIn, 5)]), None);
    }

    #[test]
    fn the_first_reviewed_link_is_as_old_as_the_review() {
        assert_eq!(age(vec![], Source::Reviewed), FOREVER_HOURS);
        assert_eq!(age(vec![held("U0ALICE", 101, Source::Reviewed, 1)], Source::Reviewed), FOREVER_HOURS);
        // Reviewed after the person had made the very same link.
        assert_eq!(age(vec![held("U0ALICE", 101, Source::SignedIn, 1)], Source::Reviewed), FOREVER_HOURS);
    }

    #[test]
    fn a_reviewed_link_in_place_of_another_is_new() {
        let others = [held("U0ALICE", 102, Source::Reviewed, 900), held("U0BOB", 101, Source::SignedIn, 900)];
        for other in others {
            let now = held("U0ALICE", 101, Source::Reviewed, 23);
            let until = |hours| Held { ended_at: Some(noon() - TimeDelta::hours(hours)), ..other.clone() };

            assert_eq!(age(vec![until(23), now.clone()], Source::Reviewed), 23);
            assert_eq!(age(vec![until(3), now], Source::Reviewed), 3);
            // The database does not know it yet.
            assert_eq!(age(vec![ended(other)], Source::Reviewed), 0);
        }
    }

    #[test]
    fn a_reviewed_link_that_is_back_is_new() {
        let alice = held("U0ALICE", 101, Source::Reviewed, 900);
        for other in [held("U0ALICE", 102, Source::Reviewed, 500), held("U0BOB", 101, Source::Reviewed, 500)]
        {
            // As if it stood all the time.
            assert_eq!(age(vec![alice.clone(), other.clone()], Source::Reviewed), 0);
            let displaced = History(vec![alice.clone(), other.clone()]);
            assert!(displaced.is_displaced(&SlackUserId::new("U0ALICE"), GitHubUserId(101)));
            // Once it was begun anew.
            let anew = held("U0ALICE", 101, Source::Reviewed, 5);
            let history = vec![ended(alice.clone()), other.clone(), anew];
            assert_eq!(age(history.clone(), Source::Reviewed), 5);
            assert!(!History(history).is_displaced(&SlackUserId::new("U0ALICE"), GitHubUserId(101)));
        }
        let first = held("U0ALICE", 102, Source::Reviewed, 901);
        assert_eq!(age(vec![first, alice], Source::Reviewed), 900);
    }

    #[test]
    fn a_link_of_ones_own_is_as_old_as_it_stands() {
        let before = ended(held("U0ALICE", 101, Source::SignedIn, 900));

        assert_eq!(age(vec![before.clone()], Source::SignedIn), 0);
        assert_eq!(age(vec![before, held("U0ALICE", 101, Source::SignedIn, 5)], Source::SignedIn), 5);
        assert_eq!(age(vec![held("U0ALICE", 101, Source::Reviewed, 900)], Source::SignedIn), 0);
        // A clock that went back.
        assert_eq!(age(vec![held("U0ALICE", 101, Source::SignedIn, -3)], Source::SignedIn), 0);
    }

    #[test]
    fn a_reviewed_link_whose_account_is_not_known_yet_is_the_first_or_new() {
        let age = |history: Vec<Held>| {
            History(history).age_hours(&SlackUserId::new("U0ALICE"), None, Source::Reviewed, noon())
        };

        assert_eq!(age(vec![]), FOREVER_HOURS);
        assert_eq!(age(vec![ended(held("U0ALICE", 102, Source::Reviewed, 900))]), 0);
    }

    #[test]
    fn an_account_of_long_ago_is_still_ones_own() {
        let history = History(vec![
            ended(held("U0ALICE", 102, Source::SignedIn, 900)),
            held("U0ALICE", 101, Source::Reviewed, 5),
            ended(held("U0BOB", 101, Source::SignedIn, 900)),
        ]);

        let own: Vec<_> = history.accounts_of(&SlackUserId::new("U0ALICE")).collect();
        assert_eq!(own, [GitHubUserId(102), GitHubUserId(101)]);
    }
}
