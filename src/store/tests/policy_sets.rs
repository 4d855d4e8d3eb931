//! The sets of policies that judgements are worked out again by.

use super::*;
use crate::policy::{Engine, PolicyFile, PolicyTexts};

const NOT_NOW: &str = r#"@id("not-now")
forbid (principal, action == Action::"approve", resource is TokenRequest);"#;

fn engine(text: &str) -> Engine {
    let file = PolicyFile { name: "rules.cedar".to_owned(), text: text.to_owned() };
    Engine::recorded(PolicyTexts::new(vec![file], vec!["guest".to_owned()])).unwrap()
}

fn seen(engine: &Engine) -> Change {
    Change { policy_set: Some(PolicySet::of(engine, noon())), ..Change::default() }
}

#[tokio::test]
async fn a_set_is_kept_as_it_was_and_seen_by_many() {
    let (place, store) = store().await;
    let (strict, other) = (engine(NOT_NOW), engine(""));
    for change in [seen(&strict), seen(&other), seen(&strict)] {
        assert_eq!(store.commit(change).await.unwrap(), Committed::Yes);
    }

    assert_eq!(store.policy_set(strict.hash()).await.unwrap().as_ref(), Some(strict.texts()));
    assert_eq!(store.policy_set("0123").await.unwrap(), None);
    let reader = Reader::open(&place.database).await.unwrap();
    assert_eq!(reader.policy_sets_beginning(&strict.hash()[..12]).await.unwrap(), [strict.texts().clone()]);
    assert_eq!(reader.policy_sets_beginning("").await.unwrap().len(), 2, "too little to go by");
}

/// Somebody with access to the database could have a decision look as if other policies had allowed it.
#[tokio::test]
async fn a_set_that_is_not_what_its_hash_says_is_none() {
    let (place, store) = store().await;
    let strict = engine(NOT_NOW);
    assert_eq!(store.commit(seen(&strict)).await.unwrap(), Committed::Yes);

    place.sql("UPDATE policy_set SET body = replace(body, 'forbid', 'permit')").await;

    let refused = store.policy_set(strict.hash()).await.unwrap_err().to_string();
    assert!(refused.contains("another hash"), "{refused}");
    let reader = Reader::open(&place.database).await.unwrap();
    assert!(reader.policy_sets_beginning(strict.hash()).await.is_err());
    place.sql("UPDATE policy_set SET body = '{}'").await;
    assert!(store.policy_set(strict.hash()).await.unwrap_err().to_string().contains("can't be read"));
}
