//! What our own record knows of a requester's earlier tokens, and what a request adds to them.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::{By, Expiry, Facts, Level, Outcome, Permission, Repositories, State, TokenRequest};

/// What went before a request, as far as our own record goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Past {
    /// Nothing of this person was ever approved.
    FirstToken,
    /// Other tokens were; this one was not.
    OtherTokens,
    /// This very token was approved before.
    Renewal(Box<Renewal>),
    /// The record could not be asked.
    Unknown,
}

/// The last approval of the same token by somebody: neither one that nobody was asked for, nor one that GitHub has
/// contradicted, says that anybody found it good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    pub by: By,
    pub at: DateTime<Utc>,
    /// What was approved.
    facts: Facts,
}

/// What a renewal asks for beyond what was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Permissions that are new or reach further than before.
    pub permissions: Vec<(Permission, Level)>,
    /// How many repositories are new; `None` when it can't be told.
    pub repositories: Option<u64>,
    pub lifetime: Lifetime,
}

/// How long a renewed token would live, beside the one that was approved. Lives are counted from the asking, in whole
/// days: two tokens for 90 days live as long, although one of them ends later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    NotLonger,
    Longer {
        days: i64,
        before: i64,
    },
    /// The token had an end and would have none.
    Endless,
    /// GitHub has not told what it takes to compare them.
    Unknown,
}

impl News {
    pub fn is_nothing(&self) -> bool {
        self.permissions.is_empty() && self.repositories == Some(0) && self.lifetime == Lifetime::NotLonger
    }
}

impl Past {
    /// Reads it out of the requester's earlier requests, newest first. The same token is known by GitHub's number for
    /// it, or else by the name its owner gave it.
    pub fn of(request: &TokenRequest, earlier: &[TokenRequest]) -> Self {
        let approved: Vec<_> = earlier.iter().filter_map(|one| Renewal::of(one, request)).collect();
        let is_same = |facts: &Facts| match (facts.token, request.facts.token) {
            (Some(one), Some(other)) if one == other => true,
            _ => facts.token_name.is_some() && facts.token_name == request.facts.token_name,
        };
        match approved.iter().find(|renewal| is_same(&renewal.facts)) {
            Some(renewal) => Self::Renewal(Box::new(renewal.clone())),
            None if approved.is_empty() => Self::FirstToken,
            None => Self::OtherTokens,
        }
    }
}

impl Renewal {
    fn of(earlier: &TokenRequest, request: &TokenRequest) -> Option<Self> {
        let State::Settled(settlement) = &earlier.state else { return None };
        let is_before = settlement.outcome == Outcome::Approved
            && settlement.contradicted.is_none()
            && !earlier.is_unasked
            && earlier.organization == request.organization
            && earlier.id != request.id
            && settlement.at <= request.received_at;
        is_before.then(|| Self { by: settlement.by.clone(), at: settlement.at, facts: earlier.facts.clone() })
    }

    /// What `facts` ask for beyond this approval; what can't be compared counts as new.
    pub fn news(&self, facts: &Facts) -> News {
        let had = |permission: &Permission, level: &Level| {
            self.facts.permissions.iter().any(|(known, before)| known == permission && covers(before, level))
        };
        let permissions = facts.permissions.iter().filter(|(permission, level)| !had(permission, level));
        News {
            permissions: permissions.map(|(permission, level)| (permission.clone(), level.clone())).collect(),
            repositories: added(&self.facts.repositories, &facts.repositories),
            lifetime: lifetime(&self.facts, facts),
        }
    }
}

fn lifetime(before: &Facts, now: &Facts) -> Lifetime {
    match (before.expiry, now.expiry) {
        // Nothing lives longer than what never ends.
        (Expiry::Never, Expiry::Never | Expiry::At(_) | Expiry::Unknown) => Lifetime::NotLonger,
        (Expiry::At(_), Expiry::Never) => Lifetime::Endless,
        (Expiry::At(_), Expiry::At(_)) => match (days(before), days(now)) {
            (Some(before), Some(days)) => match days.cmp(&before) {
                Ordering::Greater => Lifetime::Longer { days, before },
                Ordering::Less | Ordering::Equal => Lifetime::NotLonger,
            },
            (None, _) | (_, None) => Lifetime::Unknown,
        },
        (Expiry::At(_), Expiry::Unknown) | (Expiry::Unknown, _) => Lifetime::Unknown,
    }
}

/// Days from the asking to the end; `None` where either is not known, or the end comes first, which makes no sense.
fn days(facts: &Facts) -> Option<i64> {
    match (facts.created_at, facts.expiry) {
        (Some(from), Expiry::At(to)) if from <= to => Some((to - from).num_days()),
        (Some(_) | None, Expiry::At(_) | Expiry::Never | Expiry::Unknown) => None,
    }
}

/// Whether a level reaches as far as another. Of a word we do not know only the very same word can be said to.
fn covers(before: &Level, now: &Level) -> bool {
    match (before, now) {
        (Level::Unknown(before), Level::Unknown(now)) => before == now,
        (Level::Unknown(_), Level::Read | Level::Write | Level::Admin)
        | (Level::Read | Level::Write | Level::Admin, Level::Unknown(_)) => false,
        (Level::Read | Level::Write | Level::Admin, Level::Read | Level::Write | Level::Admin) => {
            before >= now
        }
    }
}

fn added(before: &Repositories, now: &Repositories) -> Option<u64> {
    match (before, now) {
        (_, Repositories::None) | (Repositories::All, Repositories::All | Repositories::Subset { .. }) => {
            Some(0)
        }
        (Repositories::None, Repositories::Subset { listed, .. }) if now.is_fully_listed() => {
            Some(listed.len() as u64)
        }
        (Repositories::Subset { listed: before, .. }, Repositories::Subset { listed, .. })
            if now.is_fully_listed() =>
        {
            let is_new = |id| before.iter().all(|known| known.id != id);
            Some(listed.iter().filter(|one| is_new(one.id)).count() as u64)
        }
        (
            Repositories::None | Repositories::Subset { .. } | Repositories::Unknown(_) | Repositories::All,
            Repositories::All | Repositories::Subset { .. } | Repositories::Unknown(_),
        ) => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::ids::{OrganizationId, RepositoryId, RequestId, TokenId};
    use crate::request::samples::{facts, noon, pending};
    use crate::request::{Contradiction, Evidence, PermissionGroup, Permissions, Repository, Settlement};

    /// octocat's earlier request for `facts`, approved a month before.
    fn approved(facts: Facts) -> TokenRequest {
        let at = noon() - TimeDelta::days(30);
        let settlement = Settlement::new(Outcome::Approved, By::Unknown, Evidence::Told, at);
        TokenRequest { id: RequestId(1), facts, state: State::Settled(settlement), ..pending() }
    }

    fn renewal(before: Facts) -> Renewal {
        match Past::of(&pending(), &[approved(before)]) {
            Past::Renewal(renewal) => *renewal,
            past => panic!("no renewal: {past:?}"),
        }
    }

    #[test]
    fn a_token_is_known_by_its_number_or_its_name() {
        let renumbered = Facts { token: Some(TokenId(5)), ..facts() };
        let renamed = Facts { token_name: Some("other".into()), ..facts() };
        let another = Facts { token: Some(TokenId(5)), ..renamed.clone() };

        assert!(matches!(Past::of(&pending(), &[approved(renumbered)]), Past::Renewal(_)));
        assert!(matches!(Past::of(&pending(), &[approved(renamed)]), Past::Renewal(_)));
        assert_eq!(Past::of(&pending(), &[approved(another)]), Past::OtherTokens);
    }

    #[test]
    fn only_what_was_approved_before_the_asking_counts() {
        let later =
            Settlement::new(Outcome::Approved, By::Unknown, Evidence::Told, noon() + TimeDelta::days(1));
        let denied = Settlement::new(Outcome::Denied, By::Unknown, Evidence::Told, noon());

        for settlement in [later, denied] {
            let earlier = TokenRequest { state: State::Settled(settlement), ..approved(facts()) };
            assert_eq!(Past::of(&pending(), &[earlier]), Past::FirstToken);
        }
        assert_eq!(Past::of(&pending(), &[]), Past::FirstToken);
    }

    #[test]
    fn what_nobody_approved_or_github_contradicted_was_not_approved_before() {
        let unasked = TokenRequest { is_unasked: true, ..approved(facts()) };
        let mut contradicted = approved(facts());
        let State::Settled(settlement) = &mut contradicted.state else { panic!("settled") };
        settlement.contradicted = Some(Contradiction { outcome: Outcome::Denied, by: By::Unknown });

        assert_eq!(Past::of(&pending(), &[unasked, contradicted]), Past::FirstToken);
    }

    #[test]
    fn a_level_nobody_knows_covers_itself_alone() {
        let permission = Permission { group: PermissionGroup::Repository, name: "contents".into() };
        let asking = |level: &str| Facts {
            permissions: Permissions::from_iter([(permission.clone(), Level::parse(level))]),
            ..facts()
        };

        for (before, now, is_new) in [
            ("x", "x", false),
            ("x", "read", true),
            ("x", "admin", true),
            ("x", "y", true),
            ("y", "x", true),
            ("admin", "x", true),
            ("admin", "write", false),
        ] {
            let news = renewal(asking(before)).news(&asking(now));
            assert_eq!(!news.permissions.is_empty(), is_new, "{before} before, {now} now");
        }
    }

    #[test]
    fn the_same_again_adds_nothing() {
        assert!(renewal(facts()).news(&facts()).is_nothing());
    }

    #[test]
    fn raised_levels_and_new_permissions_are_new() {
        let permission = |name: &str| Permission { group: PermissionGroup::Repository, name: name.into() };
        let before =
            Facts { permissions: Permissions::from_iter([(permission("contents"), Level::Read)]), ..facts() };

        let news = renewal(before).news(&facts());

        assert_eq!(
            news.permissions,
            [(permission("contents"), Level::Write), (permission("metadata"), Level::Read)]
        );
    }

    #[test]
    fn what_cant_be_compared_is_not_said_to_be_nothing() {
        let one = Repository { id: RepositoryId(8), full_name: "acme/payments-web".into(), private: None };
        let other = Repositories::Subset { listed: vec![one], count: Some(1) };
        let all = Facts { repositories: Repositories::All, ..facts() };

        assert_eq!(renewal(facts()).news(&Facts { repositories: other, ..facts() }).repositories, Some(1));
        assert_eq!(renewal(facts()).news(&all).repositories, None);
        assert_eq!(renewal(all).news(&facts()).repositories, Some(0));
    }

    #[test]
    fn a_longer_life_is_news_and_one_that_cant_be_compared_is_not_said_to_be_none() {
        let until = |days: i64| Expiry::At(noon() + TimeDelta::days(days));
        let living = |expiry: Expiry| Facts { expiry, ..facts() };
        let (never, unknown) = (Expiry::Never, Expiry::Unknown);

        for (before, now, lifetime) in [
            (until(90), until(90), Lifetime::NotLonger),
            (until(90), until(89), Lifetime::NotLonger),
            (until(90), until(91), Lifetime::Longer { days: 91, before: 90 }),
            (until(90), never, Lifetime::Endless),
            (until(90), unknown, Lifetime::Unknown),
            (unknown, until(1), Lifetime::Unknown),
            (unknown, unknown, Lifetime::Unknown),
            (unknown, never, Lifetime::Unknown),
            (never, never, Lifetime::NotLonger),
            (never, until(365), Lifetime::NotLonger),
            (never, unknown, Lifetime::NotLonger),
            // An end before the asking makes no sense.
            (until(-1), until(90), Lifetime::Unknown),
            (until(90), until(-1), Lifetime::Unknown),
        ] {
            let news = renewal(living(before)).news(&living(now));

            assert_eq!(news.lifetime, lifetime, "{before:?} before, {now:?} now");
            assert_eq!(news.is_nothing(), lifetime == Lifetime::NotLonger, "{before:?} before, {now:?} now");
        }
    }

    #[test]
    fn lives_are_counted_from_each_asking() {
        let asked_later = |expiry: i64| Facts {
            created_at: Some(noon() + TimeDelta::days(80)),
            expiry: Expiry::At(noon() + TimeDelta::days(expiry)),
            ..facts()
        };
        let untold = Facts { created_at: None, ..facts() };

        assert_eq!(renewal(facts()).news(&asked_later(80 + 90)).lifetime, Lifetime::NotLonger);
        let longer = Lifetime::Longer { days: 365, before: 90 };
        assert_eq!(renewal(facts()).news(&asked_later(80 + 365)).lifetime, longer);
        assert_eq!(renewal(untold.clone()).news(&facts()).lifetime, Lifetime::Unknown);
        assert_eq!(renewal(facts()).news(&untold).lifetime, Lifetime::Unknown);
    }

    #[test]
    fn anything_that_is_new_or_cant_be_told_is_not_nothing() {
        let nothing = || News { permissions: vec![], repositories: Some(0), lifetime: Lifetime::NotLonger };
        let permission = Permission { group: PermissionGroup::Repository, name: "contents".into() };
        assert!(nothing().is_nothing());

        for news in [
            News { permissions: vec![(permission, Level::Read)], ..nothing() },
            News { repositories: Some(1), ..nothing() },
            News { repositories: None, ..nothing() },
            News { lifetime: Lifetime::Longer { days: 91, before: 90 }, ..nothing() },
            News { lifetime: Lifetime::Endless, ..nothing() },
            News { lifetime: Lifetime::Unknown, ..nothing() },
        ] {
            assert!(!news.is_nothing(), "{news:?}");
        }
    }

    #[test]
    fn an_approval_elsewhere_and_the_request_itself_do_not_count() {
        let elsewhere = TokenRequest { organization: OrganizationId(10), ..approved(facts()) };
        let itself = TokenRequest { id: pending().id, ..approved(facts()) };

        assert_eq!(Past::of(&pending(), &[elsewhere, itself]), Past::FirstToken);
    }

    #[test]
    fn repositories_are_counted_only_where_all_of_them_are_listed() {
        let none = Facts { repositories: Repositories::None, ..facts() };
        let Repositories::Subset { listed, .. } = facts().repositories else { panic!("a subset") };
        let cut = Facts { repositories: Repositories::Subset { listed, count: Some(2) }, ..facts() };

        assert_eq!(renewal(none.clone()).news(&facts()).repositories, Some(1));
        assert_eq!(renewal(none).news(&cut).repositories, None);
        assert_eq!(renewal(facts()).news(&cut).repositories, None);
    }
}
