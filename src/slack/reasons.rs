//! Why requests are denied again and again: reasons to choose from, and what the requester then reads.

/// A reason that needs no typing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    TooBroad,
    TooLong,
    Unexplained,
    UseAnApp,
    NotExpected,
}

impl Preset {
    pub const ALL: [Self; 5] =
        [Self::TooBroad, Self::TooLong, Self::Unexplained, Self::UseAnApp, Self::NotExpected];

    /// The option's value; cards and modals of earlier versions keep theirs.
    pub fn value(self) -> &'static str {
        match self {
            Self::TooBroad => "too_broad",
            Self::TooLong => "too_long",
            Self::Unexplained => "unexplained",
            Self::UseAnApp => "use_an_app",
            Self::NotExpected => "not_expected",
        }
    }

    pub fn parse(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.value() == value)
    }

    /// What is chosen; at most 75 characters.
    pub fn label(self) -> &'static str {
        match self {
            Self::TooBroad => "Asks for more than it needs",
            Self::TooLong => "Lasts too long",
            Self::Unexplained => "Doesn't say what it is for",
            Self::UseAnApp => "A GitHub App or GITHUB_TOKEN would do",
            Self::NotExpected => "Nobody expected this request",
        }
    }

    /// What the requester reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::TooBroad => {
                "This asks for more than the job needs. Please ask again with fewer repositories or permissions."
            }
            Self::TooLong => "This would last too long. Please ask again with an earlier expiry date.",
            Self::Unexplained => {
                "We could not tell what this token is for. Please ask again and say so in the justification."
            }
            Self::UseAnApp => {
                "Please use a GitHub App, or GITHUB_TOKEN inside a workflow, instead of a personal token."
            }
            Self::NotExpected => {
                "Nobody here expected this request. If it was really you, please talk to us first."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Comment;

    #[test]
    fn every_reason_reads_back_and_is_short_enough() {
        for preset in Preset::ALL {
            assert_eq!(Preset::parse(preset.value()), Some(preset));
            assert!(preset.label().len() <= 75);
            assert!(Comment::new(preset.words()).is_ok());
        }
        assert_eq!(Preset::parse("novelty"), None);
    }
}
