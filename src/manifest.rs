//! The two apps' manifests: the files in `manifests/`, with the operator's own addresses.

use serde_json::{Value, json};
use url::Url;

const SLACK: &str = include_str!("../manifests/slack-app.json");
const GITHUB: &str = include_str!("../manifests/github-app.json");

/// The Slack app's manifest (docs.slack.dev, app manifest). With `socket` nothing has an address: Slack does not call.
pub fn slack(public_url: &Url, socket: bool) -> String {
    let mut manifest = parsed(SLACK);
    let addresses = [
        ("/features/slash_commands/0", "url", "/slack/commands"),
        ("/settings/event_subscriptions", "request_url", "/slack/events"),
        ("/settings/interactivity", "request_url", "/slack/interactions"),
    ];
    for (place, key, path) in addresses {
        let place =
            manifest.pointer_mut(place).and_then(Value::as_object_mut).expect("the file has this object");
        match socket {
            true => drop(place.remove(key)),
            false => drop(place.insert(key.to_owned(), json!(at(public_url, path)))),
        }
    }
    manifest["settings"]["socket_mode_enabled"] = json!(socket);
    printed(&manifest)
}

/// The GitHub App's manifest (docs.github.com, registering a GitHub App from a manifest). The webhook's secret can't
/// be in it: GitHub makes one, or it is set in the App's settings.
pub fn github(public_url: &Url) -> String {
    let mut manifest = parsed(GITHUB);
    manifest["url"] = json!(at(public_url, ""));
    manifest["hook_attributes"]["url"] = json!(at(public_url, "/github/webhooks"));
    printed(&manifest)
}

fn at(public_url: &Url, path: &str) -> String {
    format!("{}{path}", public_url.as_str().trim_end_matches('/'))
}

fn parsed(file: &str) -> Value {
    serde_json::from_str(file).expect("a test parses the file")
}

fn printed(manifest: &Value) -> String {
    serde_json::to_string_pretty(manifest).expect("JSON always serialises")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Url {
        Url::parse("https://countersign.example.com").unwrap()
    }

    #[test]
    fn the_files_are_what_is_printed_for_the_example() {
        assert_eq!(slack(&example(), false), SLACK.trim_end());
        assert_eq!(github(&example()), GITHUB.trim_end());
    }

    #[test]
    fn the_operators_address_is_everywhere() {
        let url = Url::parse("https://tokens.acme.example/countersign/").unwrap();

        assert!(!slack(&url, false).contains("countersign.example.com"));
        assert!(slack(&url, false).contains("https://tokens.acme.example/countersign/slack/events"));
        assert!(github(&url).contains("https://tokens.acme.example/countersign/github/webhooks"));
    }

    #[test]
    fn socket_mode_has_no_addresses() {
        let manifest = slack(&example(), true);

        assert!(!manifest.contains("https://"));
        assert!(manifest.contains(r#""socket_mode_enabled": true"#));
    }

    /// docs.slack.dev, app manifest: name 35, description 140, a command's description 2,000 characters.
    #[test]
    fn slacks_limits_hold() {
        let manifest = parsed(SLACK);
        let length =
            |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).unwrap().chars().count();

        assert!(length("/display_information/name") <= 35);
        assert!(length("/display_information/description") <= 140);
    }
}
