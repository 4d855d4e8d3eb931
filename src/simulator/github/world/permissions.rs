//! What a fine-grained token may do, in GitHub's three groups.

use std::collections::BTreeMap;

use serde_json::{Value, json};

type Levels = BTreeMap<String, String>;

/// Permission name to level (`read`, `write`, `admin`), by group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    pub organization: Levels,
    pub repository: Levels,
    pub other: Levels,
}

impl Permissions {
    /// Permissions on repositories, as pairs of name and level.
    pub fn repository<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        Self::default().and_repository(pairs)
    }

    /// Permissions on the organization, as pairs of name and level.
    pub fn organization<const N: usize>(pairs: [(&str, &str); N]) -> Self {
        Self::default().and_organization(pairs)
    }

    pub fn and_repository<const N: usize>(mut self, pairs: [(&str, &str); N]) -> Self {
        self.repository.extend(pairs.map(|(name, level)| (name.into(), level.into())));
        self
    }

    pub fn and_organization<const N: usize>(mut self, pairs: [(&str, &str); N]) -> Self {
        self.organization.extend(pairs.map(|(name, level)| (name.into(), level.into())));
        self
    }

    /// Those whose name `before` doesn't have at all.
    pub(crate) fn added_to(&self, before: &Self) -> Self {
        self.filtered(before, |_, before| before.is_none())
    }

    /// Those that `before` has at another level.
    pub(crate) fn upgraded_from(&self, before: &Self) -> Self {
        self.filtered(before, |level, before| before.is_some_and(|before| before != level))
    }

    /// Whether any group has `name` at `level`.
    pub(crate) fn has(&self, name: &str, level: &str) -> bool {
        [&self.organization, &self.repository, &self.other]
            .iter()
            .any(|group| group.get(name).is_some_and(|l| l == level))
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "organization": self.organization, "repository": self.repository, "other": self.other })
    }

    fn filtered(&self, before: &Self, keep: impl Fn(&str, Option<&str>) -> bool) -> Self {
        let group = |now: &Levels, before: &Levels| -> Levels {
            let kept = now.iter().filter(|(name, level)| keep(level, before.get(*name).map(String::as_str)));
            kept.map(|(name, level)| (name.clone(), level.clone())).collect()
        };
        Self {
            organization: group(&self.organization, &before.organization),
            repository: group(&self.repository, &before.repository),
            other: group(&self.other, &before.other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_and_upgraded_permissions_are_told_apart() {
        let before = Permissions::repository([("contents", "read"), ("issues", "read")]);
        let after = Permissions::repository([("contents", "write"), ("issues", "read")])
            .and_organization([("members", "read")]);

        assert_eq!(after.added_to(&before), Permissions::organization([("members", "read")]));
        assert_eq!(after.upgraded_from(&before), Permissions::repository([("contents", "write")]));
    }
}
