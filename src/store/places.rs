//! Questions about deliveries, installations and links.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::connection::Statement;
use super::{Installation, InstallationState, Link, PinnedSlack, Reader, Store, StoreError};
use crate::ids::{
    EnterpriseId, GitHubUserId, InstallationId, Login, OrganizationId, SlackAppId, SlackUserId, TeamId,
};

pub(super) type InstallationRow = (i64, i64, String, String, i64);
type SlackRow = (String, Option<String>, Option<String>, bool, i64);

impl Store {
    /// Whether this delivery was answered before.
    pub async fn knows_delivery(&self, id: &str) -> Result<bool, StoreError> {
        const KNOWN: Statement = Statement::both("SELECT received_at FROM delivery WHERE id = $1");
        let known: Option<(i64,)> = self.readers.row(KNOWN, &[id.into()]).await?;
        Ok(known.is_some())
    }

    /// The installation through which an organization is reached, as last told. GitHub gives a reinstalled App a new
    /// number, and events come late: whatever is heard of a removed one, it never stands before another.
    pub async fn installation_of(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<Installation>, StoreError> {
        const OF: Statement = Statement::both(
            "SELECT id, organization_id, login, state, updated_at FROM installation
             WHERE organization_id = $1
             ORDER BY CASE WHEN state = 'removed' THEN 1 ELSE 0 END, updated_at DESC, id DESC LIMIT 1",
        );
        let row: Option<InstallationRow> = self.readers.row(OF, &[organization.0.into()]).await?;
        row.map(installation).transpose()
    }

    /// An installation by its number, as last told.
    pub async fn installation(&self, id: InstallationId) -> Result<Option<Installation>, StoreError> {
        const BY_ID: Statement = Statement::both(
            "SELECT id, organization_id, login, state, updated_at FROM installation WHERE id = $1",
        );
        let row: Option<InstallationRow> = self.readers.row(BY_ID, &[id.0.into()]).await?;
        row.map(installation).transpose()
    }

    /// The pinned account of a login in the reviewed mapping.
    pub async fn link(&self, login: &Login) -> Result<Option<Link>, StoreError> {
        let row = self.readers.row(LINK, &[login.as_str().into()]).await?;
        row.map(|row| link(login, row)).transpose()
    }

    /// Every login of the reviewed mapping, as it was at any time, under which this account was pinned.
    pub async fn links_of(&self, github: GitHubUserId) -> Result<Vec<Link>, StoreError> {
        pinned(self.readers.rows(PINNED, &[github.0.into()]).await?)
    }

    /// The pinned accounts of all machines that the configuration ever named.
    pub async fn machines(&self) -> Result<HashMap<Login, GitHubUserId>, StoreError> {
        Ok(machines(self.readers.rows(MACHINES, &[]).await?))
    }

    /// The Slack installation this database was pinned to at first contact.
    pub async fn slack_installation(&self) -> Result<Option<PinnedSlack>, StoreError> {
        const PINNED: Statement = Statement::both(
            "SELECT app_id, team_id, enterprise_id, is_enterprise_install, pinned_at FROM slack_installation",
        );
        let row: Option<SlackRow> = self.readers.row(PINNED, &[]).await?;
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

const LINK: Statement = Statement::both("SELECT github_id, slack_id, linked_at FROM link WHERE login = $1");

const PINNED: Statement = Statement::both(
    "SELECT login, github_id, slack_id, linked_at FROM link WHERE github_id = $1 ORDER BY login",
);

fn pinned(rows: Vec<(String, i64, String, i64)>) -> Result<Vec<Link>, StoreError> {
    rows.into_iter()
        .map(|(login, github, slack, at)| link(&Login::new(&login), (github, slack, at)))
        .collect()
}

fn link(login: &Login, (github, slack, linked_at): (i64, String, i64)) -> Result<Link, StoreError> {
    Ok(Link {
        login: login.clone(),
        github: GitHubUserId(github as u64),
        slack: SlackUserId::new(slack),
        linked_at: time("link", login, linked_at)?,
    })
}

const MACHINES: Statement = Statement::both("SELECT login, github_id FROM machine");

fn machines(rows: Vec<(String, i64)>) -> HashMap<Login, GitHubUserId> {
    rows.into_iter().map(|(login, id)| (Login::new(&login), GitHubUserId(id as u64))).collect()
}

impl Reader {
    /// The pinned accounts of all machines that the configuration ever named.
    pub async fn machines(&self) -> Result<HashMap<Login, GitHubUserId>, StoreError> {
        Ok(machines(self.rows(MACHINES, &[]).await?))
    }

    /// The pinned account of a login in the mapping.
    pub async fn link(&self, login: &Login) -> Result<Option<Link>, StoreError> {
        let rows = self.rows(LINK, &[login.as_str().into()]).await?;
        rows.into_iter().next().map(|row| link(login, row)).transpose()
    }

    /// Every login of the reviewed mapping, as it was at any time, under which this account was pinned.
    pub async fn links_of(&self, github: GitHubUserId) -> Result<Vec<Link>, StoreError> {
        pinned(self.rows(PINNED, &[github.0.into()]).await?)
    }
}
