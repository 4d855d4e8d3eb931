//! Whether somebody is in a GitHub team. The team's number is fixed when its name is first seen: a team that is renamed
//! keeps its rights, and another one that gets the name does not inherit them.

use super::members::Source;
use super::seen::Met;
use super::{Doubt, Of, person};
use crate::app::App;
use crate::config::{Member, Team};
use crate::github::{Place, TeamPlace, Trouble};
use crate::identity::Identity;
use crate::ids::{GitHubTeamId, OrganizationId};
use crate::store::{Change, Committed, StoreError, TeamPin};

use super::recall::Fresh;

/// Why a team of the configuration can't be asked about.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum TeamError {
    #[error("GitHub does not tell about the team {team}: {trouble}")]
    GitHub { team: String, trouble: Trouble },
    #[error("GitHub knows no team {0}, or does not show it to the App")]
    Unknown(String),
    #[error("the team {team} (number {number}) is gone, or hidden from the App")]
    Gone { team: String, number: GitHubTeamId },
    #[error(
        "{team} is another team now (number {now}) than when it was first seen (number {before}); the configuration has to \
         say which one is meant, as github-team:{team}#{now} or github-team:{team}#{before}"
    )]
    Replaced { team: String, before: GitHubTeamId, now: GitHubTeamId },
    #[error("{0} belongs to another organization now than when it was first seen")]
    Moved(String),
    #[error("the team {0} was resolved by somebody else at this moment; it is looked at again")]
    Raced(String),
    #[error("what the team {team} was resolved to can't be read: {cause}")]
    Store { team: String, cause: String },
}

impl TeamError {
    /// Whether it stays so until somebody mends it.
    pub(super) fn needs_people(&self) -> bool {
        match self {
            Self::GitHub { trouble, .. } => trouble.needs_people(),
            Self::Unknown(_) | Self::Gone { .. } | Self::Replaced { .. } | Self::Moved(_) => true,
            Self::Raced(_) | Self::Store { .. } => false,
        }
    }
}

impl From<&TeamError> for Doubt {
    fn from(error: &TeamError) -> Self {
        match error {
            TeamError::Store { .. } => Self::elsewhere(error.to_string()),
            TeamError::GitHub { .. }
            | TeamError::Unknown(_)
            | TeamError::Gone { .. }
            | TeamError::Replaced { .. }
            | TeamError::Moved(_)
            | TeamError::Raced(_) => Self::at_github(error.to_string()),
        }
    }
}

impl App {
    pub(super) async fn in_team(
        &self,
        team: &Team,
        identity: &Identity,
        of: Of<'_>,
        fresh: Fresh,
    ) -> Result<bool, Doubt> {
        if !self.is_team_of(team, of).await.map_err(|error| Doubt::from(&error))? {
            return Ok(false);
        }
        let place = of.place.map_err(|error| Doubt::at_github(error.to_string()))?;
        let person = person(identity)?;
        let id = match self.team_now(team, of.organization, place, fresh).await {
            Ok(id) => id,
            Err(error) => {
                if error.needs_people() {
                    self.have_looked_at(&Member::Team(team.clone())).await;
                }
                return Err(Doubt::from(&error));
            }
        };
        let at = TeamPlace { place, organization: of.organization, team: id };
        let ask = || async move {
            let is_in = self.github.is_in_team(at, &person.login).await.map_err(|trouble| {
                let team = team.to_string();
                Doubt::from(&TeamError::GitHub { team, trouble })
            })?;
            if is_in {
                let met = Met { id: person.github.to_string(), name: person.login.to_string() };
                self.met_one(&Source::team(team, of.organization, id), met).await;
            }
            Ok(is_in)
        };
        let key = (of.organization, id, person.github);
        self.groups.0.team_members.get(key, fresh, ask).await
    }

    /// Whether a team belongs to this organization, which may have been renamed since, or have got the name of another.
    async fn is_team_of(&self, team: &Team, of: Of<'_>) -> Result<bool, TeamError> {
        let is_its_name = *of.login == team.organization;
        match self.pin_of(team).await?.filter(|pin| pin.agrees_with(team)) {
            Some(pin) if pin.organization == of.organization => Ok(true),
            Some(_) if is_its_name => Err(TeamError::Moved(team.to_string())),
            Some(_) => Ok(false),
            None => Ok(is_its_name),
        }
    }

    /// The number of a team that is there and means what it meant when it was first seen.
    pub(super) async fn team_now(
        &self,
        team: &Team,
        organization: OrganizationId,
        place: &Place,
        fresh: Fresh,
    ) -> Result<GitHubTeamId, TeamError> {
        let resolve = || self.resolve(team, organization, place);
        self.groups.0.teams.get((organization, team.clone()), fresh, resolve).await
    }

    async fn resolve(
        &self,
        team: &Team,
        organization: OrganizationId,
        place: &Place,
    ) -> Result<GitHubTeamId, TeamError> {
        let failed = |trouble| TeamError::GitHub { team: team.to_string(), trouble };
        let pinned = self.pin_of(team).await?;
        let before = team.id.or(pinned.as_ref().map(|pin| pin.team));
        // Where a reviewer wrote the number down, the name says nothing.
        let named = match team.id {
            Some(_) => None,
            None => self.github.team_by_slug(place, &team.slug).await.map_err(failed)?,
        };
        let found = match (before, named) {
            (None, None) => return Err(TeamError::Unknown(team.to_string())),
            (Some(before), Some(named)) if named.id != before => {
                return Err(TeamError::Replaced { team: team.to_string(), before, now: named.id });
            }
            (_, Some(named)) => named,
            (Some(number), None) => {
                let at = TeamPlace { place, organization, team: number };
                let found = self.github.team_by_id(at).await.map_err(failed)?;
                found.ok_or_else(|| TeamError::Gone { team: team.to_string(), number })?
            }
        };
        if found.organization != organization {
            return Err(TeamError::Moved(team.to_string()));
        }
        let pin = TeamPin {
            name: team.organization.clone(),
            slug: team.slug.clone(),
            organization,
            team: found.id,
            pinned_at: self.clock.now(),
        };
        if pinned.as_ref().is_none_or(|known| !known.is_same(&pin)) {
            self.pin_team(team, pin, pinned).await?;
        }
        Ok(found.id)
    }

    /// Another replica may pin at the same time: what was pinned first counts.
    async fn pin_team(
        &self,
        team: &Team,
        pin: TeamPin,
        instead_of: Option<TeamPin>,
    ) -> Result<(), TeamError> {
        let entries = vec![self.record().team_pinned(&pin)];
        let change = Change { entries, team: Some((pin.clone(), instead_of)), ..Change::default() };
        let broken =
            |error: StoreError| TeamError::Store { team: team.to_string(), cause: error.to_string() };
        match self.store.commit(change).await.map_err(broken)? {
            Committed::Yes => Ok(()),
            Committed::LostRace
            | Committed::LostLease
            | Committed::NotYet(_)
            | Committed::Frozen
            | Committed::UsedUp => {
                let first = self.pin_of(team).await?;
                let is_same = first.is_some_and(|first| first.is_same(&pin));
                if is_same { Ok(()) } else { Err(TeamError::Raced(team.to_string())) }
            }
        }
    }

    pub(super) async fn pin_of(&self, team: &Team) -> Result<Option<TeamPin>, TeamError> {
        let pin = self.store.team_pin(&team.organization, &team.slug).await;
        pin.map_err(|error| TeamError::Store { team: team.to_string(), cause: error.to_string() })
    }
}

impl TeamPin {
    /// Whether this is what the reviewers wrote down.
    pub(super) fn agrees_with(&self, team: &Team) -> bool {
        team.id.is_none_or(|id| id == self.team)
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.organization, self.team) == (other.organization, other.team)
    }
}
