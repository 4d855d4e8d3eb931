//! The short key by which people and buttons name a request, `r-7f3k2`, or a collection of them, `c-7f3k2`.

use std::fmt;
use std::str::FromStr;

use crate::chance::Chance;

/// Without `0`, `1`, `l` and `o`, which people confuse.
const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

/// Thirty bits: a thousand million keys. The store refuses a taken one and another is drawn.
const LENGTH: usize = 6;

const REQUEST: &str = "r-";
const COLLECTION: &str = "c-";

/// Our own short name for a request or a collection; opaque, random, never reused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// Draws a new key for a request.
    pub fn random(chance: &Chance) -> Self {
        Self::drawn(REQUEST, chance)
    }

    /// Draws a new key for a collection.
    pub fn of_collection(chance: &Chance) -> Self {
        Self::drawn(COLLECTION, chance)
    }

    fn drawn(prefix: &str, chance: &Chance) -> Self {
        Self(format!("{prefix}{}", letters_of_a_key(chance)))
    }

    /// Whether it names a collection and not a request.
    pub fn is_of_collection(&self) -> bool {
        self.0.starts_with(COLLECTION)
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

/// What stands behind the prefix of a new key.
pub fn letters_of_a_key(chance: &Chance) -> String {
    (0..LENGTH).map(|_| char::from(ALPHABET[chance.below(ALPHABET.len() as u32) as usize])).collect()
}

/// Whether they may stand behind a key's prefix.
pub fn are_letters_of_a_key(letters: &str) -> bool {
    (1..=12).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

/// Text that is no key of ours.
#[derive(Debug, thiserror::Error)]
#[error("not a key: expected r- (or c-) and up to twelve small letters and digits")]
pub struct KeyError;

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters = text.strip_prefix(REQUEST).or_else(|| text.strip_prefix(COLLECTION)).ok_or(KeyError)?;
        if are_letters_of_a_key(letters) { Ok(Self(text.to_owned())) } else { Err(KeyError) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_drawn_key_reads_back() {
        for (key, is_of_collection) in
            [(Key::random(&Chance::seeded(7)), false), (Key::of_collection(&Chance::seeded(7)), true)]
        {
            assert_eq!(key.as_str().parse::<Key>().unwrap(), key);
            assert_eq!(key.is_of_collection(), is_of_collection);
        }
    }

    #[test]
    fn other_text_is_no_key() {
        for text in ["", "r-", "t-7f3k2", "r-7F3K2", "r-1234567890123", "r-a b", "r-é"] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }
    proptest! {
        #[test]
        fn a_key_is_read_as_it_is_written_or_not_at_all(text in "([rc]-)?\\PC{0,14}", key in "[rc]-[a-z0-9]{1,12}") {
            prop_assert_eq!(key.parse::<Key>().unwrap().to_string(), key);
            if let Ok(key) = text.parse::<Key>() {
                prop_assert_eq!(key.as_str(), &text);
                prop_assert!(text.is_ascii());
            }
        }
    }
}
