//! Compares an organization's list of pending requests with ours, so that nothing is lost by being down.
//!
//! The list is read page by page and nothing is concluded from what it does not show: what we miss in it is looked
//! for by its number, and only that look counts (see [`super::check`]). A listing never opens again what is settled.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Done, JobError, Kind, Notice, collecting, place, refusing};
use crate::app::App;
use crate::config::Automatic;
use crate::github::{Listed, PendingRequest, Place, Trouble};
use crate::ids::{InstallationId, RequestId};
use crate::request::{
    Arrival, Collection, Enrichment, Evidence, Gathered, Key, Note, Outcome, Repositories, Repository, State,
    Step, TokenRequest,
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
        are_repositories_refused: AtomicBool::new(false),
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
    /// Whether the repositories of one request were refused; those of the others are not asked for then.
    are_repositories_refused: AtomicBool,
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
            // Before anything is woken: it would meet what is remembered.
            self.is_readable().await?;
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
        self.look_again_at(items.iter().filter_map(|item| Some((of(item)?.as_ref()?, item)))).await?;
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

    /// What is known already: those that were out of sight and are as they were are in sight again; the others are looked
    /// at one by one where they have to be.
    async fn look_again_at<'a>(
        &self,
        known: impl Iterator<Item = (&'a TokenRequest, &'a PendingRequest)>,
    ) -> Result<(), JobError> {
        let app = self.app;
        let (mut seen, mut jobs) = (Change::default(), Vec::new());
        for (known, listed) in known {
            let job = self.look_again(known, listed);
            let is_as_it_was = known.facts.agree_with_list(&listed.facts);
            match (&job, known.clone().seen_on_list().filter(|_| is_as_it_was)) {
                (Some(_), Some(step)) => {
                    seen.entries.push(app.record().seen_on_list(&step.request));
                    if known.enrichment == Enrichment::Missing {
                        jobs.push(Kind::Enrich.on(&known.key, String::new(), app.clock.now()));
                    }
                    let change = app.change_for(step);
                    seen.requests.extend(change.requests);
                    seen.jobs.extend(change.jobs);
                }
                (_, _) => jobs.extend(job),
            }
        }
        if !jobs.is_empty() {
            app.commit_for(self.job, Change { jobs, ..Change::default() }).await?;
        }
        if seen.requests.is_empty() {
            return Ok(());
        }
        let one_by_one =
            seen.requests.iter().map(|request| Kind::Check.on(&request.key, String::new(), app.clock.now()));
        let one_by_one = Change { jobs: one_by_one.collect(), ..Change::default() };
        match refusing::commit_many(app, self.job, seen).await {
            // Something came to one of them meanwhile.
            Err(JobError::Again) => app.commit_for(self.job, one_by_one).await,
            other => other,
        }
    }

    /// The work that a listed request needs which we know already.
    fn look_again(&self, known: &TokenRequest, listed: &PendingRequest) -> Option<NewJob> {
        let now = self.app.clock.now();
        let on_request = |kind: Kind| Some(kind.on(&known.key, String::new(), now));
        match &known.state {
            State::Pending { note: Some(Note::NotListed { .. } | Note::Paused { .. }), .. } => {
                on_request(Kind::Check)
            }
            State::Pending { .. }
                if known.enrichment == Enrichment::Missing || !known.facts.agree_with_list(&listed.facts) =>
            {
                on_request(Kind::Enrich)
            }
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
            match self.repositories_of(item).await {
                Ok(Some(listed)) => {
                    let count = Some(listed.len() as u64);
                    arrival.facts.repositories = Repositories::Subset { listed, count };
                }
                // It has ended since it was listed, or GitHub does not tell.
                Err(Trouble::NotFound { .. }) if self.has_ended(item).await? => return Ok(()),
                Err(trouble @ Trouble::RateLimited { .. }) => return Err(trouble.into()),
                Ok(None) | Err(_) => is_whole = false,
            }
        }
        let step = TokenRequest::found(arrival, is_whole, Key::random(&app.chance), now);
        let entry = app.record().found(&step.request, false);
        let change = app.with_superseded(app.change_for(step)).await?;
        let entries = std::iter::once(entry).chain(change.entries).collect();
        app.commit_for(self.job, Change { entries, ..change }).await
    }

    /// Whether a request that was listed is not any more.
    async fn has_ended(&self, item: &PendingRequest) -> Result<bool, JobError> {
        let (owner, token) = (&item.facts.requester.login, item.facts.token);
        match self.app.github.request(&self.place, owner, token, item.id).await {
            Ok(Listed::Absent) => Ok(true),
            // It is listed, and its repositories are not to be had all the same.
            Ok(Listed::Found(_)) | Err(Trouble::Unexpected { status: 404, .. }) => Ok(false),
            Err(trouble) => Err(trouble.into()),
        }
    }

    /// Which repositories a request is for; nothing where GitHub has refused to tell in this look.
    async fn repositories_of(&self, item: &PendingRequest) -> Result<Option<Vec<Repository>>, Trouble> {
        if self.are_repositories_refused.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let told = self.app.github.repositories(&self.place, item.id).await;
        let is_refused = told
            .as_ref()
            .is_err_and(|trouble| trouble.needs_people() && !matches!(trouble, Trouble::NotFound { .. }));
        self.are_repositories_refused.store(is_refused, Ordering::Relaxed);
        told.map(Some)
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

    /// The organization does not let us read its list. Each of its open requests says so, and the operators are told. It
    /// is asked again by this job alone.
    async fn refused(&self, trouble: &Trouble) -> Done {
        let (app, now) = (self.app, self.app.clock.now());
        let (organization, cause) = (self.installation.organization, trouble.to_string());
        tracing::warn!(%trouble, organization_id = organization.0, "an organization can't be read");
        app.commit_for(self.job, refusing::remembered(organization, &cause, now)).await?;
        refusing::put_on_hold(app, self.job, organization, &cause).await?;
        let login = self.installation.login.clone();
        let mut jobs = vec![Notice::OrganizationRefused { login, cause: cause.clone() }.job(now)];
        // It may have been suspended or removed; if that can't be told now, the next look at all of them tells it.
        let is_reachable = match app.github.installation(self.installation.id).await {
            Ok(found) => found.is_some_and(|found| !found.suspended),
            Err(_) => true,
        };
        if !is_reachable {
            jobs.push(Kind::Installation.on(self.installation.id, String::new(), now));
        }
        app.commit_for(self.job, Change { jobs, ..Change::default() }).await?;
        Err(JobError::Blocked { cause })
    }

    /// Forgets that it could not be read.
    async fn is_readable(&self) -> Result<(), JobError> {
        let organization = self.installation.organization;
        if self.app.refusal_of(organization).await?.is_some() {
            self.app.commit_for(self.job, refusing::forgotten(organization)).await?;
        }
        Ok(())
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
