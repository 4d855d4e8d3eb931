//! Where our App is installed, asked as the App itself.

use serde_json::Value;

use super::client::{Caller, GitHub};
use super::paths::{Place, segment};
use super::reading;
use super::reads::unreadable;
use super::trouble::Trouble;
use crate::ids::{InstallationId, Login, OrganizationId};

/// One installation of our App in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    pub id: InstallationId,
    pub organization: OrganizationId,
    /// The organization's login as it is now.
    pub login: Login,
    /// GitHub mints no token for a suspended one.
    pub suspended: bool,
}

impl Installation {
    pub fn place(&self) -> Place {
        Place { installation: self.id, organization: self.login.clone() }
    }

    /// `None` for installations on users and enterprises, which have no token requests for us.
    fn read(installation: &Value) -> Option<Self> {
        let account = &installation["account"];
        if account["type"] != "Organization" {
            return None;
        }
        let (organization, login) = reading::organization(Some(account))?;
        Some(Self {
            id: InstallationId(reading::id_in(installation, "id")?),
            organization,
            login,
            suspended: !installation["suspended_at"].is_null(),
        })
    }
}

impl GitHub {
    /// The App's installation in an organization; `None` when there is none.
    pub async fn installation_of(&self, organization: &Login) -> Result<Option<Installation>, Trouble> {
        let Ok(organization) = segment(organization) else { return Ok(None) };
        let path = format!("/orgs/{organization}/installation");
        let found = self.object(Caller::App, "find_installation", path).await?;
        let read = |found| Installation::read(&found).ok_or_else(|| unreadable("not an organization's"));
        found.map(read).transpose()
    }

    /// An installation by its number, which stays when the organization is renamed; `None` when it is gone or not an
    /// organization's.
    pub async fn installation(&self, id: InstallationId) -> Result<Option<Installation>, Trouble> {
        let found = self.object(Caller::App, "get_installation", format!("/app/installations/{id}")).await?;
        Ok(found.as_ref().and_then(Installation::read))
    }

    /// All organizations in which the App is installed.
    pub async fn installations(&self) -> Result<Vec<Installation>, Trouble> {
        let path = "/app/installations?per_page=100".to_owned();
        let all = self.list(Caller::App, "list_installations", path).await?;
        Ok(all.iter().filter_map(Installation::read).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::stand_in::{Does, StandIn, answers};
    use serde_json::json;

    fn installation(account: Value, suspended_at: Value) -> Value {
        json!({ "id": 5, "account": account, "suspended_at": suspended_at })
    }

    #[tokio::test]
    async fn an_installation_is_found_by_organization_and_by_number() {
        let acme = json!({ "id": 9, "login": "Acme", "type": "Organization" });
        let stand_in = StandIn::start(move |seen, _| match seen.path.as_str() {
            "/orgs/acme/installation" => answers(200, &installation(acme.clone(), Value::Null)),
            "/app/installations/5" => {
                answers(200, &installation(acme.clone(), json!("2026-11-22T12:00:00Z")))
            }
            _ => Does::Default,
        })
        .await;
        let github = &stand_in.github;

        let found = github.installation_of(&Login::new("acme")).await.unwrap().unwrap();
        assert_eq!((found.id, found.organization), (InstallationId(5), OrganizationId(9)));
        assert_eq!((found.login.as_str(), found.suspended), ("acme", false));
        assert!(github.installation(InstallationId(5)).await.unwrap().unwrap().suspended);
        assert_eq!(github.installation_of(&Login::new("octo-org")).await, Ok(None));
        assert_eq!(github.installation(InstallationId(6)).await, Ok(None));
    }

    #[tokio::test]
    async fn an_installation_that_is_not_an_organizations_is_none_of_ours() {
        for account in
            [json!(null), json!({ "id": 1, "login": "octocat", "type": "User" }), json!({ "slug": "big" })]
        {
            let stand_in =
                StandIn::start(move |_, _| answers(200, &installation(account.clone(), Value::Null))).await;

            assert_eq!(stand_in.github.installation(InstallationId(5)).await, Ok(None));
        }
    }
}
