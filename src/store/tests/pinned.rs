//! What is pinned once, and read again and again; by one program or several.

use super::*;
use crate::ids::{GitHubUserId, InstallationId, Login, OrganizationId, SlackAppId, SlackUserId, TeamId};

/// Another program on the same database, or on SQLite the same one.
async fn another(place: &Place, store: &Store) -> Store {
    if postgres::is_chosen() { place.open().await } else { store.clone() }
}

fn link(github: u64) -> Link {
    let login = Login::new("octocat");
    Link { login, github: GitHubUserId(github), slack: SlackUserId::new("U0OCTOCAT"), linked_at: noon() }
}

fn linking(link: Link, instead_of: Option<Link>) -> Change {
    Change { link: Some((link, instead_of)), ..Change::default() }
}

#[tokio::test]
async fn of_two_that_pin_a_login_at_once_one_does() {
    let (place, store) = store().await;
    let other = another(&place, &store).await;

    let (one, two) = tokio::join!(store.commit(linking(link(1), None)), other.commit(linking(link(2), None)));

    let pinned = store.link(&link(1).login).await.unwrap().unwrap();
    let outcomes = [one.unwrap(), two.unwrap()];
    let expected = if pinned == link(1) {
        [Committed::Yes, Committed::LostRace]
    } else {
        [Committed::LostRace, Committed::Yes]
    };
    assert_eq!(outcomes, expected);
}

#[tokio::test]
async fn a_login_is_pinned_anew_only_in_place_of_what_was_read() {
    let (_place, store) = store().await;
    assert_eq!(store.commit(linking(link(1), None)).await.unwrap(), Committed::Yes);

    assert_eq!(store.commit(linking(link(3), None)).await.unwrap(), Committed::LostRace);
    assert_eq!(store.commit(linking(link(3), Some(link(2)))).await.unwrap(), Committed::LostRace);
    assert_eq!(store.link(&link(1).login).await.unwrap(), Some(link(1)));

    assert_eq!(store.commit(linking(link(3), Some(link(1)))).await.unwrap(), Committed::Yes);
    assert_eq!(store.link(&link(1).login).await.unwrap(), Some(link(3)));
}

#[tokio::test]
async fn of_two_at_first_contact_with_slack_one_pins() {
    let (place, store) = store().await;
    let other = another(&place, &store).await;
    let pinning = |team: &str| {
        let pinned = PinnedSlack {
            app: SlackAppId::new("A0COUNTERSIGN"),
            team: Some(TeamId::new(team)),
            enterprise: None,
            is_enterprise_install: false,
            pinned_at: noon(),
        };
        Change { slack_installation: Some(pinned), ..Change::default() }
    };

    let (one, two) = tokio::join!(store.commit(pinning("T1")), other.commit(pinning("T2")));

    let pinned = store.slack_installation().await.unwrap().unwrap().team.unwrap();
    let first = if pinned.as_str() == "T1" { one.unwrap() } else { two.unwrap() };
    assert_eq!(first, Committed::Yes);
    assert_eq!(store.commit(pinning("T3")).await.unwrap(), Committed::LostRace);
    assert_eq!(store.slack_installation().await.unwrap().unwrap().team.unwrap(), pinned);
}

#[tokio::test]
async fn what_was_read_of_an_installation_earlier_is_not_written_over_what_was_read_later() {
    let (_place, store) = store().await;
    let told = |minutes, state| {
        let installation = Installation {
            id: InstallationId(5),
            organization: OrganizationId(1),
            login: Login::new("acme"),
            state,
            updated_at: noon() + TimeDelta::minutes(minutes),
        };
        store.commit(Change { installation: Some(installation), ..Change::default() })
    };
    let (late, early) =
        tokio::join!(told(2, InstallationState::Suspended), told(1, InstallationState::Active));
    assert_eq!((late.unwrap(), early.unwrap()), (Committed::Yes, Committed::Yes));

    assert_eq!(told(1, InstallationState::Active).await.unwrap(), Committed::Yes);
    let known = store.installation(InstallationId(5)).await.unwrap().unwrap();
    assert_eq!(known.state, InstallationState::Suspended);

    assert_eq!(told(3, InstallationState::Active).await.unwrap(), Committed::Yes);
    let known = store.installation(InstallationId(5)).await.unwrap().unwrap();
    assert_eq!(known.state, InstallationState::Active);
}
