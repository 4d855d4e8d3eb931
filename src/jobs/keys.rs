//! Keys for new tokens that no other token has: among fifty thousand six letters are drawn twice about as often as not, and
//! a commit with such a key would fail as a whole.

use super::JobError;
use crate::chance::Chance;
use crate::store::{Store, Told};
use crate::token::TokenKey;

/// Each draw is free with near certainty; where none of so many is, something else is wrong.
const DRAWS: usize = 20;

/// Draws other keys for those of the `new` tokens whose key is taken, by a token on record or by another of these.
pub(super) async fn free(
    store: &Store,
    chance: &Chance,
    told: &mut [Told],
    is_new: impl Fn(&Told) -> bool,
) -> Result<(), JobError> {
    let mut new: Vec<_> =
        told.iter_mut().filter(|told| is_new(told)).map(|told| &mut told.token.key).collect();
    for _ in 0..DRAWS {
        let drawn: Vec<_> = new.iter().map(|key| (**key).clone()).collect();
        let mut taken = store.keys_among(&drawn).await?;
        let mut is_free = true;
        for key in &mut new {
            // The first of two alike keeps it.
            if !taken.insert((*key).clone()) {
                **key = TokenKey::random(chance);
                is_free = false;
            }
        }
        if is_free {
            return Ok(());
        }
    }
    Err(JobError::retry("no free key for a token was drawn"))
}
