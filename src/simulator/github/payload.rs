//! The webhooks this GitHub sends, built from the world as it is now.

use serde_json::json;

use super::representation::{View, node_id};
use super::webhook::Webhook;
use super::world::{Team, User};
use crate::ids::{GitHubUserId, InstallationId, RequestId};

impl View<'_> {
    /// A `personal_access_token_request` event; `None` if the app may not hear of it.
    pub(crate) fn request_webhook(
        &self,
        action: &'static str,
        id: RequestId,
        sender: GitHubUserId,
    ) -> Option<Webhook> {
        let world = self.world;
        let request = world.requests.get(&id)?;
        let organization = request.access.organization;
        let installation =
            world.installation_on(organization).filter(|_| world.hears_of_requests(organization))?;

        let mut payload = json!({
            "action": action,
            "personal_access_token_request": self.announced_request(request),
            "organization": self.organization(&world.organizations[&organization]),
            "sender": self.user(&world.users[&sender]),
        });
        if !(action == "created" && world.variants.created_without_installation) {
            payload["installation"] =
                json!({ "id": installation.id.0, "node_id": node_id("I", installation.id.0) });
        }
        Some(Webhook { event: "personal_access_token_request", action, payload })
    }

    /// A `membership` event: somebody was added to a team or removed; `None` if the app may not hear of it.
    pub(crate) fn membership_webhook(
        &self,
        action: &'static str,
        team: &Team,
        member: &User,
    ) -> Option<Webhook> {
        let installation = self.world.installation_on(team.organization).filter(|installation| {
            installation.suspension.is_none() && installation.permissions.contains_key("members")
        })?;
        let sender = self.world.some_owner(team.organization);
        let payload = json!({
            "action": action,
            "scope": "team",
            "member": self.user(member),
            "sender": self.user(&self.world.users[&sender]),
            "team": self.team(team),
            "organization": self.organization(&self.world.organizations[&team.organization]),
            "installation": { "id": installation.id.0, "node_id": node_id("I", installation.id.0) },
        });
        Some(Webhook { event: "membership", action, payload })
    }

    /// An `installation` event. Its times are numbers here and strings in the API, as in the published examples.
    pub(crate) fn installation_webhook(&self, action: &'static str, id: InstallationId) -> Option<Webhook> {
        let installation = self.world.installations.get(&id)?;
        let mut object = self.installation(installation);
        object["created_at"] = json!(installation.created_at.timestamp());
        object["updated_at"] = json!(installation.created_at.timestamp());
        let sender = self.world.some_owner(installation.organization);
        let payload = json!({
            "action": action,
            "installation": object,
            "repositories": [],
            "sender": self.user(&self.world.users[&sender]),
        });
        Some(Webhook { event: "installation", action, payload })
    }
}
