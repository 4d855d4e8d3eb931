//! What one commit changes: a value, made without touching the database and committed as a whole or not at all.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::groups::{Seen, TeamPin};
use super::homes::HomeNews;
use super::leave::Leave;
use super::mirroring::Mirroring;
use super::nudges::Nudge;
use super::policy_sets::PolicySet;
use super::revocations::Revoking;
use super::shares::Share;
use super::turns::Turn;
use crate::audit::Entry;
use crate::github::Place;
use crate::identity::Ticket;
use crate::ids::{
    ChannelId, EnterpriseId, GitHubUserId, InstallationId, Login, MessageTs, OrganizationId, SlackAppId,
    SlackUserId, TeamId,
};
use crate::request::{Braking, Collection, Key, Lifts, Refusal, TokenRequest};

/// Everything one event changes. Requests carry the version they were read at; if another commit came first, or the
/// job's lease was lost, nothing of the change happens.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub requests: Vec<TokenRequest>,
    pub card: Option<Card>,
    /// A card's posting begins; a change with the card ends it.
    pub posting: Option<Posting>,
    /// The posting of this request's card ended without one.
    pub not_posted: Option<Key>,
    /// The operators were told of lasting trouble.
    pub lasting: Option<Lasting>,
    /// The lasting trouble of this name is over.
    pub is_over: Option<String>,
    pub entries: Vec<Entry>,
    pub jobs: Vec<NewJob>,
    /// The job whose work this is; it must still be leased.
    pub lease: Option<Lease>,
    /// Whether the leased job is done with this change.
    pub is_job_done: bool,
    /// Whether this tells what was learnt outside and can't be asked for again.
    pub is_learnt: bool,
    /// For how long the lease lasts from this commit on.
    pub renews: Option<TimeDelta>,
    /// The right to change something on GitHub, taken with this change; without it nothing of the change happens.
    pub turn: Option<Turn>,
    /// A turn that is over with this change.
    pub turn_over: Option<Turn>,
    /// Brings an approval on its way, or decides by itself, as it was judged after so many freezes: nothing of it happens
    /// while everything is frozen, nor once another freeze has come and gone.
    pub unfrozen_at: Option<Lifts>,
    /// What rules approve with this change of what they may for one person in a day; without it nothing of the change
    /// happens.
    pub share: Option<Share>,
    /// People are reminded of these with this change; if that was done a short while ago, the race is lost.
    pub nudges: Vec<Nudge>,
    /// Of these nobody was reminded after all. What was reminded of since is left alone.
    pub vain_nudges: Vec<Nudge>,
    /// Everything is frozen with this change, or that is lifted; if it is so already, the race is lost.
    pub braking: Option<Braking>,
    /// The delivery this change answers, to recognise it when it comes again.
    pub delivery: Option<(String, DateTime<Utc>)>,
    pub installation: Option<Installation>,
    /// A link to be pinned, and the one it takes the place of; if another one stands there, the race is lost.
    pub link: Option<(Link, Option<Link>)>,
    /// A machine account to be pinned, and the number it was pinned to before; if it is another one, the race is lost.
    pub machine: Option<(PinnedMachine, Option<GitHubUserId>)>,
    /// A team to be pinned, and the one it takes the place of; if another one stands there, the race is lost.
    pub team: Option<(TeamPin, Option<TeamPin>)>,
    /// Members who were not seen before; if somebody has seen any of them, the race is lost.
    pub seen: Option<Seen>,
    /// A try to link accounts, moved on from the version it was read at; a new one takes the place of the person's last.
    pub ticket: Option<Ticket>,
    /// A link that somebody made themselves; if either side has one, the race is lost.
    pub self_linked: Option<Link>,
    /// One that ends, and when; if another one stands there, the race is lost.
    pub self_unlinked: Option<(Link, DateTime<Utc>)>,
    /// To be pinned; if one is, the race is lost.
    pub slack_installation: Option<PinnedSlack>,
    /// Where people find requests from now on.
    pub showings: Vec<Showing>,
    /// A request that leaves the collection it stands in, if it still does.
    pub leaving: Option<Leaving>,
    /// A collection that begins with this change.
    pub collection: Option<Collection>,
    /// An organization's list of pending requests was compared with ours as a whole.
    pub reconciled: Option<Reconciled>,
    /// What was learnt of tokens.
    pub mirroring: Option<Mirroring>,
    /// What becomes of revocations.
    pub revoking: Option<Revoking>,
    /// Somebody opened the app's home, or something was published there.
    pub home: Option<(SlackUserId, HomeNews)>,
    /// Numbers that only grow.
    pub progress: Vec<Progress>,
    /// What is counted once this is true.
    pub counts: Vec<Counted>,
    /// A set of policies that is in force from now on.
    pub policy_set: Option<PolicySet>,
    /// Whether rules decide from now on.
    pub leave: Option<Leave>,
}

/// What the metrics count of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    Refused { reason: &'static str },
    OutsidePolicy { outcome: &'static str, result: &'static str },
}

impl Counted {
    /// A click, a submission or a command that changes nothing.
    pub fn refused(refusal: &Refusal) -> Self {
        Self::Refused { reason: refusal.name() }
    }

    pub(super) fn count(&self) {
        match *self {
            Self::Refused { reason } => {
                metrics::counter!("countersign_refusals_total", "reason" => reason).increment(1);
            }
            Self::OutsidePolicy { outcome, result } => {
                let labels = [("outcome", outcome), ("result", result)];
                metrics::counter!("countersign_outside_policy_total", &labels).increment(1);
            }
        }
    }
}

/// Where people find a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showing {
    pub key: Key,
    pub channel: ChannelId,
    /// The collection it stands in; without one it has a card of its own.
    pub collection: Option<Key>,
    pub since: DateTime<Utc>,
}

/// A request that does not belong in this collection: where people find it is decided anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    pub key: Key,
    pub collection: Key,
}

/// A comparison of an organization's pending requests with ours that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconciled {
    pub organization: OrganizationId,
    pub finished_at: DateTime<Utc>,
}

/// A number that only grows: how far a list was read, or until when somebody is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub name: Cow<'static, str>,
    pub value: u64,
}

impl Change {
    /// Whether it may be committed under a lease that has run out, as long as nobody has taken the job over: then nobody
    /// has seen the lease end, and nothing outside is done after it. A step after which something is sent is another
    /// matter: whoever takes the job over right after it must not find it on its way.
    pub(super) fn may_come_late(&self) -> bool {
        self.is_job_done || self.is_learnt
    }
}

/// Where a request's card stands in Slack and what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub key: Key,
    pub channel: ChannelId,
    pub ts: MessageTs,
    /// A digest of the rendered message; equal means nothing to do.
    pub rendering: String,
}

/// A card that may stand in a channel: its posting began, and how it ended is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub key: Key,
    pub channel: ChannelId,
    /// When the first such attempt began.
    pub since: DateTime<Utc>,
    /// After this time nothing of the newest one is sent any more.
    pub over_at: DateTime<Utc>,
}

/// Trouble that lasts until somebody mends it; the operators are told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lasting {
    pub name: String,
    /// What they were told.
    pub words: String,
    pub since: DateTime<Utc>,
}

/// Work to be done. Asking again for work of the same kind and subject does it once more, not twice at once.
#[derive(Clone, PartialEq, Eq)]
pub struct NewJob {
    pub kind: &'static str,
    pub subject: String,
    pub payload: String,
    pub run_at: DateTime<Utc>,
}

/// A job handed out to be worked on under a lease.
#[derive(Clone, PartialEq, Eq)]
pub struct LeasedJob {
    pub lease: Lease,
    pub kind: String,
    pub subject: String,
    pub payload: String,
    pub created_at: DateTime<Utc>,
    /// How often it failed before.
    pub attempts: u32,
}

/// Payloads hold response URLs, which are as good as passwords.
impl fmt::Debug for NewJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewJob")
            .field("kind", &self.kind)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LeasedJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeasedJob")
            .field("kind", &self.kind)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// The right to work on a job; lost when it runs out or somebody else takes the job over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub job: i64,
    pub owner: String,
    pub generation: i64,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Committed {
    Yes,
    /// Another commit came first: decide again on the fresh state.
    LostRace,
    /// Somebody else works on the job now, or may at any moment.
    LostLease,
    /// Everything is frozen.
    Frozen,
    /// Rules have approved as much for this person today as they may.
    UsedUp,
    /// Somebody else changes something on GitHub now, or has just done so: try again after this time.
    NotYet(TimeDelta),
}

/// One installation of our App, as GitHub last told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    pub id: InstallationId,
    pub organization: OrganizationId,
    pub login: Login,
    pub state: InstallationState,
    pub updated_at: DateTime<Utc>,
}

impl Installation {
    /// Where to ask about the organization.
    pub fn place(&self) -> Place {
        Place { installation: self.id, organization: self.login.clone() }
    }

    /// What GitHub tells about an installation now.
    pub fn told(found: &crate::github::Installation, now: DateTime<Utc>) -> Self {
        let state = if found.suspended { InstallationState::Suspended } else { InstallationState::Active };
        Self {
            id: found.id,
            organization: found.organization,
            login: found.login.clone(),
            state,
            updated_at: now,
        }
    }
}

/// Whether an installation can be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallationState {
    Active,
    Suspended,
    Removed,
}

/// A Slack user and their GitHub account: by a login of the reviewed mapping with the account it was resolved to, or by
/// sign-in with the login the account had then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub login: Login,
    pub github: GitHubUserId,
    pub slack: SlackUserId,
    pub linked_at: DateTime<Utc>,
}

/// A login of a machine account with the account it was resolved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedMachine {
    pub login: Login,
    pub github: GitHubUserId,
    pub pinned_at: DateTime<Utc>,
}

/// The Slack installation this database belongs to, pinned at first contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedSlack {
    pub app: SlackAppId,
    pub team: Option<TeamId>,
    pub enterprise: Option<EnterpriseId>,
    pub is_enterprise_install: bool,
    pub pinned_at: DateTime<Utc>,
}
