//! Where the members of groups come from, read as a whole: what a Slack user group is asked for anyway, and what tells who
//! is new in a GitHub team.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Doubt;
use super::recall::Fresh;
use super::seen::Met;
use super::teams::TeamError;
use crate::app::{App, PlaceError};
use crate::config::{Member, Rulebook, SlackGroup, Team};
use crate::github::{self, Place, TeamPlace};
use crate::ids::{GitHubTeamId, GitHubUserId, Login, OrganizationId, SlackUserId};
use crate::jobs::Kind;
use crate::slack;
use crate::store::{Change, Installation, InstallationState, StoreError};

/// A place that members come from, under a name that stays when others change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// As the configuration has it.
    pub(super) member: Member,
    /// As the database knows it.
    pub(super) key: String,
    /// As people know it.
    pub(super) words: String,
}

impl Source {
    fn slack_group(group: &SlackGroup) -> Self {
        Self {
            member: Member::SlackGroup(group.clone()),
            key: format!("slack-group:{}", group.id),
            words: format!("Slack user group {}", group.id),
        }
    }

    pub(super) fn team(team: &Team, organization: OrganizationId, id: GitHubTeamId) -> Self {
        Self {
            member: Member::Team(team.clone()),
            key: format!("github-team:{organization}/{id}"),
            words: format!("GitHub team {}/{}", team.organization, team.slug),
        }
    }

    fn owners(installation: &Installation) -> Self {
        Self {
            member: Member::Owners,
            key: format!("github-owners:{}", installation.organization),
            words: format!("owners of {} on GitHub", installation.login),
        }
    }
}

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListingError {
    #[error(transparent)]
    Team(#[from] TeamError),
    #[error("the Slack user group {group} can't be read: {cause}")]
    SlackGroup { group: String, cause: SlackGroupError },
    #[error("the owners of {organization} can't be read: {trouble}")]
    Owners { organization: Login, trouble: github::Trouble },
    #[error("the members of the team {team} can't be read: {trouble}")]
    TeamMembers { team: String, trouble: github::Trouble },
    #[error(transparent)]
    Place(#[from] PlaceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why Slack's list is not to be had.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum SlackGroupError {
    #[error("there is none of that name, or it is switched off")]
    None,
    #[error("Slack has not told which workspace this is")]
    NoWorkspace,
    #[error(
        "the Slack app is installed for a whole organization; the configuration has to name the workspace, as \
         slack-group:T0ACME/S0SECURITY"
    )]
    WhichWorkspace,
    #[error(transparent)]
    Slack(slack::Trouble),
}

impl ListingError {
    /// Whether it stays so until somebody mends it.
    pub(crate) fn needs_people(&self) -> bool {
        match self {
            Self::Team(error) => error.needs_people(),
            Self::SlackGroup { cause, .. } => cause.needs_people(),
            Self::Owners { trouble, .. } | Self::TeamMembers { trouble, .. } => trouble.needs_people(),
            Self::Place(error) => error.needs_people(),
            Self::Store(_) => false,
        }
    }
}

impl SlackGroupError {
    fn needs_people(&self) -> bool {
        match self {
            Self::None | Self::WhichWorkspace => true,
            Self::NoWorkspace => false,
            Self::Slack(trouble) => trouble.needs_people(),
        }
    }
}

impl App {
    /// Everything in the configuration whose members somebody else keeps.
    pub(crate) fn sources(&self) -> Vec<Member> {
        let rules = self.rules();
        let members = rules.book.groups.values().flatten();
        let kept_elsewhere = members.filter(|member| match member {
            Member::SlackGroup(_) | Member::Team(_) | Member::Owners => true,
            Member::Person(_) | Member::SlackUser(_) => false,
        });
        let mut sources: Vec<_> = kept_elsewhere.cloned().collect();
        sources.sort_by_key(ToString::to_string);
        sources.dedup();
        sources
    }

    /// Has a source read as a whole soon, so that the operators hear of what is wrong with it. What fails here is done by
    /// the clock later.
    pub(super) async fn have_looked_at(&self, member: &Member) {
        let jobs = vec![Kind::Groups.on(member, String::new(), self.clock.now())];
        if let Err(error) = self.store.commit(Change { jobs, ..Change::default() }).await {
            tracing::warn!(%error, source = %member, "a source of members could not be put down to be read");
        }
    }

    pub(super) async fn in_slack_group(
        &self,
        group: &SlackGroup,
        fresh: Fresh,
    ) -> Result<Arc<BTreeSet<SlackUserId>>, Doubt> {
        match self.slack_group_members(group, fresh).await {
            Ok(members) => Ok(members),
            Err(cause) => {
                if cause.needs_people() {
                    self.have_looked_at(&Member::SlackGroup(group.clone())).await;
                }
                let error = ListingError::SlackGroup { group: group.to_string(), cause };
                Err(Doubt::elsewhere(error.to_string()))
            }
        }
    }

    async fn slack_group_members(
        &self,
        group: &SlackGroup,
        fresh: Fresh,
    ) -> Result<Arc<BTreeSet<SlackUserId>>, SlackGroupError> {
        let ask = || async {
            let members = Box::pin(self.read_slack_group(group)).await?;
            let rules = self.rules();
            let met = members.iter().map(|user| met_on_slack(&rules.book, user)).collect();
            self.met_all(&Source::slack_group(group), met).await;
            Ok(Arc::new(members))
        };
        self.groups.0.slack.get(group.clone(), fresh, ask).await
    }

    async fn read_slack_group(&self, group: &SlackGroup) -> Result<BTreeSet<SlackUserId>, SlackGroupError> {
        let ours = self.workspace.borrow().clone().ok_or(SlackGroupError::NoWorkspace)?;
        if ours.is_enterprise_install && group.team.is_none() {
            return Err(SlackGroupError::WhichWorkspace);
        }
        let members = self.slack.user_group(&group.id, group.team.as_ref()).await;
        members.map_err(|trouble| match trouble.is_no_group() {
            true => SlackGroupError::None,
            false => SlackGroupError::Slack(trouble),
        })
    }

    /// Reads everybody who is in a source now, and tells of those who are new.
    pub(crate) async fn list_source(&self, member: &Member) -> Result<(), ListingError> {
        match member {
            Member::Person(_) | Member::SlackUser(_) => Ok(()),
            Member::SlackGroup(group) => {
                let fresh = self.groups.anew();
                let read = self.slack_group_members(group, fresh).await;
                read.map(drop).map_err(|cause| ListingError::SlackGroup { group: group.to_string(), cause })
            }
            Member::Team(team) => self.list_team(team).await,
            Member::Owners => {
                for installation in self.served().await? {
                    self.list_owners(&installation).await?;
                }
                Ok(())
            }
        }
    }

    async fn list_team(&self, team: &Team) -> Result<(), ListingError> {
        let Some((organization, place)) = self.place_of_team(team).await? else { return Ok(()) };
        let id = self.team_now(team, organization, &place, self.groups.anew()).await?;
        let members = self.github.team_members(TeamPlace { place: &place, organization, team: id }).await;
        let members =
            members.map_err(|trouble| ListingError::TeamMembers { team: team.to_string(), trouble })?;
        self.met_all(&Source::team(team, organization, id), members.iter().map(met_on_github).collect())
            .await;
        Ok(())
    }

    /// Where to ask about a team; nothing where its organization is not ours to serve.
    async fn place_of_team(&self, team: &Team) -> Result<Option<(OrganizationId, Place)>, ListingError> {
        let pin = self.pin_of(team).await?.filter(|pin| pin.agrees_with(team));
        let its = |known: &&Installation| match &pin {
            Some(pin) => known.organization == pin.organization,
            None => known.login == team.organization,
        };
        if let Some(known) = self.served().await?.iter().find(its) {
            return Ok(Some((known.organization, known.place())));
        }
        if !self.config.github.serves(&team.organization) {
            return Ok(None);
        }
        // Right after the first start nothing is known of any installation.
        let found = self.github.installation_of(&team.organization).await.map_err(PlaceError::from)?;
        match found {
            Some(found) if found.suspended => Err(PlaceError::Suspended.into()),
            Some(found) => Ok(Some((found.organization, found.place()))),
            None => Err(PlaceError::NotInstalled(team.organization.clone()).into()),
        }
    }

    async fn list_owners(&self, installation: &Installation) -> Result<(), ListingError> {
        let owners = self.github.owners(&installation.place()).await.map_err(|trouble| {
            let organization = installation.login.clone();
            ListingError::Owners { organization, trouble }
        })?;
        self.met_all(&Source::owners(installation), owners.iter().map(met_on_github).collect()).await;
        Ok(())
    }

    /// The organizations that are in reach and ours to serve.
    pub(crate) async fn served(&self) -> Result<Vec<Installation>, StoreError> {
        let all = self.store.installations().await?.into_iter();
        let is_served = |known: &Installation| {
            known.state == InstallationState::Active && self.config.github.serves(&known.login)
        };
        Ok(all.filter(is_served).collect())
    }
}

fn met_on_slack(book: &Rulebook, user: &SlackUserId) -> Met {
    let login = book.login_of(user).map(Login::to_string);
    Met { id: user.to_string(), name: login.unwrap_or_else(|| user.to_string()) }
}

fn met_on_github((id, login): &(GitHubUserId, Login)) -> Met {
    Met { id: id.to_string(), name: login.to_string() }
}
