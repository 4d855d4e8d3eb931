//! Several programs on one PostgreSQL: whoever is second loses, and knows it.

use std::collections::HashSet;

use futures::future::join_all;

use super::*;
use crate::audit::{Place as Number, Seal};
use crate::ids::RequestId;

/// Two stores as of two programs; nothing on SQLite, which has one program.
async fn two() -> Option<(Place, Store, Store)> {
    if !postgres::is_chosen() {
        return None;
    }
    let place = Place::new().await;
    // Together: the second one waits until the first has made the tables.
    let (one, other) = tokio::join!(place.open(), place.open());
    Some((place, one, other))
}

fn numbered(id: u64) -> TokenRequest {
    TokenRequest { id: RequestId(id), key: format!("r-{id}").parse().unwrap(), ..new() }
}

/// Entries to record; what they say does not matter here.
fn recording() -> Change {
    Change { entries: vec![crate::audit::samples::entries(1).remove(0)], ..Change::default() }
}

#[tokio::test]
async fn of_two_programs_that_decide_on_one_version_one_wins() {
    let Some((_place, one, other)) = two().await else { return };
    for round in 1..=40 {
        let fresh = numbered(round);
        let (first, second) =
            tokio::join!(one.commit(storing(fresh.clone())), other.commit(storing(fresh.clone())));
        assert_eq!(won([first, second]), 1, "made, round {round}");
        let read = one.request_by_key(&fresh.key).await.unwrap().unwrap();
        let job = |subject: &str| vec![job(&format!("{subject}-{round}"), noon())];
        let change = |subject: &str| Change { jobs: job(subject), ..storing(read.clone()) };
        let (first, second) = tokio::join!(one.commit(change("one")), other.commit(change("other")));
        assert_eq!(won([first, second]), 1, "changed, round {round}");
    }
    // Nothing of the losers happened.
    let jobs = one.claim_jobs(Kinds::AllBut(&[]), "me", noon(), LEASE, 100).await.unwrap();
    assert_eq!(jobs.len(), 40);
}

fn won(outcomes: [Result<Committed, StoreError>; 2]) -> usize {
    outcomes.into_iter().filter(|outcome| *outcome.as_ref().unwrap() == Committed::Yes).count()
}

#[tokio::test]
async fn of_two_requests_that_draw_one_key_one_gets_it() {
    let Some((_place, one, other)) = two().await else { return };
    for round in 1..=40 {
        let mine = numbered(round);
        let theirs = TokenRequest { id: RequestId(1_000 + round), ..mine.clone() };
        let (first, second) = tokio::join!(one.commit(storing(mine)), other.commit(storing(theirs)));
        assert_eq!(won([first, second]), 1, "round {round}");
    }
}

#[tokio::test]
async fn a_job_is_handed_to_one_program() {
    let Some((_place, one, other)) = two().await else { return };
    let jobs = (0..200).map(|n| job(&format!("r-{n}"), noon())).collect();
    let _ = one.commit(Change { jobs, ..Change::default() }).await.unwrap();

    let claims = (0..20).flat_map(|n| [(&one, format!("one-{n}")), (&other, format!("other-{n}"))]);
    let claims = claims
        .map(async |(store, owner)| store.claim_jobs(Kinds::AllBut(&[]), &owner, noon(), LEASE, 20).await);
    let claimed: Vec<_> =
        join_all(claims).await.into_iter().flat_map(Result::unwrap).map(|job| job.lease.job).collect();

    assert_eq!(claimed.len(), 200);
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), 200);
}

#[tokio::test]
async fn starting_takes_no_lease_from_a_program_that_runs() {
    let Some((_place, one, other)) = two().await else { return };
    let _ = one.commit(Change { jobs: vec![job("r-7f3k2", noon())], ..Change::default() }).await.unwrap();
    let mine = claim(&one, noon()).await.remove(0);

    assert_eq!(other.release_leases().await.unwrap(), 0);

    assert!(one.renew_lease(&mine.lease, noon(), LEASE).await.unwrap());
}

/// Two programs of which neither has the right time; the database's clock is a third.
#[tokio::test]
async fn a_wrong_clock_neither_steals_work_nor_loses_it() {
    if !postgres::is_chosen() {
        return;
    }
    let place = Place::new().await;
    let store = Store::open(&place.database, &Clock::wall(), Probe::default()).await.unwrap();
    let (slow, fast) = (noon() - TimeDelta::days(9), noon() + TimeDelta::days(9));
    let _ = store.commit(Change { jobs: vec![job("r-7f3k2", slow)], ..Change::default() }).await.unwrap();
    let claim =
        async |owner, now, lease| store.claim_jobs(Kinds::AllBut(&[]), owner, now, lease, 10).await.unwrap();

    let mine = claim("slow", slow, LEASE).await.remove(0).lease;
    assert!(claim("fast", fast, LEASE).await.is_empty());
    let step = Change { lease: Some(mine.clone()), ..Change::default() };
    assert_eq!(store.commit(step.clone()).await.unwrap(), Committed::Yes);

    // Each is told in its own time when the lease will have run out.
    for now in [slow, fast] {
        let wait = store.next_jobs(now).await.unwrap()[0].1 - now;
        assert!(wait > TimeDelta::seconds(5) && wait <= LEASE, "{wait}");
    }
    assert!(store.renew_lease(&mine, slow, TimeDelta::milliseconds(-1)).await.unwrap());
    assert_eq!(store.commit(step).await.unwrap(), Committed::LostLease);
    assert_eq!(claim("fast", fast, LEASE).await.len(), 1);
    assert!(!store.renew_lease(&mine, slow, LEASE).await.unwrap());
}

/// Whoever holds rows that the store wants, and outlasts it: of two that wait for each other, the store gives way.
async fn rival(place: &Place) -> Connection {
    let mut rival = place.connect().await;
    for patient in [
        "SET deadlock_timeout = '60s'",
        "SET lock_timeout = 0",
        "SET statement_timeout = '60s'",
        "SET idle_in_transaction_session_timeout = 0",
    ] {
        sql(&mut rival, patient).await;
    }
    rival.begin().await.unwrap();
    rival
}

async fn sql(connection: &mut Connection, text: &'static str) {
    connection.execute(Statement::both(text), &[]).await.unwrap();
}

/// Returns once a connection other than `known` waits for a lock; tells which one.
async fn until_somebody_waits(place: &Place, known: i64) -> i64 {
    const WAITING: Statement = Statement::both(
        "SELECT pid::bigint FROM pg_stat_activity
         WHERE wait_event_type = 'Lock' AND datname = current_database() AND pid <> $1",
    );
    let mut watcher = place.connect().await;
    let watching = async {
        loop {
            let waiting: Vec<(i64,)> = watcher.rows(WAITING, &[known.into()]).await.unwrap();
            if let Some((pid,)) = waiting.first() {
                return *pid;
            }
            Clock::wall().pause(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), watching).await.expect("somebody waits")
}

/// Somebody may hold a row for longer than one attempt waits: what came together with it is not refused for that.
#[tokio::test]
async fn a_row_that_is_held_for_long_is_waited_for() {
    let Some((place, one, _)) = two().await else { return };
    assert_eq!(one.commit(storing(numbered(1))).await.unwrap(), Committed::Yes);
    let mut rival = rival(&place).await;
    sql(&mut rival, "UPDATE request SET state = state").await;
    let change = storing(TokenRequest { version: 1, ..numbered(1) });
    let committing = tokio::spawn({
        let one = one.clone();
        async move { one.commit(change).await }
    });

    let first = until_somebody_waits(&place, 0).await;
    // The first attempt has given its connection up with the wait.
    until_somebody_waits(&place, first).await;
    rival.commit().await.unwrap();

    assert_eq!(committing.await.unwrap().unwrap(), Committed::Yes);
}

/// By number, whatever it is wanted for: who waits for a job holds none that comes after it.
#[tokio::test]
async fn jobs_are_locked_in_one_order() {
    let Some((place, one, _)) = two().await else { return };
    for subject in ["z", "a"] {
        let change = Change { jobs: vec![job(subject, noon())], ..Change::default() };
        assert_eq!(one.commit(change).await.unwrap(), Committed::Yes);
    }
    let mut rival = rival(&place).await;
    sql(&mut rival, "UPDATE job SET cause = cause WHERE subject = 'z'").await;
    let both = Change { jobs: vec![job("a", noon()), job("z", noon())], ..Change::default() };
    let committing = tokio::spawn({
        let one = one.clone();
        async move { one.commit(both).await }
    });
    until_somebody_waits(&place, 0).await;

    sql(&mut rival, "SELECT id FROM job WHERE subject = 'a' FOR UPDATE NOWAIT").await;
    rival.commit().await.unwrap();

    assert_eq!(committing.await.unwrap().unwrap(), Committed::Yes);
}

#[tokio::test]
async fn of_two_programs_that_want_a_turn_one_gets_it() {
    let Some((_place, one, other)) = two().await else { return };
    for organization in 1..=40 {
        let taking = |holder: &str| {
            let organization = crate::ids::OrganizationId(organization);
            let (lasts, interval) = (LEASE, TimeDelta::seconds(1));
            let turn = Turn { organization, holder: holder.to_owned(), lasts, interval };
            Change { turn: Some(turn), ..Change::default() }
        };

        let (first, second) = tokio::join!(one.commit(taking("one")), other.commit(taking("other")));

        assert_eq!(won([first, second]), 1, "organization {organization}");
    }
}

#[tokio::test]
async fn a_deadlock_is_nobodys_failure() {
    let Some((place, one, _)) = two().await else { return };
    for id in [1, 2] {
        assert_eq!(one.commit(storing(numbered(id))).await.unwrap(), Committed::Yes);
    }
    let mut rival = rival(&place).await;
    sql(&mut rival, "UPDATE request SET state = state WHERE request_id = 2").await;
    let both = Change {
        requests: vec![
            TokenRequest { version: 1, ..numbered(1) },
            TokenRequest { version: 1, ..numbered(2) },
        ],
        ..Change::default()
    };
    let committing = tokio::spawn({
        let one = one.clone();
        async move { one.commit(both).await }
    });
    until_somebody_waits(&place, 0).await;

    sql(&mut rival, "UPDATE request SET state = state WHERE request_id = 1").await;
    rival.commit().await.unwrap();

    assert_eq!(committing.await.unwrap().unwrap(), Committed::Yes);
}

#[tokio::test]
async fn of_two_sealers_one_seals_a_batch() {
    let Some((_place, one, other)) = two().await else { return };
    let _ = one.commit(recording()).await.unwrap();
    let waiting = other.unsealed(10).await.unwrap();
    let sealing = |store: &Store| {
        let (numbered, seal) = sealed(&waiting, None);
        let store = store.clone();
        async move { store.seal(numbered, seal).await.unwrap() }
    };

    let (first, second) = tokio::join!(sealing(&one), sealing(&other));

    assert!(first != second);
    assert_eq!(one.count_entries().await.unwrap(), (1, 0));
}

/// Ids are given when an entry is written, not when it is committed.
#[tokio::test]
async fn an_entry_that_is_committed_late_is_sealed_later() {
    let Some((place, one, _)) = two().await else { return };
    let mut slow = place.connect().await;
    slow.begin().await.unwrap();
    let body = crate::audit::encode(&crate::audit::samples::entries(1).remove(0));
    let insert = Statement::both("INSERT INTO audit_entry (at, body) VALUES (0, $1)");
    slow.execute(insert, &[body.as_str().into()]).await.unwrap();
    let _ = one.commit(recording()).await.unwrap();
    let early = one.unsealed(10).await.unwrap();
    let (numbered, first) = sealed(&early, None);
    assert!(one.seal(numbered, first.clone()).await.unwrap());

    slow.commit().await.unwrap();
    let late = one.unsealed(10).await.unwrap();
    let (numbered, second) = sealed(&late, Some(&first));
    assert!(one.seal(numbered, second).await.unwrap());

    assert!(late[0].id < early[0].id);
    let reader = Reader::open(&place.database).await.unwrap();
    let order: Vec<_> = reader.sealed_after(0, 10).await.unwrap().iter().map(|entry| entry.id).collect();
    assert_eq!(order, [early[0].id, late[0].id]);
}

fn sealed(waiting: &[StoredEntry], previous: Option<&Seal>) -> (Vec<(i64, Number)>, Seal) {
    let key = crate::audit::samples::key();
    let entries: Vec<_> = waiting.iter().map(|stored| crate::audit::decode(&stored.body).unwrap()).collect();
    let sealed = crate::audit::seal(&key, previous, &entries, noon()).unwrap();
    let numbered = waiting.iter().zip(&sealed.places).map(|(stored, place)| (stored.id, *place)).collect();
    (numbered, sealed.seal)
}
