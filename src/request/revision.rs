//! The digest that ties a vote to the content it was given for.

use std::fmt;

use sha2::{Digest, Sha256};

use super::facts::{Expiry, Facts, Repositories};

/// A digest of owner, permissions, repositories and expiry. 128 bits, because a requester chooses the content and
/// must not be able to find two requests with one revision.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Revision(String);

impl Revision {
    /// Digests what an approval is given for. Names and the justification are left out: GitHub lets neither
    /// change what the token may do.
    pub fn of(facts: &Facts) -> Self {
        let mut digest = Fields(Sha256::new());
        digest.field("owner", &facts.requester.id.to_string());
        for (permission, level) in facts.permissions.iter() {
            digest.field("permission", &permission.group.to_string());
            digest.field("name", &permission.name);
            digest.field("level", &level.to_string());
        }
        match &facts.repositories {
            Repositories::None => digest.field("repositories", "none"),
            Repositories::All => digest.field("repositories", "all"),
            Repositories::Unknown(selection) => digest.field("repositories unknown", selection),
            Repositories::Subset { listed, count } => {
                let mut ids: Vec<_> = listed.iter().map(|repository| repository.id).collect();
                ids.sort();
                ids.dedup();
                // A count that agrees with the list adds nothing: the REST list does not tell one.
                let cut = count.filter(|count| *count != ids.len() as u64);
                digest.field(
                    "repositories",
                    &cut.map_or("whole".to_owned(), |count| format!("cut of {count}")),
                );
                ids.iter().for_each(|id| digest.field("repository", &id.to_string()));
            }
        }
        match facts.expiry {
            Expiry::Never => digest.field("expiry", "never"),
            Expiry::Unknown => digest.field("expiry", "unknown"),
            Expiry::At(at) => digest.field("expiry", &at.timestamp().to_string()),
        }
        Self(hex::encode(&digest.0.finalize()[..16]))
    }

    /// Takes back a revision that was kept or sent out; comparing it is the only use.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Feeds length-prefixed fields, so that no two contents give the same bytes.
struct Fields(Sha256);

impl Fields {
    fn field(&mut self, name: &str, value: &str) {
        for part in [name, value] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RepositoryId;
    use crate::request::samples::facts;
    use crate::request::{Level, Permission, PermissionGroup, Permissions, Repository};

    fn subset(ids: &[u64], count: Option<u64>) -> Repositories {
        let listed = ids.iter().map(|id| Repository {
            id: RepositoryId(*id),
            full_name: format!("acme/r{id}"),
            private: Some(true),
        });
        Repositories::Subset { listed: listed.collect(), count }
    }

    #[test]
    fn the_order_and_the_names_of_repositories_do_not_matter() {
        let one = Facts { repositories: subset(&[1, 2], Some(2)), ..facts() };
        let other = Facts { repositories: subset(&[2, 1], None), ..facts() };

        assert_eq!(Revision::of(&one), Revision::of(&other));
    }

    #[test]
    fn every_part_of_the_content_matters() {
        let write =
            [(Permission { group: PermissionGroup::Repository, name: "contents".into() }, Level::Write)];
        let contents = [
            facts(),
            Facts { permissions: Permissions::from_iter(write), ..facts() },
            Facts { permissions: Permissions::default(), ..facts() },
            Facts { repositories: Repositories::All, ..facts() },
            Facts { repositories: Repositories::Unknown("all".into()), ..facts() },
            Facts { repositories: subset(&[1], Some(1)), ..facts() },
            Facts { repositories: subset(&[1], Some(2)), ..facts() },
            Facts { expiry: Expiry::Never, ..facts() },
            Facts { expiry: Expiry::Unknown, ..facts() },
        ];

        for (i, one) in contents.iter().enumerate() {
            for other in &contents[i + 1..] {
                assert_ne!(Revision::of(one), Revision::of(other), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn what_the_requester_only_says_does_not_matter() {
        let reworded = Facts { justification: Some("please".into()), token_name: None, ..facts() };

        assert_eq!(Revision::of(&reworded), Revision::of(&facts()));
    }

    #[test]
    fn a_revision_reads_back_as_it_is_shown() {
        let revision = Revision::of(&facts());

        assert_eq!(Revision::from_text(revision.as_str()), revision);
        assert_eq!(revision.to_string(), revision.as_str());
    }
}
