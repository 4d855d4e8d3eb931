//! Everything in the configuration that says who may decide what. It can be taken anew while the service runs; what
//! stands beside it in [`Config`](super::Config) needs a restart.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};

use super::{Machine, Mapped, Member, PolicySection};
use crate::identity::{MachineAccount, Machines, NotLinked};
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::policy::Routing;
use crate::request::Requester;
use crate::store::{Link, LinksAbout};

/// Who may decide what, as it is written.
#[derive(Debug, Clone, Default)]
pub struct Rulebook {
    /// Routes, requirements and repository groups.
    pub routing: Routing,
    pub groups: BTreeMap<String, Vec<Member>>,
    pub people: BTreeMap<Login, Mapped>,
    /// Machine accounts; each counts as who answers for it.
    pub machines: BTreeMap<Login, Machine>,
    pub policy: PolicySection,
}

impl Rulebook {
    /// Tells this rulebook from every other: two that say the same have the same. Good for one release alone.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(format!("{self:?}")))
    }

    /// The Slack user whom the reviewed mapping ties to a GitHub account, whatever that is called now. `pinned` is every
    /// login under which the account was pinned.
    pub fn mapped_to(&self, requester: &Requester, pinned: &[Link]) -> Option<SlackUserId> {
        let is_theirs = |login: &Login, mapped: &Mapped| {
            let is_pinned = pinned.iter().any(|link| link.login == *login && mapped.agrees_with(link));
            mapped.github_id == Some(requester.id) || is_pinned
        };
        let as_called = self.people.get_key_value(&requester.login);
        let mut all = as_called.into_iter().chain(&self.people);
        all.find(|(login, mapped)| is_theirs(login, mapped)).map(|(_, mapped)| mapped.slack.clone())
    }

    /// Who a token's owner is in Slack, for whoever reads of it; no right hangs on that.
    pub fn owner_in_slack(&self, owner: &Requester, known: LinksAbout) -> Option<SlackUserId> {
        let LinksAbout { pinned, of_login, made } = known;
        // Nobody has had to find out the number that belongs to this login yet.
        let unpinned = || {
            let mapped = self.people.get(&owner.login).filter(|mapped| mapped.github_id.is_none());
            mapped.filter(|_| of_login.is_none()).map(|mapped| mapped.slack.clone())
        };
        self.mapped_to(owner, &pinned).or_else(unpinned).or_else(|| made.map(|link| link.slack))
    }

    /// Why a link that somebody made to this account must not be relied on: the mapping knows the account as another's, or
    /// a machine's. `logins` and `machines` are what was ever pinned: by which logins this account, and which accounts.
    pub fn contradiction(
        &self,
        (account, login): (GitHubUserId, &Login),
        logins: &[Login],
        machines: &HashMap<Login, GitHubUserId>,
    ) -> Option<NotLinked> {
        let is_reviewed = self.people.contains_key(login)
            || self.people.values().any(|mapped| mapped.github_id == Some(account))
            || logins.iter().any(|login| self.people.contains_key(login));
        if is_reviewed {
            return Some(NotLinked::Taken);
        }
        let is_machine = self.machines.contains_key(login)
            || self.machines.values().any(|machine| machine.github_id == Some(account))
            || machines.iter().any(|(login, pinned)| *pinned == account && self.machines.contains_key(login));
        is_machine.then_some(NotLinked::Machine)
    }

    /// The machine accounts; `pinned` are the numbers that were found out, which one that is written down goes before.
    pub fn machine_accounts(&self, pinned: &HashMap<Login, GitHubUserId>) -> Machines {
        let accounts = self.machines.iter().map(|(login, machine)| MachineAccount {
            login: login.clone(),
            number: machine.github_id.or(pinned.get(login).copied()),
            owner: machine.owner.clone(),
        });
        accounts.collect()
    }

    /// The login that a Slack user is linked to.
    pub fn login_of(&self, slack: &SlackUserId) -> Option<&Login> {
        self.people.iter().find(|(_, mapped)| mapped.slack == *slack).map(|(login, _)| login)
    }
}
