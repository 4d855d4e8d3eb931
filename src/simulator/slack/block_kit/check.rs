//! Holds a JSON value against a rule and says in Slack's manner what is wrong with it.

use serde_json::{Map, Value};

use super::rule::{Rule, Shape};

/// Adds to `problems` whatever in `value` breaks the rule.
pub(super) fn check(value: &Value, rule: &Rule, path: &str, problems: &mut Vec<String>) {
    match rule {
        Rule::Chars(most) => chars(value, *most, path, problems),
        Rule::PlainText(most) => text_object(value, &["plain_text"], *most, path, problems),
        Rule::AnyText(most) => text_object(value, &["plain_text", "mrkdwn"], *most, path, problems),
        Rule::Bool => expect(value.is_boolean(), "must be a boolean", path, problems),
        Rule::Number => expect(value.is_u64(), "must be a number", path, problems),
        Rule::AnyList => expect(value.is_array(), "must be an array", path, problems),
        Rule::OneOf(allowed) => {
            let known = value.as_str().is_some_and(|text| allowed.contains(&text));
            expect(known, &format!("must be one of {}", allowed.join(", ")), path, problems);
        }
        Rule::Object(shape) => object(value, shape, path, problems),
        Rule::Kind(shapes) => match shapes.iter().find(|shape| value["type"].as_str() == shape.kind) {
            Some(shape) => object(value, shape, path, problems),
            None => problems.push(format!("{path}: unsupported type {}", value["type"])),
        },
        Rule::List(most, each) => entries(value, *most, each, path, problems),
    }
}

fn expect(holds: bool, otherwise: &str, path: &str, problems: &mut Vec<String>) {
    if !holds {
        problems.push(format!("{path}: {otherwise}"));
    }
}

fn chars(value: &Value, most: usize, path: &str, problems: &mut Vec<String>) {
    let Some(text) = value.as_str() else {
        return problems.push(format!("{path}: must be a string"));
    };
    expect(!text.is_empty(), "must be more than 0 characters", path, problems);
    expect(
        text.chars().count() <= most,
        &format!("must be less than {} characters", most + 1),
        path,
        problems,
    );
}

fn entries(value: &Value, most: usize, each: &Rule, path: &str, problems: &mut Vec<String>) {
    let Some(list) = value.as_array() else {
        return problems.push(format!("{path}: must be an array"));
    };
    expect(!list.is_empty(), "no fewer than 1 items allowed", path, problems);
    expect(list.len() <= most, &format!("no more than {most} items allowed"), path, problems);
    for (index, entry) in list.iter().enumerate() {
        check(entry, each, &format!("{path}/{index}"), problems);
    }
}

fn object(value: &Value, shape: &Shape, path: &str, problems: &mut Vec<String>) {
    let Some(fields) = value.as_object() else {
        return problems.push(format!("{path}: must be an object"));
    };
    has_right_type(fields, shape, path, problems);
    for name in fields.keys().filter(|name| *name != "type" || shape.kind.is_none()) {
        let is_known = shape.fields.iter().any(|field| field.name == name);
        expect(is_known, &format!("unknown field {name:?}"), path, problems);
    }
    for field in shape.fields {
        match fields.get(field.name) {
            Some(value) => check(value, &field.rule, &format!("{path}/{}", field.name), problems),
            None => expect(
                !field.is_required,
                &format!("missing required field {:?}", field.name),
                path,
                problems,
            ),
        }
    }
}

fn has_right_type(fields: &Map<String, Value>, shape: &Shape, path: &str, problems: &mut Vec<String>) {
    if let Some(kind) = shape.kind {
        let is_right = fields.get("type").and_then(Value::as_str) == Some(kind);
        expect(is_right, &format!("must have type {kind:?}"), path, problems);
    }
}

fn text_object(value: &Value, kinds: &[&str], most: usize, path: &str, problems: &mut Vec<String>) {
    let Some(fields) = value.as_object() else {
        return problems.push(format!("{path}: must be a text object"));
    };
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
    if !kinds.contains(&kind) {
        return problems.push(format!("{path}: must have type {}", kinds.join(" or ")));
    }
    // `emoji` belongs to plain text, `verbatim` to mrkdwn; each is refused on the other.
    let flag = if kind == "plain_text" { "emoji" } else { "verbatim" };
    for (name, value) in fields {
        match name.as_str() {
            "type" | "text" => {}
            known if known == flag => check(value, &Rule::Bool, &format!("{path}/{flag}"), problems),
            _ => problems.push(format!("{path}: unknown field {name:?}")),
        }
    }
    chars(fields.get("text").unwrap_or(&Value::Null), most, &format!("{path}/text"), problems);
}
