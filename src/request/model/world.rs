//! Everything the model knows at one moment: GitHub, what we have stored, the work that is owed, and who works on it.

use chrono::{DateTime, TimeDelta, Utc};

use super::brake::Brake;
use super::rule::Rule;
use super::run::{Flight, Hold, Job, Run, Stage};
use super::stored::{Content, Stored};
use crate::request::samples::{noon, pending};
use crate::request::{
    Answer, Arrival, Deciding, Effect, Ending, Enrichment, Facts, Note, Outcome, State, Step, TokenRequest,
    Verdict,
};

/// Attempts live for one tick and leases outlast them. The clock itself stands at noon: at a tick everything stored
/// moves into the past instead, and what is past for good looks the same from then on.
pub(super) const TICK: TimeDelta = TimeDelta::seconds(10);

/// Absence counts once it has lasted two ticks.
pub(super) const GONE_AFTER: TimeDelta = TimeDelta::seconds(20);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) github: GitHub,
    /// Whether anything of the request has come here; what is stored of one that has not is nothing.
    pub(super) is_known: bool,
    pub(super) request: Stored,
    pub(super) review: Job,
    pub(super) replicas: [Option<Run>; 2],
    /// Reviews on the wire whose sender has died.
    pub(super) orphans: Vec<Flight>,
    /// The content that the votes now counted were given for.
    pub(super) voted_on: Option<Content>,
    /// For which content Alice's and Bob's approvals stand, by what they clicked since people were asked last.
    pub(super) approvals: [Option<Content>; 2],
    pub(super) brake: Brake,
    /// The content that rules were asked about last.
    pub(super) asked_about: Option<Content>,
    /// Whether people have ever begun to decide.
    pub(super) is_begun: bool,
    pub(super) clicks_left: u8,
    pub(super) troubles_left: u8,
    pub(super) broken: Option<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct GitHub {
    pub(super) content: Content,
    pub(super) changes_left: u8,
    pub(super) end: Option<End>,
    pub(super) access: Access,
    /// Whether a newer request asks for the same token.
    pub(super) has_newer: bool,
}

/// How the request ended in truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct End {
    pub(super) outcome: Outcome,
    /// Whether a review of ours did it.
    pub(super) is_ours: bool,
}

/// What GitHub lets our App do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Access {
    Full,
    /// 403 to reviews; the list may be read.
    ReadOnly,
    /// 403 to everything.
    Nothing,
}

impl World {
    pub(super) fn break_rule(&mut self, rule: Rule) {
        self.broken.get_or_insert(rule);
    }

    pub(super) fn deciding(&self) -> Option<&Deciding> {
        match &self.request.state {
            State::Deciding(deciding) => Some(deciding),
            State::Pending { .. } | State::Settled(_) => None,
        }
    }

    /// How the request ended, as far as is known here.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        match &self.request.state {
            State::Settled(settled) => Some(settled.outcome),
            State::Pending { .. } | State::Deciding(_) => None,
        }
    }

    /// How many of our reviews GitHub may yet read.
    pub(super) fn on_the_wire(&self) -> usize {
        let sent = self.replicas.iter().flatten().filter(|run| matches!(run.stage, Stage::Sent(_)));
        sent.count() + self.orphans.len()
    }

    /// The request comes here for the first time, as `App::new_request` and reconciliation take it in.
    pub(super) fn begin(&mut self, facts: Facts) {
        self.is_known = true;
        let ruling = self.request.ruling.clone();
        self.request = Stored::new(TokenRequest { facts, ruling, ..pending() });
    }

    /// Its end comes first.
    pub(super) fn end_unasked(&mut self, ending: Ending) {
        let TokenRequest { organization, id, key, installation, facts, .. } = pending();
        let arrival = Arrival { organization, id, installation, facts, has_rules: false };
        let ended = TokenRequest::ended_unasked(arrival, ending, key, noon());
        self.is_known = true;
        self.request = Stored::new(TokenRequest { enrichment: Enrichment::Complete, ..ended.request });
    }

    /// Stores a transition and the work that it causes, as `App::change_for` and the writer do, and looks at what
    /// every transition has to obey.
    pub(super) fn commit(&mut self, step: Step) {
        for rule in Rule::broken_by(&self.request, &step) {
            self.break_rule(rule);
        }
        if step.effects.contains(&Effect::Review) {
            self.review.ask();
        }
        let is_with_people_again =
            self.deciding().is_some() && matches!(step.request.state, State::Pending { .. });
        self.request = Stored::new(step.request);
        self.is_begun |= self.request.is_begun_by_people();
        for run in self.replicas.iter_mut().flatten() {
            run.is_fresh = false;
        }
        if has_no_votes(&self.request.state) {
            self.voted_on = None;
        }
        let content = Content::of(&self.request.facts);
        let is_void = is_with_people_again || self.outcome().is_some();
        for approval in &mut self.approvals {
            *approval = approval.filter(|shown| !is_void && *shown == content);
        }
    }

    /// The run on `replica` is over and its work done, if the lease is still its own.
    pub(super) fn done(&mut self, replica: usize) {
        let Some(run) = self.replicas[replica].take() else { return };
        match run.hold {
            Hold::Held => self.review.done(),
            Hold::RanOut => self.review = Job::None,
            Hold::TakenOver => {}
        }
    }

    /// The run is over and comes back later.
    pub(super) fn again(&mut self, replica: usize) {
        let Some(run) = self.replicas[replica].take() else { return };
        if run.hold != Hold::TakenOver {
            self.review = Job::Waits;
        }
    }

    /// Time passes: attempts run out of it, and nothing of them is on the wire any more.
    pub(super) fn tick(&mut self) {
        self.request.change(age);
        self.orphans.clear();
        for run in self.replicas.iter_mut().flatten() {
            match &mut run.stage {
                Stage::Recorded { is_late, .. } => *is_late = true,
                Stage::Sent(flight) => {
                    run.stage = Stage::Replied { flight: flight.clone(), answer: unclear() };
                }
                Stage::Listed { .. } | Stage::Replied { .. } => {}
            }
        }
    }

    /// Everything that is only history is made equal, so that equal futures are equal worlds: replicas have no names,
    /// and of the attempts before the last those matter that may still be under way or may yet turn out to have
    /// arrived (transitions ask for the last, and whether any is so).
    pub(super) fn forget_history(&mut self) {
        if self.deciding().is_some_and(|deciding| deciding.made > 0) {
            self.request.change(|state| {
                let State::Deciding(deciding) = state else { return };
                deciding.made = 0;
                let last = deciding.attempts.pop();
                deciding.attempts.retain(|one| one.is_without_answer() || one.deadline > noon());
                deciding.attempts.dedup();
                deciding.attempts.extend(last);
            });
        }
        if self.deciding().is_none() {
            self.brake.forget();
        }
        if self.github.end.is_some() {
            self.github.changes_left = 0;
        }
        self.replicas.sort_by_key(|run| run.as_ref().map(|run| run.hold));
    }
}

fn has_no_votes(state: &State) -> bool {
    match state {
        State::Pending { votes, .. } => votes.is_empty(),
        State::Deciding(_) => false,
        State::Settled(_) => true,
    }
}

fn age(state: &mut State) {
    let older = |at: DateTime<Utc>, oldest: TimeDelta| (at - TICK).max(noon() - oldest);
    match state {
        State::Pending { note: Some(Note::NotListed { since }), .. } => *since = older(*since, GONE_AFTER),
        State::Pending { .. } | State::Settled(_) => {}
        State::Deciding(deciding) => {
            deciding.absent_since = deciding.absent_since.map(|since| older(since, GONE_AFTER));
            for attempt in &mut deciding.attempts {
                attempt.deadline = older(attempt.deadline, TimeDelta::zero());
            }
        }
    }
}

pub(super) fn unclear() -> Answer {
    Answer::Unclear { cause: String::new() }
}

pub(super) fn outcome(verdict: Verdict) -> Outcome {
    verdict.into()
}
