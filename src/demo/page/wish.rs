//! What somebody fills in to ask for a token, in the page's own JSON; it goes both ways.

use anyhow::{Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::demo::ORGANIZATION;
use crate::simulator::github::{Content, GitHub, Permissions, Repositories};

/// GitHub's form takes no longer name (docs.github.com, managing your personal access tokens).
const LONGEST_NAME: usize = 40;

/// As GitHub's form bounds it, and its API for reasons.
const LONGEST_REASON: usize = 1024;

#[derive(Serialize, Deserialize)]
pub(super) struct Wish {
    token_name: String,
    repositories: Selection,
    permissions: Vec<Permission>,
    /// Counted from the asking; none for a token that never expires.
    days: Option<i64>,
    reason: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Selection {
    None,
    All,
    Subset(Vec<String>),
}

#[derive(Serialize, Deserialize)]
struct Permission {
    name: String,
    level: String,
}

/// A permission that the page's form offers.
#[derive(Serialize)]
pub(super) struct Offer {
    name: &'static str,
    words: &'static str,
    levels: &'static [&'static str],
    #[serde(skip)]
    is_on_organization: bool,
}

const fn offer(name: &'static str, words: &'static str, levels: &'static [&'static str]) -> Offer {
    Offer { name, words, levels, is_on_organization: false }
}

const READ_WRITE: &[&str] = &["read", "write"];

/// The permissions that tell most, and one that GitHub does not have, to see what happens on the day it has.
pub(super) const OFFERED: [Offer; 9] = [
    offer("contents", "Contents", READ_WRITE),
    offer("issues", "Issues", READ_WRITE),
    offer("pull_requests", "Pull requests", READ_WRITE),
    offer("actions", "Actions", READ_WRITE),
    offer("workflows", "Workflows", &["write"]),
    offer("secrets", "Secrets", READ_WRITE),
    offer("administration", "Administration", READ_WRITE),
    Offer { is_on_organization: true, ..offer("members", "Members of the organization", READ_WRITE) },
    offer("teleportation", "Teleportation (made up)", READ_WRITE),
];

impl Wish {
    /// What GitHub would take for its form; `asked_at` is when the lifetime begins.
    pub(super) fn into_content(self, github: &GitHub, asked_at: DateTime<Utc>) -> Result<Content> {
        let name = self.token_name.trim();
        ensure!(!name.is_empty(), "the token needs a name");
        ensure!(name.chars().count() <= LONGEST_NAME, "the name is longer than {LONGEST_NAME} characters");
        let reason = self.reason.trim();
        ensure!(reason.chars().count() <= LONGEST_REASON, "the justification is too long");
        ensure!(
            self.days.is_none_or(|days| (1..=366).contains(&days)),
            "a token lives 1 to 366 days, or for ever"
        );
        Ok(Content {
            token_name: name.to_owned(),
            permissions: permissions(&self.permissions)?,
            repositories: self.repositories.into_repositories(github)?,
            expires_at: self.days.map(|days| asked_at + TimeDelta::days(days)),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
        })
    }

    /// The form as it was filled in.
    pub(super) fn of(content: &Content, asked_at: DateTime<Utc>) -> Self {
        let Permissions { organization, repository, other } = &content.permissions;
        let all = repository.iter().chain(organization).chain(other);
        Self {
            token_name: content.token_name.clone(),
            repositories: Selection::of(&content.repositories),
            permissions: all
                .map(|(name, level)| Permission { name: name.clone(), level: level.clone() })
                .collect(),
            days: content.expires_at.map(|at| whole_days(at - asked_at)),
            reason: content.reason.clone().unwrap_or_default(),
        }
    }
}

impl Selection {
    fn into_repositories(self, github: &GitHub) -> Result<Repositories> {
        Ok(match self {
            Self::None => Repositories::None,
            Self::All => Repositories::All,
            Self::Subset(names) => {
                let known = github.repositories(ORGANIZATION);
                let is_known = |name: &String| known.iter().any(|one| one.name == *name);
                ensure!(names.iter().all(is_known), "there is no such repository");
                ensure!(!names.is_empty(), "choose a repository");
                Repositories::Subset(names)
            }
        })
    }

    fn of(repositories: &Repositories) -> Self {
        match repositories {
            Repositories::None => Self::None,
            Repositories::All => Self::All,
            Repositories::Subset(names) => Self::Subset(names.clone()),
        }
    }
}

/// To the nearest: GitHub notes the asking a moment after the form was read.
fn whole_days(lifetime: TimeDelta) -> i64 {
    (lifetime + TimeDelta::hours(12)).num_days()
}

fn permissions(wanted: &[Permission]) -> Result<Permissions> {
    // GitHub adds it to every token that reaches a repository.
    let mut permissions = Permissions::repository([("metadata", "read")]);
    for Permission { name, level } in wanted.iter().filter(|permission| permission.name != "metadata") {
        let offer = OFFERED.iter().find(|offer| offer.name == name && offer.levels.contains(&level.as_str()));
        let Some(offer) = offer else { anyhow::bail!("the form does not offer {name}: {level}") };
        let group = match offer.is_on_organization {
            true => &mut permissions.organization,
            false => &mut permissions.repository,
        };
        group.insert(name.clone(), level.clone());
    }
    Ok(permissions)
}
