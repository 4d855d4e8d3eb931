//! The schema's history, for both databases side by side; a step that was released is never changed.
//!
//! Releases of two kinds may use one database at the same time, while replicas are replaced one by one. A release
//! therefore only *expands*: tables, columns and indexes that the one before it does not mind. What is no longer used is
//! taken away one release later, in a step that raises `program.needs` to the number of the step that made it superfluous.

use std::borrow::Cow;

use anyhow::{Context, Result, bail};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::connection::{Connection, Statement, sqlite};
use super::{Database, StoreError};

/// Number, name, and what is done in SQLite and in PostgreSQL.
type Step = (i64, &'static str, &'static str, &'static str);

const STEPS: [Step; 18] = [
    (
        1,
        "first release",
        include_str!("migrations/sqlite/0001_first.sql"),
        include_str!("migrations/postgres/0001_first.sql"),
    ),
    (
        2,
        "program",
        include_str!("migrations/sqlite/0002_program.sql"),
        include_str!("migrations/postgres/0002_program.sql"),
    ),
    (
        3,
        "manners",
        include_str!("migrations/sqlite/0003_manners.sql"),
        include_str!("migrations/postgres/0003_manners.sql"),
    ),
    (
        4,
        "watch",
        include_str!("migrations/sqlite/0004_watch.sql"),
        include_str!("migrations/postgres/0004_watch.sql"),
    ),
    (
        5,
        "freeze",
        include_str!("migrations/sqlite/0005_freeze.sql"),
        include_str!("migrations/postgres/0005_freeze.sql"),
    ),
    (
        6,
        "posting",
        include_str!("migrations/sqlite/0006_posting.sql"),
        include_str!("migrations/postgres/0006_posting.sql"),
    ),
    (
        7,
        "people",
        include_str!("migrations/sqlite/0007_people.sql"),
        include_str!("migrations/postgres/0007_people.sql"),
    ),
    (
        8,
        "groups",
        include_str!("migrations/sqlite/0008_groups.sql"),
        include_str!("migrations/postgres/0008_groups.sql"),
    ),
    (
        9,
        "brake",
        include_str!("migrations/sqlite/0009_brake.sql"),
        include_str!("migrations/postgres/0009_brake.sql"),
    ),
    (
        10,
        "sign in",
        include_str!("migrations/sqlite/0010_sign_in.sql"),
        include_str!("migrations/postgres/0010_sign_in.sql"),
    ),
    (
        11,
        "about",
        include_str!("migrations/sqlite/0011_about.sql"),
        include_str!("migrations/postgres/0011_about.sql"),
    ),
    (
        12,
        "policy sets",
        include_str!("migrations/sqlite/0012_policy_sets.sql"),
        include_str!("migrations/postgres/0012_policy_sets.sql"),
    ),
    (
        13,
        "shares",
        include_str!("migrations/sqlite/0013_shares.sql"),
        include_str!("migrations/postgres/0013_shares.sql"),
    ),
    (
        14,
        "leave",
        include_str!("migrations/sqlite/0014_leave.sql"),
        include_str!("migrations/postgres/0014_leave.sql"),
    ),
    (
        15,
        "tokens",
        include_str!("migrations/sqlite/0015_tokens.sql"),
        include_str!("migrations/postgres/0015_tokens.sql"),
    ),
    (
        16,
        "revocations",
        include_str!("migrations/sqlite/0016_revocations.sql"),
        include_str!("migrations/postgres/0016_revocations.sql"),
    ),
    (
        17,
        "mine",
        include_str!("migrations/sqlite/0017_mine.sql"),
        include_str!("migrations/postgres/0017_mine.sql"),
    ),
    (
        18,
        "reach",
        include_str!("migrations/sqlite/0018_reach.sql"),
        include_str!("migrations/postgres/0018_reach.sql"),
    ),
];

/// Asks for the newest step that was done.
pub(super) const APPLIED: Statement =
    Statement::both("SELECT max(version) FROM _sqlx_migrations WHERE success");

/// The newest step this program knows.
pub(super) const NEWEST: i64 = STEPS[STEPS.len() - 1].0;

/// Brings a database of any earlier release up to date. Replicas that start together wait for each other.
pub(super) async fn migrate(connection: &mut Connection, database: &Database) -> Result<()> {
    // Before anything is done to a database that a later release may have changed beyond what is known here.
    refuse_newer(connection, database).await?;
    run(database).await.with_context(|| format!("bringing the database {database} up to date"))?;
    refuse_newer(connection, database).await
}

/// Over a pool of one connection that has no limits: a step over many rows takes its time, and so does waiting for a
/// replica that is at it.
async fn run(database: &Database) -> Result<()> {
    match database {
        Database::Sqlite { path } => {
            let pool = SqlitePoolOptions::new().max_connections(1).connect_with(sqlite(path)).await?;
            migrator(|step| step.2).run(&pool).await?;
            pool.close().await;
        }
        Database::Postgres(url) => {
            let options = url.options()?.options([("client_min_messages", "warning")]);
            let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await?;
            migrator(|step| step.3).run(&pool).await?;
            pool.close().await;
        }
    }
    Ok(())
}

/// Refuses a database that this program can't read, because it is older or too new.
pub(super) async fn refuse_unreadable(connection: &mut Connection, database: &Database) -> Result<()> {
    if applied(connection).await?.is_none_or(|newest| newest < NEWEST) {
        bail!(
            "the database {database} is not up to date: `countersign serve` of this release has to be started once"
        );
    }
    refuse_newer(connection, database).await
}

async fn refuse_newer(connection: &mut Connection, database: &Database) -> Result<()> {
    // The step that made the table is there, or there is nothing to ask.
    if applied(connection).await?.is_none_or(|newest| newest < 2) {
        return Ok(());
    }
    let needs: Vec<(i64,)> = connection.rows(Statement::both("SELECT needs FROM program"), &[]).await?;
    if needs.iter().any(|(needs,)| *needs > NEWEST) {
        bail!(
            "the database {database} was brought up to date by a later release, which this one is too old for: \
             start the later one, or restore a backup made before"
        );
    }
    Ok(())
}

/// The newest step that was done, by this release or another.
async fn applied(connection: &mut Connection) -> Result<Option<i64>, StoreError> {
    const TABLE: Statement = Statement {
        sqlite: "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'",
        postgres: "SELECT count(*) FROM (SELECT to_regclass('_sqlx_migrations') AS name) AS asked
                   WHERE name IS NOT NULL",
    };
    let tables: Vec<(i64,)> = connection.rows(TABLE, &[]).await?;
    if tables.iter().all(|(count,)| *count == 0) {
        return Ok(None);
    }
    let newest: Vec<(Option<i64>,)> = connection.rows(APPLIED, &[]).await?;
    Ok(newest.into_iter().next().and_then(|(newest,)| newest))
}

/// Built here and not by sqlx's macro, which would compile sqlx, SQLite and the TLS library a second time for the build
/// machine.
fn migrator(text: impl Fn(Step) -> &'static str) -> Migrator {
    let migrations = STEPS.map(|step| {
        let text = AssertSqlSafe(text(step)).into_sql_str();
        Migration::new(step.0, Cow::Borrowed(step.1), MigrationType::Simple, text, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.into());
    // Steps of later releases are no mistake as long as `program.needs` allows this one.
    migrator.set_ignore_missing(true);
    migrator
}
