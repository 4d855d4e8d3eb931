//! Several replicas on one PostgreSQL: whoever is asked answers, whoever dies is followed, and nothing happens twice.
//!
//! Only told where the stories run on PostgreSQL.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::app::Reloaded;
use countersign::clock::Clock;
use countersign::demo::APPROVALS;
use countersign::ids::RequestId;
use countersign::simulator::github::{NewRequest, Stage, Verdict};
use countersign::store::Probe;
use tokio::sync::Notify;

use crate::program::{output, serve, signal, text};
use crate::support::{Running, World, push_to_payments};

const NOT_NOW: &str = r#"@id("not-now")
forbid (principal, action == Action::"approve", resource is TokenRequest);"#;

/// Two replicas of one service in a world whose clock is moved by hand.
struct Pair {
    world: World,
    replicas: [Running; 2],
}

impl Pair {
    /// Nothing on SQLite, which has one program.
    async fn start() -> Option<Self> {
        Self::start_in(World::closed().await).await
    }

    async fn start_in(world: World) -> Option<Self> {
        if !world.is_on_postgres() {
            return None;
        }
        let one = Running::start(&world.stage, Probe::default()).await;
        let other = Running::start(&world.stage, Probe::default()).await;
        let pair = Self { world, replicas: [one, other] };
        // What the first look at GitHub finds waiting is told of to nobody: it is over before the story begins.
        pair.quiet().await;
        Some(pair)
    }

    /// From now on GitHub and Slack reach this one.
    fn lead_to(&self, replica: usize) {
        self.world.stage.lead_to_address(&self.replicas[replica].base);
    }

    /// Returns once neither has anything to do.
    async fn quiet(&self) {
        loop {
            for replica in &self.replicas {
                // Whoever is at rest and looks by the clock may be taking what the other one has made.
                replica.rest.looked().await;
                replica.rest.reached().await;
            }
            self.world.github().settled().await.expect("webhooks are answered");
            if self.replicas.iter().all(|replica| replica.rest.is_reached()) {
                return;
            }
        }
    }

    async fn pass(&self, time: TimeDelta) {
        self.world.stage.clock.advance(time);
        self.quiet().await;
    }

    async fn octocat_asks(&self) -> RequestId {
        let request = self.world.github().request_token(push_to_payments(&self.world.stage.clock)).await;
        self.quiet().await;
        request
    }

    /// Whether the record of both is whole.
    fn is_verified(&self) -> bool {
        let config = self.world.stage.config.to_str().expect("a path of ours");
        let verified = output(&["audit", "verify", "--config", config]);
        assert!(verified.status.success(), "{}{}", text(&verified.stdout), text(&verified.stderr));
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_replica_takes_any_webhook_and_any_click() {
    let Some(pair) = Pair::start().await else { return };
    for (webhook, click) in [(0, 1), (1, 0), (0, 0), (1, 1)] {
        pair.lead_to(webhook);
        let request = pair.octocat_asks().await;
        pair.lead_to(click);
        let card = pair.world.card();

        pair.world.slack().click("U0ALICE", APPROVALS, &card.ts, "approve").await.unwrap();
        pair.quiet().await;

        assert!(pair.world.github().decision_on(request).is_some(), "{webhook} {click}");
        assert!(pair.world.card().text.contains("Approved by"), "{webhook} {click}");
        pair.pass(TimeDelta::seconds(1)).await;
    }
    assert_eq!(pair.world.slack().channel(APPROVALS).len(), 4);
    assert!(pair.is_verified());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_github_asks_of_one_replica_is_kept_by_both() {
    let Some(pair) = Pair::start().await else { return };
    pair.quiet().await;
    let github = pair.world.github();
    github.on_call(|moment| {
        match (moment.path.starts_with("/orgs/acme/personal-access-token"), moment.stage) {
            (true, Stage::Before) => Verdict::Limit { status: StatusCode::FORBIDDEN, retry_after: 120 },
            (true, Stage::After) | (false, _) => Verdict::Continue,
        }
    });
    pair.octocat_asks().await;
    pair.pass(TimeDelta::seconds(6)).await;
    let asked = pair.world.calls_of("/orgs/acme/personal-access-token");
    assert!(asked > 0);

    for replica in [0, 1, 0, 1] {
        pair.lead_to(replica);
        pair.octocat_asks().await;
        pair.pass(TimeDelta::seconds(20)).await;
        // Both may do all of the work.
        for running in &pair.replicas {
            assert_eq!(running.app.github.rests().len(), 1);
        }
    }

    assert_eq!(pair.world.calls_of("/orgs/acme/personal-access-token"), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_clicks_spread_over_two_replicas_are_one_decision() {
    let Some(pair) = Pair::start().await else { return };
    pair.lead_to(0);
    let request = pair.octocat_asks().await;
    let card = pair.world.card();

    for click in 0..10 {
        pair.lead_to(click % 2);
        let user = if click % 4 < 2 { "U0ALICE" } else { "U0MONALISA" };
        pair.world.slack().click_as_seen(user, &card, "approve").await.unwrap();
    }
    pair.quiet().await;
    pair.pass(TimeDelta::seconds(10)).await;

    assert_eq!(pair.world.github().reviews(request).attempted, 1);
    assert_eq!(pair.world.slack().channel(APPROVALS).len(), 1);
    let told = ["U0ALICE", "U0MONALISA"].map(|user| pair.world.slack().ephemerals(user).len());
    assert_eq!(told.iter().sum::<usize>(), 9, "all but one are told that it is decided");
    assert!(pair.is_verified());
}

/// Whichever replica hears of it, it counts for every one, from the moment in which it is committed.
#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_counts_on_every_replica_at_once() {
    let world = World::closed().await;
    world.configure(crate::freeze::with_a_manager);
    let Some(pair) = Pair::start_in(world).await else { return };
    pair.lead_to(1);
    let request = pair.octocat_asks().await;
    let card = pair.world.card();
    pair.lead_to(0);
    let slack = pair.world.slack();

    slack.command("U0MONALISA", APPROVALS, "/pat freeze on a laptop was stolen").await.unwrap();
    slack.until(|slack| !slack.ephemerals("U0MONALISA").is_empty()).await.unwrap();
    pair.lead_to(1);
    slack.click_as_seen("U0ALICE", &card, "approve").await.unwrap();
    pair.quiet().await;

    assert_eq!(pair.world.github().decision_on(request), None);
    assert!(slack.ephemerals("U0ALICE")[0].on_screen().contains("Frozen by monalisa"));
    assert!(pair.world.card().text.contains("❄ Frozen by monalisa"), "{}", pair.world.card().text);
    slack.command("U0MONALISA", APPROVALS, "/pat freeze off").await.unwrap();
    pair.quiet().await;
    assert!(!pair.world.card().text.contains("Frozen"), "{}", pair.world.card().text);
    assert!(pair.is_verified());
}

/// One replica has read new policies and the other has not: each decides by its own, and says by which.
#[tokio::test(flavor = "multi_thread")]
async fn whichever_set_a_replica_has_is_the_one_on_record() {
    let world = World::closed().await;
    world.configure(|config| {
        *config = config.replace("database.url", "policy.directory = \"policies\"\ndatabase.url");
    });
    crate::policies::write(&world, "rules.cedar", "");
    let Some(pair) = Pair::start_in(world).await else { return };
    crate::policies::write(&pair.world, "rules.cedar", NOT_NOW);
    assert_eq!(pair.replicas[1].app.reload().await.unwrap(), Reloaded::Taken);
    let sets = pair.replicas.each_ref().map(|running| running.app.rules().policy.hash().to_owned());
    assert_ne!(sets[0], sets[1]);

    let mut answers = BTreeSet::new();
    let mut request = pair.octocat_asks().await;
    for turn in 0..40 {
        // Whoever takes the click in is usually the first to see that there is work.
        pair.lead_to(turn % 2);
        let card = pair.world.card();
        pair.world.slack().click("U0ALICE", APPROVALS, &card.ts, "approve").await.unwrap();
        pair.quiet().await;
        let is_decided = pair.world.github().decision_on(request).is_some();
        answers.insert(is_decided);
        if answers.len() == 2 {
            break;
        }
        pair.pass(TimeDelta::seconds(1)).await;
        if is_decided {
            request = pair.octocat_asks().await;
        }
    }

    assert_eq!(answers.len(), 2, "either replica judged a click");
    let judged = crate::policies::worked_out_again(&pair.replicas[0].app.store, &pair.world).await;
    for either in ["click.refused false", "decision.made true"] {
        assert!(judged.iter().any(|seen| seen == either), "{judged:?}");
    }
    assert!(pair.is_verified());
}

/// Whichever replica judges which vote, and both at once.
#[tokio::test(flavor = "multi_thread")]
async fn votes_spread_over_two_replicas_are_counted_together_and_once() {
    let world = World::closed().await;
    world.configure(|config| {
        *config = config.replace(r#"["alice", "monalisa"]"#, r#"["alice", "bob", "monalisa"]"#);
        config.push_str("\n[[require]]\napprovals = 3\n");
    });
    let Some(pair) = Pair::start_in(world).await else { return };
    for round in 0..3 {
        pair.lead_to(0);
        let request = pair.octocat_asks().await;
        let card = pair.world.card();

        for (click, user) in ["U0ALICE", "U0BOB", "U0ALICE", "U0BOB"].into_iter().enumerate() {
            pair.lead_to(click % 2);
            pair.world.slack().click_as_seen(user, &card, "approve").await.unwrap();
        }
        pair.quiet().await;
        assert_eq!(pair.world.github().reviews(request).attempted, 0, "two are not three, round {round}");
        for click in 0..2 {
            pair.lead_to(click);
            pair.world.slack().click_as_seen("U0MONALISA", &card, "approve").await.unwrap();
        }
        pair.quiet().await;

        assert_eq!(pair.world.github().reviews(request).attempted, 1, "round {round}");
        assert!(pair.world.card().text.contains("Approved by monalisa, with "), "{}", pair.world.card().text);
        pair.pass(TimeDelta::minutes(1)).await;
    }
    assert!(pair.is_verified());
}

/// Of two requests that come at once the cap of one lets one through, whichever replicas ask.
#[tokio::test(flavor = "multi_thread")]
async fn rules_approve_once_overall_and_keep_to_the_cap_on_two_replicas() {
    let rules = crate::automatic::RULES.replace("\"3\"", "\"1\"");
    let Some(pair) = Pair::start_in(crate::automatic::closed("on", &rules).await).await else { return };
    let github = pair.world.github();
    let wish = crate::automatic::read_docs(&pair.world.stage.clock);
    pair.lead_to(0);
    let one = github.request_token(wish.clone()).await;
    pair.lead_to(1);
    let other = github.request_token(wish).await;
    pair.quiet().await;
    pair.pass(TimeDelta::seconds(10)).await;
    pair.pass(TimeDelta::minutes(1)).await;

    let attempted = [one, other].map(|request| github.reviews(request).attempted);
    assert_eq!(attempted.iter().sum::<usize>(), 1, "{attempted:?}");
    assert!(pair.is_verified());
}

/// One of many requests, so that no person asks for more than a handful.
async fn asks(world: &World, number: usize) {
    let wish = push_to_payments(&world.stage.clock);
    let owner = if number < 5 { wish.owner } else { format!("dev-{}", number / 5) };
    if number >= 5 {
        world.github().add_user(&owner);
    }
    world.github().request_token(NewRequest { owner, ..wish }).await;
}

/// What is due later is done by whoever looks first, once.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_later_is_done_once_overall() {
    let Some(pair) = Pair::start().await else { return };
    pair.lead_to(0);
    // The first five are octocat's; more of one person's would share a card.
    for number in 0..23 {
        asks(&pair.world, number).await;
    }
    pair.quiet().await;
    // Beyond the burst of twenty the cards wait for their turn.
    for _ in 0..12 {
        pair.pass(TimeDelta::seconds(5)).await;
    }

    assert_eq!(pair.world.slack().channel(APPROVALS).len(), 23);
    assert_eq!(pair.world.slack().dms("U0OCTOCAT").len(), 5);
    let posted = pair.world.slack().calls().iter().filter(|call| call.method == "chat.postMessage").count();
    assert_eq!(posted, 23 + 5);
    assert!(pair.is_verified());
}

/// When each review arrived and was answered.
#[derive(Clone, Default)]
struct Watched(Arc<Mutex<Calls>>);

type Calls = Vec<(Instant, Option<Instant>)>;

impl Watched {
    /// Every review takes this long.
    fn reviews(world: &World, time: Duration) -> Self {
        let watched = Self::default();
        let seen = watched.clone();
        world.github().on_call(move |moment| {
            if !moment.is_review() {
                return Verdict::Continue;
            }
            let mut calls = seen.0.lock().expect("nobody panics");
            match moment.stage {
                Stage::Before => calls.push((Instant::now(), None)),
                Stage::After => {
                    if let Some(call) = calls.iter_mut().find(|(_, answered)| answered.is_none()) {
                        call.1 = Some(Instant::now());
                    }
                    return Verdict::Continue;
                }
            }
            let release = Arc::new(Notify::new());
            let released = release.clone();
            tokio::spawn(async move {
                Clock::wall().pause(time).await;
                released.notify_one();
            });
            Verdict::Hold(release)
        });
        watched
    }
}

/// What happens by the clock has one timer, whichever replica it wakes.
#[tokio::test(flavor = "multi_thread")]
async fn comparisons_happen_once_overall() {
    let world = World::closed().await;
    world.configure(|text| *text = text.replace("reconcile.every = \"30d\"", "reconcile.every = \"5m\""));
    let Some(pair) = Pair::start_in(world).await else { return };
    pair.lead_to(0);
    // Each start has a look of its own.
    for _ in 0..4 {
        pair.pass(TimeDelta::minutes(1)).await;
    }
    let asked = || {
        let calls = pair.world.github().calls();
        ["/app/installations", "/app/hook/deliveries", "/orgs/acme/personal-access-token-requests"]
            .map(|path| calls.iter().filter(|call| call.path == path).count())
    };
    let before = asked();

    for _ in 0..3 {
        pair.pass(TimeDelta::minutes(5)).await;
    }

    let more = std::array::from_fn(|at| asked()[at] - before[at]);
    assert_eq!(more, [3, 3, 3], "three times the time");
    assert!(pair.is_verified());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_change_one_organization_one_call_at_a_time_and_keep_the_distance() {
    const INTERVAL: Duration = Duration::from_millis(300);
    let world = World::closed_on_the_wall_clock().await;
    world.configure(|config| {
        *config = config.replace("[github]", "[github]\nmutation_interval = \"300ms\"");
    });
    let Some(pair) = Pair::start_in(world).await else { return };
    let world = &pair.world;
    pair.lead_to(0);
    for number in 0..8 {
        asks(world, number).await;
    }
    world.slack().until(|slack| slack.channel(APPROVALS).len() == 8).await.unwrap();
    let watched = Watched::reviews(world, Duration::from_millis(60));

    for (n, card) in world.slack().channel(APPROVALS).iter().enumerate() {
        pair.lead_to(n % 2);
        world.slack().click("U0ALICE", APPROVALS, &card.ts, "approve").await.unwrap();
    }
    let all_approved = |card: &countersign::simulator::slack::Message| card.text.contains("Approved by");
    world.slack().until(|slack| slack.channel(APPROVALS).iter().all(all_approved)).await.unwrap();

    let calls = watched.0.lock().unwrap().clone();
    assert_eq!(calls.len(), 8);
    for pair in calls.windows(2) {
        let answered = pair[0].1.expect("it was answered");
        let distance = pair[1].0.checked_duration_since(answered).expect("one after the other");
        // The database counts milliseconds.
        assert!(distance + Duration::from_millis(2) >= INTERVAL, "{distance:?}");
    }
    assert!(pair.is_verified());
}

/// The real program, killed in the middle of a review.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_replicas_work_is_taken_over_within_five_seconds() {
    let world = World::closed_on_the_wall_clock().await;
    if !world.is_on_postgres() {
        return;
    }
    world.configure(|config| config.push_str("\n[timing]\nlease = \"3s\"\n"));
    let one = serve(&world);
    world.stage.lead_to_address(&one.base);
    let request = world.github().request_token(push_to_payments(&world.stage.clock)).await;
    world.slack().until(|slack| !slack.channel(APPROVALS).is_empty()).await.unwrap();
    let hung = Arc::new(Notify::new());
    let hangs = hung.clone();
    world.github().on_call(move |moment| match (moment.is_review(), moment.stage) {
        (true, Stage::Before) => {
            hangs.notify_one();
            Verdict::Hang
        }
        (true, Stage::After) | (false, _) => Verdict::Continue,
    });
    let ts = world.card().ts;
    world.slack().click("U0ALICE", APPROVALS, &ts, "approve").await.unwrap();
    hung.notified().await;
    let _other = serve(&world);

    // On a busy machine the first may have tried again meanwhile.
    let before = world.github().reviews(request).attempted;
    let killed = Instant::now();
    drop(one);
    world.github().work_normally();
    world.github().until(|github| github.decision_on(request).is_some()).await.unwrap();

    let took = killed.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(world.github().reviews(request).attempted, before + 1);
    world.slack().until(|slack| slack.channel(APPROVALS)[0].text.contains("Approved by")).await.unwrap();
}

/// The real program, stopped while the database commits its attempt: when it goes on, somebody else has decided.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_stalls_before_its_call_wakes_late_and_sends_nothing() {
    let world = World::closed_on_the_wall_clock().await;
    if !world.is_on_postgres() {
        return;
    }
    world.configure(|config| config.push_str("\n[timing]\nlease = \"3s\"\n"));
    let stalled = serve(&world);
    world.stage.lead_to_address(&stalled.base);
    let request = world.github().request_token(push_to_payments(&world.stage.clock)).await;
    world.slack().until(|slack| !slack.channel(APPROVALS).is_empty()).await.unwrap();
    // The commit that takes the turn takes a second, in which its program is stopped.
    world.sql("CREATE FUNCTION slowly() RETURNS trigger AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END' LANGUAGE plpgsql").await;
    world.sql("CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON turn INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slowly()").await;
    let ts = world.card().ts;
    world.slack().click("U0ALICE", APPROVALS, &ts, "approve").await.unwrap();
    until_a_commit_is_slow(&world).await;
    assert!(signal(&stalled, "STOP"));

    let other = serve(&world);
    world.stage.lead_to_address(&other.base);
    world.github().until(|github| github.decision_on(request).is_some()).await.unwrap();
    assert_eq!(world.github().reviews(request).attempted, 1);
    assert!(signal(&stalled, "CONT"));
    // It gives its answer, that nothing was sent, to nobody: the job is not its own any more.
    stalled.until_logged(|line| line.to_string().contains("lease was lost")).await;

    assert_eq!(world.github().reviews(request).attempted, 1);
    world.slack().until(|slack| slack.channel(APPROVALS)[0].text.contains("Approved by")).await.unwrap();
}

/// The real program, stopped while the database notes that it posts a card: when it goes on, the card stands.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_stalls_before_it_posts_wakes_late_and_posts_nothing() {
    let world = World::closed_on_the_wall_clock().await;
    if !world.is_on_postgres() {
        return;
    }
    world.configure(|config| config.push_str("\n[timing]\nlease = \"3s\"\n"));
    let stalled = serve(&world);
    world.stage.lead_to_address(&stalled.base);
    world.sql("CREATE FUNCTION slowly() RETURNS trigger AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END' LANGUAGE plpgsql").await;
    world.sql("CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON posting INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slowly()").await;
    world.github().request_token(push_to_payments(&world.stage.clock)).await;
    until_a_commit_is_slow(&world).await;
    assert!(signal(&stalled, "STOP"));

    let _other = serve(&world);
    world.slack().until(|slack| !slack.channel(APPROVALS).is_empty()).await.unwrap();
    assert!(signal(&stalled, "CONT"));
    let is_about_the_card = |line: &str| line.contains("lease was lost") && line.contains(r#""card""#);
    stalled.until_logged(|line| is_about_the_card(&line.to_string())).await;
    drop(stalled);

    assert_eq!(world.slack().channel(APPROVALS).len(), 1);
}

/// Returns while the database takes its time over a commit.
async fn until_a_commit_is_slow(world: &World) {
    let committing = async {
        while !world.is_true("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()").await {}
    };
    tokio::time::timeout(Duration::from_secs(30), committing).await.expect("it is committed");
}
