//! Slack's rules for Block Kit, as data and as questions: is this valid, and does it mention or link anything?
//!
//! Stricter than the real one in one way: block, element and field names that this module does not know are
//! refused, so that a typing mistake of ours cannot pass.

mod check;
mod mentions;
mod rule;
mod schema;

use std::collections::HashSet;

use serde_json::{Map, Value};

use check::check;
pub use mentions::{mentions_and_links, mentions_and_links_in_text};
use rule::Rule;

/// A view's JSON may have this many bytes (docs.slack.dev, views.open: `view_too_large`).
const VIEW_BYTES: usize = 250_000;

/// Where blocks stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    Message,
    Modal,
    Home,
}

impl Surface {
    /// How many blocks fit (docs.slack.dev, blocks).
    fn most_blocks(self) -> usize {
        match self {
            Self::Message => 50,
            Self::Modal | Self::Home => 100,
        }
    }

    fn blocks(self) -> &'static Rule {
        match self {
            Self::Message | Self::Home => &schema::MESSAGE_BLOCK,
            Self::Modal => &schema::MODAL_BLOCK,
        }
    }
}

/// Everything Slack would refuse in these blocks; empty when it would take them.
pub fn violations(blocks: &Value, surface: Surface) -> Vec<String> {
    let Value::Array(list) = blocks else {
        return vec!["blocks: must be an array".to_owned()];
    };
    let mut problems = Vec::new();
    if list.len() > surface.most_blocks() {
        problems.push(format!("blocks: no more than {} items allowed", surface.most_blocks()));
    }
    for (index, block) in list.iter().enumerate() {
        let path = format!("blocks/{index}");
        check(block, surface.blocks(), &path, &mut problems);
        section_says_something(block, &path, &mut problems);
        action_ids_differ(block, &path, &mut problems);
        options_differ(block, &path, &mut problems);
    }
    block_ids_differ(list, &mut problems);
    problems
}

/// Everything Slack would refuse in a modal.
pub fn view_violations(view: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    check(view, &schema::MODAL, "view", &mut problems);
    let blocks = view.get("blocks").unwrap_or(&Value::Null);
    problems.extend(violations(blocks, Surface::Modal));
    let has_input = list(blocks).iter().any(|block| block["type"] == "input");
    if has_input && view.get("submit").is_none() {
        problems.push("view: must have submit when there are inputs".to_owned());
    }
    problems
}

/// Everything Slack would refuse in the app's home. Fields to fill in could stand there, too; ours are in modals alone.
pub fn home_violations(view: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    check(view, &schema::HOME, "view", &mut problems);
    problems.extend(violations(view.get("blocks").unwrap_or(&Value::Null), Surface::Home));
    problems
}

/// Whether the view is past the size that Slack accepts.
pub fn is_view_too_large(view: &Value) -> bool {
    view.to_string().len() > VIEW_BYTES
}

fn section_says_something(block: &Value, path: &str, problems: &mut Vec<String>) {
    if block["type"] == "section" && block.get("text").is_none() && block.get("fields").is_none() {
        problems.push(format!("{path}: must have text or fields"));
    }
}

fn block_ids_differ(blocks: &[Value], problems: &mut Vec<String>) {
    let mut seen = HashSet::new();
    for id in blocks.iter().filter_map(|block| block["block_id"].as_str()) {
        if !seen.insert(id) {
            problems.push(format!("blocks: block_id {id:?} is used twice"));
        }
    }
}

fn action_ids_differ(block: &Value, path: &str, problems: &mut Vec<String>) {
    let mut seen = HashSet::new();
    for element in interactive_elements(block) {
        if let Some(id) = element.get("action_id").and_then(Value::as_str)
            && !seen.insert(id)
        {
            problems.push(format!("{path}: action_id {id:?} is used twice"));
        }
    }
}

/// Two options of one value could not be told apart in what comes back.
fn options_differ(block: &Value, path: &str, problems: &mut Vec<String>) {
    for element in interactive_elements(block) {
        let mut seen = HashSet::new();
        let options = element.get("options").map_or(&[][..], list);
        for value in options.iter().filter_map(|option| option["value"].as_str()) {
            if !seen.insert(value) {
                problems.push(format!("{path}: option {value:?} is offered twice"));
            }
        }
    }
}

/// What a person can press, choose from or type into in one block.
pub(in crate::simulator::slack) fn interactive_elements(block: &Value) -> Vec<&Map<String, Value>> {
    let within = match block["type"].as_str() {
        Some("actions") => list(&block["elements"]).iter().collect(),
        Some("section") => vec![&block["accessory"]],
        Some("input") => vec![&block["element"]],
        _ => Vec::new(),
    };
    within.into_iter().filter_map(Value::as_object).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
