//! A verified command: answered at once where the answer is known, else by the command's own way back.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::revoking::Target;
use super::table::Columns;
use super::tokens::Wanted;
use super::{App, Asker, Offer, Rules, Unlinked};
use crate::identity::{Source, WAIT};
use crate::ids::{Login, OrganizationId, RequestId, SlackUserId};
use crate::jobs::{ExportWish, FreezeWish};
use crate::policy::{Act, Explanation, Judgement, Who};
use crate::request::{Key, Refusal, State, TokenRequest, Verdict};
use crate::slack::messages::{About, KnownLink};
use crate::slack::{
    Approvals, Command, CommandText, Message, SlackInstallation, exports, messages, mine, tokens, views,
};
use crate::store::{Change, Counted, NewJob, StoreError};

/// As many waiting requests as `/pat pending` looks at; a message shows the first fifty and counts the rest.
const LISTED: u32 = 500;

/// A request that waits and that somebody may see.
pub(super) struct Waiting {
    pub(super) request: TokenRequest,
    /// By what right they may decide it, if they may and it can be decided as it stands.
    pub(super) decides: Option<Judgement>,
}

/// All that waits and that somebody may see.
pub(super) struct AllWaiting {
    pub(super) requests: Vec<Waiting>,
    /// What is known of them in each organization.
    pub(super) known: HashMap<OrganizationId, Who>,
}

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
        let jobs = self.brake_wished(&command).into_iter().chain(self.export_wished(&command)).collect();
        self.store_alone(Change { entries: vec![entry], jobs, ..Change::default() }).await?;
        match &command.text {
            CommandText::Help(Some(topic)) if topic == "list" => Ok(Some(tokens::help(&command.command))),
            CommandText::Help(Some(topic)) if topic == "export" => Ok(Some(exports::help(&command.command))),
            CommandText::Help(Some(topic)) if topic == "mine" => Ok(Some(mine::help(&command.command))),
            CommandText::Help(_) => Ok(Some(messages::help(&command.command))),
            CommandText::List(Ok(filter)) => {
                let filter = (**filter).clone();
                Ok(Some(self.list_tokens(command, filter).await))
            }
            CommandText::List(Err(told)) => Ok(Some(tokens::not_understood(&command.command, "list", told))),
            CommandText::Revoke { wanted, filter } => {
                let filter = filter.as_ref().map(|filter| Target::Filter(filter.clone()));
                match Target::named(wanted).map_or(filter, Ok) {
                    Ok(target) => {
                        self.revoke_by_command(&command, target);
                        Ok(None)
                    }
                    Err(told) => Ok(Some(tokens::not_understood(&command.command, "revoke", told))),
                }
            }
            // On disk by now; who may have what is judged when the file is made.
            CommandText::Export { for_review, filter: Ok(filter) } => {
                Ok(Some(exports::asked(columns(*for_review), filter)))
            }
            CommandText::Export { filter: Err(told), .. } => {
                Ok(Some(tokens::not_understood(&command.command, "export", told)))
            }
            CommandText::Mine => Ok(Some(self.list_mine(command).await)),
            CommandText::Link => self.offered(&command.user, &command.command).await.map(Some),
            CommandText::Unlink => {
                let words = match self.unlink(&command.user, None, false).await? {
                    Unlinked::Done(login) => messages::unlinked(&login),
                    Unlinked::Reviewed(login) => messages::reviewed_stays(&login),
                    Unlinked::NotLinked => messages::NOT_LINKED.to_owned(),
                };
                Ok(Some(messages::words(&words)))
            }
            CommandText::Unknown { word, nearest } => {
                Ok(Some(messages::unknown_command(&command.command, word, *nearest)))
            }
            CommandText::Frozen => {
                let frozen = self.store.brake().await?.frozen;
                let words =
                    frozen.map_or(messages::NOT_FROZEN.to_owned(), |frozen| messages::frozen(&frozen));
                Ok(Some(messages::words(&words)))
            }
            CommandText::Freeze(Err(error)) => {
                Ok(Some(messages::words(&messages::say_why(&command.command, *error))))
            }
            // On disk by now; judged and answered like a click.
            CommandText::Freeze(Ok(_)) | CommandText::Lift => Ok(None),
            CommandText::Pending { .. } | CommandText::Show(_) | CommandText::WhoAmI => {
                let app = self.clone();
                tokio::spawn(async move { app.answer_command(command).await });
                Ok(None)
            }
        }
    }

    /// The work that judges a command to freeze everything, or to lift that.
    fn brake_wished(&self, command: &Command) -> Option<NewJob> {
        let why = match &command.text {
            CommandText::Freeze(Ok(why)) => Some(why.clone()),
            CommandText::Lift => None,
            CommandText::Help(_)
            | CommandText::Pending { .. }
            | CommandText::List(_)
            | CommandText::Export { .. }
            | CommandText::Show(_)
            | CommandText::Revoke { .. }
            | CommandText::Mine
            | CommandText::WhoAmI
            | CommandText::Link
            | CommandText::Unlink
            | CommandText::Frozen
            | CommandText::Freeze(Err(_))
            | CommandText::Unknown { .. } => return None,
        };
        let now = self.clock.now();
        let wish = FreezeWish { wisher: command.into(), why, asked_at: now };
        Some(wish.job(&hex::encode(self.chance.bytes::<8>()), now))
    }

    /// The work that makes the file somebody asks for, and sends it.
    fn export_wished(&self, command: &Command) -> Option<NewJob> {
        let CommandText::Export { for_review, filter: Ok(filter) } = &command.text else { return None };
        let (filter, columns) = ((**filter).clone(), columns(*for_review));
        let wish = ExportWish { wisher: command.into(), filter, columns };
        Some(wish.job(&hex::encode(self.chance.bytes::<8>()), self.clock.now()))
    }

    async fn answer_command(&self, command: Command) {
        let answer = match &command.text {
            CommandText::Pending { organization } => {
                self.pending_for(&command.user, organization.as_ref()).await
            }
            CommandText::Show(wanted) => match Wanted::parse(wanted) {
                Some(token) => self.token_for(&command.user, &command.command, &token, 0).await,
                None => self.shown_to(&command.user, &command.command, wanted).await,
            },
            CommandText::WhoAmI
            | CommandText::List(_)
            | CommandText::Revoke { .. }
            | CommandText::Export { .. }
            | CommandText::Mine
            | CommandText::Help(_)
            | CommandText::Link
            | CommandText::Frozen
            | CommandText::Freeze(_)
            | CommandText::Lift
            | CommandText::Unlink
            | CommandText::Unknown { .. } => self.who_is(&command.user, &command.command).await,
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

    /// The open requests this person may see or decide.
    async fn pending_for(
        &self,
        user: &SlackUserId,
        organization: Option<&Login>,
    ) -> Result<Message, StoreError> {
        let rules = self.rules();
        let waiting = self.waiting_for(&rules, user, organization).await?.requests;
        let decidable = waiting.iter().filter(|waiting| waiting.decides.is_some()).count();
        let rows: Vec<_> = waiting
            .into_iter()
            .map(|Waiting { request, .. }| {
                let progress = progress_words(&rules, &request);
                (request, progress)
            })
            .collect();
        Ok(messages::pending(&rows, decidable, organization))
    }

    /// What is established about a person in a request's organization, which is asked about once.
    pub(super) async fn who_once<'k>(
        &self,
        known: &'k mut HashMap<OrganizationId, Who>,
        rules: &Rules,
        user: &SlackUserId,
        request: &TokenRequest,
    ) -> &'k Who {
        match known.entry(request.organization) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(self.who(rules, user, request).await),
        }
    }

    /// The open requests this person may see or decide, the oldest first. About the person each organization is asked once.
    pub(super) async fn waiting_for(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        organization: Option<&Login>,
    ) -> Result<AllWaiting, StoreError> {
        let mut known: HashMap<OrganizationId, Who> = HashMap::new();
        let mut requests = Vec::new();
        for request in self.store.open_requests(LISTED).await? {
            if organization.is_some_and(|login| *login != request.facts.organization) {
                continue;
            }
            let who = self.who_once(&mut known, rules, user, &request).await;
            let [show, approve, deny] =
                [Act::Show, Act::Approve, Act::Deny].map(|act| self.judge_as(rules, who, act, &request));
            let decides = [approve, deny].into_iter().find(|judgement| judgement.allowed);
            if show.allowed || decides.is_some() {
                let decides = decides.filter(|_| request.open().to_decide);
                requests.push(Waiting { request, decides });
            }
        }
        Ok(AllWaiting { requests, known })
    }

    /// Everything about one request, for who may see or decide it. To others it is as if there were none: not even that
    /// somebody asks is theirs to know. The record tells the one from the other.
    async fn shown_to(&self, user: &SlackUserId, command: &str, wanted: &str) -> Result<Message, StoreError> {
        let unknown = Refusal::UnknownRequest;
        let requests = self.requests_named(wanted).await?;
        if requests.is_empty() {
            let entries = vec![self.record().refused(user, None, None, &unknown)];
            let counts = vec![Counted::refused(&unknown)];
            self.store_alone(Change { entries, counts, ..Change::default() }).await?;
        }
        for request in requests {
            if let Some(message) = self.request_for(user, request).await? {
                return Ok(message);
            }
        }
        Ok(messages::words(&messages::nothing_to_show(command)))
    }

    /// The request of this key, or those of GitHub's number for it: nobody promises that it is of one organization.
    pub(super) async fn requests_named(&self, wanted: &str) -> Result<Vec<TokenRequest>, StoreError> {
        // Phones begin what is typed with a capital letter.
        let wanted = wanted.to_lowercase();
        if let Ok(key) = wanted.parse::<Key>() {
            return Ok(self.store.request_by_key(&key).await?.into_iter().collect());
        }
        let number = wanted.strip_prefix("request:").and_then(|number| number.parse::<u64>().ok());
        match number.filter(|number| i64::try_from(*number).is_ok()) {
            Some(number) => self.store.requests_numbered(RequestId(number)).await,
            None => Ok(vec![]),
        }
    }

    /// Everything about a request, for who may see or decide it; nothing for others.
    async fn request_for(
        &self,
        user: &SlackUserId,
        request: TokenRequest,
    ) -> Result<Option<Message>, StoreError> {
        let rules = self.rules();
        // Strictly, unlike what may be taken back while GitHub is silent: what is shown can't be unseen.
        let who = self.who(&rules, user, &request).await;
        let show = self.judge_as(&rules, &who, Act::Show, &request);
        let [approve, deny] =
            [Act::Approve, Act::Deny].map(|act| self.explain_as(&rules, &who, act, &request));
        // The right by which it is seen, or the lack of it, goes on record.
        let decides = [&approve, &deny].into_iter().find(|act| act.judgement.allowed);
        let judgement = match decides {
            Some(decides) if !show.allowed => decides.judgement.clone(),
            Some(_) | None => show,
        };
        let asker = Asker::new(who, judgement);
        let entries = vec![self.record().shown(&request, &asker)];
        let counts = asker.judgement.refusal.iter().map(Counted::refused).collect();
        self.store_alone(Change { entries, counts, ..Change::default() }).await?;
        if !asker.judgement.allowed {
            return Ok(None);
        }
        let past = self.past_of(&request).await;
        let route = rules.book.routing.route_for(&request.facts);
        let progress = rules.progress(&request);
        let approvals = route.map(|route| Approvals { progress: &progress, approvers: &route.approvers });
        let record = self.record_of(&request).await;
        let frozen = self.store.brake().await?.frozen;
        let in_the_way = request.in_the_way(Verdict::Approve, frozen.as_ref());
        let deciders = deciders(in_the_way, approvals, &approve);
        Ok(Some(views::details_message(views::Told {
            request: &request,
            past: &past,
            approvals,
            record: &record,
            deciders,
        })))
    }

    /// The offer to link accounts, as an answer.
    async fn offered(&self, user: &SlackUserId, command: &str) -> Result<Message, StoreError> {
        Ok(match self.offer_link(user).await? {
            Offer::SignIn(url) => messages::sign_in(&url),
            offer => messages::words(&without_sign_in(&offer, user, command)),
        })
    }

    /// What Countersign knows about this person: both accounts, where the link comes from, and their groups.
    async fn who_is(&self, user: &SlackUserId, command: &str) -> Result<Message, StoreError> {
        let rules = self.rules();
        let mut about = About {
            slack: user.clone(),
            link: None,
            groups: self.groups_everywhere(&rules, user).await?,
            machines: vec![],
            can_sign_in: self.sign_in.is_some(),
        };
        let known = match rules.book.login_of(user) {
            Some(login) => {
                let pinned = self.store.link(login).await?;
                let machines = rules.book.machines.iter().filter(|(_, machine)| machine.owner == *login);
                about.machines = machines.map(|(machine, _)| machine.clone()).collect();
                Some((login.clone(), pinned.map(|link| link.github), Source::Reviewed))
            }
            None => {
                let made = self.store.self_link_of(user).await?;
                made.map(|link| (link.login, Some(link.github), Source::SignedIn))
            }
        };
        if let Some((login, account, source)) = known {
            let history = self.store.links_ever(user, account).await?;
            let since = account.and_then(|account| history.since(user, account, source));
            let counts_from = account.and_then(|account| history.undisturbed_since(user, account, source));
            let waits = history.age_hours(user, account, source, self.clock.now()) < WAIT.num_hours();
            let decides_from = counts_from.filter(|_| waits).map(|since| since + WAIT);
            about.link = Some(KnownLink { login, account, source, since, decides_from });
        }
        Ok(messages::who_am_i(&about, command))
    }
}

/// What is said where there is no address to offer.
pub(super) fn without_sign_in(offer: &Offer, user: &SlackUserId, command: &str) -> String {
    match offer {
        Offer::AskOperators => messages::how_to_link(user),
        Offer::Reviewed(login) => messages::linked_already(login, true, command),
        Offer::Linked(login) => messages::linked_already(login, false, command),
        Offer::SignIn(_) | Offer::TryAgain => messages::TRY_AGAIN.to_owned(),
    }
}

/// How far the approvals of a waiting request go, where it takes more than one of anybody.
pub(super) fn progress_words(rules: &Rules, request: &TokenRequest) -> Option<String> {
    let State::Pending { votes, .. } = &request.state else { return None };
    let route = rules.book.routing.route_for(&request.facts)?;
    let progress = rules.progress(request);
    let approvals = Approvals { progress: &progress, approvers: &route.approvers };
    (!approvals.takes_one()).then(|| approvals.words(votes))
}

/// Who decides a request and how many it takes, and whether the asker is one of them, why, and what would change that.
fn deciders(
    in_the_way: Option<Refusal>,
    approvals: Option<Approvals<'_>>,
    explanation: &Explanation,
) -> Vec<String> {
    let Explanation { judgement, permits, forbids, groups_that_allow, .. } = explanation;
    let mut lines: Vec<_> = in_the_way.iter().map(messages::refusal).collect();
    if let Some(Refusal::AlreadySettled(_) | Refusal::AlreadyDeciding { .. }) = in_the_way {
        return lines;
    }
    match approvals {
        Some(approvals) => {
            lines.extend([format!("Anybody in: {}.", approvals.approvers.join(", ")), approvals.sentence()]);
        }
        None => lines.push("Nobody: no route covers it.".to_owned()),
    }
    let Some(refusal) = &judgement.refusal else {
        lines.push(format!("You may approve it, by: {}.", permits.join(", ")));
        return lines;
    };
    lines.push(format!("You can't approve it: {}", messages::refusal(refusal)));
    if !forbids.is_empty() {
        lines.push(format!("Forbidden by: {}.", forbids.join(", ")));
    }
    if !groups_that_allow.is_empty() {
        lines.push(format!("Being in {} would allow it.", groups_that_allow.join(", or in ")));
    }
    lines
}

fn columns(for_review: bool) -> Columns {
    if for_review { Columns::Review } else { Columns::Inventory }
}

/// The command's name in the record; what somebody else typed is not one.
fn word(text: &CommandText) -> &'static str {
    match text {
        CommandText::Help(_) => "help",
        CommandText::Pending { .. } => "pending",
        CommandText::List(_) => "list",
        CommandText::Export { .. } => "export",
        CommandText::Show(_) => "show",
        CommandText::Revoke { .. } => "revoke",
        CommandText::Mine => "mine",
        CommandText::WhoAmI => "whoami",
        CommandText::Link => "link",
        CommandText::Frozen | CommandText::Freeze(_) | CommandText::Lift => "freeze",
        CommandText::Unlink => "unlink",
        CommandText::Unknown { .. } => "unknown",
    }
}
