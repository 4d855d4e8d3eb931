//! What Slack hands out with an interaction and takes back for a short while: trigger ids and response URLs.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

/// A trigger id opens one view within this time (docs.slack.dev, handling user interaction).
const TRIGGER_LIFE: TimeDelta = TimeDelta::seconds(3);
/// A response URL serves 5 posts within half an hour (docs.slack.dev, handling user interaction).
const RESPONSE_URL_LIFE: TimeDelta = TimeDelta::minutes(30);
const RESPONSE_URL_USES: u32 = 5;

/// All that was handed out, by its text.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    triggers: BTreeMap<String, Trigger>,
    response_urls: BTreeMap<String, ResponseUrl>,
}

#[derive(Debug)]
struct Trigger {
    user: String,
    made_at: DateTime<Utc>,
    is_used: bool,
}

#[derive(Debug)]
struct ResponseUrl {
    source: Source,
    made_at: DateTime<Utc>,
    uses: u32,
}

/// Where a response URL leads back to.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) user: String,
    pub(super) channel: String,
    /// The message that was clicked; none for a command.
    pub(super) message_ts: Option<String>,
}

impl Tickets {
    /// Everything that was handed out, used up or not.
    pub(super) fn all(&self) -> impl Iterator<Item = String> {
        self.triggers.keys().chain(self.response_urls.keys()).cloned()
    }

    pub(super) fn add_trigger(&mut self, id: String, user: &str, now: DateTime<Utc>) {
        self.triggers.insert(id, Trigger { user: user.to_owned(), made_at: now, is_used: false });
    }

    /// Takes a trigger id back and says whose it was; otherwise Slack's error.
    pub(super) fn exchange_trigger(&mut self, id: &str, now: DateTime<Utc>) -> Result<String, &'static str> {
        let trigger = self.triggers.get_mut(id).ok_or("invalid_trigger_id")?;
        if trigger.is_used {
            return Err("exchanged_trigger_id");
        }
        if now - trigger.made_at >= TRIGGER_LIFE {
            return Err("expired_trigger_id");
        }
        trigger.is_used = true;
        Ok(trigger.user.clone())
    }

    pub(super) fn add_response_url(&mut self, path: String, source: Source, now: DateTime<Utc>) {
        self.response_urls.insert(path, ResponseUrl { source, made_at: now, uses: 0 });
    }

    /// Uses a response URL once and says where it leads; otherwise Slack's error.
    pub(super) fn use_response_url(
        &mut self,
        path: &str,
        now: DateTime<Utc>,
    ) -> Result<Source, &'static str> {
        let url = self.response_urls.get_mut(path).ok_or("no_such_url")?;
        if now - url.made_at >= RESPONSE_URL_LIFE {
            return Err("expired_url");
        }
        if url.uses >= RESPONSE_URL_USES {
            return Err("used_url");
        }
        url.uses += 1;
        Ok(url.source.clone())
    }
}
