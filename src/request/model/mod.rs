//! The life of a request, searched through exhaustively: whatever can happen, in every order.
//!
//! A [`World`](world::World) holds what GitHub knows, the real [`TokenRequest`](super::TokenRequest), the review that is
//! owed, two replicas that may each be in the midst of it, and reviews on the wire. Whatever is decided is decided by
//! the real transitions; only the order in which `jobs/review.rs`, `jobs/check.rs`, `jobs/enrich.rs`,
//! `jobs/ask_rules.rs` and `jobs/judge.rs` call them is written down once more, in [`work`], [`look`], [`ruled`],
//! [`brake`] and [`apply`]. Whoever changes one changes the other.
//!
//! What may happen is listed in [`machine::Move`]. In every world that can be reached, no [`Rule`](rule::Rule) is
//! broken, what is announced is true, whoever decided is named, and our own work brings the request to an end or leaves
//! it openly with people ([`rest`]).
//!
//! What is bounded, and why that is enough:
//!
//! - One request. Of a newer one for the same token matters that there is one, and when that is heard of; otherwise
//!   requests meet in nothing but the pace of an installation, which decides nothing.
//! - Two approvers, of a group each where groups are required, and two contents: a vote is one's own or another's, for
//!   what stands or for something else. How people are matched with groups is tested in `policy/quorum.rs`.
//! - Clicks that count, changes of content or a newer request in its place, and troubles, two of each or so. Refused
//!   clicks, events that come late, twice or never, the first one included, looks at the list and 403s that end are free. A trouble is a lost answer or review, a refusal, a 403, a
//!   crash, a stall, a lapsed right, an attempt out of time. One makes what is on record doubtful; the second meets
//!   whoever finds out about the first. All three times three take minutes, in a test of their own.
//! - One freeze, put on and lifted at any moment, while two have to agree and one thing goes wrong. What is judged before
//!   it and committed after it is modelled; that the row is held while a commit looks at it is `store/freeze.rs`'s matter.
//! - Whoever may vote may do so until the decision is made; that a right is lost is judged anew where `jobs/review.rs` does
//!   ([`machine::Move::RightLapses`]), not at another's vote (`app/votes.rs`).
//! - Time in ticks, and how long ago something was only as far as a transition asks.
//! - The card and the message to the requester are not drawn: a transition that changes what they show has to cause
//!   the job that shows it, and that job reads the state.
//! - GitHub answers honestly: 204 only for what it did, and nothing arrives after an attempt's deadline.
//!   `request/evidence.rs` tests what is made of anything else.

mod apply;
mod brake;
mod look;
mod machine;
mod moves;
mod rest;
mod rule;
mod ruled;
mod run;
mod stored;
mod work;
mod world;
mod wrong;

use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model};

use crate::policy::Needs;
use machine::Machine;
use wrong::Wrong;

/// Searches through everything that can happen, and says how much that was.
fn search(machine: Machine, until: HasDiscoveries) -> impl Checker<Machine> {
    let started = Instant::now();
    let name = machine.to_string();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let checker = machine.checker().threads(threads).finish_when(until).spawn_bfs().join();
    println!(
        "{name}: {} states by {} moves, {} deep, in {:.1} s",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        started.elapsed().as_secs_f64(),
    );
    checker
}

fn one() -> Needs {
    Needs::new(1, [].into())
}

/// Two approvals of anybody.
fn two() -> Needs {
    Needs::new(2, [].into())
}

/// One approval each of Alice's and Bob's groups.
fn one_each() -> Needs {
    Needs::new(2, ["leads", "security"].map(str::to_owned).into())
}

fn holds(machine: Machine) {
    search(machine, HasDiscoveries::AnyFailures).assert_properties();
}

#[test]
fn one_decision_takes_effect_and_it_is_the_recorded_one_whatever_goes_wrong_twice() {
    holds(Machine::new(one(), 2, 2, 1));
}

#[test]
fn where_one_each_of_two_groups_must_agree_nothing_is_sent_that_they_did_not_see() {
    holds(Machine::new(one_each(), 3, 1, 1));
}

#[test]
fn where_two_must_approve_one_is_only_on_the_way_and_may_be_taken_back() {
    holds(Machine::new(two(), 3, 0, 1));
}

#[test]
fn while_everything_is_frozen_nothing_is_approved_and_it_goes_on_afterwards_by_rights_judged_anew() {
    holds(Machine::new(two(), 2, 1, 1).with_freezes(1));
}

#[test]
fn what_a_rule_decides_goes_the_same_way_and_people_are_not_overruled() {
    holds(Machine::new(one(), 1, 1, 1).with_rules());
}

/// The same with more of everything.
#[test]
#[ignore = "takes minutes; after a change of the review: cargo test --release --lib model -- --ignored --nocapture"]
fn one_decision_takes_effect_whatever_goes_wrong_three_times() {
    holds(Machine::new(one_each(), 3, 3, 1));
}

/// A model that finds no mistake proves nothing.
#[test]
fn every_mistake_made_on_purpose_is_found() {
    for wrong in Wrong::ALL {
        let property = wrong.breaks();
        let found = HasDiscoveries::AllOf([property].into());

        let needs = if wrong.is_of_a_quorum() { two() } else { one() };
        let clicks = if wrong == Wrong::CountsWhatWasWithdrawn { 3 } else { 2 };
        let checker = search(Machine::new(needs, clicks, 2, 1).with(wrong), found);

        let path = checker.discovery(property).unwrap_or_else(|| panic!("{wrong:?} breaks nothing"));
        let rule = path.last_state().broken;
        println!("  {property}: no more ({rule:?}), by {:?}", path.into_actions());
    }
}
