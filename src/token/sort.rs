//! In which order tokens are shown, and how a page goes on where the last one ended.

use std::fmt;
use std::str::FromStr;

use super::{Token, Use};
use crate::ids::{GrantId, OrganizationId};
use crate::request::Expiry;

/// What tokens are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// What ends first comes first; what never does, or nobody knows when, last.
    #[default]
    Expiry,
    /// What nobody knows when it was used comes first, then what never was, then what was not for longest.
    Used,
    /// What nobody knows since when comes first, then what was granted longest ago.
    Granted,
    /// By the owner's login.
    Owner,
}

/// Where a token stands in an order; a page goes on behind one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// What the order is by, as a number; the same for all where it is by text.
    pub number: i64,
    pub text: String,
    pub organization: OrganizationId,
    pub grant: GrantId,
}

/// What stands in an order where a moment would, in milliseconds since 1970.
pub(crate) mod ranks {
    /// Behind every moment; JSON and databases hold it without loss.
    pub(crate) const NEVER: i64 = 9_000_000_000_000_000;
    pub(crate) const NO_KNOWN_END: i64 = NEVER + 1;
    pub(crate) const NOT_USED: i64 = -1;
    pub(crate) const NO_KNOWN_USE: i64 = -2;
    pub(crate) const NO_KNOWN_GRANT: i64 = -1;
}

impl Sort {
    pub const ALL: [Self; 4] = [Self::Expiry, Self::Used, Self::Granted, Self::Owner];

    pub fn name(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::Used => "used",
            Self::Granted => "granted",
            Self::Owner => "owner",
        }
    }

    /// Where a token stands in this order. No two stand at one place.
    pub fn position(self, token: &Token) -> Position {
        let (number, text) = match self {
            Self::Expiry => (expiry_rank(token.expiry), String::new()),
            Self::Used => (use_rank(token.used), String::new()),
            Self::Granted => (grant_rank(token.granted_at), String::new()),
            Self::Owner => (0, token.owner.login.to_string()),
        };
        Position { number, text, organization: token.organization, grant: token.grant }
    }
}

/// Where an end stands among others.
pub(crate) fn expiry_rank(expiry: Expiry) -> i64 {
    match expiry {
        Expiry::At(at) => millis(&at),
        Expiry::Never => ranks::NEVER,
        Expiry::Unknown => ranks::NO_KNOWN_END,
    }
}

/// Where a last use stands among others.
pub(crate) fn use_rank(used: Use) -> i64 {
    match used {
        Use::Unknown => ranks::NO_KNOWN_USE,
        Use::Never => ranks::NOT_USED,
        Use::At(at) => millis(&at),
    }
}

/// Where a grant stands among others.
pub(crate) fn grant_rank(granted_at: Option<chrono::DateTime<chrono::Utc>>) -> i64 {
    granted_at.map_or(ranks::NO_KNOWN_GRANT, |at| millis(&at))
}

/// Moments before 1970 are none of GitHub's.
fn millis(at: &chrono::DateTime<chrono::Utc>) -> i64 {
    at.timestamp_millis().clamp(0, ranks::NEVER - 1)
}

impl FromStr for Sort {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|sort| sort.name().eq_ignore_ascii_case(text)).ok_or(())
    }
}

/// `NUMBER.ORGANIZATION.GRANT.TEXT`, short enough for a button.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.number, self.organization, self.grant, self.text)
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(4, '.');
        let mut next = || parts.next().ok_or(());
        let id = |text: &str| text.parse::<u64>().ok().filter(|id| i64::try_from(*id).is_ok()).ok_or(());
        Ok(Self {
            number: next()?.parse().map_err(|_| ())?,
            organization: OrganizationId(id(next()?)?),
            grant: GrantId(id(next()?)?),
            text: next()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::samples::{noon, token};
    use chrono::TimeDelta;

    fn in_order(sort: Sort, tokens: &[Token]) -> Vec<u64> {
        let mut tokens = tokens.to_vec();
        tokens.sort_by_key(|token| sort.position(token));
        tokens.iter().map(|token| token.grant.0).collect()
    }

    #[test]
    fn what_ends_first_or_was_not_used_for_longest_comes_first() {
        let at = |days| noon() + TimeDelta::days(days);
        let of = |id, expiry, used| Token { grant: GrantId(id), expiry, used, ..token() };
        let tokens = [
            of(1, Expiry::Never, Use::At(at(-3))),
            of(2, Expiry::Unknown, Use::Unknown),
            of(3, Expiry::At(at(5)), Use::Never),
            of(4, Expiry::At(at(1)), Use::At(at(-9))),
        ];

        assert_eq!(in_order(Sort::Expiry, &tokens), [4, 3, 1, 2]);
        assert_eq!(in_order(Sort::Used, &tokens), [2, 3, 4, 1]);
    }

    #[test]
    fn a_position_reads_back() {
        for sort in Sort::ALL {
            let position = sort.position(&token());
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for odd in ["", "1", "1.2", "1.2.3", "x.2.3.", "1.-2.3.", "1.2.18446744073709551615."] {
            assert_eq!(odd.parse::<Position>(), Err(()), "{odd}");
        }
    }
}
