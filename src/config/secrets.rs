//! Secrets: given directly, by environment, or in a file that `KEY_file` names.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use toml::Value;

use super::mistake::{Problem, code};
use super::reader::{Given, Reader};

/// A secret's key and its key for a file.
#[derive(Clone, Copy)]
pub(super) struct Name {
    pub(super) direct: &'static str,
    pub(super) file: &'static str,
}

impl Reader<'_> {
    /// A secret that may be left out.
    pub(super) fn secret<T>(
        &self,
        name: Name,
        parse: impl FnOnce(SecretString) -> Result<T, Problem>,
    ) -> Option<T> {
        let (place, secret) = self.found(name)?;
        parse(secret).map_err(|problem| self.shared.add(problem.at(place))).ok()
    }

    /// A secret that must be there.
    pub(super) fn required_secret<T>(
        &self,
        name: Name,
        cure: &str,
        parse: impl FnOnce(SecretString) -> Result<T, Problem>,
    ) -> Option<T> {
        self.demand_secret(name, cure);
        self.secret(name, parse)
    }

    /// Says so when a secret is missing.
    pub(super) fn demand_secret(&self, name: Name, cure: &str) {
        if !self.has(name.direct) && !self.has(name.file) {
            let cure = format!("{cure}, and name its file in {}", name.file);
            self.add(name.direct, Problem::new(code::MISSING, "it is missing", cure));
        }
    }

    /// Says of a secret that was given that nothing comes of it yet.
    pub(super) fn secret_not_in_force(&self, name: Name) {
        self.not_in_force(name.direct);
        self.not_in_force(name.file);
    }

    /// The secret and where it was given. The environment as a whole goes before the file: a secret of the file may
    /// be replaced by a variable that names a file, and the other way round.
    fn found(&self, name: Name) -> Option<(String, SecretString)> {
        let written = (self.written(name.direct), self.written(name.file));
        let given = match (self.variable(name.direct), self.variable(name.file)) {
            (None, None) => written,
            variables => variables,
        };
        let (place, text) = match given {
            (None, None) => return None,
            (Some(direct), Some(file)) => {
                let cure = format!("keep one of {} and {}", direct.place, file.place);
                let problem = "it is given directly and in a file";
                self.shared.add(Problem::new(code::GIVEN_TWICE, problem, cure).at(direct.place));
                return None;
            }
            (Some(direct), None) => self.text(direct)?,
            (None, Some(file)) => {
                let (place, path) = self.text(file)?;
                let text = self.read_file(&place, &path)?;
                self.shared.fixed.borrow_mut().add(&format!("{place} (the file)"), text.as_bytes());
                (place, text)
            }
        };
        // Editors and `echo` end a file with a newline that is not part of the secret.
        let text = text.trim_end_matches(['\n', '\r']);
        if text.trim().is_empty() {
            let cure = "put the secret there; an empty one proves nothing";
            self.shared.add(Problem::new(code::EMPTY_SECRET, "it is empty", cure).at(place));
            return None;
        }
        Some((place, SecretString::from(text)))
    }

    fn text(&self, given: Given) -> Option<(String, String)> {
        if let Value::String(text) = given.value {
            return Some((given.place, text));
        }
        self.shared.add(Problem::shape("it is not text", "write it in quotes").at(given.place));
        None
    }

    fn read_file(&self, place: &str, path: &str) -> Option<String> {
        let read = std::fs::read_to_string(self.shared.folder.join(Path::new(path)));
        let told = |error: std::io::Error| {
            // The path stays out: a secret may have been written where its file belongs.
            let problem = format!("the file it names can't be read: {}", error.kind());
            let cure = format!("check path and permissions; relative paths start at {}", self.folder());
            self.shared.add(Problem::new(code::UNREADABLE_FILE, problem, cure).at(place));
        };
        read.map_err(told).ok()
    }

    fn folder(&self) -> String {
        match self.shared.folder.as_os_str().is_empty() {
            true => "the working directory".to_owned(),
            false => self.shared.folder.display().to_string(),
        }
    }
}

/// Takes any secret.
pub(super) fn any(secret: SecretString) -> Result<SecretString, Problem> {
    Ok(secret)
}

/// A token that starts as its kind does, and can stand in a header.
pub(super) fn token(
    starts: &'static [&'static str],
    cure: &'static str,
) -> impl FnOnce(SecretString) -> Result<SecretString, Problem> {
    move |secret| {
        let text = secret.expose_secret();
        let is_token = starts.iter().any(|start| text.len() > start.len() && text.starts_with(start))
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_token {
            return Ok(secret);
        }
        Err(Problem::shape(format!("it is not a token that starts with {}", starts.join(" or ")), cure))
    }
}
