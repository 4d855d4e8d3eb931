//! The review, step by step: what `jobs/review.rs` does between two commits or calls.

use chrono::{DateTime, Utc};

use super::apply::{not_taken, on};
use super::machine::Machine;
use super::rule::Rule;
use super::run::{Flight, Hold, Job, Run, Stage};
use super::stored::Content;
use super::world::{Access, GONE_AFTER, TICK, World};
use super::wrong::Wrong;
use crate::request::samples::noon;
use crate::request::{Answer, Decider, Deciding, Delay, Learned, Next, Note, Outcome, State, Step};

pub(super) const CAUSE: &str = "GitHub says 403";

impl Machine {
    /// An idle replica leases the job and reads the list. What follows from absence or a 403 needs nothing else; with
    /// what the list shows the run goes on later.
    pub(super) fn start(&self, world: &mut World) {
        let Some(replica) = world.replicas.iter().position(Option::is_none) else { return };
        for run in world.replicas.iter_mut().flatten() {
            run.hold = Hold::TakenOver;
        }
        world.review = Job::Leased { again: false };
        let before_deadline = world
            .deciding()
            .is_some_and(|deciding| deciding.attempts.iter().any(|attempt| attempt.deadline > noon()));
        let stage = Stage::Listed { content: world.github.content, before_deadline };
        world.replicas[replica] = Some(Run { hold: Hold::Held, is_fresh: true, stage });
        let is_absent = world.github.end.is_some();
        if world.deciding().is_none() {
            return world.done(replica);
        }
        match world.github.access {
            Access::Nothing if self.is_wrong(Wrong::ForbiddenIsAbsence) => self.absent(world, replica),
            Access::Nothing => self.blocked(world, replica),
            Access::Full | Access::ReadOnly if is_absent => self.absent(world, replica),
            Access::Full | Access::ReadOnly => {}
        }
    }

    /// A complete listing without the request.
    fn absent(&self, world: &mut World, replica: usize) {
        let is_granted = world.github.end.is_some_and(|end| end.outcome == Outcome::Approved);
        let step = on(world, |request| request.absent(is_granted, noon(), GONE_AFTER));
        let is_over = step.as_ref().is_some_and(|step| matches!(step.request.state, State::Settled(_)));
        match step {
            Some(_) if is_over => self.last(world, replica, step),
            Some(step) => {
                if self.commit(world, replica, step) {
                    self.retry(world, replica, Delay::Unlisted);
                }
            }
            None => self.retry(world, replica, Delay::Unlisted),
        }
    }

    pub(super) fn step(&self, world: &mut World, replica: usize) {
        let Some(run) = world.replicas[replica].clone() else { return };
        match run.stage {
            Stage::Listed { content, before_deadline } => {
                // "Now" is taken before the list is read.
                let is_early = before_deadline && !self.is_wrong(Wrong::ListReadTooEarly);
                let read_at = if is_early { noon() - TICK * 10 } else { noon() };
                self.go_on(world, replica, content, read_at);
            }
            Stage::Recorded { flight, is_late } => self.send(world, replica, flight, is_late),
            Stage::Replied { flight, answer } => self.learn(world, replica, &flight, answer),
            Stage::Sent(_) => {}
        }
    }

    /// The list shows the request.
    fn go_on(&self, world: &mut World, replica: usize, content: Content, read_at: DateTime<Utc>) {
        let Some(deciding) = world.deciding() else { return world.again(replica) };
        let next = match deciding.next() {
            Next::Find if self.is_wrong(Wrong::SendsAgainUnseen) => Next::Send,
            next => next,
        };
        match next {
            Next::Ask => {
                let step = on(world, |request| request.still_listed(read_at));
                self.last(world, replica, step);
            }
            Next::Find => match on(world, |request| request.still_listed(read_at)) {
                Some(step) => self.did_not_arrive(world, replica, step),
                None => self.retry(world, replica, Delay::Silence),
            },
            Next::Send => match on(world, |request| request.told(self.facts(content))) {
                Some(step)
                    if !matches!(step.request.state, State::Deciding(_))
                        && !self.is_wrong(Wrong::ContentNotCompared) =>
                {
                    self.last(world, replica, Some(step));
                }
                Some(_) | None => self.record(world, replica, content),
            },
        }
    }

    fn did_not_arrive(&self, world: &mut World, replica: usize, step: Step) {
        if !self.commit(world, replica, step) {
            return;
        }
        if world.on_the_wire() > 0 || world.github.end.is_some_and(|end| end.is_ours) {
            world.break_rule(Rule::GivenUpTooEarly);
        }
        world.again(replica);
    }

    /// The attempt is committed before anything is sent.
    fn record(&self, world: &mut World, replica: usize, listed: Content) {
        let Some(step) = on(world, |request| request.attempted(noon(), noon() + TICK)) else { return };
        if !self.commit(world, replica, step) {
            return;
        }
        if world.voted_on != Some(listed) {
            world.break_rule(Rule::OtherContent);
        }
        let Some(decided) = world.deciding().cloned() else { return };
        let flight = Flight::new(Deciding { attempts: vec![], made: 0, ..decided });
        if let Some(run) = &mut world.replicas[replica] {
            run.stage = Stage::Recorded { flight, is_late: false };
        }
    }

    fn send(&self, world: &mut World, replica: usize, flight: Flight, is_late: bool) {
        let is_sent = !is_late || self.is_wrong(Wrong::SendsAfterDeadline);
        if is_sent && world.on_the_wire() > 0 {
            world.break_rule(Rule::TwoAtOnce);
        }
        if let Some(run) = &mut world.replicas[replica] {
            run.stage = match is_sent {
                true => Stage::Sent(flight),
                false => Stage::Replied { flight, answer: not_taken(0) },
            };
        }
    }

    /// The answer is GitHub's word and applied to the request as it then stands, as `review::keep` does.
    fn learn(&self, world: &mut World, replica: usize, flight: &Flight, answer: Answer) {
        let answer = match answer {
            Answer::Unclear { .. } if self.is_wrong(Wrong::UnclearIsYes) => Answer::Confirmed,
            answer => answer,
        };
        if let Some(run) = &mut world.replicas[replica] {
            run.is_fresh = true;
        }
        let step = match on(world, |request| request.answered(answer.clone(), noon())) {
            Some(step) => Some(step),
            None if answer == Answer::Confirmed => match world.request.get().confirmed_late(flight, noon()) {
                Learned::Settled(step) | Learned::Refined(step) | Learned::Contradicted(step) => Some(*step),
                Learned::Known => None,
            },
            None => None,
        };
        let is_anothers = world
            .deciding()
            .is_some_and(|recorded| recorded.by != flight.by || recorded.verdict != flight.verdict);
        let step = step.unwrap_or_else(|| Step::quiet(world.request.get()));
        if !self.commit_late(world, replica, step) {
            return;
        }
        if is_anothers {
            world.break_rule(Rule::AnswerToAnother);
        }
        match answer {
            Answer::Confirmed => world.done(replica),
            Answer::Refused { .. } | Answer::StillListed => world.again(replica),
            Answer::NotTaken { status: 403, .. } => self.blocked(world, replica),
            Answer::Unclear { .. } | Answer::NotTaken { .. } => self.retry(world, replica, Delay::Silence),
        }
    }

    fn blocked(&self, world: &mut World, replica: usize) {
        if self.is_wrong(Wrong::BlockedIsDropped) {
            return world.done(replica);
        }
        if let Some(mut step) = on(world, |request| request.blocked(CAUSE, noon())) {
            if self.is_wrong(Wrong::BlockedUndrawn) {
                step.effects.clear();
            }
            if !self.commit(world, replica, step) {
                return;
            }
        }
        self.retry(world, replica, Delay::Silence);
    }

    /// The job comes again, and says that it is slow: at the earliest here.
    fn retry(&self, world: &mut World, replica: usize, delay: Delay) {
        if let Some(step) = on(world, |request| request.slow(delay, noon()))
            && !self.commit(world, replica, step)
        {
            return;
        }
        world.again(replica);
    }

    pub(super) fn right_lapses(&self, world: &mut World, replica: usize) {
        let Some(deciding) = world.deciding() else { return };
        if deciding.next() != Next::Send {
            return;
        }
        let note = match &deciding.by {
            Decider::Voter(vote) => Note::RightLapsed { login: vote.login.clone() },
            Decider::Rule(ruled) => Note::RuleLapsed { rule: ruled.rule.clone() },
        };
        world.troubles_left -= 1;
        let step = world.request.get().back_to_people(note);
        self.last(world, replica, Some(step));
    }

    /// The commit that ends a run.
    fn last(&self, world: &mut World, replica: usize, step: Option<Step>) {
        if step.is_none_or(|step| self.commit_late(world, replica, step)) {
            world.done(replica);
        }
    }
}
