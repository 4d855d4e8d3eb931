//! A place in the chain, as people copy it: 64 small hexadecimal digits.

use std::fmt;
use std::str::FromStr;

/// The SHA-256 hash that fixes an entry and everything before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub(super) [u8; 32]);

impl Hash {
    /// What stands before the first entry.
    pub const GENESIS: Self = Self([0; 32]);
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not a hash.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: expected 64 small hexadecimal digits")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        bytes_from_hex(text).map(Self).ok_or(NotAHash)
    }
}

/// Exactly `N` bytes in the one spelling we write: two small digits each.
pub(super) fn bytes_from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    let is_small = !text.bytes().any(|b| b.is_ascii_uppercase());
    is_small.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_reads_back_as_it_is_shown() {
        let hash = Hash([0xab; 32]);

        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(format!("{hash:?}"), hash.to_string());
    }

    #[test]
    fn other_text_is_no_hash() {
        for text in ["", "ab", &"AB".repeat(32), &"ab".repeat(33), &"é".repeat(32), &"g".repeat(64)] {
            assert_eq!(text.parse::<Hash>(), Err(NotAHash), "{text:?}");
        }
    }
}
