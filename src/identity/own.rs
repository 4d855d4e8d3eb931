//! What counts as a person's own: the accounts they ever had, and the machines they answer for.

use std::collections::BTreeSet;

use crate::ids::{GitHubUserId, Login};

/// Accounts whose requests a person must not decide. Too many here costs a second pair of eyes, too few one's own yes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// Every account the person was ever linked to, and every machine account of theirs whose number is known.
    pub accounts: BTreeSet<GitHubUserId>,
    /// Logins of the machines they answer for: who asks under such a login is not let through because the number is
    /// another one, or not known yet.
    pub machines: BTreeSet<Login>,
}

impl Own {
    /// Whether what this account asks for is the person's own.
    pub fn includes(&self, account: GitHubUserId, login: &Login) -> bool {
        self.accounts.contains(&account) || self.machines.contains(login)
    }
}

/// A machine account of the configuration, and what is on record about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineAccount {
    pub login: Login,
    /// `None` until GitHub could be asked.
    pub number: Option<GitHubUserId>,
    pub owner: Login,
}

/// The machine accounts of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machines(Vec<MachineAccount>);

impl FromIterator<MachineAccount> for Machines {
    fn from_iter<I: IntoIterator<Item = MachineAccount>>(machines: I) -> Self {
        Self(machines.into_iter().collect())
    }
}

impl Machines {
    /// Who answers for the machine of that number.
    pub fn owner_of(&self, account: GitHubUserId) -> Option<&Login> {
        self.find(|machine| machine.number == Some(account))
    }

    /// The same, and who answers for the machine of that login as long as its number is not known: until then whoever asks by
    /// that login counts as the machine.
    pub fn answering_for(&self, account: GitHubUserId, login: &Login) -> Option<&Login> {
        let by_login = || self.find(|machine| machine.number.is_none() && machine.login == *login);
        self.owner_of(account).or_else(by_login)
    }

    /// What counts as somebody's own because they answer for it.
    pub fn of(&self, owner: &Login) -> Own {
        let theirs = || self.0.iter().filter(|machine| machine.owner == *owner);
        Own {
            accounts: theirs().filter_map(|machine| machine.number).collect(),
            machines: theirs().map(|machine| machine.login.clone()).collect(),
        }
    }

    fn find(&self, is_it: impl Fn(&MachineAccount) -> bool) -> Option<&Login> {
        self.0.iter().find(|machine| is_it(machine)).map(|machine| &machine.owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_answered_for_under_whatever_name_it_has() {
        let machine = |login: &str, number: Option<u64>, owner: &str| MachineAccount {
            login: Login::new(login),
            number: number.map(GitHubUserId),
            owner: Login::new(owner),
        };
        let machines =
            Machines::from_iter([machine("deploy-bot", Some(501), "alice"), machine("new-bot", None, "bob")]);
        let answering = |number, login: &str| {
            machines.answering_for(GitHubUserId(number), &Login::new(login)).map(Login::as_str)
        };

        assert_eq!(answering(501, "renamed-bot"), Some("alice"));
        assert_eq!(answering(777, "deploy-bot"), None, "whoever took the name over");
        assert_eq!(answering(502, "New-Bot"), Some("bob"), "nobody knows its number yet");
        assert_eq!(answering(502, "octocat"), None);
        assert_eq!(machines.owner_of(GitHubUserId(502)), None);
        let of_alice = machines.of(&Login::new("alice"));
        assert_eq!(of_alice.accounts, BTreeSet::from([GitHubUserId(501)]));
        assert_eq!(of_alice.machines, BTreeSet::from([Login::new("deploy-bot")]));
        assert_eq!(machines.of(&Login::new("octocat")), Own::default());
    }

    #[test]
    fn a_machine_is_known_by_its_number_or_its_login() {
        let own = Own {
            accounts: BTreeSet::from([GitHubUserId(501)]),
            machines: BTreeSet::from([Login::new("deploy-bot")]),
        };

        assert!(own.includes(GitHubUserId(501), &Login::new("renamed-bot")));
        assert!(own.includes(GitHubUserId(777), &Login::new("Deploy-Bot")));
        assert!(!own.includes(GitHubUserId(777), &Login::new("renamed-bot")));
    }
}
