//! The buttons, and what is asked before a click counts.

use super::Shown;
use crate::request::{Expiry, Facts, State};
use crate::slack::words::{permissions, repositories, warnings};
use crate::slack::{Approvals, Button, ButtonElement, Confirm};

pub(super) fn buttons(shown: Shown<'_>) -> Vec<ButtonElement> {
    let request = shown.request;
    let open = request.open();
    let button = |button: Button, label: &str| ButtonElement::new(&button, label, &request.key);
    let mut buttons = Vec::new();
    if open.to_decide && shown.approvals.is_some() {
        // Old cards may have the button still; whoever presses it is told.
        buttons.extend(shown.frozen.is_none().then(|| approve(shown)));
        buttons.push(deny(shown));
    }
    if open.to_withdraw {
        buttons.push(button(Button::Withdraw, "Withdraw").confirm(Confirm {
            title: "Withdraw?",
            text: match request.state {
                State::Deciding(_) => "The request goes back to waiting, and GitHub is not told.",
                State::Pending { .. } | State::Settled(_) => "Your vote is taken back.",
            },
            confirm: "Withdraw",
            deny: "Back",
        }));
    }
    if open.to_check {
        buttons.push(button(Button::CheckAgain, "Check again"));
    }
    buttons.push(button(Button::Details, "Details"));
    buttons
}

fn approve(shown: Shown<'_>) -> ButtonElement {
    let request = shown.request;
    let approve = ButtonElement::new(&Button::Approve, "Approve…", &request.key)
        .spoken(&format!("Approve {}'s request", request.facts.requester.login))
        .confirm(Confirm {
            title: "Approve this request?",
            text: &consequence(&request.facts, shown.approvals),
            confirm: "Approve",
            deny: "Back",
        });
    // What is unusual must not be the easy choice.
    if warnings(&request.facts, shown.past).is_empty() { approve.primary() } else { approve }
}

fn deny(shown: Shown<'_>) -> ButtonElement {
    let request = shown.request;
    ButtonElement::new(&Button::Deny, "Deny…", &request.key)
        .spoken(&format!("Deny {}'s request", request.facts.requester.login))
}

/// What an approval does, in words: `octocat will be able to write contents … in payments-api until 20 Feb 2027.`
/// Where that takes more than one approval, it says so first: nobody has to know who else has approved meanwhile.
pub(in crate::slack) fn consequence(facts: &Facts, approvals: Option<Approvals<'_>>) -> String {
    let takes = approvals.filter(|approvals| !approvals.takes_one());
    let takes = takes.map(|takes| format!("This takes {}. Once all is there, ", takes.takes()));
    let until = match facts.expiry {
        Expiry::Never => "with no end date".to_owned(),
        Expiry::Unknown => "for a time GitHub does not say".to_owned(),
        Expiry::At(at) => format!("until {}", at.format("%-d %b %Y")),
    };
    format!(
        "{}{} will be able to {}, {until}. Where: {}.",
        takes.unwrap_or_default(),
        facts.requester.login,
        permissions(facts),
        repositories(facts),
    )
}
