//! Which files a configuration was read from, and whether they are still what they were.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// How often something is read that changes all the time.
const TRIES: usize = 5;

/// What policies' files are called.
const ENDING: &str = "cedar";

/// Files and what stood in them; `None` for one that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen(BTreeMap<PathBuf, Option<[u8; 32]>>);

/// The files a configuration was read from, as they were then. Secrets are not among them: a new one needs a restart.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Seen,
    /// All policies in it count, also those that are laid there later.
    directory: Option<PathBuf>,
}

impl Sources {
    /// Remembers a file that was read, or that could not be.
    pub(super) fn add(&mut self, path: PathBuf, content: Option<&[u8]>) {
        self.files.0.insert(path, content.map(digest));
    }

    pub(super) fn add_directory(&mut self, path: PathBuf) {
        self.directory = Some(path);
    }

    /// What was read.
    pub fn then(&self) -> &Seen {
        &self.files
    }

    /// What would be read now. Reads files.
    pub fn now(&self) -> Seen {
        // The configuration itself may lie in the folder of policies.
        let is_elsewhere = |path: &&PathBuf| {
            !is_policy(path) || self.directory.as_ref().is_none_or(|folder| path.parent() != Some(folder))
        };
        let mut paths: Vec<PathBuf> = self.files.0.keys().filter(is_elsewhere).cloned().collect();
        paths.extend(self.directory.iter().flat_map(|folder| policies_in(folder).unwrap_or_default()));
        let read = |path: PathBuf| {
            let content = std::fs::read(&path).ok().map(|content| digest(&content));
            (path, content)
        };
        Seen(paths.into_iter().map(read).collect())
    }
}

/// Reads until nothing has changed meanwhile: half of what somebody saves may be a set that nobody wrote. `None` when it
/// changes all the time.
pub fn once_settled<T>(read: impl FnMut() -> (T, Sources)) -> Option<(T, Sources)> {
    std::iter::repeat_with(read).take(TRIES).find(|(_, sources)| sources.now() == *sources.then())
}

fn is_policy(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == ENDING)
}

/// The files of policies in a folder, in the order of their names.
pub(super) fn policies_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if is_policy(&path) && !path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn digest(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_changed_added_or_taken_away_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let put = |name: &str, text: &str| fs::write(path(name), text).unwrap();
        put("countersign.toml", "a");
        fs::create_dir(path("policies")).unwrap();
        put("policies/one.cedar", "b");
        let mut sources = Sources::default();
        sources.add(path("countersign.toml"), Some(b"a"));
        sources.add(path("policies/one.cedar"), Some(b"b"));
        sources.add_directory(path("policies"));

        assert_eq!(sources.now(), *sources.then());
        put("policies/README.md", "no policy");
        assert_eq!(sources.now(), *sources.then());
        put("policies/two.cedar", "c");
        assert_ne!(sources.now(), *sources.then());
        fs::remove_file(path("policies/two.cedar")).unwrap();
        assert_eq!(sources.now(), *sources.then());
        put("policies/one.cedar", "d");
        assert_ne!(sources.now(), *sources.then());
        fs::remove_file(path("policies/one.cedar")).unwrap();
        assert_ne!(sources.now(), *sources.then());
        put("policies/one.cedar", "b");
        fs::remove_file(path("countersign.toml")).unwrap();
        assert_ne!(sources.now(), *sources.then());
    }
    #[test]
    fn all_files_may_lie_in_one_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut sources = Sources::default();
        for name in ["countersign.toml", "people.csv", "one.cedar"] {
            fs::write(path(name), "a").unwrap();
            sources.add(path(name), Some(b"a"));
        }
        sources.add_directory(folder.path().to_owned());

        assert_eq!(sources.now(), *sources.then());
        fs::write(path("people.csv"), "b").unwrap();
        assert_ne!(sources.now(), *sources.then());
    }

    #[test]
    fn what_changes_while_it_is_read_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("countersign.toml");
        let mut texts = ["half", "whole"].into_iter();
        let mut reads = 0;
        let (read, _) = once_settled(|| {
            reads += 1;
            let before = fs::read(&path).unwrap_or_default();
            let mut sources = Sources::default();
            sources.add(path.clone(), Some(&before));
            texts.next().into_iter().for_each(|text| fs::write(&path, text).unwrap());
            (String::from_utf8(before).unwrap(), sources)
        })
        .unwrap();

        assert_eq!((read.as_str(), reads), ("whole", 3));
        let mut number = 0;
        let never = once_settled(|| {
            number += 1;
            let mut sources = Sources::default();
            sources.add(path.clone(), Some(b"something else"));
            (number, sources)
        });
        assert!(never.is_none());
    }
}
