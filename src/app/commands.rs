//! A verified command: answered at once where the answer is known, else by the command's own way back.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{App, Asker, Rules};
use crate::ids::{Login, OrganizationId, SlackUserId};
use crate::policy::{Act, Judgement, Who};
use crate::request::{Key, Refusal, TokenRequest};
use crate::slack::{Command, CommandText, Message, SlackInstallation, messages, views};
use crate::store::{Change, StoreError};

/// As many waiting requests as `/pat pending` looks at; a message shows the first fifty and counts the rest.
const LISTED: u32 = 500;

impl App {
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
            CommandText::Link => Ok(Some(messages::words(&messages::how_to_link(&command.user)))),
            CommandText::Unknown { word, nearest } => {
                Ok(Some(messages::unknown_command(&command.command, word, *nearest)))
            }
            CommandText::NotYet(name) => {
                Ok(Some(messages::command_of_a_later_version(&command.command, name)))
            }
            CommandText::Pending { .. } | CommandText::Show(_) | CommandText::WhoAmI => {
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
            CommandText::Show(wanted) => self.shown_to(&command.user, wanted).await,
            CommandText::WhoAmI
            | CommandText::Help(_)
            | CommandText::Link
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
        let rules = self.rules();
        let mut known: HashMap<OrganizationId, Who> = HashMap::new();
        let mut rows: Vec<TokenRequest> = Vec::new();
        for request in self.store.open_requests(LISTED).await? {
            if organization.is_some_and(|login| *login != request.facts.organization) {
                continue;
            }
            let who = match known.entry(request.organization) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(self.who(&rules, user, &request).await),
            };
            let may = |act| self.judge_as(&rules, who, act, &request).allowed;
            if may(Act::Show) || may(Act::Approve) || may(Act::Deny) {
                rows.push(request);
            }
        }
        Ok(messages::pending(&rows))
    }

    /// Everything about one request, for who may see or decide it. To others it is as if there were none: not even that
    /// somebody asks is theirs to know.
    async fn shown_to(&self, user: &SlackUserId, wanted: &str) -> Result<Message, StoreError> {
        let unknown = Refusal::UnknownRequest;
        let request = match wanted.parse::<Key>() {
            Ok(key) => self.store.request_by_key(&key).await?,
            Err(_) => None,
        };
        let Some(request) = request else {
            let entries = vec![self.record().refused(user, None, None, &unknown)];
            self.store_alone(Change { entries, ..Change::default() }).await?;
            return Ok(messages::words(&messages::refusal(&unknown)));
        };
        let rules = self.rules();
        let who = self.who(&rules, user, &request).await;
        let [show, approve, deny] =
            [Act::Show, Act::Approve, Act::Deny].map(|act| self.judge_as(&rules, &who, act, &request));
        // The right by which it is seen, or the lack of it, goes on record.
        let by = [&show, &approve, &deny].into_iter().find(|judgement| judgement.allowed);
        let judgement = by.unwrap_or(&show).clone();
        let asker = Asker { slack: user.clone(), identity: who.identity.clone(), judgement };
        let entries = vec![self.record().shown(&request, &asker)];
        self.store_alone(Change { entries, ..Change::default() }).await?;
        if let Some(refusal) = &asker.judgement.refusal {
            metrics::counter!("countersign_refusals_total", "reason" => refusal.name()).increment(1);
            return Ok(messages::words(&messages::refusal(&unknown)));
        }
        let past = self.past_of(&request).await;
        Ok(views::details_message(&request, &past, &deciders(&rules, &request, &approve)))
    }

    /// What Countersign knows about this person: their link and their groups.
    async fn who_is(&self, user: &SlackUserId) -> Result<Message, StoreError> {
        let rules = self.rules();
        let login = rules.book.login_of(user);
        let pinned = match login {
            Some(login) => self.store.link(login).await?,
            None => None,
        };
        Ok(messages::who_am_i(
            login,
            pinned.map(|link| link.github),
            &rules.book.groups_of(user).into_iter().collect::<Vec<_>>(),
        ))
    }
}

/// Who decides a request and how many it takes, and whether the asker is one of them.
fn deciders(rules: &Rules, request: &TokenRequest, approve: &Judgement) -> Vec<String> {
    let routing = &rules.book.routing;
    let who = match routing.route_for(&request.facts) {
        Some(route) => format!("Anybody in: {}.", route.approvers.join(", ")),
        None => "Nobody: no route covers it.".to_owned(),
    };
    let needed = match routing.approvals_for(&request.facts) {
        1 => "One approval is enough.".to_owned(),
        many => format!("{many} approvals are needed."),
    };
    let own = match &approve.refusal {
        None => format!("You may approve it, by: {}.", approve.policies.join(", ")),
        Some(refusal) => format!("You can't approve it: {}", messages::refusal(refusal)),
    };
    vec![who, needed, own]
}

/// The command's name in the record; what somebody else typed is not one.
fn word(text: &CommandText) -> &'static str {
    match text {
        CommandText::Help(_) => "help",
        CommandText::Pending { .. } => "pending",
        CommandText::Show(_) => "show",
        CommandText::WhoAmI => "whoami",
        CommandText::Link => "link",
        CommandText::NotYet(name) => name,
        CommandText::Unknown { .. } => "unknown",
    }
}
