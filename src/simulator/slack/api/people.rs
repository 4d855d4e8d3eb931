//! `users.*` and `usergroups.*`: who somebody is, who is in a group.

use serde_json::{Value, json};

use super::{Arguments, Failure};
use crate::simulator::slack::cast::{Group, User};
use crate::simulator::slack::world::World;

pub(super) fn info(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let user = arguments.text("user").and_then(|id| world.users.get(id)).ok_or("user_not_found")?;
    Ok(json!({"user": user_json(user)}))
}

fn user_json(user: &User) -> Value {
    let mut json = json!({
        "id": user.id,
        "name": user.name,
        "real_name": user.name,
        "deleted": user.deleted,
        "is_bot": user.is_bot,
        "is_app_user": user.is_app_user,
        "profile": {"display_name": user.name, "real_name": user.name},
    });
    if let Some(team_id) = &user.team_id {
        json["team_id"] = team_id.clone().into();
    }
    // Slack leaves the roles out for deactivated people.
    if !user.deleted {
        json["is_restricted"] = user.is_restricted.into();
        json["is_ultra_restricted"] = user.is_ultra_restricted.into();
    }
    if user.is_stranger {
        json["is_stranger"] = true.into();
    }
    if let Some(enterprise) = &user.enterprise_user {
        json["enterprise_user"] = json!({"id": enterprise.id, "enterprise_id": enterprise.enterprise_id, "teams": enterprise.teams});
    }
    json
}

pub(super) fn groups(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let with_members = arguments.flag("include_users");
    let with_disabled = arguments.flag("include_disabled");
    let shown = world.groups.values().filter(|group| with_disabled || !group.is_disabled);
    let groups: Vec<Value> = shown.map(|group| group_json(world, group, with_members)).collect();
    Ok(json!({ "usergroups": groups }))
}

fn group_json(world: &World, group: &Group, with_members: bool) -> Value {
    let mut json = json!({
        "id": group.id,
        "team_id": world.workspace.team_id,
        "is_usergroup": true,
        "is_external": group.is_external,
        "name": group.handle,
        "handle": group.handle,
        "date_delete": u32::from(group.is_disabled),
        "user_count": group.members.len(),
    });
    if with_members {
        json["users"] = json!(group.members);
    }
    json
}

pub(super) fn group_members(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    // An organization's token has to say in which workspace to look.
    let is_org_wide = world.workspace.enterprise.as_ref().is_some_and(|of| of.is_org_wide_install);
    if is_org_wide && arguments.required("team_id")? != world.workspace.team_id {
        return Err("team_not_found".into());
    }
    let group = world.groups.get(arguments.required("usergroup")?).ok_or("no_such_subteam")?;
    if group.is_disabled && !arguments.flag("include_disabled") {
        return Err("no_such_subteam".into());
    }
    Ok(json!({"users": group.members}))
}
