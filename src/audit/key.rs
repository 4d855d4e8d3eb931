//! The key that seals; it never lies in the database whose log it protects.

use std::fmt;

use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;

/// Separates this key from whatever else the configured key protects.
const PURPOSE: &[u8] = b"countersign audit seal v1";

/// What seals are made and checked with.
pub struct SealingKey(SecretBox<[u8; 32]>);

impl SealingKey {
    /// `HMAC-SHA256(key = the configured encryption key, message = "countersign audit seal v1")`.
    pub fn derived_from(encryption_key: &[u8]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(encryption_key).expect("HMAC takes keys of any length");
        mac.update(PURPOSE);
        Self(SecretBox::new(Box::new(mac.finalize().into_bytes().into())))
    }

    /// A MAC that waits for what it is to cover.
    pub(super) fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.0.expose_secret()).expect("HMAC takes keys of any length")
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_show_itself() {
        let key = SealingKey::derived_from(b"an encryption key");

        assert_eq!(format!("{key:?}"), "SealingKey([redacted])");
    }
}
