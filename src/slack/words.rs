//! How requests are spoken of: short phrases that cards, messages and modals share.
//!
//! Strangers' text passes through here as text; whoever puts it into a block cleans and cuts it.

use chrono::{DateTime, Utc};

use super::listed::Room;
use super::text::{cut, weight};
use crate::request::{
    Expiry, Facts, Known, Level, Outcome, Past, Permission, Repositories, Repository, Touches, is_known,
};

/// As many repositories are named; the rest is a number.
const NAMED: usize = 5;

/// No name on GitHub is longer than that of a repository; longer ones are nobody's, and are cut.
pub(super) const LONGEST: usize = 100;

/// What the token would be able to do, in one line: `octocat wants to WRITE to 2 repositories in acme`.
pub(super) fn headline(facts: &Facts) -> String {
    format!("{} wants to {} {} in {}", facts.requester.login, verb(facts), reach(facts), facts.organization)
}

/// The same for a token that works already: `octocat can now WRITE to 2 repositories in acme`.
pub(super) fn granted(facts: &Facts) -> String {
    format!("{} can now {} {} in {}", facts.requester.login, verb(facts), reach(facts), facts.organization)
}

fn verb(facts: &Facts) -> &'static str {
    if facts.permissions.iter().any(|(permission, level)| !is_known(permission, level)) {
        return "do UNKNOWN things to";
    }
    match facts.permissions.highest() {
        None | Some(Level::Read) => "READ",
        Some(Level::Write) => "WRITE to",
        Some(Level::Admin) => "ADMINISTER",
        Some(Level::Unknown(_)) => "do UNKNOWN things to",
    }
}

fn reach(facts: &Facts) -> String {
    match &facts.repositories {
        Repositories::None => "only what is public or the organization's".to_owned(),
        Repositories::All => "ALL repositories".to_owned(),
        Repositories::Unknown(_) => "an UNKNOWN selection of repositories".to_owned(),
        Repositories::Subset { listed, count: None } if listed.is_empty() => "some repositories".to_owned(),
        Repositories::Subset { listed, count } => match count.unwrap_or(listed.len() as u64) {
            1 => "1 repository".to_owned(),
            many => format!("{many} repositories"),
        },
    }
}

/// As many marks are on the card; the rest is a number.
const MARKS: usize = 3;

/// `never expires · can administer`: what is unusual about a request, worst first, for a card with its Details button.
pub(super) fn marks(facts: &Facts, past: &Past) -> Option<String> {
    let warned = warnings(facts, past);
    let more = warned.len().saturating_sub(MARKS);
    let more = if more > 0 { format!(" · +{more} more in Details") } else { String::new() };
    let first: Vec<_> = warned.into_iter().take(MARKS).collect();
    (!first.is_empty()).then(|| format!("{}{more}", first.join(" · ")))
}

/// What is unusual about a request, worst first. That a token never ends comes before all else: whatever it may do, it
/// may do for good.
pub(super) fn warnings(facts: &Facts, past: &Past) -> Vec<&'static str> {
    let highest = facts.permissions.highest();
    let is_unknown = facts.permissions.iter().any(|(permission, level)| !is_known(permission, level));
    let can_administer = matches!(highest, Some(Level::Admin)) || writes_to(facts, Touches::Administration);
    let changes_workflows = writes_to(facts, Touches::Workflows);
    let all = [
        (facts.expiry == Expiry::Never, "never expires"),
        (facts.expiry == Expiry::Unknown, "GitHub does not say when it expires"),
        (is_unknown, "asks for something we do not know"),
        (matches!(facts.repositories, Repositories::Unknown(_)), "reaches repositories we can't tell"),
        (
            matches!(facts.repositories, Repositories::Subset { .. })
                && !facts.repositories.is_fully_listed(),
            "GitHub has not told every repository",
        ),
        (matches!(facts.repositories, Repositories::All), "reaches every repository, future ones too"),
        (can_administer, "can administer"),
        (touches(facts, Touches::Secrets), "touches secrets"),
        (changes_workflows, "can change CI workflows"),
        (!changes_workflows && writes_to(facts, Touches::Runs), "can steer CI workflows"),
        (*past == Past::FirstToken, "first token of this person"),
        (*past == Past::Unknown, "what was approved before could not be read"),
    ];
    all.into_iter().filter_map(|(applies, words)| applies.then_some(words)).collect()
}

fn touches(facts: &Facts, what: Touches) -> bool {
    let mut known = facts.permissions.iter().filter_map(|(permission, _)| Known::of(permission));
    known.any(|known| known.touches == what)
}

fn writes_to(facts: &Facts, what: Touches) -> bool {
    let mut asked = facts.permissions.iter();
    asked.any(|(permission, level)| {
        *level >= Level::Write && Known::of(permission).is_some_and(|known| known.touches == what)
    })
}

/// `push code (contents), read metadata`, the most dangerous first.
pub(super) fn permissions(facts: &Facts, room: Room) -> String {
    match facts.permissions.is_empty() {
        true => "see what is public, nothing else".to_owned(),
        false => phrases(facts.permissions.iter(), room),
    }
}

/// The same for some of them.
pub(super) fn phrases<'a>(some: impl Iterator<Item = (&'a Permission, &'a Level)>, room: Room) -> String {
    let phrases = by_danger(some).into_iter().map(|(permission, level)| phrase(permission, level));
    room.list(&phrases.collect::<Vec<_>>())
}

/// What nobody knows first, then by level, then by what it touches.
pub(super) fn by_danger<'a>(
    some: impl Iterator<Item = (&'a Permission, &'a Level)>,
) -> Vec<(&'a Permission, &'a Level)> {
    let mut sorted: Vec<_> = some.collect();
    let rank = |(permission, level): &(&Permission, &Level)| match Known::of(permission) {
        Some(known) if is_known(permission, level) => (level.rank(), known.touches),
        Some(_) | None => (i64::MAX, Touches::Administration),
    };
    sorted.sort_by_key(|asked| std::cmp::Reverse(rank(asked)));
    sorted
}

/// `push code (contents)`; what we do not know is shown as GitHub spells it, and marked.
pub(super) fn phrase(permission: &Permission, level: &Level) -> String {
    let words = Known::of(permission).and_then(|known| known.words(level));
    let Some(words) = words else {
        return format!("⚠ UNKNOWN {}: {level}", permission.name);
    };
    let says_name = words.split_whitespace().any(|word| word == permission.name);
    if says_name { words } else { format!("{words} ({})", permission.name) }
}

/// `payments-api, payments-web (both private)`.
pub(super) fn repositories(facts: &Facts, room: Room) -> String {
    match &facts.repositories {
        Repositories::None => "no repository of the organization".to_owned(),
        Repositories::All => "every repository, also those made later".to_owned(),
        Repositories::Unknown(selection) => {
            let before = "unknown selection “”";
            let selection = cut(selection, LONGEST.min(room.weight().saturating_sub(weight(before))));
            format!("unknown selection “{selection}”")
        }
        Repositories::Subset { listed, .. } if listed.is_empty() => {
            format!("{}; GitHub has not told which", reach(facts))
        }
        Repositories::Subset { listed, count } => {
            let named: Vec<_> =
                listed.iter().take(room.at_most(NAMED)).map(|one| cut(short_name(one), LONGEST)).collect();
            let named: Vec<_> = named.iter().map(String::as_str).collect();
            room.names(&named, count.unwrap_or(listed.len() as u64), privacy(listed))
        }
    }
}

/// A repository's name without its owner, which the headline names.
pub(super) fn short_name(repository: &Repository) -> &str {
    repository.full_name.rsplit('/').next().unwrap_or(&repository.full_name)
}

fn privacy(listed: &[Repository]) -> &'static str {
    let private = listed.iter().filter(|repository| repository.private == Some(true)).count();
    match (private, listed.len()) {
        (_, 0) | (0, _) => "",
        (1, 1) => " (private)",
        (2, 2) => " (both private)",
        (private, all) if private == all => " (all private)",
        _ => " (some private)",
    }
}

/// `20 Feb 2027 (90 days)` or `never`.
pub(super) fn expiry(facts: &Facts, asked_at: DateTime<Utc>) -> String {
    match facts.expiry {
        Expiry::Never => "never".to_owned(),
        Expiry::Unknown => "GitHub does not say".to_owned(),
        Expiry::At(at) => {
            let days = (at - facts.created_at.unwrap_or(asked_at)).num_days();
            let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
            format!("{} ({days})", at.format("%-d %b %Y"))
        }
    }
}

/// `23 Nov 2026, 12:04 UTC`.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}

/// What became of a request, in one word.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "approved",
        Outcome::Denied => "denied",
        Outcome::Cancelled => "cancelled",
        Outcome::Superseded => "replaced by a newer request",
        Outcome::Gone => "settled; GitHub doesn't say how",
    }
}

/// The first letter of a sentence.
pub(super) fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RepositoryId;
    use crate::request::PermissionGroup;
    use crate::request::samples::{facts, noon};

    fn subset(names: &[&str], count: u64) -> Facts {
        let listed = names.iter().enumerate().map(|(id, name)| Repository {
            id: RepositoryId(id as u64),
            full_name: format!("acme/{name}"),
            private: Some(true),
        });
        Facts {
            repositories: Repositories::Subset { listed: listed.collect(), count: Some(count) },
            ..facts()
        }
    }

    #[test]
    fn the_headline_says_the_worst() {
        assert_eq!(headline(&facts()), "octocat wants to WRITE to 1 repository in acme");
        let unknown = Facts { repositories: Repositories::Unknown("x".into()), ..facts() };
        assert!(headline(&unknown).contains("UNKNOWN selection"));
    }

    #[test]
    fn five_repositories_are_named_and_the_rest_counted() {
        let many = subset(&["a", "b", "c", "d", "e", "f"], 17);

        assert_eq!(repositories(&many, Room::CARD), "a, b, c, d, e, +12 more in Details (all private)");
    }

    #[test]
    fn the_lifetime_is_counted_from_the_asking() {
        assert!(expiry(&facts(), noon()).ends_with("(90 days)"));
        assert_eq!(expiry(&Facts { expiry: Expiry::Never, ..facts() }, noon()), "never");
    }

    #[test]
    fn an_ordinary_request_has_no_warning() {
        assert_eq!(warnings(&facts(), &Past::OtherTokens), Vec::<&str>::new());
        let unusual = Facts { expiry: Expiry::Never, repositories: Repositories::All, ..facts() };
        assert_eq!(
            warnings(&unusual, &Past::FirstToken),
            ["never expires", "reaches every repository, future ones too", "first token of this person"]
        );
    }

    #[test]
    fn the_card_has_the_weightiest_marks_and_counts_the_others() {
        let asked = asking(&[("teleportation", "read"), ("administration", "write"), ("secrets", "write")]);
        let everything = Facts { expiry: Expiry::Never, repositories: Repositories::All, ..asked };

        assert_eq!(
            marks(&everything, &Past::FirstToken).unwrap(),
            "never expires · asks for something we do not know · reaches every repository, future ones too · +3 more \
             in Details"
        );
        let endless = Facts { expiry: Expiry::Never, ..facts() };
        assert_eq!(marks(&endless, &Past::FirstToken).unwrap(), "never expires · first token of this person");
        assert_eq!(marks(&facts(), &Past::OtherTokens), None);
    }

    #[test]
    fn what_we_could_not_learn_is_not_passed_over() {
        let cut = subset(&["a", "b"], 3);

        assert_eq!(warnings(&cut, &Past::OtherTokens), ["GitHub has not told every repository"]);
        assert_eq!(warnings(&facts(), &Past::Unknown), ["what was approved before could not be read"]);
    }

    fn asking(permissions: &[(&str, &str)]) -> Facts {
        let asked = permissions.iter().map(|(name, level)| {
            let permission = Permission { group: PermissionGroup::Repository, name: (*name).to_owned() };
            (permission, Level::parse(level))
        });
        Facts { permissions: asked.collect(), ..facts() }
    }

    #[test]
    fn what_touches_ci_secrets_or_rights_is_marked() {
        for (name, level, mark) in [
            ("workflows", "write", "can change CI workflows"),
            ("actions", "write", "can steer CI workflows"),
            ("secrets", "write", "touches secrets"),
            ("secrets", "read", "touches secrets"),
            ("administration", "write", "can administer"),
            ("projects", "admin", "can administer"),
            ("teleportation", "read", "asks for something we do not know"),
        ] {
            assert_eq!(warnings(&asking(&[(name, level)]), &Past::OtherTokens), [mark], "{name}:{level}");
        }
        for name in ["workflows", "actions"] {
            assert!(warnings(&asking(&[(name, "read")]), &Past::OtherTokens).is_empty(), "{name}");
        }
        let both = asking(&[("actions", "write"), ("workflows", "write")]);
        assert_eq!(warnings(&both, &Past::OtherTokens), ["can change CI workflows"]);
    }

    #[test]
    fn permissions_are_told_in_plain_words_worst_first_and_unknown_ones_raw() {
        let asked = asking(&[("contents", "write"), ("metadata", "read"), ("teleportation", "read")]);

        assert_eq!(
            permissions(&asked, Room::CARD),
            "⚠ UNKNOWN teleportation: read, push code (contents), read metadata"
        );
    }

    #[test]
    fn of_one_level_what_touches_more_comes_first() {
        let asked = asking(&[
            ("actions", "write"),
            ("contents", "write"),
            ("issues", "write"),
            ("secrets", "write"),
            ("webhooks", "read"),
            ("workflows", "write"),
        ]);

        let names: Vec<_> = by_danger(asked.permissions.iter())
            .into_iter()
            .map(|(permission, _)| permission.name.as_str())
            .collect();

        assert_eq!(names, ["secrets", "contents", "workflows", "actions", "issues", "webhooks"]);
    }

    #[test]
    fn a_list_of_repositories_that_github_left_out_is_said_to_be_left_out() {
        assert_eq!(repositories(&subset(&[], 12), Room::CARD), "12 repositories; GitHub has not told which");
        let none = Repositories::Subset { listed: vec![], count: None };
        let untold = Facts { repositories: none, ..facts() };
        assert_eq!(repositories(&untold, Room::CARD), "some repositories; GitHub has not told which");
    }
}
