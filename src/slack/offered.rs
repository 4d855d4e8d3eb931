//! What the modal to revoke tokens carries along: which tokens were shown is kept in the database, under an id.

use std::fmt;
use std::str::FromStr;

use crate::token::RevocationId;

/// The field in which the number of tokens is typed; `block_id` and `action_id` alike.
pub const COUNT: &str = "count";

/// The first word tells it from what other modals carry along.
const REVOKE: &str = "revoke";

/// Stands for an id while there is none.
const NOTHING: &str = "-";

/// What a modal to revoke tokens was opened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Nothing while it is looked up.
    pub id: Option<RevocationId>,
    /// Which page of the tokens is shown, from 0.
    pub page: usize,
}

/// Text that is not of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not what a modal to revoke tokens carries along")]
pub struct NotOfRevoking;

impl Offered {
    /// While what is offered is looked up.
    pub const LOOKING: Self = Self { id: None, page: 0 };
}

impl fmt::Display for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{REVOKE} {} {}", self.id.as_ref().map_or(NOTHING, RevocationId::as_str), self.page)
    }
}

impl FromStr for Offered {
    type Err = NotOfRevoking;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split(' ').collect::<Vec<_>>()[..] {
            [REVOKE, id, page] => Ok(Self {
                id: match id {
                    NOTHING => None,
                    id => Some(RevocationId::parse(id).ok_or(NotOfRevoking)?),
                },
                page: page.parse().map_err(|_| NotOfRevoking)?,
            }),
            _ => Err(NotOfRevoking),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    #[test]
    fn what_was_offered_comes_back() {
        let id = Some(RevocationId::random(&Chance::seeded(7)));
        for offered in [Offered::LOOKING, Offered { id, page: 3 }] {
            assert_eq!(offered.to_string().parse(), Ok(offered));
        }
    }

    #[test]
    fn other_text_is_not_ours() {
        for text in ["", "revoke", "revoke - ", "revoke x 0", "several - 0", "revoke - -1", "revoke - 0 1"] {
            assert_eq!(text.parse::<Offered>(), Err(NotOfRevoking), "{text}");
        }
    }
}
