//! While replicas are replaced one by one, version 0.1 works on the database that this version has changed: whatever it
//! asks is still answered, and whatever it writes is still taken.
//!
//! `statements.json` holds what version 0.1 says to its database, read off its `src/store/`. A later version adds its own
//! folder.

use std::collections::{BTreeMap, BTreeSet};

use countersign::store::{Database, Probe};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions};

use super::{plant, read};
use crate::support::{World, postgres};

/// A table's name, and something in it.
type In = (String, String);

/// What a program can rely on, and what it can be refused for.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    columns: BTreeMap<In, Column>,
    /// Unique indexes, constraints and triggers.
    guards: BTreeSet<In>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    kind: String,
    may_be_null: bool,
    has_default: bool,
}

impl Shape {
    /// What version 0.1 could not live with if this became `new`.
    fn minds(&self, new: &Shape) -> Vec<String> {
        let is_known = |table: &String| self.columns.keys().any(|(known, _)| known == table);
        let mut minds = Vec::new();
        for (place, column) in &self.columns {
            match new.columns.get(place) {
                None => minds.push(format!("{place:?} is gone")),
                Some(now) if now != column => minds.push(format!("{place:?} is now {now:?}")),
                Some(_) => {}
            }
        }
        for (place, column) in new.columns.iter().filter(|(place, _)| is_known(&place.0)) {
            let is_new = !self.columns.contains_key(place);
            if is_new && !column.may_be_null && !column.has_default {
                minds.push(format!("{place:?} can't be left out"));
            }
        }
        let guards = new.guards.difference(&self.guards).filter(|(table, _)| is_known(table));
        minds.extend(guards.map(|guard| format!("{guard:?} may refuse what was taken")));
        // What a statement of the old version names in ON CONFLICT has to stay.
        minds.extend(self.guards.difference(&new.guards).map(|guard| format!("{guard:?} is gone")));
        minds
    }
}

/// How the database is built.
async fn shape(world: &World) -> Shape {
    let (columns, guards) = match world.config().database {
        Database::Sqlite { .. } => (SQLITE_COLUMNS, SQLITE_GUARDS),
        Database::Postgres(_) => (POSTGRES_COLUMNS, POSTGRES_GUARDS),
    };
    let columns: Vec<(String, String, String, bool, bool)> = rows(world, columns).await;
    let guards: Vec<In> = rows(world, guards).await;
    let column = |(table, name, kind, may_be_null, has_default)| {
        ((table, name), Column { kind, may_be_null, has_default })
    };
    Shape { columns: columns.into_iter().map(column).collect(), guards: guards.into_iter().collect() }
}

const SQLITE_COLUMNS: &str = r#"
    SELECT t.name, c.name, c.type, c."notnull" = 0, c.dflt_value IS NOT NULL
    FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations'"#;

/// Checks and references have no list of their own: as many as the table's text names.
const SQLITE_GUARDS: &str = r#"
    SELECT t.name, 'unique ' || i.name || ' ' || coalesce(x.sql, '') || ' '
        || (SELECT group_concat(coalesce(name, '?')) FROM pragma_index_info(i.name))
    FROM sqlite_schema AS t, pragma_index_list(t.name) AS i LEFT JOIN sqlite_schema AS x ON x.name = i.name
    WHERE t.type = 'table' AND i."unique" AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_sqlx_migrations'
    UNION ALL SELECT tbl_name, 'trigger ' || name FROM sqlite_schema WHERE type = 'trigger'
    UNION ALL SELECT name, word || ' '
        || ((length(sql) - length(replace(upper(sql), word, ''))) / length(word))
    FROM sqlite_schema, (SELECT 'CHECK' AS word UNION ALL SELECT 'REFERENCES' UNION ALL SELECT 'UNIQUE') AS words
    WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '_sqlx_migrations'"#;

const POSTGRES_COLUMNS: &str = "
    SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES',
        column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS'
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'";

/// NOT NULL, which newer servers call a constraint, is told by the column.
const POSTGRES_GUARDS: &str = "
    SELECT conrelid::regclass::text, contype::text || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND conrelid <> 0
        AND conrelid::regclass::text <> '_sqlx_migrations'
    UNION ALL SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE indisunique AND relnamespace = 'public'::regnamespace AND relname <> '_sqlx_migrations'
    UNION ALL SELECT tgrelid::regclass::text, pg_get_triggerdef(pg_trigger.oid)
    FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT ev_class::regclass::text, pg_get_ruledef(pg_rewrite.oid)
    FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";

async fn rows<T>(world: &World, question: &'static str) -> Vec<T>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
    T: Send + Unpin,
{
    match world.config().database {
        Database::Sqlite { path } => {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
            let mut connection = options.connect().await.expect("the database is there");
            sqlx::query_as(question).fetch_all(&mut connection).await.expect("an answer")
        }
        Database::Postgres(_) => {
            let mut connection = postgres::connect(&world.scratch_url()).await;
            sqlx::query_as(question).fetch_all(&mut connection).await.expect("an answer")
        }
    }
}

/// What the database says to those of version 0.1's statements that it does not understand.
async fn not_understood(world: &World) -> Vec<String> {
    let statements: Value = serde_json::from_str(&read("statements.json")).expect("JSON");
    let mut wrong = Vec::new();
    let mut note = |sql: &str, outcome: Result<(), sqlx::Error>| {
        wrong.extend(outcome.err().map(|error| format!("{error}: {sql}")));
    };
    match world.config().database {
        Database::Sqlite { path } => {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
            let mut connection = options.connect().await.expect("the database is there");
            for sql in statements["sqlite"].as_array().expect("a list") {
                let sql = sql.as_str().expect("a statement");
                let explain = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN {sql}")));
                note(sql, explain.execute(&mut connection).await.map(drop));
            }
        }
        Database::Postgres(_) => {
            let mut connection = postgres::connect(&world.scratch_url()).await;
            for (number, one) in statements["postgres"].as_array().expect("a list").iter().enumerate() {
                // Where the server can't tell what its parameters are, it is told.
                let (sql, types) = match one.as_str() {
                    Some(sql) => (sql, String::new()),
                    None => {
                        let types = format!("({})", one["types"].as_str().expect("types"));
                        (one["sql"].as_str().expect("a statement"), types)
                    }
                };
                let text = AssertSqlSafe(format!("PREPARE old_{number} {types} AS {sql}"));
                note(sql, sqlx::raw_sql(text).execute(&mut connection).await.map(drop));
            }
        }
    }
    wrong
}

/// The database as version 0.1 left it, and a world in which this version has run on it.
async fn before_and_after() -> (Shape, World) {
    let mut world = World::closed().await;
    plant(&world).await;
    let before = shape(&world).await;
    world.open(Probe::default()).await;
    world.kill().await;
    (before, world)
}

#[tokio::test]
async fn version_0_1_can_work_on_the_database_of_this_version() {
    let (before, world) = before_and_after().await;

    assert_eq!(before.minds(&shape(&world).await), [""; 0]);
    assert_eq!(not_understood(&world).await, [""; 0]);
    assert!(before.columns.len() > 60 && before.guards.len() > 15, "{before:?}");
}

/// What version 0.1 says to write: its own statement that begins so.
fn statement_of(database: &str, beginning: &str) -> String {
    let statements: Value = serde_json::from_str(&read("statements.json")).expect("JSON");
    let all = statements[database].as_array().expect("a list").iter();
    let sql = |one: &Value| one.as_str().or(one["sql"].as_str()).expect("a statement").to_owned();
    all.map(sql).find(|sql| sql.starts_with(beginning)).unwrap_or_else(|| panic!("{beginning}…"))
}

/// Has version 0.1 write rows, given as JSON.
async fn version_0_1_writes(world: &World, beginning: &str, rows: &Value) {
    let rows = rows.to_string();
    match world.config().database {
        Database::Sqlite { path } => {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
            let mut connection = options.connect().await.expect("the database is there");
            let sql = AssertSqlSafe(statement_of("sqlite", beginning));
            let written = sqlx::query(sql).bind(rows).execute(&mut connection).await.expect("it is taken");
            assert!(written.rows_affected() > 0, "{beginning}");
        }
        Database::Postgres(_) => {
            let mut connection = postgres::connect(&world.scratch_url()).await;
            let sql = AssertSqlSafe(statement_of("postgres", beginning));
            let written = sqlx::query(sql).bind(rows).execute(&mut connection).await.expect("it is taken");
            assert!(written.rows_affected() > 0, "{beginning}");
        }
    }
}

/// Not only understood: what version 0.1 writes beside this version is taken, and this version goes on with it.
#[tokio::test]
async fn what_version_0_1_writes_meanwhile_is_taken_and_gone_on_with() {
    let (mut world, request) = super::on_the_old_database().await;
    let app = &world.running.as_ref().expect("it runs").app;
    let known =
        app.store.request_by_key(&super::KEY.parse().expect("a key")).await.unwrap().expect("it is known");
    let document: Vec<(String,)> =
        rows(&world, "SELECT document FROM request WHERE request_key = 'r-rp8kbg'").await;
    let entry: Vec<(String,)> = rows(&world, "SELECT body FROM audit_entry ORDER BY id DESC LIMIT 1").await;
    world.kill().await;
    let at = known.received_at.timestamp_millis();

    let (token, requester) = (known.facts.token.map(|token| token.0), known.facts.requester.id.0);
    let (organization, number) = (known.organization.0, known.id.0);
    let row = json!([[
        organization,
        number,
        super::KEY,
        known.version + 1,
        token,
        "pending",
        at,
        document[0].0,
        requester
    ]]);
    version_0_1_writes(&world, "INSERT INTO request", &row).await;
    version_0_1_writes(&world, "INSERT INTO audit_entry (at, body) SELECT", &json!([[at, entry[0].0]])).await;
    version_0_1_writes(&world, "INSERT INTO job", &json!([["card", super::KEY, "", at]])).await;
    version_0_1_writes(
        &world,
        "INSERT INTO card",
        &json!([[super::KEY, "C0APPROVALS", "1.0", "of version 0.1"]]),
    )
    .await;
    version_0_1_writes(&world, "INSERT INTO progress", &json!([["deliveries", 7]])).await;
    version_0_1_writes(&world, "INSERT INTO delivery", &json!([["a-guid", at]])).await;

    world.open(Probe::default()).await;
    world.quiet().await;
    let app = &world.running.as_ref().expect("it runs").app;
    let now =
        app.store.request_by_key(&super::KEY.parse().expect("a key")).await.unwrap().expect("it is known");
    assert_eq!((now.version, &now.state), (known.version + 1, &known.state));
    // The card that version 0.1 noted is gone, so it has been posted anew; it decides.
    assert!(app.store.knows_delivery("a-guid").await.unwrap());
    world.press("U0ALICE", "approve").await;
    assert!(world.github().decision_on(request).is_some());
    world.sealed().await;
}

#[tokio::test]
async fn a_renamed_column_is_noticed() {
    let (before, world) = before_and_after().await;

    world.sql("ALTER TABLE job RENAME COLUMN cause TO reason").await;

    assert_eq!(before.minds(&shape(&world).await), [r#"("job", "cause") is gone"#]);
    assert!(!not_understood(&world).await.is_empty());
}

#[tokio::test]
async fn whatever_may_refuse_what_version_0_1_writes_is_noticed() {
    let (before, world) = before_and_after().await;
    let is_on_postgres = world.is_on_postgres();
    let mut noticed = 0;

    for (statements, is_possible) in [
        (&["CREATE UNIQUE INDEX card_by_place ON card (channel_id, message_ts)"][..], true),
        (&["ALTER TABLE card ADD COLUMN colour TEXT CHECK (colour <> 'red')"], true),
        (
            &["CREATE TRIGGER no BEFORE DELETE ON lasting BEGIN SELECT raise(ABORT, 'no'); END"],
            !is_on_postgres,
        ),
        (
            // At once SQLite would not take it, and PostgreSQL only while the table is empty.
            &[
                "ALTER TABLE posting ADD COLUMN tries BIGINT NOT NULL DEFAULT 1",
                "ALTER TABLE posting ALTER COLUMN tries DROP DEFAULT",
            ],
            is_on_postgres,
        ),
        (&["ALTER TABLE card ALTER COLUMN rendering TYPE VARCHAR(100)"], is_on_postgres),
        (&["ALTER TABLE progress DROP CONSTRAINT progress_pkey"], is_on_postgres),
    ] {
        if !is_possible {
            continue;
        }
        for statement in statements {
            world.sql(statement).await;
        }
        let minds = before.minds(&shape(&world).await);
        assert!(minds.len() > noticed, "{statements:?}: {minds:?}");
        noticed = minds.len();
    }
}
