//! Proves that a request comes from Slack, before anything in it is read.
//!
//! docs.slack.dev, verifying-requests-from-slack: HMAC-SHA256 with the app's signing secret over version, time and
//! the body's bytes as they came.

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Older requests may be replays; Slack's own advice is five minutes, either way.
const MAX_SKEW_SECONDS: u64 = 300;

/// What Slack and we share; one secret signs interactions, commands and events alike.
#[derive(Debug, Clone)]
pub struct SigningSecret(SecretString);

impl SigningSecret {
    /// Takes the secret, unless it is empty: anybody can sign with an empty one.
    pub fn new(secret: SecretString) -> Result<Self, EmptySecret> {
        if secret.expose_secret().is_empty() { Err(EmptySecret) } else { Ok(Self(secret)) }
    }

    /// Checks the signature and then the age of a request; who can't sign isn't told about the clock.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8], now: DateTime<Utc>) -> Result<(), SignatureError> {
        let timestamp = text(headers, "x-slack-request-timestamp")?;
        let seconds = parse_timestamp(timestamp)?;
        let claimed = parse_signature(text(headers, "x-slack-signature")?)?;

        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes())
            .expect("HMAC takes keys of any length");
        for part in [b"v0:", timestamp.as_bytes(), b":", body] {
            mac.update(part);
        }
        mac.verify_slice(&claimed).map_err(|_| SignatureError::Wrong)?;

        let skew_seconds = now.timestamp().saturating_sub(seconds);
        if skew_seconds.unsigned_abs() > MAX_SKEW_SECONDS {
            return Err(SignatureError::Stale { skew_seconds });
        }
        Ok(())
    }
}

/// A signing secret without a character in it.
#[derive(Debug, thiserror::Error)]
#[error("the signing secret is empty")]
pub struct EmptySecret;

/// Why a request is not believed to be Slack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the signature or its time is missing")]
    Missing,
    #[error("the signature or its time is malformed")]
    Malformed,
    /// Two readers could take different ones for the one that counts.
    #[error("the signature or its time stands there more than once")]
    Repeated,
    #[error("the signature is wrong")]
    Wrong,
    /// Signed with our secret, but too long ago, or by a clock ahead of ours (negative).
    #[error("the signature is {skew_seconds} s old by our clock")]
    Stale { skew_seconds: i64 },
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, SignatureError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(SignatureError::Missing)?;
    match values.next() {
        None => value.to_str().map_err(|_| SignatureError::Malformed),
        Some(_) => Err(SignatureError::Repeated),
    }
}

/// Unix seconds in plain digits.
fn parse_timestamp(text: &str) -> Result<i64, SignatureError> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain).ok_or(SignatureError::Malformed)
}

/// `v0=` and 64 small hexadecimal digits; one spelling only.
fn parse_signature(text: &str) -> Result<[u8; 32], SignatureError> {
    let digits = text.strip_prefix("v0=").ok_or(SignatureError::Malformed)?;
    if digits.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(SignatureError::Malformed);
    }
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| SignatureError::Malformed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // The example of docs.slack.dev, verifying-requests-from-slack.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const TIMESTAMP: &str = "1531420618";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

    fn secret() -> SigningSecret {
        SigningSecret::new(SECRET.into()).unwrap()
    }

    fn headers(timestamp: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-slack-request-timestamp", timestamp.parse().unwrap());
        headers.insert("x-slack-signature", signature.parse().unwrap());
        headers
    }

    fn verify_at(seconds: i64, body: &str) -> Result<(), SignatureError> {
        let now = DateTime::from_timestamp(seconds, 0).unwrap();
        secret().verify(&headers(TIMESTAMP, SIGNATURE), body.as_bytes(), now)
    }

    #[test]
    fn slacks_own_example_is_believed_for_five_minutes_either_way() {
        for age in [-300, 0, 300] {
            assert_eq!(verify_at(1_531_420_618 + age, BODY), Ok(()));
        }
        for age in [-301, 301] {
            let stale = Err(SignatureError::Stale { skew_seconds: age });
            assert_eq!(verify_at(1_531_420_618 + age, BODY), stale);
        }
    }

    #[test]
    fn a_changed_body_is_wrong_however_old_it_is() {
        assert_eq!(verify_at(1_531_420_618, "token="), Err(SignatureError::Wrong));
        assert_eq!(verify_at(1_731_420_618, "token="), Err(SignatureError::Wrong));
    }

    #[test]
    fn other_spellings_are_malformed() {
        let now = DateTime::from_timestamp(1_531_420_618, 0).unwrap();
        let upper = SIGNATURE.to_uppercase().replace("V0", "v0");
        let (short, long) = (&SIGNATURE[..65], format!("{SIGNATURE}00"));

        for signature in ["", "v0=", "v1=00", &SIGNATURE[3..], &upper, short, &long] {
            let outcome = secret().verify(&headers(TIMESTAMP, signature), BODY.as_bytes(), now);
            assert_eq!(outcome, Err(SignatureError::Malformed), "{signature}");
        }
        for timestamp in ["", "+1531420618", "1531420618.0", "-1", "99999999999999999999"] {
            let outcome = secret().verify(&headers(timestamp, SIGNATURE), BODY.as_bytes(), now);
            assert_eq!(outcome, Err(SignatureError::Malformed), "{timestamp}");
        }
    }

    #[test]
    fn an_unsigned_request_lacks_something() {
        let now = DateTime::from_timestamp(1_531_420_618, 0).unwrap();

        for absent in ["x-slack-request-timestamp", "x-slack-signature"] {
            let mut headers = headers(TIMESTAMP, SIGNATURE);
            headers.remove(absent);
            assert_eq!(secret().verify(&headers, BODY.as_bytes(), now), Err(SignatureError::Missing));
        }
    }

    #[test]
    fn what_stands_there_twice_is_not_believed() {
        let now = DateTime::from_timestamp(1_531_420_618, 0).unwrap();

        for twice in ["x-slack-request-timestamp", "x-slack-signature"] {
            let mut headers = headers(TIMESTAMP, SIGNATURE);
            headers.append(twice, headers[twice].clone());
            let outcome = secret().verify(&headers, BODY.as_bytes(), now);
            assert_eq!(outcome, Err(SignatureError::Repeated), "{twice}");
        }
    }

    #[test]
    fn an_empty_secret_is_not_taken_and_a_secret_is_not_printed() {
        assert!(SigningSecret::new("".into()).is_err());
        assert!(!format!("{:?}", secret()).contains(SECRET));
    }

    proptest! {
        #[test]
        fn nothing_but_slacks_signature_passes(timestamp in "[ -~]{0,24}", signature in "(v0=)?[ -~]{0,70}", body: Vec<u8>) {
            let now = DateTime::from_timestamp(1_531_420_618, 0).unwrap();
            prop_assert!(secret().verify(&headers(&timestamp, &signature), &body, now).is_err());
        }
    }
}
