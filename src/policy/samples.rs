//! What tests of policies ask about.

use std::collections::{BTreeMap, BTreeSet};

use super::{Account, Who};
use crate::identity::{Identity, Machines, Membership, Own, Person, SlackAccount};
use crate::ids::{GitHubUserId, Login, SlackUserId};

pub(super) const HARMLESS: SlackAccount =
    SlackAccount { deactivated: false, guest: false, external: false, bot: false };

/// An approver about whom everything is known and nothing speaks against.
pub(crate) fn alice() -> Who {
    Who {
        slack: SlackUserId::new("U0ALICE"),
        identity: Identity::Linked(Person {
            slack: SlackUserId::new("U0ALICE"),
            github: GitHubUserId(101),
            login: Login::new("alice"),
        }),
        account: Account::Known(HARMLESS),
        membership: Membership::Active,
        groups: BTreeSet::from(["approvers".to_owned()]),
        unknown_groups: BTreeMap::new(),
        is_own: false,
        own: Own::default(),
        machines: Machines::default(),
        link_age_hours: 1_000_000,
        is_github_silent: false,
    }
}

pub(super) fn approvers() -> Vec<String> {
    vec!["approvers".to_owned()]
}
