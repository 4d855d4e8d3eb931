//! The text beside the blocks: what notifications show and screen readers read.

use serde::Serialize;

use super::text::{NOTHING, clean, cut, escape};

/// `chat.update` refuses more than 4,000 characters (docs.slack.dev, chat.update); a margin below.
const LIMIT: usize = 3500;

/// Escaped markup of at most 3,500 characters that mentions and links nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Fallback(String);

impl Fallback {
    /// Joins lines, the most important first: what is too long is cut at the end.
    pub fn from_lines<S: AsRef<str>>(lines: impl IntoIterator<Item = S>) -> Self {
        let lines: Vec<_> = lines.into_iter().map(|line| clean(line.as_ref())).collect();
        let said: Vec<_> = lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
        let text = said.join("\n");
        // Cutting comes first and counts escaped lengths, so that no entity is cut in two.
        Self(if text.is_empty() { NOTHING.to_owned() } else { escape(&cut(&text, LIMIT)) })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Fallback {
    fn from(text: &str) -> Self {
        Self::from_lines([text])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_ours_and_what_is_empty_is_left_out() {
        let fallback = Fallback::from_lines(["octocat wants to READ", " ", "They say: \"a\nb\""]);

        assert_eq!(fallback.as_str(), "octocat wants to READ\nThey say: \"a b\"");
    }

    #[test]
    fn nothing_can_be_mentioned() {
        let fallback = Fallback::from("<!channel> <@U0ALICE> <https://evil.example|docs>");

        assert!(!fallback.as_str().contains(['<', '>']));
    }

    proptest! {
        #[test]
        fn any_lines_fit(lines: Vec<String>, long in "[&<>a🎉]{0,6000}") {
            let fallback = Fallback::from_lines(lines.iter().chain([&long]));
            let text = fallback.as_str();

            prop_assert!((1..=LIMIT).contains(&text.encode_utf16().count()));
            prop_assert!(!text.contains(['<', '>']));
            let entities = ["&amp;", "&lt;", "&gt;"].iter().map(|entity| text.matches(entity).count());
            prop_assert_eq!(text.matches('&').count(), entities.sum::<usize>());
        }
    }
}
