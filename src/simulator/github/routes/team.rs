//! Teams and those who are in them, by slug or, as GitHub's own links do, by number.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use super::super::answer::Refusal;
use super::super::auth::Caller;
use super::super::listing::ByRole;
use super::super::path::{NameInPath, TeamInPath};
use super::super::world::{MembershipState, Role, World};
use super::super::{Access, GitHub, Team};
use super::MEMBERS;

/// A team that this caller sees.
fn find<'a>(world: &'a World, caller: &Caller, named: &TeamInPath) -> Option<&'a Team> {
    let team = match named {
        TeamInPath::Slug(slug) => world.find_team(caller.organization, slug),
        TeamInPath::Number(id) => world.teams.get(id),
    };
    team.filter(|team| team.organization == caller.organization && team.is_visible)
}

/// `GET /orgs/{org}/teams/{slug}` and `GET /organizations/{org}/team/{id}`.
pub(crate) async fn show(
    State(github): State<GitHub>,
    caller: Caller,
    named: TeamInPath,
) -> Result<Json<Value>, Refusal> {
    caller.needs(MEMBERS, Access::Read)?;
    let found = github.look(|world| find(world, &caller, &named).map(|team| github.view(world).team(team)));
    found.map(Json).ok_or_else(Refusal::not_found)
}

/// `GET …/memberships/{username}`: 404 is "not in it", and also "no such team".
pub(crate) async fn membership(
    State(github): State<GitHub>,
    caller: Caller,
    named: TeamInPath,
    NameInPath(login): NameInPath,
) -> Result<Json<Value>, Refusal> {
    caller.needs(MEMBERS, Access::Read)?;
    let found = github.look(|world| {
        let (team, user) = (find(world, &caller, &named)?, world.find_user(&login)?);
        let is_in = world.team_members(team.id).iter().any(|(member, _)| *member == user.id);
        is_in.then(|| github.view(world).team_membership(team, user))
    });
    found.map(Json).ok_or_else(Refusal::not_found)
}

/// `GET …/members`: the active ones, those of the teams below included.
pub(crate) async fn members(
    State(github): State<GitHub>,
    caller: Caller,
    named: TeamInPath,
    listing: ByRole,
) -> Result<Response, Refusal> {
    caller.needs(MEMBERS, Access::Read)?;
    listing.role_is(&["all", "member", "maintainer"])?;
    let found = github.look(|world| {
        let team = find(world, &caller, &named)?;
        let members = world.team_members(team.id).into_iter();
        let active = members.filter(|(user, _)| {
            world.team_standing(team.organization, *user).state == MembershipState::Active
        });
        let view = github.view(world);
        let items: Vec<_> = active.map(|(user, inherited)| view.team_member(team, user, inherited)).collect();
        Some((team.id, items))
    });
    let (id, items) = found.ok_or_else(Refusal::not_found)?;
    let role = listing.role.as_deref().filter(|role| *role != "all");
    let items: Vec<_> =
        items.into_iter().filter(|item| role.is_none_or(|role| item["role"] == role)).collect();
    let path = format!("/organizations/{}/team/{id}/members", caller.organization);
    Ok(listing.page.of(&items, &github, &path))
}

/// `GET /orgs/{org}/members`: active members, or the owners alone.
pub(crate) async fn of_organization(
    State(github): State<GitHub>,
    caller: Caller,
    listing: ByRole,
) -> Result<Response, Refusal> {
    caller.needs(MEMBERS, Access::Read)?;
    listing.role_is(&["all", "admin", "member"])?;
    let items: Vec<Value> = github.look(|world| {
        let members = world.memberships.iter().filter(|((organization, _), membership)| {
            *organization == caller.organization
                && membership.state == MembershipState::Active
                && match listing.role.as_deref() {
                    Some("admin") => membership.role == Role::Owner,
                    Some("member") => membership.role == Role::Member,
                    Some(_) | None => true,
                }
        });
        members.map(|((_, user), _)| github.view(world).user(&world.users[user])).collect()
    });
    let path = format!("/organizations/{}/members", caller.organization);
    Ok(listing.page.of(&items, &github, &path))
}
