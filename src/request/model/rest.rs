//! What has to come of it: from whatever moment, once nothing more goes wrong and nobody does anything, our own work
//! brings the request to an end, or leaves it openly with people.

use std::hash::{DefaultHasher, Hash, Hasher};

use stateright::Model;

use super::machine::{Machine, Move};
use super::moves::progress;
use super::run::Job;
use super::stored::Content;
use super::world::{Access, World};
use crate::request::{Note, Outcome, State};

/// Far more steps than any way to rest takes.
const PATIENCE: usize = 200;

impl Machine {
    /// Follows the world to its rest. What is on the way there ends as well as it does, and is not followed again.
    pub(super) fn ends_well(&self, world: &World) -> bool {
        if world.broken.is_some() {
            return true;
        }
        let mut way = Vec::new();
        let mut idle = Vec::new();
        let mut world = world.clone();
        while !self.is_known_to_end_well(&world) {
            way.push(fingerprint(&world));
            // Against a 403, say, the same goes on and on, until time changes something.
            let repeats = is_idle(&world) && idle.contains(&world);
            let next = if repeats { self.next_state(&world, Move::Tick) } else { self.next_of_ours(&world) };
            if is_idle(&world) {
                idle.push(world.clone());
            }
            match next {
                Some(next) if way.len() < PATIENCE => world = next,
                // What rests in a freeze goes on after it.
                None if is_good(&world) && world.brake.is_frozen && way.len() < PATIENCE => {
                    self.lift(&mut world);
                }
                None if is_good(&world) => break,
                Some(_) | None => return false,
            }
        }
        self.end_well.lock().expect("nobody panics with it").extend(way);
        true
    }

    fn is_known_to_end_well(&self, world: &World) -> bool {
        self.end_well.lock().expect("nobody panics with it").contains(&fingerprint(world))
    }

    /// What our own work does next; reconciliation looks at GitHub before time passes.
    fn next_of_ours(&self, world: &World) -> Option<World> {
        let mut moves = Vec::new();
        progress(world, &mut moves);
        moves.retain(|action| *action != Move::Tick);
        let in_order = moves.into_iter().chain([Move::Check, Move::Tick]);
        in_order.into_iter().find_map(|action| self.next_state(world, action))
    }
}

fn is_idle(world: &World) -> bool {
    world.replicas.iter().all(Option::is_none)
}

fn fingerprint(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}

/// Settled if GitHub is done with it, open to people if it waits there, and openly waiting where GitHub can't be asked.
fn is_good(world: &World) -> bool {
    let is_reachable = world.github.access != Access::Nothing;
    let is_over = world.github.end.is_some();
    if !world.is_known {
        // Nobody was asked, and nobody can be.
        return is_over || !is_reachable;
    }
    let is_up_to_date = Content::of(&world.request.facts) == world.github.content;
    let is_carried_on = world.review == Job::Waits;
    world.broken.is_none()
        && match &world.request.state {
            // One that gave way stays so until GitHub says otherwise.
            State::Settled(settled) => is_over || settled.outcome == Outcome::Superseded,
            State::Pending { note: Some(Note::Paused { .. }), .. } => !is_reachable,
            State::Pending { .. } => {
                is_reachable && !is_over && is_up_to_date && world.request.open().to_decide
            }
            State::Deciding(deciding) => {
                let is_out_of_reach = world.github.access != Access::Full;
                let is_blocked = deciding.blocked.is_some() && is_carried_on;
                is_blocked && (is_out_of_reach || (world.brake.is_frozen && deciding.waits_while_frozen()))
            }
        }
}
