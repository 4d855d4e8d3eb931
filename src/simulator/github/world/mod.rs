//! Everything this GitHub knows, and the changes it allows. No HTTP in here.

mod account;
mod content;
mod grant;
mod installation;
mod permissions;
mod request;
mod review;
mod team;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

pub use account::{Membership, MembershipState, Organization, Repository, Role, User, UserKind};
pub use content::{Content, NewRequest, Repositories, TokenAccess};
pub use grant::Grant;
pub use installation::Access;
pub(crate) use installation::{AccessToken, Installation, Suspension};
pub use permissions::Permissions;
pub(crate) use request::{Standing, TokenRequest};
pub use review::{Action, By, Decision, NotDone};
pub use team::Team;

use super::fault::Hook;
use super::rate::Rate;
use super::record::{Call, Delivery};
use super::settings::App;
use super::variants::Variants;
use crate::ids::{
    GitHubTeamId, GitHubUserId, GrantId, InstallationId, OrganizationId, RepositoryId, RequestId, TokenId,
};

/// Brought back by a browser, for one token.
pub(crate) struct SignInCode {
    pub(crate) user: GitHubUserId,
    pub(crate) redirect_uri: String,
    /// PKCE's, if one was sent.
    pub(crate) challenge: Option<String>,
    pub(crate) made_at: DateTime<Utc>,
}

/// Acts for a person.
pub(crate) struct UserToken {
    pub(crate) user: GitHubUserId,
    pub(crate) expires_at: DateTime<Utc>,
}

pub(crate) struct World {
    pub(crate) variants: Variants,
    pub(crate) hook: Option<Hook>,
    pub(crate) webhook_url: Option<String>,
    /// The app's own account, `<slug>[bot]`.
    pub(crate) bot: GitHubUserId,
    pub(crate) app_owner: GitHubUserId,
    pub(crate) registered_at: DateTime<Utc>,
    pub(crate) users: BTreeMap<GitHubUserId, User>,
    pub(crate) organizations: BTreeMap<OrganizationId, Organization>,
    pub(crate) repositories: BTreeMap<RepositoryId, Repository>,
    pub(crate) memberships: BTreeMap<(OrganizationId, GitHubUserId), Membership>,
    pub(crate) teams: BTreeMap<GitHubTeamId, Team>,
    pub(crate) installations: BTreeMap<InstallationId, Installation>,
    pub(crate) access_tokens: BTreeMap<String, AccessToken>,
    pub(crate) sign_in_codes: BTreeMap<String, SignInCode>,
    pub(crate) user_tokens: BTreeMap<String, UserToken>,
    /// All codes and user tokens that were handed out.
    pub(crate) sign_in_secrets: Vec<String>,
    pub(crate) requests: BTreeMap<RequestId, TokenRequest>,
    pub(crate) grants: BTreeMap<GrantId, Grant>,
    pub(crate) last_used: BTreeMap<TokenId, DateTime<Utc>>,
    pub(crate) calls: Vec<Call>,
    /// What people wrote in requests, also what they have taken back since.
    pub(crate) typed: Vec<String>,
    pub(crate) deliveries: Vec<Delivery>,
    /// Webhooks caused by calls that nobody has answered or failed yet.
    pub(crate) deliveries_under_way: usize,
    pub(crate) rate: Rate,
    /// How many listings of anything were begun; decides which of them skip an item.
    pub(crate) listings: u64,
    last_id: u64,
}

impl World {
    pub(crate) fn new(app: &App, now: DateTime<Utc>) -> Self {
        let mut world = Self {
            variants: Variants::default(),
            hook: None,
            webhook_url: None,
            bot: GitHubUserId(0),
            app_owner: GitHubUserId(0),
            registered_at: now,
            users: BTreeMap::new(),
            organizations: BTreeMap::new(),
            repositories: BTreeMap::new(),
            memberships: BTreeMap::new(),
            teams: BTreeMap::new(),
            installations: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            sign_in_codes: BTreeMap::new(),
            user_tokens: BTreeMap::new(),
            sign_in_secrets: Vec::new(),
            requests: BTreeMap::new(),
            grants: BTreeMap::new(),
            last_used: BTreeMap::new(),
            calls: Vec::new(),
            typed: Vec::new(),
            deliveries: Vec::new(),
            deliveries_under_way: 0,
            rate: Rate::default(),
            listings: 0,
            last_id: 1000,
        };
        world.bot = world.add_user(&format!("{}[bot]", app.slug), UserKind::Bot, now).id;
        world.app_owner = world.add_user(&app.owner, UserKind::User, now).id;
        world
    }

    /// One sequence for all kinds of ids, so that two kinds taken for one another never match by accident.
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}
