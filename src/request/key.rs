//! The short key by which people and buttons name a request: `r-7f3k2`.

use std::fmt;
use std::str::FromStr;

use crate::chance::Chance;

/// Without `0`, `1`, `l` and `o`, which people confuse.
const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

/// Thirty bits: a thousand million keys. The store refuses a taken one and another is drawn.
const LENGTH: usize = 6;

/// Our own short name for a request; opaque, random, never reused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// Draws a new key.
    pub fn random(chance: &Chance) -> Self {
        let letters = (0..LENGTH).map(|_| char::from(ALPHABET[chance.below(ALPHABET.len() as u32) as usize]));
        Self(format!("r-{}", letters.collect::<String>()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Text that is not a request's key.
#[derive(Debug, thiserror::Error)]
#[error("not a request key: expected r- and up to twelve small letters and digits")]
pub struct KeyError;

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters = text.strip_prefix("r-").ok_or(KeyError)?;
        let is_key = (1..=12).contains(&letters.len())
            && letters.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if is_key { Ok(Self(text.to_owned())) } else { Err(KeyError) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_drawn_key_reads_back() {
        let key = Key::random(&Chance::seeded(7));

        assert_eq!(key.as_str().parse::<Key>().unwrap(), key);
    }

    #[test]
    fn other_text_is_no_key() {
        for text in ["", "r-", "t-7f3k2", "r-7F3K2", "r-1234567890123", "r-a b", "r-é"] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }
    proptest! {
        #[test]
        fn a_key_is_read_as_it_is_written_or_not_at_all(text in "(r-)?\\PC{0,14}", key in "r-[a-z0-9]{1,12}") {
            prop_assert_eq!(key.parse::<Key>().unwrap().to_string(), key);
            if let Ok(key) = text.parse::<Key>() {
                prop_assert_eq!(key.as_str(), &text);
                prop_assert!(text.is_ascii());
            }
        }
    }
}
