//! Tokens for tests.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Token, Use};
use crate::ids::{GitHubUserId, GrantId, Login, OrganizationId, RepositoryId, TokenId};
use crate::request::{
    Expiry, Level, Permission, PermissionGroup, Permissions, Repositories, Repository, Requester,
};

pub(crate) use crate::request::samples::noon;

/// octocat's token that may push to payments-api for ninety days; used yesterday.
pub(crate) fn token() -> Token {
    Token {
        organization: OrganizationId(9_001),
        login: Login::new("acme"),
        grant: GrantId(25_381),
        token: Some(TokenId(98_716)),
        key: "t-7f3k2a".parse().unwrap(),
        name: Some("deploy-bot".to_owned()),
        owner: Requester { id: GitHubUserId(1), login: Login::new("octocat") },
        permissions: permissions(&[("repository", "contents", "write")]),
        repositories: subset(&["acme/payments-api"]),
        granted_at: Some(ago(10)),
        expiry: Expiry::At(noon() + TimeDelta::days(80)),
        used: Use::At(ago(1)),
    }
}

pub(crate) fn ago(days: i64) -> DateTime<Utc> {
    noon() - TimeDelta::days(days)
}

pub(crate) fn permissions(all: &[(&str, &str, &str)]) -> Permissions {
    let permission = |(group, name, level): &(&str, &str, &str)| {
        (Permission { group: PermissionGroup::parse(group), name: (*name).to_owned() }, Level::parse(level))
    };
    all.iter().map(permission).collect()
}

pub(crate) fn subset(names: &[&str]) -> Repositories {
    let repository = |name: &&str| Repository {
        id: RepositoryId(name.bytes().fold(7, |id: u64, byte| (id * 31 + u64::from(byte)) % 1_000_003)),
        full_name: (*name).to_owned(),
        private: Some(true),
    };
    let listed: Vec<_> = names.iter().map(repository).collect();
    Repositories::Subset { count: Some(listed.len() as u64), listed }
}
