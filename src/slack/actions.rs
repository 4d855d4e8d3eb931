//! Rows of buttons.

use serde::Serialize;

use super::block::PlainText;
use super::button::Button;
use super::text::{NOTHING, cut, fit};
use super::tokens::{RepositoriesPage, TokensPage};
use crate::ids::{GitHubUserId, Login};
use crate::request::Key;
use crate::token::TokenKey;

/// A row of buttons. Two buttons of one `action_id` in a row are refused by Slack: the first one stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Actions {
    block_id: String,
    elements: Vec<ButtonElement>,
}

impl Actions {
    const BLOCK_ID: usize = 255;
    const MOST: usize = 25;

    pub(super) fn new(block_id: &str, buttons: impl IntoIterator<Item = ButtonElement>) -> Self {
        let mut elements: Vec<ButtonElement> = Vec::new();
        for button in buttons {
            let is_repeated = elements.iter().any(|other| other.action_id == button.action_id);
            if !is_repeated && elements.len() < Self::MOST {
                elements.push(button);
            }
        }
        Self { block_id: identifier(block_id, Self::BLOCK_ID), elements }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    pub(super) fn is_under_the_id_of(&self, other: &Self) -> bool {
        self.block_id == other.block_id
    }
}

/// Stands for an organization where all are meant; no login begins so.
pub(super) const ANY: &str = "-";

/// One button; its value is a key of ours, the number of an account, an organization's login, or a place in a list that
/// somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "button")]
pub struct ButtonElement {
    text: PlainText,
    action_id: String,
    value: String,
    /// Where the button leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accessibility_label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<Dialog>,
}

/// What is asked before a click counts.
#[derive(Debug, Clone, Copy)]
pub struct Confirm<'a> {
    /// At most 100 characters.
    pub title: &'a str,
    /// At most 300 characters.
    pub text: &'a str,
    /// The button that goes on; at most 30 characters.
    pub confirm: &'a str,
    /// The button that goes back; at most 30 characters.
    pub deny: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Dialog {
    title: PlainText,
    text: PlainText,
    confirm: PlainText,
    deny: PlainText,
}

impl ButtonElement {
    const LABEL: usize = 75;
    const ACTION_ID: usize = 255;
    const VALUE: usize = 2000;

    pub fn new(button: &Button, label: &str, key: &Key) -> Self {
        Self::about(button, label, key.as_str())
    }

    /// A button that opens an address of ours in a browser.
    pub fn leading_to(label: &str, url: &str) -> Self {
        let url = Some(url.to_owned());
        Self { url, ..Self::about(&Button::SignIn, label, Button::SignIn.action_id()) }
    }

    /// A button about a token.
    pub fn on_token(button: &Button, label: &str, key: &TokenKey) -> Self {
        Self::about(button, label, key.as_str())
    }

    /// A button that turns to another page of tokens.
    pub fn turning_to(button: &Button, label: &str, page: &TokensPage) -> Self {
        Self::about(button, label, &page.to_string())
    }

    /// A button that turns to another page of what a modal shows.
    pub fn turning(button: &Button, label: &str) -> Self {
        Self::about(button, label, button.action_id())
    }

    /// A button that turns to another page of a token's repositories.
    pub fn on_repositories(button: &Button, label: &str, page: &RepositoriesPage) -> Self {
        Self::about(button, label, &page.to_string())
    }

    /// A button about a GitHub account.
    pub fn on_account(button: &Button, label: &str, account: GitHubUserId) -> Self {
        Self::about(button, label, &account.to_string())
    }

    /// The button that offers to decide several requests, of one organization or of all.
    pub fn for_several(label: &str, organization: Option<&Login>) -> Self {
        let organization = organization.map_or(ANY, Login::as_str);
        Self::about(&Button::DecideSeveral, label, &identifier(organization, Self::VALUE))
    }

    fn about(button: &Button, label: &str, value: &str) -> Self {
        Self {
            text: PlainText::new(label, Self::LABEL),
            action_id: identifier(button.action_id(), Self::ACTION_ID),
            value: value.to_owned(),
            url: None,
            style: None,
            accessibility_label: None,
            confirm: None,
        }
    }

    /// Green: what is usually done.
    pub fn primary(self) -> Self {
        Self { style: Some("primary"), ..self }
    }

    /// Red: what takes something away.
    pub fn danger(self) -> Self {
        Self { style: Some("danger"), ..self }
    }

    /// What a screen reader says in place of the label.
    pub fn spoken(self, label: &str) -> Self {
        Self { accessibility_label: Some(fit(label, Self::LABEL)), ..self }
    }

    pub fn confirm(self, question: Confirm<'_>) -> Self {
        let dialog = Dialog {
            title: PlainText::new(question.title, 100),
            text: PlainText::new(question.text, 300),
            confirm: PlainText::new(question.confirm, 30),
            deny: PlainText::new(question.deny, 30),
        };
        Self { confirm: Some(dialog), ..self }
    }
}

fn identifier(text: &str, limit: usize) -> String {
    if text.is_empty() { NOTHING.to_owned() } else { cut(text, limit) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn approve() -> ButtonElement {
        ButtonElement::new(&Button::Approve, "Approve…", &"r-7f3k2".parse().unwrap())
    }

    #[test]
    fn a_row_is_spelled_as_slack_spells_it() {
        let question = Confirm { title: "Approve?", text: "Read access.", confirm: "Approve", deny: "Back" };
        let buttons = [approve().primary().spoken("Approve the request").confirm(question)];
        let plain = |text: &str| json!({ "type": "plain_text", "text": text, "emoji": false });

        assert_eq!(
            serde_json::to_value(Actions::new("r-7f3k2.00ff", buttons)).unwrap(),
            json!({ "block_id": "r-7f3k2.00ff", "elements": [{
                "type": "button",
                "text": plain("Approve…"),
                "action_id": "approve",
                "value": "r-7f3k2",
                "style": "primary",
                "accessibility_label": "Approve the request",
                "confirm": {
                    "title": plain("Approve?"),
                    "text": plain("Read access."),
                    "confirm": plain("Approve"),
                    "deny": plain("Back"),
                },
            }] })
        );
    }

    #[test]
    fn one_action_has_one_button() {
        let row = Actions::new("b", [approve().danger(), approve().primary()]);

        assert_eq!(row.elements, [approve().danger()]);
    }
}
