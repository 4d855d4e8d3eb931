//! Users, organizations and memberships.

use serde_json::{Value, json};

use super::super::world::{Membership, MembershipState, Organization, Role, User, UserKind};
use super::{View, merge, node_id, utc_time};

impl View<'_> {
    /// GitHub's `simple-user`.
    pub(crate) fn user(&self, user: &User) -> Value {
        let (kind, page) = match user.kind {
            UserKind::User => ("User", user.login.clone()),
            UserKind::Bot => ("Bot", format!("apps/{}", self.app.slug)),
        };
        let mut object = self.account(&user.login, user.id.0);
        merge(
            &mut object,
            json!({
                "node_id": node_id("U", user.id.0),
                "html_url": format!("{}/{page}", self.site.web),
                "type": kind,
            }),
        );
        object
    }

    /// An organization where a `simple-user` is expected: as owner of a repository or an installation.
    pub(super) fn organization_account(&self, organization: &Organization) -> Value {
        let mut object = self.account(&organization.login, organization.id.0);
        merge(
            &mut object,
            json!({
                "node_id": node_id("O", organization.id.0),
                "html_url": format!("{}/{}", self.site.web, organization.login),
                "type": "Organization",
            }),
        );
        object
    }

    /// What the accounts of users, bots and organizations have in common.
    fn account(&self, login: &str, id: u64) -> Value {
        // A bot's login ends with `[bot]`.
        let url = format!("{}/users/{}", self.site.api, login.replace('[', "%5B").replace(']', "%5D"));
        json!({
            "login": login,
            "id": id,
            "avatar_url": format!("{}/avatars/u/{id}?v=4", self.site.web),
            "gravatar_id": "",
            "url": url,
            "followers_url": format!("{url}/followers"),
            "following_url": format!("{url}/following{{/other_user}}"),
            "gists_url": format!("{url}/gists{{/gist_id}}"),
            "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{url}/subscriptions"),
            "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events{{/privacy}}"),
            "received_events_url": format!("{url}/received_events"),
            "site_admin": false,
            "user_view_type": "public",
        })
    }

    /// GitHub's `public-user`.
    pub(crate) fn public_user(&self, user: &User) -> Value {
        let mut object = self.user(user);
        let created = utc_time(user.created_at);
        merge(
            &mut object,
            json!({
                "name": null, "company": null, "blog": "", "location": null, "hireable": null,
                "email": user.email(),
                "bio": null, "twitter_username": null, "public_repos": 0, "public_gists": 0, "followers": 0,
                "following": 0, "created_at": created, "updated_at": created,
            }),
        );
        object
    }

    /// GitHub's `organization-simple`.
    pub(crate) fn organization(&self, organization: &Organization) -> Value {
        let url = format!("{}/orgs/{}", self.site.api, organization.login);
        json!({
            "login": organization.login,
            "id": organization.id.0,
            "node_id": node_id("O", organization.id.0),
            "url": url,
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events"),
            "hooks_url": format!("{url}/hooks"),
            "issues_url": format!("{url}/issues"),
            "members_url": format!("{url}/members{{/member}}"),
            "public_members_url": format!("{url}/public_members{{/member}}"),
            "avatar_url": format!("{}/avatars/u/{}?v=4", self.site.web, organization.id),
            "description": null,
        })
    }

    /// GitHub's `org-membership`.
    pub(crate) fn membership(
        &self,
        organization: &Organization,
        user: &User,
        membership: Membership,
    ) -> Value {
        let url = format!("{}/orgs/{}", self.site.api, organization.login);
        let role = match membership.role {
            Role::Member => "member",
            Role::Owner => "admin",
        };
        let state = match membership.state {
            MembershipState::Active => "active",
            MembershipState::Pending => "pending",
        };
        json!({
            "url": format!("{url}/memberships/{}", user.login),
            "state": state,
            "role": role,
            "organization_url": url,
            "organization": self.organization(organization),
            "user": self.user(user),
            "direct_membership": true,
            "enterprise_teams_providing_indirect_membership": [],
        })
    }
}
