//! What was committed is told: one log line for each entry of the record, when it is true and not before.
//!
//! A line holds our own words and the ids of things. Names of people and what they typed stay in the record, where
//! they can be forgotten.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Change, Counted};
use crate::audit::{Action, Entry, Subject};
use crate::ids::{OrganizationId, RequestId};
use crate::request::{Outcome, State, TokenRequest};

/// The lines of one change, kept until it is committed.
pub(super) struct Story {
    lines: Vec<Line>,
    keys: HashMap<(OrganizationId, RequestId), String>,
    /// How long people waited for the decisions that this change settles.
    waits: Vec<TimeDelta>,
    counts: Vec<Counted>,
}

/// What an entry says of nobody in particular.
struct Line {
    action: Action,
    actor: &'static str,
    subject: Subject,
    result: String,
    policies: Option<String>,
}

impl From<&Entry> for Line {
    fn from(entry: &Entry) -> Self {
        Self {
            action: entry.action.clone(),
            actor: entry.actor.kind(),
            subject: entry.subject.clone(),
            result: entry.result.clone(),
            policies: (!entry.policies.is_empty()).then(|| entry.policies.join(" ")),
        }
    }
}

impl Story {
    pub(super) fn of(change: &Change) -> Self {
        let requests = change.requests.iter();
        let keys = requests.map(|request| ((request.organization, request.id), request.key.to_string()));
        let settles = change.entries.iter().any(|entry| entry.action == Action::RequestSettled);
        let counts = change.counts.clone();
        let waits = change.requests.iter().filter(|_| settles).filter_map(waited).collect();
        Self { lines: change.entries.iter().map(Line::from).collect(), keys: keys.collect(), waits, counts }
    }

    /// To be called once the change is committed.
    pub(super) fn tell(&self) {
        self.lines.iter().for_each(|line| self.say(line));
        for wait in &self.waits {
            let seconds = wait.as_seconds_f64().max(0.0);
            metrics::histogram!("countersign_decision_seconds").record(seconds);
        }
        self.counts.iter().for_each(Counted::count);
    }

    fn say(&self, line: &Line) {
        let Line { action, actor, subject, result, policies } = line;
        let named = || Some(self.keys.get(&(subject.organization?, subject.request?))?.as_str());
        tracing::info!(
            request = subject.key.as_deref().or_else(named),
            request_id = subject.request.map(|id| id.0),
            organization_id = subject.organization.map(|id| id.0),
            action = action.name(),
            actor,
            result,
            policies,
            "{}: {result}",
            words(action),
        );
    }
}

/// From when it was asked for until GitHub confirmed a decision; nothing for ends without one, or without a wait.
fn waited(request: &TokenRequest) -> Option<TimeDelta> {
    let State::Settled(settlement) = &request.state else { return None };
    let asked: DateTime<Utc> = request.facts.created_at.unwrap_or(request.received_at);
    match settlement.outcome {
        // A request that is new with this commit was over before it was heard of.
        Outcome::Approved | Outcome::Denied if request.version > 0 => Some(settlement.at - asked),
        Outcome::Approved | Outcome::Denied | Outcome::Cancelled | Outcome::Superseded | Outcome::Gone => {
            None
        }
    }
}

/// What an entry says, for who reads the log.
fn words(action: &Action) -> &'static str {
    match action {
        Action::RequestReceived => "a token request arrived",
        Action::RequestTold => "GitHub told how a request ended",
        Action::RequestEnriched => "GitHub's list was asked for the rest of a request",
        Action::RequestChanged => "a request's content changed",
        Action::RequestSuperseded => "a newer request took a request's place",
        Action::RequestSettled => "a request is settled",
        Action::RequestPaused => "a request's organization is out of reach",
        Action::RequestSeen => "GitHub's list was read for a waiting request",
        Action::RequestRefined => "more became known about a request's end",
        Action::RequestContradicted => "GitHub contradicts what was known of a request's end",
        Action::VoteAccepted => "a vote was accepted",
        Action::VoteLapsed => "an earlier vote does not count any more",
        Action::RulesAsked => "rules were asked to decide a request",
        Action::VoteWithdrawn => "a vote was taken back",
        Action::CheckAsked => "somebody had GitHub looked at",
        Action::FormOpened => "a form to decide in was opened",
        Action::ClickRefused => "a click was refused",
        Action::DecisionMade => "a request was decided; GitHub is going to be told",
        Action::DecisionCompared => "a decision made on GitHub's page was compared with the policies",
        Action::DecisionReturned => "a decision went back to people",
        Action::DecisionBlocked => "a decision can't reach GitHub until somebody mends the cause",
        Action::DecisionResumed => "a blocked decision goes on",
        Action::ReviewAttempted => "GitHub is told the decision",
        Action::ReviewAnswered => "GitHub's answer to a decision",
        Action::LinkPinned => "a login was tied to its GitHub account",
        Action::LinkAsked => "somebody asked to link their accounts",
        Action::LinkMade => "somebody linked their accounts",
        Action::LinkRefused => "accounts were not linked",
        Action::LinkEnded => "a link was ended",
        Action::MachinePinned => "a machine account was tied to its number",
        Action::TeamPinned => "a name of a team was tied to its GitHub team",
        Action::SourceFirstRead => "who may approve by a group was read for the first time",
        Action::MemberSeen => "somebody is new among those who may approve",
        Action::InstallationChanged => "an installation of the GitHub App",
        Action::SlackInstallationPinned => "the Slack installation to serve was fixed",
        Action::CardsAsked => "somebody had collected requests shown one by one",
        Action::RequestNudged => "those who can decide a request were to be reminded",
        Action::DetailsShown => "a request's details were asked for",
        Action::HomeOpened => "somebody opened the app's home",
        Action::HomeShown => "the app's home was published for somebody",
        Action::TokensListed => "tokens were asked for",
        Action::TokensExported => "tokens were asked for as a file",
        Action::TokenShown => "a token was asked for",
        Action::TokenAppeared => "a token appeared",
        Action::TokenGone => "a token is gone",
        Action::TokenRevocationOffered => "tokens were offered to be revoked",
        Action::TokenRevoking => "a token was to be revoked",
        Action::TokenRevocationAttempted => "GitHub is told to revoke tokens",
        Action::TokenRevocationAnswered => "GitHub's answer to a revocation",
        Action::TokenRevoked => "a token that was to be revoked is gone",
        Action::TokenKept => "a token that was to be revoked stays",
        Action::CommandUsed => "a command was used",
        Action::FreezeOn => "everything was to be frozen",
        Action::FreezeOff => "a freeze was to be lifted",
        Action::JobGivenUp => "a job was given up",
        Action::JobRetried => "an operator had a job done again",
        Action::JobDropped => "an operator took a job away",
        Action::ServiceStarted => "the service started",
        Action::RulesReloaded => "other rules came into force",
        Action::Later(_) => "something that a later release does",
    }
}
