//! A second opinion for tests: what Slack would refuse in our blocks, and what would mention or link.
//!
//! Written from docs.slack.dev, block-kit reference, and not from the code that it checks.

use std::collections::HashSet;

use serde_json::Value;

/// What is wrong with the blocks of a message; empty if Slack takes them.
pub(super) fn violations(blocks: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let blocks = blocks.as_array().expect("a list of blocks");
    if !(1..=50).contains(&blocks.len()) {
        found.push(format!("{} blocks", blocks.len()));
    }
    let mut ids = HashSet::new();
    for block in blocks {
        if block.get("block_id").is_some_and(|id| !ids.insert(id.to_string())) {
            found.push(format!("repeated {}", block["block_id"]));
        }
        check_block(block, &mut found);
    }
    found
}

fn check_block(block: &Value, found: &mut Vec<String>) {
    match block["type"].as_str() {
        Some("header") => check_plain(&block["text"], 150, found),
        Some("section") => check_plain(&block["text"], 3000, found),
        Some("context") => {
            check_count(&block["elements"], 10, found);
            list(&block["elements"]).for_each(|text| check_plain(text, 3000, found));
        }
        Some("rich_text") => {
            check_count(&block["elements"], usize::MAX, found);
            list(&block["elements"]).for_each(|element| check_rich(element, found));
        }
        Some("actions") => {
            check_text(&block["block_id"], 255, found);
            check_count(&block["elements"], 25, found);
            let mut ids = HashSet::new();
            for button in list(&block["elements"]) {
                if !ids.insert(button["action_id"].to_string()) {
                    found.push(format!("repeated {}", button["action_id"]));
                }
                check_button(button, found);
            }
        }
        Some("divider") => {}
        other => found.push(format!("block {other:?}")),
    }
}

fn check_rich(element: &Value, found: &mut Vec<String>) {
    let kinds = ["rich_text_section", "rich_text_quote", "rich_text_preformatted"];
    if !kinds.contains(&element["type"].as_str().unwrap_or_default()) {
        found.push(format!("rich text {}", element["type"]));
    }
    check_count(&element["elements"], usize::MAX, found);
    for run in list(&element["elements"]) {
        match run["type"].as_str() {
            Some("text") => check_text(&run["text"], 3000, found),
            Some("user") => {
                let id = run["user_id"].as_str().unwrap_or_default();
                if id.len() < 2 || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
                    found.push(format!("mention of {id:?}"));
                }
            }
            other => found.push(format!("run {other:?}")),
        }
    }
}

fn check_button(button: &Value, found: &mut Vec<String>) {
    check_plain(&button["text"], 75, found);
    check_text(&button["action_id"], 255, found);
    check_text(&button["value"], 2000, found);
    if let Some(spoken) = button.get("accessibility_label") {
        check_text(spoken, 75, found);
    }
    if let Some(confirm) = button.get("confirm") {
        for (name, limit) in [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)] {
            check_plain(&confirm[name], limit, found);
        }
    }
}

fn check_plain(text: &Value, limit: usize, found: &mut Vec<String>) {
    if text["type"] != "plain_text" || text["emoji"] != false {
        found.push(format!("not plain: {text}"));
    }
    check_text(&text["text"], limit, found);
}

fn check_text(text: &Value, limit: usize, found: &mut Vec<String>) {
    let length = text.as_str().map_or(0, |text| text.encode_utf16().count());
    if !(1..=limit).contains(&length) {
        found.push(format!("{length} characters of {limit} in {text}"));
    }
}

fn check_count(list: &Value, limit: usize, found: &mut Vec<String>) {
    let count = list.as_array().map_or(0, Vec::len);
    if !(1..=limit).contains(&count) {
        found.push(format!("{count} elements of {limit}"));
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
