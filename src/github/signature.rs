//! Whether a webhook comes from GitHub: its HMAC over the very bytes that arrived.

use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The secret that GitHub signs webhooks with; never empty.
#[derive(Debug, Clone)]
pub struct WebhookSecret(SecretString);

/// A secret that anybody could sign with.
#[derive(Debug, thiserror::Error)]
#[error("the webhook secret is empty")]
pub struct EmptySecret;

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the signature is missing")]
    Missing,
    #[error("the signature is not sha256= and 64 small hexadecimal digits")]
    Malformed,
    #[error("the signature is wrong")]
    Wrong,
}

impl WebhookSecret {
    pub fn new(secret: SecretString) -> Result<Self, EmptySecret> {
        if secret.expose_secret().trim().is_empty() { Err(EmptySecret) } else { Ok(Self(secret)) }
    }

    /// Checks the value of `X-Hub-Signature-256` against the raw body, in constant time
    /// (docs.github.com, validating-webhook-deliveries).
    pub fn verify(&self, header: Option<&[u8]>, body: &[u8]) -> Result<(), SignatureError> {
        let signature = decode(header.ok_or(SignatureError::Missing)?).ok_or(SignatureError::Malformed)?;
        let mut hmac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret().as_bytes())
            .expect("HMAC takes keys of any length");
        hmac.update(body);
        hmac.verify_slice(&signature).map_err(|_| SignatureError::Wrong)
    }
}

/// Takes exactly what GitHub writes; upper-case digits are not its hand.
fn decode(header: &[u8]) -> Option<[u8; 32]> {
    let digits = header.strip_prefix(b"sha256=")?;
    if digits.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    let mut signature = [0; 32];
    hex::decode_to_slice(digits, &mut signature).ok()?;
    Some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of docs.github.com, validating-webhook-deliveries.
    const BODY: &[u8] = b"Hello, World!";
    const SIGNATURE: &[u8] = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    fn secret() -> WebhookSecret {
        WebhookSecret::new("It's a Secret to Everybody".into()).unwrap()
    }

    #[test]
    fn the_official_example_is_accepted() {
        assert_eq!(secret().verify(Some(SIGNATURE), BODY), Ok(()));
    }

    #[test]
    fn another_body_another_secret_and_another_signature_are_wrong() {
        let other_secret = WebhookSecret::new("another".into()).unwrap();
        let mut other_signature = SIGNATURE.to_vec();
        *other_signature.last_mut().unwrap() = b'8';

        assert_eq!(secret().verify(Some(SIGNATURE), b"Hello, World"), Err(SignatureError::Wrong));
        assert_eq!(other_secret.verify(Some(SIGNATURE), BODY), Err(SignatureError::Wrong));
        assert_eq!(secret().verify(Some(&other_signature), BODY), Err(SignatureError::Wrong));
    }

    #[test]
    fn a_signature_that_is_not_there_is_missing() {
        assert_eq!(secret().verify(None, BODY), Err(SignatureError::Missing));
    }

    #[test]
    fn anything_but_the_prefix_and_64_small_digits_is_malformed() {
        let upper = String::from_utf8(SIGNATURE.to_vec()).unwrap().to_uppercase().replace("SHA256", "sha256");
        let bad: [&[u8]; 6] =
            [b"", b"sha256=", &SIGNATURE[7..], &SIGNATURE[..70], upper.as_bytes(), b"sha1=757107ea"];

        for header in bad {
            assert_eq!(secret().verify(Some(header), BODY), Err(SignatureError::Malformed), "{header:?}");
        }
    }

    #[test]
    fn an_empty_secret_is_refused() {
        for text in ["", " \n"] {
            assert!(WebhookSecret::new(text.into()).is_err(), "{text:?}");
        }
    }
}
