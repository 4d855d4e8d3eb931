//! Where a file breaks TOML's rules, without the line itself: it may hold a secret.

use toml::Table;

use super::mistake::{Mistake, Problem, code};

/// The file's top table. Only the first break is told: what follows it is guesswork.
pub(super) fn table(text: &str) -> Result<Table, Mistake> {
    text.parse().map_err(|error: toml::de::Error| {
        let place = error.span().map_or_else(|| "the file".to_owned(), |span| position(text, span.start));
        let cure = "mend it there; a quote, bracket or comma is missing, or a key is written twice";
        Problem::new(code::SYNTAX, "it is not TOML", cure).at(place)
    })
}

/// Line and column, counted from one.
fn position(text: &str, index: usize) -> String {
    let start = (0..=index.min(text.len())).rev().find(|start| text.is_char_boundary(*start));
    let before = &text[..start.unwrap_or_default()];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    format!("line {line}, column {column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_is_told_by_line_and_column() {
        let mistake = table("listen = \"x\"\n[github]\nbot_token = hunter2\n").unwrap_err();

        assert_eq!(mistake.key, "line 3, column 13");
        assert_eq!(mistake.code, code::SYNTAX);
    }

    #[test]
    fn a_line_with_a_secret_is_not_repeated() {
        for text in [
            "private_key = \"hunter2",
            "private_key = hunter2",
            "private_key = \"x\"\nprivate_key = \"hunter2\"",
            "private_key = 'hunter2\n'",
            "hunter2",
            "hunter2 = \"\\q\"",
        ] {
            let mistake = table(text).unwrap_err();
            assert!(!format!("{mistake:?}").contains("hunter2"), "{text:?}: {mistake}");
        }
    }

    #[test]
    fn a_break_after_many_bytes_a_letter_is_counted_in_letters() {
        assert_eq!(table("a = \"ü\" x").unwrap_err().key, "line 1, column 9");
    }
}
