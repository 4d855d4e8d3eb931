//! Why a click changes nothing: one variant for each thing we would say to the person.

use chrono::{DateTime, Utc};

use super::{Decider, Frozen, Settlement};
use crate::ids::Login;

/// An answer to one person, told to nobody else. The words are Slack's edge's; the cause is decided here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody else's decision is on its way to GitHub.
    AlreadyDeciding {
        by: Option<Decider>,
    },
    AlreadySettled(Box<Settlement>),
    /// The click was for content that has changed since; a fresh card is on its way.
    ContentChanged,
    /// GitHub has refused the same twice; it has to be looked at first.
    RefusedTwice,
    /// GitHub's list does not show the request, and whether it is over is being found out.
    NotListed,
    /// The organization is out of reach.
    OnHold {
        cause: String,
    },
    /// Everything is frozen; only denials count.
    Frozen(Box<Frozen>),
    /// Nothing is in the way that another look could clear.
    NothingToCheck,
    /// The person has given no vote, and nothing is on its way.
    NothingToWithdraw,
    /// The decision may have reached GitHub; only GitHub ends it now.
    MayHaveArrived,
    /// No such request, or a card of another installation.
    UnknownRequest,
    /// The click was judged too long after it was made.
    TooLate {
        clicked_at: DateTime<Utc>,
    },
    /// Not in any group that may decide this request.
    NotAnApprover {
        groups: Vec<String>,
    },
    /// Not in the group that may freeze everything, and lift that.
    NotAManager,
    /// Nothing gives the person the right to see tokens there.
    MayNotLook {
        organization: Login,
    },
    /// Nothing gives the person the right to end tokens there.
    MayNotRevoke {
        organization: Login,
    },
    /// Nothing gives the person the right to take the tokens there away as a file.
    MayNotExport {
        organization: Login,
    },
    /// No route matches: nobody may decide this request here.
    NoRoute,
    OwnRequest,
    /// No GitHub account is linked to this Slack user.
    UnknownAccount,
    /// The link to a GitHub account can't be relied on.
    DoubtfulAccount {
        cause: String,
    },
    NotAMember {
        organization: Login,
    },
    /// The link to the GitHub account is too fresh.
    RecentLink,
    Guest,
    External,
    Deactivated,
    Bot,
    /// The click came through another workspace or organization than the one we serve.
    OtherWorkspace,
    /// The click came through another Slack app.
    OtherApp,
    /// Slack or GitHub could not tell what the decision hangs on.
    CannotTell {
        cause: String,
    },
    /// A policy failed or forbids, beyond the cases above: what each says, its message or its name.
    Policy {
        policies: Vec<String>,
    },
}

impl Refusal {
    /// Whether the answer may be another once somebody can be asked again.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::CannotTell { .. } | Self::DoubtfulAccount { .. })
    }

    /// The refusal's name in metrics and in the audit log; part of the published interface.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AlreadyDeciding { .. } => "already_deciding",
            Self::AlreadySettled(_) => "already_settled",
            Self::ContentChanged => "content_changed",
            Self::RefusedTwice => "refused_twice",
            Self::NotListed => "not_listed",
            Self::OnHold { .. } => "on_hold",
            Self::Frozen(_) => "frozen",
            Self::NothingToCheck => "nothing_to_check",
            Self::NothingToWithdraw => "nothing_to_withdraw",
            Self::MayHaveArrived => "may_have_arrived",
            Self::UnknownRequest => "unknown_request",
            Self::TooLate { .. } => "too_late",
            Self::NotAnApprover { .. } => "not_an_approver",
            Self::NotAManager => "not_a_manager",
            Self::MayNotLook { .. } => "may_not_look",
            Self::MayNotRevoke { .. } => "may_not_revoke",
            Self::MayNotExport { .. } => "may_not_export",
            Self::NoRoute => "no_route",
            Self::OwnRequest => "own_request",
            Self::UnknownAccount => "unknown_account",
            Self::DoubtfulAccount { .. } => "doubtful_account",
            Self::NotAMember { .. } => "not_a_member",
            Self::RecentLink => "recent_link",
            Self::Guest => "guest",
            Self::External => "external",
            Self::Deactivated => "deactivated",
            Self::Bot => "bot",
            Self::OtherWorkspace => "other_workspace",
            Self::OtherApp => "other_app",
            Self::CannotTell { .. } => "cannot_tell",
            Self::Policy { .. } => "policy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_could_tell_may_be_answered_otherwise_later() {
        let cause = || "502".to_owned();

        assert!(Refusal::CannotTell { cause: cause() }.is_uncertain());
        assert!(Refusal::DoubtfulAccount { cause: cause() }.is_uncertain());
        assert!(!Refusal::OnHold { cause: cause() }.is_uncertain());
        assert!(!Refusal::OwnRequest.is_uncertain());
    }

    #[test]
    fn a_refusal_is_recorded_under_its_published_name() {
        assert_eq!(Refusal::OwnRequest.name(), "own_request");
        assert_eq!(Refusal::NotAnApprover { groups: vec![] }.name(), "not_an_approver");
    }
}
