//! Somebody who is new among those who may approve is put on record, and the operators are told: whoever administers a
//! Slack workspace or a GitHub team decides about approvers without touching our configuration.

use std::collections::BTreeSet;

use super::members::Source;
use crate::app::App;
use crate::config::{Member, Rulebook};
use crate::jobs::Notice;
use crate::store::{Change, Committed, Seen, StoreError};

/// How often it is looked again because somebody else put members on record at the same time.
const TRIES: usize = 5;

/// Somebody who was found in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Met {
    /// A Slack user's id or a GitHub user's number.
    pub(super) id: String,
    /// As the operators know them.
    pub(super) name: String,
}

impl App {
    /// All who are in a source now. What can't be put on record now is when it is read next.
    pub(super) async fn met_all(&self, source: &Source, met: Vec<Met>) {
        if let Err(error) = Box::pin(self.note(source, &met, true)).await {
            tracing::warn!(%error, source = source.key, "members could not be put on record");
        }
    }

    /// One who is in a source now; nothing is known about others.
    pub(super) async fn met_one(&self, source: &Source, met: Met) {
        if let Err(error) = Box::pin(self.note(source, &[met], false)).await {
            tracing::warn!(%error, source = source.key, "a member could not be put on record");
        }
    }

    async fn note(&self, source: &Source, met: &[Met], is_whole: bool) -> Result<(), StoreError> {
        let rules = self.rules();
        let groups = approving_groups(&rules.book, &source.member);
        if groups.is_empty() {
            return Ok(());
        }
        for _ in 0..TRIES {
            let known = self.store.seen_in(&source.key).await?;
            let change = match known {
                None if is_whole => self.baseline(source, met, &groups),
                // Who was there before is told by the whole list.
                None => {
                    self.have_looked_at(&source.member).await;
                    return Ok(());
                }
                Some(known) => {
                    let new: Vec<_> = met.iter().filter(|one| !known.contains(&one.id)).collect();
                    if new.is_empty() {
                        return Ok(());
                    }
                    self.news(source, &new, &groups, approved_by(&rules.book, &groups))
                }
            };
            match self.store.commit(change).await? {
                Committed::Yes => return Ok(()),
                Committed::LostRace
                | Committed::LostLease
                | Committed::NotYet(_)
                | Committed::Frozen
                | Committed::UsedUp => {}
            }
        }
        Ok(())
    }

    fn baseline(&self, source: &Source, met: &[Met], groups: &[&str]) -> Change {
        let entries = vec![self.record().source_first_read(&source.member, met.len(), groups)];
        Change { entries, seen: Some(self.seen(source, met.iter(), true)), ..Change::default() }
    }

    fn news(&self, source: &Source, new: &[&Met], groups: &[&str], may_approve: Vec<String>) -> Change {
        let record = self.record();
        let entry = |one: &&Met| record.member_seen(&source.member, &one.id, &one.name, groups);
        let notice = Notice::NewMembers {
            source: source.key.clone(),
            first: new.iter().map(|one| one.id.clone()).min().unwrap_or_default(),
            names: new.iter().map(|one| one.name.clone()).collect(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            of: source.words.clone(),
            may_approve,
        };
        Change {
            entries: new.iter().map(entry).collect(),
            jobs: vec![notice.job(self.clock.now())],
            seen: Some(self.seen(source, new.iter().copied(), false)),
            ..Change::default()
        }
    }

    fn seen<'m>(&self, source: &Source, met: impl Iterator<Item = &'m Met>, is_baseline: bool) -> Seen {
        let members: BTreeSet<_> = met.map(|one| one.id.clone()).collect();
        Seen { source: source.key.clone(), is_baseline, members, at: self.clock.now() }
    }
}

/// The groups with these members that may approve: by a route, or because somebody of them has to.
fn approving_groups<'b>(book: &'b Rulebook, member: &Member) -> Vec<&'b str> {
    let by_route = book.routing.routes.iter().flat_map(|route| &route.approvers);
    let required = book.routing.requirements.iter().flat_map(|requirement| &requirement.one_from_each);
    let approving: BTreeSet<_> = by_route.chain(required).collect();
    let with_it = book.groups.iter().filter(|(_, members)| members.contains(member));
    with_it.filter(|(name, _)| approving.contains(name)).map(|(name, _)| name.as_str()).collect()
}

/// What these groups may approve, a few words for each route and for each group that has to be represented.
fn approved_by(book: &Rulebook, groups: &[&str]) -> Vec<String> {
    let is_one = |group: &&String| groups.contains(&group.as_str());
    let routes =
        book.routing.routes.iter().filter(|route| route.approvers.iter().any(|group| is_one(&group)));
    let words = routes.map(|route| match &route.repositories {
        None => format!("requests in {}", route.organization),
        Some(globs) => {
            let globs: Vec<_> = globs.iter().map(ToString::to_string).collect();
            format!("requests in {} for {}", route.organization, globs.join(", "))
        }
    });
    let required = book.routing.requirements.iter().flat_map(|requirement| &requirement.one_from_each);
    let required = required.filter(is_one).map(|group| format!("requests that need somebody of {group}"));
    words.chain(required).collect::<BTreeSet<_>>().into_iter().collect()
}
