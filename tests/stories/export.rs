//! Active tokens as a file, sent to who may have it, of what they may see and of nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::audit::{Action, FieldValue};
use countersign::demo::{APPROVALS, ORGANIZATION};
use countersign::simulator::github::{MembershipState, NewRequest, Role};
use countersign::simulator::slack::{SharedFile, Slack, Stage, Verdict};
use countersign::store::{Moment, Probe};
use insta::assert_snapshot;
use serde_json::json;

use crate::audit_log;
use crate::support::deadly::Deadly;
use crate::support::{World, push_to_payments};
use crate::tokens::{EVERY, countersign, key_of, with_a_hidden_owner, with_tokens_and};

const AUDITORS: &str = "\n[groups.auditors]\nmembers = [\"alice\"]\n";

/// alice may export; octocat has a token beside `many` others.
async fn with_tokens(many: usize) -> World {
    with_tokens_and(many, |config| config.push_str(AUDITORS)).await
}

/// Types a command and waits until what follows is done. Gives what was said at once.
async fn asked(world: &World, user: &str, line: &str) -> String {
    let command = world.slack().command(user, APPROVALS, line).await.unwrap();
    assert!(command.answer.status.is_success(), "{:?}", command.answer);
    let at_once = world.slack().ephemerals(user).pop().map(|seen| seen.on_screen()).unwrap_or_default();
    world.quiet().await;
    at_once
}

/// The one file that somebody got.
fn file(world: &World, user: &str) -> SharedFile {
    let mut files = world.slack().files(user);
    assert_eq!(files.len(), 1, "{:?}", world.slack().ephemerals(user).pop());
    files.pop().unwrap()
}

fn text(file: &SharedFile) -> String {
    String::from_utf8(file.bytes.clone()).unwrap()
}

/// Rows of cells, without the header; none of these has a comma.
fn rows(file: &SharedFile) -> Vec<Vec<String>> {
    text(file).lines().skip(1).map(|row| row.split(',').map(str::to_owned).collect()).collect()
}

/// What stands on record of exports: of each how it ended, and with how many rows.
async fn results(world: &World) -> Vec<String> {
    let entries = audit_log::entries(world).await.into_iter();
    let exports = entries.filter(|entry| entry.action == Action::TokensExported);
    exports
        .map(|entry| entry.result)
        .zip(recorded(world, "rows").await)
        .map(|(how, rows)| format!("{how}, {rows}"))
        .collect()
}

/// What stands on record under one field's name about exports.
async fn recorded(world: &World, name: &str) -> Vec<String> {
    let entries = audit_log::entries(world).await.into_iter();
    let exports = entries.filter(|entry| entry.action == Action::TokensExported);
    let fields = exports.flat_map(|entry| entry.fields).filter(|field| field.name == name);
    let values = fields.filter_map(|field| match field.value {
        FieldValue::Plain(value) => Some(value),
        FieldValue::Personal(_) => None,
    });
    values.collect()
}

/// From here on one method of Slack's is interfered with, before or after it had its effect.
fn interfere(world: &World, method: &'static str, stage: Stage, verdict: Verdict) {
    world.slack().on_call(
        move |called, now| {
            if called == method && now == stage { verdict.clone() } else { Verdict::Continue }
        },
    );
}

#[tokio::test]
async fn five_thousand_tokens_come_as_one_file() {
    let world = with_tokens(5_000).await;

    let at_once = asked(&world, "U0ALICE", "/pat export").await;

    let file = file(&world, "U0ALICE");
    let rows = rows(&file);
    let distinct: std::collections::BTreeSet<_> = rows.iter().map(|row| &row[0]).collect();
    assert_eq!((rows.len(), distinct.len()), (5_001, 5_001));
    assert_eq!((file.name.as_str(), file.title.as_str()), ("tokens-2026-11-23.csv", "tokens-2026-11-23.csv"));
    assert!(file.comment.starts_with("5001 tokens\nas of 23 Nov 2026"), "{}", file.comment);
    assert_snapshot!(at_once, @"
    You asked for a table of these tokens: all tokens
    I look up what you may export. Then the file comes to you directly, or I tell you why there is none.
    ");
    let told = audit_log::told(&world).await;
    assert!(told.contains("tokens.exported by U0ALICE: done [auditors-audit]"), "{told}");
    assert_eq!(recorded(&world, "rows").await, ["5001"]);
}

#[tokio::test]
async fn a_filter_is_that_of_a_list_and_on_record() {
    let world = with_tokens(3).await;

    asked(&world, "U0ALICE", "/pat export owner:dev-1").await;

    let rows = rows(&file(&world, "U0ALICE"));
    assert_eq!((rows.len(), rows[0][2].as_str()), (1, "dev-1"));
    assert_eq!(audit_log::values(&world, "filter").await, ["owner:dev-1"]);
    assert_eq!(recorded(&world, "columns").await, ["inventory"]);
}

#[tokio::test]
async fn who_may_not_export_is_told_so_and_gets_nothing() {
    let world = with_tokens(3).await;

    asked(&world, "U0BOB", "/pat export").await;

    assert!(world.slack().files("U0BOB").is_empty());
    assert_snapshot!(world.told_alone("U0BOB"), @"Nothing gives you the right to export the tokens of acme; members of the group auditors have it.");
    let told = audit_log::told(&world).await;
    assert!(told.contains("tokens.exported by U0BOB: refused: may_not_export"), "{told}");
    assert_eq!(recorded(&world, "rows").await, ["0"]);
}

/// Who may list has no right to take it all away by that.
#[tokio::test]
async fn a_manager_who_is_no_auditor_gets_nothing() {
    let world = with_tokens_and(3, |_| {}).await;

    asked(&world, "U0ALICE", "/pat export").await;

    assert!(world.slack().files("U0ALICE").is_empty());
    assert!(world.told_alone("U0ALICE").contains("right to export"), "{}", world.told_alone("U0ALICE"));
}

/// Rights are those of the moment at which the file is made.
#[tokio::test]
async fn a_right_that_was_lost_since_is_none() {
    let world = with_tokens(3).await;
    world.github().set_membership(ORGANIZATION, "alice", Role::Member, MembershipState::Pending);

    asked(&world, "U0ALICE", "/pat export").await;

    assert!(world.slack().files("U0ALICE").is_empty());
    assert!(world.told_alone("U0ALICE").contains("member"), "{}", world.told_alone("U0ALICE"));
}

#[tokio::test]
async fn what_a_policy_hides_is_in_no_file_and_not_counted() {
    let world = with_a_hidden_owner(|config| config.push_str(AUDITORS)).await;

    asked(&world, "U0ALICE", "/pat export").await;

    let file = file(&world, "U0ALICE");
    assert!(file.comment.starts_with("1 token\n"), "{}", file.comment);
    assert!(!text(&file).contains("octocat") && text(&file).contains("monalisa"));
}

#[tokio::test]
async fn what_is_left_out_is_said_beside_the_file() {
    let world = with_tokens(1).await;
    for other in ["octo-org", "umbrella"] {
        world.github().add_organization(other);
        world.github().install(other).await;
    }
    world.github().set_membership("umbrella", "alice", Role::Member, MembershipState::Pending);
    world.quiet().await;
    world.pass(EVERY).await;
    world.github().suspend(world.github().installation_in("octo-org").unwrap()).await;
    world.quiet().await;

    asked(&world, "U0ALICE", "/pat export").await;

    assert_snapshot!(file(&world, "U0ALICE").comment, @"
    2 tokens
    as of 23 Nov 2026, 12:15 UTC
    The App is suspended in octo-org: no tokens are shown from there. You may not export the tokens of umbrella.
    ");
}

#[tokio::test]
async fn a_filter_that_is_not_understood_makes_no_file() {
    let world = with_tokens(1).await;

    let told = asked(&world, "U0ALICE", "/pat export permision:contents for:review").await;

    assert!(world.slack().files("U0ALICE").is_empty());
    assert!(told.contains("Did you mean permission:?"), "{told}");
    assert!(told.contains("For example: /pat export "), "{told}");
}

#[tokio::test]
async fn where_nothing_fits_that_is_said_and_there_is_no_file() {
    let world = with_tokens(1).await;

    asked(&world, "U0ALICE", "/pat export owner:nobody").await;

    assert!(world.slack().files("U0ALICE").is_empty());
    assert_snapshot!(world.told_alone("U0ALICE"), @"No token that you may see fits, so there is no file. As of 23 Nov 2026, 12:00 UTC.");
}

#[tokio::test]
async fn what_an_owner_called_a_token_is_not_calculated() {
    let world = with_tokens(0).await;
    let wish = NewRequest {
        owner: "bob".to_owned(),
        token_name: "=HYPERLINK(\"http://evil.example\",\"x\")\r\n@SUM(1)".to_owned(),
        ..push_to_payments(&world.stage.clock)
    };
    world.github().grant_silently(wish);
    world.pass(EVERY).await;

    asked(&world, "U0ALICE", "/pat export owner:bob").await;

    let text = text(&file(&world, "U0ALICE"));
    assert!(text.contains("\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\r\n'@SUM(1)\""), "{text}");
}

#[tokio::test]
async fn a_review_tells_who_approved_and_leaves_room_for_a_verdict() {
    let world = with_tokens(0).await;
    world.octocat_asks().await;
    let request = world.key_of(&world.card());
    world.press("U0ALICE", "approve").await;
    let grants = world.github().grants(ORGANIZATION);
    let key = key_of(&world, grants[1].id).await;

    asked(&world, "U0ALICE", "/pat export for:review owner:octocat").await;

    let file = file(&world, "U0ALICE");
    assert_eq!(file.name, "access-review-2026-11-23.csv");
    assert!(text(&file).lines().next().unwrap().ends_with(",keep or revoke"));
    let rows = rows(&file);
    let reviewed = rows.iter().find(|row| row[0] == key).unwrap();
    assert_eq!(reviewed[4..6], ["octocat", "U0OCTOCAT"]);
    assert_eq!(reviewed[9..12], [request.as_str(), "person alice (U0ALICE)", "2026-11-23T12:00:00Z"]);
    assert_eq!(reviewed.last().unwrap(), "");
    // Of the other one nobody has told how it came to be.
    let other = rows.iter().find(|row| row[0] != key).unwrap();
    assert_eq!(other[9..12], ["", "unknown", "unknown"]);
    assert_eq!(recorded(&world, "columns").await, ["review"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_writes_the_same_review() {
    let world = with_tokens(1).await;
    world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    asked(&world, "U0ALICE", "/pat export for:review").await;

    let csv = countersign(&world, &["tokens", "list", "--csv", "--review"]);
    let odd = countersign(&world, &["tokens", "list", "--json", "--review"]);

    assert_eq!(String::from_utf8(csv.stdout).unwrap(), text(&file(&world, "U0ALICE")));
    assert_eq!(odd.status.code(), Some(2));
}

#[tokio::test]
async fn without_the_scope_the_asker_hears_what_is_missing_and_nothing_leaves() {
    let world = with_tokens(1).await;
    let all = ["chat:write", "commands", "im:write", "users:read", "usergroups:read", "channels:read"];
    world.slack().set_scopes(&all);

    asked(&world, "U0ALICE", "/pat export").await;

    assert_snapshot!(world.told_alone("U0ALICE"), @"The file could not be sent to you: the Slack app lacks the scope files:write. Whoever runs Countersign has to add it on the app's page and install the app anew; then please ask for it again.");
    assert_eq!(results(&world).await, ["not sent, 0"]);
    let operators = world.slack().channel(countersign::demo::OPERATORS);
    assert!(operators.iter().any(|message| message.on_screen().contains("lacks the scope files:write")));
}

#[tokio::test]
async fn what_slack_refuses_is_told_with_the_cure() {
    let world = with_tokens(1).await;
    for (method, answer, said) in [
        (
            "files.getUploadURLExternal",
            json!({"ok": false, "error": "file_uploads_disabled"}),
            "An administrator of this workspace has to allow such files",
        ),
        ("upload", json!("no"), "HTTP 413"),
        (
            "files.completeUploadExternal",
            json!({"ok": false, "error": "channel_not_found"}),
            "channel_not_found",
        ),
    ] {
        let status = if method == "upload" { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::OK };
        interfere(&world, method, Stage::Before, Verdict::Answer(status, answer));

        asked(&world, "U0ALICE", "/pat export").await;

        assert!(world.told_alone("U0ALICE").contains(said), "{method}: {}", world.told_alone("U0ALICE"));
        assert!(world.slack().files("U0ALICE").is_empty(), "{method}");
    }
    // From the upload on something may have left, which is on record before.
    assert_eq!(results(&world).await, ["not sent, 0", "done, 2", "done, 2"]);
}

#[tokio::test]
async fn an_address_that_is_not_slacks_gets_nothing() {
    let world = with_tokens(1).await;
    world
        .slack()
        .change_variants(|variants| variants.upload_url_base = Some("http://127.0.0.1:9".to_owned()));

    asked(&world, "U0ALICE", "/pat export").await;

    assert!(world.slack().calls().iter().all(|call| call.method != "upload"));
    assert!(world.told_alone("U0ALICE").contains("not one of Slack's"), "{}", world.told_alone("U0ALICE"));
    assert_eq!(results(&world).await, ["not sent, 0"]);
}

/// Of whom something was refused is on record however it ends.
#[tokio::test]
async fn what_was_not_sent_is_on_record_with_what_was_refused() {
    let world = with_tokens(1).await;
    world.github().add_organization("umbrella");
    world.github().install("umbrella").await;
    world.github().set_membership("umbrella", "alice", Role::Member, MembershipState::Pending);
    world.quiet().await;
    let refusal = json!({"ok": false, "error": "file_uploads_disabled"});
    let verdict = Verdict::Answer(StatusCode::OK, refusal);
    interfere(&world, "files.getUploadURLExternal", Stage::Before, verdict);

    asked(&world, "U0ALICE", "/pat export").await;

    assert_eq!(results(&world).await, ["not sent, 0", "refused: not_a_member, 0"]);
}

/// Rights are also those of the moment at which the file appears.
#[tokio::test]
async fn a_right_that_is_lost_while_the_file_is_uploaded_is_none() {
    let world = with_tokens(1).await;
    let github = world.github().clone();
    world.slack().on_call(move |called, stage| {
        if called == "upload" && stage == Stage::After {
            github.set_membership(ORGANIZATION, "alice", Role::Member, MembershipState::Pending);
        }
        Verdict::Continue
    });

    asked(&world, "U0ALICE", "/pat export").await;

    assert!(world.slack().files("U0ALICE").is_empty());
    assert!(world.told_alone("U0ALICE").contains("member"), "{}", world.told_alone("U0ALICE"));
    assert_eq!(results(&world).await, ["done, 2", "refused: not_a_member, 0"]);
}

#[tokio::test]
async fn while_slack_wants_to_be_left_alone_the_asker_is_told_once_and_the_file_comes_later() {
    for method in
        ["conversations.open", "files.getUploadURLExternal", "upload", "files.completeUploadExternal"]
    {
        let world = with_tokens(1).await;
        interfere(&world, method, Stage::Before, Verdict::TooMany(30));

        asked(&world, "U0ALICE", "/pat export").await;
        world.pass(TimeDelta::seconds(40)).await;
        assert!(world.slack().files("U0ALICE").is_empty(), "{method}");
        let told = world.slack().ephemerals("U0ALICE");
        let delayed =
            told.iter().filter(|seen| seen.on_screen().contains("The file takes longer: slack asks to wait"));
        assert_eq!(delayed.count(), 1, "{method}: {told:?}");

        world.slack().work_normally();
        world.pass(TimeDelta::minutes(2)).await;
        assert_eq!(rows(&file(&world, "U0ALICE")).len(), 2, "{method}");
    }
}

#[tokio::test]
async fn what_slack_does_not_take_for_a_whole_day_is_given_up_and_that_is_told() {
    let world = with_tokens(1).await;
    interfere(&world, "files.getUploadURLExternal", Stage::Before, Verdict::Reset);

    asked(&world, "U0ALICE", "/pat export").await;
    world.pass(TimeDelta::hours(25)).await;
    world.slack().work_normally();
    world.pass(TimeDelta::hours(1)).await;

    assert!(world.slack().files("U0ALICE").is_empty(), "nobody waits for it any longer");
    let directly = world.slack().dms("U0ALICE").pop().map(|message| message.on_screen()).unwrap_or_default();
    let told = [world.told_alone("U0ALICE"), directly];
    assert!(told.iter().any(|words| words.contains("could not be sent for a whole day")), "{told:?}");
    assert_eq!(results(&world).await, ["not sent, 0"]);
}

/// A second file is better than none; each try is on record before anything leaves.
#[tokio::test]
async fn an_answer_that_is_lost_leads_to_a_second_file_and_never_to_none() {
    for (method, files) in
        [("files.getUploadURLExternal", 1), ("upload", 1), ("files.completeUploadExternal", 2)]
    {
        let world = with_tokens(1).await;
        let lost = Arc::new(AtomicUsize::new(0));
        world.slack().on_call(move |called, stage| {
            let is_lost =
                called == method && stage == Stage::After && lost.fetch_add(1, Ordering::SeqCst) == 0;
            if is_lost { Verdict::Reset } else { Verdict::Continue }
        });

        asked(&world, "U0ALICE", "/pat export").await;
        world.pass(TimeDelta::minutes(1)).await;

        let got = world.slack().files("U0ALICE");
        assert_eq!(got.len(), files, "{method}");
        assert!(got.iter().all(|file| file.bytes == got[0].bytes), "{method}");
        let uploads = world.slack().calls().iter().filter(|call| call.method == "upload").count();
        assert_eq!(recorded(&world, "rows").await.len(), uploads, "{method}");
    }
}

#[tokio::test]
async fn a_file_of_which_nobody_hears_whether_it_arrived_comes_twice_at_most_and_that_is_told() {
    for verdict in [Verdict::Reset, Verdict::Answer(StatusCode::OK, json!("<html>"))] {
        let world = with_tokens(1).await;
        interfere(&world, "files.completeUploadExternal", Stage::After, verdict);

        asked(&world, "U0ALICE", "/pat export").await;
        for _ in 0..10 {
            world.pass(TimeDelta::minutes(1)).await;
        }

        assert_eq!(world.slack().files("U0ALICE").len(), 2);
        let directly =
            world.slack().dms("U0ALICE").pop().map(|message| message.on_screen()).unwrap_or_default();
        let told = [world.told_alone("U0ALICE"), directly];
        assert!(told.iter().any(|words| words.contains("did not say whether the file")), "{told:?}");
        world.slack().work_normally();
        world.pass(TimeDelta::hours(1)).await;
        assert_eq!(world.slack().files("U0ALICE").len(), 2);
    }
}

/// Whatever else Slack says beside `ok`.
#[tokio::test]
async fn a_file_that_slack_says_it_took_comes_once() {
    for answer in [json!({"ok": true}), json!({"ok": true, "files": [{"id": 7}]})] {
        let world = with_tokens(1).await;
        let method = "files.completeUploadExternal";
        interfere(&world, method, Stage::After, Verdict::Answer(StatusCode::OK, answer));

        asked(&world, "U0ALICE", "/pat export").await;
        world.pass(TimeDelta::hours(1)).await;

        assert_eq!(world.slack().files("U0ALICE").len(), 1);
        assert_eq!(world.slack().ephemerals("U0ALICE").len(), 1, "only that it was asked for");
    }
}

/// What was acknowledged is on disk, and goes on at every step after a crash.
#[tokio::test]
async fn a_service_that_dies_in_between_sends_the_file_when_it_is_back() {
    for deadly in 1..=3 {
        let mut world = with_tokens(1).await;
        world.kill().await;
        let (death, probe) = Deadly::at(deadly, |moment| moment == Moment::AfterCommit);
        world.open(probe).await;
        world.outlive_leases().await;
        world.quiet().await;
        death.arm();
        let slack = world.slack().clone();
        let asking =
            tokio::spawn(async move { drop(slack.command("U0ALICE", APPROVALS, "/pat export").await) });
        death.struck().await;
        world.kill().await;
        asking.abort();

        world.open(Probe::default()).await;
        world.outlive_leases().await;
        world.pass(TimeDelta::minutes(1)).await;

        let is_there = |slack: &Slack| !slack.files("U0ALICE").is_empty();
        assert!(is_there(world.slack()), "killed after commit {deadly}");
    }
}

#[tokio::test]
async fn what_an_export_takes_is_told_by_help() {
    let world = World::start().await;

    assert_snapshot!(asked(&world, "U0BOB", "/pat help export").await);
}
