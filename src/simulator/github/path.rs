//! What a route's path names: an organization, a number, a user.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::GitHub;
use super::answer::Refusal;
use super::world::{Organization, World};
use crate::ids::{GitHubTeamId, OrganizationId};

/// `{org}` of the path: a login after `/orgs/`, an id after `/organizations/`.
pub(crate) struct OrganizationInPath(pub(crate) Organization);

/// How a route's path names the organization.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Addressing {
    Login,
    Id,
}

impl FromRequestParts<GitHub> for OrganizationInPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, github: &GitHub) -> Result<Self, Refusal> {
        let name = path_parameter(parts, github, "org").await?;
        let addressing = parts.extensions.get().copied().unwrap_or(Addressing::Login);
        let found = github.look(|world| find_organization(world, addressing, &name).cloned());
        found.map(Self).ok_or_else(Refusal::not_found)
    }
}

fn find_organization<'a>(world: &'a World, addressing: Addressing, name: &str) -> Option<&'a Organization> {
    match addressing {
        Addressing::Login => world.find_organization(name),
        Addressing::Id => world.organizations.get(&OrganizationId(name.parse().ok()?)),
    }
}

/// `{id}` of the path; anything but a number is a path that doesn't exist.
pub(crate) struct IdInPath(pub(crate) u64);

impl FromRequestParts<GitHub> for IdInPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, github: &GitHub) -> Result<Self, Refusal> {
        let text = path_parameter(parts, github, "id").await?;
        text.parse().map(Self).map_err(|_| Refusal::not_found())
    }
}

/// `{team}` of the path: a slug after `/orgs/…/teams/`, a number after `/organizations/…/team/`.
pub(crate) enum TeamInPath {
    Slug(String),
    Number(GitHubTeamId),
}

impl FromRequestParts<GitHub> for TeamInPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, github: &GitHub) -> Result<Self, Refusal> {
        let text = path_parameter(parts, github, "team").await?;
        match parts.extensions.get().copied().unwrap_or(Addressing::Login) {
            Addressing::Login => Ok(Self::Slug(text)),
            Addressing::Id => {
                let number = text.parse().map_err(|_| Refusal::not_found())?;
                Ok(Self::Number(GitHubTeamId(number)))
            }
        }
    }
}

/// `{username}` of the path.
pub(crate) struct NameInPath(pub(crate) String);

impl FromRequestParts<GitHub> for NameInPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, github: &GitHub) -> Result<Self, Refusal> {
        path_parameter(parts, github, "username").await.map(Self)
    }
}

async fn path_parameter(parts: &mut Parts, github: &GitHub, name: &str) -> Result<String, Refusal> {
    let parameters =
        RawPathParams::from_request_parts(parts, github).await.map_err(|_| Refusal::not_found())?;
    let found = parameters.iter().find(|(each, _)| *each == name);
    found.map(|(_, value)| value.to_owned()).ok_or_else(Refusal::not_found)
}
