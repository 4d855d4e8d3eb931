//! What the database says of tokens is what the plain filter says of the list.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;
use crate::app::listing::{Listing, Wanted};
use crate::ids::{GitHubUserId, GrantId, Login, OrganizationId, RepositoryId, TokenId};
use crate::request::{Expiry, Repositories, Repository, Requester};
use crate::store::{
    MIRROR_LAG, Mirror, Mirrored, Mirroring, Presence, Reader, Run, Scope, TokenPage, TokenQuestion, Told,
};
use crate::token::samples::{ago, permissions, subset, token};
use crate::token::{Filter, Token, TokenKey, Use};

const ACME: OrganizationId = OrganizationId(9_001);
const GLOBEX: OrganizationId = OrganizationId(9_002);

fn mirror(organization: OrganizationId, login: &str) -> Mirror {
    Mirror {
        organization,
        login: Login::new(login),
        baseline_at: Some(ago(30)),
        finished_at: Some(noon()),
        unreadable: 0,
        run: None,
    }
}

fn telling(tokens: &[Token]) -> Change {
    let told = |token: &Token| Told { token: token.clone(), at: noon(), listed_at: None };
    changing(Mirroring { told: tokens.iter().map(told).collect(), ..Mirroring::default() })
}

fn changing(mirroring: Mirroring) -> Change {
    Change { mirroring: Some(mirroring), ..Change::default() }
}

async fn commit(store: &Store, change: Change) {
    assert_eq!(store.commit(change).await.unwrap(), Committed::Yes);
}

/// With both organizations known.
async fn mirrors() -> (Place, Store) {
    let (place, store) = store().await;
    for (organization, login) in [(ACME, "acme"), (GLOBEX, "globex-1")] {
        let mirror = Some(mirror(organization, login));
        commit(&store, changing(Mirroring { mirror, ..Mirroring::default() })).await;
    }
    (place, store)
}

fn everywhere() -> Scope {
    Scope { organizations: [ACME, GLOBEX].into_iter().collect(), ..Scope::default() }
}

async fn ask(store: &Store, filter: &str, scope: &Scope) -> TokenPage {
    let filter: Filter = filter.parse().expect(filter);
    let question = TokenQuestion { filter: &filter, scope, now: noon(), after: None, limit: 500 };
    store.tokens(&question).await.unwrap()
}

fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    // Around every span that filters name, to the millisecond.
    let offset = prop_oneof![Just(0_i64), Just(1), Just(-1), -400_000_000..400_000_000_i64];
    (-100_i64..100, offset).prop_map(|(days, offset)| ago(days) + TimeDelta::milliseconds(offset))
}

fn repositories() -> impl Strategy<Value = Repositories> {
    let names = ["acme/docs", "acme/Docs_2", "acme/payments-api", "globex-1/docs", "acme/a%b"];
    let some = proptest::sample::subsequence(names.to_vec(), 1..4);
    prop_oneof![
        Just(Repositories::None),
        Just(Repositories::All),
        Just(Repositories::Unknown("most".into())),
        Just(Repositories::Subset { listed: vec![], count: None }),
        some.clone().prop_map(|names| subset(&names)),
        some.prop_map(|names| match subset(&names) {
            Repositories::Subset { listed, .. } => Repositories::Subset { listed, count: Some(9) },
            other => other,
        }),
    ]
}

fn any_token() -> impl Strategy<Value = Token> {
    let permission = prop_oneof![
        Just(("repository", "contents", "read")),
        Just(("repository", "Contents", "write")),
        Just(("repository", "administration", "admin")),
        Just(("repository", "secrets", "write")),
        Just(("organization", "organization_secrets", "read")),
        Just(("other", "keys", "write")),
        Just(("repository", "teleportation", "read")),
        Just(("repository", "issues", "own")),
        Just(("enterprise", "contents", "read")),
    ];
    let expiry = prop_oneof![Just(Expiry::Never), Just(Expiry::Unknown), moment().prop_map(Expiry::At)];
    let used = prop_oneof![Just(Use::Never), Just(Use::Unknown), moment().prop_map(Use::At)];
    let name = prop_oneof![Just(None), "(Deploy|docs|Ärger)[ _%:-](bot|\\\\|x)".prop_map(Some)];
    (
        prop_oneof![Just((ACME, "acme")), Just((GLOBEX, "globex-1"))],
        proptest::sample::select(vec![(1, "octocat"), (2, "monalisa"), (3, "docs-bot")]),
        proptest::collection::vec(permission, 0..4),
        repositories(),
        (expiry, used, proptest::option::of(moment()), name),
    )
        .prop_map(
            |((organization, login), owner, granted, repositories, (expiry, used, granted_at, name))| Token {
                organization,
                login: Login::new(login),
                owner: Requester { id: GitHubUserId(owner.0), login: Login::new(owner.1) },
                permissions: permissions(&granted),
                repositories,
                expiry,
                used,
                granted_at,
                name,
                ..token()
            },
        )
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let term = proptest::sample::select(vec![
        "owner:octocat",
        "owner:nobody",
        "org:ac*",
        "org:globex-?",
        "repo:docs",
        "repo:docs?2",
        "repo:*",
        "repo:acme/*",
        "repo:a?b",
        "repo:*/payments-*",
        "permission:contents",
        "permission:contents:write",
        "permission:*:admin",
        "permission:secrets",
        "permission:organization_secrets",
        "permission:user_*",
        "permission:unknown",
        "expires<30d",
        "expires<1d",
        "unused>30d",
        "unused>1d",
        "older>30d",
        "older>50d",
        "never-expires",
        "expired",
        "all-repos",
        "docs",
        "deploy",
        "ärger",
        "_",
        "\\",
        "\"deploy bot\"",
        "sort:used",
        "sort:granted",
        "sort:owner",
    ]);
    proptest::collection::vec(term, 0..6)
        .prop_filter_map("says something twice", |terms| terms.join(" ").parse().ok())
}

fn any_scope() -> impl Strategy<Value = Scope> {
    let pair = || (prop_oneof![Just(ACME), Just(GLOBEX)], (1_u64..4).prop_map(GitHubUserId));
    let pairs = move || proptest::collection::btree_set(pair(), 0..3);
    let organizations = proptest::sample::subsequence(vec![ACME, GLOBEX], 0..=2);
    prop_oneof![
        3 => Just(everywhere()),
        2 => (organizations, pairs(), pairs()).prop_map(|(organizations, owners, but)| Scope {
            organizations: organizations.into_iter().collect(),
            owners,
            but,
        }),
    ]
}

fn may_be_seen(token: &Token, scope: &Scope) -> bool {
    let pair = (token.organization, token.owner.id);
    let is_within = scope.organizations.contains(&token.organization) || scope.owners.contains(&pair);
    is_within && !scope.but.contains(&pair)
}

#[tokio::test]
async fn the_database_answers_a_filter_as_the_plain_filter_does() {
    let (place, store) = mirrors().await;
    assert_eq!(ask(&store, "repo:*", &everywhere()).await.count, 0);
    let mut runner = TestRunner::deterministic();
    let mut draw = |at: u64| {
        let mut drawn = any_token().new_tree(&mut runner).unwrap().current();
        // Keys are distinct, and so are the tokens.
        drawn.grant = GrantId(at);
        drawn.key = format!("t-{at}").parse().unwrap();
        drawn.permissions =
            drawn.permissions.iter().map(|(one, level)| (one.clone(), level.clone())).collect();
        drawn
    };
    let tokens: Vec<_> = (1..=400).map(&mut draw).collect();
    for some in tokens.chunks(50) {
        commit(&store, telling(some)).await;
    }
    let alone = Reader::open(&place.database).await.unwrap();
    let (mut found_some, mut found_few, mut found_many) = (0, 0, 0);
    for round in 0..250 {
        let filter = any_filter().new_tree(&mut runner).unwrap().current();
        let scope = any_scope().new_tree(&mut runner).unwrap().current();
        let mut plain: Vec<_> = tokens
            .iter()
            .filter(|token| may_be_seen(token, &scope) && filter.matches(token, noon()))
            .collect();
        plain.sort_by_key(|token| filter.sort.position(token));

        let mut asked = Vec::new();
        let mut after = None;
        loop {
            // Pages of few are made otherwise; both have more than one.
            let limit = match (round % 2, plain.len()) {
                (0, _) => 500,
                (_, ..=100) => 7,
                (_, _) => 70,
            };
            let question =
                TokenQuestion { filter: &filter, scope: &scope, now: noon(), after: after.as_ref(), limit };
            // Two look at once, or one alone.
            let page = match round % 3 {
                0 => alone.tokens(&question).await.unwrap(),
                _ => store.tokens(&question).await.unwrap(),
            };
            found_few += usize::from(after.is_some() && plain.len() <= 100);
            assert_eq!(page.count as usize, plain.len(), "{filter} in {scope:?}");
            asked.extend(page.tokens.into_iter().map(|one| one.token));
            if !page.has_more {
                break;
            }
            after = asked.last().map(|last| filter.sort.position(last));
        }

        found_some += usize::from(!plain.is_empty() && plain.len() < tokens.len());
        found_many += usize::from(plain.len() > 300);
        let asked: Vec<_> = asked.iter().map(as_compared).collect();
        let plain: Vec<_> = plain.into_iter().map(as_compared).collect();
        assert_eq!(asked, plain, "{filter} in {scope:?}");
    }
    assert!(found_some > 100, "{found_some}");
    assert!(found_few > 20, "{found_few}");
    assert!(found_many > 20, "{found_many}");
}

/// What moves while a list is read is told where it was at first: a list that is read page by page by what changes would drop
/// one and bring another twice.
#[tokio::test]
async fn a_list_has_every_token_once_whatever_moves_meanwhile() {
    let (place, store) = mirrors().await;
    let of = |number: u64, expiry| Token {
        grant: GrantId(number),
        token: Some(TokenId(number)),
        key: TokenKey::random(&crate::chance::Chance::seeded(number)),
        expiry,
        ..token()
    };
    let tokens: Vec<_> = (1..=600).map(|number| of(number, Expiry::At(ago(-(number as i64))))).collect();
    for some in tokens.chunks(100) {
        commit(&store, telling(some)).await;
    }
    let (book, filter, scope) = (Default::default(), "".parse().unwrap(), everywhere());
    let reader = Reader::open(&place.database).await.unwrap();
    let wanted = Wanted { filter: &filter, scope: &scope, columns: None, now: noon() };
    let mut listing = Listing::new(&reader, &book, wanted);

    let mut listed = listing.next().await.unwrap();
    assert!(listed.len() < 600, "{}", listed.len());
    // One that was told goes behind, and one that was not comes before; another one goes.
    let moved = [of(1, Expiry::At(ago(-9_000))), of(600, Expiry::At(ago(-1)))];
    let later = Told { token: moved[0].clone(), at: noon() + TimeDelta::minutes(1), listed_at: None };
    let told = vec![later.clone(), Told { token: moved[1].clone(), ..later }];
    let gone = vec![(ACME, GrantId(599), noon() + TimeDelta::minutes(1))];
    commit(&store, changing(Mirroring { told, gone, ..Mirroring::default() })).await;
    loop {
        let page = listing.next().await.unwrap();
        if page.is_empty() {
            break;
        }
        listed.extend(page);
    }

    let numbers: Vec<_> = listed.iter().map(|listed| listed.one.token.grant.0).collect();
    assert_eq!(numbers, (1..=600).collect::<Vec<_>>());
    assert_eq!(ask(&store, "", &everywhere()).await.count, 599);
}

/// Repositories in one order.
fn as_compared(token: &Token) -> Token {
    let mut token = token.clone();
    if let Repositories::Subset { listed, .. } = &mut token.repositories {
        listed.sort_by_key(|one| one.id);
    }
    token
}

async fn known(store: &Store, grant: u64) -> Mirrored {
    store.tokens_among(ACME, &[GrantId(grant)]).await.unwrap().remove(&GrantId(grant)).unwrap()
}

#[tokio::test]
async fn a_token_is_kept_as_it_was_told_last_under_its_first_key() {
    let (_place, store) = mirrors().await;
    commit(&store, telling(&[token()])).await;

    let renamed = Token {
        key: "t-other".parse().unwrap(),
        name: Some("Renamed\0".into()),
        permissions: permissions(&[("repository", "issues", "read")]),
        repositories: Repositories::All,
        ..token()
    };
    commit(&store, telling(std::slice::from_ref(&renamed))).await;

    let kept = store.token_by_key(&token().key).await.unwrap().unwrap();
    assert_eq!(kept.token, Token { key: token().key, name: Some("Renamed".into()), ..renamed.clone() });
    assert_eq!(store.token_by_key(&renamed.key).await.unwrap(), None);
    assert_eq!(store.tokens_by_grant(token().grant).await.unwrap(), std::slice::from_ref(&kept));
    assert_eq!(store.tokens_by_number(TokenId(98_716)).await.unwrap(), [kept]);
    assert_eq!(store.tokens_by_number(TokenId(1)).await.unwrap(), []);
}

#[tokio::test]
async fn only_what_a_whole_list_did_not_show_is_missing_and_only_what_was_looked_for_is_gone() {
    let (_place, store) = mirrors().await;
    let of = |grant: u64| {
        let key = format!("t-{grant}").parse().unwrap();
        Token { grant: GrantId(grant), key, ..token() }
    };
    commit(&store, telling(&[of(1), of(2), of(3)])).await;
    let later = noon() + TimeDelta::minutes(15);

    let seen = vec![(ACME, GrantId(1), later)];
    let missing = Some((ACME, later));
    commit(&store, changing(Mirroring { seen, missing, ..Mirroring::default() })).await;
    let lost = store.missing_tokens(ACME, 10).await.unwrap();
    assert_eq!(lost.iter().map(|one| one.token.grant.0).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(ask(&store, "", &everywhere()).await.count, 3, "what is missing is still shown");

    let gone = vec![(ACME, GrantId(2), later)];
    let seen = vec![(ACME, GrantId(3), later)];
    commit(&store, changing(Mirroring { seen, gone, ..Mirroring::default() })).await;
    let presences = [known(&store, 1).await, known(&store, 2).await, known(&store, 3).await];
    let presences = presences.map(|one| (one.presence, one.gone_at));
    assert_eq!(
        presences,
        [(Presence::Active, None), (Presence::Gone, Some(later)), (Presence::Active, None)]
    );
    assert_eq!(ask(&store, "", &everywhere()).await.count, 2);
    let states = store.tokens_by_state().await.unwrap();
    assert_eq!(states, [(Login::new("acme"), Presence::Active, 2)]);

    // What was asked for before it went, or so soon after that the list may lag, says nothing.
    let soon = later + MIRROR_LAG;
    for (at, presence) in
        [(later, Presence::Gone), (soon, Presence::Gone), (soon + TimeDelta::seconds(1), Presence::Active)]
    {
        let told = vec![Told { token: of(2), at, listed_at: None }];
        commit(&store, changing(Mirroring { told, ..Mirroring::default() })).await;
        assert_eq!(known(&store, 2).await.presence, presence, "{at}");
    }
    let gone = vec![(ACME, GrantId(1), later)];
    commit(&store, changing(Mirroring { gone, ..Mirroring::default() })).await;
    for (at, presence) in [(soon, Presence::Gone), (soon + TimeDelta::seconds(1), Presence::Active)] {
        let seen = vec![(ACME, GrantId(1), at)];
        commit(&store, changing(Mirroring { seen, ..Mirroring::default() })).await;
        assert_eq!(known(&store, 1).await.presence, presence, "{at}");
    }
}

#[tokio::test]
async fn a_reading_is_kept_with_where_it_goes_on() {
    let (_place, store) = mirrors().await;
    let run = Run {
        started_at: noon(),
        cursor: Some("/orgs/acme/x?page=2".into()),
        pages: 1,
        unreadable: 2,
        nameless: 1,
    };
    let reading = Mirror { baseline_at: None, finished_at: None, run: Some(run), ..mirror(ACME, "acme") };

    commit(&store, changing(Mirroring { mirror: Some(reading.clone()), ..Mirroring::default() })).await;

    assert_eq!(store.mirror(ACME).await.unwrap(), Some(reading));
    assert_eq!(store.mirror(OrganizationId(7)).await.unwrap(), None);
}

#[tokio::test]
async fn repositories_are_read_first_for_what_was_asked_of_us_and_then_for_what_is_new() {
    let (_place, store) = mirrors().await;
    let unread = Repositories::Subset { listed: vec![], count: None };
    let of = |grant: u64, id: u64| Token {
        grant: GrantId(grant),
        token: Some(TokenId(id)),
        key: format!("t-{grant}").parse().unwrap(),
        repositories: unread.clone(),
        ..token()
    };
    let requested = new();
    let asked_for = requested.facts.token.unwrap().0;
    let organization = requested.organization;
    commit(&store, storing(requested)).await;
    let at = |minutes| noon() + TimeDelta::minutes(minutes);
    for (grant, id, minute) in [(1, 11, 0), (2, asked_for, 1), (3, 13, 2)] {
        let token = Token { organization, ..of(grant, id) };
        let told = vec![Told { token, at: at(minute), listed_at: None }];
        let mirror = Some(mirror(organization, "acme"));
        commit(&store, changing(Mirroring { mirror, told, ..Mirroring::default() })).await;
    }

    let next = store.unlisted_tokens(organization, 2).await.unwrap();
    assert_eq!(next.iter().map(|one| one.token.grant.0).collect::<Vec<_>>(), [2, 3]);

    let name = "acme/docs".to_owned();
    let listed = vec![Repository { id: RepositoryId(7), full_name: name, private: None }];
    let repositories = Repositories::Subset { listed, count: Some(1) };
    let read = Token { organization, repositories, ..of(2, asked_for) };
    let told = vec![Told { token: read.clone(), at: at(3), listed_at: Some(at(3)) }];
    commit(&store, changing(Mirroring { told, ..Mirroring::default() })).await;
    let next = store.unlisted_tokens(organization, 9).await.unwrap();
    assert_eq!(next.iter().map(|one| one.token.grant.0).collect::<Vec<_>>(), [3, 1]);
    let stale = store.tokens_listed_before(organization, at(4), 9).await.unwrap();
    assert_eq!(stale.iter().map(|one| &one.token).collect::<Vec<_>>(), [&read]);
    assert_eq!(stale[0].listed_at, Some(at(3)));
    assert_eq!(store.tokens_listed_before(organization, at(3), 9).await.unwrap(), []);
}

#[tokio::test]
async fn owners_are_told_by_organization() {
    let (_place, store) = mirrors().await;
    let elsewhere =
        Token { organization: GLOBEX, login: Login::new("globex-1"), key: "t-2".parse().unwrap(), ..token() };
    commit(&store, telling(&[token(), elsewhere])).await;

    assert_eq!(store.token_owners(ACME).await.unwrap(), [token().owner]);
    assert_eq!(store.token_owners(OrganizationId(7)).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_read_of_repositories_or_not_told_leaves_a_token_as_it_was() {
    let (_place, store) = mirrors().await;
    let tokens: Vec<_> = [1, 2]
        .map(|number| Token {
            organization: ACME,
            grant: GrantId(number),
            token: Some(TokenId(number)),
            key: format!("t-{number}").parse().unwrap(),
            ..token()
        })
        .to_vec();
    commit(&store, telling(&tokens)).await;
    let later = noon() + TimeDelta::minutes(1);
    commit(&store, changing(Mirroring { missing: Some((ACME, later)), ..Mirroring::default() })).await;

    let listed = vec![Told {
        token: Token { repositories: subset(&["acme/docs"]), ..tokens[0].clone() },
        at: later,
        listed_at: Some(later),
    }];
    let tried = vec![(ACME, GrantId(1), later)];
    let met = Some((ACME, Login::new("other")));
    commit(&store, changing(Mirroring { met, listed, tried, ..Mirroring::default() })).await;

    let missing = store.missing_tokens(ACME, 10).await.unwrap();
    let numbers: Vec<_> = missing.iter().map(|one| one.token.grant.0).collect();
    assert_eq!(numbers, [2, 1], "one that was just tried comes last");
    let first = &missing[1];
    assert_eq!((first.seen_at, first.listed_at), (noon(), Some(later)));
    assert_eq!(first.token.repositories, subset(&["acme/docs"]));
    assert_eq!(store.mirror(ACME).await.unwrap(), Some(mirror(ACME, "acme")), "what was read stays");
}

#[tokio::test]
async fn a_key_is_taken_whatever_became_of_its_token() {
    let (_place, store) = mirrors().await;
    let [active, gone, free] =
        ["t-aaaaaa", "t-bbbbbb", "t-cccccc"].map(|key| key.parse::<TokenKey>().unwrap());
    let tokens =
        [Token { key: active.clone(), ..token() }, Token { key: gone.clone(), grant: GrantId(2), ..token() }];
    commit(&store, telling(&tokens)).await;
    let gone_now = vec![(token().organization, GrantId(2), noon())];
    commit(&store, changing(Mirroring { gone: gone_now, ..Mirroring::default() })).await;

    let taken = store.keys_among(&[active.clone(), gone.clone(), free]).await.unwrap();

    assert_eq!(taken, [active, gone].into_iter().collect());
}

#[tokio::test]
async fn the_tokens_of_some_owners_are_those_that_a_filter_would_find_in_pages() {
    let (_place, store) = mirrors().await;
    let mut runner = TestRunner::deterministic();
    let tokens: Vec<_> = (0..100)
        .map(|grant| {
            let one = any_token().new_tree(&mut runner).unwrap().current();
            let key = format!("t-{grant}").parse().unwrap();
            Token { grant: GrantId(grant), token: Some(TokenId(grant)), key, ..one }
        })
        .collect();
    commit(&store, telling(&tokens)).await;
    for owners in [
        vec![],
        vec![(ACME, GitHubUserId(1))],
        vec![(ACME, GitHubUserId(1)), (GLOBEX, GitHubUserId(1)), (GLOBEX, GitHubUserId(3))],
    ] {
        let owners: std::collections::BTreeSet<_> = owners.into_iter().collect();
        let scope = Scope { owners: owners.clone(), ..Scope::default() };
        let all = ask(&store, "", &scope).await;

        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.tokens_of(&owners, after.as_ref(), 7).await.unwrap();
            assert_eq!(page.count, all.count);
            assert!(page.tokens.len() <= 7);
            after = page.tokens.last().map(|last| crate::token::Sort::Expiry.position(&last.token));
            found.extend(page.tokens);
            if !page.has_more {
                break;
            }
        }

        assert_eq!(found, all.tokens);
    }
}
