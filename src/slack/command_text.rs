//! The words after `/pat`.

use crate::ids::Login;
use crate::request::{Why, WhyError};
use crate::token::{Filter, NotUnderstood, Sort, taken_out};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandText {
    /// With the topic, if one is named.
    Help(Option<String>),
    /// What waits for a decision, in one organization if one is named.
    Pending {
        organization: Option<Login>,
    },
    /// Active tokens; or what of the filter is not understood.
    List(Result<Box<Filter>, Box<NotUnderstood>>),
    /// Active tokens as a file; or what of the filter is not understood.
    Export {
        /// For an access review.
        for_review: bool,
        filter: Result<Box<Filter>, Box<NotUnderstood>>,
    },
    /// Everything about one request or token, by what the asker calls it.
    Show(String),
    /// To revoke one token, by what the asker calls it, or all that a filter finds.
    Revoke {
        wanted: String,
        filter: Result<Box<Filter>, Box<NotUnderstood>>,
    },
    /// The asker's own tokens and requests.
    Mine,
    WhoAmI,
    /// To link one's accounts.
    Link,
    /// How it stands with the brake.
    Frozen,
    /// Everything is to be frozen; or why the reason won't do.
    Freeze(Result<Why, WhyError>),
    /// That is to be lifted.
    Lift,
    /// To end a link that one made.
    Unlink,
    /// A word nobody knows, in the asker's own spelling, and what may have been meant.
    Unknown {
        word: String,
        nearest: Option<&'static str>,
    },
}

const WORDS: [&str; 11] =
    ["help", "pending", "list", "export", "show", "revoke", "mine", "whoami", "link", "unlink", "freeze"];

/// Beside an export's filter: no filter has such a part, and no word without quotes has a colon.
const FOR_REVIEW: &str = "for:review";

/// More differences than this are another word.
const MAX_TYPOS: usize = 2;

/// Longer than any word of ours by far; comparing more only costs time.
const MAX_COMPARED: usize = 32;

impl From<&str> for CommandText {
    fn from(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let Some(word) = words.next() else { return Self::Help(None) };
        match word.to_lowercase().as_str() {
            "help" => Self::Help(words.next().map(str::to_lowercase)),
            "pending" => pending(words.next()),
            "list" => list(text.trim_start().get(word.len()..).unwrap_or_default()),
            "export" => export(text.trim_start().get(word.len()..).unwrap_or_default()),
            "show" => match words.next() {
                Some(wanted) => Self::Show(wanted.to_owned()),
                None => Self::Unknown { word: word.to_owned(), nearest: Some("show r-7f3k2a") },
            },
            "revoke" => revoke(text.trim_start().get(word.len()..).unwrap_or_default()),
            "mine" => match words.next() {
                None => Self::Mine,
                Some(odd) => Self::Unknown { word: odd.to_owned(), nearest: Some("mine") },
            },
            "whoami" => Self::WhoAmI,
            "link" => Self::Link,
            "freeze" => freeze(&words.collect::<Vec<_>>()),
            "unlink" => Self::Unlink,
            lower => Self::Unknown { word: word.to_owned(), nearest: nearest(lower) },
        }
    }
}

/// `pending [org:ACME]`; anything else is said to be unknown rather than left out of the question in silence.
fn pending(argument: Option<&str>) -> CommandText {
    let Some(argument) = argument else { return CommandText::Pending { organization: None } };
    match argument.split_once(':') {
        Some((name, organization)) if name.eq_ignore_ascii_case("org") && !organization.is_empty() => {
            CommandText::Pending { organization: Some(Login::new(organization)) }
        }
        _ => CommandText::Unknown { word: argument.to_owned(), nearest: Some("pending org:ACME") },
    }
}

/// `list [FILTERS]`.
fn list(filters: &str) -> CommandText {
    CommandText::List(typed(filters).parse().map(Box::new).map_err(Box::new))
}

/// `export [for:review] [FILTERS]`.
fn export(filters: &str) -> CommandText {
    let (filters, for_review) = taken_out(&typed(filters), FOR_REVIEW);
    CommandText::Export { for_review, filter: filters.parse().map(Box::new).map_err(Box::new) }
}

/// `revoke KEY | FILTERS`. Without either it would be everything.
fn revoke(wanted: &str) -> CommandText {
    let wanted = typed(wanted).trim().to_owned();
    let nearest = Some("revoke t-7f3k2a, or revoke FILTERS");
    let nothing = CommandText::Unknown { word: "revoke".to_owned(), nearest };
    if wanted.is_empty() {
        return nothing;
    }
    let filter = wanted.parse().map(Box::new).map_err(Box::new);
    match filter {
        Ok(filter) if asks_for_all(&filter) => nothing,
        filter => CommandText::Revoke { wanted, filter },
    }
}

/// Whether a filter leaves nothing out.
fn asks_for_all(filter: &Filter) -> bool {
    Filter { sort: Sort::default(), ..filter.clone() } == Filter::default()
}

/// What Slack escapes in what people type is what they typed.
fn typed(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// `freeze [on WHY | off]`.
fn freeze(arguments: &[&str]) -> CommandText {
    match arguments {
        [] => CommandText::Frozen,
        [on, why @ ..] if on.eq_ignore_ascii_case("on") => CommandText::Freeze(Why::new(&why.join(" "))),
        [off] if off.eq_ignore_ascii_case("off") => CommandText::Lift,
        [other, ..] => {
            CommandText::Unknown { word: (*other).to_owned(), nearest: Some("freeze on WHY, or freeze off") }
        }
    }
}

fn nearest(word: &str) -> Option<&'static str> {
    if word.chars().count() > MAX_COMPARED {
        return None;
    }
    let typos = |known: &str| strsim::damerau_levenshtein(word, known);
    let known = WORDS.into_iter().min_by_key(|known| typos(known))?;
    (typos(known) <= MAX_TYPOS).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> CommandText {
        CommandText::from(text)
    }

    #[test]
    fn nothing_is_a_question_for_help() {
        assert_eq!(parse(""), CommandText::Help(None));
        assert_eq!(parse("  \n"), CommandText::Help(None));
        assert_eq!(parse("Help Filters"), CommandText::Help(Some("filters".into())));
    }

    #[test]
    fn pending_may_name_an_organization() {
        assert_eq!(parse("pending"), CommandText::Pending { organization: None });
        let acme = CommandText::Pending { organization: Some(Login::new("acme")) };
        assert_eq!(parse("PENDING org:Acme"), acme);
    }

    #[test]
    fn an_argument_that_is_not_understood_is_not_ignored() {
        for text in ["pending acme", "pending org:", "pending repo:x"] {
            assert!(matches!(parse(text), CommandText::Unknown { .. }), "{text}");
        }
    }

    #[test]
    fn show_names_what_to_show() {
        assert_eq!(parse("Show r-7f3k2a"), CommandText::Show("r-7f3k2a".into()));
        assert!(matches!(parse("show"), CommandText::Unknown { .. }));
    }

    #[test]
    fn mine_is_all_that_is_ones_own() {
        assert_eq!(parse(" MINE "), CommandText::Mine);
        assert!(matches!(parse("mine octocat"), CommandText::Unknown { nearest: Some("mine"), .. }));
    }

    #[test]
    fn filters_are_read_as_they_were_typed_and_what_is_not_understood_is_not_ignored() {
        let understood = |text: &str| match parse(text) {
            CommandText::List(Ok(filter)) => filter.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(understood("list"), "");
        assert_eq!(
            understood(" LIST  expires&lt;30d unused&gt;90d \"a &amp; b\""),
            "expires<30d unused>90d \"a & b\""
        );
        assert!(matches!(parse("list repos:x"), CommandText::List(Err(_))));
    }

    #[test]
    fn what_is_to_be_revoked_is_named_by_a_key_or_a_filter_and_never_by_nothing() {
        let filter = |text: &str| match parse(text) {
            CommandText::Revoke { filter, .. } => filter.map(|filter| filter.to_string()).ok(),
            other => panic!("{other:?}"),
        };
        assert_eq!(filter("revoke unused&gt;90d"), Some("unused>90d".to_owned()));
        assert_eq!(filter("revoke repos:x"), None);
        for nothing in ["revoke", "revoke  ", "revoke sort:used"] {
            assert!(matches!(parse(nothing), CommandText::Unknown { .. }), "{nothing:?}");
        }
    }

    #[test]
    fn an_export_has_a_lists_filter_and_may_be_for_a_review() {
        for (text, review, filter) in [
            ("export", false, ""),
            ("Export unused&gt;90d", false, "unused>90d"),
            ("export review", false, "review"),
            ("export docs For:Review never-expires", true, "never-expires docs"),
            ("export \"for:review\"", false, "\"for:review\""),
        ] {
            match parse(text) {
                CommandText::Export { for_review, filter: Ok(read) } => {
                    assert_eq!((for_review, read.to_string().as_str()), (review, filter), "{text}");
                }
                other => panic!("{other:?}"),
            }
        }
        for text in ["export for:reviews", "export repos:x for:review"] {
            assert!(matches!(parse(text), CommandText::Export { filter: Err(_), .. }), "{text}");
        }
    }

    #[test]
    fn a_typo_gets_the_nearest_word() {
        let unknown = |word: &str, nearest| CommandText::Unknown { word: word.into(), nearest };

        assert_eq!(parse("Pendign"), unknown("Pendign", Some("pending")));
        assert_eq!(parse("whoam"), unknown("whoam", Some("whoami")));
        assert_eq!(parse("frobnicate"), unknown("frobnicate", None));
        assert_eq!(parse(&"x".repeat(4000)), unknown(&"x".repeat(4000), None));
    }

    #[test]
    fn the_brake_is_put_on_for_a_reason_and_lifted_by_a_word_alone() {
        assert_eq!(parse("freeze"), CommandText::Frozen);
        assert_eq!(parse("Freeze ON stolen  laptop"), CommandText::Freeze(Why::new("stolen laptop")));
        assert_eq!(parse("freeze on"), CommandText::Freeze(Err(WhyError::Empty)));
        assert_eq!(parse("freeze off"), CommandText::Lift);
        for text in ["freeze off now", "freeze of", "freeze please"] {
            assert!(matches!(parse(text), CommandText::Unknown { .. }), "{text}");
        }
    }
}
