//! Mirrors an organization's active tokens: nothing announces that one was revoked, has expired or was used.
//!
//! The list is read page by page into the database, and how far it was read is kept with every page. What a whole list
//! does not show is *missing*, looked for by its number, and gone only when that look does not find it either: a list that
//! shifts while it is read may have left it out. The first whole reading is a baseline; what differs later is on record.

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::read_pages::ReadPage;
use super::sparing::{self, Patient};
use super::stop::Stop;
use super::{Done, JobError, Kind, Notice, key_of, keys};
use crate::app::{App, Appearance};
use crate::audit::Entry;
use crate::github::{Grant, GrantPage, Place, Trouble};
use crate::ids::{GrantId, InstallationId, Login, OrganizationId};
use crate::request::{Outcome, Permissions, Repositories, State, TokenRequest};
use crate::store::{
    Change, Installation, InstallationState, LeasedJob, MIRROR_LAG, Mirror, Mirrored, Mirroring, NewJob,
    Presence, Run, Told,
};
use crate::token::{Token, TokenKey, is_younger};

/// The one subject of the timer.
pub(crate) const ALL: &str = "all";

/// Questions about single tokens in an hour. GitHub grants an installation five thousand and more in an hour, which
/// requests and decisions need, too (docs.github.com, rate limits for the REST API).
const QUESTIONS_AN_HOUR: i64 = 1_000;

/// However seldom the list is read, or however often.
const QUESTIONS: std::ops::RangeInclusive<i64> = 10..=QUESTIONS_AN_HOUR;

/// Repositories are renamed, moved and deleted: those of a token are read again after this time, when nothing else is to
/// be asked.
const REPOSITORIES_KNOWN_FOR: TimeDelta = TimeDelta::days(1);

/// A reading that was begun longer ago begins anew: what it has read is too old to conclude anything from.
const READING_LASTS: TimeDelta = TimeDelta::hours(1);

/// What was read so lately is not read again: it may be asked for twice at once, as at a start.
const FRESH: TimeDelta = TimeDelta::seconds(30);

/// GitHub's list may lag behind an approval: a token that it does not show is looked for once more, after this time.
const LAG: TimeDelta = TimeDelta::seconds(30);

/// GitHub's clock and ours may differ by as much, and a decision may take as long to be known as made.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);

/// Says that a look is that second one.
const AGAIN: &str = "again";

/// A million tokens; a list that goes on longer goes round in a circle.
const MOST_PAGES: u64 = 10_000;

/// As many answers about repositories are committed at once; a crash loses no more.
const AT_ONCE: usize = 20;

/// Has every organization's list read, and asks for itself again: one timer however many replicas run.
pub(super) async fn all(app: &App, _: &LeasedJob) -> Done {
    let now = app.clock.now();
    let installations = app.store.installations().await?;
    let served = installations.iter().filter(|one| is_served(app, one));
    let mut jobs: Vec<_> = served.map(|one| of(one, now)).collect();
    let again = Kind::Inventory.on(ALL, String::new(), now);
    jobs.push(NewJob { run_at: now + app.config.inventory_every, ..again });
    Ok(Change { jobs, ..Change::default() })
}

/// The work that reads the list of an installation's organization.
pub(super) fn of(installation: &Installation, now: DateTime<Utc>) -> NewJob {
    Kind::Mirror.on(installation.id, String::new(), now)
}

fn is_served(app: &App, installation: &Installation) -> bool {
    installation.state == InstallationState::Active && app.config.github.serves(&installation.login)
}

/// Reads one organization's list, and asks about single tokens as far as there is room for that.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let id = job.subject.parse().map(InstallationId).map_err(JobError::give_up)?;
    let installation = app.store.installation(id).await?.filter(|one| is_served(app, one));
    let Some(installation) = installation else { return Ok(Change::default()) };
    let reading = Reading { app, job, place: installation.place(), organization: installation.organization };
    match reading.run().await {
        Err(Stop::GitHub(trouble)) if trouble.needs_people() => reading.refused(&trouble).await,
        other => Ok(other?),
    }
}

/// A page of a list, as GitHub tells it now.
enum Listed {
    /// It has not changed.
    AsBefore(ReadPage),
    Anew(GrantPage),
}

/// One run over one organization's list.
struct Reading<'a> {
    app: &'a App,
    job: &'a LeasedJob,
    place: Place,
    organization: OrganizationId,
}

impl Reading<'_> {
    async fn run(&self) -> Result<Change, Stop> {
        let mut mirror = self.begun().await?;
        if mirror.run.is_none() {
            return Ok(Change::default());
        }
        while let Some(run) = mirror.run.take() {
            let asked_at = self.app.clock.now();
            mirror = match self.page(&mirror, &run).await? {
                // That took no call.
                Listed::AsBefore(page) => {
                    mirror = self.take_again(mirror, run, page, asked_at).await?;
                    continue;
                }
                Listed::Anew(page) => self.take_in(mirror, run, page, asked_at).await?,
            };
            // Each time a page at least: so it is known, too, when GitHub allows more again.
            if mirror.run.is_some() && self.is_scarce() {
                return Err(sparing::wait(self.app.clock.now()).into());
            }
        }
        let mut left = questions(self.app.config.inventory_every);
        self.look_for_missing(&mut left).await?;
        self.read_repositories(&mut left).await?;
        Ok(Change { jobs: self.news(mirror.unreadable).await?.into_iter().collect(), ..Change::default() })
    }

    /// Whether what GitHub still allows here is to be left to requests and decisions.
    fn is_scarce(&self) -> bool {
        Patient::Reading.has_to_wait(self.app, [self.place.installation])
    }

    /// The reading that is on its way, if it is not too old, or else a new one; none where the last one was just now.
    async fn begun(&self) -> Result<Mirror, Stop> {
        let now = self.app.clock.now();
        let known = self.app.store.mirror(self.organization).await?;
        let run = known.as_ref().and_then(|known| known.run.clone());
        let run = run.filter(|run| now - run.started_at < READING_LASTS);
        let is_fresh = known
            .as_ref()
            .and_then(|known| known.finished_at)
            .is_some_and(|as_of| (TimeDelta::zero()..FRESH).contains(&(now - as_of)));
        // As the database keeps it: it is compared with what was read from there.
        let started_at = now.trunc_subsecs(3);
        let new = || Run { started_at, cursor: None, pages: 0, unreadable: 0, nameless: 0 };
        let run = run.or_else(|| (!is_fresh).then(new));
        Ok(Mirror {
            organization: self.organization,
            login: self.place.organization.clone(),
            baseline_at: known.as_ref().and_then(|known| known.baseline_at),
            finished_at: known.as_ref().and_then(|known| known.finished_at),
            unreadable: known.as_ref().map_or(0, |known| known.unreadable),
            run,
        })
    }

    /// The page at which a reading stands, as it was read before, if its tokens are here still.
    async fn read_before(&self, mirror: &Mirror, run: &Run) -> Result<Option<ReadPage>, Stop> {
        let readings = [mirror.finished_at, Some(run.started_at)];
        let page = self.app.read_pages.of_reading(self.organization, run.cursor.as_deref(), readings);
        let Some(page) = page else { return Ok(None) };
        let known = self.app.store.tokens_among(self.organization, &page.grants).await?;
        let is_there = |grant| known.get(grant).is_some_and(|known| known.presence != Presence::Gone);
        Ok(page.grants.iter().all(is_there).then_some(page))
    }

    /// Every token of a page that has not changed was seen.
    async fn take_again(
        &self,
        mirror: Mirror,
        run: Run,
        page: ReadPage,
        asked_at: DateTime<Utc>,
    ) -> Result<Mirror, Stop> {
        let at = asked_at.max(run.started_at);
        let (cursor, started_at) = (run.cursor.clone(), run.started_at);
        let seen = page.grants.iter().map(|grant| (self.organization, *grant, at)).collect();
        let run = Run { cursor: Some(page.next.clone()), pages: run.pages + 1, ..run };
        let mirror = Mirror { run: Some(run), ..mirror };
        let mirroring = Mirroring { seen, mirror: Some(mirror.clone()), ..Mirroring::default() };
        self.commit(mirroring, vec![]).await?;
        self.app.read_pages.keep(self.organization, cursor, Some(page.seen_again(started_at)));
        Ok(mirror)
    }

    /// The page at which a reading stands. Where GitHub does not know that place any more, the next reading begins anew.
    async fn page(&self, mirror: &Mirror, run: &Run) -> Result<Listed, Stop> {
        let is_circle = run.pages >= MOST_PAGES;
        let before = self.read_before(mirror, run).await?;
        let etag = before.as_ref().map(|page| page.etag.as_str());
        let asked = match is_circle {
            true => Err(Trouble::Unexpected { status: 200, words: "a list without an end".to_owned() }),
            false => self.app.github.grants_unless(&self.place, run.cursor.as_deref(), etag).await,
        };
        let is_lost = matches!(asked, Err(Trouble::NotFound { .. } | Trouble::Unexpected { .. }));
        if is_lost && run.cursor.is_some() {
            self.commit(Mirroring { mirror: Some(mirror.clone()), ..Mirroring::default() }, vec![]).await?;
        }
        match (asked?, before) {
            (Some(page), _) => Ok(Listed::Anew(page)),
            (None, Some(before)) => Ok(Listed::AsBefore(before)),
            (None, None) => Err(JobError::retry("GitHub answered another question").into()),
        }
    }

    /// Takes in one page, and where the list goes on.
    async fn take_in(
        &self,
        mirror: Mirror,
        run: Run,
        page: GrantPage,
        asked_at: DateTime<Utc>,
    ) -> Result<Mirror, Stop> {
        let store = &self.app.store;
        let numbers: Vec<_> =
            page.grants.iter().map(|grant| grant.id).chain(page.unreadable.iter().copied()).collect();
        let known = store.tokens_among(self.organization, &numbers).await?;
        let met = page.grants.iter().filter(|grant| !known.contains_key(&grant.id));
        let tokens: Vec<_> = met.filter_map(|grant| grant.token).collect();
        let requested = match mirror.baseline_at {
            Some(_) => store.requests_for_tokens(self.organization, &tokens).await?,
            None => HashMap::new(),
        };
        // Whichever replica's clock it is: it was seen by this reading. What went since it was asked for is not there again.
        let at = asked_at.max(run.started_at);
        let is_old = |known: &&Mirrored| known.gone_at.is_some_and(|gone_at| gone_at + MIRROR_LAG >= at);
        let went = |grant: &GrantId| known.get(grant).filter(is_old).is_some();
        let (mut mirroring, mut entries, mut surprises) = (Mirroring::default(), Vec::new(), Vec::new());
        for grant in page.unreadable.iter().filter(|grant| !went(grant)) {
            // It is there, whatever it is.
            let Some(known) = known.get(grant) else { continue };
            if known.presence == Presence::Gone {
                entries.push(self.app.record().token_appeared(&known.token, Appearance::Again));
            }
            mirroring.seen.push((self.organization, *grant, at));
        }
        for grant in page.grants.iter().filter(|grant| !went(&grant.id)) {
            let known = known.get(&grant.id);
            if known.is_some_and(|known| known.presence != Presence::Gone && is_as_it_was(known, grant)) {
                mirroring.seen.push((self.organization, grant.id, at));
                continue;
            }
            let told = self.told(grant, known, at);
            let is_new = known.is_none_or(|known| known.presence == Presence::Gone);
            let requests = grant.token.and_then(|token| requested.get(&token));
            let appearance = match known {
                Some(_) => Some(Appearance::Again),
                None if is_later(grant, &mirror) => {
                    appearance(grant.granted_at, requests.map_or(&[], Vec::as_slice))
                }
                None => None,
            };
            let appearance = appearance.filter(|_| is_new && mirror.baseline_at.is_some());
            surprises.push(appearance);
            mirroring.told.push(told);
        }
        let is_met = |told: &Told| !known.contains_key(&told.token.grant);
        keys::free(store, &self.app.chance, &mut mirroring.told, is_met).await?;
        // Under the keys that they have now.
        let surprises = mirroring.told.iter().zip(surprises).filter_map(|(told, how)| Some((told, how?)));
        entries.extend(surprises.map(|(told, how)| self.app.record().token_appeared(&told.token, how)));
        let (cursor, started_at) = (run.cursor.clone(), run.started_at);
        let read = ReadPage::of(&page, started_at);
        let run = Run {
            cursor: page.next,
            pages: run.pages + 1,
            unreadable: run.unreadable + page.unreadable.len() as u64 + page.nameless,
            nameless: run.nameless + page.nameless,
            ..run
        };
        let mirror = if run.cursor.is_some() {
            Mirror { run: Some(run), ..mirror }
        } else {
            finished(mirror, run, &mut mirroring)
        };
        mirroring.mirror = Some(mirror.clone());
        self.commit(mirroring, entries).await?;
        // Only what is in the mirror need not be told again.
        self.app.read_pages.keep(self.organization, cursor, read);
        if mirror.run.is_none() {
            self.app.read_pages.finished(self.organization, started_at);
        }
        Ok(mirror)
    }

    fn told(&self, grant: &Grant, known: Option<&Mirrored>, at: DateTime<Utc>) -> Told {
        told(self.app, (self.organization, &self.place.organization), grant, known, at)
    }

    /// Looks for what a whole list did not show, each by its number. GitHub's trouble with single ones waits for the next
    /// time: the list was read.
    async fn look_for_missing(&self, left: &mut u32) -> Result<(), Stop> {
        for missing in self.app.store.missing_tokens(self.organization, *left).await? {
            // Without a number nothing tells for certain that it is gone.
            let Some(token) = missing.token.token else { continue };
            if self.is_scarce() {
                break;
            }
            *left = left.saturating_sub(1);
            let found = match self.app.github.grant_of(&self.place, token).await {
                Ok(found) => found.filter(|found| found.id == missing.token.grant),
                Err(trouble) => {
                    tracing::warn!(%trouble, "a missing token is looked for later");
                    if concerns_all(&trouble) {
                        break;
                    }
                    self.keep_tried(&missing.token).await?;
                    continue;
                }
            };
            if found.is_none() && self.is_revoked(&missing.token).await? {
                continue;
            }
            let now = self.app.clock.now();
            let (mirroring, entries) = match found {
                Some(grant) => {
                    let told = vec![self.told(&grant, Some(&missing), now)];
                    (Mirroring { told, ..Mirroring::default() }, vec![])
                }
                None => {
                    let gone = vec![(self.organization, missing.token.grant, now)];
                    let entry = self.app.record().token_gone(&missing.token);
                    (Mirroring { gone, ..Mirroring::default() }, vec![entry])
                }
            };
            self.commit(mirroring, entries).await?;
        }
        Ok(())
    }

    /// Whether a token is being revoked, or was since it was found missing: then that tells how it ended.
    async fn is_revoked(&self, token: &Token) -> Result<bool, Stop> {
        let (store, grants) = (&self.app.store, [token.grant]);
        let known = store.tokens_among(self.organization, &grants).await?;
        let is_gone = known.values().any(|known| known.presence == Presence::Gone);
        Ok(is_gone || !store.ending_now(self.organization, &grants).await?.is_empty())
    }

    /// Reads which repositories tokens reach, as far as there is room: of those we do not know yet first.
    async fn read_repositories(&self, left: &mut u32) -> Result<(), Stop> {
        let store = &self.app.store;
        let mut wanted = store.unlisted_tokens(self.organization, *left).await?;
        let room = left.saturating_sub(wanted.len() as u32);
        let before = self.app.clock.now() - REPOSITORIES_KNOWN_FOR;
        wanted.extend(store.tokens_listed_before(self.organization, before, room).await?);
        for some in wanted.chunks(AT_ONCE) {
            let mut read = Vec::new();
            let mut stop = None;
            for one in some {
                if *left == 0 || self.is_scarce() {
                    self.keep_repositories(read).await?;
                    return Ok(());
                }
                match self.app.github.grant_repositories(&self.place, one.token.grant).await {
                    Ok(repositories) => {
                        *left = left.saturating_sub(pages_of(&repositories));
                        read.push((one, repositories));
                    }
                    Err(trouble) if concerns_all(&trouble) => {
                        stop = Some(trouble);
                        break;
                    }
                    // It went meanwhile, or GitHub does not tell: what is known stays, and others have their turn before
                    // it is asked for again.
                    Err(trouble) => {
                        tracing::warn!(%trouble, "the repositories of a token are read later");
                        *left = left.saturating_sub(1);
                        self.keep_tried(&one.token).await?;
                    }
                }
            }
            self.keep_repositories(read).await?;
            if let Some(trouble) = stop {
                tracing::warn!(%trouble, "repositories of tokens are read later");
                break;
            }
        }
        Ok(())
    }

    /// Keeps what was read of tokens that are still as they were then.
    async fn keep_repositories(&self, read: Vec<(&Mirrored, Repositories)>) -> Result<(), Stop> {
        let numbers: Vec<_> = read.iter().map(|(one, _)| one.token.grant).collect();
        let known = self.app.store.tokens_among(self.organization, &numbers).await?;
        let now = self.app.clock.now();
        let told = read.into_iter().filter_map(|(before, repositories)| {
            let known = known.get(&before.token.grant).filter(|known| known.presence != Presence::Gone)?;
            let is_same = reaches_the_same(&known.token, &before.token);
            let token = Token { repositories, ..known.token.clone() };
            is_same.then_some(Told { token, at: known.seen_at, listed_at: Some(now) })
        });
        let listed: Vec<_> = told.collect();
        if listed.is_empty() {
            return Ok(());
        }
        self.commit(Mirroring { listed, ..Mirroring::default() }, vec![]).await
    }

    /// GitHub did not tell of this one: it waits until others had their turn.
    async fn keep_tried(&self, token: &Token) -> Result<(), Stop> {
        let tried = vec![(token.organization, token.grant, self.app.clock.now())];
        self.commit(Mirroring { tried, ..Mirroring::default() }, vec![]).await
    }

    /// The organization does not let us read its list. What is mirrored stays, and grows old; the operators are told.
    async fn refused(&self, trouble: &Trouble) -> Done {
        let organization = self.organization;
        tracing::warn!(%trouble, organization_id = organization.0, "an organization's tokens can't be read");
        let notice = self.unread(trouble.to_string());
        let jobs = vec![notice.job(self.app.clock.now())];
        self.app.commit_for(self.job, Change { jobs, ..Change::default() }).await?;
        Err(JobError::Blocked { cause: trouble.to_string() })
    }

    /// What the operators are told of a list that was read to its end.
    async fn news(&self, unreadable: u64) -> Result<Option<NewJob>, Stop> {
        let now = self.app.clock.now();
        if unreadable > 0 {
            let cause = format!("{unreadable} of them make no sense to this version and are not shown");
            return Ok(Some(self.unread(cause).job(now)));
        }
        let works = Notice::TokensWork { login: self.place.organization.clone() };
        let known = self.app.store.lasting(&works.subject()).await?;
        Ok(known.map(|_| works.job(now)))
    }

    fn unread(&self, cause: String) -> Notice {
        Notice::TokensRefused { login: self.place.organization.clone(), cause }
    }

    async fn commit(&self, mirroring: Mirroring, entries: Vec<Entry>) -> Result<(), Stop> {
        let change = Change { mirroring: Some(mirroring), entries, ..Change::default() };
        Ok(self.app.commit_for(self.job, change).await?)
    }
}

/// Mirrors the one token that a request was approved for, with its repositories.
pub(super) async fn one(app: &App, job: &LeasedJob) -> Done {
    let Some(request) = app.store.request_by_key(&key_of(job)?).await? else { return Ok(Change::default()) };
    let (Some(token), State::Settled(settled)) = (request.facts.token, &request.state) else {
        return Ok(Change::default());
    };
    let known = app.store.tokens_by_number(token).await?;
    let is_since = |granted_at, permissions: &Permissions| {
        is_what_was_approved(granted_at, settled.at) || *permissions == request.facts.permissions
    };
    // Asked for by our own confirmation, and once more by GitHub's webhook.
    if known.iter().any(|one| {
        one.token.organization == request.organization
            && one.seen_at >= settled.at
            && is_since(one.token.granted_at, &one.token.permissions)
    }) {
        return Ok(Change::default());
    }
    let place = app.place_of(&request).await?;
    let grant = match app.github.grant(&place, &request.facts.requester.login, token).await {
        // The list may still tell what the token had before.
        Ok(Some(grant)) if is_since(grant.granted_at, &grant.permissions) => grant,
        Ok(_) if job.payload != AGAIN => {
            let again = Kind::MirrorToken.on(&request.key, AGAIN.to_owned(), app.clock.now() + LAG);
            return Ok(Change { jobs: vec![again], ..Change::default() });
        }
        // It went at once, or lags for longer: the whole list tells later. So it does where GitHub refuses.
        Ok(_) => return Ok(Change::default()),
        Err(trouble) if trouble.needs_people() => return Ok(Change::default()),
        Err(trouble) => return Err(trouble.into()),
    };
    let organization = request.organization;
    let known = app.store.tokens_among(organization, &[grant.id]).await?.remove(&grant.id);
    let mut told = told(app, (organization, &place.organization), &grant, known.as_ref(), app.clock.now());
    keys::free(&app.store, &app.chance, std::slice::from_mut(&mut told), |_| known.is_none()).await?;
    if matches!(grant.repositories, Repositories::Subset { .. }) {
        // What GitHub does not tell now the next reading asks for.
        if let Ok(repositories) = app.github.grant_repositories(&place, grant.id).await {
            told.token.repositories = repositories;
            told.listed_at = Some(told.at);
        }
    }
    let login = place.organization;
    let mirroring = Mirroring { met: Some((organization, login)), told: vec![told], ..Mirroring::default() };
    Ok(Change { mirroring: Some(mirroring), ..Change::default() })
}

/// Whether what was granted then may be what was approved; a list may still tell what the token had before.
fn is_what_was_approved(granted_at: Option<DateTime<Utc>>, approved_at: DateTime<Utc>) -> bool {
    granted_at.is_some_and(|at| at >= approved_at - CLOCKS_DIFFER)
}

/// The work that does so, where a request was approved.
pub(crate) fn of_approved(request: &TokenRequest, now: DateTime<Utc>) -> Option<NewJob> {
    let is_approved =
        matches!(&request.state, State::Settled(settled) if settled.outcome == Outcome::Approved);
    let is_known = request.facts.token.is_some();
    (is_approved && is_known).then(|| Kind::MirrorToken.on(&request.key, String::new(), now))
}

/// The end of a reading. Only if everything in it says which token it is it tells what is missing, and what was there at
/// first.
fn finished(mirror: Mirror, run: Run, mirroring: &mut Mirroring) -> Mirror {
    let is_whole = run.nameless == 0;
    if is_whole {
        mirroring.missing = Some((mirror.organization, run.started_at));
    }
    let baseline_at = mirror.baseline_at.or(is_whole.then_some(run.started_at));
    Mirror { baseline_at, finished_at: Some(run.started_at), unreadable: run.unreadable, run: None, ..mirror }
}

/// Whether it was granted after the first reading began. What was there before and shows only now was missed by a list that
/// shifted.
fn is_later(grant: &Grant, mirror: &Mirror) -> bool {
    match (grant.granted_at, mirror.baseline_at) {
        (Some(granted_at), Some(baseline_at)) => granted_at >= baseline_at,
        (None, _) | (_, None) => true,
    }
}

/// As what a token is a surprise that was not on the list before; nothing where one of the requests for it may have led to
/// it.
fn appearance(granted_at: Option<DateTime<Utc>>, requests: &[TokenRequest]) -> Option<Appearance> {
    let may_have_led_to_it = |request: &TokenRequest| match &request.state {
        // Whoever decides on GitHub's page may be known of later than the list.
        State::Pending { .. } | State::Deciding(_) => true,
        State::Settled(settled) => match settled.outcome {
            // Of an approval long before, other things came. What left GitHub's list without a word may have been approved,
            // but not after it had left.
            Outcome::Approved | Outcome::Gone => !is_younger(granted_at, settled.at),
            // Of the two ends that GitHub told one is on record with its time.
            Outcome::Denied | Outcome::Cancelled | Outcome::Superseded => {
                let other = settled.contradicted.as_ref().map(|other| other.outcome);
                matches!(other, Some(Outcome::Approved | Outcome::Gone))
            }
        },
    };
    match requests.iter().any(may_have_led_to_it) {
        true => None,
        false if requests.is_empty() => Some(Appearance::Unasked),
        false => Some(Appearance::NotApproved),
    }
}

/// Whether GitHub would answer a question about any other token alike.
fn concerns_all(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::RateLimited { .. }
        | Trouble::Resting { .. }
        | Trouble::Suspended
        | Trouble::Unauthorized { .. } => true,
        Trouble::Forbidden { .. }
        | Trouble::NotFound { .. }
        | Trouble::Unavailable { .. }
        | Trouble::Unexpected { .. } => false,
    }
}

/// How many questions it took to read them.
fn pages_of(repositories: &Repositories) -> u32 {
    let Repositories::Subset { count: Some(count), .. } = repositories else { return 1 };
    u32::try_from(count.div_ceil(100)).unwrap_or(u32::MAX).max(1)
}

/// A token as it is told now. Its repositories are known as long as nothing tells that they may be others.
fn told(
    app: &App,
    (organization, login): (OrganizationId, &Login),
    grant: &Grant,
    known: Option<&Mirrored>,
    at: DateTime<Utc>,
) -> Told {
    let mut token = Token {
        organization,
        login: login.clone(),
        grant: grant.id,
        token: grant.token,
        key: known.map_or_else(|| TokenKey::random(&app.chance), |known| known.token.key.clone()),
        name: grant.name.as_deref().map(without_nul),
        owner: grant.owner.clone(),
        permissions: grant.permissions.clone(),
        repositories: grant.repositories.clone(),
        granted_at: grant.granted_at,
        expiry: grant.expiry,
        used: grant.used,
    };
    let same = known.filter(|known| reaches_the_same(&known.token, &token));
    if let Some(same) = same {
        token.repositories = same.token.repositories.clone();
    }
    Told { token, at, listed_at: same.and_then(|same| same.listed_at) }
}

/// Whether nothing GitHub lists has changed.
fn is_as_it_was(known: &Mirrored, grant: &Grant) -> bool {
    let known = &known.token;
    known.owner == grant.owner
        && known.token == grant.token
        && known.name == grant.name.as_deref().map(without_nul)
        && known.expiry == grant.expiry
        && known.used == grant.used
        && known.granted_at == grant.granted_at
        && known.permissions == grant.permissions
        && is_same_selection(&known.repositories, &grant.repositories)
}

/// Whether a token may still reach the same repositories: a token that is edited is granted anew.
fn reaches_the_same(one: &Token, other: &Token) -> bool {
    one.token == other.token
        && one.granted_at == other.granted_at
        && one.permissions == other.permissions
        && is_same_selection(&one.repositories, &other.repositories)
}

/// A list names no repositories.
fn is_same_selection(one: &Repositories, other: &Repositories) -> bool {
    match (one, other) {
        (Repositories::Subset { .. }, Repositories::Subset { .. }) => true,
        (one, other) => one == other,
    }
}

/// No database's text holds it.
fn without_nul(name: &str) -> String {
    name.replace('\0', "")
}

/// How many questions about single tokens one reading may ask.
fn questions(every: TimeDelta) -> u32 {
    let share = QUESTIONS_AN_HOUR.saturating_mul(every.num_seconds()) / TimeDelta::hours(1).num_seconds();
    share.clamp(*QUESTIONS.start(), *QUESTIONS.end()) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::pending;
    use crate::request::{By, Contradiction, Evidence, Settlement};
    use crate::token::samples::{subset, token};

    fn mirrored(token: Token) -> Mirrored {
        let at = token.granted_at.unwrap();
        Mirrored {
            token,
            presence: Presence::Active,
            first_seen_at: at,
            seen_at: at,
            gone_at: None,
            listed_at: None,
        }
    }

    fn listed(token: &Token) -> Grant {
        let token = token.clone();
        Grant {
            id: token.grant,
            owner: token.owner,
            token: token.token,
            name: token.name,
            granted_at: token.granted_at,
            permissions: token.permissions,
            repositories: Repositories::Subset { listed: vec![], count: None },
            expiry: token.expiry,
            used: token.used,
        }
    }

    #[test]
    fn a_token_is_as_it_was_if_all_that_the_list_tells_is() {
        let known = mirrored(token());
        let same = listed(&token());

        assert!(is_as_it_was(&known, &same));
        for other in [
            Grant { name: Some("other".into()), ..same.clone() },
            Grant { used: crate::token::Use::Never, ..same.clone() },
            Grant { expiry: crate::request::Expiry::Never, ..same.clone() },
            Grant { granted_at: None, ..same.clone() },
            Grant {
                permissions: pending()
                    .facts
                    .permissions
                    .iter()
                    .take(0)
                    .map(|(one, level)| (one.clone(), level.clone()))
                    .collect(),
                ..same.clone()
            },
            Grant { repositories: Repositories::All, ..same.clone() },
            Grant { token: None, ..same.clone() },
        ] {
            assert!(!is_as_it_was(&known, &other), "{other:?}");
        }
    }

    #[test]
    fn what_is_granted_anew_may_reach_other_repositories() {
        assert!(reaches_the_same(
            &token(),
            &Token { repositories: subset(&["acme/docs"]), name: None, ..token() }
        ));
        assert!(!reaches_the_same(&token(), &Token { granted_at: None, ..token() }));
        assert!(!reaches_the_same(&token(), &Token { repositories: Repositories::All, ..token() }));
    }

    #[test]
    fn trouble_with_one_token_stops_only_what_would_fail_alike() {
        let until = token().granted_at.unwrap();

        assert!(concerns_all(&Trouble::RateLimited { until }) && concerns_all(&Trouble::Suspended));
        assert!(!concerns_all(&Trouble::Unexpected { status: 200, words: String::new() }));
    }

    #[test]
    fn what_was_granted_before_the_first_reading_is_no_surprise_and_an_unknown_time_is_one() {
        let at = token().granted_at;
        let mirror = |baseline_at| Mirror {
            organization: token().organization,
            login: token().login,
            baseline_at,
            finished_at: None,
            unreadable: 0,
            run: None,
        };
        let later = mirror(at.map(|at| at + TimeDelta::seconds(1)));

        assert!(!is_later(&listed(&token()), &later));
        assert!(is_later(&listed(&token()), &mirror(at)));
        assert!(is_later(&Grant { granted_at: None, ..listed(&token()) }, &later));
    }

    #[test]
    fn only_a_list_that_names_all_its_tokens_tells_what_is_missing_or_was_there_at_first() {
        let at = token().granted_at.unwrap();
        for (unreadable, nameless, is_whole) in [(0, 0, true), (2, 0, true), (2, 1, false)] {
            let run = Run { started_at: at, cursor: None, pages: 1, unreadable, nameless };
            let mirror = Mirror {
                organization: token().organization,
                login: token().login,
                baseline_at: None,
                finished_at: None,
                unreadable: 9,
                run: None,
            };
            let mut mirroring = Mirroring::default();

            let ended = finished(mirror, run, &mut mirroring);

            assert_eq!((mirroring.missing.is_some(), ended.baseline_at.is_some()), (is_whole, is_whole));
            assert_eq!(ended.unreadable, unreadable);
        }
    }

    #[test]
    fn a_token_is_expected_only_where_a_request_for_it_may_have_been_approved() {
        let ended = |outcome| {
            let settled = Settlement::new(outcome, By::Unknown, Evidence::Told, token().granted_at.unwrap());
            TokenRequest { state: State::Settled(settled), ..pending() }
        };
        let denied = || ended(Outcome::Denied);

        let granted_at = token().granted_at;

        assert_eq!(appearance(granted_at, &[]), Some(Appearance::Unasked));
        for nothing in [denied(), ended(Outcome::Cancelled), ended(Outcome::Superseded)] {
            assert_eq!(
                appearance(granted_at, std::slice::from_ref(&nothing)),
                Some(Appearance::NotApproved),
                "{nothing:?}"
            );
            for something in [pending(), ended(Outcome::Approved), ended(Outcome::Gone)] {
                assert_eq!(appearance(granted_at, &[nothing.clone(), something]), None);
            }
        }
        let and_then = |outcome| {
            let mut both = denied();
            if let State::Settled(settled) = &mut both.state {
                settled.contradicted = Some(Contradiction { outcome, by: By::Unknown });
            }
            appearance(granted_at, &[both])
        };
        assert_eq!([Outcome::Approved, Outcome::Gone].map(and_then), [None; 2]);
        assert_eq!(
            [Outcome::Cancelled, Outcome::Superseded].map(and_then),
            [Some(Appearance::NotApproved); 2]
        );
    }

    #[test]
    fn what_was_approved_or_left_the_list_long_before_a_grant_expects_nothing() {
        let ended_at = token().granted_at.unwrap();
        let ended = |outcome, at| {
            let settled = Settlement::new(outcome, By::Unknown, Evidence::Told, at);
            TokenRequest { state: State::Settled(settled), ..pending() }
        };
        for outcome in [Outcome::Approved, Outcome::Gone] {
            let requests = [ended(Outcome::Denied, ended_at + TimeDelta::days(9)), ended(outcome, ended_at)];
            let granted = |minutes| appearance(Some(ended_at + TimeDelta::minutes(minutes)), &requests);

            assert_eq!([granted(-1), granted(10), appearance(None, &requests)], [None; 3]);
            assert_eq!(granted(11), Some(Appearance::NotApproved));
            assert_eq!(granted(9 * 24 * 60), Some(Appearance::NotApproved));
        }
    }

    #[test]
    fn a_grant_from_before_the_approval_is_an_older_one() {
        let approved_at = token().granted_at.unwrap();
        let granted =
            |minutes| is_what_was_approved(Some(approved_at - TimeDelta::minutes(minutes)), approved_at);

        assert!(granted(-1) && granted(0) && granted(5));
        assert!(!granted(6) && !is_what_was_approved(None, approved_at));
    }

    #[test]
    fn a_long_list_of_repositories_took_more_than_one_question() {
        let some = |count| Repositories::Subset { listed: vec![], count };

        assert_eq!([Some(0), Some(100), Some(101), None].map(|count| pages_of(&some(count))), [1, 1, 2, 1]);
    }

    #[test]
    fn single_tokens_take_a_share_of_the_hour() {
        let every = |minutes| questions(TimeDelta::minutes(minutes));

        assert_eq!([every(15), every(60), every(600), every(0)], [250, 1_000, 1_000, 10]);
    }
}
