//! Operators' own policies, and rules that change while the service runs.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use countersign::app::Reloaded;
use countersign::audit::{Entry, FieldValue};
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::policy::Engine;
use countersign::simulator::github::NewRequest;
use countersign::store::Store;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::audit_log::entries;
use crate::program::{output, serve, signal, text};
use crate::support::{World, get, push_to_payments};

/// A request that nobody has made.
const REQUEST: &str = r#"{ "organization": "acme", "requester": "octocat", "permissions": { "repository": { "contents": "read" } }, "repositories": "all", "expires_at": null }"#;

/// Nobody but security approves what can write.
pub(crate) const SECURITY_FIRST: &str = r#"
@id("security-first")
@message("Writing needs somebody from security.")
forbid (principal is User, action == Action::"approve", resource is TokenRequest)
when { resource.level >= 2 }
unless { principal in Group::"security" };
"#;

pub(crate) fn write(world: &World, name: &str, policy: &str) {
    let folder = world.stage.config.parent().unwrap().join("policies");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), policy).unwrap();
}

fn with_directory(text: &mut String) {
    let keys = "policy.directory = \"policies\"\ngroups.security.members = [\"monalisa\"]\ndatabase.url";
    *text = text.replace("database.url", keys);
}

pub(crate) async fn with_policy(policy: &str) -> World {
    let mut world = World::closed().await;
    write(&world, "rules.cedar", policy);
    world.configure(with_directory);
    world.open(countersign::store::Probe::default()).await;
    world.quiet().await;
    world
}

pub(crate) async fn reload(world: &World) -> Reloaded {
    let reloaded = world.running.as_ref().unwrap().app.reload().await.unwrap();
    world.quiet().await;
    reloaded
}

pub(crate) async fn status(world: &World) -> Value {
    let answer = get(&format!("{}/status", world.running.as_ref().unwrap().admin)).await;
    serde_json::from_str(&answer.text()).unwrap()
}

fn told_operators(world: &World) -> Vec<String> {
    world.slack().channel(OPERATORS).iter().map(|message| message.on_screen()).collect()
}

#[tokio::test]
async fn an_operators_prohibition_refuses_with_its_own_words() {
    let world = with_policy(SECURITY_FIRST).await;
    world.octocat_asks().await;

    world.press("U0ALICE", "approve").await;
    assert_snapshot!(
        world.told_alone("U0ALICE"),
        @"The policies do not allow this: Writing needs somebody from security."
    );
    world.press("U0MONALISA", "approve").await;

    assert!(world.card().text.contains("Approved"), "{}", world.card().text);
    let refused = entries(&world).await.into_iter().find(|entry| entry.result == "refused: policy").unwrap();
    assert_eq!(refused.policies, ["security-first"]);
}

#[tokio::test]
async fn rules_that_change_are_taken_while_it_runs_and_cards_follow() {
    let world = World::start().await;
    world.octocat_asks().await;
    assert!(world.card().on_screen().contains("approvers"), "{}", world.card().on_screen());
    let app = world.running.as_ref().unwrap().app.clone();
    let mut rules = app.rules_in_force();
    let before = rules.borrow_and_update().policy.hash().to_owned();

    write(&world, "rules.cedar", SECURITY_FIRST);
    world.configure(|text| {
        with_directory(text);
        *text = text
            .replace("channel = \"C0APPROVALS\"", "channel = \"C0APPROVALS\", approvers = [\"security\"]");
    });
    // Time goes on until the files are looked at.
    for _ in 0..200 {
        world.stage.clock.advance(TimeDelta::seconds(3));
        if tokio::time::timeout(Duration::from_millis(100), rules.changed()).await.is_ok() {
            break;
        }
    }
    // The new rules count before the cards are asked for; whoever reloads now waits for that.
    assert_eq!(reload(&world).await, Reloaded::Unchanged);

    let after = app.rules().policy.hash().to_owned();
    assert_ne!(before, after);
    assert!(world.card().on_screen().contains("security"), "{}", world.card().on_screen());
    world.press("U0ALICE", "approve").await;
    assert!(world.told_alone("U0ALICE").contains("Who can: security"), "{}", world.told_alone("U0ALICE"));
    world.press("U0MONALISA", "approve").await;
    assert!(world.card().text.contains("Approved"), "{}", world.card().text);
    assert_eq!(status(&world).await["policies"]["hash"], after.as_str());
    let recorded =
        entries(&world).await.into_iter().find(|entry| entry.action.name() == "rules.reloaded").unwrap();
    assert_eq!(plain(&recorded, "policies_before"), before);
    assert_eq!(plain(&recorded, "policies"), after);
}

#[tokio::test]
async fn a_broken_set_is_refused_loudly_once_and_the_old_one_stays() {
    let world = with_policy(SECURITY_FIRST).await;
    world.octocat_asks().await;
    let hash = status(&world).await["policies"]["hash"].clone();

    write(&world, "rules.cedar", &SECURITY_FIRST.replace("security\"", "securty\""));
    world.configure(|text| {
        *text = text.replace("[\"alice\", \"monalisa\"]", "[\"alice\", \"monalisa\", \"bob\"]")
    });
    assert_eq!(reload(&world).await, Reloaded::Refused);
    assert_eq!(reload(&world).await, Reloaded::Refused);

    let policies = status(&world).await["policies"].clone();
    assert_eq!(policies["hash"], hash);
    assert_eq!(policies["reload_refused"]["codes"], serde_json::json!(["unknown-group"]));
    let told = told_operators(&world);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_snapshot!(told[0].replace(&hash.as_str().unwrap()[..12], "HASH"));
    // Nothing of the broken configuration counts, not even what is in order.
    world.press("U0BOB", "approve").await;
    assert!(world.told_alone("U0BOB").contains("You can't decide this request"));
    world.press("U0ALICE", "approve").await;
    assert!(world.told_alone("U0ALICE").contains("somebody from security"));

    write(&world, "rules.cedar", &SECURITY_FIRST.replace(">= 2", ">= 3"));
    assert_eq!(reload(&world).await, Reloaded::Taken);
    assert_eq!(status(&world).await["policies"]["reload_refused"], Value::Null);
    world.press("U0BOB", "approve").await;
    assert!(world.card().text.contains("Approved"), "{}", world.card().text);

    // The same mistakes again are news again.
    write(&world, "rules.cedar", &SECURITY_FIRST.replace("security\"", "securty\""));
    assert_eq!(reload(&world).await, Reloaded::Refused);
    assert_eq!(told_operators(&world).len(), 3);
}

#[tokio::test]
async fn requirements_are_taken_with_the_rest_or_not_at_all() {
    let world = with_policy("").await;
    let request = world.octocat_asks().await;
    let required = |approvals: u32| {
        world.configure(|text| {
            let kept: String = text.split("\n[[require]]").next().unwrap_or_default().to_owned();
            *text = format!("{kept}\n[[require]]\napprovals = {approvals}\n");
        });
    };

    required(2);
    assert_eq!(reload(&world).await, Reloaded::Taken);
    // The vote that would have been enough before.
    world.press("U0ALICE", "approve").await;
    assert!(world.github().is_pending(request));
    assert!(world.card().on_screen().contains("1 of 2"), "{}", world.card().on_screen());

    required(1);
    write(&world, "rules.cedar", "permit");
    assert_eq!(reload(&world).await, Reloaded::Refused);
    world.press("U0ALICE", "approve").await;
    assert!(world.github().is_pending(request));

    world.press("U0MONALISA", "approve").await;
    assert!(world.card().text.contains("Approved"), "{}", world.card().text);
}

#[tokio::test]
async fn a_link_that_is_taken_anew_in_place_of_another_waits_for_a_day() {
    let world = World::start().await;
    world.slack().add_user("U0HUBOT", "hubot");
    let request = world.octocat_asks().await;
    // Pins alice's account.
    world.modal("U0ALICE", "deny").await;

    world.configure(|text| *text = text.replace("alice = \"U0ALICE\"", "alice = \"U0HUBOT\""));
    assert_eq!(reload(&world).await, Reloaded::Taken);

    world.press("U0ALICE", "approve").await;
    assert!(world.told_alone("U0ALICE").contains("your GitHub account"), "{}", world.told_alone("U0ALICE"));
    // Counted from the reload.
    world.pass(TimeDelta::hours(23)).await;
    world.press("U0HUBOT", "approve").await;
    assert!(world.told_alone("U0HUBOT").contains("24 hours"), "{}", world.told_alone("U0HUBOT"));
    assert!(world.github().is_pending(request));

    world.pass(TimeDelta::hours(1)).await;
    world.press("U0HUBOT", "approve").await;
    assert!(world.card().text.contains("Approved"), "{}", world.card().text);
}

#[tokio::test]
async fn what_needs_a_restart_is_told_and_the_rest_is_taken() {
    let world = World::start().await;

    world.configure(|text| {
        with_directory(text);
        *text = text.replace("admin_listen = \"127.0.0.1:0\"", "admin_listen = \"127.0.0.1:1\"");
    });
    write(&world, "rules.cedar", SECURITY_FIRST);

    assert_eq!(reload(&world).await, Reloaded::Taken);
    let policies = status(&world).await["policies"].clone();
    assert_eq!(policies["restart_needed_for"], serde_json::json!(["admin_listen"]));
    assert_eq!(policies["files"], 1);
    assert_eq!(reload(&world).await, Reloaded::Unchanged);
}

/// The real program, told by a signal.
#[tokio::test(flavor = "multi_thread")]
async fn a_hangup_has_the_rules_taken_anew() {
    let world = World::closed_on_the_wall_clock().await;
    write(&world, "rules.cedar", SECURITY_FIRST);
    world.configure(with_directory);
    let serving = serve(&world);
    world.github().send_webhooks_to(&format!("{}/github/webhooks", serving.base));
    world.slack().serve_at(&serving.base);
    let policies = || async {
        let answer = get(&format!("{}/status", serving.admin)).await;
        serde_json::from_str::<Value>(&answer.text()).unwrap()["policies"].clone()
    };
    let before = policies().await;

    write(&world, "rules.cedar", "permit");
    assert!(signal(&serving, "HUP"));
    serving
        .until_logged(|line| line["cause"].as_str().is_some_and(|cause| cause.contains("policy-syntax")))
        .await;
    assert_eq!(policies().await["hash"], before["hash"]);
    let metrics = get(&format!("{}/metrics", serving.admin)).await.text();
    assert!(!metrics.contains("countersign_reload_failures_total 0"), "{metrics}");

    write(&world, "rules.cedar", &SECURITY_FIRST.replace(">= 2", ">= 3"));
    assert!(signal(&serving, "HUP"));
    serving.until_logged(|line| line["action"] == "rules.reloaded").await;
    world.github().request_token(push_to_payments(&world.stage.clock)).await;
    world.slack().until(|slack| !slack.channel(APPROVALS).is_empty()).await.unwrap();
    let ts = world.card().ts;
    world.slack().click("U0ALICE", APPROVALS, &ts, "approve").await.unwrap();
    world.slack().until(|slack| slack.channel(APPROVALS)[0].text.contains("Approved")).await.unwrap();
    assert_ne!(policies().await["hash"], before["hash"]);
}

/// Has every judgement on record worked out again from what is there, and tells what each was.
pub(crate) async fn worked_out_again(store: &Store, world: &World) -> Vec<String> {
    let mut seen = Vec::new();
    for entry in entries(world).await {
        let facts = facts(&entry);
        let Some(hash) = facts.get("policies") else { continue };
        let texts = store.policy_set(hash).await.unwrap().expect("the set is kept");
        let again = Engine::recorded(texts).unwrap().again(&facts).unwrap();
        let is_yes = !entry.result.starts_with("refused");
        assert_eq!((again.is_yes, &again.policies), (is_yes, &entry.policies), "{}", entry.action.name());
        seen.push(format!("{} {}", entry.action.name(), again.is_yes));
    }
    seen
}

#[tokio::test]
async fn a_decision_is_worked_out_again_from_the_record_alone() {
    let world = with_policy(SECURITY_FIRST).await;
    world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    world.press("U0MONALISA", "approve").await;
    // Other rules are in force by now.
    write(&world, "rules.cedar", "");
    assert_eq!(reload(&world).await, Reloaded::Taken);

    let seen = worked_out_again(&world.running.as_ref().unwrap().app.store, &world).await;
    assert_eq!(seen, ["click.refused false", "vote.accepted true", "decision.made true"]);
}

#[tokio::test]
async fn mistakes_in_policies_stop_check_and_serve_with_file_and_line() {
    let world = World::closed().await;
    write(&world, "rules.cedar", "\n@id(\"x\") permit (principal, action, resource);\npermit");
    world.configure(with_directory);

    for command in ["check", "serve"] {
        let run = output(&[command, "--config", world.stage.config.to_str().unwrap()]);
        let said = text(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{said}");
        for told in
            ["policies/rules.cedar:2: it permits every action", "policies/rules.cedar:3:", "[policy-syntax]"]
        {
            assert!(said.contains(told), "{told}: {said}");
        }
    }
}

#[tokio::test]
async fn check_names_nobody_as_a_decider_whom_no_policy_lets_decide() {
    let world = World::closed().await;
    assert!(command(&world, &["check"]).contains("approvers (alice, monalisa) may decide them."));
    world.configure(|text| text.push_str("\n[policy]\nwithout = [\"approvers-decide\"]\n"));

    let told = command(&world, &["check"]);

    assert!(told.contains("only a policy of your own lets anybody decide them."), "{told}");
    assert!(!told.contains("may decide them."), "{told}");
}

fn plain(entry: &Entry, name: &str) -> String {
    let field = entry.fields.iter().find(|field| field.name == name).expect("the field");
    match &field.value {
        FieldValue::Plain(value) => value.clone(),
        FieldValue::Personal(personal) => personal.value().unwrap_or_default().to_owned(),
    }
}

pub(crate) fn facts(entry: &Entry) -> BTreeMap<String, String> {
    let facts = entry.fields.iter().filter(|field| field.name.starts_with("fact."));
    facts
        .map(|field| (field.name.trim_start_matches("fact.").to_owned(), plain(entry, &field.name)))
        .collect()
}

/// What a command says on standard output.
pub(crate) fn command(world: &World, arguments: &[&str]) -> String {
    let run = output(&[arguments, &["--config", world.stage.config.to_str().unwrap()]].concat());
    assert!(run.status.success(), "{arguments:?}: {}", text(&run.stderr));
    text(&run.stdout)
}

#[tokio::test]
async fn explain_tells_what_would_happen_and_what_would_change_it() {
    let world = with_policy(SECURITY_FIRST).await;
    world.octocat_asks().await;
    let key = world.key_of(&world.card());
    let explain = |who: &str, more: &[&str]| {
        command(&world, &[&["policy", "explain", key.as_str(), "--as", who], more].concat())
            .replace(&key, "KEY")
    };
    let facts = |told: String| {
        told.lines()
            .filter(|line| {
                !line.starts_with("  request.") && !line.contains("now:") && !line.contains("policies:")
            })
            .collect::<Vec<_>>()
            .join("\n")
    };

    assert_snapshot!("explain_alice", facts(explain("alice", &[])));
    assert_snapshot!("explain_bob_deny", facts(explain("U0BOB", &["--action", "deny"])));
    let monalisa: Value = serde_json::from_str(&explain("monalisa", &["--json"])).unwrap();
    // Nobody was asked, so it is never a plain yes.
    assert_eq!(monalisa["decision"], "allowed_if");
    assert!(monalisa["not_known_here"][0].as_str().unwrap().contains("Slack account"));
    let octocat: Value = serde_json::from_str(&explain("octocat", &["--json", "--action", "deny"])).unwrap();
    assert_eq!(octocat["decision"], "refused");
    assert_eq!(octocat["forbidden_by"][0]["name"], "own-request");

    let file = world.stage.config.with_file_name("request.json");
    std::fs::write(&file, REQUEST).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let reading = command(&world, &["policy", "explain", "--file", &file, "--as", "alice", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&reading).unwrap()["decision"], "allowed_if");
    let nobody = output(&[
        "policy",
        "explain",
        "--file",
        &file,
        "--as",
        "alcie",
        "--config",
        world.stage.config.to_str().unwrap(),
    ]);
    assert!(text(&nobody.stderr).contains("did you mean alice?"), "{nobody:?}");
}

/// Reading for a month is approved, what never ends is denied, and the rest is left to people.
const RULES: &str = r#"
@id("reading")
permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest)
when { resource.level <= 1 && resource.lifetimeDays <= 30 };

@id("nothing-eternal")
@message("Tokens have to end within half a year.")
permit (principal is Rule, action == Action::"autoDeny", resource is TokenRequest)
when { resource.lifetimeDays > 180 };
"#;

#[tokio::test]
async fn explain_tells_what_rules_would_do_alone() {
    let world = with_policy(RULES).await;
    let file = world.stage.config.with_file_name("request.json");
    let explain = |days: Option<i64>, level: &str, more: &[&str]| {
        let end = days.map(|days| (world.stage.clock.now() + TimeDelta::days(days)).to_rfc3339());
        let request = json!({
            "organization": "acme",
            "requester": "octocat",
            "permissions": { "repository": { "contents": level } },
            "repositories": ["payments-api"],
            "expires_at": end,
            "created_at": world.stage.clock.now().to_rfc3339(),
        });
        std::fs::write(&file, request.to_string()).unwrap();
        let now = world.stage.clock.now().to_rfc3339();
        let file = file.to_str().unwrap();
        command(&world, &[&["policy", "explain", "--file", file, "--rules", "--at", &now], more].concat())
    };
    let first = |told: String| {
        told.lines().take_while(|line| !line.starts_with("Facts")).collect::<Vec<_>>().join("\n")
    };

    assert_snapshot!(
        [(Some(30), "read"), (None, "read"), (Some(90), "write")]
            .map(|(days, level)| first(explain(days, level, &[])).replace(file.to_str().unwrap(), "FILE"))
            .join("\n\n")
    );
    let json: Value = serde_json::from_str(&explain(Some(30), "read", &["--json"])).unwrap();
    assert_eq!(
        (&json["decision"], &json["rule"], &json["automatic"]),
        (&json!("approved_if"), &json!("reading"), &json!("off"))
    );
    let json: Value = serde_json::from_str(&explain(Some(90), "invented", &["--json"])).unwrap();
    assert_eq!(
        (&json["decision"], &json["why"]),
        (&json!("people"), &json!("it asks for something that is not known"))
    );

    // One on record that nobody asks rules about.
    world.octocat_asks().await;
    let key = world.key_of(&world.card());
    let told = command(&world, &["policy", "explain", &key, "--rules"]);
    assert!(told.contains("Rules are not asked: they were asked about this content already"), "{told}");
}

#[tokio::test]
async fn explain_tells_first_what_is_in_everybodys_way() {
    let world = World::start().await;
    world.octocat_asks().await;
    let key = world.key_of(&world.card());
    let explain = |more: &[&str]| {
        command(&world, &[&["policy", "explain", key.as_str(), "--as", "alice"], more].concat())
            .replace(&key, "KEY")
    };
    let as_json =
        |action: &str| -> Value { serde_json::from_str(&explain(&["--json", "--action", action])).unwrap() };
    command(&world, &["freeze", "on", "--why", "a leak"]);
    world.quiet().await;

    let told = explain(&[]);
    assert!(told.starts_with("As things stand nobody can do it. ❄ Frozen by an operator since"), "{told}");
    assert!(told.contains("\nalice (U0ALICE) may approve KEY, if what is not known here is so."), "{told}");
    let [approve, deny, show] = ["approve", "deny", "show"].map(as_json);
    assert_eq!((&approve["decision"], &approve["in_the_way"]), (&json!("refused"), &json!("frozen")));
    assert!(approve["told"].as_str().unwrap().contains("a leak"), "{approve}");
    assert_eq!((&deny["decision"], &deny["in_the_way"]), (&json!("allowed_if"), &Value::Null));
    assert_eq!(show["in_the_way"], Value::Null);

    command(&world, &["freeze", "off"]);
    world.quiet().await;
    world.press("U0ALICE", "approve").await;
    assert_snapshot!(explain(&["--action", "deny"]).lines().next().unwrap(), @"As things stand nobody can do it. This is already over: approved by alice, 23 Nov 2026, 12:00 UTC.");
    assert_eq!(as_json("deny")["in_the_way"], "already_settled");
}

#[tokio::test]
async fn explain_knows_that_a_changed_link_waits() {
    let world = World::start().await;
    world.octocat_asks().await;
    // Alice's account is pinned to her Slack user of now.
    world.press("U0ALICE", "approve").await;
    world.octocat_asks().await;
    let key = world.key_of(&world.card());
    world.configure(|config| *config = config.replace("U0ALICE", "U0ALICEANEW"));

    let told = command(&world, &["policy", "explain", key.as_str(), "--as", "alice", "--json"]);

    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["decision"], "refused", "{told}");
    assert!(told.to_string().contains("recent-link"), "{told}");
}

#[tokio::test]
async fn explain_knows_a_link_that_somebody_made_where_it_is_on_record() {
    let world = World::start_with_sign_in(|_| {}).await;
    world.octocat_asks().await;
    let key = world.key_of(&world.card());
    let file = world.stage.config.with_file_name("request.json");
    std::fs::write(&file, REQUEST).unwrap();
    let explain = |more: &[&str]| -> Value {
        let told = command(&world, &[&["policy", "explain", "--as", "U0HUBOT", "--json"], more].concat());
        serde_json::from_str(&told).unwrap()
    };
    let by_file = |more: &[&str]| explain(&[&["--file", file.to_str().unwrap()], more].concat());
    let by_key = |more: &[&str]| explain(&[&[key.as_str()], more].concat());

    // Nobody has linked anything, and the record says so; without the record nobody can tell.
    assert_eq!(by_key(&[])["decision"], "refused");
    assert!(by_key(&[])["forbidden_by"].to_string().contains("unknown-account"), "{}", by_key(&[]));
    assert_eq!(by_file(&[])["decision"], "unknown");
    assert!(by_file(&[])["told"].as_str().unwrap().contains("not looked up here"), "{}", by_file(&[]));

    let address = crate::link::ticket(&world, "U0HUBOT").await;
    world.visitor("U0HUBOT", "hubot").links(&address).await;
    let new = by_key(&["--at", "2026-11-24T11:00:00Z"]);
    assert_eq!(new["decision"], "refused");
    assert_eq!(new["forbidden_by"][0]["name"], "recent-link");
    let old = by_key(&["--at", "2026-11-24T13:00:00Z"]);
    assert_eq!(old["decision"], "allowed_if", "{old}");
    assert_eq!(old["as"], "hubot (U0HUBOT)");
    assert_eq!(by_file(&[])["decision"], "unknown");

    // What they asked for is theirs, also by a link of their own making.
    let hubots = NewRequest { owner: "hubot".to_owned(), ..push_to_payments(&world.stage.clock) };
    world.github().request_token(hubots).await;
    world.quiet().await;
    let own = explain(&[&world.key_of(&world.card()), "--at", "2026-11-24T13:00:00Z"]);
    assert_eq!(own["forbidden_by"][0]["name"], "own-request", "{own}");

    // The mapping goes first.
    world.configure(|text| *text = text.replace("bob = \"U0BOB\"", "hubot = \"U0BOB\""));
    let contradicted = by_key(&["--at", "2026-11-24T13:00:00Z"]);
    assert_eq!(contradicted["decision"], "unknown", "{contradicted}");
    assert!(contradicted["told"].as_str().unwrap().contains("somebody else's"), "{contradicted}");
    assert_eq!(contradicted["permitted_by"][0]["name"], "approvers-decide");
}

#[tokio::test]
async fn who_may_have_linked_themselves_is_not_counted_as_nobody() {
    let few = |world: &World| {
        let said = command(world, &["check"]);
        said.lines().filter(|line| line.starts_with("warning:")).map(str::to_owned).collect::<Vec<_>>()
    };
    let one = |text: &mut String| *text = text.replace("\"alice\", \"monalisa\"", "\"alice\"");

    let open = World::start_with_sign_in(one).await;
    assert!(few(&open).is_empty(), "{:?}", few(&open));
    let closed = World::start_with(|text| {
        *text = text.replace("[\"alice\", \"monalisa\"]", "[\"alice\", \"slack:U0HUBOT\"]");
    })
    .await;
    assert!(few(&closed)[0].contains("only alice can decide its requests"), "{:?}", few(&closed));
}

#[tokio::test]
async fn a_set_on_record_can_be_looked_at_after_it_is_gone() {
    let world = with_policy(SECURITY_FIRST).await;
    let before = world.running.as_ref().unwrap().app.rules().policy.hash().to_owned();
    write(&world, "rules.cedar", "");
    assert_eq!(reload(&world).await, Reloaded::Taken);

    let shown = command(&world, &["policy", "show", "--set", &before[..12]]);
    assert!(shown.starts_with(&format!("// The policies on record; their hash is {before}.")), "{shown}");
    assert!(shown.contains("@id(\"security-first\")"), "{shown}");
    assert!(!command(&world, &["policy", "show"]).contains("security-first"));
    let config = world.stage.config.to_str().unwrap();
    let unknown = output(&["policy", "show", "--set", "0000000000", "--config", config]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("no set on record"), "{unknown:?}");
}

#[tokio::test]
async fn explain_tells_what_it_takes_beside_the_permit() {
    let world = with_policy("").await;
    world.configure(|text| {
        text.push_str("\n[machines]\nhubot = \"alice\"\n[[require]]\napprovals = 2\none_from_each = [\"security\", \"leads\"]\n[groups.leads]\nmembers = [\"bob\"]\n");
    });
    assert_eq!(reload(&world).await, Reloaded::Taken);
    world.octocat_asks().await;
    let key = world.key_of(&world.card());
    let about_votes = |who: &str| {
        let told = command(&world, &["policy", "explain", key.as_str(), "--as", who]);
        let lines = told.lines().filter(|line| line.starts_with("It takes") || line.contains("vote"));
        lines.collect::<Vec<_>>().join("\n")
    };

    assert_snapshot!(about_votes("monalisa"), @r"
    It takes 2 approvals, one each of leads and security, at least one of them by approvers.
    Their vote would count, and not be enough by itself.
    ");
    assert_eq!(about_votes("bob"), about_votes("monalisa"));
    assert_snapshot!(
        about_votes("octocat"),
        @"It takes 2 approvals, one each of leads and security, at least one of them by approvers."
    );
    let bob = command(&world, &["policy", "explain", key.as_str(), "--as", "bob", "--json"]);
    let bob: Value = serde_json::from_str(&bob).unwrap();
    assert_eq!(bob["required"]["approvals"], 2);
    assert_eq!(bob["required"]["one_from_each"], serde_json::json!(["leads", "security"]));
    assert_eq!(bob["required"]["enough_by_itself"], false);

    // What lives in Slack or GitHub is not known here, and is no no.
    world.configure(|text| *text = text.replace("[\"bob\"]", "[\"github-team:acme/leads\"]"));
    let about = |who: &str| -> Value {
        let told = command(&world, &["policy", "explain", key.as_str(), "--as", who, "--json"]);
        serde_json::from_str(&told).unwrap()
    };
    assert_eq!(about("bob")["decision"], "unknown");
    assert_eq!(about("bob")["groups_that_allow"], serde_json::json!(["leads"]));
    assert_eq!(about("octocat")["decision"], "refused");
    let checked = command(&world, &["check"]);
    assert!(checked.contains("everybody in the GitHub team acme/leads"), "{checked}");

    // Who answers for a machine asks for what it asks for.
    let hubots = NewRequest { owner: "hubot".to_owned(), ..push_to_payments(&world.stage.clock) };
    world.github().request_token(hubots).await;
    world.quiet().await;
    let key = world.key_of(&world.card());
    let alice = command(&world, &["policy", "explain", key.as_str(), "--as", "alice", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&alice).unwrap()["forbidden_by"][0]["name"], "own-request");
}

#[tokio::test]
async fn check_and_show_tell_of_operators_policies_and_of_routes_with_few_people() {
    let world = with_policy(SECURITY_FIRST).await;
    world.configure(|text| {
        *text = text.replace(
            "route  = [{ channel = \"C0APPROVALS\" }]",
            "require = [{ permissions = [\"*:admin\"], one_from_each = [\"security\"] }]\nroute  = [{ channel = \"C0APPROVALS\", organization = \"acme\" }, { channel = \"C0OPS\", approvers = [\"security\"], unreviewed = \"quiet\" }, { channel = \"C0DOCS\", unreviewed = \"off\" }]",
        );
    });

    for arguments in [["policy", "check"].as_slice(), &["check"]] {
        let said = command(&world, arguments);
        for told in [
            "Requests in acme for any repositories go to C0APPROVALS; approvers (alice, monalisa) may decide them.",
            "go to C0OPS; security (monalisa) may decide them. A token granted without review is one line there that calls for nobody.",
            "go to C0DOCS; approvers (alice, monalisa) may decide them. A token granted without review is not shown there.",
            "The policy security-first (policies/rules.cedar:2) forbids beyond this: “Writing needs somebody from security.”.",
            "Requests that touch permissions *:admin in any repositories need at least 1 approval, one from each of security (monalisa).",
            "warning: route[1]: of its approvers only monalisa can decide its requests, and nobody monalisa's own",
        ] {
            assert!(said.contains(told), "{told:?} is missing:\n{said}");
        }
    }
    let shown: Value = serde_json::from_str(&command(&world, &["policy", "show", "--json"])).unwrap();
    let named = |name: &str| {
        shown["policies"].as_array().unwrap().iter().find(|one| one["name"] == name).cloned().unwrap()
    };
    assert_eq!(named("security-first")["from"], "policies/rules.cedar:2");
    assert_eq!(named("own-request")["from"], "built in");
    assert!(
        command(&world, &["policy", "show"])
            .contains("// security-first: policies/rules.cedar:2\n@id(\"security-first\")")
    );
}
