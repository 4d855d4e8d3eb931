//! Revoking tokens: what somebody may revoke is looked up, put down as it is, and shown; then they say that they want to.
//!
//! Nothing is revoked here. What was shown is kept under an id, so that nothing else goes than what they saw; each token is
//! judged again when they have said so (`jobs/revoke.rs`).

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use futures::stream::{self, StreamExt};

use super::modals::Asking;
use super::submissions::{Reply, reason};
use super::suspended::Unshown;
use super::tokens::{
    AT_ONCE, Handling, Reached, Wanted, as_of_some, by_organization, is_of_nothing, is_theirs,
};
use super::{App, Asker, Rules};
use crate::audit;
use crate::ids::{Login, OrganizationId, SlackUserId};
use crate::jobs::{Kind, of_revocation};
use crate::policy::{About, Judgement, Who};
use crate::request::{Key, Refusal};
use crate::slack::revocations::{self, Nothing};
use crate::slack::tokens::AsOf;
use crate::slack::views::{self, MANY, PAGE, ToRevoke};
use crate::slack::{ButtonClick, COUNT, Command, Form, Offered, Submission, View, messages};
use crate::store::{
    Change, Counted, InstallationState, Mirror, Mirrored, Presence, Revoking, Scope, StoreError,
    TokenQuestion,
};
use crate::token::{Filter, Named, Revocation, RevocationId, Wish};

/// As many are revoked at once: they have to be read first, and each is told to GitHub and looked after.
const MOST: u32 = 1_000;

/// What was shown longer ago is looked up again before anybody says yes to it.
const OFFER_LASTS: TimeDelta = TimeDelta::hours(1);

/// So many organizations are named that are left out.
const LEFT_OUT: usize = 5;

/// What somebody wants to revoke.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Token(Wanted),
    /// What was granted to the request of this name.
    Request(String),
    Filter(Box<Filter>),
}

impl Target {
    /// What a key names; nothing for what is none.
    pub(super) fn named(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let is_request =
            lower.parse::<Key>().is_ok() || lower.strip_prefix("request:").is_some_and(is_number);
        Wanted::parse(text).map(Self::Token).or_else(|| is_request.then_some(Self::Request(lower)))
    }
}

/// What was found for somebody, and by what right it may be revoked.
#[derive(Default)]
struct Found {
    tokens: Vec<Mirrored>,
    /// How many fit altogether.
    all: u64,
    /// The person, as they stand in each organization that was looked at.
    people: HashMap<OrganizationId, Who>,
    /// Organizations of which nobody could tell, or that are out of reach.
    left_out: Vec<(Login, String)>,
    /// Of when what is known is, of each organization that was looked at.
    as_of: Vec<AsOf>,
    /// Why there is nothing, if a right is what is missing.
    refusal: Option<Box<Asker>>,
    /// The same where it is not said, because it would tell that there is something.
    unsaid: Option<Box<Asker>>,
    /// Who heard of what is suspended.
    entries: Vec<audit::Entry>,
}

impl Found {
    /// Names an organization, and why it is left out, unless it is named or there are too many: gives whether it does.
    fn leave_out(&mut self, organization: &Login, cause: String) -> bool {
        let left_out = (organization.clone(), cause);
        let is_new = self.left_out.len() < LEFT_OUT && !self.left_out.contains(&left_out);
        if is_new {
            self.left_out.push(left_out);
        }
        is_new
    }

    fn leave_out_suspended(&mut self, app: &App, unshown: &Unshown, wanted: &str) {
        let Unshown { mirror, asker, .. } = unshown;
        if self.leave_out(&mirror.login, revocations::SUSPENDED_THERE.to_owned()) {
            self.entries.push(app.record().revocation_not_offered(mirror, asker, wanted));
        }
    }
}

impl App {
    /// `/pat revoke`.
    pub(super) fn revoke_by_command(&self, command: &Command, target: Target) {
        let id = hex::encode(self.chance.bytes::<8>());
        self.open_to_revoke(Asking::by_command(command, id), command.command.clone(), target);
    }

    /// A button on a token, or on the card of one that was granted without review.
    pub(super) fn revoke_by_click(&self, click: &ButtonClick, target: Target) -> &'static str {
        self.open_to_revoke(click.into(), self.config.slack.command.clone(), target);
        "revoke"
    }

    fn open_to_revoke(&self, asking: Asking, command: String, target: Target) {
        let app = self.clone();
        tokio::spawn(async move {
            let checking = views::checking(Form::Revoke, &Offered::LOOKING);
            let Some(at) = app.opening(&asking, &checking).await else { return };
            let view = app.offer(&asking.user, &command, &target).await.unwrap_or_else(failed);
            app.fill_with(&at, &asking, None, &view).await;
        });
    }

    /// Shows another page of what was offered.
    pub(super) fn turn_offer(&self, click: &ButtonClick, page: usize) -> &'static str {
        let (app, click) = (self.clone(), click.clone());
        tokio::spawn(async move {
            let Some(modal) = &click.modal else { return };
            let Some(Offered { id: Some(id), .. }) = &modal.offered else { return };
            let view = app.offer_again(&click.user, id, page).await.unwrap_or_else(failed);
            app.fill_with(&modal.view, &Asking::from(&click), None, &view).await;
        });
        "page"
    }

    /// What this person may revoke of what they want, put down as it is shown; or why there is nothing.
    async fn offer(&self, user: &SlackUserId, command: &str, target: &Target) -> Result<View, StoreError> {
        let rules = self.rules();
        let found = match target {
            Target::Filter(filter) => self.found_by(&rules, user, filter).await?,
            Target::Token(wanted) => self.found_as(&rules, user, wanted).await?,
            Target::Request(name) => self.found_for(&rules, user, name).await?,
        };
        if let Some(asker) = &found.refusal {
            return self.refuse_to_revoke(asker, &found.left_out, found.entries.clone()).await;
        }
        let (found, under_way) = self.without_under_way(found).await?;
        if found.tokens.is_empty() {
            let why = why_nothing(target, command, &found, under_way);
            let words = revocations::nothing(&why, &found.left_out, &found.as_of);
            return self.offer_nothing(user, &words, found).await;
        }
        let revocation = self.put_on_offer(&rules, user, target, &found).await?;
        let rows = self.rows(&rules, found.tokens.iter().take(PAGE).cloned().collect()).await?;
        Ok(views::revoke(&ToRevoke {
            offered: &Offered { id: Some(revocation.id), page: 0 },
            rows: &rows,
            count: found.tokens.len(),
            all: found.all.saturating_sub(under_way as u64),
            under_way,
            is_own: revocation.is_own,
            left_out: &found.left_out,
            as_of: &found.as_of,
            now: self.clock.now(),
        }))
    }

    /// What was found but for what is being revoked already, and how many those are.
    async fn without_under_way(&self, mut found: Found) -> Result<(Found, usize), StoreError> {
        let many = found.tokens.len();
        let under_way = self.revoked_by(&found.tokens).await?;
        found.tokens.retain(|one| !under_way.contains_key(&(one.token.organization, one.token.grant)));
        let left = found.tokens.len();
        Ok((found, many - left))
    }

    /// Who looks for what is not theirs leaves a trace.
    async fn offer_nothing(&self, user: &SlackUserId, words: &str, found: Found) -> Result<View, StoreError> {
        let Found { unsaid, mut entries, .. } = found;
        let refusal = unsaid.as_ref().and_then(|asker| asker.judgement.refusal.clone());
        let counts = refusal.iter().map(Counted::refused).collect();
        if refusal.is_some() || entries.is_empty() {
            let refusal = refusal.unwrap_or(Refusal::UnknownRequest);
            entries.push(self.record().refused(user, None, unsaid.as_deref(), &refusal));
        }
        self.store_alone(Change { entries, counts, ..Change::default() }).await?;
        Ok(views::words(Form::Revoke, words, &Offered::LOOKING))
    }

    /// Puts down what somebody is about to be shown, with the rights by which they are.
    async fn put_on_offer(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        target: &Target,
        found: &Found,
    ) -> Result<Revocation, StoreError> {
        let named: Vec<_> = found.tokens.iter().map(|one| one.token.named()).collect();
        let is_own = |token: &Named| {
            found.people.get(&token.organization).is_some_and(|who| self.is_own(rules, who, token))
        };
        let wanted = match target {
            Target::Filter(filter) => filter.to_string(),
            Target::Token(_) | Target::Request(_) => {
                named.first().map(|one| one.key.to_string()).unwrap_or_default()
            }
        };
        let revocation = Revocation {
            id: RevocationId::random(&self.chance),
            by: user.clone(),
            wanted,
            is_own: named.iter().all(is_own),
            offered_at: self.clock.now(),
            asked: None,
        };
        let mut entries = self.offered_entries(rules, &revocation, &found.people, &named);
        entries.extend(found.entries.iter().cloned());
        let revoking = Revoking { offered: Some((revocation.clone(), named)), ..Revoking::default() };
        self.store_alone(Change { entries, revoking: Some(revoking), ..Change::default() }).await?;
        Ok(revocation)
    }

    /// One entry for each organization, with the right by which the first of its tokens was offered.
    fn offered_entries(
        &self,
        rules: &Rules,
        revocation: &Revocation,
        people: &HashMap<OrganizationId, Who>,
        tokens: &[Named],
    ) -> Vec<crate::audit::Entry> {
        let mut entries = Vec::new();
        for (organization, who) in people {
            let theirs: Vec<_> = tokens.iter().filter(|token| token.organization == *organization).collect();
            let Some(first) = theirs.first() else { continue };
            let asker = Asker::new(who.clone(), self.may_end(rules, who, &first.login, first));
            entries.push(self.record().revocation_offered(revocation, &asker, &theirs));
        }
        entries
    }

    /// Why somebody may revoke nothing, and what else is left out; with what else is to stand on record.
    async fn refuse_to_revoke(
        &self,
        asker: &Asker,
        left_out: &[(Login, String)],
        mut entries: Vec<audit::Entry>,
    ) -> Result<View, StoreError> {
        let refusal = asker.judgement.refusal.clone().unwrap_or(Refusal::UnknownRequest);
        entries.push(self.record().refused(&asker.slack, None, Some(asker), &refusal));
        let counts = vec![Counted::refused(&refusal)];
        self.store_alone(Change { entries, counts, ..Change::default() }).await?;
        let words = revocations::beside(&revocations::refusal(&refusal), left_out);
        Ok(views::words(Form::Revoke, &words, &Offered::LOOKING))
    }

    /// Another page of what was put down.
    async fn offer_again(
        &self,
        user: &SlackUserId,
        id: &RevocationId,
        page: usize,
    ) -> Result<View, StoreError> {
        let revocation = self.store.revocation(id).await?.filter(|known| known.by == *user);
        let Some(revocation) = revocation.filter(|known| known.asked.is_none()) else {
            return Ok(views::words(Form::Revoke, messages::OFFER_IS_OLD, &Offered::LOOKING));
        };
        let endings = self.store.endings(id, None).await?;
        let rules = self.rules();
        let shown = endings.iter().skip(page.saturating_mul(PAGE)).take(PAGE);
        let shown: Vec<_> = shown.map(|one| (one.token.organization, one.token.grant)).collect();
        let mut known = HashMap::new();
        for (organization, grants) in by_organization(shown.iter().copied()) {
            let among = self.store.tokens_among(organization, &grants).await?;
            known.extend(among.into_iter().map(|(grant, one)| ((organization, grant), one)));
        }
        let tokens: Vec<_> = shown.iter().filter_map(|place| known.remove(place)).collect();
        let mut mirrors = self.store.mirrors().await?;
        mirrors.retain(|mirror| endings.iter().any(|one| one.token.organization == mirror.organization));
        if let Some(asker) = self.refused_page(&rules, user, &tokens, &mirrors).await {
            return self.refuse_to_revoke(&asker, &[], vec![]).await;
        }
        let as_of: Vec<_> = mirrors.iter().map(as_of_some).collect();
        let rows = self.rows(&rules, tokens).await?;
        Ok(views::revoke(&ToRevoke {
            offered: &Offered { id: Some(id.clone()), page },
            rows: &rows,
            count: endings.len(),
            all: endings.len() as u64,
            under_way: 0,
            is_own: revocation.is_own,
            left_out: &[],
            as_of: &as_of,
            now: self.clock.now(),
        }))
    }

    /// Who may not see and revoke all of a page any more; rights are judged anew at each.
    async fn refused_page(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        tokens: &[Mirrored],
        mirrors: &[Mirror],
    ) -> Option<Asker> {
        let mut people: HashMap<OrganizationId, Who> = HashMap::new();
        for one in tokens {
            let organization = one.token.organization;
            let Some(mirror) = mirrors.iter().find(|mirror| mirror.organization == organization) else {
                continue;
            };
            let who = match people.entry(organization) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(self.who_in(rules, user, mirror).await),
            };
            let named = one.token.named();
            let is_own = self.is_own(rules, who, &named);
            let about = [About::Of { owner: &named.owner.login, is_own }, ending(&named.owner.login, is_own)];
            let judgements = about.map(|about| self.may_handle(rules, who, mirror, about));
            if let Some(no) = judgements.into_iter().find(|judgement| !judgement.allowed) {
                return Some(Asker::new(who.clone(), no));
            }
        }
        None
    }

    /// All that a filter finds and this person may see and revoke.
    async fn found_by(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        filter: &Filter,
    ) -> Result<Found, StoreError> {
        let Reached { mirrors, suspended } = self.mirrors_asked(filter).await?;
        let mut found = Found::default();
        for unshown in self.suspended_to_end(rules, user, suspended).await? {
            found.leave_out_suspended(self, &unshown, &filter.to_string());
        }
        let (mut scope, mut refused) = (Scope::default(), None);
        let asked = stream::iter(mirrors)
            .map(|mirror| Box::pin(async move { (self.who_in(rules, user, &mirror).await, mirror) }));
        for (who, mirror) in asked.buffered(AT_ONCE).collect::<Vec<_>>().await {
            let theirs = self.scope_in(rules, &who, &mirror, Handling::End).await?;
            if is_of_nothing(&theirs) {
                // Of somebody in particular, for nobody's tokens in particular.
                let nobody = Login::new("");
                let judgement = self.may_handle(rules, &who, &mirror, ending(&nobody, false));
                let refusal = judgement.refusal.as_ref().filter(|refusal| refusal.is_uncertain());
                if let Some(refusal) = refusal {
                    found.leave_out(&mirror.login, revocations::refusal(refusal));
                }
                // Where everybody's tokens are hidden, who may revoke is refused nothing.
                if judgement.refusal.is_some() {
                    refused.get_or_insert_with(|| Box::new(Asker::new(who, judgement)));
                }
                continue;
            }
            found.as_of.push(self.as_of_for(rules, &who, &mirror));
            scope.extend(theirs);
            found.people.insert(mirror.organization, who);
        }
        if found.people.is_empty() {
            return Ok(Found { refusal: refused, ..found });
        }
        let now = self.clock.now();
        let question = TokenQuestion { filter, scope: &scope, now, after: None, limit: MOST };
        let page = self.store.tokens(&question).await?;
        Ok(Found { tokens: page.tokens, all: page.count, ..found })
    }

    /// The token of that name. To who may not even see it, it is as if there were none.
    async fn found_as(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        wanted: &Wanted,
    ) -> Result<Found, StoreError> {
        let tokens = self.tokens_named(wanted).await?;
        self.found_of(rules, user, tokens).await
    }

    /// What the token of a request may do in its organization.
    async fn found_for(&self, rules: &Rules, user: &SlackUserId, name: &str) -> Result<Found, StoreError> {
        let mut tokens = Vec::new();
        for request in self.requests_named(name).await? {
            let Some(token) = request.facts.token else { continue };
            let of_it = self.tokens_named(&Wanted::Token(token)).await?;
            tokens.extend(of_it.into_iter().filter(|one| one.token.organization == request.organization));
        }
        self.found_of(rules, user, tokens).await
    }

    async fn found_of(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        tokens: Vec<Mirrored>,
    ) -> Result<Found, StoreError> {
        let states = self.installation_states().await?;
        let mut found = Found::default();
        let mirrors = self.store.mirrors().await?;
        for mirrored in tokens.into_iter().filter(|one| one.presence != Presence::Gone) {
            let organization = mirrored.token.organization;
            let is_served =
                |one: &&Mirror| one.organization == organization && self.config.github.serves(&one.login);
            let Some(mirror) = mirrors.iter().find(is_served) else { continue };
            let named = mirrored.token.named();
            match states.get(&organization) {
                Some(InstallationState::Active) => {}
                Some(InstallationState::Suspended) => {
                    match self.suspended_to_end_of(rules, user, mirror, &named).await {
                        Some(told) if told.is_told => {
                            found.leave_out_suspended(self, &told, named.key.as_str());
                        }
                        Some(Unshown { asker, .. }) => {
                            found.unsaid.get_or_insert(Box::new(asker));
                        }
                        None => {}
                    }
                    continue;
                }
                Some(InstallationState::Removed) | None => continue,
            }
            let who = self.who_in(rules, user, mirror).await;
            let judgement = self.may_end(rules, &who, &mirror.login, &named);
            let may_see = self.may_see(rules, &who, mirror, &named.owner).allowed;
            if judgement.allowed && may_see {
                found.tokens.push(mirrored);
                found.as_of.push(self.as_of_for(rules, &who, mirror));
                found.people.insert(organization, who);
                continue;
            }
            let is_uncertain = judgement.refusal.as_ref().is_some_and(Refusal::is_uncertain);
            let asker = Box::new(Asker::new(who, judgement));
            if may_see || (is_uncertain && self.may_know_of(rules, user, mirror, &named.owner).await) {
                found.refusal.get_or_insert(asker);
            } else if is_uncertain {
                found.unsaid.get_or_insert(asker);
            }
        }
        if !found.tokens.is_empty() {
            found.refusal = None;
        }
        found.as_of.dedup();
        found.all = found.tokens.len() as u64;
        Ok(found)
    }

    /// The modal was sent; when this returns [`Reply::Close`], what it asks for is on disk.
    pub(super) async fn revocation_sent(
        &self,
        submission: &Submission,
    ) -> Result<(&'static str, Reply), StoreError> {
        const KIND: &str = "revoke_submission";
        let id = submission.modal.offered.as_ref().and_then(|offered| offered.id.clone());
        let known = match &id {
            Some(id) => self.store.revocation(id).await?.filter(|known| known.by == submission.user),
            None => None,
        };
        let now = self.clock.now();
        let is_young = |known: &Revocation| now - known.offered_at < OFFER_LASTS;
        if known.as_ref().is_some_and(|known| known.asked.is_some()) {
            // Sent again because Slack had not heard that it was taken.
            return Ok((KIND, Reply::Close));
        }
        let Some(revocation) = known.filter(is_young) else {
            let view = views::words(Form::Revoke, messages::OFFER_IS_OLD, &Offered::LOOKING);
            let refusal = Refusal::UnknownRequest;
            let entries = vec![self.record().refused(&submission.user, None, None, &refusal)];
            let counts = vec![Counted::refused(&refusal)];
            self.store_alone(Change { entries, counts, ..Change::default() }).await?;
            return Ok(("unknown", Reply::Show(Box::new(view))));
        };
        let mend = |field, words: String| Ok(("incomplete", Reply::Mend { field, words }));
        let reason = match reason(submission) {
            Ok(None) if !revocation.is_own => return mend("reason", messages::SAY_WHY_REVOKED.to_owned()),
            Ok(reason) => reason,
            Err(mend) => return Ok(("incomplete", mend)),
        };
        let endings = self.store.endings(&revocation.id, None).await?;
        let typed = submission.count.as_deref().map(str::trim).and_then(|typed| typed.parse::<usize>().ok());
        if endings.len() >= MANY && typed != Some(endings.len()) {
            return mend(COUNT, revocations::type_the_number(endings.len()));
        }
        let organizations: HashSet<_> = endings.iter().map(|one| one.token.organization).collect();
        let work = organizations.into_iter().map(|one| of_revocation(&revocation.id, one, now));
        let told = Kind::TellRevocation.on(&revocation.id, String::new(), now);
        let jobs = work.chain(std::iter::once(told)).collect();
        let asked = Some((revocation.id, Wish { at: now, reason }));
        let revoking = Some(Revoking { asked, ..Revoking::default() });
        self.store_alone(Change { jobs, revoking, ..Change::default() }).await?;
        Ok((KIND, Reply::Close))
    }

    /// Everything that can be established about who revokes, as far as an organization is concerned, asked for now; and what
    /// that is called now.
    pub async fn who_ends(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        (organization, login): (OrganizationId, &Login),
    ) -> (Who, Login) {
        let place = self.place_in(organization, login).await;
        let login = place.as_ref().map_or_else(|_| login.clone(), |place| place.organization.clone());
        let who =
            Box::pin(self.established_at(rules, slack, place, (organization, &login), self.groups.anew()));
        (who.await.0, login)
    }

    /// Whether somebody may have a token of an organization revoked, which is called so.
    pub fn may_end(&self, rules: &Rules, who: &Who, organization: &Login, token: &Named) -> Judgement {
        let is_own = self.is_own(rules, who, token);
        self.may_handle_in(rules, who, organization, ending(&token.owner.login, is_own))
    }

    /// Whether a token is the person's own, which policies hear.
    pub fn is_own(&self, rules: &Rules, who: &Who, token: &Named) -> bool {
        is_theirs(who, rules.book.login_of(&who.slack), &token.owner)
    }
}

/// Why nothing is left of what was found, so many of which are being revoked already.
fn why_nothing<'a>(target: &Target, command: &'a str, found: &'a Found, under_way: usize) -> Nothing<'a> {
    match (target, under_way) {
        (_, 1..) if found.all > under_way as u64 => Nothing::FirstUnderWay(under_way),
        (_, 1..) => Nothing::AllUnderWay,
        (Target::Token(_) | Target::Request(_), 0) if found.left_out.is_empty() => {
            Nothing::NotThere { command }
        }
        (_, 0) => Nothing::NoneFits,
    }
}

fn ending(owner: &Login, is_own: bool) -> About<'_> {
    About::Ending { owner, is_own }
}

fn failed(error: StoreError) -> View {
    tracing::error!(%error, "what may be revoked could not be shown");
    views::words(Form::Revoke, messages::TRY_AGAIN, &Offered::LOOKING)
}
