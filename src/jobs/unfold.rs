//! Somebody wants to see a collection's requests one by one: each gets a card of its own.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Click, Done, JobError, Kind, Wish};
use crate::app::{App, Asker, Rules};
use crate::ids::OrganizationId;
use crate::policy::{Act, Who};
use crate::request::{Collection, Refusal, TokenRequest};
use crate::slack::messages;
use crate::store::{Change, Counted, LeasedJob, Showing};

/// As many are shown by "the oldest".
const OLDEST: u32 = 10;

/// As many are taken care of in one commit.
const AT_ONCE: u32 = 200;

/// Shows what the clicker may see; what becomes of it in between is left as it is then.
pub(super) async fn run(app: &App, job: &LeasedJob, click: &Click, collection: &Collection) -> Done {
    let limit = match click.wish {
        Wish::ShowOldest => OLDEST,
        Wish::ShowAll | Wish::Approve(_) | Wish::Deny(_) | Wish::Withdraw | Wish::CheckAgain => u32::MAX,
    };
    let mut unfolding =
        Unfolding { app, rules: app.rules(), click, known: HashMap::new(), refused: None, shown: 0 };
    let mut after = None;
    loop {
        let left = limit.saturating_sub(unfolding.shown).min(AT_ONCE);
        let waits = collection.gathered.waits();
        let (requests, last) = app.store.collected(&collection.key, waits, after, left).await?;
        if last.is_none() {
            break;
        }
        after = last;
        let change = unfolding.show(collection, &requests).await;
        app.commit_for(job, change).await?;
    }
    Ok(unfolding.end(job, collection))
}

struct Unfolding<'a> {
    app: &'a App,
    rules: Arc<Rules>,
    click: &'a Click,
    /// About the person each organization is asked once.
    known: HashMap<OrganizationId, Who>,
    /// The judgement that let something be shown, or the last one that did not.
    refused: Option<(Asker, Refusal)>,
    shown: u32,
}

impl Unfolding<'_> {
    /// The change that gives cards to those of the requests that the clicker may see.
    async fn show(&mut self, collection: &Collection, requests: &[TokenRequest]) -> Change {
        let now = self.app.clock.now();
        let mut change = Change::default();
        for request in requests {
            if !self.may_see(request).await {
                continue;
            }
            self.shown += 1;
            let channel = collection.channel.clone();
            change.showings.push(Showing { key: request.key.clone(), channel, collection: None, since: now });
            change.jobs.extend(super::for_effects(request.shown_alone(), &request.key, now));
        }
        change
    }

    /// Who may decide may see.
    async fn may_see(&mut self, request: &TokenRequest) -> bool {
        if !self.known.contains_key(&request.organization) {
            let who = self.app.who(&self.rules, &self.click.by, request).await;
            self.known.insert(request.organization, who);
        }
        let Some(who) = self.known.get(&request.organization) else { return false };
        let judged =
            [Act::Approve, Act::Deny, Act::Show].map(|act| self.app.judge_as(&self.rules, who, act, request));
        if judged.iter().any(|judgement| judgement.allowed) {
            return true;
        }
        let [judgement, ..] = judged;
        if let Some(refusal) = judgement.refusal.clone() {
            self.refused = Some((Asker::new(who.clone(), judgement), refusal));
        }
        false
    }

    /// What is told and recorded at the end.
    fn end(self, job: &LeasedJob, collection: &Collection) -> Change {
        let now = self.app.clock.now();
        let card = Kind::Card.on(&collection.key, String::new(), now);
        if let (0, Some((asker, refusal))) = (self.shown, &self.refused) {
            let entries = vec![self.app.record().refused(&self.click.by, None, Some(asker), refusal)];
            let jobs = vec![self.click.refusal(refusal).job(&job.subject, now)];
            let counts = vec![Counted::refused(refusal)];
            return Change { entries, jobs, counts, ..Change::default() };
        }
        let words = messages::cards_are_coming(self.shown);
        let answer = self.click.answer(words).job(&job.subject, now);
        let entries = vec![self.app.record().cards_asked(&self.click.by, collection, self.shown)];
        Change { entries, jobs: vec![card, answer], ..Change::default() }
    }
}

/// The collection that a click is about, if it is about one.
pub(super) async fn collection_of(app: &App, click: &Click) -> Result<Option<Collection>, JobError> {
    match click.wish {
        Wish::ShowOldest | Wish::ShowAll => Ok(app.store.collection(&click.key).await?),
        Wish::Approve(_) | Wish::Deny(_) | Wish::Withdraw | Wish::CheckAgain => Ok(None),
    }
}
