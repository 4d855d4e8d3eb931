//! `[policy]`: what is added to the built-in policies, and what is taken away.

use toml::Value;

use super::mistake::{Problem, code};
use super::reader::Reader;
use super::values::{Parsed, text, word};
use crate::policy::Engine;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicySection {
    /// Names of built-in policies that are switched off.
    pub without: Vec<String>,
    /// Whether rules decide.
    pub automatic: Automatic,
}

/// What becomes of a decision that a rule would make.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Automatic {
    /// Rules are not asked.
    #[default]
    Off,
    /// The card says what a rule would do, and people decide.
    Announce,
    /// It is made.
    On,
}

impl Automatic {
    const WORDS: &'static [(&'static str, Self)] =
        &[("off", Self::Off), ("announce", Self::Announce), ("on", Self::On)];
}

pub(super) fn read(reader: Reader<'_>) -> PolicySection {
    reader.optional("directory", text);
    reader.not_built("directory", "a folder of policies");
    let without = reader.list("without", built_in).unwrap_or_default();
    let automatic = reader.or("automatic", Automatic::Off, word(Automatic::WORDS));
    reader.finish();
    PolicySection { without, automatic }
}

/// The name of a policy that there is. To pass over another in silence would leave in force what was to go.
fn built_in(value: &Value) -> Parsed<String> {
    let name = text(value)?;
    match Engine::new(std::slice::from_ref(&name)) {
        Ok(_) => Ok(name),
        Err(error) => {
            let cure = "name a built-in policy, or take the name out";
            Err(Problem::new(code::UNKNOWN_POLICY, error.to_string(), cure))
        }
    }
}
