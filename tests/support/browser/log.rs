//! The page's traffic, as Chromium's performance log has it.

use serde_json::Value;

/// The addresses of all requests in a performance log.
pub(super) fn requested(events: &Value) -> Vec<String> {
    let messages = events
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|event| serde_json::from_str::<Value>(event["message"].as_str()?).ok());
    let sent = messages.filter(|event| event["message"]["method"] == "Network.requestWillBeSent");
    sent.filter_map(|event| event["message"]["params"]["request"]["url"].as_str().map(str::to_owned))
        .collect()
}
