//! What the log looks like.

use super::reader::Reader;
use super::values::word;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    Human,
    Json,
}

pub(super) fn read(reader: Reader<'_>) -> Log {
    let words = &[("auto", LogFormat::Auto), ("human", LogFormat::Human), ("json", LogFormat::Json)];
    let format = reader.or("format", LogFormat::Auto, word(words));
    reader.finish();
    Log { format }
}
