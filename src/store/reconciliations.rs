//! Questions about how far GitHub's lists were compared with what is kept.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::connection::Statement;
use super::{Store, StoreError, places};
use crate::ids::OrganizationId;

/// How far an organization's pending requests were compared with ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconciliation {
    pub organization: OrganizationId,
    /// When its list was read to its end for the first time.
    pub baseline_at: DateTime<Utc>,
    /// When it was last.
    pub finished_at: DateTime<Utc>,
}

impl Store {
    /// How far an organization is; nothing before its list was read to its end once.
    pub async fn reconciliation(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<Reconciliation>, StoreError> {
        let all = self.reconciliations().await?;
        Ok(all.into_iter().find(|one| one.organization == organization))
    }

    /// How far every organization is that was reconciled at all.
    pub async fn reconciliations(&self) -> Result<Vec<Reconciliation>, StoreError> {
        const ALL: Statement = Statement::both(
            "SELECT organization_id, baseline_at, finished_at FROM reconciliation ORDER BY organization_id",
        );
        let rows: Vec<(i64, i64, i64)> = self.readers.rows(ALL, &[]).await?;
        rows.into_iter()
            .map(|(organization, baseline_at, finished_at)| {
                Ok(Reconciliation {
                    organization: OrganizationId(organization as u64),
                    baseline_at: places::time("reconciliation", organization, baseline_at)?,
                    finished_at: places::time("reconciliation", organization, finished_at)?,
                })
            })
            .collect()
    }

    /// How far a list was read that only grows: the number of its newest item then.
    pub async fn progress(&self, name: &str) -> Result<Option<u64>, StoreError> {
        const PROGRESS: Statement = Statement::both("SELECT value FROM progress WHERE name = $1");
        let row: Option<(i64,)> = self.readers.row(PROGRESS, &[name.into()]).await?;
        Ok(row.map(|(value,)| value.unsigned_abs()))
    }

    /// Until when somebody is left alone, by the names that were given to that, in milliseconds since 1970; whatever is
    /// over, too.
    pub async fn rests(&self) -> Result<HashMap<String, u64>, StoreError> {
        const RESTS: Statement = Statement::both("SELECT name, value FROM progress WHERE name LIKE 'rest %'");
        let rows: Vec<(String, i64)> = self.readers.rows(RESTS, &[]).await?;
        Ok(rows.into_iter().map(|(name, value)| (name, value.unsigned_abs())).collect())
    }
}
