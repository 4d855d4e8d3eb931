//! How our GitHub App proves itself: a signed JSON Web Token for itself, a minted token for each installation.

use std::future::Future;
use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use moka::future::Cache;
use moka::ops::compute::Op;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};

use super::reading;
use super::trouble::Trouble;
use crate::ids::InstallationId;

/// GitHub refuses a token from the future; a minute bears our clock being ahead
/// (docs.github.com, generating-a-json-web-token-jwt-for-a-github-app).
const ISSUED_BEFORE: TimeDelta = TimeDelta::seconds(60);

/// GitHub allows ten minutes; one less bears our clock being ahead.
const VALID_FOR: TimeDelta = TimeDelta::minutes(9);

/// A token is renewed this long before it expires, so that none expires under way.
const RENEWED_BEFORE: TimeDelta = TimeDelta::minutes(5);

/// More organizations than one App serves; beyond it tokens are minted more often, nothing worse.
const MOST_TOKENS: u64 = 10_000;

/// The App's own credentials.
pub(super) struct AppKey {
    app_id: u64,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Claims {
    iss: String,
    iat: i64,
    exp: i64,
}

impl AppKey {
    pub(super) fn new(app_id: u64, pem: &SecretString) -> Result<Self> {
        let key = EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes())
            .context("github.private_key is not an RSA key in PEM")?;
        Ok(Self { app_id, key })
    }

    /// Signs a token that speaks for the App from now on for nine minutes.
    pub(super) fn sign(&self, now: DateTime<Utc>) -> Result<SecretString, Trouble> {
        let claims = Claims {
            iss: self.app_id.to_string(),
            iat: (now - ISSUED_BEFORE).timestamp(),
            exp: (now + VALID_FOR).timestamp(),
        };
        match jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key) {
            Ok(token) => Ok(token.into()),
            Err(error) => Err(Trouble::Unauthorized { words: format!("cannot sign: {error}") }),
        }
    }
}

/// What a token is minted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Purpose {
    /// Requests are read and decided, everything else is read.
    Usual,
    /// Tokens are revoked; nothing else can be done with it.
    Revoking,
}

/// What the App asks for when it mints; no more than it uses. The read of `members` tells who is still a member.
pub(super) fn permissions_asked(purpose: Purpose) -> Value {
    match purpose {
        Purpose::Usual => json!({ "permissions": {
            "organization_personal_access_token_requests": "write",
            "organization_personal_access_tokens": "read",
            "members": "read",
        } }),
        Purpose::Revoking => json!({ "permissions": { "organization_personal_access_tokens": "write" } }),
    }
}

/// One installation's token: opaque text of any length. Clones are the same token.
#[derive(Debug, Clone)]
pub(super) struct InstallationToken(Arc<Minted>);

#[derive(Debug)]
struct Minted {
    secret: SecretString,
    expires_at: DateTime<Utc>,
}

impl InstallationToken {
    /// Reads GitHub's answer to a minting; `None` when it is no such answer.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let secret = body["token"].as_str().filter(|token| !token.is_empty())?.into();
        Some(Self(Arc::new(Minted { secret, expires_at: reading::time(&body["expires_at"])? })))
    }

    pub(super) fn secret(&self) -> &SecretString {
        &self.0.secret
    }

    fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.0.expires_at - RENEWED_BEFORE <= now
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// For what a token is good.
pub(super) type Use = (InstallationId, Purpose);

/// The tokens in use, one for each installation and purpose. However many ask for one at once, it is minted once.
pub(super) struct InstallationTokens(Cache<Use, InstallationToken>);

impl InstallationTokens {
    /// Our clock judges freshness, because tests can't move the cache's own; the cache only forgets what nobody asks
    /// for any more after GitHub's hour.
    pub(super) fn new() -> Self {
        let hour = std::time::Duration::from_secs(3600);
        Self(Cache::builder().max_capacity(MOST_TOKENS).time_to_live(hour).build())
    }

    /// The token kept, or a new one if that is missing or soon to expire. Errors are shared with whoever waits for
    /// the same minting, and not kept.
    pub(super) async fn get<F>(
        &self,
        of: Use,
        now: DateTime<Utc>,
        mint: F,
    ) -> Result<InstallationToken, Trouble>
    where
        F: Future<Output = Result<InstallationToken, Trouble>>,
    {
        if let Some(kept) = self.0.get(&of).await
            && kept.is_due(now)
        {
            self.forget(of, &kept).await;
        }
        self.0.try_get_with(of, mint).await.map_err(|trouble| (*trouble).clone())
    }

    /// Drops this very token, which expires or was refused; not the one that somebody has put in its place.
    pub(super) async fn forget(&self, of: Use, old: &InstallationToken) {
        self.0
            .entry(of)
            .and_compute_with(|entry| {
                let is_old = entry.is_some_and(|entry| entry.value().is(old));
                std::future::ready(if is_old { Op::Remove } else { Op::Nop })
            })
            .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::stand_in::{noon, private_key};
    use aws_lc_rs::signature::KeyPair as _;
    use jsonwebtoken::{DecodingKey, Validation};

    fn token(text: &str) -> InstallationToken {
        let body = json!({ "token": text, "expires_at": noon() + TimeDelta::hours(1) });
        InstallationToken::read(body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_signed_token_names_the_app_and_lives_ten_minutes_from_a_minute_ago() {
        let pem = private_key();
        let app = AppKey::new(123_456, &pem.clone().into()).unwrap();
        let token = app.sign(noon()).unwrap();

        let public = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let key = aws_lc_rs::rsa::KeyPair::from_der(public.inner()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Value>(
            token.expose_secret(),
            &DecodingKey::from_rsa_der(key.public_key().as_ref()),
            &validation,
        )
        .unwrap()
        .claims;
        let now = noon().timestamp();
        assert_eq!(claims, json!({ "iss": "123456", "iat": now - 60, "exp": now + 540 }));
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        let error = AppKey::new(1, &"-----BEGIN secret".into()).err().unwrap();

        assert!(!format!("{error:#}").contains("secret"), "{error:#}");
    }

    #[test]
    fn an_answer_without_token_or_expiry_is_none() {
        for body in ["", "{}", r#"{"token":"ghs_1"}"#, r#"{"token":"","expires_at":"2026-11-22T12:00:00Z"}"#]
        {
            assert!(InstallationToken::read(body.as_bytes()).is_none(), "{body}");
        }
        assert!(!format!("{:?}", token("ghs_secret")).contains("ghs_secret"));
    }

    #[tokio::test]
    async fn forgetting_an_old_token_leaves_its_successor() {
        let tokens = InstallationTokens::new();
        let installation = (InstallationId(5), Purpose::Usual);
        let get = |text: &'static str| tokens.get(installation, noon(), async move { Ok(token(text)) });

        let first = get("first").await.unwrap();
        tokens.forget(installation, &first).await;
        let second = get("second").await.unwrap();
        tokens.forget(installation, &first).await;

        assert!(get("third").await.unwrap().is(&second));
    }

    fn of(purpose: Purpose) -> Use {
        (InstallationId(5), purpose)
    }

    #[tokio::test]
    async fn what_revokes_is_a_token_of_its_own() {
        let tokens = InstallationTokens::new();

        let usual = tokens.get(of(Purpose::Usual), noon(), async { Ok(token("ghs_1")) }).await.unwrap();
        let revokes = tokens.get(of(Purpose::Revoking), noon(), async { Ok(token("ghs_2")) }).await.unwrap();

        assert!(!usual.is(&revokes));
        let asked = permissions_asked(Purpose::Usual).to_string();
        assert!(asked.contains("\"organization_personal_access_tokens\":\"read\""), "{asked}");
    }

    #[tokio::test]
    async fn a_failed_minting_is_not_kept() {
        let tokens = InstallationTokens::new();

        let failed = tokens.get(of(Purpose::Usual), noon(), async { Err(Trouble::Suspended) }).await;
        assert_eq!(failed.unwrap_err(), Trouble::Suspended);
        assert!(tokens.get(of(Purpose::Usual), noon(), async { Ok(token("ghs_1")) }).await.is_ok());
    }
}
