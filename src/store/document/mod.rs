//! How a request is written down: one JSON document with a version of its own.
//!
//! A document that makes no sense is an error, never a default: what was decided must be read back exactly. So is one that
//! says more than is known here: a later release wrote it, and writing it back would erase what it says
//! (docs/decisions/0007-postgresql.md).

mod facts;
mod ruling;
mod state;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{InstallationId, OrganizationId, RequestId};
use crate::request::{self, Enrichment, TokenRequest};

use facts::Facts;
use ruling::Ruling;
use state::Standing;

/// The document's format; a later one keeps reading this one.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    installation: Option<u64>,
    received_at: Millis,
    is_unasked: bool,
    facts: Facts,
    enrichment: Progress,
    /// Not there in requests from before there were rules, and where they are off: those are never asked about them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ruling: Option<Ruling>,
    state: Standing,
}

/// Milliseconds since 1970.
#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(into = "i64", try_from = "i64")]
struct Millis(DateTime<Utc>);

impl From<Millis> for i64 {
    fn from(time: Millis) -> Self {
        time.0.timestamp_millis()
    }
}

impl TryFrom<i64> for Millis {
    type Error = &'static str;

    fn try_from(millis: i64) -> Result<Self, Self::Error> {
        DateTime::from_timestamp_millis(millis).map(Self).ok_or("a time out of range")
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Progress {
    Waiting,
    Complete,
    Missing,
}

/// The row's columns that stand beside the document.
pub(super) struct Columns {
    pub(super) organization: OrganizationId,
    pub(super) id: RequestId,
    pub(super) key: request::Key,
    pub(super) version: u64,
}

/// Writes a request as its document.
pub(super) fn write(request: &TokenRequest) -> String {
    let document = Document {
        format: FORMAT,
        installation: request.installation.map(|id| id.0),
        received_at: Millis(request.received_at),
        is_unasked: request.is_unasked,
        facts: (&request.facts).into(),
        enrichment: match request.enrichment {
            Enrichment::Waiting => Progress::Waiting,
            Enrichment::Complete => Progress::Complete,
            Enrichment::Missing => Progress::Missing,
        },
        ruling: ruling::written(&request.ruling),
        state: (&request.state).into(),
    };
    serde_json::to_string(&document).expect("strings and numbers always serialise")
}

/// Reads a request back.
pub(super) fn read(columns: Columns, document: &str) -> Result<TokenRequest, serde_json::Error> {
    let document: Document = serde_json::from_str(document)?;
    if document.format != FORMAT {
        return Err(serde::de::Error::custom(format!(
            "format {} is not known to this version",
            document.format
        )));
    }
    Ok(TokenRequest {
        organization: columns.organization,
        id: columns.id,
        key: columns.key,
        version: columns.version,
        installation: document.installation.map(InstallationId),
        received_at: document.received_at.0,
        is_unasked: document.is_unasked,
        facts: document.facts.into(),
        enrichment: match document.enrichment {
            Progress::Waiting => Enrichment::Waiting,
            Progress::Complete => Enrichment::Complete,
            Progress::Missing => Enrichment::Missing,
        },
        ruling: ruling::read(document.ruling),
        state: document.state.try_into().map_err(serde::de::Error::custom)?,
    })
}
