//! Mistakes in the configuration: what is wrong, where, and what helps. Never with the value of a secret.

use std::fmt;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Stable, for tools.
    pub code: &'static str,
    /// Where: `route[0].channel`.
    pub key: String,
    /// What is wrong with the value's shape.
    pub problem: String,
    /// What to do.
    pub cure: String,
}

/// All mistakes of one configuration, in the order of their finding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(
        &mut self,
        code: &'static str,
        key: impl ToString,
        problem: impl ToString,
        cure: impl ToString,
    ) {
        self.0.push(Mistake {
            code,
            key: key.to_string(),
            problem: problem.to_string(),
            cure: cure.to_string(),
        });
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {} [{}]", self.key, self.problem, self.cure, self.code)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = match self.0.len() {
            1 => "1 mistake".to_owned(),
            many => format!("{many} mistakes"),
        };
        write!(f, "The configuration has {count}:")?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl std::error::Error for Mistakes {}
