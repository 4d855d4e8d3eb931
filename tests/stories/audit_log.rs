//! The sealed record: what it tells, and that it can't be quietly rewritten.

use std::process::{Command, Output};

use chrono::TimeDelta;
use countersign::audit::{self, Entry, FieldValue};
use countersign::store::Reader;

use crate::support::World;

/// The record in a line for each entry: `action by whom: result [policies]`.
pub(crate) async fn told(world: &World) -> String {
    let entries = entries(world).await;
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The same without what was only looked up on the way, sorted: GitHub's answer and its event come in either order.
pub(crate) async fn told_in_short(world: &World) -> String {
    let told = told(world).await;
    let is_short = |line: &&str| {
        !["link.", "slack.", "service.", "request.enriched"].iter().any(|start| line.starts_with(start))
    };
    let mut lines: Vec<_> = told.lines().filter(is_short).collect();
    lines.sort_unstable();
    lines.join("\n")
}

pub(crate) async fn entries(world: &World) -> Vec<Entry> {
    let reader = Reader::open(&world.config().database).await.expect("the database is there");
    let sealed = reader.sealed_after(0, 1_000).await.expect("the record can be read");
    let unsealed = reader.unsealed_after(0, 1_000).await.expect("the record can be read");
    sealed.iter().chain(&unsealed).map(|row| audit::decode(&row.body).expect("an entry")).collect()
}

fn line(entry: &Entry) -> String {
    let by = match entry.actor.personal().first() {
        Some((_, personal)) => personal.value().unwrap_or("(forgotten)").to_owned(),
        None => entry.actor.kind().to_owned(),
    };
    let policies =
        if entry.policies.is_empty() { String::new() } else { format!(" [{}]", entry.policies.join(", ")) };
    format!("{} by {by}: {}{policies}", entry.action.name(), entry.result)
}

/// The personal values on record under one field's name.
pub(crate) async fn values(world: &World, name: &str) -> Vec<String> {
    let entries = entries(world).await;
    let fields = entries.iter().flat_map(|entry| &entry.fields).filter(|field| field.name == name);
    let values = fields.filter_map(|field| match &field.value {
        FieldValue::Plain(_) => None,
        FieldValue::Personal(personal) => personal.value().map(str::to_owned),
    });
    values.collect()
}

fn countersign(world: &World, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg("--config")
        .arg(&world.stage.config)
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn approved_and_sealed() -> World {
    let world = World::start().await;
    world.octocat_asks().await;
    world.pass(TimeDelta::seconds(2)).await;
    world.sealed().await;
    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::seconds(2)).await;
    world.sealed().await;
    world
}

#[tokio::test]
async fn the_record_verifies_beside_the_running_service() {
    let world = approved_and_sealed().await;

    let output = countersign(&world, &["audit", "verify"]);

    assert!(output.status.success(), "{output:?}");
    assert!(text(&output).starts_with("The record is whole:"), "{output:?}");
}

#[tokio::test]
async fn a_changed_entry_is_found() {
    let mut world = approved_and_sealed().await;
    world.kill().await;
    world.sql("UPDATE audit_entry SET body = replace(body, 'request.settled', 'request.changed')").await;

    let output = countersign(&world, &["audit", "verify"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("is not what was recorded"), "{output:?}");
}

#[tokio::test]
async fn a_removed_tail_is_found_by_a_head_kept_elsewhere() {
    let mut world = approved_and_sealed().await;
    let whole = text(&countersign(&world, &["audit", "verify"]));
    let head = whole.lines().last().unwrap().trim_start_matches("Head: ").to_owned();
    world.kill().await;
    world.sql("DELETE FROM audit_entry WHERE n > (SELECT min(last) FROM audit_seal)").await;
    world.sql("DELETE FROM audit_seal WHERE batch > 1").await;

    let without_head = countersign(&world, &["audit", "verify"]);
    let with_head = countersign(&world, &["audit", "verify", "--head", &head]);

    assert!(without_head.status.success(), "{without_head:?}");
    assert_eq!(with_head.status.code(), Some(1), "{with_head:?}");
}

#[tokio::test]
async fn an_export_verifies_by_itself_and_names_who_decided() {
    let world = approved_and_sealed().await;

    let jsonl = countersign(&world, &["audit", "export"]);
    let csv = countersign(&world, &["audit", "export", "--format", "csv"]);

    let report = audit::verify_export(None, jsonl.stdout.as_slice(), None).expect("a whole export");
    assert!(report.sealed > 5);
    assert!(text(&csv).lines().any(|line| line.contains("decision.made") && line.contains("alice")));
}

#[tokio::test]
async fn an_export_can_be_cut_by_time() {
    let world = approved_and_sealed().await;

    let none = countersign(&world, &["audit", "export", "--since", "2030-01-01"]);
    let all = countersign(&world, &["audit", "export", "--since", "2026-11-23", "--until", "2026-11-24"]);

    assert_eq!(text(&none), "");
    assert!(text(&all).contains("decision.made"));
    audit::verify_export(None, all.stdout.as_slice(), None).expect("whole batches");
}
