//! `[policy]`: what is added to the built-in policies, and what is taken away.

use std::path::Path;

use toml::Value;

use super::mistake::{Mistake, Problem, code};
use super::reader::Reader;
use super::sources::policies_in;
use super::values::{Parsed, text, word};
use crate::policy::{Engine, PolicyFile, PolicyTexts, Vocabulary};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicySection {
    /// Names of built-in policies that are switched off.
    pub without: Vec<String>,
    /// The operators' own policies, in the order of their files' names.
    pub files: Vec<PolicyFile>,
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

    /// As it is written in the configuration.
    pub fn name(self) -> &'static str {
        Self::WORDS.iter().find(|(_, one)| *one == self).map_or("off", |(word, _)| word)
    }
}

impl PolicySection {
    /// The whole set, as it is written.
    pub fn texts(&self) -> PolicyTexts {
        PolicyTexts::new(self.files.clone(), self.without.clone())
    }
}

/// Reads the section and the policies in its folder, which may name what is in the vocabulary.
pub(super) fn read(reader: Reader<'_>, vocabulary: &Vocabulary) -> PolicySection {
    let folder = reader.optional("directory", text);
    let without = reader.list("without", built_in).unwrap_or_default();
    let automatic = reader.or("automatic", Automatic::Off, word(Automatic::WORDS));
    let files = match folder {
        Some(folder) => {
            let files = files(&reader, &folder);
            if files.is_empty() {
                reader.notice("directory", "there is no file *.cedar, so no policy of your own");
            }
            files
        }
        None => Vec::new(),
    };
    for file in files.iter().filter(|file| file.text.trim().is_empty()) {
        reader.shared.notice(file.name.clone(), "the file is empty: no policy comes of it");
    }
    let section = PolicySection { without, files, automatic };
    review(&reader, &section, vocabulary);
    reader.finish();
    section
}

/// The policies in a folder.
fn files(reader: &Reader<'_>, shown: &str) -> Vec<PolicyFile> {
    let folder = reader.shared.folder.join(Path::new(shown));
    reader.shared.sources.borrow_mut().add_directory(folder.clone());
    let found = policies_in(&folder).unwrap_or_else(|error| {
        let problem = format!("the folder can't be read: {}", error.kind());
        let cure = "name a folder with *.cedar files; relative paths start at the configuration's";
        reader.add("directory", Problem::new(code::UNREADABLE_FILE, problem, cure));
        Vec::new()
    });
    let mut files = Vec::new();
    for path in found {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = format!("{}/{name}", shown.trim_end_matches('/'));
        let read = std::fs::read_to_string(&path);
        reader.shared.sources.borrow_mut().add(path, read.as_ref().ok().map(String::as_bytes));
        match read {
            Ok(text) => files.push(PolicyFile { name, text }),
            Err(error) => {
                let problem = format!("the file can't be read: {}", error.kind());
                let problem =
                    Problem::new(code::UNREADABLE_FILE, problem, "check its permissions and encoding");
                reader.shared.add(problem.at(name));
            }
        }
    }
    files
}

/// Every mistake in the operators' policies, each with file and line.
fn review(reader: &Reader<'_>, section: &PolicySection, vocabulary: &Vocabulary) {
    if section.files.is_empty() {
        return;
    }
    match Engine::load(section.texts(), vocabulary) {
        Ok((_, hints)) => {
            hints.into_iter().for_each(|hint| reader.shared.notice(hint.place, hint.message));
        }
        Err(faults) => {
            for fault in faults.0 {
                let (code, key) = (fault.code, fault.place);
                reader.shared.add(Mistake { code, key, problem: fault.problem, cure: fault.cure });
            }
        }
    }
}

/// The name of a policy that there is. To pass over another in silence would leave in force what was to go.
fn built_in(value: &Value) -> Parsed<String> {
    let name = text(value)?;
    match Engine::new(std::slice::from_ref(&name)) {
        Ok(_) => Ok(name),
        Err(faults) => {
            let told = faults.0.into_iter().next().map(|fault| (fault.problem, fault.cure));
            let (problem, cure) = told.unwrap_or_default();
            Err(Problem::new(code::UNKNOWN_POLICY, problem, cure))
        }
    }
}
