//! A database that is locked, gone, full or of another release.

use super::*;

async fn is_kept(store: &Store, id: u64) -> bool {
    let key = format!("r-{id}").parse().unwrap();
    let request = TokenRequest { id: crate::ids::RequestId(id), key, ..new() };
    matches!(store.commit(storing(request)).await, Ok(Committed::Yes))
}

#[tokio::test]
async fn readiness_is_a_write() {
    let (place, store) = store().await;
    store.try_writing().await.unwrap();

    let mut greedy = place.connect().await;
    if postgres::is_chosen() {
        // It stays while others give up, one after the other.
        let for_long = Statement::both("SET idle_in_transaction_session_timeout = 0");
        greedy.execute(for_long, &[]).await.unwrap();
    }
    greedy.begin().await.unwrap();
    let all = match &place.database {
        Database::Sqlite { .. } => Statement::both("UPDATE program SET needs = needs"),
        // As an administrator does who moves the data elsewhere.
        Database::Postgres(_) => Statement::both("LOCK TABLE program, request IN SHARE MODE"),
    };
    greedy.execute(all, &[]).await.unwrap();

    assert!(store.try_writing().await.is_err());
    assert!(!is_kept(&store, 1).await);

    greedy.rollback().await.unwrap();
    store.try_writing().await.unwrap();
    assert!(is_kept(&store, 1).await);
}

/// A full disk, a quota, a read-only file system: the statement fails, whatever the cause.
#[tokio::test]
async fn a_change_that_the_database_refuses_takes_no_other_down_and_leaves_nothing() {
    let (place, store) = store().await;
    let refuse = match &place.database {
        Database::Sqlite { .. } => {
            "CREATE TRIGGER full BEFORE INSERT ON job WHEN NEW.subject = 'big' BEGIN SELECT RAISE(ROLLBACK, 'full'); END"
        }
        Database::Postgres(_) => "ALTER TABLE job ADD CONSTRAINT small CHECK (subject <> 'big')",
    };
    place.sql(refuse).await;
    let storing = |id: u64, subject: &str| {
        let key = format!("r-{id}").parse().unwrap();
        let request = TokenRequest { id: crate::ids::RequestId(id), key, ..new() };
        Change { jobs: vec![job(subject, noon())], ..storing(request) }
    };

    let (small, big) = tokio::join!(store.commit(storing(1, "small")), store.commit(storing(2, "big")));

    assert_eq!(small.unwrap(), Committed::Yes);
    assert!(big.is_err());
    assert_eq!(store.open_requests(10).await.unwrap().len(), 1);
    assert!(is_kept(&store, 3).await);
}

#[tokio::test]
async fn a_server_that_was_started_anew_is_used_again() {
    let (place, store) = store().await;
    if !postgres::is_chosen() {
        return;
    }
    assert!(is_kept(&store, 1).await);

    const END: Statement = Statement::both(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let ended: Vec<(i64,)> = place.connect().await.rows(END, &[]).await.unwrap();

    assert!(ended[0].0 > 0);
    assert!(is_kept(&store, 2).await);
    let _: Vec<(i64,)> = place.connect().await.rows(END, &[]).await.unwrap();
    store.try_writing().await.unwrap();
    assert_eq!(store.open_requests(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_database_that_is_gone_is_an_error_in_time_for_slack() {
    if !postgres::is_chosen() {
        return;
    }
    let place = Place::new().await;
    let store = place.open().await;
    let url =
        PostgresUrl::parse(&format!("postgres:///gone?host={}", place.folder.path().display())).unwrap();

    let error = Store::open(&Database::Postgres(url), &Clock::wall(), Probe::default()).await.err().unwrap();

    assert!(
        format!("{error:#}").starts_with("opening the database at database.url: the database refused"),
        "{error:#}"
    );
    store.try_writing().await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_later_release_is_used_only_if_it_allows_that() {
    let place = Place::new().await;
    drop(place.open().await);
    let later = match &place.database {
        Database::Sqlite { .. } => {
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99, 'later', 1, x'00', 0)"
        }
        Database::Postgres(_) => {
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99, 'later', true, '\\x00', 0)"
        }
    };
    place.sql(later).await;
    let running = reopened(&place).await.unwrap();
    running.try_writing().await.unwrap();

    place.sql("UPDATE program SET needs = 99").await;

    let refused = running.try_writing().await;
    assert!(matches!(refused, Err(StoreError::TooNew)), "{refused:?}");
    drop(running);

    let error = reopened(&place).await.err().unwrap().to_string();
    assert!(error.contains("was brought up to date by a later release"), "{error}");
    let error = Reader::open(&place.database).await.err().unwrap().to_string();
    assert!(error.contains("was brought up to date by a later release"), "{error}");
}

/// The lock of a SQLite file goes with the last of the writer's tasks, a moment after the store.
async fn reopened(place: &Place) -> Result<Store> {
    loop {
        match Store::open(&place.database, &place.clock, Probe::default()).await {
            Err(error) if error.to_string().contains("another countersign") => tokio::task::yield_now().await,
            opened => return opened,
        }
    }
}

#[tokio::test]
async fn a_database_that_was_not_brought_up_to_date_is_not_read() {
    let place = Place::new().await;
    drop(place.connect().await);

    let error = Reader::open(&place.database).await.err().unwrap().to_string();

    assert!(error.contains("has to be started once"), "{error}");
}

/// A server may be told not to wait for its disk: whoever was answered would be forgotten by a loss of power. One that is
/// told to wait for more than its own disk goes on doing that.
#[tokio::test]
async fn what_is_answered_has_reached_the_disk_whatever_the_server_is_told() {
    if !postgres::is_chosen() {
        return;
    }
    let place = Place::new().await;
    let asked = async |mut connection: Connection, setting| {
        let shown: Vec<(String,)> = connection.rows(setting, &[]).await.unwrap();
        shown[0].0.clone()
    };
    const DURABLE: Statement = Statement::both("SHOW synchronous_commit");
    for (told, then) in [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")] {
        let set = format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = {told}', current_database()); END $$"
        );
        let scratch = place.scratch.as_ref().unwrap();
        let mut administrator = postgres::connect(&scratch.url()).await;
        sqlx::Executor::execute(&mut administrator, sqlx::AssertSqlSafe(set)).await.unwrap();

        assert_eq!(asked(place.connect().await, DURABLE).await, then);
    }

    // An export is as slow as whoever takes it.
    const IDLE: Statement = Statement::both("SHOW idle_in_transaction_session_timeout");
    assert_eq!(asked(Connection::open_to_read(&place.database).await.unwrap(), IDLE).await, "0");
}
