//! Teams and the people in them.

use serde_json::{Value, json};

use super::super::world::{MembershipState, Role, Team, User};
use super::{View, merge, node_id, utc_time};
use crate::ids::GitHubUserId;

impl View<'_> {
    /// GitHub's `team-full`.
    pub(crate) fn team(&self, team: &Team) -> Value {
        let mut object = self.team_simple(team);
        let organization = &self.world.organizations[&team.organization];
        let at = utc_time(self.world.registered_at);
        let mut of = self.organization(organization);
        merge(
            &mut of,
            json!({
                "html_url": format!("{}/{}", self.site.web, organization.login),
                "has_organization_projects": true, "has_repository_projects": true, "public_repos": 0,
                "public_gists": 0, "followers": 0, "following": 0, "type": "Organization", "created_at": at,
                "updated_at": at, "archived_at": null,
            }),
        );
        let parent = team.parent.and_then(|parent| self.world.teams.get(&parent));
        merge(
            &mut object,
            json!({
                "parent": parent.map(|parent| self.team_simple(parent)),
                "members_count": self.world.team_members(team.id).len(),
                "repos_count": 0,
                "created_at": at,
                "updated_at": at,
                "organization": of,
            }),
        );
        object
    }

    fn team_simple(&self, team: &Team) -> Value {
        let organization = &self.world.organizations[&team.organization];
        let url = format!("{}/organizations/{}/team/{}", self.site.api, team.organization, team.id);
        json!({
            "id": team.id.0,
            "node_id": node_id("T", team.id.0),
            "url": url,
            "html_url": format!("{}/orgs/{}/teams/{}", self.site.web, organization.login, team.slug),
            "name": team.slug,
            "slug": team.slug,
            "description": null,
            "privacy": "closed",
            "notification_setting": "notifications_enabled",
            "permission": "pull",
            "members_url": format!("{url}/members{{/member}}"),
            "repositories_url": format!("{url}/repos"),
            "type": "organization",
            "organization_id": team.organization.0,
        })
    }

    /// GitHub's `team-membership`.
    pub(crate) fn team_membership(&self, team: &Team, user: &User) -> Value {
        let state = match self.world.team_standing(team.organization, user.id).state {
            MembershipState::Active => "active",
            MembershipState::Pending => "pending",
        };
        let team_url = format!("{}/organizations/{}/team/{}", self.site.api, team.organization, team.id);
        json!({
            "url": format!("{team_url}/memberships/{}", user.login),
            "role": self.role_in_team(team, user.id),
            "state": state,
        })
    }

    /// GitHub's `team-member`.
    pub(crate) fn team_member(&self, team: &Team, user: GitHubUserId, inherited: bool) -> Value {
        let mut object = self.user(&self.world.users[&user]);
        merge(&mut object, json!({ "role": self.role_in_team(team, user), "inherited": inherited }));
        object
    }

    fn role_in_team(&self, team: &Team, user: GitHubUserId) -> &'static str {
        match self.world.team_standing(team.organization, user).role {
            Role::Owner => "maintainer",
            Role::Member => "member",
        }
    }
}
