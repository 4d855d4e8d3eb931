//! Who people are on GitHub and whether they are members, asked live.

use serde_json::Value;

use super::client::{Caller, GitHub};
use super::paths::{Place, segment};
use super::reading;
use super::reads::unreadable;
use super::trouble::Trouble;
use crate::identity::Membership;
use crate::ids::{GitHubUserId, InstallationId, Login};

/// What an account is in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub membership: Membership,
    /// Never of somebody who is not known to be an active member.
    pub is_owner: bool,
}

impl Standing {
    /// Nobody could be asked.
    pub fn unknown(cause: impl Into<String>) -> Self {
        Self { membership: Membership::Unknown(cause.into()), is_owner: false }
    }
}

impl GitHub {
    /// Whether an account is an active member now, and an owner. Needs the App's `members: read`; without it GitHub answers 403,
    /// which is unknown and not no.
    pub async fn standing(&self, place: &Place, login: &Login) -> Standing {
        match self.membership_object(place, login).await {
            Ok(Some(object)) => {
                let membership = judge(&object);
                let is_owner = membership == Membership::Active && object["role"] == "admin";
                Standing { membership, is_owner }
            }
            Ok(None) => Standing { membership: Membership::Inactive, is_owner: false },
            Err(trouble) => Standing::unknown(trouble.to_string()),
        }
    }

    async fn membership_object(&self, place: &Place, login: &Login) -> Result<Option<Value>, Trouble> {
        let path = format!("/orgs/{}/memberships/{}", segment(&place.organization)?, segment(login)?);
        self.object(Caller::Installation(place.installation), "get_membership", path).await
    }

    /// The account that has a login now; `None` when nobody has it.
    pub async fn user_by_login(
        &self,
        installation: InstallationId,
        login: &Login,
    ) -> Result<Option<(GitHubUserId, Login)>, Trouble> {
        let Ok(login) = segment(login) else { return Ok(None) };
        self.user(installation, format!("/users/{login}")).await
    }

    /// The account with its login as it is now; `None` when it was deleted.
    pub async fn user_by_id(
        &self,
        installation: InstallationId,
        id: GitHubUserId,
    ) -> Result<Option<(GitHubUserId, Login)>, Trouble> {
        self.user(installation, format!("/user/{id}")).await
    }

    async fn user(
        &self,
        installation: InstallationId,
        path: String,
    ) -> Result<Option<(GitHubUserId, Login)>, Trouble> {
        let Some(user) = self.object(Caller::Installation(installation), "get_user", path).await? else {
            return Ok(None);
        };
        let (id, login) =
            reading::account(Some(&user)).ok_or_else(|| unreadable("a user without id or login"))?;
        Ok(Some((GitHubUserId(id), login)))
    }
}

/// A billing manager is no member, though the same call tells of one.
fn judge(membership: &Value) -> Membership {
    match (membership["state"].as_str(), membership["role"].as_str()) {
        (Some("active"), Some("billing_manager")) | (Some("pending"), _) => Membership::Inactive,
        (Some("active"), _) => Membership::Active,
        (state, _) => {
            let state = state.unwrap_or("none");
            Membership::Unknown(super::trouble::cut(&format!(
                "GitHub told the membership's state as {state}"
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::stand_in::{Does, StandIn, acme, answers};
    use serde_json::json;

    async fn membership(status: u16, body: Value) -> Membership {
        standing(status, body).await.membership
    }

    async fn standing(status: u16, body: Value) -> Standing {
        let stand_in = StandIn::start(move |seen, _| match seen.path.as_str() {
            "/orgs/acme/memberships/octocat" => answers(status, &body),
            _ => Does::Default,
        })
        .await;
        stand_in.github.standing(&acme(), &Login::new("Octocat")).await
    }

    #[tokio::test]
    async fn only_an_active_member_is_active() {
        let member = |state: &str, role: &str| json!({ "state": state, "role": role });

        assert_eq!(membership(200, member("active", "member")).await, Membership::Active);
        assert_eq!(membership(200, member("active", "admin")).await, Membership::Active);
        assert_eq!(membership(200, member("active", "billing_manager")).await, Membership::Inactive);
        assert_eq!(membership(200, member("pending", "member")).await, Membership::Inactive);
        assert_eq!(membership(404, json!({})).await, Membership::Inactive);
    }

    #[tokio::test]
    async fn only_an_active_admin_is_an_owner() {
        let is_owner = |state: &str, role: &str| {
            let body = json!({ "state": state, "role": role });
            async { standing(200, body).await.is_owner }
        };

        assert!(is_owner("active", "admin").await);
        assert!(!is_owner("pending", "admin").await);
        assert!(!is_owner("active", "member").await);
        assert!(!is_owner("frozen", "admin").await);
        assert!(!standing(403, json!({ "role": "admin", "state": "active" })).await.is_owner);
    }

    #[tokio::test]
    async fn whatever_is_neither_yes_nor_no_is_unknown() {
        for (status, body) in [
            (200, json!({})),
            (200, json!({ "state": "frozen" })),
            (200, json!([])),
            (302, json!({})),
            (403, json!({ "message": "Resource not accessible by integration" })),
            (500, json!({})),
        ] {
            let told = membership(status, body.clone()).await;
            assert!(matches!(told, Membership::Unknown(_)), "{status} {body} {told:?}");
        }
    }

    #[tokio::test]
    async fn a_user_is_found_by_login_and_by_number() {
        let stand_in = StandIn::start(|seen, _| match seen.path.as_str() {
            "/users/monalisa" | "/user/2" => answers(200, &json!({ "id": 2, "login": "MonaLisa" })),
            _ => Does::Default,
        })
        .await;
        let (github, installation) = (&stand_in.github, acme().installation);
        let monalisa = Some((GitHubUserId(2), Login::new("monalisa")));

        assert_eq!(github.user_by_login(installation, &Login::new("monalisa")).await.unwrap(), monalisa);
        assert_eq!(github.user_by_id(installation, GitHubUserId(2)).await.unwrap(), monalisa);
        assert_eq!(github.user_by_id(installation, GitHubUserId(3)).await, Ok(None));
        assert_eq!(github.user_by_login(installation, &Login::new("mona/lisa")).await, Ok(None));
    }
}
