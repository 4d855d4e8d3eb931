//! `rich_text`: runs of text that Slack shows as they are, without reading markup, links or mentions into them.

use serde::Serialize;

use super::text::{NOTHING, cut, tidy, weight};
use crate::ids::SlackUserId;

/// One line of runs. What is put in stays one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(Vec<Run>);

impl Line {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn text(self, text: &str) -> Self {
        self.styled(text, None)
    }

    pub fn bold(self, text: &str) -> Self {
        self.styled(text, Some(Style::Bold))
    }

    pub fn italic(self, text: &str) -> Self {
        self.styled(text, Some(Style::Italic))
    }

    pub fn code(self, text: &str) -> Self {
        self.styled(text, Some(Style::Code))
    }

    /// Names and notifies one user, known by an id from Slack; another text is only shown.
    pub fn mention(mut self, user: &SlackUserId) -> Self {
        if !is_user_id(user.as_str()) {
            return self.text(user.as_str());
        }
        self.0.push(Run::User { user_id: user.as_str().to_owned() });
        self
    }

    fn styled(mut self, text: &str, style: Option<Style>) -> Self {
        self.0.push(Run::Text { text: tidy(text), style: style.map(Styles::from) });
        self
    }
}

/// A part of a rich text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    Lines(Vec<Line>),
    /// Set off with a bar, for what people say.
    Quote(Line),
    /// In a box with letters of one width.
    Preformatted(String),
}

/// The block's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct RichText {
    elements: Vec<Element>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type")]
enum Element {
    #[serde(rename = "rich_text_section")]
    Section { elements: Vec<Run> },
    #[serde(rename = "rich_text_quote")]
    Quote { elements: Vec<Run> },
    #[serde(rename = "rich_text_preformatted")]
    Preformatted { elements: Vec<Run> },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Run {
    Text {
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        style: Option<Styles>,
    },
    User {
        user_id: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Bold,
    Italic,
    Code,
}

/// Slack's object of flags, of which we set one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Styles {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bold: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    italic: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    code: bool,
}

impl From<Style> for Styles {
    fn from(style: Style) -> Self {
        Self { bold: style == Style::Bold, italic: style == Style::Italic, code: style == Style::Code }
    }
}

/// How much a mention takes up; Slack shows a name in its place.
const MENTION: usize = 80;

impl Run {
    fn weight(&self) -> usize {
        match self {
            Self::Text { text, .. } => weight(text),
            Self::User { .. } => MENTION,
        }
    }

    /// The run as far as it fits; `None` if nothing of it does.
    fn cut(self, limit: usize) -> Option<Self> {
        match self {
            Self::Text { text, style } => {
                let text = cut(&text, limit);
                (!text.is_empty()).then_some(Self::Text { text, style })
            }
            Self::User { .. } => (MENTION <= limit).then_some(self),
        }
    }

    fn is_blank(&self) -> bool {
        matches!(self, Self::Text { text, .. } if text.trim().is_empty())
    }
}

impl RichText {
    /// Takes passages as long as they fit.
    pub(super) fn new(passages: impl IntoIterator<Item = Passage>, limit: usize) -> Self {
        let mut left = limit;
        let mut elements: Vec<_> =
            passages.into_iter().filter_map(|passage| Element::new(passage, &mut left)).collect();
        if elements.is_empty() {
            elements.push(Element::Section { elements: vec![plain(NOTHING)] });
        }
        Self { elements }
    }

    pub(super) fn weight(&self) -> usize {
        self.elements.iter().flat_map(Element::runs).map(Run::weight).sum()
    }
}

impl Element {
    fn new(passage: Passage, left: &mut usize) -> Option<Self> {
        match passage {
            Passage::Lines(lines) => Some(Self::Section { elements: taken(joined(lines), left)? }),
            Passage::Quote(line) => Some(Self::Quote { elements: taken(line.0, left)? }),
            Passage::Preformatted(text) => {
                Some(Self::Preformatted { elements: taken(vec![plain(&tidy(&text))], left)? })
            }
        }
    }

    fn runs(&self) -> &[Run] {
        match self {
            Self::Section { elements } | Self::Quote { elements } | Self::Preformatted { elements } => {
                elements
            }
        }
    }
}

/// Lines in a row, with the only line ends that there are.
fn joined(lines: Vec<Line>) -> Vec<Run> {
    let mut runs = Vec::new();
    for line in lines {
        if !runs.is_empty() {
            runs.push(plain("\n"));
        }
        runs.extend(line.0);
    }
    runs
}

/// The runs that fit into what is left; `None` if there would be nothing to see.
fn taken(runs: Vec<Run>, left: &mut usize) -> Option<Vec<Run>> {
    let mut taken = Vec::new();
    for run in runs {
        if let Some(run) = run.cut(*left) {
            *left -= run.weight();
            taken.push(run);
        }
    }
    (!taken.iter().all(Run::is_blank)).then_some(taken)
}

fn plain(text: &str) -> Run {
    Run::Text { text: text.to_owned(), style: None }
}

/// `U…` or `W…`, as Slack makes them.
fn is_user_id(text: &str) -> bool {
    let is_made_of = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    is_made_of && text.starts_with(['U', 'W']) && (2..=32).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn json(passages: impl IntoIterator<Item = Passage>, limit: usize) -> serde_json::Value {
        serde_json::to_value(RichText::new(passages, limit)).unwrap()["elements"].take()
    }

    #[test]
    fn runs_are_spelled_as_slack_spells_them() {
        let lines = vec![
            Line::new().bold("Where: ").text("payments-api"),
            Line::new().mention(&SlackUserId::new("U0ALICE")).code("x").italic("y"),
        ];
        let passages =
            [Passage::Lines(lines), Passage::Quote(Line::new().text("q")), Passage::Preformatted("p".into())];

        assert_eq!(
            json(passages, 3000),
            json!([
                { "type": "rich_text_section", "elements": [
                    { "type": "text", "text": "Where: ", "style": { "bold": true } },
                    { "type": "text", "text": "payments-api" },
                    { "type": "text", "text": "\n" },
                    { "type": "user", "user_id": "U0ALICE" },
                    { "type": "text", "text": "x", "style": { "code": true } },
                    { "type": "text", "text": "y", "style": { "italic": true } },
                ] },
                { "type": "rich_text_quote", "elements": [{ "type": "text", "text": "q" }] },
                { "type": "rich_text_preformatted", "elements": [{ "type": "text", "text": "p" }] },
            ])
        );
    }

    #[test]
    fn a_stranger_can_start_no_line_and_mention_nobody() {
        let line = Line::new()
            .text("They say: ")
            .text("x\n<!channel>\u{202E}")
            .mention(&SlackUserId::new("<!here>"));

        let elements = json([Passage::Quote(line)], 3000);

        assert_eq!(elements[0]["elements"][1]["text"], "x <!channel>");
        assert_eq!(elements[0]["elements"][2], json!({ "type": "text", "text": "<!here>" }));
    }

    #[test]
    fn what_is_too_long_is_cut_once() {
        let line = Line::new().text("abcdef").text("ghi").mention(&SlackUserId::new("U0ALICE"));

        assert_eq!(
            json([Passage::Quote(line)], 4)[0]["elements"],
            json!([{ "type": "text", "text": "abc…" }])
        );
    }

    #[test]
    fn nothing_to_see_is_a_dash() {
        let blank = [Passage::Lines(vec![Line::new(), Line::new().text(" ")]), Passage::Quote(Line::new())];

        assert_eq!(json(blank, 3000)[0]["elements"], json!([{ "type": "text", "text": "—" }]));
    }
}
