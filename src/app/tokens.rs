//! Who may see which active tokens, and what they are shown of them.
//!
//! Rights are judged anew at every page and look, on memberships of a moment ago. The policies are asked once for each
//! organization about everybody's tokens and once about the asker's own, for they know a token by its organization and
//! owner alone; only where a policy tells owners apart they are asked about each of these.

use std::collections::HashMap;
use std::time::Duration;

use futures::stream::{self, StreamExt};

use super::home::{LOOKING, TOKEN, TOKENS};
use super::modals::Asking;
use super::suspended::Unshown;
use super::{App, Asker, PlaceError, Rules};
use crate::github::Place;
use crate::identity::Identity;
use crate::ids::{GrantId, Login, OrganizationId, SlackUserId, TokenId};
use crate::policy::{About, Act, Judgement, TokenQuestion as Question, Who};
use crate::request::{Refusal, Requester, TokenRequest};
use crate::slack::tokens::{self, AsOf, Listing, RepositoriesPage, Requests, Row, Suspended, TokensPage};
use crate::slack::{ButtonClick, Command, Message, View, messages};
use crate::store::{Change, Counted, InstallationState, Mirror, Mirrored, Scope, StoreError, TokenQuestion};
use crate::token::{Filter, TokenKey, led_to};

/// As many tokens are on a page; a message holds 50 blocks.
const PAGE: u32 = 10;

/// About so many organizations a person is asked at once.
pub(super) const AT_ONCE: usize = 8;

/// Slack waits three seconds for an answer, half of which are left to the ways there and back and to putting the command on
/// record; what takes longer is answered by the command's way back.
pub(super) const PATIENCE: Duration = Duration::from_millis(1_500);

/// The organizations that a question is about.
#[derive(Default)]
pub(super) struct Reached {
    pub(super) mirrors: Vec<Mirror>,
    /// Nothing of these can be told; which they are is not for everybody to know.
    pub(super) suspended: Vec<Mirror>,
}

/// What tokens are looked up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handling {
    See,
    /// To be seen and revoked.
    End,
}

/// What somebody may see of one organization.
pub(super) struct Seen {
    pub(super) mirror: Mirror,
    pub(super) who: Who,
    pub(super) asker: Asker,
    /// Nothing where they may not list anything.
    pub(super) scope: Option<Scope>,
}

impl App {
    /// `/pat list`: the first page, at once where that is known in time, else by the command's way back.
    pub(super) async fn list_tokens(&self, command: Command, filter: Filter) -> Message {
        let app = self.clone();
        let url = command.response_url.clone();
        let work = async move { app.tokens_for(&command.user, TokensPage { after: None, filter }).await };
        self.in_time(url, work).await
    }

    /// Turns to another page of a list, in its place. Gives the click's kind, for the metrics.
    pub(super) fn turn_tokens(&self, click: &ButtonClick, page: TokensPage) -> &'static str {
        let (app, click) = (self.clone(), click.clone());
        tokio::spawn(async move {
            let message = app.tokens_for(&click.user, page).await;
            if let Some(modal) = &click.modal {
                let asking = Asking::from(&click);
                return app.fill_with(&modal.view, &asking, None, &View::telling(TOKENS, message)).await;
            }
            let Some(url) = &click.response_url else { return };
            if let Err(trouble) = app.slack.replace(url, &message).await {
                tracing::warn!(%trouble, "a page of tokens could not be shown");
            }
        });
        "tokens"
    }

    /// Shows one token beside the list.
    pub(super) fn open_token(&self, click: &ButtonClick, key: TokenKey) -> &'static str {
        let (app, click) = (self.clone(), click.clone());
        tokio::spawn(async move {
            let wanted = Wanted::Key(key);
            // In the app's home and in modals there is no message beside which anything could be told.
            let Some(url) = &click.response_url else {
                let asking = Asking::from(&click);
                let Some(at) = app.opening(&asking, &View::notice(TOKEN, LOOKING)).await else { return };
                let message = app.token_told(&click.user, &wanted, 0).await;
                return app.fill_with(&at, &asking, None, &View::telling(TOKEN, message)).await;
            };
            let message = app.token_told(&click.user, &wanted, 0).await;
            if let Err(trouble) = app.slack.respond(url, &message).await {
                tracing::warn!(%trouble, "a token could not be shown");
            }
        });
        "token"
    }

    /// Turns to another page of a token's repositories, in its place.
    pub(super) fn turn_repositories(&self, click: &ButtonClick, page: RepositoriesPage) -> &'static str {
        let (app, click) = (self.clone(), click.clone());
        tokio::spawn(async move {
            let message = app.token_told(&click.user, &Wanted::Key(page.token), page.page).await;
            // In a modal the page takes the place of the one before.
            if let Some(modal) = &click.modal {
                let asking = Asking::from(&click);
                return app.fill_with(&modal.view, &asking, None, &View::telling(TOKEN, message)).await;
            }
            let Some(url) = &click.response_url else { return };
            if let Err(trouble) = app.slack.replace(url, &message).await {
                tracing::warn!(%trouble, "a page of repositories could not be shown");
            }
        });
        "token"
    }

    async fn token_told(&self, user: &SlackUserId, wanted: &Wanted, page: u32) -> Message {
        let told = self.token_for(user, &self.config.slack.command, wanted, page).await;
        told.unwrap_or_else(|error| {
            tracing::error!(%error, "a token could not be shown");
            messages::words(messages::TRY_AGAIN)
        })
    }

    pub(super) async fn tokens_for(&self, user: &SlackUserId, page: TokensPage) -> Message {
        self.tokens_page(user, page).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a list of tokens could not be given");
            messages::words(messages::TRY_AGAIN)
        })
    }

    async fn tokens_page(&self, user: &SlackUserId, page: TokensPage) -> Result<Message, StoreError> {
        let rules = self.rules();
        let Reached { mirrors, suspended } = self.mirrors_asked(&page.filter).await?;
        let (suspended, unshown) =
            self.suspended_for(&rules, user, suspended, (&page.filter, About::All)).await;
        if mirrors.is_empty() {
            self.put_on_record(&[], &unshown, &page.filter).await?;
            return Ok(messages::words(
                &suspended.words().unwrap_or_else(|| tokens::NOTHING_KNOWN.to_owned()),
            ));
        }
        let seen = self.seen_in(&rules, user, mirrors, About::All).await?;
        self.put_on_record(&seen, &unshown, &page.filter).await?;
        let Some(scope) = together(&seen) else {
            return Ok(refused(&seen, &suspended));
        };
        let now = self.clock.now();
        let TokensPage { after, filter } = &page;
        let question = TokenQuestion { filter, scope: &scope, now, after: after.as_ref(), limit: PAGE };
        let found = self.store.tokens(&question).await?;
        let next = found.tokens.last().filter(|_| found.has_more);
        let next = next.map(|last| filter.sort.position(&last.token));
        let rows = self.rows(&rules, found.tokens).await?;
        let allowed = seen.iter().filter(|seen| seen.scope.is_some());
        Ok(tokens::list(&Listing {
            rows,
            count: found.count,
            next,
            as_of: allowed.map(|seen| as_of(&seen.mirror)).collect(),
            suspended,
            doubts: seen.iter().filter_map(doubt).collect(),
            now,
            page,
        }))
    }

    /// `/pat show` of a token, for who may see it, with a page of its repositories. To others it is as if there were none.
    pub(super) async fn token_for(
        &self,
        user: &SlackUserId,
        command: &str,
        wanted: &Wanted,
        page: u32,
    ) -> Result<Message, StoreError> {
        let found = self.tokens_named(wanted).await?;
        let rules = self.rules();
        // What was removed or is served no more is not shown.
        let states = self.installation_states().await?;
        let is_reached = |mirror: &Mirror| {
            let state = states.get(&mirror.organization);
            state.is_some_and(|state| *state != InstallationState::Removed)
                && self.config.github.serves(&mirror.login)
        };
        let mirrors: Vec<_> = self.store.mirrors().await?.into_iter().filter(is_reached).collect();
        let mut why = None;
        for mirrored in found {
            let organization = mirrored.token.organization;
            let Some(mirror) = mirrors.iter().find(|mirror| mirror.organization == organization) else {
                continue;
            };
            if states.get(&organization) == Some(&InstallationState::Suspended) {
                let told = self.suspended_token(&rules, user, mirror, &mirrored.token).await?;
                why = why.or(told);
                continue;
            }
            let who = self.who_in(&rules, user, mirror).await;
            let owner = &mirrored.token.owner;
            let judgement = self.may_see(&rules, &who, mirror, owner);
            let asker = Asker::new(who.clone(), judgement);
            let entries = vec![self.record().token_shown(&mirrored.token, &asker)];
            let counts = asker.judgement.refusal.iter().map(Counted::refused).collect();
            self.store_alone(Change { entries, counts, ..Change::default() }).await?;
            if asker.judgement.allowed {
                return self.token_details(&rules, &who, mirrored, mirror, page).await;
            }
            let Some(refusal) = asker.judgement.refusal.filter(Refusal::is_uncertain) else { continue };
            if self.may_know_of(&rules, user, mirror, owner).await {
                why = why.or_else(|| Some(messages::words(&tokens::refusal(&refusal))));
            }
        }
        Ok(why.unwrap_or_else(|| messages::words(&messages::nothing_to_show(command))))
    }

    /// The tokens that go by this name.
    pub(super) async fn tokens_named(&self, wanted: &Wanted) -> Result<Vec<Mirrored>, StoreError> {
        Ok(match wanted {
            Wanted::Key(key) => self.store.token_by_key(key).await?.into_iter().collect(),
            Wanted::Grant(grant) => self.store.tokens_by_grant(*grant).await?,
            Wanted::Token(token) => self.store.tokens_by_number(*token).await?,
        })
    }

    async fn token_details(
        &self,
        rules: &Rules,
        who: &Who,
        mirrored: Mirrored,
        mirror: &Mirror,
        page: u32,
    ) -> Result<Message, StoreError> {
        let requests = match mirrored.token.token {
            Some(token) => self.store.requests_for_token(mirror.organization, token).await?,
            None => Vec::new(),
        };
        let may_see = |request: &TokenRequest| self.judge_as(rules, who, Act::Show, request).allowed;
        let led_to = led_to(&mirrored.token, &requests).map(|(request, _)| request.key.clone());
        let requests: Vec<_> = requests.into_iter().filter(may_see).collect();
        let as_of = self.as_of_for(rules, who, mirror);
        let endings = self.store.endings_of(mirror.organization, mirrored.token.grant).await?;
        let mut rows = self.rows(rules, vec![mirrored]).await?;
        let Some(row) = rows.pop() else { return Ok(messages::words(messages::TRY_AGAIN)) };
        let of_it = Requests { requests: &requests, led_to: led_to.as_ref() };
        Ok(tokens::details(&row, of_it, &endings, page, (&as_of, self.clock.now())))
    }

    /// Tokens with who their owners are in Slack, and who is having them revoked.
    pub(super) async fn rows(&self, rules: &Rules, tokens: Vec<Mirrored>) -> Result<Vec<Row>, StoreError> {
        let mut revoked_by = self.revoked_by(&tokens).await?;
        let mut rows = Vec::new();
        for mirrored in tokens {
            let owner = self.owner_in_slack(rules, &mirrored.token.owner).await?;
            let place = (mirrored.token.organization, mirrored.token.grant);
            rows.push(Row { mirrored, owner, revoked_by: revoked_by.remove(&place) });
        }
        Ok(rows)
    }

    /// Who is having which of these tokens revoked at the moment.
    pub(super) async fn revoked_by(
        &self,
        tokens: &[Mirrored],
    ) -> Result<HashMap<(OrganizationId, GrantId), SlackUserId>, StoreError> {
        let places = tokens.iter().map(|one| (one.token.organization, one.token.grant));
        let mut all = HashMap::new();
        for (organization, grants) in by_organization(places) {
            let now = self.store.ending_now(organization, &grants).await?;
            all.extend(now.into_iter().map(|(grant, (_, by))| ((organization, grant), by)));
        }
        Ok(all)
    }

    /// The mirrors of the organizations that are asked for, served and not left.
    pub(super) async fn mirrors_asked(&self, filter: &Filter) -> Result<Reached, StoreError> {
        let is_asked = |mirror: &Mirror| {
            let is_like = |pattern: &crate::token::Pattern| pattern.matches(mirror.login.as_str());
            filter.organization.as_ref().is_none_or(is_like) && self.config.github.serves(&mirror.login)
        };
        let states = self.installation_states().await?;
        let mut reached = Reached::default();
        for mirror in self.store.mirrors().await?.into_iter().filter(is_asked) {
            match states.get(&mirror.organization) {
                Some(InstallationState::Active) => reached.mirrors.push(mirror),
                Some(InstallationState::Suspended) => reached.suspended.push(mirror),
                Some(InstallationState::Removed) | None => {}
            }
        }
        Ok(reached)
    }

    /// How each organization's installation stands; where there was another before, the one that is there counts.
    pub(super) async fn installation_states(
        &self,
    ) -> Result<HashMap<OrganizationId, InstallationState>, StoreError> {
        let mut states = HashMap::new();
        for one in self.store.installations().await? {
            let state = states.entry(one.organization).or_insert(InstallationState::Removed);
            if one.state != InstallationState::Removed {
                *state = one.state;
            }
        }
        Ok(states)
    }

    /// What somebody may see in each organization, where `about` is allowed at all.
    pub(super) async fn seen_in(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        mirrors: Vec<Mirror>,
        about: About<'_>,
    ) -> Result<Vec<Seen>, StoreError> {
        let asked = stream::iter(mirrors).map(|mirror| Box::pin(self.seen_of(rules, user, mirror, about)));
        asked.buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().collect()
    }

    async fn seen_of(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        mirror: Mirror,
        about: About<'_>,
    ) -> Result<Seen, StoreError> {
        let who = self.who_in(rules, user, &mirror).await;
        let judgement = self.may_handle(rules, &who, &mirror, about);
        let scope = match judgement.allowed {
            true => Some(self.scope_in(rules, &who, &mirror, Handling::See).await?),
            false => None,
        };
        Ok(Seen { mirror, asker: Asker::new(who.clone(), judgement), who, scope })
    }

    /// Whose tokens of an organization somebody may see, or see and revoke.
    pub(super) async fn scope_in(
        &self,
        rules: &Rules,
        who: &Who,
        mirror: &Mirror,
        handling: Handling,
    ) -> Result<Scope, StoreError> {
        let organization = mirror.organization;
        let may = |owner: &Login, is_own| match handling {
            Handling::See => self.may_handle(rules, who, mirror, About::Of { owner, is_own }).allowed,
            Handling::End => self.sees_and_ends(rules, who, mirror, (owner, is_own)),
        };
        let owners = self.store.token_owners(organization).await?;
        let mapped = rules.book.login_of(&who.slack);
        let is_own = |owner: &Requester| is_theirs(who, mapped, owner);
        let pair = |owner: &Requester| (organization, owner.id);
        let mut scope = Scope::default();
        if rules.policy.tells_owners_apart() {
            // Under every name that an owner's tokens are known by.
            let (yes, no): (Vec<_>, Vec<_>) =
                owners.iter().partition(|owner| may(&owner.login, is_own(owner)));
            scope.owners.extend(yes.into_iter().map(pair));
            scope.but.extend(no.into_iter().map(pair));
            return Ok(scope);
        }
        let own = || owners.iter().filter(|owner| is_own(owner)).map(pair);
        let nobody = Login::new("");
        match (may(&nobody, false), may(&nobody, true)) {
            (true, true) => drop(scope.organizations.insert(organization)),
            (true, false) => {
                scope.organizations.insert(organization);
                scope.but.extend(own());
            }
            (false, true) => scope.owners.extend(own()),
            (false, false) => {}
        }
        Ok(scope)
    }

    /// The first of these owners whose tokens somebody may see and revoke, and whether that is themselves; nobody in
    /// particular where nobody is told from another, or none is known. One's own come first: most people have no right to
    /// others.
    pub(super) fn first_ended(
        &self,
        rules: &Rules,
        who: &Who,
        mirror: &Mirror,
        owners: &[Requester],
    ) -> Option<(Login, bool)> {
        let mapped = rules.book.login_of(&who.slack);
        let (own, others): (Vec<_>, Vec<_>) = owners.iter().partition(|owner| is_theirs(who, mapped, owner));
        let may_be_others = owners.is_empty() || !others.is_empty();
        let own = own.into_iter().map(|owner| (owner.login.clone(), true));
        let others = others.into_iter().map(|owner| (owner.login.clone(), false));
        let mut one_by_one = own.chain(others);
        let ends = |(owner, is_own): &(Login, bool)| self.sees_and_ends(rules, who, mirror, (owner, *is_own));
        if rules.policy.tells_owners_apart() {
            return one_by_one.find(ends);
        }
        let nobody = (Login::new(""), false);
        let first_own = one_by_one.next().filter(|(_, is_own)| *is_own);
        first_own.into_iter().chain(may_be_others.then_some(nobody)).find(ends)
    }

    fn sees_and_ends(
        &self,
        rules: &Rules,
        who: &Who,
        mirror: &Mirror,
        (owner, is_own): (&Login, bool),
    ) -> bool {
        let allows = |about| self.may_handle(rules, who, mirror, about).allowed;
        allows(About::Of { owner, is_own }) && allows(About::Ending { owner, is_own })
    }

    /// Whether somebody may see a token of this owner.
    pub(super) fn may_see(&self, rules: &Rules, who: &Who, mirror: &Mirror, owner: &Requester) -> Judgement {
        let is_own = is_theirs(who, rules.book.login_of(&who.slack), owner);
        self.may_handle(rules, who, mirror, About::Of { owner: &owner.login, is_own })
    }

    pub(super) fn may_handle(
        &self,
        rules: &Rules,
        who: &Who,
        mirror: &Mirror,
        about: About<'_>,
    ) -> Judgement {
        self.may_handle_in(rules, who, &mirror.login, about)
    }

    /// Whether somebody may see or revoke tokens of an organization.
    pub(super) fn may_handle_in(
        &self,
        rules: &Rules,
        who: &Who,
        organization: &Login,
        about: About<'_>,
    ) -> Judgement {
        rules.policy.may_handle(&Question { who, organization, about, now: self.clock.now() })
    }

    /// As of when somebody is told what is known of an organization's tokens: with how many can't be read, if they may list all.
    pub(super) fn as_of_for(&self, rules: &Rules, who: &Who, mirror: &Mirror) -> AsOf {
        match self.may_handle(rules, who, mirror, About::All).allowed {
            true => as_of(mirror),
            false => as_of_some(mirror),
        }
    }

    /// Everything that can be established about a person, as far as an organization is concerned.
    pub(super) async fn who_in(&self, rules: &Rules, user: &SlackUserId, mirror: &Mirror) -> Who {
        let place = self.place_in(mirror.organization, &mirror.login).await;
        let (of, fresh) = ((mirror.organization, &mirror.login), self.groups.recently());
        Box::pin(self.established_at(rules, user, place, of, fresh)).await.0
    }

    /// Through which installation an organization is reached, as last told.
    pub(crate) async fn place_in(
        &self,
        organization: OrganizationId,
        login: &Login,
    ) -> Result<Place, PlaceError> {
        match self.store.installation_of(organization).await? {
            Some(known) if known.state == InstallationState::Active => Ok(known.place()),
            Some(known) if known.state == InstallationState::Suspended => Err(PlaceError::Suspended),
            Some(_) | None => Err(PlaceError::NotInstalled(login.clone())),
        }
    }

    /// Who a token's owner is in Slack, for whoever reads of it; no right hangs on that.
    pub(crate) async fn owner_in_slack(
        &self,
        rules: &Rules,
        owner: &Requester,
    ) -> Result<Option<SlackUserId>, StoreError> {
        Ok(rules.book.owner_in_slack(owner, self.store.links_about(owner).await?))
    }

    /// By which right somebody saw what, or heard of what is suspended; where they saw and heard of nothing, that they did
    /// not.
    async fn put_on_record(
        &self,
        seen: &[Seen],
        unshown: &[Unshown],
        filter: &Filter,
    ) -> Result<(), StoreError> {
        let record = self.record();
        let of_seen = |one: &Seen| {
            let entry = record.tokens_listed(&one.mirror, &one.asker, filter);
            (one.scope.is_some(), one.asker.judgement.refusal.clone(), entry)
        };
        let of_unshown = |one: &Unshown| {
            let entry = record.tokens_not_listed(&one.mirror, &one.asker, filter);
            (one.is_told, one.asker.judgement.refusal.clone(), entry)
        };
        let all: Vec<_> = seen.iter().map(of_seen).chain(unshown.iter().map(of_unshown)).collect();
        let is_nothing = !all.iter().any(|(is_told, ..)| *is_told);
        let first = all.first().filter(|_| is_nothing).and_then(|(_, refusal, _)| refusal.as_ref());
        let counts = first.map(Counted::refused).into_iter().collect();
        let entries = all.into_iter().filter(|(is_told, ..)| *is_told || is_nothing);
        let entries = entries.map(|(_, _, entry)| entry).collect();
        self.store_alone(Change { entries, counts, ..Change::default() }).await
    }
}

/// What `/pat show` is asked for, where that is a token.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    Key(TokenKey),
    Grant(GrantId),
    Token(TokenId),
}

impl Wanted {
    /// `t-7f3k2a`, `grant:123` or `token:123`; nothing for what is no token.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        if let Ok(key) = text.parse() {
            return Some(Self::Key(key));
        }
        let (kind, number) = text.split_once(':')?;
        let number = number.parse::<u64>().ok().filter(|number| i64::try_from(*number).is_ok())?;
        match kind {
            "grant" => Some(Self::Grant(GrantId(number))),
            "token" => Some(Self::Token(TokenId(number))),
            _ => None,
        }
    }
}

/// Whether a token is the person's: their linked account's, or that of a machine they answer for, by its number. Unlike
/// with what they must not decide, an account they once had or a login that a machine once had is not enough: it may be
/// somebody else's by now.
pub(crate) fn is_theirs(who: &Who, mapped: Option<&Login>, owner: &Requester) -> bool {
    let Identity::Linked(person) = &who.identity else { return false };
    let is_machine_of = |mapped| who.machines.owner_of(owner.id) == Some(mapped);
    person.github == owner.id || mapped.is_some_and(is_machine_of)
}

/// Grants by their organizations, each of which is asked for once.
pub(super) fn by_organization(
    places: impl Iterator<Item = (OrganizationId, GrantId)>,
) -> HashMap<OrganizationId, Vec<GrantId>> {
    let mut all: HashMap<_, Vec<_>> = HashMap::new();
    for (organization, grant) in places {
        all.entry(organization).or_default().push(grant);
    }
    all
}

/// Whether it says of no token at all that it may be known.
pub(super) fn is_of_nothing(scope: &Scope) -> bool {
    scope.organizations.is_empty() && scope.owners.is_empty()
}

/// All that may be seen; nothing if nothing may.
pub(super) fn together(seen: &[Seen]) -> Option<Scope> {
    let mut all: Option<Scope> = None;
    for scope in seen.iter().filter_map(|seen| seen.scope.clone()) {
        all.get_or_insert_default().extend(scope);
    }
    all
}

/// What somebody is told who may list nothing anywhere: what somebody can do something about first, and where they might.
fn refused(seen: &[Seen], suspended: &Suspended) -> Message {
    let refusals = || seen.iter().filter_map(|seen| seen.asker.judgement.refusal.as_ref());
    let refusal = refusals().find(|refusal| refusal.is_uncertain()).or_else(|| refusals().next());
    let words = refusal.map_or_else(|| messages::TRY_AGAIN.to_owned(), tokens::refusal);
    messages::words(&suspended.beside(&words))
}

fn doubt(seen: &Seen) -> Option<(Login, String)> {
    let refusal = seen.asker.judgement.refusal.as_ref().filter(|refusal| refusal.is_uncertain())?;
    let cause = match refusal {
        Refusal::CannotTell { cause } | Refusal::DoubtfulAccount { cause } => cause.clone(),
        other => other.name().to_owned(),
    };
    Some((seen.mirror.login.clone(), cause))
}

/// For who may see only some of the tokens there: how many can't be read is not theirs to know.
pub(super) fn as_of_some(mirror: &Mirror) -> AsOf {
    AsOf { unreadable: 0, ..as_of(mirror) }
}

/// For who may list or export an organization's tokens.
pub(super) fn as_of(mirror: &Mirror) -> AsOf {
    AsOf { organization: mirror.login.clone(), at: mirror.finished_at, unreadable: mirror.unreadable }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{MachineAccount, Machines, Own};
    use crate::ids::GitHubUserId;
    use crate::policy::samples::alice;

    #[test]
    fn only_what_is_theirs_now_is_somebodys_own() {
        let machine = |login: &str, number| MachineAccount {
            login: Login::new(login),
            number,
            owner: Login::new("alice"),
        };
        let machines = [machine("deploy-bot", Some(GitHubUserId(7))), machine("new-bot", None)];
        let own = Own {
            accounts: [100, 101, 7].map(GitHubUserId).into_iter().collect(),
            machines: ["deploy-bot", "new-bot"].map(Login::new).into_iter().collect(),
        };
        let who = Who { own, machines: machines.into_iter().collect::<Machines>(), ..alice() };
        let mapped = Login::new("alice");
        let is_own = |who: &Who, id, login| {
            is_theirs(who, Some(&mapped), &Requester { id: GitHubUserId(id), login: Login::new(login) })
        };

        assert!(is_own(&who, 101, "alice") && is_own(&who, 7, "renamed-bot"));
        for (id, login, why) in [
            (100, "alice-before", "a link that has ended"),
            (8, "deploy-bot", "a machine's login that is another's now"),
            (9, "new-bot", "a machine whose number is not known"),
            (102, "alice", "a login that is another's now"),
        ] {
            assert!(who.own.accounts.contains(&GitHubUserId(id)) || id != 100);
            assert!(!is_own(&who, id, login), "{why}");
        }
        for identity in [Identity::Unlinked, Identity::Doubtful("GitHub is silent".to_owned())] {
            assert!(!is_own(&Who { identity, ..who.clone() }, 101, "alice"));
        }
    }

    #[test]
    fn a_token_is_named_by_its_key_or_by_githubs_numbers() {
        assert!(matches!(Wanted::parse("T-7f3k2a"), Some(Wanted::Key(_))));
        assert!(matches!(Wanted::parse("grant:25381"), Some(Wanted::Grant(GrantId(25_381)))));
        assert!(matches!(Wanted::parse("Token:98716"), Some(Wanted::Token(TokenId(98_716)))));
        for odd in
            ["", "r-7f3k2a", "grant:", "grant:x", "grant:-1", "token:18446744073709551615", "request:1"]
        {
            assert!(Wanted::parse(odd).is_none(), "{odd}");
        }
    }
}
