//! Everything in the configuration that says who may decide what. It can be taken anew while the service runs; what
//! stands beside it in [`Config`](super::Config) needs a restart.

use std::collections::BTreeMap;

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
    /// The login that a Slack user is linked to.
    pub fn login_of(&self, slack: &SlackUserId) -> Option<&Login> {
        self.people.iter().find(|(_, mapped)| mapped.slack == *slack).map(|(login, _)| login)
    }
}
