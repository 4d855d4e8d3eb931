//! Whether rules have leave to decide alone, and since when: one row, which every start and reload puts right. What was
//! asked for earlier is none of theirs.

use chrono::{DateTime, Utc};

use super::connection::{Connection, Statement};
use super::{Change, Store, StoreError};

/// Leave for rules to decide alone, given or not, as it is in force at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    pub is_given: bool,
    pub at: DateTime<Utc>,
}

/// What is so already keeps its time.
const WRITE: Statement = Statement::both(
    "INSERT INTO leave (one, given, since) VALUES (1, $1, $2)
     ON CONFLICT (one) DO UPDATE SET given = excluded.given, since = excluded.since
     WHERE leave.given <> excluded.given",
);

const SINCE: Statement = Statement::both("SELECT since FROM leave WHERE given = 1");

pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    for leave in changes.iter().filter_map(|change| change.leave) {
        let values = [i64::from(leave.is_given).into(), leave.at.timestamp_millis().into()];
        connection.execute(WRITE, &values).await?;
    }
    Ok(())
}

impl Store {
    /// Since when rules decide, if they do.
    pub async fn rules_decide_since(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Some((since,)) = self.readers.row::<(i64,)>(SINCE, &[]).await? else { return Ok(None) };
        let since = DateTime::from_timestamp_millis(since);
        since.map(Some).ok_or_else(|| StoreError::corrupt("leave", 1, "its time is out of range"))
    }
}
