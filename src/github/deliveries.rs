//! The webhooks that did not reach us: GitHub keeps them for some days and does not send them again by itself
//! (docs.github.com, handling failed webhook deliveries). Asked as the App.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::client::{Caller, GitHub};
use super::reading;
use super::reads::{MOST_PAGES, unreadable};
use super::trouble::Trouble;
use super::webhook::{Delivery, Malformed};

/// One try to deliver a webhook that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedDelivery {
    /// GitHub's number for this try; they rise.
    pub number: u64,
    /// The same for every try of one webhook.
    pub guid: String,
    pub event: String,
}

impl GitHub {
    /// The number of the newest failed try; nothing where none failed.
    pub async fn newest_failed_delivery(&self) -> Result<Option<u64>, Trouble> {
        let path = "/app/hook/deliveries?per_page=1&status=failure".to_owned();
        let page = self.page(Caller::App, "list_deliveries", path).await?;
        Ok(page.items.first().and_then(|item| reading::id_in(item, "id")))
    }

    /// The failed tries with numbers above `after` that were made since `since`, newest first.
    pub async fn failed_deliveries(
        &self,
        after: u64,
        since: DateTime<Utc>,
    ) -> Result<Vec<FailedDelivery>, Trouble> {
        let mut found = Vec::new();
        let mut next = Some("/app/hook/deliveries?per_page=100&status=failure".to_owned());
        for _ in 0..MOST_PAGES {
            let Some(path) = next else { return Ok(found) };
            let page = self.page(Caller::App, "list_deliveries", path).await?;
            next = page.next;
            for item in &page.items {
                let number = reading::id_in(item, "id").ok_or_else(|| unreadable("a delivery without id"))?;
                let is_older = item
                    .get("delivered_at")
                    .and_then(reading::time)
                    .is_some_and(|delivered_at| delivered_at < since);
                if number <= after || is_older {
                    return Ok(found);
                }
                found.extend(read(item, number));
            }
        }
        Ok(found)
    }

    /// What a delivery said, as if it had arrived now; nothing where GitHub does not have it any more, and an error of
    /// its own where it makes no sense.
    pub async fn delivery(
        &self,
        failed: &FailedDelivery,
    ) -> Result<Option<Result<Delivery, Malformed>>, Trouble> {
        let path = format!("/app/hook/deliveries/{}", failed.number);
        let Some(delivery) = self.object(Caller::App, "get_delivery", path).await? else { return Ok(None) };
        let payload = &delivery["request"]["payload"];
        if !payload.is_object() {
            return Ok(None);
        }
        let body = payload.to_string();
        Ok(Some(Delivery::parse(&failed.event, Some(&failed.guid), body.as_bytes())))
    }
}

/// One that does not say what it was is of no use.
fn read(item: &Value, number: u64) -> Option<FailedDelivery> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(FailedDelivery { number, guid: text("guid")?, event: text("event")? })
}
