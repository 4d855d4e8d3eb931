//! A log that has to verify for as long as there is a format version 1.
//!
//! `golden.v1.jsonl` was not written by this program but by a second implementation of `docs/audit-log.md`.

use super::export::{Line, read};
use super::samples::key;
use super::{Hash, Recorded, Report, Seal, entry_line, seal, seal_line, verify_export};

pub(super) const LOG: &str = include_str!("golden.v1.jsonl");

const HEAD: &str = "ede8af3e6405f528d23f3c3fced6ec19126cb6e576280ccc5db2f4597073d3c2";

fn lines() -> Vec<Line> {
    LOG.lines().map(|line| read(line.as_bytes()).unwrap()).collect()
}

#[test]
fn the_published_log_verifies() {
    let head: Hash = HEAD.parse().unwrap();

    let report = verify_export(Some(&key()), LOG.as_bytes(), Some(head)).unwrap();

    assert_eq!(
        report,
        Report { first: Some(1), sealed: 6, unsealed: 1, batches: 2, head: Some(head), forgotten: 4 }
    );
}

#[test]
fn writing_the_published_log_gives_the_same_bytes() {
    let written: String = lines()
        .iter()
        .map(|line| match line {
            Line::Entry(recorded) => entry_line(&recorded.entry, recorded.place) + "\n",
            Line::Seal(seal) => seal_line(seal) + "\n",
        })
        .collect();

    assert_eq!(written, LOG);
}

#[test]
fn sealing_the_published_entries_gives_the_same_seals() {
    let (mut entries, mut seals): (Vec<Recorded>, Vec<Seal>) = (vec![], vec![]);
    for line in lines() {
        match line {
            Line::Entry(recorded) => entries.push(recorded),
            Line::Seal(seal) => seals.push(seal),
        }
    }
    let mut previous = None;

    for published in &seals {
        let batch: Vec<_> = entries.drain(..=(published.last - published.first) as usize).collect();
        let unsealed: Vec<_> = batch.iter().map(|recorded| recorded.entry.clone()).collect();

        let sealed = seal(&key(), previous, &unsealed, published.sealed_at).unwrap();

        assert_eq!(sealed.seal, *published);
        let published_places: Vec<_> = batch.iter().filter_map(|recorded| recorded.place).collect();
        assert_eq!(sealed.places, published_places);
        previous = Some(published);
    }
}
