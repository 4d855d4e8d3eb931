//! Every test runs a second time, on PostgreSQL, when `COUNTERSIGN_TEST_POSTGRES` names a server where databases may be
//! made, as `postgres:///postgres?host=/run/postgresql&user=postgres` does. `./test` starts one.
//!
//! The second run is this very test program, started once more by one of its tests: so a test is written once and
//! knows nothing of it.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{ConnectOptions, Connection, Executor};

/// Names the server.
const SERVER: &str = "COUNTERSIGN_TEST_POSTGRES";

/// As many tests of one program run at once there.
const AT_ONCE: usize = 8;

/// Set in the second run.
const CHOSEN: &str = "COUNTERSIGN_TEST_DATABASE";

/// Names a database there that has every table and nothing in them.
const TEMPLATE: &str = "COUNTERSIGN_TEST_TEMPLATE";

/// Whether this is the run on PostgreSQL.
pub(crate) fn is_chosen() -> bool {
    std::env::var(CHOSEN).is_ok_and(|chosen| chosen == "postgres")
}

/// A database of its own for one test, dropped with this value.
pub(crate) struct Scratch {
    server: url::Url,
    name: String,
}

impl Scratch {
    /// Makes an empty database.
    pub(crate) async fn make() -> Self {
        Self::like("template0").await
    }

    /// Makes one as the program leaves it when it has opened an empty one, where somebody has done that before; else an
    /// empty one. To copy it takes a third of making its tables.
    pub(crate) async fn opened() -> Self {
        match std::env::var(TEMPLATE) {
            Ok(template) => Self::like(&template).await,
            Err(_) => Self::make().await,
        }
    }

    async fn like(template: &str) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let server = std::env::var(SERVER).expect("the second run is told the server");
        let name = format!("countersign_test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::SeqCst));
        let scratch = Self { server: server.parse().expect("a URL"), name };
        scratch.ask(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", scratch.name)).await;
        scratch.ask(format!("CREATE DATABASE {} TEMPLATE {template}", scratch.name)).await;
        scratch
    }

    /// How to reach it.
    pub(crate) fn url(&self) -> String {
        let mut url = self.server.clone();
        url.set_path(&self.name);
        url.into()
    }

    /// Asks the server, not this database.
    async fn ask(&self, command: String) {
        let mut connection = connect(self.server.as_str()).await;
        connection.execute(sqlx::AssertSqlSafe(command)).await.expect("databases may be made there");
        connection.close().await.ok();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let scratch = std::mem::ManuallyDrop::new(Scratch { server, name });
            runtime.block_on(scratch.ask(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", scratch.name)));
        });
        // A test that failed tells its own cause.
        dropping.join().ok();
    }
}

/// Connects past the service.
pub(crate) async fn connect(url: &str) -> sqlx::PgConnection {
    let options: sqlx::postgres::PgConnectOptions = url.parse().expect("a URL");
    // On a busy machine what a test does itself would be told as slow, with all that it says, in the log that is looked at
    // for what must not be in it.
    options.disable_statement_logging().connect().await.expect("PostgreSQL answers")
}

/// Runs the tests of this program that `filter` names again, on PostgreSQL; without a server it says which ones are
/// skipped. What `open` makes of an empty database is what [`Scratch::opened`] gives in that run.
pub(crate) fn run_again_on_postgres(filter: &str, open: impl AsyncFnOnce(String)) {
    if is_chosen() {
        return;
    }
    let listed = || {
        let listed = program(filter).arg("--list").output().expect("this program runs");
        String::from_utf8_lossy(&listed.stdout).into_owned()
    };
    if !is_there(listed) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let template = runtime.block_on(Scratch::make());
    runtime.block_on(open(template.url()));
    // Whoever is still connected to it keeps it from being copied.
    drop(runtime);
    let mut program = program(filter);
    program.env(CHOSEN, "postgres").env("INSTA_UPDATE", "no").env(TEMPLATE, &template.name);
    let run = program.output().expect("this program runs");
    let told = [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(run.status.success(), "on PostgreSQL:\n{}\n{}", told[0], told[1]);
    // A filter that names nothing is a success, too, to a test program.
    assert!(passed(&told[0]) > 0, "no test ran on PostgreSQL:\n{}", told[0]);
}

/// How many tests a test program says to have passed: `test result: ok. 12 passed; 0 failed; …`.
fn passed(said: &str) -> usize {
    let result = said.lines().find_map(|line| line.strip_prefix("test result: ok. "));
    result.and_then(|counts| counts.split(' ').next()?.parse().ok()).unwrap_or(0)
}

/// Whether there is a server; otherwise says what is skipped. Where a machine decides (`CI=true`) skipping is failing.
pub(crate) fn is_there(skipped: impl FnOnce() -> String) -> bool {
    if std::env::var_os(SERVER).is_some() {
        return true;
    }
    let skipped = skipped();
    let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!is_ci, "{SERVER} names no server, so these were not run on PostgreSQL:\n{skipped}");
    said(&format!("skipped on PostgreSQL, because {SERVER} names no server:\n{skipped}"));
    false
}

fn program(filter: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program has a file"));
    // A browser sees the same page whatever lies below, and chaos goes there by itself.
    command.arg(filter).args(["--skip", "on_postgresql_too", "--skip", "page::", "--skip", "chaos::"]);
    // A story waits more than it computes. It has a dozen connections or two, and a server a hundred or some more.
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let threads = (2 * cores).min(AT_ONCE);
    command.arg(format!("--test-threads={threads}"));
    command
}

/// Past the test runner, which shows nothing of what a test that passed has printed.
fn said(text: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{text}").ok();
}
