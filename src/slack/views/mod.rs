//! Modals: the details of a request, the form to deny it, and what is said while they are made.

mod deny;
mod details;
mod history;

use super::{Block, Form, Opened, View, messages};

pub use deny::deny;
pub use details::{Details, Told, details, details_message};
pub use history::RECORD;

/// Opened at once, while the asker is judged.
pub fn checking(form: Form, opened: &Opened) -> View {
    words(form, "Checking…", opened)
}

/// The offer to link accounts.
pub fn sign_in(url: &str, opened: &Opened) -> View {
    let blocks = [Block::section(messages::SIGN_IN), messages::sign_in_button(url)];
    View::showing(Form::Link, "Link accounts", blocks, opened)
}

/// A modal that says one thing.
pub fn words(form: Form, words: &str, opened: &Opened) -> View {
    let title = match form {
        Form::Deny => "Deny this request",
        Form::Details => "Token request",
        Form::Link => "Link accounts",
    };
    View::showing(form, title, [Block::section(words)], opened)
}
