//! What a configuration says besides who may decide what. It counts from a start on; a reload can only tell that it has
//! changed. Kept as digests, because secrets are among it.

use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest, Sha256};
use toml::{Table, Value};

/// The keys that a reload takes anew: the rulebook's.
const TAKEN_ANEW: [&str; 8] =
    ["route", "require", "groups", "repository_groups", "people", "people_file", "machines", "policy"];

/// A digest for each value, by its key.
#[derive(Clone, Default)]
pub struct Fixed(BTreeMap<String, [u8; 32]>);

impl Fixed {
    /// What a file's text says.
    pub(super) fn of(table: &Table) -> Self {
        let mut fixed = Self::default();
        for (name, value) in table.iter().filter(|(name, _)| !TAKEN_ANEW.contains(&name.as_str())) {
            fixed.value(name, value);
        }
        fixed
    }

    /// What stands in a file that a key names.
    pub(super) fn add(&mut self, key: &str, content: &[u8]) {
        self.0.insert(key.to_owned(), Sha256::digest(content).into());
    }

    fn value(&mut self, key: &str, value: &Value) {
        match value {
            Value::Table(table) => {
                for (name, value) in table {
                    self.value(&format!("{key}.{name}"), value);
                }
            }
            other => self.add(key, other.to_string().as_bytes()),
        }
    }

    /// The keys that say something else in another configuration, or stand in one of them alone.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut keys: Vec<_> = self.0.keys().chain(other.0.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.into_iter().filter(|key| self.0.get(*key) != other.0.get(*key)).cloned().collect()
    }
}

impl fmt::Debug for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> Fixed {
        Fixed::of(&text.parse().unwrap())
    }

    #[test]
    fn only_what_counts_from_a_start_on_is_compared() {
        let before = fixed(
            "listen = \"a\"\npeople = { alice = \"U1\" }\n[github]\napp_id = 1\n[policy]\nwithout = []",
        );
        let after =
            fixed("listen = \"b\"\npeople = { alice = \"U2\" }\n[github]\napp_id = 1\nact_as = \"app\"");

        assert_eq!(before.differences(&after), ["github.act_as", "listen"]);
        assert!(before.differences(&before).is_empty());
    }

    #[test]
    fn what_a_named_file_holds_is_compared_and_never_shown() {
        let (mut before, mut after) = (Fixed::default(), Fixed::default());
        before.add("slack.bot_token_file", b"hunter2");
        after.add("slack.bot_token_file", b"hunter3");

        assert_eq!(before.differences(&after), ["slack.bot_token_file"]);
        assert!(!format!("{before:?}").contains("hunter"));
    }
}
