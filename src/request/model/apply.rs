//! What each move does to the world. Whatever is decided is decided by the real transitions.

use std::collections::HashSet;

use super::machine::{Approver, Machine, Move, Wish};
use super::rule::Rule;
use super::run::{Flight, Hold, Job, Run, Stage};
use super::stored::Content;
use super::world::{Access, End, World, outcome, unclear};
use super::wrong::Wrong;
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::policy::Approval;
use crate::request::samples::{noon, pending, vote};
use crate::request::{
    Answer, By, Effect, Ending, Enough, Learned, Lifts, Note, Outcome, State, Step, Theirs, TokenRequest,
    Verdict, Vote,
};

impl Machine {
    pub(super) fn apply(&self, world: &mut World, action: Move) {
        match action {
            Move::Click(who, Wish::Vote(verdict), content) => {
                self.vote(world, who, verdict, (content, world.brake.lifts));
            }
            Move::LateApproval(who, content) => {
                if let Some(before) = world.brake.before() {
                    self.vote(world, who, Verdict::Approve, (content, before));
                }
            }
            Move::Freeze => world.brake.freeze(),
            Move::Lift => self.lift(world),
            Move::Click(who, Wish::Withdraw, _) => self.withdraw(world, who),
            Move::Owner(verdict) => end(world, outcome(verdict)),
            Move::Cancel => end(world, Outcome::Cancelled),
            Move::ChangeContent => {
                world.github.changes_left -= 1;
                world.github.content = world.github.content.other();
            }
            Move::Newer { is_end } => {
                world.github.changes_left -= 1;
                world.github.has_newer = true;
                if is_end {
                    end(world, Outcome::Superseded);
                }
            }
            Move::DeliverNewer => self.deliver_newer(world),
            Move::DeliverCreated => self.deliver_created(world),
            Move::DeliverEnd => deliver_end(world),
            Move::Enrich => self.enrich(world),
            Move::Check => self.check(world),
            Move::AskRules(verdict) => self.ask_rules(world, verdict),
            Move::Forbid(access) => {
                world.troubles_left -= 1;
                world.github.access = access;
            }
            Move::Allow => world.github.access = Access::Full,
            Move::Start => self.start(world),
            Move::Step(replica) => self.step(world, replica),
            Move::RightLapses(replica) => self.right_lapses(world, replica),
            Move::Arrive { replica, is_answered } => arrive(world, replica, is_answered),
            Move::ArriveOrphan(place) => {
                let flight = world.orphans.remove(place);
                carry_out(world, &flight);
            }
            Move::Lose(replica) => {
                world.troubles_left -= 1;
                replied(world, replica, unclear());
            }
            Move::Refuse(replica) => {
                world.troubles_left -= 1;
                replied(world, replica, refused());
            }
            Move::Crash(replica) => crash(world, replica),
            Move::Stall(replica) => stall(world, replica),
            Move::Renew(replica) => renew(world, replica),
            Move::Tick => {
                let late = world.replicas.iter().flatten().filter(|run| run.is_on_the_clock()).count();
                world.troubles_left = world.troubles_left.saturating_sub(late as u8);
                world.tick();
            }
        }
    }

    /// As `App::with_superseded`: what waits gives way to the newer one.
    fn deliver_newer(&self, world: &mut World) {
        if !world.is_known {
            return;
        }
        let step = match on(world, |request| request.superseded(noon())) {
            None if self.is_wrong(Wrong::GivesWayWhateverWasSent) && world.deciding().is_some() => {
                let back = world.request.get().back_to_people(Note::Withdrawn { login: Login::new("alice") });
                back.request.superseded(noon())
            }
            step => step,
        };
        if let Some(step) = step {
            world.commit(step);
        }
    }

    /// As `App::receive`: the beginning of what is known already changes at most that it was asked for. Its content is
    /// that of the beginning, whatever stands now.
    fn deliver_created(&self, world: &mut World) {
        if !world.is_known {
            return world.begin(self.facts(Content::Narrow));
        }
        if self.is_wrong(Wrong::BeginsAgain) && world.request.is_unasked {
            return world.commit(Step { request: pending(), effects: vec![Effect::Card] });
        }
        if let Some(step) = on(world, TokenRequest::asked_after_all) {
            world.commit(step);
        }
    }

    /// As `jobs/judge.rs`: the votes that count are asked for, weighed, and the vote is given.
    fn vote(&self, world: &mut World, who: Approver, verdict: Verdict, (content, judged): (Content, Lifts)) {
        let guards = [Wrong::VotesWhileFrozen, Wrong::VotesJudgedBeforeFreeze];
        let waits = verdict == Verdict::Approve;
        if waits && self.is_kept_out(world, judged, guards) {
            return;
        }
        let counted_for =
            if self.is_wrong(Wrong::VoteForAnyContent) { Content::of(&world.request.facts) } else { content };
        let revision = self.revision(counted_for);
        let vote = vote_of(who, verdict);
        let Ok(votes) = world.request.votes_for(revision) else { return };
        let others = votes.iter().filter(|other| !other.is_by_voter_of(&vote));
        let mut with: Vec<_> = others.filter(|other| other.verdict == Verdict::Approve).cloned().collect();
        if self.is_wrong(Wrong::CountsOneVoterTwice) {
            with.extend(votes.iter().filter(|other| other.is_by_voter_of(&vote)).cloned());
        }
        let enough = match self.is_met(&vote, &with) {
            true => Enough::Yes { with },
            false => Enough::NotYet,
        };
        let Ok(step) = world.request.get().vote(vote.clone(), revision, enough) else { return };
        if !self.has_all_votes(&step.request) {
            world.break_rule(Rule::TooFewAgreed);
        }
        let is_counted = match &step.request.state {
            State::Pending { votes, .. } => votes.contains(&vote),
            State::Deciding(deciding) => deciding.by.vote() == Some(&vote),
            State::Settled(_) => false,
        };
        if !is_counted {
            world.break_rule(Rule::VoteLost);
        }
        if world.voted_on.is_some_and(|before| before != content) {
            world.break_rule(Rule::OtherContent);
        }
        world.clicks_left -= 1;
        world.commit(step);
        world.voted_on = Some(content);
        world.approvals[who as usize] = waits.then_some(content);
        self.judged(world, judged, waits);
    }

    /// As `App::are_enough`, with everybody's rights as they were.
    fn is_met(&self, vote: &Vote, with: &[Vote]) -> bool {
        if self.is_wrong(Wrong::CountsOneVoteForAll) {
            return true;
        }
        self.needs.progress([vote].into_iter().chain(with).map(Approval::from)).is_met()
    }

    /// Whether a decision to approve has an approval of each who has to agree, by name and by number.
    fn has_all_votes(&self, request: &TokenRequest) -> bool {
        let State::Deciding(deciding) = &request.state else { return true };
        let has = |group: &String| {
            let mut votes = deciding.others.iter().chain(deciding.by.vote());
            votes.any(|vote| vote.groups.contains(group))
        };
        let people: HashSet<_> =
            deciding.others.iter().chain(deciding.by.vote()).map(|vote| vote.github).collect();
        let are_enough = people.len() >= self.needs.approvals() as usize;
        deciding.verdict == Verdict::Deny || (are_enough && self.needs.groups().iter().all(has))
    }

    fn withdraw(&self, world: &mut World, who: Approver) {
        let asker = vote_of(who, Verdict::Approve).slack;
        let request = world.request.get();
        let theirs = request.to_withdraw(&asker).map(|theirs| match theirs {
            Theirs::Decision(verdict) => vote_of(who, verdict),
            Theirs::Vote(vote) => vote.clone(),
        });
        let is_vote = matches!(request.to_withdraw(&asker), Ok(Theirs::Vote(_)));
        let step = match theirs {
            Ok(_) if is_vote && self.is_wrong(Wrong::CountsWhatWasWithdrawn) => {
                Ok(Step::quiet(request.clone()))
            }
            Ok(by) => request.clone().withdrawn(&by),
            Err(_) if self.is_wrong(Wrong::WithdrawsWhatWasSent) && world.deciding().is_some() => {
                Ok(request.back_to_people(Note::Withdrawn { login: Login::new("alice") }))
            }
            Err(refusal) => Err(refusal),
        };
        if let Ok(step) = step {
            world.clicks_left -= 1;
            world.commit(step);
            world.approvals[who as usize] = None;
        }
    }

    /// A commit on a job's way: only with its lease, and only onto the state that it was made from. Otherwise the run
    /// is over, and comes again if nobody else has the lease.
    pub(super) fn commit(&self, world: &mut World, replica: usize, step: Step) -> bool {
        self.commit_with(&[Hold::Held], world, replica, step)
    }

    /// A commit of what was learnt, or of the job's end: nothing is sent after it, so that it may come late, as long
    /// as nobody has taken the job over.
    pub(super) fn commit_late(&self, world: &mut World, replica: usize, step: Step) -> bool {
        self.commit_with(&[Hold::Held, Hold::RanOut], world, replica, step)
    }

    fn commit_with(&self, holds: &[Hold], world: &mut World, replica: usize, step: Step) -> bool {
        let Some(run) = &world.replicas[replica] else { return false };
        let has_lease = holds.contains(&run.hold) || self.is_wrong(Wrong::CommitsWithoutLease);
        if !has_lease || !run.is_fresh {
            world.again(replica);
            return false;
        }
        world.commit(step);
        if let Some(run) = &mut world.replicas[replica] {
            run.is_fresh = true;
        }
        true
    }
}

fn vote_of(who: Approver, verdict: Verdict) -> Vote {
    match who {
        Approver::Alice => Vote { groups: ["security".to_owned()].into(), ..vote(verdict) },
        Approver::Bob => Vote {
            groups: ["leads".to_owned()].into(),
            slack: SlackUserId::new("U0BOB"),
            github: GitHubUserId(102),
            login: Login::new("bob"),
            ..vote(verdict)
        },
    }
}

fn end(world: &mut World, outcome: Outcome) {
    world.github.end = Some(End { outcome, is_ours: false });
}

/// GitHub's event names an owner whoever did it: it is not documented whom it names for an app's review.
fn deliver_end(world: &mut World) {
    // GitHub has no event for what gave way to a newer request.
    let Some(end) = world.github.end.filter(|end| end.outcome != Outcome::Superseded) else { return };
    let by = match end.outcome {
        Outcome::Cancelled => By::Requester,
        Outcome::Approved | Outcome::Denied | Outcome::Superseded | Outcome::Gone => {
            By::GitHubUser { id: GitHubUserId(500), login: Login::new("monalisa") }
        }
    };
    let ending = Ending { outcome: end.outcome, by, facts: None, is_frozen: false };
    if !world.is_known {
        return world.end_unasked(ending);
    }
    match world.request.get().ended(ending, noon()) {
        Learned::Settled(step) | Learned::Refined(step) | Learned::Contradicted(step) => world.commit(*step),
        Learned::Known => {}
    }
}

/// GitHub reads a review from the wire.
fn arrive(world: &mut World, replica: usize, is_answered: bool) {
    let Some(Run { stage: Stage::Sent(flight), .. }) = world.replicas[replica].clone() else { return };
    let answer = carry_out(world, &flight);
    if !is_answered {
        world.troubles_left -= 1;
    }
    replied(world, replica, if is_answered { answer } else { unclear() });
}

/// What GitHub does and says. A decision takes effect here and nowhere else.
fn carry_out(world: &mut World, flight: &Flight) -> Answer {
    if world.github.access != Access::Full {
        return not_taken(403);
    }
    if world.github.end.is_some() {
        return refused();
    }
    let decided = flight;
    let is_recorded = world.deciding().is_some_and(|recorded| {
        recorded.may_have_arrived() && recorded.verdict == decided.verdict && recorded.by == decided.by
    });
    if !is_recorded {
        world.break_rule(Rule::NotTheRecorded);
    }
    world.github.end = Some(End { outcome: outcome(decided.verdict), is_ours: true });
    Answer::Confirmed
}

fn replied(world: &mut World, replica: usize, answer: Answer) {
    if let Some(run) = &mut world.replicas[replica]
        && let Stage::Sent(flight) = &run.stage
    {
        run.stage = Stage::Replied { flight: flight.clone(), answer };
    }
}

pub(super) fn refused() -> Answer {
    Answer::Refused { status: 422, words: String::new() }
}

pub(super) fn not_taken(status: u16) -> Answer {
    Answer::NotTaken { status, words: String::new(), until: None }
}

fn crash(world: &mut World, replica: usize) {
    world.troubles_left -= 1;
    if let Some(Run { stage: Stage::Sent(flight), .. }) = &world.replicas[replica] {
        world.orphans.push(flight.clone());
    }
    world.again(replica);
}

fn stall(world: &mut World, replica: usize) {
    world.troubles_left -= 1;
    world.tick();
    if let Some(run) = &mut world.replicas[replica] {
        run.hold = Hold::RanOut;
        world.review = Job::Waits;
    }
}

/// A replica that wakes before anybody has noticed has its lease back.
fn renew(world: &mut World, replica: usize) {
    if let Some(run) = &mut world.replicas[replica]
        && run.hold == Hold::RanOut
    {
        run.hold = Hold::Held;
        world.review = Job::Leased { again: false };
    }
}

/// The transition on the request as it is stored, if it changes anything.
pub(super) fn on(world: &World, transition: impl FnOnce(TokenRequest) -> Option<Step>) -> Option<Step> {
    transition(world.request.get())
}
