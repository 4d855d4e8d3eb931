//! Installation tokens: found again, refused, made.

use super::super::GitHub;
use super::super::answer::Refusal;
use super::super::variants::TokenFormat;
use super::super::world::{AccessToken, Installation};
use crate::chance::Chance;

/// The token behind a secret, if it is still good for anything.
pub(crate) fn find(github: &GitHub, secret: &str) -> Result<AccessToken, Refusal> {
    let now = github.0.clock.now();
    github.look(|world| {
        let token = world.access_tokens.get(secret).ok_or_else(Refusal::bad_credentials)?;
        let installation =
            world.installations.get(&token.installation).ok_or_else(Refusal::bad_credentials)?;
        if token.expires_at <= now {
            return Err(Refusal::bad_credentials());
        }
        match installation.suspension {
            Some(_) => Err(Refusal::suspended()),
            None => Ok(limited(token, installation)),
        }
    })
}

/// A permission taken from the installation is gone from its tokens at once.
fn limited(token: &AccessToken, installation: &Installation) -> AccessToken {
    let held = token.permissions.iter();
    let left = held.filter_map(|(name, access)| {
        let granted = installation.permissions.get(name)?;
        Some((name.clone(), *access.min(granted)))
    });
    AccessToken { permissions: left.collect(), ..token.clone() }
}

/// A new token in today's or tomorrow's format.
pub(crate) fn new_token(format: TokenFormat, app: u64, chance: &Chance) -> String {
    match format {
        TokenFormat::Short => format!("ghs_{}", letters(chance, 36, ALPHANUMERIC)),
        TokenFormat::Stateless => {
            let [header, claims, signature] =
                [36, 121, 342].map(|length| letters(chance, length, BASE64_URL));
            format!("ghs_{app}_{header}.{claims}.{signature}")
        }
    }
}

const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn letters(chance: &Chance, length: usize, alphabet: &[u8]) -> String {
    (0..length).map(|_| char::from(alphabet[chance.below(alphabet.len() as u32) as usize])).collect()
}
