//! Blocks as lines of plain text: what a person reads on the screen, for the demo's script and for reading snapshots.

use serde_json::Value;

/// Blocks as readable lines; what this renderer does not know becomes a line that says so.
pub fn render(blocks: &Value) -> String {
    let Value::Array(blocks) = blocks else {
        return "!! not a list of blocks".to_owned();
    };
    blocks.iter().flat_map(block).collect::<Vec<_>>().join("\n")
}

fn block(block: &Value) -> Vec<String> {
    match kind(block) {
        "header" => vec![text(&block["text"])],
        "divider" => vec!["---".to_owned()],
        "section" => section(block),
        "rich_text" => list(&block["elements"]).iter().flat_map(paragraph).collect(),
        "context" => vec![list(&block["elements"]).iter().map(element).collect::<Vec<_>>().join(" · ")],
        "actions" => actions(list(&block["elements"])),
        "input" if kind(&block["element"]) == "checkboxes" => {
            let options = list(&block["element"]["options"]).iter().flat_map(tick);
            std::iter::once(format!("{}:", text(&block["label"]))).chain(options).collect()
        }
        "input" => vec![format!("{}: {}", text(&block["label"]), element(&block["element"]))],
        "image" => vec![element(block)],
        unknown => vec![format!("!! unknown block type {unknown:?}")],
    }
}

fn section(block: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    if block.get("text").is_some() {
        lines.extend(text(&block["text"]).lines().map(str::to_owned));
    }
    lines.extend(list(&block["fields"]).iter().map(text));
    if let Some(accessory) = block.get("accessory") {
        lines.extend(actions(std::slice::from_ref(accessory)));
    }
    lines
}

/// What can be ticked, and the small print below it.
fn tick(option: &Value) -> Vec<String> {
    let description = option.get("description").map(|description| format!("      {}", text(description)));
    std::iter::once(format!("  [ ] {}", text(&option["text"]))).chain(description).collect()
}

/// The buttons on one line, then what each of them asks before it acts.
fn actions(elements: &[Value]) -> Vec<String> {
    let buttons = elements.iter().map(element).collect::<Vec<_>>().join(" ");
    std::iter::once(buttons).chain(elements.iter().filter_map(question)).collect()
}

fn question(element: &Value) -> Option<String> {
    let confirm = element.get("confirm")?;
    let asks = [text(&confirm["title"]), text(&confirm["text"])].join(" ");
    Some(format!(
        "  {} asks: {asks} ({} | {})",
        text(&element["text"]),
        text(&confirm["confirm"]),
        text(&confirm["deny"])
    ))
}

fn element(element: &Value) -> String {
    match kind(element) {
        "button" => format!("[{}]", text(&element["text"])),
        "plain_text" | "mrkdwn" => text(element),
        "image" => format!("(image: {})", string(&element["alt_text"])),
        "plain_text_input" | "datepicker" | "users_select" => format!("[{}]", text(&element["placeholder"])),
        "static_select" | "multi_static_select" | "overflow" | "radio_buttons" | "checkboxes" => {
            let options = list(&element["options"]).iter().map(|option| text(&option["text"]));
            format!("({})", options.collect::<Vec<_>>().join(" | "))
        }
        unknown => format!("!! unknown element type {unknown:?}"),
    }
}

fn paragraph(part: &Value) -> Vec<String> {
    match kind(part) {
        "rich_text_section" => lines_with("", part),
        "rich_text_quote" => lines_with("> ", part),
        "rich_text_preformatted" => lines_with("    ", part),
        "rich_text_list" => list(&part["elements"]).iter().flat_map(|item| lines_with("• ", item)).collect(),
        unknown => vec![format!("!! unknown rich text type {unknown:?}")],
    }
}

fn lines_with(prefix: &str, part: &Value) -> Vec<String> {
    let words: String = list(&part["elements"]).iter().map(run).collect();
    words.lines().map(|line| format!("{prefix}{line}")).collect()
}

fn run(run: &Value) -> String {
    let words = match kind(run) {
        "text" => string(&run["text"]).to_owned(),
        "user" => format!("@{}", string(&run["user_id"])),
        "usergroup" => format!("@{}", string(&run["usergroup_id"])),
        "channel" => format!("#{}", string(&run["channel_id"])),
        "broadcast" => format!("@{}", string(&run["range"])),
        "emoji" => format!(":{}:", string(&run["name"])),
        "color" => string(&run["value"]).to_owned(),
        "date" => run["fallback"].as_str().unwrap_or("(date)").to_owned(),
        "link" => match run["text"].as_str() {
            Some(label) => format!("{label} ({})", string(&run["url"])),
            None => string(&run["url"]).to_owned(),
        },
        unknown => format!("!! unknown rich text element {unknown:?}"),
    };
    styled(words, &run["style"])
}

/// Styles as people type them; the spaces at the ends stay outside the marks.
fn styled(words: String, style: &Value) -> String {
    let marks = [("code", "`"), ("bold", "**"), ("italic", "_"), ("strike", "~")];
    let mark: String = marks.iter().filter(|(name, _)| style[*name] == true).map(|(_, mark)| *mark).collect();
    let core = words.trim();
    if mark.is_empty() || core.is_empty() {
        return words;
    }
    let closing: String = mark.chars().rev().collect();
    words.replacen(core, &format!("{mark}{core}{closing}"), 1)
}

fn kind(value: &Value) -> &str {
    string(&value["type"])
}

fn text(value: &Value) -> String {
    string(&value["text"]).to_owned()
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_card_reads_as_it_looks() {
        let card = json!([
            {"type": "header", "text": {"type": "plain_text", "text": "octocat wants to WRITE"}},
            {"type": "rich_text", "elements": [
                {"type": "rich_text_section", "elements": [
                    {"type": "text", "text": "New: ", "style": {"bold": true}}, {"type": "text", "text": "push code"}]},
                {"type": "rich_text_quote", "elements": [{"type": "text", "text": "two\nlines"}]},
                {"type": "rich_text_list", "style": "bullet", "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U0ALICE"}]}]}]},
            {"type": "actions", "elements": [
                {"type": "button", "text": {"type": "plain_text", "text": "Approve…"}, "confirm": {
                    "title": {"text": "Approve?"}, "text": {"text": "It can push."},
                    "confirm": {"text": "Approve"}, "deny": {"text": "Back"}}},
                {"type": "button", "text": {"type": "plain_text", "text": "Details"}}]},
            {"type": "hologram"},
        ]);

        insta::assert_snapshot!(render(&card), @r#"
        octocat wants to WRITE
        **New:** push code
        > two
        > lines
        • @U0ALICE
        [Approve…] [Details]
          Approve… asks: Approve? It can push. (Approve | Back)
        !! unknown block type "hologram"
        "#);
    }
}
