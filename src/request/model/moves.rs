//! Which moves there are at one moment.

use super::machine::{Approver, Move, Wish};
use super::run::{Hold, Job, Stage};
use super::stored::Content;
use super::world::{Access, World};
use crate::request::Verdict;

/// Both approvers may do the same, so the first to click may as well be Alice.
pub(super) fn people(world: &World, has_clicked: bool, moves: &mut Vec<Move>) {
    if world.clicks_left == 0 || !world.is_known {
        return;
    }
    let approvers = if has_clicked { &[Approver::Alice, Approver::Bob][..] } else { &[Approver::Alice] };
    for approver in approvers.iter().copied() {
        for content in Content::ALL {
            for verdict in [Verdict::Approve, Verdict::Deny] {
                moves.push(Move::Click(approver, Wish::Vote(verdict), content));
            }
        }
        if world.brake.before().is_some() {
            moves.extend(Content::ALL.map(|content| Move::LateApproval(approver, content)));
        }
        moves.push(Move::Click(approver, Wish::Withdraw, Content::Narrow));
    }
}

/// What happens on GitHub by itself, and what we hear of it.
pub(super) fn github(world: &World, moves: &mut Vec<Move>) {
    if world.github.end.is_none() {
        moves.extend([Move::Owner(Verdict::Approve), Move::Owner(Verdict::Deny), Move::Cancel]);
        if world.github.changes_left > 0 {
            moves.push(Move::ChangeContent);
            moves.extend([true, false].map(|is_end| Move::Newer { is_end }));
        }
    } else {
        moves.push(Move::DeliverEnd);
    }
    if world.github.has_newer {
        moves.push(Move::DeliverNewer);
    }
    moves.extend([Move::DeliverCreated, Move::Enrich, Move::Check]);
    match world.github.access {
        Access::Full if world.troubles_left > 0 => {
            moves.extend([Move::Forbid(Access::ReadOnly), Move::Forbid(Access::Nothing)]);
        }
        Access::Full => {}
        Access::ReadOnly | Access::Nothing => moves.push(Move::Allow),
    }
}

/// What we do by ourselves, and time. In this order it comes to rest.
pub(super) fn progress(world: &World, moves: &mut Vec<Move>) {
    for (replica, run) in world.replicas.iter().enumerate() {
        match run.as_ref().map(|run| &run.stage) {
            Some(Stage::Sent(_)) => moves.push(Move::Arrive { replica, is_answered: true }),
            Some(Stage::Listed { .. } | Stage::Recorded { .. } | Stage::Replied { .. }) => {
                moves.push(Move::Step(replica));
            }
            None => {}
        }
        if run.as_ref().is_some_and(|run| run.hold == Hold::RanOut) {
            moves.push(Move::Renew(replica));
        }
    }
    if world.review == Job::Waits && world.replicas.iter().any(Option::is_none) {
        moves.push(Move::Start);
    }
    // An attempt that takes too long is trouble.
    let on_the_clock = world.replicas.iter().flatten().filter(|run| run.is_on_the_clock()).count();
    if on_the_clock <= usize::from(world.troubles_left) {
        moves.push(Move::Tick);
    }
}

pub(super) fn trouble(world: &World, moves: &mut Vec<Move>) {
    // Whether a review on the wire gets there after its sender's death is no new trouble.
    moves.extend((0..world.orphans.len()).map(Move::ArriveOrphan));
    if world.troubles_left == 0 {
        return;
    }
    for (replica, run) in world.replicas.iter().enumerate() {
        let Some(run) = run else { continue };
        match &run.stage {
            Stage::Listed { .. } => moves.push(Move::RightLapses(replica)),
            Stage::Sent(_) => moves.extend([
                Move::Arrive { replica, is_answered: false },
                Move::Lose(replica),
                Move::Refuse(replica),
            ]),
            Stage::Recorded { .. } | Stage::Replied { .. } => {}
        }
        moves.push(Move::Crash(replica));
        if run.hold == Hold::Held {
            moves.push(Move::Stall(replica));
        }
    }
}
