//! What people are told of what is their own: their active tokens, and their requests that wait.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::tokens::{AsOf, Row, TokensPage, as_of, lines_of, to_revoke};
use super::words::{headline, moment};
use super::{Block, Blocks, Button, ButtonElement, Fallback, Line, Message, Passage, messages};
use crate::ids::{Login, SlackUserId};
use crate::request::{Key, NotNudged, REST, Refusal, State, TokenRequest};
use crate::token::Position;

/// A request of one's own that waits, with what there is to say of who decides.
#[derive(Debug, Clone)]
pub struct OwnRequest {
    pub request: TokenRequest,
    /// Who can decide it and how far that goes, in sentences; nothing where nobody can.
    pub deciders: Option<String>,
    /// When those were last reminded of it.
    pub nudged_at: Option<DateTime<Utc>>,
}

impl OwnRequest {
    fn again_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.nudged_at.map(|at| at + REST).filter(|again_at| now < *again_at)
    }

    /// What it is, since when it waits, and for whom.
    pub(super) fn lines(&self, now: DateTime<Utc>) -> Vec<Line> {
        let Self { request, deciders, .. } = self;
        let since = moment(asked_at(request));
        let waits = match &request.state {
            State::Pending { .. } => format!("Waits since {since}"),
            State::Deciding(_) => format!("Asked for {since}; it is decided, and GitHub is being told"),
            State::Settled(_) => format!("Asked for {since}; it is settled"),
        };
        let reminded = self.nudged_at.filter(|_| self.again_at(now).is_some());
        let reminded = reminded.map(|at| format!(" · nudged {}", moment(at))).unwrap_or_default();
        let deciders = match (&request.state, deciders) {
            (State::Pending { .. }, Some(deciders)) => Some(deciders.clone()),
            (State::Pending { .. }, None) => {
                Some("Nobody can decide it: no route covers it. The operators know.".to_owned())
            }
            (State::Deciding(_) | State::Settled(_), _) => None,
        };
        let first = Line::new().code(request.key.as_str()).text(&format!(" {}", headline(&request.facts)));
        let rest = [Some(format!("{waits}{reminded}")), deciders].into_iter().flatten();
        std::iter::once(first).chain(rest.map(|line| Line::new().text(&line))).collect()
    }

    /// Details, and Nudge where that would remind somebody.
    pub(super) fn buttons(&self, now: DateTime<Utc>) -> Block {
        let request = &self.request;
        let details = ButtonElement::new(&Button::Details, "Details", &request.key);
        let is_waiting = matches!(request.state, State::Pending { .. }) && self.deciders.is_some();
        let nudge = (is_waiting && self.again_at(now).is_none()).then(|| {
            ButtonElement::new(&Button::Nudge, "Nudge", &request.key)
                .spoken(&format!("Remind those who can decide {}", request.key))
        });
        Block::actions_on(request, std::iter::once(details).chain(nudge))
    }
}

/// All that is somebody's own, or a page of it.
#[derive(Debug, Clone)]
pub struct Mine {
    /// The oldest first; on the first page alone.
    pub waiting: Vec<OwnRequest>,
    /// How many wait altogether.
    pub waiting_count: usize,
    pub tokens: Vec<Row>,
    pub count: u64,
    /// Whether this is not the first page.
    pub is_continued: bool,
    /// What comes behind this page of tokens, if anything does.
    pub next: Option<Position>,
    pub as_of: Vec<AsOf>,
    /// Whether every organization's list was read to its end.
    pub is_all_read: bool,
    /// Organizations in which something is theirs and the installation is suspended.
    pub suspended: Vec<Login>,
    /// Organizations of which nothing is shown, or not all, and why.
    pub unseen: Vec<(Login, Refusal)>,
    pub now: DateTime<Utc>,
}

/// `/pat mine`.
pub fn mine(mine: &Mine, command: &str) -> Message {
    let title = title(mine);
    let mut lines = vec![title.clone()];
    let mut blocks = vec![Block::header(&title), Block::context(&age(mine))];
    blocks.extend(mine.remarks());
    blocks.extend(waiting_blocks(mine, &format!("{command} pending")));
    lines.extend(mine.waiting.iter().map(|own| said_of(&own.request)));
    blocks.extend(token_blocks(mine));
    lines.extend(mine.tokens.iter().map(said_of_token));
    blocks.extend(paging(mine));
    Message::new(blocks.into_iter().collect::<Blocks>(), Fallback::from_lines(lines))
}

/// A request in a line of plain text.
pub(super) fn said_of(request: &TokenRequest) -> String {
    format!("{} · {} · since {}", request.key, headline(&request.facts), moment(asked_at(request)))
}

fn said_of_token(row: &Row) -> String {
    format!("{} {}", row.mirrored.token.key, row.mirrored.token.login)
}

fn title(mine: &Mine) -> String {
    let tokens = match mine.count {
        0 if !mine.unseen.is_empty() => "Nothing can be shown as yours".to_owned(),
        0 => "No active token is known to be yours".to_owned(),
        1 => "1 active token is yours".to_owned(),
        many => format!("{many} active tokens are yours"),
    };
    match mine.waiting_count {
        0 => tokens,
        1 => format!("{tokens} · 1 request waits"),
        many => format!("{tokens} · {many} requests wait"),
    }
}

fn age(mine: &Mine) -> String {
    match mine.as_of.is_empty() {
        true => "⚠ no organization's tokens have been read yet".to_owned(),
        false => format!("tokens {}", as_of(&mine.as_of)),
    }
}

impl Mine {
    /// What is missing from all this, and why.
    pub(super) fn remarks(&self) -> Vec<Block> {
        let suspended = (!self.suspended.is_empty()).then(|| super::tokens::suspended(&self.suspended));
        let unseen = self.unseen.iter().map(|(organization, refusal)| not_shown(organization, refusal));
        let unread = (!self.is_all_read && !self.as_of.is_empty())
            .then(|| "Not every organization's tokens have been read yet.".to_owned());
        unread.into_iter().chain(suspended).chain(unseen).map(|words| Block::section(&words)).collect()
    }
}

/// The requests, and how to see the others.
pub(super) fn waiting_blocks(mine: &Mine, all: &str) -> Vec<Block> {
    let rows = mine
        .waiting
        .iter()
        .flat_map(|own| [Block::rich_text([Passage::Lines(own.lines(mine.now))]), own.buttons(mine.now)]);
    let more = mine.waiting_count.saturating_sub(mine.waiting.len());
    let more = (more > 0 && !mine.waiting.is_empty()).then(|| Block::context(&format!("{more} more: {all}")));
    rows.chain(more).collect()
}

/// The tokens of the page, each with what can be done about it.
pub(super) fn token_blocks(mine: &Mine) -> Vec<Block> {
    let row = |row: &Row| {
        let key = &row.mirrored.token.key;
        let details = ButtonElement::on_token(&Button::Details, "Details", key);
        let buttons = std::iter::once(details).chain(to_revoke(row, "Give up…"));
        [Block::rich_text([Passage::Lines(lines_of(row, mine.now))]), Block::actions(key.as_str(), buttons)]
    };
    mine.tokens.iter().flat_map(row).collect()
}

fn paging(mine: &Mine) -> Option<Block> {
    let turn = |button: Button, label: &str, after: Option<Position>| {
        ButtonElement::turning_to(&button, label, &TokensPage { after, filter: Default::default() })
    };
    let first = mine.is_continued.then(|| turn(Button::FirstMine, "From the start", None));
    let next = mine.next.clone().map(|next| turn(Button::MoreMine, "Next page", Some(next)));
    let buttons: Vec<_> = first.into_iter().chain(next).collect();
    (!buttons.is_empty()).then(|| Block::actions("mine", buttons))
}

/// Why somebody's own is not shown of an organization.
fn not_shown(organization: &Login, refusal: &Refusal) -> String {
    match refusal {
        Refusal::CannotTell { cause } | Refusal::DoubtfulAccount { cause } => {
            format!("What is yours in {organization} can't be told right now: {cause}.")
        }
        Refusal::NotAMember { .. } => format!(
            "What is yours in {organization} is not shown: you are not an active member of it by what GitHub says."
        ),
        Refusal::Guest => {
            format!("What is yours in {organization} is not shown to guests of this workspace.")
        }
        Refusal::External => {
            format!("What is yours in {organization} is not shown to people from other workspaces.")
        }
        other => format!("What is yours in {organization} is not shown. {}", messages::refusal(other)),
    }
}

/// For whom nothing can be told to be theirs.
pub fn not_linked(user: &SlackUserId, command: &str, can_sign_in: bool) -> Message {
    let how = how_to_link(user, command, can_sign_in, &format!("type {command} mine again"));
    messages::words(&format!(
        "You are not linked to a GitHub account, so nothing is known to be yours. {how}"
    ))
}

/// How to link accounts, and what to do then.
pub(super) fn how_to_link(user: &SlackUserId, command: &str, can_sign_in: bool, then: &str) -> String {
    match can_sign_in {
        true => format!("Type {command} link, then {then}."),
        false => format!(
            "Please ask the operators of Countersign to add your GitHub login and your Slack id {user} to [people] in \
             its configuration."
        ),
    }
}

/// Where it can't be told who somebody is on GitHub.
pub fn unsure(cause: &str) -> Message {
    messages::words(&format!("We can't tell right now what is yours ({cause}). Please try again later."))
}

/// Under the card of a request, for those who can decide it: somebody asks them to. Where others share the card, which of them it
/// is about.
pub fn nudge(request: &TokenRequest, by: &Login, is_alone: bool) -> Message {
    let requester = &request.facts.requester.login;
    let this = if is_alone { "this".to_owned() } else { request.key.to_string() };
    let behalf = if by == requester { String::new() } else { format!(" for {requester}") };
    let since = moment(asked_at(request));
    messages::words(&format!(
        "{by} asks whether somebody could look at {this}{behalf}; waiting since {since}."
    ))
}

/// To who asked for that, once it stands there.
pub fn nudged(key: &Key, again_at: DateTime<Utc>) -> String {
    format!(
        "Those who can decide {key} were reminded of it under its card. You can do that again from {} on.",
        moment(again_at)
    )
}

/// To who asked for it where there is no card to write under.
pub fn nudged_nobody(key: &Key) -> String {
    format!("Nobody could be reminded of {key}: its card can't be reached. Please speak to who decides it.")
}

/// To who asked for it when the request was decided meanwhile.
pub fn nudge_is_late(key: &Key) -> String {
    format!("{key} does not wait any more, so nobody was reminded of it.")
}

/// Why nobody is reminded.
pub fn not_nudged(refused: &NotNudged, command: &str) -> String {
    match refused {
        NotNudged::Unlinked => {
            format!(
                "We don't know your GitHub account, so nothing is known to be yours. Type {command} whoami."
            )
        }
        NotNudged::CannotTell { cause } => {
            format!(
                "We can't tell right now whether this request is yours ({cause}). Please click again later."
            )
        }
        NotNudged::NotTheirs => "There is no such request of yours.".to_owned(),
        NotNudged::TooLate { clicked_at } => format!(
            "Your click of {} could only be looked at now, which is too late to count. Please click again.",
            moment(*clicked_at)
        ),
        NotNudged::BeingDecided => "It is decided already; GitHub is being told.".to_owned(),
        NotNudged::Settled => "It is settled, so nobody has to be reminded of it.".to_owned(),
        NotNudged::Frozen(frozen) => format!(
            "{}. Nothing is approved until that is lifted, so nobody was reminded.",
            messages::frozen(frozen)
        ),
        NotNudged::NoRoute => {
            "Nobody can decide it: no route of the configuration covers it. The operators know.".to_owned()
        }
        NotNudged::TooSoon { again_at } => format!(
            "They were reminded less than {} hours ago. You can do that again from {} on.",
            REST.num_hours(),
            moment(*again_at)
        ),
    }
}

/// `/pat help mine`.
pub fn help(command: &str) -> Message {
    let lines = [
        format!("{command} mine – your active tokens, and your requests that wait"),
        "Yours is what the GitHub account has that you are linked to now, and the machine accounts that you answer for."
            .to_owned(),
        "Give up… revokes a token of yours. The list is as old as it says: GitHub tells nobody when a token is used, \
         revoked or expires."
            .to_owned(),
        format!(
            "Nudge reminds those who can decide a request, under its card; that can be done every {} hours. It mentions \
             nobody.",
            REST.num_hours()
        ),
    ];
    let passage = Passage::Lines(lines.iter().map(|line| Line::new().text(line)).collect());
    Message::new([Block::header("What is yours"), Block::rich_text([passage])], Fallback::from_lines(lines))
}

pub(super) fn asked_at(request: &TokenRequest) -> DateTime<Utc> {
    request.facts.created_at.unwrap_or(request.received_at)
}

/// When people were last reminded of a request: of itself, or of those it shares a card with.
pub fn last_nudge(
    nudged: &HashMap<Key, DateTime<Utc>>,
    key: &Key,
    collection: Option<&Key>,
) -> Option<DateTime<Utc>> {
    [Some(key), collection].into_iter().flatten().filter_map(|about| nudged.get(about)).max().copied()
}
