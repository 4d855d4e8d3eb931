//! What a filled-in modal sends: the state of each of its inputs.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

/// `state.values` of a view whose inputs hold these texts by block id; an error when Slack would not submit them.
pub(super) fn values(view: &Value, inputs: &[(&str, &str)]) -> Result<Value> {
    let blocks: Vec<&Value> =
        view["blocks"].as_array().into_iter().flatten().filter(|block| block["type"] == "input").collect();
    for (block_id, _) in inputs {
        ensure!(blocks.iter().any(|block| block["block_id"] == *block_id), "no input {block_id:?} is shown");
    }
    let mut values = json!({});
    for block in blocks {
        let block_id = block["block_id"].as_str().unwrap_or_default();
        let action_id = block["element"]["action_id"].as_str().unwrap_or("made");
        let typed = inputs.iter().find(|(id, _)| *id == block_id).map(|(_, text)| *text);
        let state = input(&block["element"], typed).with_context(|| format!("input {block_id:?}"))?;
        ensure!(is_filled_in(&state) || block["optional"] == true, "input {block_id:?} has to be filled in");
        values[block_id][action_id] = state;
    }
    Ok(values)
}

/// What was written, not chosen, in such values.
pub(super) fn texts(values: &Value) -> Vec<String> {
    let fields =
        values.as_object().into_iter().flatten().filter_map(|(_, block)| block.as_object()).flatten();
    let texts = fields.filter_map(|(_, state)| state["value"].as_str());
    texts.map(str::to_owned).collect()
}

fn is_filled_in(state: &Value) -> bool {
    let entries = state.as_object().into_iter().flatten().filter(|(name, _)| *name != "type");
    entries
        .map(|(_, value)| value)
        .any(|value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()))
}

fn input(element: &Value, typed: Option<&str>) -> Result<Value> {
    let kind = &element["type"];
    let initially = |field: &str| typed.map_or(element[field].clone(), Value::from);
    Ok(match kind.as_str().unwrap_or_default() {
        "plain_text_input" => {
            // What was cleared is null, as what was never filled in.
            let value = if typed == Some("") { Value::Null } else { initially("initial_value") };
            within_lengths(element, value.as_str().unwrap_or_default())?;
            json!({"type": kind, "value": value})
        }
        "static_select" | "radio_buttons" => {
            let chosen = match typed {
                Some(value) => option(element, value)?,
                None => element["initial_option"].clone(),
            };
            json!({"type": kind, "selected_option": chosen})
        }
        "multi_static_select" | "checkboxes" => {
            let chosen = match (typed, &element["initial_options"]) {
                (Some(value), _) => json!([option(element, value)?]),
                (None, Value::Null) => json!([]),
                (None, initial) => initial.clone(),
            };
            json!({"type": kind, "selected_options": chosen})
        }
        "datepicker" => json!({"type": kind, "selected_date": initially("initial_date")}),
        "users_select" => json!({"type": kind, "selected_user": initially("initial_user")}),
        unknown => bail!("nobody can fill in {unknown:?}"),
    })
}

fn option(element: &Value, value: &str) -> Result<Value> {
    let mut options = element["options"].as_array().into_iter().flatten();
    let chosen = options.find(|option| option["value"] == value).cloned();
    chosen.with_context(|| format!("no option {value:?} is offered"))
}

fn within_lengths(element: &Value, text: &str) -> Result<()> {
    let length = u64::try_from(text.chars().count())?;
    let least = element["min_length"].as_u64().unwrap_or(0);
    let most = element["max_length"].as_u64().unwrap_or(3000);
    ensure!(text.is_empty() || length >= least, "fewer than {least} characters");
    ensure!(length <= most, "more than {most} characters");
    Ok(())
}
