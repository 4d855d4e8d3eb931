//! Where a request from Slack comes from, and whether that is the installation we serve.

use crate::ids::{EnterpriseId, SlackAppId, TeamId};

/// The one installation of our app, pinned at first contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlackInstallation {
    /// The app of the configuration.
    pub app: SlackAppId,
    /// The workspace; `None` for an organization-wide installation.
    pub team: Option<TeamId>,
    pub enterprise: Option<EnterpriseId>,
    /// Installed for a whole Enterprise organization, whose workspaces are then all ours.
    pub is_enterprise_install: bool,
}

/// What a payload says about where it was caused; everything may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub app: Option<SlackAppId>,
    /// Null for organization-wide installations, and the clicker's own in modals opened from shared channels.
    pub team: Option<TeamId>,
    pub enterprise: Option<EnterpriseId>,
    pub is_enterprise_install: bool,
    /// The person's home: a workspace, or in an Enterprise organization sometimes its `E…` id. It decides
    /// nothing: whether somebody is external is for `users.info` to say.
    pub user_team: Option<String>,
    /// The workspace whose installation opened the modal.
    pub view_installed_team: Option<TeamId>,
}

/// Why a request is not for us although Slack signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Foreign {
    #[error("it names another app, or none")]
    App,
    #[error("it comes from another workspace, or from none that it names")]
    Workspace,
}

impl Origin {
    /// Whether this is our app in our installation; what is not said counts as foreign.
    pub fn belongs_to(&self, ours: &SlackInstallation) -> Result<(), Foreign> {
        if self.app.as_ref() != Some(&ours.app) {
            return Err(Foreign::App);
        }
        let is_ours = if ours.is_enterprise_install {
            ours.enterprise.is_some() && self.enterprise == ours.enterprise
        } else {
            let team = self.view_installed_team.as_ref().or(self.team.as_ref());
            team.is_some() && team == ours.team.as_ref()
        };
        if is_ours { Ok(()) } else { Err(Foreign::Workspace) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> SlackInstallation {
        SlackInstallation {
            app: SlackAppId::new("A0COUNTER"),
            team: Some(TeamId::new("T0ACME")),
            enterprise: Some(EnterpriseId::new("E0ACME")),
            is_enterprise_install: false,
        }
    }

    fn organization() -> SlackInstallation {
        SlackInstallation { team: None, is_enterprise_install: true, ..workspace() }
    }

    fn origin(team: Option<&str>, enterprise: Option<&str>) -> Origin {
        Origin {
            app: Some(SlackAppId::new("A0COUNTER")),
            team: team.map(TeamId::new),
            enterprise: enterprise.map(EnterpriseId::new),
            ..Origin::default()
        }
    }

    #[test]
    fn another_app_or_none_is_foreign() {
        let ours = origin(Some("T0ACME"), None);

        for app in [None, Some(SlackAppId::new("A0OTHER"))] {
            assert_eq!(Origin { app, ..ours.clone() }.belongs_to(&workspace()), Err(Foreign::App));
        }
    }

    #[test]
    fn a_workspace_installation_wants_its_workspace() {
        assert_eq!(origin(Some("T0ACME"), None).belongs_to(&workspace()), Ok(()));

        for (team, enterprise) in [(Some("T0OTHER"), Some("E0ACME")), (None, Some("E0ACME")), (None, None)] {
            let outcome = origin(team, enterprise).belongs_to(&workspace());
            assert_eq!(outcome, Err(Foreign::Workspace), "{team:?} {enterprise:?}");
        }
    }

    #[test]
    fn an_organization_wide_installation_wants_its_enterprise() {
        assert_eq!(origin(None, Some("E0ACME")).belongs_to(&organization()), Ok(()));
        assert_eq!(origin(Some("T0ANY"), Some("E0ACME")).belongs_to(&organization()), Ok(()));

        for (team, enterprise) in [(Some("T0ACME"), None), (None, Some("E0OTHER")), (None, None)] {
            let outcome = origin(team, enterprise).belongs_to(&organization());
            assert_eq!(outcome, Err(Foreign::Workspace), "{team:?} {enterprise:?}");
        }
    }

    #[test]
    fn an_installation_that_knows_neither_has_nobody() {
        let nobody = SlackInstallation { enterprise: None, ..organization() };
        assert_eq!(origin(None, None).belongs_to(&nobody), Err(Foreign::Workspace));

        let nowhere = SlackInstallation { team: None, ..workspace() };
        assert_eq!(origin(None, None).belongs_to(&nowhere), Err(Foreign::Workspace));
    }

    #[test]
    fn a_modal_belongs_to_the_workspace_that_opened_it() {
        let shared = |opened_by| Origin {
            view_installed_team: Some(TeamId::new(opened_by)),
            ..origin(Some("T0GUESTS"), None)
        };

        assert_eq!(shared("T0ACME").belongs_to(&workspace()), Ok(()));
        assert_eq!(shared("T0OTHER").belongs_to(&workspace()), Err(Foreign::Workspace));
    }

    #[test]
    fn the_persons_home_decides_nothing() {
        let click = Origin { user_team: Some("E0ACME".into()), ..origin(Some("T0ACME"), None) };

        assert_eq!(click.belongs_to(&workspace()), Ok(()));
    }
}
