//! The list of active tokens: what an approval leaves behind.

use chrono::{DateTime, Utc};

use super::client::{Caller, GitHub};
use super::paths::{Place, filtered};
use super::reading;
use super::reads::unreadable;
use super::trouble::Trouble;
use crate::ids::{GitHubUserId, GrantId, Login, TokenId};
use crate::request::{Expiry, Permissions, Repositories};

/// One token's access to an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub owner: GitHubUserId,
    /// `None` when GitHub did not say, which is evidence of nothing.
    pub granted_at: Option<DateTime<Utc>>,
    pub permissions: Permissions,
    /// The repositories of a subset are not told here.
    pub repositories: Repositories,
    pub expiry: Expiry,
}

impl GitHub {
    /// The access that a token has; `None` when a complete listing shows none.
    pub async fn grant(
        &self,
        place: &Place,
        owner: &Login,
        token: TokenId,
    ) -> Result<Option<Grant>, Trouble> {
        let grant = self.granted(place, Some(owner), token).await?;
        // As with requests: an owner's old login must not hide a grant.
        if grant.is_some() { Ok(grant) } else { self.granted(place, None, token).await }
    }

    async fn granted(
        &self,
        place: &Place,
        owner: Option<&Login>,
        token: TokenId,
    ) -> Result<Option<Grant>, Trouble> {
        let path = filtered(place, "personal-access-tokens", owner, Some(token))?;
        let items = self.list(Caller::Installation(place.installation), "list_tokens", path).await?;
        let Some(item) = items.iter().find(|item| reading::id_in(item, "token_id") == Some(token.0)) else {
            return Ok(None);
        };
        let id = reading::id_in(item, "id").ok_or_else(|| unreadable("a token without id"))?;
        let (owner, _) =
            reading::account(item.get("owner")).ok_or_else(|| unreadable("a token without owner"))?;
        Ok(Some(Grant {
            id: GrantId(id),
            owner: GitHubUserId(owner),
            granted_at: item.get("access_granted_at").and_then(reading::time),
            permissions: reading::permissions(item.get("permissions")),
            repositories: reading::repositories(item),
            expiry: reading::expiry(item.get("token_expires_at")),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::stand_in::{Does, StandIn, acme, answers};
    use serde_json::json;

    async fn stand_in() -> StandIn {
        StandIn::start(|seen, _| {
            let path =
                "/orgs/acme/personal-access-tokens?per_page=100&owner%5B%5D=octocat&token_id%5B%5D=98716";
            if seen.path != path {
                let list = seen.path.starts_with("/orgs/acme/personal-access-tokens?");
                return if list { answers(200, &json!([])) } else { Does::Default };
            }
            answers(
                200,
                &json!([{
                    "id": 25381,
                    "owner": { "login": "octocat", "id": 1 },
                    "repository_selection": "all",
                    "permissions": { "organization": { "members": "read" } },
                    "access_granted_at": "2023-05-16T08:47:09.000-07:00",
                    "token_id": 98716,
                    "token_expires_at": "2023-11-16T08:47:09.000-07:00",
                }]),
            )
        })
        .await
    }

    #[tokio::test]
    async fn a_grant_is_found_by_its_token_and_tells_since_when() {
        let stand_in = stand_in().await;

        let found = stand_in.github.grant(&acme(), &Login::new("octocat"), TokenId(98_716)).await;

        let grant = found.unwrap().unwrap();
        assert_eq!((grant.id, grant.owner), (GrantId(25_381), GitHubUserId(1)));
        assert_eq!(grant.granted_at.unwrap().timestamp(), 1_684_252_029);
        assert_eq!(grant.repositories, Repositories::All);
    }

    #[tokio::test]
    async fn a_token_that_complete_lists_do_not_show_has_no_grant() {
        let stand_in = stand_in().await;

        let found = stand_in.github.grant(&acme(), &Login::new("octocat"), TokenId(1)).await;

        assert_eq!(found, Ok(None));
        assert_eq!(stand_in.paths().len(), 2);
    }
}
