//! What holds for any log and any interference, tried on random ones.

use chrono::DateTime;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

use super::export::read;
use super::golden::LOG;
use super::samples::key;
use super::*;
use crate::chance::Chance;
use crate::ids::{GrantId, OrganizationId, RequestId, TokenId};
use crate::request::samples::noon;

fn personal() -> impl Strategy<Value = Personal> {
    (any::<String>(), any::<u64>()).prop_map(|(value, seed)| Personal::new(value, &Chance::seeded(seed)))
}

fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        (personal(), personal(), personal()).prop_map(|(slack, github, login)| Actor::Person {
            slack,
            github,
            login
        }),
        personal().prop_map(|slack| Actor::SlackUser { slack }),
        (personal(), personal()).prop_map(|(github, login)| Actor::GitHubUser { github, login }),
        any::<String>().prop_map(|name| Actor::Rule { name }),
        Just(Actor::Operator),
        Just(Actor::Service),
    ]
}

fn subject() -> impl Strategy<Value = Subject> {
    let number = || option::of(any::<u64>());
    (number(), number(), number(), number(), option::of(any::<String>())).prop_map(
        |(organization, request, grant, token, key)| Subject {
            organization: organization.map(OrganizationId),
            request: request.map(RequestId),
            grant: grant.map(GrantId),
            token: token.map(TokenId),
            key,
        },
    )
}

fn field() -> impl Strategy<Value = Field> {
    let value =
        prop_oneof![any::<String>().prop_map(FieldValue::Plain), personal().prop_map(FieldValue::Personal),];
    (any::<String>(), value).prop_map(|(name, value)| Field { name, value })
}

fn entry() -> impl Strategy<Value = Entry> {
    // RFC 3339 has four digits for the year.
    let at = (-62_135_596_800_000..253_402_300_800_000_i64)
        .prop_map(|millis| DateTime::from_timestamp_millis(millis).expect("in chrono's range"));
    let action = proptest::sample::select(Action::ALL);
    let lists = (vec(any::<String>(), 0..3), vec(field(), 0..4));
    (at, action, actor(), subject(), any::<String>(), lists).prop_map(
        |(at, action, actor, subject, result, (policies, fields))| Entry {
            at,
            action,
            actor,
            subject,
            result,
            policies,
            fields,
        },
    )
}

/// Batches of entries, none of them empty.
fn batches() -> impl Strategy<Value = Vec<Vec<Entry>>> {
    vec(vec(entry(), 1..4), 1..4)
}

fn sealed(batches: Vec<Vec<Entry>>) -> (Vec<Recorded>, Vec<Seal>) {
    let (mut recorded, mut seals) = (vec![], Vec::<Seal>::new());
    for batch in batches {
        let Sealed { seal, places } = seal(&key(), seals.last(), &batch, noon()).expect("none is empty");
        let places = places.into_iter().map(Some);
        recorded.extend(batch.into_iter().zip(places).map(|(entry, place)| Recorded { entry, place }));
        seals.push(seal);
    }
    (recorded, seals)
}

fn exported(recorded: &[Recorded], seals: &[Seal]) -> String {
    let mut rest = recorded.iter();
    let mut lines = vec![];
    for seal in seals {
        lines.push(seal_line(seal));
        let covered = rest.by_ref().take((seal.last - seal.first + 1) as usize);
        lines.extend(covered.map(|recorded| entry_line(&recorded.entry, recorded.place)));
    }
    lines.join("\n")
}

/// Something done to a sealed log.
#[derive(Debug, Clone)]
enum Interference {
    Replace(Index, Box<Entry>),
    Remove(Index),
    Repeat(Index),
    Swap(Index, Index),
    RemoveSeal(Index),
    SwapSeals(Index, Index),
}

fn interference() -> impl Strategy<Value = Interference> {
    use Interference::*;
    let index = any::<Index>;
    prop_oneof![
        (index(), entry()).prop_map(|(i, entry)| Replace(i, Box::new(entry))),
        index().prop_map(Remove),
        index().prop_map(Repeat),
        (index(), index()).prop_map(|(i, j)| Swap(i, j)),
        index().prop_map(RemoveSeal),
        (index(), index()).prop_map(|(i, j)| SwapSeals(i, j)),
    ]
}

fn interfere(what: Interference, recorded: &mut Vec<Recorded>, seals: &mut Vec<Seal>) {
    let (entries, batches) = (recorded.len(), seals.len());
    match what {
        Interference::Replace(i, entry) => recorded[i.index(entries)].entry = *entry,
        Interference::Remove(i) => drop(recorded.remove(i.index(entries))),
        Interference::Repeat(i) => recorded.insert(i.index(entries), recorded[i.index(entries)].clone()),
        Interference::Swap(i, j) => recorded.swap(i.index(entries), j.index(entries)),
        Interference::RemoveSeal(i) => drop(seals.remove(i.index(batches))),
        Interference::SwapSeals(i, j) => seals.swap(i.index(batches), j.index(batches)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_entry_reads_back_as_it_was_written(entry in entry()) {
        let line = encode(&entry);

        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(decode(&line), Ok(entry));
    }

    #[test]
    fn any_log_verifies_as_it_is_and_as_a_file(batches in batches()) {
        let (recorded, seals) = sealed(batches);
        let head = seals.last().map(|seal| seal.head);
        let file = exported(&recorded, &seals);

        let report = verify(Some(&key()), recorded, seals, head).unwrap();

        prop_assert_eq!(report.head, head);
        prop_assert_eq!(verify_export(Some(&key()), file.as_bytes(), head).unwrap(), report);
    }

    #[test]
    fn forgetting_anything_breaks_nothing(batches in batches(), which in any::<Index>()) {
        let (mut recorded, seals) = sealed(batches);
        let values: Vec<_> = recorded.iter().flat_map(|recorded| recorded.entry.personal())
            .filter_map(|(_, personal)| personal.value()).map(str::to_owned).collect();
        prop_assume!(!values.is_empty());

        let value = which.get(&values);
        let forgotten: usize = recorded.iter_mut().map(|recorded| recorded.entry.forget(value)).sum();

        let report = verify(Some(&key()), recorded, seals, None).unwrap();
        prop_assert!(forgotten > 0);
        prop_assert_eq!(report.forgotten, forgotten as u64);
    }

    #[test]
    fn any_interference_is_found(batches in batches(), what in interference()) {
        let (recorded, seals) = sealed(batches);
        let (mut other, mut other_seals) = (recorded.clone(), seals.clone());
        interfere(what, &mut other, &mut other_seals);
        prop_assume!(other != recorded || other_seals != seals);

        prop_assert!(verify(Some(&key()), other, other_seals, None).is_err());
    }

    #[test]
    fn a_flipped_bit_in_a_sealed_file_is_found_or_means_the_same(place in any::<Index>(), bit in 0..8) {
        let sealed: Vec<_> = LOG.lines().take(8).collect();
        let file = sealed.join("\n");
        let mut flipped = file.clone().into_bytes();
        flipped[place.index(file.len())] ^= 1_u8 << bit;

        if verify_export(Some(&key()), &flipped[..], None).is_ok() {
            let meaning = |file: &[u8]| file.split(|b| *b == b'\n').map(read).collect::<Vec<_>>();
            prop_assert_eq!(meaning(&flipped), meaning(file.as_bytes()));
        }
    }

    #[test]
    fn no_file_makes_verifying_panic(noise in any::<Vec<u8>>(), kept in any::<Index>()) {
        let mut file = LOG.as_bytes()[..kept.index(LOG.len())].to_vec();
        file.extend(&noise);

        let _ = verify_export(Some(&key()), &file[..], None);
        let _ = verify_export(None, &noise[..], Some(Hash::GENESIS));
    }

    #[test]
    fn no_numbers_make_verifying_panic(
        numbers in vec((extreme(), extreme(), extreme(), option::of(extreme())), 0..4),
    ) {
        let mut whole = Verifier::whole(None, None);
        let mut part = Verifier::part(None, None);
        for (batch, first, last, n) in numbers {
            let seal = Seal {
                batch, first, last, previous: Hash::GENESIS, head: Hash::GENESIS, sealed_at: noon(), mac: [0; 32],
            };
            let place = n.map(|n| Place { n, hash: Hash::GENESIS });
            let recorded = Recorded { entry: samples::approval(&Chance::seeded(1)), place };
            for verifier in [&mut whole, &mut part] {
                let _ = verifier.seal(seal.clone());
                let _ = verifier.entry(&recorded);
            }
        }
    }
}

fn extreme() -> impl Strategy<Value = u64> {
    prop_oneof![0..3_u64, (u64::MAX - 2)..=u64::MAX]
}
