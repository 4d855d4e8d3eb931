//! The program as people run it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use countersign::demo::APPROVALS;
use serde_json::Value;
use tokio::sync::watch;

use crate::support::{LogWatch, World};

fn countersign(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).env_remove("RUST_LOG");
    command
}

pub(crate) fn output(arguments: &[&str]) -> Output {
    countersign(arguments).output().expect("the program runs")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_demo_script_shows_a_request_being_approved() {
    let demo = output(&["demo", "--script", "--listen", "127.0.0.1:0"]);

    let story = text(&demo.stdout);
    assert!(demo.status.success(), "{story}\n{}", text(&demo.stderr));
    assert!(story.lines().count() <= 60, "{story}");
    for told in [
        "octocat wants to WRITE",
        "You can't decide this request",
        "**Approved** by",
        "**Denied** on GitHub by monalisa",
    ] {
        assert!(story.contains(told), "{told:?} is missing:\n{story}");
    }
}

/// As behind `| head`, which stops reading when it has enough.
#[test]
fn a_reader_who_has_gone_is_no_reason_to_panic() {
    let mut manifest = countersign(&["manifest", "github", "--public-url", "https://pat.example.com"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);

    let output = manifest.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();

    assert!(output.status.success(), "{:?}", output.status);
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn what_can_not_be_printed_is_a_failure() {
    let mut manifest = countersign(&["manifest", "github", "--public-url", "https://pat.example.com"]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();

    let output = manifest.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();

    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("the output can't be written"), "{}", text(&output.stderr));
}

#[tokio::test]
async fn the_demo_tells_where_its_page_is_last_and_takes_another_port_if_need_be() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut demo = countersign(&["demo", "--listen", &taken.local_addr().unwrap().to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines.find(|line| line.starts_with("http://")).expect("an address");
    assert_ne!(address, format!("http://{}", taken.local_addr().unwrap()));
    assert!(crate::support::get(&address).await.text().contains("<title>Countersign demo</title>"));
    assert!(stop(&mut demo));
    assert_eq!(lines.next(), None, "the address is the last line");
}

#[test]
fn the_manifests_are_the_files_of_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests");
    for (which, file) in [("slack", "slack-app.json"), ("github", "github-app.json")] {
        let printed = output(&["manifest", which, "--public-url", "https://countersign.example.com"]);
        assert!(printed.status.success());
        assert_eq!(text(&printed.stdout).trim(), std::fs::read_to_string(root.join(file)).unwrap().trim());
    }
}

#[tokio::test]
async fn check_tells_who_can_decide_what() {
    let world = World::closed().await;

    let check = output(&["check", "--config", world.stage.config.to_str().unwrap()]);

    assert!(check.status.success(), "{}", text(&check.stderr));
    let said = text(&check.stdout);
    assert!(said.contains("go to C0APPROVALS; approvers (alice, monalisa) may decide them."), "{said}");
}

#[tokio::test]
async fn check_says_where_members_come_from_and_who_can_change_that() {
    let world = World::closed().await;
    let members = r#"["alice", "slack-group:S0SECURITY", "github-team:acme/security", "github-owners"]"#;
    world.configure(|text| *text = text.replace(r#"["alice", "monalisa"]"#, members));

    let check = output(&["check", "--config", world.stage.config.to_str().unwrap()]);

    assert!(check.status.success(), "{}", text(&check.stderr));
    let said = text(&check.stdout);
    assert!(
        said.contains(
            "approvers (alice, everybody in the Slack user group S0SECURITY, everybody in the GitHub team acme/security \
             and the teams below it, every owner of the organization on GitHub) may decide them."
        ),
        "{said}"
    );
    assert!(said.contains("whoever administers the Slack workspace can add themselves"), "{said}");
}

#[tokio::test]
async fn every_mistake_is_told_at_once_and_the_exit_code_is_2() {
    let world = World::closed().await;
    std::fs::write(
        &world.stage.config,
        "lisen = \"0.0.0.0:3000\"\nroute = [{ channel = \"general\" }]\n[github]\napp_id = \"x\"\n",
    )
    .unwrap();

    for command in ["check", "serve"] {
        let run = output(&[command, "--config", world.stage.config.to_str().unwrap()]);
        let said = text(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{said}");
        for key in
            ["lisen", "listen", "route[0].channel", "github.app_id", "github.private_key", "slack.bot_token"]
        {
            assert!(said.contains(key), "{key} is missing:\n{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_decides_requests_refuses_a_second_of_its_kind_and_stops_on_a_signal() {
    let world = World::closed_on_the_wall_clock().await;
    let mut serving = serve(&world);
    let base = serving.base.clone();
    world.github().send_webhooks_to(&format!("{base}/github/webhooks"));
    world.slack().serve_at(&base);

    let request = world.github().request_token(crate::support::push_to_payments(&world.stage.clock)).await;
    world.slack().until(|slack| !slack.channel(APPROVALS).is_empty()).await.unwrap();
    // On PostgreSQL a second one is welcome.
    let second = (!world.is_on_postgres())
        .then(|| output(&["serve", "--config", world.stage.config.to_str().unwrap()]));
    let ts = world.card().ts;
    world.slack().click("U0ALICE", APPROVALS, &ts, "approve").await.unwrap();
    world.slack().until(|slack| slack.channel(APPROVALS)[0].text.contains("Approved")).await.unwrap();

    assert!(world.github().decision_on(request).is_some());
    if let Some(second) = second {
        assert_eq!(second.status.code(), Some(1));
        assert!(text(&second.stderr).contains("another countersign is using the database"), "{second:?}");
    }
    assert!(stop(&mut serving.child));
}

/// The real program, killed for good between the call to GitHub and its answer.
#[tokio::test(flavor = "multi_thread")]
async fn serve_killed_in_the_middle_of_a_review_goes_on_where_it_was() {
    use countersign::simulator::github::{Stage, Verdict};
    let world = World::closed_on_the_wall_clock().await;
    let mut first = serve(&world);
    world.github().send_webhooks_to(&format!("{}/github/webhooks", first.base));
    world.slack().serve_at(&first.base);
    let request = world.github().request_token(crate::support::push_to_payments(&world.stage.clock)).await;
    world.slack().until(|slack| !slack.channel(APPROVALS).is_empty()).await.unwrap();
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::After) => Verdict::Hang,
        _ => Verdict::Continue,
    });
    let ts = world.card().ts;
    world.slack().click("U0ALICE", APPROVALS, &ts, "approve").await.unwrap();
    world.github().until(|github| github.decision_on(request).is_some()).await.unwrap();

    first.child.kill().unwrap();
    first.child.wait().unwrap();
    world.github().work_normally();
    let mut again = serve(&world);
    world.slack().until(|slack| slack.channel(APPROVALS)[0].text.contains("Approved by")).await.unwrap();

    assert_eq!(world.github().reviews(request).attempted, 1);
    assert!(stop(&mut again.child));
}

/// The running program.
pub(crate) struct Serving {
    child: Child,
    pub(crate) base: String,
    pub(crate) admin: String,
    logged: watch::Sender<Vec<Value>>,
    log: Option<std::thread::JoinHandle<()>>,
}

impl Serving {
    /// The most memory it has ever held, in bytes.
    pub(crate) fn most_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Every line of its log so far.
    pub(crate) fn logged(&self) -> Vec<Value> {
        self.logged.borrow().clone()
    }

    /// Returns once there is such a line in its log.
    pub(crate) async fn until_logged(&self, is_it: impl Fn(&Value) -> bool) {
        let mut logged = self.logged.subscribe();
        let told = logged.wait_for(|lines| lines.iter().any(&is_it));
        let told = tokio::time::timeout(Duration::from_secs(30), told).await;
        assert!(told.is_ok(), "it was never logged: {:#?}", self.logged());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        // All of its log is to be looked at.
        self.log.take().map(std::thread::JoinHandle::join);
    }
}

/// Starts `serve`, as talkative as it can be, and reads its addresses off its log.
pub(crate) fn serve(world: &World) -> Serving {
    serve_at_level(world, "trace")
}

/// The same, saying only what an operator reads.
pub(crate) fn serve_quietly(world: &World) -> Serving {
    serve_at_level(world, "warn,countersign::app::service=info")
}

fn serve_at_level(world: &World, level: &str) -> Serving {
    let mut child = countersign(&["serve", "--config", world.stage.config.to_str().unwrap()])
        .env("RUST_LOG", level)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let logged = watch::Sender::new(Vec::new());
    let keep = |logged: &watch::Sender<Vec<Value>>, line: &str| {
        LogWatch::program_wrote(line);
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| Value::from(line));
        logged.send_modify(|lines| lines.push(line));
    };
    let addresses = log.by_ref().find_map(|line| {
        keep(&logged, &line);
        let line: Value = serde_json::from_str(&line).unwrap_or_default();
        Some((line["public"].as_str()?.to_owned(), line["admin"].as_str()?.to_owned()))
    });
    let (public, admin) = addresses.unwrap_or_else(|| panic!("it never served: {:#?}", logged.borrow()));
    // Nobody may be blocked by a full pipe.
    let told = logged.clone();
    let log = std::thread::spawn(move || log.for_each(|line| keep(&told, &line)));
    Serving {
        child,
        base: format!("http://{public}"),
        admin: format!("http://{admin}"),
        logged,
        log: Some(log),
    }
}

/// Sends the running program a signal, by its own number.
pub(crate) fn signal(serving: &Serving, name: &str) -> bool {
    let sent = Command::new("kill").args([&format!("-{name}"), &serving.child.id().to_string()]).status();
    sent.expect("kill runs").success()
}

/// Asks the program to stop and tells whether it did so in order.
fn stop(child: &mut Child) -> bool {
    let asked = Command::new("kill").arg(child.id().to_string()).status().expect("kill runs");
    asked.success() && child.wait().expect("it ends").success()
}
