//! What somebody may take away of the active tokens as a file, and that file.
//!
//! Whether anything may be taken away is asked of each organization (`export`), and of every token whether they may see it
//! (`show`). The tokens are read from the mirror page by page; only the file itself is ever in memory as a whole.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::table::{Beside, Columns};
use super::tokens::{Reached, Seen, as_of, together};
use super::{App, Rules};
use crate::audit::Entry;
use crate::ids::{Login, OrganizationId, SlackUserId, TokenId};
use crate::policy::{About, Act};
use crate::request::{Refusal, Requester, TokenRequest};
use crate::slack::exports::Told;
use crate::store::{Counted, InstallationState, Mirror, Mirrored, Scope, StoreError, TokenQuestion};
use crate::token::Filter;

/// As many tokens are read at a time.
const PAGE: u32 = 500;

/// A file of this size holds a few hundred thousand tokens; what is larger would take too much memory.
const MOST_BYTES: usize = 128 * 1024 * 1024;

/// What somebody may take away, judged just now.
pub(crate) struct Exportable {
    rules: Arc<Rules>,
    seen: Vec<Seen>,
    suspended: Vec<Login>,
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
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Exported {
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

    /// Whether no organization like that is served and was not left.
    pub(crate) fn is_of_nothing(&self) -> bool {
        self.seen.is_empty()
    }

    pub(crate) fn suspended(&self) -> &[Login] {
        &self.suspended
    }

    /// What is counted of a refusal.
    pub(crate) fn counts(&self) -> Vec<Counted> {
        self.refusal().iter().map(Counted::refused).collect()
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
        mirrors.extend(self.not_begun(filter, &mirrors).await?);
        let seen = self.seen_in(&rules, user, mirrors, About::Export).await?;
        let scope = together(&seen);
        Ok(Exportable { rules, seen, suspended, scope })
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

    /// The file: every token that the filter finds and that the person may see.
    pub(crate) async fn export_file(
        &self,
        allowed: &Exportable,
        filter: &Filter,
        columns: Columns,
    ) -> Result<Exported, ExportError> {
        let mut exported = Exported { text: format!("{}\r\n", columns.header()), rows: BTreeMap::new() };
        let Some(scope) = &allowed.scope else { return Ok(exported) };
        let (now, mut after) = (self.clock.now(), None);
        let mut owners = HashMap::new();
        loop {
            let question = TokenQuestion { filter, scope, now, after: after.as_ref(), limit: PAGE };
            let page = self.store.tokens(&question).await?;
            let requests = match columns {
                Columns::Review => self.requests_behind(allowed, &page.tokens, &mut owners).await?,
                Columns::Inventory => Requests::new(),
            };
            for one in &page.tokens {
                self.write(allowed, columns, one, (&requests, &owners), &mut exported);
            }
            if exported.text.len() > MOST_BYTES {
                return Err(ExportError::TooLarge);
            }
            after = page.tokens.last().map(|last| filter.sort.position(&last.token));
            if !page.has_more || after.is_none() {
                return Ok(exported);
            }
        }
    }

    fn write(
        &self,
        allowed: &Exportable,
        columns: Columns,
        one: &Mirrored,
        (requests, owners): (&Requests, &Owners),
        into: &mut Exported,
    ) {
        let organization = one.token.organization;
        let seen = allowed.seen.iter().find(|seen| seen.mirror.organization == organization);
        let token = one.token.token.map(|token| (organization, token));
        let may_see = |request: &TokenRequest| {
            seen.is_some_and(|seen| self.judge_as(&allowed.rules, &seen.who, Act::Show, request).allowed)
        };
        let row = columns.row(
            one,
            &Beside {
                as_of: seen.and_then(|seen| seen.mirror.finished_at),
                owner: owners.get(&one.token.owner).and_then(Option::as_ref),
                requests: token.and_then(|token| requests.get(&token)).map_or(&[], Vec::as_slice),
                may_see: &may_see,
            },
        );
        into.text.push_str(&row);
        into.text.push_str("\r\n");
        *into.rows.entry(organization).or_default() += 1;
    }

    /// The requests for the tokens of a page; their owners are looked up once.
    async fn requests_behind(
        &self,
        allowed: &Exportable,
        page: &[Mirrored],
        owners: &mut Owners,
    ) -> Result<Requests, StoreError> {
        let mut tokens: BTreeMap<OrganizationId, Vec<TokenId>> = BTreeMap::new();
        for one in page {
            tokens.entry(one.token.organization).or_default().extend(one.token.token);
            let owner = &one.token.owner;
            if !owners.contains_key(owner) {
                owners.insert(owner.clone(), self.owner_in_slack(&allowed.rules, owner).await?);
            }
        }
        let mut all = Requests::new();
        for (organization, tokens) in tokens {
            let found = self.store.requests_for_tokens(organization, &tokens).await?;
            all.extend(found.into_iter().map(|(token, requests)| ((organization, token), requests)));
        }
        Ok(all)
    }

    /// Who takes away how much of which organization, and who was refused to where; `export` is the same for all of one
    /// file.
    pub(crate) fn exported(
        &self,
        allowed: &Exportable,
        filter: &Filter,
        columns: Columns,
        (export, rows): (&str, &BTreeMap<OrganizationId, u64>),
    ) -> Vec<Entry> {
        let entry = |seen: &Seen| {
            let rows = rows.get(&seen.mirror.organization).copied().unwrap_or(0);
            self.record().tokens_exported(&seen.mirror, &seen.asker, filter, (export, columns.name(), rows))
        };
        allowed.seen.iter().map(entry).collect()
    }
}

type Owners = HashMap<Requester, Option<SlackUserId>>;

type Requests = HashMap<(OrganizationId, TokenId), Vec<TokenRequest>>;
