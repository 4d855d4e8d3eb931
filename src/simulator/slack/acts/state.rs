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
        let typed = inputs.iter().filter(|(id, _)| *id == block_id).map(|(_, text)| *text);
        let typed: Vec<_> = typed.collect();
        let state = input(&block["element"], &typed).with_context(|| format!("input {block_id:?}"))?;
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

/// Of what allows for several choices each is one entry of `all`.
fn input(element: &Value, all: &[&str]) -> Result<Value> {
    let kind = &element["type"];
    let is_of_several = matches!(kind.as_str(), Some("multi_static_select" | "checkboxes"));
    ensure!(is_of_several || all.len() <= 1, "it takes one value, not {}", all.len());
    let typed = all.first().copied();
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
            let chosen = match (all, &element["initial_options"]) {
                ([], Value::Null) => json!([]),
                ([], initial) => initial.clone(),
                (values, _) => chosen(element, values)?.into(),
            };
            json!({"type": kind, "selected_options": chosen})
        }
        "datepicker" => json!({"type": kind, "selected_date": initially("initial_date")}),
        "users_select" => json!({"type": kind, "selected_user": initially("initial_user")}),
        unknown => bail!("nobody can fill in {unknown:?}"),
    })
}

/// In the order in which they are offered, as Slack sends them.
fn chosen(element: &Value, values: &[&str]) -> Result<Vec<Value>> {
    for (number, value) in values.iter().enumerate() {
        option(element, value)?;
        ensure!(!values[..number].contains(value), "{value:?} can be chosen once");
    }
    let most = element["max_selected_items"].as_u64().unwrap_or(u64::MAX);
    ensure!(u64::try_from(values.len())? <= most, "more than {most} are chosen");
    let offered = element["options"].as_array().into_iter().flatten();
    let is_chosen = |option: &&Value| option["value"].as_str().is_some_and(|value| values.contains(&value));
    Ok(offered.filter(is_chosen).cloned().collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn view(kind: &str) -> Value {
        let options: Vec<_> = ["a", "b", "c"].map(|value| json!({"value": value})).into();
        let element = json!({"type": kind, "action_id": "which", "options": options});
        json!({"blocks": [{"type": "input", "block_id": "which", "optional": true, "element": element}]})
    }

    fn chosen(kind: &str, values: &[&str]) -> Result<Value> {
        let inputs: Vec<_> = values.iter().map(|value| ("which", *value)).collect();
        Ok(self::values(&view(kind), &inputs)?["which"]["which"].clone())
    }

    #[test]
    fn what_is_ticked_is_sent_in_the_order_in_which_it_is_offered() {
        let ticked = chosen("checkboxes", &["c", "a"]).unwrap();

        assert_eq!(ticked["selected_options"], json!([{"value": "a"}, {"value": "c"}]));
        assert_eq!(chosen("checkboxes", &[]).unwrap()["selected_options"], json!([]));
    }

    #[test]
    fn nobody_ticks_what_is_not_offered_or_the_same_twice() {
        assert!(chosen("checkboxes", &["a", "d"]).is_err());
        assert!(chosen("checkboxes", &["a", "a"]).is_err());
        assert!(chosen("radio_buttons", &["a", "b"]).is_err());
        assert_eq!(chosen("radio_buttons", &["b"]).unwrap()["selected_option"], json!({"value": "b"}));
    }
}
