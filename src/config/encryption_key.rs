//! The key from which the service derives others.

use std::fmt;

use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::mistake::Problem;
use super::values::Parsed;

/// Bytes of a key.
const LENGTH: usize = 32;

/// 32 random bytes; prints as redacted.
pub struct EncryptionKey(SecretBox<[u8; LENGTH]>);

impl EncryptionKey {
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// Reads hexadecimal digits or base64, as `openssl rand` writes either.
    pub(super) fn parse(secret: SecretString) -> Parsed<Self> {
        let text = secret.expose_secret().trim();
        let hexadecimal = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        let key = hexadecimal.or_else(|| base64(text)?.try_into().ok());
        key.map(|key| Self(SecretBox::new(Box::new(key)))).ok_or_else(|| {
            let problem = "it is not 32 bytes in hexadecimal digits or base64";
            Problem::shape(problem, "make one with: openssl rand -hex 32")
        })
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey([redacted])")
    }
}

/// Both alphabets of RFC 4648, with or without padding. Too little work for a dependency of its own.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(digit)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            // What is cut off has been pushed before.
            bytes.push((bits >> held) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_and_base64_are_the_same_key() {
        let bytes: Vec<u8> = (0..32).map(|byte| byte * 8).collect();
        for text in [
            "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8",
            "AAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8Pg=",
            "AAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8Pg",
        ] {
            assert_eq!(EncryptionKey::parse(text.into()).unwrap().expose(), bytes, "{text}");
        }
        let high = EncryptionKey::parse("__________________________________________8".into()).unwrap();
        assert_eq!(high.expose(), [0xff; 32]);
    }

    #[test]
    fn other_text_is_no_key() {
        for text in ["00", "secret", "AAAA", &"0".repeat(63), &"0".repeat(66), &"A".repeat(60), "ä"] {
            assert!(EncryptionKey::parse(text.into()).is_err(), "{text:?}");
        }
    }
}
