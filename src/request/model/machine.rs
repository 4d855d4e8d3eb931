//! The moves: what people, GitHub, our replicas, trouble and time may do, one at a time and in every order.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use stateright::{Model, Property};

use super::brake::Brake;
use super::moves::{github, people, progress, trouble};
use super::rule;
use super::run::Job;
use super::stored::{Content, Stored};
use super::world::{Access, GitHub, World};
use super::wrong::Wrong;
use crate::policy::Needs;
use crate::request::samples::{facts, pending};
use crate::request::{Facts, Lifts, Outcome, Repositories, Revision, Ruling, State, TokenRequest, Verdict};

pub(super) const NO_RULE_BROKEN: &str = "no rule is broken";
pub(super) const TRUE: &str = "what is announced is true";
pub(super) const ENDS_WELL: &str = "it comes to a good end";

/// One bounded world to be searched through.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    /// What the request takes: one approval of anybody, two of anybody, or one each of Alice's and Bob's groups.
    pub(super) needs: Needs,
    /// How many clicks count; refused ones are free.
    pub(super) clicks: u8,
    /// How many things go wrong.
    pub(super) troubles: u8,
    /// How often the content changes on GitHub.
    pub(super) changes: u8,
    /// How often everything is frozen.
    pub(super) freezes: u8,
    /// Whether rules may decide, too.
    pub(super) has_rules: bool,
    /// A mistake made on purpose, to see that it is found.
    pub(super) wrong: Option<Wrong>,
    /// Fingerprints of worlds that are known to end well.
    pub(super) end_well: Arc<Mutex<HashSet<u64>>>,
    facts: [Facts; 2],
    revisions: [Revision; 2],
}

impl Machine {
    pub(super) fn new(needs: Needs, clicks: u8, troubles: u8, changes: u8) -> Self {
        let facts = [facts(), Facts { repositories: Repositories::All, ..facts() }];
        let revisions = [Revision::of(&facts[0]), Revision::of(&facts[1])];
        let end_well = Arc::default();
        Self {
            needs,
            clicks,
            troubles,
            changes,
            freezes: 0,
            has_rules: false,
            wrong: None,
            end_well,
            facts,
            revisions,
        }
    }

    pub(super) fn with(self, wrong: Wrong) -> Self {
        let freezes = u8::from(wrong.is_of_a_freeze());
        Self { wrong: Some(wrong), has_rules: wrong.is_of_rules(), freezes, ..self }
    }

    pub(super) fn with_rules(self) -> Self {
        Self { has_rules: true, ..self }
    }

    pub(super) fn with_freezes(self, freezes: u8) -> Self {
        Self { freezes, ..self }
    }

    pub(super) fn facts(&self, content: Content) -> Facts {
        self.facts[content as usize].clone()
    }

    pub(super) fn revision(&self, content: Content) -> &Revision {
        &self.revisions[content as usize]
    }

    pub(super) fn is_wrong(&self, wrong: Wrong) -> bool {
        self.wrong == Some(wrong)
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { needs, clicks, troubles, changes, freezes, wrong, .. } = self;
        let needed = needs.approvals();
        write!(f, "{clicks} clicks, {needed} needed, {troubles} troubles, {changes} changes")?;
        if *freezes > 0 {
            write!(f, ", {freezes} freezes")?;
        }
        if self.has_rules {
            f.write_str(", rules")?;
        }
        wrong.map_or(Ok(()), |wrong| write!(f, ", {wrong:?}"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Approver {
    Alice,
    Bob,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Wish {
    Vote(Verdict),
    Withdraw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Move {
    /// A click is judged; it was made on a card that showed this content, now or long ago.
    Click(Approver, Wish, Content),
    /// An approval comes to its commit late: it was judged before a freeze that has come and gone since.
    LateApproval(Approver, Content),
    /// Somebody freezes everything, and somebody lifts that.
    Freeze,
    Lift,
    /// An owner decides on GitHub's page.
    Owner(Verdict),
    Cancel,
    ChangeContent,
    /// A newer request asks for the same token, which uses up a change; GitHub ends this one for it, or goes on with it.
    Newer {
        is_end: bool,
    },
    /// We hear of the newer one: at once, late, twice, or never.
    DeliverNewer,
    /// GitHub's event about the beginning arrives: at once, after the end, twice, or never.
    DeliverCreated,
    /// GitHub's event about the end arrives: at once, late, twice, or never.
    DeliverEnd,
    /// The list is asked for the content.
    Enrich,
    /// Reconciliation, an event about the installation, or "Check again" has the list read for a request that waits, or
    /// that nobody has told of.
    Check,
    /// The rules that decide alone are asked, and decide so, or leave it to people.
    AskRules(Option<Verdict>),
    /// GitHub takes access away from our App, and gives it back.
    Forbid(Access),
    Allow,
    /// An idle replica leases the review and reads the list.
    Start,
    /// A replica takes its next step.
    Step(usize),
    /// The rights of who decided are judged again, and they have lost them.
    RightLapses(usize),
    /// GitHub deals with a review on the wire; its answer arrives, or is lost.
    Arrive {
        replica: usize,
        is_answered: bool,
    },
    ArriveOrphan(usize),
    /// The review never arrives.
    Lose(usize),
    /// GitHub refuses a review of a request that waits.
    Refuse(usize),
    /// A replica dies and its leases are free at once, as on SQLite after a restart.
    Crash(usize),
    /// A replica stops, or dies, for longer than its attempt and its lease last. It may wake later.
    Stall(usize),
    /// It wakes, and has its lease back if nobody has taken the job over.
    Renew(usize),
    /// Time passes for everybody.
    Tick,
}

impl Model for Machine {
    type State = World;
    type Action = Move;

    fn init_states(&self) -> Vec<World> {
        let github = GitHub {
            content: Content::Narrow,
            changes_left: self.changes,
            end: None,
            access: Access::Full,
            has_newer: false,
        };
        vec![World {
            github,
            is_known: false,
            request: Stored::new(TokenRequest {
                ruling: if self.has_rules { Ruling::Due } else { Ruling::Never },
                ..pending()
            }),
            asked_about: None,
            is_begun: false,
            review: Job::None,
            replicas: [None, None],
            orphans: vec![],
            voted_on: None,
            approvals: [None, None],
            brake: Brake::new(self.freezes),
            clicks_left: self.clicks,
            troubles_left: self.troubles,
            broken: None,
        }]
    }

    fn actions(&self, world: &World, moves: &mut Vec<Move>) {
        if world.broken.is_some() {
            return;
        }
        people(world, world.clicks_left < self.clicks, moves);
        github(world, moves);
        self.rules(world, moves);
        world.brake.moves(moves);
        progress(world, moves);
        trouble(world, moves);
    }

    fn next_state(&self, last: &World, action: Move) -> Option<World> {
        let mut world = last.clone();
        self.apply(&mut world, action);
        world.forget_history();
        (world != *last).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = always();
        properties.extend(sometimes());
        if self.troubles > 0 {
            properties.extend(sometimes_in_trouble());
        }
        if self.changes > 0 {
            properties.extend(sometimes_with_changes());
        }
        if self.needs.approvals() > 1 {
            properties.extend(sometimes_with_a_quorum());
        }
        if self.freezes > 0 {
            properties.extend(sometimes_with_a_freeze());
        }
        properties
    }
}

fn always() -> Vec<Property<Machine>> {
    vec![
        Property::always(NO_RULE_BROKEN, |_, world: &World| world.broken.is_none()),
        Property::always(TRUE, |_, world| rule::announces_the_truth(world)),
        Property::always("whoever decided is named", |_, world| rule::names_the_decider(world)),
        Property::always(ENDS_WELL, |machine: &Machine, world| machine.ends_well(world)),
    ]
}

/// A world in which nothing happens breaks no rule either.
fn sometimes() -> Vec<Property<Machine>> {
    vec![
        Property::sometimes("a decision of ours takes effect", |_, world: &World| {
            world.github.end.is_some_and(|end| end.is_ours)
        }),
        Property::sometimes("an end comes before its beginning", |_, world: &World| {
            world.is_known && world.request.is_unasked
        }),
    ]
}

fn sometimes_in_trouble() -> Vec<Property<Machine>> {
    vec![
        Property::sometimes("an answer is lost and its effect found out", |_, world: &World| {
            rule::is_found_out(world)
        }),
        Property::sometimes("a replica works beside one that has lost its lease", |_, world: &World| {
            world.replicas.iter().flatten().count() == 2
        }),
        Property::sometimes("the review is blocked", |_, world: &World| {
            world.deciding().is_some_and(|deciding| deciding.blocked.is_some())
        }),
        Property::sometimes("GitHub refused, and people decide again", |_, world: &World| {
            world.deciding().is_some_and(|deciding| deciding.refused_before.is_some())
        }),
    ]
}

fn sometimes_with_changes() -> Vec<Property<Machine>> {
    vec![
        Property::sometimes("a newer request takes its place", |_, world: &World| {
            world.outcome() == Some(Outcome::Superseded)
        }),
        Property::sometimes("GitHub decides what had given way to a newer one", |_, world: &World| {
            world.github.has_newer && world.outcome() == Some(Outcome::Approved)
        }),
    ]
}

fn sometimes_with_a_quorum() -> Vec<Property<Machine>> {
    vec![
        Property::sometimes("an approval waits for another", |_, world: &World| {
            rule::votes(world).len() == 1
        }),
        Property::sometimes("two agree and it takes effect", |_, world: &World| {
            matches!(&world.request.state, State::Settled(settled) if settled.others.len() == 1)
                && world.github.end.is_some_and(|end| end.is_ours)
        }),
    ]
}

fn sometimes_with_a_freeze() -> Vec<Property<Machine>> {
    vec![
        Property::sometimes("a freeze holds a decision back", |_, world: &World| rule::is_held_back(world)),
        Property::sometimes("an approval takes effect after a freeze", |_, world: &World| {
            !world.brake.is_frozen && world.brake.lifts > Lifts(0) && is_ours(world, Outcome::Approved)
        }),
        Property::sometimes("a denial takes effect while everything is frozen", |_, world: &World| {
            world.brake.is_frozen && world.brake.lifts == Lifts(0) && is_ours(world, Outcome::Denied)
        }),
    ]
}

fn is_ours(world: &World, outcome: Outcome) -> bool {
    world.github.end.is_some_and(|end| end.is_ours && end.outcome == outcome)
}
