//! The two apps' manifests: the files in `manifests/`, with the operator's own addresses.

use serde_json::{Value, json};
use url::Url;

use crate::config::address::is_loopback;

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
    for (pointer, key, path) in addresses {
        let place = manifest.pointer_mut(pointer).and_then(Value::as_object_mut);
        let place = place.expect("a test fills in the file");
        if socket {
            place.remove(key);
        } else {
            place.insert(key.to_owned(), json!(at(public_url, path)));
        }
    }
    // Browsers come back there, also where Slack itself does not call.
    manifest["oauth_config"]["redirect_urls"] = json!([at(public_url, "/link/slack")]);
    manifest["settings"]["socket_mode_enabled"] = json!(socket);
    printed(&manifest)
}

/// The GitHub App's manifest (docs.github.com, registering a GitHub App from a manifest). The webhook's secret can't
/// be in it: GitHub makes one. GitHub refuses a webhook to loopback, so that one starts switched off.
pub fn github(public_url: &Url) -> String {
    let mut manifest = parsed(GITHUB);
    manifest["url"] = json!(at(public_url, ""));
    manifest["callback_urls"] = json!([at(public_url, "/link/github")]);
    manifest["hook_attributes"] =
        json!({ "url": at(public_url, "/github/webhooks"), "active": !is_loopback(public_url) });
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
    use crate::config::slack::DEFAULT_COMMAND;

    fn example() -> Url {
        Url::parse("https://countersign.example.com").unwrap()
    }

    #[test]
    fn the_files_are_what_is_printed_for_the_example() {
        assert_eq!(parsed(&slack(&example(), false)), parsed(SLACK));
        assert_eq!(parsed(&github(&example())), parsed(GITHUB));
    }

    #[test]
    fn the_operators_address_is_everywhere() {
        let url = Url::parse("https://tokens.acme.example/countersign/").unwrap();

        assert!(!slack(&url, false).contains("countersign.example.com"));
        assert!(!github(&url).contains("countersign.example.com"));
        for path in ["slack/events", "slack/commands", "slack/interactions"] {
            let address = format!("\"https://tokens.acme.example/countersign/{path}\"");
            assert_eq!(slack(&url, false).matches(&address).count(), 1, "{address}");
        }
        assert!(github(&url).contains("\"https://tokens.acme.example/countersign/github/webhooks\""));
    }

    #[test]
    fn socket_mode_has_no_addresses() {
        let manifest = slack(&example(), true);

        // But where browsers come back to.
        assert_eq!(manifest.matches("https://").count(), 1);
        assert!(manifest.contains("https://countersign.example.com/link/slack"));
        assert_eq!(parsed(&manifest)["settings"]["socket_mode_enabled"], true);
        assert_eq!(parsed(&slack(&example(), false))["settings"]["socket_mode_enabled"], false);
    }

    #[test]
    fn github_is_not_asked_to_reach_loopback() {
        let url = Url::parse("http://localhost:3000").unwrap();

        assert_eq!(parsed(&github(&url))["hook_attributes"]["active"], false);
        assert_eq!(parsed(&github(&example()))["hook_attributes"]["active"], true);
    }

    #[test]
    fn the_apps_ask_for_what_the_service_uses_and_no_more() {
        let (slack, github) = (parsed(SLACK), parsed(GITHUB));

        let mut scopes: Vec<_> = slack["oauth_config"]["scopes"]["bot"].as_array().unwrap().clone();
        scopes.sort_by_key(Value::to_string);
        assert_eq!(
            json!(scopes),
            json!([
                "channels:history",
                "channels:read",
                "chat:write",
                "commands",
                "files:write",
                "groups:history",
                "groups:read",
                "im:write",
                "usergroups:read",
                "users:read",
            ])
        );
        assert_eq!(
            github["default_permissions"],
            json!({
                "organization_personal_access_token_requests": "write",
                "organization_personal_access_tokens": "write",
                "members": "read",
            })
        );
        assert_eq!(
            github["default_events"],
            json!(["personal_access_token_request", "organization", "membership", "team"])
        );
        assert_eq!(slack["oauth_config"]["scopes"]["user"], json!(["openid", "profile"]));
        assert_eq!(github["public"], false);
        // GitHub rejects a manifest with one.
        assert_eq!(github["hook_attributes"].get("secret"), None);
    }

    #[test]
    fn the_app_has_a_home_and_hears_when_it_is_opened() {
        for socket in [false, true] {
            let manifest = parsed(&slack(&example(), socket));

            assert_eq!(manifest["features"]["app_home"]["home_tab_enabled"], true);
            let events = manifest["settings"]["event_subscriptions"]["bot_events"].as_array().unwrap();
            assert!(events.contains(&json!("app_home_opened")));
        }
    }

    #[test]
    fn the_command_is_the_configured_default_and_escapes_names() {
        let command = &parsed(SLACK)["features"]["slash_commands"][0];

        assert_eq!(command["command"], DEFAULT_COMMAND);
        assert_eq!(command["should_escape"], true);
    }

    /// docs.slack.dev, app manifest: characters of a name, a description, a bot's name.
    #[test]
    fn slacks_limits_hold() {
        let manifest = parsed(SLACK);
        let length = |pointer: &str| manifest.pointer(pointer).unwrap().as_str().unwrap().chars().count();

        assert!(length("/display_information/name") <= 35);
        assert!(length("/display_information/description") <= 140);
        assert!(length("/features/bot_user/display_name") <= 80);
    }
}
