//! The bytes that are hashed, as `docs/audit-log.md` lays them out. A change in here is a new format version.
//!
//! Independent of how entries are spelled in files: texts and lists carry their length, numbers are eight bytes,
//! the highest first, so that no two entries have the same bytes.

use sha2::{Digest, Sha256};

use super::{Entry, FieldValue, Hash};

/// The digest of one entry: what the chain covers of it, wherever it comes to stand.
pub(super) fn entry_digest(entry: &Entry) -> [u8; 32] {
    let mut layout = Layout::new("countersign audit entry v1");
    layout.bytes(&entry.at.timestamp_millis().to_be_bytes());
    layout.text(entry.action.name());
    actor(&mut layout, entry);
    subject(&mut layout, entry);
    layout.text(&entry.result);
    layout.number(entry.policies.len() as u64);
    entry.policies.iter().for_each(|policy| layout.text(policy));
    fields(&mut layout, entry);
    layout.finish()
}

/// The hash of entry `n`: ties its digest to its number and to all that came before.
pub(super) fn link(previous: &Hash, n: u64, entry: &Entry) -> Hash {
    let mut layout = Layout::new("countersign audit link v1");
    layout.bytes(&previous.0);
    layout.number(n);
    layout.bytes(&entry_digest(entry));
    Hash(layout.finish())
}

fn actor(layout: &mut Layout, entry: &Entry) {
    let personal = entry.actor.personal();
    layout.text(entry.actor.kind());
    layout.optional(entry.actor.rule(), Layout::text);
    layout.number(personal.len() as u64);
    for (name, value) in personal {
        layout.text(name);
        layout.bytes(value.commitment());
    }
}

fn subject(layout: &mut Layout, entry: &Entry) {
    let subject = &entry.subject;
    layout.optional(subject.organization.map(|id| id.0), Layout::number);
    layout.optional(subject.request.map(|id| id.0), Layout::number);
    layout.optional(subject.grant.map(|id| id.0), Layout::number);
    layout.optional(subject.token.map(|id| id.0), Layout::number);
    layout.optional(subject.key.as_deref(), Layout::text);
}

fn fields(layout: &mut Layout, entry: &Entry) {
    layout.number(entry.fields.len() as u64);
    for field in &entry.fields {
        layout.text(&field.name);
        match &field.value {
            FieldValue::Plain(value) => {
                layout.bytes(&[0]);
                layout.text(value);
            }
            FieldValue::Personal(personal) => {
                layout.bytes(&[1]);
                layout.bytes(personal.commitment());
            }
        }
    }
}

/// Feeds a hash.
struct Layout(Sha256);

impl Layout {
    /// Starts with the purpose, so that a hash made for one thing never passes for another.
    fn new(purpose: &str) -> Self {
        let mut layout = Self(Sha256::new());
        layout.text(purpose);
        layout
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_be_bytes());
    }

    /// One byte that says whether there is something, then the thing.
    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.bytes(&[u8::from(value.is_some())]);
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// Bytes whose number is fixed by where they stand.
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::samples::approval;
    use crate::audit::{Action, Actor, Field, Subject};
    use crate::chance::Chance;
    use crate::ids::{GrantId, RequestId, TokenId};

    #[test]
    fn every_part_of_an_entry_counts() {
        let whole = approval(&Chance::seeded(1));
        let later = chrono::TimeDelta::milliseconds(1);
        let policies = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let subject = &whole.subject;
        let versions = [
            whole.clone(),
            Entry { at: whole.at + later, ..whole.clone() },
            Entry { action: Action::ClickRefused, ..whole.clone() },
            Entry { actor: Actor::Service, ..whole.clone() },
            Entry { actor: Actor::Operator, ..whole.clone() },
            Entry { actor: Actor::Rule { name: "small".into() }, ..whole.clone() },
            Entry { subject: Subject::default(), ..whole.clone() },
            Entry { subject: Subject { request: Some(RequestId(1)), ..subject.clone() }, ..whole.clone() },
            Entry { subject: Subject { grant: Some(GrantId(1)), ..subject.clone() }, ..whole.clone() },
            Entry { subject: Subject { token: Some(TokenId(1)), ..subject.clone() }, ..whole.clone() },
            Entry { result: "refused: own_request".into(), ..whole.clone() },
            Entry { policies: policies(&["a", "b"]), ..whole.clone() },
            Entry { policies: policies(&["ab"]), ..whole.clone() },
            Entry { policies: policies(&["ab", ""]), ..whole.clone() },
            Entry { fields: vec![], ..whole.clone() },
            Entry { fields: vec![Field::plain("reason", "x")], ..whole.clone() },
            Entry { fields: vec![Field::plain("reasonx", "")], ..whole.clone() },
        ];

        for (i, one) in versions.iter().enumerate() {
            for other in &versions[i + 1..] {
                assert_ne!(entry_digest(one), entry_digest(other), "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn what_is_forgotten_does_not_count() {
        let whole = approval(&Chance::seeded(1));
        let mut forgotten = whole.clone();

        assert_eq!(forgotten.forget("alice"), 1);

        assert_eq!(entry_digest(&forgotten), entry_digest(&whole));
    }
}
