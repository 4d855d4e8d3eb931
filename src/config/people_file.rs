//! `people_file`: reviewed links in a table that another tool may write, beside `[people]`.
//!
//! `github_login,slack_user[,github_id]`, a person a line. Whatever is wrong with a line is told by its number.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};
use toml::Value;

use super::mistake::{Problem, code};
use super::people::{Mapped, People, login};
use super::reader::{Given, Reader};
use super::values::{Parsed, number, slack_user, text};
use crate::ids::{GitHubUserId, Login};

const KEY: &str = "people_file";
const COLUMNS: [&str; 3] = ["github_login", "slack_user", "github_id"];

/// Adds the people of the file, if one is named.
pub(super) fn read(top: &Reader<'_>, people: &mut People) {
    let Some(given) = top.given(KEY) else { return };
    match contents(top, &given) {
        Ok(contents) => File { top, place: given.place }.read(&contents, people),
        Err(problem) => top.shared.add(problem.at(given.place)),
    }
}

fn contents(top: &Reader<'_>, given: &Given) -> Parsed<Vec<u8>> {
    let path = text(&given.value)?;
    let path = top.shared.folder.join(Path::new(&path));
    let read = std::fs::read(&path);
    top.shared.sources.borrow_mut().add(path, read.as_ref().ok().map(Vec::as_slice));
    read.map_err(|error| {
        let problem = format!("the file it names can't be read: {}", error.kind());
        let cure = "check path and permissions; a relative path starts at the configuration's folder";
        Problem::new(code::UNREADABLE_FILE, problem, cure)
    })
}

struct File<'a, 'r> {
    top: &'a Reader<'r>,
    /// Where it was named.
    place: String,
}

/// One person's line.
struct Row<'f> {
    file: &'f File<'f, 'f>,
    line: u64,
    record: StringRecord,
}

impl File<'_, '_> {
    fn read(&self, contents: &[u8], people: &mut People) {
        // Spreadsheets put a byte order mark before the first name.
        let contents = contents.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(contents);
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(contents);
        let mut columns = None;
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let line = error.position().map_or(1, csv::Position::line);
                    let problem = Problem::shape("the line is not text", "write the file in UTF-8");
                    self.add(line, None, problem);
                    continue;
                }
            };
            let line = record.position().map_or(1, csv::Position::line);
            match columns {
                None => match self.columns(line, &record) {
                    Some(named) => columns = Some(named),
                    // What the lines below mean is not known.
                    None => return,
                },
                Some(columns) => Row { file: self, line, record }.read(columns, people),
            }
        }
        if columns.is_none() {
            self.add(1, None, wrong_header());
        }
    }

    /// How many columns there are, if they are those we know.
    fn columns(&self, line: u64, header: &StringRecord) -> Option<usize> {
        let is_known = (2..=COLUMNS.len()).contains(&header.len())
            && header.iter().eq(COLUMNS.into_iter().take(header.len()));
        if !is_known {
            self.add(line, None, wrong_header());
        }
        is_known.then_some(header.len())
    }

    fn add(&self, line: u64, column: Option<&str>, problem: Problem) {
        let column = column.map(|column| format!(", {column}")).unwrap_or_default();
        self.top.shared.add(problem.at(format!("{}, line {line}{column}", self.place)));
    }
}

fn wrong_header() -> Problem {
    let cure = "begin the file with github_login,slack_user or github_login,slack_user,github_id";
    Problem::shape("it does not begin with the names of its columns", cure)
}

impl Row<'_> {
    fn read(&self, columns: usize, people: &mut People) {
        if self.record.len() != columns {
            let problem = format!("it has {} fields where the first line has {columns}", self.record.len());
            self.file.add(self.line, None, Problem::shape(problem, "write one field for each column"));
            return;
        }
        let named = self.field(0, |value| text(value).and_then(|text| login(&text)));
        let slack = self.field(1, slack_user);
        let has_number = self.record.get(2).is_some_and(|field| !field.is_empty());
        let number = has_number.then(|| self.field(2, number).map(GitHubUserId));
        let mapped = match (slack, number) {
            (Some(slack), None) => Some(Mapped { slack, github_id: None }),
            (Some(slack), Some(Some(id))) => Some(Mapped { slack, github_id: Some(id) }),
            // Told already.
            (None, _) | (_, Some(None)) => None,
        };
        if let Some(named) = named {
            self.take(named, mapped, people);
        }
    }

    fn take(&self, named: Login, mapped: Option<Mapped>, people: &mut People) {
        if let Err(problem) = people.take(named, mapped) {
            self.file.add(self.line, Some(COLUMNS[0]), problem);
        }
    }

    fn field<T>(&self, column: usize, parse: impl FnOnce(&Value) -> Parsed<T>) -> Option<T> {
        let value = Value::String(self.record.get(column).unwrap_or_default().to_owned());
        parse(&value).map_err(|problem| self.file.add(self.line, Some(COLUMNS[column]), problem)).ok()
    }
}
