//! Until when somebody is left alone: the longest time that anybody was told, whoever writes last.

use super::*;
use crate::store::Progress;

const WHO: &str = "rest github installation 957387";

fn resting(until: u64) -> Change {
    Change { progress: vec![Progress { name: WHO.into(), value: until }], ..Change::default() }
}

async fn rest(store: &Store) -> Option<u64> {
    store.rests().await.unwrap().get(WHO).copied()
}

#[tokio::test]
async fn a_rest_is_not_cut_short_by_a_shorter_one_that_is_written_later() {
    let (_place, store) = store().await;

    for until in [30_000, 60_000, 1_000] {
        assert_eq!(store.commit(resting(until)).await.unwrap(), Committed::Yes);
    }

    assert_eq!(rest(&store).await, Some(60_000));
    assert_eq!(store.commit(resting(61_000)).await.unwrap(), Committed::Yes);
    assert_eq!(rest(&store).await, Some(61_000));
}

/// Replicas that were told different times write side by side; so may one, about different answers.
#[tokio::test]
async fn of_rests_that_are_written_at_once_the_longest_stays() {
    let (_place, store) = store().await;

    let written = [30_000, 60_000, 1_000, 59_000].map(|until| store.commit(resting(until)));
    for outcome in futures::future::join_all(written).await {
        assert_eq!(outcome.unwrap(), Committed::Yes);
    }

    assert_eq!(rest(&store).await, Some(60_000));
}

#[tokio::test]
async fn of_rests_in_one_change_the_longest_stays() {
    let (_place, store) = store().await;
    let both = [resting(60_000), resting(30_000)].into_iter().flat_map(|change| change.progress).collect();

    let change = Change { progress: both, ..Change::default() };
    assert_eq!(store.commit(change).await.unwrap(), Committed::Yes);

    assert_eq!(rest(&store).await, Some(60_000));
}
