//! The app's JWT: RS256, signed by its key, at most ten minutes ahead, not issued in the future.

use jsonwebtoken::{Algorithm, Validation, decode};
use serde::Deserialize;
use serde_json::Value;

use super::super::GitHub;
use super::super::answer::Refusal;
use super::NOT_DECODED;

/// docs.github.com, generating a JSON web token (JWT) for a GitHub App.
const LONGEST_LIFE: i64 = 600;

#[derive(Deserialize)]
struct Claims {
    iat: Option<Value>,
    exp: Option<Value>,
    iss: Option<Value>,
}

pub(crate) fn verify(github: &GitHub, jwt: &str) -> Result<(), Refusal> {
    let mut validation = Validation::new(Algorithm::RS256);
    // The claims are judged below, by our clock and in GitHub's words.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims: Claims =
        decode(jwt, &github.0.app_key, &validation).map_err(|_| Refusal::unauthorized(NOT_DECODED))?.claims;
    judge(&claims, github).map_err(Refusal::unauthorized)
}

fn judge(claims: &Claims, github: &GitHub) -> Result<(), &'static str> {
    let now = github.0.clock.now().timestamp();
    let issuer = claims.iss.as_ref().ok_or("Missing 'issuer' claim ('iss') in assertion")?;
    let issued = claims.iat.as_ref().ok_or("Missing 'issued at' claim ('iat') in assertion")?;
    let expires = claims.exp.as_ref().ok_or("Missing 'expiration time' claim ('exp') in assertion")?;

    // A client id is a string; an app id is taken as a number and as a string.
    let app = &github.0.app;
    let known = match issuer {
        Value::Number(id) => id.as_u64() == Some(app.id),
        Value::String(id) => *id == app.client_id || *id == app.id.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    };
    if !known {
        return Err(NOT_DECODED);
    }
    if issued.as_i64().is_none_or(|issued| issued > now) {
        return Err(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        );
    }
    match expires.as_i64() {
        Some(expires) if expires <= now => Err(EXPIRED),
        Some(expires) if expires > now + LONGEST_LIFE => {
            Err("'Expiration time' claim ('exp') is too far in the future")
        }
        Some(_) => Ok(()),
        None => Err(EXPIRED),
    }
}

const EXPIRED: &str = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which \
                       the assertion expires";
