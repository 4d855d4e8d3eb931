//! Who has opened the app's home, and what is there.

use super::*;
use crate::ids::SlackUserId;
use crate::store::{Home, HomeNews};

fn user(number: i32) -> SlackUserId {
    SlackUserId::new(format!("U{number}"))
}

async fn told(store: &Store, number: i32, news: HomeNews) {
    let change = Change { home: Some((user(number), news)), ..Change::default() };
    assert_eq!(store.commit(change).await.unwrap(), Committed::Yes);
}

fn opened(after: i64, is_empty: bool) -> HomeNews {
    HomeNews::Opened { at: noon() + TimeDelta::minutes(after), is_empty }
}

fn published(hash: &str) -> HomeNews {
    HomeNews::Published { hash: Some(hash.to_owned()), rendering: format!("of {hash}") }
}

#[tokio::test]
async fn what_was_published_is_known_until_nothing_is_there() {
    let (_place, store) = store().await;
    assert_eq!(store.home(&user(1)).await.unwrap(), None);
    // Of who has opened nothing, nothing is kept.
    told(&store, 2, published("1")).await;
    assert_eq!(store.home(&user(2)).await.unwrap(), None);

    told(&store, 1, opened(5, true)).await;
    told(&store, 1, published("1")).await;
    // An older event comes late.
    told(&store, 1, opened(0, false)).await;
    let home = Home {
        opened_at: noon() + TimeDelta::minutes(5),
        hash: Some("1".to_owned()),
        rendering: Some("of 1".to_owned()),
    };
    assert_eq!(store.home(&user(1)).await.unwrap(), Some(home.clone()));

    let unknown = Home { hash: None, rendering: None, ..home };
    told(&store, 1, HomeNews::Overtaken).await;
    assert_eq!(store.home(&user(1)).await.unwrap(), Some(unknown.clone()));
    told(&store, 1, published("2")).await;
    told(&store, 1, opened(5, true)).await;
    assert_eq!(store.home(&user(1)).await.unwrap(), Some(unknown));
}

#[tokio::test]
async fn those_who_opened_theirs_last_come_first_and_no_more_than_are_asked_for() {
    let (_place, store) = store().await;
    for number in 0..30 {
        told(&store, number, opened(i64::from(number), true)).await;
    }

    let since = |minutes| noon() + TimeDelta::minutes(minutes);
    let last = store.homes_opened_since(since(0), 3).await.unwrap();
    assert_eq!(last, [29, 28, 27].map(user));
    assert_eq!(store.homes_opened_since(since(28), 25).await.unwrap(), [29, 28].map(user));
    // Of who has not looked for a quarter of a year nothing is kept.
    told(&store, 99, opened(91 * 24 * 60, true)).await;
    assert_eq!(store.homes_opened_since(since(0), 100).await.unwrap(), [user(99)]);
}

/// Who opens it again meanwhile is not forgotten.
#[tokio::test]
async fn where_nothing_can_be_published_nothing_is_kept() {
    let (_place, store) = store().await;
    let forgotten = |after: i64| HomeNews::Forgotten { opened_at: noon() + TimeDelta::minutes(after) };
    told(&store, 1, opened(5, true)).await;
    told(&store, 2, opened(5, true)).await;

    told(&store, 1, forgotten(4)).await;
    assert!(store.home(&user(1)).await.unwrap().is_some());
    told(&store, 1, forgotten(5)).await;

    assert_eq!(store.home(&user(1)).await.unwrap(), None);
    assert!(store.home(&user(2)).await.unwrap().is_some());
}
