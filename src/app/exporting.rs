//! What somebody may take away of the active tokens as a file, and that file.
//!
//! Whether anything may be taken away is asked of each organization (`export`), and of every token whether they may see it
//! (`show`). The tokens are read page by page; only the file itself is ever in memory as a whole.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::listing::{Listed, Listing, Wanted};
use super::suspended::Unshown;
use super::table::{Beside, Columns};
use super::tokens::{Reached, Seen, as_of, together};
use super::{App, Rules};
use crate::audit::Entry;
use crate::ids::{Login, OrganizationId, SlackUserId};
use crate::policy::{About, Act};
use crate::request::{Refusal, TokenRequest};
use crate::slack::exports::Told;
use crate::slack::tokens::Suspended;
use crate::store::{Counted, InstallationState, Mirror, Reader, Scope, StoreError};
use crate::token::Filter;

/// A file of this size holds some hundred thousand tokens; what is larger would take too much memory.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What somebody may take away, judged just now.
pub(crate) struct Exportable {
    rules: Arc<Rules>,
    seen: Vec<Seen>,
    suspended: Suspended,
    unshown: Vec<Unshown>,
    scope: Option<Scope>,
}

/// A file with what somebody asked for.
#[derive(Debug)]
pub(crate) struct Exported {
    pub(crate) text: String,
    /// How many tokens of each organization are in it.
    pub(crate) rows: BTreeMap<OrganizationId, u64>,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error("the file would be larger than {} MB", MOST_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("{0:#}")]
    Unopened(anyhow::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Exported {
    fn headed(columns: Columns) -> Self {
        Self { text: format!("{}\r\n", columns.header()), rows: BTreeMap::new() }
    }

    /// Adds a row about a token of an organization, if there is room for it.
    fn push(&mut self, organization: OrganizationId, row: &str) -> Result<(), ExportError> {
        if self.text.len() + row.len() + 2 > MOST_BYTES {
            return Err(ExportError::TooLarge);
        }
        self.text.push_str(row);
        self.text.push_str("\r\n");
        *self.rows.entry(organization).or_default() += 1;
        Ok(())
    }

    pub(crate) fn count(&self) -> u64 {
        self.rows.values().sum()
    }
}

impl Exportable {
    /// Why nothing may be taken away, if nothing may: what somebody can do something about first.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        if self.scope.is_some() {
            return None;
        }
        let refusals = || self.seen.iter().filter_map(|seen| seen.asker.judgement.refusal.as_ref());
        refusals().find(|refusal| refusal.is_uncertain()).or_else(|| refusals().next()).cloned()
    }

    /// Whether every organization of which something is in a file is still one of which something may be taken away.
    pub(crate) fn still_allows(&self, file: &Exported) -> bool {
        file.rows.keys().all(|organization| self.is_allowed(*organization))
    }

    fn is_allowed(&self, organization: OrganizationId) -> bool {
        self.seen.iter().any(|seen| seen.mirror.organization == organization && seen.scope.is_some())
    }

    /// Why what is in a file may not be taken away any more, where that is somebody's judgement.
    pub(crate) fn loss(&self, file: &Exported) -> Option<Refusal> {
        let lost = self.seen.iter().filter(|seen| file.rows.contains_key(&seen.mirror.organization));
        lost.filter_map(|seen| seen.asker.judgement.refusal.clone()).next()
    }

    /// Whether no organization like that is served and was not left.
    pub(crate) fn is_of_nothing(&self) -> bool {
        self.seen.is_empty()
    }

    pub(crate) fn suspended(&self) -> &Suspended {
        &self.suspended
    }

    /// What is counted of a refusal, which also is one where nothing is said of what is suspended.
    pub(crate) fn counts(&self) -> Vec<Counted> {
        let unshown = || match self.seen.is_empty() && !self.unshown.iter().any(|one| one.is_told) {
            true => self.unshown.iter().find_map(|one| one.asker.judgement.refusal.clone()),
            false => None,
        };
        self.refusal().or_else(unshown).iter().map(Counted::refused).collect()
    }

    /// What is said beside the file.
    pub(crate) fn told(&self, columns: Columns, rows: u64) -> Told {
        let refused = |is_uncertain: bool| {
            let of = |seen: &&Seen| {
                let refusal = seen.asker.judgement.refusal.as_ref();
                refusal.is_some_and(|refusal| refusal.is_uncertain() == is_uncertain)
            };
            self.seen.iter().filter(of).map(|seen| seen.mirror.login.clone()).collect()
        };
        let allowed = self.seen.iter().filter(|seen| seen.scope.is_some());
        Told {
            columns,
            rows,
            as_of: allowed.map(|seen| as_of(&seen.mirror)).collect(),
            suspended: self.suspended.clone(),
            refused: refused(false),
            doubtful: refused(true),
        }
    }
}

impl App {
    /// What somebody may take away of what a filter finds. What can't be established is not.
    pub(crate) async fn exportable(
        &self,
        user: &SlackUserId,
        filter: &Filter,
    ) -> Result<Exportable, StoreError> {
        let rules = self.rules();
        let Reached { mut mirrors, suspended } = self.mirrors_asked(filter).await?;
        let (suspended, unshown) = self.suspended_for(&rules, user, suspended, (filter, About::Export)).await;
        mirrors.extend(self.not_begun(filter, &mirrors).await?);
        let seen = self.seen_in(&rules, user, mirrors, About::Export).await?;
        let scope = together(&seen);
        Ok(Exportable { rules, seen, suspended, unshown, scope })
    }

    /// The organizations whose list nobody has begun to read.
    async fn not_begun(&self, filter: &Filter, known: &[Mirror]) -> Result<Vec<Mirror>, StoreError> {
        let known: HashSet<_> = known.iter().map(|mirror| mirror.organization).collect();
        let is_asked = |login: &Login| {
            let is_like = |pattern: &crate::token::Pattern| pattern.matches(login.as_str());
            filter.organization.as_ref().is_none_or(is_like) && self.config.github.serves(login)
        };
        let all = self.store.installations().await?.into_iter();
        let active = all.filter(|one| one.state == InstallationState::Active && is_asked(&one.login));
        let left = active.filter(|one| !known.contains(&one.organization));
        Ok(left.map(|one| Mirror::not_begun(one.organization, one.login)).collect())
    }

    /// The file: every token that the filter finds and that the person may see, all of them as they were at one moment.
    pub(crate) async fn export_file(
        &self,
        allowed: &Exportable,
        filter: &Filter,
        columns: Columns,
    ) -> Result<Exported, ExportError> {
        let mut exported = Exported::headed(columns);
        let Some(scope) = &allowed.scope else { return Ok(exported) };
        let reader = Reader::open(&self.config.database).await.map_err(ExportError::Unopened)?;
        let wanted = Wanted { filter, scope, columns: Some(columns), now: self.clock.now() };
        let mut listing = Listing::new(&reader, &allowed.rules.book, wanted);
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                return Ok(exported);
            }
            for listed in &page {
                exported.push(listed.one.token.organization, &self.row(allowed, columns, listed))?;
            }
        }
    }

    fn row(&self, allowed: &Exportable, columns: Columns, listed: &Listed) -> String {
        let organization = listed.one.token.organization;
        let seen = allowed.seen.iter().find(|seen| seen.mirror.organization == organization);
        let may_see = |request: &TokenRequest| {
            seen.is_some_and(|seen| self.judge_as(&allowed.rules, &seen.who, Act::Show, request).allowed)
        };
        let beside = Beside {
            as_of: seen.and_then(|seen| seen.mirror.finished_at),
            owner: listed.owner.as_ref(),
            requests: &listed.requests,
            may_see: &may_see,
        };
        columns.row(&listed.one, &beside)
    }

    /// Who takes away how much of which organization, and who was refused to where; without `rows` nothing was sent. `export`
    /// is the same for all of one file. Of what is suspended nothing is ever in it.
    pub(crate) fn exported(
        &self,
        allowed: &Exportable,
        filter: &Filter,
        columns: Columns,
        (export, rows): (&str, Option<&BTreeMap<OrganizationId, u64>>),
    ) -> Vec<Entry> {
        let of_seen = |seen: &Seen| {
            let rows = rows.map(|rows| rows.get(&seen.mirror.organization).copied().unwrap_or(0));
            self.record().tokens_exported(&seen.mirror, &seen.asker, filter, (export, columns.name(), rows))
        };
        let of_unshown = |one: &Unshown| {
            self.record().tokens_not_exported(&one.mirror, &one.asker, filter, (export, columns.name()))
        };
        allowed.seen.iter().map(of_seen).chain(allowed.unshown.iter().map(of_unshown)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_too_large_from_the_first_row_on_that_does_not_fit() {
        let row = "x".repeat(MOST_BYTES / 3);
        let mut exported = Exported::headed(Columns::Inventory);
        for _ in 0..2 {
            exported.push(OrganizationId(1), &row).unwrap();
        }
        let before = exported.text.len();

        let third = exported.push(OrganizationId(1), &row);

        assert!(matches!(third, Err(ExportError::TooLarge)));
        assert_eq!((exported.text.len(), exported.count()), (before, 2));
        assert_eq!(ExportError::TooLarge.to_string(), "the file would be larger than 32 MB");
    }
}
