//! Who calls: the app by its JWT, or one installation by its token.

mod jwt;
mod token;

pub(crate) use token::new_token;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::answer::Refusal;
use super::path::OrganizationInPath;
use super::world::AccessToken;
use super::{Access, GitHub};
use crate::ids::OrganizationId;

/// Shown for every JWT that GitHub cannot tie to an app, whatever is wrong with it.
const NOT_DECODED: &str = "A JSON web token could not be decoded";

/// The call is the app's own.
pub(crate) struct AsApp;

impl FromRequestParts<GitHub> for AsApp {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, github: &GitHub) -> Result<Self, Refusal> {
        // A JWT must come as Bearer; `token` is for tokens alone (docs.github.com, generating a JWT).
        let jwt = authorization(parts).and_then(|text| scheme(text, "bearer"));
        let jwt = jwt.ok_or_else(|| Refusal::unauthorized(NOT_DECODED))?;
        jwt::verify(github, jwt)?;
        Ok(Self)
    }
}

/// The call is an installation's, about its own organization.
pub(crate) struct Caller {
    pub(crate) organization: OrganizationId,
    token: AccessToken,
}

impl Caller {
    /// Refuses unless the token has this permission at this level or above.
    pub(crate) fn needs(&self, permission: &str, access: Access) -> Result<(), Refusal> {
        match self.token.permissions.get(permission) {
            Some(held) if *held >= access => Ok(()),
            Some(_) | None => Err(Refusal::missing_permission(permission, access)),
        }
    }
}

impl FromRequestParts<GitHub> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, github: &GitHub) -> Result<Self, Refusal> {
        let SomeInstallation(token) = SomeInstallation::from_request_parts(parts, github).await?;
        let named = OrganizationInPath::from_request_parts(parts, github).await?.0.id;
        let own =
            github.look(|world| world.installations.get(&token.installation).map(|each| each.organization));
        match own {
            // The app sees nothing of organizations where it is not installed.
            Some(own) if own == named => Ok(Self { organization: own, token }),
            Some(_) | None => Err(Refusal::not_found()),
        }
    }
}

/// The call is some installation's, about nothing of its own.
pub(crate) struct SomeInstallation(AccessToken);

impl FromRequestParts<GitHub> for SomeInstallation {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, github: &GitHub) -> Result<Self, Refusal> {
        let text = authorization(parts).ok_or_else(|| Refusal::unauthorized("Requires authentication"))?;
        let secret =
            scheme(text, "bearer").or_else(|| scheme(text, "token")).ok_or_else(Refusal::bad_credentials)?;
        token::find(github, secret).map(Self)
    }
}

fn authorization(parts: &Parts) -> Option<&str> {
    parts.headers.get(header::AUTHORIZATION)?.to_str().ok()
}

fn scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (found, rest) = text.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then_some(rest)
}
