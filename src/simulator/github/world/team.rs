//! Teams: who is in them, themselves or by a team below.

use std::collections::BTreeSet;

use super::{Membership, MembershipState, Role, World};
use crate::ids::{GitHubTeamId, GitHubUserId, OrganizationId};

/// A team of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    pub id: GitHubTeamId,
    pub organization: OrganizationId,
    /// Made from the name; a renamed team has another one, and the old one is free.
    pub slug: String,
    pub parent: Option<GitHubTeamId>,
    /// Without those of the teams below it.
    pub members: BTreeSet<GitHubUserId>,
    /// Whether the app sees it.
    pub is_visible: bool,
}

impl World {
    /// The team with that slug, made now unless there is one, with exactly these members.
    pub(crate) fn set_team(&mut self, organization: &str, slug: &str, members: &[&str]) -> Team {
        let organization = self.organization(organization).id;
        let members = members.iter().map(|login| self.user(login).id).collect();
        let known = self.find_team(organization, slug).map(|team| team.id);
        let id = known.unwrap_or_else(|| GitHubTeamId(self.next_id()));
        let fresh = Team {
            id,
            organization,
            slug: slug.to_owned(),
            parent: None,
            members: BTreeSet::new(),
            is_visible: true,
        };
        let team = self.teams.entry(id).or_insert(fresh);
        team.members = members;
        team.clone()
    }

    pub(crate) fn find_team(&self, organization: OrganizationId, slug: &str) -> Option<&Team> {
        self.teams.values().find(|team| team.organization == organization && team.slug == slug)
    }

    /// Everybody in a team, with whether it is by a team below alone.
    pub(crate) fn team_members(&self, id: GitHubTeamId) -> Vec<(GitHubUserId, bool)> {
        let below = self.teams.keys().filter(|other| **other != id && self.is_below(**other, id));
        let inherited: BTreeSet<_> = below.flat_map(|team| &self.teams[team].members).copied().collect();
        let direct = self.teams.get(&id).map(|team| team.members.clone()).unwrap_or_default();
        direct.union(&inherited).map(|user| (*user, !direct.contains(user))).collect()
    }

    fn is_below(&self, team: GitHubTeamId, above: GitHubTeamId) -> bool {
        // A chain longer than there are teams is a circle, which GitHub forbids.
        let mut at = Some(team);
        for _ in 0..=self.teams.len() {
            match at {
                Some(id) if id == above => return true,
                Some(id) => at = self.teams.get(&id).and_then(|team| team.parent),
                None => return false,
            }
        }
        false
    }

    /// Who was invited to the organization is invited to its teams; an owner in a team maintains it.
    pub(crate) fn team_standing(&self, organization: OrganizationId, user: GitHubUserId) -> Membership {
        let invited = Membership { role: Role::Member, state: MembershipState::Pending };
        self.memberships.get(&(organization, user)).copied().unwrap_or(invited)
    }
}
