//! What is asked for, as GitHub tells it; what is missing or new stays visible as unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};

use super::{Enrichment, Revision};
use crate::ids::{GitHubUserId, Login, RepositoryId, TokenId};

/// Everything known about what one request asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Facts {
    pub requester: Requester,
    /// The organization's login when it was last told; for people to read.
    pub organization: Login,
    pub permissions: Permissions,
    pub repositories: Repositories,
    pub expiry: Expiry,
    pub token: Option<TokenId>,
    /// The requester's own name for the token: a stranger's text.
    pub token_name: Option<String>,
    /// The requester's justification: a stranger's text. Only GitHub's REST list has it for certain.
    pub justification: Option<String>,
    /// When the request was made, if GitHub said so.
    pub created_at: Option<DateTime<Utc>>,
}

impl Facts {
    /// Whether GitHub's list, which names no repositories, tells the same. Then nothing needs to be asked again.
    pub fn agree_with_list(&self, listed: &Self) -> bool {
        let same_selection = match (&self.repositories, &listed.repositories) {
            (Repositories::Subset { .. }, Repositories::Subset { .. }) => true,
            (known, told) => known == told,
        };
        same_selection
            && self.requester.id == listed.requester.id
            && self.permissions == listed.permissions
            && self.expiry == listed.expiry
    }

    /// Whether GitHub tells of the same content, as far as it lists the repositories.
    pub fn agree_with(&self, told: &Self) -> bool {
        let repositories = match told.repositories.is_part_of(&self.repositories) {
            true => self.repositories.clone(),
            false => told.repositories.clone(),
        };
        Revision::of(self) == Revision::of(&Self { repositories, ..told.clone() })
    }

    /// When it was asked for, now that GitHub tells `told`. It never changes, so two times are none; and once everything is
    /// told, what is not known does not come any more.
    pub(super) fn asked_at(&self, told: &Self, enrichment: Enrichment) -> Option<DateTime<Utc>> {
        match (self.created_at, told.created_at) {
            // GitHub tells it with and without fractions of a second.
            (Some(known), Some(told)) => (known.timestamp() == told.timestamp()).then_some(known),
            (None, Some(told)) => (enrichment != Enrichment::Complete).then_some(told),
            (Some(_) | None, None) => None,
        }
    }

    /// Whether GitHub told everything that the token may do and until when, known to us or not.
    pub fn are_whole(&self) -> bool {
        let are_listed = match &self.repositories {
            Repositories::None | Repositories::All => true,
            Repositories::Subset { listed, count } => {
                !listed.is_empty() && count.is_none_or(|count| count == listed.len() as u64)
            }
            Repositories::Unknown(_) => false,
        };
        are_listed && self.expiry != Expiry::Unknown
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requester {
    pub id: GitHubUserId,
    pub login: Login,
}

/// The permissions asked for, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Permissions(BTreeMap<Permission, Level>);

impl Permissions {
    /// Whether nothing at all is asked for; GitHub sends such requests for public access only.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Permission, &Level)> {
        self.0.iter()
    }

    /// The highest level asked for; unknown ranks above admin.
    pub fn highest(&self) -> Option<&Level> {
        self.0.values().max()
    }
}

impl FromIterator<(Permission, Level)> for Permissions {
    fn from_iter<I: IntoIterator<Item = (Permission, Level)>>(all: I) -> Self {
        Self(all.into_iter().collect())
    }
}

/// One permission by GitHub's name, `contents`, and the group GitHub lists it under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Permission {
    pub group: PermissionGroup,
    pub name: String,
}

/// Where GitHub lists a permission.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PermissionGroup {
    Organization,
    Repository,
    Other,
    /// A group that GitHub did not have when this was written.
    Unknown(String),
}

impl PermissionGroup {
    /// Reads GitHub's name for a group.
    pub fn parse(name: &str) -> Self {
        match name {
            "organization" => Self::Organization,
            "repository" => Self::Repository,
            "other" => Self::Other,
            unknown => Self::Unknown(unknown.to_owned()),
        }
    }
}

impl fmt::Display for PermissionGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Organization => "organization",
            Self::Repository => "repository",
            Self::Other => "other",
            Self::Unknown(name) => name,
        })
    }
}

/// How far a permission goes, in rising order of danger; what we cannot read counts as the most dangerous.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    Read,
    Write,
    Admin,
    /// GitHub's word, which we do not know.
    Unknown(String),
}

impl Level {
    /// Reads GitHub's word for a level.
    pub fn parse(word: &str) -> Self {
        match word {
            "read" => Self::Read,
            "write" => Self::Write,
            "admin" => Self::Admin,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// The number that policies compare: 1 read, 2 write, 3 admin, 9 unknown.
    pub fn rank(&self) -> i64 {
        match self {
            Self::Read => 1,
            Self::Write => 2,
            Self::Admin => 3,
            Self::Unknown(_) => 9,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Unknown(word) => word,
        })
    }
}

/// Which repositories the token would reach.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Repositories {
    /// Public repositories only.
    None,
    /// Every repository, also those made later.
    All,
    /// The listed ones; the list is short of `count` when GitHub cut it.
    Subset { listed: Vec<Repository>, count: Option<u64> },
    /// A selection that GitHub did not have when this was written, or that made no sense.
    Unknown(String),
}

impl Repositories {
    /// Whether every repository concerned is known by name: false for all, cut lists and unknown selections.
    pub fn is_fully_listed(&self) -> bool {
        match self {
            Self::None => true,
            // A subset of nothing is no selection that GitHub offers.
            Self::Subset { listed, count } => {
                // What is named twice hides what is not named.
                let known: BTreeSet<_> = listed.iter().map(|repository| repository.id).collect();
                !known.is_empty() && known.len() == listed.len() && *count == Some(known.len() as u64)
            }
            Self::All | Self::Unknown(_) => false,
        }
    }

    /// Whether this is what a list that was cut shows of `whole`.
    fn is_part_of(&self, whole: &Self) -> bool {
        let (Self::Subset { listed, count }, Self::Subset { listed: all, .. }) = (self, whole) else {
            return false;
        };
        let known: BTreeSet<_> = all.iter().map(|repository| repository.id).collect();
        let is_cut = listed.len() < known.len() && count.is_none_or(|count| count == known.len() as u64);
        // Without a count, a list that names some of them is another one.
        let may_be_cut = count.is_some() || listed.is_empty();
        is_cut && may_be_cut && listed.iter().all(|repository| known.contains(&repository.id))
    }
}

/// One repository of a subset.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Repository {
    pub id: RepositoryId,
    /// `owner/name`.
    pub full_name: String,
    pub private: Option<bool>,
}

/// Until when the token would work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expiry {
    Never,
    At(DateTime<Utc>),
    /// Missing or unreadable: judged as never.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::facts;

    fn permissions(levels: &[&str]) -> Permissions {
        let named = |(n, level): (usize, &&str)| {
            let permission = Permission { group: PermissionGroup::Repository, name: format!("p{n}") };
            (permission, Level::parse(level))
        };
        levels.iter().enumerate().map(named).collect()
    }

    #[test]
    fn the_list_need_not_name_the_repositories_to_agree() {
        let unnamed = Repositories::Subset { listed: vec![], count: None };

        assert!(facts().agree_with_list(&facts()));
        assert!(facts().agree_with_list(&Facts { repositories: unnamed, justification: None, ..facts() }));
        let all = Facts { repositories: Repositories::All, ..facts() };
        assert!(all.agree_with_list(&all));
    }

    #[test]
    fn a_list_that_tells_anything_else_does_not_agree() {
        let somebody = Requester { id: GitHubUserId(2), ..facts().requester };

        for other in [
            Facts { repositories: Repositories::All, ..facts() },
            Facts { repositories: Repositories::Unknown("all".into()), ..facts() },
            Facts { requester: somebody, ..facts() },
            Facts { permissions: Permissions::default(), ..facts() },
            Facts { expiry: Expiry::Never, ..facts() },
        ] {
            assert!(!facts().agree_with_list(&other), "{other:?}");
        }
    }

    fn subset(ids: &[u64], count: Option<u64>) -> Facts {
        let listed = ids.iter().map(|id| Repository {
            id: RepositoryId(*id),
            full_name: format!("acme/r{id}"),
            private: Some(true),
        });
        Facts { repositories: Repositories::Subset { listed: listed.collect(), count }, ..facts() }
    }

    #[test]
    fn a_list_that_was_cut_agrees_as_far_as_it_goes() {
        let known = subset(&[1, 2, 3], None);

        for told in [
            subset(&[3, 1, 2], Some(3)),
            subset(&[1, 3], Some(3)),
            subset(&[], Some(3)),
            subset(&[], None),
            Facts { justification: None, token_name: None, ..known.clone() },
        ] {
            assert!(known.agree_with(&told), "{:?}", told.repositories);
        }
        for told in [
            subset(&[1, 4], Some(3)),
            subset(&[1, 2], Some(4)),
            // It names one twice and was not cut.
            subset(&[1, 1, 2], Some(3)),
            subset(&[1, 2], Some(2)),
            // Nothing says that this list was cut.
            subset(&[1, 2], None),
            subset(&[1, 2, 3, 4], None),
            Facts { repositories: Repositories::All, ..facts() },
            Facts { expiry: Expiry::Never, ..subset(&[1, 3], Some(3)) },
            Facts { permissions: Permissions::default(), ..known.clone() },
        ] {
            assert!(!known.agree_with(&told), "{told:?}");
        }
    }

    #[test]
    fn what_is_cut_or_unknown_is_not_whole() {
        for whole in [
            facts(),
            subset(&[1], None),
            subset(&[1], Some(1)),
            Facts { repositories: Repositories::All, expiry: Expiry::Never, ..facts() },
            Facts { repositories: Repositories::None, ..facts() },
        ] {
            assert!(whole.are_whole(), "{whole:?}");
        }
        for cut in [
            subset(&[1], Some(2)),
            subset(&[], None),
            Facts { repositories: Repositories::Unknown("most".into()), ..facts() },
            Facts { expiry: Expiry::Unknown, ..facts() },
        ] {
            assert!(!cut.are_whole(), "{cut:?}");
        }
    }

    #[test]
    fn what_is_named_twice_hides_what_is_not_named() {
        assert!(subset(&[1, 2], Some(2)).repositories.is_fully_listed());
        assert!(!subset(&[1, 1], Some(2)).repositories.is_fully_listed());
        assert!(!subset(&[1, 1], Some(1)).repositories.is_fully_listed());
    }

    #[test]
    fn the_time_of_asking_is_one_or_none() {
        let asked =
            |at: Option<i64>| Facts { created_at: at.and_then(DateTime::from_timestamp_millis), ..facts() };
        let told = |known, told, enrichment| asked(known).asked_at(&asked(told), enrichment);

        for enrichment in [Enrichment::Waiting, Enrichment::Complete] {
            assert_eq!(told(Some(1_000), Some(1_999), enrichment), asked(Some(1_000)).created_at);
            assert_eq!(told(Some(1_000), Some(2_000), enrichment), None);
            assert_eq!(told(Some(1_000), None, enrichment), None);
        }
        assert_eq!(told(None, Some(1_000), Enrichment::Waiting), asked(Some(1_000)).created_at);
        assert_eq!(told(None, Some(1_000), Enrichment::Complete), None);
    }

    #[test]
    fn the_most_dangerous_level_is_the_highest() {
        let ranks = |levels: &[&str]| permissions(levels).highest().map(Level::rank);

        assert_eq!(ranks(&["read"]), Some(1));
        assert_eq!(ranks(&["write", "read"]), Some(2));
        assert_eq!(ranks(&["read", "admin"]), Some(3));
        assert_eq!(ranks(&["own", "admin"]), Some(9));
        assert_eq!(ranks(&[]), None);
        assert!(permissions(&[]).is_empty() && !permissions(&["read"]).is_empty());
    }

    #[test]
    fn githubs_words_are_shown_as_they_were_read() {
        for word in ["read", "write", "admin", "own"] {
            assert_eq!(Level::parse(word).to_string(), word);
        }
        for word in ["organization", "repository", "other", "enterprise"] {
            assert_eq!(PermissionGroup::parse(word).to_string(), word);
        }
    }
}
