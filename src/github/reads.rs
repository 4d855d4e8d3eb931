//! Questions to GitHub: one object, or the whole of a list.

use axum::http::StatusCode;
use serde_json::Value;

use super::client::{Caller, GitHub};
use super::links;
use super::transport::{Ask, Reply};
use super::trouble::Trouble;

/// Fifty thousand items; a list that goes on longer goes round in a circle.
pub(super) const MOST_PAGES: usize = 500;

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// The path of what comes after it; nothing at the list's end.
    pub(super) next: Option<String>,
    /// The first one is 1.
    pub(super) number: usize,
}

impl GitHub {
    /// Reads one object; `None` when GitHub says 404.
    pub(super) async fn object(
        &self,
        caller: Caller,
        operation: &'static str,
        path: String,
    ) -> Result<Option<Value>, Trouble> {
        let reply = self.ask(caller, &Ask::get(operation, path)).await?;
        match reply.status {
            StatusCode::OK => Ok(Some(json(&reply)?)),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(Trouble::of(&reply, self.now())),
        }
    }

    /// Reads a list to its end: all of it, or an error.
    pub(super) async fn list(
        &self,
        caller: Caller,
        operation: &'static str,
        path: String,
    ) -> Result<Vec<Value>, Trouble> {
        let mut items = Vec::new();
        let mut next = Some(path);
        for _ in 0..MOST_PAGES {
            let Some(path) = next else { return Ok(items) };
            let page = self.page(caller, operation, path).await?;
            items.extend(page.items);
            next = page.next;
        }
        Err(unreadable("a list without end"))
    }

    /// Reads one page of a list.
    pub(super) async fn page(
        &self,
        caller: Caller,
        operation: &'static str,
        path: String,
    ) -> Result<Page<Value>, Trouble> {
        self.page_in(&self.ask(caller, &Ask::get(operation, path)).await?)
    }

    /// The same with its tag; nothing where it still has the tag it had before.
    pub(super) async fn page_unless(
        &self,
        caller: Caller,
        operation: &'static str,
        path: String,
        etag: Option<&str>,
    ) -> Result<Option<(Page<Value>, Option<String>)>, Trouble> {
        let ask = Ask { unless: etag.map(str::to_owned), ..Ask::get(operation, path) };
        let reply = self.ask(caller, &ask).await?;
        if reply.status == StatusCode::NOT_MODIFIED && etag.is_some() {
            return Ok(None);
        }
        let tag = reply.headers.get("etag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        Ok(Some((self.page_in(&reply)?, tag)))
    }

    fn page_in(&self, reply: &Reply) -> Result<Page<Value>, Trouble> {
        if reply.status != StatusCode::OK {
            return Err(Trouble::of(reply, self.now()));
        }
        match json(reply)? {
            Value::Array(items) => Ok(Page { items, next: self.next_page(reply)?, number: 1 }),
            _ => Err(unreadable("not a list")),
        }
    }

    /// The path of the next page. A link that can't be followed is an error, lest half a list pass for a whole one.
    fn next_page(&self, reply: &Reply) -> Result<Option<String>, Trouble> {
        for header in reply.headers.get_all("link") {
            let header = header.to_str().map_err(|_| unreadable("a Link header that is not text"))?;
            if let Some(target) = links::next(header) {
                let path = links::path_below(self.api(), target);
                return path
                    .map(Some)
                    .ok_or_else(|| unreadable("the next page is not on the configured host"));
            }
        }
        Ok(None)
    }
}

fn json(reply: &Reply) -> Result<Value, Trouble> {
    serde_json::from_slice(&reply.body).map_err(|_| unreadable("not JSON"))
}

/// A 200 that makes no sense.
pub(super) fn unreadable(words: &str) -> Trouble {
    Trouble::Unexpected { status: 200, words: words.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::stand_in::{Does, StandIn, answers};
    use axum::response::IntoResponse;
    use serde_json::json;
    use std::sync::{Arc, OnceLock};

    fn page(items: &Value, link: &str) -> Does {
        Does::Answers(([("link", link.to_owned())], items.to_string()).into_response())
    }

    #[tokio::test]
    async fn a_list_is_read_to_its_end_with_our_credentials_on_every_page() {
        let host = Arc::new(OnceLock::<String>::new());
        let stand_in = StandIn::start({
            let host = host.clone();
            move |seen, _| {
                let host = host.get().unwrap();
                let installation = |id: u64| {
                    json!([{ "id": id, "account": { "id": id, "login": "acme", "type": "Organization" } }])
                };
                match seen.path.as_str() {
                    "/app/installations?per_page=100" => page(
                        &installation(1),
                        &format!("<{host}/api/v3/app/installations?page=2>; rel=\"next\", <{host}/x>; rel=\"last\""),
                    ),
                    "/app/installations?page=2" => {
                        page(&installation(2), &format!("<{host}/api/v3/app/installations>; rel=\"prev\""))
                    }
                    _ => Does::Default,
                }
            }
        })
        .await;
        host.set(stand_in.address.clone()).unwrap();

        let all = stand_in.github.installations().await.unwrap();

        assert_eq!(all.iter().map(|one| one.id.0).collect::<Vec<_>>(), [1, 2]);
        assert!(stand_in.seen().iter().all(|seen| seen.token().split('.').count() == 3));
    }

    #[tokio::test]
    async fn a_next_page_elsewhere_is_an_error_and_nothing_is_sent_there() {
        let elsewhere = StandIn::start(|_, _| answers(200, &json!([]))).await;
        let link = format!("<{}/api/v3/app/installations?page=2>; rel=\"next\"", elsewhere.address);
        let stand_in = StandIn::start(move |_, _| page(&json!([]), &link)).await;

        let trouble = stand_in.github.installations().await.unwrap_err();

        assert!(trouble.to_string().ends_with("the next page is not on the configured host"), "{trouble}");
        assert!(elsewhere.seen().is_empty());
    }

    #[tokio::test]
    async fn a_list_that_goes_round_in_a_circle_ends_as_an_error() {
        let link = "</api/v3/app/installations?per_page=100>; rel=\"next\"";
        let stand_in = StandIn::start(move |_, _| page(&json!([]), link)).await;

        assert!(stand_in.github.installations().await.is_err());
        assert_eq!(stand_in.paths().len(), MOST_PAGES);
    }
}
