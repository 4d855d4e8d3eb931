//! The brake: while everything is frozen nothing is approved and nothing decides by itself; denials go on.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::ids::{Login, SlackUserId};

/// Everything is frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    pub by: Freezer,
    pub since: DateTime<Utc>,
    pub why: Why,
}

/// Who froze everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freezer {
    /// Whoever may run the command line.
    Operator,
    Person {
        slack: SlackUserId,
        /// As the configuration has it; for people to read.
        login: Option<Login>,
    },
}

impl fmt::Display for Freezer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("an operator"),
            Self::Person { login: Some(login), .. } => login.fmt(f),
            Self::Person { slack, login: None } => slack.fmt(f),
        }
    }
}

/// How it stands with the brake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brake {
    pub frozen: Option<Frozen>,
    /// When a freeze was lifted last: what was judged before has to be judged anew.
    pub lifted_at: Option<DateTime<Utc>>,
}

impl Brake {
    /// Whether a judgement of this moment may be older than what somebody froze everything for.
    pub fn outdates(&self, judged_at: DateTime<Utc>) -> bool {
        self.lifted_at.is_some_and(|lifted| judged_at <= lifted)
    }
}

/// What the brake is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Braking {
    Freeze(Frozen),
    Lift { at: DateTime<Utc> },
}

/// Why everything was frozen: one line, typed by somebody and read by everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why(String);

/// Why a line can't stand on the cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WhyError {
    #[error("it says nothing")]
    Empty,
    #[error("it has {over} characters more than {}", Why::LONGEST)]
    TooLong { over: usize },
}

impl Why {
    /// In characters; a card has to hold it beside everything else.
    pub const LONGEST: usize = 300;

    /// Takes a text as one line, without control characters and without the space around it.
    pub fn new(text: &str) -> Result<Self, WhyError> {
        let spaced = text.replace(char::is_control, " ");
        let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.chars().count() {
            0 => Err(WhyError::Empty),
            many if many > Self::LONGEST => Err(WhyError::TooLong { over: many - Self::LONGEST }),
            _ => Ok(Self(line)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::request::samples::noon;

    #[test]
    fn a_reason_is_one_line_that_says_something() {
        assert_eq!(Why::new(" stolen\n\tlaptop\u{7} ").unwrap().as_str(), "stolen laptop");
        assert_eq!(Why::new(" \n\u{0} "), Err(WhyError::Empty));
        assert!(Why::new(&"世".repeat(Why::LONGEST)).is_ok());
        assert_eq!(Why::new(&"x".repeat(Why::LONGEST + 2)), Err(WhyError::TooLong { over: 2 }));
    }

    #[test]
    fn what_was_judged_before_a_freeze_was_lifted_is_judged_anew() {
        let brake = |lifted_at| Brake { frozen: None, lifted_at };

        assert!(!brake(None).outdates(noon()));
        assert!(brake(Some(noon())).outdates(noon()));
        assert!(!brake(Some(noon())).outdates(noon() + TimeDelta::seconds(1)));
    }
}
