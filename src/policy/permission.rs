//! Permissions as rules spell them, `contents:write`, and which of them are not understood.

use crate::request::{Facts, Level, Permission, is_known};

/// Above every level a rule would allow.
const UNKNOWN_RANK: i64 = 9;

/// Whether every permission asked for is understood.
pub(super) fn all_are_known(facts: &Facts) -> bool {
    facts.permissions.iter().all(|(permission, level)| is_known(permission, level))
}

/// `contents:write`; what is not known is marked, so that no rule takes it for something harmless.
pub(super) fn spelled(permission: &Permission, level: &Level) -> String {
    let name = permission.name.to_lowercase();
    if is_known(permission, level) { format!("{name}:{level}") } else { format!("unknown:{name}") }
}

/// The highest level asked for, as policies compare it; 0 when nothing is asked for.
pub(super) fn highest_rank(facts: &Facts) -> i64 {
    let rank = |(permission, level): (&Permission, &Level)| {
        if is_known(permission, level) { level.rank() } else { UNKNOWN_RANK }
    };
    facts.permissions.iter().map(rank).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::facts as usual;
    use crate::request::{PermissionGroup, Permissions};

    fn asked(group: &str, level: &str) -> Facts {
        let permission = Permission { group: PermissionGroup::parse(group), name: "Contents".into() };
        Facts { permissions: Permissions::from_iter([(permission, Level::parse(level))]), ..usual() }
    }

    fn spelled_in(facts: &Facts) -> Vec<String> {
        facts.permissions.iter().map(|(permission, level)| spelled(permission, level)).collect()
    }

    #[test]
    fn a_known_permission_is_spelled_with_its_level() {
        let facts = asked("repository", "write");

        assert_eq!(spelled_in(&facts), ["contents:write"]);
        assert_eq!(highest_rank(&facts), 2);
        assert!(all_are_known(&facts));
    }

    #[test]
    fn a_new_group_a_new_level_and_a_new_name_rank_above_admin() {
        let teleportation = Permission { group: PermissionGroup::Repository, name: "teleportation".into() };
        let permissions = Permissions::from_iter([(teleportation, Level::Read)]);
        let new_name = Facts { permissions, ..usual() };

        for (facts, name) in [
            (asked("repository", "own"), "contents"),
            (asked("enterprise", "read"), "contents"),
            (new_name, "teleportation"),
        ] {
            assert_eq!(spelled_in(&facts), [format!("unknown:{name}")]);
            assert_eq!(highest_rank(&facts), 9);
            assert!(!all_are_known(&facts));
        }
    }

    #[test]
    fn asking_for_nothing_ranks_lowest() {
        assert_eq!(highest_rank(&Facts { permissions: Permissions::default(), ..usual() }), 0);
    }
}
