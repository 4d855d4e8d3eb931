//! The two steps in which several requests are decided: choosing them, and reading what each comes to.

use super::{SEVERAL, deny};
use crate::ids::Login;
use crate::request::{Comment, Expiry, Facts, Frozen, Past, Repositories, TokenRequest, Verdict};
use crate::slack::card::{beside, consequence, frozen_words};
use crate::slack::listed::Room;
use crate::slack::several::{AT_ONCE, REQUESTS, VERDICT, spelled};
use crate::slack::text::{cut, weight};
use crate::slack::words::{headline, permissions, warnings};
use crate::slack::{
    Approvals, Block, Form, Input, Line, Passage, Several, Shown, Tick, Tickable, View, messages,
};

/// What each of many approvals comes to has this much room, so that all of them fit. What takes more is not told in part:
/// it is decided on its card.
const CONFIRMATION: usize = 1_400;

/// Of that for each thing that is said beside what is asked for.
const BESIDE: usize = 250;

/// Why something is left out is told at this length.
const LEFT_OUT: usize = 300;

/// A request that may be decided together with others.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    pub request: &'a TokenRequest,
    pub past: &'a Past,
    /// What it takes to approve it; `None` when no route covers it.
    pub approvals: Option<Approvals<'a>>,
    /// Who answers for the requester, which is a machine account then.
    pub answers_for_it: Option<&'a Login>,
}

impl Candidate<'_> {
    /// Whether all that an approval of it grants has room here.
    pub fn is_told_whole(self) -> bool {
        let repositories = &self.request.facts.repositories;
        let is_known = !matches!(repositories, Repositories::Subset { .. }) || repositories.is_fully_listed();
        let told = confirmed(self);
        is_known && !told.grants.contains('…') && told.weight() <= CONFIRMATION
    }
}

/// The first step. `candidates` are some of `all` that may be decided by who looks, and `looked_up` more are not known well
/// enough yet; while everything is `frozen` they can only be denied. Nothing is decided by it.
pub fn decide_several(
    candidates: &[Candidate<'_>],
    (all, looked_up): (usize, usize),
    frozen: Option<&Frozen>,
    several: &Several,
) -> View {
    let mut blocks = vec![Block::section(
        "Tick what you want to decide alike. Nothing is decided yet: next you read what each comes to.",
    )];
    let shown = candidates.len().min(AT_ONCE);
    if all > shown {
        blocks.push(Block::context(&format!(
            "These are {shown} of {all} that you may decide. For the others, open this again afterwards."
        )));
    }
    if looked_up > 0 {
        blocks.push(Block::context(&messages::being_looked_up(looked_up)));
    }
    if let Some(frozen) = frozen {
        let said = format!("{}. Until that is lifted you can only deny.", frozen_words(frozen));
        blocks.push(Block::rich_text([Passage::Lines(vec![Line::new().bold(&said)])]));
    }
    let pages = candidates.chunks(Input::TICKS).zip(REQUESTS).enumerate();
    blocks.extend(pages.map(|(page, (some, id))| {
        let label = if page == 0 { "Requests" } else { "More requests" };
        Block::input(Input::ticks(id, label, some.iter().map(|one| tickable(*one))))
    }));
    let verdicts = [(Verdict::Approve, "Approve"), (Verdict::Deny, "Deny")];
    let offered = verdicts.into_iter().filter(|(verdict, _)| frozen.is_none() || *verdict == Verdict::Deny);
    let offered = offered.map(|(verdict, label)| (spelled(verdict), label));
    blocks.push(Block::input(Input::one_of(VERDICT, "What to do with them", offered)));
    View::showing(Form::DecideSeveral, SEVERAL, blocks, several).submitted_by("Next")
}

/// Who asks for how much, marked where something about it is unusual; then the most dangerous of it.
fn tickable(candidate: Candidate<'_>) -> Tickable {
    let Candidate { request, past, .. } = candidate;
    let mark = if warnings(&request.facts, past).is_empty() { "" } else { "⚠ " };
    let before = format!("{} · {} · ", request.key, until(&request.facts));
    let left = Input::OPTION.saturating_sub(weight(&before));
    Tickable {
        value: Tick { key: request.key.clone(), revision: request.revision() }.to_string(),
        text: format!("{mark}{}", headline(&request.facts)),
        description: format!("{before}{}", permissions(&request.facts, Room::ALONE.of(left))),
    }
}

fn until(facts: &Facts) -> String {
    match facts.expiry {
        Expiry::Never => "no end date".to_owned(),
        Expiry::Unknown => "end not told".to_owned(),
        Expiry::At(at) => format!("until {}", at.format("%-d %b %Y")),
    }
}

/// The second step: what each of the chosen requests comes to, and `left_out` of those that were chosen with them;
/// `is_unsure` where nobody could tell in time whether they may be decided.
pub fn confirm_several(
    verdict: Verdict,
    candidates: &[Candidate<'_>],
    (left_out, is_unsure): (&[String], bool),
    several: &Several,
) -> View {
    let many = match candidates.len() {
        1 => "1 request".to_owned(),
        many => format!("{many} requests"),
    };
    let mut blocks = vec![Block::section(&match verdict {
        Verdict::Approve => format!("You are about to approve {many}. Please read each:"),
        Verdict::Deny => format!("You are about to deny {many}:"),
    })];
    match verdict {
        Verdict::Approve => blocks.extend(candidates.iter().map(|one| confirmation(*one))),
        Verdict::Deny => blocks.extend(
            candidates
                .iter()
                .map(|one| Block::rich_text([Passage::Lines(vec![Line::new().text(&named(one.request))])])),
        ),
    }
    blocks.extend(is_unsure.then(|| Block::context(messages::RIGHTS_UNKNOWN)));
    // Behind what is decided: should anything be too much, it is this.
    blocks.extend(left_out.iter().map(|said| {
        let line = Line::new().bold("Left out: ").text(&cut(said, LEFT_OUT));
        Block::rich_text([Passage::Lines(vec![line])])
    }));
    blocks.extend(fields(verdict).into_iter().map(Block::input));
    let label = match verdict {
        Verdict::Approve => format!("Approve {}", candidates.len()),
        Verdict::Deny => format!("Deny {}", candidates.len()),
    };
    View::showing(Form::ConfirmSeveral, SEVERAL, blocks, several).submitted_by(&label).on_top()
}

/// What one token will be able to do, all that is unusual about it, and what its card says beside that.
fn confirmation(candidate: Candidate<'_>) -> Block {
    let told = confirmed(candidate);
    let bold = std::iter::once(&told.named).chain(&told.warned).map(|line| Line::new().bold(line));
    let plain = std::iter::once(&told.grants).chain(&told.beside).map(|line| Line::new().text(line));
    Block::rich_text([Passage::Lines(bold.chain(plain).collect())])
}

/// What stands in a confirmation.
struct Confirmed {
    named: String,
    warned: Option<String>,
    grants: String,
    beside: Vec<String>,
}

impl Confirmed {
    fn weight(&self) -> usize {
        let first = [&self.named, &self.grants].into_iter();
        first.chain(&self.warned).chain(&self.beside).map(|line| weight(line) + 1).sum()
    }
}

fn confirmed(candidate: Candidate<'_>) -> Confirmed {
    let Candidate { request, past, approvals, answers_for_it } = candidate;
    let warned = warnings(&request.facts, past);
    let shown = Shown { request, past, approvals, answers_for_it, is_requester_linked: true, frozen: None };
    Confirmed {
        named: named(request),
        warned: (!warned.is_empty()).then(|| format!("⚠ {}", warned.join(" · "))),
        grants: consequence(&request.facts, approvals, Room::WHOLE),
        beside: beside(shown, BESIDE),
    }
}

fn named(request: &TokenRequest) -> String {
    format!("{} · {}", request.key, headline(&request.facts))
}

/// One reason for all of them.
fn fields(verdict: Verdict) -> Vec<Input> {
    match verdict {
        Verdict::Approve => vec![
            Input::text("reason", "Comment", Comment::LONGEST)
                .hint("Each of the requesters reads this, here and perhaps in GitHub's e-mail."),
        ],
        Verdict::Deny => {
            deny::fields("Each of the requesters reads this, here and in GitHub's e-mail.").into()
        }
    }
}
