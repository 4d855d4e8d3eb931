//! From the policies' no to what the person is told: the most telling cause first.

use super::{Account, Question};
use crate::identity::{Identity, Membership};
use crate::request::Refusal;

/// Why the answer is no, given the names of the prohibitions that applied.
pub(super) fn refusal(question: &Question<'_>, prohibitions: &[String]) -> Refusal {
    let applies = |name: &str| prohibitions.iter().any(|prohibition| prohibition == name);
    if let Account::Unknown(cause) = &question.who.account {
        return Refusal::CannotTell { cause: cause.clone() };
    }
    let of_the_account = [
        ("deactivated", Refusal::Deactivated),
        ("bot", Refusal::Bot),
        ("external", Refusal::External),
        ("guest", Refusal::Guest),
    ];
    if let Some((_, refusal)) = of_the_account.into_iter().find(|(name, _)| applies(name)) {
        return refusal;
    }
    if applies("unknown-account") {
        return match &question.who.identity {
            Identity::Doubtful(cause) => Refusal::DoubtfulAccount { cause: cause.clone() },
            Identity::Linked(_) | Identity::Unlinked => Refusal::UnknownAccount,
        };
    }
    if applies("own-request") {
        return Refusal::OwnRequest;
    }
    if applies("not-a-member") {
        return match &question.who.membership {
            Membership::Unknown(cause) => Refusal::CannotTell { cause: cause.clone() },
            Membership::Active | Membership::Inactive => {
                Refusal::NotAMember { organization: question.request.facts.organization.clone() }
            }
        };
    }
    if applies("recent-link") {
        return Refusal::RecentLink;
    }
    match question.approvers {
        _ if !prohibitions.is_empty() => Refusal::Policy { policies: prohibitions.to_vec() },
        None => Refusal::NoRoute,
        Some(groups) => Refusal::NotAnApprover { groups: groups.to_vec() },
    }
}
