//! That people are reminded of what waits, and not too often.

use super::*;
use crate::request::{Key, REST};
use crate::store::Nudge;

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

/// A reminder so long after noon, with something else that happens only together with it.
fn reminding(about: &[&str], later: TimeDelta, word: &str) -> Change {
    let at = noon() + later;
    let nudges = about.iter().map(|about| Nudge { about: key(about), at }).collect();
    let jobs =
        vec![NewJob { kind: "tell_nudge", subject: word.to_owned(), payload: String::new(), run_at: noon() }];
    Change { nudges, jobs, ..Change::default() }
}

#[tokio::test]
async fn people_are_reminded_once_in_four_hours_and_of_what_shares_a_card_together() {
    let (_place, store) = store().await;
    let just_before = REST - TimeDelta::milliseconds(1);
    for (about, later, word, outcome) in [
        (&["r-1", "c-1"][..], TimeDelta::zero(), "one", Committed::Yes),
        (&["r-1"], just_before, "two", Committed::LostRace),
        (&["r-2", "c-1"], just_before, "three", Committed::LostRace),
        (&["r-3"], just_before, "four", Committed::Yes),
        (&["r-2", "c-1"], REST, "five", Committed::Yes),
    ] {
        assert_eq!(store.commit(reminding(about, later, word)).await.unwrap(), outcome, "{word}");
        let is_asked_for = store.is_asked_for("tell_nudge", word).await.unwrap();
        assert_eq!(is_asked_for, outcome == Committed::Yes, "{word}");
    }

    let about = ["r-1", "r-2", "c-1", "r-9"].map(key);
    let nudged = store.nudged(&about).await.unwrap();
    assert_eq!(nudged.get(&about[0]), Some(&noon()));
    assert_eq!(
        (nudged.get(&about[1]), nudged.get(&about[2])),
        (Some(&(noon() + REST)), Some(&(noon() + REST)))
    );
    assert_eq!(nudged.get(&about[3]), None);
}

/// What reached nobody does not count; what was asked for since does.
#[tokio::test]
async fn what_was_in_vain_may_be_done_again() {
    let (_place, store) = store().await;
    let vain = |about: &[&str], later: TimeDelta| Change {
        vain_nudges: about.iter().map(|about| Nudge { about: key(about), at: noon() + later }).collect(),
        ..Change::default()
    };
    assert_eq!(
        store.commit(reminding(&["r-1", "c-1"], TimeDelta::zero(), "one")).await.unwrap(),
        Committed::Yes
    );

    assert_eq!(store.commit(vain(&["r-1", "c-1"], TimeDelta::seconds(1))).await.unwrap(), Committed::Yes);
    let about = ["r-1", "c-1"].map(key);
    assert_eq!(store.nudged(&about).await.unwrap().len(), 2, "another time is another wish's");
    assert_eq!(store.commit(vain(&["r-1", "c-1"], TimeDelta::zero())).await.unwrap(), Committed::Yes);

    assert!(store.nudged(&about).await.unwrap().is_empty());
    let again = reminding(&["r-1", "c-1"], TimeDelta::minutes(1), "two");
    assert_eq!(store.commit(again).await.unwrap(), Committed::Yes);
}

/// Several in one batch, and on PostgreSQL by several writers of two replicas, where there is no row to hold at first.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_one_reminds() {
    let (place, store) = store().await;
    let other = match &place.database {
        Database::Sqlite { .. } => store.clone(),
        Database::Postgres(_) => place.open().await,
    };
    for later in [TimeDelta::zero(), REST * 2] {
        let commits = (0..20).map(|number| {
            let store = if number % 2 == 0 { store.clone() } else { other.clone() };
            let change = reminding(&["r-1"], later + TimeDelta::milliseconds(number), &number.to_string());
            tokio::spawn(async move { store.commit(change).await.unwrap() })
        });

        let outcomes = futures::future::join_all(commits).await;

        let reminded = outcomes.iter().filter(|outcome| *outcome.as_ref().unwrap() == Committed::Yes).count();
        assert_eq!(reminded, 1, "after {later}");
        // The next round must find that the last one, whichever it was, has rested.
        let at = store.nudged(&[key("r-1")]).await.unwrap()[&key("r-1")];
        assert!(at < noon() + later + TimeDelta::milliseconds(20));
    }
}
