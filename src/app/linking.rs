//! People link their accounts themselves: asked for in Slack, signed in on both sides in one browser, confirmed there.
//!
//! The reviewed mapping goes first everywhere: who is in it can't be linked otherwise, and an account that is in it, or a
//! machine's, can't be taken.

use chrono::{DateTime, Utc};

use super::{App, Rules};
use crate::identity::{
    Browser, NotLinked, Person, Side, SlackAccount, Stage, Ticket, TicketId, TicketSecret, Useless,
};
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::jobs::{LinkNews, Notice};
use crate::sign_in::{self, InSlack, OnGitHub, SignIn};
use crate::slack::SlackInstallation;
use crate::store::{Change, Committed, Link, StoreError};

/// Two tickets of one person in one batch: the second is asked for again.
const TRIES: usize = 3;

/// What somebody who wants to link their accounts is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Sign-in is not configured.
    AskOperators,
    /// The reviewed mapping says who they are.
    Reviewed(Login),
    /// They have linked themselves before.
    Linked(Login),
    /// At this address, for ten minutes.
    SignIn(String),
    /// Something got in the way on our side.
    TryAgain,
}

/// What became of the wish to end a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlinked {
    Done(Login),
    /// The reviewed mapping says who they are; the operators alone can change that.
    Reviewed(Login),
    NotLinked,
}

/// What a browser is shown.
#[derive(Debug)]
pub enum Page {
    /// The start, with the cookie that the rest hangs on.
    Begin {
        browser: Browser,
        to_slack: String,
    },
    /// On to another address.
    To(String),
    /// Both sides, to be confirmed.
    Confirm {
        slack: SlackUserId,
        name: String,
        account: GitHubUserId,
        login: Login,
        token: String,
    },
    Linked {
        login: Login,
        decides_from: DateTime<Utc>,
    },
    Refused(NotLinked),
    Useless(Useless),
    /// No such ticket, or no sign-in at all.
    Unknown,
    /// The person pressed Cancel over there.
    Cancelled {
        again: String,
    },
    /// The other side does not answer; nothing is lost.
    Silent {
        side: Side,
        again: String,
    },
    /// The other side does not know our client.
    Misconfigured(Side),
}

/// What comes back from a side with a browser.
#[derive(Debug, Default)]
pub struct CameBack {
    pub state: Option<String>,
    pub code: Option<String>,
    pub is_error: bool,
}

impl App {
    /// What somebody is offered who wants to link their accounts.
    pub async fn offer_link(&self, slack: &SlackUserId) -> Result<Offer, StoreError> {
        if let Some(login) = self.rules().book.login_of(slack) {
            return Ok(Offer::Reviewed(login.clone()));
        }
        let Some(sign_in) = &self.sign_in else { return Ok(Offer::AskOperators) };
        if let Some(link) = self.store.self_link_of(slack).await? {
            return Ok(Offer::Linked(link.login));
        }
        for _ in 0..TRIES {
            let secret = TicketSecret::random(&self.chance);
            let ticket = Ticket::asked(secret.id(), slack.clone(), self.clock.now());
            let entries = vec![self.record().link_asked(slack)];
            let change = Change { ticket: Some(ticket), entries, ..Change::default() };
            if self.store.commit(change).await? == Committed::Yes {
                return Ok(Offer::SignIn(sign_in.url(&format!("/link/{}", secret.expose()))));
            }
        }
        Ok(Offer::TryAgain)
    }

    /// A browser opens a ticket's address. Nothing is stored: whoever may look at addresses on their way, such as a
    /// scanner, must not use it up.
    pub async fn open_link(&self, secret: &str, cookie: Option<Browser>) -> Result<Page, StoreError> {
        let Some((sign_in, secret)) = self.sign_in.as_ref().zip(TicketSecret::parse(secret)) else {
            return Ok(Page::Unknown);
        };
        let Some(ticket) = self.store.ticket(&secret.id()).await? else { return Ok(Page::Unknown) };
        if let Err(useless) = ticket.check(self.clock.now()) {
            return Ok(Page::Useless(useless));
        }
        let browser = cookie.filter(|browser| *browser.ticket() == ticket.id);
        match (&ticket.stage, browser) {
            (Stage::Asked, browser) => {
                let browser = browser.unwrap_or_else(|| Browser::random(ticket.id.clone(), &self.chance));
                let to_slack = self.to_slack(sign_in, &browser);
                Ok(Page::Begin { browser, to_slack })
            }
            (Stage::InSlack { .. }, Some(browser)) if ticket.may_go_on_in(&browser) => {
                Ok(Page::To(sign_in.github_url(&browser).into()))
            }
            (Stage::OnGitHub { .. }, Some(browser)) if ticket.may_go_on_in(&browser) => {
                Ok(Page::To(sign_in.url("/link/confirm")))
            }
            _ => Ok(Page::Refused(NotLinked::OtherBrowser)),
        }
    }

    /// A browser comes back from one of the two sides.
    pub async fn came_back(
        &self,
        side: Side,
        came: CameBack,
        cookie: Option<Browser>,
    ) -> Result<Page, StoreError> {
        let Some(sign_in) = &self.sign_in else { return Ok(Page::Unknown) };
        let state = came.state.unwrap_or_default();
        let Some(ticket) = self.ticket_of(TicketId::of_state(&state)).await? else {
            return Ok(Page::Unknown);
        };
        if let Err(useless) = ticket.check(self.clock.now()) {
            return self.useless(ticket, useless).await;
        }
        let browser = cookie.filter(|browser| browser.knows(side, &state) && ticket.may_go_on_in(browser));
        let Some(browser) = browser else { return self.refuse_link(ticket, NotLinked::OtherBrowser).await };
        let again = match (side, &ticket.stage) {
            (Side::Slack, Stage::Asked) => self.to_slack(sign_in, &browser),
            (Side::GitHub, Stage::InSlack { .. }) => sign_in.github_url(&browser).into(),
            _ => return self.refuse_link(ticket, NotLinked::OutOfTurn).await,
        };
        if came.is_error {
            return Ok(Page::Cancelled { again });
        }
        let Some(code) = came.code else { return self.refuse_link(ticket, NotLinked::BadCode).await };
        let outcome = match side {
            Side::Slack => match sign_in.in_slack(code, &browser).await {
                Ok(told) => self.signed_in_to_slack(sign_in, &ticket, &browser, told).await?,
                Err(trouble) => Err(trouble.into()),
            },
            Side::GitHub => match sign_in.on_github(code, &browser).await {
                Ok(told) => self.signed_in_to_github(sign_in, &ticket, told).await?,
                Err(trouble) => Err(trouble.into()),
            },
        };
        match outcome {
            Ok((stage, page)) => match self.move_on(ticket.at(stage)).await? {
                true => Ok(page),
                // The same came twice, at the same time.
                false => Ok(Page::Refused(NotLinked::OutOfTurn)),
            },
            Err(Stopped::For(why)) => self.refuse_link(ticket, why).await,
            Err(Stopped::Silent(cause)) => {
                tracing::warn!(cause, "a sign-in could not go on");
                Ok(Page::Silent { side, again })
            }
            Err(Stopped::Misconfigured(cause)) => {
                tracing::error!(cause, "sign-in is not set up as the other side knows it");
                Ok(Page::Misconfigured(side))
            }
        }
    }

    /// Both sides, for the browser that has proved to hold them.
    pub async fn to_confirm(&self, cookie: Option<Browser>) -> Result<Page, StoreError> {
        let Some(browser) = cookie else { return Ok(Page::Unknown) };
        let Some(ticket) = self.ticket_of(Some(browser.ticket().clone())).await? else {
            return Ok(Page::Unknown);
        };
        if let Err(useless) = ticket.check(self.clock.now()) {
            return Ok(Page::Useless(useless));
        }
        match ticket.stage.clone() {
            Stage::OnGitHub { name, account, login, .. } if ticket.may_go_on_in(&browser) => {
                let token = browser.form_token(account);
                Ok(Page::Confirm { slack: ticket.slack, name, account, login, token })
            }
            _ => Ok(Page::Refused(NotLinked::OtherBrowser)),
        }
    }

    /// The person has looked at both sides and says yes. `is_ours`: as far as the browser tells, from our own page.
    pub async fn confirmed(
        &self,
        token: &str,
        is_ours: bool,
        cookie: Option<Browser>,
    ) -> Result<Page, StoreError> {
        let Some(browser) = cookie else { return Ok(Page::Refused(NotLinked::OtherBrowser)) };
        let Some(ticket) = self.ticket_of(Some(browser.ticket().clone())).await? else {
            return Ok(Page::Unknown);
        };
        if let Err(useless) = ticket.check(self.clock.now()) {
            return self.useless(ticket, useless).await;
        }
        if !ticket.may_go_on_in(&browser) {
            return self.refuse_link(ticket, NotLinked::OtherBrowser).await;
        }
        let Stage::OnGitHub { account, login, .. } = ticket.stage.clone() else {
            return self.refuse_link(ticket, NotLinked::OutOfTurn).await;
        };
        if !is_ours || !browser.made_form(account, token) {
            return self.refuse_link(ticket, NotLinked::Forged).await;
        }
        let may = match self.may_link(&ticket.slack).await? {
            Ok(()) => self.is_free(account, &login).await?,
            stopped => stopped,
        };
        match may {
            Ok(()) => self.link_now(ticket, account, login).await,
            Err(Stopped::For(why)) => self.refuse_link(ticket, why).await,
            Err(Stopped::Silent(_) | Stopped::Misconfigured(_)) => {
                let again = self.sign_in.as_ref().map(|sign_in| sign_in.url("/link/confirm"));
                Ok(again.map_or(Page::Unknown, |again| Page::Silent { side: Side::Slack, again }))
            }
        }
    }

    /// Ends a link that somebody made; with `account` only if it is to that one.
    pub async fn unlink(
        &self,
        slack: &SlackUserId,
        account: Option<GitHubUserId>,
        was_not_me: bool,
    ) -> Result<Unlinked, StoreError> {
        let now = self.clock.now();
        for _ in 0..TRIES {
            let made = self.store.self_link_of(slack).await?;
            let Some(link) = made.filter(|link| account.is_none_or(|account| account == link.github)) else {
                let reviewed = self.rules().book.login_of(slack).cloned();
                return Ok(reviewed.map_or(Unlinked::NotLinked, Unlinked::Reviewed));
            };
            let login = link.login.clone();
            // What stands there was theirs by the link.
            let home = self.home_of(slack).await?;
            let notice = Notice::NotLinkedByThem { slack: slack.clone(), login: login.clone() };
            let change = Change {
                entries: vec![self.record().unlinked(&person(&link), was_not_me)],
                jobs: was_not_me.then(|| notice.job(now)).into_iter().chain(home).collect(),
                self_unlinked: Some((link, now)),
                ..Change::default()
            };
            if self.store.commit(change).await? == Committed::Yes {
                return Ok(Unlinked::Done(login));
            }
        }
        Ok(Unlinked::NotLinked)
    }

    /// Why a link that somebody made must not be relied on: the mapping knows the account as another's, or a machine's.
    pub(super) async fn contradiction(
        &self,
        rules: &Rules,
        account: GitHubUserId,
        login: &Login,
    ) -> Result<Option<NotLinked>, StoreError> {
        let (logins, machines) = (self.store.pinned_logins_of(account).await?, self.store.machines().await?);
        Ok(rules.book.contradiction((account, login), &logins, &machines))
    }

    fn to_slack(&self, sign_in: &SignIn, browser: &Browser) -> String {
        let workspace = self.workspace.borrow().clone();
        sign_in.slack_url(browser, workspace.and_then(|workspace| workspace.team).as_ref()).into()
    }

    async fn ticket_of(&self, id: Option<TicketId>) -> Result<Option<Ticket>, StoreError> {
        match id {
            Some(id) => self.store.ticket(&id).await,
            None => Ok(None),
        }
    }

    async fn signed_in_to_slack(
        &self,
        sign_in: &SignIn,
        ticket: &Ticket,
        browser: &Browser,
        told: InSlack,
    ) -> Result<Result<(Stage, Page), Stopped>, StoreError> {
        let Some(ours) = self.workspace.borrow().clone() else {
            return Ok(Err(Stopped::Silent("Slack has not told which workspace this is".to_owned())));
        };
        if told.user != ticket.slack {
            return Ok(Err(Stopped::For(NotLinked::OtherSlackUser)));
        }
        if !is_of(&told, &ours) {
            return Ok(Err(Stopped::For(NotLinked::OtherWorkspace)));
        }
        if let Err(stopped) = self.may_link(&ticket.slack).await? {
            return Ok(Err(stopped));
        }
        let stage = Stage::InSlack { browser: browser.mark(), name: told.name };
        Ok(Ok((stage, Page::To(sign_in.github_url(browser).into()))))
    }

    async fn signed_in_to_github(
        &self,
        sign_in: &SignIn,
        ticket: &Ticket,
        told: OnGitHub,
    ) -> Result<Result<(Stage, Page), Stopped>, StoreError> {
        let Stage::InSlack { browser, name } = ticket.stage.clone() else {
            return Ok(Err(Stopped::For(NotLinked::OutOfTurn)));
        };
        if let Err(stopped) = self.is_free(told.account, &told.login).await? {
            return Ok(Err(stopped));
        }
        let stage = Stage::OnGitHub { browser, name, account: told.account, login: told.login };
        Ok(Ok((stage, Page::To(sign_in.url("/link/confirm")))))
    }

    /// Whether a Slack user may be linked by themselves, now.
    async fn may_link(&self, slack: &SlackUserId) -> Result<Result<(), Stopped>, StoreError> {
        if self.rules().book.login_of(slack).is_some() {
            return Ok(Err(Stopped::For(NotLinked::Reviewed)));
        }
        if self.store.self_link_of(slack).await?.is_some() {
            return Ok(Err(Stopped::For(NotLinked::AlreadyLinked)));
        }
        let Some(ours) = self.workspace.borrow().clone() else {
            return Ok(Err(Stopped::Silent("Slack has not told which workspace this is".to_owned())));
        };
        const MEMBER: SlackAccount =
            SlackAccount { deactivated: false, guest: false, external: false, bot: false };
        Ok(match self.slack.user(slack, &ours).await {
            Ok(MEMBER) => Ok(()),
            Ok(_) => Err(Stopped::For(NotLinked::SlackAccount)),
            Err(trouble) => Err(Stopped::Silent(trouble.to_string())),
        })
    }

    /// Whether a GitHub account is nobody's.
    async fn is_free(&self, account: GitHubUserId, login: &Login) -> Result<Result<(), Stopped>, StoreError> {
        if let Some(why) = self.contradiction(&self.rules(), account, login).await? {
            return Ok(Err(Stopped::For(why)));
        }
        let is_taken = self.store.self_link_to(account).await?.is_some();
        Ok(if is_taken { Err(Stopped::For(NotLinked::Taken)) } else { Ok(()) })
    }

    async fn link_now(
        &self,
        ticket: Ticket,
        account: GitHubUserId,
        login: Login,
    ) -> Result<Page, StoreError> {
        let now = self.clock.now();
        let link =
            Link { login: login.clone(), github: account, slack: ticket.slack.clone(), linked_at: now };
        let change = Change {
            ticket: Some(ticket.clone().at(Stage::Linked)),
            entries: vec![self.record().linked(&person(&link))],
            jobs: vec![LinkNews::of(&link).job(now)],
            self_linked: Some(link),
            ..Change::default()
        };
        if self.store.commit(change).await? == Committed::Yes {
            return Ok(Page::Linked { login, decides_from: now + crate::identity::WAIT });
        }
        // Somebody took the account, or this person another one, at the same moment.
        match self.is_free(account, &login).await? {
            Err(Stopped::For(why)) => self.refuse_link(ticket, why).await,
            Ok(()) | Err(Stopped::Silent(_) | Stopped::Misconfigured(_)) => {
                self.refuse_link(ticket, NotLinked::OutOfTurn).await
            }
        }
    }

    /// Whether the ticket was moved on; not when something else came first.
    async fn move_on(&self, ticket: Ticket) -> Result<bool, StoreError> {
        let change = Change { ticket: Some(ticket), ..Change::default() };
        Ok(self.store.commit(change).await? == Committed::Yes)
    }

    async fn useless(&self, ticket: Ticket, useless: Useless) -> Result<Page, StoreError> {
        if useless == Useless::Expired {
            self.refuse_link(ticket, NotLinked::Expired).await?;
        }
        Ok(Page::Useless(useless))
    }

    /// Ends a ticket without a link, on record.
    async fn refuse_link(&self, ticket: Ticket, why: NotLinked) -> Result<Page, StoreError> {
        let entries = vec![self.record().link_refused(&ticket.slack, why)];
        let change = Change { ticket: Some(ticket.at(Stage::Refused)), entries, ..Change::default() };
        // Where something else came first, that is what happened to the ticket.
        let _ = self.store.commit(change).await?;
        Ok(Page::Refused(why))
    }
}

/// Why a browser can't go on.
enum Stopped {
    /// For good.
    For(NotLinked),
    /// Until the other side answers.
    Silent(String),
    /// Until the operators have mended it.
    Misconfigured(String),
}

impl From<sign_in::Trouble> for Stopped {
    fn from(trouble: sign_in::Trouble) -> Self {
        match trouble {
            sign_in::Trouble::Unavailable(cause) => Self::Silent(cause),
            sign_in::Trouble::Misconfigured(cause) => Self::Misconfigured(cause),
            sign_in::Trouble::BadCode(cause) => {
                tracing::warn!(cause, "a sign-in brought a code of no use");
                Self::For(NotLinked::BadCode)
            }
            sign_in::Trouble::Untrue(cause) => {
                tracing::warn!(cause, "what was said about who signed in does not hold");
                Self::For(NotLinked::Untrue)
            }
        }
    }
}

/// Whether Slack signed somebody in where we are installed; what is not said is elsewhere.
fn is_of(told: &InSlack, ours: &SlackInstallation) -> bool {
    if ours.is_enterprise_install {
        return ours.enterprise.is_some() && told.enterprise == ours.enterprise;
    }
    ours.team.is_some() && told.team == ours.team
}

fn person(link: &Link) -> Person {
    Person { slack: link.slack.clone(), github: link.github, login: link.login.clone() }
}
