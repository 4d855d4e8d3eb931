//! While replicas are replaced one by one, those of this release meet what the next one wrote: they leave it alone and
//! lose none of it.

use chrono::TimeDelta;
use countersign::store::{JobState, Reader};

use crate::support::World;

/// How the jobs of one kind on record stand.
async fn jobs(world: &World, kind: &str) -> Vec<JobState> {
    let app = &world.running.as_ref().unwrap().app;
    let counts = app.store.jobs_by_kind(world.stage.clock.now()).await.unwrap();
    counts.into_iter().filter(|count| count.kind == kind).map(|count| count.state).collect()
}

/// Work that came past the program, which looks for it with the next commit; then time passes.
async fn days_pass_with(world: &World, work: &'static str) {
    world.sql(work).await;
    world.octocat_asks().await;
    world.pass(TimeDelta::days(4)).await;
}

/// Older than anything that is ever given up.
const UNKNOWN_KIND: &str =
    "INSERT INTO job (kind, subject, payload, run_at, created_at, attempts, generation)
     VALUES ('later', 'r-7f3k2', '', 0, 0, 0, 1)";

const UNKNOWN_WISH: &str = r#"INSERT INTO job (kind, subject, payload, run_at, created_at, attempts, generation)
     VALUES ('judge', 'r-7f3k2 1', '{"by":"U0ALICE","wish":{"escalate":{"to":"U0BOB"}},"key":"r-7f3k2",
         "revision":"x","clicked_at":0,"channel":null,"response_url":null}', 0, 0, 0, 1)"#;

const WISH_THAT_SAYS_MORE: &str = r#"INSERT INTO job (kind, subject, payload, run_at, created_at, attempts, generation)
     VALUES ('judge', 'r-7f3k2 1', '{"by":"U0ALICE","wish":{"approve":{"comment":null,"until":0}},"key":"r-7f3k2",
         "revision":"x","clicked_at":0,"channel":null,"response_url":null}', 0, 0, 0, 1)"#;

#[tokio::test(flavor = "multi_thread")]
async fn work_of_a_kind_that_is_not_known_is_left_alone() {
    let world = World::start().await;

    days_pass_with(&world, UNKNOWN_KIND).await;

    assert_eq!(jobs(&world, "later").await, [JobState::Waiting]);
    let reader = Reader::open(&world.config().database).await.unwrap();
    let jobs = reader.jobs(world.stage.clock.now()).await.unwrap();
    assert!(jobs.iter().any(|job| job.kind == "later" && job.attempts == 0), "{jobs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_cannot_be_read_waits_for_somebody_who_can() {
    for wish in [UNKNOWN_WISH, WISH_THAT_SAYS_MORE] {
        let world = World::start().await;

        days_pass_with(&world, wish).await;

        assert_eq!(jobs(&world, "judge").await, [JobState::Waiting], "{wish}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_says_more_is_neither_rewritten_nor_given_up() {
    let world = World::start().await;
    world.octocat_asks().await;
    world
        .sql(r#"UPDATE request SET document = replace(document, '"format":1', '"later":1,"format":1')"#)
        .await;

    world.press_only("U0ALICE", "approve").await;
    world.pass(TimeDelta::days(4)).await;
    world.pass(TimeDelta::days(4)).await;

    assert_eq!(jobs(&world, "judge").await, [JobState::Waiting]);
    world.sql(r#"UPDATE request SET document = replace(document, '"later":1,', '')"#).await;
    world.pass(TimeDelta::days(1)).await;
    assert!(jobs(&world, "judge").await.is_empty());
    assert!(world.told_alone("U0ALICE").contains("Please click again"), "{}", world.told_alone("U0ALICE"));
}
