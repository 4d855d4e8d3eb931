//! What people are told about the files they ask for.

use super::tokens::{AsOf, Suspended, as_of};
use super::{Block, Fallback, Line, Message, Passage, Trouble};
use crate::app::table::Columns;
use crate::ids::Login;
use crate::request::Refusal;
use crate::token::{EXAMPLE, Filter};

/// What is told beside a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub columns: Columns,
    pub rows: u64,
    pub as_of: Vec<AsOf>,
    pub suspended: Suspended,
    /// Organizations whose tokens the asker may not export.
    pub refused: Vec<Login>,
    /// Those of which nobody could tell that.
    pub doubtful: Vec<Login>,
}

/// At once, when it is on disk what somebody wants; what was understood stands in it.
pub fn asked(columns: Columns, filter: &Filter) -> Message {
    let wanted = match columns {
        Columns::Inventory => "a table of these tokens",
        Columns::Review => "a table of these tokens for an access review",
    };
    let filter = filter.to_string();
    let filter = if filter.is_empty() { "all tokens".to_owned() } else { filter };
    let lines = [
        format!("You asked for {wanted}: {filter}"),
        "I look up what you may export. Then the file comes to you directly, or I tell you why there is none."
            .to_owned(),
    ];
    let passage = Passage::Lines(lines.iter().map(|line| Line::new().text(line)).collect());
    Message::new([Block::rich_text([passage])], Fallback::from_lines(lines))
}

/// Beside the file. Slack reads it as markup and takes no blocks for certain there, so nothing that a stranger typed is in it.
pub fn beside(told: &Told) -> Fallback {
    let what = match told.columns {
        Columns::Inventory => "",
        Columns::Review => " to review",
    };
    Fallback::from_lines([format!("{}{what}", count(told.rows)), as_of(&told.as_of), left_out(told)])
}

/// Why there is no file, although the asker may have one.
pub fn nothing_fits(told: &Told) -> String {
    let parts =
        ["No token that you may see fits, so there is no file.".to_owned(), sentence(&as_of(&told.as_of))];
    let parts = parts.into_iter().chain([left_out(told)]).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

/// Why somebody may not have a file.
pub fn refused(refusal: &Refusal) -> String {
    super::refusals::of_tokens("export", refusal)
}

/// That no organization is there of which anything could be exported.
pub fn nothing_known(suspended: &Suspended) -> String {
    match suspended.words() {
        None => "There is no file: no organization like that is known here of which you may export tokens, as far as \
                 can be told now."
            .to_owned(),
        Some(words) => format!("There is no file. {words}"),
    }
}

/// That the file would be too large.
pub fn too_large(cause: &str) -> String {
    format!("There is no file: {cause}. Please ask for less of it, for example by org: or repo:.")
}

/// That Slack does not take the file, and what to do about it.
pub fn not_sent(trouble: &Trouble) -> String {
    let cure = match trouble {
        Trouble::MissingScope { .. } => {
            "Whoever runs Countersign has to add it on the app's page and install the app anew"
        }
        Trouble::BadTarget { .. } => "Direct messages from this app have to be allowed",
        Trouble::Refused { error, .. } => match error.as_str() {
            "file_uploads_disabled" | "file_upload_not_allowed" | "file_type_not_allowed" => {
                "An administrator of this workspace has to allow such files"
            }
            "storage_limit_reached" => {
                "The workspace has no room for files; an administrator has to make some"
            }
            _ => "Whoever runs Countersign finds more in its log",
        },
        Trouble::RateLimited { .. }
        | Trouble::Resting { .. }
        | Trouble::Unavailable { .. }
        | Trouble::BadCredentials { .. }
        | Trouble::TriggerExpired { .. }
        | Trouble::MessageGone
        | Trouble::NotEditable { .. } => "Whoever runs Countersign finds more in its log",
    };
    let why = match trouble {
        Trouble::Refused { error, .. } => format!("Slack refuses it ({error})"),
        other => other.to_string(),
    };
    format!("The file could not be sent to you: {why}. {cure}; then please ask for it again.")
}

/// That the file comes later, and why.
pub fn delayed(trouble: &Trouble) -> String {
    format!("The file takes longer: {trouble}. It is tried again by itself, nothing is to be done.")
}

/// That nobody knows whether the file has arrived, and nobody tries again.
pub fn may_be_there(command: &str) -> String {
    format!(
        "Slack did not say whether the file you asked for has arrived. It may be in our direct messages; if it is not, please \
         ask for it again: {command} export."
    )
}

/// That nobody tries any longer.
pub fn given_up(command: &str) -> String {
    format!(
        "The file you asked for could not be sent for a whole day. Please ask for it again: {command} export."
    )
}

fn count(rows: u64) -> String {
    if rows == 1 { "1 token".to_owned() } else { format!("{rows} tokens") }
}

/// What is not in the file.
fn left_out(told: &Told) -> String {
    let names = |all: &[Login]| all.iter().map(Login::as_str).collect::<Vec<_>>().join(", ");
    let parts = [
        told.suspended.words(),
        (!told.refused.is_empty())
            .then(|| format!("You may not export the tokens of {}.", names(&told.refused))),
        (!told.doubtful.is_empty()).then(|| {
            format!("Whether you may export the tokens of {} can't be told right now.", names(&told.doubtful))
        }),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn sentence(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!("{}.", super::words::capitalised(words)) }
}

/// `/pat help export`.
pub fn help(command: &str) -> Message {
    let lines = [
        format!("{command} export [FILTERS]"),
        format!(
            "A table of the active tokens that you may see, with the filters of {command} list, as a CSV file sent to you \
             directly. It takes the right to export the tokens of an organization, which members of the group auditors \
             have; who exported what is on record."
        ),
        format!("{command} export for:review [FILTERS]"),
        "The same for an access review: each token with its owner, what it may do, which request led to it, who approved \
         that and when, its last use and its end, and an empty column for the verdict. Who approved is told from our own \
         record, and unknown where that does not say."
            .to_owned(),
        format!("For example: {command} export for:review {EXAMPLE}"),
    ];
    let shown = lines.iter().enumerate().map(|(at, line)| match at {
        0 | 2 => Line::new().code(line),
        _ => Line::new().text(line),
    });
    let blocks =
        [Block::header(&format!("{command} export")), Block::rich_text([Passage::Lines(shown.collect())])];
    Message::new(blocks, Fallback::from_lines(lines))
}
