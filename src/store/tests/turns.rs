//! One change at a time in an organization, at a distance, whoever makes it.

use super::*;
use crate::ids::OrganizationId;

const LASTS: TimeDelta = TimeDelta::seconds(10);
const INTERVAL: TimeDelta = TimeDelta::seconds(1);

fn turn(organization: u64, holder: &str) -> Turn {
    let organization = OrganizationId(organization);
    Turn { organization, holder: holder.into(), lasts: LASTS, interval: INTERVAL }
}

fn taking(turn: Turn) -> Change {
    Change { turn: Some(turn), ..Change::default() }
}

fn ending(turn: Turn) -> Change {
    Change { turn_over: Some(turn), ..Change::default() }
}

#[tokio::test]
async fn a_turn_is_had_by_one_at_a_time_and_at_a_distance_from_the_last() {
    let (place, store) = store().await;
    let (mine, theirs) = (turn(9, "me"), turn(9, "they"));
    assert_eq!(store.turn_in(&mine, noon()).await.unwrap(), None);
    assert_eq!(store.commit(taking(mine.clone())).await.unwrap(), Committed::Yes);

    // Refused as a whole, and nobody else's organization.
    let refused = Change { requests: vec![new()], ..taking(theirs.clone()) };
    assert_eq!(store.commit(refused).await.unwrap(), Committed::NotYet(INTERVAL));
    assert_eq!(store.request_by_key(&new().key).await.unwrap(), None);
    assert_eq!(store.turn_in(&theirs, noon()).await.unwrap(), Some(INTERVAL));
    assert_eq!(store.commit(taking(turn(8, "they"))).await.unwrap(), Committed::Yes);

    place.clock.advance(TimeDelta::seconds(3));
    assert_eq!(store.commit(ending(mine.clone())).await.unwrap(), Committed::Yes);
    assert_eq!(store.commit(taking(theirs.clone())).await.unwrap(), Committed::NotYet(INTERVAL));
    place.clock.advance(TimeDelta::milliseconds(400));
    let left = TimeDelta::milliseconds(600);
    assert_eq!(store.turn_in(&theirs, place.clock.now()).await.unwrap(), Some(left));
    place.clock.advance(left);
    assert_eq!(store.commit(taking(theirs.clone())).await.unwrap(), Committed::Yes);

    // Who had it before ends nobody's turn.
    assert_eq!(store.commit(ending(mine.clone())).await.unwrap(), Committed::Yes);
    assert_eq!(store.turn_in(&mine, place.clock.now()).await.unwrap(), Some(INTERVAL));
}

#[tokio::test]
async fn a_turn_ends_by_itself_when_nothing_of_it_can_be_on_its_way() {
    let (place, store) = store().await;
    assert_eq!(store.commit(taking(turn(9, "dead"))).await.unwrap(), Committed::Yes);

    place.clock.advance(LASTS);
    assert_eq!(store.commit(taking(turn(9, "me"))).await.unwrap(), Committed::NotYet(INTERVAL));
    place.clock.advance(INTERVAL);

    assert_eq!(store.commit(taking(turn(9, "me"))).await.unwrap(), Committed::Yes);
}

#[tokio::test]
async fn of_many_who_want_a_turn_at_once_one_gets_it() {
    let (_place, store) = store().await;
    for organization in 1..=20 {
        let wanted = ["one", "other", "third"].map(|holder| store.commit(taking(turn(organization, holder))));

        let outcomes = futures::future::join_all(wanted).await;

        let had = outcomes.iter().filter(|outcome| *outcome.as_ref().unwrap() == Committed::Yes).count();
        let waits = outcomes
            .iter()
            .filter(|outcome| *outcome.as_ref().unwrap() == Committed::NotYet(INTERVAL))
            .count();
        assert_eq!((had, waits), (1, 2), "organization {organization}");
    }
}

/// A program's clock that was ahead and is set right must not hold anybody up for the difference.
#[tokio::test]
async fn a_turn_from_the_far_future_counts_for_nothing() {
    let (place, store) = store().await;
    assert_eq!(store.commit(taking(turn(9, "ahead"))).await.unwrap(), Committed::Yes);
    place.sql("UPDATE turn SET busy_until = busy_until + 86400000, free_at = free_at + 86400000").await;

    assert_eq!(store.turn_in(&turn(9, "me"), noon()).await.unwrap(), None);
    assert_eq!(store.commit(taking(turn(9, "me"))).await.unwrap(), Committed::Yes);
}
