//! Rules that decide alone: `jobs/ask_rules.rs`. What they say is anybody's guess, so they may say anything.

use super::machine::{Machine, Move};
use super::rule::Rule;
use super::stored::Content;
use super::world::World;
use super::wrong::Wrong;
use crate::request::samples::noon;
use crate::request::{Ruled, Ruling, Said, State, TokenRequest, Verdict};

impl Machine {
    pub(super) fn rules(&self, world: &World, moves: &mut Vec<Move>) {
        if world.is_known && self.asked(world).is_for_rules() {
            moves.extend([None, Some(Verdict::Approve), Some(Verdict::Deny)].map(Move::AskRules));
        }
    }

    /// The request as it is asked about; otherwise where a mistake is made on purpose.
    fn asked(&self, world: &World) -> TokenRequest {
        let mut request = world.request.get();
        if self.is_wrong(Wrong::RulesAskedAgain) || self.is_wrong(Wrong::RulesOverVotes) {
            request.ruling = Ruling::Due;
        }
        if self.is_wrong(Wrong::RulesOverVotes)
            && let State::Pending { votes, .. } = &mut request.state
        {
            votes.clear();
        }
        request
    }

    pub(super) fn ask_rules(&self, world: &mut World, verdict: Option<Verdict>) {
        let content = Content::of(&world.request.facts);
        let request = self.asked(world);
        let step = match verdict {
            None => request.said(Said::Nothing),
            Some(verdict) => {
                let ruled =
                    Ruled { rule: "rule".into(), verdict, reason: None, at: noon(), rules: String::new() };
                request.ruled(ruled, self.revision(content)).ok()
            }
        };
        let is_kept_out = self.is_kept_out(
            world,
            world.brake.lifts,
            [Wrong::RulesWhileFrozen, Wrong::AttemptsOnWhatWasRead],
        );
        if verdict.is_some() && is_kept_out {
            return;
        }
        let Some(step) = step else { return };
        if verdict.is_some() {
            self.judged(world, world.brake.lifts, true);
        }
        if world.is_begun {
            world.break_rule(Rule::RuledOverVotes);
        }
        if world.asked_about == Some(content) {
            world.break_rule(Rule::AskedTwice);
        }
        world.asked_about = Some(content);
        world.commit(step);
        if verdict.is_some() {
            world.voted_on = Some(content);
        }
    }
}
