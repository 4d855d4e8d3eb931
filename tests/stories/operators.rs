//! What operators see of the real program and do to it, from the command line and over the admin address.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::StatusCode;
use countersign::demo::APPROVALS;
use countersign::ids::RequestId;
use countersign::simulator::github::{Action, Verdict as GitHubVerdict};
use countersign::simulator::slack::{Slack, Stage, Verdict};
use insta::assert_snapshot;
use serde_json::{Value, json};
use sqlx::ConnectOptions;

use crate::program::{Serving, output, serve, signal, text};
use crate::support::{World, get, leaks_in, postgres, push_to_payments};

/// As long as a reading may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A world with the real program running in it.
struct Running {
    serving: Serving,
    world: World,
}

impl Running {
    async fn start() -> Self {
        Self::start_in(World::closed_on_the_wall_clock().await).await
    }

    async fn start_in(world: World) -> Self {
        let serving = serve(&world);
        world.github().send_webhooks_to(&format!("{}/github/webhooks", serving.base));
        world.slack().serve_at(&serving.base);
        Self { serving, world }
    }

    /// octocat asks and a card is posted.
    async fn octocat_asks(&self) -> RequestId {
        let request = self.world.github().request_token(push_to_payments(&self.world.stage.clock)).await;
        self.world.slack().until(|slack| !slack.channel(APPROVALS).is_empty()).await.unwrap();
        request
    }

    /// alice approves and the card says so.
    async fn alice_approves(&self) {
        let ts = self.world.card().ts;
        self.world.slack().click("U0ALICE", APPROVALS, &ts, "approve").await.unwrap();
        let slack = self.world.slack();
        slack.until(|slack| slack.channel(APPROVALS)[0].text.contains("Approved by")).await.unwrap();
    }

    fn key(&self) -> String {
        self.world.key_of(&self.world.card())
    }

    async fn admin(&self, path: &str) -> String {
        get(&format!("{}{path}", self.serving.admin)).await.text()
    }

    /// The status as soon as the first look at GitHub and the first reading of its list have come to their ends.
    async fn status_once_all_is_read(&self) -> Value {
        let ages = ["reconciliation_age_seconds", "inventory_age_seconds"];
        let told = async {
            loop {
                let status: Value = serde_json::from_str(&self.admin("/status").await).unwrap();
                if ages.iter().all(|age| !status[*age].is_null()) {
                    return status;
                }
            }
        };
        tokio::time::timeout(PATIENCE, told).await.expect("all is read")
    }

    /// Returns what a command says, and whether it exits with that code.
    fn command(&self, arguments: &[&str], code: i32) -> String {
        let config = self.world.stage.config.to_str().unwrap();
        let run = output(&[arguments, &["--config", config]].concat());
        let said = text(if code == 0 { &run.stdout } else { &run.stderr });
        assert_eq!(
            run.status.code(),
            Some(code),
            "{arguments:?}: {}{}",
            text(&run.stdout),
            text(&run.stderr)
        );
        said
    }

    /// Gives the program an address that `health` can know.
    fn tell_admin_address(&self) {
        let port = self.serving.admin.rsplit(':').next().unwrap();
        let text = std::fs::read_to_string(&self.world.stage.config).unwrap();
        let everywhere = text.replace("127.0.0.1:0\"\nroute", &format!("0.0.0.0:{port}\"\nroute"));
        assert_ne!(text, everywhere);
        std::fs::write(&self.world.stage.config, everywhere).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_whether_the_service_is_ready() {
    let running = Running::start().await;
    assert!(running.command(&["health"], 1).contains("`admin_listen` has port 0"));

    running.tell_admin_address();
    assert_eq!(running.command(&["health"], 0), "ready\n");

    let Running { serving, world } = running;
    drop(serving);
    let run = output(&["health", "--config", world.stage.config.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(1));
    assert!(text(&run.stderr).contains("does `countersign serve` run?"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_writes_makes_it_unready_until_it_does() {
    let running = Running::start().await;
    let mut other = Holder::of_the_database(&running.world).await;

    let ready = get(&format!("{}/readyz", running.serving.admin)).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.text().starts_with("the database does not "), "{}", ready.text());

    other.lets_go().await;
    assert_eq!(running.admin("/readyz").await, "ready\n");
}

/// Another program that keeps everybody from writing.
enum Holder {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Holder {
    async fn of_the_database(world: &World) -> Self {
        if world.is_on_postgres() {
            let mut other = postgres::connect(&world.scratch_url()).await;
            sqlx::query("BEGIN").execute(&mut other).await.unwrap();
            sqlx::query("LOCK TABLE program IN EXCLUSIVE MODE").execute(&mut other).await.unwrap();
            return Self::Postgres(other);
        }
        let file = world.stage.config.with_file_name("countersign.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let mut other = options.connect().await.unwrap();
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut other).await.unwrap();
        Self::Sqlite(other)
    }

    async fn lets_go(&mut self) {
        match self {
            Self::Sqlite(other) => drop(sqlx::query("ROLLBACK").execute(other).await.unwrap()),
            Self::Postgres(other) => drop(sqlx::query("ROLLBACK").execute(other).await.unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_requests_story_can_be_read_off_the_log() {
    let running = Running::start().await;
    running.octocat_asks().await;
    running.alice_approves().await;
    let key = running.key();
    let settled = |line: &Value| line["action"] == "request.settled";
    running.serving.until_logged(settled).await;

    let told: Vec<_> = running
        .serving
        .logged()
        .into_iter()
        .filter(|line| line["request"] == key && line["level"] == "INFO")
        // The list may be read more than once: at the arrival, and because it is compared with ours.
        .filter(|line| line["action"] != "request.enriched" && line["action"] != "request.seen")
        .map(|line| line["message"].as_str().unwrap().to_owned())
        .collect();

    // From here on GitHub's own event and its answer race each other.
    assert_snapshot!(told[..4].join("\n"), @r"
    a token request arrived: done
    a vote was accepted: done
    a request was decided; GitHub is going to be told: approve
    GitHub is told the decision: approve
    ");
    assert!(told.contains(&"a request is settled: approved".to_owned()), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_and_status_tell_how_everything_stands() {
    let running = Running::start().await;
    running.octocat_asks().await;
    running.world.github().settled().await.unwrap();

    let metrics = running.admin("/metrics").await;
    for line in [
        "countersign_requests{state=\"pending\"} 1",
        "countersign_requests{state=\"deciding\"} 0",
        "countersign_unlinked_requesters 0",
        "countersign_jobs{kind=\"review\",state=\"given_up\"} 0",
        "countersign_upstream_up{upstream=\"github\"} 1",
        "countersign_upstream_up{upstream=\"slack\"} 1",
        "# HELP countersign_oldest_pending_seconds ",
        "countersign_ack_seconds_bucket{endpoint=\"github\",le=\"0.1\"}",
    ] {
        assert!(metrics.contains(line), "{line} is missing:\n{metrics}");
    }
    running.alice_approves().await;
    let metrics = running.admin("/metrics").await;
    for line in
        ["countersign_requests{state=\"pending\"} 0", "countersign_decision_seconds_bucket{le=\"30\"} 1"]
    {
        assert!(metrics.contains(line), "{line} is missing:\n{metrics}");
    }

    let status = running.status_once_all_is_read().await;
    assert_eq!(status["database"], "answers");
    assert_eq!(status["upstreams"]["github"]["state"], "up");
    assert_eq!(status["requests"], json!({ "pending": 0, "deciding": 0, "settled": 1 }));
    assert_eq!(status["installations"][0]["organization"], "acme");
    // Seconds on the wall's clock, since the start of this very program.
    let age = status["reconciliation_age_seconds"].as_i64();
    assert!(age.is_some_and(|age| (0..60).contains(&age)), "{status}");
    let age = status["inventory_age_seconds"].as_i64();
    assert!(age.is_some_and(|age| (0..60).contains(&age)), "{status}");
    assert!(status["audit"]["entries"].as_i64().unwrap() > 5, "{status}");
}

/// Every metric with its labels, as the published interface has them.
#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_there_by_its_name_and_labels() {
    let running = Running::start().await;
    running.octocat_asks().await;
    let ts = running.world.card().ts;
    let slack = running.world.slack();
    slack.click("U0BOB", APPROVALS, &ts, "approve").await.unwrap();
    slack.until(|slack| !slack.ephemerals("U0BOB").is_empty()).await.unwrap();
    running.alice_approves().await;

    let metrics = running.admin("/metrics").await;

    let series: BTreeSet<_> = metrics
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let (name, labels) = line.split_once(['{', ' ']).unwrap();
            let labels = labels.split_once("} ").map_or("", |(labels, _)| labels);
            let labels =
                labels.split("\",").filter_map(|label| label.split_once('=')).map(|(label, _)| label);
            format!("{name}{{{}}}", labels.collect::<Vec<_>>().join(","))
        })
        .filter(|series| !series.contains("_sum{") && !series.contains("_count{"))
        .collect();
    assert_snapshot!(series.into_iter().collect::<Vec<_>>().join("\n"), @"
    countersign_ack_seconds_bucket{endpoint,le}
    countersign_audit_entries{}
    countersign_audit_unsealed{}
    countersign_build_info{version}
    countersign_decision_seconds_bucket{le}
    countersign_deliveries_total{event,action,result}
    countersign_interactions_total{kind,result}
    countersign_job_seconds_bucket{kind,result,le}
    countersign_jobs_given_up_total{kind}
    countersign_jobs{kind,state}
    countersign_oldest_job_seconds{kind}
    countersign_oldest_pending_seconds{}
    countersign_policy_loaded_timestamp_seconds{}
    countersign_reconcile_age_seconds{}
    countersign_refusals_total{reason}
    countersign_reload_failures_total{}
    countersign_requests{state}
    countersign_tokens{organization,state}
    countersign_unlinked_requesters{}
    countersign_upstream_rate_remaining{upstream}
    countersign_upstream_seconds_bucket{upstream,operation,status,le}
    countersign_upstream_up{upstream}
    ");
}

/// People who linked themselves are no strangers.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_link_of_either_kind_is_counted() {
    let world = World::closed_on_the_wall_clock().await;
    world.configure(|config| *config = config.replace("octocat = \"U0OCTOCAT\", ", ""));
    let running = Running::start_in(world).await;
    running.octocat_asks().await;
    running.world.github().settled().await.unwrap();
    let told = || async { running.admin("/metrics").await };
    assert!(told().await.contains("countersign_unlinked_requesters 1\n"));

    let octocat = running.world.github().add_user("octocat").id;
    let link = format!(
        "INSERT INTO self_link (slack_id, github_id, login, linked_at) VALUES ('U0OCTOCAT', {octocat}, 'octocat', 0)"
    );
    running.world.sql(link.leak()).await;

    assert!(told().await.contains("countersign_unlinked_requesters 0\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_stops_it_says_so() {
    let running = Running::start().await;
    running.octocat_asks().await;
    running.world.github().on_call(|moment| match moment.is_review() {
        true => GitHubVerdict::Hang,
        false => GitHubVerdict::Continue,
    });
    let ts = running.world.card().ts;
    running.world.slack().click("U0ALICE", APPROVALS, &ts, "approve").await.unwrap();
    let approving = |slack: &Slack| slack.channel(APPROVALS)[0].text.contains("Approving…");
    running.world.slack().until(approving).await.unwrap();

    assert!(signal(&running.serving, "TERM"));
    running
        .serving
        .until_logged(|line| line["message"].as_str().is_some_and(|it| it.starts_with("stopping")))
        .await;

    let ready = get(&format!("{}/readyz", running.serving.admin)).await;
    assert_eq!(
        (ready.status, ready.text()),
        (StatusCode::SERVICE_UNAVAILABLE, "this replica is stopping\n".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_no_further_has_read_enough_of_the_record() {
    let running = Running::start().await;
    running.octocat_asks().await;
    let config = running.world.stage.config.to_str().unwrap();
    for format in ["jsonl", "csv"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut export = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
        export.args(["audit", "export", "--format", format, "--config", config]).stdout(writer);

        let output = export.stderr(std::process::Stdio::piped()).output().unwrap();

        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_freezes_everything_beside_the_running_service() {
    let running = Running::start().await;
    let request = running.octocat_asks().await;
    let before = running.world.card();
    let slack = running.world.slack();
    assert_eq!(running.command(&["freeze"], 0), "Nothing is frozen.\n");
    assert!(running.command(&["freeze", "on", "--why", " "], 1).contains("it says nothing"));

    let said = running.command(&["freeze", "on", "--why", "a laptop was stolen"], 0);

    assert!(said.contains("no approval is accepted or begun any more, on any replica"), "{said}");
    slack.until(|slack| slack.channel(APPROVALS)[0].text.contains("❄ Frozen by an operator")).await.unwrap();
    for command in [&["freeze"][..], &["freeze", "on", "--why", "again"], &["check"]] {
        let said = running.command(command, 0);
        assert!(said.contains("❄ Frozen by an operator since "), "{command:?}: {said}");
        assert!(said.contains(": a laptop was stolen\n"), "{command:?}: {said}");
    }
    slack.click_as_seen("U0ALICE", &before, "approve").await.unwrap();
    slack.until(|slack| !slack.ephemerals("U0ALICE").is_empty()).await.unwrap();
    assert_eq!(running.world.github().decision_on(request), None);
    let status: Value = serde_json::from_str(&running.admin("/status").await).unwrap();
    assert_eq!(status["frozen"]["by"], "operator");

    assert!(running.command(&["freeze", "off"], 0).starts_with("The freeze is lifted."));
    slack.until(|slack| !slack.channel(APPROVALS)[0].text.contains("Frozen")).await.unwrap();
    running.alice_approves().await;
    let log = running.command(&["audit", "export", "--format", "csv"], 0);
    assert!(log.contains("freeze.on") && log.contains("freeze.off"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_outside_policy_are_counted() {
    let world = World::closed_on_the_wall_clock().await;
    world.configure(|config| *config = config.replace(r#"["alice", "monalisa"]"#, r#"["alice"]"#));
    let running = Running::start_in(world).await;
    let request = running.octocat_asks().await;

    running.world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    let is_marked = |slack: &Slack| slack.channel(APPROVALS)[0].text.contains("outside policy");
    running.world.slack().until(is_marked).await.unwrap();

    let metrics = running.admin("/metrics").await;
    let line = r#"countersign_outside_policy_total{outcome="approved",result="outside"} 1"#;
    assert!(metrics.contains(line), "{metrics}");
}

/// Whatever happened, the numbers tell of it and of nobody.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_hold_no_secret_and_nobodys_name() {
    let running = Running::start().await;
    running.octocat_asks().await;
    let (key, ts) = (running.key(), running.world.card().ts);
    let (github, slack) = (running.world.github(), running.world.slack());
    slack.click("U0BOB", APPROVALS, &ts, "approve").await.unwrap();
    slack.until(|slack| !slack.ephemerals("U0BOB").is_empty()).await.unwrap();
    github.deliver_raw(Default::default(), "octocat@mail.example").await.unwrap();
    running.alice_approves().await;
    let wish = push_to_payments(&running.world.stage.clock);
    let elsewhere = github.request_token(wish).await;
    github.decide_on_page(elsewhere, "monalisa", Action::Deny, Some("not this week")).await.unwrap();
    github.settled().await.unwrap();

    let metrics = running.admin("/metrics").await;

    for counted in
        ["countersign_refusals_total{", "countersign_decision_seconds", "countersign_upstream_seconds"]
    {
        assert!(metrics.contains(counted), "{counted} is missing:\n{metrics}");
    }
    assert_eq!(leaks_in(&running.world.stage, &metrics), [""; 0]);
    for theirs in [
        "octocat",
        "alice",
        "bob",
        "monalisa",
        "acme",
        "payments",
        "deploy-bot",
        "release",
        "this week",
        "contents",
        "U0",
        "C0",
        "T0",
        "http:",
        "https:",
        "@",
        &key,
        &ts.to_string(),
    ] {
        // Which organizations there are stands in this one by its published labels, and nothing else does.
        let is_named =
            |line: &str| theirs == "acme" && line.starts_with("countersign_tokens{organization=\"acme\",");
        let told: Vec<_> = metrics.lines().filter(|line| line.contains(theirs) && !is_named(line)).collect();
        assert!(told.is_empty(), "{theirs}: {told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_cannot_grow_the_metrics() {
    let running = Running::start().await;
    let github = running.world.github();
    for event in ["pull_request", "brand_new_event", "x"] {
        let body = br#"{"action":"surprised"}"#.to_vec();
        let headers = github.webhook_headers(event, &github.new_guid(), &body);
        github.deliver_raw(headers, body).await.unwrap();
    }

    let metrics = running.admin("/metrics").await;

    let deliveries: Vec<_> =
        metrics.lines().filter(|line| line.starts_with("countersign_deliveries_total{")).collect();
    assert_eq!(
        deliveries,
        [r#"countersign_deliveries_total{event="other",action="other",result="ignored"} 3"#],
        "{metrics}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_shown_with_its_history() {
    let running = Running::start().await;
    let request = running.octocat_asks().await;
    running.alice_approves().await;
    let key = running.key();

    let shown = running.command(&["request", "show", &key], 0);
    for told in [
        &format!("{key} · approved by alice (U0ALICE) · asked by octocat in acme"),
        "permissions:   contents:write, metadata:read",
        "repositories:  acme/payments-api, acme/payments-web",
        "justification: \"Release bot needs to push tags\"",
        "card: message",
        "request.received",
        "decision.made",
        "request.settled",
    ] {
        assert!(shown.contains(told), "{told:?} is missing:\n{shown}");
    }
    let shown: Value = serde_json::from_str(
        &running.command(&["request", "show", &format!("request:{request}"), "--json"], 0),
    )
    .unwrap();
    assert_eq!(shown["key"], key);
    assert_eq!(shown["state"], "settled");
    assert!(shown["history"].as_array().unwrap().len() > 4);

    let unknown = running.command(&["request", "show", "r-zzzzzz"], 1);
    assert!(unknown.contains(&format!("did you mean {key}?")), "{unknown}");
    let no_key = running.command(&["request", "show", "t-7f3k2a"], 2);
    assert!(no_key.contains("this version keeps requests only"), "{no_key}");
}

/// A program whose requester can't be written to, ever, so that a job is given up.
async fn with_a_job_given_up() -> (Running, String) {
    let running = Running::start().await;
    running.world.slack().on_call(|method, stage| match (method, stage) {
        ("conversations.open", Stage::Before) => {
            Verdict::Answer(StatusCode::OK, json!({ "ok": false, "error": "invalid_arguments" }))
        }
        _ => Verdict::Continue,
    });
    running.octocat_asks().await;
    running.serving.until_logged(|line| line["action"] == "job.given_up").await;
    let jobs: Value = serde_json::from_str(&running.command(&["jobs", "list", "--json"], 0)).unwrap();
    let given_up: Vec<_> =
        jobs.as_array().unwrap().iter().filter(|job| job["state"] == "given_up").cloned().collect();
    assert_eq!(given_up.len(), 1, "{jobs}");
    assert_eq!(given_up[0]["kind"], "tell_arrival");
    assert_eq!(given_up[0]["subject"], running.key());
    let id = given_up[0]["id"].to_string();
    (running, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_given_up_is_retried_beside_the_service() {
    let (running, id) = with_a_job_given_up().await;
    let listed = running.command(&["jobs", "list"], 0);
    assert!(listed.contains("tell_arrival") && listed.contains("invalid_arguments"), "{listed}");

    running.world.slack().on_call(|_, _| Verdict::Continue);
    assert!(running.command(&["jobs", "retry", &id], 0).contains("runs again"));
    running.world.slack().until(|slack| !slack.dms("U0OCTOCAT").is_empty()).await.unwrap();

    let again = running.command(&["jobs", "retry", &id], 1);
    assert!(again.contains("there is no job") || again.contains("right now"), "{again}");
    let history = running.command(&["request", "show", &running.key()], 0);
    assert!(history.contains("job.retried          done by operator job=tell_arrival"), "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_dropped_only_by_who_has_read_what_is_lost() {
    let (running, id) = with_a_job_given_up().await;

    let asked = running.command(&["jobs", "drop", &id], 1);
    assert!(asked.contains("The requester is not told that the request arrived."), "{asked}");
    assert!(running.command(&["jobs", "list"], 0).contains("given_up"));
    assert!(running.command(&["jobs", "drop", &id, "--yes"], 0).contains("is dropped"));

    assert!(!running.command(&["jobs", "list"], 0).contains("given_up"));
    let history = running.command(&["request", "show", &running.key()], 0);
    assert!(history.contains("job.dropped          done by operator job=tell_arrival"), "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_at_github_and_slack_is_told_and_never_makes_the_service_unready() {
    let running = Running::start().await;
    running.octocat_asks().await;
    running.world.slack().on_call(|_, _| Verdict::Reset);
    running.world.github().on_call(|_| countersign::simulator::github::Verdict::Reset);
    let ts = running.world.card().ts;
    running.world.slack().click("U0ALICE", APPROVALS, &ts, "approve").await.unwrap();
    let is_down = |line: &Value, upstream: &str| line["upstream"] == upstream && line["level"] == "WARN";
    running.serving.until_logged(|line| is_down(line, "github")).await;
    running.serving.until_logged(|line| is_down(line, "slack")).await;

    let ready = get(&format!("{}/readyz", running.serving.admin)).await;
    assert_eq!((ready.status, ready.text().as_str()), (StatusCode::OK, "ready\n"));
    let status: Value = serde_json::from_str(&running.admin("/status").await).unwrap();
    for upstream in ["github", "slack"] {
        assert_eq!(status["upstreams"][upstream]["state"], "down", "{status}");
        assert!(status["upstreams"][upstream]["last_error"]["error"].is_string(), "{status}");
    }
    assert!(running.admin("/metrics").await.contains("countersign_upstream_up{upstream=\"slack\"} 0"));
}
