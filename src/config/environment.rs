//! The environment over the file: `COUNTERSIGN__GITHUB__APP_ID` is `github.app_id`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::mistake::{Mistake, Problem, code};
use super::names::{nearest, shown};

pub(super) const PREFIX: &str = "COUNTERSIGN__";

/// The variables that are meant for us, and the names that have been asked for so far.
pub(super) struct Environment {
    variables: BTreeMap<String, String>,
    asked: RefCell<BTreeSet<String>>,
}

impl Environment {
    pub(super) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX));
        Self { variables: ours.collect(), asked: RefCell::default() }
    }

    /// The variable for a key, if it is set: its name and its value.
    pub(super) fn get(&self, key: &str) -> Option<(String, &str)> {
        let name = format!("{PREFIX}{}", key.replace('.', "__").to_uppercase());
        self.asked.borrow_mut().insert(name.clone());
        let value = self.variables.get(&name)?;
        Some((name, value))
    }

    /// A mistake for each variable that no key asked for; to be called when all have been read.
    pub(super) fn unknown(&self) -> Vec<Mistake> {
        let asked = self.asked.borrow();
        let unknown = self.variables.keys().filter(|name| !asked.contains(*name));
        let mistake = |name: &String| {
            let nearest = nearest(&name.to_uppercase(), asked.iter().map(String::as_str));
            let hint = nearest.map_or_else(String::new, |nearest| format!("did you mean {nearest}? "));
            let cure = format!("{hint}Lists and maps can only be given in the file");
            Problem::new(code::UNKNOWN_VARIABLE, "there is no such variable", cure).at(shown(name))
        };
        unknown.map(mistake).collect()
    }
}
