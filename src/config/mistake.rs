//! What is wrong with a configuration, and what is merely worth saying.
//!
//! Values are never repeated, only names are: whatever stands in the wrong place may be a secret.

use std::fmt;

/// The kinds of mistakes: stable names for scripts that read `check --json`.
pub mod code {
    /// The configuration, or a file it names, can't be read.
    pub const UNREADABLE_FILE: &str = "unreadable-file";
    /// The file is not TOML.
    pub const SYNTAX: &str = "syntax";
    /// There is no such key.
    pub const UNKNOWN_KEY: &str = "unknown-key";
    /// There is no such variable.
    pub const UNKNOWN_VARIABLE: &str = "unknown-variable";
    /// A key without a default was left out.
    pub const MISSING: &str = "missing";
    /// A value has another shape than its key wants.
    pub const WRONG_VALUE: &str = "wrong-value";
    /// A value has the right shape and is too large, too small, or at odds with another.
    pub const OUT_OF_RANGE: &str = "out-of-range";
    /// A list that has to name something is empty.
    pub const EMPTY_LIST: &str = "empty-list";
    /// A secret of no characters.
    pub const EMPTY_SECRET: &str = "empty-secret";
    /// The same thing was given in two ways.
    pub const GIVEN_TWICE: &str = "given-twice";
    /// A group that is not defined.
    pub const UNKNOWN_GROUP: &str = "unknown-group";
    /// Somebody who is not in `[people]`.
    pub const UNKNOWN_PERSON: &str = "unknown-person";
    /// A built-in policy that there is not.
    pub const UNKNOWN_POLICY: &str = "unknown-policy";
    /// A requirement that the people who are named can never meet.
    pub const NEVER_MET: &str = "never-met";
    /// Two people share an account.
    pub const LINKED_TWICE: &str = "linked-twice";
    /// It would change who may decide, and does not exist in this version.
    pub const NOT_BUILT_YET: &str = "not-built-yet";
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// One of [`code`].
    pub code: &'static str,
    /// Where: `route[0].channel`, or the name of a variable.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub cure: String,
}

/// All mistakes of one configuration, in the order of their finding; never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub(super) Vec<Mistake>);

/// What is in order and still worth an operator's attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub key: String,
    pub message: String,
}

impl Mistakes {
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {} [{}]", self.key, self.problem, self.cure, self.code)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "The configuration has 1 mistake:")?,
            many => write!(f, "The configuration has {many} mistakes:")?,
        }
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

/// What is wrong with a value, wherever it stands, and what helps.
#[derive(Debug)]
pub(super) struct Problem {
    code: &'static str,
    problem: String,
    cure: String,
}

impl Problem {
    pub(super) fn new(code: &'static str, problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { code, problem: problem.into(), cure: cure.into() }
    }

    /// A value of another shape than wanted.
    pub(super) fn shape(problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(code::WRONG_VALUE, problem, cure)
    }

    /// What would change who may decide must not be ignored in silence.
    pub(super) fn not_built(what: &str, cure: impl Into<String>) -> Self {
        Self::new(code::NOT_BUILT_YET, format!("{what} does not exist in this version"), cure)
    }

    pub(super) fn at(self, key: impl Into<String>) -> Mistake {
        Mistake { code: self.code, key: key.into(), problem: self.problem, cure: self.cure }
    }
}
