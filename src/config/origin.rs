//! Where a configuration came from, so that it can be read again.

use std::fmt;
use std::path::{Path, PathBuf};

use super::environment::PREFIX;
use super::mistake::Problem;
use super::sources::Sources;
use super::{Config, Mistakes, code};

/// A file and the variables over it; these stay what they were when the program started.
#[derive(Clone)]
pub struct Origin {
    path: PathBuf,
    variables: Vec<(String, String)>,
}

impl Origin {
    pub(super) fn new(path: &Path, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX));
        Self { path: path.to_owned(), variables: ours.collect() }
    }

    /// Reads everything; the files are told whether or not they were in order, so that somebody can wait for better ones.
    pub fn read(&self) -> (Result<Config, Mistakes>, Sources) {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => {
                let folder = self.path.parent().unwrap_or(Path::new(""));
                let (config, mut sources) = Config::read(&text, folder, self.variables.clone());
                sources.add(self.path.clone(), Some(text.as_bytes()));
                let config = config.map(|config| Config {
                    origin: Some(self.clone()),
                    sources: sources.clone(),
                    ..config
                });
                (config, sources)
            }
            Err(error) => {
                let mut sources = Sources::default();
                sources.add(self.path.clone(), None);
                let problem = format!("the configuration can't be read: {}", error.kind());
                let problem = Problem::new(code::UNREADABLE_FILE, problem, "name it by --config FILE");
                (Err(Mistakes(vec![problem.at(self.path.display().to_string())])), sources)
            }
        }
    }
}

/// Variables may hold secrets.
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").field("path", &self.path).finish_non_exhaustive()
    }
}
