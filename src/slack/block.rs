//! The few kinds of blocks that our messages are made of; whatever goes in, Slack accepts what comes out.
//!
//! Limits: docs.slack.dev, block-kit reference. They hold by construction: text is cleaned and cut where it enters,
//! a stranger's text is only ever `plain_text` or a `rich_text` run, and neither is parsed for markup. These are own
//! types because slack-morphism's check no length and leave every string open.

use serde::Serialize;

use super::actions::{Actions, ButtonElement};
use super::input::Input;
use super::rich_text::{Passage, RichText};
use super::text::{fit, weight};
use crate::request::TokenRequest;

/// `plain_text` as Slack spells it, without emoji names being replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct PlainText {
    #[serde(rename = "type")]
    kind: &'static str,
    pub(super) text: String,
    emoji: bool,
}

impl PlainText {
    pub(super) fn new(text: &str, limit: usize) -> Self {
        Self { kind: "plain_text", text: fit(text, limit), emoji: false }
    }
}

/// One block of a message or modal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Block(Shape);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Shape {
    Header { text: PlainText },
    Section { text: PlainText },
    Context { elements: [PlainText; 1] },
    RichText(RichText),
    Actions(Actions),
    Input(Input),
    Divider {},
}

impl Block {
    const HEADER: usize = 150;
    const TEXT: usize = 3000;

    /// Large and bold, cut at 150 characters.
    pub fn header(text: &str) -> Self {
        Self(Shape::Header { text: PlainText::new(text, Self::HEADER) })
    }

    /// One paragraph, cut at 3,000 characters.
    pub fn section(text: &str) -> Self {
        Self(Shape::Section { text: PlainText::new(text, Self::TEXT) })
    }

    /// One paragraph in small grey letters, cut at 3,000 characters.
    pub fn context(text: &str) -> Self {
        Self(Shape::Context { elements: [PlainText::new(text, Self::TEXT)] })
    }

    /// Lines, quotes and code; together cut at 3,000 characters.
    pub fn rich_text(passages: impl IntoIterator<Item = Passage>) -> Self {
        Self(Shape::RichText(RichText::new(passages, Self::TEXT)))
    }

    /// A row of buttons under a `block_id` that comes back with every click: `KEY.REVISION` on a card.
    pub fn actions(block_id: &str, buttons: impl IntoIterator<Item = ButtonElement>) -> Self {
        Self(Shape::Actions(Actions::new(block_id, buttons)))
    }

    /// The same for a request, as it is shown.
    pub fn actions_on(request: &TokenRequest, buttons: impl IntoIterator<Item = ButtonElement>) -> Self {
        Self::actions(&format!("{}.{}", request.key, request.revision()), buttons)
    }

    /// A field to fill in; modals only.
    pub fn input(input: Input) -> Self {
        Self(Shape::Input(input))
    }

    pub fn divider() -> Self {
        Self(Shape::Divider {})
    }

    fn weight(&self) -> usize {
        match &self.0 {
            Shape::Header { text } | Shape::Section { text } | Shape::Context { elements: [text] } => {
                weight(&text.text)
            }
            Shape::RichText(text) => text.weight(),
            Shape::Actions(_) | Shape::Input(_) | Shape::Divider {} => 0,
        }
    }
}

/// The blocks of one message: never too many, never too much text, never two under one `block_id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Blocks(Vec<Block>);

impl Blocks {
    const MOST: usize = 50;

    /// Slack refuses messages that are too long as a whole (`msg_blocks_too_long`) and does not say how long that
    /// is; this is its limit for a whole message in Markdown.
    const TEXT: usize = 12_000;
}

/// How much one surface takes.
#[derive(Debug, Clone, Copy)]
struct Room {
    blocks: usize,
    text: usize,
}

impl Blocks {
    /// Slack takes 100 blocks in a modal or home and 250 kB of JSON (docs.slack.dev, views); this much text stays far below.
    pub fn for_modal(blocks: impl IntoIterator<Item = Block>) -> Self {
        Self::fitting(blocks, Room { blocks: 100, text: 30_000 })
    }

    /// Keeps every row of buttons, every field and, from the top, as much of the rest as fits; says how much was
    /// left out.
    fn fitting(blocks: impl IntoIterator<Item = Block>, room: Room) -> Self {
        let (mut rows, mut fields, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (place, block) in blocks.into_iter().enumerate() {
            match block.0 {
                Shape::Actions(actions) => rows.push((place, actions)),
                Shape::Input(_) => fields.push((place, block)),
                _ => others.push((place, block)),
            }
        }
        let rows = usable(rows, room.blocks / 2);
        let given = others.len();
        let mut text = 0;
        // One place stays free for the line that tells what was left out.
        let left = room.blocks.saturating_sub(1 + rows.len() + fields.len());
        let mut kept: Vec<_> = others
            .into_iter()
            .take(left)
            .take_while(|(_, block)| {
                text += block.weight();
                text <= room.text
            })
            .collect();
        let left_out = given - kept.len();
        if left_out > 0 {
            let place = kept.last().map_or(0, |(place, _)| *place);
            kept.push((place, Block::context(&format!("… and {left_out} more"))));
        }
        kept.extend(fields);
        kept.extend(rows.into_iter().map(|(place, actions)| (place, Block(Shape::Actions(actions)))));
        kept.sort_by_key(|(place, _)| *place);
        if kept.is_empty() {
            kept.push((0, Block::section("")));
        }
        Self(kept.into_iter().map(|(_, block)| block).collect())
    }
}

impl<const N: usize> From<[Block; N]> for Blocks {
    fn from(blocks: [Block; N]) -> Self {
        Self::from_iter(blocks)
    }
}

impl FromIterator<Block> for Blocks {
    /// As much as one message takes.
    fn from_iter<I: IntoIterator<Item = Block>>(blocks: I) -> Self {
        Self::fitting(blocks, Room { blocks: Self::MOST, text: Self::TEXT })
    }
}

/// Rows that hold a button and do not repeat another row's `block_id`, as many as leave room for text.
fn usable(rows: Vec<(usize, Actions)>, most: usize) -> Vec<(usize, Actions)> {
    let mut usable: Vec<(usize, Actions)> = Vec::new();
    for (place, row) in rows {
        let is_repeated = usable.iter().any(|(_, other)| other.is_under_the_id_of(&row));
        if !row.is_empty() && !is_repeated && usable.len() < most {
            usable.push((place, row));
        }
    }
    usable
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::ids::SlackUserId;
    use crate::slack::actions::Confirm;
    use crate::slack::block_kit_check::violations;
    use crate::slack::button::Button;
    use crate::slack::rich_text::Line;

    fn approve(label: &str) -> ButtonElement {
        ButtonElement::new(&Button::Approve, label, &"r-7f3k2".parse().unwrap())
    }

    fn json(blocks: &Blocks) -> serde_json::Value {
        serde_json::to_value(blocks).unwrap()
    }

    #[test]
    fn blocks_are_spelled_as_slack_spells_them() {
        let blocks = Blocks::from([
            Block::header("octocat wants to READ"),
            Block::section("one"),
            Block::context("two"),
            Block::divider(),
        ]);

        assert_eq!(
            json(&blocks),
            json!([
                { "type": "header", "text": { "type": "plain_text", "text": "octocat wants to READ", "emoji": false } },
                { "type": "section", "text": { "type": "plain_text", "text": "one", "emoji": false } },
                { "type": "context", "elements": [{ "type": "plain_text", "text": "two", "emoji": false }] },
                { "type": "divider" },
            ])
        );
    }

    #[test]
    fn buttons_stay_when_there_is_too_much_text() {
        let text = std::iter::repeat_n(Block::section(&"x".repeat(4000)), 60);
        let blocks: Blocks = text.chain([Block::actions("r-7f3k2.00ff", [approve("Approve")])]).collect();

        let json = json(&blocks);
        let kinds: Vec<_> = json.as_array().unwrap().iter().map(|block| &block["type"]).collect();
        assert_eq!(kinds, ["section", "section", "section", "section", "context", "actions"]);
        assert_eq!(json[4]["elements"][0]["text"], "… and 56 more");
    }

    #[test]
    fn what_is_empty_is_left_out_or_a_dash() {
        let blocks = Blocks::from([Block::actions("b", []), Block::section(" "), Block::rich_text([])]);

        assert_eq!(violations(&json(&blocks)), Vec::<String>::new());
        assert_eq!(json(&blocks)[0]["text"]["text"], "—");
        assert_eq!(json(&Blocks::from([])), json!([{ "type": "section", "text": PlainText::new("", 9) }]));
    }

    #[test]
    fn a_repeated_block_id_is_left_out() {
        let row = || Block::actions("b", [approve("Approve")]);

        assert_eq!(json(&Blocks::from([row(), row()])).as_array().unwrap().len(), 1);
    }

    fn any_text() -> impl Strategy<Value = String> {
        let nasty = prop::sample::select(vec![
            "",
            " ",
            "\u{202E}",
            "<!channel>",
            "<@U0ALICE>",
            "@here",
            "https://evil.example",
            "&",
            "```",
            "🎉",
            "—\n",
        ]);
        (any::<String>(), nasty, 0usize..1500).prop_map(|(text, nasty, times)| text + &nasty.repeat(times))
    }

    fn any_line() -> impl Strategy<Value = Line> {
        prop::collection::vec((any_text(), 0..5u8), 0..4).prop_map(|runs| {
            runs.iter().fold(Line::new(), |line, (text, style)| match style {
                0 => line.text(text),
                1 => line.bold(text),
                2 => line.italic(text),
                3 => line.code(text),
                _ => line.mention(&SlackUserId::new(text)),
            })
        })
    }

    fn any_passage() -> impl Strategy<Value = Passage> {
        prop_oneof![
            prop::collection::vec(any_line(), 0..4).prop_map(Passage::Lines),
            any_line().prop_map(Passage::Quote),
            any_text().prop_map(Passage::Preformatted),
        ]
    }

    fn any_button() -> impl Strategy<Value = ButtonElement> {
        (any_text(), any_text(), any_text()).prop_map(|(id, label, question)| {
            ButtonElement::new(&Button::from(id.as_str()), &label, &"r-7f3k2".parse().unwrap())
                .primary()
                .spoken(&question)
                .confirm(Confirm { title: &label, text: &question, confirm: &label, deny: &question })
        })
    }

    fn any_block() -> impl Strategy<Value = Block> {
        prop_oneof![
            any_text().prop_map(|text| Block::header(&text)),
            any_text().prop_map(|text| Block::section(&text)),
            any_text().prop_map(|text| Block::context(&text)),
            prop::collection::vec(any_passage(), 0..4).prop_map(Block::rich_text),
            (any_text(), prop::collection::vec(any_button(), 0..4))
                .prop_map(|(id, buttons)| Block::actions(&id, buttons)),
            Just(Block::divider()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_text_of_any_size_is_valid_and_mentions_nobody(
            some in prop::collection::vec(any_block(), 0..6),
            times in 1usize..30,
        ) {
            let blocks: Blocks = std::iter::repeat_n(some, times).flatten().collect();
            prop_assert_eq!(violations(&json(&blocks)), Vec::<String>::new());
        }
    }
}
