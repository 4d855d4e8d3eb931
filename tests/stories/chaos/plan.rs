//! What happens in one run, decided by its seed alone: who asks for what and who does what to it when, what goes wrong
//! at GitHub, at Slack and on the way, and when the program is killed or held.
//!
//! A plan knows no clock and touches nothing. What it does not decide is the operating system's scheduling: which of
//! two things that happen at one moment comes first, and so which call is the one that fails.

use countersign::chance::Chance;

/// How many people ask for a token.
pub(super) const REQUESTS: usize = 200;

/// Each team has a channel, a repository and its share of the requests: no channel is flooded.
pub(super) const TEAMS: usize = 8;

/// What the repositories of the first teams are asked for takes two to approve.
pub(super) const GUARDED_TEAMS: usize = 3;

/// Nobody asks so often that it would be a flood.
pub(super) const REQUESTERS: usize = 50;

/// One of the requesters may decide, too, though not about their own requests.
pub(super) const REQUESTING_APPROVER: usize = REQUESTERS - 1;

/// The approver who may freeze everything, too.
pub(super) const MANAGER: usize = 1;

/// Approvers; the first three press buttons on cards, the others fill in modals.
pub(super) const APPROVERS: usize = 5;

/// All requests have been made by then, in milliseconds.
const ASKED_WITHIN: u32 = 10_000;

/// The last freeze begins by then, in milliseconds.
const FREEZES_UNTIL: u32 = 15_000;

/// The last kill or pause begins by then, in milliseconds.
const DISASTERS_UNTIL: u32 = 18_000;

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) lives: Vec<Life>,
    /// For each replica, in order.
    pub(super) disasters: Vec<Vec<Disaster>>,
    /// In order; none begins before the one before it is over.
    pub(super) freezes: Vec<Freeze>,
    /// Where nobody knows how GitHub behaves, one of the ways.
    pub(super) quirks: Quirks,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Quirks {
    pub(super) edits_are_announced: bool,
    pub(super) unknown_is_unprocessable: bool,
    pub(super) own_sender_is_owner: bool,
    pub(super) lists_lag: bool,
    pub(super) created_names_no_installation: bool,
}

/// A request and what people do to it, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Life {
    /// Milliseconds after the start.
    pub(super) asked_at: u32,
    pub(super) requester: usize,
    pub(super) team: usize,
    /// Asks for other access for the token of this earlier life.
    pub(super) token_of: Option<usize>,
    pub(super) wish: Wish,
    pub(super) steps: Vec<Step>,
}

impl Life {
    /// What is not understood may reach anywhere, and so takes whatever is required anywhere.
    pub(super) fn needs_two(&self) -> bool {
        self.team < GUARDED_TEAMS || self.wish != Wish::Known
    }
}

/// What a life asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wish {
    Known,
    /// A permission that nobody has heard of.
    UnknownPermission,
    /// A level that nobody has heard of.
    UnknownLevel,
}

/// Everything is frozen for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Freeze {
    /// Milliseconds after the start.
    pub(super) at: u32,
    pub(super) lasts: u32,
    pub(super) on: Hand,
    pub(super) off: Hand,
}

/// Who puts the brake on, or lifts it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Hand {
    /// By a command in Slack.
    Manager,
    /// By the command line.
    Operator,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    /// Milliseconds after the step before.
    pub(super) after: u32,
    pub(super) act: Act,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Act {
    /// An approver presses Approve.
    Approve(usize),
    /// An approver presses it, and the requester changes the request the moment after.
    ApproveBeforeEdit(usize),
    /// Several press it at one moment.
    Crowd,
    /// An approver presses Approve on the card as it stood when it was first seen.
    ApproveAsFirstSeen(usize),
    /// An approver reads the details and approves there, with a comment.
    ApproveInDetails(usize),
    /// An approver denies by the modal.
    Deny(usize),
    Withdraw(usize),
    CheckAgain(usize),
    /// Somebody without the right presses Approve.
    Outsider(Outsider),
    /// The requester changes what is asked for.
    Edit,
    Cancel,
    ApproveOnGitHub,
    DenyOnGitHub,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Outsider {
    /// Linked, and in no group.
    Bob,
    /// Linked to no GitHub account.
    Stranger,
    Guest,
    /// Whoever asked.
    Requester,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Disaster {
    /// Milliseconds after the start.
    pub(super) at: u32,
    pub(super) kind: Kind,
    /// Until the program is started again, or goes on.
    pub(super) lasts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// `kill -9`
    Kill,
    /// SIGSTOP; some last longer than a lease.
    Pause,
}

/// Where something can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// The one call that decides.
    Review,
    GitHub,
    Slack,
}

/// What a call to GitHub or Slack meets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// A server's error.
    Error,
    /// The connection is cut.
    Reset,
    /// No answer ever.
    Hang,
    /// 429: come back in a second.
    Limit,
    /// 403 for something that has to be mended.
    Forbidden,
}

/// What a webhook or a click meets on its way to the service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mishap {
    /// Never arrives.
    Lost,
    /// Arrives, and its sender never learns that.
    AnswerLost,
    Twice,
    /// So many milliseconds late.
    Late(u32),
}

impl Plan {
    pub(super) fn new(seed: u64, replicas: usize) -> Self {
        let dice = Dice::new(seed, "plan", 0);
        Self {
            seed,
            lives: (0..REQUESTS).map(|number| life(&Dice::new(seed, "life", number), number)).collect(),
            disasters: (0..replicas).map(|number| disasters(&Dice::new(seed, "replica", number))).collect(),
            freezes: freezes(&Dice::new(seed, "freezes", 0)),
            quirks: Quirks {
                edits_are_announced: dice.happens(70),
                unknown_is_unprocessable: dice.happens(50),
                own_sender_is_owner: dice.happens(50),
                lists_lag: dice.happens(50),
                created_names_no_installation: dice.happens(50),
            },
        }
    }

    /// What befalls the `nth` call of a place, before or after its effect.
    pub(super) fn fault(&self, place: Place, is_after: bool, nth: usize) -> Option<Fault> {
        let stage = if is_after { "after" } else { "before" };
        let dice = Dice::new(self.seed, &format!("{place:?} {stage}"), nth);
        let percent = match place {
            Place::Review => 25,
            Place::GitHub => 4,
            Place::Slack => 5,
        };
        if !dice.happens(percent) {
            return None;
        }
        let faults = match (place, is_after) {
            (_, true) => vec![(3, Fault::Reset), (2, Fault::Error), (1, Fault::Hang)],
            (Place::Review, false) => {
                vec![
                    (3, Fault::Error),
                    (3, Fault::Reset),
                    (2, Fault::Hang),
                    (1, Fault::Limit),
                    (1, Fault::Forbidden),
                ]
            }
            (Place::GitHub | Place::Slack, false) => {
                vec![(5, Fault::Error), (4, Fault::Reset), (2, Fault::Hang), (1, Fault::Limit)]
            }
        };
        Some(dice.pick(&faults))
    }

    /// What befalls the `nth` webhook on its way.
    pub(super) fn webhook_mishap(&self, nth: usize) -> Option<Mishap> {
        let dice = Dice::new(self.seed, "webhook", nth);
        let late = Mishap::Late(dice.below(6_000));
        let mishaps = [(3, Mishap::Lost), (2, Mishap::AnswerLost), (3, Mishap::Twice), (4, late)];
        dice.happens(20).then(|| dice.pick(&mishaps))
    }

    /// What befalls the `nth` click or submission on its way.
    pub(super) fn click_mishap(&self, nth: usize) -> Option<Mishap> {
        let dice = Dice::new(self.seed, "click", nth);
        let late = Mishap::Late(dice.below(1_500));
        let mishaps = [(2, Mishap::Lost), (2, Mishap::AnswerLost), (2, Mishap::Twice), (1, late)];
        dice.happens(10).then(|| dice.pick(&mishaps))
    }
}

fn life(dice: &Dice, number: usize) -> Life {
    let requester = number % REQUESTERS;
    let earlier = number.checked_sub(REQUESTERS).filter(|_| dice.happens(10));
    let steps = (0..dice.below(5)).map(|_| Step { after: dice.below(2_500), act: act(dice) }).collect();
    // As many as one channel is not flooded by.
    let wish = match number % 25 {
        3 => Wish::UnknownPermission,
        16 => Wish::UnknownLevel,
        _ => Wish::Known,
    };
    let life = Life {
        // A later request for a token comes after the earlier one, mostly.
        asked_at: dice.below(ASKED_WITHIN) / if earlier.is_some() { 1 } else { 2 },
        requester,
        team: number % TEAMS,
        token_of: earlier,
        wish,
        steps,
    };
    if life.needs_two() { seconded(dice, life) } else { life }
}

/// Where two have to agree somebody else mostly approves, too, or two do in the end.
fn seconded(dice: &Dice, life: Life) -> Life {
    let mut steps = Vec::new();
    for step in life.steps {
        steps.push(step);
        if let Act::Approve(who) = step.act
            && dice.happens(80)
        {
            steps.push(Step { after: dice.below(1_500), act: Act::Approve((who + 1) % 3) });
        }
    }
    if dice.happens(50) {
        let who = dice.below(3) as usize;
        steps.extend(
            [who, (who + 1) % 3].map(|who| Step { after: dice.below(1_500), act: Act::Approve(who) }),
        );
    }
    Life { steps, ..life }
}

fn freezes(dice: &Dice) -> Vec<Freeze> {
    let hand = || dice.pick(&[(1, Hand::Manager), (1, Hand::Operator)]);
    let mut freezes = Vec::new();
    let mut at = 2_000 + dice.below(3_000);
    while at < FREEZES_UNTIL {
        let freeze = Freeze { at, lasts: 500 + dice.below(2_500), on: hand(), off: hand() };
        at += freeze.lasts + 2_500 + dice.below(3_000);
        freezes.push(freeze);
    }
    freezes
}

fn act(dice: &Dice) -> Act {
    let presser = dice.below(3) as usize;
    let writer = 3 + dice.below(2) as usize;
    let outsider = dice.pick(&[
        (3, Outsider::Bob),
        (1, Outsider::Stranger),
        (1, Outsider::Guest),
        (2, Outsider::Requester),
    ]);
    dice.pick(&[
        (28, Act::Approve(presser)),
        (10, Act::ApproveBeforeEdit(presser)),
        (8, Act::Crowd),
        (8, Act::ApproveAsFirstSeen(presser)),
        (7, Act::ApproveInDetails(writer)),
        (10, Act::Deny(writer)),
        (5, Act::Withdraw(presser)),
        (2, Act::CheckAgain(presser)),
        (12, Act::Outsider(outsider)),
        (10, Act::Edit),
        (4, Act::Cancel),
        (4, Act::ApproveOnGitHub),
        (3, Act::DenyOnGitHub),
    ])
}

fn disasters(dice: &Dice) -> Vec<Disaster> {
    let mut disasters = Vec::new();
    let mut at = 1_500 + dice.below(2_000);
    while at < DISASTERS_UNTIL {
        let (kind, lasts) = dice.pick(&[
            (4, (Kind::Kill, 100 + dice.below(900))),
            (3, (Kind::Pause, 100 + dice.below(1_500))),
            (1, (Kind::Pause, 3_500 + dice.below(1_500))),
        ]);
        disasters.push(Disaster { at, kind, lasts });
        at += lasts + 2_000 + dice.below(4_000);
    }
    disasters
}

/// Chance for one question: the answer depends on nothing that was asked before.
struct Dice(Chance);

impl Dice {
    fn new(seed: u64, about: &str, number: usize) -> Self {
        // FNV-1a: enough to keep the questions apart.
        let bytes = about.bytes().chain((number as u64).to_le_bytes());
        let mixed = bytes.fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        Self(Chance::seeded(mixed))
    }

    fn below(&self, bound: u32) -> u32 {
        self.0.below(bound)
    }

    fn happens(&self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of these, each as likely as its weight says.
    fn pick<T: Copy>(&self, choices: &[(u32, T)]) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, choice) in choices {
            match left.checked_sub(*weight) {
                None => return *choice,
                Some(rest) => left = rest,
            }
        }
        unreachable!("the weights add up")
    }
}

#[test]
fn a_seed_decides_a_plan_and_another_seed_another() {
    let (plan, again, other) = (Plan::new(7, 2), Plan::new(7, 2), Plan::new(8, 2));
    let faults = |plan: &Plan| {
        let fault =
            |nth| (plan.fault(Place::Review, false, nth), plan.webhook_mishap(nth), plan.click_mishap(nth));
        (0..500).map(fault).collect::<Vec<_>>()
    };

    assert_eq!((&plan, faults(&plan)), (&again, faults(&again)));
    assert_ne!(plan.lives, other.lives);
    assert_ne!(plan.disasters, other.disasters);
    assert_ne!(plan.freezes, other.freezes);
    assert_ne!(faults(&plan), faults(&other));
}
