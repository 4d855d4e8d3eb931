//! Reads filters as people type them, and writes them as they are understood.
//!
//! What can't be understood is an error and never left out: somebody who looks for danger would take a shorter question's
//! answer, or a longer one's, for the answer to theirs.

use std::fmt;
use std::str::FromStr;

use super::{Filter, Pattern, Sort, Span, Wanted};
use crate::ids::Login;
use crate::request::{Level, is_permission_name, permission_names};

/// Nobody types more; a page's button holds the whole filter.
const LONGEST: usize = 1_000;
const MOST_TERMS: usize = 20;
const LONGEST_WORD: usize = 100;

/// More differences than this are another word.
const MAX_TYPOS: usize = 2;

/// A filter as somebody may write it.
pub const EXAMPLE: &str = "repo:payments-* permission:contents:write unused>90d sort:used";

const NEVER_EXPIRES: &str = "never-expires";
const EXPIRED: &str = "expired";
const ALL_REPOSITORIES: &str = "all-repos";

/// What stands by itself.
const FLAGS: [&str; 3] = [NEVER_EXPIRES, EXPIRED, ALL_REPOSITORIES];

/// What comes before a value.
const HEADS: [&str; 8] = ["owner:", "repo:", "org:", "permission:", "expires<", "unused>", "older>", "sort:"];

/// Stands for permissions that this version does not know.
const UNKNOWN: &str = "unknown";

/// A filter that can't be understood, and what of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{term}` is not understood: {cause}")]
pub struct NotUnderstood {
    /// The part that is not understood, as it was typed, cut.
    pub term: String,
    pub cause: String,
    /// What may have been meant.
    pub nearest: Option<String>,
    /// All the rest, as it was understood.
    pub understood: Box<Filter>,
}

/// Why one part is not understood.
struct Odd {
    cause: String,
    nearest: Option<String>,
}

impl Odd {
    fn because(cause: impl fmt::Display) -> Self {
        Self { cause: cause.to_string(), nearest: None }
    }

    fn nearest_to(self, word: &str, among: impl Iterator<Item = &'static str>) -> Self {
        Self { nearest: nearest(word, among).map(str::to_owned), ..self }
    }
}

impl FromStr for Filter {
    type Err = NotUnderstood;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut filter = Self::default();
        let not_understood = |term: &str, odd: Odd, filter: Self| NotUnderstood {
            term: term.chars().take(LONGEST_WORD).collect(),
            cause: odd.cause,
            nearest: odd.nearest,
            understood: Box::new(filter),
        };
        if text.chars().count() > LONGEST {
            let odd = Odd::because(format!("a filter has at most {LONGEST} characters"));
            return Err(not_understood(text, odd, filter));
        }
        let mut first = None;
        for (count, term) in terms(text).into_iter().enumerate() {
            let taken = match count < MOST_TERMS {
                true => filter.take(&term),
                false => Err(Odd::because(format!("a filter has at most {MOST_TERMS} parts"))),
            };
            if let Err(odd) = taken {
                first.get_or_insert((term, odd));
            }
        }
        match first {
            Some((term, odd)) => Err(not_understood(term.text, odd, filter)),
            None => Ok(filter),
        }
    }
}

/// One part of a filter.
struct Term<'a> {
    /// As it was typed, quotes included.
    text: &'a str,
    /// What stands between quotes; an error if they do not end.
    quoted: Option<Result<&'a str, ()>>,
}

/// Phones make these of straight ones.
fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}

/// Splits at white space outside of quotes.
fn terms(text: &str) -> Vec<Term<'_>> {
    let mut all = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end_of_word = |text: &str| text.find(char::is_whitespace).unwrap_or(text.len());
        let (end, quoted) = match is_quote(first) {
            false => (end_of_word(rest), None),
            true => {
                let inner = &rest[first.len_utf8()..];
                match inner.char_indices().find(|(_, letter)| is_quote(*letter)) {
                    Some((at, quote)) => {
                        let closed = first.len_utf8() + at + quote.len_utf8();
                        let is_end = rest[closed..].chars().next().is_none_or(char::is_whitespace);
                        let end = closed + end_of_word(&rest[closed..]);
                        (end, Some(if is_end { Ok(&inner[..at]) } else { Err(()) }))
                    }
                    None => (rest.len(), Some(Err(()))),
                }
            }
        };
        all.push(Term { text: &rest[..end], quoted });
        rest = rest[end..].trim_start();
    }
    all
}

/// What somebody typed without a part that stands by itself outside of quotes, and whether that was there. For what is
/// typed beside a filter.
pub fn taken_out(text: &str, part: &str) -> (String, bool) {
    let is_it = |term: &Term<'_>| term.quoted.is_none() && term.text.eq_ignore_ascii_case(part);
    let (taken, left): (Vec<_>, Vec<_>) = terms(text).into_iter().partition(is_it);
    (left.iter().map(|term| term.text).collect::<Vec<_>>().join(" "), !taken.is_empty())
}

impl Filter {
    fn take(&mut self, term: &Term<'_>) -> Result<(), Odd> {
        match term.quoted {
            Some(Ok(words)) => return self.take_word(words),
            Some(Err(())) => return Err(Odd::because("a quotation mark stands alone")),
            None => {}
        }
        let text = term.text;
        if let Some(at) = text.find([':', '<', '>']) {
            let (head, value) = text.split_at(at + 1);
            return self.take_valued(&head.to_lowercase(), value);
        }
        match text.to_lowercase().as_str() {
            NEVER_EXPIRES => self.never_expires = true,
            EXPIRED => self.expired = true,
            ALL_REPOSITORIES => self.all_repositories = true,
            lower => match nearest(lower, FLAGS.into_iter()) {
                Some(flag) => {
                    let cause = "as a word to look for it has to stand in quotes";
                    return Err(Odd { cause: cause.to_owned(), nearest: Some(flag.to_owned()) });
                }
                None => return self.take_word(text),
            },
        }
        Ok(())
    }

    fn take_valued(&mut self, head: &str, value: &str) -> Result<(), Odd> {
        match head {
            "owner:" => {
                let login = value.strip_prefix('@').unwrap_or(value);
                let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_[]".contains(&byte);
                if login.is_empty() || login.len() > LONGEST_WORD || !login.bytes().all(is_letter) {
                    return Err(Odd::because("it takes one GitHub login"));
                }
                once(&mut self.owner, Login::new(login))
            }
            "org:" => {
                let pattern = pattern(value)?;
                match pattern.parts() {
                    (None, _) => once(&mut self.organization, pattern),
                    (Some(_), _) => Err(Odd::because("an organization's name has no /")),
                }
            }
            "repo:" => some(&mut self.repositories, pattern(value)?),
            "permission:" => some(&mut self.permissions, wanted(value)?),
            "expires<" => once(&mut self.expires_within, span(value)?),
            "unused>" => once(&mut self.unused_for, span(value)?),
            "older>" => once(&mut self.older_than, span(value)?),
            "sort:" => {
                let names = || Sort::ALL.into_iter().map(Sort::name);
                let sort = value.parse().map_err(|()| {
                    let names = names().collect::<Vec<_>>().join(", ");
                    Odd::because(format!("it takes one of {names}"))
                });
                self.sort = sort.map_err(|odd| odd.nearest_to(&value.to_lowercase(), names()))?;
                Ok(())
            }
            other => {
                let name = other.trim_end_matches([':', '<', '>']);
                let same = HEADS.into_iter().find(|head| !name.is_empty() && is_cut_of(name, bare(head)));
                let odd =
                    Odd::because("there is no such part; as words to look for they have to stand in quotes");
                Err(match same {
                    Some(head) => Odd { nearest: Some(head.to_owned()), ..odd },
                    None => {
                        let bares = HEADS.into_iter().map(bare);
                        let near = nearest(name, bares);
                        let head = near.and_then(|near| HEADS.into_iter().find(|head| bare(head) == near));
                        Odd { nearest: head.map(str::to_owned), ..odd }
                    }
                })
            }
        }
    }

    fn take_word(&mut self, word: &str) -> Result<(), Odd> {
        let word = word.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if word.is_empty() {
            return Err(Odd::because("there is nothing in it to look for"));
        }
        if word.chars().count() > LONGEST_WORD {
            return Err(Odd::because(format!("it is longer than {LONGEST_WORD} characters")));
        }
        if word.contains(is_quote) {
            return Err(Odd::because("a quotation mark stands in a word"));
        }
        if word.chars().any(char::is_control) {
            return Err(Odd::because("it holds what nobody can type"));
        }
        some(&mut self.words, word)
    }
}

/// Twice the same part would contradict itself.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Odd> {
    if place.is_some() {
        return Err(Odd::because("it stands there twice"));
    }
    *place = Some(value);
    Ok(())
}

fn some<T>(places: &mut Vec<T>, value: T) -> Result<(), Odd> {
    if places.len() == Filter::MOST_ALIKE {
        return Err(Odd::because(format!("a filter has at most {} of a kind", Filter::MOST_ALIKE)));
    }
    places.push(value);
    Ok(())
}

fn pattern(value: &str) -> Result<Pattern, Odd> {
    value.parse().map_err(Odd::because)
}

fn span(value: &str) -> Result<Span, Odd> {
    value.parse().map_err(Odd::because)
}

/// `NAME[:LEVEL]`. A name that no permission has would find nothing, which is no answer to a typo.
fn wanted(value: &str) -> Result<Wanted, Odd> {
    let lower = value.to_lowercase();
    if lower == UNKNOWN {
        return Ok(Wanted::Unknown);
    }
    let (name, level) = lower.split_once(':').unwrap_or((&lower, "read"));
    let level = match Level::parse(level) {
        Level::Unknown(word) => {
            let levels = ["read", "write", "admin"];
            return Err(Odd::because("a level is read, write or admin").nearest_to(&word, levels.into_iter()));
        }
        level => level,
    };
    let name: Pattern = name.parse().map_err(Odd::because)?;
    if name.parts().0.is_some() || (name.is_exact() && !is_permission_name(name.as_str())) {
        let odd = Odd::because("there is no such permission that this version knows; `unknown` finds others");
        return Err(odd.nearest_to(name.as_str(), permission_names()));
    }
    Ok(Wanted::Named { name, level })
}

fn bare(head: &'static str) -> &'static str {
    head.trim_end_matches([':', '<', '>'])
}

/// Whether one begins with the other: `repository` and `perm` are no typos.
fn is_cut_of(word: &str, known: &str) -> bool {
    word.starts_with(known) || (word.len() > 2 && known.starts_with(word))
}

fn nearest(word: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    if word.chars().count() > LONGEST_WORD {
        return None;
    }
    let typos = |known: &str| strsim::damerau_levenshtein(word, known);
    let known = known.min_by_key(|known| typos(known))?;
    // Of a short word little is left after two.
    let allowed = MAX_TYPOS.min(known.chars().count() / 2);
    (typos(known) <= allowed).then_some(known)
}

/// As it is understood: the same filter whoever reads it.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.owner.iter().map(|login| format!("owner:{login}")));
        parts.extend(self.organization.iter().map(|pattern| format!("org:{pattern}")));
        parts.extend(self.repositories.iter().map(|pattern| format!("repo:{pattern}")));
        parts.extend(self.permissions.iter().map(|wanted| format!("permission:{wanted}")));
        parts.extend(self.expires_within.map(|span| format!("expires<{span}")));
        parts.extend(self.unused_for.map(|span| format!("unused>{span}")));
        parts.extend(self.older_than.map(|span| format!("older>{span}")));
        let flags = [
            (self.never_expires, NEVER_EXPIRES),
            (self.expired, EXPIRED),
            (self.all_repositories, ALL_REPOSITORIES),
        ];
        parts.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name.to_owned()));
        parts.extend(self.words.iter().map(|word| spelled(word)));
        parts.extend((self.sort != Sort::default()).then(|| format!("sort:{}", self.sort.name())));
        f.write_str(&parts.join(" "))
    }
}

/// In quotes where it would be read as something else.
fn spelled(word: &str) -> String {
    let is_plain = !word.contains([':', '<', '>', ' ']) && nearest(word, FLAGS.into_iter()).is_none();
    if is_plain { word.to_owned() } else { format!("\"{word}\"") }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str(UNKNOWN),
            Self::Named { name, level: Level::Read } => name.fmt(f),
            Self::Named { name, level } => write!(f, "{name}:{level}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn odd(text: &str) -> NotUnderstood {
        text.parse::<Filter>().expect_err(text)
    }

    #[test]
    fn a_filter_is_written_as_it_is_understood() {
        for (typed, understood) in [
            ("", ""),
            ("  OWNER:@OctoCat ", "owner:octocat"),
            ("sort:expiry docs", "docs"),
            ("sort:USED expired repo:A**", "repo:a* expired sort:used"),
            ("permission:Contents:read permission:*:WRITE", "permission:contents permission:*:write"),
            ("unused>24h expires<90m", "expires<90m unused>1d"),
            ("\u{201c}never-expires\u{201d} deploy", "\"never-expires\" deploy"),
            ("\"Deploy   Bot\"", "\"deploy bot\""),
            ("permission:UNKNOWN", "permission:unknown"),
        ] {
            assert_eq!(typed.parse::<Filter>().expect(typed).to_string(), understood, "{typed}");
        }
    }

    #[test]
    fn what_stands_beside_a_filter_is_taken_out_wherever_it_stands_but_not_out_of_quotes() {
        for (typed, left, is_there) in [
            ("", "", false),
            ("for:review", "", true),
            ("docs FOR:review  unused>90d", "docs unused>90d", true),
            ("\"for:review\" docs", "\"for:review\" docs", false),
            ("\"a for:review b\"", "\"a for:review b\"", false),
            ("for:reviewers", "for:reviewers", false),
            ("\"open for:review", "\"open for:review", false),
        ] {
            assert_eq!(taken_out(typed, "for:review"), (left.to_owned(), is_there), "{typed}");
        }
        assert!("for:review".parse::<Filter>().is_err(), "it is no filter's part");
    }

    #[test]
    fn the_example_is_one() {
        assert_eq!(EXAMPLE.parse::<Filter>().unwrap().to_string(), EXAMPLE);
    }

    #[test]
    fn what_is_not_understood_is_told_with_the_nearest_and_all_the_rest() {
        for (typed, term, nearest) in [
            ("expird docs", "expird", Some("expired")),
            ("docs repository:x", "repository:x", Some("repo:")),
            ("docs perm:x", "perm:x", Some("permission:")),
            ("docs ownr:x", "ownr:x", Some("owner:")),
            ("docs expires>30d", "expires>30d", Some("expires<")),
            ("docs sort:exipry", "sort:exipry", Some("expiry")),
            ("docs permission:contnts", "permission:contnts", Some("contents")),
            ("docs permission:contents:wirte", "permission:contents:wirte", Some("write")),
            ("docs frobnicate:x", "frobnicate:x", None),
            ("docs :", ":", None),
            ("docs expires<soon", "expires<soon", None),
            ("docs owner:", "owner:", None),
            ("docs owner:<@U0ALICE>", "owner:<@U0ALICE>", None),
            ("docs repo:[a]", "repo:[a]", None),
            ("docs org:a/b", "org:a/b", None),
            ("docs \"open", "\"open", None),
            ("docs \"a\"b", "\"a\"b", None),
            ("docs a\"b", "a\"b", None),
            ("docs \"\"", "\"\"", None),
        ] {
            let told = odd(typed);
            assert_eq!((told.term.as_str(), told.nearest.as_deref()), (term, nearest), "{typed}");
            assert_eq!(told.understood.words, ["docs"], "{typed}");
        }
    }

    #[test]
    fn a_part_that_contradicts_itself_is_not_understood() {
        for typed in ["owner:a owner:b", "org:a org:b", "unused>1d unused>2d", "older>1d older>1d"] {
            assert!(odd(typed).cause.ends_with("twice"), "{typed}");
        }
    }

    #[test]
    fn filters_are_bounded() {
        for typed in [
            "x".repeat(LONGEST_WORD + 1),
            format!("\"{}\"", "x".repeat(LONGEST_WORD + 1)),
            "x ".repeat(Filter::MOST_ALIKE + 1),
            "expired ".repeat(MOST_TERMS + 1),
            "é".repeat(LONGEST + 1),
            format!("owner:{}", "x".repeat(500)),
        ] {
            assert!(odd(&typed).term.chars().count() <= LONGEST_WORD, "{typed}");
        }
        assert!("expired ".repeat(MOST_TERMS).parse::<Filter>().is_ok());
    }

    fn term() -> impl Strategy<Value = String> {
        prop_oneof![
            "owner:@?[A-Za-z0-9-]{1,8}",
            "org:[a-z*?]{1,5}",
            "repo:([a-z*?]{1,4}/)?[A-Za-z0-9._*?-]{1,6}",
            "permission:(contents|Actions|\\*|con\\*|organization_secrets|unknown)",
            "permission:(contents|\\*):(read|write|ADMIN)",
            "(expires<|unused>|older>)[1-9][0-9]{0,2}[mhd]",
            "(never-expires|expired|all-repos)",
            "sort:(expiry|used|granted|owner)",
            "[a-zA-Z0-9_é-]{1,12}",
            "\"[a-zA-Z:<> _-]{1,12}\"",
            "\"(expired|never-expires|all-repo|unused>1d)\"",
        ]
    }

    proptest! {
        #[test]
        fn a_filter_reads_as_it_is_written(terms in proptest::collection::vec(term(), 0..6)) {
            if let Ok(filter) = terms.join(" ").parse::<Filter>() {
                let written = filter.to_string();
                let again = written.parse::<Filter>();
                prop_assert_eq!(again.as_ref(), Ok(&filter), "{}", &written);
                prop_assert_eq!(again.unwrap().to_string(), written);
            }
        }

        #[test]
        fn whatever_is_typed_is_understood_or_told(text in "\\PC{0,60}|[a-z:<>\" *]{0,40}") {
            match text.parse::<Filter>() {
                Ok(filter) => prop_assert_eq!(filter.to_string().parse::<Filter>(), Ok(filter)),
                Err(told) => prop_assert!(!told.cause.is_empty()),
            }
        }
    }
}
