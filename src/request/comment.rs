//! What a decider wants the requester to read.

use std::fmt;

/// Text of one decider, short enough for GitHub whichever way it counts.
///
/// GitHub takes reviews with a reason of at most 1,024 "characters" and does not say whether those are code points,
/// UTF-16 units or bytes (docs.github.com, REST: review a request to access organization resources). Bytes are the
/// dearest, so whoever stays within as many bytes stays within the limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Comment(String);

/// Why a text is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{over} bytes too long")]
pub struct TooLong {
    /// By how many bytes.
    pub over: usize,
}

impl Comment {
    /// In bytes of UTF-8.
    pub const LONGEST: usize = 1024;

    /// Takes a text without the space around it; `None` if nothing is left.
    pub fn new(text: &str) -> Result<Option<Self>, TooLong> {
        let text = text.trim();
        match text.len().checked_sub(Self::LONGEST) {
            Some(over) if over > 0 => Err(TooLong { over }),
            Some(_) | None if text.is_empty() => Ok(None),
            Some(_) | None => Ok(Some(Self(text.to_owned()))),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Several people's comments as one text; one that does not fit beside those before it is left out.
    pub fn joined<'a>(comments: impl IntoIterator<Item = &'a Comment>) -> Option<String> {
        let mut joined = String::new();
        for comment in comments {
            let gap = if joined.is_empty() { "" } else { "\n" };
            if joined.len() + gap.len() + comment.0.len() > Self::LONGEST {
                continue;
            }
            joined.push_str(gap);
            joined.push_str(&comment.0);
        }
        (!joined.is_empty()).then_some(joined)
    }
}

impl fmt::Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn comment(text: &str) -> Comment {
        Comment::new(text).unwrap().unwrap()
    }

    #[test]
    fn the_limit_counts_bytes() {
        assert_eq!(Comment::new(&"x".repeat(1024)), Ok(Some(Comment("x".repeat(1024)))));
        assert_eq!(Comment::new(&"x".repeat(1025)), Err(TooLong { over: 1 }));
        assert_eq!(Comment::new(&"世".repeat(342)), Err(TooLong { over: 2 }));
    }

    #[test]
    fn space_alone_says_nothing() {
        assert_eq!(Comment::new(" \n\t "), Ok(None));
        assert_eq!(comment(" too broad \n").as_str(), "too broad");
        assert_eq!(comment("too broad").to_string(), "too broad");
    }

    #[test]
    fn comments_are_joined_as_far_as_they_fit() {
        let (short, long) = (comment("fine"), comment(&"x".repeat(1020)));

        assert_eq!(Comment::joined([&short, &short]), Some("fine\nfine".to_owned()));
        assert_eq!(Comment::joined([&short, &long, &short]), Some("fine\nfine".to_owned()));
        let filling = comment(&"x".repeat(1019));
        assert_eq!(Comment::joined([&short, &filling]).map(|joined| joined.len()), Some(1024));
        assert_eq!(Comment::joined([]), None);
    }

    proptest! {
        #[test]
        fn whatever_is_taken_fits_github_by_every_count(text in "\\PC{0,1100}") {
            if let Ok(Some(comment)) = Comment::new(&text) {
                prop_assert!(comment.as_str().len() <= 1024);
                prop_assert!(comment.as_str().encode_utf16().count() <= 1024);
                prop_assert!(!comment.as_str().is_empty());
            }
        }
    }
}
