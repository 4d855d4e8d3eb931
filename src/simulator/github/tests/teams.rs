//! Teams: by slug and by number, with those of the teams below.

use super::*;

fn logins(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["login"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn members_of_child_teams_are_members() {
    let scene = Scene::start().await;
    let security = scene.github.set_team("acme", "security", &["monalisa"]);
    let response = scene.github.set_team("acme", "response", &["octocat"]);
    scene.github.change_team(response.id, |team| team.parent = Some(security.id));
    let client = scene.client().await;

    let members = client.get("/orgs/acme/teams/security/members").await;
    assert_eq!(logins(&members.json), ["monalisa", "octocat"]);
    assert_eq!(
        (&members.json[0]["role"], &members.json[0]["inherited"]),
        (&"maintainer".into(), &false.into())
    );
    assert_eq!((&members.json[1]["role"], &members.json[1]["inherited"]), (&"member".into(), &true.into()));
    let membership = client.get("/orgs/acme/teams/security/memberships/Octocat").await;
    assert_eq!((membership.status.as_u16(), &membership.json["state"]), (200, &"active".into()));
    // Not the other way round.
    assert_eq!(client.get("/orgs/acme/teams/response/memberships/monalisa").await.status, 404);
}

#[tokio::test]
async fn a_renamed_team_is_found_by_its_number_and_its_slug_is_free() {
    let scene = Scene::start().await;
    let team = scene.github.set_team("acme", "security", &["octocat"]);
    let by_number = format!("/organizations/{}/team/{}", team.organization, team.id);
    scene.github.change_team(team.id, |team| team.slug = "platform".into());
    let client = scene.client().await;

    assert_eq!(client.get("/orgs/acme/teams/security").await.status, 404);
    assert_eq!(client.get(&by_number).await.json["slug"], "platform");
    assert_eq!(client.get(&format!("{by_number}/memberships/octocat")).await.status, 200);
    assert_ne!(scene.github.set_team("acme", "security", &[]).id, team.id);

    scene.github.change_team(team.id, |team| team.is_visible = false);
    assert_eq!(client.get(&by_number).await.status, 404);
}

#[tokio::test]
async fn who_has_not_accepted_is_pending_and_not_listed() {
    let scene = Scene::start().await;
    scene.github.add_user("hubot");
    scene.github.set_membership("acme", "hubot", Role::Member, MembershipState::Pending);
    scene.github.set_team("acme", "security", &["octocat", "hubot"]);
    let client = scene.client().await;

    let membership = client.get("/orgs/acme/teams/security/memberships/hubot").await;
    assert_eq!(membership.json["state"], "pending");
    assert_eq!(logins(&client.get("/orgs/acme/teams/security/members").await.json), ["octocat"]);
    assert_eq!(logins(&client.get("/orgs/acme/members?role=admin").await.json), ["monalisa"]);
    assert_eq!(client.get("/orgs/acme/members?role=owner").await.status, 422);
}

#[tokio::test]
async fn teams_take_the_permission_to_read_members() {
    let scene = Scene::start().await;
    scene.github.set_team("acme", "security", &["octocat"]);
    let permissions = [("organization_personal_access_token_requests", Access::Write)];
    scene.github.set_permissions(scene.installation, &permissions).await;
    let client = scene.client().await;

    for path in ["teams/security", "teams/security/members", "teams/security/memberships/octocat", "members"]
    {
        assert_eq!(client.get(&format!("/orgs/acme/{path}")).await.status, 403, "{path}");
    }
}
