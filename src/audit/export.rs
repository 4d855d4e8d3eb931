//! Entries and seals as JSON lines: what the store keeps of an entry, and what `audit export` prints.

use std::fmt;
use std::io::BufRead;

use super::line::{EntryLine, LineFormat, SealLine};
use super::{Broken, Entry, Hash, Place, Recorded, Report, Seal, SealingKey, Verifier};

/// The line of an entry that has no place yet; what the store keeps of it.
pub fn encode(entry: &Entry) -> String {
    entry_line(entry, None)
}

/// Reads [`encode`]'s line back, nothing else.
pub fn decode(line: &str) -> Result<Entry, Unreadable> {
    match read(line.as_bytes())? {
        Line::Entry(Recorded { entry, place: None }) => Ok(entry),
        Line::Entry(Recorded { place: Some(_), .. }) => Err(Unreadable::new("the entry already has a place")),
        Line::Seal(_) => Err(Unreadable::new("a seal stands where an entry belongs")),
    }
}

/// An exported entry's line, without the line end. In a file it stands behind the seal that covers it.
pub fn entry_line(entry: &Entry, place: Option<Place>) -> String {
    write(&LineFormat::Entry(EntryLine::new(entry, place)))
}

/// An exported seal's line, without the line end. In a file it stands before the entries it covers.
pub fn seal_line(seal: &Seal) -> String {
    write(&LineFormat::Seal(SealLine::new(seal)))
}

/// Reads [`seal_line`]'s line back, nothing else.
pub fn decode_seal(line: &str) -> Result<Seal, Unreadable> {
    match read(line.as_bytes())? {
        Line::Seal(seal) => Ok(seal),
        Line::Entry(_) => Err(Unreadable::new("an entry stands where a seal belongs")),
    }
}

/// Verifies an exported file by itself: a whole log, or whole batches in sequence out of one.
pub fn verify_export(
    key: Option<&SealingKey>,
    file: impl BufRead,
    head: Option<Hash>,
) -> Result<Report, ExportError> {
    let mut verifier = Verifier::part(key, head);
    for (number, line) in (1..).zip(file.split(b'\n')) {
        let line = line.map_err(|cause| ExportError::NotRead { line: number, cause })?;
        match read(&line).map_err(|cause| ExportError::Unreadable { line: number, cause })? {
            Line::Entry(recorded) => verifier.entry(&recorded)?,
            Line::Seal(seal) => verifier.seal(seal)?,
        }
    }
    Ok(verifier.finish()?)
}

/// Why an exported file does not verify.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("line {line} can't be read: {cause}")]
    NotRead { line: u64, cause: std::io::Error },
    #[error("line {line}: {cause}")]
    Unreadable { line: u64, cause: Unreadable },
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Why a line is not one of format version 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a line of the audit log: {0}")]
pub struct Unreadable(String);

impl Unreadable {
    pub(super) fn new(cause: impl fmt::Display) -> Self {
        Self(cause.to_string())
    }

    /// Without the position, which counts lines within the line.
    fn json(cause: serde_json::Error) -> Self {
        let cause = cause.to_string();
        Self::new(cause.rsplit_once(" at line ").map_or(cause.as_str(), |(words, _)| words))
    }
}

/// What a line turned out to be.
#[derive(Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "lives for one line")]
pub(super) enum Line {
    Entry(Recorded),
    Seal(Seal),
}

pub(super) fn read(line: &[u8]) -> Result<Line, Unreadable> {
    match serde_json::from_slice(line).map_err(Unreadable::json)? {
        LineFormat::Entry(line) => line.read().map(Line::Entry),
        LineFormat::Seal(line) => line.read().map(Line::Seal),
    }
}

fn write(line: &LineFormat) -> String {
    serde_json::to_string(line).expect("texts, numbers and lists always have a spelling in JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::golden::LOG;
    use crate::audit::samples::{approval, key, log};
    use crate::chance::Chance;

    #[test]
    fn nothing_missing_is_made_up() {
        let line = encode(&approval(&Chance::seeded(1)));
        let whole: serde_json::Value = serde_json::from_str(&line).unwrap();
        let mut removed = 0;

        for path in ["", "/actor", "/actor/login", "/subject", "/fields/0", "/fields/1/value"] {
            let keys: Vec<_> = whole.pointer(path).unwrap().as_object().unwrap().keys().cloned().collect();
            for key in keys {
                let mut less = whole.clone();
                less.pointer_mut(path).unwrap().as_object_mut().unwrap().remove(&key);

                assert!(decode(&less.to_string()).is_err(), "{path}/{key}");
                removed += 1;
            }
        }

        assert_eq!(removed, 28);
    }

    #[test]
    fn nothing_unknown_is_passed_over() {
        let line = encode(&approval(&Chance::seeded(1)));
        let service = encode(&Entry { actor: crate::audit::Actor::Service, ..approval(&Chance::seeded(1)) });
        let whole: serde_json::Value = serde_json::from_str(&line).unwrap();
        let whole_service: serde_json::Value = serde_json::from_str(&service).unwrap();

        let places = ["", "/actor", "/actor/login", "/subject", "/fields/0", "/fields/1/value"];
        for (whole, path) in places.map(|path| (&whole, path)).into_iter().chain([(&whole_service, "/actor")])
        {
            let mut more = whole.clone();
            more.pointer_mut(path).unwrap().as_object_mut().unwrap().insert("more".into(), 1.into());

            assert!(decode(&more.to_string()).is_err(), "{path}");
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        let line = encode(&approval(&Chance::seeded(1)));
        let time = line.split('"').find(|text| text.starts_with("20")).unwrap();
        let offset = time.replace('Z', "+00:00");
        let short = time.replace(".000", "");
        let leap = format!("{}:60.000Z", &time[..16]);

        for (from, to) in [
            ("\"v\":1", "\"v\":2"),
            ("\"n\":null", "\"n\":1"),
            ("vote.accepted", "Vote accepted"),
            ("\"kind\":\"person\"", "\"kind\":\"robot\""),
            ("\"request\":25381", "\"request\":-1"),
            ("\"request\":25381", "\"request\":\"25381\""),
            (time, &offset),
            (time, &short),
            (time, &leap),
        ] {
            let other = line.replacen(from, to, 1);

            assert_ne!(other, line, "{from}");
            assert!(decode(&other).is_err(), "{to}");
        }
    }

    #[test]
    fn a_sealed_entry_or_a_seal_is_no_entry_of_the_store() {
        let (recorded, seals) = log(&[1]);

        assert!(decode(&entry_line(&recorded[0].entry, recorded[0].place)).is_err());
        assert!(decode(&seal_line(&seals[0])).is_err());
    }

    #[test]
    fn a_file_is_broken_at_a_line_or_at_an_entry() {
        let verified =
            |file: &str| verify_export(Some(&key()), file.as_bytes(), None).map_err(|e| e.to_string());
        let without = |number: usize| {
            let kept = LOG.lines().enumerate().filter(|(i, _)| i + 1 != number);
            kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
        };

        assert!(verified(LOG).is_ok());
        insta::assert_snapshot!(verified(&without(3)).unwrap_err(), @"entry 3 stands where entry 2 belongs");
        insta::assert_snapshot!(verified(&without(6)).unwrap_err(), @"entry 5 has a number but no seal covers it");
        insta::assert_snapshot!(verified(&LOG.replace("octocat", "monalisa")).unwrap_err(), @"the login in entry 2 is not what was recorded");
        insta::assert_snapshot!(verified(&format!("{LOG}\n")).unwrap_err(), @"line 10: not a line of the audit log: EOF while parsing a value");
        insta::assert_snapshot!(verified("[1]").unwrap_err(), @"line 1: not a line of the audit log: invalid type: integer `1`, expected variant identifier");
    }
}
