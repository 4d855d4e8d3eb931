//! The brake: everything is frozen at any moment, and lifted at any other. `store/freeze.rs` looks at it in the commit, and
//! so does this.

use super::machine::{Machine, Move};
use super::world::World;
use super::wrong::Wrong;
use crate::request::samples::noon;
use crate::request::{Freezer, Frozen, Lifts, Why};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Brake {
    pub(super) is_frozen: bool,
    pub(super) lifts: Lifts,
    /// The count at which the rights of whoever decided were judged last.
    pub(super) judged_at: Lifts,
    freezes_left: u8,
}

/// The brake as somebody has read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Read {
    pub(super) is_frozen: bool,
    pub(super) lifts: Lifts,
}

impl Brake {
    pub(super) fn new(freezes_left: u8) -> Self {
        Self { is_frozen: false, lifts: Lifts(0), judged_at: Lifts(0), freezes_left }
    }

    pub(super) fn read(&self) -> Read {
        Read { is_frozen: self.is_frozen, lifts: self.lifts }
    }

    pub(super) fn moves(&self, moves: &mut Vec<Move>) {
        if self.is_frozen {
            moves.push(Move::Lift);
        } else if self.freezes_left > 0 {
            moves.push(Move::Freeze);
        }
    }

    pub(super) fn freeze(&mut self) {
        self.is_frozen = true;
        self.freezes_left -= 1;
    }

    /// The count before the last freeze that was lifted.
    pub(super) fn before(&self) -> Option<Lifts> {
        let before = self.lifts.0.checked_sub(1).map(Lifts);
        before.filter(|_| !self.is_frozen)
    }

    /// Nobody has decided, so whose rights were judged when is over.
    pub(super) fn forget(&mut self) {
        self.judged_at = Lifts(0);
    }
}

impl Read {
    /// As the store tells it. All of a model's time is shorter than two clocks may differ.
    pub(super) fn told(self) -> crate::request::Brake {
        let why = Why::new("a laptop was stolen").expect("a reason");
        let frozen = Frozen { by: Freezer::Operator, since: noon(), why };
        crate::request::Brake {
            frozen: self.is_frozen.then_some(frozen),
            wanted_at: None,
            lifted_at: (self.lifts > Lifts(0)).then(noon),
            lifts: self.lifts,
        }
    }
}

impl Machine {
    /// As `jobs/redraw.rs`: the end of a freeze wakes what it held back.
    pub(super) fn lift(&self, world: &mut World) {
        world.brake.is_frozen = false;
        world.brake.lifts.0 += 1;
        if world.deciding().is_some() && !self.is_wrong(Wrong::HeldBackIsForgotten) {
            world.review.ask();
        }
    }

    /// Whether the store takes a change that is for no freeze; otherwise where a mistake is made on purpose.
    pub(super) fn is_kept_out(&self, world: &World, judged: Lifts, [frozen, before]: [Wrong; 2]) -> bool {
        let Brake { is_frozen, lifts, .. } = world.brake;
        let is_frozen = is_frozen && !self.is_wrong(frozen);
        let lifts = if self.is_wrong(before) { judged } else { lifts };
        judged.is_kept_out_by(is_frozen, lifts)
    }
}
