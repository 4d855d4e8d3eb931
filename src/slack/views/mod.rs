//! Modals: the details of a request, the forms to deny one or to decide several, to revoke tokens, and what is said while
//! they are made.

mod deny;
mod details;
mod history;
mod revoke;
mod several;

use std::fmt::Display;

use super::{Block, Form, Opened, View, messages};

pub use deny::deny;
pub use details::{Details, Told, details, details_message};
pub use history::RECORD;
pub use revoke::{MANY, PAGE, REVOKE, ToRevoke, counted, revoke};
pub use several::{Candidate, confirm_several, decide_several};

/// The title of what is about several requests.
pub const SEVERAL: &str = "Decide several requests";

/// Opened at once, while the asker is judged.
pub fn checking(form: Form, opened: &impl Display) -> View {
    words(form, "Checking…", opened)
}

/// The offer to link accounts.
pub fn sign_in(url: &str, opened: &Opened) -> View {
    let blocks = [Block::section(messages::SIGN_IN), messages::sign_in_button(url)];
    View::showing(Form::Link, "Link accounts", blocks, opened)
}

/// A modal that says one thing.
pub fn words(form: Form, words: &str, opened: &impl Display) -> View {
    let title = match form {
        Form::Deny => "Deny this request",
        Form::Details => "Token request",
        Form::Link => "Link accounts",
        Form::Revoke => REVOKE,
        Form::DecideSeveral | Form::ConfirmSeveral => SEVERAL,
    };
    View::showing(form, title, [Block::section(words)], opened)
}
