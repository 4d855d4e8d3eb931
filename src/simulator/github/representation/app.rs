//! The app and its installations.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::world::{Access, Installation};
use super::{View, node_id, utc_time};

impl View<'_> {
    /// GitHub's `integration`: the app itself.
    pub(crate) fn app(&self) -> Value {
        let registered_at = utc_time(self.world.registered_at);
        json!({
            "id": self.app.id,
            "slug": self.app.slug,
            "node_id": node_id("A", self.app.id),
            "client_id": self.app.client_id,
            "owner": self.user(&self.world.users[&self.world.app_owner]),
            "name": self.app.slug,
            "description": null,
            "external_url": self.site.web,
            "html_url": format!("{}/apps/{}", self.site.web, self.app.slug),
            "created_at": registered_at,
            "updated_at": registered_at,
            "permissions": {
                "organization_personal_access_token_requests": "write",
                "organization_personal_access_tokens": "write",
                "members": "read",
            },
            "events": EVENTS,
            "installations_count": self.world.installations.len(),
        })
    }

    /// GitHub's `installation`.
    pub(crate) fn installation(&self, installation: &Installation) -> Value {
        let (api, web, id) = (&self.site.api, &self.site.web, installation.id);
        let organization = &self.world.organizations[&installation.organization];
        let suspension = installation.suspension.as_ref();
        json!({
            "id": id.0,
            "account": self.organization_account(organization),
            "repository_selection": "all",
            "access_tokens_url": format!("{api}/app/installations/{id}/access_tokens"),
            "repositories_url": format!("{api}/installation/repositories"),
            "html_url": format!("{web}/organizations/{}/settings/installations/{id}", organization.login),
            "app_id": self.app.id,
            "client_id": self.app.client_id,
            "app_slug": self.app.slug,
            "target_id": organization.id.0,
            "target_type": "Organization",
            "permissions": permission_words(&installation.permissions),
            "events": EVENTS,
            "created_at": utc_time(installation.created_at),
            "updated_at": utc_time(installation.created_at),
            "single_file_name": null,
            "has_multiple_single_files": false,
            "single_file_paths": [],
            "suspended_by": suspension.map(|suspension| self.user(&self.world.users[&suspension.by])),
            "suspended_at": suspension.map(|suspension| utc_time(suspension.at)),
        })
    }
}

/// What the app subscribed to.
const EVENTS: [&str; 4] = ["membership", "organization", "personal_access_token_request", "team"];

/// Permissions as JSON has them.
pub(crate) fn permission_words(permissions: &BTreeMap<String, Access>) -> Value {
    permissions.iter().map(|(name, access)| (name.clone(), json!(access.word()))).collect()
}
