//! The schema's history; a step that was released is never changed.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

/// Brings a database of any earlier release up to date. Built here and not by sqlx's macro, which would compile
/// sqlx, SQLite and the TLS library a second time for the build machine.
pub(super) fn migrator() -> Migrator {
    let steps = [(1, "first release", include_str!("migrations/0001_first.sql"))];
    let migrations = steps.into_iter().map(|(version, name, text)| {
        let text = AssertSqlSafe(text).into_sql_str();
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, text, false)
    });
    Migrator::with_migrations(migrations.collect())
}
