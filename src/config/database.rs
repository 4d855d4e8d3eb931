//! Where everything is kept.

use toml::Value;

use super::mistake::Problem;
use super::reader::Reader;
use super::values::{Parsed, text};
use crate::store::{Database, PostgresUrl};

const DEFAULT: &str = "countersign.db";

pub(super) fn read(reader: Reader<'_>) -> Database {
    let default = Database::Sqlite { path: DEFAULT.into() };
    let database = match reader.or("url", default, database) {
        Database::Sqlite { path } => Database::Sqlite { path: reader.shared.folder.join(path) },
        postgres @ Database::Postgres(_) => postgres,
    };
    reader.finish();
    database
}

/// The URL itself is never repeated: PostgreSQL's hold passwords.
fn database(value: &Value) -> Parsed<Database> {
    let url = text(value)?;
    let cure =
        format!(r#"write it as "sqlite://{DEFAULT}" or "postgres://USER@HOST/DATABASE?sslmode=verify-full""#);
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return PostgresUrl::parse(&url).map(Database::Postgres).map_err(|told| Problem::shape(told, cure));
    }
    match url.strip_prefix("sqlite://") {
        Some(path) if path.contains(['?', '#']) => Err(Problem::shape("it has parameters", cure)),
        Some(":memory:") => Err(Problem::shape("what is accepted must be kept, and memory forgets", cure)),
        Some(path) if !path.is_empty() && !path.ends_with('/') => Ok(Database::Sqlite { path: path.into() }),
        _ => Err(Problem::shape("it is not a database URL", cure)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Database> {
        database(&Value::String(text.to_owned())).ok()
    }

    fn file(path: &str) -> Option<Database> {
        Some(Database::Sqlite { path: path.into() })
    }

    #[test]
    fn the_path_follows_the_scheme() {
        assert_eq!(read("sqlite://countersign.db"), file("countersign.db"));
        assert_eq!(read("sqlite:///var/lib/countersign.db"), file("/var/lib/countersign.db"));
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
            "postgres://db/countersign?sslmode=perhaps",
            "postgres://db/countersign?unknown=1",
            "mysql://db/countersign",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        let text = "postgres://alice:hunter2@db/countersign?sslmode=hunter2";
        let problem = database(&Value::String(text.to_owned())).unwrap_err();

        assert!(!format!("{problem:?}").contains("hunter2"));
    }
}
