//! What is somebody's own: the active tokens of their linked account and of the machines they answer for, and what these
//! have asked for.
//!
//! Nobody is refused. What the policies, or a membership that can't be told, keep from being shown is named.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::oneshot;

use super::tokens::{PATIENCE, as_of_some, is_theirs};
use super::{App, Asker, Rules};
use crate::audit::Entry;
use crate::identity::Identity;
use crate::ids::{GitHubUserId, Login, OrganizationId, SlackUserId};
use crate::policy::{About, Act, Who};
use crate::request::{Key, Refusal, State, TokenRequest};
use crate::slack::mine::{self, Mine, OwnRequest, last_nudge};
use crate::slack::tokens::{AsOf, Row};
use crate::slack::{Approvals, ButtonClick, Command, Message, ResponseUrl, messages, tokens};
use crate::store::{Change, Mirror, Mirrored, Scope, StoreError};
use crate::token::{Filter, Position, Sort};

/// As many tokens are on a page: a message holds 12,000 characters, and some requests stand above them.
const PAGE: u32 = 8;

/// As many of one's own requests are told one by one.
const WAITING: usize = 5;

/// How much of what is somebody's own is told at once.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Tokens behind this place alone.
    pub(super) after: Option<Position>,
    pub(super) tokens: u32,
    pub(super) requests: usize,
}

/// What is known to be somebody's own.
pub(super) enum Known {
    Unlinked,
    /// Why it can't be told.
    Unsure(String),
    /// With what is on record once it is shown.
    Mine(Box<Mine>, Vec<Entry>),
}

/// Whose tokens and requests are one's own, as far as our own record and GitHub tell.
enum Accounts {
    Unlinked,
    Unsure(String),
    These(Vec<GitHubUserId>),
}

impl App {
    /// `/pat mine`: the first page, at once where that is known in time, else by the command's way back.
    pub(super) async fn list_mine(&self, command: Command) -> Message {
        let app = self.clone();
        let url = command.response_url.clone();
        let work = async move { app.mine_for(&command.user, None).await };
        self.in_time(url, work).await
    }

    /// The answer, where it is there before Slack stops waiting; else that it takes longer, and the answer later.
    pub(super) async fn in_time(
        &self,
        url: Option<ResponseUrl>,
        work: impl Future<Output = Message> + Send + 'static,
    ) -> Message {
        let app = self.clone();
        let (answer, mut answered) = oneshot::channel();
        tokio::spawn(async move {
            // Whoever asked was told that it takes longer.
            if let (Err(message), Some(url)) = (answer.send(work.await), &url)
                && let Err(trouble) = app.slack.respond(url, &message).await
            {
                tracing::warn!(%trouble, "a command's answer could not be given");
            }
        });
        match tokio::time::timeout(PATIENCE, &mut answered).await {
            Ok(Ok(message)) => message,
            Ok(Err(_)) => messages::words(messages::TRY_AGAIN),
            Err(_) => {
                // From here on it goes the other way, unless it has just come.
                answered.close();
                answered.try_recv().unwrap_or_else(|_| messages::words(tokens::LOOKING))
            }
        }
    }

    /// Turns to another page of what is one's own, in its place.
    pub(super) fn turn_mine(&self, click: &ButtonClick, after: Option<Position>) -> &'static str {
        let (app, user, url) = (self.clone(), click.user.clone(), click.response_url.clone());
        tokio::spawn(async move {
            let message = app.mine_for(&user, after).await;
            let Some(url) = &url else { return };
            if let Err(trouble) = app.slack.replace(url, &message).await {
                tracing::warn!(%trouble, "a page of somebody's own tokens could not be shown");
            }
        });
        "mine"
    }

    async fn mine_for(&self, user: &SlackUserId, after: Option<Position>) -> Message {
        let command = &self.config.slack.command;
        let wanted = Wanted { requests: if after.is_none() { WAITING } else { 0 }, after, tokens: PAGE };
        match self.own_of(&self.rules(), user, wanted).await {
            Ok(Known::Mine(all, entries)) => {
                match self.store_alone(Change { entries, ..Change::default() }).await {
                    Ok(()) => mine::mine(&all, command),
                    Err(error) => not_told(&error),
                }
            }
            Ok(Known::Unlinked) => mine::not_linked(user, command, self.sign_in.is_some()),
            Ok(Known::Unsure(cause)) => mine::unsure(&cause),
            Err(error) => not_told(&error),
        }
    }

    /// What is somebody's own and may be shown to them.
    pub(super) async fn own_of(
        &self,
        rules: &Arc<Rules>,
        user: &SlackUserId,
        wanted: Wanted,
    ) -> Result<Known, StoreError> {
        let accounts = match self.accounts_of(rules, user).await? {
            Accounts::Unlinked => return Ok(Known::Unlinked),
            Accounts::Unsure(cause) => return Ok(Known::Unsure(cause)),
            Accounts::These(accounts) => accounts,
        };
        let mut finding = Finding::of(self, rules, user);
        let reached = self.mirrors_asked(&Filter::default()).await?;
        let mut scope = Scope::default();
        let (mut theirs, mut suspended) = (BTreeMap::new(), BTreeSet::new());
        for account in &accounts {
            for (organization, login) in self.store.places_of_owner(*account).await? {
                if let Some(mirror) = reached.mirrors.iter().find(|one| one.organization == organization) {
                    finding.tokens_in(mirror, *account, &login, &mut scope).await;
                    theirs.insert(organization, as_of_some(mirror));
                } else {
                    let there = reached.suspended.iter().filter(|one| one.organization == organization);
                    suspended.extend(there.map(|one| &one.login));
                }
            }
        }
        let mut waiting = Vec::new();
        for account in &accounts {
            for request in self.store.open_requests_of(*account).await? {
                if finding.may_see(&request).await {
                    waiting.push(request);
                }
            }
        }
        waiting.sort_by_key(|request| request.facts.created_at.unwrap_or(request.received_at));
        let Finding { entries, unseen, .. } = finding;
        let now = self.clock.now();
        let is_continued = wanted.after.is_some();
        let owners = scope.owners.difference(&scope.but).copied().collect();
        let found = self.store.tokens_of(&owners, wanted.after.as_ref(), wanted.tokens).await?;
        let next = found.tokens.last().filter(|_| found.has_more);
        let next = next.map(|last| Sort::Expiry.position(&last.token));
        let waiting_count = waiting.len();
        waiting.truncate(wanted.requests);
        let mine = Mine {
            waiting: self.own_requests(rules, waiting).await?,
            waiting_count,
            tokens: self.own_rows(found.tokens).await?,
            count: found.count,
            is_continued,
            next,
            as_of: match theirs.is_empty() {
                true => oldest(&reached.mirrors).into_iter().collect(),
                false => theirs.into_values().collect(),
            },
            is_all_read: reached.mirrors.iter().all(|mirror| mirror.finished_at.is_some()),
            suspended: suspended.into_iter().cloned().collect(),
            unseen: unseen.into_iter().collect(),
            now,
        };
        Ok(Known::Mine(Box::new(mine), entries))
    }

    /// Whose they are goes without saying, but for machines, which have no Slack user.
    async fn own_rows(&self, tokens: Vec<Mirrored>) -> Result<Vec<Row>, StoreError> {
        let mut revoked_by = self.revoked_by(&tokens).await?;
        let row = |mirrored: Mirrored| {
            let revoked_by = revoked_by.remove(&(mirrored.token.organization, mirrored.token.grant));
            Row { mirrored, owner: None, revoked_by }
        };
        Ok(tokens.into_iter().map(row).collect())
    }

    /// The numbers of the accounts that are somebody's now. GitHub is asked who they are; where it can't be, our own record
    /// says whose things are looked for, and whether these may be shown is found out for each organization.
    async fn accounts_of(&self, rules: &Rules, user: &SlackUserId) -> Result<Accounts, StoreError> {
        let known = match self.served().await?.first() {
            Some(served) => self.identity_of(rules, user, served.id).await,
            None => self.identity_on_record(rules, user).await,
        };
        let known = match known {
            Identity::Doubtful(cause) => match self.identity_on_record(rules, user).await {
                Identity::Linked(person) => Identity::Linked(person),
                Identity::Unlinked | Identity::Doubtful(_) => Identity::Doubtful(cause),
            },
            known => known,
        };
        Ok(match known {
            Identity::Unlinked => Accounts::Unlinked,
            Identity::Doubtful(cause) => Accounts::Unsure(cause),
            Identity::Linked(person) => {
                let machines = match rules.book.login_of(user) {
                    Some(mapped) => self.machines(rules).await?.of(mapped).accounts,
                    None => Default::default(),
                };
                let theirs = machines.into_iter().filter(|machine| *machine != person.github);
                Accounts::These(std::iter::once(person.github).chain(theirs).collect())
            }
        })
    }

    async fn own_requests(
        &self,
        rules: &Rules,
        requests: Vec<TokenRequest>,
    ) -> Result<Vec<OwnRequest>, StoreError> {
        let mut shared = HashMap::new();
        for request in &requests {
            let showing = self.store.showing(&request.key).await?;
            shared.extend(
                showing.and_then(|one| one.collection).map(|collection| (request.key.clone(), collection)),
            );
        }
        let about: Vec<Key> =
            requests.iter().map(|request| request.key.clone()).chain(shared.values().cloned()).collect();
        let nudged = self.store.nudged(&about).await?;
        let own = |request: TokenRequest| OwnRequest {
            deciders: who_can_decide(rules, &request),
            nudged_at: last_nudge(&nudged, &request.key, shared.get(&request.key)),
            request,
        };
        Ok(requests.into_iter().map(own).collect())
    }
}

/// How old the oldest of all lists that were read is. Of which organization it is, is not for everybody to know: alone, it is
/// not named.
fn oldest(mirrors: &[Mirror]) -> Option<AsOf> {
    let read = mirrors.iter().filter(|mirror| mirror.finished_at.is_some());
    read.min_by_key(|mirror| mirror.finished_at).map(as_of_some)
}

fn not_told(error: &StoreError) -> Message {
    tracing::error!(%error, "what is somebody's own could not be told");
    messages::words(messages::TRY_AGAIN)
}

/// Who can decide a request and how far that goes; nothing where nobody can.
fn who_can_decide(rules: &Rules, request: &TokenRequest) -> Option<String> {
    let route = rules.book.routing.route_for(&request.facts)?;
    let progress = rules.progress(request);
    let approvals = Approvals { progress: &progress, approvers: &route.approvers };
    let far = match &request.state {
        State::Pending { votes, .. } if !approvals.takes_one() => format!(" {}.", approvals.words(votes)),
        State::Pending { .. } | State::Deciding(_) | State::Settled(_) => String::new(),
    };
    let approvers = route.approvers.join(", ");
    Some(format!("Can be decided by anybody in: {approvers}. {}{far}", approvals.sentence()))
}

/// Looks for what is somebody's own. About the person each organization is asked once.
struct Finding<'a> {
    app: &'a App,
    rules: &'a Rules,
    user: &'a SlackUserId,
    known: HashMap<OrganizationId, Who>,
    /// What is shown by which right, or why it is not.
    entries: Vec<Entry>,
    unseen: BTreeMap<Login, Refusal>,
}

impl<'a> Finding<'a> {
    fn of(app: &'a App, rules: &'a Rules, user: &'a SlackUserId) -> Self {
        let (known, entries, unseen) = Default::default();
        Self { app, rules, user, known, entries, unseen }
    }

    /// Adds the tokens of an account in an organization to what may be seen, if they are this person's and may be.
    async fn tokens_in(&mut self, mirror: &Mirror, account: GitHubUserId, login: &Login, scope: &mut Scope) {
        let (app, rules) = (self.app, self.rules);
        if !self.known.contains_key(&mirror.organization) {
            let who = app.who_in(rules, self.user, mirror).await;
            self.known.insert(mirror.organization, who);
        }
        let Some(who) = self.known.get(&mirror.organization) else { return };
        let owner = crate::request::Requester { id: account, login: login.clone() };
        if !is_theirs(who, rules.book.login_of(self.user), &owner) {
            // GitHub could not say so for this organization, or says otherwise by now.
            if let Identity::Doubtful(cause) = &who.identity {
                let refusal = Refusal::DoubtfulAccount { cause: cause.clone() };
                self.unseen.insert(mirror.login.clone(), refusal);
            }
            return;
        }
        let judgement = app.may_handle(rules, who, mirror, About::Of { owner: login, is_own: true });
        let asker = Asker::new(who.clone(), judgement);
        self.entries.push(app.record().own_listed(mirror, &asker));
        let place = (mirror.organization, account);
        match asker.judgement.refusal {
            // Under every login that the owner's tokens are known by.
            None if asker.judgement.allowed => {
                scope.owners.insert(place);
            }
            None => {}
            Some(refusal) => {
                scope.but.insert(place);
                self.unseen.insert(mirror.login.clone(), refusal);
            }
        }
    }

    async fn may_see(&mut self, request: &TokenRequest) -> bool {
        let (app, rules) = (self.app, self.rules);
        let who = app.who_once(&mut self.known, rules, self.user, request).await;
        let is_own = is_theirs(who, rules.book.login_of(self.user), &request.facts.requester);
        let judgement = app.judge_as(rules, who, Act::Show, request);
        if let Some(refusal) = judgement.refusal {
            self.unseen.insert(request.facts.organization.clone(), refusal);
            return false;
        }
        is_own && judgement.allowed
    }
}
