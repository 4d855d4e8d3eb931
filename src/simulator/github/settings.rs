//! What the simulated GitHub is started with, and the GitHub App registered on it.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::SecretString;

/// How to start a simulated GitHub.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Path in front of every route: empty as on github.com, `/api/v3` as on GitHub Enterprise Server.
    pub prefix: String,
    pub app: App,
}

/// The registered GitHub App, as its settings page shows it.
#[derive(Clone, Debug)]
pub struct App {
    pub id: u64,
    pub client_id: String,
    pub client_secret: SecretString,
    /// Where people who signed in may be sent to.
    pub callback_urls: Vec<String>,
    pub slug: String,
    /// Login of the user who registered the app.
    pub owner: String,
    /// PKCS#8, as `jsonwebtoken` and `octocrab` read it.
    pub private_key_pem: SecretString,
    pub webhook_secret: SecretString,
}

impl Settings {
    /// On a free loopback port, without a prefix.
    pub fn new(app: App) -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 0).into(), prefix: String::new(), app }
    }
}

impl App {
    /// An app named `countersign` with the given key, see [`generate_key_pem`].
    pub fn new(private_key_pem: SecretString, webhook_secret: SecretString) -> Self {
        Self {
            id: 123_456,
            client_id: "Iv23liCountersign123".into(),
            client_secret: "decafbad00decafbad00decafbad00decafbad00".to_owned().into(),
            callback_urls: vec!["https://countersign.example.com/link/github".into()],
            slug: "countersign".into(),
            owner: "countersign-maintainer".into(),
            private_key_pem,
            webhook_secret,
        }
    }
}

/// A new RSA key of 2048 bits, the size GitHub gives to apps; takes some hundred milliseconds.
pub fn generate_key_pem() -> Result<SecretString> {
    let pair = KeyPair::generate(KeySize::Rsa2048).context("generating the app's key")?;
    let der: Pkcs8V1Der<'_> = pair.as_der().context("encoding the app's key")?;
    let text = base64(der.as_ref());
    let lines: String = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line) + "\n").collect();
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{lines}-----END PRIVATE KEY-----\n").into())
}

/// The public half of a private key, to verify the app's JWTs with.
pub(crate) fn public_key(private_key_pem: &str) -> Result<DecodingKey> {
    let private = EncodingKey::from_rsa_pem(private_key_pem.as_bytes()).context("reading the app's key")?;
    let pair = KeyPair::from_der(private.inner()).context("reading the app's key")?;
    Ok(DecodingKey::from_rsa_der(pair.public_key().as_ref()))
}

/// Standard base64 (RFC 4648, section 4), which PEM wants; not worth a dependency.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(*group.get(i).unwrap_or(&0)));
        for i in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i <= group.len() { letter.into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_pads_as_the_standard_says() {
        // RFC 4648, section 10.
        for (plain, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), text);
        }
    }
}
