//! Setting the scene: accounts, repositories, memberships and the app's installations.

use super::world::{Suspension, UserKind, World};
use super::{Access, GitHub, Membership, MembershipState, Organization, Repository, Role, Team, User};
use crate::ids::{GitHubTeamId, InstallationId};

impl GitHub {
    /// The user with that login, made now unless there is one.
    pub fn add_user(&self, login: &str) -> User {
        let now = self.0.clock.now();
        self.change(|world| world.add_user(login, UserKind::User, now))
    }

    /// Gives an account another login; the old one is free for anybody from now on.
    pub fn rename_user(&self, login: &str, to: &str) {
        self.change(|world| {
            let id = world.user(login).id;
            let user = world.users.get_mut(&id).expect("it was just looked up");
            user.login = to.to_owned();
        });
    }

    /// The organization with that login, made now unless there is one.
    pub fn add_organization(&self, login: &str) -> Organization {
        self.change(|world| world.add_organization(login))
    }

    /// # Panics
    /// When nobody added the organization; so do all acts that name somebody or something unknown.
    pub fn add_repository(&self, organization: &str, name: &str, private: bool) -> Repository {
        self.change(|world| world.add_repository(organization, name, private))
    }

    /// Makes the user a member, or changes the membership.
    pub fn set_membership(&self, organization: &str, user: &str, role: Role, state: MembershipState) {
        self.change(|world| {
            let key = (world.organization(organization).id, world.user(user).id);
            world.memberships.insert(key, Membership { role, state });
        });
    }

    pub fn remove_member(&self, organization: &str, user: &str) {
        self.change(|world| {
            let key = (world.organization(organization).id, world.user(user).id);
            world.memberships.remove(&key);
        });
    }

    /// Adds a team, or gives it other members; no webhook tells of it.
    pub fn set_team(&self, organization: &str, slug: &str, members: &[&str]) -> Team {
        self.change(|world| world.set_team(organization, slug, members))
    }

    /// Renames, moves, hides … a team; no webhook tells of it. Nothing happens when there is no such team.
    pub fn change_team(&self, id: GitHubTeamId, change: impl FnOnce(&mut Team)) {
        self.change(|world| world.teams.get_mut(&id).map(change));
    }

    pub fn delete_team(&self, id: GitHubTeamId) {
        self.change(|world| world.teams.remove(&id));
    }

    /// Tells the app of a change in a team: `membership`, `added` or `removed`. What changed is for others to do.
    pub async fn tell_of_team(&self, id: GitHubTeamId, action: &'static str, login: &str) {
        let webhook = self.look(|world| {
            let (team, user) = (world.teams.get(&id)?, world.find_user(login)?);
            self.view(world).membership_webhook(action, team, user)
        });
        self.send(webhook).await;
    }

    /// Installs the app with all it asks for, which sends `installation.created`.
    pub async fn install(&self, organization: &str) -> InstallationId {
        let now = self.0.clock.now();
        let id = self.change(|world| world.install(organization, now));
        self.tell_of_installation("created", id, |_| {}).await;
        id
    }

    /// Gives the app exactly these permissions, which sends `installation.new_permissions_accepted`.
    pub async fn set_permissions(&self, id: InstallationId, permissions: &[(&str, Access)]) {
        let permissions = permissions.iter().map(|(name, access)| ((*name).to_owned(), *access)).collect();
        self.change(|world| world.installation(id).permissions = permissions);
        self.tell_of_installation("new_permissions_accepted", id, |_| {}).await;
    }

    /// Refuses the app everything until [`GitHub::unsuspend`]; sends `installation.suspend`.
    pub async fn suspend(&self, id: InstallationId) {
        let at = self.0.clock.now();
        self.change(|world| {
            let organization = world.installation(id).organization;
            let by = world.some_owner(organization);
            world.installation(id).suspension = Some(Suspension { by, at });
        });
        self.tell_of_installation("suspend", id, |_| {}).await;
    }

    pub async fn unsuspend(&self, id: InstallationId) {
        self.change(|world| world.installation(id).suspension = None);
        self.tell_of_installation("unsuspend", id, |_| {}).await;
    }

    /// Removes the app and all its tokens; sends `installation.deleted`, the last webhook about it.
    pub async fn uninstall(&self, id: InstallationId) {
        self.tell_of_installation("deleted", id, |world| {
            world.installations.remove(&id);
            world.access_tokens.retain(|_, token| token.installation != id);
        })
        .await;
    }

    /// These events go to every app, whatever its permissions.
    async fn tell_of_installation(
        &self,
        action: &'static str,
        id: InstallationId,
        then: impl FnOnce(&mut World),
    ) {
        let webhook = self.change(|world| {
            let webhook = self.view(world).installation_webhook(action, id);
            then(world);
            webhook
        });
        self.send(webhook).await;
    }
}
