//! Teams that are pinned once, and members who are news once; by one program or several.

use std::collections::BTreeSet;

use super::*;
use crate::ids::{GitHubTeamId, Login, OrganizationId, TeamSlug};
use crate::store::{Seen, TeamPin};

fn pin(team: u64) -> TeamPin {
    TeamPin {
        name: Login::new("acme"),
        slug: TeamSlug::new("security"),
        organization: OrganizationId(9),
        team: GitHubTeamId(team),
        pinned_at: noon(),
    }
}

fn pinning(pin: TeamPin, instead_of: Option<TeamPin>) -> Change {
    Change { team: Some((pin, instead_of)), ..Change::default() }
}

fn seen(is_baseline: bool, members: &[&str]) -> Change {
    let members = members.iter().map(|member| (*member).to_owned()).collect();
    let seen = Seen { source: "slack-group:S0SECURITY".to_owned(), is_baseline, members, at: noon() };
    Change { seen: Some(seen), ..Change::default() }
}

async fn known(store: &Store) -> Option<BTreeSet<String>> {
    store.seen_in("slack-group:S0SECURITY").await.unwrap()
}

#[tokio::test]
async fn a_team_is_pinned_anew_only_in_place_of_what_was_read() {
    let (_place, store) = store().await;
    let read = async || store.team_pin(&pin(1).name, &pin(1).slug).await.unwrap();
    assert_eq!(read().await, None);
    assert_eq!(store.commit(pinning(pin(1), None)).await.unwrap(), Committed::Yes);

    assert_eq!(store.commit(pinning(pin(3), None)).await.unwrap(), Committed::LostRace);
    assert_eq!(store.commit(pinning(pin(3), Some(pin(2)))).await.unwrap(), Committed::LostRace);
    assert_eq!(read().await, Some(pin(1)));

    assert_eq!(store.commit(pinning(pin(3), Some(pin(1)))).await.unwrap(), Committed::Yes);
    assert_eq!(read().await, Some(pin(3)));
}

#[tokio::test]
async fn of_two_that_see_somebody_first_one_does() {
    let (place, store) = store().await;
    let other = if postgres::is_chosen() { place.open().await } else { store.clone() };
    let only_one = |one: Committed, two: Committed| {
        assert!(matches!(
            (one, two),
            (Committed::Yes, Committed::LostRace) | (Committed::LostRace, Committed::Yes)
        ));
    };

    let (one, two) = tokio::join!(store.commit(seen(true, &["U0A"])), other.commit(seen(true, &["U0A"])));
    only_one(one.unwrap(), two.unwrap());
    let both = ["U0B", "U0C"];
    let (one, two) = tokio::join!(store.commit(seen(false, &both)), other.commit(seen(false, &["U0C"])));
    only_one(one.unwrap(), two.unwrap());
}

#[tokio::test]
async fn a_source_that_was_never_read_knows_nobody_and_an_empty_one_is_known() {
    let (_place, store) = store().await;
    assert_eq!(known(&store).await, None);
    assert_eq!(store.commit(seen(false, &["U0A"])).await.unwrap(), Committed::LostRace);

    assert_eq!(store.commit(seen(true, &[])).await.unwrap(), Committed::Yes);
    assert_eq!(known(&store).await, Some(BTreeSet::new()));

    assert_eq!(store.commit(seen(false, &["U0A"])).await.unwrap(), Committed::Yes);
    assert_eq!(store.commit(seen(false, &["U0A", "U0B"])).await.unwrap(), Committed::LostRace);
    assert_eq!(known(&store).await, Some(BTreeSet::from(["U0A".to_owned()])));
}
