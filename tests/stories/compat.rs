//! What version 0.1 left behind keeps working: its cards and modals, its database, its configuration, its record.
//!
//! `tests/compat/v0.1/` was written by [`write_what_this_version_leaves_behind`]; what stands there is never written
//! again. Until 0.1.0 is out, what it gains is added: interactions, kinds of work in `jobs.json` and requests in
//! `requests.json`, which are put into the database. Later versions get a folder of their own and keep loading this one.

mod expanding;
mod left;

use std::path::PathBuf;

use chrono::TimeDelta;
use countersign::audit;
use countersign::config::Config;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::ids::RequestId;
use countersign::jobs::Kind;
use countersign::request::TokenRequest;
use countersign::simulator::github::{Action, NewRequest, generate_key_pem};
use countersign::simulator::slack::Message;
use countersign::store::{Change, Committed, Database, JobState, NewJob, Probe, Reader, Store};
use secrecy::ExposeSecret;
use serde_json::Value;
use sqlx::Connection;

use crate::link::address_on;
use crate::support::{World, postgres, push_to_payments};

/// What octocat asked for is pending under this key, on a card; another request was approved.
const KEY: &str = "r-rp8kbg";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/compat/v0.1")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// This version's service on version 0.1's database, between a GitHub and a Slack of that time.
async fn on_the_old_database() -> (World, RequestId) {
    let mut world = World::closed().await;
    let request = world.github().request_token(push_to_payments(&world.stage.clock)).await;
    plant(&world).await;
    for [kind, subject, payload] in
        serde_json::from_str::<Vec<[String; 3]>>(&read("jobs.json")).expect("JSON")
    {
        let quoted = |text: String| text.replace('\'', "''");
        let (subject, payload) = (quoted(subject), quoted(payload));
        let job = format!(
            "INSERT INTO job (kind, subject, payload, run_at, created_at, attempts, generation)
            VALUES ('{kind}', '{subject}', '{payload}', 1795435200000, 1795435200000, 0, 1)
            ON CONFLICT (kind, subject) DO NOTHING"
        );
        world.sql(job.leak()).await;
    }
    for row in serde_json::from_str::<Vec<[String; 8]>>(&read("requests.json")).expect("JSON") {
        let [organization, id, key, token, requester, state, received_at, document] =
            row.map(|text| text.replace('\'', "''"));
        let token = if token.is_empty() { "NULL" } else { &token };
        let request = format!(
            "INSERT INTO request (organization_id, request_id, request_key, version, token_id, requester_id, state,
                                  received_at, document)
            VALUES ({organization}, {id}, '{key}', 1, {token}, {requester}, '{state}', {received_at}, '{document}')"
        );
        world.sql(request.leak()).await;
    }
    // Upgrading takes a while.
    world.stage.clock.advance(TimeDelta::minutes(1));
    world.open(Probe::default()).await;
    world.quiet().await;
    (world, request)
}

/// Puts the old database, and the key that its record is sealed with, where the service will look.
async fn plant(world: &World) {
    let key = read("countersign.db.key");
    match world.config().database {
        Database::Sqlite { path } => {
            std::fs::copy(folder().join("countersign.db"), &path).expect("the folder is ours");
            std::fs::write(path.with_extension("db.key"), key).expect("the folder is ours");
        }
        Database::Postgres(_) => {
            let mut connection = postgres::connect(&world.scratch_url()).await;
            // What a test is given has this version's tables.
            let old = format!("DROP SCHEMA public CASCADE; CREATE SCHEMA public; {}", read("postgres.sql"));
            sqlx::raw_sql(sqlx::AssertSqlSafe(old)).execute(&mut connection).await.expect("SQL");
            connection.close().await.expect("it closes");
            let text = std::fs::read_to_string(&world.stage.config).expect("the stage wrote it");
            let is_key = |line: &str| line.starts_with("encryption_key = ");
            let lines = text.lines().map(|line| match is_key(line) {
                true => format!("encryption_key = \"{}\"", key.trim()),
                false => line.to_owned(),
            });
            std::fs::write(&world.stage.config, lines.collect::<Vec<_>>().join("\n")).expect("ours");
        }
    }
}

#[tokio::test]
async fn a_button_of_an_old_card_still_decides() {
    let (world, request) = on_the_old_database().await;

    send(&world, "approve").await;

    assert_eq!(world.github().decision_on(request).expect("decided").action, Action::Approve);
    assert!(world.card().text.contains("Approved by alice"), "{}", world.card().text);
}

#[tokio::test]
async fn a_form_that_was_open_when_the_service_was_upgraded_still_decides() {
    for (name, action, reason) in [
        ("deny_submission", Action::Deny, "not this way"),
        ("approve_submission", Action::Approve, "for the release only"),
        ("confirm_several", Action::Deny, "none of these"),
    ] {
        let (world, request) = on_the_old_database().await;

        send(&world, name).await;

        let decision = world.github().decision_on(request).expect("decided");
        assert_eq!((decision.action, decision.reason.as_deref()), (action, Some(reason)), "{name}");
    }
}

#[tokio::test]
async fn whatever_stood_on_old_cards_is_accepted_and_answered() {
    for name in ["deny", "details", "withdraw", "check_again", "link", "decide_several"] {
        let (world, request) = on_the_old_database().await;

        send(&world, name).await;

        world.slack().until(|slack| !slack.ephemerals("U0ALICE").is_empty()).await.expect("an answer");
        assert!(world.github().is_pending(request), "{name}");
    }
}

#[tokio::test]
async fn what_was_opened_to_decide_several_goes_on() {
    let (world, request) = on_the_old_database().await;
    let payload: Value = serde_json::from_str(&read("interactions/tick_several.json")).expect("JSON");
    let answer = world.slack().interaction(&payload).await.expect("an answer");
    let answer: Value = serde_json::from_slice(&answer.body).expect("the next step");
    assert_eq!(answer["response_action"], "push");
    assert!(answer["view"].to_string().contains(KEY), "{answer}");
    assert!(world.github().is_pending(request));
}

/// It stands on an answer to the requester alone. The card of that time is in a Slack that is no more, and has a successor.
#[tokio::test]
async fn an_old_nudge_reminds_under_the_card_that_is_there() {
    let (world, request) = on_the_old_database().await;

    send(&world, "nudge").await;
    for _ in 0..4 {
        world.pass(TimeDelta::minutes(1)).await;
    }

    let is_told =
        |told: &countersign::simulator::slack::Ephemeral| told.on_screen().contains("were reminded");
    assert!(world.slack().ephemerals("U0OCTOCAT").iter().any(is_told));
    let replies = world.slack().all_messages();
    assert!(
        replies
            .iter()
            .any(|reply| reply.text.starts_with("octocat asks whether somebody could look at this"))
    );
    assert!(world.github().is_pending(request));
}

#[tokio::test]
async fn this_was_not_me_is_answered_where_it_was_told() {
    let (world, _) = on_the_old_database().await;

    send(&world, "unlink").await;

    let told: Vec<_> = world.slack().dms("U0ALICE").iter().map(|dm| dm.on_screen()).collect();
    assert!(told.iter().any(|dm| dm.contains("Only its operators can change that")), "{told:?}");
}

/// The browser does what it is for.
#[tokio::test]
async fn the_button_that_leads_to_the_sign_in_is_no_mistake() {
    let (world, request) = on_the_old_database().await;

    send(&world, "sign_in").await;

    assert!(world.github().is_pending(request));
}

/// What is on the list that was left is in an organization that nobody reaches: whoever would show it can't be judged.
#[tokio::test]
async fn an_old_list_and_what_is_on_it_are_known() {
    for name in ["show_oldest", "show_all"] {
        let (world, _) = on_the_old_database().await;

        send(&world, name).await;

        let told = world.told_alone("U0ALICE");
        assert!(told.contains("the GitHub App is not installed in octo-org"), "{name}: {told}");
    }
}

/// Sends an interaction as it was recorded.
async fn send(world: &World, name: &str) {
    let payload: Value = serde_json::from_str(&read(&format!("interactions/{name}.json"))).expect("JSON");
    let answer = world.slack().interaction(&payload).await.expect("an answer");
    assert!(answer.status.is_success(), "{name}: {}", answer.status);
    world.quiet().await;
}

#[tokio::test]
async fn the_old_database_says_what_it_said() {
    let (world, _) = on_the_old_database().await;
    let store = &world.running.as_ref().expect("it runs").app.store;

    let pending = store.request_by_key(&KEY.parse().expect("a key")).await.expect("readable").expect("known");
    assert_eq!(pending.state.name(), "pending");
    assert_eq!(pending.facts.justification.as_deref(), Some("Release bot needs to push tags"));
    let settled = store.requests_by_state().await.expect("states");
    assert!(settled.contains(&("settled".to_owned(), 7)), "{settled:?}");
    assert!(store.last_seal().await.expect("a seal").is_some());
}

#[tokio::test]
async fn every_state_of_an_old_request_says_what_it_said() {
    let (world, _) = on_the_old_database().await;
    let store = &world.running.as_ref().expect("it runs").app.store;

    for written in left::requests().into_iter().chain(left::ruled()) {
        let read = store.request_by_key(&written.key).await.expect("readable").expect("known");

        assert_eq!(read, TokenRequest { version: 1, ..written });
    }
}

#[tokio::test]
async fn old_work_of_every_kind_is_carried_out() {
    let (world, _) = on_the_old_database().await;
    // A card that may just have been posted is looked for a little later.
    world.pass(TimeDelta::minutes(1)).await;

    let reader = Reader::open(&world.config().database).await.expect("it is up to date");
    let jobs = reader.jobs(world.stage.clock.now()).await.expect("jobs");
    // What comes by the clock comes again, and the card that was to be replied to stood in a Slack that is no more.
    let stays = [
        Kind::Check,
        Kind::Discover,
        Kind::Reconcile,
        Kind::Deliveries,
        Kind::Groups,
        Kind::Reply,
        Kind::Inventory,
    ]
    .map(Kind::name);
    let left: Vec<_> = jobs.iter().filter(|job| !stays.contains(&job.kind.as_str())).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(jobs.iter().all(|job| job.state == JobState::Waiting), "{jobs:?}");
    let causes: Vec<_> = jobs.iter().filter_map(|job| job.cause.as_deref()).collect();
    assert_eq!(causes, ["the message is gone"]);
    let bob: Vec<_> = world.slack().ephemerals("U0BOB").iter().map(|told| told.on_screen()).collect();
    assert!(bob.iter().any(|told| told.contains(left::WORDS)), "{bob:?}");
    assert!(bob.iter().any(|told| told.contains("You can't decide this request")), "{bob:?}");
    assert!(bob.iter().any(|told| told.contains("members of the group managers")), "{bob:?}");
    assert!(world.slack().dms("U0BOB").iter().any(|dm| dm.on_screen().contains("bob")), "bob's link");
    let operators = world.slack().channel(OPERATORS);
    assert!(operators.iter().any(|notice| notice.text.contains(left::WORDS)), "{operators:?}");
}

#[test]
fn no_kind_of_work_is_missing_from_what_version_0_1_leaves_behind() {
    let jobs: Vec<[String; 3]> = serde_json::from_str(&read("jobs.json")).expect("JSON");

    for kind in Kind::ALL {
        assert!(jobs.iter().any(|[name, ..]| name == kind.name()), "{}", kind.name());
    }
}

/// With the key, beside the service.
#[tokio::test(flavor = "multi_thread")]
async fn the_old_record_and_what_came_since_verify_with_the_old_key() {
    let (world, _) = on_the_old_database().await;
    world.pass(TimeDelta::seconds(2)).await;
    world.sealed().await;

    let verified = countersign(&world, &["audit", "verify"]);

    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn the_old_record_verifies() {
    let report = audit::verify_export(None, read("audit.jsonl").as_bytes(), None).expect("a whole export");

    assert!(report.sealed > 5);
}

#[test]
fn the_old_configuration_is_without_mistakes() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("countersign.toml");
    std::fs::write(&file, read("countersign.toml")).expect("the folder is ours");
    let key = generate_key_pem().expect("a key");
    std::fs::write(place.path().join("github-app.pem"), key.expose_secret()).expect("the folder is ours");

    let config = Config::load(&file, []).unwrap_or_else(|mistakes| panic!("{mistakes}"));

    assert_eq!(config.slack.app_id.as_str(), "A0COUNTER");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes tests/compat/v0.1/, once; for a new version, change the folder first"]
async fn write_what_this_version_leaves_behind() {
    let mut world = World::start().await;
    world.octocat_asks().await;
    assert_eq!(world.key_of(&world.card()), KEY);
    record_interactions(&world).await;
    let laptop = NewRequest { token_name: "laptop".to_owned(), ..push_to_payments(&world.stage.clock) };
    world.github().request_token(laptop).await;
    world.quiet().await;
    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::seconds(2)).await;
    world.sealed().await;
    let settled = world.key_of(&world.card());
    world.kill().await;
    leave_more(&world, &settled).await;
    let export = countersign(&world, &["audit", "export"]);
    match world.config().database {
        Database::Sqlite { path } => {
            std::fs::write(folder().join("audit.jsonl"), export.stdout).expect("written");
            std::fs::copy(path.with_extension("db.key"), folder().join("countersign.db.key"))
                .expect("copied");
            std::fs::remove_file(folder().join("countersign.db")).ok();
            let into = format!("VACUUM INTO '{}'", folder().join("countersign.db").display());
            world.sql(into.leak()).await;
        }
        Database::Postgres(_) => {
            let dump = std::process::Command::new("pg_dump")
                .args(["--inserts", "--no-owner", "--no-privileges", "--dbname", &world.scratch_url()])
                .output()
                .expect("pg_dump is on the PATH");
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            let dump = String::from_utf8(dump.stdout).expect("text");
            // Newer versions add commands for psql.
            let lines: Vec<_> = dump.lines().filter(|line| !line.starts_with('\\')).collect();
            std::fs::write(folder().join("postgres.sql"), lines.join("\n")).expect("written");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes tests/compat/v0.1/requests.json, on SQLite; for a new version, change the folder first"]
async fn write_what_rules_leave_behind() {
    let world = World::closed().await;
    let database = world.config().database;
    let store = Store::open(&database, &world.stage.clock, Probe::default()).await.expect("it is free");
    let change = Change { requests: left::ruled(), ..Change::default() };
    assert_eq!(store.commit(change).await.expect("it is kept"), Committed::Yes);
    let Database::Sqlite { path } = database else { panic!("on SQLite") };
    let url = format!("sqlite://{}", path.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT json_array(organization_id || '', request_id || '', request_key, coalesce(token_id, '') || '',
                           requester_id || '', state, received_at || '', document)
         FROM request ORDER BY request_id",
    )
    .fetch_all(&mut connection)
    .await
    .expect("rows");
    let rows: Vec<[String; 8]> = rows.iter().map(|(row,)| serde_json::from_str(row).expect("JSON")).collect();
    let text = serde_json::to_string_pretty(&rows).expect("text");
    std::fs::write(folder().join("requests.json"), text + "\n").expect("written");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes what decides several, to tests/compat/v0.1/interactions; for a new version, change the folder first"]
async fn write_what_decides_several() {
    let world = World::start().await;
    world.octocat_asks().await;
    assert_eq!(world.key_of(&world.card()), KEY);
    world.pass(TimeDelta::seconds(1)).await;
    world.octocat_asks().await;
    // It stands on an answer to one person, of which Slack keeps nothing.
    let mut click: Value = serde_json::from_str(&read("interactions/details.json")).expect("JSON");
    click["actions"][0]["action_id"] = "decide_several".into();
    click["actions"][0]["block_id"] = "several".into();
    click["actions"][0]["value"] = "-".into();
    click["actions"][0]["text"]["text"] = "Decide several…".into();
    write("decide_several", &click);
    let first = crate::bulk::first_of(&world, "U0ALICE").await;
    for (name, inputs) in [
        ("tick_several", vec![("requests_1", first.as_str()), ("verdict", "deny")]),
        ("confirm_several", vec![("reason", "none of these")]),
    ] {
        let keep = |payload: &mut Value| write(name, payload);
        world.slack().submit_disguised("U0ALICE", &inputs, keep).await.expect("an answer");
    }
}

/// What a killed service may leave: whatever it stored last, and nothing carried out.
async fn leave_more(world: &World, settled: &str) {
    let database = world.config().database;
    let store = Store::open(&database, &world.stage.clock, Probe::default()).await.expect("it is free");
    let installation = store.installations().await.expect("installations").remove(0);
    let jobs = left::jobs(KEY, settled, &installation);
    write_jobs(&jobs);
    let requests = Change { requests: left::requests(), jobs, ..Change::default() };
    for change in std::iter::once(requests).chain(left::odds_and_ends()) {
        assert_eq!(store.commit(change).await.expect("it is kept"), Committed::Yes);
    }
    let jobs = store.jobs_by_kind(world.stage.clock.now()).await.expect("jobs");
    for kind in Kind::ALL {
        assert!(jobs.iter().any(|count| count.kind == kind.name()), "no work of kind {}", kind.name());
    }
}

fn write_jobs(jobs: &[NewJob]) {
    let rows: Vec<_> =
        jobs.iter().map(|job| [job.kind, job.subject.as_str(), job.payload.as_str()]).collect();
    let text = serde_json::to_string_pretty(&rows).expect("text");
    std::fs::write(folder().join("jobs.json"), text + "\n").expect("written");
}

fn countersign(world: &World, arguments: &[&str]) -> std::process::Output {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
    program.arg("--config").arg(&world.stage.config).args(arguments).output().expect("the program runs")
}

/// Records what the buttons and modals of this version's cards send, each in the state in which it is offered.
async fn record_interactions(open: &World) {
    let card = open.card();
    for button in ["approve", "deny", "details"] {
        record_click(open, &card, button).await;
    }
    for (button, name, reason) in [
        ("deny", "deny_submission", "not this way"),
        ("details", "approve_submission", "for the release only"),
    ] {
        let world = World::start().await;
        world.octocat_asks().await;
        world.modal("U0ALICE", button).await;
        let keep = |payload: &mut Value| write(name, payload);
        world.slack().submit_disguised("U0ALICE", &[("reason", reason)], keep).await.expect("an answer");
    }
    let world = World::start().await;
    world.octocat_asks().await;
    world.reviews_are_answered(403, "Resource not accessible by integration");
    world.press("U0ALICE", "approve").await;
    for button in ["withdraw", "check_again"] {
        record_click(&world, &world.card(), button).await;
    }
    // They stand on answers to somebody unknown, the first with the card's own value and block id.
    for (button, label) in [("link", "Link accounts"), ("sign_in", "Sign in")] {
        let mut click: Value = serde_json::from_str(&read("interactions/details.json")).expect("JSON");
        click["actions"][0]["action_id"] = button.into();
        click["actions"][0]["text"]["text"] = label.into();
        write(button, &click);
    }
    record_nudge();
    record_those_of_lists().await;
    record_unlink().await;
}

/// It stands on an answer to the requester alone, of which Slack keeps nothing.
fn record_nudge() {
    let mut click: Value = serde_json::from_str(&read("interactions/details.json")).expect("JSON");
    click["actions"][0]["action_id"] = "nudge".into();
    click["actions"][0]["text"]["text"] = "Nudge".into();
    for name in ["name", "username"] {
        click["user"][name] = "octocat".into();
    }
    click["user"]["id"] = "U0OCTOCAT".into();
    click["container"]["is_ephemeral"] = true.into();
    click.as_object_mut().expect("an object").remove("message");
    write("nudge", &click);
}

/// As if the list were the one that is left in the database.
async fn record_those_of_lists() {
    let mut world = World::closed().await;
    world.github().stop_sending();
    for _ in 0..12 {
        world.github().request_token(push_to_payments(&world.stage.clock)).await;
    }
    world.open(Probe::default()).await;
    world.quiet().await;
    world.pass(TimeDelta::seconds(2)).await;
    for button in ["show_oldest", "show_all"] {
        record_changed_click(&world, "U0ALICE", &world.card(), button, |payload| {
            payload["actions"][0]["value"] = "c-left1".into();
            payload["actions"][0]["block_id"] = "c-left1.list".into();
        })
        .await;
    }
}

async fn record_unlink() {
    let world = World::start_with_sign_in(|_| {}).await;
    let command = world.slack().command("U0HUBOT", APPROVALS, "/pat link").await.expect("an answer");
    assert!(command.answer.status.is_success(), "{:?}", command.answer);
    world.slack().until(|slack| !slack.ephemerals("U0HUBOT").is_empty()).await.expect("an address");
    let offer = world.slack().ephemerals("U0HUBOT").pop().expect("just there");
    let mut visitor = world.visitor("U0HUBOT", "hubot");
    visitor.links(&address_on(&offer.blocks)).await;
    world.quiet().await;
    let dm = world.slack().dms("U0HUBOT").pop().expect("they were told");
    // Alice's is the account that is linked where it is sent.
    record_changed_click(&world, "U0HUBOT", &dm, "unlink", |payload| {
        payload["user"]["id"] = "U0ALICE".into()
    })
    .await;
}

/// Records a click without its reaching the service.
async fn record_click(world: &World, card: &Message, button: &str) {
    record_changed_click(world, "U0ALICE", card, button, |_| {}).await;
}

async fn record_changed_click(
    world: &World,
    user: &str,
    seen: &Message,
    button: &str,
    change: impl FnOnce(&mut Value),
) {
    let keep = |payload: &mut Value| {
        change(payload);
        write(button, payload);
        payload["type"] = "recorded".into();
    };
    world.slack().click_disguised(user, seen, button, keep).await.expect("an answer");
}

fn write(name: &str, payload: &Value) {
    let file = folder().join(format!("interactions/{name}.json"));
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    std::fs::write(file, format!("{payload:#}\n")).expect("written");
}
