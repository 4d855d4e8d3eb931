//! Names that people wrote: the nearest known one, and how they are shown.

/// Longer names are cut: a pasted secret in a name's place shall not be printed whole.
const SHOWN: usize = 40;

/// The most similar of the known names; the first of them where several are.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    known.into_iter().min_by_key(|known| strsim::damerau_levenshtein(name, known))
}

/// Names the nearest known one as the cure, or says what to do where nothing is known.
pub(super) fn did_you_mean<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str>,
    otherwise: &str,
) -> String {
    match nearest(&name.to_lowercase(), known) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => otherwise.to_owned(),
    }
}

/// A name as it may stand in a message: short, and on one line.
pub(super) fn shown(name: &str) -> String {
    if name.chars().count() > SHOWN {
        let start: String = name.chars().take(SHOWN / 4).collect();
        return format!("\"{}…\"", start.escape_debug());
    }
    let is_plain = |letter: char| letter.is_ascii_graphic() && letter != '"';
    if !name.is_empty() && name.chars().all(is_plain) {
        return name.to_owned();
    }
    format!("\"{}\"", name.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_allows_for_swapped_letters() {
        assert_eq!(nearest("lsiten", ["log", "listen", "lines"]), Some("listen"));
        assert_eq!(nearest("anything", []), None);
    }

    #[test]
    fn names_stay_short_and_on_one_line() {
        assert_eq!(shown("payments-leads"), "payments-leads");
        assert_eq!(shown("a\nb"), r#""a\nb""#);
        assert_eq!(shown(""), r#""""#);
        assert_eq!(shown(&"x".repeat(50)), format!("\"{}…\"", "x".repeat(10)));
    }
}
