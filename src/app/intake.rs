//! A verified webhook becomes one commit: the request's new state, the record of it, and the work it causes.

use chrono::{DateTime, Utc};

use super::App;
use crate::config::{Automatic, Member};
use crate::github::{Delivery, Event, InstallationEvent, TokenRequestAction, TokenRequestEvent};
use crate::ids::OrganizationId;
use crate::jobs::{Kind, Notice, collecting, discover};
use crate::request::{Arrival, By, Ending, Gathered, Key, Learned, Outcome, State, Step, TokenRequest};
use crate::store::{Change, Committed, Leaving, StoreError};

/// What became of a delivery; a label in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    Accepted,
    /// Answered before.
    Duplicate,
    /// Nothing we use.
    Ignored,
}

impl Received {
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
        }
    }
}

impl App {
    /// Takes in a delivery. When this returns, what the delivery asks for is on disk.
    #[tracing::instrument(name = "delivery", skip_all, fields(delivery_id = delivery.id))]
    pub async fn receive(&self, delivery: Delivery) -> Result<Received, StoreError> {
        if let Some(id) = &delivery.id
            && self.store.knows_delivery(id).await?
        {
            return Ok(Received::Duplicate);
        }
        loop {
            let now = self.clock.now();
            let change = match &delivery.event {
                Event::TokenRequest(event) => self.change_by_request(event, now).await?,
                Event::Installation(event) => self.change_by_installation(event, now),
                Event::Memberships(organization) => self.change_by_memberships(*organization, now).await?,
                Event::Ping | Event::Other { .. } => return Ok(Received::Ignored),
            };
            let remembered = delivery.id.clone().map(|id| (id, now));
            match self.store.commit(Change { delivery: remembered, ..change }).await? {
                Committed::Yes => return Ok(Received::Accepted),
                Committed::LostRace
                | Committed::LostLease
                | Committed::Frozen
                | Committed::UsedUp
                | Committed::NotYet(_) => {}
            }
        }
    }

    async fn change_by_request(
        &self,
        event: &TokenRequestEvent,
        now: DateTime<Utc>,
    ) -> Result<Change, StoreError> {
        let known = self.store.request(event.organization, event.request).await?;
        let is_ours = self.config.github.serves(&event.facts.organization);
        let ending = match outcome_and_decider(event) {
            Some((outcome, by)) => {
                let is_frozen = self.store.brake().await?.frozen.is_some();
                Some(Ending { outcome, by, facts: Some(event.facts.clone()), is_frozen })
            }
            None => None,
        };
        let change = match (known, ending) {
            _ if !is_ours => Change::default(),
            (None, None) => self.new_request(event, now).await?,
            (None, Some(ending)) => self.unseen_end(event, ending, now),
            (Some(request), None) => self.asked_again(request, now).await?,
            (Some(request), Some(ending)) => self.learn(request, ending, now),
        };
        let entry = self.record().received(event, is_ours);
        Ok(Change { entries: std::iter::once(entry).chain(change.entries).collect(), ..change })
    }

    async fn new_request(&self, event: &TokenRequestEvent, now: DateTime<Utc>) -> Result<Change, StoreError> {
        let step = TokenRequest::arrived(self.arrival(event), Key::random(&self.chance), now);
        self.with_superseded(self.change_for(step)).await
    }

    /// A repeated or changed `created` may be old: GitHub's list tells what is true now. One that was told of only after
    /// it had been found at first sight is news all the same.
    async fn asked_again(&self, request: TokenRequest, now: DateTime<Utc>) -> Result<Change, StoreError> {
        let enrich = Kind::Enrich.on(&request.key, String::new(), now);
        let mut jobs = vec![enrich];
        let leaving = self.found_at_first_sight(&request).await?;
        if let Some(Leaving { key, collection }) = &leaving {
            // It gets a card of its own, unless too many come at once.
            jobs.push(Kind::Card.on(key, String::new(), now));
            jobs.push(Kind::TellArrival.on(key, String::new(), now));
            jobs.push(collecting::card_of(collection, now));
        }
        let change = request.asked_after_all().map_or_else(Change::default, |step| self.change_for(step));
        Ok(Change { jobs: change.jobs.into_iter().chain(jobs).collect(), leaving, ..change })
    }

    /// The collection that a waiting request leaves of which nobody has been told.
    async fn found_at_first_sight(&self, request: &TokenRequest) -> Result<Option<Leaving>, StoreError> {
        if !matches!(request.state, State::Pending { .. }) {
            return Ok(None);
        }
        let showing = self.store.showing(&request.key).await?;
        let Some(key) = showing.and_then(|showing| showing.collection) else { return Ok(None) };
        let collection = self.store.collection(&key).await?;
        let is_baseline = collection.is_some_and(|known| matches!(known.gathered, Gathered::Baseline { .. }));
        Ok(is_baseline.then(|| Leaving { key: request.key.clone(), collection: key }))
    }

    /// The end of a request whose beginning was never seen: approval not required, or events out of order. It is
    /// kept, so that a late `created` does not open it again; nobody is asked to decide anything.
    fn unseen_end(&self, event: &TokenRequestEvent, ending: Ending, now: DateTime<Utc>) -> Change {
        let key = Key::random(&self.chance);
        self.settled_change(TokenRequest::ended_unasked(self.arrival(event), ending, key, now))
    }

    fn learn(&self, request: TokenRequest, ending: Ending, now: DateTime<Utc>) -> Change {
        let told = ending.outcome;
        self.learned(request.clone().ended(ending, now), &request, told)
    }

    /// The change that stores what was learnt about `before`'s end; `told` is what GitHub said.
    pub fn learned(&self, learned: Learned, before: &TokenRequest, told: Outcome) -> Change {
        match learned {
            Learned::Known => Change::default(),
            Learned::Settled(step) => self.settled_change(*step),
            // Being surer of what is known is nobody's news.
            Learned::Refined(step) if step.effects.is_empty() => self.change_for(*step),
            Learned::Refined(step) => {
                let entries = vec![self.record().refined(&step.request)];
                Change { entries, ..self.change_for(*step) }
            }
            Learned::Contradicted(step) => {
                let notice = Notice::Contradiction { key: before.key.clone(), told };
                let mut change = self.change_for(*step);
                change.entries.push(self.record().contradiction(before, told));
                change.jobs.push(notice.job(self.clock.now()));
                change
            }
        }
    }

    /// The change that stores a settlement, with its entry in the record.
    pub fn settled_change(&self, step: Step) -> Change {
        let entries = vec![self.record().settled(&step.request)];
        Change { entries, ..self.change_for(step) }
    }

    fn arrival(&self, event: &TokenRequestEvent) -> Arrival {
        Arrival {
            organization: event.organization,
            id: event.request,
            installation: event.installation,
            facts: event.facts.clone(),
            has_rules: self.rules().book.policy.automatic != Automatic::Off,
        }
    }

    fn change_by_installation(&self, event: &InstallationEvent, now: DateTime<Utc>) -> Change {
        Change {
            entries: vec![self.record().installation_event(event)],
            jobs: vec![
                // The event may be old or forged by order: the installation is read again.
                Kind::Installation.on(event.installation, String::new(), now),
                // What happened while it was out of reach may have been told in vain, and tells who did it.
                Kind::Deliveries.on(discover::ALL, String::new(), now),
            ],
            ..Change::default()
        }
    }

    /// Whoever is judged next is asked about anew, on this replica at once and on others within a minute; and who is new is
    /// looked for. Of organizations without teams in the configuration nothing is known that could be forgotten.
    async fn change_by_memberships(
        &self,
        organization: OrganizationId,
        now: DateTime<Utc>,
    ) -> Result<Change, StoreError> {
        self.groups.forget(organization).await;
        let is_served = self.served().await?.iter().any(|known| known.organization == organization);
        let is_kept_there = |member: &Member| match member {
            Member::Team(_) | Member::Owners => true,
            Member::SlackGroup(_) | Member::Person(_) | Member::SlackUser(_) => false,
        };
        let sources = self.sources();
        let kept_there = sources.iter().filter(|member| is_served && is_kept_there(member));
        let homes = self.homes_by_new_rights().await?;
        let groups = kept_there.map(|member| Kind::Groups.on(member, String::new(), now));
        let jobs = groups.chain(homes).collect();
        Ok(Change { jobs, ..Change::default() })
    }
}

/// How the request ended and who ended it, if this event tells its end.
fn outcome_and_decider(event: &TokenRequestEvent) -> Option<(Outcome, By)> {
    let outcome = match event.action {
        TokenRequestAction::Created => return None,
        TokenRequestAction::Approved => Outcome::Approved,
        TokenRequestAction::Denied => Outcome::Denied,
        TokenRequestAction::Cancelled => return Some((Outcome::Cancelled, By::Requester)),
    };
    let by = event
        .sender
        .as_ref()
        .map_or(By::Unknown, |sender| By::GitHubUser { id: sender.id, login: sender.login.clone() });
    Some((outcome, by))
}
