//! From the policies' no to what the person is told: the most telling cause first.

use super::{About, Account, Act, Question, TokenQuestion, Who};
use crate::identity::{Identity, Membership};
use crate::ids::Login;
use crate::request::Refusal;

/// Why the answer is no, given the names of the prohibitions that applied, and what speaks for the person.
pub(super) fn refusal(question: &Question<'_>, prohibitions: &[String], told: Told) -> Refusal {
    let no = No { who: question.who, organization: &question.request.facts.organization, prohibitions, told };
    no.cause().unwrap_or_else(|| no.missing_right(question))
}

/// The same of a question about tokens of an organization.
pub(super) fn refusal_of_tokens(
    question: &TokenQuestion<'_>,
    prohibitions: &[String],
    told: Told,
) -> Refusal {
    let TokenQuestion { who, organization, about, .. } = question;
    let no = No { who, organization, prohibitions, told };
    let organization = || (*organization).clone();
    no.cause().unwrap_or_else(|| match (prohibitions.is_empty(), about) {
        (false, _) => no.by_policy(),
        (true, About::Export) => Refusal::MayNotExport { organization: organization() },
        (true, About::All | About::Of { .. }) => Refusal::MayNotLook { organization: organization() },
        (true, About::Ending { .. }) => Refusal::MayNotRevoke { organization: organization() },
    })
}

struct No<'a> {
    who: &'a Who,
    organization: &'a Login,
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
    /// What about the person speaks against them, the most telling first.
    fn cause(&self) -> Option<Refusal> {
        self.slack_account()
            .or_else(|| self.github_account())
            .or_else(|| self.unknown())
            .or_else(|| self.membership())
            .or_else(|| self.is_by("own-request").then_some(Refusal::OwnRequest))
            .or_else(|| self.is_by("recent-link").then_some(Refusal::RecentLink))
    }

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
        match &self.who.account {
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
        Some(match &self.who.identity {
            Identity::Doubtful(cause) => Refusal::DoubtfulAccount { cause: cause.clone() },
            Identity::Linked(_) | Identity::Unlinked => Refusal::UnknownAccount,
        })
    }

    /// What could not be established and made the difference, be it by `cannot-tell` or by the worst value.
    fn unknown(&self) -> Option<Refusal> {
        let who = self.who;
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
        self.is_by("not-a-member").then(|| Refusal::NotAMember { organization: self.organization.clone() })
    }

    /// Nothing speaks against the person: a policy of the operators forbids, or nothing speaks for them.
    fn missing_right(&self, question: &Question<'_>) -> Refusal {
        let by_policy = self.by_policy();
        let is_forbidden_to_see = question.act == Act::Show && !self.prohibitions.is_empty();
        // One may see for other reasons than being an approver.
        if is_forbidden_to_see || self.told.is_permitted && !self.prohibitions.is_empty() {
            return by_policy;
        }
        if question.approvers.is_none() {
            return Refusal::NoRoute;
        }
        let groups: Vec<_> = question.deciding_groups().cloned().collect();
        match groups.iter().any(|group| self.who.groups.contains(group)) {
            true => by_policy,
            false => Refusal::NotAnApprover { groups },
        }
    }

    fn by_policy(&self) -> Refusal {
        let operators = &self.told.operators;
        let said = if operators.is_empty() { self.prohibitions } else { operators.as_slice() };
        Refusal::Policy { policies: said.to_vec() }
    }
}
