//! Whom Slack says it signed in: an OpenID Connect id_token, believed in nothing before all of it holds.
//!
//! The signature is checked by the crate that signs our own tokens for GitHub, over the one TLS and signature provider.
//! `openidconnect` would bring a second one, pure Rust, with an open advisory on its RSA (RUSTSEC-2023-0071), and sixty crates.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::{InSlack, Trouble};
use crate::ids::{EnterpriseId, SlackUserId, TeamId};
use crate::slack::text;

/// How far Slack's clock and ours may be apart.
const LEEWAY: TimeDelta = TimeDelta::minutes(1);

/// Slack's tokens are valid for five minutes; one that was made longer ago was not made for this sign-in.
const OLDEST: TimeDelta = TimeDelta::minutes(10);

/// What the token has to say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: DateTime<Utc>,
}

/// docs.slack.dev, Sign in with Slack.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: String,
    #[serde(rename = "https://slack.com/user_id")]
    user: String,
    #[serde(rename = "https://slack.com/team_id")]
    team: Option<String>,
    #[serde(rename = "https://slack.com/enterprise_id")]
    enterprise: Option<String>,
    name: Option<String>,
}

/// OpenID Connect allows both spellings.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Some(Vec<String>),
}

/// Reads a token that one of the keys signed and that says what it has to.
pub(super) fn verified(token: &str, keys: &[u8], expected: &Expected<'_>) -> Result<InSlack, Trouble> {
    let keys: JwkSet = serde_json::from_slice(keys)
        .map_err(|_| Trouble::Unavailable("Slack's keys can't be read".to_owned()))?;
    let untrue = |what: &str| Trouble::Untrue(format!("the id_token {what}"));
    let header = jsonwebtoken::decode_header(token).map_err(|_| untrue("is none"))?;
    if header.alg != Algorithm::RS256 {
        return Err(untrue("is not signed by RS256"));
    }
    let key = header.kid.as_deref().and_then(|kid| keys.find(kid));
    let key = key.ok_or_else(|| untrue("names no key of Slack's"))?;
    let key = DecodingKey::from_jwk(key).map_err(|_| untrue("names a key that is none"))?;
    // What it says is judged below, by our own clock.
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims =
        jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::Json(_) => untrue("lacks something"),
            _ => untrue("is not signed by Slack"),
        })?;
    said(claims.claims, expected).map_err(untrue)
}

fn said(claims: Claims, expected: &Expected<'_>) -> Result<InSlack, &'static str> {
    let time = |seconds| DateTime::from_timestamp(seconds, 0).ok_or("has a time out of range");
    let is_for_us = match &claims.aud {
        Audience::One(client) => client == expected.client,
        Audience::Some(clients) => matches!(&clients[..], [client] if client == expected.client),
    };
    if claims.iss != expected.issuer {
        return Err("is not from Slack");
    }
    if !is_for_us || claims.azp.is_some_and(|client| client != expected.client) {
        return Err("is for another app");
    }
    if claims.nonce != expected.nonce {
        return Err("is of another sign-in");
    }
    // Our own time is the one to add to: theirs may be the last that there is.
    if expected.now - LEEWAY >= time(claims.exp)? {
        return Err("has expired");
    }
    let made_at = time(claims.iat)?;
    if made_at > expected.now + LEEWAY || made_at < expected.now - OLDEST {
        return Err("was not made just now");
    }
    if claims.user.is_empty() {
        return Err("names nobody");
    }
    Ok(InSlack {
        user: SlackUserId::new(claims.user),
        team: claims.team.map(TeamId::new),
        enterprise: claims.enterprise.map(EnterpriseId::new),
        name: text::clean(&claims.name.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{EncodingKey, Header};
    use secrecy::{ExposeSecret, SecretString};
    use serde_json::{Value, json};

    use super::*;
    use crate::request::samples::noon;
    use crate::simulator::github::generate_key_pem;

    static KEYS: LazyLock<[SecretString; 2]> =
        LazyLock::new(|| [generate_key_pem().unwrap(), generate_key_pem().unwrap()]);

    fn signing(key: usize) -> EncodingKey {
        EncodingKey::from_rsa_pem(KEYS[key].expose_secret().as_bytes()).unwrap()
    }

    fn claims() -> Value {
        let now = noon().timestamp();
        json!({
            "iss": "https://slack.com", "sub": "U0ALICE", "aud": "1.2", "exp": now + 300, "iat": now, "auth_time": now,
            "nonce": "n", "https://slack.com/user_id": "U0ALICE", "https://slack.com/team_id": "T0ACME",
            "name": "Alice", "email": "alice@mail.example",
        })
    }

    fn published() -> Vec<u8> {
        let mut key = Jwk::from_encoding_key(&signing(0), Algorithm::RS256).unwrap();
        key.common.key_id = Some("one".to_owned());
        serde_json::to_vec(&JwkSet { keys: vec![key] }).unwrap()
    }

    fn signed(claims: &Value, key: usize) -> String {
        let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, &signing(key)).unwrap()
    }

    fn read(token: &str) -> Result<InSlack, Trouble> {
        let expected = Expected { issuer: "https://slack.com", client: "1.2", nonce: "n", now: noon() };
        verified(token, &published(), &expected)
    }

    #[test]
    fn a_token_that_holds_tells_who_it_is() {
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();

        let told = read(&signed(&claims(), 0)).unwrap();

        assert_eq!(told.user, SlackUserId::new("U0ALICE"));
        assert_eq!(told.team, Some(TeamId::new("T0ACME")));
        assert_eq!((told.enterprise, told.name.as_str()), (None, "Alice"));
        let listed = json!({ "aud": ["1.2"], "azp": "1.2" });
        assert!(read(&signed(&with(&listed), 0)).is_ok());
    }

    fn with(changed: &Value) -> Value {
        let mut claims = claims();
        for (name, value) in changed.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        claims
    }

    #[test]
    fn a_token_of_which_one_thing_does_not_hold_tells_nothing() {
        let now = noon().timestamp();
        for changed in [
            json!({ "iss": "https://slack.com.evil.example" }),
            json!({ "iss": "https://slack.com/" }),
            json!({ "iss": null }),
            json!({ "aud": "1.3" }),
            json!({ "aud": ["1.2", "1.3"] }),
            json!({ "aud": [] }),
            json!({ "aud": null }),
            json!({ "azp": "1.3" }),
            json!({ "nonce": "m" }),
            json!({ "nonce": null }),
            json!({ "exp": now - 60 }),
            json!({ "exp": null }),
            json!({ "exp": "never" }),
            json!({ "exp": i64::MAX }),
            json!({ "exp": 8_210_266_876_799_i64, "iat": now + 61 }),
            json!({ "iat": now + 61 }),
            json!({ "iat": now - 601 }),
            json!({ "iat": null }),
            json!({ "https://slack.com/user_id": null }),
            json!({ "https://slack.com/user_id": "" }),
            json!({ "https://slack.com/user_id": 5 }),
        ] {
            let read = read(&signed(&with(&changed), 0));

            assert!(matches!(read, Err(Trouble::Untrue(_))), "{changed} {read:?}");
        }
    }

    #[test]
    fn a_token_that_slack_did_not_sign_tells_nothing() {
        let good = signed(&claims(), 0);
        let (signed_part, signature) = good.rsplit_once('.').unwrap();
        let of_other_claims = signed(&with(&json!({ "https://slack.com/user_id": "U0BOB" })), 1);
        let (other_part, _) = of_other_claims.rsplit_once('.').unwrap();
        let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::HS256) };
        // By the published key as if it were a shared secret.
        let confused =
            jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(&published())).unwrap();
        let nameless = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims(), &signing(0)).unwrap();
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", signed_part.split_once('.').unwrap().1);
        for token in [
            signed(&claims(), 1),
            format!("{other_part}.{signature}"),
            format!("{signed_part}."),
            unsigned,
            confused,
            nameless,
            String::new(),
            "a.b.c".to_owned(),
        ] {
            assert!(matches!(read(&token), Err(Trouble::Untrue(_))), "{token}");
        }
    }

    #[test]
    fn keys_that_cant_be_read_are_slacks_trouble() {
        let expected = Expected { issuer: "https://slack.com", client: "1.2", nonce: "n", now: noon() };

        for keys in ["", "<html>", "{}"] {
            let read = verified(&signed(&claims(), 0), keys.as_bytes(), &expected);
            assert!(matches!(read, Err(Trouble::Unavailable(_))), "{read:?}");
        }
        let read = verified(&signed(&claims(), 0), br#"{"keys":[]}"#, &expected);
        assert!(matches!(read, Err(Trouble::Untrue(_))), "{read:?}");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        /// Nothing but what Slack signed tells who somebody is, however little of it was changed.
        #[test]
        fn no_text_tells_who_somebody_is(
            text in ".{0,60}",
            at in proptest::num::usize::ANY,
            letter in proptest::char::range('!', '~'),
        ) {
            rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
            proptest::prop_assert!(read(&text).is_err());
            let token = signed(&claims(), 0);
            let at = at % token.len();
            // The last letter of a part has bits that mean nothing.
            let is_last = token[at + 1..].starts_with('.') || at + 1 == token.len();
            let changed = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
            proptest::prop_assert!(changed == token || is_last || read(&changed).is_err(), "{at} {letter}");
        }
    }
}
