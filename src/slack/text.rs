//! Strangers' text made harmless and short enough, before it goes into any message.
//!
//! Slack counts characters after its own escaping, and does not say in which unit: everything here counts the
//! dearest way, UTF-16 units with `&`, `<` and `>` at the length of their entities.

/// What stands where there is nothing to say: Slack refuses empty text.
pub(super) const NOTHING: &str = "—";

const ELLIPSIS: char = '…';

/// Text on one line without anything invisible: it can't imitate a second line or turn the reading direction.
pub fn clean(text: &str) -> String {
    tidy(text).trim().to_owned()
}

/// Like [`clean`], but keeps one space at either end, for runs that are put together to a line.
pub(super) fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for char in text.chars() {
        if is_blank(char) {
            if !tidy.ends_with(' ') {
                tidy.push(' ');
            }
        } else if !is_invisible(char) {
            tidy.push(char);
        }
    }
    tidy
}

/// Cuts text that weighs more than `limit`, on a character's boundary and with an ellipsis in the last place.
pub fn cut(text: &str, limit: usize) -> String {
    if weight(text) <= limit {
        return text.to_owned();
    }
    let mut left = limit.saturating_sub(char_weight(ELLIPSIS));
    let kept = text.chars().take_while(|char| {
        let fits = char_weight(*char) <= left;
        left = left.saturating_sub(char_weight(*char));
        fits
    });
    kept.chain((limit > 0).then_some(ELLIPSIS)).collect()
}

/// Cleaned, cut, and never empty.
pub(super) fn fit(text: &str, limit: usize) -> String {
    let text = clean(text);
    if text.is_empty() { NOTHING.to_owned() } else { cut(&text, limit) }
}

/// How much of a limit a text uses up.
pub(super) fn weight(text: &str) -> usize {
    text.chars().map(char_weight).sum()
}

/// Escapes the three characters of Slack's markup (docs.slack.dev, formatting-message-text).
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match entity(char) {
            Some(entity) => escaped.push_str(entity),
            None => escaped.push(char),
        }
    }
    escaped
}

fn entity(char: char) -> Option<&'static str> {
    match char {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

fn char_weight(char: char) -> usize {
    entity(char).map_or(char.len_utf16(), str::len)
}

/// White space, line ends of every kind, and what looks like a space without being one.
fn is_blank(char: char) -> bool {
    char.is_whitespace() || matches!(char, '\u{115F}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{FFA0}')
}

/// Controls, marks of direction, zero widths and tags: they change how the rest reads and can't be seen.
fn is_invisible(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{061C}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn strangers_text_stays_on_its_line() {
        assert_eq!(clean(" a\r\n\tApproved by\u{2028}alice\u{85}"), "a Approved by alice");
        assert_eq!(clean("\u{202E}evil\u{2066}\u{200B}\u{E0041}\0\u{7}"), "evil");
        assert_eq!(clean("\u{3164}\u{2800}"), "");
        assert_eq!(clean("naïve 世界 🎉"), "naïve 世界 🎉");
    }

    #[test]
    fn a_cut_leaves_whole_characters_and_says_so() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("🎉🎉🎉", 5), "🎉🎉…");
        assert_eq!(cut("a&b", 6), "a…");
        assert_eq!(cut("abc", 0), "");
    }

    #[test]
    fn nothing_is_shown_as_a_dash() {
        assert_eq!(fit(" \u{200B}\n", 10), "—");
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(escape("<!channel> & <@U0ALICE>"), "&lt;!channel&gt; &amp; &lt;@U0ALICE&gt;");
    }

    proptest! {
        #[test]
        fn any_text_fits_any_limit(text: String, limit in 1usize..400) {
            let fitted = fit(&text, limit);

            prop_assert!(weight(&fitted) <= limit && !fitted.is_empty());
            prop_assert!(escape(&fitted).encode_utf16().count() <= limit);
            prop_assert!(!fitted.contains(|char: char| char.is_control() || is_invisible(char)));
        }

        #[test]
        fn cleaning_twice_changes_nothing(text: String) {
            prop_assert_eq!(clean(&clean(&text)), clean(&text));
        }
    }
}
