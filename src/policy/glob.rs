//! Patterns for names, `payments-*`; compared without case, as GitHub compares names.

use std::fmt;
use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};

/// A pattern in which `*` stands for any letters and `?` for one.
#[derive(Clone)]
pub struct Glob {
    text: String,
    matcher: GlobMatcher,
}

/// Text that is not a pattern.
#[derive(Debug, thiserror::Error)]
#[error("not a pattern: {0}")]
pub struct GlobError(String);

impl Glob {
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name.to_lowercase())
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Glob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_lowercase();
        if lower.is_empty() {
            return Err(GlobError("it is empty".to_owned()));
        }
        let glob = GlobBuilder::new(&lower)
            .literal_separator(true)
            .build()
            .map_err(|error| GlobError(error.kind().to_string()))?;
        Ok(Self { text: lower, matcher: glob.compile_matcher() })
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The pattern alone: what matches is compiled from it, and looks different once it was used.
impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Glob").field(&self.text).finish()
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Glob {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_the_same_before_and_after_it_was_used() {
        let glob: Glob = "Payments-*".parse().unwrap();
        let before = format!("{glob:?}");

        assert!(glob.matches("payments-api"));

        assert_eq!(
            (before.as_str(), format!("{glob:?}").as_str()),
            ("Glob(\"payments-*\")", before.as_str())
        );
    }

    #[test]
    fn a_star_stays_within_a_name_and_case_does_not_matter() {
        let glob: Glob = "Payments-*".parse().unwrap();

        assert!(glob.matches("payments-API"));
        assert!(!glob.matches("payments-api/other"));
        assert!(!glob.matches("my-payments-api"));
    }

    #[test]
    fn other_text_is_no_pattern() {
        for text in ["", " ", "[a"] {
            assert!(text.parse::<Glob>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_pattern_is_shown_and_compared_as_it_is_understood() {
        let [glob, same, other] =
            ["Payments-*", " payments-* ", "docs"].map(|text| text.parse::<Glob>().unwrap());

        assert_eq!((glob.as_str(), glob.to_string().as_str()), ("payments-*", "payments-*"));
        assert!(glob == same && glob != other);
    }
}
