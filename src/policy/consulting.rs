//! What is asked of the operators' rules that decide alone, and what they answer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Judgement, Needs};
use crate::ids::RepositoryId;
use crate::request::{Expiry, Facts, Level, Permissions, Repositories, Repository, TokenRequest};

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
    pub doubt: Option<String>,
}

impl Requesting {
    /// Somebody of whom it is not known who they are: they may be in any group.
    pub fn unlinked<'g>(groups: impl Iterator<Item = &'g String>, why: &str) -> Self {
        let unknown_groups = groups.map(|name| (name.clone(), why.to_owned())).collect();
        Self { unknown_groups, ..Self::default() }
    }

    /// Somebody whose link, account or membership would not be relied on for a click.
    pub fn doubtful(why: impl Into<String>) -> Self {
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
    /// People decide; in words for the record.
    People { why: String },
    Approve {
        rule: String,
        /// How many of one person's requests rules may approve in a day.
        cap: u32,
    },
    Deny {
        rule: String,
        /// What the rule has to say, in its author's words.
        message: Option<String>,
        /// What no rule would deny.
        instead: Option<Instead>,
    },
}

/// The widest change for the better that no rule would deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// The same for at most so many days.
    Days(u32),
    /// The same for reading.
    Read,
    /// The same for selected repositories.
    Selected,
    /// For reading, and for at most so many days.
    ReadDays(u32),
}

/// The lifetimes that GitHub's page offers, or people think in; the longest first.
const LIFETIMES: [u32; 7] = [365, 180, 90, 60, 30, 7, 1];

impl Instead {
    /// What could be asked for instead, the widest first. Nothing that is no change.
    pub(super) fn of(facts: &Facts, now: DateTime<Utc>) -> Vec<(Self, Facts)> {
        let shorter = LIFETIMES.into_iter().filter(|days| match facts.expiry {
            Expiry::At(at) => now + TimeDelta::days(i64::from(*days)) < at,
            Expiry::Never | Expiry::Unknown => true,
        });
        let days: Vec<_> = shorter.collect();
        let can_only_read = facts.permissions.highest().is_none_or(|level| *level == Level::Read);
        let by_days = days.iter().map(|days| Self::Days(*days));
        let by_level = (!can_only_read).then_some(Self::Read);
        let by_reach = (facts.repositories == Repositories::All).then_some(Self::Selected);
        let by_both = days.iter().filter(|_| !can_only_read).map(|days| Self::ReadDays(*days));
        let all = by_days.chain(by_level).chain(by_reach).chain(by_both);
        all.map(|instead| (instead, instead.applied(facts, now))).collect()
    }

    /// The facts of such a request, made now.
    pub fn applied(self, facts: &Facts, now: DateTime<Utc>) -> Facts {
        let facts = facts.clone();
        let within = |days: u32, facts: Facts| Facts {
            created_at: Some(now),
            expiry: Expiry::At(now + TimeDelta::days(i64::from(days))),
            ..facts
        };
        match self {
            Self::Days(days) => within(days, facts),
            Self::Read => Facts { permissions: for_reading(&facts.permissions), ..facts },
            Self::Selected => Facts { repositories: one(&facts), ..facts },
            Self::ReadDays(days) => {
                within(days, Facts { permissions: for_reading(&facts.permissions), ..facts })
            }
        }
    }
}

fn for_reading(permissions: &Permissions) -> Permissions {
    permissions.iter().map(|(permission, _)| (permission.clone(), Level::Read)).collect()
}

/// Some repository; which groups it belongs to is for whoever asks to say.
fn one(facts: &Facts) -> Repositories {
    let full_name = format!("{}/selected", facts.organization);
    let listed = vec![Repository { id: RepositoryId(0), full_name, private: None }];
    Repositories::Subset { listed, count: Some(1) }
}
