//! The webhooks that did not reach us: GitHub keeps them for some days and does not send them again by itself
//! (docs.github.com, handling failed webhook deliveries). Asked as the App.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::client::{Caller, GitHub};
use super::reading;
use super::reads::{MOST_PAGES, unreadable};
use super::trouble::Trouble;
use super::webhook::{Delivery, Malformed};

/// The call that asks for one of them.
pub(super) const ONE: &str = "get_delivery";

/// One try to deliver a webhook that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedDelivery {
    /// GitHub's number for this try.
    pub number: u64,
    /// The same for every try of one webhook.
    pub guid: String,
    pub event: String,
    /// When it was made, by GitHub's clock.
    pub at: DateTime<Utc>,
}

impl GitHub {
    /// The newest failed try; nothing where none failed.
    pub async fn newest_failed_delivery(&self) -> Result<Option<FailedDelivery>, Trouble> {
        let path = "/app/hook/deliveries?per_page=1&status=failure".to_owned();
        let page = self.page(Caller::App, "list_deliveries", path).await?;
        page.items.first().map(read).transpose()
    }

    /// The failed tries that GitHub still has and that were made since `since`, newest first. Their numbers say nothing of
    /// their order: one that took long is listed late, behind others that were made after it.
    pub async fn failed_deliveries(&self, since: DateTime<Utc>) -> Result<Vec<FailedDelivery>, Trouble> {
        let mut found = Vec::new();
        let mut next = Some("/app/hook/deliveries?per_page=100&status=failure".to_owned());
        for _ in 0..MOST_PAGES {
            let Some(path) = next else { return Ok(found) };
            let page = self.page(Caller::App, "list_deliveries", path).await?;
            next = page.next;
            let failed: Vec<_> = page.items.iter().filter_map(read_of_many).collect();
            let is_end = failed.last().is_some_and(|last| last.at < since);
            found.extend(failed.into_iter().filter(|one| one.at >= since));
            if is_end {
                return Ok(found);
            }
        }
        tracing::warn!(
            read = found.len(),
            "more webhooks were lost than are fetched; the lists tell of the rest"
        );
        Ok(found)
    }

    /// What a delivery said, as if it had arrived now; nothing where GitHub does not have it any more, and an error of
    /// its own where it makes no sense.
    pub async fn delivery(
        &self,
        failed: &FailedDelivery,
    ) -> Result<Option<Result<Delivery, Malformed>>, Trouble> {
        let path = format!("/app/hook/deliveries/{}", failed.number);
        let Some(delivery) = self.object(Caller::App, ONE, path).await? else { return Ok(None) };
        let payload = &delivery["request"]["payload"];
        if !payload.is_object() {
            return Ok(None);
        }
        let body = payload.to_string();
        Ok(Some(Delivery::parse(&failed.event, Some(&failed.guid), body.as_bytes())))
    }
}

/// One of many: one that makes no sense must not keep the others away.
fn read_of_many(item: &Value) -> Option<FailedDelivery> {
    let read = read(item);
    if let Err(error) = &read {
        tracing::error!(%error, "GitHub lists a failed delivery that makes no sense; the lists tell of what it told");
    }
    read.ok()
}

/// One that does not say what it was and when is an error.
fn read(item: &Value) -> Result<FailedDelivery, Trouble> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let read = || {
        Some(FailedDelivery {
            number: reading::id_in(item, "id")?,
            guid: text("guid")?,
            event: text("event")?,
            at: item.get("delivered_at").and_then(reading::time)?,
        })
    };
    read().ok_or_else(|| unreadable("a delivery without id, guid, event or time"))
}
