//! The environment over the file: `COUNTERSIGN__GITHUB__APP_ID` is `github.app_id`.

use toml::{Table, Value};

use super::reader::{Problem, Shared};

const PREFIX: &str = "COUNTERSIGN__";

/// Their keys are the operator's own, or they are lists: no variable reaches into them.
const NOT_SCALAR: [&str; 6] = ["route", "require", "groups", "repository_groups", "people", "machines"];

/// Puts the environment's values over the file's.
pub(super) fn overlay(
    table: &mut Table,
    variables: impl IntoIterator<Item = (String, String)>,
    shared: &Shared,
) {
    for (name, value) in variables {
        let Some(key) = name.strip_prefix(PREFIX) else { continue };
        let path: Vec<_> = key.split("__").map(str::to_lowercase).collect();
        let problem = match path.as_slice() {
            [section, ..] if NOT_SCALAR.contains(&section.as_str()) => {
                Some("lists and maps are not read from the environment")
            }
            [key] => put(table, key, value),
            [section, key] => {
                match table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new())) {
                    Value::Table(table) => put(table, key, value),
                    _ => Some("the file has no table of that name"),
                }
            }
            _ => Some("it names no key"),
        };
        if let Some(problem) = problem {
            let cure = "the names are COUNTERSIGN__SECTION__KEY; write this one in the file";
            shared.add(&name, Problem::new("unknown-variable", problem, cure));
        }
    }
}

/// A secret may be in the file by `KEY_file` and in the environment by `KEY`: the environment's spelling counts.
fn put(table: &mut Table, key: &str, value: String) -> Option<&'static str> {
    if key.is_empty() {
        return Some("it names no key");
    }
    let other = key.strip_suffix("_file").map_or_else(|| format!("{key}_file"), str::to_owned);
    table.remove(&other);
    table.insert(key.to_owned(), Value::String(value));
    None
}
