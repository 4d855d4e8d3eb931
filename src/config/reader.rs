//! Reads a table key by key and collects every mistake on the way, unknown keys included.
//!
//! `serde` with `deny_unknown_fields` stops at the first mistake; an operator wants to see all of them at once
//! (`docs/decisions/0002-configuration.md`). What is asked for here is what is known: there is no second list of keys.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::environment::Environment;
use super::fixed::Fixed;
use super::mistake::{Mistake, Notice, Problem, code};
use super::names::{did_you_mean, shown};
use super::sources::Sources;

/// What all tables of one configuration share.
pub(super) struct Shared {
    /// Where relative paths start: the configuration file's folder.
    pub(super) folder: PathBuf,
    pub(super) environment: Environment,
    pub(super) mistakes: RefCell<Vec<Mistake>>,
    pub(super) notices: RefCell<Vec<Notice>>,
    /// The files that were read, secrets aside.
    pub(super) sources: RefCell<Sources>,
    /// What needs a restart to change.
    pub(super) fixed: RefCell<Fixed>,
}

impl Shared {
    pub(super) fn new(folder: &Path, environment: Environment) -> Self {
        let (mistakes, notices, sources, fixed) = Default::default();
        Self { folder: folder.to_owned(), environment, mistakes, notices, sources, fixed }
    }

    pub(super) fn add(&self, mistake: Mistake) {
        self.mistakes.borrow_mut().push(mistake);
    }

    pub(super) fn notice(&self, key: impl Into<String>, message: impl Into<String>) {
        self.notices.borrow_mut().push(Notice { key: key.into(), message: message.into() });
    }
}

/// One table that is being read.
pub(super) struct Reader<'a> {
    pub(super) shared: &'a Shared,
    path: String,
    table: Table,
    known: RefCell<BTreeSet<&'static str>>,
    /// Inside lists and maps no variable reaches.
    has_variables: bool,
}

/// A value and where it was given: the key's full name, or the variable's.
pub(super) struct Given {
    pub(super) place: String,
    pub(super) value: Value,
}

impl<'a> Reader<'a> {
    /// The whole file.
    pub(super) fn top(shared: &'a Shared, table: Table) -> Self {
        Self { shared, path: String::new(), table, known: RefCell::default(), has_variables: true }
    }

    /// A table in a list or a map.
    pub(super) fn nested(shared: &'a Shared, path: String, table: Table) -> Self {
        Self { shared, path, table, known: RefCell::default(), has_variables: false }
    }

    /// A key's full name.
    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { shown(name) } else { format!("{}.{}", self.path, shown(name)) }
    }

    pub(super) fn add(&self, name: &str, problem: Problem) {
        self.shared.add(problem.at(self.key(name)));
    }

    /// What the file says.
    pub(super) fn written(&self, name: &'static str) -> Option<Given> {
        self.known.borrow_mut().insert(name);
        self.table.get(name).map(|value| Given { place: self.key(name), value: value.clone() })
    }

    /// What the environment says.
    pub(super) fn variable(&self, name: &'static str) -> Option<Given> {
        if !self.has_variables {
            return None;
        }
        let (place, text) = self.shared.environment.get(&self.key(name))?;
        Some(Given { place, value: Value::String(text.to_owned()) })
    }

    /// A scalar as it was given, for who has more to say about it than its shape.
    pub(super) fn given(&self, name: &'static str) -> Option<Given> {
        self.scalar(name)
    }

    /// A scalar: the environment's, or else the file's.
    fn scalar(&self, name: &'static str) -> Option<Given> {
        let written = self.written(name);
        self.variable(name).or(written)
    }

    /// A scalar that may be left out.
    pub(super) fn optional<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&Value) -> Result<T, Problem>,
    ) -> Option<T> {
        self.scalar(name).and_then(|given| self.parsed(given, parse))
    }

    /// A scalar with a default.
    pub(super) fn or<T>(
        &self,
        name: &'static str,
        default: T,
        parse: impl FnOnce(&Value) -> Result<T, Problem>,
    ) -> T {
        self.optional(name, parse).unwrap_or(default)
    }

    /// A scalar that must be there.
    pub(super) fn required<T>(
        &self,
        name: &'static str,
        cure: &str,
        parse: impl FnOnce(&Value) -> Result<T, Problem>,
    ) -> Option<T> {
        let given = self.scalar(name);
        if given.is_none() {
            self.add(name, Problem::new(code::MISSING, "it is missing", cure));
        }
        given.and_then(|given| self.parsed(given, parse))
    }

    fn parsed<T>(&self, given: Given, parse: impl FnOnce(&Value) -> Result<T, Problem>) -> Option<T> {
        parse(&given.value).map_err(|problem| self.shared.add(problem.at(given.place))).ok()
    }

    /// A list; each of its values is judged by itself. What is wrong is told and left out.
    pub(super) fn list<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&Value) -> Result<T, Problem>,
    ) -> Option<Vec<T>> {
        self.written(name).map(|given| self.each(given, parse))
    }

    /// A list that has to name something: an empty one would mean nobody, or nothing, ever.
    pub(super) fn some<T>(
        &self,
        name: &'static str,
        parse: impl Fn(&Value) -> Result<T, Problem>,
    ) -> Option<Vec<T>> {
        let given = self.written(name)?;
        Some(self.some_of(name, &given.value, parse))
    }

    /// A list in a map that has to name something.
    pub(super) fn some_of<T>(
        &self,
        name: &str,
        value: &Value,
        parse: impl Fn(&Value) -> Result<T, Problem>,
    ) -> Vec<T> {
        if value.as_array().is_some_and(Vec::is_empty) {
            let cure = "name at least one, or take the key out";
            self.add(name, Problem::new(code::EMPTY_LIST, "it is an empty list", cure));
        }
        self.each(Given { place: self.key(name), value: value.clone() }, parse)
    }

    fn each<T>(&self, list: Given, parse: impl Fn(&Value) -> Result<T, Problem>) -> Vec<T> {
        let Value::Array(values) = list.value else {
            let problem = Problem::shape("it is not a list", r#"write it as ["one", "two"]"#);
            self.shared.add(problem.at(list.place));
            return Vec::new();
        };
        let each = values.into_iter().enumerate().filter_map(|(index, value)| {
            self.parsed(Given { place: format!("{}[{index}]", list.place), value }, &parse)
        });
        each.collect()
    }

    /// A table within this one; empty when left out.
    pub(super) fn table(&self, name: &'static str) -> Reader<'a> {
        let table = match self.written(name) {
            None => Table::new(),
            Some(Given { value: Value::Table(table), .. }) => table,
            Some(_) => {
                self.add(
                    name,
                    Problem::shape("it is not a table", format!("write [{name}] and its keys below")),
                );
                Table::new()
            }
        };
        Reader { path: self.key(name), ..Reader::top(self.shared, table) }
    }

    /// A list of tables; empty when left out.
    pub(super) fn tables(&self, name: &'static str) -> Vec<Reader<'a>> {
        let table = |value: &Value| match value {
            Value::Table(table) => Ok(table.clone()),
            _ => Err(Problem::shape("it is not a table", format!("write [[{name}]] and its keys below"))),
        };
        let tables = self.list(name, table).unwrap_or_default().into_iter().enumerate();
        tables
            .map(|(index, table)| Reader::nested(self.shared, format!("{}[{index}]", self.key(name)), table))
            .collect()
    }

    /// The entries of a map, whose keys are the operator's own.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.table.iter()
    }

    /// Whether a key was given, by file or environment.
    pub(super) fn has(&self, name: &'static str) -> bool {
        self.scalar(name).is_some()
    }

    /// Says of a key that was given that nothing comes of it yet.
    pub(super) fn not_in_force(&self, name: &'static str) {
        if self.has(name) {
            self.shared.notice(self.key(name), "not in force yet");
        }
    }

    /// Says something about a key that is no mistake.
    pub(super) fn notice(&self, name: &'static str, words: &'static str) {
        self.shared.notice(self.key(name), words);
    }

    /// Ends the reading: what was not asked for is unknown.
    pub(super) fn finish(self) {
        let known = self.known.borrow();
        for name in self.table.keys().filter(|name| !known.contains(name.as_str())) {
            let cure = did_you_mean(name, known.iter().copied(), "take it out");
            self.add(name, Problem::new(code::UNKNOWN_KEY, "there is no such key", cure));
        }
    }
}
