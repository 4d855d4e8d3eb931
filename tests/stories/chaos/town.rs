//! Where it happens: eight teams with a channel each, fifty who ask, five who decide, and a few who may not.

use std::net::SocketAddr;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use countersign::chance::Chance;
use countersign::clock::Clock;
use countersign::demo::{ORGANIZATION, Stage, StageSettings};
use countersign::simulator::github::{
    self, ListLag, MembershipState, NewRequest, NotPendingStatus, OwnSender, Permissions, Repositories, Role,
};
use countersign::store::Reader;
use secrecy::SecretString;
use tempfile::TempDir;

use super::plan::{APPROVERS, GUARDED_TEAMS, MANAGER, Plan, REQUESTING_APPROVER, TEAMS, Wish};
use super::witness::{Witness, name_of};
use crate::support::postgres::Scratch;

/// The world of one run.
pub(super) struct Town {
    pub(super) stage: Stage,
    pub(super) witness: Arc<Witness>,
    /// All dates in requests count from here.
    pub(super) founded: DateTime<Utc>,
    _folder: TempDir,
    /// On PostgreSQL; dropped last.
    _scratch: Option<Scratch>,
}

impl Town {
    pub(super) async fn found(plan: Plan, scratch: Option<Scratch>) -> Self {
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let folder = tempfile::tempdir().expect("a folder for this run");
        let clock = Clock::wall();
        let secret = SecretString::from("It's a Secret to Everybody".to_owned());
        let app = github::App::new(crate::support::key(), secret);
        let settings = StageSettings {
            clock: clock.clone(),
            chance: Chance::seeded(plan.seed),
            folder: folder.path(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            github: github::Settings::new(app),
        };
        let stage = Stage::set(settings).await.expect("the simulators start");
        people(&stage);
        quirks(&stage, &plan);
        let text = std::fs::read_to_string(&stage.config).expect("the stage wrote it");
        std::fs::write(&stage.config, configured(text, scratch.as_ref())).expect("the folder is ours");
        let witness = Arc::new(Witness::new(plan, clock.clone()));
        Self { stage, witness, founded: clock.now(), _folder: folder, _scratch: scratch }
    }

    /// What a life asks for, in its first version.
    pub(super) fn wish(&self, number: usize) -> NewRequest {
        let plan = &self.witness.plan;
        let life = &plan.lives[number];
        let older = life.token_of.and_then(|older| self.witness.request_of(older));
        NewRequest {
            organization: ORGANIZATION.to_owned(),
            owner: requester(life.requester).0,
            token: older.and_then(|older| self.stage.github.token_of(older)),
            token_name: format!("<!channel> *{}* :tada:", name_of(number)),
            permissions: permissions(life.wish),
            repositories: Repositories::Subset(vec![team(life.team)]),
            expires_at: Some(self.expiry(0)),
            reason: Some("<https://example.com|Click> @here <@U0MALLORY>\nApproved by alice".to_owned()),
        }
    }

    /// Whether everything is frozen at this moment.
    pub(super) async fn is_frozen(&self) -> bool {
        let config = self.stage.load().expect("the configuration is in order");
        let reader = Reader::open(&config.database).await.expect("the database is there");
        reader.brake().await.expect("the brake can be read").frozen.is_some()
    }

    /// Each version of a request ends on a day of its own, so that it is told by what its card shows.
    pub(super) fn expiry(&self, version: u32) -> DateTime<Utc> {
        self.founded + TimeDelta::days(90 + i64::from(version))
    }

    /// That day as people read it.
    pub(super) fn day(&self, version: u32) -> String {
        self.expiry(version).format("%-d %b %Y").to_string()
    }
}

fn permissions(wish: Wish) -> Permissions {
    match wish {
        Wish::Known => Permissions::repository([("contents", "write"), ("metadata", "read")]),
        Wish::UnknownPermission => Permissions::repository([("metadata", "read"), ("time_travel", "write")]),
        Wish::UnknownLevel => Permissions::repository([("contents", "own"), ("metadata", "read")]),
    }
}

/// The repository of a team.
fn team(number: usize) -> String {
    format!("team-{number}")
}

/// Where a team decides.
pub(super) fn channel(team: usize) -> String {
    format!("C0TEAM{team}")
}

/// Where it is decided what no team's route covers, because nobody knows how far it reaches.
pub(super) const REST: &str = "C0REST";

/// Login and Slack id of an approver.
pub(super) fn approver(number: usize) -> (String, String) {
    match number {
        0 => ("alice".to_owned(), "U0ALICE".to_owned()),
        1 => ("monalisa".to_owned(), "U0MONALISA".to_owned()),
        _ => (format!("alice-{number}"), format!("U0ALICE{number}")),
    }
}

/// Login and Slack id of who asks.
pub(super) fn requester(number: usize) -> (String, String) {
    match number {
        REQUESTING_APPROVER => approver(0),
        _ => (format!("octocat-{number}"), format!("U0OCTOCAT{number}")),
    }
}

/// Linked, and no approver.
pub(super) const BOB: &str = "U0BOB";
/// In Slack, and linked to nobody on GitHub.
pub(super) const STRANGER: &str = "U0STRANGER";
/// Linked, and a guest in Slack.
pub(super) const GUEST: &str = "U0GUEST";

fn everybody() -> impl Iterator<Item = (String, String)> {
    let guest = ("hubot".to_owned(), GUEST.to_owned());
    (0..REQUESTING_APPROVER).map(requester).chain((2..APPROVERS).map(approver)).chain([guest])
}

fn people(stage: &Stage) {
    for number in 0..TEAMS {
        stage.github.add_repository(ORGANIZATION, &team(number), true);
        stage.slack.add_channel(&channel(number), &team(number));
    }
    stage.slack.add_channel(REST, "rest");
    for (login, slack) in everybody() {
        stage.github.add_user(&login);
        stage.github.set_membership(ORGANIZATION, &login, Role::Member, MembershipState::Active);
        stage.slack.add_user(&slack, &login);
    }
    stage.slack.add_user(STRANGER, "stranger");
    stage.slack.change_user(GUEST, |user| user.is_restricted = true).expect("just added");
}

fn quirks(stage: &Stage, plan: &Plan) {
    let quirks = plan.quirks;
    stage.github.vary(|variants| {
        variants.edits_are_announced = quirks.edits_are_announced;
        variants.created_without_installation = quirks.created_names_no_installation;
        if quirks.unknown_is_unprocessable {
            variants.not_pending = NotPendingStatus::Unprocessable;
        }
        if quirks.own_sender_is_owner {
            variants.own_sender = OwnSender::AppOwner;
        }
        if quirks.lists_lag {
            variants.list_lag = ListLag::For(TimeDelta::milliseconds(300));
        }
    });
}

/// The stage's configuration with the town's people and channels, and times that fit into a minute.
fn configured(text: String, scratch: Option<&Scratch>) -> String {
    let pair = |(login, slack): (String, String)| format!("{login} = \"{slack}\"");
    let linked: Vec<_> = everybody().map(pair).collect();
    let deciding: Vec<_> = (0..APPROVERS).map(|number| format!("\"{}\"", approver(number).0)).collect();
    let route =
        |number| format!("{{ repositories = [\"{}\"], channel = \"{}\" }}", team(number), channel(number));
    let rest = format!("{{ channel = \"{REST}\" }}");
    let routes: Vec<_> = (0..TEAMS).map(route).chain([rest]).collect();
    let database = match scratch {
        None => "database.url = \"sqlite://countersign.db\"".to_owned(),
        Some(scratch) => {
            let key = hex::encode([7; 32]);
            format!("encryption_key = \"{key}\"\ndatabase.url = \"{}\"", scratch.url())
        }
    };
    let changes = [
        ("people = { ", format!("people = {{ {}, ", linked.join(", "))),
        ("[\"alice\", \"monalisa\"]", format!("[{}]", deciding.join(", "))),
        ("[{ channel = \"C0APPROVALS\" }]", format!("[{}]", routes.join(", "))),
        ("database.url = \"sqlite://countersign.db\"", database),
        (
            "groups.approvers.members",
            format!("groups.managers.members = [\"{}\"]\ngroups.approvers.members", approver(MANAGER).0),
        ),
        ("[github]\n", "[github]\nmutation_interval = \"100ms\"\n".to_owned()),
        ("[slack]\n", "[slack]\nchannel_interval = \"100ms\"\n".to_owned()),
    ];
    let text = changes.into_iter().fold(text, |text, (old, new)| {
        assert!(text.contains(old), "the stage's configuration has no {old:?}");
        text.replace(old, &new)
    });
    let guarded: Vec<_> = (0..GUARDED_TEAMS).map(|number| format!("\"{}\"", team(number))).collect();
    format!("{text}{TIMING}\n[[require]]\nrepositories = [{}]\napprovals = 2\n", guarded.join(", "))
}

const TIMING: &str = r#"
[reconcile]
every = "3s"

[timing]
github_timeout = "1s"
slack_timeout = "1s"
retry_first = "100ms"
retry_max = "2s"
lease = "3s"
slow_notice = "2s"
"#;
