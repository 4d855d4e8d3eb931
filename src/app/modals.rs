//! Modals are opened at once, because the trigger of a click lives three seconds, and filled when the asker was
//! judged. A modal that is lost is clicked for again, and the person is told so; what is sent from it is judged anew.

use super::commands::without_sign_in;
use super::{App, Asker, Offer};
use crate::audit::Entry;
use crate::ids::{ChannelId, SlackUserId};
use crate::jobs::{Answer, Kind};
use crate::policy::Act;
use crate::request::{Past, Refusal, TokenRequest};
use crate::slack::{
    Approvals, ButtonClick, Command, Form, OpenView, Opened, ResponseUrl, TriggerId, Trouble, View, messages,
    views,
};
use crate::store::{Change, Counted, StoreError};

/// Somebody who waits for a modal.
#[derive(Debug, Clone)]
pub(super) struct Asking {
    pub(super) user: SlackUserId,
    channel: Option<ChannelId>,
    response_url: Option<ResponseUrl>,
    trigger_id: Option<TriggerId>,
    /// What they clicked stands in a modal.
    is_in_modal: bool,
    /// Tells what they did from whatever else anybody does.
    id: String,
}

impl Asking {
    pub(super) fn by_command(command: &Command, id: String) -> Self {
        Self {
            user: command.user.clone(),
            channel: command.channel.clone(),
            response_url: command.response_url.clone(),
            trigger_id: command.trigger_id.clone(),
            is_in_modal: false,
            id,
        }
    }
}

impl From<&ButtonClick> for Asking {
    fn from(click: &ButtonClick) -> Self {
        Self {
            user: click.user.clone(),
            channel: click.channel.clone(),
            response_url: click.response_url.clone(),
            trigger_id: click.trigger_id.clone(),
            is_in_modal: click.modal.is_some(),
            id: click.click_id(),
        }
    }
}

impl App {
    /// Opens a modal for whoever clicked. Gives `kind` back, for the metrics.
    pub(super) fn open_modal(
        &self,
        click: &ButtonClick,
        form: Form,
        opened: Opened,
        kind: &'static str,
    ) -> &'static str {
        let (app, click) = (self.clone(), click.clone());
        tokio::spawn(async move {
            if let Some(at) = app.opening(&Asking::from(&click), &views::checking(form, &opened)).await {
                app.fill(&at, form, &click, &opened).await;
            }
        });
        kind
    }

    /// Opens a modal, on top of the one that was clicked in if so, while what belongs into it is looked up. Where it can't be
    /// opened, whoever asked is told by another way.
    pub(super) async fn opening(&self, asking: &Asking, checking: &View) -> Option<OpenView> {
        let opening = match &asking.trigger_id {
            Some(trigger) if asking.is_in_modal => self.slack.views_push(trigger, checking).await.ok(),
            Some(trigger) => self.slack.views_open(trigger, checking).await.ok(),
            None => None,
        };
        if opening.is_none() {
            self.tell_lost(asking, None, messages::NOT_OPENED).await;
        }
        opening
    }

    /// Shows another page of the details.
    pub(super) fn turn_page(&self, click: &ButtonClick, page: u32) -> &'static str {
        let (app, click) = (self.clone(), click.clone());
        tokio::spawn(async move {
            let Some(modal) = &click.modal else { return };
            if let Some(opened) = &modal.opened {
                let view = app.page_for(&click.user, &opened.clone().at(page)).await;
                app.show(&modal.view, Form::Details, &click, opened, view).await;
            }
        });
        "page"
    }

    async fn fill(&self, at: &OpenView, form: Form, click: &ButtonClick, opened: &Opened) {
        let view = self.view_for(form, &click.user, opened).await;
        self.show(at, form, click, opened, view).await;
    }

    async fn show(
        &self,
        at: &OpenView,
        form: Form,
        click: &ButtonClick,
        opened: &Opened,
        view: Result<View, StoreError>,
    ) {
        let view = view.unwrap_or_else(|error| {
            tracing::error!(%error, "a modal could not be filled");
            views::words(form, messages::TRY_AGAIN, opened)
        });
        self.fill_with(at, &Asking::from(click), opened.channel.as_ref(), &view).await;
    }

    /// Shows a view in an open modal. Where that may have been lost, whoever asked is told by another way.
    pub(super) async fn fill_with(
        &self,
        at: &OpenView,
        asking: &Asking,
        channel: Option<&ChannelId>,
        view: &View,
    ) {
        if let Err(trouble) = self.update_modal(at, view).await {
            tracing::warn!(%trouble, "a modal could not be shown");
            self.tell_lost(asking, channel, messages::NOT_FILLED).await;
        }
    }

    /// Puts a view into an open modal. One that may have been lost on its way is sent once more; where the first had
    /// arrived, Slack refuses the second by the modal's hash.
    async fn update_modal(&self, at: &OpenView, view: &View) -> Result<(), Trouble> {
        let mut sent = self.slack.views_update(at, view).await;
        if let Err(trouble @ Trouble::Unavailable { .. }) = &sent {
            tracing::info!(%trouble, "a modal is filled once more");
            sent = self.slack.views_update(at, view).await;
        }
        match sent {
            Ok(_) => Ok(()),
            // Closed, or showing something newer: nobody looks at what was not replaced.
            Err(trouble) if trouble.is_of_another_modal() => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }

    /// Tells somebody by another way that a modal did not come about.
    async fn tell_lost(&self, asking: &Asking, channel: Option<&ChannelId>, words: &str) {
        // A click in a modal comes without a channel of its own.
        let channel = asking.channel.as_ref().or(channel).cloned();
        let (to, response_url) = (asking.user.clone(), asking.response_url.clone());
        let answer = Answer::new(to, channel, response_url, words.to_owned());
        let jobs = vec![answer.job(&asking.id, self.clock.now())];
        if let Err(error) = self.store_alone(Change { jobs, ..Change::default() }).await {
            tracing::error!(%error, "somebody could not be told that their click came to nothing");
        }
    }

    async fn view_for(&self, form: Form, user: &SlackUserId, opened: &Opened) -> Result<View, StoreError> {
        if form == Form::Link {
            let command = &self.config.slack.command;
            return Ok(match self.offer_link(user).await? {
                Offer::SignIn(url) => views::sign_in(&url, opened),
                offer => views::words(form, &without_sign_in(&offer, user, command), opened),
            });
        }
        let Some(request) = self.store.request_by_key(&opened.key).await? else {
            let entry = self.record().refused(user, None, None, &Refusal::UnknownRequest);
            self.store_alone(Change { entries: vec![entry], ..Change::default() }).await?;
            return Ok(views::words(form, &messages::refusal(&Refusal::UnknownRequest), opened));
        };
        match form {
            Form::Deny => self.form_to_deny(user, &request, opened).await,
            // They are about no single request, and opened elsewhere.
            Form::DecideSeveral | Form::ConfirmSeveral | Form::Revoke => {
                Ok(views::words(form, messages::TRY_AGAIN, opened))
            }
            Form::Details | Form::Link => {
                // What is read here is what a submission approves.
                let opened = Opened { revision: request.revision(), ..opened.clone() };
                self.details(user, &request, &opened).await
            }
        }
    }

    /// Another page of what was opened. Content that has changed since is not slipped under somebody who is reading.
    async fn page_for(&self, user: &SlackUserId, opened: &Opened) -> Result<View, StoreError> {
        match self.store.request_by_key(&opened.key).await? {
            Some(request) => self.details(user, &request, opened).await,
            None => self.view_for(Form::Details, user, opened).await,
        }
    }

    /// The form, or why this person can't deny this request now.
    async fn form_to_deny(
        &self,
        user: &SlackUserId,
        request: &TokenRequest,
        opened: &Opened,
    ) -> Result<View, StoreError> {
        let rules = self.rules();
        let who = self.who(&rules, user, request).await;
        let judgement = self.judge_as(&rules, &who, Act::Deny, request);
        let asker = Asker::new(who, judgement);
        let standing = request.votes_for(&opened.revision).err();
        if let Some(refusal) = asker.judgement.refusal.clone().or(standing) {
            return self.refuse_form(request, &asker, refusal, opened).await;
        }
        let entries = vec![self.record().form_opened(request, &asker, Form::Deny.callback_id())];
        self.store_alone(Change { entries, ..Change::default() }).await?;
        Ok(views::deny(request, opened))
    }

    async fn refuse_form(
        &self,
        request: &TokenRequest,
        asker: &Asker,
        refusal: Refusal,
        opened: &Opened,
    ) -> Result<View, StoreError> {
        let entries = vec![self.record().refused(&asker.slack, Some(request), Some(asker), &refusal)];
        // Who clicked outdated content gets to see what is true now.
        let card = matches!(refusal, Refusal::ContentChanged | Refusal::External)
            .then(|| Kind::Card.on(&request.key, String::new(), self.clock.now()));
        let (jobs, counts) = (card.into_iter().collect(), vec![Counted::refused(&refusal)]);
        self.store_alone(Change { entries, jobs, counts, ..Change::default() }).await?;
        let mut words = messages::refusal(&refusal);
        if matches!(refusal, Refusal::UnknownAccount) {
            words = match self.sign_in {
                Some(_) => format!("{words} Type {} link.", self.config.slack.command),
                None => format!("{words} {}", messages::how_to_link(&asker.slack)),
            };
        }
        Ok(views::words(Form::Deny, &words, opened))
    }

    /// Everything about the request, for who may see it; with the form to approve it, for who may do that and has what
    /// they opened before them.
    async fn details(
        &self,
        user: &SlackUserId,
        request: &TokenRequest,
        opened: &Opened,
    ) -> Result<View, StoreError> {
        let rules = self.rules();
        let who = self.who(&rules, user, request).await;
        let judgement = self.judge_as(&rules, &who, Act::Show, request);
        let frozen = self.store.brake().await?.frozen;
        let may_approve = request.open().to_decide
            && frozen.is_none()
            && self.judge_as(&rules, &who, Act::Approve, request).allowed;
        let asker = Asker::new(who, judgement);
        let entries = vec![self.record().shown(request, &asker)];
        self.store_alone(Change { entries, ..Change::default() }).await?;
        if let Some(refusal) = &asker.judgement.refusal {
            return Ok(views::words(Form::Details, &messages::refusal(refusal), opened));
        }
        let past = self.past_of(request).await;
        let progress = rules.progress(request);
        let route = rules.book.routing.route_for(&request.facts);
        let approvals = route.map(|route| Approvals { progress: &progress, approvers: &route.approvers });
        let record = self.record_of(request).await;
        let shown = views::Details { request, past: &past, approvals, record: &record, may_approve, opened };
        Ok(views::details(shown))
    }

    /// What is on record about a request, as far as Details have room for it. Where it can't be read, the request itself has
    /// to do.
    pub(super) async fn record_of(&self, request: &TokenRequest) -> Vec<Entry> {
        self.store.record_of(request, views::RECORD).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request's record could not be read");
            Vec::new()
        })
    }

    /// What our own record knows of the requester's earlier tokens.
    pub async fn past_of(&self, request: &TokenRequest) -> Past {
        match self.store.earlier_requests(request).await {
            Ok(earlier) => Past::of(request, &earlier),
            Err(error) => {
                tracing::error!(%error, "the requester's earlier requests could not be read");
                Past::Unknown
            }
        }
    }
}
