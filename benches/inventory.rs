//! How long `/pat list` waits for the mirror: `cargo bench --bench inventory`, on 50,000 tokens. More are slow to write,
//! so they have to be asked for: `cargo bench --bench inventory -- 1000000`.
//!
//! Two thousand owners in three organizations, five thousand repositories of which a token reaches three, and up to eight
//! permissions. Each question is asked with its count and its first page, then for the page in the middle.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use countersign::clock::Clock;
use countersign::ids::{GitHubUserId, GrantId, Login, OrganizationId, RepositoryId, TokenId};
use countersign::request::{
    Expiry, Level, Permission, PermissionGroup, Permissions, Repositories, Repository, Requester,
};
use countersign::store::{
    Change, Committed, Database, Mirror, Mirroring, PostgresUrl, Probe, Scope, Store, TokenQuestion, Told,
};
use countersign::token::{Filter, Token, Use};
use sqlx::{Connection, Executor};

const TOKENS: u64 = 50_000;
const OWNERS: u64 = 2_000;
const REPOSITORIES: u64 = 5_000;
const ORGANIZATIONS: [&str; 3] = ["acme", "globex", "initech"];
const PERMISSIONS: [&str; 8] = [
    "contents",
    "metadata",
    "issues",
    "pull_requests",
    "actions",
    "workflows",
    "deployments",
    "administration",
];
const AT_ONCE: usize = 500;
const PAGE: u32 = 10;
const TIMES: usize = 20;

const FILTERS: [&str; 12] = [
    "",
    "sort:used",
    "owner:owner-77",
    "repo:*",
    "repo:repo-1*",
    "repo:repo-77 permission:contents:write",
    "repo:repo-77 permission:contents:write expires<30d",
    "permission:*:admin",
    "expires<30d",
    "unused>90d older>180d sort:used",
    "all-repos never-expires sort:granted",
    "deploy-77 sort:owner",
];

#[tokio::main]
async fn main() {
    let tokens = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(TOKENS);
    let folder = tempfile::tempdir().expect("a folder for the database");
    let server = std::env::args().find(|word| word.starts_with("postgres:"));
    let database = match &server {
        Some(url) => Database::Postgres(PostgresUrl::parse(url).expect("the address of a database")),
        None => Database::Sqlite { path: folder.path().join("countersign.db") },
    };
    let store = Store::open(&database, &Clock::manual(noon()), Probe::default()).await.expect("a database");
    let started = Instant::now();
    fill(&store, tokens).await;
    println!("{tokens} tokens, written in {:.1?}", started.elapsed());
    if let Some(url) = &server {
        analyse(url).await;
    }
    println!("{:<50} {:>8} {:>10} {:>10} {:>10}", "filter", "found", "median", "slowest", "middle");
    for text in FILTERS {
        measure(&store, text).await;
    }
}

/// Lets PostgreSQL count its tables now: it does that by itself within minutes of such a change.
async fn analyse(url: &str) {
    let mut connection = sqlx::PgConnection::connect(url).await.expect("the address of a database");
    connection.execute("VACUUM ANALYZE").await.expect("the owner of the database");
}

async fn measure(store: &Store, text: &str) {
    let filter: Filter = text.parse().expect("a filter");
    let scope = Scope { organizations: (1..=3).map(OrganizationId).collect(), ..Scope::default() };
    let first = TokenQuestion { filter: &filter, scope: &scope, now: noon(), after: None, limit: PAGE };
    let mut took = Vec::new();
    for _ in 0..TIMES {
        took.push(timed(store, &first).await);
    }
    took.sort();
    let half = TokenQuestion { limit: found(store, &first).await as u32 / 2, ..first };
    let last = store.tokens(&half).await.expect("an answer").tokens.pop();
    let place = last.map(|one| filter.sort.position(&one.token));
    let middle = timed(store, &TokenQuestion { after: place.as_ref(), ..first }).await;
    let found = found(store, &first).await;
    let [median, slowest] = [took[TIMES / 2], took[TIMES - 1]];
    println!("{text:<50} {found:>8} {median:>10.1?} {slowest:>10.1?} {middle:>10.1?}");
}

async fn timed(store: &Store, question: &TokenQuestion<'_>) -> Duration {
    let started = Instant::now();
    store.tokens(question).await.expect("an answer");
    started.elapsed()
}

async fn found(store: &Store, question: &TokenQuestion<'_>) -> u64 {
    store.tokens(question).await.expect("an answer").count
}

async fn fill(store: &Store, tokens: u64) {
    for (number, login) in (1..).zip(ORGANIZATIONS) {
        let mirror = Mirror {
            organization: OrganizationId(number),
            login: Login::new(login),
            baseline_at: Some(noon()),
            finished_at: Some(noon()),
            unreadable: 0,
            run: None,
        };
        commit(store, Mirroring { mirror: Some(mirror), ..Mirroring::default() }).await;
    }
    let all: Vec<_> = (0..tokens).collect();
    for some in all.chunks(AT_ONCE) {
        let told =
            some.iter().map(|number| Told { token: token(*number), at: noon(), listed_at: Some(noon()) });
        commit(store, Mirroring { told: told.collect(), ..Mirroring::default() }).await;
    }
}

async fn commit(store: &Store, mirroring: Mirroring) {
    let change = Change { mirroring: Some(mirroring), ..Change::default() };
    assert_eq!(store.commit(change).await.expect("a commit"), Committed::Yes);
}

/// The token of a number: scattered, and the same in every run.
fn token(number: u64) -> Token {
    let scattered =
        |salt: u64| number.wrapping_mul(6_364_136_223_846_793_005).rotate_left(salt as u32 * 7) >> 11;
    let organization = scattered(1) % 3;
    let login = Login::new(ORGANIZATIONS[organization as usize]);
    let owner = scattered(2) % OWNERS;
    let days = |salt: u64, most: u64| TimeDelta::minutes((scattered(salt) % (most * 1_440)) as i64);
    Token {
        organization: OrganizationId(organization + 1),
        grant: GrantId(number),
        token: Some(TokenId(number + 1_000_000)),
        key: format!("t-{number}").parse().expect("a key"),
        name: Some(format!("deploy-{}", scattered(3) % 1_000)),
        owner: Requester { id: GitHubUserId(owner), login: Login::new(&format!("owner-{owner}")) },
        permissions: permissions(scattered(4)),
        repositories: match scattered(5) % 10 {
            0 => Repositories::All,
            1 => Repositories::None,
            _ => repositories(&login, scattered(6)),
        },
        granted_at: Some(noon() - days(7, 400)),
        expiry: match scattered(8) % 10 {
            0 => Expiry::Never,
            _ => Expiry::At(noon() + days(9, 366) - TimeDelta::days(10)),
        },
        used: match scattered(10) % 10 {
            0 => Use::Never,
            _ => Use::At(noon() - days(11, 200)),
        },
        login,
    }
}

fn permissions(seed: u64) -> Permissions {
    let levels = [Level::Read, Level::Write, Level::Admin];
    let some = PERMISSIONS.iter().enumerate().filter(|(at, _)| seed >> at & 1 == 1);
    some.map(|(at, name)| {
        let permission = Permission { group: PermissionGroup::Repository, name: (*name).to_owned() };
        (permission, levels[(seed >> (8 + at)) as usize % 3].clone())
    })
    .collect()
}

fn repositories(login: &Login, seed: u64) -> Repositories {
    let one = |at: u64| {
        let id = (seed >> (at * 5)) % REPOSITORIES;
        Repository { id: RepositoryId(id), full_name: format!("{login}/repo-{id}"), private: Some(true) }
    };
    Repositories::Subset { listed: (0..3).map(one).collect(), count: Some(3) }
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("within chrono's range")
}
