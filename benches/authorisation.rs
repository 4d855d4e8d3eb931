//! How long one click takes to judge once everybody's memberships are known: `cargo bench --bench authorisation`.
//!
//! 500 groups, of which the person is in 250; 100 policies of the operators' beside the built-in ones, half of them about
//! the act that is asked; 100 routes and 50 requirements. Each judgement is timed by itself, with its route, its
//! requirements and its facts for the record, because what people wait for is the slowest of a hundred.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use countersign::chance::Chance;
use countersign::identity::{Identity, Machines, Membership, Own, Person, SlackAccount};
use countersign::ids::{
    ChannelId, GitHubUserId, InstallationId, Login, OrganizationId, RepositoryId, RequestId, SlackUserId,
};
use countersign::policy::{
    Account, Act, Engine, Glob, PolicyFile, PolicyTexts, Question, Requirement, Route, Routing, Unreviewed,
    Vocabulary, Who,
};
use countersign::request::{
    Arrival, Expiry, Facts, Key, Level, Permission, PermissionGroup, Repositories, Repository, Requester,
    TokenRequest,
};

const GROUPS: usize = 500;
const POLICIES: usize = 100;
const ROUTES: usize = 100;
const REQUIREMENTS: usize = 50;
const JUDGEMENTS: usize = 20_000;

fn main() {
    let (engine, _) = Engine::load(policies(), &vocabulary()).expect("the policies are in order");
    let routing = routing();
    let (who, now) = (monalisa(), noon());
    let requests: Vec<_> = (1..=100).map(|number| request(number, now)).collect();

    let judge = |request: &TokenRequest| {
        let approvers = routing.voters(&request.facts);
        let needs = routing.needs(&request.facts);
        let touches = routing.touches(&request.facts);
        let approvers = approvers.as_deref();
        engine.may(&Question {
            who: &who,
            act: Act::Approve,
            request,
            approvers,
            needs: &needs,
            touches,
            answered_by: None,
            now,
        })
    };
    let allowed = requests.iter().filter(|request| judge(request).allowed).count();
    assert!(allowed > 0 && allowed < requests.len(), "{allowed} of {} are allowed", requests.len());

    let mut times: Vec<Duration> = Vec::with_capacity(JUDGEMENTS);
    for request in requests.iter().cycle().take(JUDGEMENTS) {
        let started = Instant::now();
        black_box(judge(black_box(request)));
        times.push(started.elapsed());
    }
    times.sort_unstable();
    println!("{JUDGEMENTS} judgements, {allowed} of every {} allowed", requests.len());
    for (name, part) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        println!("{name:>6} {:>8.1?}", times[(times.len() as f64 * part) as usize]);
    }
    println!("{:>6} {:>8.1?}", "most", times[times.len() - 1]);
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).expect("a time")
}

fn group(number: usize) -> String {
    format!("group-{number}")
}

/// Every second prohibits an approval, under conditions of which few apply; the others are about looking.
fn policies() -> PolicyTexts {
    let files = (0..POLICIES).map(|number| {
        let (own, other) = (group(number * 3 / 2 % GROUPS), group((number * 7 + 1) % GROUPS));
        let text = match number % 2 {
            0 => format!(
                "@id(\"writing-{number}\")\nforbid (principal is User, action == Action::\"approve\", resource is \
                 TokenRequest)\nwhen {{ resource.permissions.contains(\"contents:write\") && resource.lifetimeDays > \
                 {number} && resource.touches.contains(\"repositories-{number}\") }}\nunless {{ principal in \
                 Group::\"{own}\" || principal in Group::\"{other}\" }};\n"
            ),
            _ => format!(
                "@id(\"looking-{number}\")\npermit (principal in Group::\"{own}\", action == Action::\"show\", resource \
                 is TokenRequest)\nwhen {{ resource.level <= 1 && !resource.allRepositories }};\n"
            ),
        };
        PolicyFile { name: format!("policies/{number}.cedar"), text }
    });
    PolicyTexts::new(files.collect(), vec![])
}

fn vocabulary() -> Vocabulary {
    Vocabulary {
        groups: (0..GROUPS).map(group).collect(),
        repository_groups: (0..POLICIES).map(|number| format!("repositories-{number}")).collect(),
        organizations: vec![glob("acme")],
        people: [Login::new("monalisa")].into(),
    }
}

fn glob(text: &str) -> Glob {
    text.parse().expect("a pattern")
}

fn routing() -> Routing {
    let route = |number: usize| Route {
        organization: glob("acme"),
        repositories: Some(vec![glob(&format!("team-{number}-*"))]),
        channel: ChannelId::new("C0APPROVALS"),
        approvers: vec![group(number), group(number + 1)],
        unreviewed: Unreviewed::Card,
    };
    let requirement = |number: usize| Requirement {
        permissions: Some(vec![glob("*:admin")]),
        repositories: Some(vec![glob(&format!("team-{number}-*"))]),
        approvals: 2,
        one_from_each: vec![group(number)],
    };
    let repositories =
        |number: usize| (format!("repositories-{number}"), vec![glob(&format!("acme/team-{number}-*"))]);
    Routing {
        routes: (0..ROUTES).map(route).collect(),
        requirements: (0..REQUIREMENTS).map(requirement).collect(),
        repository_groups: (0..POLICIES).map(repositories).collect::<BTreeMap<_, _>>(),
    }
}

/// In every second group.
fn monalisa() -> Who {
    let (slack, github) = (SlackUserId::new("U0MONALISA"), GitHubUserId(1_001));
    Who {
        slack: slack.clone(),
        identity: Identity::Linked(Person { slack, github, login: Login::new("monalisa") }),
        account: Account::Known(SlackAccount {
            deactivated: false,
            guest: false,
            external: false,
            bot: false,
        }),
        membership: Membership::Active,
        groups: (0..GROUPS).step_by(2).map(group).collect::<BTreeSet<_>>(),
        unknown_groups: BTreeMap::new(),
        is_own: false,
        own: Own::default(),
        machines: Machines::default(),
        link_age_hours: 1_000_000,
        is_github_silent: false,
    }
}

/// octocat wants to push to two repositories of one team for 90 days.
fn request(number: usize, now: DateTime<Utc>) -> TokenRequest {
    let team = number % ROUTES;
    let repository = |id: u64| Repository {
        id: RepositoryId(id),
        full_name: format!("acme/team-{team}-{id}"),
        private: Some(true),
    };
    let permission = |name: &str, level: &str| {
        (
            Permission { group: PermissionGroup::parse("repository"), name: name.to_owned() },
            Level::parse(level),
        )
    };
    let facts = Facts {
        requester: Requester { id: GitHubUserId(1_003), login: Login::new("octocat") },
        organization: Login::new("acme"),
        permissions: [permission("contents", "write"), permission("metadata", "read")].into_iter().collect(),
        repositories: Repositories::Subset { listed: vec![repository(1), repository(2)], count: Some(2) },
        expiry: Expiry::At(now + TimeDelta::days(90)),
        token: None,
        token_name: Some("deploy-bot".to_owned()),
        justification: None,
        created_at: Some(now),
    };
    let arrival = Arrival {
        organization: OrganizationId(9),
        id: RequestId(number as u64),
        installation: Some(InstallationId(1_012)),
        facts,
        has_rules: false,
    };
    TokenRequest::arrived(arrival, Key::random(&Chance::seeded(number as u64)), now).request
}
