//! Rules that change while the service runs: what is in force, from when on, and for whom.

use std::sync::Arc;

use chrono::TimeDelta;
use countersign::app::Reloaded;
use countersign::audit::Action;
use countersign::demo::ORGANIZATION;
use countersign::simulator::github::{Stage, Verdict};
use countersign::store::{Probe, Reader};
use insta::assert_snapshot;
use tokio::sync::Notify;

use crate::audit_log::entries;
use crate::groups::{is_approved, operators_heard};
use crate::policies::{SECURITY_FIRST, facts, reload, status, with_policy, write};
use crate::support::{World, push_to_payments};

const BROKEN: &str = "@id(\"x\") permit (principal, action == Action::\"aprove\", resource);";

/// The rules change between what is shown and what is done about it.
async fn frozen_out(world: &World) {
    write(
        world,
        "rules.cedar",
        "@id(\"nobody\") @message(\"Not today.\") forbid (principal is User, action in [Action::\"approve\", Action::\"deny\"], resource);",
    );
    assert_eq!(reload(world).await, Reloaded::Taken);
}

#[tokio::test]
async fn buttons_and_forms_that_were_open_before_are_judged_by_the_new_rules() {
    let world = with_policy("").await;
    let request = world.octocat_asks().await;
    world.modal("U0ALICE", "deny").await;
    world.modal("U0MONALISA", "details").await;

    frozen_out(&world).await;
    world.submit("U0ALICE", &[("reason", "No.")]).await;
    world.submit("U0MONALISA", &[("reason", "Yes.")]).await;
    assert!(world.told_alone("U0ALICE").contains("Not today."), "{}", world.told_alone("U0ALICE"));
    assert!(world.told_alone("U0MONALISA").contains("Not today."), "{}", world.told_alone("U0MONALISA"));
    world.press("U0ALICE", "approve").await;
    let form = world.modal("U0ALICE", "deny").await;

    assert!(form["blocks"].to_string().contains("Not today."), "{form}");
    assert!(world.github().is_pending(request));
    let in_force = world.running.as_ref().unwrap().app.rules().policy.hash().to_owned();
    let refused = entries(&world).await.into_iter().filter(|entry| entry.result == "refused: policy");
    let judged_by: Vec<_> = refused.map(|entry| facts(&entry)["policies"].clone()).collect();
    assert_eq!(judged_by, vec![in_force; 4]);
}

#[tokio::test]
async fn a_judgement_that_has_begun_keeps_to_the_rules_it_began_with() {
    let world = with_policy(SECURITY_FIRST).await;
    let request = world.octocat_asks().await;
    let before = world.running.as_ref().unwrap().app.rules().policy.hash().to_owned();
    let (arrived, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, held) = (arrived.clone(), release.clone());
    world.github().on_call(move |moment| {
        match moment.path.ends_with("/memberships/alice") && moment.stage == Stage::Before {
            true => {
                told.notify_one();
                Verdict::Hold(held.clone())
            }
            false => Verdict::Continue,
        }
    });

    world.press_only("U0ALICE", "approve").await;
    arrived.notified().await;
    // While GitHub is asked about her, the rules come to allow what they forbid, and another group decides.
    write(&world, "rules.cedar", "");
    world.configure(|text| {
        *text = text
            .replace("channel = \"C0APPROVALS\"", "channel = \"C0APPROVALS\", approvers = [\"security\"]")
            .replace("[\"monalisa\"]", "[\"monalisa\", \"alice\"]");
    });
    let app = world.running.as_ref().unwrap().app.clone();
    assert_eq!(app.reload().await.unwrap(), Reloaded::Taken);
    world.github().work_normally();
    release.notify_one();
    world.quiet().await;

    assert!(
        world.told_alone("U0ALICE").contains("somebody from security"),
        "{}",
        world.told_alone("U0ALICE")
    );
    assert!(world.github().is_pending(request));
    let all = entries(&world).await;
    let refused = all.iter().find(|entry| entry.result == "refused: policy").unwrap();
    let facts = facts(refused);
    assert_eq!(refused.policies, ["security-first"]);
    assert_eq!(facts["policies"], before);
    assert_eq!((facts["user.in"].as_str(), facts["request.approvers"].as_str()), ("approvers", "approvers"));
    // The next one goes by the new rules alone.
    world.press("U0ALICE", "approve").await;
    assert!(is_approved(&world, request), "{}", world.card().on_screen());
}

#[tokio::test]
async fn rules_that_can_not_be_put_on_record_do_not_count() {
    let world = with_policy(SECURITY_FIRST).await;
    let request = world.octocat_asks().await;
    let app = world.running.as_ref().unwrap().app.clone();
    let before = app.rules().policy.hash().to_owned();
    world.sql("ALTER TABLE policy_set RENAME TO policy_set_away").await;

    write(&world, "rules.cedar", "");
    app.reload().await.unwrap_err();

    assert_eq!(app.rules().policy.hash(), before);
    world.press("U0ALICE", "approve").await;
    assert!(
        world.told_alone("U0ALICE").contains("somebody from security"),
        "{}",
        world.told_alone("U0ALICE")
    );
    assert!(world.github().is_pending(request));

    world.sql("ALTER TABLE policy_set_away RENAME TO policy_set").await;
    assert_eq!(reload(&world).await, Reloaded::Taken);
    world.press("U0ALICE", "approve").await;
    assert!(is_approved(&world, request), "{}", world.card().on_screen());
    // Whatever judged anything can be found by its hash.
    for entry in entries(&world).await {
        if let Some(hash) = facts(&entry).get("policies") {
            assert!(app.store.policy_set(hash).await.unwrap().is_some(), "{}", entry.action.name());
        }
    }
}

#[tokio::test]
async fn operators_hear_which_set_stays_and_when_all_is_well_again_even_across_a_restart() {
    let mut world = with_policy(SECURITY_FIRST).await;
    let hash = |world: &World| world.running.as_ref().unwrap().app.rules().policy.hash().to_owned();
    let before = hash(&world);

    write(&world, "rules.cedar", BROKEN);
    assert_eq!(reload(&world).await, Reloaded::Refused);
    assert_eq!(hash(&world), before);
    assert_eq!(status(&world).await["policies"]["hash"], before.as_str());
    let heard = operators_heard(&world);
    assert_snapshot!(heard[0].replace(&before[..12], "BEFORE"), @r#"The changed configuration or policies are not taken: 3 mistakes, the first is policies/rules.cedar:1: for policy `x`, unrecognized action `Action::"aprove"`; did you mean `Action::"approve"`? [policy-schema]. What was in force stays in force, with the policies BEFORE; `countersign check` tells all that is wrong."#);
    let logged = world.logged();
    let line = logged.lines().find(|line| line.contains("what was in force stays in force")).expect("a line");
    assert!(line.contains(&before), "{line}");

    // Mended while it was down.
    world.kill().await;
    write(&world, "rules.cedar", "");
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    // Whatever the database or Slack did not take at once was tried again by then.
    world.pass(TimeDelta::minutes(1)).await;
    let after = hash(&world);
    assert_snapshot!(operators_heard(&world)[1].replace(&after[..12], "AFTER"), @"The configuration and policies are in order again, and what they say is in force, with the policies AFTER.");

    // The same mistake is news again.
    write(&world, "rules.cedar", BROKEN);
    assert_eq!(reload(&world).await, Reloaded::Refused);
    assert_eq!(operators_heard(&world).len(), 3, "{:?}", operators_heard(&world));
    write(&world, "rules.cedar", "");
    assert_eq!(reload(&world).await, Reloaded::Unchanged);
    assert_eq!(operators_heard(&world).len(), 4, "{:?}", operators_heard(&world));
}

#[tokio::test]
async fn a_team_that_comes_with_new_rules_is_pinned_at_once() {
    let world = World::start().await;
    let github = world.github().clone();
    let leads = github.set_team(ORGANIZATION, "leads", &["bob"]);
    world.configure(|text| {
        *text = text.replace("[\"alice\", \"monalisa\"]", "[\"github-team:acme/leads\"]");
    });
    assert_eq!(reload(&world).await, Reloaded::Taken);

    // Before anybody made use of it, another team takes the name.
    github.change_team(leads.id, |team| team.slug = "platform".to_owned());
    github.set_team(ORGANIZATION, "leads", &["monalisa"]);
    let request = world.octocat_asks().await;
    world.press("U0MONALISA", "approve").await;

    let told = world.told_alone("U0MONALISA");
    assert!(told.contains("acme/leads is another team now"), "{told}");
    assert!(github.is_pending(request));
}

/// Another replica took rules that name a team, and this one gets to the work before it has read them.
#[tokio::test]
async fn a_team_that_is_not_named_yet_is_left_to_whoever_names_it() {
    let world = asked_for_a_team_that_nothing_names().await;
    world.github().set_team(ORGANIZATION, "leads", &["bob"]);

    world.pass(TimeDelta::seconds(30)).await;

    assert_eq!(jobs_for_teams(&world).await, 1);
    world.configure(|text| {
        *text = text.replace("[\"alice\", \"monalisa\"]", "[\"github-team:acme/leads\"]");
    });
    assert_eq!(reload(&world).await, Reloaded::Taken);
    world.pass(TimeDelta::seconds(3)).await;
    assert_eq!(jobs_for_teams(&world).await, 0);
    assert!(entries(&world).await.iter().any(|entry| entry.action == Action::TeamPinned));
}

/// And what nobody's rules name goes, in time.
#[tokio::test]
async fn a_team_that_is_not_named_any_more_is_not_read() {
    let world = asked_for_a_team_that_nothing_names().await;

    world.pass(TimeDelta::minutes(6)).await;

    assert_eq!(jobs_for_teams(&world).await, 0);
}

async fn asked_for_a_team_that_nothing_names() -> World {
    let mut world = World::start().await;
    world.kill().await;
    world
        .sql(
            "INSERT INTO job (kind, subject, payload, run_at, created_at, attempts, generation)
            VALUES ('groups', 'github-team:acme/leads', '', 1795435200000, 1795435200000, 0, 1)",
        )
        .await;
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    world.quiet().await;
    world
}

async fn jobs_for_teams(world: &World) -> usize {
    let reader = Reader::open(&world.config().database).await.unwrap();
    let jobs = reader.jobs(world.stage.clock.now()).await.unwrap();
    jobs.iter().filter(|job| job.kind == "groups" && job.subject.starts_with("github-team:")).count()
}

#[tokio::test]
async fn a_team_that_can_not_be_read_is_told_before_it_is_needed() {
    let world = World::start().await;

    world.configure(|text| {
        *text = text.replace("[\"alice\", \"monalisa\"]", "[\"alice\", \"github-team:acme/nobody\"]");
    });
    assert_eq!(reload(&world).await, Reloaded::Taken);

    let heard = operators_heard(&world).join("\n");
    assert!(heard.contains("Who belongs to github-team:acme/nobody can't be told"), "{heard}");
}

#[tokio::test]
async fn routes_and_the_file_of_people_are_taken_anew() {
    let world = World::start().await;
    let people = world.stage.config.with_file_name("people.csv");
    let rows = "github_login,slack_user\noctocat,U0OCTOCAT\nalice,U0ALICE\nbob,U0BOB\nmonalisa,U0MONALISA\n";
    std::fs::write(&people, rows).unwrap();
    world.configure(|text| {
        let inline = text.lines().find(|line| line.starts_with("people")).unwrap().to_owned();
        *text = text.replace(&inline, "people_file = \"people.csv\"");
    });
    // It says the same.
    assert_eq!(reload(&world).await, Reloaded::Unchanged);

    // Only the file changes.
    std::fs::write(&people, rows.replace("alice,U0ALICE\n", "alice,U0ALICE\nhubot,U0HUBOT\n")).unwrap();
    world.slack().add_user("U0HUBOT", "hubot");
    world.github().add_user("hubot");
    assert_eq!(reload(&world).await, Reloaded::Taken);
    world.configure(|text| {
        *text = text.replace("[\"alice\", \"monalisa\"]", "[\"hubot\"]");
    });
    assert_eq!(reload(&world).await, Reloaded::Taken);
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    assert!(world.told_alone("U0ALICE").starts_with("You can't decide this request."));
    world.press("U0HUBOT", "approve").await;
    assert!(is_approved(&world, request), "{}", world.card().on_screen());

    // A file with mistakes changes nothing, and no row of it counts.
    std::fs::write(&people, rows.replace("bob,U0BOB", "bob,U0ALICE")).unwrap();
    assert_eq!(reload(&world).await, Reloaded::Refused);
    let another = world.github().request_token(push_to_payments(&world.stage.clock)).await;
    world.quiet().await;
    world.press("U0HUBOT", "approve").await;
    // GitHub is told one thing a second.
    world.pass(TimeDelta::seconds(2)).await;
    assert!(is_approved(&world, another), "{}", world.card().on_screen());

    // Another route shows new requests elsewhere.
    std::fs::write(&people, rows).unwrap();
    world.configure(|text| {
        *text = text
            .replace("[\"hubot\"]", "[\"alice\"]")
            .replace("channel = \"C0APPROVALS\"", "channel = \"C0OPS\"");
    });
    assert_eq!(reload(&world).await, Reloaded::Taken);
    world.github().request_token(push_to_payments(&world.stage.clock)).await;
    world.quiet().await;
    let shown = operators_heard(&world);
    assert!(shown.iter().any(|message| message.contains("octocat wants to")), "{shown:?}");
    // Time may pass: nothing of the old rules comes back.
    world.pass(TimeDelta::hours(1)).await;
    assert!(
        !world
            .running
            .as_ref()
            .unwrap()
            .app
            .rules()
            .book
            .people
            .contains_key(&countersign::ids::Login::new("hubot"))
    );
}
