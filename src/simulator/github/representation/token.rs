//! Token requests and grants.

use serde_json::{Value, json};

use super::super::variants::ExpiryFormat;
use super::super::world::{Grant, Repositories, Repository, TokenAccess, TokenRequest};
use super::{View, local_time, merge, utc_time};

impl View<'_> {
    /// GitHub's `organization-programmatic-access-grant-request`: a request in the list.
    pub(crate) fn listed_request(&self, request: &TokenRequest) -> Value {
        let mut object = self.listed(&request.access, "personal-access-token-requests", request.id.0);
        object["created_at"] = json!(local_time(request.created_at));
        object["reason"] = json!(request.access.content.reason);
        object
    }

    /// GitHub's `organization-programmatic-access-grant`: an active token in the list.
    pub(crate) fn listed_grant(&self, grant: &Grant) -> Value {
        let mut object = self.listed(&grant.access, "personal-access-tokens", grant.id.0);
        object["access_granted_at"] = json!(local_time(grant.granted_at));
        object
    }

    /// The request as the webhook has it: no reason, but what is new since the last approval.
    pub(crate) fn announced_request(&self, request: &TokenRequest) -> Value {
        let (content, before) = (&request.access.content, &request.granted_before);
        let (count, repositories) = self.inline_repositories(&request.access);
        let mut object = self.token(&request.access);
        merge(
            &mut object,
            json!({
                "id": request.id.0,
                "permissions_added": content.permissions.added_to(before).json(),
                "permissions_upgraded": content.permissions.upgraded_from(before).json(),
                "permissions_result": content.permissions.json(),
                "repository_count": count,
                "repositories": repositories,
                "created_at": local_time(request.created_at),
            }),
        );
        if self.world.variants.reason_in_webhook {
            object["reason"] = json!(content.reason);
        }
        object
    }

    /// `repository_count` and `repositories`: both null unless the request names its repositories.
    fn inline_repositories(&self, access: &TokenAccess) -> (Option<usize>, Option<Vec<Value>>) {
        match &access.content.repositories {
            Repositories::None | Repositories::All => (None, None),
            Repositories::Subset(_) => {
                let all: Vec<&Repository> = self.world.repositories_of(access);
                let shown = self.world.variants.inline_repositories.unwrap_or(all.len());
                (
                    Some(all.len()),
                    Some(all.iter().take(shown).map(|each| self.short_repository(each)).collect()),
                )
            }
        }
    }

    fn listed(&self, access: &TokenAccess, collection: &str, id: u64) -> Value {
        let organization = access.organization;
        let mut object = self.token(access);
        merge(
            &mut object,
            json!({
                "id": id,
                "repositories_url":
                    format!("{}/organizations/{organization}/{collection}/{id}/repositories", self.site.api),
                "permissions": access.content.permissions.json(),
            }),
        );
        object
    }

    /// The fields that requests, grants and webhooks share.
    fn token(&self, access: &TokenAccess) -> Value {
        let expires_at = access.content.expires_at;
        let expiry = expires_at.map(|at| match self.world.variants.expiry_format {
            ExpiryFormat::Offset => local_time(at),
            ExpiryFormat::Utc => utc_time(at),
        });
        json!({
            "owner": self.user(&self.world.users[&access.owner]),
            "repository_selection": access.content.repositories.selection(),
            "token_id": access.token.0,
            "token_name": access.content.token_name,
            "token_expired": expires_at.is_some_and(|at| at <= self.now),
            "token_expires_at": expiry,
            "token_last_used_at": self.world.last_used.get(&access.token).map(|at| local_time(*at)),
        })
    }
}
