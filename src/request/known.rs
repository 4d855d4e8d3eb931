//! GitHub's permissions as this version knows them: what each is called, what it lets somebody do, what it touches.
//!
//! Names: GitHub's REST description (schema `app-permissions`) and its page "Permissions required for fine-grained
//! personal access tokens". A name that is not here counts as unknown, and unknown is the most dangerous there is.

use super::{Level, Permission, PermissionGroup};

/// One permission, known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    name: &'static str,
    pub touches: Touches,
    /// What its `read` lets somebody do.
    reads: &'static str,
    /// What its `write` lets somebody do.
    writes: &'static str,
}

/// What makes a permission stand out, the weightiest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touches {
    Nothing,
    /// How CI runs: when, with which variables, on which machines, and what may be deployed.
    Runs,
    /// What runs in CI.
    Workflows,
    /// What stands in repositories.
    Code,
    /// Secrets, of which GitHub tells names only but takes new values; and secrets that leaked.
    Secrets,
    /// Settings by which rights are given.
    Administration,
}

impl Known {
    /// The table's row for a permission; `None` when its name or group is not known.
    pub fn of(permission: &Permission) -> Option<&'static Self> {
        let name = permission.name.to_lowercase();
        let (rows, prefix) = match &permission.group {
            PermissionGroup::Repository => (REPOSITORY, "repository_"),
            PermissionGroup::Organization => (ORGANIZATION, "organization_"),
            PermissionGroup::Other => (ACCOUNT, "user_"),
            PermissionGroup::Unknown(_) => return None,
        };
        // GitHub spells some with their group in front in one place and without it in another.
        let short = |name: &'static str| name.strip_prefix(prefix).unwrap_or(name);
        let asked = name.strip_prefix(prefix).unwrap_or(&name);
        rows.iter().find(|known| short(known.name) == asked)
    }

    /// What the permission lets somebody do at this level, in plain words: `push code`. `None` for a level that is not
    /// known.
    pub fn words(&self, level: &Level) -> Option<String> {
        match level {
            Level::Read => Some(self.reads.to_owned()),
            Level::Write => Some(self.writes.to_owned()),
            Level::Admin => Some(format!("administer {}", self.name.replace('_', " "))),
            Level::Unknown(_) => None,
        }
    }
}

/// The names of all permissions, as GitHub spells them.
pub fn permission_names() -> impl Iterator<Item = &'static str> {
    [REPOSITORY, ORGANIZATION, ACCOUNT].into_iter().flatten().map(|known| known.name)
}

/// Whether any group has a permission of that name, in any of GitHub's spellings.
pub fn is_permission_name(name: &str) -> bool {
    let groups = [PermissionGroup::Repository, PermissionGroup::Organization, PermissionGroup::Other];
    groups.into_iter().any(|group| Known::of(&Permission { group, name: name.to_owned() }).is_some())
}

/// Whether permission and level are both known: nobody can say what one that is not would allow.
pub fn is_known(permission: &Permission, level: &Level) -> bool {
    !matches!(level, Level::Unknown(_)) && Known::of(permission).is_some()
}

const fn row(name: &'static str, reads: &'static str, writes: &'static str) -> Known {
    Known { name, touches: Touches::Nothing, reads, writes }
}

const fn runs(name: &'static str, reads: &'static str, writes: &'static str) -> Known {
    Known { touches: Touches::Runs, ..row(name, reads, writes) }
}

const fn code(name: &'static str, reads: &'static str, writes: &'static str) -> Known {
    Known { touches: Touches::Code, ..row(name, reads, writes) }
}

const fn workflows(name: &'static str, reads: &'static str, writes: &'static str) -> Known {
    Known { touches: Touches::Workflows, ..row(name, reads, writes) }
}

const fn secrets(name: &'static str, reads: &'static str, writes: &'static str) -> Known {
    Known { touches: Touches::Secrets, ..row(name, reads, writes) }
}

const fn administration(name: &'static str, reads: &'static str, writes: &'static str) -> Known {
    Known { touches: Touches::Administration, ..row(name, reads, writes) }
}

#[rustfmt::skip]
const REPOSITORY: &[Known] = &[
    runs("actions", "see workflow runs", "start and cancel workflow runs"),
    runs("actions_variables", "read workflow variables", "change workflow variables"),
    administration("administration", "read repository settings", "change settings, access and branch rules, delete repositories"),
    row("artifact_metadata", "read build records", "write build records"),
    row("attestations", "read attestations", "create attestations"),
    row("checks", "read checks", "report checks"),
    row("code_quality", "read code quality", "manage code quality"),
    row("code_scanning_alerts", "read code scanning alerts", "dismiss code scanning alerts"),
    row("codespaces", "see codespaces", "create and delete codespaces"),
    row("codespaces_lifecycle_admin", "see codespaces run", "start and stop codespaces"),
    row("codespaces_metadata", "see codespaces' settings", "change codespaces' settings"),
    secrets("codespaces_secrets", "see names of codespaces secrets", "change codespaces secrets"),
    row("commit_statuses", "read commit statuses", "set commit statuses"),
    code("contents", "read code", "push code"),
    row("copilot_agent_settings", "read Copilot agent settings", "change Copilot agent settings"),
    row("custom_properties", "read custom properties", "change custom properties"),
    row("dependabot_alerts", "read Dependabot alerts", "dismiss Dependabot alerts"),
    secrets("dependabot_secrets", "see names of Dependabot secrets", "change Dependabot secrets"),
    runs("deployments", "read deployments", "create deployments"),
    row("discussions", "read discussions", "write discussions"),
    secrets("environments", "read deployment environments", "change deployment environments"),
    row("issues", "read issues", "write issues"),
    row("merge_queues", "see merge queues", "manage merge queues"),
    row("metadata", "read metadata", "change metadata"),
    row("packages", "download packages", "publish packages"),
    row("pages", "read Pages settings", "publish Pages"),
    row("projects", "read projects", "change projects"),
    code("pull_requests", "read pull requests", "write and merge pull requests"),
    row("repository_advisories", "read security advisories", "write security advisories"),
    row("repository_custom_properties", "read custom properties", "change custom properties"),
    administration("repository_hooks", "see webhooks", "send repository events elsewhere by webhooks"),
    row("repository_projects", "read projects", "change projects"),
    secrets("secret_scanning_alert_dismissal_requests", "see requests to dismiss secret alerts", "decide requests to dismiss secret alerts"),
    secrets("secret_scanning_alerts", "read leaked secrets that were found", "dismiss secret scanning alerts"),
    secrets("secret_scanning_bypass_requests", "see requests to push secrets", "decide requests to push secrets"),
    secrets("secrets", "see names of workflow secrets", "change workflow secrets"),
    row("security_events", "read code scanning alerts", "dismiss code scanning alerts"),
    code("single_file", "read one file", "change one file"),
    row("statuses", "read commit statuses", "set commit statuses"),
    runs("variables", "read workflow variables", "change workflow variables"),
    row("vulnerability_alerts", "read Dependabot alerts", "dismiss Dependabot alerts"),
    administration("webhooks", "see webhooks", "send repository events elsewhere by webhooks"),
    workflows("workflows", "read workflow files", "change workflows"),
];

#[rustfmt::skip]
const ORGANIZATION: &[Known] = &[
    row("blocked_users", "see blocked users", "block users"),
    row("custom_properties_for_organizations", "read the organization's properties", "change the organization's properties"),
    row("enterprise_custom_properties_for_organizations", "read the enterprise's properties", "change the enterprise's properties"),
    row("issue_fields", "read issue fields", "change issue fields"),
    row("issue_types", "read issue types", "change issue types"),
    administration("members", "see members and teams", "change members and teams"),
    row("models", "use the organization's models", "change the organization's models"),
    runs("organization_actions_variables", "read the organization's variables", "change the organization's variables"),
    administration("organization_administration", "read the organization's settings", "change the organization's settings"),
    row("organization_announcement_banners", "read banners", "post banners"),
    row("organization_api_insights", "read API insights", "change API insights"),
    row("organization_campaigns", "read security campaigns", "run security campaigns"),
    row("organization_code_scanning_dismissal_requests", "see requests to dismiss code alerts", "decide requests to dismiss code alerts"),
    row("organization_codespaces", "see the organization's codespaces", "manage the organization's codespaces"),
    secrets("organization_codespaces_secrets", "see names of the organization's codespaces secrets", "change the organization's codespaces secrets"),
    row("organization_codespaces_settings", "read codespaces settings", "change codespaces settings"),
    row("organization_copilot_agent_settings", "read Copilot agent settings", "change Copilot agent settings"),
    row("organization_copilot_metrics", "read Copilot metrics", "change Copilot metrics"),
    row("organization_copilot_seat_management", "see Copilot seats", "give and take Copilot seats"),
    administration("organization_credentials", "see members' credentials", "revoke members' credentials"),
    administration("organization_custom_org_roles", "see organization roles", "change organization roles"),
    row("organization_custom_properties", "read repository properties", "change repository properties"),
    administration("organization_custom_roles", "see repository roles", "change repository roles"),
    secrets("organization_dependabot_secrets", "see names of the organization's Dependabot secrets", "change the organization's Dependabot secrets"),
    row("organization_events", "read the organization's events", "write the organization's events"),
    administration("organization_hooks", "see the organization's webhooks", "send the organization's events elsewhere by webhooks"),
    row("organization_knowledge_bases", "read knowledge bases", "change knowledge bases"),
    administration("organization_network_configurations", "see network settings", "change network settings"),
    row("organization_packages", "download the organization's packages", "publish the organization's packages"),
    administration("organization_personal_access_token_requests", "see token requests", "decide token requests"),
    administration("organization_personal_access_tokens", "see members' tokens", "revoke members' tokens"),
    row("organization_plan", "see the organization's plan", "change the organization's plan"),
    secrets("organization_private_registries", "see private registries", "change private registries"),
    row("organization_projects", "read the organization's projects", "change the organization's projects"),
    runs("organization_runner_custom_images", "see runner images", "change runner images"),
    secrets("organization_secret_scanning_dismissal_requests", "see requests to dismiss secret alerts", "decide requests to dismiss secret alerts"),
    secrets("organization_secrets", "see names of the organization's secrets", "change the organization's secrets"),
    administration("organization_self_hosted_runners", "see self-hosted runners", "change self-hosted runners"),
    row("organization_user_blocking", "see blocked users", "block users"),
    runs("organization_variables", "read the organization's variables", "change the organization's variables"),
    administration("organization_webhooks", "see the organization's webhooks", "send the organization's events elsewhere by webhooks"),
    row("team_discussions", "read team discussions", "write team discussions"),
];

#[rustfmt::skip]
const ACCOUNT: &[Known] = &[
    row("blocking", "see whom they blocked", "block users"),
    secrets("codespaces_user_secrets", "see names of their codespaces secrets", "change their codespaces secrets"),
    row("copilot_requests", "use Copilot", "use Copilot"),
    row("email_addresses", "read their e-mail addresses", "change their e-mail addresses"),
    row("events", "read their activity", "change their activity"),
    row("followers", "see followers", "follow users"),
    row("gists", "read their gists", "write their gists"),
    administration("git_signing_ssh_public_keys", "see their signing keys", "add signing keys"),
    administration("git_ssh_keys", "see their SSH keys", "add SSH keys"),
    administration("gpg_keys", "see their GPG keys", "add GPG keys"),
    row("interaction_limits", "see interaction limits", "change interaction limits"),
    row("knowledge_bases", "read their knowledge bases", "change their knowledge bases"),
    row("models", "use models", "use models"),
    row("plan", "see their plan", "change their plan"),
    row("private_repository_invitations", "see invitations", "accept invitations"),
    row("profile", "read their profile", "change their profile"),
    row("starring", "see their stars", "change their stars"),
    row("watching", "see what they watch", "change what they watch"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn permission(group: &str, name: &str) -> Permission {
        Permission { group: PermissionGroup::parse(group), name: name.to_owned() }
    }

    #[test]
    fn names_are_known_in_whichever_group_and_nothing_else_is() {
        let names: Vec<_> = permission_names().collect();

        for name in ["contents", "members", "gists"] {
            assert!(names.contains(&name) && is_permission_name(name), "{name}");
        }
        assert!(names.iter().all(|name| is_permission_name(name)));
        assert!(!is_permission_name("teleport") && !is_permission_name(""));
        let contents = permission("repository", "contents");
        assert!(is_known(&contents, &Level::Read));
        assert!(!is_known(&contents, &Level::parse("teleport")));
        assert!(!is_known(&permission("repository", "teleport"), &Level::Read));
    }

    #[test]
    fn a_permission_is_spoken_of_in_plain_words() {
        let contents = Known::of(&permission("repository", "contents")).unwrap();

        assert_eq!(contents.words(&Level::Read).as_deref(), Some("read code"));
        assert_eq!(contents.words(&Level::Write).as_deref(), Some("push code"));
        assert_eq!(contents.words(&Level::Admin).as_deref(), Some("administer contents"));
        assert_eq!(contents.words(&Level::Unknown("own".into())), None);
    }

    #[test]
    fn a_name_means_the_same_with_its_group_in_front_and_without() {
        for name in ["secrets", "organization_secrets", "Organization_Secrets"] {
            let known = Known::of(&permission("organization", name)).unwrap();
            assert_eq!(known.touches, Touches::Secrets, "{name}");
        }
    }

    #[test]
    fn what_github_adds_later_is_not_known() {
        assert_eq!(Known::of(&permission("repository", "teleportation")), None);
        assert_eq!(Known::of(&permission("enterprise", "contents")), None);
        assert_eq!(Known::of(&permission("organization", "contents")), None);
        assert!(!is_known(&permission("repository", "contents"), &Level::Unknown("own".into())));
    }

    #[test]
    fn every_name_stands_once() {
        for rows in [REPOSITORY, ORGANIZATION, ACCOUNT] {
            assert!(rows.windows(2).all(|pair| pair[0].name < pair[1].name), "sorted and without a double");
        }
    }

    /// GitHub's whole table, so that nothing stands out by accident and nothing loses its mark.
    #[test]
    fn what_stands_out_is_marked_and_nothing_else() {
        let marked = |touches: Touches| {
            let names = [REPOSITORY, ORGANIZATION, ACCOUNT].map(|rows| {
                let touching = rows.iter().filter(|known| known.touches == touches).map(|known| known.name);
                touching.collect::<Vec<_>>().join(" ")
            });
            names.join("\n")
        };
        insta::assert_snapshot!(marked(Touches::Runs), @r"
        actions actions_variables deployments variables
        organization_actions_variables organization_runner_custom_images organization_variables
        ");
        insta::assert_snapshot!(marked(Touches::Workflows), @"workflows");
        insta::assert_snapshot!(marked(Touches::Code), @"contents pull_requests single_file");
        insta::assert_snapshot!(marked(Touches::Secrets), @r"
        codespaces_secrets dependabot_secrets environments secret_scanning_alert_dismissal_requests secret_scanning_alerts secret_scanning_bypass_requests secrets
        organization_codespaces_secrets organization_dependabot_secrets organization_private_registries organization_secret_scanning_dismissal_requests organization_secrets
        codespaces_user_secrets
        ");
        insta::assert_snapshot!(marked(Touches::Administration), @r"
        administration repository_hooks webhooks
        members organization_administration organization_credentials organization_custom_org_roles organization_custom_roles organization_hooks organization_network_configurations organization_personal_access_token_requests organization_personal_access_tokens organization_self_hosted_runners organization_webhooks
        git_signing_ssh_public_keys git_ssh_keys gpg_keys
        ");
        insta::assert_snapshot!(marked(Touches::Nothing), @r"
        artifact_metadata attestations checks code_quality code_scanning_alerts codespaces codespaces_lifecycle_admin codespaces_metadata commit_statuses copilot_agent_settings custom_properties dependabot_alerts discussions issues merge_queues metadata packages pages projects repository_advisories repository_custom_properties repository_projects security_events statuses vulnerability_alerts
        blocked_users custom_properties_for_organizations enterprise_custom_properties_for_organizations issue_fields issue_types models organization_announcement_banners organization_api_insights organization_campaigns organization_code_scanning_dismissal_requests organization_codespaces organization_codespaces_settings organization_copilot_agent_settings organization_copilot_metrics organization_copilot_seat_management organization_custom_properties organization_events organization_knowledge_bases organization_packages organization_plan organization_projects organization_user_blocking team_discussions
        blocking copilot_requests email_addresses events followers gists interaction_limits knowledge_bases models plan private_repository_invitations profile starring watching
        ");
    }

    #[test]
    fn the_recipe_for_short_administration_names_all_of_it() {
        let recipe = include_str!("../../manifests/policies/short-administration.cedar");
        for (rows, prefix) in [(REPOSITORY, "repository_"), (ORGANIZATION, "organization_")] {
            for known in rows.iter().filter(|known| known.touches == Touches::Administration) {
                for name in [known.name, known.name.strip_prefix(prefix).unwrap_or(known.name)] {
                    assert!(recipe.contains(&format!("\"{name}:write\"")), "{name}");
                }
            }
        }
    }

    /// Whatever GitHub calls so is marked, also what comes to the table later.
    #[test]
    fn a_name_that_speaks_of_secrets_or_workflows_is_marked() {
        for known in [REPOSITORY, ORGANIZATION, ACCOUNT].into_iter().flatten() {
            let says =
                |words: &[&str]| words.iter().any(|word| known.name.split('_').any(|part| part == *word));
            let least = match known.name {
                _ if says(&["secret", "secrets", "registries"]) => Touches::Secrets,
                _ if says(&["workflows", "actions", "variables", "runner", "runners", "deployments"]) => {
                    Touches::Runs
                }
                _ => Touches::Nothing,
            };
            assert!(known.touches >= least, "{}", known.name);
            let spoken = [known.reads, known.writes].iter().any(|words| words.contains("secret"));
            assert!(!spoken || known.touches >= Touches::Secrets, "{}", known.name);
        }
    }
}
