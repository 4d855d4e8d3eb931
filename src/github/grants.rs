//! The list of active tokens: what an approval leaves behind.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::client::{Caller, GitHub};
use super::paths::{Place, filtered, segment};
use super::reading;
use super::reads::unreadable;
use super::trouble::Trouble;
use crate::ids::{GitHubUserId, GrantId, Login, TokenId};
use crate::request::{Expiry, Permissions, Repositories, Repository, Requester};
use crate::token::Use;

/// As many tokens may be asked for at once (docs.github.com, REST: list fine-grained personal access tokens with access to
/// organization resources).
pub const MOST_TOKENS: usize = 50;

/// One token's access to an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: GrantId,
    pub owner: Requester,
    pub token: Option<TokenId>,
    /// The owner's own name for the token: a stranger's text.
    pub name: Option<String>,
    /// `None` when GitHub did not say, which is evidence of nothing.
    pub granted_at: Option<DateTime<Utc>>,
    pub permissions: Permissions,
    /// The repositories of a subset are not told here: see [`GitHub::grant_repositories`].
    pub repositories: Repositories,
    pub expiry: Expiry,
    pub used: Use,
}

/// A part of the whole list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantPage {
    pub grants: Vec<Grant>,
    /// Tokens of this page that are there and made no sense.
    pub unreadable: Vec<GrantId>,
    /// How many more made no sense and do not even say which they are: any may be one of them.
    pub nameless: u64,
    /// Where the list goes on, to be asked for as it is; nothing at its end.
    pub next: Option<String>,
    /// GitHub's tag for the page as it is.
    pub etag: Option<String>,
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

    /// The same by the token's number alone, in one question.
    pub async fn grant_of(&self, place: &Place, token: TokenId) -> Result<Option<Grant>, Trouble> {
        self.granted(place, None, token).await
    }

    /// The tokens of an organization, page by page: the first one, or the one that begins at `cursor`. Those that were
    /// granted last come last, so that whatever comes while we read comes behind what was read; what goes meanwhile moves
    /// the others, and one of them may show on no page.
    ///
    /// Gives nothing where the page still has the tag `etag` that it had before: that answer costs no call.
    pub async fn grants_unless(
        &self,
        place: &Place,
        cursor: Option<&str>,
        etag: Option<&str>,
    ) -> Result<Option<GrantPage>, Trouble> {
        let path = match cursor {
            Some(cursor) => cursor.to_owned(),
            None => {
                let organization = segment(&place.organization)?;
                format!(
                    "/orgs/{organization}/personal-access-tokens?per_page=100&sort=created_at&direction=asc"
                )
            }
        };
        let caller = Caller::Installation(place.installation);
        let Some((page, etag)) = self.page_unless(caller, "list_tokens", path, etag).await? else {
            return Ok(None);
        };
        let count = page.items.len();
        let mut grants: Vec<_> = page.items.iter().filter_map(|item| read_of_many(item, place)).collect();
        let unreadable: Vec<_> = page
            .items
            .iter()
            .filter(|item| read(item).is_err())
            .filter_map(|item| reading::id_in(item, "id").map(GrantId))
            .collect();
        let nameless = (count - grants.len() - unreadable.len()) as u64;
        grants.sort_by_key(|grant| grant.id);
        grants.dedup_by_key(|grant| grant.id);
        Ok(Some(GrantPage { grants, unreadable, nameless, next: page.next, etag }))
    }

    /// The repositories that a token for a subset reaches. One that can't be named leaves the list short.
    pub async fn grant_repositories(&self, place: &Place, grant: GrantId) -> Result<Repositories, Trouble> {
        let organization = segment(&place.organization)?;
        let path = format!("/orgs/{organization}/personal-access-tokens/{grant}/repositories?per_page=100");
        let caller = Caller::Installation(place.installation);
        let items = self.list(caller, "list_token_repositories", path).await?;
        let mut repositories: Vec<Repository> = items.iter().filter_map(reading::repository).collect();
        // One that shifts from page to page is listed twice.
        repositories.sort_by_key(|repository| repository.id);
        repositories.dedup_by_key(|repository| repository.id);
        let unnamed = items.iter().filter(|item| reading::repository(item).is_none()).count();
        let count = Some((repositories.len() + unnamed) as u64);
        Ok(Repositories::Subset { listed: repositories, count })
    }

    /// Which of these tokens GitHub lists, and with which grants: the others have no access. At most [`MOST_TOKENS`] at
    /// once. An item that does not say which it is may be any of them, so that nothing can be concluded then.
    pub async fn grants_among(
        &self,
        place: &Place,
        tokens: &[TokenId],
    ) -> Result<HashSet<(TokenId, GrantId)>, Trouble> {
        let path = filtered(place, "personal-access-tokens", None, tokens)?;
        let items = self.list(Caller::Installation(place.installation), "list_tokens", path).await?;
        let id = |item: &Value| {
            let token = reading::id_in(item, "token_id").map(TokenId);
            token.zip(reading::id_in(item, "id").map(GrantId))
        };
        items.iter().map(|item| id(item).ok_or_else(|| unreadable("a token without its numbers"))).collect()
    }

    async fn granted(
        &self,
        place: &Place,
        owner: Option<&Login>,
        token: TokenId,
    ) -> Result<Option<Grant>, Trouble> {
        let path = filtered(place, "personal-access-tokens", owner, &[token])?;
        let items = self.list(Caller::Installation(place.installation), "list_tokens", path).await?;
        let found = items.iter().find(|item| reading::id_in(item, "token_id") == Some(token.0));
        found.map(read).transpose()
    }
}

fn read(item: &Value) -> Result<Grant, Trouble> {
    let id = reading::id_in(item, "id").ok_or_else(|| unreadable("a token without id"))?;
    let (owner, login) =
        reading::account(item.get("owner")).ok_or_else(|| unreadable("a token without owner"))?;
    Ok(Grant {
        id: GrantId(id),
        owner: Requester { id: GitHubUserId(owner), login },
        token: reading::id_in(item, "token_id").map(TokenId),
        name: item.get("token_name").and_then(Value::as_str).map(str::to_owned),
        granted_at: item.get("access_granted_at").and_then(reading::time),
        permissions: reading::permissions(item.get("permissions")),
        repositories: reading::repositories(item),
        expiry: reading::expiry(item.get("token_expires_at")),
        used: used(item.get("token_last_used_at")),
    })
}

/// Only an explicit null says that it was never used.
fn used(value: Option<&Value>) -> Use {
    match value {
        Some(Value::Null) => Use::Never,
        Some(value) => reading::time(value).map_or(Use::Unknown, Use::At),
        None => Use::Unknown,
    }
}

/// One that makes no sense must not keep the others away.
fn read_of_many(item: &Value, place: &Place) -> Option<Grant> {
    let read = read(item);
    if let Err(error) = &read {
        let organization = place.organization.as_str();
        tracing::error!(%error, organization, "GitHub lists a token that makes no sense; it can't be shown");
    }
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::stand_in::{Does, StandIn, acme, answers};
    use axum::response::IntoResponse;
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
        assert_eq!((grant.id, grant.owner.id), (GrantId(25_381), GitHubUserId(1)));
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

    #[tokio::test]
    async fn a_page_tells_what_it_shows_what_makes_no_sense_and_where_it_goes_on() {
        const FIRST: &str = "/orgs/acme/personal-access-tokens?per_page=100&sort=created_at&direction=asc";
        const SECOND: &str = "/organizations/9001/personal-access-tokens?page=2";
        let item = |id: u64| json!({ "id": id, "owner": { "login": "octocat", "id": 1 } });
        let stand_in = StandIn::start(move |seen, _| match seen.path.as_str() {
            FIRST => {
                let items = json!([item(3), item(2), item(3), { "id": 4 }, null]);
                let link = format!("</api/v3{SECOND}>; rel=\"next\"");
                Does::Answers(([("link", link)], items.to_string()).into_response())
            }
            SECOND => answers(200, &json!([item(5)])),
            _ => Does::Default,
        })
        .await;

        let first = stand_in.github.grants_unless(&acme(), None, None).await.unwrap().unwrap();
        let second =
            stand_in.github.grants_unless(&acme(), first.next.as_deref(), None).await.unwrap().unwrap();

        let ids = |page: &GrantPage| page.grants.iter().map(|grant| grant.id.0).collect::<Vec<_>>();
        assert_eq!((ids(&first), &first.unreadable[..], first.nameless), (vec![2, 3], &[GrantId(4)][..], 1));
        assert_eq!((ids(&second), second.nameless, second.next), (vec![5], 0, None));
        assert!(second.unreadable.is_empty());
        // Nothing said is nothing known.
        let grant = &first.grants[0];
        assert_eq!((grant.expiry, grant.used, grant.granted_at), (Expiry::Unknown, Use::Unknown, None));
        assert!(matches!(grant.repositories, Repositories::Unknown(_)));
        assert_eq!(grant.permissions.highest().unwrap().rank(), 9);
    }

    #[tokio::test]
    async fn tokens_are_looked_for_together_and_one_without_a_number_may_be_any_of_them() {
        let item = |id: u64, token: u64| json!({ "id": id, "token_id": token });
        let stand_in = StandIn::start(move |seen, _| match seen.path.as_str() {
            "/orgs/acme/personal-access-tokens?per_page=100&token_id%5B%5D=7&token_id%5B%5D=8" => {
                answers(200, &json!([item(1, 7)]))
            }
            "/orgs/acme/personal-access-tokens?per_page=100&token_id%5B%5D=9" => {
                answers(200, &json!([item(2, 9), { "id": 3 }]))
            }
            _ => Does::Default,
        })
        .await;

        let found = stand_in.github.grants_among(&acme(), &[TokenId(7), TokenId(8)]).await;
        assert_eq!(found, Ok([(TokenId(7), GrantId(1))].into_iter().collect()));
        assert!(stand_in.github.grants_among(&acme(), &[TokenId(9)]).await.is_err());
    }

    #[test]
    fn only_null_means_that_a_token_was_never_used() {
        assert_eq!(used(Some(&Value::Null)), Use::Never);
        assert!(matches!(used(Some(&json!("2023-05-16T08:47:09.000-07:00"))), Use::At(_)));
        for odd in [json!(""), json!(0), json!(false), json!({})] {
            assert_eq!(used(Some(&odd)), Use::Unknown, "{odd}");
        }
        assert_eq!(used(None), Use::Unknown);
    }

    #[tokio::test]
    async fn repositories_are_told_once_each_and_one_without_a_name_leaves_the_list_short() {
        let stand_in = StandIn::start(|seen, _| {
            let one = json!({ "id": 7, "full_name": "acme/docs", "private": true });
            match seen.path.as_str() {
                "/orgs/acme/personal-access-tokens/1/repositories?per_page=100" => {
                    answers(200, &json!([one, one]))
                }
                "/orgs/acme/personal-access-tokens/2/repositories?per_page=100" => {
                    answers(200, &json!([one, { "id": 8 }]))
                }
                _ => Does::Default,
            }
        })
        .await;

        let [whole, short] = [1, 2].map(GrantId);
        let whole = stand_in.github.grant_repositories(&acme(), whole).await.unwrap();
        let short = stand_in.github.grant_repositories(&acme(), short).await.unwrap();

        assert!(whole.is_fully_listed() && !short.is_fully_listed());
        assert!(stand_in.github.grant_repositories(&acme(), GrantId(3)).await.is_err());
    }
}
