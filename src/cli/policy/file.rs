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
        Selected::Names(names) => selected(&asked.organization, names),
    }
}

/// They are told apart by numbers, as GitHub's are.
fn selected(organization: &str, names: &[String]) -> Result<Repositories> {
    let mut listed: Vec<Repository> = Vec::new();
    for (number, name) in (0..).zip(names) {
        let full_name = if name.contains('/') { name.clone() } else { format!("{organization}/{name}") };
        if listed.iter().any(|known| known.full_name.eq_ignore_ascii_case(&full_name)) {
            bail!("repositories names {full_name:?} twice");
        }
        listed.push(Repository { id: RepositoryId(number), full_name, private: None });
    }
    let count = Some(listed.len() as u64);
    Ok(Repositories::Subset { listed, count })
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

    #[test]
    fn two_repositories_are_two() {
        let two = WHOLE.replace("[\"payments-api\"]", "[\"payments-api\", \"Acme/payments-web\"]");
        let request = parse(two.as_bytes(), noon()).unwrap();

        assert!(request.facts.repositories.is_fully_listed(), "{:?}", request.facts.repositories);
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
            ("[\"payments-api\"]", "[\"payments-api\", \"payments-api\"]"),
            ("[\"payments-api\"]", "[\"payments-api\", \"acme/Payments-API\"]"),
            ("\"requester\": \"octocat\"", "\"requester\": \"octocat\", \"requester\": \"alice\""),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            assert!(parse(WHOLE.replacen(from, to, 1).as_bytes(), noon()).is_err(), "{to}");
        }
    }
}
