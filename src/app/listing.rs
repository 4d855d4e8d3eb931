//! Active tokens for a table, page by page, with what a review tells beside each.
//!
//! The one place for that, whoever asks: the command line, or a person in Slack. All of it is told as it was at one moment:
//! what moves in the mirror meanwhile neither drops a token between two pages nor brings one twice.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::table::Columns;
use crate::config::Rulebook;
use crate::ids::{OrganizationId, SlackUserId, TokenId};
use crate::request::{Requester, TokenRequest};
use crate::store::{Mirrored, Reader, Scope, StoreError, TokenQuestion};
use crate::token::{Filter, Position};

/// As many tokens are read at a time.
const PAGE: u32 = 500;

/// What is wanted of the mirror.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub filter: &'a Filter,
    pub scope: &'a Scope,
    /// Nothing where it is no table for a spreadsheet.
    pub columns: Option<Columns>,
    pub now: DateTime<Utc>,
}

/// A token with what a review tells besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub one: Mirrored,
    /// Who its owner is in Slack.
    pub owner: Option<SlackUserId>,
    /// The requests for it, the newest first.
    pub requests: Vec<TokenRequest>,
}

/// Everything that a filter finds; only a page of it is ever in memory.
pub struct Listing<'a> {
    reader: &'a Reader,
    book: &'a Rulebook,
    wanted: Wanted<'a>,
    after: Option<Position>,
    is_over: bool,
    /// Each is looked up once.
    owners: HashMap<Requester, Option<SlackUserId>>,
}

impl<'a> Listing<'a> {
    pub fn new(reader: &'a Reader, book: &'a Rulebook, wanted: Wanted<'a>) -> Self {
        Self { reader, book, wanted, after: None, is_over: false, owners: HashMap::new() }
    }

    /// The next page, in the filter's order; an empty one is behind the last.
    pub async fn next(&mut self) -> Result<Vec<Listed>, StoreError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let Wanted { filter, scope, now, columns } = self.wanted;
        let question = TokenQuestion { filter, scope, now, after: self.after.as_ref(), limit: PAGE };
        let page = self.reader.tokens(&question).await?;
        self.is_over = !page.has_more;
        self.after = page.tokens.last().map(|last| filter.sort.position(&last.token));
        match columns {
            Some(Columns::Review) => self.reviewed(page.tokens).await,
            Some(Columns::Inventory) | None => {
                let alone = |one| Listed { one, owner: None, requests: Vec::new() };
                Ok(page.tokens.into_iter().map(alone).collect())
            }
        }
    }

    async fn reviewed(&mut self, tokens: Vec<Mirrored>) -> Result<Vec<Listed>, StoreError> {
        let mut numbers: BTreeMap<OrganizationId, Vec<TokenId>> = BTreeMap::new();
        for one in &tokens {
            numbers.entry(one.token.organization).or_default().extend(one.token.token);
            let owner = &one.token.owner;
            if !self.owners.contains_key(owner) {
                let slack = self.book.owner_in_slack(owner, self.reader.links_about(owner).await?);
                self.owners.insert(owner.clone(), slack);
            }
        }
        let mut requests = HashMap::new();
        for (organization, numbers) in numbers {
            let found = self.reader.requests_for_tokens(organization, &numbers).await?;
            requests.extend(found.into_iter().map(|(token, requests)| ((organization, token), requests)));
        }
        let with_all = |one: Mirrored| {
            let number = one.token.token.map(|token| (one.token.organization, token));
            Listed {
                owner: self.owners.get(&one.token.owner).cloned().flatten(),
                requests: number.and_then(|number| requests.get(&number)).cloned().unwrap_or_default(),
                one,
            }
        };
        Ok(tokens.into_iter().map(with_all).collect())
    }
}
