//! What no rule decides, whatever the policies say: anything that is not wholly understood. Stands outside Cedar and
//! can't be switched off.

use chrono::{DateTime, Utc};

use super::facts::asked_at;
use super::permission::all_are_known;
use crate::request::{Enrichment, Expiry, Facts, PermissionGroup, Repositories, TokenRequest};

/// What is not understood about a request, in words for the record; `None` when rules may be asked about it.
pub(super) fn gap(request: &TokenRequest, has_route: bool, now: DateTime<Utc>) -> Option<&'static str> {
    let facts = &request.facts;
    let gaps = [
        (!has_route, "no route covers it"),
        (request.enrichment != Enrichment::Complete, "GitHub's list has not told the rest of it"),
        (request.is_unasked, "nobody saw it asked"),
        (request.installation.is_none(), "its installation is not known"),
        (facts.permissions.is_empty(), "it asks for no permission"),
        (!all_are_known(facts), "it asks for something that is not known"),
        (!are_repositories_understood(facts), "which repositories it reaches is not known"),
        (!is_time_understood(facts, now), "until when it lasts is not known"),
        (facts.token.is_none(), "which token it is for is not known"),
        (facts.token_name.as_deref().is_none_or(str::is_empty), "what its token is called is not known"),
        (facts.requester.id.0 == 0 || facts.requester.login.as_str().is_empty(), "who asks is not known"),
        (facts.organization.as_str().is_empty(), "its organization is not known"),
    ];
    gaps.into_iter().find_map(|(is_there, words)| is_there.then_some(words))
}

/// Either all of them, or each by its full name, in the organization that is asked; or none, and then nothing that only a
/// repository could give.
fn are_repositories_understood(facts: &Facts) -> bool {
    match &facts.repositories {
        Repositories::All => true,
        Repositories::None => {
            !facts.permissions.iter().any(|(asked, _)| asked.group == PermissionGroup::Repository)
        }
        Repositories::Subset { listed, .. } => {
            let is_named = |full_name: &str| match full_name.split_once('/') {
                Some((owner, name)) => {
                    owner.eq_ignore_ascii_case(facts.organization.as_str())
                        && !name.is_empty()
                        && !name.contains('/')
                }
                None => false,
            };
            facts.repositories.is_fully_listed() && listed.iter().all(|one| is_named(&one.full_name))
        }
        Repositories::Unknown(_) => false,
    }
}

/// Never is understood; an end has to lie ahead, and after the beginning, which is no time to come.
fn is_time_understood(facts: &Facts, now: DateTime<Utc>) -> bool {
    match (asked_at(facts, now), facts.expiry) {
        (None, _) | (Some(_), Expiry::Unknown) => false,
        (Some(_), Expiry::Never) => true,
        (Some(from), Expiry::At(at)) => from <= at && now < at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{GitHubUserId, Login, RepositoryId};
    use crate::request::samples::{facts as usual, noon, pending};
    use crate::request::{Repository, Requester};

    fn gap_of(facts: Facts) -> Option<&'static str> {
        gap(&TokenRequest { facts, ..pending() }, true, noon())
    }

    #[test]
    fn nothing_is_missing_of_the_usual_request() {
        assert_eq!(gap_of(usual()), None);
    }

    #[test]
    fn who_asks_has_a_number_and_a_login() {
        let usual = usual().requester;
        let nameless = Requester { login: Login::new(""), ..usual.clone() };
        for requester in [Requester { id: GitHubUserId(0), ..usual }, nameless] {
            let facts = Facts { requester, ..self::usual() };
            assert_eq!(gap_of(facts), Some("who asks is not known"));
        }
    }

    #[test]
    fn a_repository_is_named_in_full_in_the_organization_that_is_asked() {
        let named = |full_name: &str| {
            let one = Repository { id: RepositoryId(7), full_name: full_name.to_owned(), private: None };
            let repositories = Repositories::Subset { listed: vec![one], count: Some(1) };
            gap_of(Facts { repositories, ..usual() })
        };

        assert_eq!((named("acme/payments-api"), named("Acme/payments-api")), (None, None));
        for odd in ["payments-api", "acme/", "acme/payments/api", "octocat/payments-api", "/payments-api", ""]
        {
            assert_eq!(named(odd), Some("which repositories it reaches is not known"), "{odd:?}");
        }
    }
}
