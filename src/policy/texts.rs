//! A set of policies as it was written. What it answers follows from this alone, so it is what the record keeps.

use sha2::{Digest, Sha256};

/// The schema of this version.
pub(super) const SCHEMA: &str = include_str!("schema.cedarschema");

/// The built-in policies of this version.
const BUILT_IN: &str = include_str!("builtin.cedar");

/// Stands between the built-in policies and the operators' in what is hashed; no built-in policy has such a name.
const OPERATORS: &str = "operators' policies";

/// A file of operators' policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// As it is shown: `policies/payments.cedar`.
    pub name: String,
    pub text: String,
}

/// Everything that makes a set of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyTexts {
    pub schema: String,
    pub built_in: String,
    /// The operators' own, in the order of their names.
    pub files: Vec<PolicyFile>,
    /// Names of built-in policies that are switched off.
    pub without: Vec<String>,
}

impl PolicyTexts {
    /// Operators' policies beside the built-in ones of this version.
    pub fn new(files: Vec<PolicyFile>, without: Vec<String>) -> Self {
        Self { schema: SCHEMA.to_owned(), built_in: BUILT_IN.to_owned(), files, without }
    }

    /// Names the set: two that may answer differently have different hashes. SHA-256 over the texts and the names left
    /// out. The texts, not what was read from them, so that a hash survives a new version of Cedar; each with its length,
    /// so that no two sets give the same bytes.
    pub fn hash(&self) -> String {
        let mut without: Vec<_> = self.without.iter().map(String::as_str).collect();
        without.sort_unstable();
        without.dedup();
        let mut parts = vec![self.schema.as_str(), self.built_in.as_str()];
        if !self.files.is_empty() {
            parts.push(OPERATORS);
            parts.extend(self.files.iter().map(|file| file.text.as_str()));
            parts.push(OPERATORS);
        }
        parts.extend(without);
        let digest = parts.into_iter().fold(Sha256::new(), |digest, part| {
            digest.chain_update((part.len() as u64).to_be_bytes()).chain_update(part)
        });
        hex::encode(digest.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> PolicyFile {
        PolicyFile { name: "policies/a.cedar".into(), text: text.into() }
    }

    #[test]
    fn sets_that_may_answer_differently_have_different_hashes() {
        let with = |files: &[&str], without: &[&str]| {
            let files = files.iter().map(|text| file(text)).collect();
            PolicyTexts::new(files, without.iter().map(|name| (*name).to_owned()).collect()).hash()
        };
        let hashes = [
            with(&[], &[]),
            with(&[""], &[]),
            with(&["own-request"], &[]),
            with(&[], &["own-request"]),
            with(&["a", "b"], &[]),
            with(&["ab"], &[]),
            with(&["b", "a"], &[]),
        ];

        for (index, hash) in hashes.iter().enumerate() {
            assert!(!hashes[..index].contains(hash), "{index}");
        }
        assert_eq!(with(&[], &["bot", "guest", "bot"]), with(&[], &["guest", "bot"]));
    }

    #[test]
    fn a_file_by_another_name_is_the_same_set() {
        let named =
            |name: &str| PolicyTexts::new(vec![PolicyFile { name: name.into(), ..file("x") }], vec![]);

        assert_eq!(named("a").hash(), named("b").hash());
    }
}
