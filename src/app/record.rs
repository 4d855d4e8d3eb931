//! What the audit log says about each thing that happens.
//!
//! Strangers' text and everything about a person goes in as a personal value, which can be forgotten later without
//! breaking the chain.

use chrono::{DateTime, Utc};

use super::{App, Asker, Comparison, Lapsed, Rules};
use crate::audit::{Action, Actor, Entry, Field, Subject};
use crate::chance::Chance;
use crate::config::Member;
use crate::github::{InstallationEvent, TokenRequestAction, TokenRequestEvent};
use crate::identity::{Identity, NotLinked, Person};
use crate::ids::{Login, SlackUserId};
use crate::policy::{Consulted, Judgement, LeftToPeople};
use crate::request::{
    Answer, By, Collection, Comment, Compared, Decider, Deciding, Elsewhere, Enrichment, Key, NotNudged,
    Outcome, Refusal, Ruled, State, TokenRequest, Verdict, Vote, Why,
};
use crate::store::{Installation, InstallationState, Link, Mirror, PinnedMachine, PinnedSlack, TeamPin};
use crate::token::{Ending, Filter, How, Named, Revocation, Stage, Token};

const DONE: &str = "done";

/// Writes entries of one moment.
pub(crate) struct Record<'a> {
    chance: &'a Chance,
    at: DateTime<Utc>,
}

/// As what an active token is a surprise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appearance {
    /// It counted as gone.
    Again,
    /// Nobody was seen to ask for it.
    Unasked,
    /// Somebody asked for it, and it was denied or came to nothing.
    NotApproved,
}

impl App {
    /// A writer of entries that happened now.
    pub(crate) fn record(&self) -> Record<'_> {
        Record { chance: &self.chance, at: self.clock.now() }
    }
}

impl<'a> Record<'a> {
    /// A writer of entries of one moment, for who has no running service.
    pub(crate) fn at(chance: &'a Chance, at: DateTime<Utc>) -> Self {
        Self { chance, at }
    }

    /// Work that will not be tried again by itself.
    pub(crate) fn job_given_up(&self, kind: &str, subject: &str, cause: &str) -> Entry {
        let entry = self.job(Action::JobGivenUp, Actor::Service, kind, subject);
        // May hold the other side's words.
        with(entry, Field::personal("cause", cause, self.chance))
    }

    /// An operator had work done again.
    pub(crate) fn job_retried(&self, kind: &str, subject: &str) -> Entry {
        self.job(Action::JobRetried, Actor::Operator, kind, subject)
    }

    /// An operator took work away.
    pub(crate) fn job_dropped(&self, kind: &str, subject: &str) -> Entry {
        self.job(Action::JobDropped, Actor::Operator, kind, subject)
    }

    fn job(&self, action: Action, actor: Actor, kind: &str, subject: &str) -> Entry {
        let key = subject.parse::<Key>().ok().map(|key| key.to_string());
        let about = Subject { key, ..Subject::default() };
        // A click's job is named for who clicked.
        let fields = vec![Field::plain("job", kind), Field::personal("about", subject, self.chance)];
        Entry { fields, ..self.entry(action, actor, about, DONE) }
    }

    pub(crate) fn received(&self, event: &TokenRequestEvent, is_ours: bool) -> Entry {
        let actor = match &event.sender {
            Some(sender) => Actor::github_user(sender.id, &sender.login, self.chance),
            None => Actor::Service,
        };
        let subject = Subject {
            organization: Some(event.organization),
            request: Some(event.request),
            token: event.facts.token,
            ..Subject::default()
        };
        let action = match event.action {
            TokenRequestAction::Created => Action::RequestReceived,
            TokenRequestAction::Approved | TokenRequestAction::Denied | TokenRequestAction::Cancelled => {
                Action::RequestTold
            }
        };
        let result =
            if is_ours { DONE } else { "left alone: the organization is not in github.organizations" };
        let fields = vec![
            Field::plain("event", event.action.name()),
            Field::personal("requester", event.facts.requester.login.as_str(), self.chance),
        ];
        Entry { fields, ..self.entry(action, actor, subject, result) }
    }

    /// A request that GitHub lists and of which nobody told.
    pub(crate) fn found(&self, request: &TokenRequest, at_first_sight: bool) -> Entry {
        let result = if at_first_sight { "waited at first sight" } else { "found on GitHub's list" };
        let requester = request.facts.requester.login.as_str();
        let entry = self.about(request, Action::RequestReceived, Actor::Service, result);
        with(entry, Field::personal("requester", requester, self.chance))
    }

    /// Somebody had collected requests shown one by one.
    pub(crate) fn cards_asked(&self, by: &SlackUserId, collection: &Collection, cards: u32) -> Entry {
        let subject = Subject { key: Some(collection.key.to_string()), ..Subject::default() };
        let actor = Actor::slack_user(by, self.chance);
        let entry = self.entry(Action::CardsAsked, actor, subject, DONE);
        with(entry, Field::plain("cards", cards.to_string()))
    }

    pub(crate) fn enriched(&self, before: &TokenRequest, after: &TokenRequest) -> Entry {
        let action = if before.revision() == after.revision() {
            Action::RequestEnriched
        } else {
            Action::RequestChanged
        };
        let result = match after.enrichment {
            Enrichment::Complete => DONE,
            Enrichment::Waiting | Enrichment::Missing => "the list does not show it",
        };
        self.about(after, action, Actor::Service, result)
    }

    pub(crate) fn content_changed(&self, request: &TokenRequest) -> Entry {
        self.about(request, Action::RequestChanged, Actor::Service, "votes are void")
    }

    pub(crate) fn superseded(&self, request: &TokenRequest, by: &Key) -> Entry {
        let entry = self.about(request, Action::RequestSuperseded, Actor::Service, DONE);
        with(entry, Field::plain("by", by.as_str()))
    }

    /// The outcome, in the name of who brought it about.
    pub(crate) fn settled(&self, request: &TokenRequest) -> Entry {
        self.end(request, Action::RequestSettled)
    }

    /// More is known about how it ended.
    pub(crate) fn refined(&self, request: &TokenRequest) -> Entry {
        self.end(request, Action::RequestRefined)
    }

    fn end(&self, request: &TokenRequest, action: Action) -> Entry {
        let State::Settled(settlement) = &request.state else {
            return self.about(request, action, Actor::Service, "not settled");
        };
        let actor = match &settlement.by {
            // Whom GitHub names for a token that nobody was asked about is not known to have decided anything.
            _ if request.is_unasked && settlement.outcome == Outcome::Approved => Actor::Service,
            By::Person { slack, github, login } => Actor::Person {
                slack: self.personal(slack.as_str()),
                github: self.personal(&github.to_string()),
                login: self.personal(login.as_str()),
            },
            By::Rule { policy } => Actor::Rule { name: policy.clone() },
            By::GitHubUser { id, login } => Actor::github_user(*id, login, self.chance),
            By::Requester => {
                Actor::github_user(request.facts.requester.id, &request.facts.requester.login, self.chance)
            }
            By::Unknown => Actor::Service,
        };
        let entry = self.about(request, action, actor, outcome(settlement.outcome));
        if request.is_unasked { with(entry, Field::plain("asked", "never seen")) } else { entry }
    }

    pub(crate) fn contradiction(&self, request: &TokenRequest, told: Outcome) -> Entry {
        let result = format!("GitHub now says: {}", outcome(told));
        self.about(request, Action::RequestContradicted, Actor::Service, &result)
    }

    /// An authorised vote with what the voter had to say, and the decision if it completed one.
    pub(crate) fn voted(
        &self,
        request: &TokenRequest,
        asker: &Asker,
        comment: Option<&Comment>,
        settling: &Judgement,
    ) -> Vec<Entry> {
        let actor = self.asker(asker);
        let mut accepted = self.about(request, Action::VoteAccepted, actor.clone(), DONE);
        let comment = comment.map(|comment| Field::personal("comment", comment.as_str(), self.chance));
        accepted.fields.extend(comment);
        let accepted = self.judged(accepted, &asker.judgement);
        let State::Deciding(deciding) = &request.state else { return vec![accepted] };
        let mut made = self.about(request, Action::DecisionMade, actor, verdict(deciding.verdict));
        let votes: Vec<_> = deciding.others.iter().chain(deciding.by.vote()).collect();
        if votes.len() > 1 || votes.iter().any(|vote| !vote.groups.is_empty()) {
            made.fields.extend(votes.into_iter().map(|vote| self.counted(vote)));
        }
        vec![accepted, self.judged(made, settling)]
    }

    pub(crate) fn refused(
        &self,
        by: &SlackUserId,
        request: Option<&TokenRequest>,
        asker: Option<&Asker>,
        refusal: &Refusal,
    ) -> Entry {
        let actor = asker.map_or_else(|| Actor::slack_user(by, self.chance), |asker| self.asker(asker));
        let result = format!("refused: {}", refusal.name());
        let entry = match request {
            Some(request) => self.about(request, Action::ClickRefused, actor, &result),
            None => self.entry(Action::ClickRefused, actor, Subject::default(), &result),
        };
        match asker {
            Some(asker) => self.judged(entry, &asker.judgement),
            None => entry,
        }
    }

    /// The same of a request that can't be read, of which its key is all that is known.
    pub(crate) fn refused_of(&self, by: &SlackUserId, key: &Key, refusal: &Refusal) -> Entry {
        let subject = Subject { key: Some(key.to_string()), ..Subject::default() };
        let result = format!("refused: {}", refusal.name());
        self.entry(Action::ClickRefused, Actor::slack_user(by, self.chance), subject, &result)
    }

    /// Somebody looked at a request's details, or was refused to.
    pub(crate) fn shown(&self, request: &TokenRequest, asker: &Asker) -> Entry {
        let entry = self.about(request, Action::DetailsShown, self.asker(asker), &looked(asker));
        self.judged(entry, &asker.judgement)
    }

    /// Somebody in Slack froze everything, or lifted that, or was refused to.
    pub(crate) fn braked_by(
        &self,
        by: &SlackUserId,
        identity: &Identity,
        why: Option<&Why>,
        result: &str,
    ) -> Entry {
        self.braked(self.somebody(by, identity), why, result)
    }

    /// An operator did.
    pub(crate) fn braked_by_operator(&self, why: Option<&Why>) -> Entry {
        self.braked(Actor::Operator, why, DONE)
    }

    fn braked(&self, actor: Actor, why: Option<&Why>, result: &str) -> Entry {
        let action = if why.is_some() { Action::FreezeOn } else { Action::FreezeOff };
        let fields = why.map(|why| Field::personal("why", why.as_str(), self.chance));
        Entry {
            fields: fields.into_iter().collect(),
            ..self.entry(action, actor, Subject::default(), result)
        }
    }

    pub(crate) fn commanded(&self, by: &SlackUserId, word: &'static str) -> Entry {
        let actor = Actor::slack_user(by, self.chance);
        let fields = vec![Field::plain("command", word)];
        Entry { fields, ..self.entry(Action::CommandUsed, actor, Subject::default(), DONE) }
    }

    /// An attempt to tell GitHub; with the judgements made for it, where the deciders' rights were judged once more.
    pub(crate) fn attempted(
        &self,
        request: &TokenRequest,
        deciding: &Deciding,
        rights: &[Judgement],
    ) -> Entry {
        let actor = match &deciding.by {
            Decider::Voter(vote) => self.voter(vote),
            Decider::Rule(ruled) => Actor::Rule { name: ruled.rule.clone() },
        };
        let entry = self.about(request, Action::ReviewAttempted, actor, verdict(deciding.verdict));
        let entry = with(entry, Field::plain("attempt", deciding.made.to_string()));
        rights.iter().fold(entry, |entry, judgement| self.judged(entry, judgement))
    }

    pub(crate) fn answered(&self, request: &TokenRequest, answer: &Answer) -> Entry {
        self.about(request, Action::ReviewAnswered, Actor::Service, &answer_in_words(answer))
    }

    pub(crate) fn returned(&self, request: &TokenRequest) -> Entry {
        self.about(
            request,
            Action::DecisionReturned,
            Actor::Service,
            "GitHub refused and still lists the request",
        )
    }

    pub(crate) fn right_lapsed(&self, request: &TokenRequest, lapsed: &Lapsed) -> Entry {
        let result = format!("a decider's right lapsed: {}", lapsed.refusal.name());
        let entry = self.about(request, Action::DecisionReturned, self.voter(&lapsed.vote), &result);
        self.judged(entry, &lapsed.asker.judgement)
    }

    /// The approvals of a decision do not settle it any more.
    pub(crate) fn no_longer_enough(&self, request: &TokenRequest, settling: &Judgement) -> Entry {
        let result = "the approvals are no longer enough";
        self.judged(self.about(request, Action::DecisionReturned, Actor::Service, result), settling)
    }

    /// An earlier vote does not count any more.
    pub(crate) fn vote_lapsed(&self, request: &TokenRequest, lapsed: &Lapsed) -> Entry {
        let result = format!("its voter's right lapsed: {}", lapsed.refusal.name());
        let entry = self.about(request, Action::VoteLapsed, self.voter(&lapsed.vote), &result);
        self.judged(entry, &lapsed.asker.judgement)
    }

    /// One of the votes that made a decision, and of which required groups its voter was.
    fn counted(&self, vote: &Vote) -> Field {
        let groups: Vec<_> = vote.groups.iter().map(String::as_str).collect();
        let of = if groups.is_empty() { String::new() } else { format!(": {}", groups.join(", ")) };
        Field::personal("counted", format!("{}{of}", vote.login), self.chance)
    }

    /// The rule that decided would not do so any more.
    pub(crate) fn rule_lapsed(&self, request: &TokenRequest, ruled: &Ruled, consulted: &Consulted) -> Entry {
        let actor = Actor::Rule { name: ruled.rule.clone() };
        let entry =
            self.about(request, Action::DecisionReturned, actor, "the rule would not decide so any more");
        self.consulted(entry, consulted)
    }

    /// The rules that decide alone were asked, and what came of it.
    pub(crate) fn rules_asked(&self, request: &TokenRequest, consulted: &Consulted, result: &str) -> Entry {
        let entry = self.about(request, Action::RulesAsked, Actor::Service, result);
        self.consulted(entry, consulted)
    }

    /// They were asked, and people decide.
    pub(crate) fn rules_left(
        &self,
        request: &TokenRequest,
        consulted: &Consulted,
        left: &LeftToPeople,
    ) -> Entry {
        let entry = self.rules_asked(request, consulted, &format!("people: {}", left.why));
        let words = left.words.iter().map(|words| Field::personal("words", words, self.chance));
        words.fold(entry, with)
    }

    /// They were asked, and one decides.
    pub(crate) fn ruled(&self, request: &TokenRequest, consulted: &Consulted, ruled: &Ruled) -> Vec<Entry> {
        let asked = self.rules_asked(request, consulted, verdict(ruled.verdict));
        let actor = Actor::Rule { name: ruled.rule.clone() };
        let made = self.about(request, Action::DecisionMade, actor, verdict(ruled.verdict));
        let reason = ruled.reason.as_ref().map(|reason| {
            // It repeats what the requester called the token.
            Field::personal("reason", reason.as_str(), self.chance)
        });
        let made = reason.into_iter().fold(made, with);
        let judgement = match ruled.verdict {
            Verdict::Approve => &consulted.approve,
            Verdict::Deny => &consulted.deny,
        };
        vec![asked, self.judged(made, judgement)]
    }

    /// Adds both questions with their answers; their facts are the same.
    fn consulted(&self, entry: Entry, consulted: &Consulted) -> Entry {
        let answer = |judgement: &Judgement| match judgement.allowed {
            true => "yes",
            false => "no",
        };
        let entry = self.judged(entry, &consulted.approve);
        let entry = with(entry, Field::plain("autoApprove", answer(&consulted.approve)));
        let entry = with(entry, Field::plain("autoDeny", answer(&consulted.deny)));
        // A failure is a fact of one question alone.
        let failure = consulted.deny.facts.get("failure");
        let failure = failure.map(|cause| Field::personal("fact.autoDeny.failure", cause, self.chance));
        let entry = failure.into_iter().fold(entry, with);
        let policies = entry.policies.iter().chain(&consulted.deny.policies).cloned().collect();
        Entry { policies, ..entry }
    }

    pub(crate) fn blocked(&self, request: &TokenRequest, cause: &str) -> Entry {
        let entry = self.about(request, Action::DecisionBlocked, Actor::Service, "waits for people");
        // GitHub's words.
        with(entry, Field::personal("cause", cause, self.chance))
    }

    /// A blocked decision goes on.
    pub(crate) fn resumed(&self, request: &TokenRequest) -> Entry {
        self.about(request, Action::DecisionResumed, Actor::Service, DONE)
    }

    /// Somebody took back their vote, or the decision.
    pub(crate) fn withdrawn(&self, request: &TokenRequest, asker: &Asker, was_decided: bool) -> Entry {
        let (action, result) = match was_decided {
            true => (Action::DecisionReturned, "withdrawn before GitHub was told"),
            false => (Action::VoteWithdrawn, DONE),
        };
        self.judged(self.about(request, action, self.asker(asker), result), &asker.judgement)
    }

    /// Somebody had GitHub looked at.
    pub(crate) fn check_asked(&self, request: &TokenRequest, asker: &Asker) -> Entry {
        let entry = self.about(request, Action::CheckAsked, self.asker(asker), DONE);
        self.judged(entry, &asker.judgement)
    }

    /// A token that the list of active ones shows for the first time, or again.
    pub(crate) fn token_appeared(&self, token: &Token, how: Appearance) -> Entry {
        let result = match how {
            Appearance::Again => "listed again, after it counted as gone",
            Appearance::Unasked => "appeared without a request we saw",
            Appearance::NotApproved => {
                "appeared although no request that could have led to it was approved, as far as we know"
            }
        };
        self.about_token(token, Action::TokenAppeared, Actor::Service, result)
    }

    /// A token that neither the list nor a look for it shows any more.
    pub(crate) fn token_gone(&self, token: &Token) -> Entry {
        let result = match token.has_expired(self.at) {
            true => "gone after it expired, not revoked by us",
            false => "gone, not revoked by us",
        };
        self.about_token(token, Action::TokenGone, Actor::Service, result)
    }

    /// Somebody listed tokens of an organization, or was refused to.
    pub(crate) fn tokens_listed(&self, mirror: &Mirror, asker: &Asker, filter: &Filter) -> Entry {
        let subject = Subject { organization: Some(mirror.organization), ..Subject::default() };
        let entry = self.entry(Action::TokensListed, self.asker(asker), subject, &looked(asker));
        let entry = with(entry, Field::personal("filter", filter.to_string(), self.chance));
        self.judged(entry, &asker.judgement)
    }

    /// The same where the installation is suspended: who may know of the organization hears so, and sees no token.
    pub(crate) fn tokens_not_listed(&self, mirror: &Mirror, asker: &Asker, filter: &Filter) -> Entry {
        Entry { result: not_shown(asker), ..self.tokens_listed(mirror, asker, filter) }
    }

    /// Somebody takes tokens of an organization away as a file, or was refused to: which file, what of each token is in it,
    /// and of how many of this organization; no number where it was not sent.
    pub(crate) fn tokens_exported(
        &self,
        mirror: &Mirror,
        asker: &Asker,
        filter: &Filter,
        (export, columns, rows): (&str, &'static str, Option<u64>),
    ) -> Entry {
        let subject = Subject { organization: Some(mirror.organization), ..Subject::default() };
        let result = match rows {
            None if asker.judgement.allowed => "not sent".to_owned(),
            None | Some(_) => looked(asker),
        };
        let mut entry = self.entry(Action::TokensExported, self.asker(asker), subject, &result);
        entry.fields = vec![
            Field::personal("filter", filter.to_string(), self.chance),
            Field::plain("export", export),
            Field::plain("columns", columns),
            Field::plain("rows", rows.unwrap_or(0).to_string()),
        ];
        self.judged(entry, &asker.judgement)
    }

    /// The same where the installation is suspended: none of its tokens is in a file.
    pub(crate) fn tokens_not_exported(
        &self,
        mirror: &Mirror,
        asker: &Asker,
        filter: &Filter,
        (export, columns): (&str, &'static str),
    ) -> Entry {
        Entry {
            result: not_shown(asker),
            ..self.tokens_exported(mirror, asker, filter, (export, columns, None))
        }
    }

    /// Somebody listed their own tokens of an organization, or could not be shown them.
    pub(crate) fn own_listed(&self, mirror: &Mirror, asker: &Asker) -> Entry {
        let subject = Subject { organization: Some(mirror.organization), ..Subject::default() };
        let entry = self.entry(Action::TokensListed, self.asker(asker), subject, &looked(asker));
        self.judged(with(entry, Field::plain("whose", "their own")), &asker.judgement)
    }

    /// Somebody had people reminded of a request, or was refused to.
    pub(crate) fn nudged(
        &self,
        request: &TokenRequest,
        by: &SlackUserId,
        identity: &Identity,
        refused: Option<&NotNudged>,
    ) -> Entry {
        let actor = self.somebody(by, identity);
        let result = refused.map_or(DONE.to_owned(), |refused| format!("refused: {}", refused.name()));
        self.about(request, Action::RequestNudged, actor, &result)
    }

    /// The same of a request that there is not.
    pub(crate) fn nudged_nothing(&self, by: &SlackUserId, key: &Key, refused: &NotNudged) -> Entry {
        let subject = Subject { key: Some(key.to_string()), ..Subject::default() };
        let result = format!("refused: {}", refused.name());
        self.entry(Action::RequestNudged, Actor::slack_user(by, self.chance), subject, &result)
    }

    /// Somebody opened the app's home.
    pub(crate) fn home_opened(&self, by: &SlackUserId) -> Entry {
        self.entry(Action::HomeOpened, Actor::slack_user(by, self.chance), Subject::default(), DONE)
    }

    /// What somebody's home shows has changed: so many requests that they may decide, and so many tokens of theirs.
    pub(crate) fn home_shown(&self, to: &SlackUserId, requests: usize, tokens: usize) -> Entry {
        let actor = Actor::slack_user(to, self.chance);
        let entry = self.entry(Action::HomeShown, actor, Subject::default(), DONE);
        let entry = with(entry, Field::plain("requests", requests.to_string()));
        with(entry, Field::plain("tokens", tokens.to_string()))
    }

    fn somebody(&self, slack: &SlackUserId, identity: &Identity) -> Actor {
        match identity {
            Identity::Linked(person) => Actor::person(person, self.chance),
            Identity::Unlinked | Identity::Doubtful(_) => Actor::slack_user(slack, self.chance),
        }
    }

    /// Somebody looked at a token, or was refused to.
    pub(crate) fn token_shown(&self, token: &Token, asker: &Asker) -> Entry {
        let entry = self.about_token(token, Action::TokenShown, self.asker(asker), &looked(asker));
        self.judged(entry, &asker.judgement)
    }

    /// The same where the installation is suspended: who may know that the token is there hears so, and sees nothing.
    pub(crate) fn token_not_shown(&self, token: &Token, asker: &Asker) -> Entry {
        Entry { result: not_shown(asker), ..self.token_shown(token, asker) }
    }

    /// Somebody was shown tokens of an organization that they may revoke.
    pub(crate) fn revocation_offered(&self, offered: &Revocation, asker: &Asker, tokens: &[&Named]) -> Entry {
        let organization = tokens.first().map(|token| token.organization);
        let subject = Subject { organization, ..Subject::default() };
        let entry = self.entry(Action::TokenRevocationOffered, self.asker(asker), subject, &looked(asker));
        let entry = with(entry, Field::plain("revocation", offered.id.as_str()));
        let entry = with(entry, Field::plain("tokens", tokens.len().to_string()));
        let entry = with(entry, Field::personal("wanted", &offered.wanted, self.chance));
        self.judged(entry, &asker.judgement)
    }

    /// The same where the installation is suspended: who may revoke something there hears so, and is offered nothing.
    pub(crate) fn revocation_not_offered(&self, mirror: &Mirror, asker: &Asker, wanted: &str) -> Entry {
        let subject = Subject { organization: Some(mirror.organization), ..Subject::default() };
        let result = not_shown(asker);
        let entry = self.entry(Action::TokenRevocationOffered, self.asker(asker), subject, &result);
        self.judged(with(entry, Field::personal("wanted", wanted, self.chance)), &asker.judgement)
    }

    /// Whether somebody may have a token revoked, judged when that counts.
    pub(crate) fn revocation_judged(&self, revocation: &Revocation, asker: &Asker, token: &Named) -> Entry {
        let entry = self.about_named(token, Action::TokenRevoking, self.asker(asker), &looked(asker));
        let entry = with(entry, Field::plain("revocation", revocation.id.as_str()));
        let reason = revocation.asked.as_ref().and_then(|asked| asked.reason.as_ref());
        let reason = reason.map(|reason| Field::personal("reason", reason.as_str(), self.chance));
        self.judged(reason.into_iter().fold(entry, with), &asker.judgement)
    }

    /// A call to GitHub to revoke these tokens, which are of one organization.
    pub(crate) fn revocation_attempted(&self, revocation: &Revocation, tokens: &[Named]) -> Entry {
        let actor = Actor::slack_user(&revocation.by, self.chance);
        let entry = self.revocation_told(revocation, tokens, Action::TokenRevocationAttempted, actor, DONE);
        let grants: Vec<_> = tokens.iter().map(|token| token.grant.to_string()).collect();
        with(entry, Field::plain("grants", grants.join(" ")))
    }

    /// What GitHub answered to that.
    pub(crate) fn revocation_answered(
        &self,
        revocation: &Revocation,
        tokens: &[Named],
        answer: &Answer,
    ) -> Entry {
        let answer = answer_in_words(answer);
        self.revocation_told(revocation, tokens, Action::TokenRevocationAnswered, Actor::Service, &answer)
    }

    fn revocation_told(
        &self,
        revocation: &Revocation,
        tokens: &[Named],
        action: Action,
        actor: Actor,
        result: &str,
    ) -> Entry {
        let subject = match tokens {
            [one] => of_named(one),
            many => {
                Subject { organization: many.first().map(|token| token.organization), ..Subject::default() }
            }
        };
        let entry = self.entry(action, actor, subject, result);
        with(entry, Field::plain("revocation", revocation.id.as_str()))
    }

    /// How it ended for one token.
    pub(crate) fn revocation_ended(&self, revocation: &Revocation, ending: &Ending) -> Option<Entry> {
        let (action, result, cause) = match &ending.stage {
            Stage::Chosen | Stage::Behind(_) | Stage::Revoking(_) => return None,
            Stage::Gone { how: How::ByUs, .. } => (Action::TokenRevoked, DONE, None),
            Stage::Gone { how: How::Vanished, .. } => {
                (Action::TokenRevoked, "gone already, not by this", None)
            }
            Stage::Kept { cause } => (Action::TokenKept, "not revoked", Some(cause)),
        };
        let entry = self.about_named(&ending.token, action, Actor::Service, result);
        let entry = with(entry, Field::plain("revocation", revocation.id.as_str()));
        // GitHub's words, perhaps.
        let cause = cause.map(|cause| Field::personal("cause", cause, self.chance));
        Some(cause.into_iter().fold(entry, with))
    }

    /// A modal was opened for somebody, or refused to them.
    pub(crate) fn form_opened(&self, request: &TokenRequest, asker: &Asker, form: &'static str) -> Entry {
        let entry = self.about(request, Action::FormOpened, self.asker(asker), DONE);
        self.judged(with(entry, Field::plain("form", form)), &asker.judgement)
    }

    /// The organization of a waiting request is out of reach, or is back.
    pub(crate) fn paused(&self, request: &TokenRequest, cause: &str) -> Entry {
        let entry = self.about(request, Action::RequestPaused, Actor::Service, "out of reach");
        with(entry, Field::personal("cause", cause, self.chance))
    }

    pub(crate) fn seen_on_list(&self, request: &TokenRequest) -> Entry {
        self.about(request, Action::RequestSeen, Actor::Service, "GitHub lists it")
    }

    pub(crate) fn missing_from_list(&self, request: &TokenRequest) -> Entry {
        self.about(request, Action::RequestSeen, Actor::Service, "GitHub does not list it")
    }

    /// A decision made on GitHub's page, and what our policies say of it.
    pub(crate) fn compared(
        &self,
        request: &TokenRequest,
        elsewhere: Elsewhere<'_>,
        found: &Comparison,
    ) -> Entry {
        let actor = match elsewhere.by {
            Some((id, login)) => Actor::github_user(id, login, self.chance),
            None => Actor::Service,
        };
        let (result, detail) = match &found.compared {
            Compared::Within => ("within policy", None),
            Compared::Outside { why } => ("outside policy", Some(("why", why))),
            Compared::Unknown { cause } => ("could not be checked", Some(("cause", cause))),
        };
        let entry = self.about(request, Action::DecisionCompared, actor, result);
        let entry = with(entry, Field::plain("decision", verdict(elsewhere.verdict)));
        let entry = match detail {
            Some((name, words)) => with(entry, Field::personal(name, words, self.chance)),
            None => entry,
        };
        found.judgements.iter().fold(entry, |entry, judgement| self.judged(entry, judgement))
    }

    /// A button that this version does not offer.
    pub(crate) fn not_offered(&self, by: &SlackUserId, key: &Key) -> Entry {
        let subject = Subject { key: Some(key.to_string()), ..Subject::default() };
        self.entry(Action::ClickRefused, Actor::slack_user(by, self.chance), subject, "refused: not_offered")
    }

    pub(crate) fn pinned(&self, link: &Link) -> Entry {
        let fields = vec![
            Field::personal("login", link.login.as_str(), self.chance),
            Field::personal("github", link.github.to_string(), self.chance),
            Field::personal("slack", link.slack.as_str(), self.chance),
        ];
        Entry { fields, ..self.entry(Action::LinkPinned, Actor::Service, Subject::default(), DONE) }
    }

    /// Somebody got the address to link their accounts at.
    pub(crate) fn link_asked(&self, slack: &SlackUserId) -> Entry {
        self.entry(Action::LinkAsked, Actor::slack_user(slack, self.chance), Subject::default(), DONE)
    }

    pub(crate) fn linked(&self, person: &Person) -> Entry {
        self.entry(Action::LinkMade, Actor::person(person, self.chance), Subject::default(), DONE)
    }

    /// A try came to nothing; in the name of who had asked, whoever came.
    pub(crate) fn link_refused(&self, slack: &SlackUserId, why: NotLinked) -> Entry {
        let actor = Actor::slack_user(slack, self.chance);
        let result = format!("refused: {}", why.name());
        self.entry(Action::LinkRefused, actor, Subject::default(), &result)
    }

    pub(crate) fn unlinked(&self, person: &Person, was_not_me: bool) -> Entry {
        let result = if was_not_me { "they say that they did not make it" } else { DONE };
        self.entry(Action::LinkEnded, Actor::person(person, self.chance), Subject::default(), result)
    }

    pub(crate) fn machine_pinned(&self, machine: &PinnedMachine, owner: &Login) -> Entry {
        let fields = vec![
            Field::personal("login", machine.login.as_str(), self.chance),
            Field::personal("github", machine.github.to_string(), self.chance),
            Field::personal("owner", owner.as_str(), self.chance),
        ];
        Entry { fields, ..self.entry(Action::MachinePinned, Actor::Service, Subject::default(), DONE) }
    }

    /// An event about an installation; GitHub is asked what is true.
    pub(crate) fn installation_event(&self, event: &InstallationEvent) -> Entry {
        let fields = vec![
            Field::plain("event", event.action.name()),
            Field::plain("installation", event.installation.to_string()),
        ];
        let subject = Subject {
            organization: event.account.as_ref().map(|(organization, _)| *organization),
            ..Subject::default()
        };
        Entry {
            fields,
            ..self.entry(Action::InstallationChanged, Actor::Service, subject, "to be read again")
        }
    }

    /// A team's name in the configuration was tied to the team that has it.
    pub(crate) fn team_pinned(&self, pin: &TeamPin) -> Entry {
        let subject = Subject { organization: Some(pin.organization), ..Subject::default() };
        let fields = vec![
            Field::plain("team", format!("{}/{}", pin.name, pin.slug)),
            Field::plain("number", pin.team.to_string()),
        ];
        Entry { fields, ..self.entry(Action::TeamPinned, Actor::Service, subject, DONE) }
    }

    /// All who may approve by a source were read for the first time.
    pub(crate) fn source_first_read(&self, member: &Member, count: usize, groups: &[&str]) -> Entry {
        let entry = self.entry(Action::SourceFirstRead, Actor::Service, Subject::default(), DONE);
        with(Entry { fields: by_source(member, groups), ..entry }, Field::plain("members", count.to_string()))
    }

    /// Somebody was seen there for the first time since.
    pub(crate) fn member_seen(&self, member: &Member, id: &str, name: &str, groups: &[&str]) -> Entry {
        let entry = self.entry(Action::MemberSeen, Actor::Service, Subject::default(), DONE);
        let entry = Entry { fields: by_source(member, groups), ..entry };
        let entry = with(entry, Field::personal("member", id, self.chance));
        with(entry, Field::personal("name", name, self.chance))
    }

    /// What GitHub then said.
    pub(crate) fn installation_is(&self, installation: &Installation) -> Entry {
        let result = match installation.state {
            InstallationState::Active => "active",
            InstallationState::Suspended => "suspended",
            InstallationState::Removed => "removed",
        };
        let fields = vec![Field::plain("installation", installation.id.to_string())];
        let subject = Subject { organization: Some(installation.organization), ..Subject::default() };
        Entry { fields, ..self.entry(Action::InstallationChanged, Actor::Service, subject, result) }
    }

    /// The service began to serve, with this set of policies.
    pub(crate) fn started(&self, policies: &str) -> Entry {
        let fields =
            vec![Field::plain("version", env!("CARGO_PKG_VERSION")), Field::plain("policies", policies)];
        Entry { fields, ..self.entry(Action::ServiceStarted, Actor::Service, Subject::default(), DONE) }
    }

    /// Other rules came into force than those of the start.
    pub(crate) fn reloaded(&self, before: &Rules, after: &Rules) -> Entry {
        let fields = vec![
            Field::plain("policies_before", before.policy.hash()),
            Field::plain("policies", after.policy.hash()),
            Field::plain("rules_before", before.digest.as_str()),
            Field::plain("rules", after.digest.as_str()),
        ];
        Entry { fields, ..self.entry(Action::RulesReloaded, Actor::Service, Subject::default(), DONE) }
    }

    pub(crate) fn slack_pinned(&self, pinned: &PinnedSlack) -> Entry {
        let id = |id: Option<&str>| id.unwrap_or("none").to_owned();
        let fields = vec![
            Field::plain("app", pinned.app.as_str()),
            Field::plain("team", id(pinned.team.as_ref().map(|team| team.as_str()))),
            Field::plain("enterprise", id(pinned.enterprise.as_ref().map(|enterprise| enterprise.as_str()))),
        ];
        Entry {
            fields,
            ..self.entry(Action::SlackInstallationPinned, Actor::Service, Subject::default(), DONE)
        }
    }

    fn about(&self, request: &TokenRequest, action: Action, actor: Actor, result: &str) -> Entry {
        let subject = Subject {
            organization: Some(request.organization),
            request: Some(request.id),
            token: request.facts.token,
            key: Some(request.key.to_string()),
            ..Subject::default()
        };
        let fields = vec![Field::plain("revision", request.revision().as_str())];
        Entry { fields, ..self.entry(action, actor, subject, result) }
    }

    fn about_token(&self, token: &Token, action: Action, actor: Actor, result: &str) -> Entry {
        self.about_named(&token.named(), action, actor, result)
    }

    fn about_named(&self, token: &Named, action: Action, actor: Actor, result: &str) -> Entry {
        let fields = vec![Field::personal("owner", token.owner.login.as_str(), self.chance)];
        Entry { fields, ..self.entry(action, actor, of_named(token), result) }
    }

    fn entry(&self, action: Action, actor: Actor, subject: Subject, result: &str) -> Entry {
        Entry {
            at: self.at,
            action,
            actor,
            subject,
            result: result.to_owned(),
            policies: vec![],
            fields: vec![],
        }
    }

    fn asker(&self, asker: &Asker) -> Actor {
        match &asker.identity {
            Identity::Linked(person) => Actor::person(person, self.chance),
            Identity::Unlinked | Identity::Doubtful(_) => Actor::slack_user(&asker.slack, self.chance),
        }
    }

    fn voter(&self, vote: &Vote) -> Actor {
        Actor::Person {
            slack: self.personal(vote.slack.as_str()),
            github: self.personal(&vote.github.to_string()),
            login: self.personal(vote.login.as_str()),
        }
    }

    /// Adds to an entry by which policies and on which facts it was judged. Facts name people, so they can be
    /// forgotten.
    fn judged(&self, entry: Entry, judgement: &Judgement) -> Entry {
        let facts = judgement.facts.iter();
        let facts = facts.map(|(name, value)| Field::personal(format!("fact.{name}"), value, self.chance));
        let fields = entry.fields.into_iter().chain(facts).collect();
        let policies = entry.policies.iter().chain(&judgement.policies).cloned().collect();
        Entry { policies, fields, ..entry }
    }

    fn personal(&self, value: &str) -> crate::audit::Personal {
        crate::audit::Personal::new(value, self.chance)
    }
}

fn of_named(token: &Named) -> Subject {
    Subject {
        organization: Some(token.organization),
        grant: Some(token.grant),
        token: token.token,
        key: Some(token.key.to_string()),
        ..Subject::default()
    }
}

fn answer_in_words(answer: &Answer) -> String {
    match answer {
        Answer::Confirmed => "confirmed".to_owned(),
        Answer::Refused { status, .. } => format!("refused: {status}"),
        Answer::NotTaken { status, .. } => format!("not taken: {status}"),
        Answer::StillListed => "not answered, and still listed".to_owned(),
        Answer::Unclear { .. } => "unclear".to_owned(),
    }
}

fn by_source(member: &Member, groups: &[&str]) -> Vec<Field> {
    vec![Field::plain("source", member.to_string()), Field::plain("groups", groups.join(" "))]
}

/// What came of a look.
fn looked(asker: &Asker) -> String {
    match &asker.judgement.refusal {
        Some(refusal) => format!("refused: {}", refusal.name()),
        None => DONE.to_owned(),
    }
}

/// The same where the installation is suspended, and nothing is shown to anybody.
fn not_shown(asker: &Asker) -> String {
    match &asker.judgement.refusal {
        Some(_) => looked(asker),
        None => "nothing shown: suspended".to_owned(),
    }
}

/// The entry with a further detail.
fn with(mut entry: Entry, field: Field) -> Entry {
    entry.fields.push(field);
    entry
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "approve",
        Verdict::Deny => "deny",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "approved",
        Outcome::Denied => "denied",
        Outcome::Cancelled => "cancelled",
        Outcome::Superseded => "superseded",
        Outcome::Gone => "gone",
    }
}
