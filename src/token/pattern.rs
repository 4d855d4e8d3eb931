//! Patterns for names in a filter. They are narrower than the configuration's, so that a database understands them, too.

use std::fmt;
use std::str::FromStr;

use crate::policy::Glob;

/// GitHub's names of organizations and repositories are shorter.
const LONGEST: usize = 150;

/// A name in which `*` stands for any letters and `?` for one; with `/`, an organization's name and a repository's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    glob: Glob,
}

/// Text that is not a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it takes letters, digits, ., _, - and, for what may differ, * and ?")]
pub struct PatternError;

impl Pattern {
    pub fn matches(&self, name: &str) -> bool {
        self.glob.matches(name)
    }

    /// Whether it matches a repository's `owner/name`: as a whole if it has a `/`, else by the name alone.
    pub fn matches_repository(&self, full_name: &str) -> bool {
        let name = full_name.rsplit_once('/').map_or(full_name, |(_, name)| name);
        self.matches(if self.text.contains('/') { full_name } else { name })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names one thing only.
    pub fn is_exact(&self) -> bool {
        !self.text.contains(['*', '?'])
    }

    /// The organization's part, if it has one, and the name's.
    pub fn parts(&self) -> (Option<&str>, &str) {
        match self.text.split_once('/') {
            Some((owner, name)) => (Some(owner), name),
            None => (None, &self.text),
        }
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lower = text.to_ascii_lowercase();
        // Two stars are to the configuration's patterns more than one is.
        while lower.contains("**") {
            lower = lower.replace("**", "*");
        }
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-*?/".contains(&byte);
        let is_whole = |part: &str| !part.is_empty();
        let parts: Vec<_> = lower.split('/').collect();
        let is_pattern = lower.len() <= LONGEST
            && lower.bytes().all(is_letter)
            && parts.len() <= 2
            && parts.iter().all(|part| is_whole(part));
        if !is_pattern {
            return Err(PatternError);
        }
        let glob = lower.parse().map_err(|_| PatternError)?;
        Ok(Self { text: lower, glob })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    #[test]
    fn a_repository_is_matched_by_its_name_or_as_a_whole() {
        assert!(pattern("Payments-*").matches_repository("acme/payments-API"));
        assert!(pattern("acme/payments-*").matches_repository("ACME/payments-api"));
        assert!(pattern("*/docs").matches_repository("acme/docs"));
        assert!(!pattern("globex/*").matches_repository("acme/docs"));
        assert!(!pattern("acme").matches_repository("acme/docs"));
    }

    #[test]
    fn stars_in_a_row_are_one() {
        assert_eq!(pattern("a***b").as_str(), "a*b");
        assert!(pattern("**").matches("docs") && !pattern("**").matches("acme/docs"));
    }

    #[test]
    fn other_text_is_no_pattern() {
        for text in ["", "/", "a/", "/a", "a/b/c", "[a]", "{a,b}", "a b", "a:b", "é", "a,b", &"a".repeat(151)]
        {
            assert!(text.parse::<Pattern>().is_err(), "{text:?}");
        }
    }
}
