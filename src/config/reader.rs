//! Reads a table key by key and collects every mistake on the way, unknown keys included.
//!
//! `serde` with `deny_unknown_fields` stops at the first mistake; an operator wants to see all of them at once
//! (`docs/decisions/0002-configuration.md`).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use toml::{Table, Value};

use super::mistake::Mistakes;

/// How many differences still make a misspelt key.
const TYPOS: usize = 3;

/// What is wrong with a value, and what helps.
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) problem: String,
    pub(super) cure: String,
}

impl Problem {
    pub(super) fn new(code: &'static str, problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { code, problem: problem.into(), cure: cure.into() }
    }

    /// A value of another shape than wanted.
    pub(super) fn shape(problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new("wrong-value", problem, cure)
    }
}

/// What all tables of one configuration share.
pub(super) struct Shared {
    /// Where relative paths start: the configuration's folder.
    pub(super) folder: PathBuf,
    pub(super) mistakes: RefCell<Mistakes>,
    /// Keys that were given and are not in force in this version.
    pub(super) notices: RefCell<Vec<String>>,
}

impl Shared {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), mistakes: RefCell::default(), notices: RefCell::default() }
    }

    pub(super) fn add(&self, key: &str, problem: Problem) {
        self.mistakes.borrow_mut().add(problem.code, key, problem.problem, problem.cure);
    }
}

/// One table that is being read.
pub(super) struct Reader<'a> {
    shared: &'a Shared,
    path: String,
    table: Table,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(shared: &'a Shared, path: impl Into<String>, table: Table) -> Self {
        Self { shared, path: path.into(), table, known: RefCell::default() }
    }

    /// A key's full name.
    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(super) fn add(&self, name: &str, problem: Problem) {
        self.shared.add(&self.key(name), problem);
    }

    fn value(&self, name: &'static str) -> Option<&Value> {
        self.known.borrow_mut().insert(name);
        self.table.get(name)
    }

    pub(super) fn has(&self, name: &'static str) -> bool {
        self.value(name).is_some()
    }

    /// A value that may be left out.
    pub(super) fn optional<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Problem>,
    ) -> Option<T> {
        match parse(self.value(name)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.add(name, problem);
                None
            }
        }
    }

    /// A value with a default.
    pub(super) fn or<T>(
        &self,
        name: &'static str,
        default: T,
        parse: impl FnOnce(&Value) -> Result<T, Problem>,
    ) -> T {
        self.optional(name, parse).unwrap_or(default)
    }

    /// A value that must be there.
    pub(super) fn required<T>(
        &self,
        name: &'static str,
        cure: &str,
        parse: impl FnOnce(&Value) -> Result<T, Problem>,
    ) -> Option<T> {
        if !self.has(name) {
            self.add(name, Problem::new("missing", "it is missing", cure));
        }
        self.optional(name, parse)
    }

    /// A secret: given directly, by environment, or in the file that `NAME_file` names.
    pub(super) fn secret(&self, name: &'static str, file: &'static str) -> Option<SecretString> {
        let direct = self.value(name);
        let path = self.value(file);
        let text = match (direct, path) {
            (Some(_), Some(_)) => {
                let cure = format!("keep one of {name} and {file}");
                self.add(name, Problem::new("given-twice", "it is given here and in a file", cure));
                return None;
            }
            (None, None) => return None,
            (Some(Value::String(text)), None) => text.clone(),
            (None, Some(Value::String(path))) => self.read_file(file, path)?,
            (Some(_), None) | (None, Some(_)) => {
                self.add(name, Problem::shape("it is not text", "write it in quotes"));
                return None;
            }
        };
        let text = text.trim().to_owned();
        if text.is_empty() {
            self.add(
                name,
                Problem::new("empty-secret", "it is empty", "anybody could sign with an empty secret"),
            );
            return None;
        }
        Some(SecretString::from(text))
    }

    /// A secret that must be there.
    pub(super) fn required_secret(
        &self,
        name: &'static str,
        file: &'static str,
        cure: &str,
    ) -> Option<SecretString> {
        if !self.has(name) && !self.has(file) {
            self.add(
                name,
                Problem::new("missing", "it is missing", format!("{cure}, and name its file in {file}")),
            );
        }
        self.secret(name, file)
    }

    fn read_file(&self, file: &'static str, path: &str) -> Option<String> {
        let path = self.shared.folder.join(path);
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) => {
                let problem = format!("the file {} can't be read: {}", path.display(), error.kind());
                self.add(file, Problem::new("unreadable-file", problem, "check its path and permissions"));
                None
            }
        }
    }

    /// A table within this one; empty when left out.
    pub(super) fn table(&self, name: &'static str) -> Reader<'a> {
        let table = self.optional(name, |value| match value {
            Value::Table(table) => Ok(table.clone()),
            _ => Err(Problem::shape("it is not a table", format!("write [{name}]"))),
        });
        Reader::new(self.shared, self.key(name), table.unwrap_or_default())
    }

    /// A list of tables; empty when left out.
    pub(super) fn tables(&self, name: &'static str) -> Vec<Reader<'a>> {
        let wrong = || Problem::shape("it is not a list of tables", format!("write [[{name}]]"));
        let tables = self.optional(name, |value| match value {
            Value::Array(all) => {
                all.iter().map(|one| one.as_table().cloned().ok_or_else(wrong)).collect::<Result<Vec<_>, _>>()
            }
            _ => Err(wrong()),
        });
        let named = tables.unwrap_or_default().into_iter().enumerate();
        named.map(|(i, table)| Reader::new(self.shared, format!("{}[{i}]", self.key(name)), table)).collect()
    }

    /// The entries of a map, whose keys are the operator's own.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.table.iter()
    }

    /// Says of a key that was given that nothing comes of it yet.
    pub(super) fn not_in_force(&self, name: &'static str) {
        if self.has(name) {
            self.shared.notices.borrow_mut().push(format!("{} is not in force yet", self.key(name)));
        }
    }

    /// A key that would change who may decide must not be ignored in silence.
    pub(super) fn not_built(&self, name: &'static str, what: &str) {
        if self.has(name) {
            let problem =
                format!("{what} does not exist in this version, and it would change who may decide");
            self.add(name, Problem::new("not-built-yet", problem, "take the key out"));
        }
    }

    /// Ends the reading: what was not asked for is unknown.
    pub(super) fn finish(self) {
        let known = self.known.borrow();
        for name in self.table.keys().filter(|name| !known.contains(name.as_str())) {
            let nearest = nearest(name, known.iter().copied());
            let cure = nearest.map_or_else(
                || "take it out".to_owned(),
                |nearest| format!("did you mean {}?", self.key(nearest)),
            );
            self.add(name, Problem::new("unknown-key", "there is no such key", cure));
        }
    }
}

/// The most similar of some names, if one is similar at all.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    known
        .map(|known| (strsim::levenshtein(name, known), known))
        .filter(|(far, _)| *far <= TYPOS)
        .min()
        .map(|(_, n)| n)
}
