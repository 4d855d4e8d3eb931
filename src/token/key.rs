//! The short key by which people and buttons name a token, `t-7f3k2a`.

use std::fmt;
use std::str::FromStr;

use crate::chance::Chance;
use crate::request::{are_letters_of_a_key, letters_of_a_key};

const TOKEN: &str = "t-";

/// Our own short name for one token's access to one organization; opaque, random, never reused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenKey(String);

impl TokenKey {
    /// Draws a new key.
    pub fn random(chance: &Chance) -> Self {
        Self(format!("{TOKEN}{}", letters_of_a_key(chance)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Text that names no token.
#[derive(Debug, thiserror::Error)]
#[error("not a token's key: expected t- and up to twelve small letters and digits")]
pub struct TokenKeyError;

impl FromStr for TokenKey {
    type Err = TokenKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters = text.strip_prefix(TOKEN).ok_or(TokenKeyError)?;
        if are_letters_of_a_key(letters) { Ok(Self(text.to_owned())) } else { Err(TokenKeyError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Key;

    #[test]
    fn a_drawn_key_reads_back() {
        let key = TokenKey::random(&Chance::seeded(7));

        assert_eq!(key.as_str().parse::<TokenKey>().unwrap(), key);
    }

    #[test]
    fn a_request_is_no_token_and_a_token_no_request() {
        for text in ["", "t-", "r-7f3k2", "c-7f3k2", "t-7F3K2", "t-1234567890123", "t-a b", "t-é"] {
            assert!(text.parse::<TokenKey>().is_err(), "{text:?}");
        }
        assert!("t-7f3k2".parse::<Key>().is_err());
    }
}
