//! From the policies' no to what the person is told: the most telling cause first.

use super::{Account, Act, Question};
use crate::identity::{Identity, Membership};
use crate::request::Refusal;

/// Why the answer is no, given the names of the prohibitions that applied, and what speaks for the person.
pub(super) fn refusal(question: &Question<'_>, prohibitions: &[String], told: Told) -> Refusal {
    let no = No { question, prohibitions, told };
    no.slack_account()
        .or_else(|| no.github_account())
        .or_else(|| no.unknown())
        .or_else(|| no.membership())
        .or_else(|| no.is_by("own-request").then_some(Refusal::OwnRequest))
        .or_else(|| no.is_by("recent-link").then_some(Refusal::RecentLink))
        .unwrap_or_else(|| no.missing_right())
}

struct No<'a> {
    question: &'a Question<'a>,
    prohibitions: &'a [String],
    told: Told,
}

/// What there is to say about the policies beyond their names.
pub(super) struct Told {
    /// What the operators' own prohibitions say.
    pub(super) operators: Vec<String>,
    /// Whether it would be allowed without the prohibitions.
    pub(super) is_permitted: bool,
}

impl No<'_> {
    fn is_by(&self, name: &str) -> bool {
        self.prohibitions.iter().any(|prohibition| prohibition == name)
    }

    /// Only of an account that Slack told about: one that it did not was judged as the worst, which says nothing.
    fn slack_account(&self) -> Option<Refusal> {
        let causes = [
            ("deactivated", Refusal::Deactivated),
            ("bot", Refusal::Bot),
            ("external", Refusal::External),
            ("guest", Refusal::Guest),
        ];
        match &self.question.who.account {
            Account::Known(_) => {
                causes.into_iter().find(|(name, _)| self.is_by(name)).map(|(_, refusal)| refusal)
            }
            Account::Unknown(_) => None,
        }
    }

    fn github_account(&self) -> Option<Refusal> {
        if !self.is_by("unknown-account") {
            return None;
        }
        Some(match &self.question.who.identity {
            Identity::Doubtful(cause) => Refusal::DoubtfulAccount { cause: cause.clone() },
            Identity::Linked(_) | Identity::Unlinked => Refusal::UnknownAccount,
        })
    }

    /// What could not be established and made the difference, be it by `cannot-tell` or by the worst value.
    fn unknown(&self) -> Option<Refusal> {
        let who = self.question.who;
        let account = match &who.account {
            Account::Unknown(cause) => Some((cause, ["deactivated", "bot", "external", "guest"].as_slice())),
            Account::Known(_) => None,
        };
        let link = match &who.identity {
            Identity::Doubtful(cause) => Some((cause, [].as_slice())),
            Identity::Linked(_) | Identity::Unlinked => None,
        };
        let membership = match &who.membership {
            Membership::Unknown(cause) => Some((cause, ["not-a-member"].as_slice())),
            Membership::Active | Membership::Inactive => None,
        };
        let mut causes = [account, link, membership].into_iter().flatten();
        let made_the_difference =
            |names: &[&str]| self.is_by("cannot-tell") || names.iter().any(|name| self.is_by(name));
        causes
            .find(|(_, names)| made_the_difference(names))
            .map(|(cause, _)| Refusal::CannotTell { cause: cause.clone() })
    }

    fn membership(&self) -> Option<Refusal> {
        let organization = || self.question.request.facts.organization.clone();
        self.is_by("not-a-member").then(|| Refusal::NotAMember { organization: organization() })
    }

    /// Nothing speaks against the person: a policy of the operators forbids, or nothing speaks for them.
    fn missing_right(&self) -> Refusal {
        let operators = &self.told.operators;
        let said = if operators.is_empty() { self.prohibitions } else { operators.as_slice() };
        let by_policy = Refusal::Policy { policies: said.to_vec() };
        let is_forbidden_to_see = self.question.act == Act::Show && !self.prohibitions.is_empty();
        // One may see for other reasons than being an approver.
        if is_forbidden_to_see || self.told.is_permitted && !self.prohibitions.is_empty() {
            return by_policy;
        }
        if self.question.approvers.is_none() {
            return Refusal::NoRoute;
        }
        let groups: Vec<_> = self.question.deciding_groups().cloned().collect();
        match groups.iter().any(|group| self.question.who.groups.contains(group)) {
            true => by_policy,
            false => Refusal::NotAnApprover { groups },
        }
    }
}
