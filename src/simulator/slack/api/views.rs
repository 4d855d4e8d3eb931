//! `views.*`: modals, opened with a trigger id that lives for three seconds; and the app's home, one for each person.

use serde_json::{Value, json};

use super::{Arguments, Failure};
use crate::simulator::slack::block_kit::{home_violations, is_view_too_large, view_violations};
use crate::simulator::slack::screens::filled_in;
use crate::simulator::slack::world::{World, with_block_ids};

pub(super) fn open(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let view = view_argument(arguments)?;
    is_external_id_free(world, &view)?;
    let user = person_of_trigger(world, arguments)?;
    let view = new_view(world, view);
    Ok(json!({"view": world.screens.open(&user, view)}))
}

pub(super) fn push(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let view = view_argument(arguments)?;
    is_external_id_free(world, &view)?;
    let user = person_of_trigger(world, arguments)?;
    let view = new_view(world, view);
    Ok(json!({"view": world.screens.push(&user, view)?}))
}

pub(super) fn update(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let view = view_argument(arguments)?;
    let id = match (arguments.text("view_id"), arguments.text("external_id")) {
        (Some(id), _) => id.to_owned(),
        (None, Some(external)) => world.screens.id_of_external(external).ok_or("not_found")?,
        (None, None) => arguments.required("view_id")?.to_owned(),
    };
    let view = new_view(world, view);
    Ok(json!({"view": world.screens.replace(&id, arguments.text("hash"), view)?}))
}

/// Replaces what somebody sees in the app's home (docs.slack.dev, views.publish).
pub(super) fn publish(world: &mut World, arguments: &Arguments) -> Result<Value, Failure> {
    let user = arguments.required("user_id")?.to_owned();
    let view = view_given(arguments)?;
    if is_view_too_large(&view) {
        return Err("view_too_large".into());
    }
    let problems = home_violations(&view);
    if !problems.is_empty() {
        return Err(Failure::explained("invalid_arguments", problems));
    }
    if !world.app.has_home_tab {
        return Err("not_enabled".into());
    }
    if world.users.get(&user).is_none_or(|person| person.is_bot) {
        return Err("user_not_found".into());
    }
    let published = world.homes.get(&user);
    if arguments.text("hash").is_some_and(|hash| published.is_none_or(|home| home["hash"] != hash)) {
        return Err("hash_conflict".into());
    }
    let id = published.map(|home| home["id"].clone());
    let mut view = new_view(world, view);
    view["root_view_id"] = id.clone().unwrap_or_else(|| view["id"].clone());
    view["previous_view_id"] = Value::Null;
    if let Some(id) = id {
        view["id"] = id;
    }
    world.homes.insert(user, view.clone());
    Ok(json!({ "view": view }))
}

fn view_argument(arguments: &Arguments) -> Result<Value, Failure> {
    checked_view(view_given(arguments)?)
}

fn view_given(arguments: &Arguments) -> Result<Value, Failure> {
    let missing = || Failure::explained("invalid_arguments", vec!["missing required field: view".to_owned()]);
    arguments.structure("view").ok_or_else(missing)
}

/// A view that Slack accepts, or its complaint.
pub(in crate::simulator::slack) fn checked_view(view: Value) -> Result<Value, Failure> {
    if is_view_too_large(&view) {
        return Err("view_too_large".into());
    }
    let problems = view_violations(&view);
    if problems.is_empty() { Ok(view) } else { Err(Failure::explained("invalid_arguments", problems)) }
}

/// The view with all that Slack adds to it: ids, hash, empty state.
pub(in crate::simulator::slack) fn new_view(world: &mut World, view: Value) -> Value {
    let mut view = filled_in(view);
    view["id"] = format!("V0{:04}", world.next()).into();
    view["hash"] = format!("{}.{:04}", world.now().timestamp(), world.next()).into();
    view["team_id"] = world.workspace.team_id.clone().into();
    view["app_id"] = world.app.id.clone().into();
    view["bot_id"] = world.app.bot_id.clone().into();
    view["app_installed_team_id"] = world.workspace.team_id.clone().into();
    view["blocks"] = with_block_ids(view["blocks"].take());
    view
}

fn person_of_trigger(world: &mut World, arguments: &Arguments) -> Result<String, Failure> {
    let trigger_id = arguments.required("trigger_id")?;
    Ok(world.tickets.exchange_trigger(trigger_id, world.now())?)
}

fn is_external_id_free(world: &World, view: &Value) -> Result<(), Failure> {
    match view["external_id"].as_str() {
        Some(id) if world.screens.id_of_external(id).is_some() => Err("duplicate_external_id".into()),
        _ => Ok(()),
    }
}
