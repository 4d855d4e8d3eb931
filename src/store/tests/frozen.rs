//! The brake: looked at in the very commit that would bring an approval on its way.

use std::time::Duration;

use chrono::TimeDelta;

use super::*;
use crate::request::{Brake, Braking, Freezer, Frozen, Lifts, Why};
use crate::store::freeze::Held;

fn frozen(by: Freezer) -> Frozen {
    Frozen { by, since: noon(), why: Why::new("a laptop was stolen").unwrap() }
}

fn freezing() -> Change {
    let frozen = frozen(Freezer::Operator);
    Change { braking: Some(Braking::Freeze { frozen, asked_at: noon() }), ..Change::default() }
}

fn lifting() -> Change {
    Change { braking: Some(Braking::Lift { at: noon(), wanted_at: noon() }), ..Change::default() }
}

fn approving() -> Change {
    Change { unfrozen_at: Some(Lifts(0)), ..storing(new()) }
}

#[tokio::test]
async fn while_everything_is_frozen_nothing_of_an_approval_happens_and_everything_else_does() {
    let (_place, store) = store().await;
    assert_eq!(store.commit(freezing()).await.unwrap(), Committed::Yes);

    assert_eq!(store.commit(approving()).await.unwrap(), Committed::Frozen);
    assert_eq!(store.request_by_key(&new().key).await.unwrap(), None);
    assert_eq!(store.commit(storing(new())).await.unwrap(), Committed::Yes);

    assert_eq!(store.commit(lifting()).await.unwrap(), Committed::Yes);
    let again = TokenRequest { version: 1, ..new() };
    let judged_before = Change { unfrozen_at: Some(Lifts(0)), ..storing(again.clone()) };
    assert_eq!(store.commit(judged_before).await.unwrap(), Committed::Frozen);
    let approving = Change { unfrozen_at: Some(Lifts(1)), ..storing(again) };
    assert_eq!(store.commit(approving).await.unwrap(), Committed::Yes);
}

#[tokio::test]
async fn the_brake_reads_back_as_it_was_put_on_and_is_put_on_once() {
    let (_place, store) = store().await;
    assert_eq!(
        store.brake().await.unwrap(),
        Brake { frozen: None, wanted_at: None, lifted_at: None, lifts: Lifts(0) }
    );
    assert_eq!(store.commit(lifting()).await.unwrap(), Committed::LostRace);
    let slack = crate::ids::SlackUserId::new("U0MONALISA");
    let login = Some(crate::ids::Login::new("monalisa"));
    for (lifts, by) in [
        Freezer::Operator,
        Freezer::Person { slack: slack.clone(), login: None },
        Freezer::Person { slack, login },
    ]
    .into_iter()
    .enumerate()
    {
        let frozen = frozen(by);
        let braking = Braking::Freeze { frozen: frozen.clone(), asked_at: noon() };
        let freezing = Change { braking: Some(braking), ..Change::default() };
        assert_eq!(store.commit(freezing).await.unwrap(), Committed::Yes);
        assert_eq!(store.commit(self::freezing()).await.unwrap(), Committed::LostRace);

        assert_eq!(store.brake().await.unwrap().frozen, Some(frozen));

        assert_eq!(store.commit(lifting()).await.unwrap(), Committed::Yes);
        let lifts = Lifts(lifts as u32 + 1);
        let lifted = Brake { frozen: None, wanted_at: None, lifted_at: Some(noon()), lifts };
        assert_eq!(store.brake().await.unwrap(), lifted);
    }
}

/// Of several wishes the younger counts, whichever is carried out first.
#[tokio::test]
async fn what_was_asked_for_anew_is_not_lifted_by_an_older_wish() {
    let (_place, store) = store().await;
    let later = noon() + TimeDelta::seconds(3);
    let insisting = Change { braking: Some(Braking::Insist { asked_at: later }), ..Change::default() };
    let lifting_it = Braking::Lift { at: later, wanted_at: later };
    let lifting_it = Change { braking: Some(lifting_it), ..Change::default() };

    assert_eq!(store.commit(insisting.clone()).await.unwrap(), Committed::LostRace, "nothing is frozen");
    assert_eq!(store.commit(freezing()).await.unwrap(), Committed::Yes);
    assert_eq!(store.commit(insisting).await.unwrap(), Committed::Yes);

    assert_eq!(store.brake().await.unwrap().wanted_at, Some(later));
    assert_eq!(store.commit(lifting()).await.unwrap(), Committed::LostRace);
    assert_eq!(store.brake().await.unwrap().frozen, Some(frozen(Freezer::Operator)));
    assert_eq!(store.commit(lifting_it).await.unwrap(), Committed::Yes);
}

#[tokio::test]
async fn of_changes_that_share_a_flush_those_after_the_freeze_meet_it() {
    let (place, store) = store().await;
    let other = TokenRequest { id: crate::ids::RequestId(2), key: "r-22222".parse().unwrap(), ..new() };
    let after = Change { unfrozen_at: Some(Lifts(0)), ..storing(other) };

    let (first, freeze, second) =
        tokio::join!(store.commit(approving()), store.commit(freezing()), store.commit(after));

    let outcomes = [first.unwrap(), freeze.unwrap(), second.unwrap()];
    assert_eq!(outcomes[1], Committed::Yes);
    // SQLite's one writer takes them in their order; of several writers each may be first.
    if matches!(place.database, Database::Sqlite { .. }) {
        assert_eq!(outcomes, [Committed::Yes, Committed::Yes, Committed::Frozen]);
    }
    assert_eq!(store.brake().await.unwrap().frozen, Some(frozen(Freezer::Operator)));
}

/// Otherwise the approval could be committed after whoever froze everything was told that it is so.
#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_waits_for_an_approval_that_has_looked_at_the_brake() {
    let (place, store) = store().await;
    let mut approval = place.connect().await;
    approval.begin().await.unwrap();
    let held = Held::of(&mut approval, &[approving()]).await.unwrap();
    assert!(!held.stops(&approving()));

    let mut freezing = tokio::spawn(async move { store.commit(freezing()).await.unwrap() });
    let early = tokio::time::timeout(Duration::from_millis(300), &mut freezing).await;
    assert!(early.is_err(), "frozen beside an approval on its way: {early:?}");

    approval.commit().await.unwrap();
    assert_eq!(freezing.await.unwrap(), Committed::Yes);
}

/// What can't be read is no leave to go on.
#[tokio::test]
async fn without_its_row_nothing_is_approved() {
    let (place, store) = store().await;
    place.sql("DELETE FROM brake").await;

    assert!(store.commit(approving()).await.is_err());
    assert!(store.brake().await.is_err());
    assert_eq!(store.commit(storing(new())).await.unwrap(), Committed::Yes);
}
