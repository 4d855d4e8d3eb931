//! Repositories, short and not so short.

use serde_json::{Value, json};

use super::super::world::Repository;
use super::{View, merge, node_id};

/// The URL fields of a `minimal-repository` and what follows the repository's own URL in each.
const URLS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("url", ""),
];

impl View<'_> {
    /// As a webhook names it.
    pub(crate) fn short_repository(&self, repository: &Repository) -> Value {
        json!({
            "id": repository.id.0,
            "node_id": node_id("R", repository.id.0),
            "name": repository.name,
            "full_name": self.full_name(repository),
            "private": repository.private,
        })
    }

    /// GitHub's `minimal-repository`.
    pub(crate) fn minimal_repository(&self, repository: &Repository) -> Value {
        let full_name = self.full_name(repository);
        let mut object = self.short_repository(repository);
        merge(
            &mut object,
            json!({
                "owner": self.organization_account(&self.world.organizations[&repository.organization]),
                "html_url": format!("{}/{full_name}", self.site.web),
                "description": null,
                "fork": false,
                "visibility": if repository.private { "private" } else { "public" },
            }),
        );
        for (field, rest) in URLS {
            object[*field] = json!(format!("{}/repos/{full_name}{rest}", self.site.api));
        }
        object
    }

    fn full_name(&self, repository: &Repository) -> String {
        let owner = &self.world.organizations[&repository.organization].login;
        format!("{owner}/{}", repository.name)
    }
}
