//! What GitHub's JSON about requests and tokens means, the same for webhooks and REST lists.
//!
//! Read field by field rather than through derived structs: each field may be missing, null, new or of another type,
//! and every one of these has a meaning of its own. None of them may turn into something less dangerous than the
//! worst it could have said.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::ids::{GitHubUserId, Login, OrganizationId, RepositoryId, TokenId};
use crate::request::{
    Expiry, Facts, Level, Permission, PermissionGroup, Permissions, Repositories, Repository, Requester,
};

/// What could not be found, without which nobody knows what the JSON is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is missing")]
pub struct Missing(pub &'static str);

/// Reads a request; `permissions` names the field that holds them, which differs between webhook and list.
pub(super) fn facts(request: &Value, permissions: &str, organization: Login) -> Result<Facts, Missing> {
    let (id, login) = account(request.get("owner")).ok_or(Missing("the request's owner"))?;
    Ok(Facts {
        requester: Requester { id: GitHubUserId(id), login },
        organization,
        permissions: self::permissions(request.get(permissions)),
        repositories: repositories(request),
        expiry: expiry(request.get("token_expires_at")),
        token: id_in(request, "token_id").map(TokenId),
        token_name: text(request.get("token_name")),
        justification: text(request.get("reason")),
        created_at: request.get("created_at").and_then(time),
    })
}

/// Reads `id` and `login` of an account of any kind.
pub(super) fn account(account: Option<&Value>) -> Option<(u64, Login)> {
    let account = account?;
    let login = account.get("login")?.as_str().filter(|login| !login.is_empty())?;
    Some((id_in(account, "id")?, Login::new(login)))
}

/// Reads an account that is an organization.
pub(super) fn organization(account: Option<&Value>) -> Option<(OrganizationId, Login)> {
    let (id, login) = self::account(account)?;
    Some((OrganizationId(id), login))
}

/// Reads an identifier; one that a database's signed 64 bits can't hold is none of GitHub's.
pub(super) fn id_in(object: &Value, field: &str) -> Option<u64> {
    object.get(field)?.as_u64().filter(|id| i64::try_from(*id).is_ok())
}

/// Reads a moment: RFC 3339 with any offset. A number is none, although installations' webhooks have such: of those no
/// moment is read, and what should be text and is not must not pass for an early end.
pub(super) fn time(value: &Value) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.to_utc())
}

/// Reads `permissions`: groups of names and levels. A group that is absent asks for nothing.
pub(super) fn permissions(value: Option<&Value>) -> Permissions {
    match value.and_then(Value::as_object) {
        Some(groups) => groups.iter().flat_map(|(group, names)| in_group(group, names)).collect(),
        None => [unreadable(PermissionGroup::Unknown("unknown".into()))].into_iter().collect(),
    }
}

fn in_group(name: &str, names: &Value) -> Vec<(Permission, Level)> {
    let group = match name {
        "organization" => PermissionGroup::Organization,
        "repository" => PermissionGroup::Repository,
        "other" => PermissionGroup::Other,
        new => PermissionGroup::Unknown(new.to_owned()),
    };
    let Some(names) = names.as_object() else { return vec![unreadable(group)] };
    let level = |level: &Value| level.as_str().map_or(Level::Unknown("unreadable".into()), Level::parse);
    names
        .iter()
        .map(|(name, value)| (Permission { group: group.clone(), name: name.clone() }, level(value)))
        .collect()
}

/// Stands for permissions that are there for all we know.
fn unreadable(group: PermissionGroup) -> (Permission, Level) {
    (Permission { group, name: "unknown".into() }, Level::Unknown("unreadable".into()))
}

/// Reads which repositories are concerned: the selection, the inline list of a webhook, the count.
pub(super) fn repositories(object: &Value) -> Repositories {
    match object.get("repository_selection").and_then(Value::as_str) {
        // What is named all the same contradicts them.
        Some(word @ ("none" | "all")) if names_some(object) => {
            Repositories::Unknown(format!("{word}, and some by name"))
        }
        Some("none") => Repositories::None,
        Some("all") => Repositories::All,
        Some("subset") => subset(
            object.get("repositories").and_then(Value::as_array).map_or(&[], Vec::as_slice),
            object.get("repository_count").and_then(Value::as_u64),
        ),
        Some(new) => Repositories::Unknown(new.to_owned()),
        None => Repositories::Unknown("unreadable".into()),
    }
}

fn names_some(object: &Value) -> bool {
    object.get("repositories").and_then(Value::as_array).is_some_and(|items| !items.is_empty())
}

/// Keeps what can be named; the count tells when that is not all.
pub(super) fn subset(items: &[Value], count: Option<u64>) -> Repositories {
    let listed: Vec<_> = items.iter().filter_map(repository).collect();
    let unnamed = listed.len() < items.len();
    Repositories::Subset { count: count.or(unnamed.then_some(items.len() as u64)), listed }
}

pub(super) fn repository(item: &Value) -> Option<Repository> {
    Some(Repository {
        id: RepositoryId(id_in(item, "id")?),
        full_name: text(item.get("full_name")).filter(|name| is_full(name))?,
        private: item.get("private").and_then(Value::as_bool),
    })
}

/// Whether it is `owner/name`. Anything else names no repository that a group could hold.
fn is_full(name: &str) -> bool {
    name.split_once('/')
        .is_some_and(|(owner, name)| !owner.is_empty() && !name.is_empty() && !name.contains('/'))
}

/// Reads `token_expires_at`: only an explicit null says never.
pub(super) fn expiry(value: Option<&Value>) -> Expiry {
    match value {
        Some(Value::Null) => Expiry::Never,
        Some(value) => time(value).map_or(Expiry::Unknown, Expiry::At),
        None => Expiry::Unknown,
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    Some(value?.as_str()?.to_owned())
}

/// What a look for this item of acme's list would find, with the repositories that their own list names.
#[cfg(test)]
pub(crate) fn facts_listed(item: &Value) -> Option<Facts> {
    let mut found = facts(item, "permissions", Login::new("acme")).ok()?;
    if matches!(found.repositories, Repositories::Subset { .. }) {
        let items = item.get("repositories").and_then(Value::as_array)?;
        found.repositories = subset(items, Some(items.len() as u64));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(changes: Value) -> Facts {
        let mut request = json!({
            "owner": { "login": "OctoCat", "id": 1 },
            "permissions": { "repository": { "contents": "write" } },
            "repository_selection": "subset",
            "repository_count": 1,
            "repositories": [{ "id": 7, "full_name": "acme/payments-api", "private": true }],
            "token_expires_at": "2023-11-16T08:47:09.000-07:00",
        });
        for (field, value) in changes.as_object().unwrap() {
            request[field] = value.clone();
        }
        facts(&request, "permissions", Login::new("acme")).unwrap()
    }

    fn levels(facts: &Facts) -> Vec<i64> {
        facts.permissions.iter().map(|(_, level)| level.rank()).collect()
    }

    #[test]
    fn offsets_and_z_name_the_same_moment() {
        for moment in ["2023-05-16T08:47:09.000-07:00", "2023-05-16T15:47:09Z"] {
            assert_eq!(time(&json!(moment)).unwrap().timestamp(), 1_684_252_029, "{moment}");
        }
    }

    #[test]
    fn only_null_means_that_a_token_never_expires() {
        assert_eq!(request(json!({ "token_expires_at": null })).expiry, Expiry::Never);
        for odd in [json!(""), json!("soon"), json!({}), json!(true), json!(1e300), json!(1_684_252_029)] {
            assert_eq!(request(json!({ "token_expires_at": odd })).expiry, Expiry::Unknown, "{odd}");
        }
        assert_eq!(expiry(None), Expiry::Unknown);
    }

    #[test]
    fn permissions_that_cannot_be_read_count_as_unknown_ones() {
        let odd = [
            json!(null),
            json!("all"),
            json!([]),
            json!({ "repository": null }),
            json!({ "repository": { "contents": 3 } }),
            json!({ "repository": { "contents": "maintain" } }),
            json!({ "enterprise": ["admin"] }),
        ];

        for permissions in odd {
            assert_eq!(levels(&request(json!({ "permissions": permissions }))), [9], "{permissions}");
        }
        assert_eq!(super::permissions(None).highest().unwrap().rank(), 9);
    }

    #[test]
    fn a_selection_that_contradicts_its_list_is_none_that_is_known() {
        for word in ["none", "all"] {
            let odd = request(json!({ "repository_selection": word })).repositories;
            assert_eq!(odd, Repositories::Unknown(format!("{word}, and some by name")));
            for nothing in [json!([]), json!(null)] {
                let changes = json!({ "repository_selection": word, "repositories": nothing });
                assert!(!matches!(request(changes).repositories, Repositories::Unknown(_)));
            }
        }
    }

    #[test]
    fn a_repository_without_its_whole_name_is_not_known() {
        for name in ["", "payments-api", "/payments-api", "acme/", "acme/payments/api"] {
            let odd = request(json!({ "repositories": [{ "id": 7, "full_name": name }] })).repositories;
            assert!(!odd.is_fully_listed(), "{name}");
        }
    }

    #[test]
    fn absent_and_empty_groups_ask_for_nothing() {
        assert!(request(json!({ "permissions": {} })).permissions.is_empty());
        assert!(request(json!({ "permissions": { "other": {} } })).permissions.is_empty());
    }

    #[test]
    fn a_group_that_is_new_keeps_its_name() {
        let facts = request(json!({ "permissions": { "enterprise": { "billing": "read" } } }));

        let (permission, level) = facts.permissions.iter().next().unwrap();
        assert_eq!(permission.group, PermissionGroup::Unknown("enterprise".into()));
        assert_eq!(*level, Level::Read);
    }

    #[test]
    fn a_selection_that_is_new_or_unreadable_is_unknown() {
        for odd in [json!(null), json!("selected"), json!(2)] {
            let facts = request(json!({ "repository_selection": odd }));
            assert!(matches!(facts.repositories, Repositories::Unknown(_)), "{odd}");
        }
    }

    #[test]
    fn a_subset_without_its_whole_list_is_not_fully_listed() {
        let cut = [
            json!({ "repositories": null }),
            json!({ "repositories": [] }),
            json!({ "repository_count": 2 }),
            json!({ "repository_count": null }),
            json!({ "repositories": [{ "id": 7 }] }),
            json!({ "repositories": [{ "id": 7 }], "repository_count": null }),
        ];

        assert!(request(json!({})).repositories.is_fully_listed());
        for changes in cut {
            assert!(!request(changes.clone()).repositories.is_fully_listed(), "{changes}");
        }
    }

    #[test]
    fn logins_are_read_in_lower_case_and_ids_beyond_the_databases_are_not_read() {
        assert_eq!(request(json!({})).requester.login.as_str(), "octocat");
        assert_eq!(account(Some(&json!({ "login": "octocat", "id": u64::MAX }))), None);
        assert_eq!(account(Some(&json!({ "login": "", "id": 1 }))), None);
    }
}
