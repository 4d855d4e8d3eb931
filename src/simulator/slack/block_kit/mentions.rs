//! What in a message would mention, notify, link or format: for tests that strangers' text stays text.

use serde_json::{Map, Value};

/// Everything in these blocks that reaches beyond plain words, one line each; formatting of rich text excepted,
/// since only its author can cause it.
pub fn mentions_and_links(blocks: &Value) -> Vec<String> {
    let mut found = Vec::new();
    visit(blocks, &mut found);
    found
}

/// The same for a message's fallback text, which Slack reads as mrkdwn.
pub fn mentions_and_links_in_text(text: &str) -> Vec<String> {
    in_mrkdwn(text, false)
}

fn visit(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| visit(value, found)),
        Value::Object(fields) => {
            found.extend(in_object(fields));
            fields.values().for_each(|value| visit(value, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn in_object(fields: &Map<String, Value>) -> Vec<String> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match text("type").as_str() {
        "user" => vec![format!("user {}", text("user_id"))],
        "usergroup" => vec![format!("usergroup {}", text("usergroup_id"))],
        "channel" => vec![format!("channel {}", text("channel_id"))],
        "broadcast" => vec![format!("broadcast {}", text("range"))],
        "link" | "button" | "date" if fields.contains_key("url") => vec![format!("link {}", text("url"))],
        "image" => vec![format!("image {}", text("image_url"))],
        "mrkdwn" => in_mrkdwn(&text("text"), fields.get("verbatim") == Some(&Value::Bool(true))),
        "plain_text" if fields.get("emoji") != Some(&Value::Bool(false)) => in_emoji_text(&text("text")),
        _ => Vec::new(),
    }
}

/// `verbatim` stops Slack from finding links and names by itself, not from reading `<…>` and formatting.
fn in_mrkdwn(text: &str, is_verbatim: bool) -> Vec<String> {
    let mut found = constructs(text);
    if !is_verbatim {
        found.extend(bare_names_and_links(text));
    }
    found.extend(in_emoji_text(text));
    found.extend(formatting(text));
    found
}

fn constructs(text: &str) -> Vec<String> {
    let inside = |piece: &str| piece.split_once('>').map(|(inside, _)| format!("construct <{inside}>"));
    text.split('<').skip(1).filter_map(inside).collect()
}

/// Bare URLs, host names and `@here`, which Slack parses when not told otherwise (docs.slack.dev, formatting).
fn bare_names_and_links(text: &str) -> Vec<String> {
    let is_live = |word: &&str| {
        let word = word.to_lowercase();
        let word =
            word.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '@' && letter != '#');
        word.contains("://") || word.starts_with("www.") || word.starts_with("mailto:") || is_name(word)
    };
    text.split_whitespace().filter(is_live).map(|word| format!("bare {word}")).collect()
}

fn is_name(word: &str) -> bool {
    ["@here", "@channel", "@everyone"].iter().any(|name| word.starts_with(name))
        || word.strip_prefix('#').is_some_and(|name| name.starts_with(char::is_alphabetic))
}

/// `:name:` becomes a picture.
fn in_emoji_text(text: &str) -> Vec<String> {
    let is_name = |piece: &&str| {
        !piece.is_empty()
            && piece.chars().all(|letter| letter.is_ascii_alphanumeric() || "_+-".contains(letter))
    };
    let pieces: Vec<&str> = text.split(':').collect();
    let between = pieces.len().saturating_sub(2);
    // Digits alone are the minutes of a time of day.
    let is_time = |piece: &&str| piece.chars().all(|letter| letter.is_ascii_digit());
    let names = pieces.iter().skip(1).take(between).copied();
    names.filter(is_name).filter(|piece| !is_time(piece)).map(|name| format!("emoji :{name}:")).collect()
}

/// Pairs of `*`, `_`, `~` and backticks, and lines that begin as a quotation.
fn formatting(text: &str) -> Vec<String> {
    let pairs = ['*', '_', '~', '`'].into_iter().filter(|mark| is_pair(text, *mark));
    let quoted = text.lines().any(|line| line.starts_with('>') || line.starts_with("&gt;"));
    let quote = quoted.then(|| "formatting >".to_owned());
    pairs.map(|mark| format!("formatting {mark}")).chain(quote).collect()
}

/// A mark opens at the start of a word and closes at the end of one.
fn is_pair(text: &str, mark: char) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let at = |index: usize| letters.get(index).copied().unwrap_or(' ');
    let opens = |index: usize| index == 0 || !at(index - 1).is_alphanumeric();
    let marks: Vec<usize> = (0..letters.len()).filter(|index| at(*index) == mark).collect();
    let opening = marks.iter().find(|index| opens(**index) && !at(**index + 1).is_whitespace());
    opening.is_some_and(|start| {
        marks
            .iter()
            .any(|end| *end > start + 1 && !at(*end + 1).is_alphanumeric() && !at(*end - 1).is_whitespace())
    })
}
