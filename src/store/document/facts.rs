//! What is asked for, as it is written down.

use serde::{Deserialize, Serialize};

use super::Millis;
use crate::ids::{GitHubUserId, Login, RepositoryId, TokenId};
use crate::request::{self, Expiry, Level, Permission, PermissionGroup, Repositories, Requester};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facts {
    requester: Account,
    organization: String,
    /// Group, name, level.
    permissions: Vec<(String, String, String)>,
    repositories: Selection,
    expiry: Until,
    token: Option<u64>,
    token_name: Option<String>,
    justification: Option<String>,
    created_at: Option<Millis>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    id: u64,
    login: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Selection {
    None,
    All,
    Subset { listed: Vec<Repository>, count: Option<u64> },
    Unknown(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Repository {
    id: u64,
    name: String,
    private: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Until {
    Never,
    At(Millis),
    Unknown,
}

impl From<&request::Facts> for Facts {
    fn from(facts: &request::Facts) -> Self {
        Self {
            requester: Account { id: facts.requester.id.0, login: facts.requester.login.to_string() },
            organization: facts.organization.to_string(),
            permissions: facts
                .permissions
                .iter()
                .map(|(permission, level)| {
                    (permission.group.to_string(), permission.name.clone(), level.to_string())
                })
                .collect(),
            repositories: (&facts.repositories).into(),
            expiry: match facts.expiry {
                Expiry::Never => Until::Never,
                Expiry::At(at) => Until::At(Millis(at)),
                Expiry::Unknown => Until::Unknown,
            },
            token: facts.token.map(|id| id.0),
            token_name: facts.token_name.clone(),
            justification: facts.justification.clone(),
            created_at: facts.created_at.map(Millis),
        }
    }
}

impl From<Facts> for request::Facts {
    fn from(facts: Facts) -> Self {
        let permission = |(group, name, level): (String, String, String)| {
            (Permission { group: PermissionGroup::parse(&group), name }, Level::parse(&level))
        };
        Self {
            requester: Requester {
                id: GitHubUserId(facts.requester.id),
                login: Login::new(&facts.requester.login),
            },
            organization: Login::new(&facts.organization),
            permissions: facts.permissions.into_iter().map(permission).collect(),
            repositories: facts.repositories.into(),
            expiry: match facts.expiry {
                Until::Never => Expiry::Never,
                Until::At(at) => Expiry::At(at.0),
                Until::Unknown => Expiry::Unknown,
            },
            token: facts.token.map(TokenId),
            token_name: facts.token_name,
            justification: facts.justification,
            created_at: facts.created_at.map(|at| at.0),
        }
    }
}

impl From<&Repositories> for Selection {
    fn from(repositories: &Repositories) -> Self {
        match repositories {
            Repositories::None => Self::None,
            Repositories::All => Self::All,
            Repositories::Unknown(selection) => Self::Unknown(selection.clone()),
            Repositories::Subset { listed, count } => Self::Subset {
                listed: listed
                    .iter()
                    .map(|one| Repository { id: one.id.0, name: one.full_name.clone(), private: one.private })
                    .collect(),
                count: *count,
            },
        }
    }
}

impl From<Selection> for Repositories {
    fn from(selection: Selection) -> Self {
        match selection {
            Selection::None => Self::None,
            Selection::All => Self::All,
            Selection::Unknown(selection) => Self::Unknown(selection),
            Selection::Subset { listed, count } => Self::Subset {
                listed: listed
                    .into_iter()
                    .map(|one| request::Repository {
                        id: RepositoryId(one.id),
                        full_name: one.name,
                        private: one.private,
                    })
                    .collect(),
                count,
            },
        }
    }
}
