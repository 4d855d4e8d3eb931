//! Compares an organization's list of pending requests with ours, so that nothing is lost by being down.
//!
//! The list is read page by page and nothing is concluded from what it does not show: what we miss in it is looked
//! for by its number, and only that look counts (see [`super::check`]). A listing never opens again what is settled.

use std::collections::HashSet;

use super::{Done, JobError, Kind, Notice, collecting, place};
use crate::app::App;
use crate::config::Automatic;
use crate::github::{PendingRequest, Place, Trouble};
use crate::ids::{InstallationId, RequestId};
use crate::request::{
    Arrival, Collection, Evidence, Gathered, Key, Note, Outcome, Repositories, State, Step, TokenRequest,
};
use crate::store::{Change, Installation, InstallationState, LeasedJob, NewJob, Reconciled, Showing};

/// Compares one installation's organization.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let id = job.subject.parse().map(InstallationId).map_err(JobError::give_up)?;
    let Some(installation) = app.store.installation(id).await? else { return Ok(Change::default()) };
    if installation.state != InstallationState::Active || !app.config.github.serves(&installation.login) {
        return Ok(Change::default());
    }
    let comparison = Comparison {
        app,
        job,
        place: Place { installation: id, organization: installation.login.clone() },
        is_first: app.store.reconciliation(installation.organization).await?.is_none(),
        installation,
    };
    comparison.run().await
}

/// One run over one organization's list.
struct Comparison<'a> {
    app: &'a App,
    job: &'a LeasedJob,
    installation: Installation,
    place: Place,
    /// What waits now waited before we came: nobody is told of each.
    is_first: bool,
}

impl Comparison<'_> {
    async fn run(&self) -> Done {
        let started = self.app.clock.now();
        let mut listed = HashSet::new();
        let mut page = None;
        loop {
            page = match self.app.github.pending(&self.place, page.as_ref()).await {
                Ok(page) => page,
                Err(trouble) if trouble.needs_people() => return self.refused(&trouble).await,
                Err(trouble) => return Err(trouble.into()),
            };
            let Some(page) = &page else { break };
            listed.extend(page.items.iter().map(|item| item.id));
            self.take_in(&page.items).await?;
        }
        let mut jobs = self.looks_for_missing(&listed, started).await?;
        if let Some(collection) = self.baseline_collection().await? {
            // A moment later: the webhook of a request that came just now may be on its way.
            jobs.push(collecting::card_of(&collection.key, started));
        }
        jobs.extend(self.recovered().await?);
        let reconciled = Reconciled { organization: self.installation.organization, finished_at: started };
        Ok(Change { jobs, reconciled: Some(reconciled), ..Change::default() })
    }

    async fn take_in(&self, items: &[PendingRequest]) -> Result<(), JobError> {
        let app = self.app;
        let numbers: Vec<_> = items.iter().map(|item| item.id).collect();
        let known = app.store.requests_among(self.installation.organization, &numbers).await?;
        let of = |item: &PendingRequest| known.get(&item.id);
        let looks = items.iter().filter_map(|item| self.look_again(of(item)?.as_ref()?, item));
        let jobs: Vec<_> = looks.collect();
        if !jobs.is_empty() {
            app.commit_for(self.job, Change { jobs, ..Change::default() }).await?;
        }
        let unknown: Vec<_> = items.iter().filter(|item| of(item).is_none()).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        if self.is_first {
            return self.take_in_silently(&unknown).await;
        }
        for item in unknown {
            self.take_in_new(item).await?;
        }
        Ok(())
    }

    /// The work that a listed request needs which we know already.
    fn look_again(&self, known: &TokenRequest, listed: &PendingRequest) -> Option<NewJob> {
        let now = self.app.clock.now();
        let on_request = |kind: Kind| Some(kind.on(&known.key, String::new(), now));
        match &known.state {
            State::Pending { note: Some(Note::NotListed { .. } | Note::Paused { .. }), .. } => {
                on_request(Kind::Check)
            }
            State::Pending { .. } if !known.facts.agree_with_list(&listed.facts) => on_request(Kind::Enrich),
            State::Pending { .. } => None,
            State::Deciding(deciding) if deciding.blocked.is_some() => on_request(Kind::Review),
            State::Deciding(_) => None,
            State::Settled(settled)
                if settled.outcome == Outcome::Gone && settled.evidence == Evidence::Concluded =>
            {
                Some(Notice::ListedAgain { key: known.key.clone() }.job(now))
            }
            State::Settled(_) => None,
        }
    }

    /// Requests that waited before the organization was first seen: kept, and shown as one collection.
    async fn take_in_silently(&self, items: &[&PendingRequest]) -> Result<(), JobError> {
        let (app, now) = (self.app, self.app.clock.now());
        let Some(channel) = self.baseline_channel() else {
            // Without any channel there is no card either, of whatever kind.
            return self.store_silently(items, |_| None, None).await;
        };
        let known = self.baseline_collection().await?;
        let collection = known.clone().unwrap_or_else(|| Collection {
            key: Key::of_collection(&app.chance),
            channel: channel.clone(),
            gathered: self.baseline(),
            made_at: now,
        });
        let new = known.is_none().then(|| collection.clone());
        let showing = |request: &TokenRequest| {
            let collection = Some(collection.key.clone());
            Some(Showing { key: request.key.clone(), channel: channel.clone(), collection, since: now })
        };
        self.store_silently(items, showing, new).await
    }

    async fn store_silently(
        &self,
        items: &[&PendingRequest],
        showing: impl Fn(&TokenRequest) -> Option<Showing>,
        collection: Option<Collection>,
    ) -> Result<(), JobError> {
        let (app, now) = (self.app, self.app.clock.now());
        let requests: Vec<_> = items
            .iter()
            .map(|item| {
                let key = Key::random(&app.chance);
                TokenRequest::found_at_first_sight(self.arrival(item), key, now).request
            })
            .collect();
        let entries = requests.iter().map(|request| app.record().found(request, true)).collect();
        let showings = requests.iter().filter_map(showing).collect();
        app.commit_for(self.job, Change { requests, entries, showings, collection, ..Change::default() })
            .await
    }

    /// A request that nobody told of: its webhook was lost, or there is none.
    async fn take_in_new(&self, item: &PendingRequest) -> Result<(), JobError> {
        let (app, now) = (self.app, self.app.clock.now());
        let mut arrival = self.arrival(item);
        let mut is_whole = true;
        if matches!(arrival.facts.repositories, Repositories::Subset { .. }) {
            match app.github.repositories(&self.place, item.id).await {
                Ok(listed) => {
                    let count = Some(listed.len() as u64);
                    arrival.facts.repositories = Repositories::Subset { listed, count };
                }
                // It may have ended since it was listed; then nothing is lost by waiting for the next time.
                Err(Trouble::NotFound { .. }) => return Ok(()),
                Err(trouble @ Trouble::RateLimited { .. }) => return Err(trouble.into()),
                Err(_) => is_whole = false,
            }
        }
        let step = TokenRequest::found(arrival, is_whole, Key::random(&app.chance), now);
        let entry = app.record().found(&step.request, false);
        let change = app.with_superseded(app.change_for(step)).await?;
        let entries = std::iter::once(entry).chain(change.entries).collect();
        app.commit_for(self.job, Change { entries, ..change }).await
    }

    fn arrival(&self, item: &PendingRequest) -> Arrival {
        Arrival {
            organization: self.installation.organization,
            id: item.id,
            installation: Some(self.installation.id),
            facts: item.facts.clone(),
            has_rules: self.app.rules().book.policy.automatic != Automatic::Off,
        }
    }

    /// Work that looks for each open request that the whole list did not show.
    async fn looks_for_missing(
        &self,
        listed: &HashSet<RequestId>,
        started: chrono::DateTime<chrono::Utc>,
    ) -> Result<Vec<NewJob>, JobError> {
        let open = self.app.store.open_before(self.installation.organization, started).await?;
        let missing = open.into_iter().filter(|(id, ..)| !listed.contains(id));
        Ok(missing.map(|(_, key, state)| look_for(&key, &state, started)).collect())
    }

    fn baseline(&self) -> Gathered {
        Gathered::Baseline { organization: self.installation.login.clone() }
    }

    async fn baseline_collection(&self) -> Result<Option<Collection>, JobError> {
        let Some(channel) = self.baseline_channel().filter(|_| self.is_first) else { return Ok(None) };
        let since = chrono::DateTime::UNIX_EPOCH;
        Ok(self.app.store.collection_since(&channel, &self.baseline(), since).await?)
    }

    /// Where all of the organization's requests may be talked of: the first route that takes any of them.
    fn baseline_channel(&self) -> Option<crate::ids::ChannelId> {
        let rules = self.app.rules();
        let route = rules.book.routing.widest_route_for(&self.installation.login);
        place::or_elsewhere(self.app, route.map(|route| route.channel.clone())).into_iter().next()
    }

    /// The organization does not let us read its list. Each of its open requests says so, and the operators are told.
    async fn refused(&self, trouble: &Trouble) -> Done {
        let now = self.app.clock.now();
        let login = self.installation.login.clone();
        let notice = Notice::OrganizationRefused { login, cause: trouble.to_string() };
        let is_news = self.app.store.lasting(&notice.subject()).await?.is_none();
        let mut jobs = vec![notice.job(now)];
        if is_news {
            let open = self.app.store.open_keys(self.installation.organization).await?;
            jobs.extend(open.iter().map(|(key, state)| look_for(key, state, now)));
            // It may have been suspended or removed.
            jobs.push(Kind::Installation.on(self.installation.id, String::new(), now));
        }
        tracing::warn!(%trouble, organization_id = self.installation.organization.0, "an organization can't be read");
        Ok(Change { jobs, ..Change::default() })
    }

    /// The news that the organization can be read again, if the operators were told that it could not.
    async fn recovered(&self) -> Result<Option<NewJob>, JobError> {
        let works = Notice::OrganizationWorks { login: self.installation.login.clone() };
        let known = self.app.store.lasting(&works.subject()).await?;
        Ok(known.map(|_| works.job(self.app.clock.now())))
    }
}

/// The work that looks for one request by its number.
pub(super) fn look_for(key: &Key, state: &str, now: chrono::DateTime<chrono::Utc>) -> NewJob {
    let kind = if state == "deciding" { Kind::Review } else { Kind::Check };
    kind.on(key, String::new(), now)
}

impl App {
    /// The change with an arrival, and with the end of older requests for the same token.
    pub(crate) async fn with_superseded(
        &self,
        mut change: Change,
    ) -> Result<Change, crate::store::StoreError> {
        let Some(request) = change.requests.first().cloned() else { return Ok(change) };
        let Some(token) = request.facts.token else { return Ok(change) };
        let now = self.clock.now();
        let pending = self.store.pending_for_token(request.organization, token).await?;
        // Events come in any order: a late one must not take the place of a newer request. GitHub's numbers rise.
        for older in pending.into_iter().filter(|other| other.id < request.id) {
            if let Some(Step { request: older, effects }) = older.superseded(now) {
                change.entries.push(self.record().superseded(&older, &request.key));
                change.jobs.extend(super::for_effects(&effects, &older.key, now));
                change.requests.push(older);
            }
        }
        Ok(change)
    }
}
