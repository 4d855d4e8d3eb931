//! The key beside the SQLite file, made at the first start when the configuration names none.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::audit::SealingKey;
use crate::chance::Chance;
use crate::config::Config;
use crate::store::Database;

/// Bytes of a key.
const LENGTH: usize = 32;

/// The key that seals the log: the configured one, or the one beside the database, made at the first start.
pub fn configured_or_made(config: &Config, chance: &Chance) -> Result<SealingKey> {
    match (&config.encryption_key, &config.database) {
        (Some(key), _) => Ok(SealingKey::derived_from(key.expose())),
        (None, Database::Sqlite { path }) => read_or_make(path, chance),
        (None, Database::Postgres(_)) => bail!(NO_KEY),
    }
}

/// The key of a log that exists; an error where there is none.
pub fn configured_or_existing(config: &Config) -> Result<SealingKey> {
    match (&config.encryption_key, &config.database) {
        (Some(key), _) => Ok(SealingKey::derived_from(key.expose())),
        (None, Database::Sqlite { path }) => read_existing(path),
        (None, Database::Postgres(_)) => bail!(NO_KEY),
    }
}

/// The configuration is refused without; this is for whoever makes one by hand.
const NO_KEY: &str = "PostgreSQL has no file to lay a key beside; configure encryption_key_file";

/// Reads a key, or makes one and stores it so that only its owner can read it.
fn read_or_make(database: &Path, chance: &Chance) -> Result<SealingKey> {
    let path = path(database);
    match File::open(&path) {
        Ok(file) => read(file, &path),
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path, chance),
        Err(error) => Err(error).with_context(|| format!("reading the key file {}", path.display())),
    }
}

fn read_existing(database: &Path) -> Result<SealingKey> {
    let path = path(database);
    let file = File::open(&path).with_context(|| format!("reading the key file {}", path.display()))?;
    read(file, &path)
}

fn path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

fn read(mut file: File, path: &Path) -> Result<SealingKey> {
    let mut text = String::new();
    file.read_to_string(&mut text).with_context(|| format!("reading the key file {}", path.display()))?;
    match hex::decode(text.trim()) {
        Ok(key) if key.len() == LENGTH => Ok(SealingKey::derived_from(&key)),
        _ => bail!("{} is not a key: expected {} hexadecimal digits; restore it", path.display(), LENGTH * 2),
    }
}

fn make(path: &Path, chance: &Chance) -> Result<SealingKey> {
    let key = chance.bytes::<LENGTH>();
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("making the key file {}", path.display()))?;
    writeln!(file, "{}", hex::encode(key))?;
    // The log must not be sealed with a key that a power loss takes away.
    file.sync_all()?;
    tracing::info!(path = %path.display(), "a key for sealing the audit log was made: keep a copy elsewhere");
    Ok(SealingKey::derived_from(&key))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("countersign.db");

        read_or_make(&database, &Chance::seeded(1)).unwrap();
        let made = std::fs::read(path(&database)).unwrap();
        read_or_make(&database, &Chance::seeded(2)).unwrap();

        assert_eq!(std::fs::read(path(&database)).unwrap(), made);
        let mode = std::fs::metadata(path(&database)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_an_error_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("countersign.db");
        std::fs::write(path(&database), "12").unwrap();

        assert!(read_or_make(&database, &Chance::seeded(1)).is_err());
        assert_eq!(std::fs::read(path(&database)).unwrap(), b"12");
    }
}
