//! The published payloads, where they are at hand: `COUNTERSIGN_FIXTURES` names their directory.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Delivery, Event, TokenRequestAction, WebhookSecret};
use crate::request::{Known, Level, Permission, PermissionGroup};

/// The directory of webhooks; `None`, and a word about it, where it is absent. CI must have it.
fn webhooks() -> Option<PathBuf> {
    published("github/webhooks")
}

fn published(path: &str) -> Option<PathBuf> {
    let fixtures = std::env::var_os("COUNTERSIGN_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures"), PathBuf::from);
    let place = fixtures.join(path);
    if place.exists() {
        return Some(place);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no fixtures in {}", place.display());
    eprintln!("skipped: no fixtures in {}", place.display());
    None
}

/// The event's name and the bytes of every payload.
fn payloads(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut payloads = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.contains("schema") && !name.starts_with("signature-vectors") {
            payloads.push((name, std::fs::read(path).unwrap()));
        }
    }
    payloads
}

#[test]
fn all_published_payloads_parse() {
    let Some(directory) = webhooks() else { return };
    let payloads = payloads(&directory);
    assert!(!payloads.is_empty());

    for (name, body) in payloads {
        let mut parts = name.split('.');
        let (event, action) = (parts.next().unwrap(), parts.next().unwrap());
        let parsed = Delivery::parse(event, None, &body).unwrap_or_else(|error| panic!("{name}: {error}"));
        match parsed.event {
            Event::TokenRequest(told) => {
                assert_eq!(event, "personal_access_token_request", "{name}");
                assert_eq!(format!("{:?}", told.action).to_lowercase(), action, "{name}");
                let unknown =
                    told.facts.permissions.iter().any(|(_, level)| matches!(level, Level::Unknown(_)));
                assert!(!unknown, "{name}");
                assert!(told.sender.is_some(), "{name}");
                let may_lack_installation = told.action == TokenRequestAction::Created;
                assert!(told.installation.is_some() || may_lack_installation, "{name}");
            }
            Event::Installation(_) => assert_eq!(event, "installation", "{name}"),
            Event::Ping => assert_eq!(event, "ping", "{name}"),
            Event::Memberships(_) => assert_eq!(event, "organization", "{name}"),
            Event::Other { .. } => assert_eq!(event, "github_app_authorization", "{name}"),
        }
    }
}

/// A name that GitHub has published is no surprise to anybody.
#[test]
fn all_published_permissions_have_words() {
    let Some(description) = published("github/openapi-pat.json") else { return };
    let description: Value = serde_json::from_slice(&std::fs::read(description).unwrap()).unwrap();
    let names = description["components"]["schemas"]["app-permissions"]["properties"].as_object().unwrap();
    assert!(names.len() > 40);

    for name in names.keys() {
        let groups = [PermissionGroup::Repository, PermissionGroup::Organization, PermissionGroup::Other];
        let mut permissions = groups.map(|group| Permission { group, name: name.clone() }).into_iter();
        assert!(permissions.any(|permission| Known::of(&permission).is_some()), "{name}");
    }
}

#[test]
fn all_published_signatures_are_accepted() {
    let Some(directory) = webhooks() else { return };
    let vectors: Value =
        serde_json::from_slice(&std::fs::read(directory.join("signature-vectors.json")).unwrap()).unwrap();

    for vector in vectors["vectors"].as_array().unwrap() {
        let body = match vector["payload_file"].as_str() {
            Some(file) => std::fs::read(directory.join(file)).unwrap(),
            None => vector["payload"].as_str().unwrap().as_bytes().to_vec(),
        };
        let secret = WebhookSecret::new(vector["secret"].as_str().unwrap().into()).unwrap();
        let signature = vector["x_hub_signature_256"].as_str().unwrap();
        assert_eq!(secret.verify(Some(signature.as_bytes()), &body), Ok(()), "{vector}");
    }
}
