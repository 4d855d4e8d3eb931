//! Finds what was changed, removed, moved, added or cut off, holding one entry at a time.

use super::digest::link;
use super::{Hash, Place, Recorded, Seal, SealingKey};

/// Walks the log in its order: each seal, then the entries it covers, then the next; unsealed entries last.
#[derive(Debug)]
pub struct Verifier<'a> {
    key: Option<&'a SealingKey>,
    /// A head known from elsewhere, such as the service's log, until it is found.
    wanted: Option<Hash>,
    may_start_anywhere: bool,
    /// The seal whose entries are being read.
    open: Option<Seal>,
    /// The last entry read: its number and hash.
    reached: Place,
    batch: u64,
    report: Report,
}

/// What was found in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Number of the first sealed entry; above 1 in a part of a log.
    pub first: Option<u64>,
    pub sealed: u64,
    /// Entries at the end that nothing protects yet.
    pub unsealed: u64,
    pub batches: u64,
    /// Hash of the last sealed entry.
    pub head: Option<Hash>,
    /// Personal values that were removed, as they may be.
    pub forgotten: u64,
}

/// Where the log is not as it was sealed. Entries are counted from 1, as are batches.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("entry {n} is not what was recorded")]
    Changed { n: u64 },
    #[error("the {name} in entry {} is not what was recorded", n.map_or("(unsealed)".to_owned(), |n| n.to_string()))]
    ValueChanged { n: Option<u64>, name: String },
    #[error("entry {found} stands where entry {expected} belongs")]
    Misplaced { expected: u64, found: u64 },
    #[error("entry {n} is missing, though batch {batch} covers it")]
    Missing { n: u64, batch: u64 },
    #[error("entry {n} has a number but no seal covers it")]
    Uncovered { n: u64 },
    #[error("batch {found} stands where batch {expected} belongs")]
    BatchMisplaced { expected: u64, found: u64 },
    #[error("batch {batch} does not continue the one before it")]
    BatchDetached { batch: u64 },
    #[error("the entries of batch {batch} are not those it was made for")]
    HeadDiffers { batch: u64 },
    #[error("the seal of batch {batch} was not made with this key")]
    SealForged { batch: u64 },
    #[error("batch {batch} stands behind unsealed entries")]
    SealBehindUnsealed { batch: u64 },
    #[error("no batch ends in {head}: the log was cut off or is another one")]
    HeadNotFound { head: Hash },
}

/// Verifies a whole log; `entries` in the order of their numbers with the unsealed ones last, `seals` by batch.
///
/// Without `key` the chain is checked, but not who sealed it. Only `head` shows that no whole batch is missing at the end.
pub fn verify(
    key: Option<&SealingKey>,
    entries: impl IntoIterator<Item = Recorded>,
    seals: impl IntoIterator<Item = Seal>,
    head: Option<Hash>,
) -> Result<Report, Broken> {
    let mut verifier = Verifier::whole(key, head);
    let mut entries = entries.into_iter();
    for seal in seals {
        verifier.seal(seal)?;
        while verifier.expects_entries()
            && let Some(recorded) = entries.next()
        {
            verifier.entry(&recorded)?;
        }
    }
    for recorded in entries {
        verifier.entry(&recorded)?;
    }
    verifier.finish()
}

impl<'a> Verifier<'a> {
    /// For a log from its first entry on.
    pub fn whole(key: Option<&'a SealingKey>, head: Option<Hash>) -> Self {
        Self {
            key,
            wanted: head,
            may_start_anywhere: false,
            open: None,
            reached: Place { n: 0, hash: Hash::GENESIS },
            batch: 0,
            report: Report::default(),
        }
    }

    /// For batches in sequence, from any one on; [`Report::first`] tells where they begin.
    pub fn part(key: Option<&'a SealingKey>, head: Option<Hash>) -> Self {
        Self { may_start_anywhere: true, ..Self::whole(key, head) }
    }

    /// Whether the last seal covers entries that have not come yet.
    pub fn expects_entries(&self) -> bool {
        self.open.is_some()
    }

    /// Takes the next seal, before its entries.
    pub fn seal(&mut self, seal: Seal) -> Result<(), Broken> {
        let batch = seal.batch;
        self.nothing_is_missing()?;
        if self.report.unsealed > 0 {
            return Err(Broken::SealBehindUnsealed { batch });
        }
        if self.key.is_some_and(|key| !seal.is_made_with(key)) {
            return Err(Broken::SealForged { batch });
        }
        if self.may_start_anywhere && self.report.batches == 0 {
            self.start_before(&seal)?;
        }
        if !follows(batch, self.batch) {
            return Err(Broken::BatchMisplaced { expected: self.batch.saturating_add(1), found: batch });
        }
        let continues = follows(seal.first, self.reached.n) && seal.previous == self.reached.hash;
        if !continues || seal.last < seal.first {
            return Err(Broken::BatchDetached { batch });
        }
        self.batch = batch;
        self.report.batches += 1;
        self.report.first.get_or_insert(seal.first);
        self.open = Some(seal);
        Ok(())
    }

    /// Takes the next entry.
    pub fn entry(&mut self, recorded: &Recorded) -> Result<(), Broken> {
        match (self.expects_entries(), recorded.place) {
            (true, Some(place)) => self.sealed_entry(recorded, place)?,
            (true, None) => self.nothing_is_missing()?,
            (false, Some(place)) => return Err(Broken::Uncovered { n: place.n }),
            (false, None) => self.report.unsealed += 1,
        }
        self.personal_values(recorded)
    }

    /// Ends the walk.
    pub fn finish(self) -> Result<Report, Broken> {
        self.nothing_is_missing()?;
        match self.wanted {
            Some(head) => Err(Broken::HeadNotFound { head }),
            None => Ok(self.report),
        }
    }

    fn sealed_entry(&mut self, recorded: &Recorded, found: Place) -> Result<(), Broken> {
        if !follows(found.n, self.reached.n) {
            return Err(Broken::Misplaced { expected: self.reached.n.saturating_add(1), found: found.n });
        }
        let hash = link(&self.reached.hash, found.n, &recorded.entry);
        if hash != found.hash {
            return Err(Broken::Changed { n: found.n });
        }
        self.reached = found;
        self.report.sealed += 1;
        match self.open.take_if(|seal| seal.last == found.n) {
            Some(complete) => self.end_batch(&complete),
            None => Ok(()),
        }
    }

    fn end_batch(&mut self, seal: &Seal) -> Result<(), Broken> {
        if seal.head != self.reached.hash {
            return Err(Broken::HeadDiffers { batch: seal.batch });
        }
        self.report.head = Some(seal.head);
        self.wanted.take_if(|head| *head == seal.head);
        Ok(())
    }

    fn personal_values(&mut self, recorded: &Recorded) -> Result<(), Broken> {
        for (name, personal) in recorded.entry.personal() {
            if !personal.fits() {
                let n = recorded.place.map(|place| place.n);
                return Err(Broken::ValueChanged { n, name: name.to_owned() });
            }
            self.report.forgotten += u64::from(personal.opening().is_none());
        }
        Ok(())
    }

    /// Believes the first seal about what came before it; its MAC covers that.
    fn start_before(&mut self, seal: &Seal) -> Result<(), Broken> {
        let (Some(n), Some(batch)) = (seal.first.checked_sub(1), seal.batch.checked_sub(1)) else {
            return Err(Broken::BatchDetached { batch: seal.batch });
        };
        if (n == 0) != (batch == 0) || (n == 0) != (seal.previous == Hash::GENESIS) {
            return Err(Broken::BatchDetached { batch: seal.batch });
        }
        self.reached = Place { n, hash: seal.previous };
        self.batch = batch;
        self.wanted.take_if(|head| n > 0 && *head == seal.previous);
        Ok(())
    }

    fn nothing_is_missing(&self) -> Result<(), Broken> {
        match &self.open {
            Some(seal) => Err(Broken::Missing { n: self.reached.n.saturating_add(1), batch: seal.batch }),
            None => Ok(()),
        }
    }
}

/// Whether `next` counts on from `number`; nothing counts on from the highest.
fn follows(next: u64, number: u64) -> bool {
    next.checked_sub(1) == Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::samples::{entries, key, log};
    use crate::audit::{Actor, Opening, Personal, seal};
    use crate::request::samples::noon;

    fn check(recorded: Vec<Recorded>, seals: Vec<Seal>) -> Result<Report, Broken> {
        verify(Some(&key()), recorded, seals, None)
    }

    #[test]
    fn a_log_as_it_was_sealed_is_in_order() {
        let (recorded, seals) = log(&[3, 2]);
        let head = seals[1].head;

        assert_eq!(
            verify(Some(&key()), recorded, seals, Some(head)),
            Ok(Report { first: Some(1), sealed: 5, batches: 2, head: Some(head), ..Report::default() })
        );
    }

    #[test]
    fn an_empty_log_is_in_order() {
        assert_eq!(check(vec![], vec![]), Ok(Report::default()));
    }

    #[test]
    fn a_changed_entry_is_named() {
        let (mut recorded, seals) = log(&[3, 2]);
        recorded[3].entry.result = "refused: own_request".into();

        assert_eq!(check(recorded, seals), Err(Broken::Changed { n: 4 }));
    }

    #[test]
    fn a_changed_entry_with_a_fitting_hash_is_found_at_its_seal() {
        let (mut recorded, seals) = log(&[3]);
        recorded[2].entry.result = "refused: own_request".into();
        let hash = link(&recorded[1].place.unwrap().hash, 3, &recorded[2].entry);
        recorded[2].place = Some(Place { n: 3, hash });

        assert_eq!(check(recorded, seals), Err(Broken::HeadDiffers { batch: 1 }));
    }

    #[test]
    fn a_log_sealed_with_another_key_is_forged() {
        let forger = SealingKey::derived_from(b"a guess");
        let entries = entries(1);
        let forged = seal(&forger, None, &entries, noon()).unwrap();
        let recorded = Recorded { entry: entries[0].clone(), place: Some(forged.places[0]) };

        assert_eq!(check(vec![recorded], vec![forged.seal]), Err(Broken::SealForged { batch: 1 }));
    }

    #[test]
    fn a_changed_seal_is_forged() {
        let (recorded, mut seals) = log(&[2]);
        seals[0].sealed_at += chrono::TimeDelta::milliseconds(1);

        assert_eq!(check(recorded, seals), Err(Broken::SealForged { batch: 1 }));
    }

    #[test]
    fn a_removed_entry_leaves_a_gap() {
        let (mut recorded, seals) = log(&[3, 2]);
        recorded.remove(1);

        assert_eq!(check(recorded, seals), Err(Broken::Misplaced { expected: 2, found: 3 }));
    }

    #[test]
    fn entries_cut_off_inside_a_batch_are_missing() {
        let (mut recorded, seals) = log(&[3, 2]);
        recorded.pop();

        assert_eq!(check(recorded, seals), Err(Broken::Missing { n: 5, batch: 2 }));
    }

    #[test]
    fn swapped_entries_are_found() {
        let (mut recorded, seals) = log(&[3]);
        recorded.swap(0, 1);

        assert_eq!(check(recorded, seals), Err(Broken::Misplaced { expected: 1, found: 2 }));
    }

    #[test]
    fn swapped_contents_are_found() {
        let (mut recorded, seals) = log(&[3]);
        let (first, second) = (recorded[0].entry.clone(), recorded[1].entry.clone());
        (recorded[0].entry, recorded[1].entry) = (second, first);

        assert_eq!(check(recorded, seals), Err(Broken::Changed { n: 1 }));
    }

    #[test]
    fn a_numbered_entry_needs_a_seal() {
        let (recorded, mut seals) = log(&[3, 2]);
        seals.pop();

        assert_eq!(check(recorded, seals), Err(Broken::Uncovered { n: 4 }));
    }

    #[test]
    fn a_removed_beginning_is_found() {
        let (mut recorded, mut seals) = log(&[3, 2]);
        recorded.drain(..3);
        seals.remove(0);

        assert_eq!(check(recorded, seals), Err(Broken::BatchMisplaced { expected: 1, found: 2 }));
    }

    #[test]
    fn a_batch_of_another_log_does_not_continue_this_one() {
        let (recorded, mut seals) = log(&[3]);
        let another = seal(&key(), None, &entries(4)[1..], noon()).unwrap().seal;
        seals.push(seal(&key(), Some(&another), &entries(1), noon()).unwrap().seal);

        assert_eq!(check(recorded, seals), Err(Broken::BatchDetached { batch: 2 }));
    }

    #[test]
    fn a_seal_has_to_make_sense() {
        let (_, seals) = log(&[3, 2]);
        let (first, second) = (&seals[0], &seals[1]);

        for nonsense in [
            Seal { last: 3, ..second.clone() },
            Seal { previous: Hash::GENESIS, ..second.clone() },
            Seal { batch: 1, ..second.clone() },
            Seal { first: 1, ..second.clone() },
            Seal { previous: second.previous, ..first.clone() },
            Seal { first: 0, ..first.clone() },
            Seal { batch: 0, ..first.clone() },
        ] {
            let batch = nonsense.batch;
            assert_eq!(Verifier::part(None, None).seal(nonsense), Err(Broken::BatchDetached { batch }));
        }
    }

    #[test]
    fn nothing_sealed_stands_behind_what_is_not() {
        let (recorded, seals) = log(&[1]);
        let mut verifier = Verifier::whole(None, None);
        verifier.entry(&Recorded { place: None, ..recorded[0].clone() }).unwrap();

        let [seal] = <[Seal; 1]>::try_from(seals).unwrap();

        assert_eq!(verifier.seal(seal), Err(Broken::SealBehindUnsealed { batch: 1 }));
    }

    #[test]
    fn a_part_begins_where_its_first_seal_says() {
        let (recorded, seals) = log(&[3, 2]);
        let key = key();
        let mut verifier = Verifier::part(Some(&key), Some(seals[0].head));

        verifier.seal(seals[1].clone()).unwrap();
        recorded[3..].iter().for_each(|recorded| verifier.entry(recorded).unwrap());
        let report = verifier.finish().unwrap();

        assert_eq!((report.first, report.sealed), (Some(4), 2));
    }

    #[test]
    fn a_part_has_no_other_head_than_those_of_its_batches_and_the_one_before() {
        let (recorded, seals) = log(&[3, 2]);
        let from = |batch: usize, head| {
            let mut verifier = Verifier::part(None, Some(head));
            for seal in &seals[batch..] {
                verifier.seal(seal.clone()).unwrap();
                let covered = &recorded[seal.first as usize - 1..seal.last as usize];
                covered.iter().for_each(|recorded| verifier.entry(recorded).unwrap());
            }
            verifier.finish()
        };
        let another = recorded[0].place.unwrap().hash;

        assert!(from(1, seals[0].head).is_ok());
        assert_eq!(from(1, another), Err(Broken::HeadNotFound { head: another }));
        assert_eq!(from(0, Hash::GENESIS), Err(Broken::HeadNotFound { head: Hash::GENESIS }));
    }

    #[test]
    fn only_a_known_head_shows_that_the_last_batch_is_gone() {
        let (mut recorded, mut seals) = log(&[3, 2]);
        let known = seals[1].head;
        recorded.truncate(3);
        seals.pop();

        assert!(check(recorded.clone(), seals.clone()).is_ok());
        assert_eq!(
            verify(Some(&key()), recorded, seals, Some(known)),
            Err(Broken::HeadNotFound { head: known })
        );
    }

    #[test]
    fn an_earlier_head_is_found_in_a_log_that_has_grown() {
        let (recorded, seals) = log(&[3, 2]);
        let earlier = seals[0].head;

        assert!(verify(Some(&key()), recorded, seals, Some(earlier)).is_ok());
    }

    #[test]
    fn what_is_not_sealed_yet_is_counted() {
        let (mut recorded, seals) = log(&[1, 1]);
        recorded.extend(entries(3).into_iter().map(|entry| Recorded { entry, place: None }));

        let report = check(recorded, seals).unwrap();

        assert_eq!((report.sealed, report.unsealed), (2, 3));
    }

    #[test]
    fn forgotten_values_are_counted_and_break_nothing() {
        let (mut recorded, seals) = log(&[2]);
        recorded[0].entry.forget("alice");

        assert_eq!(check(recorded, seals).map(|report| report.forgotten), Ok(1));
    }

    #[test]
    fn another_name_in_place_of_a_persons_is_found() {
        let (mut recorded, seals) = log(&[2]);
        let Actor::Person { login, .. } = &mut recorded[1].entry.actor else { panic!("alice approved") };
        let opening = Opening { value: "bob".into(), ..login.opening().unwrap().clone() };
        *login = Personal::from_parts(*login.commitment(), Some(opening));

        assert_eq!(check(recorded, seals), Err(Broken::ValueChanged { n: Some(2), name: "login".into() }));
    }
}
