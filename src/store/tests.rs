//! Whole changes, and nothing twice; on SQLite, and on PostgreSQL where there is one.

mod beside;
mod earlier;
mod frozen;
mod groups;
mod homes;
mod nudges;
mod pinned;
mod policy_sets;
#[path = "../../tests/support/postgres.rs"]
mod postgres;
mod rests;
mod shares;
mod silent;
mod tokens;
mod trouble;
mod turns;

use chrono::TimeDelta;

use super::*;
use crate::clock::Clock;
use crate::ids::{ChannelId, RequestId};
use crate::request::samples::{enough, noon, pending};
use crate::request::{Delay, Key, Note, Ruled, Ruling, Said, TokenRequest, Verdict};

#[test]
fn all_of_this_is_true_on_postgresql_too() {
    postgres::run_again_on_postgres("store::tests::", async |url| {
        let database = Database::Postgres(PostgresUrl::parse(&url).unwrap());
        Store::open(&database, &Clock::manual(noon()), Probe::default()).await.unwrap();
    });
}

const LEASE: TimeDelta = TimeDelta::seconds(15);

/// An empty database, gone with this value.
struct Place {
    database: Database,
    /// By whom leases are judged.
    clock: Clock,
    folder: tempfile::TempDir,
    scratch: Option<postgres::Scratch>,
}

impl Place {
    async fn new() -> Self {
        Self::with(postgres::Scratch::make).await
    }

    async fn with(scratch: impl AsyncFnOnce() -> postgres::Scratch) -> Self {
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let folder = tempfile::tempdir().unwrap();
        if !postgres::is_chosen() {
            let database = Database::Sqlite { path: folder.path().join("countersign.db") };
            return Self { database, clock: Clock::manual(noon()), folder, scratch: None };
        }
        let scratch = scratch().await;
        let database = Database::Postgres(PostgresUrl::parse(&scratch.url()).unwrap());
        Self { database, clock: Clock::manual(noon()), folder, scratch: Some(scratch) }
    }

    async fn open(&self) -> Store {
        Store::open(&self.database, &self.clock, Probe::default()).await.unwrap()
    }

    /// Another connection, past the store.
    async fn connect(&self) -> Connection {
        Connection::open(&self.database).await.unwrap()
    }

    async fn sql(&self, text: &'static str) {
        self.connect().await.execute(Statement::both(text), &[]).await.unwrap();
    }
}

async fn store() -> (Place, Store) {
    let place = Place::with(postgres::Scratch::opened).await;
    let store = place.open().await;
    (place, store)
}

fn new() -> TokenRequest {
    TokenRequest { version: 0, ..pending() }
}

fn storing(request: TokenRequest) -> Change {
    Change { requests: vec![request], ..Change::default() }
}

fn job(subject: &str, run_at: chrono::DateTime<chrono::Utc>) -> NewJob {
    NewJob { kind: "card", subject: subject.into(), payload: String::new(), run_at }
}

async fn claim(store: &Store, now: chrono::DateTime<chrono::Utc>) -> Vec<LeasedJob> {
    store.claim_jobs(Kinds::AllBut(&[]), "me", now, LEASE, 10).await.unwrap()
}

/// What becomes of a request that rules are asked about.
fn by_rule() -> Vec<TokenRequest> {
    let revision = new().revision();
    let due = TokenRequest { ruling: Ruling::Due, ..new() };
    let reason = crate::request::Comment::new("not here").unwrap();
    let ruled = Ruled {
        rule: "read-only-short".into(),
        verdict: Verdict::Deny,
        reason,
        at: noon(),
        rules: "0f1e".to_owned(),
    };
    let decided = due.clone().ruled(ruled.clone(), &revision).unwrap().request;
    let attempted = decided.clone().attempted(noon(), noon()).unwrap().request;
    let listed = attempted.clone().still_listed(noon()).unwrap().request;
    let lapsed = listed.back_to_people(Note::RuleLapsed { rule: ruled.rule.clone() }).request;
    let settled = attempted.clone().answered(crate::request::Answer::Confirmed, noon()).unwrap().request;
    let would = Said::Would { verdict: Verdict::Approve, rule: ruled.rule };
    let used_up = Said::UsedUp {
        rule: "read-only-short".into(),
        cap: 3,
        answering: Some(crate::ids::Login::new("alice")),
    };
    let rulings = [
        Ruling::Awaited { until: noon() },
        Ruling::People,
        Ruling::Asked(Said::Nothing),
        Ruling::Asked(would),
        Ruling::Asked(used_up),
    ];
    let waiting = rulings.into_iter().map(|ruling| TokenRequest { ruling, ..new() });
    [due, decided, attempted, lapsed, settled].into_iter().chain(waiting).collect()
}

#[tokio::test]
async fn every_state_reads_back_as_it_was_written() {
    let (_place, store) = store().await;
    let revision = new().revision();
    let vote = crate::request::samples::vote(Verdict::Approve);
    let decided = new().vote(vote, &revision, enough()).unwrap().request;
    let attempted = decided.clone().attempted(noon(), noon()).unwrap().request;
    let unclear = crate::request::Answer::Unclear { cause: "lost".into() };
    let answered = attempted.clone().answered(unclear, noon()).unwrap().request;
    let slow = answered.clone().slow(Delay::Limit, noon()).unwrap().request;
    let returned = answered.clone().back_to_people(Note::ContentChanged).request;
    let vote = crate::request::samples::vote(Verdict::Deny);
    let decided_anew = returned.clone().vote(vote, &revision, enough()).unwrap().request;
    let settled = new().superseded(noon()).unwrap().request;
    let mut states = vec![new(), decided, attempted, answered, slow, returned, decided_anew, settled];
    states.extend(by_rule());

    for (id, request) in (1..).zip(states) {
        let key = format!("r-{id}").parse().unwrap();
        let request = TokenRequest { id: crate::ids::RequestId(id), key, ..request };
        assert_eq!(store.commit(storing(request.clone())).await.unwrap(), Committed::Yes);

        let read = store.request(request.organization, request.id).await.unwrap().unwrap();

        assert_eq!(read, TokenRequest { version: 1, ..request });
    }
}

#[tokio::test]
async fn a_removed_installation_never_stands_before_another() {
    let (_place, store) = store().await;
    let installation = |id, state, minutes| Installation {
        id: crate::ids::InstallationId(id),
        organization: pending().organization,
        login: crate::ids::Login::new("acme"),
        state,
        updated_at: noon() + TimeDelta::minutes(minutes),
    };
    for one in [
        installation(9, InstallationState::Suspended, 1),
        installation(5, InstallationState::Removed, 2),
        installation(4, InstallationState::Removed, 0),
    ] {
        let change = Change { installation: Some(one), ..Change::default() };
        assert_eq!(store.commit(change).await.unwrap(), Committed::Yes);
    }

    let effective = store.installation_of(pending().organization).await.unwrap().unwrap();

    assert_eq!(effective, installation(9, InstallationState::Suspended, 1));
}

#[tokio::test]
async fn of_two_changes_to_one_version_the_first_wins() {
    let (_place, store) = store().await;
    assert_eq!(store.commit(storing(new())).await.unwrap(), Committed::Yes);
    let read = store.request_by_key(&new().key).await.unwrap().unwrap();

    let (one, other) = tokio::join!(store.commit(storing(read.clone())), store.commit(storing(read)));

    let mut outcomes = [one.unwrap(), other.unwrap()];
    outcomes.sort_by_key(|outcome| *outcome != Committed::Yes);
    assert_eq!(outcomes, [Committed::Yes, Committed::LostRace]);
}

#[tokio::test]
async fn a_change_that_lost_leaves_nothing_behind() {
    let (_place, store) = store().await;
    let stale = TokenRequest { version: 7, ..pending() };
    let change = Change { jobs: vec![job("r-7f3k2", noon())], ..storing(stale) };

    assert_eq!(store.commit(change).await.unwrap(), Committed::LostRace);

    assert!(claim(&store, noon()).await.is_empty());
}

#[tokio::test]
async fn a_taken_key_is_a_lost_race() {
    let (_place, store) = store().await;
    assert_eq!(store.commit(storing(new())).await.unwrap(), Committed::Yes);
    let other = TokenRequest { id: crate::ids::RequestId(2), ..new() };

    assert_eq!(store.commit(storing(other)).await.unwrap(), Committed::LostRace);
}

#[tokio::test]
async fn a_key_drawn_twice_at_once_is_a_lost_race() {
    let (_place, store) = store().await;
    let other = TokenRequest { id: crate::ids::RequestId(2), ..new() };

    let (one, other) = tokio::join!(store.commit(storing(new())), store.commit(storing(other)));

    assert_eq!((one.unwrap(), other.unwrap()), (Committed::Yes, Committed::LostRace));
}

/// `jsonb` of PostgreSQL refuses U+0000, and so does its text.
#[tokio::test]
async fn a_nul_is_no_reason_to_refuse_a_change() {
    let (_place, store) = store().await;
    let mut request = new();
    request.facts.justification = Some("a\0b".into());
    let wanted = NewJob { payload: "c\0d".into(), ..job("e\0f", noon()) };

    let change = Change { jobs: vec![wanted], ..storing(request.clone()) };
    assert_eq!(store.commit(change).await.unwrap(), Committed::Yes);

    let read = store.request_by_key(&request.key).await.unwrap().unwrap();
    assert_eq!(read.facts, request.facts);
    let job = claim(&store, noon()).await.remove(0);
    assert_eq!((job.subject.as_str(), job.payload.as_str()), ("ef", "cd"));
}

#[tokio::test]
async fn work_wanted_twice_in_a_change_is_wanted_once() {
    let (_place, store) = store().await;
    let later = noon() + TimeDelta::seconds(5);
    let last = NewJob { payload: "last".into(), ..job("r-7f3k2", later) };

    let change = Change { jobs: vec![job("r-7f3k2", noon()), last], ..Change::default() };
    assert_eq!(store.commit(change).await.unwrap(), Committed::Yes);

    let jobs = claim(&store, noon()).await;
    assert_eq!(jobs.iter().map(|job| job.payload.as_str()).collect::<Vec<_>>(), ["last"]);
}

#[tokio::test]
async fn many_changes_at_once_are_all_kept() {
    let (_place, store) = store().await;
    let changes = (1..=300).map(|id| {
        let key = format!("r-{id}").parse().unwrap();
        let request = TokenRequest { id: crate::ids::RequestId(id), key, ..new() };
        store.commit(Change { jobs: vec![job(&format!("r-{id}"), noon())], ..storing(request) })
    });

    let outcomes = futures::future::join_all(changes).await;

    assert!(outcomes.into_iter().all(|outcome| outcome.unwrap() == Committed::Yes));
    assert_eq!(store.open_requests(1_000).await.unwrap().len(), 300);
}

/// Lists come newest first, and numbers in whatever order.
#[tokio::test]
async fn requests_are_told_in_the_order_in_which_they_were_asked_for() {
    let (place, store) = store().await;
    let collection: Key = "c-7f3k2".parse().unwrap();
    let minute = |minutes: i64| noon() + TimeDelta::minutes(minutes);
    let told = [(1, Some(40), 50), (2, Some(10), 52), (3, None, 20), (4, Some(30), 51), (5, Some(30), 49)];
    for (id, asked, came) in told {
        let key: Key = format!("r-{id}").parse().unwrap();
        let mut request =
            TokenRequest { id: RequestId(id), key: key.clone(), received_at: minute(came), ..new() };
        request.facts.created_at = asked.map(minute);
        request.facts.justification = Some(r#""created_at":1"#.to_owned());
        let channel = ChannelId::new("C0APPROVALS");
        let showing = Showing { key, channel, collection: Some(collection.clone()), since: noon() };
        let change = Change { showings: vec![showing], ..storing(request) };
        assert_eq!(store.commit(change).await.unwrap(), Committed::Yes);
    }
    let numbers = |requests: &[TokenRequest]| requests.iter().map(|one| one.id.0).collect::<Vec<_>>();

    assert_eq!(numbers(&store.open_requests(10).await.unwrap()), [2, 3, 4, 5, 1]);
    assert_eq!(numbers(&store.open_requests(2).await.unwrap()), [2, 3]);
    // Page by page, over one that can't be read.
    place.sql("UPDATE request SET document = 'no' WHERE request_id = 4").await;
    let (mut after, mut pages) = (None, Vec::new());
    loop {
        let (page, last) = store.collected(&collection, true, after, 2).await.unwrap();
        if last.is_none() {
            break;
        }
        pages.push(numbers(&page));
        after = last;
    }
    assert_eq!(pages, [vec![2, 3], vec![5, 1], vec![]]);
}

#[tokio::test]
async fn a_job_is_handed_out_once_and_again_when_its_lease_has_run_out() {
    let (_place, store) = store().await;
    let _ = store.commit(Change { jobs: vec![job("r-7f3k2", noon())], ..Change::default() }).await.unwrap();

    assert_eq!(claim(&store, noon()).await.len(), 1);
    assert_eq!(claim(&store, noon()).await.len(), 0);
    assert_eq!(claim(&store, noon() + TimeDelta::seconds(15)).await.len(), 1);
}

#[tokio::test]
async fn work_asked_for_again_while_it_runs_is_done_once_more() {
    let (_place, store) = store().await;
    let asking = || Change { jobs: vec![job("r-7f3k2", noon())], ..Change::default() };
    let _ = store.commit(asking()).await.unwrap();
    let first = claim(&store, noon()).await.remove(0);
    let _ = store.commit(asking()).await.unwrap();

    let done = Change { lease: Some(first.lease), is_job_done: true, ..Change::default() };
    assert_eq!(store.commit(done).await.unwrap(), Committed::Yes);

    let again = claim(&store, noon()).await.remove(0);
    let done = Change { lease: Some(again.lease), is_job_done: true, ..Change::default() };
    assert_eq!(store.commit(done).await.unwrap(), Committed::Yes);
    assert!(claim(&store, noon()).await.is_empty());
}

#[tokio::test]
async fn whoever_lost_the_lease_commits_nothing() {
    let (_place, store) = store().await;
    let _ = store.commit(Change { jobs: vec![job("r-7f3k2", noon())], ..Change::default() }).await.unwrap();
    let mine = claim(&store, noon()).await.remove(0);
    let later = noon() + TimeDelta::seconds(15);
    let theirs = store.claim_jobs(Kinds::AllBut(&[]), "they", later, LEASE, 10).await.unwrap();
    assert_eq!(theirs.len(), 1);

    let change = Change { lease: Some(mine.lease.clone()), ..storing(new()) };

    assert_eq!(store.commit(change).await.unwrap(), Committed::LostLease);
    assert!(!store.renew_lease(&mine.lease, later, LEASE).await.unwrap());
    assert_eq!(store.request_by_key(&new().key).await.unwrap(), None);
}

/// Nobody took the job over, but somebody may at any moment: what follows this commit would not be alone.
#[tokio::test]
async fn a_step_under_a_lease_that_has_run_out_is_not_made_and_what_was_learnt_is_kept() {
    let (place, store) = store().await;
    let _ = store.commit(Change { jobs: vec![job("r-7f3k2", noon())], ..Change::default() }).await.unwrap();
    let lease = claim(&store, noon()).await.remove(0).lease;
    let step = |renews| Change { lease: Some(lease.clone()), renews, ..Change::default() };
    place.clock.advance(TimeDelta::seconds(14));
    assert_eq!(store.commit(step(Some(LEASE))).await.unwrap(), Committed::Yes);
    place.clock.advance(TimeDelta::seconds(14));
    assert_eq!(store.commit(step(None)).await.unwrap(), Committed::Yes);
    place.clock.advance(TimeDelta::seconds(1));

    assert_eq!(store.commit(step(Some(LEASE))).await.unwrap(), Committed::LostLease);
    let learnt = Change { is_learnt: true, ..step(None) };
    assert_eq!(store.commit(learnt.clone()).await.unwrap(), Committed::Yes);
    let now = place.clock.now();
    let theirs = store.claim_jobs(Kinds::AllBut(&[]), "they", now, LEASE, 10).await.unwrap();
    assert_eq!(theirs.len(), 1);

    assert_eq!(store.commit(learnt).await.unwrap(), Committed::LostLease);
    let done = Change { is_job_done: true, ..step(None) };
    assert_eq!(store.commit(done).await.unwrap(), Committed::LostLease);
}

#[tokio::test]
async fn a_failed_job_waits_and_a_given_up_one_is_kept_aside() {
    let (_place, store) = store().await;
    let _ = store.commit(Change { jobs: vec![job("r-7f3k2", noon())], ..Change::default() }).await.unwrap();
    let later = noon() + TimeDelta::seconds(5);
    let fail = |lease, retry_at| JobFailure {
        lease,
        cause: "broken".into(),
        retry_at,
        is_attempt: true,
        now: noon(),
    };

    let leased = claim(&store, noon()).await.remove(0);
    store.job_failed(fail(leased.lease, Some(later))).await.unwrap();
    assert!(claim(&store, noon()).await.is_empty());
    let leased = claim(&store, later).await.remove(0);
    assert_eq!(leased.attempts, 1);
    store.job_failed(fail(leased.lease, None)).await.unwrap();

    assert!(claim(&store, later + TimeDelta::days(9)).await.is_empty());
    let counts = store.jobs_by_kind(later).await.unwrap();
    let given_up = JobCount { kind: "card".into(), state: JobState::GivenUp, count: 1, oldest: noon() };
    assert_eq!(counts, [given_up]);
}

#[tokio::test]
async fn a_second_writer_is_kept_off_a_sqlite_file() {
    let place = Place::new().await;
    let database = Database::Sqlite { path: place.folder.path().join("countersign.db") };
    let _first = Store::open(&database, &place.clock, Probe::default()).await.unwrap();

    let second = Store::open(&database, &place.clock, Probe::default()).await;

    assert!(second.err().unwrap().to_string().contains("another countersign is using the database"));
}

#[tokio::test]
async fn a_document_that_makes_no_sense_is_an_error() {
    let (place, store) = store().await;
    assert_eq!(store.commit(storing(new())).await.unwrap(), Committed::Yes);
    place.sql("UPDATE request SET document = replace(document, 'pending', 'pondering')").await;

    let error = store.request_by_key(&new().key).await.unwrap_err();

    assert!(error.to_string().starts_with("row r-7f3k2 of request makes no sense"), "{error}");
}

/// As a replica of an earlier release meets it: to read it without that field and write it back would erase the field.
#[tokio::test]
async fn a_document_that_says_more_than_is_known_here_is_refused_and_takes_no_list_down() {
    let (place, store) = store().await;
    let known = TokenRequest { id: crate::ids::RequestId(2), key: "r-2".parse().unwrap(), ..new() };
    assert_eq!(store.commit(storing(known.clone())).await.unwrap(), Committed::Yes);
    let fields = ["\"format\":1", "\"requester\":{", "\"repositories\":{", "\"subset\":{", "\"votes\":["];
    for field in fields {
        assert_eq!(store.commit(storing(new())).await.unwrap(), Committed::Yes);
        let more = match field.ends_with('{') {
            true => format!("{field}\"later\":1,"),
            false => format!("\"later\":1,{field}"),
        };
        let said = Statement::both(
            "UPDATE request SET document = replace(document, $1, $2) WHERE request_key <> 'r-2'",
        );
        assert_eq!(
            place.connect().await.execute(said, &[field.into(), more.as_str().into()]).await.unwrap(),
            1
        );

        let read = store.request_by_key(&new().key).await;

        assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{more}: {read:?}");
        let open = store.open_requests(10).await.unwrap();
        assert_eq!(open.iter().map(|request| &request.key).collect::<Vec<_>>(), [&known.key], "{more}");
        let token = new().facts.token.unwrap();
        assert_eq!(store.pending_for_token(new().organization, token).await.unwrap().len(), 1, "{more}");
        place.sql("DELETE FROM request WHERE request_key <> 'r-2'").await;
    }
}

#[tokio::test]
async fn a_posting_is_remembered_until_the_card_stands_or_is_known_not_to() {
    let (_place, store) = store().await;
    let key = new().key;
    let channel = crate::ids::ChannelId::new("C0APPROVALS");
    let over_at = noon() + TimeDelta::seconds(10);
    let posting = Posting { key: key.clone(), channel: channel.clone(), since: noon(), over_at };
    let begin = || Change { posting: Some(posting.clone()), ..Change::default() };
    let card =
        Card { key: key.clone(), channel, ts: crate::ids::MessageTs::new("1.2"), rendering: "r".into() };

    for end in [
        Change { card: Some(card), ..Change::default() },
        Change { not_posted: Some(key.clone()), ..Change::default() },
    ] {
        assert_eq!(store.commit(begin()).await.unwrap(), Committed::Yes);
        assert_eq!(store.posting(&key).await.unwrap(), Some(posting.clone()));

        assert_eq!(store.commit(end).await.unwrap(), Committed::Yes);

        assert_eq!(store.posting(&key).await.unwrap(), None);
    }
}

#[tokio::test]
async fn lasting_trouble_is_known_by_what_was_told_until_it_is_over() {
    let (_place, store) = store().await;
    for words in ["archived", "left"] {
        let lasting = Lasting { name: "channel C0X".into(), words: words.into(), since: noon() };
        let change = Change { lasting: Some(lasting), ..Change::default() };
        assert_eq!(store.commit(change).await.unwrap(), Committed::Yes);
        assert_eq!(store.lasting("channel C0X").await.unwrap().as_deref(), Some(words));
    }

    let over = Change { is_over: Some("channel C0X".into()), ..Change::default() };
    assert_eq!(store.commit(over).await.unwrap(), Committed::Yes);

    assert_eq!(store.lasting("channel C0X").await.unwrap(), None);
}
