//! The review, step by step: what `jobs/review.rs` does between two commits or calls.

use chrono::{DateTime, Utc};

use super::apply::{not_taken, on};
use super::brake::Read;
use super::machine::Machine;
use super::rule::Rule;
use super::run::{Flight, Hold, Job, Run, Stage};
use super::stored::Content;
use super::world::{Access, GONE_AFTER, TICK, World};
use super::wrong::Wrong;
use crate::request::samples::noon;
use crate::request::{
    Answer, Blocked, Decider, Deciding, Delay, Learned, Lifts, Next, Note, Outcome, State, Step,
    TokenRequest, Verdict,
};

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
        let brake = world.brake.read();
        let stage = Stage::Listed { content: world.github.content, before_deadline, brake };
        world.replicas[replica] = Some(Run { hold: Hold::Held, is_fresh: true, stage });
        if !brake.is_frozen
            && let Some(step) = on(world, TokenRequest::released)
        {
            self.commit(world, replica, step);
            return world.again(replica);
        }
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
            Stage::Listed { content, before_deadline, brake } => {
                // "Now" is taken before the list is read.
                let is_early = before_deadline && !self.is_wrong(Wrong::ListReadTooEarly);
                let read_at = if is_early { noon() - TICK * 10 } else { noon() };
                self.go_on(world, replica, (content, brake), read_at);
            }
            Stage::Recorded { flight, is_late } => self.send(world, replica, flight, is_late),
            Stage::Replied { flight, answer } => self.learn(world, replica, &flight, answer),
            Stage::Sent(_) => {}
        }
    }

    /// The list shows the request.
    fn go_on(
        &self,
        world: &mut World,
        replica: usize,
        (content, brake): (Content, Read),
        read_at: DateTime<Utc>,
    ) {
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
                Some(_) | None if brake.is_frozen && self.is_to_wait(deciding) => {
                    self.hold_back(world, replica)
                }
                Some(_) | None => self.record(world, replica, content, brake),
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

    /// Whether a decision waits for the end of a freeze, as far as was read before.
    fn is_to_wait(&self, deciding: &Deciding) -> bool {
        let looks = !self.is_wrong(Wrong::AttemptsWhileFrozen);
        (deciding.waits_while_frozen() && looks) || self.is_wrong(Wrong::HoldsBackEverything)
    }

    /// Everything is frozen: the decision waits, and its card says so.
    fn hold_back(&self, world: &mut World, replica: usize) {
        if self.is_wrong(Wrong::HeldBackIsForgotten) {
            return world.done(replica);
        }
        if let Some(step) = on(world, |request| request.blocked(Blocked::BY_FREEZE, noon()))
            && !self.commit(world, replica, step)
        {
            return;
        }
        world.again(replica);
    }

    /// The attempt is committed before anything is sent, with rights that were judged since the last freeze; and the
    /// commit looks at the brake once more.
    fn record(&self, world: &mut World, replica: usize, listed: Content, brake: Read) {
        let Some(deciding) = world.deciding() else { return };
        let waits = deciding.waits_while_frozen();
        let is_outdated = brake.told().outdates(deciding.judged_at) && !self.is_wrong(Wrong::TrustsOldRights);
        let held = Step::quiet(world.request.get());
        let held = if is_outdated { held.then(|request| request.judged_again(noon())) } else { held };
        let step = held.then(|request| request.attempted(noon(), noon() + TICK));
        let guards = [Wrong::AttemptsWhileFrozen, Wrong::AttemptsOnWhatWasRead];
        if waits && self.is_kept_out(world, brake.lifts, guards) {
            return world.again(replica);
        }
        if !self.commit(world, replica, step) {
            return;
        }
        let judged = if is_outdated { brake.lifts } else { world.brake.judged_at };
        self.judged(world, judged, waits);
        if world.voted_on != Some(listed) {
            world.break_rule(Rule::OtherContent);
        }
        if !self.have_all_agreed(world, listed) {
            world.break_rule(Rule::TooFewAgreed);
        }
        let Some(decided) = world.deciding().cloned() else { return };
        let flight = Flight::new(Deciding { attempts: vec![], made: 0, ..decided });
        if let Some(run) = &mut world.replicas[replica] {
            run.stage = Stage::Recorded { flight, is_late: false };
        }
    }

    /// Whether as many as have to agree have clicked to approve this content, and did not think better of it.
    fn have_all_agreed(&self, world: &World, listed: Content) -> bool {
        let agreed = world.approvals.iter().filter(|shown| **shown == Some(listed)).count();
        let is_of_people = world
            .deciding()
            .is_some_and(|deciding| deciding.verdict == Verdict::Approve && deciding.by.vote().is_some());
        !is_of_people || agreed >= self.needs.approvals() as usize
    }

    /// What a freeze is to keep out goes on, by rights that were judged at that count.
    pub(super) fn judged(&self, world: &mut World, judged: Lifts, waits: bool) {
        if waits && world.brake.is_frozen {
            world.break_rule(Rule::DoneWhileFrozen);
        }
        if waits && judged != world.brake.lifts {
            world.break_rule(Rule::JudgedBeforeFreeze);
        }
        world.brake.judged_at = judged;
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
