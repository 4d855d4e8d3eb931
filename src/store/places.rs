//! Questions about deliveries, installations and links.

use chrono::{DateTime, Utc};

use super::{Installation, InstallationState, Link, PinnedSlack, Store, StoreError};
use crate::ids::{
    EnterpriseId, GitHubUserId, InstallationId, Login, OrganizationId, SlackAppId, SlackUserId, TeamId,
};

pub(super) type InstallationRow = (i64, i64, String, String, i64);
type SlackRow = (String, Option<String>, Option<String>, bool, i64);

impl Store {
    /// Whether this delivery was answered before.
    pub async fn knows_delivery(&self, id: &str) -> Result<bool, StoreError> {
        let known: Option<i64> = sqlx::query_scalar("SELECT 1 FROM delivery WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        Ok(known.is_some())
    }

    /// The installation through which an organization is reached, as last told.
    pub async fn installation_of(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<Installation>, StoreError> {
        let row: Option<InstallationRow> = sqlx::query_as(
            "SELECT id, organization_id, login, state, updated_at FROM installation
             WHERE organization_id = ? ORDER BY updated_at DESC LIMIT 1",
        )
        .bind(organization.0 as i64)
        .fetch_optional(&self.readers)
        .await?;
        row.map(installation).transpose()
    }

    /// An installation by its number, as last told.
    pub async fn installation(&self, id: InstallationId) -> Result<Option<Installation>, StoreError> {
        let row: Option<InstallationRow> = sqlx::query_as(
            "SELECT id, organization_id, login, state, updated_at FROM installation WHERE id = ?",
        )
        .bind(id.0 as i64)
        .fetch_optional(&self.readers)
        .await?;
        row.map(installation).transpose()
    }

    /// The pinned account of a login in the reviewed mapping.
    pub async fn link(&self, login: &Login) -> Result<Option<Link>, StoreError> {
        let row: Option<(i64, String, i64)> =
            sqlx::query_as("SELECT github_id, slack_id, linked_at FROM link WHERE login = ?")
                .bind(login.as_str())
                .fetch_optional(&self.readers)
                .await?;
        row.map(|(github, slack, linked_at)| {
            Ok(Link {
                login: login.clone(),
                github: GitHubUserId(github as u64),
                slack: SlackUserId::new(slack),
                linked_at: time("link", login, linked_at)?,
            })
        })
        .transpose()
    }

    /// The Slack installation this database was pinned to at first contact.
    pub async fn slack_installation(&self) -> Result<Option<PinnedSlack>, StoreError> {
        let row: Option<SlackRow> = sqlx::query_as(
            "SELECT app_id, team_id, enterprise_id, is_enterprise_install, pinned_at FROM slack_installation",
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|(app, team, enterprise, is_enterprise_install, pinned_at)| {
            Ok(PinnedSlack {
                app: SlackAppId::new(app),
                team: team.map(TeamId::new),
                enterprise: enterprise.map(EnterpriseId::new),
                is_enterprise_install,
                pinned_at: time("slack_installation", 1, pinned_at)?,
            })
        })
        .transpose()
    }
}

pub(super) fn installation(row: InstallationRow) -> Result<Installation, StoreError> {
    let (id, organization, login, state, updated_at) = row;
    Ok(Installation {
        id: InstallationId(id as u64),
        organization: OrganizationId(organization as u64),
        login: Login::new(&login),
        state: match state.as_str() {
            "active" => InstallationState::Active,
            "suspended" => InstallationState::Suspended,
            "removed" => InstallationState::Removed,
            other => return Err(StoreError::corrupt("installation", id, format!("unknown state {other}"))),
        },
        updated_at: time("installation", id, updated_at)?,
    })
}

pub(super) fn time(table: &'static str, id: impl ToString, millis: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(millis)
        .ok_or_else(|| StoreError::corrupt(table, id, "a time out of range"))
}
