//! What somebody was approved before is found, whatever else they asked for since.

use super::*;
use crate::ids::{Login, RequestId};
use crate::request::{By, Evidence, Facts, Outcome, Past, Settlement, State};

/// More than are read.
const MANY: u64 = 60;

/// octocat's request with this number, settled before `pending` came.
fn settled(id: u64, outcome: Outcome) -> TokenRequest {
    let at = noon() - TimeDelta::days(30) + TimeDelta::minutes(id.cast_signed());
    let settlement = Settlement::new(outcome, By::Unknown, Evidence::Told, at);
    TokenRequest {
        id: RequestId(id),
        key: format!("r-{id}").parse().unwrap(),
        received_at: at,
        state: State::Settled(settlement),
        ..new()
    }
}

async fn keep(store: &Store, request: TokenRequest) {
    assert_eq!(store.commit(storing(request)).await.unwrap(), Committed::Yes);
}

#[tokio::test]
async fn an_approval_is_found_behind_whatever_did_not_end_as_one() {
    let (_place, store) = store().await;
    // The words of an end that does not count, typed by its requester.
    let name = Some(r#"{"settled":{"outcome":"cancelled", ,"is_unasked":true,"#.to_owned());
    let approved = settled(1, Outcome::Approved);
    let approved = TokenRequest { facts: Facts { token_name: name, ..approved.facts.clone() }, ..approved };
    keep(&store, approved.clone()).await;
    let others = [Outcome::Cancelled, Outcome::Denied, Outcome::Superseded, Outcome::Gone];
    for (id, outcome) in (2..).zip(others.into_iter().cycle().take(MANY as usize)) {
        keep(&store, settled(id, outcome)).await;
    }
    for id in 100..100 + MANY {
        keep(&store, TokenRequest { is_unasked: true, ..settled(id, Outcome::Approved) }).await;
    }

    let earlier = store.earlier_requests(&pending()).await.unwrap();

    assert_eq!(earlier, [TokenRequest { version: 1, ..approved }]);
    assert!(matches!(Past::of(&pending(), &earlier), Past::Renewal(_)));
}

#[tokio::test]
async fn somebody_elses_approval_is_not_theirs() {
    let (_place, store) = store().await;
    let mut other = settled(1, Outcome::Approved);
    other.facts.requester.id = crate::ids::GitHubUserId(2);
    other.facts.requester.login = Login::new("hubot");
    keep(&store, other).await;

    assert!(store.earlier_requests(&pending()).await.unwrap().is_empty());
}
