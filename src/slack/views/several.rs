//! The two steps in which several requests are decided: choosing them, and reading what each comes to.

use super::SEVERAL;
use crate::request::{Comment, Expiry, Facts, Frozen, Past, TokenRequest, Verdict};
use crate::slack::card::{consequence, frozen_words};
use crate::slack::listed::Room;
use crate::slack::several::{AT_ONCE, REQUESTS, VERDICT, spelled};
use crate::slack::text::weight;
use crate::slack::words::{headline, permissions, warnings};
use crate::slack::{Approvals, Block, Form, Input, Line, Passage, Preset, Several, Tick, Tickable, View};

/// What each of many approvals comes to is told at this length, so that all of them fit.
const CONSEQUENCE: usize = 700;

/// A request that may be decided together with others.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    pub request: &'a TokenRequest,
    pub past: &'a Past,
    /// What it takes to approve it; `None` when no route covers it.
    pub approvals: Option<Approvals<'a>>,
}

/// The first step. `candidates` are the oldest of `all` that may be decided by who looks; while everything is `frozen`
/// they can only be denied. Nothing is decided by it.
pub fn decide_several(
    candidates: &[Candidate<'_>],
    all: usize,
    frozen: Option<&Frozen>,
    several: &Several,
) -> View {
    let mut blocks = vec![Block::section(
        "Tick what you want to decide alike. Nothing is decided yet: next you read what each comes to.",
    )];
    let shown = candidates.len().min(AT_ONCE);
    if all > shown {
        blocks.push(Block::context(&format!(
            "These are the oldest {shown} of {all} that you may decide. For the others, open this again afterwards."
        )));
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

/// The second step: what each of the chosen requests comes to, and `left_out` of those that were chosen with them.
pub fn confirm_several(
    verdict: Verdict,
    candidates: &[Candidate<'_>],
    left_out: &[String],
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
    blocks.extend(
        left_out
            .iter()
            .map(|said| Block::rich_text([Passage::Lines(vec![Line::new().bold("Left out: ").text(said)])])),
    );
    match verdict {
        Verdict::Approve => blocks.extend(candidates.iter().map(|one| confirmation(*one))),
        Verdict::Deny => blocks.extend(
            candidates
                .iter()
                .map(|one| Block::rich_text([Passage::Lines(vec![Line::new().text(&named(one.request))])])),
        ),
    }
    blocks.extend(fields(verdict).into_iter().map(Block::input));
    let label = match verdict {
        Verdict::Approve => format!("Approve {}", candidates.len()),
        Verdict::Deny => format!("Deny {}", candidates.len()),
    };
    View::showing(Form::ConfirmSeveral, SEVERAL, blocks, several).submitted_by(&label).on_top()
}

/// What one token will be able to do, and all that is unusual about it.
fn confirmation(candidate: Candidate<'_>) -> Block {
    let Candidate { request, past, approvals } = candidate;
    let mut lines = vec![Line::new().bold(&named(request))];
    let warned = warnings(&request.facts, past);
    if !warned.is_empty() {
        lines.push(Line::new().bold(&format!("⚠ {}", warned.join(" · "))));
    }
    lines.push(Line::new().text(&consequence(&request.facts, approvals, Room::ALONE.of(CONSEQUENCE))));
    Block::rich_text([Passage::Lines(lines)])
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
            let presets = Preset::ALL.map(|preset| (preset.value(), preset.label()));
            vec![
                Input::select("reason_preset", "Reason", "Choose a reason", presets),
                Input::text("reason", "In your words", Comment::LONGEST)
                    .hint("Each of the requesters reads this, here and in GitHub's e-mail."),
            ]
        }
    }
}
