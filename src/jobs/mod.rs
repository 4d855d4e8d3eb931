//! Effects that must happen, carried out until they succeed or are given up loudly.
//!
//! A job is committed together with what causes it. The [`Worker`] leases it, runs it, and commits what it learnt
//! together with the job's end, so that a crash at any moment repeats work but loses none.

mod answer;
mod ask_rules;
mod card;
mod check;
mod click;
pub(crate) mod collecting;
mod compare;
mod deliveries;
pub(crate) mod discover;
mod drawn;
mod enrich;
mod export;
mod freeze;
pub(crate) mod groups;
mod home;
mod installation;
pub(crate) mod inventory;
mod judge;
mod keys;
mod notify;
mod nudge;
mod place;
mod post;
mod posting;
mod read_pages;
mod reconcile;
mod redraw;
mod refusing;
pub(crate) mod retire;
mod review;
mod revoke;
mod scopes;
mod sparing;
mod stop;
mod tell;
mod tell_link;
mod tell_revoked;
mod turn;
mod unfold;
mod wisher;
mod worker;

use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;

use crate::app::{LinkError, PlaceError};
use crate::github;
use crate::request::{Effect, Key};
use crate::slack;
use crate::store::{Change, LeasedJob, NewJob, StoreError};

pub use answer::Answer;
pub use click::{Click, Together, Wish};
pub use export::ExportWish;
pub use freeze::FreezeWish;
pub use notify::Notice;
pub use nudge::NudgeWish;
pub use read_pages::ReadPages;
pub use revoke::of_revocation;
pub(crate) use revoke::parse_revoking;
pub use tell_link::LinkNews;
pub use wisher::Wisher;
pub use worker::{Progress, Worker};

/// The kinds of work, by the names they have in the database and in metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Enrich,
    /// The rules that decide alone are asked.
    AskRules,
    Card,
    TellArrival,
    TellOutcome,
    Reply,
    Review,
    /// GitHub's list is read for a request that waits.
    Check,
    /// A click that asks for a change is judged.
    Judge,
    /// One person is told something that nobody else sees.
    Answer,
    /// An installation is read again.
    Installation,
    /// The operators are told.
    Notify,
    /// A decision made on GitHub's page is compared with our policies.
    Compare,
    /// A card that is no longer the one to look at loses its buttons.
    Retire,
    /// Where the App is installed is found out, and every organization compared.
    Discover,
    /// One organization's list is compared with ours.
    Reconcile,
    /// Webhooks that did not arrive are fetched.
    Deliveries,
    /// A command that freezes everything, or lifts that, is judged.
    Freeze,
    /// What has been frozen, or is no longer, is shown as that.
    Redraw,
    /// Who is in the groups that Slack and GitHub keep is read.
    Groups,
    /// Somebody is told that their accounts were linked.
    TellLink,
    /// Every organization's active tokens are to be read.
    Inventory,
    /// One organization's active tokens are read.
    Mirror,
    /// One token is read that was just approved.
    MirrorToken,
    /// Tokens of one organization are revoked.
    Revoke,
    /// Who revokes them is shown how far that is.
    TellRevocation,
    /// An owner is told which tokens were revoked.
    TellRevoked,
    /// Active tokens are made a file and sent to who asked for it.
    Export,
    /// A requester wants those reminded who can decide.
    Nudge,
    /// Those are reminded.
    TellNudge,
    /// The app's home is made anew for somebody.
    Home,
    /// It is, for all who may be looking at it.
    Homes,
}

impl Kind {
    pub const ALL: [Self; 32] = [
        Self::Enrich,
        Self::AskRules,
        Self::Card,
        Self::TellArrival,
        Self::TellOutcome,
        Self::Reply,
        Self::Review,
        Self::Check,
        Self::Judge,
        Self::Answer,
        Self::Installation,
        Self::Notify,
        Self::Compare,
        Self::Retire,
        Self::Discover,
        Self::Reconcile,
        Self::Deliveries,
        Self::Freeze,
        Self::Redraw,
        Self::Groups,
        Self::TellLink,
        Self::Inventory,
        Self::Mirror,
        Self::MirrorToken,
        Self::Revoke,
        Self::TellRevocation,
        Self::TellRevoked,
        Self::Export,
        Self::Nudge,
        Self::TellNudge,
        Self::Home,
        Self::Homes,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Enrich => "enrich",
            Self::AskRules => "ask_rules",
            Self::Card => "card",
            Self::TellArrival => "tell_arrival",
            Self::TellOutcome => "tell_outcome",
            Self::Reply => "reply",
            Self::Review => "review",
            Self::Check => "check",
            Self::Judge => "judge",
            Self::Answer => "answer",
            Self::Installation => "installation",
            Self::Notify => "notify",
            Self::Compare => "compare",
            Self::Retire => "retire",
            Self::Discover => "discover",
            Self::Reconcile => "reconcile",
            Self::Deliveries => "deliveries",
            Self::Freeze => "freeze",
            Self::Redraw => "redraw",
            Self::Groups => "groups",
            Self::TellLink => "tell_link",
            Self::Inventory => "inventory",
            Self::Mirror => "mirror",
            Self::MirrorToken => "mirror_token",
            Self::Revoke => "revoke",
            Self::TellRevocation => "tell_revocation",
            Self::TellRevoked => "tell_revoked",
            Self::Export => "export",
            Self::Nudge => "nudge",
            Self::TellNudge => "tell_nudge",
            Self::Home => "home",
            Self::Homes => "homes",
        }
    }

    /// With what it shares its slots.
    fn lane(self) -> Lane {
        match self {
            Self::Judge | Self::Nudge => Lane::Judging,
            Self::Review | Self::Freeze => Lane::Deciding,
            Self::Answer => Lane::Answering,
            Self::Card
            | Self::TellArrival
            | Self::TellOutcome
            | Self::Reply
            | Self::Notify
            | Self::Retire
            | Self::TellNudge
            | Self::TellLink
            | Self::TellRevocation
            | Self::TellRevoked => Lane::Telling,
            Self::Home | Self::Homes => Lane::Furnishing,
            Self::Enrich
            | Self::AskRules
            | Self::Check
            | Self::Installation
            | Self::Compare
            | Self::Discover
            | Self::Reconcile
            | Self::Deliveries
            | Self::Redraw
            | Self::Groups
            | Self::Inventory
            | Self::MirrorToken => Lane::Looking,
            Self::Mirror => Lane::Mirroring,
            Self::Revoke => Lane::Revoking,
            Self::Export => Lane::Exporting,
        }
    }

    /// Whether it is tried for ever. A decision or a revocation may have reached GitHub, and people read that it is on its way; that of
    /// a request that waits may say that it is on hold until a look succeeds; what happens by the clock asks for itself
    /// again, and nobody else would.
    fn is_endless(self) -> bool {
        match self {
            Self::Review
            | Self::Revoke
            | Self::Check
            | Self::Discover
            | Self::Reconcile
            | Self::Deliveries
            | Self::Redraw
            | Self::Groups
            | Self::Inventory
            | Self::Mirror => true,
            Self::Enrich
            | Self::AskRules
            | Self::Card
            | Self::TellArrival
            | Self::TellOutcome
            | Self::Reply
            | Self::Judge
            | Self::Answer
            | Self::Installation
            | Self::Notify
            | Self::Compare
            | Self::Retire
            | Self::Freeze
            | Self::TellLink
            | Self::TellRevocation
            | Self::TellRevoked
            | Self::Nudge
            | Self::TellNudge
            | Self::Home
            | Self::Homes
            | Self::MirrorToken
            | Self::Export => false,
        }
    }

    /// Whether somebody waits for it: it is tried although an upstream has failed just now.
    fn is_awaited(self) -> bool {
        match self {
            Self::Judge | Self::Answer | Self::Freeze | Self::Export | Self::Nudge => true,
            Self::Enrich
            | Self::AskRules
            | Self::Card
            | Self::TellArrival
            | Self::TellOutcome
            | Self::Reply
            | Self::Review
            | Self::Check
            | Self::Installation
            | Self::Notify
            | Self::Compare
            | Self::Retire
            | Self::Discover
            | Self::Reconcile
            | Self::Deliveries
            | Self::Redraw
            | Self::Groups
            | Self::TellLink
            | Self::TellNudge
            | Self::Home
            | Self::Homes
            | Self::Inventory
            | Self::Mirror
            | Self::MirrorToken
            | Self::Revoke
            | Self::TellRevocation
            | Self::TellRevoked => false,
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// This kind of work on a subject, due at once.
    pub fn on(self, subject: impl ToString, payload: String, now: DateTime<Utc>) -> NewJob {
        NewJob { kind: self.name(), subject: subject.to_string(), payload, run_at: now }
    }
}

impl From<Effect> for Kind {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Enrich => Self::Enrich,
            Effect::AskRules => Self::AskRules,
            Effect::Card => Self::Card,
            Effect::TellArrival => Self::TellArrival,
            Effect::Review => Self::Review,
            Effect::TellOutcome => Self::TellOutcome,
            Effect::Reply => Self::Reply,
            Effect::Compare => Self::Compare,
        }
    }
}

/// Kinds of work that share slots. Ten thousand jobs in one lane hold up nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Lane {
    /// What a click asked for; whoever clicked may have to be asked about in Slack and on GitHub.
    Judging,
    /// Telling GitHub what was decided, and the brake: however many clicks hang.
    Deciding,
    /// Whoever clicked hears of it, however many cards wait.
    Answering,
    /// Whatever else is told in Slack.
    Telling,
    /// Homes, for each of which GitHub and Slack are asked; people wait for requests, not for these.
    Furnishing,
    /// What GitHub says, and what follows from it.
    Looking,
    /// Long lists of active tokens, for which nobody waits.
    Mirroring,
    /// Revocations, each of which may be of many tokens.
    Revoking,
    /// Files, each of which is in memory as a whole.
    Exporting,
}

impl Lane {
    const ALL: [Self; 9] = [
        Self::Judging,
        Self::Deciding,
        Self::Answering,
        Self::Telling,
        Self::Furnishing,
        Self::Looking,
        Self::Mirroring,
        Self::Revoking,
        Self::Exporting,
    ];

    /// How much of it runs at once. Jobs wait on the network, not on the processor.
    fn slots(self) -> usize {
        match self {
            Self::Judging | Self::Deciding | Self::Answering | Self::Looking => 8,
            Self::Telling => 24,
            // However many organizations there are, and however many people look.
            Self::Mirroring | Self::Furnishing => 2,
            // However many people ask.
            Self::Exporting => 1,
            Self::Revoking => 4,
        }
    }

    fn kinds(self) -> Vec<&'static str> {
        Kind::ALL.into_iter().filter(|kind| kind.lane() == self).map(Kind::name).collect()
    }
}

/// The jobs that carry out a transition's effects on one request.
pub fn for_effects(effects: &[Effect], key: &Key, now: DateTime<Utc>) -> Vec<NewJob> {
    effects.iter().map(|effect| Kind::from(*effect).on(key, String::new(), now)).collect()
}

/// Why a job did not succeed; says whether it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Later, and not before the other side allows it.
    #[error("{cause}")]
    Retry { cause: String, not_before: Option<Wait> },
    /// Nothing failed: its turn is at this time.
    #[error("{cause}")]
    Later { cause: String, until: DateTime<Utc> },
    /// Somebody has to mend something first; tried again for as long as that takes.
    #[error("{cause}")]
    Blocked { cause: String },
    /// It can never succeed; people must know.
    #[error("{cause}")]
    GiveUp { cause: String },
    /// The state moved while the job ran: run it on the fresh state.
    #[error("the state moved on")]
    Again,
    /// Somebody else works on the job now.
    #[error("the lease was lost")]
    LostLease,
}

/// How long the other side wants to be left alone.
#[derive(Debug, Clone, Copy)]
pub enum Wait {
    Until(DateTime<Utc>),
    For(TimeDelta),
}

impl Wait {
    fn ends(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Until(at) => at,
            Self::For(time) => now.checked_add_signed(time).unwrap_or(now),
        }
    }
}

impl JobError {
    fn retry(cause: impl ToString) -> Self {
        Self::Retry { cause: cause.to_string(), not_before: None }
    }

    fn give_up(cause: impl ToString) -> Self {
        Self::GiveUp { cause: cause.to_string() }
    }

    /// What a job says makes no sense here. While replicas are replaced a later release may have written it: it waits for
    /// one that can read it, and is not given up.
    fn unreadable(what: &str) -> Self {
        Self::Blocked { cause: format!("this release can't read {what}; a later one may have written it") }
    }
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        match error {
            // Written by a later release, or damaged: either way it stays so until somebody has done something.
            StoreError::Corrupt { .. } => Self::Blocked { cause: error.to_string() },
            StoreError::Database(_) | StoreError::Silent | StoreError::TooNew | StoreError::Closed => {
                Self::retry(error)
            }
        }
    }
}

impl From<PlaceError> for JobError {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::GitHub(trouble) => trouble.into(),
            PlaceError::Store(error) => error.into(),
            other @ (PlaceError::NotInstalled(_) | PlaceError::Suspended) => Self::retry(other),
        }
    }
}

impl From<LinkError> for JobError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::GitHub(trouble) => trouble.into(),
            LinkError::Store(error) => error.into(),
            LinkError::Moved(_) => Self::Again,
            other @ LinkError::NoSuchAccount(_) => Self::retry(other),
        }
    }
}

impl From<github::Trouble> for JobError {
    fn from(trouble: github::Trouble) -> Self {
        let cause = trouble.to_string();
        match trouble {
            github::Trouble::RateLimited { until } => {
                Self::Retry { cause, not_before: Some(Wait::Until(until)) }
            }
            github::Trouble::Resting { until } => Self::Later { cause, until },
            // Somebody can mend each of these, and then it works.
            github::Trouble::Unauthorized { .. }
            | github::Trouble::Forbidden { .. }
            | github::Trouble::Suspended
            | github::Trouble::NotFound { .. }
            | github::Trouble::Unavailable { .. }
            | github::Trouble::Unexpected { .. } => Self::retry(cause),
        }
    }
}

impl From<slack::Trouble> for JobError {
    fn from(trouble: slack::Trouble) -> Self {
        let cause = trouble.to_string();
        match trouble {
            slack::Trouble::RateLimited { after } => {
                let after = TimeDelta::from_std(after).unwrap_or(TimeDelta::MAX);
                Self::Retry { cause, not_before: Some(Wait::For(after)) }
            }
            slack::Trouble::Resting { until } => Self::Later { cause, until },
            slack::Trouble::Unavailable { .. } => Self::retry(cause),
            slack::Trouble::BadCredentials { .. } | slack::Trouble::MissingScope { .. } => {
                Self::Blocked { cause }
            }
            slack::Trouble::BadTarget { .. }
            | slack::Trouble::Refused { .. }
            | slack::Trouble::TriggerExpired { .. }
            | slack::Trouble::MessageGone
            | slack::Trouble::NotEditable { .. } => Self::give_up(cause),
        }
    }
}

/// A job's work: what it learnt, to be committed together with the job's end.
type Done = Result<Change, JobError>;

/// The request a job is about.
fn key_of(job: &LeasedJob) -> Result<Key, JobError> {
    job.subject.parse().map_err(|_| JobError::unreadable("which request this is about"))
}

/// What a job says beside its subject. Nothing of it is repeated in the error: it may hold what nobody should read.
fn payload_of<T: DeserializeOwned>(job: &LeasedJob) -> Result<T, JobError> {
    serde_json::from_str(&job.payload).map_err(|_| JobError::unreadable("what this asks for"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_masses_shares_no_slots_with_a_decision_or_with_the_answer_to_a_click() {
        let masses =
            [Kind::Card, Kind::TellArrival, Kind::Enrich, Kind::Check, Kind::Reconcile, Kind::Deliveries];
        let decisions = [Kind::Judge, Kind::Freeze, Kind::Review];

        for kind in masses {
            assert!(decisions.iter().chain(&[Kind::Answer]).all(|one| one.lane() != kind.lane()), "{kind:?}");
        }
        assert!(decisions.iter().all(|one| one.lane() != Kind::Answer.lane()), "Slack may be slow");
        let kinds: Vec<_> = Lane::ALL.into_iter().flat_map(Lane::kinds).collect();
        assert_eq!(kinds.len(), Kind::ALL.len());
    }

    #[test]
    fn reading_the_tokens_of_many_organizations_holds_up_nothing_that_a_request_waits_for() {
        assert_eq!(Kind::Mirror.lane().kinds(), [Kind::Mirror.name()]);
        assert_eq!(Kind::Mirror.lane().slots(), 2);
        for awaited in [Kind::Enrich, Kind::Reconcile, Kind::Check, Kind::MirrorToken] {
            assert_ne!(awaited.lane(), Kind::Mirror.lane(), "{awaited:?}");
        }
    }
}
