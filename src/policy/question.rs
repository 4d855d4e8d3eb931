//! What is asked of the policies, and what they answer.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Needs, Progress};
use crate::identity::{Identity, Machines, Membership, Own, SlackAccount};
use crate::ids::{Login, SlackUserId};
use crate::request::{Refusal, TokenRequest, Verdict};

/// What somebody wants to do to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Approve,
    Deny,
    Show,
    /// An organization's tokens.
    List,
    /// A token.
    Revoke,
    /// The same, to be taken away as a file.
    Export,
    /// Asked of rules alone, never of a person.
    AutoApprove,
    AutoDeny,
}

impl Act {
    /// The action's name in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Show => "show",
            Self::List => "list",
            Self::Revoke => "revoke",
            Self::Export => "export",
            Self::AutoApprove => "autoApprove",
            Self::AutoDeny => "autoDeny",
        }
    }
}

/// What somebody does who decides so.
impl From<Verdict> for Act {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approve => Self::Approve,
            Verdict::Deny => Self::Deny,
        }
    }
}

/// What Slack says about a user, or why it could not be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    Known(SlackAccount),
    Unknown(String),
}

/// Everything that could be established about the person who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    pub slack: SlackUserId,
    pub identity: Identity,
    pub account: Account,
    /// Of the request's organization.
    pub membership: Membership,
    /// Names of the groups the person is in.
    pub groups: BTreeSet<String>,
    /// The groups of which nobody could tell whether the person is in them, and why, for the person's ears.
    pub unknown_groups: BTreeMap<String, String>,
    /// Whether the request is this person's own, by any account they were ever linked to.
    pub is_own: bool,
    /// By what that is told of any request.
    pub own: Own,
    /// By what it is told of any request whether a machine asks.
    pub machines: Machines,
    /// How long the link to the GitHub account has stood unchanged, in hours; 1,000,000 for a reviewed one that is the
    /// first on both sides.
    pub link_age_hours: i64,
    /// GitHub can't be asked, and the act can't bring anything about there: what only GitHub could tell counts as fine.
    /// What it has told, and everything about the Slack account, counts as ever.
    pub is_github_silent: bool,
}

/// Why something hangs on a group of which nobody could tell whether somebody is in it; of anybody, for anybody's ears.
pub fn unknown_membership(group: &str, cause: &str) -> String {
    format!("membership in {group} is not known: {cause}")
}

/// May this person do this to this request, now?
#[derive(Debug, Clone)]
pub struct Question<'a> {
    pub who: &'a Who,
    pub act: Act,
    pub request: &'a TokenRequest,
    /// The groups that may decide; `None` when no route covers the request.
    pub approvers: Option<&'a [String]>,
    pub needs: &'a Needs,
    /// The repository groups that the request reaches into.
    pub touches: Vec<String>,
    /// Who answers for the requester, if that is a machine account.
    pub answered_by: Option<&'a Login>,
    pub now: DateTime<Utc>,
}

/// May this person see tokens of an organization, or end them?
#[derive(Debug, Clone, Copy)]
pub struct TokenQuestion<'a> {
    pub who: &'a Who,
    pub organization: &'a Login,
    pub about: About<'a>,
    pub now: DateTime<Utc>,
}

/// Which of an organization's tokens a question is about.
#[derive(Debug, Clone, Copy)]
pub enum About<'a> {
    /// Whether they may be listed at all.
    All,
    /// Whether they may be taken away as a file at all.
    Export,
    /// Whether those of one owner may be seen, and whether these are the person's own.
    Of { owner: &'a Login, is_own: bool },
    /// Whether those of one owner may be ended.
    Ending { owner: &'a Login, is_own: bool },
}

impl<'a> Question<'a> {
    /// The groups whose members may decide or have to be represented; none where nobody may decide.
    pub(super) fn deciding_groups(&self) -> impl Iterator<Item = &'a String> + use<'a> {
        let approvers = self.approvers.unwrap_or_default();
        let required = self.approvers.map(|_| self.needs.groups()).into_iter().flatten();
        approvers.iter().chain(required.filter(|group| !approvers.contains(group)))
    }
}

/// The built-in policy that lets people vote whose group has to be represented.
pub(super) const REQUIRED_DECIDE: &str = "required-decide";

/// Are these votes enough?
#[derive(Debug, Clone)]
pub struct Settling<'a> {
    pub request: &'a TokenRequest,
    pub approvers: Option<&'a [String]>,
    pub needs: &'a Needs,
    pub touches: Vec<String>,
    pub answered_by: Option<&'a Login>,
    /// How far the approvals go, of distinct people whose right to approve was judged now.
    pub progress: &'a Progress,
    pub now: DateTime<Utc>,
}

/// The policies' answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub allowed: bool,
    /// Names of the policies that caused the answer.
    pub policies: Vec<String>,
    /// What to tell the person; `None` exactly when it is allowed.
    pub refusal: Option<Refusal>,
    /// The facts it was judged on, for the record.
    pub facts: BTreeMap<String, String>,
}

impl Judgement {
    /// Whether this allows to decide whichever groups have to be represented. Who may vote only for such a group needs
    /// somebody else beside them.
    pub fn makes_decider(&self) -> bool {
        self.allowed && self.policies.iter().any(|policy| policy != REQUIRED_DECIDE)
    }
}
