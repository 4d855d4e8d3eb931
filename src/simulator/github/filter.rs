//! The filters that the lists of requests and of active tokens share.

use chrono::{DateTime, Utc};

use super::answer::Refusal;
use super::world::{TokenAccess, World};
use crate::ids::TokenId;

#[derive(Debug, Default)]
pub(crate) struct Filter {
    owners: Vec<String>,
    tokens: Vec<TokenId>,
    repository: Option<String>,
    /// Name and level.
    permission: Option<(String, String)>,
    last_used_before: Option<DateTime<Utc>>,
    last_used_after: Option<DateTime<Utc>>,
}

/// Limits of the published OpenAPI description.
const MOST_OWNERS: usize = 10;
const MOST_TOKENS: usize = 50;

impl Filter {
    /// Takes one query parameter.
    pub(crate) fn add(&mut self, key: &str, value: &str) -> Result<(), Refusal> {
        let bad = || Refusal::invalid(format!("\"{value}\" is not a valid {key}."));
        match key {
            "owner[]" => self.owners.push(value.to_owned()),
            "token_id[]" => self.tokens.push(TokenId(value.parse().map_err(|_| bad())?)),
            "repository" => self.repository = Some(value.to_owned()),
            "permission" => {
                let (name, level) = value.rsplit_once('_').ok_or_else(bad)?;
                self.permission = Some((name.to_owned(), level.to_owned()));
            }
            "last_used_before" => self.last_used_before = Some(value.parse().map_err(|_| bad())?),
            "last_used_after" => self.last_used_after = Some(value.parse().map_err(|_| bad())?),
            // GitHub ignores it; we want to see our typos, above all `owner` for `owner[]`.
            _ => return Err(Refusal::invalid(format!("\"{key}\" is not a permitted key."))),
        }
        if self.owners.len() > MOST_OWNERS || self.tokens.len() > MOST_TOKENS {
            return Err(Refusal::invalid(format!("There are too many {key}.")));
        }
        Ok(())
    }

    pub(crate) fn keeps(&self, world: &World, access: &TokenAccess) -> bool {
        let owner = &world.users[&access.owner].login;
        let used = world.last_used.get(&access.token);
        (self.owners.is_empty() || self.owners.iter().any(|each| each.eq_ignore_ascii_case(owner)))
            && (self.tokens.is_empty() || self.tokens.contains(&access.token))
            && self.repository.as_ref().is_none_or(|name| access.content.repositories.include(name))
            && self
                .permission
                .as_ref()
                .is_none_or(|(name, level)| access.content.permissions.has(name, level))
            && self.last_used_before.is_none_or(|time| used.is_some_and(|used| *used < time))
            && self.last_used_after.is_none_or(|time| used.is_some_and(|used| *used > time))
    }
}
