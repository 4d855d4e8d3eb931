//! Requests for unit tests of the core.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::ids::{
    GitHubUserId, InstallationId, Login, OrganizationId, RepositoryId, RequestId, SlackUserId, TokenId,
};

/// The moment at which the samples' clocks stand.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("within chrono's range")
}

/// octocat asks to push to one private repository of acme for 90 days.
pub(crate) fn facts() -> Facts {
    let permission = |name: &str| Permission { group: PermissionGroup::Repository, name: name.into() };
    Facts {
        requester: Requester { id: GitHubUserId(1), login: Login::new("octocat") },
        organization: Login::new("acme"),
        permissions: Permissions::from_iter([
            (permission("contents"), Level::Write),
            (permission("metadata"), Level::Read),
        ]),
        repositories: Repositories::Subset {
            listed: vec![Repository {
                id: RepositoryId(7),
                full_name: "acme/payments-api".into(),
                private: Some(true),
            }],
            count: Some(1),
        },
        expiry: Expiry::At(noon() + TimeDelta::days(90)),
        token: Some(TokenId(98_716)),
        token_name: Some("deploy-bot".into()),
        justification: Some("Release bot needs to push tags".into()),
        created_at: Some(noon()),
    }
}

/// A pending request for [`facts`].
pub(crate) fn pending() -> TokenRequest {
    TokenRequest {
        organization: OrganizationId(9),
        id: RequestId(25_381),
        key: "r-7f3k2".parse().expect("a key"),
        version: 1,
        installation: Some(InstallationId(957_387)),
        received_at: noon(),
        is_unasked: false,
        facts: facts(),
        enrichment: Enrichment::Complete,
        ruling: Ruling::Never,
        state: State::Pending { votes: vec![], note: None, sent: None },
    }
}

/// Alice's vote.
pub(crate) fn vote(verdict: Verdict) -> Vote {
    Vote {
        slack: SlackUserId::new("U0ALICE"),
        github: GitHubUserId(101),
        login: Login::new("alice"),
        verdict,
        comment: None,
        at: noon(),
        groups: BTreeSet::new(),
        is_decider: true,
    }
}

/// One approval is enough.
pub(crate) fn enough() -> Enough {
    Enough::Yes { with: vec![] }
}
