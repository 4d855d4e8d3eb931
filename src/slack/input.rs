//! Fields of a modal: what somebody chooses or types, under the ids that the published interface fixes.

use serde::Serialize;

use super::block::PlainText;

/// A field with its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    block_id: &'static str,
    label: PlainText,
    optional: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<PlainText>,
    element: Element,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Element {
    StaticSelect { action_id: &'static str, placeholder: PlainText, options: Vec<Choice> },
    RadioButtons { action_id: &'static str, options: Vec<Choice> },
    Checkboxes { action_id: &'static str, options: Vec<Choice> },
    PlainTextInput { action_id: &'static str, multiline: bool, max_length: usize },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Choice {
    text: PlainText,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<PlainText>,
}

impl Choice {
    fn new(value: impl Into<String>, text: &str) -> Self {
        Self { text: PlainText::new(text, Input::OPTION), value: value.into(), description: None }
    }
}

/// What can be ticked: a value of ours, what it is, and small print about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tickable {
    pub value: String,
    pub text: String,
    pub description: String,
}

impl Input {
    // Limits: docs.slack.dev, block-kit reference (input block, option object).
    const LABEL: usize = 2000;
    const PLACEHOLDER: usize = 150;
    pub(super) const OPTION: usize = 75;
    const OPTIONS: usize = 100;
    pub(super) const TICKS: usize = 10;

    /// One of several fixed texts, by a value of ours for each. May be left alone.
    pub fn select(
        id: &'static str,
        label: &str,
        placeholder: &str,
        options: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> Self {
        let choice = |(value, text)| Choice::new(value, text);
        let options = options.into_iter().take(Self::OPTIONS).map(choice).collect();
        let placeholder = PlainText::new(placeholder, Self::PLACEHOLDER);
        Self::of(id, label, Element::StaticSelect { action_id: id, placeholder, options })
    }

    /// One of a few, all of them in sight. Has to be chosen.
    pub fn one_of(
        id: &'static str,
        label: &str,
        options: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> Self {
        let choice = |(value, text)| Choice::new(value, text);
        let options = options.into_iter().take(Self::TICKS).map(choice).collect();
        Self { optional: false, ..Self::of(id, label, Element::RadioButtons { action_id: id, options }) }
    }

    /// Any of up to ten. All may be left alone.
    pub fn ticks(id: &'static str, label: &str, options: impl IntoIterator<Item = Tickable>) -> Self {
        let choice = |one: Tickable| Choice {
            description: Some(PlainText::new(&one.description, Self::OPTION)),
            ..Choice::new(one.value, &one.text)
        };
        let options = options.into_iter().take(Self::TICKS).map(choice).collect();
        Self::of(id, label, Element::Checkboxes { action_id: id, options })
    }

    /// Lines of text, at most `max_length` characters as Slack counts them. May be left empty.
    pub fn text(id: &'static str, label: &str, max_length: usize) -> Self {
        Self::of(id, label, Element::PlainTextInput { action_id: id, multiline: true, max_length })
    }

    /// One line of text. Has to be filled in.
    pub fn line(id: &'static str, label: &str, max_length: usize) -> Self {
        Self::of(id, label, Element::PlainTextInput { action_id: id, multiline: false, max_length })
            .required()
    }

    /// The same, and it has to be filled in.
    pub fn required(self) -> Self {
        Self { optional: false, ..self }
    }

    /// Small print under the field.
    pub fn hint(self, hint: &str) -> Self {
        Self { hint: Some(PlainText::new(hint, Self::LABEL)), ..self }
    }

    fn of(block_id: &'static str, label: &str, element: Element) -> Self {
        Self { block_id, label: PlainText::new(label, Self::LABEL), optional: true, hint: None, element }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn choices_in_sight_are_spelled_as_slack_spells_them() {
        let plain = |text: &str| json!({ "type": "plain_text", "text": text, "emoji": false });
        let one = Input::one_of("verdict", "What to do", [("deny", "Deny")]);
        let tickable = Tickable {
            value: "r-7f3k2.00ff".to_owned(),
            text: "octocat".to_owned(),
            description: "push code".to_owned(),
        };

        assert_eq!(
            serde_json::to_value(one).unwrap(),
            json!({
                "block_id": "verdict", "label": plain("What to do"), "optional": false,
                "element": {
                    "type": "radio_buttons", "action_id": "verdict",
                    "options": [{ "text": plain("Deny"), "value": "deny" }],
                },
            })
        );
        let option = json!({
            "text": plain("octocat"), "value": "r-7f3k2.00ff", "description": plain("push code"),
        });
        let ticks = |many: usize| {
            let ticks = Input::ticks("requests_1", "Requests", vec![tickable.clone(); many]);
            serde_json::to_value(ticks).unwrap()
        };
        assert_eq!(
            ticks(1),
            json!({
                "block_id": "requests_1", "label": plain("Requests"), "optional": true,
                "element": { "type": "checkboxes", "action_id": "requests_1", "options": [option] },
            })
        );
        assert_eq!(ticks(11)["element"]["options"].as_array().unwrap().len(), 10);
    }

    #[test]
    fn fields_are_spelled_as_slack_spells_them() {
        let plain = |text: &str| json!({ "type": "plain_text", "text": text, "emoji": false });
        let select = Input::select("reason_preset", "Reason", "Choose", [("too_broad", "Too broad")]);
        let text = Input::text("reason", "In your words", 1024).hint("octocat reads this");

        assert_eq!(
            serde_json::to_value(select).unwrap(),
            json!({
                "block_id": "reason_preset", "label": plain("Reason"), "optional": true,
                "element": {
                    "type": "static_select", "action_id": "reason_preset", "placeholder": plain("Choose"),
                    "options": [{ "text": plain("Too broad"), "value": "too_broad" }],
                },
            })
        );
        assert_eq!(
            serde_json::to_value(text).unwrap(),
            json!({
                "block_id": "reason", "label": plain("In your words"), "optional": true,
                "hint": plain("octocat reads this"),
                "element": {
                    "type": "plain_text_input", "action_id": "reason", "multiline": true, "max_length": 1024,
                },
            })
        );
    }
}
