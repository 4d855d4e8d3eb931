//! What rules may approve for one person in a day.

use super::*;
use crate::ids::{GitHubUserId, RequestId};
use crate::store::Share;

fn share(person: u64, cap: u32) -> Share {
    Share::of(GitHubUserId(person), noon(), cap)
}

fn approving(id: u64, share: Share) -> Change {
    let key = format!("r-{id}").parse().unwrap();
    Change { share: Some(share), ..storing(TokenRequest { id: RequestId(id), key, ..new() }) }
}

#[tokio::test]
async fn no_more_is_approved_than_the_cap_and_nothing_of_what_is_too_much_happens() {
    let (_place, store) = store().await;
    let mine = share(1, 2);
    for id in [2, 3] {
        assert_eq!(store.commit(approving(id, mine)).await.unwrap(), Committed::Yes);
    }

    assert_eq!(store.commit(approving(4, mine)).await.unwrap(), Committed::UsedUp);
    assert_eq!(store.request_by_key(&"r-4".parse().unwrap()).await.unwrap(), None);
    assert_eq!(store.used_of(&mine).await.unwrap(), 2);
    // A rule that allows more, another person, another day.
    assert_eq!(store.commit(approving(5, share(1, 3))).await.unwrap(), Committed::Yes);
    assert_eq!(store.commit(approving(6, share(2, 1))).await.unwrap(), Committed::Yes);
    let tomorrow = Share::of(GitHubUserId(1), noon() + TimeDelta::days(1), 2);
    assert_eq!(store.commit(approving(7, tomorrow)).await.unwrap(), Committed::Yes);
    assert_eq!(store.commit(approving(8, share(3, 0))).await.unwrap(), Committed::UsedUp);
}

/// Several in one batch, and on PostgreSQL by several writers of two replicas, where there is no row to hold at first.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_as_many_are_approved_as_may_be() {
    let (place, store) = store().await;
    let other = match &place.database {
        Database::Sqlite { .. } => store.clone(),
        Database::Postgres(_) => place.open().await,
    };
    let commits = (2..22).map(|id| {
        let store = if id % 2 == 0 { store.clone() } else { other.clone() };
        tokio::spawn(async move { store.commit(approving(id, share(1, 3))).await.unwrap() })
    });

    let outcomes = futures::future::join_all(commits).await;

    let approved = outcomes.iter().filter(|outcome| *outcome.as_ref().unwrap() == Committed::Yes).count();
    assert_eq!(approved, 3);
    assert_eq!(store.used_of(&share(1, 3)).await.unwrap(), 3);
}
