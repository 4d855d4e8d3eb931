//! Takes a file of policies apart, so that each mistake is told with its line and one does not hide the others.
//!
//! Only the borders are found here; Cedar reads each policy by itself, and what is not exactly one is a mistake.

/// The text of one policy, with its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Statement<'t> {
    pub(super) text: &'t str,
    /// Where it begins in the file.
    pub(super) start: usize,
}

/// Cedar reads and asks a policy by calling itself for each layer of it, until a thread has no room left, which ends the
/// whole program. No policy that people can read comes near these.
const MOST_LAYERS: usize = 32;
const MOST_WORDS: usize = 1_000;

impl Statement<'_> {
    /// Why it is more than Cedar should be given, if it is.
    pub(super) fn excess(&self) -> Option<String> {
        let (mut depth, mut deepest, mut choices, mut words) = (0_usize, 0, 0, 0);
        for word in words_of(self.text) {
            words += 1;
            match word {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                "if" => choices += 1,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        if deepest + choices > MOST_LAYERS {
            return Some(format!("its brackets and ifs are more than {MOST_LAYERS} deep"));
        }
        (words > MOST_WORDS).then(|| format!("it has more than {MOST_WORDS} words and signs"))
    }
}

/// Words, strings and signs, without comments and blanks.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let is_of_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            match bytes[at] {
                b'/' if bytes[at..].starts_with(b"//") => {
                    at = after_comment(bytes, at);
                    continue;
                }
                b'"' => at = after_string(bytes, at).min(bytes.len()),
                byte if is_of_word(byte) => {
                    at += bytes[at..].iter().take_while(|byte| is_of_word(**byte)).count();
                }
                _ => at += 1,
            }
            if !bytes[start].is_ascii_whitespace() {
                return Some(text.get(start..at).unwrap_or_default());
            }
        }
        None
    })
}

/// The policies of a file. A semicolon ends one, unless it stands in a string or a comment; blanks and comments between
/// them belong to none.
pub(super) fn statements(text: &str) -> Vec<Statement<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut start, mut at) = (None, 0);
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => {
                at = after_comment(bytes, at);
                continue;
            }
            b'"' => after_string(bytes, at),
            _ => at + 1,
        };
        if start.is_none() && !bytes[at].is_ascii_whitespace() {
            start = Some(at);
        }
        if let (b';', Some(from)) = (bytes[at], start) {
            found.push(Statement { text: &text[from..end], start: from });
            start = None;
        }
        at = end;
    }
    found.extend(start.map(|from| Statement { text: text[from..].trim_end(), start: from }));
    found
}

fn after_comment(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length)
}

fn after_string(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 2,
            b'"' => return end + 1,
            _ => end += 1,
        }
    }
    bytes.len()
}

/// The line of a place in a text, counted from one.
pub(super) fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        statements(text).into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn semicolons_in_strings_and_comments_end_nothing() {
        let text = "// one; two\n@id(\"a;\\\";\") permit; // three;\n\n@id(\"b\")\n// four;\nforbid;\n";

        assert_eq!(texts(text), ["@id(\"a;\\\";\") permit;", "@id(\"b\")\n// four;\nforbid;"]);
    }

    #[test]
    fn what_has_no_end_is_kept_to_be_refused() {
        assert_eq!(texts("permit; forbid "), ["permit;", "forbid"]);
        assert_eq!(texts("permit \"never closed; forbid;"), ["permit \"never closed; forbid;"]);
        assert_eq!(texts(";"), [";"]);
        assert!(texts("  // nothing\n").is_empty());
    }

    #[test]
    fn lines_are_counted_from_one() {
        let text = "a\n\nb";

        assert_eq!((line(text, 0), line(text, 1), line(text, 3)), (1, 1, 3));
        assert_eq!(line(text, 100), 3);
    }

    fn excess(text: &str) -> Option<String> {
        Statement { text, start: 0 }.excess()
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_seen_before_it_is_read() {
        let nested = |open: &str, close: &str, times: usize| {
            format!(
                "permit (principal, action, resource) when {}true{};",
                open.repeat(times),
                close.repeat(times)
            )
        };
        for (open, close) in [("(", ")"), ("[", "]"), ("{", "}"), ("if a then ", " else b")] {
            assert_eq!(excess(&nested(open, close, MOST_LAYERS - 1)), None, "{open}");
            assert!(excess(&nested(open, close, MOST_LAYERS + 1)).is_some(), "{open}");
        }
        let long = |times: usize| {
            format!("permit (principal, action, resource) when {{ true {} }};", "&& a ".repeat(times))
        };
        assert_eq!(excess(&long(300)), None);
        assert!(excess(&long(400)).is_some());
        assert_eq!(excess(&"a ".repeat(MOST_WORDS)), None);
        assert!(excess(&"a ".repeat(MOST_WORDS + 1)).is_some());
    }

    #[test]
    fn a_name_is_one_word_and_a_sign_another() {
        let words = |text| words_of(text).collect::<Vec<_>>();

        assert_eq!(words("has_route é1 -x"), ["has_route", "é1", "-", "x"]);
        assert_eq!(words("a / b // c\n\"d e\""), ["a", "/", "b", "\"d e\""]);
    }

    #[test]
    fn what_stands_in_strings_and_comments_is_not_deep() {
        let text = format!("@message(\"{}\") permit // {}\n;", "(".repeat(100), "[".repeat(100));

        assert_eq!(excess(&text), None);
    }

    proptest! {
        #[test]
        fn any_text_has_words(text in "[a-z;\"\\\\/(){}\n é]{0,60}") {
            let words: usize = words_of(&text).map(str::len).sum();

            prop_assert!(words <= text.len());
            let _ = excess(&text);
        }

        /// Nothing that Cedar would read is dropped in silence.
        #[test]
        fn every_letter_outside_of_comments_is_in_a_statement(text in "[a-z;\"\\\\/\n é]{0,60}") {
            let found = statements(&text);
            let kept: usize = found.iter().map(|statement| statement.text.len()).sum();

            for statement in &found {
                prop_assert_eq!(&text[statement.start..statement.start + statement.text.len()], statement.text);
            }
            if !text.contains("//") {
                let dropped = text.len() - kept;
                let blanks = text.bytes().filter(u8::is_ascii_whitespace).count();
                prop_assert!(dropped <= blanks);
            }
        }
    }
}
