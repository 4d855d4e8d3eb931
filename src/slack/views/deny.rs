//! The form to deny a request in.

use crate::request::{Comment, TokenRequest};
use crate::slack::words::headline;
use crate::slack::{Block, Form, Input, Opened, Preset, View};

/// The form, for somebody who may deny this request. Both fields may stay empty: a doubtful request must be easy to
/// stop.
pub fn deny(request: &TokenRequest, opened: &Opened) -> View {
    let requester = &request.facts.requester.login;
    let [preset, words] = fields(&format!("{requester} reads this, here and in GitHub's e-mail."));
    let blocks = [Block::section(&headline(&request.facts)), Block::input(preset), Block::input(words)];
    View::showing(Form::Deny, "Deny this request", blocks, opened).submitted_by("Deny")
}

/// What a denial asks for; `hint` says who reads it.
pub(super) fn fields(hint: &str) -> [Input; 2] {
    let presets = Preset::ALL.map(|preset| (preset.value(), preset.label()));
    [
        Input::select("reason_preset", "Reason", "Choose a reason", presets),
        Input::text("reason", "In your words", Comment::LONGEST).hint(hint),
    ]
}
