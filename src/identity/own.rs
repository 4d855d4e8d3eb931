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

#[cfg(test)]
mod tests {
    use super::*;

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
