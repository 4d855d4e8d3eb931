//! Who is in a GitHub team, and who owns an organization, asked live. Child teams count: GitHub's answers include them.
//!
//! A team is asked about by its number. Only once, to find that number, by its slug, which a renamed team loses and another
//! may have.

use serde_json::Value;

use super::client::{Caller, GitHub};
use super::paths::{Place, segment};
use super::reading;
use super::reads::unreadable;
use super::trouble::{Trouble, cut};
use crate::ids::{GitHubTeamId, GitHubUserId, Login, OrganizationId, TeamSlug};

/// A team as GitHub tells it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    pub id: GitHubTeamId,
    pub organization: OrganizationId,
    pub slug: TeamSlug,
}

/// A team by its numbers, and with whose token to ask about it.
#[derive(Debug, Clone, Copy)]
pub struct TeamPlace<'a> {
    pub place: &'a Place,
    pub organization: OrganizationId,
    pub team: GitHubTeamId,
}

impl TeamPlace<'_> {
    /// The path that outlives new names (docs.github.com, teams: "by `org_id` and `team_id`").
    fn path(&self) -> String {
        format!("/organizations/{}/team/{}", self.organization, self.team)
    }
}

impl GitHub {
    /// The team that has a slug now; `None` when none has it that the App sees.
    pub async fn team_by_slug(&self, place: &Place, slug: &TeamSlug) -> Result<Option<Team>, Trouble> {
        let path = format!("/orgs/{}/teams/{}", segment(&place.organization)?, slug_segment(slug)?);
        self.team(place, path).await
    }

    /// The team of a number; `None` when it is gone, or hidden from the App.
    pub async fn team_by_id(&self, team: TeamPlace<'_>) -> Result<Option<Team>, Trouble> {
        self.team(team.place, team.path()).await
    }

    async fn team(&self, place: &Place, path: String) -> Result<Option<Team>, Trouble> {
        let found = self.object(Caller::Installation(place.installation), "get_team", path).await?;
        found.as_ref().map(read).transpose()
    }

    /// Whether an account is in a team, or in one below it, and has accepted. Of a team that the App does not see GitHub
    /// says the same as of one that the account is not in: whoever asks makes sure of the team first.
    pub async fn is_in_team(&self, team: TeamPlace<'_>, login: &Login) -> Result<bool, Trouble> {
        let path = format!("{}/memberships/{}", team.path(), segment(login)?);
        let caller = Caller::Installation(team.place.installation);
        match self.object(caller, "get_team_membership", path).await? {
            None => Ok(false),
            Some(membership) => match membership["state"].as_str() {
                Some("active") => Ok(true),
                Some("pending") => Ok(false),
                state => Err(unreadable(&cut(&format!("a membership's state {}", state.unwrap_or("none"))))),
            },
        }
    }

    /// Everybody in a team and below it.
    pub async fn team_members(&self, team: TeamPlace<'_>) -> Result<Vec<(GitHubUserId, Login)>, Trouble> {
        let path = format!("{}/members?per_page=100", team.path());
        self.people(team.place, "list_team_members", path).await
    }

    /// Everybody who owns an organization.
    pub async fn owners(&self, place: &Place) -> Result<Vec<(GitHubUserId, Login)>, Trouble> {
        let path = format!("/orgs/{}/members?role=admin&per_page=100", segment(&place.organization)?);
        self.people(place, "list_owners", path).await
    }

    async fn people(
        &self,
        place: &Place,
        operation: &'static str,
        path: String,
    ) -> Result<Vec<(GitHubUserId, Login)>, Trouble> {
        let all = self.list(Caller::Installation(place.installation), operation, path).await?;
        let read = |one: &Value| {
            let (id, login) = reading::account(Some(one))?;
            Some((GitHubUserId(id), login))
        };
        all.iter().map(|one| read(one).ok_or_else(|| unreadable("a member without id or login"))).collect()
    }
}

fn read(team: &Value) -> Result<Team, Trouble> {
    let organization = reading::organization(team.get("organization"));
    let slug = team["slug"].as_str().map(TeamSlug::new);
    match (reading::id_in(team, "id"), organization, slug) {
        (Some(id), Some((organization, _)), Some(slug)) => {
            Ok(Team { id: GitHubTeamId(id), organization, slug })
        }
        (_, _, _) => Err(unreadable("a team without id, slug or organization")),
    }
}

/// A slug as a segment of a path. Nothing can be found under what is no slug, so nothing is asked.
fn slug_segment(slug: &TeamSlug) -> Result<&str, Trouble> {
    if is_slug(slug.as_str()) {
        return Ok(slug.as_str());
    }
    Err(Trouble::NotFound { words: "not a team's slug".into() })
}

/// Small letters, digits, hyphens and underscores, as GitHub makes them of a team's name.
pub fn is_slug(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::stand_in::{Does, StandIn, acme, answers};
    use serde_json::json;

    fn security(place: &Place) -> TeamPlace<'_> {
        TeamPlace { place, organization: OrganizationId(9), team: GitHubTeamId(4) }
    }

    async fn is_in(status: u16, body: Value) -> Result<bool, Trouble> {
        let stand_in = StandIn::start(move |seen, _| match seen.path.as_str() {
            "/organizations/9/team/4/memberships/octocat" => answers(status, &body),
            _ => Does::Default,
        })
        .await;
        stand_in.github.is_in_team(security(&acme()), &Login::new("Octocat")).await
    }

    #[tokio::test]
    async fn only_who_has_accepted_is_in() {
        assert_eq!(is_in(200, json!({ "state": "active", "role": "member" })).await, Ok(true));
        assert_eq!(is_in(200, json!({ "state": "active", "role": "maintainer" })).await, Ok(true));
        assert_eq!(is_in(200, json!({ "state": "pending", "role": "member" })).await, Ok(false));
        assert_eq!(is_in(404, json!({})).await, Ok(false));
    }

    #[tokio::test]
    async fn whatever_is_neither_in_nor_out_is_trouble() {
        for (status, body) in [
            (200, json!({})),
            (200, json!({ "state": "frozen" })),
            (200, json!({ "state": true })),
            (200, json!([])),
            (301, json!({})),
            (403, json!({ "message": "Resource not accessible by integration" })),
            (429, json!({})),
            (500, json!({})),
        ] {
            assert!(is_in(status, body.clone()).await.is_err(), "{status} {body}");
        }
    }

    #[tokio::test]
    async fn a_team_is_found_by_slug_and_by_number() {
        let team = |id: u64, slug: &str| json!({ "id": id, "slug": slug, "organization": { "id": 9, "login": "acme" } });
        let stand_in = StandIn::start(move |seen, _| match seen.path.as_str() {
            "/orgs/acme/teams/security" => answers(200, &team(4, "security")),
            "/organizations/9/team/4" => answers(200, &team(4, "platform")),
            "/orgs/acme/teams/odd" => answers(200, &json!({ "id": 4, "slug": "odd" })),
            _ => Does::Default,
        })
        .await;
        let (github, place) = (&stand_in.github, &acme());
        let slug = |text: &str| TeamSlug::new(text);

        let found = github.team_by_slug(place, &slug("security")).await.unwrap().unwrap();
        assert_eq!((found.id, found.organization), (GitHubTeamId(4), OrganizationId(9)));
        let found = github.team_by_id(security(place)).await.unwrap().unwrap();
        assert_eq!(found.slug.as_str(), "platform");
        assert_eq!(github.team_by_slug(place, &slug("none")).await, Ok(None));
        assert!(github.team_by_slug(place, &slug("odd")).await.is_err());
        assert!(github.team_by_slug(place, &slug("../members")).await.is_err());
        assert!(!stand_in.paths().iter().any(|path| path.contains("..")));
    }
}
