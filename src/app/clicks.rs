//! A verified click or command: what asks for a decision is stored to be judged, what asks to see is shown.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::App;
use crate::ids::{Login, OrganizationId, SlackUserId};
use crate::jobs::{Answer, Click, Kind};
use crate::policy::{Act, Who};
use crate::request::{Key, Refusal, Revision, TokenRequest, Verdict};
use crate::slack::{
    Button, ButtonClick, Command, CommandText, Foreign, Message, SlackInstallation, messages, views,
};
use crate::store::{Change, StoreError};

/// As many waiting requests as `/pat pending` looks at; a message shows the first fifty and counts the rest.
const LISTED: u32 = 500;

impl App {
    /// Takes in a click; when this returns, what it asks for is on disk. Gives the click's kind for the metrics.
    pub async fn clicked(
        &self,
        click: ButtonClick,
        workspace: &SlackInstallation,
    ) -> Result<&'static str, StoreError> {
        if let Err(foreign) = click.origin.belongs_to(workspace) {
            let refusal = match foreign {
                Foreign::App => Refusal::OtherApp,
                Foreign::Workspace => Refusal::OtherWorkspace,
            };
            self.turn_away(&click, refusal).await?;
            return Ok("foreign");
        }
        let Some((key, revision)) = target(&click) else {
            self.turn_away(&click, Refusal::UnknownRequest).await?;
            return Ok("unknown");
        };
        self.adopt(&click, &key).await?;
        match click.button {
            Button::Approve => {
                self.keep_click(&click, key, revision).await?;
                Ok("approve")
            }
            Button::Details => {
                self.show_details(&click, key);
                Ok("details")
            }
            Button::Deny
            | Button::Withdraw
            | Button::Revoke
            | Button::Link
            | Button::CheckAgain
            | Button::Unknown(_) => {
                self.show_anew(&click, key).await?;
                Ok("not_offered")
            }
        }
    }

    async fn keep_click(&self, click: &ButtonClick, key: Key, revision: Revision) -> Result<(), StoreError> {
        let now = self.clock.now();
        let kept = Click {
            by: click.user.clone(),
            verdict: Verdict::Approve,
            key,
            revision,
            clicked_at: now,
            channel: click.channel.clone(),
            response_url: click.response_url.clone(),
        };
        self.store_alone(Change { jobs: vec![kept.job(&click.click_id(), now)], ..Change::default() }).await
    }

    /// Refuses a click before anybody's rights are asked about.
    async fn turn_away(&self, click: &ButtonClick, refusal: Refusal) -> Result<(), StoreError> {
        let now = self.clock.now();
        metrics::counter!("countersign_refusals_total", "reason" => refusal.name()).increment(1);
        let entries = vec![self.record().refused(&click.user, None, None, &refusal)];
        let jobs = vec![answer(click, messages::refusal(&refusal)).job(&click.click_id(), now)];
        self.store_alone(Change { entries, jobs, ..Change::default() }).await
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
    async fn store_alone(&self, change: Change) -> Result<(), StoreError> {
        let _ = self.store.commit(change).await?;
        Ok(())
    }

    /// Opens the modal at once, because its trigger lives three seconds, and fills it when the asker was judged. One
    /// that is lost is clicked again.
    fn show_details(&self, click: &ButtonClick, key: Key) {
        let (app, user) = (self.clone(), click.user.clone());
        let Some(trigger) = click.trigger_id.clone() else { return };
        tokio::spawn(async move {
            let opened = match app.slack.views_open(&trigger, &views::checking(&key)).await {
                Ok(opened) => opened,
                Err(trouble) => return tracing::warn!(%trouble, "the details could not be opened"),
            };
            let view = app.details(&user, &key).await;
            if let Err(trouble) = app.slack.views_update(&opened, &view).await {
                tracing::warn!(%trouble, "the details could not be shown");
            }
        });
    }

    async fn details(&self, user: &SlackUserId, key: &Key) -> crate::slack::View {
        let request = match self.store.request_by_key(key).await {
            Ok(Some(request)) => request,
            Ok(None) => return views::words(&messages::refusal(&Refusal::UnknownRequest), key),
            Err(error) => {
                tracing::error!(%error, "the details could not be read");
                return views::words(messages::TRY_AGAIN, key);
            }
        };
        let asker = self.judge(user, Act::Show, &request).await;
        let entry = self.record().shown(&request, &asker);
        if let Err(error) = self.store_alone(Change { entries: vec![entry], ..Change::default() }).await {
            tracing::error!(%error, "the look at the details could not be recorded");
            return views::words(messages::TRY_AGAIN, key);
        }
        match asker.judgement.refusal {
            Some(refusal) => views::words(&messages::refusal(&refusal), key),
            None => views::details(&request),
        }
    }

    /// Takes in a command. Gives the answer where it is known at once; else it comes by the command's way back.
    pub async fn commanded(
        &self,
        command: Command,
        workspace: &SlackInstallation,
    ) -> Result<Option<Message>, StoreError> {
        if command.origin.belongs_to(workspace).is_err() {
            let refusal = Refusal::OtherWorkspace;
            let entries = vec![self.record().refused(&command.user, None, None, &refusal)];
            self.store_alone(Change { entries, ..Change::default() }).await?;
            return Ok(Some(messages::words(&messages::refusal(&refusal))));
        }
        let entry = self.record().commanded(&command.user, word(&command.text));
        self.store_alone(Change { entries: vec![entry], ..Change::default() }).await?;
        match &command.text {
            CommandText::Help(_) => Ok(Some(messages::help(&command.command))),
            CommandText::Unknown { word, nearest } => {
                Ok(Some(messages::unknown_command(&command.command, word, *nearest)))
            }
            CommandText::NotYet(name) => {
                Ok(Some(messages::command_of_a_later_version(&command.command, name)))
            }
            CommandText::Pending { .. } | CommandText::WhoAmI => {
                let app = self.clone();
                tokio::spawn(async move { app.answer_command(command).await });
                Ok(None)
            }
        }
    }

    async fn answer_command(&self, command: Command) {
        let answer = match &command.text {
            CommandText::Pending { organization } => {
                self.pending_for(&command.user, organization.as_ref()).await
            }
            CommandText::WhoAmI
            | CommandText::Help(_)
            | CommandText::NotYet(_)
            | CommandText::Unknown { .. } => self.who_is(&command.user).await,
        };
        let message = answer.unwrap_or_else(|error| {
            tracing::error!(%error, "a command could not be answered");
            messages::words(messages::TRY_AGAIN)
        });
        let Some(url) = &command.response_url else { return };
        if let Err(trouble) = self.slack.respond(url, &message).await {
            tracing::warn!(%trouble, "a command's answer could not be given");
        }
    }

    /// The open requests this person may see or decide. About the person each organization is asked once.
    async fn pending_for(
        &self,
        user: &SlackUserId,
        organization: Option<&Login>,
    ) -> Result<Message, StoreError> {
        let mut known: HashMap<OrganizationId, Who> = HashMap::new();
        let mut rows: Vec<TokenRequest> = Vec::new();
        for request in self.store.open_requests(LISTED).await? {
            if organization.is_some_and(|login| *login != request.facts.organization) {
                continue;
            }
            let who = match known.entry(request.organization) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(self.who(user, &request).await),
            };
            let may = |act| self.judge_as(who, act, &request).allowed;
            if may(Act::Show) || may(Act::Approve) || may(Act::Deny) {
                rows.push(request);
            }
        }
        Ok(messages::pending(&rows))
    }

    /// What Countersign knows about this person: their link and their groups.
    async fn who_is(&self, user: &SlackUserId) -> Result<Message, StoreError> {
        let login = self.config.login_of(user);
        let pinned = match login {
            Some(login) => self.store.link(login).await?,
            None => None,
        };
        Ok(messages::who_am_i(
            login,
            pinned.map(|link| link.github),
            &self.config.groups_of(user).into_iter().collect::<Vec<_>>(),
        ))
    }
}

/// The command's name in the record; what somebody else typed is not one.
fn word(text: &CommandText) -> &'static str {
    match text {
        CommandText::Help(_) => "help",
        CommandText::Pending { .. } => "pending",
        CommandText::WhoAmI => "whoami",
        CommandText::NotYet(name) => name,
        CommandText::Unknown { .. } => "unknown",
    }
}

/// The request and revision a click is about. The button's value and the block it stands in must agree.
fn target(click: &ButtonClick) -> Option<(Key, Revision)> {
    let (key, revision) = click.shown.clone()?;
    (click.key.as_ref() == Some(&key)).then_some((key, revision))
}

fn answer(click: &ButtonClick, words: String) -> Answer {
    Answer {
        to: click.user.clone(),
        channel: click.channel.clone(),
        response_url: click.response_url.clone(),
        words,
    }
}
