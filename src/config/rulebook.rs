//! Everything in the configuration that says who may decide what. It can be taken anew while the service runs; what
//! stands beside it in [`Config`](super::Config) needs a restart.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::{Mapped, Member, PolicySection};
use crate::ids::{Login, SlackUserId};
use crate::policy::Routing;

/// Who may decide what, as it is written.
#[derive(Debug, Clone, Default)]
pub struct Rulebook {
    /// Routes, requirements and repository groups.
    pub routing: Routing,
    pub groups: BTreeMap<String, Vec<Member>>,
    pub people: BTreeMap<Login, Mapped>,
    pub policy: PolicySection,
}

impl Rulebook {
    /// Tells this rulebook from every other: two that say the same have the same. Good for one release alone.
    pub fn digest(&self) -> String {
        hex::encode(Sha256::digest(format!("{self:?}")))
    }

    /// The login that a Slack user is linked to.
    pub fn login_of(&self, slack: &SlackUserId) -> Option<&Login> {
        self.people.iter().find(|(_, mapped)| mapped.slack == *slack).map(|(login, _)| login)
    }

    /// The groups that a Slack user is in, directly or by way of `[people]`.
    pub fn groups_of(&self, slack: &SlackUserId) -> BTreeSet<String> {
        let login = self.login_of(slack);
        let is_in = |members: &[Member]| {
            members.iter().any(|member| match member {
                Member::Person(person) => Some(person) == login,
                Member::SlackUser(user) => user == slack,
            })
        };
        self.groups.iter().filter(|(_, members)| is_in(members)).map(|(name, _)| name.clone()).collect()
    }
}
