//! Which tokens somebody asks for. Every part of a filter has to fit.
//!
//! What is not known about a token fits whatever looks for danger in it: an end that is not known counts as never and as
//! soon, a last use that is not known as long ago, an unknown permission as every permission, repositories that were not
//! read yet as every repository, a name that GitHub does not tell as every name. It does not fit `expired`, which nobody
//! asks to find danger.

use chrono::{DateTime, Utc};

use super::{Pattern, Sort, Span, Token, Use};
use crate::ids::Login;
use crate::request::{Expiry, Level, PermissionGroup, Permissions, Repositories, is_known};

/// The rank of a permission that is not known: above every level.
const UNKNOWN_RANK: i64 = 9;

/// What tokens have to be like, and in which order they come. Nothing asks for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub owner: Option<Login>,
    pub organization: Option<Pattern>,
    pub repositories: Vec<Pattern>,
    pub permissions: Vec<Wanted>,
    pub expires_within: Option<Span>,
    pub unused_for: Option<Span>,
    pub older_than: Option<Span>,
    pub never_expires: bool,
    pub expired: bool,
    pub all_repositories: bool,
    /// In lower case; each stands in the token's name or in its owner's login.
    pub words: Vec<String>,
    pub sort: Sort,
}

/// A permission that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// One whose name fits, at this level at least.
    Named { name: Pattern, level: Level },
    /// Any that this version does not know.
    Unknown,
}

/// A permission of a token as filters compare it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permitted {
    /// Its name without its group, `secrets`.
    pub short: String,
    /// With it, `organization_secrets`.
    pub full: String,
    /// 1 read, 2 write, 3 admin, 9 for whatever is not known.
    pub rank: i64,
}

/// A token's permissions as filters compare them.
pub fn levels_of(permissions: &Permissions) -> Vec<Permitted> {
    let permitted = permissions.iter().map(|(permission, level)| {
        let prefix = match &permission.group {
            PermissionGroup::Repository => "repository_",
            PermissionGroup::Organization => "organization_",
            PermissionGroup::Other => "user_",
            PermissionGroup::Unknown(_) => "",
        };
        let name = permission.name.to_lowercase();
        let short = name.strip_prefix(prefix).unwrap_or(&name).to_owned();
        let rank = if is_known(permission, level) { level.rank() } else { UNKNOWN_RANK };
        Permitted { full: format!("{prefix}{short}"), short, rank }
    });
    permitted.collect()
}

impl Filter {
    /// As many repositories, permissions and words may be asked for at once; a database's question has places for so many.
    pub const MOST_ALIKE: usize = 4;

    /// Whether a token is one that is asked for.
    pub fn matches(&self, token: &Token, now: DateTime<Utc>) -> bool {
        let permitted = levels_of(&token.permissions);
        self.owner.as_ref().is_none_or(|login| *login == token.owner.login)
            && self.organization.as_ref().is_none_or(|pattern| pattern.matches(token.login.as_str()))
            && self.repositories.iter().all(|pattern| reaches(&token.repositories, pattern))
            && self.permissions.iter().all(|wanted| permitted.iter().any(|has| wanted.fits(has)))
            && self.expires_within.is_none_or(|span| expires_within(token, span, now))
            && self.unused_for.is_none_or(|span| is_unused_for(token, span, now))
            && self.older_than.is_none_or(|span| token.granted_at.is_none_or(|at| at < now - span.delta()))
            && (!self.never_expires || !matches!(token.expiry, Expiry::At(_)))
            && (!self.expired || token.has_expired(now))
            && (!self.all_repositories || is_all(&token.repositories))
            && self.words.iter().all(|word| says(token, word))
    }
}

impl Wanted {
    pub(crate) fn fits(&self, has: &Permitted) -> bool {
        match self {
            Self::Unknown => has.rank == UNKNOWN_RANK,
            Self::Named { name, level } => {
                let is_named = name.matches(&has.short) || name.matches(&has.full);
                has.rank == UNKNOWN_RANK || (is_named && has.rank >= level.rank())
            }
        }
    }
}

fn reaches(repositories: &Repositories, pattern: &Pattern) -> bool {
    match repositories {
        Repositories::None => false,
        Repositories::All | Repositories::Unknown(_) => true,
        Repositories::Subset { listed, .. } => {
            !repositories.is_fully_listed()
                || listed.iter().any(|repository| pattern.matches_repository(&repository.full_name))
        }
    }
}

/// A selection that is not understood counts as all.
fn is_all(repositories: &Repositories) -> bool {
    matches!(repositories, Repositories::All | Repositories::Unknown(_))
}

/// What has ended does not end soon any more.
fn expires_within(token: &Token, span: Span, now: DateTime<Utc>) -> bool {
    match token.expiry {
        Expiry::At(at) => now < at && at < now + span.delta(),
        Expiry::Never => false,
        Expiry::Unknown => true,
    }
}

/// What was never used is unused since it was granted: what was granted just now is no leftover.
fn is_unused_for(token: &Token, span: Span, now: DateTime<Utc>) -> bool {
    let since = match token.used {
        Use::At(at) => Some(at),
        Use::Never => token.granted_at,
        Use::Unknown => None,
    };
    since.is_none_or(|since| since < now - span.delta())
}

fn says(token: &Token, word: &str) -> bool {
    let is_in_name = token.name.as_ref().is_none_or(|name| name.to_lowercase().contains(word));
    is_in_name || token.owner.login.as_str().contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::samples::{ago, noon, permissions, subset, token};
    use chrono::TimeDelta;

    fn finds(filter: &str, token: &Token) -> bool {
        filter.parse::<Filter>().unwrap().matches(token, noon())
    }

    #[test]
    fn nothing_asks_for_everything() {
        assert!(finds("", &token()));
    }

    #[test]
    fn every_part_has_to_fit() {
        for (fits, does_not) in [
            ("owner:OctoCat", "owner:octo"),
            ("org:ac*", "org:globex"),
            ("repo:payments-*", "repo:docs"),
            ("repo:acme/payments-api", "repo:globex/*"),
            ("permission:contents", "permission:issues"),
            ("permission:contents:write", "permission:contents:admin"),
            ("permission:*:write", "permission:unknown"),
            ("expires<81d", "expires<80d"),
            ("unused>12h", "unused>1d"),
            ("older>9d", "older>10d"),
            ("deploy", "docs"),
            ("octo bot", "octo docs"),
        ] {
            assert!(finds(fits, &token()), "{fits}");
            assert!(!finds(does_not, &token()), "{does_not}");
            let both = format!("{fits} {does_not}").parse::<Filter>();
            assert!(both.is_err() || !both.unwrap().matches(&token(), noon()), "{fits} {does_not}");
        }
        for flag in ["never-expires", "expired", "all-repos"] {
            assert!(!finds(flag, &token()), "{flag}");
        }
    }

    #[test]
    fn whoever_may_write_may_read_and_an_administrator_both() {
        let admin = Token { permissions: permissions(&[("repository", "contents", "admin")]), ..token() };

        for level in ["read", "write", "admin"] {
            assert!(finds(&format!("permission:contents:{level}"), &admin), "{level}");
        }
        assert!(finds("permission:contents:read", &token()));
    }

    #[test]
    fn a_permission_is_found_with_its_group_and_without_it() {
        let secrets = Token {
            permissions: permissions(&[("organization", "organization_secrets", "write")]),
            ..token()
        };

        assert!(finds("permission:secrets", &secrets) && finds("permission:organization_secrets", &secrets));
        assert!(!finds("permission:contents", &secrets));
    }

    #[test]
    fn an_unknown_permission_may_be_any() {
        for odd in [
            ("repository", "teleportation", "read"),
            ("repository", "issues", "own"),
            ("enterprise", "issues", "read"),
        ] {
            let token = Token { permissions: permissions(&[odd]), ..token() };
            assert!(finds("permission:contents:admin", &token), "{odd:?}");
            assert!(finds("permission:unknown", &token), "{odd:?}");
        }
        let none = Token { permissions: permissions(&[]), ..token() };
        assert!(!finds("permission:*", &none));
    }

    #[test]
    fn repositories_that_are_not_known_may_be_any() {
        let not_read = Repositories::Subset { listed: vec![], count: None };
        for repositories in [not_read.clone(), Repositories::All, Repositories::Unknown("most".into())] {
            let is_all = repositories != not_read;
            let token = Token { repositories, ..token() };
            assert!(finds("repo:docs", &token), "{token:?}");
            assert_eq!(finds("all-repos", &token), is_all, "{token:?}");
        }
        let public = Token { repositories: Repositories::None, ..token() };
        assert!(!finds("repo:*", &public));
        let several = Token { repositories: subset(&["acme/docs", "acme/payments-api"]), ..token() };
        assert!(finds("repo:docs repo:payments-*", &several) && !finds("repo:docs repo:web", &several));
    }

    #[test]
    fn an_end_that_is_not_known_may_be_soon_or_never() {
        let ends = |expiry| Token { expiry, ..token() };

        assert!(finds("never-expires", &ends(Expiry::Never)) && !finds("expires<30d", &ends(Expiry::Never)));
        assert!(
            finds("never-expires", &ends(Expiry::Unknown)) && finds("expires<30d", &ends(Expiry::Unknown))
        );
        assert!(!finds("expired", &ends(Expiry::Never)) && !finds("expired", &ends(Expiry::Unknown)));
        for (ended, is_expired) in [(noon(), true), (noon() + TimeDelta::milliseconds(1), false)] {
            assert_eq!(finds("expired", &ends(Expiry::At(ended))), is_expired);
            assert_eq!(finds("expires<1d", &ends(Expiry::At(ended))), !is_expired);
        }
    }

    #[test]
    fn a_use_that_is_not_known_may_be_long_ago_and_what_was_never_used_counts_from_its_grant() {
        let of = |used, granted_at| Token { used, granted_at, ..token() };

        assert!(finds("unused>365d", &of(Use::Unknown, Some(ago(1)))));
        assert!(finds("unused>90d", &of(Use::Never, Some(ago(91)))));
        assert!(!finds("unused>90d", &of(Use::Never, Some(ago(90)))));
        assert!(finds("unused>90d older>90d", &of(Use::Never, None)));
        assert!(!finds("unused>90d", &of(Use::At(ago(90)), None)));
    }

    #[test]
    fn a_name_that_is_not_told_may_be_any() {
        assert!(finds("docs", &Token { name: None, ..token() }));
        assert!(finds("\"DEPLOY-bot\"", &token()));
    }
}
