//! CORE: the record of what happened, sealed so that it can't be quietly rewritten.
//!
//! An [`Entry`] is written together with what it records. [`seal`] numbers, chains and seals entries in batches;
//! [`Verifier`] finds whatever was changed since. `docs/audit-log.md` publishes format version 1: what is hashed stays
//! as it is, only names of actions and fields are added. Storing, scheduling and the command line are left to others.

mod action;
mod chain;
mod csv;
mod digest;
mod entry;
mod export;
#[cfg(test)]
mod golden;
mod hash;
mod key;
mod line;
mod personal;
#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod samples;
mod verify;

pub use action::{Action, LaterAction, NotAnAction};
pub use chain::{Place, Recorded, Seal, Sealed, seal};
pub use csv::{CSV_HEADER, csv_cell, csv_row};
pub use entry::{Actor, Entry, Field, FieldValue, Subject};
pub use export::{
    ExportError, Unreadable, decode, decode_seal, encode, entry_line, seal_line, verify_export,
};
pub use hash::{Hash, NotAHash};
pub use key::SealingKey;
pub use personal::{Commitment, Opening, Personal, Salt};
pub use verify::{Broken, Report, Verifier, verify};
