//! Everything there is to know about one request.

use super::history::history;
use crate::audit::Entry;
use crate::request::{Comment, Enrichment, Past, Repositories, Repository, State, TokenRequest};
use crate::slack::card::consequence;
use crate::slack::listed::Room;
use crate::slack::words::{by_danger, expiry, headline, phrase, short_name, warnings};
use crate::slack::{
    Approvals, Block, Blocks, Button, ButtonElement, Fallback, Form, Input, Line, Message, Opened, Passage,
    View,
};

/// As many repositories are on a page.
const PAGE: usize = 50;

/// As many lines share a block; a block holds 3,000 characters and a repository's name at most 140.
const LINES: usize = 20;

/// For who turns a page of what has changed meanwhile.
const CHANGED: &str =
    "⚠ The request was changed while this window was open. Please close it and open Details again.";

/// What the modal shows. Where `opened` names another revision than the request's, it says that this has changed, and
/// there is nothing to approve and no page to turn.
#[derive(Debug, Clone, Copy)]
pub struct Details<'a> {
    pub request: &'a TokenRequest,
    pub past: &'a Past,
    /// What it takes to approve it; `None` when no route covers it.
    pub approvals: Option<Approvals<'a>>,
    /// The newest entries of its record, oldest first; none where it can't be read.
    pub record: &'a [Entry],
    /// Whether whoever looks may approve it, now.
    pub may_approve: bool,
    pub opened: &'a Opened,
}

/// Renders the modal. Who may approve finds the form for it at the end.
pub fn details(shown: Details<'_>) -> View {
    let Details { request, past, opened, .. } = shown;
    let is_changed = opened.revision != request.revision();
    let changed = is_changed.then(|| Block::rich_text([Passage::Lines(vec![Line::new().bold(CHANGED)])]));
    let mut blocks: Vec<_> =
        std::iter::once(Block::header(&headline(&request.facts))).chain(changed).collect();
    let required = so_far(request, shown.approvals);
    blocks.extend(everything(
        request,
        past,
        shown.record,
        if is_changed { None } else { Some(opened) },
        required,
    ));
    let may_approve = shown.may_approve && !is_changed;
    if may_approve {
        blocks.extend(approval(request, shown.approvals));
    }
    let view = View::showing(Form::Details, "Token request", blocks, opened);
    if may_approve { view.submitted_by("Approve") } else { view }
}

/// What a message shows of the same.
#[derive(Debug, Clone)]
pub struct Told<'a> {
    pub request: &'a TokenRequest,
    pub past: &'a Past,
    /// What it takes to approve it; `None` when no route covers it.
    pub approvals: Option<Approvals<'a>>,
    /// The newest entries of its record, oldest first; none where it can't be read.
    pub record: &'a [Entry],
    /// Who decides it, and whether whoever asks does.
    pub deciders: Vec<String>,
}

/// The same as a message, with who decides.
pub fn details_message(told: Told<'_>) -> Message {
    let Told { request, past, approvals, record, deciders } = told;
    let headline = headline(&request.facts);
    let mut about = so_far(request, approvals);
    about.extend(titled("Who decides", deciders.iter().map(|words| Line::new().text(words)).collect()));
    let all = everything(request, past, record, None, about);
    let blocks = std::iter::once(Block::header(&headline)).chain(all).chain(to_all_repositories(request));
    Message::new(blocks.collect::<Blocks>(), Fallback::from_lines([headline.as_str()]))
}

/// A message can't turn its pages; the modal can.
fn to_all_repositories(request: &TokenRequest) -> Option<Block> {
    let Repositories::Subset { listed, .. } = &request.facts.repositories else { return None };
    let button = ButtonElement::new(&Button::Details, "All repositories", &request.key);
    (listed.len() > PAGE).then(|| Block::actions_on(request, [button]))
}

/// How far the approvals go of what waits for more than one of anybody.
fn so_far(request: &TokenRequest, approvals: Option<Approvals<'_>>) -> Vec<Block> {
    match (&request.state, approvals) {
        (State::Pending { votes, .. }, Some(approvals)) if !approvals.takes_one() => {
            titled("Approvals", vec![approvals.line(votes)])
        }
        (State::Pending { .. } | State::Deciding(_) | State::Settled(_), _) => Vec::new(),
    }
}

/// What there is to know; `opened` turns pages, and `decision` is about who makes it.
fn everything(
    request: &TokenRequest,
    past: &Past,
    record: &[Entry],
    opened: Option<&Opened>,
    decision: Vec<Block>,
) -> Vec<Block> {
    let facts = &request.facts;
    let mut blocks = Vec::new();
    let warned = warnings(facts, past);
    if !warned.is_empty() {
        let line = Line::new().bold(&format!("⚠ {}", warned.join(" · ")));
        blocks.push(Block::rich_text([Passage::Lines(vec![line])]));
    }
    blocks.extend(titled("Permissions", permissions(request)));
    blocks.extend(repositories(request, opened));
    blocks.extend(titled("Until", vec![Line::new().text(&expiry(facts, request.received_at))]));
    if let Some(name) = &facts.token_name {
        blocks.extend(titled("Token", vec![Line::new().text(name)]));
    }
    blocks.push(said(request));
    blocks.extend(decision);
    blocks.extend(titled("What happened", history(request, record)));
    blocks.push(Block::context(&format!("{} · revision {}", request.key, request.revision())));
    blocks
}

/// A title over lines, in as many blocks as they need.
fn titled(title: &str, lines: Vec<Line>) -> Vec<Block> {
    let lines: Vec<_> = std::iter::once(Line::new().bold(title)).chain(lines).collect();
    lines.chunks(LINES).map(|some| Block::rich_text([Passage::Lines(some.to_vec())])).collect()
}

/// In plain words, with GitHub's name for each.
fn permissions(request: &TokenRequest) -> Vec<Line> {
    let lines: Vec<_> = by_danger(request.facts.permissions.iter())
        .into_iter()
        .map(|(permission, level)| {
            let github = format!(" · {} {}: {level}", permission.group, permission.name);
            Line::new().text(&phrase(permission, level)).italic(&github)
        })
        .collect();
    if lines.is_empty() { vec![Line::new().text("see what is public, nothing else")] } else { lines }
}

/// `opened` says which page of a long list; without it the first is all there is.
fn repositories(request: &TokenRequest, opened: Option<&Opened>) -> Vec<Block> {
    match &request.facts.repositories {
        Repositories::None => said_of_repositories("none of the organization's"),
        Repositories::All => said_of_repositories("every one, also those made later"),
        Repositories::Unknown(selection) => {
            said_of_repositories(&format!("GitHub's selection “{selection}” is not known to us"))
        }
        Repositories::Subset { listed, count } => page(listed, count.unwrap_or(listed.len() as u64), opened),
    }
}

fn said_of_repositories(words: &str) -> Vec<Block> {
    titled("Repositories", vec![Line::new().text(words)])
}

/// One page of the list, with buttons to the others.
fn page(listed: &[Repository], count: u64, opened: Option<&Opened>) -> Vec<Block> {
    let pages = listed.len().div_ceil(PAGE).max(1);
    let page = opened.map_or(0, |opened| opened.page as usize).min(pages - 1);
    let mut lines: Vec<_> = listed.iter().skip(page * PAGE).take(PAGE).map(repository).collect();
    let untold = count.saturating_sub(listed.len() as u64);
    if untold > 0 {
        lines.push(Line::new().italic(&format!("and {untold} more that GitHub has not told")));
    }
    let title = match pages {
        1 => format!("Repositories ({count})"),
        _ => format!("Repositories ({count}), page {} of {pages}", page + 1),
    };
    let mut blocks = titled(&title, lines);
    let Some(opened) = opened else { return blocks };
    let mut buttons = Vec::new();
    if page > 0 {
        buttons.push(ButtonElement::new(&Button::PreviousPage, "‹ Previous", &opened.key));
    }
    if page + 1 < pages {
        buttons.push(ButtonElement::new(&Button::NextPage, "Next ›", &opened.key));
    }
    if !buttons.is_empty() {
        blocks.push(Block::actions("pages", buttons));
    }
    blocks
}

fn repository(one: &Repository) -> Line {
    match one.private {
        Some(true) => Line::new().text(&format!("{} (private)", short_name(one))),
        Some(false) => Line::new().text(&format!("{} (public)", short_name(one))),
        None => Line::new().text(short_name(one)),
    }
}

fn said(request: &TokenRequest) -> Block {
    let heading = Passage::Lines(vec![Line::new().bold("They say")]);
    let said = match (&request.facts.justification, request.enrichment) {
        (Some(said), _) => Passage::Quote(Line::new().text(said)),
        (None, Enrichment::Complete) => Passage::Lines(vec![Line::new().italic("nothing")]),
        (None, Enrichment::Waiting | Enrichment::Missing) => {
            Passage::Lines(vec![Line::new().italic("GitHub has not told yet")])
        }
    };
    Block::rich_text([heading, said])
}

/// What approving means, and room for a comment.
fn approval(request: &TokenRequest, approvals: Option<Approvals<'_>>) -> [Block; 3] {
    let requester = &request.facts.requester.login;
    let consequence = consequence(&request.facts, approvals, Room::ALONE.of(1_000));
    let lines = vec![Line::new().bold("If you approve"), Line::new().text(&consequence)];
    [
        Block::divider(),
        Block::rich_text([Passage::Lines(lines)]),
        Block::input(
            Input::text("reason", "Comment", Comment::LONGEST)
                .hint(&format!("{requester} reads this, here and perhaps in GitHub's e-mail.")),
        ),
    ]
}
