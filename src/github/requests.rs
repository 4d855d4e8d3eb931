//! The list of pending requests, which alone tells a request's justification and that it still waits.

use serde_json::Value;

use super::client::{Caller, GitHub};
use super::paths::{Place, filtered, segment};
use super::reading;
use super::reads::{MOST_PAGES, Page, unreadable};
use super::trouble::Trouble;
use crate::ids::{Login, RequestId, TokenId};
use crate::request::{Facts, Repositories, Repository};

/// Whether GitHub's list shows a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// With the repositories of a subset read from their own list.
    Found(Box<Facts>),
    /// A complete listing did not show it. No other answer is evidence of absence.
    Absent,
}

/// One request of the whole list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRequest {
    pub id: RequestId,
    /// The repositories of a subset are not told here: see [`GitHub::repositories`].
    pub facts: Facts,
}

impl GitHub {
    /// Looks for one request, in the narrowest list that must show it.
    pub async fn request(
        &self,
        place: &Place,
        owner: &Login,
        token: Option<TokenId>,
        request: RequestId,
    ) -> Result<Listed, Trouble> {
        let is_wanted = |listed: &PendingRequest| listed.id == request;
        let mut found = self.listed(place, Some(owner), token).await?.into_iter().find(is_wanted);
        if found.is_none() {
            // The requester may have been renamed: only a list that no old login can empty shows absence.
            found = self.listed(place, None, token).await?.into_iter().find(is_wanted);
        }
        let Some(PendingRequest { mut facts, .. }) = found else { return Ok(Listed::Absent) };
        if matches!(facts.repositories, Repositories::Subset { .. }) {
            let items = self.repository_items(place, request).await.map_err(ended_meanwhile)?;
            facts.repositories = reading::subset(&items, Some(items.len() as u64));
        }
        Ok(Listed::Found(Box::new(facts)))
    }

    /// The requests that wait in an organization, page by page: the first one, or the one after `last`; nothing after
    /// the list's end. A request may show on two pages, or on none, when the list shifts between them.
    pub async fn pending(
        &self,
        place: &Place,
        last: Option<&Page<PendingRequest>>,
    ) -> Result<Option<Page<PendingRequest>>, Trouble> {
        let path = match last {
            None => filtered(place, "personal-access-token-requests", None, &[])?,
            Some(Page { next: Some(_), number, .. }) if *number >= MOST_PAGES => {
                return Err(unreadable("a list without an end"));
            }
            Some(Page { next: Some(next), .. }) => next.clone(),
            Some(Page { next: None, .. }) => return Ok(None),
        };
        let page = self.page(Caller::Installation(place.installation), "list_requests", path).await?;
        let items = page.items.iter().filter_map(|item| read_of_many(item, place)).collect();
        let number = last.map_or(0, |last| last.number) + 1;
        Ok(Some(Page { items: each_once(items), next: page.next, number }))
    }

    /// The repositories that a request for a subset names.
    pub async fn repositories(&self, place: &Place, request: RequestId) -> Result<Vec<Repository>, Trouble> {
        let items = self.repository_items(place, request).await?;
        let read = items.iter().map(reading::repository).collect::<Option<Vec<_>>>();
        read.ok_or_else(|| unreadable("a repository without id or name"))
    }

    async fn repository_items(&self, place: &Place, request: RequestId) -> Result<Vec<Value>, Trouble> {
        let organization = segment(&place.organization)?;
        let path = format!(
            "/orgs/{organization}/personal-access-token-requests/{request}/repositories?per_page=100"
        );
        self.list(Caller::Installation(place.installation), "list_request_repositories", path).await
    }

    async fn listed(
        &self,
        place: &Place,
        owner: Option<&Login>,
        token: Option<TokenId>,
    ) -> Result<Vec<PendingRequest>, Trouble> {
        let path = filtered(place, "personal-access-token-requests", owner, token.as_slice())?;
        let items = self.list(Caller::Installation(place.installation), "list_requests", path).await?;
        Ok(each_once(items.iter().map(|item| read(item, place)).collect::<Result<_, _>>()?))
    }
}

/// What was listed a moment ago and is not found now has ended: the list tells how, when it is read again. Nobody has to
/// mend anything.
fn ended_meanwhile(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::NotFound { words } => Trouble::Unexpected { status: 404, words },
        other => other,
    }
}

/// A request that is made while we page shifts the others, and one of them shows twice.
fn each_once(mut requests: Vec<PendingRequest>) -> Vec<PendingRequest> {
    requests.sort_by_key(|request| request.id);
    requests.dedup_by_key(|request| request.id);
    requests
}

/// An item that makes no sense is an error: it may be the very one that would otherwise count as absent.
fn read(item: &Value, place: &Place) -> Result<PendingRequest, Trouble> {
    let id = reading::id_in(item, "id").ok_or_else(|| unreadable("a request without id"))?;
    let facts = reading::facts(item, "permissions", place.organization.clone())
        .map_err(|missing| unreadable(&missing.to_string()))?;
    Ok(PendingRequest { id: RequestId(id), facts })
}

/// One of a list from which nothing is concluded about what it does not show: one that makes no sense must not keep the
/// others away. If it is known, it is looked for by its number.
fn read_of_many(item: &Value, place: &Place) -> Option<PendingRequest> {
    let read = read(item, place);
    if let Err(error) = &read {
        let organization = place.organization.as_str();
        tracing::error!(%error, organization, "GitHub lists a request that makes no sense; it can't be shown");
    }
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::stand_in::{Does, Seen, StandIn, acme, answers};
    use axum::response::IntoResponse;
    use serde_json::json;

    const FILTERED: &str =
        "/orgs/acme/personal-access-token-requests?per_page=100&owner%5B%5D=octocat&token_id%5B%5D=98716";
    const BY_TOKEN: &str = "/orgs/acme/personal-access-token-requests?per_page=100&token_id%5B%5D=98716";
    const REPOSITORIES: &str = "/orgs/acme/personal-access-token-requests/25381/repositories?per_page=100";

    fn item(id: u64) -> Value {
        json!({
            "id": id,
            "reason": "Release bot needs to push tags",
            "owner": { "login": "octocat", "id": 1 },
            "repository_selection": "subset",
            "permissions": { "repository": { "contents": "write" } },
            "token_id": 98716,
            "token_expires_at": null,
        })
    }

    async fn look(
        script: impl Fn(&Seen, usize) -> Does + Send + Sync + 'static,
    ) -> (StandIn, Result<Listed, Trouble>) {
        let stand_in = StandIn::start(script).await;
        let wanted = (Login::new("octocat"), Some(TokenId(98_716)), RequestId(25_381));
        let listed = stand_in.github.request(&acme(), &wanted.0, wanted.1, wanted.2).await;
        (stand_in, listed)
    }

    #[tokio::test]
    async fn a_request_is_found_by_its_id_with_reason_and_all_repositories() {
        let (stand_in, listed) = look(|seen, _| match seen.path.as_str() {
            FILTERED => answers(200, &json!([item(1), item(25_381)])),
            REPOSITORIES => {
                answers(200, &json!([{ "id": 7, "full_name": "acme/payments-api", "private": true }]))
            }
            _ => Does::Default,
        })
        .await;

        let Ok(Listed::Found(facts)) = listed else { panic!("{listed:?}") };
        assert_eq!(facts.justification.as_deref(), Some("Release bot needs to push tags"));
        assert!(facts.repositories.is_fully_listed());
        assert_eq!(stand_in.paths(), [FILTERED, REPOSITORIES]);
    }

    #[tokio::test]
    async fn one_that_makes_no_sense_keeps_no_other_away_where_nothing_is_concluded() {
        let odd = json!({ "id": 7, "owner": null });
        let stand_in = StandIn::start(move |seen, _| match seen.path.starts_with("/orgs/") {
            true => answers(200, &json!([odd, { "id": 25_381, "owner": { "login": "octocat", "id": 1 } }])),
            false => Does::Default,
        })
        .await;

        let page = stand_in.github.pending(&acme(), None).await.unwrap().unwrap();
        let looked_for = stand_in.github.request(&acme(), &Login::new("octocat"), None, RequestId(9)).await;

        assert_eq!(page.items.iter().map(|item| item.id.0).collect::<Vec<_>>(), [25_381]);
        // The very one may be the one that is looked for.
        assert!(matches!(looked_for, Err(Trouble::Unexpected { .. })), "{looked_for:?}");
    }

    #[tokio::test]
    async fn a_list_of_requests_that_goes_round_in_a_circle_ends_as_an_error() {
        let stand_in = StandIn::start(|seen, _| {
            let link = "</api/v3/orgs/acme/personal-access-token-requests?per_page=100>; rel=\"next\"";
            match seen.path.starts_with("/orgs/") {
                true => Does::Answers(([("link", link)], "[]").into_response()),
                false => Does::Default,
            }
        })
        .await;
        let mut page = None;
        for _ in 0..MOST_PAGES {
            page = stand_in.github.pending(&acme(), page.as_ref()).await.unwrap();
        }

        let next = stand_in.github.pending(&acme(), page.as_ref()).await;

        assert!(matches!(next, Err(Trouble::Unexpected { .. })), "{next:?}");
    }

    #[tokio::test]
    async fn a_renamed_requester_does_not_make_a_request_absent() {
        let (_, listed) = look(|seen, _| match seen.path.as_str() {
            FILTERED => answers(200, &json!([])),
            BY_TOKEN => answers(200, &json!([item(25_381)])),
            REPOSITORIES => answers(200, &json!([])),
            _ => Does::Default,
        })
        .await;

        assert!(matches!(listed, Ok(Listed::Found(_))), "{listed:?}");
    }

    #[tokio::test]
    async fn only_complete_lists_show_absence() {
        let list = |seen: &Seen| seen.path == FILTERED || seen.path == BY_TOKEN;
        let (_, listed) =
            look(move |seen, _| if list(seen) { answers(200, &json!([item(1)])) } else { Does::Default })
                .await;
        assert_eq!(listed, Ok(Listed::Absent));

        for status in [403, 404, 422, 500] {
            let script =
                move |seen: &Seen, _| if list(seen) { answers(status, &json!({})) } else { Does::Default };
            assert!(look(script).await.1.is_err(), "{status}");
        }
        for odd in [json!({}), json!([{}]), json!([{ "id": 2 }]), json!([null])] {
            let body = odd.clone();
            let script = move |seen: &Seen, _| if list(seen) { answers(200, &body) } else { Does::Default };
            assert!(look(script).await.1.is_err(), "{odd}");
        }
        let second_page_fails = move |seen: &Seen, _| match list(seen) {
            true => Does::Answers(([("link", "</api/v3/more>; rel=\"next\"")], "[]").into_response()),
            false => Does::Default,
        };
        assert!(look(second_page_fails).await.1.is_err());
    }

    #[tokio::test]
    async fn a_repository_that_cannot_be_named_leaves_the_list_short() {
        let (_, listed) = look(|seen, _| match seen.path.as_str() {
            FILTERED => answers(200, &json!([item(25_381)])),
            REPOSITORIES => answers(200, &json!([{ "id": 7 }])),
            _ => Does::Default,
        })
        .await;

        let Ok(Listed::Found(facts)) = listed else { panic!("{listed:?}") };
        assert!(!facts.repositories.is_fully_listed());
    }

    #[tokio::test]
    async fn a_page_of_the_whole_list_tells_each_request_once() {
        let stand_in = StandIn::start(|seen, _| match seen.path.as_str() {
            "/orgs/acme/personal-access-token-requests?per_page=100" => {
                answers(200, &json!([item(3), item(2), item(3)]))
            }
            _ => Does::Default,
        })
        .await;

        let page = stand_in.github.pending(&acme(), None).await.unwrap().unwrap();

        assert_eq!(page.items.iter().map(|one| one.id.0).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(stand_in.github.pending(&acme(), Some(&page)).await, Ok(None));
    }

    proptest::proptest! {
        /// An item with a field that is missing or of another kind is an error, or asks for no less than it says.
        #[test]
        fn a_spoilt_item_is_an_error_or_as_dangerous(
            field in proptest::sample::select(&[
                "id", "reason", "owner", "repository_selection", "permissions", "token_id", "token_expires_at",
            ]),
            odd in proptest::sample::select(vec![
                json!(null), json!(true), json!(0), json!(-1), json!(1e300), json!("x"), json!([]), json!({}), json!([1]),
            ]),
            is_gone: bool,
        ) {
            let whole = read(&item(7), &acme()).unwrap();
            let mut spoilt = item(7);
            match is_gone {
                true => drop(spoilt.as_object_mut().unwrap().remove(field)),
                false => spoilt[field] = odd,
            }

            if let Ok(read) = read(&spoilt, &acme()) {
                proptest::prop_assert_eq!(&read.facts.requester, &whole.facts.requester);
                proptest::prop_assert!(read.id == whole.id || field == "id");
                let never = crate::request::Expiry::Never;
                let ends = [never, crate::request::Expiry::Unknown];
                proptest::prop_assert!(ends.contains(&read.facts.expiry), "{:?}", read.facts.expiry);
                let is_whole = read.facts.permissions == whole.facts.permissions;
                proptest::prop_assert!(is_whole || field == "permissions");
            }
        }
    }
}
