//! Which pages of an organization's list were read last, by this process: asked whether such a page has changed, GitHub
//! answers at the cost of no call that it has not (docs.github.com, conditional requests).
//!
//! What is remembered is no copy of a page, but which tokens stood on it. It counts only while the last whole reading was
//! this process's own and showed the page as it was: otherwise the mirror may say something else by now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::github::GrantPage;
use crate::ids::{GrantId, OrganizationId};

/// Clones remember the same.
#[derive(Clone, Default)]
pub struct ReadPages(Arc<Mutex<HashMap<OrganizationId, Pages>>>);

/// By where they begin.
type Pages = HashMap<Option<String>, ReadPage>;

/// A page as it was read last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadPage {
    pub(super) etag: String,
    pub(super) grants: Vec<GrantId>,
    /// Where the list goes on.
    pub(super) next: String,
    /// When the reading began that saw it so.
    as_of: DateTime<Utc>,
}

impl ReadPage {
    /// What there is to remember of a page. The last one is not: when another comes to stand behind it, it may be said to
    /// be as it was. Nor is one on which something makes no sense, which has to be counted.
    pub(super) fn of(page: &GrantPage, as_of: DateTime<Utc>) -> Option<Self> {
        let is_clear = page.unreadable.is_empty() && page.nameless == 0;
        let grants = page.grants.iter().map(|grant| grant.id).collect();
        let (etag, next) = page.etag.clone().zip(page.next.clone()).filter(|_| is_clear)?;
        Some(Self { etag, grants, next, as_of })
    }

    /// The same, seen so by a later reading.
    pub(super) fn seen_again(self, as_of: DateTime<Utc>) -> Self {
        Self { as_of, ..self }
    }
}

impl ReadPages {
    /// A page, if the last whole reading, or the one that is on its way, has seen it so.
    pub(super) fn of_reading(
        &self,
        organization: OrganizationId,
        cursor: Option<&str>,
        [last, now]: [Option<DateTime<Utc>>; 2],
    ) -> Option<ReadPage> {
        let cursor = cursor.map(str::to_owned);
        let page = self.lock().get(&organization)?.get(&cursor)?.clone();
        [last, now].contains(&Some(page.as_of)).then_some(page)
    }

    /// Remembers a page whose tokens are in the mirror, or forgets one.
    pub(super) fn keep(&self, organization: OrganizationId, cursor: Option<String>, page: Option<ReadPage>) {
        let mut all = self.lock();
        let pages = all.entry(organization).or_default();
        match page {
            Some(page) => drop(pages.insert(cursor, page)),
            None => drop(pages.remove(&cursor)),
        }
    }

    /// A reading has come to its end: what it did not see is forgotten.
    pub(super) fn finished(&self, organization: OrganizationId, as_of: DateTime<Utc>) {
        if let Some(pages) = self.lock().get_mut(&organization) {
            pages.retain(|_, page| page.as_of == as_of);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrganizationId, Pages>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const ACME: OrganizationId = OrganizationId(9_001);

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn page() -> GrantPage {
        let (etag, next) = (Some("W/\"1\"".to_owned()), Some("/list?page=2".to_owned()));
        GrantPage { grants: vec![], unreadable: vec![], nameless: 0, next, etag }
    }

    #[test]
    fn only_what_is_clear_and_goes_on_is_remembered() {
        assert!(ReadPage::of(&page(), at(0)).is_some());
        for other in [
            GrantPage { next: None, ..page() },
            GrantPage { etag: None, ..page() },
            GrantPage { nameless: 1, ..page() },
            GrantPage { unreadable: vec![GrantId(1)], ..page() },
        ] {
            assert_eq!(ReadPage::of(&other, at(0)), None, "{other:?}");
        }
    }

    #[test]
    fn a_page_counts_only_while_the_last_reading_has_seen_it_so() {
        let pages = ReadPages::default();
        pages.keep(ACME, None, ReadPage::of(&page(), at(0)));
        let is_known = |last, now| pages.of_reading(ACME, None, [Some(at(last)), Some(at(now))]).is_some();

        assert!(is_known(0, 15));
        assert!(!is_known(10, 15), "another replica has read it since");
        assert!(pages.of_reading(ACME, Some("/list?page=2"), [Some(at(0)), None]).is_none());
        assert!(pages.of_reading(OrganizationId(7), None, [Some(at(0)), None]).is_none());

        let again = ReadPage::of(&page(), at(0)).map(|page| page.seen_again(at(15)));
        pages.keep(ACME, None, again);
        assert!(is_known(0, 15), "by the reading that is on its way");
        pages.finished(ACME, at(30));
        assert!(!is_known(15, 30), "that one has not seen it");
    }
}
