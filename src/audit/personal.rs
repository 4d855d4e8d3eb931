//! Values that belong to a person and can be forgotten without breaking the chain.
//!
//! The chain covers a commitment; the value and its salt stand beside it. With the salt gone, nobody can tell by
//! trying whether the commitment was to a given value.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::chance::Chance;

/// Random, drawn for each value anew: equal values of one person must not show as equal commitments.
pub type Salt = [u8; 16];

/// `HMAC-SHA256(key = salt, message = the value in UTF-8)`.
pub type Commitment = [u8; 32];

/// A value about a person: a login, a Slack id, the text somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    commitment: Commitment,
    opening: Option<Opening>,
}

/// What a commitment was made to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub value: String,
    pub salt: Salt,
}

impl Personal {
    pub fn new(value: impl Into<String>, chance: &Chance) -> Self {
        let opening = Opening { value: value.into(), salt: chance.bytes() };
        Self { commitment: opening.commitment(), opening: Some(opening) }
    }

    /// Takes back what was kept. Whether the two belong together is asked by [`Personal::fits`].
    pub fn from_parts(commitment: Commitment, opening: Option<Opening>) -> Self {
        Self { commitment, opening }
    }

    pub fn commitment(&self) -> &Commitment {
        &self.commitment
    }

    /// The value and its salt, unless forgotten.
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_ref()
    }

    /// The value, unless forgotten.
    pub fn value(&self) -> Option<&str> {
        self.opening.as_ref().map(|opening| opening.value.as_str())
    }

    /// Whether the value is the one committed to; nothing can be held against a forgotten one.
    pub fn fits(&self) -> bool {
        self.opening.as_ref().is_none_or(|opening| opening.commitment() == self.commitment)
    }

    /// Removes value and salt for good.
    pub fn forget(&mut self) {
        self.opening = None;
    }
}

impl Opening {
    fn commitment(&self) -> Commitment {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.salt).expect("HMAC takes keys of any length");
        mac.update(self.value.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_different_commitments() {
        let chance = Chance::seeded(1);

        assert_ne!(
            Personal::new("octocat", &chance).commitment(),
            Personal::new("octocat", &chance).commitment()
        );
    }

    #[test]
    fn another_value_under_the_same_commitment_does_not_fit() {
        let honest = Personal::new("octocat", &Chance::seeded(1));
        let opening = Opening { value: "monalisa".into(), ..honest.opening().unwrap().clone() };

        assert!(honest.fits());
        assert!(!Personal::from_parts(*honest.commitment(), Some(opening)).fits());
    }

    #[test]
    fn forgetting_leaves_the_commitment_alone() {
        let mut personal = Personal::new("octocat", &Chance::seeded(1));
        let commitment = *personal.commitment();

        personal.forget();

        assert_eq!(personal, Personal::from_parts(commitment, None));
        assert!(personal.fits());
    }
}
