//! Through which installation, and under which name, an organization is reached.

use chrono::TimeDelta;

use super::App;
use crate::github::{Listed, Place, Trouble};
use crate::ids::Login;
use crate::request::TokenRequest;
use crate::store::{Change, Installation, InstallationState, StoreError};

/// What GitHub said about an installation is believed for this long; organizations are renamed, Apps suspended.
const BELIEVED: TimeDelta = TimeDelta::minutes(10);

/// Why an organization can't be reached.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("the GitHub App is not installed in {0}")]
    NotInstalled(Login),
    #[error("the installation of the GitHub App is suspended")]
    Suspended,
    #[error(transparent)]
    GitHub(#[from] Trouble),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PlaceError {
    /// Whether it stays so until somebody mends it.
    pub fn needs_people(&self) -> bool {
        match self {
            Self::NotInstalled(_) | Self::Suspended => true,
            Self::GitHub(trouble) => trouble.needs_people(),
            Self::Store(_) => false,
        }
    }
}

impl App {
    /// How long ago the organization was compared with GitHub's list that was not for longest, of those that can be;
    /// nothing when one never was.
    pub async fn reconciliation_age(&self) -> Result<Option<TimeDelta>, StoreError> {
        let now = self.clock.now();
        let reconciled = self.store.reconciliations().await?;
        let mut oldest = TimeDelta::zero();
        for one in self.store.installations().await? {
            if one.state != InstallationState::Active || !self.config.github.serves(&one.login) {
                continue;
            }
            let known = reconciled.iter().find(|known| known.organization == one.organization);
            let Some(known) = known else { return Ok(None) };
            oldest = oldest.max(now - known.finished_at);
        }
        Ok(Some(oldest))
    }

    /// Where to ask about a request. The webhook may leave the installation out, and the organization may have been
    /// renamed since.
    pub async fn place_of(&self, request: &TokenRequest) -> Result<Place, PlaceError> {
        let now = self.clock.now();
        let known = self.store.installation_of(request.organization).await?;
        if let Some(known) = &known
            && now - known.updated_at < BELIEVED
        {
            return match known.state {
                InstallationState::Active => {
                    Ok(Place { installation: known.id, organization: known.login.clone() })
                }
                InstallationState::Suspended => Err(PlaceError::Suspended),
                InstallationState::Removed => {
                    Err(PlaceError::NotInstalled(request.facts.organization.clone()))
                }
            };
        }
        let number = known.map(|known| known.id).or(request.installation);
        let by_number = match number {
            Some(number) => self.github.installation(number).await?,
            None => None,
        };
        let found = match by_number {
            Some(found) => Some(found),
            None => self.github.installation_of(&request.facts.organization).await?,
        };
        let Some(found) = found.filter(|found| found.organization == request.organization) else {
            return Err(PlaceError::NotInstalled(request.facts.organization.clone()));
        };
        let installation = Installation::told(&found, now);
        // Only what GitHub told now is written; whoever writes at the same time writes the same.
        let _ = self.store.commit(Change { installation: Some(installation), ..Change::default() }).await?;
        if found.suspended { Err(PlaceError::Suspended) } else { Ok(found.place()) }
    }

    /// What GitHub's list says about a request now.
    pub async fn listed(&self, place: &Place, request: &TokenRequest) -> Result<Listed, Trouble> {
        let facts = &request.facts;
        self.github.request(place, &facts.requester.login, facts.token, request.id).await
    }
}
