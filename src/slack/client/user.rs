//! What `users.info` says about a person, with everything unsaid taken as the worst.

use serde::Deserialize;

use crate::identity::SlackAccount;
use crate::slack::origin::SlackInstallation;

#[derive(Deserialize)]
pub(super) struct UserAnswer {
    user: User,
}

/// docs.slack.dev, user object. `is_app_user` is left out: it marks people who let the app act for them, not bots.
#[derive(Deserialize)]
struct User {
    team_id: Option<String>,
    enterprise_user: Option<EnterpriseUser>,
    deleted: Option<bool>,
    is_restricted: Option<bool>,
    is_ultra_restricted: Option<bool>,
    is_bot: Option<bool>,
    /// Only said of people from elsewhere.
    is_stranger: Option<bool>,
}

#[derive(Deserialize)]
struct EnterpriseUser {
    enterprise_id: Option<String>,
    #[serde(default)]
    teams: Vec<String>,
}

impl UserAnswer {
    pub(super) fn account(&self, ours: &SlackInstallation) -> SlackAccount {
        let user = &self.user;
        SlackAccount {
            deactivated: user.deleted.unwrap_or(true),
            guest: user.is_restricted.unwrap_or(true) || user.is_ultra_restricted.unwrap_or(true),
            external: user.is_stranger.unwrap_or(false) || !user.is_at_home_in(ours),
            bot: user.is_bot.unwrap_or(true),
        }
    }
}

impl User {
    /// A member of the workspace; of any workspace in the organization if that is what we are installed for. Members
    /// of an Enterprise organization may have no `team_id`, or the organization's, and a list of workspaces instead.
    fn is_at_home_in(&self, ours: &SlackInstallation) -> bool {
        let enterprise = self.enterprise_user.as_ref();
        let is_of_our_enterprise = ours
            .enterprise
            .as_ref()
            .is_some_and(|ours| enterprise.and_then(|of| of.enterprise_id.as_deref()) == Some(ours.as_str()));
        if ours.is_enterprise_install {
            return is_of_our_enterprise;
        }
        let Some(team) = &ours.team else { return false };
        let is_member = |of: &EnterpriseUser| of.teams.iter().any(|member_of| member_of == team.as_str());
        self.team_id.as_deref() == Some(team.as_str())
            || (is_of_our_enterprise && enterprise.is_some_and(is_member))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ids::{EnterpriseId, SlackAppId, TeamId};

    fn workspace() -> SlackInstallation {
        SlackInstallation {
            app: SlackAppId::new("A0COUNTER"),
            team: Some(TeamId::new("T0ACME")),
            enterprise: Some(EnterpriseId::new("E0ACME")),
            is_enterprise_install: false,
        }
    }

    fn organization() -> SlackInstallation {
        SlackInstallation { team: None, is_enterprise_install: true, ..workspace() }
    }

    fn alice() -> Value {
        json!({
            "id": "U0ALICE", "team_id": "T0ACME", "deleted": false, "is_restricted": false,
            "is_ultra_restricted": false, "is_bot": false, "is_app_user": true
        })
    }

    fn account(user: &Value, ours: &SlackInstallation) -> SlackAccount {
        serde_json::from_value::<UserAnswer>(json!({ "user": user })).unwrap().account(ours)
    }

    fn with(field: &str, value: Value) -> Value {
        let mut user = alice();
        user[field] = value;
        user
    }

    const MEMBER: SlackAccount =
        SlackAccount { deactivated: false, guest: false, external: false, bot: false };

    #[test]
    fn a_member_is_nothing_else() {
        assert_eq!(account(&alice(), &workspace()), MEMBER);
    }

    #[test]
    fn each_flag_is_seen() {
        let account = |field: &str| account(&with(field, json!(true)), &workspace());

        assert!(account("deleted").deactivated);
        assert!(account("is_restricted").guest);
        assert!(account("is_ultra_restricted").guest);
        assert!(account("is_bot").bot);
        assert!(account("is_stranger").external);
    }

    #[test]
    fn what_is_not_said_counts_as_the_worst() {
        let worst = SlackAccount { deactivated: true, guest: true, external: true, bot: true };

        assert_eq!(account(&json!({ "id": "U0ALICE" }), &workspace()), worst);
        assert_eq!(account(&json!({ "id": "U0ALICE" }), &organization()), worst);
    }

    #[test]
    fn another_team_is_external_even_if_no_stranger() {
        let mut user = with("team_id", json!("T0OTHER"));
        user["is_stranger"] = json!(false);

        assert!(account(&user, &workspace()).external);
    }

    #[test]
    fn members_of_an_enterprise_are_known_by_their_workspaces() {
        let user = |team: Value, enterprise: &str, teams: Value| {
            let mut user = with("team_id", team);
            user["enterprise_user"] = json!({ "enterprise_id": enterprise, "teams": teams });
            user
        };

        let home = user(Value::Null, "E0ACME", json!(["T0ACME"]));
        assert_eq!(account(&home, &workspace()), MEMBER);
        let grid = user(json!("E0ACME"), "E0ACME", json!(["T0ACME"]));
        assert_eq!(account(&grid, &workspace()), MEMBER);
        assert_eq!(account(&grid, &organization()), MEMBER);

        let sibling = user(json!("T0SIBLING"), "E0ACME", json!(["T0SIBLING"]));
        assert!(account(&sibling, &workspace()).external);
        assert_eq!(account(&sibling, &organization()), MEMBER);
        let other = user(json!("T0ACME"), "E0OTHER", json!(["T0ACME"]));
        assert!(account(&other, &organization()).external);
        let liar = user(Value::Null, "E0OTHER", json!(["T0ACME"]));
        assert!(account(&liar, &workspace()).external);
    }
}
