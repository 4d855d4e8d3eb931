//! A request that nobody has made, from a JSON file; docs/policies.md tells the format.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::chance::Chance;
use crate::ids::{GitHubUserId, Login, OrganizationId, RepositoryId, RequestId};
use crate::request::{
    Arrival, Expiry, Facts, Key, Level, Permission, PermissionGroup, Permissions, Repositories, Repository,
    Requester, TokenRequest,
};

/// What is asked for. Nothing but the times may be left out: what is not said would be guessed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    organization: String,
    requester: String,
    /// By group, name and level, as GitHub sends them.
    permissions: BTreeMap<String, BTreeMap<String, String>>,
    repositories: Selected,
    /// `null` for never.
    #[serde(deserialize_with = "Option::deserialize")]
    expires_at: Option<DateTime<Utc>>,
    /// Now, unless said.
    created_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Selected {
    Word(String),
    Names(Vec<String>),
}

pub(super) fn read(path: &Path, now: DateTime<Utc>) -> Result<TokenRequest> {
    let text = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    parse(&text, now).with_context(|| format!("{} is no request; docs/policies.md shows one", path.display()))
}

fn parse(text: &[u8], now: DateTime<Utc>) -> Result<TokenRequest> {
    let asked: Asked = serde_json::from_value(crate::json::strict(text)?)?;
    let facts = Facts {
        requester: Requester { id: GitHubUserId(0), login: Login::new(&asked.requester) },
        organization: Login::new(&asked.organization),
        permissions: permissions(&asked.permissions),
        repositories: repositories(&asked)?,
        expiry: asked.expires_at.map_or(Expiry::Never, Expiry::At),
        token: None,
        token_name: None,
        justification: None,
        created_at: Some(asked.created_at.unwrap_or(now)),
    };
    let (organization, id) = (OrganizationId(0), RequestId(0));
    let arrival = Arrival { organization, id, installation: None, facts, has_rules: false };
    Ok(TokenRequest::arrived(arrival, Key::random(&Chance::seeded(0)), now).request)
}

fn permissions(asked: &BTreeMap<String, BTreeMap<String, String>>) -> Permissions {
    let all =
        asked.iter().flat_map(|(group, names)| names.iter().map(move |(name, level)| (group, name, level)));
    let all = all.map(|(group, name, level)| {
        (Permission { group: PermissionGroup::parse(group), name: name.clone() }, Level::parse(level))
    });
    all.collect()
}

fn repositories(asked: &Asked) -> Result<Repositories> {
    match &asked.repositories {
        Selected::Word(word) if word == "all" => Ok(Repositories::All),
        Selected::Word(word) if word == "none" => Ok(Repositories::None),
        Selected::Word(word) => {
            bail!("repositories is {word:?}, and not \"all\", \"none\" or a list of names")
        }
        Selected::Names(names) => {
            let one = |name: &String| Repository {
                id: RepositoryId(0),
                full_name: if name.contains('/') {
                    name.clone()
                } else {
                    format!("{}/{name}", asked.organization)
                },
                private: None,
            };
            let listed: Vec<_> = names.iter().map(one).collect();
            let count = Some(listed.len() as u64);
            Ok(Repositories::Subset { listed, count })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::noon;

    const WHOLE: &str = r#"{
        "organization": "Acme", "requester": "octocat",
        "permissions": { "repository": { "contents": "write" } },
        "repositories": ["payments-api"], "expires_at": null
    }"#;

    #[test]
    fn a_request_is_read_from_the_documented_format() {
        let request = parse(WHOLE.as_bytes(), noon()).unwrap();

        assert_eq!(request.facts.organization.as_str(), "acme");
        assert_eq!(request.facts.expiry, Expiry::Never);
        assert!(request.facts.repositories.is_fully_listed());
        assert!(docs().contains("\"repositories\": [\"payments-api\"]"));
    }

    fn docs() -> &'static str {
        include_str!("../../../docs/policies.md")
    }

    #[test]
    fn what_is_left_out_or_unknown_is_refused() {
        for (from, to) in [
            ("\"expires_at\": null", "\"expires\": null"),
            (", \"expires_at\": null", ""),
            ("\"organization\": \"Acme\", ", ""),
            ("[\"payments-api\"]", "\"some\""),
            ("\"requester\": \"octocat\"", "\"requester\": \"octocat\", \"requester\": \"alice\""),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            assert!(parse(WHOLE.replacen(from, to, 1).as_bytes(), noon()).is_err(), "{to}");
        }
    }
}
