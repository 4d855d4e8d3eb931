//! Where everything is kept.

use std::path::{Path, PathBuf};

use toml::Value;

use super::mistake::{Problem, code};
use super::reader::Reader;
use super::values::{Parsed, text};

const DEFAULT: &str = "countersign.db";

/// The database; PostgreSQL will be its second kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    Sqlite { path: PathBuf },
}

impl Database {
    /// The SQLite file.
    pub fn path(&self) -> &Path {
        let Self::Sqlite { path } = self;
        path
    }
}

pub(super) fn read(reader: Reader<'_>) -> Database {
    let path = reader.or("url", PathBuf::from(DEFAULT), sqlite);
    let path = reader.shared.folder.join(path);
    reader.finish();
    Database::Sqlite { path }
}

/// The path in a SQLite URL. The URL itself is never repeated: PostgreSQL's hold passwords.
fn sqlite(value: &Value) -> Parsed<PathBuf> {
    let url = text(value)?;
    let cure = format!(r#"write it as "sqlite://{DEFAULT}""#);
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Err(Problem::new(code::NOT_BUILT_YET, "PostgreSQL does not exist in this version", cure));
    }
    match url.strip_prefix("sqlite://") {
        Some(path) if path.contains(['?', '#']) => Err(Problem::shape("it has parameters", cure)),
        Some(":memory:") => Err(Problem::shape("what is accepted must be kept, and memory forgets", cure)),
        Some(path) if !path.is_empty() && !path.ends_with('/') => Ok(PathBuf::from(path)),
        _ => Err(Problem::shape("it is not a database URL", cure)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<PathBuf> {
        sqlite(&Value::String(text.to_owned())).ok()
    }

    #[test]
    fn the_path_follows_the_scheme() {
        assert_eq!(read("sqlite://countersign.db"), Some("countersign.db".into()));
        assert_eq!(read("sqlite:///var/lib/countersign.db"), Some("/var/lib/countersign.db".into()));
    }

    #[test]
    fn other_urls_are_refused() {
        for text in [
            "",
            "sqlite://",
            "countersign.db",
            "sqlite://x.db?mode=ro",
            "sqlite://:memory:",
            "sqlite://folder/",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        let problem =
            sqlite(&Value::String("postgres://alice:hunter2@db/countersign".to_owned())).unwrap_err();

        assert!(!format!("{problem:?}").contains("hunter2"));
    }
}
