//! How requests are spoken of: short phrases that cards, messages and modals share.
//!
//! Strangers' text passes through here as text; whoever puts it into a block cleans and cuts it.

use chrono::{DateTime, Utc};

use crate::request::{Expiry, Facts, Level, Outcome, Permission, Repositories, Repository};

/// As many repositories are named; the rest is a number.
const NAMED: usize = 5;

/// What the token would be able to do, in one line: `octocat wants to WRITE to 2 repositories in acme`.
pub(super) fn headline(facts: &Facts) -> String {
    format!("{} wants to {} {} in {}", facts.requester.login, verb(facts), reach(facts), facts.organization)
}

fn verb(facts: &Facts) -> &'static str {
    match facts.permissions.highest() {
        None => "READ",
        Some(Level::Read) => "READ",
        Some(Level::Write) => "WRITE to",
        Some(Level::Admin) => "ADMINISTER",
        Some(Level::Unknown(_)) => "do UNKNOWN things to",
    }
}

fn reach(facts: &Facts) -> String {
    match &facts.repositories {
        Repositories::None => "nothing but what is public or the organization's".to_owned(),
        Repositories::All => "ALL repositories".to_owned(),
        Repositories::Unknown(_) => "an UNKNOWN selection of repositories".to_owned(),
        Repositories::Subset { listed, count } => match count.unwrap_or(listed.len() as u64) {
            1 => "1 repository".to_owned(),
            many => format!("{many} repositories"),
        },
    }
}

/// What is unusual about a request, worst first, at most three.
pub(super) fn warnings(facts: &Facts) -> Vec<&'static str> {
    let highest = facts.permissions.highest();
    let all = [
        (matches!(highest, Some(Level::Unknown(_))), "asks for something we do not know"),
        (matches!(facts.repositories, Repositories::Unknown(_)), "reaches repositories we can't tell"),
        (matches!(facts.repositories, Repositories::All), "reaches every repository, future ones too"),
        (matches!(highest, Some(Level::Admin)), "can administer"),
        (facts.expiry == Expiry::Never, "never expires"),
        (facts.expiry == Expiry::Unknown, "GitHub does not say when it expires"),
    ];
    all.into_iter().filter_map(|(applies, words)| applies.then_some(words)).take(3).collect()
}

/// `write contents, read metadata`, the most dangerous first.
pub(super) fn permissions(facts: &Facts) -> String {
    let mut all: Vec<_> = facts.permissions.iter().collect();
    all.sort_by(|(_, one), (_, other)| other.cmp(one));
    match all.as_slice() {
        [] => "nothing beyond public information".to_owned(),
        all => all.iter().map(|(permission, level)| phrase(permission, level)).collect::<Vec<_>>().join(", "),
    }
}

/// `write contents`; what we do not know is marked.
pub(super) fn phrase(permission: &Permission, level: &Level) -> String {
    match level {
        Level::Unknown(word) => format!("UNKNOWN level “{word}” of {}", permission.name),
        Level::Read | Level::Write | Level::Admin => format!("{level} {}", permission.name),
    }
}

/// `payments-api, payments-web (both private)`.
pub(super) fn repositories(facts: &Facts) -> String {
    match &facts.repositories {
        Repositories::None => "no repository of the organization".to_owned(),
        Repositories::All => "every repository, also those made later".to_owned(),
        Repositories::Unknown(selection) => format!("unknown selection “{selection}”"),
        Repositories::Subset { listed, count } => {
            let total = count.unwrap_or(listed.len() as u64);
            let named: Vec<_> = listed.iter().take(NAMED).map(short_name).collect();
            let more = total.saturating_sub(named.len() as u64);
            let more = if more > 0 { format!(", +{more} more in Details") } else { String::new() };
            format!("{}{more}{}", named.join(", "), privacy(listed))
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

        assert_eq!(repositories(&many), "a, b, c, d, e, +12 more in Details (all private)");
    }

    #[test]
    fn the_lifetime_is_counted_from_the_asking() {
        assert!(expiry(&facts(), noon()).ends_with("(90 days)"));
        assert_eq!(expiry(&Facts { expiry: Expiry::Never, ..facts() }, noon()), "never");
    }

    #[test]
    fn an_ordinary_request_has_no_warning() {
        assert_eq!(warnings(&facts()), Vec::<&str>::new());
        let unusual = Facts { expiry: Expiry::Never, repositories: Repositories::All, ..facts() };
        assert_eq!(warnings(&unusual), ["reaches every repository, future ones too", "never expires"]);
    }
}
