//! Entries for unit tests.

use chrono::TimeDelta;

use super::*;
use crate::chance::Chance;
use crate::identity::Person;
use crate::ids::{GitHubUserId, Login, OrganizationId, RequestId, SlackUserId};
use crate::request::samples::noon;

pub(crate) fn key() -> SealingKey {
    SealingKey::derived_from(b"an encryption key")
}

/// Alice approves request 25381 of organization 9, and says why.
pub(crate) fn approval(chance: &Chance) -> Entry {
    let alice =
        Person { slack: SlackUserId::new("U0ALICE"), github: GitHubUserId(101), login: Login::new("alice") };
    Entry {
        at: noon(),
        action: Action::VoteAccepted,
        actor: Actor::person(&alice, chance),
        subject: Subject {
            organization: Some(OrganizationId(9)),
            request: Some(RequestId(25_381)),
            key: Some("r-7f3k2".into()),
            ..Subject::default()
        },
        result: "done".into(),
        policies: vec!["approvers".into()],
        fields: vec![
            Field::plain("verdict", "approve"),
            Field::personal("reason", "Release bot, as agreed", chance),
        ],
    }
}

/// `count` entries, all different.
pub(crate) fn entries(count: i64) -> Vec<Entry> {
    let chance = Chance::seeded(9);
    let entry = |i| Entry { at: noon() + TimeDelta::seconds(i), ..approval(&chance) };
    (0..count).map(entry).collect()
}

/// A log of batches of the given sizes, as the store would keep it.
pub(crate) fn log(sizes: &[i64]) -> (Vec<Recorded>, Vec<Seal>) {
    let mut rest = entries(sizes.iter().sum());
    let (mut recorded, mut seals) = (vec![], Vec::<Seal>::new());
    for size in sizes {
        let batch: Vec<_> = rest.drain(..*size as usize).collect();
        let Some(sealed) = seal(&key(), seals.last(), &batch, noon()) else { continue };
        let places = sealed.places.into_iter().map(Some);
        recorded.extend(batch.into_iter().zip(places).map(|(entry, place)| Recorded { entry, place }));
        seals.push(sealed.seal);
    }
    (recorded, seals)
}
