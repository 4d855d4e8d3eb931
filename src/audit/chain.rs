//! Numbering, chaining and sealing entries, a batch at a time.

use chrono::{DateTime, SubsecRound, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::digest::link;
use super::{Entry, Hash, SealingKey};

/// An entry's place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Counts from 1 without gaps.
    pub n: u64,
    /// Fixes this entry and all before it.
    pub hash: Hash,
}

/// An entry as it is kept: with its place once it is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub entry: Entry,
    pub place: Option<Place>,
}

/// Testifies that entries `first` to `last` follow what `previous` stands for and end in `head`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Counts from 1 without gaps.
    pub batch: u64,
    pub first: u64,
    pub last: u64,
    pub previous: Hash,
    pub head: Hash,
    /// To the millisecond.
    pub sealed_at: DateTime<Utc>,
    /// Over all of the above; only who has the key can make it.
    pub mac: [u8; 32],
}

/// A new seal, and where each entry of its batch has come to stand, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub seal: Seal,
    pub places: Vec<Place>,
}

/// Seals `entries` as the batch after `previous`; nothing if there are none.
pub fn seal(
    key: &SealingKey,
    previous: Option<&Seal>,
    entries: &[Entry],
    now: DateTime<Utc>,
) -> Option<Sealed> {
    // A count at its end sticks there rather than wrap; verifying then finds it.
    let batch = previous.map_or(1, |seal| seal.batch.saturating_add(1));
    let first = previous.map_or(1, |seal| seal.last.saturating_add(1));
    let previous = previous.map_or(Hash::GENESIS, |seal| seal.head);

    let mut head = previous;
    let mut places = Vec::with_capacity(entries.len());
    for (n, entry) in (first..=u64::MAX).zip(entries) {
        head = link(&head, n, entry);
        places.push(Place { n, hash: head });
    }

    let last = places.last()?.n;
    let mut seal = Seal { batch, first, last, previous, head, sealed_at: now.trunc_subsecs(3), mac: [0; 32] };
    seal.mac = covering(key, &seal).finalize().into_bytes().into();
    Some(Sealed { seal, places })
}

impl Seal {
    /// Whether the seal was made with `key`. Takes the same time for every wrong one.
    pub fn is_made_with(&self, key: &SealingKey) -> bool {
        covering(key, self).verify_slice(&self.mac).is_ok()
    }
}

/// The MAC over everything in the seal but the MAC; laid out in `docs/audit-log.md`.
fn covering(key: &SealingKey, seal: &Seal) -> Hmac<Sha256> {
    let mut mac = key.mac();
    for number in [seal.batch, seal.first, seal.last] {
        mac.update(&number.to_be_bytes());
    }
    mac.update(&seal.previous.0);
    mac.update(&seal.head.0);
    mac.update(&seal.sealed_at.timestamp_millis().to_be_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::samples::{entries, key};
    use crate::request::samples::noon;

    #[test]
    fn batches_continue_each_other() {
        let entries = entries(5);

        let one = seal(&key(), None, &entries[..3], noon()).unwrap();
        let two = seal(&key(), Some(&one.seal), &entries[3..], noon()).unwrap();

        assert_eq!((one.seal.batch, one.seal.first, one.seal.last), (1, 1, 3));
        assert_eq!((two.seal.batch, two.seal.first, two.seal.last), (2, 4, 5));
        assert_eq!(two.seal.previous, one.seal.head);
        assert_eq!(two.places.last().unwrap().hash, two.seal.head);
    }

    #[test]
    fn how_entries_are_batched_does_not_change_their_hashes() {
        let entries = entries(4);

        let whole = seal(&key(), None, &entries, noon()).unwrap();
        let part = seal(&key(), None, &entries[..2], noon()).unwrap();
        let rest = seal(&key(), Some(&part.seal), &entries[2..], noon()).unwrap();

        assert_eq!(whole.seal.head, rest.seal.head);
    }

    #[test]
    fn nothing_gives_no_seal() {
        assert_eq!(seal(&key(), None, &[], noon()), None);
    }

    #[test]
    fn a_seal_names_its_key() {
        let sealed = seal(&key(), None, &entries(1), noon()).unwrap();

        assert!(sealed.seal.is_made_with(&key()));
        assert!(!sealed.seal.is_made_with(&SealingKey::derived_from(b"another")));
    }
}
