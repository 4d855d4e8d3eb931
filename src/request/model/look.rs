//! The jobs that only look: `jobs/check.rs` and `jobs/enrich.rs`. Reading the list and storing what it said is one move:
//! the commit is refused if the request moved between them, and whatever else happens might as well happen after it.

use super::apply::on;
use super::machine::Machine;
use super::rule::votes;
use super::work::CAUSE;
use super::world::{Access, GONE_AFTER, World};
use super::wrong::Wrong;
use crate::ids::InstallationId;
use crate::request::samples::noon;
use crate::request::{State, Step, TokenRequest};

impl Machine {
    pub(super) fn check(&self, world: &mut World) {
        let is_listed = world.github.end.is_none();
        if !world.is_known {
            if is_listed && world.github.access != Access::Nothing {
                world.begin(self.facts(world.github.content));
            }
            return;
        }
        if !matches!(world.request.state, State::Pending { .. }) {
            return;
        }
        let step = match world.github.access {
            Access::Nothing if self.is_wrong(Wrong::ForbiddenIsAbsence) => {
                on(world, |request| request.missing_from_list(noon(), GONE_AFTER))
            }
            Access::Nothing => on(world, |request| request.paused(CAUSE)),
            Access::Full | Access::ReadOnly if is_listed => {
                Some(self.told(world, |step| step.then(TokenRequest::seen_on_list)))
            }
            Access::Full | Access::ReadOnly => {
                on(world, |request| request.missing_from_list(noon(), GONE_AFTER))
            }
        };
        store(world, step);
    }

    pub(super) fn enrich(&self, world: &mut World) {
        let is_open = world.is_known && !matches!(world.request.state, State::Settled(_));
        if is_open && world.github.access != Access::Nothing && world.github.end.is_none() {
            let facts = self.facts(world.github.content);
            let step = Step::quiet(world.request.get())
                .then(|request| request.installed_as(InstallationId(957_387)))
                .then(|request| request.completed(facts, noon()));
            let step = self.with_old_votes(world, step);
            store(world, Some(step));
        }
    }

    fn told(&self, world: &World, besides: impl FnOnce(Step) -> Step) -> Step {
        let facts = self.facts(world.github.content);
        let step = besides(Step::quiet(world.request.get())).then(|request| request.told(facts));
        self.with_old_votes(world, step)
    }

    /// The same, where votes are kept on purpose that were given for other content.
    fn with_old_votes(&self, world: &World, step: Step) -> Step {
        let is_kept = self.is_wrong(Wrong::KeepsVotesForOtherContent);
        Step {
            request: if is_kept { step.request.with_votes(votes(world).to_vec()) } else { step.request },
            ..step
        }
    }
}

fn store(world: &mut World, step: Option<Step>) {
    if let Some(step) = step.filter(|step| step.request != *world.request) {
        world.commit(step);
    }
}
