//! The modal in which tokens are revoked: exactly what will go, what that brings about, and why it is done.

use crate::ids::Login;
use crate::request::Comment;
use crate::slack::tokens::{AsOf, Row, how_old, lines_of};
use crate::slack::{Block, Button, ButtonElement, COUNT, Form, Input, Line, Offered, Passage, View};
use chrono::{DateTime, Utc};

/// From this many tokens on their number has to be typed.
pub const MANY: usize = 6;

/// As many tokens are on a page of the modal; it holds 100 blocks.
pub const PAGE: usize = 20;

/// The title.
pub const REVOKE: &str = "Revoke tokens";

/// What somebody is shown that they may revoke.
#[derive(Debug, Clone, Copy)]
pub struct ToRevoke<'a> {
    pub offered: &'a Offered,
    /// Those of the page that is shown.
    pub rows: &'a [Row],
    /// How many there are on all pages.
    pub count: usize,
    /// How many fit what was asked for and may be revoked, however many are revoked at once.
    pub all: u64,
    /// How many of those are being revoked already, and stay as they are.
    pub under_way: usize,
    /// Whether all of them are the person's own.
    pub is_own: bool,
    /// Of which organizations nobody could tell, and of which nothing can be revoked now.
    pub left_out: &'a [(Login, String)],
    /// Of when what is known is, of each organization that was looked at.
    pub as_of: &'a [AsOf],
    pub now: DateTime<Utc>,
}

/// The modal, for who may revoke what it shows.
pub fn revoke(told: &ToRevoke<'_>) -> View {
    let count = told.count;
    let many = counted(count);
    let mut blocks = vec![Block::section(&format!("You are about to revoke {many}:"))];
    if told.all > count as u64 {
        let all = told.all;
        blocks.push(Block::context(&format!(
            "These are the first {count} of {all}. For the others, ask again when these are gone."
        )));
    }
    blocks.extend(told.rows.iter().map(|row| {
        let lines = lines_of(row, told.now);
        Block::rich_text([Passage::Lines(lines)])
    }));
    blocks.extend(pages(told));
    if told.under_way > 0 {
        let said = match told.under_way {
            1 => "1 more is being revoked already.".to_owned(),
            many => format!("{many} more are being revoked already."),
        };
        blocks.push(Block::context(&said));
    }
    blocks.extend(told.left_out.iter().map(|(organization, cause)| {
        let line = Line::new().bold("Left out: ").text(&format!("{organization}. {cause}"));
        Block::rich_text([Passage::Lines(vec![line])])
    }));
    blocks.extend((!told.as_of.is_empty()).then(|| Block::context(&how_old(told.as_of))));
    blocks.push(Block::rich_text([Passage::Lines(consequences(told.is_own))]));
    blocks.extend(fields(told).into_iter().map(Block::input));
    View::showing(Form::Revoke, REVOKE, blocks, told.offered).submitted_by(&format!("Revoke {count}"))
}

/// Buttons for the other pages, and which page this is.
fn pages(told: &ToRevoke<'_>) -> Vec<Block> {
    let (page, last) = (told.offered.page, told.count.saturating_sub(1) / PAGE);
    if last == 0 {
        return Vec::new();
    }
    let before = (page > 0).then(|| ButtonElement::turning(&Button::PreviousPage, "Previous page"));
    let next = (page < last).then(|| ButtonElement::turning(&Button::NextPage, "Next page"));
    vec![
        Block::context(&format!("Page {} of {}", page + 1, last + 1)),
        Block::actions("revoke", before.into_iter().chain(next)),
    ]
}

/// docs.github.com, reviewing and revoking personal access tokens in your organization.
fn consequences(is_own: bool) -> Vec<Line> {
    let told = match is_own {
        true => "GitHub e-mails you about it.",
        false => "GitHub e-mails each owner, and I send them your reason.",
    };
    let said = [
        told,
        "What uses such a token stops working. SSH keys that it made go on working.",
        "Access comes back only by a new request.",
    ];
    said.into_iter().map(|words| Line::new().text(&format!("• {words}"))).collect()
}

fn fields(told: &ToRevoke<'_>) -> Vec<Input> {
    let reason = Input::text("reason", "Why", Comment::LONGEST);
    let reason = match told.is_own {
        true => reason.hint("For the record. You may leave this empty."),
        false => reason.hint("Every owner reads this.").required(),
    };
    let count = (told.count >= MANY)
        .then(|| Input::line(COUNT, &format!("Type {} to confirm the number of tokens", told.count), 10));
    std::iter::once(reason).chain(count).collect()
}

/// `1 token`, `12 tokens`
pub fn counted(count: usize) -> String {
    match count {
        1 => "1 token".to_owned(),
        many => format!("{many} tokens"),
    }
}
