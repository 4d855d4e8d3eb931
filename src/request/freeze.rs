//! The brake: while everything is frozen nothing is approved and nothing decides by itself; denials go on.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

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
    /// When somebody asked last for everything to be frozen; whoever asked before that for it to be lifted did not know
    /// of this wish.
    pub wanted_at: Option<DateTime<Utc>>,
    /// When a freeze was lifted last: what was judged before has to be judged anew.
    pub lifted_at: Option<DateTime<Utc>>,
    /// How often one was lifted.
    pub lifts: Lifts,
}

/// How often a freeze was lifted: what was judged at another count was judged before a freeze.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lifts(pub u32);

impl Lifts {
    /// Whether the brake, as a commit meets it, keeps out what was judged at this count: everything is frozen, or was
    /// since.
    pub fn is_kept_out_by(self, is_frozen: bool, lifts: Lifts) -> bool {
        is_frozen || lifts != self
    }
}

impl Brake {
    /// Whether a judgement of this moment may be older than what somebody froze everything for.
    pub fn outdates(&self, judged_at: DateTime<Utc>) -> bool {
        // Two machines may have told those times; judging once more than needed harms nobody.
        const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);
        self.lifted_at.is_some_and(|lifted| judged_at <= lifted + CLOCKS_DIFFER)
    }
}

/// What the brake is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Braking {
    /// Everything is frozen, as was asked for then.
    Freeze { frozen: Frozen, asked_at: DateTime<Utc> },
    /// It is frozen already and stays as it is; a wish to lift that is older than this one does not count any more.
    Insist { asked_at: DateTime<Utc> },
    /// The freeze that was wanted last at that time is lifted, and no other.
    Lift { at: DateTime<Utc>, wanted_at: DateTime<Utc> },
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
    fn who_froze_and_why_are_said_as_they_are() {
        let person = |login: Option<&str>| Freezer::Person {
            slack: SlackUserId::new("U0ALICE"),
            login: login.map(Login::new),
        };

        assert_eq!(Freezer::Operator.to_string(), "an operator");
        assert_eq!(person(Some("alice")).to_string(), "alice");
        assert_eq!(person(None).to_string(), "U0ALICE");
        assert_eq!(Why::new("a leak").unwrap().to_string(), "a leak");
    }

    #[test]
    fn a_freeze_keeps_out_what_was_judged_before_it_even_once_it_is_over() {
        assert!(!Lifts(1).is_kept_out_by(false, Lifts(1)));
        assert!(Lifts(1).is_kept_out_by(true, Lifts(1)));
        assert!(Lifts(1).is_kept_out_by(false, Lifts(2)));
    }

    #[test]
    fn what_was_judged_before_a_freeze_was_lifted_is_judged_anew() {
        let brake = |lifted_at| Brake { frozen: None, wanted_at: None, lifted_at, lifts: Lifts(1) };

        assert!(!brake(None).outdates(noon()));
        assert!(brake(Some(noon())).outdates(noon()));
        // Whose clock is ahead may have judged before all the same.
        assert!(brake(Some(noon())).outdates(noon() + TimeDelta::minutes(5)));
        assert!(!brake(Some(noon())).outdates(noon() + TimeDelta::minutes(6)));
    }
}
