//! The sets of policies that were ever in force, by their hash. An entry in the record names the set it was judged by, so
//! each judgement can be worked out again.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::connection::{Connection, Statement};
use super::rows::bulk;
use super::{Change, Reader, Store, StoreError};
use crate::policy::{Engine, PolicyFile, PolicyTexts};

/// A set of policies as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySet {
    pub hash: String,
    pub texts: PolicyTexts,
    pub first_seen: DateTime<Utc>,
}

impl PolicySet {
    /// The set that an engine answers by.
    pub fn of(engine: &Engine, now: DateTime<Utc>) -> Self {
        Self { hash: engine.hash().to_owned(), texts: engine.texts().clone(), first_seen: now }
    }
}

/// A set's texts as JSON. Another release may read them.
#[derive(Serialize, Deserialize)]
struct Body {
    schema: String,
    built_in: String,
    files: Vec<(String, String)>,
    without: Vec<String>,
}

impl From<&PolicyTexts> for Body {
    fn from(texts: &PolicyTexts) -> Self {
        Self {
            schema: texts.schema.clone(),
            built_in: texts.built_in.clone(),
            files: texts.files.iter().map(|file| (file.name.clone(), file.text.clone())).collect(),
            without: texts.without.clone(),
        }
    }
}

impl From<Body> for PolicyTexts {
    fn from(body: Body) -> Self {
        let file = |(name, text)| PolicyFile { name, text };
        Self {
            schema: body.schema,
            built_in: body.built_in,
            files: body.files.into_iter().map(file).collect(),
            without: body.without,
        }
    }
}

const SET: Statement = Statement::both("SELECT body FROM policy_set WHERE hash = $1");

const BEGINNING: Statement = Statement::both(
    "SELECT hash, body FROM policy_set WHERE substr(hash, 1, length($1)) = $1 ORDER BY hash LIMIT 2",
);

/// The first one who saw a set wrote it down.
const SETS: Statement = Statement {
    sqlite: "INSERT INTO policy_set (hash, body, first_seen)
             SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($1) WHERE true
             ON CONFLICT (hash) DO NOTHING",
    postgres: "INSERT INTO policy_set (hash, body, first_seen)
               SELECT v ->> 0, v ->> 1, (v ->> 2)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ORDER BY v ->> 0
               ON CONFLICT (hash) DO NOTHING",
};

/// Writes the sets that are new.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let row = |set: &PolicySet| -> Value {
        let body = serde_json::to_string(&Body::from(&set.texts)).expect("text always serialises");
        json!([set.hash, body, set.first_seen.timestamp_millis()])
    };
    let rows: Vec<_> = changes.iter().filter_map(|change| change.policy_set.as_ref()).map(row).collect();
    bulk(connection, SETS, &rows).await.map(drop)
}

impl Store {
    /// The set of that hash, if it was ever in force.
    pub async fn policy_set(&self, hash: &str) -> Result<Option<PolicyTexts>, StoreError> {
        let row: Option<(String,)> = self.readers.row(SET, &[hash.into()]).await?;
        row.map(|(body,)| read(hash, &body)).transpose()
    }
}

impl Reader {
    /// The sets that were ever in force whose hashes begin so; more than one tells that it is not enough to go by.
    pub async fn policy_sets_beginning(&self, hash: &str) -> Result<Vec<PolicyTexts>, StoreError> {
        let rows: Vec<(String, String)> = self.rows(BEGINNING, &[hash.into()]).await?;
        rows.iter().map(|(hash, body)| read(hash, body)).collect()
    }
}

/// What was written down, if it is what its hash says.
fn read(hash: &str, body: &str) -> Result<PolicyTexts, StoreError> {
    let body: Body = serde_json::from_str(body)
        .map_err(|_| StoreError::corrupt("policy_set", hash, "its texts can't be read"))?;
    let texts = PolicyTexts::from(body);
    if texts.hash() != hash {
        return Err(StoreError::corrupt("policy_set", hash, "its texts have another hash"));
    }
    Ok(texts)
}
