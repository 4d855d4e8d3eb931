//! A scope that the Slack app lacks stops a part of what it does: the operators hear which and what hangs on it, once, and
//! that it is mended, and whatever waited goes on. Without it nothing that is unknown counts as a yes.

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::simulator::slack::{Stage, Verdict};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{World, get};

/// What the manifest asks for.
const ALL: [&str; 10] = [
    "chat:write",
    "commands",
    "im:write",
    "users:read",
    "usergroups:read",
    "channels:read",
    "groups:read",
    "channels:history",
    "groups:history",
    "files:write",
];

/// Grants everything but these.
fn without(world: &World, lacking: &[&str]) {
    let granted: Vec<_> = ALL.into_iter().filter(|scope| !lacking.contains(scope)).collect();
    world.slack().set_scopes(&granted);
}

/// What the operators' channel says, without the request's card.
fn heard(world: &World) -> String {
    let said = world.slack().channel(OPERATORS).into_iter().map(|message| message.on_screen());
    said.filter(|screen| !screen.contains("wants to")).collect::<Vec<_>>().join("\n")
}

/// Two notices may go out in any order.
fn sorted<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut lines: Vec<_> = lines.collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// What `/status` says is missing: what for, where, and one of which scopes.
async fn missing(world: &World) -> Vec<(String, Option<String>, Vec<String>)> {
    let admin = &world.running.as_ref().expect("the service runs").admin;
    let status: Value = serde_json::from_str(&get(&format!("{admin}/status")).await.text()).expect("JSON");
    let all = status["upstreams"]["slack"]["missing_scopes"].as_array().expect("a list").clone();
    all.into_iter()
        .map(|one| {
            let scopes = one["one_of"].as_array().expect("scopes");
            (
                one["for"].as_str().expect("a name").to_owned(),
                one["channel"].as_str().map(str::to_owned),
                scopes.iter().map(|scope| scope.as_str().expect("a name").to_owned()).collect(),
            )
        })
        .collect()
}

fn named(ability: &str, channel: Option<&str>, scopes: &[&str]) -> (String, Option<String>, Vec<String>) {
    (ability.to_owned(), channel.map(str::to_owned), scopes.iter().map(|scope| (*scope).to_owned()).collect())
}

#[tokio::test]
async fn where_slack_does_not_say_who_reads_along_no_card_stands_and_the_operators_hear_why() {
    let world = World::start().await;
    without(&world, &["channels:read", "groups:read"]);

    world.octocat_asks().await;
    world.pass(TimeDelta::hours(1)).await;

    assert!(world.slack().channel(APPROVALS).is_empty());
    let told = heard(&world);
    assert_eq!(told.lines().count(), world.slack().channel(OPERATORS).len(), "nothing else was posted");
    assert_snapshot!(sorted(told.lines()), @"
    The Slack app lacks the scope channels:read or groups:read: Slack does not say whether C0APPROVALS is shared with another organization, so nothing about requests is posted there. Please add it on the app's page and install the app anew.
    The Slack app lacks the scope channels:read or groups:read: Slack does not say whether C0OPS is shared with another organization, so nothing about requests is posted there. Please add it on the app's page and install the app anew.
    ");
    let scopes = ["channels:read", "groups:read"];
    assert_eq!(
        missing(&world).await,
        [named("know_channels", Some(APPROVALS), &scopes), named("know_channels", Some(OPERATORS), &scopes)]
    );

    without(&world, &[]);
    world.pass(TimeDelta::minutes(10)).await;

    assert!(world.card().on_screen().contains("octocat wants to WRITE"));
    assert_snapshot!(sorted(heard(&world).lines().skip(2)), @"
    Slack says again whether C0APPROVALS is shared with another organization.
    Slack says again whether C0OPS is shared with another organization.
    ");
    assert!(missing(&world).await.is_empty());
}

#[tokio::test]
async fn a_private_channel_whose_scope_is_missing_gets_no_card_and_a_public_one_does() {
    let world = World::start().await;
    world.slack().change_channel(APPROVALS, |channel| channel.is_private = true).unwrap();
    without(&world, &["groups:read"]);

    world.octocat_asks().await;
    world.octocat_asks().await;

    assert!(world.slack().channel(APPROVALS).is_empty());
    let cards = world.slack().channel(OPERATORS);
    assert_eq!(cards.iter().filter(|card| card.on_screen().contains("octocat wants to")).count(), 2);
    assert_snapshot!(heard(&world), @"The Slack app lacks the scope groups:read: Slack does not say whether C0APPROVALS is shared with another organization, so nothing about requests is posted there. Please add it on the app's page and install the app anew.");
    assert_eq!(missing(&world).await, [named("know_channels", Some(APPROVALS), &["groups:read"])]);
}

/// Only what speaks of nobody may be posted where it is not known who reads along.
#[tokio::test]
async fn other_news_waits_until_it_is_known_who_reads_the_operators_channel() {
    let world = World::start().await;
    world.slack().change_channel(OPERATORS, |channel| channel.is_private = true).unwrap();
    without(&world, &["groups:read"]);
    world.octocat_asks().await;
    world.reviews_are_answered(403, "Resource not accessible by integration");

    world.press("U0ALICE", "approve").await;
    let told = heard(&world);
    assert!(told.contains("lacks the scope groups:read") && !told.contains("can't reach GitHub"), "{told}");

    without(&world, &[]);
    world.pass(TimeDelta::minutes(15)).await;

    assert!(heard(&world).contains("can't reach GitHub"), "{}", heard(&world));
}

#[tokio::test]
async fn who_cannot_be_told_directly_is_told_once_the_scope_is_there() {
    let world = World::start().await;
    without(&world, &["im:write"]);

    world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::hours(1)).await;

    assert!(world.slack().dms("U0OCTOCAT").is_empty());
    assert_snapshot!(heard(&world), @"The Slack app lacks the scope im:write: nobody can be told anything directly, so requesters do not hear how their requests end. What they are to be told waits. Please add it on the app's page and install the app anew.");
    assert_eq!(missing(&world).await, [named("tell_directly", None, &["im:write"])]);

    without(&world, &[]);
    world.pass(TimeDelta::minutes(10)).await;

    // It is over: that it had arrived is no news.
    let told: Vec<_> = world.slack().dms("U0OCTOCAT").into_iter().map(|message| message.text).collect();
    assert!(told.len() == 1 && told[0].contains("was approved by alice"), "{told:?}");
    assert!(heard(&world).ends_with("People can be told directly again."), "{}", heard(&world));
}

#[tokio::test]
async fn where_slack_does_not_say_who_somebody_is_nothing_is_decided() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    without(&world, &["users:read"]);

    world.press("U0ALICE", "approve").await;

    assert!(world.github().decision_on(request).is_none());
    assert_snapshot!(world.told_alone("U0ALICE"), @"We can't tell right now whether you may decide this (the Slack app lacks the scope users:read). Please click again later.");
    assert_snapshot!(heard(&world), @"The Slack app lacks the scope users:read: Slack does not say who is a guest, deactivated or from another organization, so nobody can decide or freeze anything in Slack. Please add it on the app's page and install the app anew.");
    assert_eq!(missing(&world).await, [named("know_people", None, &["users:read"])]);

    without(&world, &[]);
    world.press("U0ALICE", "approve").await;

    assert!(world.github().decision_on(request).is_some());
    assert!(heard(&world).ends_with("Slack says again who people are there."), "{}", heard(&world));
}

#[tokio::test]
async fn where_slack_does_not_say_who_is_in_a_group_each_group_is_named() {
    let mut world = World::closed().await;
    world.slack().set_group("S0SECURITY", "security", &["U0ALICE"]);
    world.configure(|config| {
        let members = r#"groups.security.members = ["slack-group:S0SECURITY"]"#;
        *config = config.replace("groups.approvers.members", &format!("{members}\ngroups.approvers.members"));
        *config = config.replace(
            r#"{ channel = "C0APPROVALS" }"#,
            r#"{ channel = "C0APPROVALS", approvers = ["security"] }"#,
        );
    });
    world.open(countersign::store::Probe::default()).await;
    world.quiet().await;
    without(&world, &["usergroups:read"]);
    let request = world.octocat_asks().await;

    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::hours(1)).await;

    assert!(world.github().decision_on(request).is_none());
    assert_snapshot!(world.told_alone("U0ALICE"), @"We can't tell right now whether you may decide this (membership in security is not known: the Slack user group S0SECURITY can't be read: the Slack app lacks the scope usergroups:read). Please click again later.");
    assert_snapshot!(heard(&world), @"Who belongs to slack-group:S0SECURITY can't be told: the Slack user group S0SECURITY can't be read: the Slack app lacks the scope usergroups:read. Until that is mended nobody has any right by it, and whatever hangs on it is refused.");
    assert_eq!(missing(&world).await, [named("know_groups", None, &["usergroups:read"])]);

    without(&world, &[]);
    world.pass(TimeDelta::hours(1)).await;

    assert!(heard(&world).ends_with("can be told again."), "{}", heard(&world));
    assert!(missing(&world).await.is_empty());
}

/// Nobody can be told in Slack then: the log and `/status` are all there is.
#[tokio::test]
async fn where_nothing_can_be_posted_it_waits_and_status_says_why() {
    let world = World::start().await;
    without(&world, &["chat:write"]);

    world.octocat_asks().await;
    world.pass(TimeDelta::days(4)).await;

    assert!(world.slack().all_messages().is_empty());
    assert_eq!(missing(&world).await, [named("post", None, &["chat:write"])]);
    assert!(world.logged().contains("the Slack app lacks a scope"));

    without(&world, &[]);
    world.pass(TimeDelta::minutes(10)).await;
    world.pass(TimeDelta::minutes(10)).await;

    assert!(world.card().on_screen().contains("octocat wants to WRITE"));
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 1);
    // Whoever hears of it only now hears that it is over, too.
    let told = heard(&world);
    assert!(told.is_empty() || told.ends_with("The Slack app can post again."), "{told}");
    assert!(missing(&world).await.is_empty());
}

#[tokio::test]
async fn where_cards_cannot_be_looked_for_the_operators_know_that_one_may_stand_twice() {
    let world = World::start().await;
    without(&world, &["channels:history", "groups:history"]);
    let lost = std::sync::atomic::AtomicBool::new(false);
    world.slack().on_request(move |called, asked, stage| {
        let is_post = called == "chat.postMessage" && stage == Stage::After && asked["channel"] == APPROVALS;
        let is_first = is_post && !lost.swap(true, std::sync::atomic::Ordering::SeqCst);
        if is_first { Verdict::Answer(StatusCode::BAD_GATEWAY, json!("a page")) } else { Verdict::Continue }
    });

    world.octocat_asks().await;
    world.pass(TimeDelta::seconds(20)).await;

    assert_eq!(world.slack().channel(APPROVALS).len(), 2);
    assert_snapshot!(heard(&world), @"The Slack app lacks the scope channels:history or groups:history: a card whose posting Slack did not confirm can't be looked for in C0APPROVALS. It may stand twice; both lead to one decision. Please add it on the app's page and install the app anew.");
    assert_eq!(
        missing(&world).await,
        [named("read_back", Some(APPROVALS), &["channels:history", "groups:history"])]
    );
}

/// What a former run of the program told is known to the next one.
#[tokio::test]
async fn a_scope_that_is_there_again_after_a_restart_is_news_and_one_that_still_lacks_is_none() {
    let mut world = World::start().await;
    without(&world, &["im:write"]);
    world.octocat_asks().await;
    let told = heard(&world);

    for lacking in [&["im:write"][..], &[]] {
        world.kill().await;
        without(&world, lacking);
        world.open(countersign::store::Probe::default()).await;
        world.outlive_leases().await;
        world.octocat_asks().await;
        world.pass(TimeDelta::minutes(10)).await;
        let more = if lacking.is_empty() { "\nPeople can be told directly again." } else { "" };
        assert_eq!(heard(&world), format!("{told}{more}"));
    }
}
