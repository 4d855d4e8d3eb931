//! What must never be broken, as far as one transition or one moment shows it.

use super::stored::Content;
use super::world::World;
use crate::request::{
    Blocked, By, Decider, Deciding, Delay, Effect, Evidence, Open, Outcome, Settlement, State, Step,
    TokenRequest, Vote,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Rule {
    /// GitHub carried out what is not the decision on record.
    NotTheRecorded,
    /// A decision goes out for content other than its votes were given for, or than GitHub listed last.
    OtherContent,
    /// Two of our reviews are under way at once.
    TwoAtOnce,
    /// An attempt is taken for one that did not arrive, and it has arrived or still may.
    GivenUpTooEarly,
    /// An answer is stored for a decision that it does not belong to.
    AnswerToAnother,
    /// A decision to approve lacks somebody who has to agree.
    TooFewAgreed,
    /// An approval is counted, or about to be sent, while everything is frozen; or so is anything that a rule decided.
    DoneWhileFrozen,
    /// The same, and whoever decided was judged before the last freeze.
    JudgedBeforeFreeze,
    /// A rule decides although somebody has voted, or a decision came back, whatever has become of the content since.
    RuledOverVotes,
    /// Rules are asked about the same content twice.
    AskedTwice,
    /// A vote was taken and is neither counted nor refused.
    VoteLost,
    /// What a card shows changed, and nobody draws it anew.
    CardLeftBehind,
    /// The request ended, or ended otherwise than told, and nobody tells the requester.
    RequesterNotTold,
    /// A decision is on record and nothing carries it out.
    NothingUnderWay,
    /// A decision or votes went away without a word on the card.
    VotesVoidedSilently,
    /// What was over waits again.
    OpenedAgain,
}

impl Rule {
    /// The rules that a transition breaks by itself.
    pub(super) fn broken_by(before: &TokenRequest, step: &Step) -> Vec<Rule> {
        let after = &step.request;
        let mut broken = Vec::new();
        if Face::of(before) != Face::of(after) && !step.effects.contains(&Effect::Card) {
            broken.push(Rule::CardLeftBehind);
        }
        // Of one that gave way, the newer one's messages tell.
        if told(after).is_some_and(|outcome| outcome != Outcome::Superseded && told(before) != Some(outcome))
            && !step.effects.contains(&Effect::TellOutcome)
        {
            broken.push(Rule::RequesterNotTold);
        }
        if told(before).is_some() && told(after).is_none() {
            broken.push(Rule::OpenedAgain);
        }
        let begins = |request: &TokenRequest| matches!(request.state, State::Deciding(_));
        if begins(after) && !begins(before) && !step.effects.contains(&Effect::Review) {
            broken.push(Rule::NothingUnderWay);
        }
        if let State::Pending { votes, note: None, .. } = &after.state
            && (begins(before) || votes_of(before).len() > votes.len() + 1)
        {
            broken.push(Rule::VotesVoidedSilently);
        }
        broken
    }
}

/// The approvals that wait for others.
pub(super) fn votes(world: &World) -> &[Vote] {
    votes_of(&world.request)
}

pub(super) fn is_held_back(world: &World) -> bool {
    let blocked = world.deciding().and_then(|deciding| deciding.blocked.as_ref());
    blocked.is_some_and(Blocked::is_by_freeze)
}

fn votes_of(request: &TokenRequest) -> &[Vote] {
    match &request.state {
        State::Pending { votes, .. } => votes,
        State::Deciding(_) | State::Settled(_) => &[],
    }
}

fn told(request: &TokenRequest) -> Option<Outcome> {
    match &request.state {
        State::Settled(settled) => Some(settled.outcome),
        State::Pending { .. } | State::Deciding(_) => None,
    }
}

/// What a card shows of a request; see `slack::card`.
#[derive(PartialEq, Eq)]
struct Face<'a> {
    content: Content,
    open: Open,
    standing: Standing<'a>,
}

#[derive(PartialEq, Eq)]
enum Standing<'a> {
    Pending(&'a State),
    Deciding { by: &'a Decider, others: &'a [Vote], blocked: Option<&'a str>, slow: Option<Delay> },
    Settled { outcome: Outcome, by: &'a By, others: &'a [Vote], contradicted: bool },
}

impl<'a> Face<'a> {
    fn of(request: &'a TokenRequest) -> Self {
        let standing = match &request.state {
            pending @ State::Pending { .. } => Standing::Pending(pending),
            State::Deciding(Deciding { by, others, blocked, slow, .. }) => Standing::Deciding {
                by,
                others,
                blocked: blocked.as_ref().map(|blocked| blocked.cause.as_str()),
                slow: slow.filter(|_| blocked.is_none()).map(|slow| slow.cause),
            },
            State::Settled(Settlement { outcome, by, others, contradicted, .. }) => {
                // The card names them beside somebody who decided here.
                let others = if matches!(by, By::Person { .. }) { others.as_slice() } else { &[] };
                Standing::Settled { outcome: *outcome, by, others, contradicted: contradicted.is_some() }
            }
        };
        Self { content: Content::of(&request.facts), open: request.open(), standing }
    }
}

/// An end is only told once GitHub has confirmed or told it, or lists the request no longer; and it is the true one.
pub(super) fn announces_the_truth(world: &World) -> bool {
    let State::Settled(settled) = &world.request.state else { return true };
    let is_stopgap = settled.evidence == Evidence::Concluded && settled.outcome == Outcome::Superseded;
    if is_stopgap && world.github.has_newer {
        return true;
    }
    let Some(end) = world.github.end else { return false };
    match settled.outcome {
        Outcome::Gone => settled.evidence == Evidence::Concluded,
        outcome => outcome == end.outcome,
    }
}

/// Whoever decided through us is named for it, and nobody is for what we never sent.
pub(super) fn names_the_decider(world: &World) -> bool {
    let (State::Settled(settled), Some(end)) = (&world.request.state, world.github.end) else { return true };
    let is_told = matches!(settled.outcome, Outcome::Approved | Outcome::Denied);
    !(end.is_ours && is_told) || matches!(settled.by, By::Person { .. } | By::Rule { .. })
}

/// Our approval is known by the grant alone.
pub(super) fn is_found_out(world: &World) -> bool {
    let State::Settled(settled) = &world.request.state else { return false };
    settled.evidence == Evidence::Concluded && settled.outcome == Outcome::Approved
}
