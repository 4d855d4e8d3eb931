//! What is asked of the operators' rules that decide alone, and what they answer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Judgement, Needs};
use crate::ids::{Login, RepositoryId};
use crate::request::{Expiry, Facts, Level, Permissions, Repositories, Repository, TokenRequest, is_known};

/// May a rule decide this request alone, now?
#[derive(Debug, Clone)]
pub struct Consultation<'a> {
    pub request: &'a TokenRequest,
    /// The groups that may decide; `None` when no route covers the request.
    pub approvers: Option<&'a [String]>,
    /// What people would have to agree.
    pub needs: &'a Needs,
    /// The repository groups that the request reaches into.
    pub touches: Vec<String>,
    /// Who answers for the requester, if that is a machine account.
    pub answered_by: Option<&'a Login>,
    pub requester: Requesting,
    pub now: DateTime<Utc>,
}

/// What was established about who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requesting {
    /// Whether a Slack user is linked to the account.
    pub is_linked: bool,
    /// Names of the groups that user is in.
    pub groups: BTreeSet<String>,
    /// The groups of which nobody could tell whether the user is in them, and why. Where policies ask for groups at all, no
    /// rule decides then.
    pub unknown_groups: BTreeMap<String, String>,
    /// Why it is not certain who asks, or that they stand as somebody who clicks has to. No rule decides then.
    pub doubt: Option<LeftToPeople>,
}

impl Requesting {
    /// Somebody of whom it is not known who they are: they may be in any group.
    pub fn unlinked<'g>(groups: impl Iterator<Item = &'g String>, why: &str) -> Self {
        let unknown_groups = groups.map(|name| (name.clone(), why.to_owned())).collect();
        Self { unknown_groups, ..Self::default() }
    }

    /// Somebody whose link, account or membership would not be relied on for a click.
    pub fn doubtful(why: impl Into<LeftToPeople>) -> Self {
        Self { doubt: Some(why.into()), ..Self::default() }
    }
}

/// The rules' answer, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consulted {
    pub advice: Advice,
    /// Whether a rule may approve, and whether one may deny.
    pub approve: Judgement,
    pub deny: Judgement,
}

/// What the rules want to become of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advice {
    People(LeftToPeople),
    Approve {
        rule: String,
        /// How many of one person's requests rules may approve in a day.
        cap: u32,
    },
    Deny {
        rule: String,
        /// What this rule has to say, in its author's words.
        message: Option<String>,
        /// What no rule would deny.
        instead: Option<Instead>,
    },
}

/// Why people decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftToPeople {
    /// Always the same words for the same cause.
    pub why: &'static str,
    /// More about it, which may be GitHub's or Slack's words, or name somebody.
    pub words: Option<String>,
}

impl LeftToPeople {
    pub fn because(why: &'static str, words: impl Into<String>) -> Self {
        Self { why, words: Some(words.into()) }
    }
}

impl From<&'static str> for LeftToPeople {
    fn from(why: &'static str) -> Self {
        Self { why, words: None }
    }
}

/// What is changed of a request so that no rule denies it, as little as can be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Instead {
    /// The same for at most so many days.
    pub days: Option<u32>,
    /// The same without what goes further.
    pub level: Option<Widest>,
    /// The same for selected repositories.
    pub selected: bool,
}

/// As far as anything goes that is asked for instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Widest {
    Write,
    Read,
}

impl Widest {
    fn caps(self, level: &Level) -> bool {
        level.rank() > self.level().rank()
    }

    fn level(self) -> Level {
        match self {
            Self::Write => Level::Write,
            Self::Read => Level::Read,
        }
    }
}

/// GitHub's page offers no longer life but an endless one.
const LONGEST_DAYS: u32 = 366;

impl Instead {
    /// What could be asked for instead: fewer changes first, and of these the life before the permissions before the
    /// repositories. In what has an end, the end is the longest for which `passes` holds; nothing that is no change.
    pub(super) fn first(facts: &Facts, now: DateTime<Utc>, passes: impl Fn(Self) -> bool) -> Option<Self> {
        let highest = facts.permissions.highest();
        let levels = [Widest::Write, Widest::Read].into_iter();
        let levels: Vec<_> =
            levels.filter(|widest| highest.is_some_and(|level| widest.caps(level))).map(Some).collect();
        let selected = (facts.repositories == Repositories::All).then_some(true);
        let reaches = || [false].into_iter().chain(selected);
        let changes = reaches().flat_map(|selected| {
            let levels = [None].into_iter().chain(levels.iter().copied());
            levels.flat_map(move |level| [true, false].map(|is_shorter| (is_shorter, level, selected)))
        });
        let mut changes: Vec<_> = changes.collect();
        changes.sort_by_key(|(is_shorter, level, selected)| {
            u8::from(*is_shorter) + u8::from(level.is_some()) + u8::from(*selected)
        });
        let longest = longest_shorter(facts, now);
        changes.into_iter().find_map(|(is_shorter, level, selected)| {
            let instead = Self { days: None, level, selected };
            match is_shorter {
                true => longest_passing(longest?, |days| passes(Self { days: Some(days), ..instead }))
                    .map(|days| Self { days: Some(days), ..instead }),
                false => (instead != Self::default() && passes(instead)).then_some(instead),
            }
        })
    }

    /// The facts of such a request, made now.
    pub fn applied(self, facts: &Facts, now: DateTime<Utc>) -> Facts {
        let mut facts = facts.clone();
        if let Some(days) = self.days {
            facts.created_at = Some(now);
            facts.expiry = Expiry::At(now + TimeDelta::days(i64::from(days)));
        }
        if let Some(widest) = self.level {
            facts.permissions = capped(&facts.permissions, widest);
        }
        if self.selected {
            facts.repositories = one(&facts);
        }
        facts
    }
}

/// The longest life in whole days that is shorter than the one asked for, if there is any.
fn longest_shorter(facts: &Facts, now: DateTime<Utc>) -> Option<u32> {
    let longest = match (facts.expiry, facts.created_at) {
        (Expiry::At(at), from) => {
            // A begun day is none.
            let seconds = (at - from.unwrap_or(now)).num_seconds().max(0) - 1;
            u32::try_from(seconds / 86_400).unwrap_or(0).min(LONGEST_DAYS)
        }
        (Expiry::Never | Expiry::Unknown, _) => LONGEST_DAYS,
    };
    (longest > 0).then_some(longest)
}

/// The most days up to `longest` that pass, where less passes the sooner. Where it does not, some number that passes.
fn longest_passing(longest: u32, passes: impl Fn(u32) -> bool) -> Option<u32> {
    if passes(longest) {
        return Some(longest);
    }
    // What people think in; rules that forbid a short life as well still let one of these through.
    const TRIED: [u32; 7] = [365, 180, 90, 60, 30, 7, 1];
    let mut good = TRIED.into_iter().filter(|days| *days < longest).find(|days| passes(*days))?;
    let longer = TRIED.into_iter().rev().find(|days| *days > good);
    let mut bad = longer.unwrap_or(longest).min(longest);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if passes(middle) { good = middle } else { bad = middle }
    }
    Some(good)
}

/// What can't be had at that level is left out.
fn capped(permissions: &Permissions, widest: Widest) -> Permissions {
    let all = permissions.iter().map(|(permission, level)| match widest.caps(level) {
        true => (permission.clone(), widest.level()),
        false => (permission.clone(), level.clone()),
    });
    all.filter(|(permission, level)| is_known(permission, level)).collect()
}

/// Some repository; which groups it belongs to is for whoever asks to say.
fn one(facts: &Facts) -> Repositories {
    let full_name = format!("{}/selected", facts.organization);
    let listed = vec![Repository { id: RepositoryId(0), full_name, private: None }];
    Repositories::Subset { listed, count: Some(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::{facts as usual, noon};
    use crate::request::{Permission, PermissionGroup};

    /// The usual request, which lasts so long.
    fn lasting(seconds: i64) -> Facts {
        let end = noon() + TimeDelta::seconds(seconds);
        Facts { created_at: Some(noon()), expiry: Expiry::At(end), ..usual() }
    }

    #[test]
    fn somebody_unknown_may_be_in_any_group() {
        let groups = ["approvers", "docs"].map(str::to_owned);

        let unlinked = Requesting::unlinked(groups.iter(), "nobody is linked to the account");

        assert!(!unlinked.is_linked && unlinked.groups.is_empty() && unlinked.doubt.is_none());
        assert_eq!(unlinked.unknown_groups.keys().collect::<Vec<_>>(), ["approvers", "docs"]);
        assert_eq!(unlinked.unknown_groups["docs"], "nobody is linked to the account");
    }

    #[test]
    fn what_goes_no_further_stays_as_it_is() {
        assert!(Widest::Write.caps(&Level::Admin) && Widest::Read.caps(&Level::Write));
        assert!(!Widest::Write.caps(&Level::Write) && !Widest::Write.caps(&Level::Read));
        let asked = |name: &str| Permission { group: PermissionGroup::Repository, name: name.into() };
        let permissions =
            Permissions::from_iter([(asked("contents"), Level::Write), (asked("metadata"), Level::Read)]);

        assert_eq!(capped(&permissions, Widest::Write), permissions);
    }

    #[test]
    fn a_shorter_life_is_a_day_shorter() {
        const DAY: i64 = 86_400;
        for (seconds, longest) in
            [(90 * DAY, Some(89)), (90 * DAY + 1, Some(90)), (2 * DAY, Some(1)), (DAY, None), (3_600, None)]
        {
            assert_eq!(longest_shorter(&lasting(seconds), noon()), longest, "{seconds}");
        }
        assert_eq!(longest_shorter(&Facts { expiry: Expiry::Never, ..usual() }, noon()), Some(LONGEST_DAYS));
    }

    /// Either would do; a shorter life takes less away.
    #[test]
    fn of_changes_that_are_as_small_the_life_goes_before_the_permissions() {
        let instead = Instead::first(&usual(), noon(), |instead| {
            instead.days.is_some_and(|days| days <= 30) || instead.level.is_some()
        });

        assert_eq!(instead, Some(Instead { days: Some(30), ..Instead::default() }));
    }
}
