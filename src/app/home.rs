//! The app's home: opened by somebody, made of what they may see, and made anew when that has changed.

use chrono::TimeDelta;

use super::commands::{AllWaiting, progress_words};
use super::mine::{Known, Wanted};
use super::modals::Asking;
use super::{App, Rules};
use crate::audit::Entry;
use crate::identity::{Identity, Membership};
use crate::ids::SlackUserId;
use crate::jobs::Kind;
use crate::policy::{About, Account, Who};
use crate::request::Refusal;
use crate::slack::home::{self, HomeView, ToDecide};
use crate::slack::{ButtonClick, HomeOpened, SlackInstallation, View};
use crate::store::{Change, HomeNews, NewJob, StoreError};
use crate::token::Filter;

/// As many requests, and as many tokens, are told one by one.
const TOLD: usize = 10;

/// As many of one's own requests are.
const WAITING: usize = 5;

/// In as many organizations it is asked whether somebody may list tokens; one where they may is enough.
const ASKED_IN: usize = 20;

/// Whose home was opened within this time may be looking at it. After it nothing is left there that may be wrong by then.
pub(crate) const LATELY: TimeDelta = TimeDelta::hours(1);

/// The subject of the work that serves everybody.
pub(crate) const ALL_HOMES: &str = "all";

/// What was looked up of a right is used for so long on other replicas.
const RIGHTS_SPREAD: TimeDelta = TimeDelta::minutes(1);

/// What stands in somebody's home, and what is on record once it does.
pub(crate) struct Furnished {
    pub(crate) view: HomeView,
    /// The same without how old it is, which changes with every reading.
    pub(crate) ageless: HomeView,
    /// That it is shown.
    pub(crate) shown: Entry,
    /// By which right tokens of their own are, or why not.
    pub(crate) listed: Vec<Entry>,
    /// Whether something could not be told that may be told soon.
    pub(crate) is_unsure: bool,
}

impl App {
    /// Takes in that somebody opened their home; when this returns, what follows from it is on disk. Gives the event's kind for
    /// the metrics.
    pub async fn home_opened(
        &self,
        opened: HomeOpened,
        workspace: &SlackInstallation,
    ) -> Result<&'static str, StoreError> {
        let HomeOpened { origin, user, is_empty } = opened;
        if let Err(foreign) = origin.belongs_to(workspace) {
            let entries = vec![self.record().refused(&user, None, None, &Refusal::from(foreign))];
            self.store_alone(Change { entries, ..Change::default() }).await?;
            return Ok("foreign");
        }
        let now = self.clock.now();
        let entries = vec![self.record().home_opened(&user)];
        let jobs = vec![Kind::Home.on(&user, String::new(), now)];
        let home = Some((user, HomeNews::Opened { at: now, is_empty }));
        self.store_alone(Change { entries, jobs, home, ..Change::default() }).await?;
        Ok("accepted")
    }

    /// The work that makes somebody's home anew, if they may be looking at it.
    pub(crate) async fn home_of(&self, user: &SlackUserId) -> Result<Option<NewJob>, StoreError> {
        let now = self.clock.now();
        let home = self.store.home(user).await?.filter(|home| now - home.opened_at < LATELY);
        Ok(home.map(|_| Kind::Home.on(user, String::new(), now)))
    }

    /// The work that makes homes anew once rights have changed, if anybody may be looking.
    pub(crate) async fn homes_by_new_rights(&self) -> Result<Option<NewJob>, StoreError> {
        let now = self.clock.now();
        let anybody = self.store.homes_opened_since(now - LATELY, 1).await?;
        Ok(anybody.first().map(|_| Kind::Homes.on(ALL_HOMES, String::new(), now + RIGHTS_SPREAD)))
    }

    /// What somebody's home shows now.
    pub(crate) async fn furnished(&self, user: &SlackUserId) -> Result<Furnished, StoreError> {
        let rules = self.rules();
        let command = &self.config.slack.command;
        let wanted = Wanted { after: None, tokens: TOLD as u32, requests: WAITING };
        let without = |view: HomeView, is_unsure| {
            let (ageless, shown) = (view.clone(), self.record().home_shown(user, 0, 0));
            Furnished { view, ageless, shown, listed: vec![], is_unsure }
        };
        let (mine, listed) = match self.own_of(&rules, user, wanted).await? {
            Known::Mine(mine, entries) => (*mine, entries),
            Known::Unlinked => {
                return Ok(without(home::of_nobody(user, command, self.sign_in.is_some()), false));
            }
            Known::Unsure(cause) => return Ok(without(home::unsure(&cause), true)),
        };
        let (to_decide, to_decide_count, is_doubtful) = self.to_decide(&rules, user).await?;
        let may_list = self.may_list_anywhere(&rules, user).await?;
        let shown = self.record().home_shown(user, to_decide.len(), mine.tokens.len());
        let is_unsure = is_doubtful || mine.unseen.iter().any(|(_, refusal)| refusal.is_uncertain());
        let home = home::Home { to_decide, to_decide_count, is_doubtful, mine, may_list };
        let view = home::home(&home, command);
        Ok(Furnished { view, ageless: home::home(&home.ageless(), command), shown, listed, is_unsure })
    }

    /// What somebody may decide, and how much that is; what they have voted on comes last. And whether there may be more.
    async fn to_decide(
        &self,
        rules: &Rules,
        user: &SlackUserId,
    ) -> Result<(Vec<ToDecide>, usize, bool), StoreError> {
        let AllWaiting { requests: waiting, known } = self.waiting_for(rules, user, None).await?;
        let served = self.served().await?;
        let is_doubtful =
            served.iter().any(|served| known.get(&served.organization).is_some_and(is_doubtful));
        let mut all: Vec<_> =
            waiting.into_iter().filter(|one| one.decides.is_some()).map(|one| one.request).collect();
        all.sort_by_key(|request| request.has_vote_of(user));
        let count = all.len();
        all.truncate(TOLD);
        let told = |request: crate::request::TokenRequest| ToDecide {
            progress: progress_words(rules, &request),
            has_voted: request.has_vote_of(user),
            request,
        };
        Ok((all.into_iter().map(told).collect(), count, is_doubtful))
    }

    async fn may_list_anywhere(&self, rules: &Rules, user: &SlackUserId) -> Result<bool, StoreError> {
        let reached = self.mirrors_asked(&Filter::default()).await?;
        for mirror in reached.mirrors.iter().take(ASKED_IN) {
            let who = self.who_in(rules, user, mirror).await;
            if self.may_handle(rules, &who, mirror, About::All).allowed {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Opens a list of tokens in a modal. Who asks is judged for it like for every list.
    pub(super) fn open_tokens(
        &self,
        click: &ButtonClick,
        page: crate::slack::tokens::TokensPage,
    ) -> &'static str {
        let (app, click) = (self.clone(), click.clone());
        tokio::spawn(async move {
            let asking = Asking::from(&click);
            let Some(at) = app.opening(&asking, &View::notice(TOKENS, LOOKING)).await else { return };
            let message = app.tokens_for(&click.user, page).await;
            app.fill_with(&at, &asking, None, &View::telling(TOKENS, message)).await;
        });
        "quick_list"
    }
}

/// Whether anything could not be found out about somebody that may keep them from deciding.
fn is_doubtful(who: &Who) -> bool {
    matches!(who.account, Account::Unknown(_))
        || matches!(who.identity, Identity::Doubtful(_))
        || matches!(who.membership, Membership::Unknown(_))
        || !who.unknown_groups.is_empty()
}

/// The title of a modal that lists tokens.
pub(super) const TOKENS: &str = "Tokens";

/// The title of one that shows one of them.
pub(super) const TOKEN: &str = "Token";

/// What stands in it until they are found.
pub(super) const LOOKING: &str = "Looking…";
