//! `views.*`: modals, opened with a trigger id that lives for three seconds.

use serde_json::{Value, json};

use super::{Arguments, Failure};
use crate::simulator::slack::block_kit::{is_view_too_large, view_violations};
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

fn view_argument(arguments: &Arguments) -> Result<Value, Failure> {
    let missing = || Failure::explained("invalid_arguments", vec!["missing required field: view".to_owned()]);
    checked_view(arguments.structure("view").ok_or_else(missing)?)
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
