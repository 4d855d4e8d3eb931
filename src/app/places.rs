//! Through which installation, and under which name, an organization is reached.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::App;
use crate::github::{Listed, Place, Trouble};
use crate::ids::{Login, OrganizationId};
use crate::jobs::Kind;
use crate::request::TokenRequest;
use crate::store::{Change, Installation, InstallationState, StoreError};

/// What GitHub said about an installation is believed for this long; organizations are renamed, Apps suspended.
const BELIEVED: TimeDelta = TimeDelta::minutes(10);

/// Why an organization can't be reached.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("the GitHub App is not installed in {0}")]
    NotInstalled(Login),
    #[error("the installation of our GitHub App is suspended")]
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

/// Who finds out about an organization right now: whoever else wants to know waits for the one answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Finding(Arc<Mutex<HashMap<OrganizationId, Arc<tokio::sync::Mutex<()>>>>>);

impl Finding {
    async fn alone(&self, organization: OrganizationId) -> tokio::sync::OwnedMutexGuard<()> {
        let one = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(organization).or_default().clone()
        };
        one.lock_owned().await
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

    /// How old what is known of the organization's tokens is that were not read for longest, of those organizations that can
    /// be; nothing when one's never were.
    pub async fn inventory_age(&self) -> Result<Option<TimeDelta>, StoreError> {
        let now = self.clock.now();
        let mirrors = self.store.mirrors().await?;
        let mut oldest = TimeDelta::zero();
        for one in self.store.installations().await? {
            if one.state != InstallationState::Active || !self.config.github.serves(&one.login) {
                continue;
            }
            let known = mirrors.iter().find(|known| known.organization == one.organization);
            let Some(as_of) = known.and_then(|known| known.finished_at) else { return Ok(None) };
            oldest = oldest.max(now - as_of);
        }
        Ok(Some(oldest))
    }

    /// Where to ask about a request. The webhook may leave the installation out, and the organization may have been
    /// renamed since.
    pub async fn place_of(&self, request: &TokenRequest) -> Result<Place, PlaceError> {
        if let Some(known) = self.believed(request, self.clock.now()).await? {
            return reached(&known, request);
        }
        let _alone = self.finding.alone(request.organization).await;
        if let Some(known) = self.believed(request, self.clock.now()).await? {
            return reached(&known, request);
        }
        self.find_place(request).await
    }

    /// What GitHub said a short while ago.
    async fn believed(
        &self,
        request: &TokenRequest,
        now: DateTime<Utc>,
    ) -> Result<Option<Installation>, StoreError> {
        let known = self.store.installation_of(request.organization).await?;
        Ok(known.filter(|known| now - known.updated_at < BELIEVED))
    }

    async fn find_place(&self, request: &TokenRequest) -> Result<Place, PlaceError> {
        let now = self.clock.now();
        let known = self.store.installation_of(request.organization).await?;
        let number = known.as_ref().map(|known| known.id).or(request.installation);
        let by_number = match number {
            Some(number) => self.github.installation(number).await?,
            None => None,
        };
        let is_gone = by_number.is_none();
        let found = match by_number {
            Some(found) => Some(found),
            None => self.github.installation_of(&request.facts.organization).await?,
        };
        let found = found.filter(|found| found.organization == request.organization);
        let installation = match (&found, &known) {
            (Some(found), _) => Some(Installation::told(found, now)),
            // Remembered, or each of many requests would have it asked for again.
            (None, Some(known)) if is_gone => {
                Some(Installation { state: InstallationState::Removed, updated_at: now, ..known.clone() })
            }
            (None, Some(_) | None) => None,
        };
        let Some(installation) = installation else {
            return Err(PlaceError::NotInstalled(request.facts.organization.clone()));
        };
        // That it went, or came back, concerns whatever else waits there.
        let is_news =
            known.is_some_and(|known| (known.id, known.state) != (installation.id, installation.state));
        let look = Kind::Installation.on(installation.id, String::new(), now);
        let jobs = if is_news { vec![look] } else { vec![] };
        // Only what GitHub told now is written; whoever writes at the same time writes the same.
        let change = Change { installation: Some(installation.clone()), jobs, ..Change::default() };
        let _ = self.store.commit(change).await?;
        reached(&installation, request)
    }

    /// What GitHub's list says about a request now.
    pub async fn listed(&self, place: &Place, request: &TokenRequest) -> Result<Listed, Trouble> {
        let facts = &request.facts;
        self.github.request(place, &facts.requester.login, facts.token, request.id).await
    }
}

fn reached(installation: &Installation, request: &TokenRequest) -> Result<Place, PlaceError> {
    match installation.state {
        InstallationState::Active => Ok(installation.place()),
        InstallationState::Suspended => Err(PlaceError::Suspended),
        InstallationState::Removed => Err(PlaceError::NotInstalled(request.facts.organization.clone())),
    }
}
