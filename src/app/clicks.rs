//! A verified click: what asks for a change is stored to be judged, what only opens something is opened at once.

use super::revoking::Target;
use super::tokens::Wanted;
use super::{App, Unlinked};
use crate::jobs::{Answer, Click, Kind, NudgeWish, Wish};
use crate::request::{Key, Refusal, Revision};
use crate::slack::{Button, ButtonClick, Foreign, Form, Opened, SlackInstallation, messages};
use crate::store::{Change, Counted, StoreError};

impl App {
    /// Takes in a click; when this returns, what it asks for is on disk. Gives the click's kind for the metrics.
    pub async fn clicked(
        &self,
        click: ButtonClick,
        workspace: &SlackInstallation,
    ) -> Result<&'static str, StoreError> {
        if let Err(foreign) = click.origin.belongs_to(workspace) {
            self.turn_away(&click, foreign.into()).await?;
            return Ok("foreign");
        }
        if let Some(kind) = self.clicked_beside(&click).await? {
            return Ok(kind);
        }
        let Some(opened) = target(&click) else {
            self.turn_away(&click, Refusal::UnknownRequest).await?;
            return Ok("unknown");
        };
        // That button stands on answers to one person, never on a card.
        if click.button != Button::Link {
            self.adopt(&click, &opened.key).await?;
        }
        match click.button {
            Button::Approve => self.keep_click(&click, opened, Wish::Approve(None)).await.map(|()| "approve"),
            Button::Withdraw => self.keep_click(&click, opened, Wish::Withdraw).await.map(|()| "withdraw"),
            Button::CheckAgain => {
                self.keep_click(&click, opened, Wish::CheckAgain).await.map(|()| "check_again")
            }
            Button::ShowOldest => {
                self.keep_click(&click, opened, Wish::ShowOldest).await.map(|()| "show_oldest")
            }
            Button::ShowAll => self.keep_click(&click, opened, Wish::ShowAll).await.map(|()| "show_all"),
            Button::Deny => Ok(self.open_modal(&click, Form::Deny, opened, "deny")),
            Button::Details => Ok(self.open_modal(&click, Form::Details, opened, "details")),
            Button::Link => Ok(self.open_modal(&click, Form::Link, opened, "link")),
            Button::PreviousPage => Ok(self.turn_page(&click, opened.page.saturating_sub(1))),
            Button::NextPage => Ok(self.turn_page(&click, opened.page.saturating_add(1))),
            Button::Revoke
            | Button::SignIn
            | Button::Unlink
            | Button::DecideSeveral
            | Button::MoreTokens
            | Button::FirstTokens
            | Button::NextRepositories
            | Button::PreviousRepositories
            | Button::MoreMine
            | Button::FirstMine
            | Button::Nudge
            | Button::Quick(_)
            | Button::Unknown(_) => {
                self.show_anew(&click, opened.key).await?;
                Ok("not_offered")
            }
        }
    }

    /// What is clicked beside cards: on lists, in answers to one person, in windows and in the app's home. Gives its kind;
    /// nothing where the click is about what a card shows, or makes no sense.
    async fn clicked_beside(&self, click: &ButtonClick) -> Result<Option<&'static str>, StoreError> {
        let page = click.page.clone();
        let token = click.token.clone();
        Ok(match &click.button {
            // The browser does the rest.
            Button::SignIn => Some("sign_in"),
            Button::Unlink => {
                self.was_not_me(click).await?;
                Some("unlink")
            }
            Button::DecideSeveral => Some(self.open_several(click)),
            Button::MoreTokens | Button::FirstTokens => page.map(|page| self.turn_tokens(click, page)),
            Button::MoreMine | Button::FirstMine => page.map(|page| self.turn_mine(click, page.after)),
            Button::Quick(_) => page.map(|page| self.open_tokens(click, page)),
            Button::NextRepositories | Button::PreviousRepositories => {
                click.repositories.clone().map(|page| self.turn_repositories(click, page))
            }
            Button::Details => token.map(|key| self.open_token(click, key)),
            Button::Revoke => {
                let token = token.map(|key| Target::Token(Wanted::Key(key)));
                let request = || click.key.as_ref().map(|key| Target::Request(key.to_string()));
                token.or_else(request).map(|target| self.revoke_by_click(click, target))
            }
            Button::NextPage => offered(click).map(|page| self.turn_offer(click, page.saturating_add(1))),
            Button::PreviousPage => offered(click).map(|page| self.turn_offer(click, page.saturating_sub(1))),
            Button::Nudge => match click.key.clone() {
                Some(key) => {
                    self.keep_nudge(click, key).await?;
                    Some("nudge")
                }
                None => None,
            },
            Button::Approve
            | Button::Deny
            | Button::Withdraw
            | Button::Link
            | Button::CheckAgain
            | Button::ShowOldest
            | Button::ShowAll
            | Button::Unknown(_) => None,
        })
    }

    /// Somebody says that they did not make the link they were told of. An older message's button ends no later link.
    async fn was_not_me(&self, click: &ButtonClick) -> Result<(), StoreError> {
        let unlinked = match click.account {
            Some(account) => self.unlink(&click.user, Some(account), true).await?,
            None => Unlinked::NotLinked,
        };
        let words = match unlinked {
            Unlinked::Done(login) => messages::unlinked_not_me(&login),
            Unlinked::Reviewed(login) => messages::reviewed_stays(&login),
            Unlinked::NotLinked => messages::NOT_LINKED.to_owned(),
        };
        let jobs = vec![answer(click, words).job(&click.click_id(), self.clock.now())];
        self.store_alone(Change { jobs, ..Change::default() }).await
    }

    async fn keep_click(&self, click: &ButtonClick, opened: Opened, wish: Wish) -> Result<(), StoreError> {
        let now = self.clock.now();
        let kept = Click {
            by: click.user.clone(),
            wish,
            key: opened.key,
            revision: opened.revision,
            clicked_at: now,
            channel: click.channel.clone(),
            response_url: click.response_url.clone(),
            together: None,
        };
        self.store_alone(Change { jobs: vec![kept.job(&click.click_id(), now)], ..Change::default() }).await
    }

    /// That button stands on what one person alone sees, never on a card.
    async fn keep_nudge(&self, click: &ButtonClick, key: Key) -> Result<(), StoreError> {
        let now = self.clock.now();
        let wish = NudgeWish { wisher: click.into(), key, clicked_at: now };
        self.store_alone(Change { jobs: vec![wish.job(&click.click_id(), now)], ..Change::default() }).await
    }

    /// Refuses a click before anybody's rights are asked about.
    async fn turn_away(&self, click: &ButtonClick, refusal: Refusal) -> Result<(), StoreError> {
        let now = self.clock.now();
        let entries = vec![self.record().refused(&click.user, None, None, &refusal)];
        let jobs = vec![answer(click, messages::refusal(&refusal)).job(&click.click_id(), now)];
        let counts = vec![Counted::refused(&refusal)];
        self.store_alone(Change { entries, jobs, counts, ..Change::default() }).await
    }

    /// A button that this version does not offer: the card is made fresh and the person is told.
    async fn show_anew(&self, click: &ButtonClick, key: Key) -> Result<(), StoreError> {
        let now = self.clock.now();
        let jobs = vec![
            Kind::Card.on(&key, String::new(), now),
            answer(click, messages::button_of_another_version()).job(&click.click_id(), now),
        ];
        let entries = vec![self.record().not_offered(&click.user, &key)];
        self.store_alone(Change { entries, jobs, ..Change::default() }).await
    }

    /// A change of no request and no job's: it can't lose a race.
    pub(super) async fn store_alone(&self, change: Change) -> Result<(), StoreError> {
        let _ = self.store.commit(change).await?;
        Ok(())
    }
}

impl From<Foreign> for Refusal {
    fn from(foreign: Foreign) -> Self {
        match foreign {
            Foreign::App => Self::OtherApp,
            Foreign::Workspace => Self::OtherWorkspace,
        }
    }
}

/// Which page of tokens is shown in the window to revoke them, if the click is in that.
fn offered(click: &ButtonClick) -> Option<usize> {
    click.modal.as_ref()?.offered.as_ref().map(|offered| offered.page)
}

/// The request and revision a click is about: what the modal was opened for, or what the block that the button stands
/// in says. The button's value must agree with it.
fn target(click: &ButtonClick) -> Option<Opened> {
    let opened = match &click.modal {
        Some(modal) => modal.opened.clone()?,
        None => {
            let (key, revision): (Key, Revision) = click.shown.clone()?;
            Opened { key, revision, channel: click.channel.clone(), page: 0 }
        }
    };
    (click.key.as_ref() == Some(&opened.key)).then_some(opened)
}

pub(super) fn answer(click: &ButtonClick, words: String) -> Answer {
    Answer::new(click.user.clone(), click.channel.clone(), click.response_url.clone(), words)
}
